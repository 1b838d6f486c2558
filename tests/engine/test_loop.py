"""The loop on a scripted attack and a network that can be done by hand, against a replay of one sample at a time."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

from masw_core import Goal, iterate, run
from masw_core.attacks.base import Attack, State
from masw_core.data.images import round_8bit
from masw_core.engine.loop import GRADIENT_TOLERANCE, STOPS, prepare
from masw_core.task.measures import failure_degree
from masw_core.trace.recorder import KEPT, trace_header
from masw_core.trace.step import Step

import pytest
import torch

ROWS, STEPS, LABELS, TAU = 12, 9, 5, 0.9


@dataclass(frozen=True)
class Place(State):
    """Where a scripted walk stands: its own row, and the time."""

    row: torch.Tensor
    time: torch.Tensor


@dataclass(frozen=True)
class Walk(Attack):
    """Proposes the points of a script (B, T, ...), and tells gradient norms of a script (B, T)."""

    steps: int = STEPS
    tau: float | None = TAU
    points: torch.Tensor | None = None
    gradients: torch.Tensor | None = None

    def config(self):
        return {"steps": self.steps, "tau": self.tau}

    def init(self, x, goal):
        assert len(x) == len(goal)
        return Place(torch.zeros_like(x), torch.arange(len(x)), torch.zeros(len(x), dtype=torch.long))

    def step(self, state, model, x, goal):
        told = self.observe(state, model(x + state.perturbation), goal)
        told = replace(told, gradient_norm=self.gradients[state.row, state.time])
        return replace(state, perturbation=self.points[state.row, state.time], time=state.time + 1), told

    def observe(self, state, scores, goal):
        return Step.at(state.perturbation, scores, goal.constraints(scores), torch.zeros(len(scores)).double())


class Pixels(torch.nn.Module):
    """The scores are the input itself."""

    def forward(self, x):
        return x


@pytest.fixture
def x():
    return torch.rand(ROWS, LABELS, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 1.6 - 0.8


@pytest.fixture
def walk():
    generator = torch.Generator().manual_seed(1)
    points = torch.randn(ROWS, STEPS, LABELS, generator=generator, dtype=torch.float64) * 0.6
    gradients = 10 ** (-4 * torch.rand(ROWS, STEPS, generator=generator, dtype=torch.float64))
    gradients[0, 4] = GRADIENT_TOLERANCE * gradients[0, 0]  # as small as it has to be, and no smaller
    gradients[0, 1:4] = gradients[0, 0]
    return Walk(points=points, gradients=gradients)


@pytest.fixture
def goal(x):
    true = torch.zeros_like(x, dtype=torch.bool).scatter_(1, x.argmax(1, keepdim=True), True)
    return Goal.untargeted(true, 2)


def path_of(walk, x, row, box=(-1.0, 1.0)):
    """z_0 .. z_T of a sample: the ball first, then the box."""
    path = [torch.zeros(LABELS, dtype=torch.float64)]
    for point in walk.points[row]:
        length = point.square().sum().sqrt()
        z = point * min(1.0, TAU / length.item())
        path.append(torch.minimum(torch.maximum(z, box[0] - x[row]), box[1] - x[row]))
    return path


def reached(goal, row, scores):
    return bool(goal[row : row + 1].success(scores[None]))


def replayed(walk, x, goal, row, stop):
    """The points that a sample visits, which of them succeed, and how often rounded pixels were looked at."""
    visited, successes = [], []
    for time, z in enumerate(path_of(walk, x, row)):
        success = reached(goal, row, x[row] + z)
        if stop == "rounded":
            success = success and reached(goal, row, round_8bit(x[row] + z))
        visited.append(z)
        successes.append(success)
        small = time < STEPS and walk.gradients[row, time] <= GRADIENT_TOLERANCE * walk.gradients[row, 0]
        if success if stop in ("success", "rounded") else stop == "gradient" and small:
            break
    return visited, successes


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("returns", ["best", "last"])
def test_every_sample_is_treated_as_if_it_were_alone(x, walk, goal, stop, returns):
    result = run(walk, Pixels(), x, goal, stop=stop, returns=returns)
    lengths = set()
    for row in range(ROWS):
        visited, successes = replayed(walk, x, goal, row, stop)
        failures = [failure_degree(goal[row : row + 1], (x[row] + z)[None]).item() for z in visited]
        keys = [z.norm().item() - 100 if s else f for z, s, f in zip(visited, successes, failures, strict=True)]
        kept = visited[-1] if returns == "last" else visited[keys.index(min(keys))]
        torch.testing.assert_close(result.perturbation[row], kept)
        torch.testing.assert_close(result.adversarial[row], x[row] + kept)
        assert result.iterations[row].item() == len(visited) - 1
        assert bool(result.success[row]) == reached(goal, row, result.adversarial[row])
        lengths.add(len(visited))
    assert torch.equal(result.scores, result.adversarial)
    assert torch.equal(result.clean_scores, x)
    assert not bool(result.backwards_per_sample.any())
    assert result.backwards == 0
    for count in (result.iterations, result.forwards_per_sample, result.backwards_per_sample):
        assert count.dtype == torch.long
    assert (lengths == {STEPS + 1}) == (stop == "never")
    if stop != "rounded":  # a forward per point, and one of the returned image
        assert result.forwards_per_sample.tolist() == (result.iterations + 2).tolist()
        assert result.forwards == max(lengths) + 1


def test_a_success_that_8_bit_pixels_undo_is_none_for_the_rounded_stop():
    """Label 0 falls level with label 1 but for a ten-thousandth, less than a grey level, and two steps later by 0.1.

    The second image succeeds for good at once, which changes nothing for the first.
    """
    level = 2 * 128 / 255 - 1  # a grey level: the score of label 1
    x = torch.tensor([[0.5, level], [0.5, level]], dtype=torch.float64)
    goal = Goal.untargeted(torch.tensor([[True, False]] * 2), 1)
    gaps = torch.tensor([[0.2, -1e-4, -1e-4, -0.1], [-0.1] * 4], dtype=torch.float64)
    points = torch.stack([level + gaps - 0.5, torch.zeros_like(gaps)], 2)
    attack = Walk(steps=4, points=points, gradients=torch.ones(2, 4))
    ends = {stop: run(attack, Pixels(), x, goal, stop=stop) for stop in ("success", "rounded")}
    assert ends["success"].iterations.tolist() == [2, 1]
    assert ends["rounded"].iterations.tolist() == [4, 1]
    assert [len(step.samples) for step in iterate(attack, Pixels(), x, goal, stop="rounded")] == [2, 2, 1, 1, 1]
    steps = list(iterate(attack, Pixels(), x, goal, stop="rounded"))
    assert [step.success.tolist() for step in steps] == [[False, False], [False, True], [False], [False], [True]]
    assert ends["rounded"].forwards == 5 + 4 + 1  # the points, those that succeed once more as pixels, and the end


@pytest.mark.parametrize("stop", STOPS)
def test_steps_tell_of_the_samples_that_still_run_and_what_is_true_of_them(x, walk, goal, stop):
    alone = [replayed(walk, x, goal, row, stop) for row in range(ROWS)]
    steps = list(iterate(walk, Pixels(), x, goal, stop=stop))
    assert [step.index for step in steps] == list(range(max(len(visited) for visited, _ in alone)))
    for time, step in enumerate(steps):
        running = [row for row, (visited, _) in enumerate(alone) if len(visited) > time]
        assert step.samples.tolist() == running
        torch.testing.assert_close(step.perturbation, torch.stack([alone[row][0][time] for row in running]))
        torch.testing.assert_close(step.scores, x[running] + step.perturbation)
        assert step.success.tolist() == [alone[row][1][time] for row in running]
        torch.testing.assert_close(step.failure, failure_degree(goal[torch.tensor(running)], step.scores))


def test_a_run_tells_each_step_and_records_each_sample(x, walk, goal):
    told = []
    result = run(walk, Pixels(), x, goal, stop="success", trace=True, on_step=told.append, seed=7)
    steps = list(iterate(walk, Pixels(), x, goal, stop="success"))
    assert len(told) == len(steps)
    for one, other in zip(told, steps, strict=True):
        assert torch.equal(one.perturbation, other.perturbation)
        assert torch.equal(one.samples, other.samples)
    assert [len(trace) for trace in result.traces] == (result.iterations + 1).tolist()
    for row, trace in enumerate(result.traces):
        expected = trace_header(result.attack, Pixels(), goal, row, seed=7, complete=True)
        assert {name: trace.header[name] for name in expected} == expected
        assert torch.equal(torch.as_tensor(trace.image), x[row].float())
        own = [int((step.samples == row).nonzero()) for step in steps[: len(trace)]]
        scores = torch.stack([step.scores[place] for step, place in zip(steps, own, strict=False)])
        torch.testing.assert_close(torch.as_tensor(trace.scores), scores, check_dtype=False)
    assert run(walk, Pixels(), x, goal).traces is None


def test_traces_of_large_images_keep_few_pictures_of_a_long_run():
    """The length of the run sets how many, so the recorder has to know it."""
    x, steps = torch.full((1, 3, 40, 40), -0.1), 200
    attack = Walk(steps=steps, tau=1.0, points=torch.rand(1, steps, 3, 40, 40), gradients=torch.ones(1, steps))
    goal = Goal.untargeted(torch.eye(1, 4800), 1)
    (trace,) = run(attack, torch.nn.Flatten(), x, goal, stop="never", trace=True).traces
    assert len(trace) == steps + 1
    assert 0 < len(trace.stored) <= KEPT


def test_by_default_iterate_never_stops_and_run_stops_at_the_first_success_and_returns_the_best(x, walk, goal):
    assert all(len(step.samples) == ROWS for step in iterate(walk, Pixels(), x, goal))
    assert prepare(walk, Pixels(), x, goal).stop == "never"
    plain, spelled = run(walk, Pixels(), x, goal), run(walk, Pixels(), x, goal, stop="success", returns="best")
    assert torch.equal(plain.perturbation, spelled.perturbation)
    assert torch.equal(plain.iterations, spelled.iterations)


def test_labels_to_keep_start_on_their_side_of_the_clean_image(x, walk):
    """One more forward finds the sides; at z = 0 every label is on its own."""
    eye = torch.eye(ROWS, LABELS).bool()
    eye[LABELS:, 0] = True
    target = eye.roll(1, 1)
    goal = Goal.targeted(eye, target, 1, keep=~(eye | target))
    steps = list(iterate(walk, Pixels(), x, goal))
    keep = torch.tensor([family == "keep" for family in steps[0].family])
    assert torch.equal(steps[0].constraints[:, keep], x.abs())
    for step in steps:
        sides = torch.where(x >= 0, step.scores, -step.scores)
        torch.testing.assert_close(step.constraints[:, keep], sides)
    result = run(walk, Pixels(), x, goal, stop="never")
    assert result.forwards == STEPS + 3


def test_a_box_of_the_models_own_holds_where_that_of_images_would_not(x, walk, goal):
    model = Pixels()
    model.box = (torch.full((LABELS,), -0.9), torch.linspace(0.8, 3.0, LABELS))
    result = run(walk, model, x, goal, stop="never", returns="last")
    low, high = (edge.double() for edge in model.box)
    for row in range(ROWS):
        torch.testing.assert_close(result.perturbation[row], path_of(walk, x, row, (low, high))[-1])
    assert float(result.adversarial.max()) > 1
    assert bool((result.adversarial == low).any())
    with pytest.raises(ValueError, match="leave the box"):
        run(walk, model, x - 0.2, goal)


def test_an_attack_without_a_radius_is_held_by_the_box_alone(x, walk, goal):
    class Unbounded(Walk):
        def prepared(self, model, goal):
            return self

    attack = Unbounded(tau=None, points=9 * walk.points, gradients=walk.gradients)
    last = list(iterate(attack, Pixels(), x, goal))[-1]
    torch.testing.assert_close(x + last.perturbation, (x + attack.points[:, -1]).clamp(-1, 1))


def test_the_box_is_open_to_a_rounding_error_and_to_nothing_more(x, walk, goal):
    for edge in (-1, 1):
        for excess, refused in ((5e-6, False), (2e-5, True)):
            touched = x.clone()
            touched[3, 2] = edge * (1 + excess)
            if refused:
                with pytest.raises(ValueError, match=r"leave the box: scale images to \[-1, 1\] before"):
                    prepare(walk, Pixels(), touched, goal)
            else:
                assert torch.equal(prepare(walk, Pixels(), touched, goal).x, touched)


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
def test_a_single_number_that_is_not_finite_is_refused(x, walk, goal, value):
    x[5, 1] = value
    with pytest.raises(ValueError, match="NaN or infinite"):
        prepare(walk, Pixels(), x, goal)


def test_goals_and_inputs_of_different_sizes_are_refused_with_both_numbers(x, walk, goal):
    with pytest.raises(ValueError, match=f"The goal has {ROWS} rows but there are 4 inputs"):
        prepare(walk, Pixels(), x[:4], goal)
    model = Pixels()
    model.labels = ("a", "b", "c")
    with pytest.raises(ValueError, match=f"The goal has {LABELS} labels but the model has 3"):
        prepare(walk, model, x, goal)
    model.labels = tuple("abcde")
    assert prepare(walk, model, x, goal).model is model


def test_what_an_attack_leaves_open_is_what_the_model_recommends(x, goal):
    model = Pixels()
    model.recommended_tau = {"untargeted": 0.25}
    assert prepare(Walk(tau=None), model, x, goal).attack.tau == 0.25


@pytest.mark.parametrize(
    ("shape", "box", "warned"),
    [((2, 3, 1, 1), None, True), ((2, 3, 1, 1), (0.0, 1.0), False), ((2, 4, 1, 1), None, False), ((2, 3), None, False)],
)
def test_only_pictures_for_a_model_without_a_box_of_its_own_may_be_of_the_wrong_range(shape, box, warned):
    model, x = torch.nn.Flatten(), torch.full(shape, 0.5)
    if box is not None:
        model.box = box
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        prepare(Walk(), model, x, Goal.untargeted(torch.eye(*shape[:2]), 1))
    assert [one.category for one in caught] == [UserWarning] * warned


@pytest.mark.parametrize("take", [run, lambda *arguments: list(iterate(*arguments))], ids=["run", "iterate"])
def test_the_warning_points_at_the_line_of_the_caller(take):
    x = torch.full((1, 3, 1, 1), 0.5)
    attack = Walk(steps=1, points=torch.zeros(1, 1, 3, 1, 1), gradients=torch.ones(1, 1))
    with pytest.warns(UserWarning, match=r"give 2 \* x - 1, or wrap the model") as caught:
        take(attack, torch.nn.Flatten(), x, Goal.untargeted(torch.eye(1, 3), 1))
    assert [one.filename for one in caught] == [__file__]


def test_what_is_prepared_takes_no_gradient_and_lies_as_the_network_likes_it():
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(48, LABELS)).double()
    x = torch.rand(2, 3, 4, 4, dtype=torch.float64).sub(0.5).requires_grad_()
    goal = Goal.untargeted(torch.eye(2, LABELS), 2)
    attack = Walk(points=torch.zeros(2, STEPS, 3, 4, 4).double())
    ready = prepare(attack, model, x, goal)
    assert not ready.x.requires_grad
    assert ready.x.is_contiguous()
    model.memory_format = torch.channels_last
    ready = prepare(attack, model, x, goal)
    assert ready.x.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(ready.x, x)
    assert torch.equal(prepare(attack, model, x.flatten(1), goal).x, x.flatten(1))  # only images have channels
    model.to("meta")
    with pytest.raises((NotImplementedError, RuntimeError)):  # the inputs have followed the model, where nothing is
        prepare(attack, model, x, goal)
