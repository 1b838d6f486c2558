"""What the universal page shows of a run: curves and the perturbation, numbers, a gallery of scenes, downloads."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from masw_core.views import universal as views
from pages.parts.universal.compute import checkpoint_of
from pages.parts.universal.state import UniversalRun
from pages.shared.compute import loaded
from pages.shared.lesson import presenting
from pages.shared.links import UNIVERSAL
from pages.shared.parts import FILES, Part
from pages.shared.take_along import take_along

import numpy as np
import pandas as pd
import streamlit as st

if TYPE_CHECKING:
    from masw_core.universal.recorder import BatchRow
    from masw_core.universal.step import PassRow
    from masw_core.universal.verdict import Verdict

    from torch import Tensor

Array = np.ndarray[Any, Any]
SHOWN = 6
GROWTH, NUMBERS, SCENES = "How it grew", "On new scenes", "Scenes"
CHOICES = (UNIVERSAL.show.default, "Fooled", "Not fooled")


def curves(
    history: tuple[PassRow, ...],
    batches: tuple[BatchRow, ...],
    samples: int,
    passes: int,
    z: Array,
    key: str = UNIVERSAL.prefix,
) -> None:
    """The perturbation as it is now, the rates after every pass, the share fooled batch by batch."""
    picture, rates, shares = st.columns([0.9, 1.25, 1.25], gap="medium")
    png, times = views.noise_picture(z)
    norm = float(np.linalg.norm(z))
    with picture:
        st.markdown("**The perturbation**")
        caption = f"× {times}, grey is no change · norm {norm:.2f}" if norm else "nothing yet: no change anywhere"
        st.image(png, width="stretch", caption=caption, alt=f"The perturbation, magnified, norm {norm:.2f}")
    with rates:
        st.markdown("**Rates after every pass**")
        rows, spec = views.rates_chart(history, passes)
        last = history[-1]
        alt = (
            f"After pass {last.number}: ASR {last.asr:.0%}, SASR {last.sasr:.0%}, LFR {last.lfr:.0%} of training scenes"
        )
        st.vega_lite_chart(pd.DataFrame(rows), spec, key=f"{key}_rates", alt=alt)
    with shares:
        st.markdown("**Fooled before their turn**")
        rows, spec = views.batches_chart(batches, samples, passes)
        alt = "Share of the scenes of each pass that the perturbation fooled before their turn, batch by batch"
        st.vega_lite_chart(pd.DataFrame(rows), spec, key=f"{key}_shares", alt=alt)


def outcome(run: UniversalRun, verdict: Verdict, x: Tensor) -> dict[str, Part]:
    """The parts about the best perturbation of an ended run."""
    record = run.record
    assert record is not None
    z = record.step.best.numpy()
    return {
        NUMBERS: ("numbers", lambda: numbers(record.history, record.step.best_pass, verdict, z)),
        SCENES: ("scenes", lambda: _chosen_scenes(run, verdict, x, z)),
        "Files": (FILES, lambda: _downloads(run, z)),
    }


def _chosen_scenes(run: UniversalRun, verdict: Verdict, x: Tensor, z: Array) -> None:
    labels = loaded(run.order.model).model.labels
    chosen = st.segmented_control(
        "Show", CHOICES, default=UNIVERSAL.show.default, required=True, label_visibility="collapsed",
        **UNIVERSAL.show.bound,
    )  # fmt: skip
    wanted = {"Fooled": verdict.fooled, "Not fooled": ~verdict.fooled}.get(chosen, np.ones(len(x), dtype=bool))
    rows = np.flatnonzero(wanted)[:SHOWN]
    if not len(rows):
        st.caption(f"{chosen}: none of the {len(x)} held-out scenes.")
    gallery(x[rows].numpy(), z, verdict, rows, labels)


def numbers(history: tuple[PassRow, ...], best_pass: int, verdict: Verdict, z: Array) -> None:
    """The honest sentence, and the table behind it."""
    st.subheader("On scenes it has not seen", anchor=False)
    levels = float(np.sqrt(np.mean(np.square(z)))) * views.LEVELS
    seen = ", which can be seen" if levels >= 4 else ""
    st.markdown(
        f"The same perturbation **fools {verdict.held_out.asr:.0%} of {verdict.samples} held-out scenes**: none of "
        f"their true labels is left in the top k. Random noise of the same norm fools {verdict.noise.asr:.0%}. "
        f"It changes a pixel by {levels:.1f} of 255 levels (root mean square){seen}."
    )
    rows: dict[str, Any] = {"held-out": verdict.held_out, "held-out, noise": verdict.noise}
    if best_pass:  # a run stopped in its first pass has not been tried on all training scenes
        rows = {f"training, pass {best_pass}": history[best_pass], **rows}
    table: dict[str, list[Any]] = {"": list(rows)}
    table |= {title: [100 * getattr(row, name) for row in rows.values()] for name, title in views.RATES.items()}
    st.dataframe(
        table,
        hide_index=True,
        width=460,
        column_config={
            title: st.column_config.ProgressColumn(
                f"{title} %", format="%.0f", min_value=0, max_value=100, width="small"
            )
            for title in views.RATES.values()
        },
        alt="ASR, SASR and LFR on training scenes, on held-out scenes, and with random noise",
    )


def _percent(title: str) -> Any:
    return st.column_config.ProgressColumn(f"{title} %", format="%.0f", min_value=0, max_value=100, width="small")


def gallery(scenes: Array, z: Array, verdict: Verdict, rows: Array, labels: tuple[str, ...]) -> None:
    """Scenes, clean and with the same perturbation; label chips of the top k before and after."""
    shown = list(zip(scenes, rows, strict=True))
    with st.grid("auto", min_column_width=340):
        for scene, row in shown[:: 2 if presenting() else 1]:  # every other one fits a projector
            true = {int(j) for j in np.flatnonzero(verdict.true[row])}
            names = ", ".join(labels[j] for j in sorted(true))
            fooled = bool(verdict.fooled[row])
            with st.container(border=True, gap="xsmall"):
                st.image(
                    views.pair(scene, z), width="stretch",
                    alt=f"A scene with {names}: clean on the left, with the perturbation on the right",
                )  # fmt: skip
                st.markdown(f"before {_chips(verdict.before[row], true, labels)}")
                st.markdown(f"after {_chips(verdict.after[row], true, labels)}")
                gone = [labels[j] for j in verdict.before[row] if j in true and j not in set(verdict.after[row])]
                left = f"left the top k: {', '.join(gone)}" if gone else "no true label left the top k"
                st.caption(f"{'fooled' if fooled else 'not fooled'} · {left}")
    st.caption("Left: clean, right: with the perturbation. ● and green: a true label; grey: any other.")


def _chips(top: Array, true: set[int], labels: tuple[str, ...]) -> str:
    return " ".join(
        f":green-badge[● {labels[int(j)]}]" if int(j) in true else f":gray-badge[{labels[int(j)]}]" for j in top
    )


def _downloads(run: UniversalRun, z: Array) -> None:
    from masw_core.universal.result import history_csv

    record = run.record
    assert record is not None
    files = (
        ("Perturbation NPY", "universal.npy", "application/octet-stream", lambda: _npy(z)),
        ("Amplified PNG", "universal.png", "image/png", lambda: views.noise_picture(z)[0]),
        ("History CSV", "universal.csv", "text/csv", lambda: history_csv(record.history)),
        ("Checkpoint", "checkpoint.npz", "application/octet-stream", lambda: checkpoint_of(run)),
    )
    st.subheader("Take it with you", anchor=False)
    with st.container(horizontal=True):
        for label, name, mime, make in files:
            take_along(label, make, name, mime, UNIVERSAL.widget(f"save_{label}"))
    st.caption(
        "NPY: add it to any image in [-1, 1] of this size and clamp. The checkpoint goes on in the command line: put "
        "it into DIR and run python -m masw_core universal with the same settings and --out DIR."
    )


def _npy(z: Array) -> bytes:
    file = io.BytesIO()
    np.save(file, z.astype(np.float32))
    return file.getvalue()
