"""TkML against its published losses."""

from masw_core import Goal
from masw_core.attacks.tkml import targeted_loss, untargeted_loss

import torch
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(0, 10_000), st.integers(1, 6))
def test_the_untargeted_loss_is_the_published_average_top_k_form(seed, k):
    """lambda + 1/(C-k) sum relu(t - lambda), t = max_Y s - s_j, equals max_Y s minus the mean of the C-k smallest."""
    scores = torch.randn(10, 8, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    true = torch.zeros(10, 8, dtype=torch.bool)
    true[:, : 8 - k][:, :2] = True
    t = scores.masked_fill(~true, -torch.inf).amax(1, keepdim=True) - scores
    bar = t.topk(8 - k, dim=1).values[:, -1:]
    published = bar[:, 0] + (t - bar).clamp_min(0).sum(1) / (8 - k)
    torch.testing.assert_close(untargeted_loss(scores, Goal.untargeted(true, k)), published)


@given(st.integers(0, 10_000))
def test_the_targeted_loss_is_zero_exactly_at_success(seed):
    scores = torch.randn(60, 5, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    true, target = torch.zeros(60, 5, dtype=torch.bool), torch.zeros(60, 5, dtype=torch.bool)
    true[:, 0], target[:, 1:3] = True, True
    goal = Goal.targeted(true, target, 2)
    assert torch.equal(targeted_loss(scores, goal) == 0, goal.success(scores))


def test_losses_have_right_gradients():
    true, target = torch.zeros(3, 6, dtype=torch.bool), torch.zeros(3, 6, dtype=torch.bool)
    true[:, 0], target[:, 1:3] = True, True
    scores = torch.randn(3, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0), requires_grad=True)
    assert torch.autograd.gradcheck(lambda s: untargeted_loss(s, Goal.untargeted(true, 2)), scores)
    assert torch.autograd.gradcheck(lambda s: targeted_loss(s, Goal.targeted(true, target, 2)), scores)
