"""Idea 5: self-paced weighting along Algorithm 1, the lines of the step lit by the trace."""

from __future__ import annotations

from masw_core.views.algorithm import walk
from pages.parts.learn.chapter import Chapter, Option
from pages.parts.learn.run import course_run
from pages.parts.learn.walk import walk_player
from pages.shared.links import LEARN

import streamlit as st


def _figure(revealed: bool) -> None:
    run = course_run()
    if not revealed:
        whole = walk(run, "algorithm-0")
        first = {name: values[:1] for name, values in whole.items() if name in ("lit", "decided", "sentences")}
        walk_player(whole | first | {"n": 1}, LEARN.widget("algorithm_still"))
        return
    walk_player(walk(run, "algorithm"), LEARN.widget("algorithm_walk"))
    st.caption(
        "Printed as in the paper. Here line 3 is one gradient step, line 5 compares both values of L under the same "
        "weights, and line 9 returns the best point by success and norm."
    )


ALGORITHM = Chapter(
    key="algorithm",
    title="Self-paced weighting, line by line",
    text="**Self-paced weighting** (SPW) has one threshold ε. A constraint with slack up to ε has weight 1; above it, "
    r"$w = \varepsilon / \zeta$ (Eq. 24): the harder, the less it pulls. After every step Algorithm 1 looks at the "
    "weighted sum of slack, the Lagrangian *L*. If *L* fell, it dares more: ε grows.",
    question="And if *L* did **not** fall? What happens to ε?",
    options=(
        Option("It grows faster.", "Then hard constraints would pull more just when the step has gone wrong."),
        Option("It stays.", "Then the next step would repeat the mistake with the same weights."),
        Option(
            "It goes back, to the mean of its last two values.",
            "Line 6. Hard constraints pull less, and the easier ones get their way.",
            right=True,
        ),
    ),
    figure=_figure,
    after="Step on and watch the bright line: it is the one that made this step's ε, and the grey ones ran too. "
    "**Next rise of L** jumps to line 6. See the weights of the constraints right of the dashed ε.",
    terms=("epsilon", "eta", "lagrangian"),
)
