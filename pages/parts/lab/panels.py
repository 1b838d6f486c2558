"""What the server adds for the step at which the cursor rests: exact numbers, charts, the table, downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from masw_core.views.glossary import tooltip
from pages.parts.lab import by_hand, conflict, downloads, seen, survival
from pages.parts.lab.compute import success_after_rounding
from pages.parts.lab.state import JOB_PAGE, LabRun
from pages.shared import landscape
from pages.shared.links import LAB
from pages.shared.parts import FILES, Part, draw_chosen, fitting, shown_parts
from pages.shared.player import resting_step
from pages.shared.row_choice import choose_rows

import streamlit as st

if TYPE_CHECKING:
    from masw_core.trace.trace import Trace

FRAGMENT = LAB.widget("step_panels")


def titles(run: LabRun) -> list[str]:
    """The panels that this run has."""
    return list(shown_parts(LAB, _parts(run, 0)))


@st.fragment(key=FRAGMENT)
def show(run: LabRun, data: dict[str, Any], player_key: str, chosen: str | None) -> None:
    """Numbers, charts and downloads of the step at which the player's cursor rests; of one panel if one is chosen."""
    if run.lacks and chosen is None:
        st.caption(run.lacks)
    draw_chosen(shown_parts(LAB, _parts(run, resting_step(data, player_key))), chosen)


def _parts(run: LabRun, step: int) -> dict[str, Part]:
    trace = run.job.trace()
    assert trace is not None
    parts: dict[str, Part] = {"Numbers": ("numbers", lambda: _numbers(run, trace, step))}
    if not run.lacks:
        parts["Where it looks"] = ("places", lambda: seen.show(run, trace, step))
    parts["Charts"] = ("charts", lambda: _charts(trace, step))
    if not run.lacks:
        parts["Conflict"] = ("conflict", lambda: conflict.show(run, trace, step))
        parts["Survival"] = ("survival", lambda: survival.show(run, trace, step))
        if by_hand.possible(trace):
            parts["By hand"] = ("by_hand", lambda: by_hand.show(run, trace, step))
        parts["Landscape"] = ("landscape", lambda: landscape.show(run, _paths(run, trace), JOB_PAGE))
    return parts | {"Files": (FILES, lambda: downloads.show(run, trace, step))}


def _paths(run: LabRun, trace: Trace) -> dict[str, Trace]:
    """The run, and the second one with weights by hand if it has ended."""
    second = None if run.by_hand is None or run.by_hand.run.job.active else run.by_hand.run.job.trace()
    return {"this run": trace} | ({} if second is None else {"weights by hand": second})


def _numbers(run: LabRun, trace: Trace, step: int) -> None:
    st.subheader(f"Step {step} in numbers", anchor=False)
    measures = {name: float(values[step]) for name, values in trace.measures().items()}
    eq27, table = _perturbation_sizes(trace, step)
    rounded = None if run.lacks else success_after_rounding(run, step)
    first = trace.first_success
    better = "higher is better" if trace.header["target"] is not None else "lower is better"
    with st.grid("auto", min_column_width=150, gap="small"):
        st.metric("Success now", _yes(bool(trace.success[step])), border=True)
        st.metric(
            "After 8-bit rounding",
            "unknown" if rounded is None else _yes(rounded),
            border=True,
            help=f"Does it still succeed as a PNG? Checked at step {trace.perturbation_at(step)[1]}, which is kept.",
        )
        st.metric(
            "LC / soft LC",
            f"{measures['lc']:.0f} / {measures['slc']:.2f}",
            border=True,
            help=tooltip("lc", "slc", more=f"Here {better}."),
        )
        st.metric(
            "LF / soft LF",
            f"{measures['lf']:.0f} / {measures['slf']:.2f}",
            border=True,
            help=tooltip("lf", "slf", more="Lower is better."),
        )
        st.metric(
            "AC / soft AC",
            f"{measures['ac']:.0f} / {measures['soft_ac']:.2f}",
            border=True,
            help=tooltip("ac", "soft_ac", more="Lower is better."),
        )
        st.metric("Norm ‖z‖₂", f"{trace.norm[step]:.3f}", border=True, help=tooltip("norm"))
        st.metric("Pert (Eq. 27)", f"{eq27:.2e}", border=True, help=tooltip("pert_eq27"))
        st.metric("Pert (tables), ×10⁻²", f"{table:.3f}", border=True, help="What the paper's tables report.")
        st.metric("First success", "never" if first is None else f"step {first}", border=True)
        st.metric(
            "Best step",
            f"step {trace.best_step}",
            border=True,
            help=tooltip("best"),
        )


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _perturbation_sizes(trace: Trace, step: int) -> tuple[float, float]:
    from masw_core.task.metrics import pert_eq27, pert_table

    import torch

    z = torch.as_tensor(trace.perturbation_at(step)[0])[None]
    x = torch.as_tensor(trace.image)[None]
    return float(pert_eq27(z)[0]), float(pert_table(x, (x + z).clamp(-1, 1))[0])


CHARTS = {
    "Labels": ("labels_over_time", "Confidence of every label over the steps"),
    "Slack and weights": ("slack_and_weights", "Slack and weight of every constraint at this step"),
    "ε and Lagrangian": ("schedule", "Epsilon, coloured by branch, and the Lagrangian over the steps"),
    "Constraints": ("constraint_map", "Signed value of every constraint at every step"),
    "Measures": ("measures_over_time", "The six measures and the norm over the steps"),
}
TABLE = "Table"


def _charts(trace: Trace, step: int) -> None:
    names = [*CHARTS, TABLE]
    chosen = st.segmented_control("Chart", names, default=names[0], required=True, **LAB.chart.bound, wrap=True)
    choice = _choose_rows(trace, chosen)
    if chosen == TABLE:
        _table(trace, step, **choice)
        return
    from masw_core.views import figures

    view, alt = CHARTS[chosen]
    spec = fitting(getattr(figures, view)(trace, step, **choice))
    st.plotly_chart(spec, key=LAB.widget(f"figure_{view}"), alt=alt, config={"displaylogo": False})


def _choose_rows(trace: Trace, chart: str) -> dict[str, Any]:
    from masw_core.views import rows

    if chart in ("Labels", TABLE):
        return choose_rows(rows.label_rows(trace), "labels", LAB)
    if chart in ("Slack and weights", "Constraints"):
        return choose_rows(rows.constraint_rows(trace), "constraints", LAB)
    return {}


def _table(trace: Trace, step: int, find: str = "", every: bool = False) -> None:
    from masw_core.views import rows

    places, p = rows.ranks(trace), trace.probabilities
    labels = rows.picked(rows.label_rows(trace), find, every)
    st.dataframe(
        {
            "label": [row.name for row in labels],
            "role": [row.role for row in labels],
            "clean": [float(p[0, row.index]) for row in labels],
            "now": [float(p[step, row.index]) for row in labels],
            "rank before": [int(places[0, row.index]) for row in labels],
            "rank now": [int(places[step, row.index]) for row in labels],
        },
        hide_index=True,
        column_config={
            "label": st.column_config.TextColumn("label", pinned=True),
            **{
                name: st.column_config.ProgressColumn(name, format="%.3f", min_value=0, max_value=1)
                for name in ("clean", "now")
            },
        },
        alt=f"Confidence and rank of {len(labels)} labels on the clean picture and at step {step}",
    )
