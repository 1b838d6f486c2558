"""Attacks on a hinge: by projected gradient steps, or with the search over c of Carlini & Wagner.

An attack writes only ``hinge``. ``penalty="projected"`` descends it inside the ball. ``penalty="search"`` minimises
||z||^2 + c hinge with Adam in rounds of equal length; after each round c is bisected per sample.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from masw_core.attacks.base import Evaluation, LossAttack, Model, State
from masw_core.settings import require
from masw_core.task.geometry import l2_norm, per_sample
from masw_core.task.goals import Goal
from masw_core.trace.step import Step

import torch
from torch import Tensor

BETAS = (0.9, 0.999)  # Adam's defaults
RAISE = 10.0  # c grows by this while no round has succeeded


@dataclass(frozen=True)
class SearchState(State):
    """Adam's moments, and per sample (b,): c with its bracket, steps of this round, success in this round."""

    mean: Tensor
    square: Tensor
    c: Tensor
    low: Tensor
    high: Tensor
    age: Tensor
    reached: Tensor


@dataclass(frozen=True)
class PenaltyAttack(LossAttack):
    """A hinge on the scores, descended inside the ball or weighed against the norm.

    Attributes:
        penalty: ``"projected"``: descend the hinge alone; ``"search"``: ||z||^2 + c hinge, c found by bisection
            for the smallest norm (use ``stop="never"``, or the first success ends the search).
        c0: the first c (``"search"``).
        round_steps: steps per value of c (``"search"``); a round starts again at the clean image.
        step_size: with ``"search"`` Adam's learning rate per pixel; None: 0.01.
    """

    penalty: Literal["projected", "search"] = "projected"
    c0: float = 1.0
    round_steps: int = 60

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.c0 > 0, f"c0 = {self.c0} must be positive.")
        require(self.round_steps >= 1, f"round_steps = {self.round_steps} is too few: choose at least 1.")

    def prepared(self, model: Any, goal: Goal) -> Self:
        searching = self.penalty == "search" and self.step_size is None
        return super(PenaltyAttack, replace(self, step_size=0.01) if searching else self).prepared(model, goal)

    def hinge(self, scores: Tensor, goal: Goal) -> Tensor:
        """(B,) >= 0, zero where the attack is satisfied."""
        raise NotImplementedError

    def init(self, x: Tensor, goal: Goal) -> State:
        if self.penalty == "projected":
            return State(torch.zeros_like(x))
        zeros = torch.zeros_like(x)
        one = torch.ones(len(x), dtype=x.dtype, device=x.device)
        return SearchState(zeros, zeros, zeros, self.c0 * one, 0 * one, one / 0, 0 * one, one < 0)

    def evaluate(self, state: State, scores: Tensor, goal: Goal) -> Evaluation:
        loss = self.hinge(scores, goal)
        if isinstance(state, SearchState):
            loss = state.perturbation.flatten(1).square().sum(1) + state.c * loss
        return Evaluation.of_loss(state, scores, goal, loss)

    def step(self, state: Any, model: Model, x: Tensor, goal: Goal) -> tuple[Any, Step]:
        if self.penalty == "projected":
            return super().step(state, model, x, goal)
        z = state.perturbation.detach().requires_grad_()
        evaluation = self.evaluate(replace(state, perturbation=z), model(x + z), goal)
        (gradient,) = torch.autograd.grad(evaluation.objective.sum(), z)
        reached = state.reached | goal.success(evaluation.step.scores)
        state = self._adam(replace(state, reached=reached, age=state.age + 1), gradient)
        return self._next_round(state), replace(evaluation.step, gradient_norm=l2_norm(gradient))

    def _adam(self, state: SearchState, gradient: Tensor) -> SearchState:
        mean = torch.lerp(gradient, state.mean, BETAS[0])
        square = torch.lerp(gradient.square(), state.square, BETAS[1])
        first, second = (per_sample(1 - beta**state.age, gradient) for beta in BETAS)
        move = (mean / first) / ((square / second).sqrt() + 1e-8)
        z = state.perturbation.detach() - (self.step_size or 0.0) * move
        return replace(state, perturbation=z, mean=mean, square=square)

    def _next_round(self, state: SearchState) -> SearchState:
        """Where a round is over: bracket c, halve or raise it, and start again at the clean image."""
        over = state.age >= self.round_steps
        high = torch.where(over & state.reached, torch.minimum(state.c, state.high), state.high)
        low = torch.where(over & ~state.reached, torch.maximum(state.c, state.low), state.low)
        tried = torch.where(high.isfinite(), (low + high) / 2, RAISE * state.c)
        kept = per_sample((~over).to(state.c.dtype), state.perturbation)
        return replace(
            state,
            c=torch.where(over, tried, state.c),
            low=low,
            high=high,
            age=torch.where(over, torch.zeros_like(state.age), state.age),
            reached=state.reached & ~over,
            perturbation=kept * state.perturbation,
            mean=kept * state.mean,
            square=kept * state.square,
        )
