"""Between the lab and the core: an order's attack and run, the rounded picture's verdict, where labels are seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from masw_core.settings import as_json
from pages.parts.lab.after_success import AfterSuccess
from pages.parts.lab.state import ByHand, LabRun, Order
from pages.shared import compute

import numpy as np
import streamlit as st

if TYPE_CHECKING:
    from masw_core.engine.loop import Prepared
    from masw_core.trace.trace import Trace


def attack_of(order: Order) -> Any:
    """The attack of an order.

    Raises:
        ValueError: a setting is out of range.
    """
    from masw_core.attacks import load_attack

    return load_attack(order.attack, order.preset, **dict(order.settings))


def prepared(order: Order, attack: Any = None) -> Prepared:
    """What an order asks for, checked and filled in: it can be started as it is.

    Args:
        attack: instead of the order's own.

    Raises:
        ValueError: why the order is impossible, in one sentence.
    """
    from masw_core.engine.loop import prepare

    x = compute.input_tensor(order.picture.digest, order.picture.data, order.model)
    goal = compute.goal_of(order)
    return prepare(attack_of(order) if attack is None else attack, compute.loaded(order.model).model, x, goal)


def launch(order: Order, ready: Prepared, opens_at: int | None = None, rests: bool = True) -> LabRun:
    """Watch the run of a checked order, in line or already going.

    Args:
        order: what was asked.
        ready: the run.
        opens_at: the step at which to open it afterwards.
        rests: some steps after its first success and not before ``opens_at``, unless the order says how many steps it
            takes.
    """
    from masw_core.engine.recipe import AttackRecipe
    from masw_core.trace.recorder import TraceRecorder, trace_header

    here, attack = compute.loaded(order.model), ready.attack
    facts = {
        "preset": order.preset,
        "asked": as_json(dict(order.settings)),
        "seed": order.seed,
        "device": here.device,
        "picture": order.picture.name,
        "stop": ready.stop,
    }

    def recorder() -> TraceRecorder:
        header = trace_header(attack, here.model, ready.goal, 0, **facts)
        return TraceRecorder(header, ready.x[0].cpu().contiguous().numpy(), attack.steps)

    watch = compute.watch(
        (order, repr(attack), rests, opens_at),
        AttackRecipe.of(ready, order.model, order.seed),
        recorder,
        total=attack.steps,
        kind="attack",
        pause=AfterSuccess(opens_at or 0) if rests and "steps" not in dict(order.settings) else None,
    )
    return LabRun(order, watch, here.device, opens_at=opens_at)


def launch_by_hand(run: LabRun, weights: dict[int, float], at: int) -> ByHand:
    """The same order once more, with the weights of some constraints multiplied by hand from a step on.

    Args:
        run: that was made.
        weights: factors of 0 to 2, by column of its trace; all other constraints keep the weights of the run's rule.
        at: the first step that they hold at; before it the run is the one that was made.
    """
    from masw_core.attacks.switched import Switched
    from masw_core.views.what_if import notation

    trace = run.job.trace()
    assert trace is not None
    names = {notation(trace, column): weight for column, weight in weights.items()}
    before = attack_of(run.order)
    after = replace(before, manual_weights=names)
    return ByHand(launch(run.order, prepared(run.order, Switched.of(before, after, at)), rests=False), weights, at)


def success_after_rounding(run: LabRun, step: int) -> bool:
    """Whether the picture of ``step`` still succeeds once it is saved with 8 bits per channel."""
    from masw_core.data.images import round_8bit

    import torch

    trace = run.job.trace()
    assert trace is not None
    perturbation, kept = trace.perturbation_at(step)
    if kept not in run.rounded:
        image = torch.as_tensor(np.clip(trace.image + perturbation, -1, 1))[None]
        scores = torch.as_tensor(compute.scores_of(compute.loaded(run.order.model), round_8bit(image)))[None]
        run.rounded[kept] = bool(trace.goal()[:1].success(scores)[0])
    return run.rounded[kept]


def seen_at(run: LabRun, step: int) -> np.ndarray[Any, Any] | None:
    """(2, C, h, w) logits by position, of the clean picture and of ``step``'s; None: the model cannot say so."""
    trace = run.job.trace()
    assert trace is not None
    return _seen_at(run.id, trace.perturbation_at(step)[1], trace, run.order.model)


@st.cache_data(max_entries=8, show_spinner=False)
def _seen_at(run_id: str, kept: int, _trace: Trace, model: str) -> np.ndarray[Any, Any] | None:
    from masw_core.views.pictures import adversarial_at

    import torch

    here = compute.loaded(model)
    both = torch.as_tensor(np.stack([_trace.image, adversarial_at(_trace, kept)[0]]))
    with here.lock, torch.inference_mode():
        seen = here.model.seen_at(both.to(here.device))
    return None if seen is None else seen.float().cpu().numpy()
