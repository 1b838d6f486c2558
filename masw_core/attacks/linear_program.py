"""MLA-LP (Zhou, Luo, Lin, Xu & Zhang, IJCNN 2020): every step is a linear program over the linearised label losses.

With l_j the cross-entropy of label j towards its wanted side, J its Jacobian and d_j = l_j(threshold) - l_j(now):
min max |r_i| subject to J r <= d for all labels. The programs are solved in ``wide_lp`` and ``small_lp``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from masw_core.attacks.base import Attack, Model, State
from masw_core.attacks.deepfool import moving, wanted_sign
from masw_core.attacks.jacobian import score_gradients
from masw_core.attacks.registry import PaperRow, register
from masw_core.settings import require
from masw_core.solvers.least_max_small import least_maximum_step
from masw_core.solvers.least_max_wide import least_maximum_step_wide
from masw_core.task.geometry import l2_norm
from masw_core.task.goals import Goal
from masw_core.trace.step import Step

import torch
import torch.nn.functional as F
from torch import Tensor

PIECE = 2**20  # numbers of J in one batch of linear programs: what a processor's cache holds
WIDE = 4096  # images of this many numbers or more are pictures, where three digits are plenty
NEAR, STRIDE, LOWEST = 0.6, 0.05, 0.1  # the published rule for aims


@dataclass(frozen=True)
class LPState(State):
    """Per label (b, C): the probability of the wrong side that it should fall to, and the last one seen."""

    threshold: Tensor
    wrong: Tensor


@register(
    "mlalp",
    title="MLA-LP",
    family="linearisation",
    paper="Zhou, Luo, Lin, Xu & Zhang: Generating Multi-label Adversarial Examples by Linear Programming, IJCNN 2020",
    cases=("untargeted", "targeted"),
    fidelity="port",
    summary="Solves a linear program per step for the smallest L-infinity change that turns all labels as wanted.",
    presets={"default": {}, "paper": {"steps": 300, "aim": 0.5}},
    in_paper=PaperRow(6, ("untargeted",)),
    needs_jacobian=True,
)
@dataclass(frozen=True)
class MLALP(Attack):
    """Multi-label attack by linear programming: true labels off (targets on), all other labels off.

    A label that it moves is aimed at a probability of its wrong side; where that probability rose or is already
    below 0.6 the aim is lowered by 0.05, down to 0.1. Its steps are the smallest in L-infinity; the L2 ball and the
    box come after. The labels' order plays no role, so a success of this attack need not be a success in the top k.

    It is weak in small L2 balls, by nature: a step of equal magnitudes gains 0.3 to 0.5 of what the best L2 step of
    its norm would (scenes), and all rows are shortened alike when a step leaves the ball. Measured on 32 tuning scenes
    at the recommended tau, k = 3, ASR / SASR / LFR in percent (aim 0.01 was chosen on half of them): with the published
    aim 0.5 untargeted 0 / 9 / 34, best 34 / 52 / 40, labels creep up to the threshold; with 0.1 0 / 14 / 43 and
    38 / 58 / 42; with 0.01, the default, 13 / 26 / 42 and 28 / 54 / 40. Twenty steps add up to seven points.
    Leaving out the rows of labels that have to stay off changes little.

    Attributes:
        steps: 10, as in the public code (MASW's tables: 300, preset ``paper``).
        aim: the first probability that a moving label is aimed at (preset ``paper``: 0.5, the threshold).

    The reported Lagrangian is the sum of the violations, l_j - log 2 where that is positive.

    Deviates from the paper: the aim; all true labels are hidden at once (the original hides one); targeted, the targets
    are raised the same way. The bounds -1 <= r_i <= 1 are left out: the box follows every step anyway.
    Deviates from public code: batched programs instead of a solver process per image; one
    Jacobian per step instead of two; contradicting rows cost a penalty instead of dropping the image; no restart
    from the clean image when fewer labels match, since the best point so far is kept.
    """

    steps: int = 10
    aim: float = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        require(0 < self.aim <= 0.5, f"aim = {self.aim} is no goal: choose a probability above 0 and at most 0.5.")

    def init(self, x: Tensor, goal: Goal) -> LPState:
        one = torch.ones(goal.true.shape, dtype=x.dtype, device=x.device)
        return LPState(torch.zeros_like(x), torch.where(moving(goal), self.aim * one, 0.5), one)

    def step(self, state: LPState, model: Model, x: Tensor, goal: Goal) -> tuple[LPState, Step]:
        z = state.perturbation.detach().requires_grad_()
        scores = model(x + z)
        labels = torch.arange(scores.shape[1], device=scores.device).expand(len(scores), -1)
        gradients = score_gradients(scores, z, labels)
        scores = scores.detach()

        away = -wanted_sign(goal)  # +1 where the loss grows with the score
        wrong = (away * scores).sigmoid()
        lower = moving(goal) & ((wrong > state.wrong) | (wrong < NEAR))
        threshold = torch.where(lower, (state.threshold - STRIDE).clamp_min(min(LOWEST, self.aim)), state.threshold)
        rows = gradients.mul_((away * wrong)[..., None])
        bound = -torch.log1p(-threshold) - F.softplus(away * scores)

        step = smallest_step(rows, bound)
        moved = replace(
            state, perturbation=(z + step.view_as(z)).detach(), threshold=threshold, wrong=wrong.to(x.dtype)
        )
        return moved, replace(self.observe(state, scores, goal), gradient_norm=l2_norm(step))

    def observe(self, state: LPState, scores: Tensor, goal: Goal) -> Step:
        loss = F.softplus(-wanted_sign(goal) * scores)
        violation = (loss - math.log(2.0)).clamp_min(0).sum(1)
        return Step.at(state.perturbation, scores, goal.constraints(scores), violation)


def smallest_step(rows: Tensor, bound: Tensor) -> Tensor:
    """(b, n) least max |r_i| with rows r <= bound, in pieces of the batch that fit into the cache."""
    size = max(1, PIECE // max(1, rows[0].numel()))
    return torch.cat([_solve(*piece) for piece in zip(rows.split(size), bound.split(size), strict=True)])


def _solve(rows: Tensor, bound: Tensor) -> Tensor:
    mask = torch.ones_like(bound, dtype=torch.bool)
    if rows.shape[2] < WIDE:
        return least_maximum_step(rows, bound, mask)
    step, done = least_maximum_step_wide(rows, bound, mask)
    if not bool(done.all()):  # rare: the slower method has the last word
        step[~done] = least_maximum_step(rows[~done], bound[~done], mask[~done])
    return step
