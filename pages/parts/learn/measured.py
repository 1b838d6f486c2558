"""Idea 8: what the measurements of this project say, and what the paper leaves open. All numbers come from files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from masw_core.views.course_figures import ATTACK_TITLES, over_radius
from pages.parts.learn.chapter import Chapter, Option
from pages.shared.links import LEARN

import streamlit as st

if TYPE_CHECKING:
    import pandas as pd

MEASURES = {"asr": "ASR %", "sasr": "SASR %", "lfr": "LFR %"}
MODEL, K, SPW, UNIFORM, FIXED = "scenes", 3, "masw", "masw+weighting=uniform", "masw+weighting=fixed"
OPEN_CHOICES = (
    ("Is slack free (Eq. 23) or max(0, -CT)?", "the latter: free slack keeps the weights from reaching z"),
    ("Which label moves when the border of the top k moves?", "those that have yet to pass, in equal parts"),
    ("How does ε start?", "at a share of the first largest slack"),
    ("How long is a step?", "unit length: else ε sets the length"),
)


def gains() -> dict[float, dict[str, tuple[float, float, float]]]:
    """By radius and measure: percent with SPW, with uniform weights, and with a fixed ε."""
    table = means()
    return {
        share: {
            measure: tuple(
                100 * float(rows.loc[rows["attack"] == attack, measure].iloc[0]) for attack in (SPW, UNIFORM, FIXED)
            )
            for measure in MEASURES
        }
        for share, rows in table.groupby("tau_share")
    }


@st.cache_data(max_entries=1, show_spinner=False)
def means() -> pd.DataFrame:
    """One row per attack and radius: the recorded test scenes, untargeted, over all seeds."""
    from masw_core.published.recorded import recorded_sets

    (recorded,) = (one for one in recorded_sets() if one.name == "radius")
    table = recorded.table()
    chosen = table[
        (table["model"] == MODEL)
        & (table["case"] == "untargeted")
        & (table["k"] == K)
        & table["attack"].isin(list(ATTACK_TITLES))
    ]
    return chosen.groupby(["attack", "tau_share"], as_index=False)[list(MEASURES)].mean()


def _figure(revealed: bool) -> None:
    if not revealed:
        st.markdown("**What the paper leaves open, and what was chosen here**")
        rows = "\n".join(f"| {question} | {choice} |" for question, choice in OPEN_CHOICES)
        st.markdown(f"| open | chosen here |\n|---|---|\n{rows}")
        st.caption("Every choice was measured on pictures that no table reports; docs/decisions.md has them all.")
        return
    measure = st.segmented_control(
        "Rate",
        list(MEASURES),
        default="lfr",
        required=True,
        format_func=MEASURES.__getitem__,
        key=LEARN.widget("rate"),
        label_visibility="collapsed",
    )
    st.vega_lite_chart(
        over_radius(means(), measure, MEASURES[measure]),
        key=LEARN.widget("radius"),
        alt=f"{MEASURES[measure]} of MASW with three weightings and of TkML over the radius; the text has the numbers",
    )
    st.markdown(said())


def said() -> str:
    """The finding in a few sentences, every number from the recorded table."""
    found = gains()
    small, whole = min(found), max(found)
    lfr, asr, fixed = found[small]["lfr"], found[whole]["asr"], found[small]["lfr"]
    return (
        f"At {small:g} of the radius SPW flips {lfr[0]:.0f} % of the true labels, uniform weights {lfr[1]:.0f} %. At "
        f"the whole radius ASR is {asr[0]:.0f} % and {asr[1]:.0f} %. An ε that stands still is as good as one that "
        f"moves ({fixed[2]:.0f} % against {fixed[0]:.0f} %): what helps is that hard constraints pull less, not that "
        "the weights are paced."
    )


MEASURED = Chapter(
    key="measured",
    title="What the measurements say",
    text="100 drawn test scenes, three seeds, untargeted, k = 3, 40 steps. The **radius** τ is the largest norm that a "
    "perturbation may have. At the radius recommended for a model most goals can be reached; at 0.4 of it most "
    "cannot. Four attacks: MASW with self-paced, uniform and fixed weights, and TkML.",
    question="Where do self-paced weights bring the most against uniform ones?",
    options=(
        Option(
            "Where the goal fits: at the whole radius.",
            "There nothing has to be given up, and within a few steps the weights are nearly equal.",
        ),
        Option(
            "Where the goal does not fit: at a small radius.",
            "There some constraints must be given up, and weights decide which.",
            right=True,
        ),
        Option("Everywhere alike.", "The gap opens where not everything can be had."),
    ),
    figure=_figure,
    after="The Results page has these rows with intervals, other models and cases, and photos, where weights bring a "
    "little at a small radius and nothing with targets.",
    terms=("tau", "asr", "lfr"),
)
