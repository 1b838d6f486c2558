"""What attacks with weights share: the rule, the settings of weights by hand, their checks and their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from masw_core.attacks.base import LossAttack
from masw_core.settings import require
from masw_core.task.goals import Goal
from masw_core.weighting.by_hand import HandWeights
from masw_core.weighting.rules import Weighting, WeightingName, make_weighting


@dataclass(frozen=True)
class HandWeighted(LossAttack):
    """Settings of attacks whose constraints get weights.

    Attributes:
        weighting: ``spw``, ``spl``, ``fixed``, ``threshold``, ``uniform`` or ``manual``.
        eta: growth of epsilon when L drops (``spw``) or at every step (``spl``).
        manual_factor, manual_hardest: the weight and the number of hardest constraints for ``manual``.
        manual_weights: factors on the weights of single constraints, 0 to 2: a mapping such as
            ``{"rank:person": 0.2, "flip:car": 2.0}`` or the text ``rank:person=0.2,flip:car=2``, a family and the name
            or index of a label. With ``manual`` they are the weights themselves and all others are 1; with any other
            rule they multiply what it says. None: the rule alone.
    """

    weighting: WeightingName = "spw"
    eta: float = 1.01
    manual_factor: float = 0.1
    manual_hardest: int = 5
    manual_weights: HandWeights | Mapping[str, float] | str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.eta > 1, f"eta = {self.eta} must be above 1: epsilon grows by it when L drops.")
        require(self.manual_factor >= 0, f"manual_factor = {self.manual_factor} must not be negative.")
        require(self.manual_hardest >= 1, f"manual_hardest = {self.manual_hardest} is too few: choose at least 1.")
        if self.manual_weights is not None:
            object.__setattr__(self, "manual_weights", HandWeights.read(self.manual_weights))

    def prepared(self, model: Any, goal: Goal) -> Self:
        attack = super().prepared(model, goal)
        if not isinstance(attack.manual_weights, HandWeights):
            return attack
        return replace(attack, manual_weights=attack.manual_weights.found_in(getattr(model, "labels", None), goal))

    def config(self) -> dict[str, Any]:
        by_hand = self.manual_weights
        return {**super().config(), "manual_weights": by_hand.described() if isinstance(by_hand, HandWeights) else None}

    @property
    def rule(self) -> Weighting:
        """The weighting rule.

        Raises:
            ValueError: weights by name of an attack that was not prepared.
        """
        by_hand, factors = self.manual_weights, None
        if isinstance(by_hand, HandWeights):
            require(by_hand.columns is not None, "The attack is not prepared: use run or iterate.")
            factors = by_hand.factors
        return make_weighting(self.weighting, self.eta, self.manual_factor, self.manual_hardest, factors)
