"""What people read of a study: ``study.csv``, ``study.md`` and ``study.html``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from masw_core.benchmark.summary import read_results, read_samples
from masw_core.studies.definition import Study
from masw_core.studies.table import only_one_succeeds, study_table
from masw_core.views import page, radius_report
from masw_core.views.study_figures import curve_figures, measures_of, study_figures

import pandas as pd

LISTED = 5  # images named per variant
HEAD = ("ASR", "SASR", "LFR", "norm", "fluctuation", "fluctuating", "AFD", "relative AFD", "gained / lost", "p")


def write_study(study: Study, folder: Path) -> None:
    """Write the three files from what a folder holds."""
    results, samples = read_results(folder / "results.csv"), read_samples(folder / "samples.csv")
    results = results[results["attack"].isin(study.methods)]
    samples = samples[samples["attack"].isin(study.methods)]
    table = study_table(study, results, samples)
    file = folder / "curves.csv"
    curves = pd.read_csv(file) if study.curves and file.exists() else None
    steps = json.loads((folder / "protocol.json").read_text())["steps"]
    table.to_csv(folder / "study.csv", index=False, float_format="%.6g", lineterminator="\n")
    text = markdown(study, table, samples, steps)
    (folder / "study.md").write_text(text + (_over_tau(study, results, samples) if study.over_tau else ""))
    (folder / "study.html").write_text(html(study, table, curves), encoding="utf-8")


def markdown(study: Study, table: pd.DataFrame, samples: pd.DataFrame, steps: int | None) -> str:
    """Question, claim, one table per case and k (rates in percent), and images where variants differ."""
    taken = "each attack's own number of" if steps is None else f"at most {steps}"
    count, seeds = int(table["samples"].max()), int(table["seeds"].max())
    lines = [f"# {study.name} ({study.figure})", "", study.question, ""]
    lines += [f"The paper: {study.claim}", ""] if study.claim else []
    lines += [
        f"{count} images per row, {seeds} seed{'s' if seeds > 1 else ''}, {taken} steps, stop = {study.stop}; rates in "
        f"percent. Gained and lost: images that only this one or only {_baseline(study)} solves."
    ]
    for (dataset, model, k, case), rows in table.groupby(["dataset", "model", "k", "case"], sort=False):
        lines += ["", f"## {dataset}, {model}, k = {k}, {case}", ""]
        lines += ["| " + " | ".join(("series", study.variable, *HEAD)) + " |", "|" + "---|" * (len(HEAD) + 2)]
        lines += [_line(row) for row in rows.to_dict("records")]
    differing = [] if study.over_tau else _differing(study, table, samples)
    return "\n".join([*lines, *(["", "## Images where they differ", "", *differing] if differing else [])]) + "\n"


def _baseline(study: Study) -> str:
    return str(study.baseline) if study.over_tau else f"{study.variable} = {study.baseline}"


def _over_tau(study: Study, results: pd.DataFrame, samples: pd.DataFrame) -> str:
    """The area under AFD, and every variant against the baseline with intervals."""
    baseline = next(one.method for one in study.variants if one.value == study.baseline)
    parts = ["", "## Area under AFD", "", *radius_report.over_tau(results)]
    return "\n".join([*parts, "", "## Paired differences", "", *radius_report.paired(samples, baseline)]) + "\n"


def _line(row: dict[str, Any]) -> str:
    rates = [f"{100 * row[name]:.1f}" for name in ("asr", "sasr", "lfr")]
    wavering = ["", ""]
    if not pd.isna(row["fluctuation"]):  # universal attacks have no curve per image
        wavering = [f"{100 * row['fluctuation']:.1f}", f"{100 * row['fluctuating']:.0f}"]
    more = [f"{row['norm']:.2f}", *wavering, f"{row['afd']:.3f}"]
    against = ["", "", ""]
    if not pd.isna(row["gained"]):
        quotient = "" if pd.isna(row["relative_afd"]) else f"{row['relative_afd']:.3f}"
        against = [quotient, f"{row['gained']:.0f} / {row['lost']:.0f}", f"{row['p']:.3f}"]
    return "| " + " | ".join([str(row["series"]), str(row["value"]), *rates, *more, *against]) + " |"


def _differing(study: Study, table: pd.DataFrame, samples: pd.DataFrame) -> list[str]:
    """The counterpart of Fig. 2: by number, images that one value solves and the baseline does not."""
    methods = {(variant.value, variant.series): variant.method for variant in study.variants}
    lines = []
    for row in table.to_dict("records"):
        gained, lost = only_one_succeeds(samples, row, methods[study.baseline, row["series"]])
        told = [
            f"{what} {', '.join(str(image) for image in images[:LISTED])}{' …' if len(images) > LISTED else ''}"
            for what, images in (("gained", gained), ("lost", lost))
            if images
        ]
        if told:
            name = " ".join(part for part in (row["series"], f"{study.variable} = {row['value']}") if part)
            lines.append(f"- {name}, {row['case']}, k = {row['k']}: {'; '.join(told)}")
    return lines


def html(study: Study, table: pd.DataFrame, curves: pd.DataFrame | None) -> str:
    """A page with the figures; works offline."""
    parts = [page.paragraph(study.question), page.paragraph(f"The paper: {study.claim}") if study.claim else ""]
    there = measures_of(table)
    drawn = [figure for name in study.measures if name in there for figure in study_figures(table, name)]
    drawn += [] if curves is None else curve_figures(curves, study.names)
    parts += [page.figure(figure.spec, figure.title, figure.alt) for figure in drawn]
    return page.page(f"{study.name}, {study.figure}", parts)
