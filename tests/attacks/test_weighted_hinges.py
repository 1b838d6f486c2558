"""SPW inside MLCW and TkML: uniform is the attack as it was, weights are Eq. 24 of the hinges, and the laws hold."""

from dataclasses import dataclass

from masw_core import Goal, iterate, list_attacks, load_attack, make_goal, run
from masw_core.attacks.base import Evaluation, LossAttack
from masw_core.attacks.carlini_wagner import label_hinge
from masw_core.attacks.tkml import ranking_hinges, targeted_loss
from masw_core.task.geometry import l2_norm
from masw_core.trace.step import Step
from masw_core.views.narrate import narrate
from masw_core.weighting.rules import WEIGHTINGS, Pace, SelfPacedWeighting

import pytest
import torch

TAU = 1.2
PLACES = [("mlcw", "untargeted"), ("mlcw", "worst"), ("tkml", "worst")]
everywhere = pytest.mark.parametrize(("name", "case"), PLACES)
LOSSES = {"mlcw": label_hinge, "tkml": targeted_loss}


@dataclass(frozen=True)
class Plain(LossAttack):
    """Descends a loss, as the published attacks do."""

    loss: object = None

    def evaluate(self, state, scores, goal):
        loss = self.loss(scores, goal)
        return Evaluation(state, loss, Step.at(state.perturbation, scores, goal.constraints(scores.detach()), loss))


def goal_for(case, tagger, images, true):
    return make_goal(case, true, 2, tagger(images).detach(), seed=3)


def path(attack, tagger, images, goal):
    return list(iterate(attack, tagger, images, goal))


@everywhere
def test_uniform_is_the_published_attack_to_the_last_bit(name, case, tagger, images, true):
    goal = goal_for(case, tagger, images, true)
    settings = {"steps": 15, "tau": TAU}
    plain = path(Plain(loss=LOSSES[name], **settings), tagger, images, goal)
    for one, other in zip(path(load_attack(name, **settings), tagger, images, goal), plain, strict=True):
        assert torch.equal(one.perturbation, other.perturbation)
        assert torch.equal(one.lagrangian, other.lagrangian)
        assert torch.equal(one.slack, other.slack)
        assert bool((one.weights == 1).all())


@everywhere
@pytest.mark.parametrize("weighting", ["spw", "spl", "fixed", "threshold"])
def test_an_epsilon_that_nothing_exceeds_is_uniform_weighting(name, case, weighting, tagger, images, true):
    goal = goal_for(case, tagger, images, true)
    weighted = load_attack(name, weighting=weighting, epsilon0=1e9, steps=15, tau=TAU)
    uniform = path(load_attack(name, steps=15, tau=TAU), tagger, images, goal)
    for one, other in zip(path(weighted, tagger, images, goal), uniform, strict=True):
        torch.testing.assert_close(one.perturbation, other.perturbation, atol=1e-12, rtol=1e-9)
        _, own = weighted.hinges(one.scores, goal)
        assert torch.equal(one.weights[:, : own.shape[1]], own.double())  # full where there is a hinge, else none


def test_a_factor_of_one_by_hand_is_uniform_weighting_and_other_factors_are_not(tagger, images, true):
    goal = goal_for("worst", tagger, images, true)
    uniform = path(load_attack("tkml", steps=10, tau=TAU), tagger, images, goal)[-1].perturbation
    for factor in (0.0, 1.0, 2.0):
        attack = load_attack("tkml", weighting="manual", manual_factor=factor, manual_hardest=2, steps=10, tau=TAU)
        steps = path(attack, tagger, images, goal)
        assert set(steps[0].weights[:, :8].unique().tolist()) <= {1.0, factor}
        assert torch.allclose(steps[-1].perturbation, uniform, atol=1e-9) == (factor == 1)


@everywhere
def test_weights_follow_eq_24_and_epsilon_lines_5_and_6(name, case, tagger, images, true):
    """Replay the rule from the hinges that each step tells, one sample at a time."""
    goal = goal_for(case, tagger, images, true)
    attack = load_attack(name, weighting="spw", eta=1.2, steps=30, tau=TAU, step_size=0.4)
    steps = path(attack, tagger, images, goal)
    hinges = [attack.hinges(step.scores, goal) for step in steps]
    branches = set()
    for row in range(6):
        pace, best, before = None, None, None
        for step, (values, own) in zip(steps, hinges, strict=True):
            columns = own[row].nonzero().flatten()
            slack = values[row, columns]
            torch.testing.assert_close(step.slack[row, columns], slack)
            if pace is None:
                pace = Pace.start(0.5 * slack.max()[None])
                best = slack
            else:
                lagrangian = (before * slack).sum()
                torch.testing.assert_close(step.lagrangian[row], lagrangian)
                fell = bool(lagrangian < (before * best).sum())
                pace = SelfPacedWeighting(1.2).advance(pace, torch.tensor([fell]))
                best = slack if fell else best
                branches.add(fell)
            torch.testing.assert_close(step.epsilon[row], pace.epsilon[0])
            expected = pace.epsilon / torch.maximum(slack, pace.epsilon)
            torch.testing.assert_close(step.weights[row, columns], expected)
            before = expected
    assert branches == {True, False}


@everywhere
def test_the_pull_is_the_gradient_of_the_weighted_sum(name, case, tagger, images, true):
    goal = goal_for(case, tagger, images, true)
    attack = load_attack(name, weighting="spw", steps=1, tau=100.0, step_size=0.1)
    first, second = path(attack, tagger, images, goal)
    x = images.clone().requires_grad_()
    hinges, _ = attack.hinges(tagger(x), goal)
    (gradient,) = torch.autograd.grad((first.weights[:, : hinges.shape[1]] * hinges).sum(), x)
    expected = (images - 0.1 * gradient / l2_norm(gradient)[:, None, None, None]).clamp(-1, 1) - images
    torch.testing.assert_close(second.perturbation, expected, atol=1e-9, rtol=1e-6)


def test_hinges_sum_to_the_published_losses(tagger, images, true):
    scores = tagger(images).detach()
    for case in ("untargeted", "worst"):
        goal = goal_for(case, tagger, images, true)
        mlcw = load_attack("mlcw", kappa=0.3)
        torch.testing.assert_close(mlcw.hinges(scores, goal)[0].sum(1), label_hinge(scores, goal, 0.3))
    assert torch.equal(ranking_hinges(scores, goal).sum(1), targeted_loss(scores, goal))


@everywhere
@pytest.mark.parametrize("weighting", [name for name in WEIGHTINGS if name != "uniform"])
def test_laws_hold_with_every_weighting(name, case, weighting, tagger, images, true):
    goal = goal_for(case, tagger, images, true)
    attack = load_attack(name, weighting=weighting, steps=20, tau=TAU)
    for step in path(attack, tagger, images, goal):
        assert bool((l2_norm(step.perturbation) <= TAU * (1 + 1e-6)).all())
        assert bool(((step.weights >= 0) & (step.weights <= 1)).all())
        assert bool(torch.isfinite(step.lagrangian).all())
    together = run(attack, tagger, images[:4], goal[:4])  # samples leave at success: the state is cut with them
    for row in range(4):
        alone = run(attack, tagger, images[row : row + 1], goal[row : row + 1])
        torch.testing.assert_close(alone.perturbation[0], together.perturbation[row], atol=1e-8, rtol=1e-6)


def test_labels_to_keep_have_a_column_but_no_hinge(tagger, images, true):
    targeted = goal_for("worst", tagger, images, true)
    goal = Goal.targeted(targeted.true, targeted.target, 2, keep=targeted.irrelevant)
    step = path(load_attack("mlcw", weighting="spw", steps=2, tau=TAU), tagger, images, goal)[-1]
    assert step.weights.shape == step.slack.shape == (len(images), 24)
    assert not bool(step.weights[:, 16:].any())


def test_sentences_tell_of_a_hardest_constraint_that_the_attack_does_not_see(tagger, images, true):
    """MLCW knows no ranks, so where a rank constraint is the hardest it does not pull."""
    goal = goal_for("untargeted", tagger, images, true)
    traces = run(load_attack("mlcw", weighting="spw", steps=3, tau=TAU), tagger, images, goal, trace=True).traces
    sentences = [narrate(trace, 0) for trace in traces]
    hardest = [trace.header["family"][trace.slack[0].argmax()] for trace in traces]
    assert set(hardest) == {"rank", "flip"}
    assert [family == "rank" for family in hardest] == ["does not pull at all" in sentence for sentence in sentences]


def test_what_cannot_be_weighed_is_refused_in_one_sentence(tagger, images, true):
    with pytest.raises(ValueError, match="needs the projected form"):
        load_attack("mlcw", "search", weighting="spw")
    with pytest.raises(ValueError, match="targeted case"):
        run(load_attack("tkml", weighting="spw", steps=1), tagger, images, Goal.untargeted(true, 2))
    for settings in ({"weighting": "none"}, {"epsilon0": 0.0}, {"eta": 1.0}, {"manual_factor": -1.0}):
        with pytest.raises(ValueError, match=next(iter(settings))):
            load_attack("tkml", **settings)


def test_only_attacks_made_of_hinges_have_the_setting():
    weighing = {info.name for info in list_attacks() if hasattr(info.build, "hinges")}
    assert weighing == {"mlcw", "tkml"}
