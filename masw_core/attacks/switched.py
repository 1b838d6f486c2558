"""One attack up to a step and another from there on, on the same state: what would have happened with other settings.

It is put together where it is needed and stands in no registry; headers and reports know it by the second attack.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from masw_core.attacks.base import Attack, Model, State
from masw_core.attacks.registry import attack_info, load_attack
from masw_core.settings import from_json, require
from masw_core.task.goals import Goal
from masw_core.trace.step import Step

import torch
from torch import Tensor


@dataclass(frozen=True)
class SwitchedState(State):
    """The state of the two attacks, and how many updates were made, (b,) and all alike."""

    inner: State
    updates: Tensor


@dataclass(frozen=True)
class Switched(Attack):
    """Steps 0 to ``at - 1`` are those of ``before``, all others those of ``after``, which goes on from the same state.

    Attributes:
        before, after: of the same class, with the same ``steps`` and ``tau``, which are also this attack's.
        at: the first step whose move is that of ``after``; 0: it is ``after`` alone.

    Algorithm 1's memory travels along: the epsilon and the lowest L that ``before`` found are what ``after`` sees,
    unless ``before`` keeps none (hinges without weights).
    """

    before: Attack = field(default_factory=Attack)
    after: Attack = field(default_factory=Attack)
    at: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        alike = (type(self.before), self.before.steps, self.before.tau)
        require(
            alike == (type(self.after), self.after.steps, self.after.tau),
            "Only settings can change under way: give two attacks of the same kind with the same steps and tau.",
        )
        require(0 <= self.at <= self.before.steps, f"at = {self.at} is no step: choose 0 to {self.before.steps}.")

    @classmethod
    def of(cls, before: Attack, after: Attack, at: int) -> Switched:
        """``after`` from step ``at`` on.

        Raises:
            ValueError: the two differ in more than settings, or there is no such step.
        """
        return cls(steps=before.steps, tau=before.tau, before=before, after=after, at=at)

    @property
    def name(self) -> str:  # type: ignore[override]
        return self.after.name

    @property
    def cases(self) -> tuple[str, ...]:  # type: ignore[override]
        return self.after.cases

    @property
    def reported_space(self) -> str:
        return self.after.reported_space

    def config(self) -> dict[str, Any]:
        """The settings of ``after``, and under ``switched`` the step and what was different before it."""
        before, after = self.before.config(), self.after.config()
        differs = {name: value for name, value in before.items() if value != after[name]}
        return {**after, "switched": {"at": self.at, "before": differs}}

    def prepared(self, model: Any, goal: Goal) -> Self:
        before, after = self.before.prepared(model, goal), self.after.prepared(model, goal)
        return replace(self, tau=after.tau, before=before, after=after)

    def init(self, x: Tensor, goal: Goal) -> SwitchedState:
        inner = (self.before if self.at else self.after).init(x, goal)
        return SwitchedState(inner.perturbation, inner, torch.zeros(len(x), dtype=torch.long, device=x.device))

    def step(self, state: Any, model: Model, x: Tensor, goal: Goal) -> tuple[SwitchedState, Step]:
        moved, step = self._now(state).step(_inner(state), model, x, goal)
        updates = state.updates + 1
        if self.at and int(updates[0]) == self.at:
            fresh = self.after.init(x, goal)
            if type(moved) is not type(fresh):  # the first remembered nothing that the second could go on from
                moved = replace(fresh, perturbation=moved.perturbation)
        return SwitchedState(moved.perturbation, moved, updates), step

    def observe(self, state: Any, scores: Tensor, goal: Goal) -> Step:
        return self._now(state).observe(_inner(state), scores, goal)

    def _now(self, state: SwitchedState) -> Attack:
        return self.before if int(state.updates[0]) < self.at else self.after


def attack_at(header: Mapping[str, Any], step: int) -> Attack:
    """The attack that moved a run away from a step, see :func:`attack_of`."""
    attack = attack_of(header)
    if isinstance(attack, Switched):
        return attack.before if step < attack.at else attack.after
    return attack


def attack_of(header: Mapping[str, Any]) -> Attack:
    """The attack that a trace's header tells of, also one that was switched; prepared once it meets a model and a goal.

    Raises:
        ValueError: unknown attack or setting, from another version.
    """
    config = from_json(header["config"], attack_info(header["attack"]).settings)
    switched = config.pop("switched", None)
    after = load_attack(header["attack"], **config)
    if switched is None:
        return after
    return Switched.of(load_attack(header["attack"], **{**config, **switched["before"]}), after, switched["at"])


def _inner(state: SwitchedState) -> Any:
    """The attack's own state at the point that the engine has projected."""
    return replace(state.inner, perturbation=state.perturbation)
