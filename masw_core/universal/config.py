"""The settings of a universal attack: which attack works inside, how far and how long; nothing runs here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, sqrt
from typing import Any, Self

from masw_core.attacks.base import Attack
from masw_core.models.recommended_tau import recommended_universal_tau
from masw_core.settings import require
from masw_core.task.goals import Goal

PAPER_TAU = 100.0  # Section V-A, for images of 3 x 300 x 300 values
PAPER_VALUES = 3 * 300 * 300
INNER_SHARE = 10  # this many straight inner steps go as far as one image needs


@dataclass(frozen=True)
class Universal:
    """Algorithm 2 around any untargeted attack: one perturbation z shared by all samples.

    Every sample that is not fooled at x + z adds what the attack finds for it, and z is cut back to the ball:
    z <- P_tau(z + sum of z_i). With ``batch=1`` this is Algorithm 2, line by line; a larger batch finds the z_i
    of its samples from the same z, at once.

    Attributes:
        attack: any untargeted attack. Its own tau is ignored: inside it runs without a ball (Algorithm 1 without
            the projection). A ``step_size`` of None becomes a tenth of the model's tau for single images.
        tau: L2 radius of z in [-1, 1] image units; None: what the model recommends for universal attacks, else
            the paper's 100 for 3 x 300 x 300 values, with the same change per value at any other size.
        passes: at most this many times over the data.
        patience: E: end when neither SASR nor LFR has risen for more than this many passes.
        batch: samples attacked at once from the same z.
        target_rate: end as soon as the share of fooled training samples reaches this (kUAP, TkML-Uv), or None.
        seed: decides the order of the samples, anew in every pass.

    Deviates from the paper (Algorithm 2): the attack starts from x + z and not from x; samples already fooled are
    skipped; an equal rate is no progress (as printed, a plateau resets E for ever); passes are capped; the best z
    is returned, not the last; the order is shuffled.

    Raises:
        ValueError: the attack has no untargeted case, or a number is out of range.
    """

    attack: Attack
    tau: float | None = None
    passes: int = 10
    patience: int = 3
    batch: int = 10
    target_rate: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        possible = "untargeted" in self.attack.cases
        require(possible, f"{self.attack.name} has no untargeted case: choose an attack that has one.")
        require(self.tau is None or self.tau > 0, f"tau = {self.tau} leaves no room: choose a positive radius.")
        require(self.passes >= 1, f"passes = {self.passes} is too few: choose at least 1.")
        require(self.patience >= 0, f"patience = {self.patience} must not be negative.")
        require(self.batch >= 1, f"batch = {self.batch} is too small: choose at least 1.")
        require(
            self.target_rate is None or 0 < self.target_rate <= 1,
            f"target_rate = {self.target_rate} is no share: choose a number above 0, at most 1.",
        )

    def prepared(self, model: Any, goal: Goal, values: int) -> Self:
        """The same with everything filled in that depends on the model.

        Args:
            values: numbers per image, 3 H W.
        """
        recommended = recommended_universal_tau(getattr(model, "name", ""))
        tau = self.tau or recommended or PAPER_TAU * sqrt(values / PAPER_VALUES)
        attack = self.attack
        changes: dict[str, Any] = {"tau": inf}
        if getattr(attack, "step_size", 0.0) is None:
            one_image = replace(attack, tau=None).prepared(model, goal).tau or 1.0
            length = one_image / min(attack.steps, INNER_SHARE)
            changes["step_size"] = length / sqrt(values) if getattr(attack, "step_rule", "") == "sign" else length
        return replace(self, tau=tau, attack=replace(attack, **changes).prepared(model, goal))
