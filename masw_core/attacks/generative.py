"""GAMA and LPD: a generator, trained beforehand against the model, paints the perturbation in one forward.

Applying a generator lives here; networks, losses and training are in ``masw_core.generative``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

from masw_core.attacks.base import Attack, Model, State
from masw_core.attacks.registry import PaperRow, register
from masw_core.generative.store import Generator, shipped
from masw_core.settings import require, shown
from masw_core.task.goals import Goal
from masw_core.trace.step import Step
from masw_core.weighting.lagrangian import closed_form_slack

import torch
from torch import Tensor

# As published, and as the comparison in the MASW paper ran them: the generator's own L_inf bound and no L2 ball.
PRESETS: dict[str, dict[str, Any]] = {"default": {"tau": float("inf")}, "ball": {}}


@dataclass(frozen=True)
class GenerativeAttack(Attack):
    """z_{t+1} = P(z_t + G(x + z_t)): the generator paints on the picture as it stands, the engine projects.

    The generator knows neither goal nor k: it was trained to move features. What the steps report as the Lagrangian
    is the sum of the slacks of the goal's constraints, which nothing here descends.

    Attributes:
        tau: L2 radius that scales the perturbation down; infinite in the default preset, where the generator's own
            bound, 10/255 of [0, 1] images in every number, is the only limit.
        steps: how often the generator is applied, each time on top of the last (1, as published); every step keeps
            the bound, several together may exceed it.
        generator: from ``masw_core.generative``; None: the one in assets/generators for the model's name.
    """

    steps: int = 1
    generator: Generator | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        require(
            self.generator is None or isinstance(self.generator, Generator),
            f"generator = {shown(self.generator)} is none: give what masw_core.generative.load_generator returns.",
        )
        method = self.name if self.generator is None else self.generator.card["method"]
        require(method == self.name, f"This generator was trained for {method}, not for {self.name}.")

    def prepared(self, model: Any, goal: Goal) -> Self:
        """Raises ``ValueError`` where no generator was trained for the model."""
        attack = super().prepared(model, goal)
        if attack.generator is not None:
            return attack
        name = getattr(model, "name", type(model).__name__)
        found = shipped(self.name, name)
        if found is None:
            raise ValueError(
                f"{self.name} has no generator for the model {name!r}: run python -m masw_core train {self.name} "
                f"--model {name} (photo models also need --images FOLDER), or set generator."
            )
        return replace(attack, generator=found)

    def config(self) -> dict[str, Any]:
        plain = super(GenerativeAttack, replace(self, generator=None)).config()
        return {**plain, "generator": None if self.generator is None else self.generator.label}

    def step(self, state: State, model: Model, x: Tensor, goal: Goal) -> tuple[State, Step]:
        assert self.generator is not None
        with torch.no_grad():
            scores = model(x + state.perturbation)
        moved = state.perturbation + self.generator(x + state.perturbation)
        return replace(state, perturbation=moved), self.observe(state, scores, goal)

    def observe(self, state: State, scores: Tensor, goal: Goal) -> Step:
        constraints = goal.constraints(scores)
        slack = closed_form_slack(constraints.values, constraints.mask)
        return Step.at(state.perturbation, scores, constraints, slack.sum(1), slack=slack)


@register(
    "gama",
    title="GAMA (generator, reduced form)",
    family="generative",
    paper="Aich et al.: GAMA: Generative Adversarial Multi-Object Scene Attacks, NeurIPS 2022",
    cases=("untargeted",),
    fidelity="reconstruction",
    summary=(
        "A small generator that was trained to turn the model's features away from the clean ones paints the "
        "perturbation in one pass; the shipped ones are the reduced form, without GAMA's text-image encoder."
    ),
    presets=PRESETS,
    in_paper=PaperRow(11, ("untargeted",)),
    in_plane=False,
)
@dataclass(frozen=True)
class Gama(GenerativeAttack):
    """GAMA, untargeted. Distance: L_inf 10/255 of [0, 1] images; preset ``ball``: also L2.

    Deviates from the paper: without a text-image encoder at training time only the terms that need none are lowered
    (reduced form; the generator's card says which form it is); trained against the attacked model itself, where the
    paper transfers from a surrogate; a smaller network and minutes of training, so much weaker than the paper's (its
    card has the numbers).
    Deviates from public code: see ``generative.losses`` and ``generative.network``; the clean image is never
    normalised in place, and every prompt can be drawn.
    """


@register(
    "lpd",
    title="LPD (generator, reconstruction)",
    family="generative",
    paper="after Aich et al.: Leveraging Local Patch Differences in Multi-Object Scenes for Generative Adversarial "
    "Attacks, WACV 2023, of which only the abstract was available",
    cases=("untargeted",),
    fidelity="reconstruction",
    summary=(
        "A small generator that was trained to make every local patch look like the other patches paints the "
        "perturbation in one pass; a labelled reconstruction from the abstract."
    ),
    presets=PRESETS,
    in_paper=PaperRow(10, ("untargeted",)),
    in_plane=False,
)
@dataclass(frozen=True)
class Lpd(GenerativeAttack):
    """LPD as reconstructed, untargeted. Distance: L_inf 10/255 of [0, 1] images; preset ``ball``: also L2.

    Deviates from the paper: unknown beyond the abstract; its numbers must never be quoted as LPD's. Deviates from
    public code: there is none.
    """
