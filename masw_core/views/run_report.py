"""One run as a file to keep and to send: what came out, pictures, figures, every label, and how to repeat it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from masw_core.attacks import attack_info, load_attack
from masw_core.views import figures, page, pictures, report_figures, rows
from masw_core.views.narrate import narrate
from masw_core.views.repeat import Repeat, repeat_run

import numpy as np

if TYPE_CHECKING:
    from masw_core.trace.trace import Trace

ROOM = 250_000  # bytes of a picture, at most
MOST_LABELS = 1000  # rows of the table; beyond it only those where something happens
FIGURES = (
    (report_figures.clean_to_now, "Confidence of the labels, from clean (hollow) to step {step} (filled)"),
    (figures.labels_over_time, "Confidence of the labels over the steps"),
    (report_figures.slack_over_time, "Slack with ε above, weights below: a constraint above ε pulls less"),
    (figures.schedule, "ε and the Lagrangian; triangles mark steps at which the Lagrangian did not fall"),
    (figures.constraint_map, "Signed value of the constraints: blue is met, red is violated"),
    (figures.measures_over_time, "The six measures and the norm"),
)


def html(trace: Trace, step: int | None = None, rounded: bool | None = None) -> str:
    """The report of a run, one HTML file below 6 MB.

    Args:
        trace: the run.
        step: where it is read; None: its best step.
        rounded: whether the picture of that step still succeeds with 8 bits per channel; None: nobody has looked.

    Raises:
        IndexError: the run has no such step.
    """
    step = trace.best_step if step is None else step
    below = [
        page.section(f"Step {step} in numbers", page.table(("what", "value", "meaning"), numbers(trace, step))),
        page.section("Figures", *_figures(trace, step)),
        page.section("Labels", *_labels(trace, step)),
        page.section("Settings", *_settings(trace.header)),
        page.section("Repeat it", *how_to_repeat(repeat_run(trace))),
    ]
    return page.page(
        f"{title_of(trace)} on {trace.header['model']}, {trace.header['case']}, k = {trace.header['k']}",
        [
            page.paragraph(verdict(trace, step), "verdict"),
            page.paragraph(narrate(trace, step)),
            page.paragraph(eight_bits(trace, step, rounded)),
            page.section("Pictures", _pictures(trace, step, min(page.room(*below) // 3, ROOM))),
            *below,
        ],
    )


def title_of(trace: Trace) -> str:
    """What people call the attack."""
    try:
        return attack_info(trace.header["attack"]).title
    except ValueError:  # one of somebody's own, that is not registered here
        return str(trace.header["attack"])


def verdict(trace: Trace, step: int) -> str:
    """What came out, in two sentences."""
    k, last = trace.header["k"], len(trace) - 1
    size = f"with a perturbation of norm {trace.norm[step]:.3f}"
    if trace.success[step]:
        head = f"{title_of(trace)} reaches its goal at step {step} of {last}, {size}."
    elif trace.first_success is not None:
        head = f"Step {step} of {last} does not reach the goal, {size}; step {trace.first_success} was the first to."
    else:
        head = f"{title_of(trace)} does not reach its goal in {last} steps; at step {step} it stands {size}."
    return f"{head} Top {k} before: {_top(trace, 0)}. Top {k} now: {_top(trace, step)}."


def _top(trace: Trace, step: int) -> str:
    order = np.argsort(rows.ranks(trace)[step])[: trace.header["k"]]
    return ", ".join(trace.header["labels"][label] for label in order)


def eight_bits(trace: Trace, step: int, rounded: bool | None) -> str:
    """Whether the attack survives being saved as a picture."""
    if rounded is None:
        return "Whether the picture still succeeds once it is saved with 8 bits per channel was not looked at."
    if not rounded:
        lost = "; the exact perturbation does, so rounding undid it" if trace.success[step] else ""
        return f"Saved with 8 bits per channel, as a PNG is, the picture does not succeed{lost}."
    return "Saved with 8 bits per channel, as a PNG is, the picture succeeds too."


def _pictures(trace: Trace, step: int, room: int) -> str:
    image, kept = pictures.adversarial_at(trace, step)
    perturbation = trace.perturbation_at(step)[0]
    times = pictures.magnification(perturbation)
    at = f"step {kept}" if kept == step else f"step {kept}, the nearest to step {step} that is kept"
    k, noise = trace.header["k"], pictures.magnified(perturbation, times)
    columns = (
        (trace.image, f"Clean. Top {k}: {_top(trace, 0)}", "The clean picture"),
        (image, f"Adversarial, {at}. Top {k}: {_top(trace, kept)}", "The adversarial picture"),
        (noise, f"What was added, × {times}; grey is nothing", f"The perturbation, magnified {times} times"),
    )
    return page.pictures(*([shown(*column, room)] for column in columns))


def shown(image: Any, caption: str, alt: str, room: int) -> str:
    """A [-1, 1] picture, every level of it where there is room."""
    data, exact = pictures.webp(pictures.to_levels(image), room)
    return page.picture(data, caption if exact else f"{caption} (compressed here)", alt)


def numbers(trace: Trace, step: int) -> Iterable[tuple[str, str, str]]:
    """(what, value, meaning) of a step."""
    first = trace.first_success
    better = "lower is better" if trace.header["target"] is None else "higher is better"
    meanings = {"lc": better, "slc": better}
    yield "success", "yes" if trace.success[step] else "no", "of the exact perturbation"
    yield "first success", "never" if first is None else f"step {first}", ""
    yield "best step", f"step {trace.best_step}", "the success with the smallest norm, else the smallest failure degree"
    yield "norm ‖z‖₂", f"{trace.norm[step]:.4f}", f"images in [-1, 1]; tau is {trace.header['config'].get('tau')}"
    yield "failure degree", f"{trace.failure[step]:.4f}", "0 to 2, 0 is the whole goal (Eqs. 7 and 12)"
    for name, values in trace.measures().items():
        yield figures.MEASURE_NAMES[name], f"{values[step]:.4f}", meanings.get(name, "lower is better")
    yield "ε", _number(trace.epsilon[step]), "slack above it pulls less"
    yield "Lagrangian", _number(trace.lagrangian[step]), f"rose or stayed at {len(trace.epsilon_events)} steps"


def _number(value: float) -> str:
    return f"{value:.5g}" if np.isfinite(value) else "none"


def _figures(trace: Trace, step: int) -> Iterable[str]:
    for draw, caption in FIGURES:
        yield page.figure(draw(trace, step), caption.format(step=step))
    if any(row.folded for row in rows.label_rows(trace)):
        yield page.paragraph("Labels and constraints that nothing happens to are left out of the figures.", "faint")


def _labels(trace: Trace, step: int) -> Iterable[str]:
    every = rows.label_rows(trace)
    picked = [row for row in every if not row.folded]
    others = [row for row in every if row.folded] if len(every) <= MOST_LABELS else []
    yield _label_table(trace, step, picked)
    if others:
        yield page.folded(f"{len(others)} more labels", _label_table(trace, step, others))
    elif len(picked) < len(every):
        yield page.paragraph(f"{len(every) - len(picked)} more labels are in the trace.", "faint")


def _label_table(trace: Trace, step: int, shown: list[rows.LabelRow]) -> str:
    places, p = rows.ranks(trace), trace.probabilities
    head = ("label", "role", "clean", f"step {step}", "rank before", "rank now")
    return page.table(
        head,
        [
            (
                row.name,
                row.role,
                f"{p[0, row.index]:.4f}",
                f"{p[step, row.index]:.4f}",
                places[0, row.index],
                places[step, row.index],
            )
            for row in shown
        ],
    )


def _settings(header: dict[str, Any]) -> Iterable[str]:
    try:
        default = load_attack(header["attack"]).config()
    except ValueError:
        default = header["config"]
    lines = []
    for name, value in header["config"].items():
        usual = default.get(name, value)
        lines.append((name, _said(value), "" if usual == value else _said(usual)))
    yield page.table(("setting", "value", "default"), lines, "“None” as a default: the model or the case decides.")
    known = {name: header[name] for name in ("picture", "seed", "stop", "preset", "device") if name in header}
    yield page.table(("run", "value"), [(name, str(value)) for name, value in known.items()]) if known else ""


def _said(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value) if value is None or isinstance(value, str) else json.dumps(value)


def how_to_repeat(repeat: Repeat) -> Iterable[str]:
    """The command and the code, or why there are none."""
    if repeat.problem:
        yield page.paragraph(repeat.problem)
        return
    yield page.paragraph("On the command line, in the folder where the picture is:")
    yield page.code(repeat.command)
    yield page.paragraph("The same in Python:")
    yield page.code(repeat.code)
