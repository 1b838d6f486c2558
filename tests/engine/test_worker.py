"""The worker process: the same steps to the last bit, only data on the way, nothing left behind."""

from __future__ import annotations

import io
import pickle
import signal
import subprocess
import sys
from dataclasses import dataclass, fields, replace
from pathlib import Path

from masw_core import load_attack, load_model, make_goal, run
from masw_core.attacks.switched import Switched
from masw_core.engine import wire
from masw_core.engine.jobs import Job
from masw_core.engine.loop import prepare
from masw_core.engine.recipe import AttackRecipe
from masw_core.engine.worker import RunFailed, Worker
from masw_core.engine.worker_process import serve
from masw_core.one_picture.comparison import ComparisonRecipe
from masw_core.one_picture.landscape import LandscapeRecipe, Plane
from masw_core.universal.driver import UniversalRecipe
from masw_core.universal.presets import load_universal

import numpy as np
import pytest
import torch

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def worker():
    return Worker(threads=1)


@pytest.fixture(scope="module")
def model():
    return load_model("scenes", device="auto")


@pytest.fixture(scope="module")
def pictures():
    return torch.rand(3, 3, 128, 128, generator=torch.Generator().manual_seed(2)) * 2 - 1


@pytest.fixture(scope="module")
def goal():
    true = torch.zeros(1, 20, dtype=torch.bool)
    true[0, :2] = True
    return make_goal("random", true, 3, torch.zeros(1, 20))


@pytest.fixture
def recipe(model, pictures, goal):
    def make(attack="masw", steps=4, **settings):
        attack = attack if not isinstance(attack, str) else load_attack(attack, steps=steps, **settings)
        return AttackRecipe.of(prepare(attack, model, pictures[:1], goal), "scenes", seed=1)

    return make


def by_hand():
    plain = load_attack("masw", steps=4)
    return Switched.of(plain, replace(plain, manual_weights={"rank:aeroplane": 0.2, "flip:bicycle": 2.0}), 2)


def assert_same(one, other):
    """Equal in every value, type and layout."""
    assert type(one) is type(other)
    if isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, other, strict=True)
    elif isinstance(one, torch.Tensor):
        assert (one.dtype, one.shape, one.stride()) == (other.dtype, other.shape, other.stride())
        np.testing.assert_array_equal(one.numpy(), other.numpy())
    elif hasattr(one, "__dataclass_fields__"):
        for field in fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name))
    else:
        assert one == other


def assert_same_steps(worker, model, recipe):
    there, here = list(worker.steps(recipe)), [step.cpu() for step in recipe.steps(model)]
    assert len(there) == len(here) > 1
    for one, other in zip(there, here, strict=True):
        assert_same(one, other)


@pytest.mark.parametrize(
    "attack", ["masw", "madw", "mlalp", "tkml", by_hand()], ids=lambda one: getattr(one, "name", one)
)
def test_attacks_are_the_same_to_the_last_bit(worker, model, recipe, attack):
    assert_same_steps(worker, model, recipe(attack))


def test_comparisons_and_universal_runs_are_the_same(worker, model, pictures, goal):
    assert_same_steps(worker, model, ComparisonRecipe("scenes", ("masw", "tkml"), pictures[:1], goal, 3, None, 0))
    universal = load_universal("masw", inner={"steps": 2}, passes=1)
    assert_same_steps(worker, model, UniversalRecipe("scenes", universal, pictures, goal.true.expand(3, -1), 2))


def test_landscapes_are_the_same(worker, model, recipe):
    trace = run(load_attack("masw", steps=5), model, recipe().x, recipe().goal, stop="never", trace=True).traces[0]
    side = np.linspace(-0.5, 1.5, 4)
    assert_same_steps(worker, model, LandscapeRecipe("scenes", trace, 5, Plane.of(trace, 5), side, side))


def test_runs_take_turns_in_one_process_and_each_keeps_its_place(worker, model, recipe):
    recipes = [recipe("masw"), recipe("tkml"), recipe("madw")]
    turns = list(zip(*map(worker.steps, recipes), strict=True))
    for n, one in enumerate(recipes):
        for step, turn in zip(one.steps(model), turns, strict=True):
            assert_same(turn[n], step.cpu())


def test_the_same_process_serves_all_and_forgets_dropped_runs(worker, recipe):
    runs = [worker.steps(recipe(steps=50)) for _ in range(3)]
    for one in runs:
        next(one)
    process, line = worker.process, worker._line
    assert len(line._waiting.answers) == 3
    del runs, one
    assert not line._waiting.answers
    assert len(list(worker.steps(recipe()))) == 5
    assert worker.process == process


def test_a_run_that_fails_there_says_why_and_the_next_one_runs(worker, recipe):
    with pytest.raises(RunFailed, match="the model has no label"):
        list(worker.steps(replace(recipe(), attack=load_attack("masw", manual_weights={"rank:nothing": 1.0}))))
    with pytest.raises(RunFailed, match="here is no model 'nobody'"):
        list(worker.steps(replace(recipe(), model="nobody")))
    assert len(list(worker.steps(recipe()))) == 5


def served(*messages):
    """What the process answers to these messages."""
    requests, answers = io.BytesIO(), io.BytesIO()
    for message in messages:
        wire.write(requests, wire.packed(message))
    requests.seek(0)
    serve(requests, answers)
    answers.seek(0)
    found = []
    while answers.tell() < len(answers.getbuffer()):
        found.append(wire.read(answers))
    return found


def test_a_closed_run_is_not_computed_any_more(recipe):
    answers = served(("open", 7, recipe()), ("next", 7), ("next", 7), ("close", 7), ("next", 7))
    assert [(number, kind, step.index) for number, kind, step in answers] == [(7, "step", 0), (7, "step", 1)]


@dataclass
class Elsewhere:
    """A dataclass of somebody else."""

    value: int = 0


NO_DATA = {
    "builtin": len,
    "object": Elsewhere(),
    "path": Path(),
    "class": Job,
    "function": load_attack,
    "scalar": np.float64(1),
}


@pytest.mark.parametrize("content", [*NO_DATA.values(), lambda: None], ids=[*NO_DATA, "lambda"])
def test_nothing_but_data_is_sent(content):
    with pytest.raises(TypeError, match="is no data"):
        wire.packed(("open", 0, content))


@pytest.mark.parametrize("content", NO_DATA.values(), ids=NO_DATA)
def test_nothing_but_data_is_taken(content):
    data = pickle.dumps(("open", 0, content))
    message = io.BytesIO(b"".join(length.to_bytes(8, "little") for length in (1, len(data))) + data)
    with pytest.raises(pickle.UnpicklingError, match="no data"):
        wire.read(message)


@pytest.mark.parametrize("shape", [(), (0, 3), (4,), (2, 3, 5, 4)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64, torch.bool])
def test_tensors_keep_values_type_and_layout(shape, dtype):
    tensor = (torch.rand(shape, generator=torch.Generator().manual_seed(0)) * 9).to(dtype)
    tensors = [tensor, *([tensor.contiguous(memory_format=torch.channels_last)] if len(shape) == 4 else [])]
    for one in tensors:
        file = io.BytesIO()
        wire.write(file, wire.packed({"one": (one, one.numpy())}))
        file.seek(0)
        there, array = wire.read(file)["one"]
        assert torch.equal(there, one)
        assert (there.dtype, there.stride()) == (one.dtype, one.stride())
        np.testing.assert_array_equal(array, one.numpy())
        there.zero_()


SERVER = """
from masw_core import Goal, load_attack
from masw_core.engine.recipe import AttackRecipe
from masw_core.engine.worker import Worker
import torch
goal = Goal.untargeted(torch.eye(1, 20), 3)
worker = Worker(threads=1)
run = worker.steps(AttackRecipe("scenes", load_attack("masw", steps=500), torch.zeros(1, 3, 128, 128), goal))
print(next(run).index, flush=True)
for step in run:
    pass
"""


def test_the_process_ends_with_a_server_that_is_killed():
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert server.stdout.readline() == "0\n", server.stderr.read()
    server.send_signal(signal.SIGKILL)
    _, said = server.communicate(timeout=60)  # ends when nobody holds stderr any more: the worker has it too
    assert "Traceback" not in said
