"""Batched gradients of scores against one backward per sample and label; the small dual against enumeration."""

import itertools

from masw_core import make_goal
from masw_core.attacks import jacobian
from masw_core.attacks.jacobian import constraint_rows, needed_labels, score_gradients
from masw_core.solvers.least_norm import nonnegative_dual

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st


def test_needed_labels_are_listed_in_order_and_padded():
    labels, exist = needed_labels(torch.tensor([[False, True, True], [False, False, True], [False, False, False]]))
    assert labels.shape == (3, 2)
    assert labels[0].tolist() == [1, 2]
    assert labels[1, 0] == 2
    assert exist.tolist() == [[True, True], [True, False], [False, False]]


@pytest.mark.parametrize("small", [0, 2**16])
def test_rows_are_the_gradients_of_the_scores(tagger, images, small, monkeypatch):
    monkeypatch.setattr(jacobian, "SMALL", small)
    z = torch.zeros_like(images[:4], requires_grad=True)
    labels = torch.tensor([[0, 3], [7, 7], [2, 1], [5, 0]])
    rows = score_gradients(tagger(images[:4] + z), z, labels)
    for sample, wanted in enumerate(labels.tolist()):
        for row, label in enumerate(wanted):
            x = images[sample].clone().requires_grad_()
            (expected,) = torch.autograd.grad(tagger(x[None])[0, label], x)
            torch.testing.assert_close(rows[sample, row], expected.flatten(), atol=1e-12, rtol=1e-10)


@pytest.mark.parametrize(("case", "space"), [("untargeted", "logit"), ("worst", "probability")])
def test_constraint_rows_chain_to_the_gradient_of_each_constraint(tagger, images, true, case, space):
    goal = make_goal(case, true, 2, tagger(images).detach())[:3]
    z = torch.zeros_like(images[:3], requires_grad=True)
    scores = tagger(images[:3] + z)
    seen, threshold = (scores, 0.0) if space == "logit" else (scores.sigmoid(), 0.5)
    constraints = goal.constraints(seen, threshold)
    all_labels = torch.arange(8).expand(3, -1)
    direct = torch.stack([
        torch.autograd.grad(constraints.values[:, column].sum(), z, retain_graph=True)[0].flatten(1)
        for column in range(constraints.values.shape[1])
    ], 1)  # fmt: skip
    slopes = constraint_rows(scores, constraints)
    torch.testing.assert_close(slopes @ score_gradients(scores, z, all_labels), direct)


def least_norm_by_enumeration(rows, bound):
    """The shortest r with rows r >= bound: the best feasible least-norm solution over all sets of tight rows."""
    best = None
    for size in range(len(rows) + 1):
        for tight in itertools.combinations(range(len(rows)), size):
            picked = rows[list(tight)]
            r = torch.linalg.lstsq(picked, bound[list(tight)]).solution if size else torch.zeros(rows.shape[1]).to(rows)
            if bool((rows @ r >= bound - 1e-9).all()) and (best is None or r.norm() < best.norm()):
                best = r
    return best


@given(st.integers(0, 10_000), st.integers(1, 5))
def test_the_dual_gives_the_least_norm_over_inequality_rows(seed, m):
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randn(6, m, 9, generator=generator, dtype=torch.float64)
    bound = torch.randn(6, m, generator=generator, dtype=torch.float64)
    mask = torch.rand(6, m, generator=generator) < 0.8
    dual = nonnegative_dual(rows @ rows.transpose(1, 2), bound, mask)
    assert bool((dual >= 0).all())
    assert not bool(dual[~mask].any())
    for sample in range(6):
        expected = least_norm_by_enumeration(rows[sample][mask[sample]], bound[sample][mask[sample]])
        torch.testing.assert_close(dual[sample] @ rows[sample], expected, atol=1e-7, rtol=1e-6)


def test_parallel_and_contradicting_and_empty_rows_stay_finite():
    row = torch.randn(7, dtype=torch.float64)
    rows = torch.stack([torch.stack([row, row, row]), torch.stack([row, -row, 0 * row])])
    bound = torch.tensor([[1.0, 2.0, 3.0], [1.0, 1.0, 1.0]], dtype=torch.float64)
    dual = nonnegative_dual(rows @ rows.transpose(1, 2), bound, torch.ones(2, 3, dtype=torch.bool))
    assert bool(torch.isfinite(dual).all())
    torch.testing.assert_close(dual[0] @ rows[0], 3 * row / row.norm() ** 2, atol=1e-6, rtol=1e-6)


@given(st.integers(0, 10_000))
def test_samples_of_a_batch_do_not_see_each_other(seed):
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randn(5, 12, 14, generator=generator, dtype=torch.float64)
    gram, bound = rows @ rows.transpose(1, 2), torch.randn(5, 12, generator=generator, dtype=torch.float64)
    mask = torch.ones(5, 12, dtype=torch.bool)
    together = nonnegative_dual(gram, bound, mask)
    alone = torch.cat([nonnegative_dual(gram[i : i + 1], bound[i : i + 1], mask[:1]) for i in range(5)])
    torch.testing.assert_close(together, alone, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("small", [0, 2**16])
def test_rows_keep_their_places_where_convolutions_change_the_memory_format(small, monkeypatch):
    monkeypatch.setattr(jacobian, "SMALL", small)
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 6, 3, stride=2),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(24, 5),
    ).to(torch.float64, memory_format=torch.channels_last)
    x = torch.randn(3, 3, 10, 10, dtype=torch.float64).contiguous(memory_format=torch.channels_last)
    z = torch.zeros_like(x).requires_grad_()
    labels = torch.tensor([[0, 1, 4], [2, 2, 0], [3, 1, 0]])
    rows = score_gradients(network(x + z), z, labels)
    for sample, wanted in enumerate(labels.tolist()):
        image = x[sample : sample + 1].clone().requires_grad_()
        scores = network(image)[0]
        for row, label in enumerate(wanted):
            (expected,) = torch.autograd.grad(scores[label], image, retain_graph=True)
            torch.testing.assert_close(rows[sample, row], expected.flatten(), atol=1e-12, rtol=1e-10)
