"""Laws that every registered attack obeys; a new attack is tested the moment it registers itself."""

from __future__ import annotations

from masw_core import iterate, list_attacks, load_attack, make_goal, run
from masw_core.task.geometry import l2_norm

import pytest
import torch
from generators import attack_for

TAU = 1.2
CASES = [
    pytest.param(info.name, case, id=f"{info.name}-{case}")
    for info in list_attacks()
    for case in ("untargeted", "best", "random", "worst")
    if info.supports(case)
]
every_attack = pytest.mark.parametrize(("name", "case"), CASES)


def goal_for(case, tagger, images, true, k=2):
    return make_goal(case, true, k, tagger(images).detach(), seed=3)


@every_attack
def test_box_and_ball_hold_at_every_step(name, case, tagger, images, true):
    goal = goal_for(case, tagger, images, true)
    for step in iterate(attack_for(name, steps=30, tau=TAU), tagger, images, goal):
        assert bool((l2_norm(step.perturbation) <= TAU * (1 + 1e-6)).all())
        inside = images[step.samples] + step.perturbation
        assert bool(((inside >= -1 - 1e-9) & (inside <= 1 + 1e-9)).all())


@every_attack
def test_it_moves_and_beats_random_noise_of_the_same_norm(name, case, tagger, images, true):
    goal = goal_for(case, tagger, images, true)
    result = run(attack_for(name, steps=40, tau=TAU), tagger, images, goal, stop="never")
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(5), dtype=images.dtype)
    noise *= (l2_norm(result.perturbation) / l2_norm(noise))[:, None, None, None]
    from masw_core.task.measures import failure_degree

    with torch.no_grad():
        noisy = tagger((images + noise).clamp(-1, 1))
        clean = tagger(images)
    failure = failure_degree(goal, result.scores).mean()
    assert bool((l2_norm(result.perturbation) > 1e-3).any())
    assert failure < failure_degree(goal, clean).mean() - 0.02
    assert failure < failure_degree(goal, noisy).mean() - 0.02
    assert result.success.sum() >= goal.success(noisy).sum()


@every_attack
def test_its_own_objective_falls(name, case, tagger, images, true):
    goal = goal_for(case, tagger, images, true)
    steps = list(iterate(attack_for(name, steps=30, tau=TAU), tagger, images, goal))
    first, last = steps[0].lagrangian, torch.stack([step.lagrangian for step in steps]).amin(0)
    assert bool((last <= first + 1e-12).all())
    assert last.mean() < first.mean()


@every_attack
def test_batch_of_n_equals_n_singles(name, case, tagger, images, true):
    goal = goal_for(case, tagger, images, true)
    attack = attack_for(name, steps=20, tau=TAU)
    together = run(attack, tagger, images[:5], goal[:5])
    for row in (0, 4):
        alone = run(attack, tagger, images[row : row + 1], goal[row : row + 1])
        torch.testing.assert_close(alone.perturbation[0], together.perturbation[row], atol=1e-8, rtol=1e-6)
        assert alone.iterations[0] == together.iterations[row]


@every_attack
def test_permuting_labels_changes_nothing_but_the_order(name, case, tagger, images, true):
    goal = goal_for(case, tagger, images, true)
    order = torch.tensor([3, 0, 7, 1, 6, 2, 5, 4])
    permuted = type(goal)(
        true=goal.true[:, order],
        k=goal.k,
        target=None if goal.target is None else goal.target[:, order],
        case=goal.case,
    )
    attack = attack_for(name, steps=20, tau=TAU)
    straight = run(attack, tagger, images, goal)

    class Permuted(torch.nn.Module):
        def forward(self, x):
            return tagger(x)[:, order]

    crooked = run(attack, Permuted(), images, permuted)
    torch.testing.assert_close(crooked.perturbation, straight.perturbation, atol=1e-8, rtol=1e-6)


@every_attack
def test_success_is_what_a_fresh_evaluation_says(name, case, tagger, images, true):
    goal = goal_for(case, tagger, images, true)
    for stop in ("success", "never"):
        result = run(attack_for(name, steps=20, tau=TAU), tagger, images, goal, stop=stop)
        with torch.no_grad():
            assert torch.equal(result.success, goal.success(tagger(result.adversarial)))
        assert torch.equal(result.adversarial, result.adversarial.clamp(-1, 1))


@every_attack
def test_nothing_that_was_handed_in_is_touched(name, case, tagger, images, true):
    goal, before = goal_for(case, tagger, images, true), images.clone()
    tagger.train()
    run(attack_for(name, steps=5, tau=TAU), tagger, images, goal, trace=True)
    assert torch.equal(images, before)
    assert not images.requires_grad
    assert all(module.training for module in tagger.modules())
    assert all(parameter.requires_grad and parameter.grad is None for parameter in tagger.parameters())


@every_attack
def test_same_seed_same_trace_and_a_short_run_is_a_prefix_of_a_long_one(name, case, tagger, images, true):
    goal = goal_for(case, tagger, images, true)
    short, again, long = (
        [*iterate(attack_for(name, steps=steps, tau=TAU), tagger, images, goal)] for steps in (8, 8, 16)
    )
    for first, second in zip(short, again, strict=True):
        assert torch.equal(first.perturbation, second.perturbation)
        assert torch.equal(first.slack, second.slack)
    for early, late in zip(short, long, strict=False):
        assert torch.equal(early.perturbation, late.perturbation)
        assert torch.equal(early.lagrangian, late.lagrangian)


@every_attack
def test_samples_that_already_succeed_come_back_unchanged(name, case, tagger, images, true):
    scores = tagger(images).detach()
    if case == "untargeted":
        order = scores.argsort(1)
        reached = torch.zeros_like(true).scatter_(1, order[:, :1], True)
        goal = make_goal(case, reached, 2)
    else:
        order = scores.argsort(1, descending=True)
        top = torch.zeros_like(true).scatter_(1, order[:, :2], True)
        low = torch.zeros_like(true).scatter_(1, order[:, -1:], True)
        goal = type(make_goal("untargeted", low, 2)).targeted(low, top, 2)
    result = run(attack_for(name, steps=10, tau=TAU), tagger, images, goal)
    assert bool(result.success.all())
    assert not bool(result.perturbation.any())
    assert result.iterations.tolist() == [0] * len(images)


@every_attack
def test_no_nan_at_ties_and_saturation(name, case, tagger, images):
    true = torch.zeros(4, 8, dtype=torch.bool)
    true[:, 0] = True

    class Flat(torch.nn.Module):
        def __init__(self, gain):
            super().__init__()
            self.gain = gain

        def forward(self, x):
            return tagger(x).round() * self.gain + 0 * x.flatten(1)[:, :8]

    for gain in (0.0, 1.0, 400.0):
        goal = make_goal(case, true, 3, Flat(gain)(images[:4]).detach())
        for step in iterate(attack_for(name, steps=3, tau=TAU), Flat(gain), images[:4], goal):
            for value in (step.perturbation, step.slack, step.weights, step.lagrangian):
                assert bool(torch.isfinite(value).all())


@every_attack
def test_images_without_true_labels_and_full_ones_stay_finite_and_in_their_room(name, case, tagger, images):
    """|Y| = 0, and k = C - |Y|: every label that is not true has to fill the top k."""
    true = torch.arange(8) < torch.tensor([0, 1, 6])[:, None]
    goal = make_goal(case, true, 2, tagger(images[:3]).detach(), seed=3)
    for step in iterate(attack_for(name, steps=5, tau=TAU), tagger, images[:3], goal):
        for value in (step.perturbation, step.slack, step.weights, step.lagrangian, step.failure):
            assert bool(torch.isfinite(value).all())
        assert bool((l2_norm(step.perturbation) <= TAU * (1 + 1e-6)).all())
    result = run(attack_for(name, steps=5, tau=TAU), tagger, images[:3], goal)
    if case == "untargeted":
        assert bool(result.success[0])
        assert not bool(result.perturbation[0].any())


@every_attack
def test_a_trace_tells_the_slack_of_the_same_constraints(name, case, tagger, images, true):
    goal = goal_for(case, tagger, images, true)
    result = run(attack_for(name, steps=10, tau=TAU), tagger, images[:2], goal[:2], trace=True, stop="never")
    trace = result.traces[0]
    count = int(goal.true[0].sum())
    assert len(trace.header["label"]) == (2 * count if case == "untargeted" else 8 + count)
    assert len(trace) == 11
    assert bool((trace.slack >= 0).all())


def test_every_attack_says_what_it_is():
    names = [info.name for info in list_attacks()]
    assert names[0] == "masw"
    assert {"masw", "tkml", "pgd"} <= set(names)
    for info in list_attacks():
        assert "default" in info.presets
        assert info.summary.endswith(".")
        for preset in info.presets:
            assert load_attack(info.name, preset=preset, steps=3).steps == 3


@pytest.mark.parametrize("info", list_attacks(), ids=lambda info: info.name)
@pytest.mark.parametrize("case", ["untargeted", "worst"])
def test_a_case_that_an_attack_cannot_do_gets_one_sentence(info, case, tagger, images, true):
    goal = goal_for(case, tagger, images, true)
    attack = attack_for(info.name, steps=2, tau=TAU)
    assert attack.name == info.name
    assert attack.cases == info.cases
    if info.supports(case):
        attack.prepared(tagger, goal)
        return
    sentence = {
        "untargeted": f"{info.name} is a targeted attack: choose the best, random or worst case.",
        "worst": f"{info.name} is an untargeted attack: choose the untargeted case.",
    }[case]
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        run(attack, tagger, images, goal)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": "magic"}, "Unknown attack 'magic': choose one of masw"),
        ({"name": "masw", "preset": "fast"}, "no preset 'fast'"),
        ({"name": "masw", "speed": 3}, "no setting 'speed'"),
        ({"name": "masw", "steps": 0}, "at least 1"),
        ({"name": "masw", "eta": 1.0}, "above 1"),
        ({"name": "masw", "eta": "fast"}, "give float"),
        ({"name": "masw", "steps": 2.5}, "give int"),
        ({"name": "masw", "space": 3}, "choose one of logit, probability"),
        ({"name": "masw", "tau": -1.0}, "positive radius"),
        ({"name": "masw", "space": "cube"}, "choose one of logit, probability"),
        ({"name": "pgd", "step_rule": "big"}, "choose one of unit, raw, sign"),
    ],
)
def test_wrong_settings_get_one_sentence(arguments, words):
    with pytest.raises(ValueError, match=words):
        load_attack(**arguments)


WITH_MARGIN = [info.name for info in list_attacks() if any(setting.name == "margin" for setting in info.settings)]


@pytest.mark.parametrize("name", WITH_MARGIN)
def test_steps_tell_constraints_as_they_are_and_slack_with_the_margin(name, tagger, images, true):
    """Who reads a step sees whether a constraint holds; that more was asked of it shows in the slack."""
    goal = goal_for("untargeted", tagger, images, true)
    for step in iterate(attack_for(name, steps=3, tau=TAU, margin=0.7), tagger, images, goal, "never"):
        asked = goal.constraints(step.scores)
        torch.testing.assert_close(step.constraints, asked.values, atol=1e-6, rtol=0)
        slack = (0.7 - asked.values).clamp_min(0) * asked.mask
        torch.testing.assert_close(step.slack * asked.mask, slack, atol=1e-6, rtol=0)


def test_masw_and_madw_have_a_margin():
    assert {"masw", "madw"} <= set(WITH_MARGIN)
