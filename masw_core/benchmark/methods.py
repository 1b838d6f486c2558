"""What a table compares: an attack, a preset and settings, written as ``name[:preset][+setting=value...]``.

``masw``, ``masw:paper`` and ``masw+weighting=uniform+margin=0`` are methods. The text is the method's name in every
table, so a row can be run again from what it says.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from masw_core.attacks import Attack, attack_info, load_attack
from masw_core.attacks.base import LossAttack
from masw_core.attacks.correlation import Matrix
from masw_core.settings import settings_from

REACH = 2.5  # all steps together are this many tau long, the usual allowance for descent inside a ball
JACOBIAN_SHARE = 3  # a step with the gradients of several scores costs about three steps with one (benchmarks/)


@dataclass(frozen=True)
class Method:
    """One attack as it is compared.

    Attributes:
        text: what people write and tables show.
        name: the attack's name in the registry.
        preset: one of its presets.
        settings: pairs of setting and value, over the preset.
    """

    text: str
    name: str
    preset: str = "default"
    settings: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Method:
        """Read ``name[:preset][+setting=value...]``.

        Raises:
            ValueError: unknown attack, preset or setting, or a value out of range.
        """
        head, *pairs = text.strip().split("+")
        name, _, preset = head.partition(":")
        method = cls(text.strip(), name, preset or "default", tuple(settings_from(pairs).items()))
        load_attack(method.name, method.preset, **dict(method.settings))
        return method

    def supports(self, case: str) -> bool:
        """Whether the attack can do a case of ``goals.CASES``, or "universal"."""
        return attack_info(self.name).supports(case)

    @property
    def takes_cooccurrence(self) -> bool:
        """Whether the attack has a use for the co-occurrence of the data set's labels."""
        return any(setting.name == "cooccurrence" for setting in attack_info(self.name).settings)

    def attack(self, steps: int | None, tau: float, cooccurrence: Matrix | None = None) -> Attack:
        """The attack under the common rules of a comparison.

        Args:
            steps: at most so many updates (one-step and few-step attacks keep their own number), a third of it for
                attacks that take the gradients of several scores at each; None: as many as the attack's own default.
            tau: the ball of this case.
            cooccurrence: of the data set's labels, for attacks that use it.

        With ``steps``, attacks that take unit steps and name no length get 2.5 tau / steps, so that all of them may
        walk equally far.
        """
        attack = load_attack(self.name, self.preset, **dict(self.settings))
        known: dict[str, Any] = {"tau": tau, "cooccurrence": cooccurrence}
        attack = replace(attack, **{name: known[name] for name in self.open_settings(attack) if name in known})
        if steps is None:
            return attack
        if attack_info(self.name).needs_jacobian:
            steps = max(1, steps // JACOBIAN_SHARE)
        attack = replace(attack, steps=min(attack.steps, steps))
        if not isinstance(attack, LossAttack):
            return attack
        walks = attack.step_rule == "unit" and attack.step_size is None and getattr(attack, "penalty", "") != "search"
        return replace(attack, step_size=REACH * tau / attack.steps) if walks else attack

    @staticmethod
    def open_settings(attack: Attack) -> set[str]:
        """Names of the settings that nobody has chosen."""
        return {field.name for field in fields(attack) if getattr(attack, field.name) is None}
