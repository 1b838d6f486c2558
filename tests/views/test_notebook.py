"""The plot helper: every figure by its name, several runs over each other, and a sentence for what there is not."""

from masw_core import load_attack, make_goal, plot, run
from masw_core.views.notebook import OF_A_RUN

import numpy as np
import pytest
from plotly.graph_objects import Figure


@pytest.fixture(scope="module")
def traces():
    import torch
    from small_tagger import SmallTagger

    tagger = SmallTagger()
    x = torch.rand(1, 3, 6, 6, generator=torch.Generator().manual_seed(3), dtype=torch.float64) * 2 - 1
    scores = tagger(x).detach()
    goal = make_goal("best", scores >= scores.max(), 2, scores)
    attacks = {"a": load_attack("masw", steps=9, tau=2.0), "b": load_attack("tkml", steps=9, tau=2.0)}
    return {name: run(attack, tagger, x, goal, stop="never", trace=True).traces[0] for name, attack in attacks.items()}


@pytest.mark.parametrize("what", OF_A_RUN)
def test_every_figure_has_a_name(traces, what):
    assert isinstance(plot(traces["a"], what, step=4), Figure)


def test_confidences_go_from_clean_to_the_step(traces):
    figure, trace = plot(traces["a"], "change", step=4, every=True), traces["a"]
    names = trace.header["labels"]
    for dots, step in ((figure.data[1], 0), (figure.data[2], 4)):
        told = dict(zip(dots.y, dots.x, strict=True))
        np.testing.assert_allclose([told[name] for name in names], trace.probabilities[step], rtol=1e-4)


def test_slack_and_weights_are_drawn_constraint_by_constraint(traces):
    trace = traces["a"]
    figure = plot(trace, "slack", every=True)
    slack = [line for line in figure.data if line.yaxis == "y2" and line.name != "ε"]
    assert len(slack) == trace.slack.shape[1]
    for line in slack:
        np.testing.assert_allclose(line.y, trace.slack[:, int(line.legendgroup)], rtol=1e-4, atol=1e-9)


def test_several_runs_are_drawn_over_each_other(traces):
    lines = [line for line in plot(traces, "norm").data if line.mode == "lines"]
    assert [line.name for line in lines] == ["a", "b"]
    np.testing.assert_allclose(lines[1].y, traces["b"].norm, rtol=1e-4, atol=1e-9)


def test_what_there_is_not_is_said_in_a_sentence(traces):
    with pytest.raises(ValueError, match="choose one of change, labels"):
        plot(traces["a"], "weather")
    with pytest.raises(ValueError, match="choose one of failure, violation, norm"):
        plot(traces, "labels")
    with pytest.raises(IndexError, match="steps 0 to 9"):
        plot(traces["a"], step=10)
