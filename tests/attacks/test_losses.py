"""Every loss that an attack descends: right gradients, and finite ones where labels tie, saturate, lack or fill up."""

from masw_core import Goal
from masw_core.attacks.carlini_wagner import label_hinge
from masw_core.attacks.correlation import correlated_hinge, weighted_loss
from masw_core.attacks.gradient import cross_entropy
from masw_core.attacks.imperceptible import hidden_labels, imperceptible_loss
from masw_core.attacks.rank import rank_hinge
from masw_core.attacks.tkml import targeted_loss, untargeted_loss
from masw_core.weighting.lagrangian import FORMS, WeightedLagrangian, closed_form_slack
from masw_core.weighting.literal import LiteralLagrangian

import pytest
import torch

C, K = 6, 2
MATRIX = torch.rand(C, C, generator=torch.Generator().manual_seed(9), dtype=torch.float64).fill_diagonal_(0.0)


def masw(form, space="logit", reference="flow", literal=False, margin=0.0):
    """MASW's objective as it stands in ``evaluate``, with weights that differ from label to label."""
    lagrangian = LiteralLagrangian(0.5, 0.5, 1.0, 1.0) if literal else WeightedLagrangian(form, 0.5, 0.5, 1.0)

    def loss(scores, goal):
        seen, threshold = (scores.sigmoid(), 0.5) if space == "probability" else (scores, 0.0)
        constraints = goal.constraints(seen, threshold, reference)
        asked = constraints.values - margin
        slack = closed_form_slack(asked, constraints.mask)
        weights = torch.linspace(0.1, 1.0, slack.shape[1], dtype=scores.dtype).expand_as(slack)
        return lagrangian(slack, asked, constraints, weights)

    return loss


def tkmia(scores, goal):
    hide, keep = (goal.true, goal.true & False) if goal.target is None else (~goal.target, goal.target)
    return imperceptible_loss(scores, hide, keep, goal.k)


def tkmia_published(scores, goal):
    hide = hidden_labels(goal.true, (0,))
    return imperceptible_loss(scores, hide, goal.true & ~hide, goal.k)


BOTH = {
    "cross-entropy": cross_entropy,
    "label hinge": lambda scores, goal: label_hinge(scores, goal, 0.3),
    "tkmia": tkmia,
    "tkmia published": tkmia_published,
    "masw literal": masw("quadratic", literal=True),
    "masw margin": masw("quadratic", margin=1.0),
    **{f"masw {form} {space}": masw(form, space) for form in FORMS for space in ("logit", "probability")},
}
UNTARGETED = {
    "tkml": untargeted_loss,
    "tkalc": lambda scores, goal: weighted_loss(scores, goal, MATRIX.to(scores.dtype)),
}
TARGETED = {
    "tkml": targeted_loss,
    "tkalc": lambda scores, goal: correlated_hinge(scores, goal, MATRIX.to(scores.dtype)),
    "rank hinge": rank_hinge,
}
HELD = {f"masw {reference}": masw("quadratic", reference=reference) for reference in ("hold", "spread", "lagging")}


def cases(shared):
    return [
        pytest.param(loss, kind, id=f"{name}-{kind}")
        for kind, own in (("untargeted", UNTARGETED), ("targeted", TARGETED))
        for name, loss in {**shared, **own}.items()
    ]


every_loss = pytest.mark.parametrize(("loss", "kind"), cases(BOTH))
every_loss_and_held = pytest.mark.parametrize(("loss", "kind"), cases({**BOTH, **HELD}))


def goal_of(kind, *true_counts):
    """Rows with the first so many labels true; targets are the last K labels."""
    true = torch.arange(C) < torch.tensor(true_counts)[:, None]
    if kind == "untargeted":
        return Goal.untargeted(true, K)
    return Goal.targeted(true, (torch.arange(C) >= C - K).expand_as(true), K)


@every_loss
def test_it_has_the_right_gradient(loss, kind):
    scores = 2 * torch.randn(4, C, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    goal = goal_of(kind, 0, 1, 2, C - K)
    assert torch.autograd.gradcheck(lambda s: loss(s, goal), scores.requires_grad_())


@every_loss_and_held
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_it_is_finite_at_ties_saturation_and_the_limits_of_the_task(loss, kind, dtype):
    """No true label, and k = C - |Y|, where every label has to be on one side or the other."""
    goal = goal_of(kind, 0, 1, C - K)
    rising = torch.linspace(-1, 1, C, dtype=dtype).expand(3, -1)
    for scores in (0 * rising, 0 * rising + 7, 1e4 * rising, -1e4 * rising, 1e4 * rising.sign(), rising.round()):
        leaf = scores.clone().requires_grad_()
        value = loss(leaf, goal)
        assert value.shape == (3,)
        assert value.dtype == dtype
        assert bool(torch.isfinite(value).all())
        (slope,) = torch.autograd.grad(value.sum(), leaf)
        assert bool(torch.isfinite(slope).all())


def test_without_true_labels_there_is_nothing_to_lower_where_only_true_labels_count():
    scores = torch.randn(3, C, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    goal = goal_of("untargeted", 0, 0, 0)
    assert not bool(cross_entropy(scores, goal).any())
    assert not bool(label_hinge(scores, goal, 0.3).any())
    assert not bool(tkmia(scores, goal).any())
    assert not bool(masw("quadratic")(scores, goal).any())
