"""Between the universal page and the core: which scenes, starting and continuing a run, judging what it found."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from pages.parts.universal.state import UniversalOrder, UniversalRun
from pages.shared import compute

import streamlit as st

if TYPE_CHECKING:
    from masw_core.universal.config import Universal
    from masw_core.universal.verdict import Verdict

    from torch import Tensor


@st.cache_resource(max_entries=4, show_spinner=False)
def scenes(model: str, split: str, count: int) -> tuple[Tensor, Tensor]:
    """The first scenes of a split that a model tags exactly right, and their labels. Never change them.

    Raises:
        ValueError: there are too few.
    """
    from masw_core.data import load_dataset
    from masw_core.universal.samples import rightly_tagged

    here = compute.loaded(model)
    data = load_dataset("scenes", split, size=here.model.input_size[0])
    with here.lock:
        return rightly_tagged(here.model, data, count)


def universal_of(order: UniversalOrder) -> Universal:
    """The attack of an order.

    Raises:
        ValueError: a setting is out of range, or the attack has no untargeted case.
    """
    from masw_core.universal.presets import load_universal

    outer = {"passes": order.passes, "seed": order.seed, **dict(order.outer)}
    return load_universal(order.attack, inner=dict(order.inner), **outer)


def problem_with(order: UniversalOrder) -> str | None:
    """Why this order cannot run, in one sentence, or None."""
    from masw_core.task.goals import Goal

    try:
        universal_of(order)
        Goal.untargeted(scenes(order.model, "train", order.samples)[1], order.k)
    except ValueError as error:
        return str(error)
    return None


def launch(order: UniversalOrder, before: UniversalRun | None = None) -> UniversalRun:
    """Watch the run of an order, in line or already going; ``before``: the stopped run of it to go on with."""
    from masw_core.universal.driver import UniversalRecipe
    from masw_core.universal.recorder import UniversalRecorder

    universal = universal_of(order)
    x, true = scenes(order.model, "train", order.samples)
    record = None if before is None else before.record
    resume = None if record is None else record.step
    watch = compute.watch(
        (order, None if before is None else before.id),
        UniversalRecipe(order.model, universal, x, true, order.k, resume),
        lambda: UniversalRecorder(() if record is None else record.batches),
        total=universal.passes * -(-order.samples // universal.batch),
        kind="universal",
    )
    return UniversalRun(order, watch, compute.loaded(order.model).device, before=record)


def verdict_of(run: UniversalRun) -> Verdict:
    """What the best perturbation of an ended run does to the held-out scenes."""
    from masw_core.universal.verdict import judge

    if run.verdict is None:
        record, order = run.record, run.order
        assert record is not None
        x, true = scenes(order.model, "test", order.held_out)
        here = compute.loaded(order.model)
        with here.lock:
            run.verdict = judge(here.model, record.step.best, x, true, order.k)
    return run.verdict


def checkpoint_of(run: UniversalRun) -> bytes:
    """The run as a checkpoint file, for ``python -m masw_core universal``."""
    from masw_core.universal.checkpoint import Checkpoint, save_checkpoint, settings_of

    record, order = run.record, run.order
    assert record is not None
    x, true = scenes(order.model, "train", order.samples)
    settings: dict[str, Any] = settings_of(universal_of(order), compute.loaded(order.model).model, x, true, order.k)
    file = BytesIO()
    save_checkpoint(file, Checkpoint(record.step, settings, run.job.seconds))
    return file.getvalue()
