"""The loss behind the weights: its derivative is the pull, and for Eq. 24 it is Huber's."""

from __future__ import annotations

from masw_core.weighting.implied_loss import implied_loss, pull
from masw_core.weighting.rules import make_weighting

import pytest
import torch

SLACK = torch.linspace(0, 4, 401, dtype=torch.float64)  # the knees below lie on this grid


@pytest.mark.parametrize("epsilon", [0.1, 1.0, 2.5])
@pytest.mark.parametrize("name", ["fixed", "spw", "spl", "uniform"])
def test_its_derivative_is_weight_times_slack(name, epsilon):
    rule = make_weighting(name)
    loss = implied_loss(rule, SLACK, epsilon)
    step = SLACK[1] - SLACK[0]
    slope = (loss[2:] - loss[:-2]) / (2 * step)
    away = (SLACK[1:-1] - epsilon).abs() > step / 2  # at the knee itself the slope has a kink
    torch.testing.assert_close(slope[away], pull(rule, SLACK, epsilon)[1:-1][away])


@pytest.mark.parametrize("epsilon", [0.1, 1.0, 2.5, 9.0])
def test_equation_24_is_a_huber_loss(epsilon):
    huber = torch.nn.functional.huber_loss(SLACK, torch.zeros_like(SLACK), reduction="none", delta=epsilon)
    torch.testing.assert_close(implied_loss(make_weighting("fixed"), SLACK, epsilon), huber)


def test_uniform_weights_are_half_the_square():
    torch.testing.assert_close(implied_loss(make_weighting("uniform"), SLACK, 1.0), SLACK.square() / 2)


def test_a_hard_threshold_is_flat_beyond_the_knee():
    loss = implied_loss(make_weighting("threshold"), SLACK, 1.0)
    beyond = loss[SLACK > 1.02]
    assert float(beyond.max() - beyond.min()) == 0
