"""The engine: stopping, compaction, what is returned, counters, and refusals."""

from masw_core import iterate, load_attack, make_goal, run
from masw_core.data.images import round_8bit
from masw_core.engine.loop import prepare
from masw_core.task.geometry import inside_box, l2_norm, project, unit
from masw_core.weighting.branches import ROSE

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st


def test_one_forward_and_one_backward_per_step(tagger, images, true):
    goal = make_goal("untargeted", true, 2)
    result = run(load_attack("masw", steps=20, tau=1.0), tagger, images, goal, stop="never")
    assert (result.forwards, result.backwards) == (22, 20)  # the last point and the returned image are only looked at
    assert result.forwards_per_sample.tolist() == [22] * len(images)
    assert result.backwards_per_sample.tolist() == [20] * len(images)
    assert result.iterations.tolist() == [20] * len(images)


def test_finished_samples_leave_the_batch_and_cost_nothing(tagger, images, true):
    seen = []

    class Watched(torch.nn.Module):
        def forward(self, x):
            seen.append(len(x))
            return tagger(x)

    goal = make_goal("untargeted", true, 2)
    result = run(load_attack("masw", steps=60, tau=2.0), Watched(), images, goal, stop="success")
    assert seen[0] == len(images) > seen[-2]
    assert seen[:-1] == sorted(seen[:-1], reverse=True)
    assert sum(seen) == int(result.forwards_per_sample.sum())
    assert len(set(result.iterations.tolist())) > 1


def test_stop_success_returns_the_first_success_and_never_the_smallest(tagger, images, true):
    goal, attack = make_goal("untargeted", true, 2), load_attack("masw", steps=60, tau=2.0)
    steps = list(iterate(attack, tagger, images, goal))
    success = torch.stack([step.success for step in steps])
    norms = torch.stack([step.norm for step in steps])
    early, late = (run(attack, tagger, images, goal, stop=stop) for stop in ("success", "never"))
    for row in success.any(0).nonzero().flatten().tolist():
        first = int(success[:, row].nonzero()[0])
        torch.testing.assert_close(l2_norm(early.perturbation)[row], norms[first, row])
        torch.testing.assert_close(l2_norm(late.perturbation)[row], norms[success[:, row], row].min())


def test_without_success_the_lowest_failure_degree_is_returned(tagger, images, true):
    goal = make_goal("worst", true, 3, tagger(images).detach())
    attack = load_attack("masw", steps=25, tau=0.4)
    failure = torch.stack([step.failure for step in iterate(attack, tagger, images, goal)])
    result = run(attack, tagger, images, goal)
    from masw_core.task.measures import failure_degree

    assert torch.equal(failure_degree(goal, result.scores)[~result.success], failure.amin(0)[~result.success])


def test_returning_the_lagrangians_best_is_z_star_of_algorithm_1(tagger, images, true):
    goal = make_goal("worst", true, 2, tagger(images).detach())
    attack = load_attack("masw", steps=8, tau=4.0, step_size=0.5)
    star = torch.zeros_like(images)
    for step in iterate(attack, tagger, images, goal):
        star[step.branch != ROSE] = step.perturbation[step.branch != ROSE]
    result = run(attack, tagger, images, goal, stop="never", returns="lagrangian")
    torch.testing.assert_close(result.perturbation, star)
    last = run(attack, tagger, images, goal, stop="never", returns="last")
    assert not torch.equal(last.perturbation, result.perturbation)


def test_the_gradient_stop_ends_where_the_gradient_has_gone(tagger, images, true):
    goal = make_goal("untargeted", true, 2)
    result = run(load_attack("masw", steps=80, tau=3.0), tagger, images, goal, stop="gradient")
    assert result.iterations.min() < 80
    assert bool(result.success[result.iterations < 80].all())


def test_the_gradient_stop_ends_at_a_thousandth_of_the_first_gradient(tagger, images, true):
    goal, attack = (
        make_goal("untargeted", true, 2),
        load_attack("masw", steps=80, tau=3.0, step_size=0.02, epsilon0=0.5),
    )
    norms = torch.stack([step.gradient_norm for step in list(iterate(attack, tagger, images, goal))[:-1]])
    result = run(attack, tagger, images, goal, stop="gradient")

    def first_below(share):
        small = norms <= share * norms[0]
        return torch.where(small.any(0), small.to(torch.uint8).argmax(0), len(norms))

    assert torch.equal(result.iterations, first_below(1e-3))
    assert int((first_below(1e-3) < len(norms)).sum()) > 3
    assert all(int((first_below(1e-3) != first_below(share)).sum()) > 0 for share in (1e-1, 1e-2, 1e-4))


def test_what_was_checked_once_is_what_runs(tagger, images, true):
    asked = []

    class Watched(type(load_attack("pgd"))):
        def prepared(self, model, goal):
            asked.append(self)
            return super().prepared(model, goal)

    goal, attack = make_goal("untargeted", true, 2), Watched(steps=3)
    ready = prepare(attack, tagger, images, goal, stop="success")
    assert (ready.attack.tau, ready.attack.step_size) == (10.0, 0.25)
    for _ in range(2):
        steps = list(ready)
        assert len(asked) == 1
    for again, step in zip(iterate(attack, tagger, images, goal, stop="success"), steps, strict=True):
        assert torch.equal(again.perturbation, step.perturbation)
    assert len(asked) == 2
    run(attack, tagger, images, goal)
    assert len(asked) == 3
    with pytest.raises(ValueError, match="rank1 is a targeted attack"):
        prepare(load_attack("rank1"), tagger, images, goal)


def test_a_generator_that_is_left_early_leaves_the_model_as_it_was(tagger, images, true):
    tagger.train()
    for step in iterate(load_attack("pgd"), tagger, images, make_goal("untargeted", true, 2)):
        assert tagger.training  # between steps too
        if step.index == 2:
            break
    assert all(parameter.requires_grad for parameter in tagger.parameters())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda x, g: (x * 3, g), "scale images to"),
        (lambda x, g: (x * torch.nan, g), "NaN"),
        (lambda x, g: (x[:3], g), "one row per input"),
    ],
)
def test_unusable_inputs_get_one_sentence(tagger, images, true, change, words):
    x, goal = change(images, make_goal("untargeted", true, 2))
    with pytest.raises(ValueError, match=words):
        run(load_attack("pgd", steps=2), tagger, x, goal)


def test_unknown_rules_get_one_sentence(tagger, images, true):
    goal = make_goal("untargeted", true, 2)
    with pytest.raises(ValueError, match="stop = 'soon' is unknown: choose one of success, rounded, gradient, never"):
        run(load_attack("pgd", steps=2), tagger, images, goal, stop="soon")
    with pytest.raises(ValueError, match="returns = 'any' is unknown: choose one of best, lagrangian, last"):
        run(load_attack("pgd", steps=2), tagger, images, goal, returns="any")


@given(st.integers(0, 10_000), st.floats(0.01, 3), st.floats(0.01, 10))
def test_projection_keeps_ball_and_box_and_leaves_the_inside_alone(seed, tau, length):
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand(3, 12, generator=generator, dtype=torch.float64) * 2 - 1
    z = unit(torch.randn(3, 12, generator=generator, dtype=torch.float64)) * length
    inside = project(z, x, tau)
    assert bool((l2_norm(inside) <= tau * (1 + 1e-9)).all())
    assert bool(((x + inside).abs() <= 1 + 1e-12).all())
    torch.testing.assert_close(project(inside, x, tau), inside)
    if length <= tau and bool(((x + z).abs() <= 1).all()):
        torch.testing.assert_close(inside, z)


def test_a_box_of_its_own_is_respected():
    model = torch.nn.Linear(2, 4).double()
    model.box = (torch.tensor([-1.0, 0.0]), torch.tensor([1.0, 1.0]))
    x = torch.tensor([[0.0, 0.02]], dtype=torch.float64)
    goal = make_goal("untargeted", model(x) == model(x).amax(), 2)
    for step in iterate(load_attack("tkml", steps=50, tau=5.0), model, x, goal):
        point = x + step.perturbation
        assert torch.equal(point, inside_box(point, model.box))


def test_unit_of_nothing_is_nothing():
    assert torch.equal(unit(torch.zeros(2, 3)), torch.zeros(2, 3))


def test_the_rounded_stop_returns_images_that_succeed_as_8_bit_pixels(tagger, images, true):
    """Steps far below a grey level end so close to the boundary that rounding undoes plain successes."""
    goal, attack = (
        make_goal("untargeted", true, 2),
        load_attack("masw", steps=900, tau=2.0, step_size=0.002, margin=0.1),
    )
    plain, rounded = (run(attack, tagger, images, goal, stop=stop) for stop in ("success", "rounded"))

    def survives(result):
        with torch.no_grad():
            return goal.success(tagger(round_8bit(result.adversarial)))

    assert bool(survives(rounded)[rounded.iterations < 900].all())
    assert (rounded.iterations < 900).sum() > 10
    assert survives(rounded).sum() > survives(plain).sum()
