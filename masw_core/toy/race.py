"""Several attacks on the same problem at once, sharing one forward and one backward per step.

On a network this small the calls cost more than the arithmetic, so the attacks' points travel as one batch. Every
trace is the one that the attack would have produced alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Self

from masw_core.attacks.base import Attack, LossAttack, Model, State
from masw_core.engine.loop import iterate
from masw_core.settings import require
from masw_core.task.geometry import l2_norm
from masw_core.task.goals import Goal
from masw_core.trace.recorder import TraceRecorder, trace_header
from masw_core.trace.step import Step
from masw_core.trace.trace import Trace

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class RaceState(State):
    """All points in one tensor, block by block, and what each member remembers."""

    members: tuple[State, ...] = ()
    goals: tuple[Goal, ...] = ()


@dataclass(frozen=True)
class Race(Attack):
    """An attack made of attacks: the batch consists of one block of rows per member, all blocks alike.

    Finished samples cannot leave a race: it runs with ``stop="never"`` only.
    """

    name: ClassVar[str] = "race"

    members: tuple[Attack, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        require(bool(self.members), "A race needs attacks: give at least one.")
        require(all(m.steps == self.steps for m in self.members), "All attacks of a race make the same steps.")

    def prepared(self, model: Any, goal: Goal) -> Self:
        ready = super().prepared(model, goal)
        return replace(ready, members=tuple(member.prepared(model, goal) for member in self.members))

    def init(self, x: Tensor, goal: Goal) -> RaceState:
        goals = tuple(goal[rows] for _, rows in self._blocks(x))
        states = [member.init(x[rows], own) for (member, rows), own in zip(self._blocks(x), goals, strict=True)]
        return RaceState(torch.zeros_like(x), tuple(states), goals)

    def step(self, state: Any, model: Model, x: Tensor, goal: Goal) -> tuple[Any, Step]:
        z = state.perturbation.detach().requires_grad_()
        scores = model(x + z)
        evaluations, objectives = {}, []
        for i, (member, rows) in enumerate(self._blocks(x)):
            if isinstance(member, LossAttack):
                here = replace(state.members[i], perturbation=z[rows].detach())
                evaluations[i] = member.evaluate(here, scores[rows], state.goals[i])
                objectives.append(evaluations[i].objective)
        gradient = torch.autograd.grad(torch.cat(objectives).sum(), z)[0] if objectives else z
        states, steps = [], []
        for i, (member, rows) in enumerate(self._blocks(x)):
            if isinstance(member, LossAttack):
                norm = l2_norm(gradient[rows])
                states.append(member.move(evaluations[i].state, gradient[rows], norm))
                steps.append(replace(evaluations[i].step, gradient_norm=norm))
            else:
                here = replace(state.members[i], perturbation=z[rows].detach())
                moved, seen = member.step(here, model, x[rows], state.goals[i])
                states.append(moved)
                steps.append(seen)
        together = torch.cat([moved.perturbation for moved in states])
        return RaceState(together, tuple(states), state.goals), _joined(steps)

    def observe(self, state: Any, scores: Tensor, goal: Goal) -> Step:
        steps = []
        for i, (member, rows) in enumerate(self._blocks(scores)):
            here = replace(state.members[i], perturbation=state.perturbation[rows])
            steps.append(member.observe(here, scores[rows], state.goals[i]))
        return _joined(steps)

    def _blocks(self, batch: Tensor) -> list[tuple[Attack, slice]]:
        size = len(batch) // len(self.members)
        return [(member, slice(i * size, (i + 1) * size)) for i, member in enumerate(self.members)]


def race(attacks: Sequence[Attack], model: nn.Module, start: Tensor, goal: Goal, **facts: Any) -> list[list[Trace]]:
    """Run attacks from the same starts.

    Args:
        attacks: all with the same ``steps`` and ``tau``.
        model: with a box, such as ``toy.model``.
        start: (n, 2) clean points. goal: a batch of one or of n.
        **facts: for the traces' headers.

    Returns:
        Per attack, n complete traces.
    """
    runner = Race(steps=attacks[0].steps, tau=attacks[0].tau, members=tuple(attacks)).prepared(model, goal)
    count = len(start)
    rows = torch.zeros(len(attacks) * count, dtype=torch.long) if len(goal) == 1 else _tiled(count, len(attacks))
    points, goals = start.repeat(len(attacks), 1), goal[rows]
    recorders = [
        TraceRecorder(trace_header(member, model, goals, i * count + n, **facts), start[n].numpy(), runner.steps)
        for i, member in enumerate(runner.members)
        for n in range(count)
    ]
    for step in iterate(runner, model, points, goals):
        for row, recorder in enumerate(recorders):
            recorder.append(step, row)
    traces = [recorder.snapshot(complete=True) for recorder in recorders]
    return [traces[i * count : (i + 1) * count] for i in range(len(attacks))]


def _tiled(count: int, times: int) -> Tensor:
    return torch.arange(count).repeat(times)


def _joined(steps: list[Step]) -> Step:
    """One step of all blocks; columns agree because the members share the goal."""
    tensors: dict[str, Any] = {
        field.name: torch.cat([getattr(step, field.name) for step in steps])
        for field in fields(Step)
        if isinstance(getattr(steps[0], field.name), Tensor)
    }
    return replace(steps[0], **tensors)
