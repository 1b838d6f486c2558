"""Everything that defines a run in the plane, as one frozen value, and how it becomes a goal, attacks and traces."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from masw_core.attacks import Attack, LossAttack, attack_info, load_attack
from masw_core.task.goals import Goal
from masw_core.toy.layouts import LAYOUTS
from masw_core.toy.names import FILM_TITLES, OWN, WEIGHTING_TITLES
from masw_core.toy.network import ToyModel
from masw_core.toy.points import LABELS, decode
from masw_core.toy.problem import label_mask, load_toy, train_toy
from masw_core.toy.race import race
from masw_core.trace.trace import Trace

import torch
from torch import Tensor

MOST_STEPS = 1000
PLAIN = {"form": "quadratic", "margin": 0.0, "lambda2": 0.5}  # MASW as the equations say, whatever is tuned for images


@dataclass(frozen=True)
class Setup:
    """A run in the plane; two equal ones give the same traces.

    Attributes:
        toy: a shipped problem, or ``"own"`` with ``points`` from ``points.encode``.
        start: the clean point. true, target: label names; without targets the run is untargeted.
        attacks: names; ``"masw"`` runs once per entry of ``weightings``.
        steps, step_size, step_rule, tau: shared by all attacks (those that linearise choose their own lengths).
        space, epsilon0, eta: MASW's.
    """

    toy: str
    start: tuple[float, float]
    true: tuple[str, ...]
    k: int
    target: tuple[str, ...] = ()
    attacks: tuple[str, ...] = tuple(FILM_TITLES)
    weightings: tuple[str, ...] = ("spw",)
    steps: int = 200
    step_size: float = 0.03
    step_rule: str = "unit"
    tau: float = 2.5
    space: str = "logit"
    epsilon0: float = 0.1
    eta: float = 1.01
    points: str = ""

    def model(self) -> ToyModel:
        return _model(self.toy, self.points)

    def goal(self) -> Goal:
        """Raises ``ValueError`` with a sentence if the labels and k do not go together."""
        labels = self.model().labels
        if not self.true:
            raise ValueError("Choose at least one true label: without one there is nothing to attack.")
        true = label_mask(labels, self.true)
        return (
            Goal.targeted(true, label_mask(labels, self.target), self.k)
            if self.target
            else Goal.untargeted(true, self.k)
        )

    def entrants(self) -> list[tuple[str, str, Attack]]:
        """(key, title, attack) of every run, in a fixed order; attacks that cannot do the case are left out."""
        if not 1 <= self.steps <= MOST_STEPS:
            raise ValueError(f"steps = {self.steps} is out of range: choose 1 to {MOST_STEPS}.")
        found = []
        for name in self.attacks:
            info = attack_info(name)
            if not info.supports("targeted" if self.target else "untargeted"):
                continue
            if name == "masw":
                for rule in self.weightings:
                    title = f"MASW, {WEIGHTING_TITLES.get(rule, rule)}"
                    found.append((f"masw-{rule}", title, self._attack(name, weighting=rule)))
            else:
                found.append((name, info.title, self._attack(name)))
        return found

    def settings(self, name: str) -> dict[str, Any]:
        """What ``load_attack`` gets for an attack, beside MASW's weighting."""
        shared: dict[str, Any] = {"steps": self.steps, "tau": self.tau}
        if issubclass(attack_info(name).build, LossAttack):
            shared |= {"step_size": self.step_size, "step_rule": self.step_rule}
        if name == "masw":
            shared |= {"space": self.space, "epsilon0": self.epsilon0, "eta": self.eta, **PLAIN}
            shared["reference"] = "hold" if self.target else "flow"
        return shared

    def _attack(self, name: str, **more: Any) -> Attack:
        return load_attack(name, **self.settings(name), **more)

    def start_point(self) -> Tensor:
        """(2,) the clean point, moved into the box."""
        low, high = self.model().box
        return torch.tensor(self.start, dtype=torch.float32).clamp(low, high)

    def run(self) -> list[tuple[str, str, Trace]]:
        """(key, title, trace) per entrant."""
        entrants, goal = self.entrants(), self.goal()
        if not entrants:
            return []
        traces = race([attack for _, _, attack in entrants], self.model(), self.start_point()[None], goal)
        return [(key, title, found[0]) for (key, title, _), found in zip(entrants, traces, strict=True)]


@lru_cache(maxsize=16)
def _model(toy: str, points: str) -> ToyModel:
    if toy in LAYOUTS:
        return load_toy(toy).model
    if toy != OWN:
        raise ValueError(f"Unknown toy problem {toy!r}: choose one of {', '.join(LAYOUTS)} or {OWN}.")
    drops = decode(points)
    if not drops:
        raise ValueError("There are no points yet: paint some, or choose another problem.")
    where = [[x, y] for x, y, _ in drops]
    return train_toy(where, [[j in labels for j in range(len(LABELS))] for _, _, labels in drops])
