"""Goals: success is what the sets say, constraints are satisfied exactly when the goal is reached."""

from typing import get_args

from masw_core import Goal, make_goal
from masw_core.task import measures
from masw_core.task.goals import Reference, seen_in

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

CLASSES = 6


def distinct_scores(count: int = 1) -> st.SearchStrategy:
    """Rows of C different scores, as logits around 0."""
    return st.lists(st.permutations(range(CLASSES)), min_size=count, max_size=count).map(
        lambda rows: torch.tensor(rows, dtype=torch.float64) - 2.5
    )


@st.composite
def untargeted(draw) -> tuple[Goal, torch.Tensor]:
    true = torch.as_tensor(draw(arrays(bool, (1, CLASSES))))
    k = draw(st.integers(1, CLASSES - 1))
    if k > CLASSES - int(true.sum()):
        k = max(1, CLASSES - int(true.sum()))
        true[0, 0] = False
    return Goal.untargeted(true, k), draw(distinct_scores())


@st.composite
def targeted(draw) -> tuple[Goal, torch.Tensor]:
    order = draw(st.permutations(range(CLASSES)))
    k = draw(st.integers(1, CLASSES - 2))
    count = draw(st.integers(0, CLASSES - k))
    true, target = torch.zeros(1, CLASSES, dtype=torch.bool), torch.zeros(1, CLASSES, dtype=torch.bool)
    target[0, order[:k]] = True
    true[0, order[k : k + count]] = True
    return Goal.targeted(true, target, k), draw(distinct_scores())


@given(untargeted())
def test_untargeted_success_means_no_true_label_in_the_top_k(case):
    goal, scores = case
    assert bool(goal.success(scores)) == (not bool((measures.top_k(scores, goal.k) & goal.true).any()))


@given(targeted())
def test_targeted_success_means_the_top_k_are_the_targets(case):
    goal, scores = case
    assert bool(goal.success(scores)) == bool((measures.top_k(scores, goal.k) == goal.target).all())


@given(st.one_of(untargeted(), targeted()))
def test_rank_constraints_hold_exactly_when_the_goal_is_reached(case):
    goal, scores = case
    values, mask, family, _ = goal.constraints(scores)
    rank = torch.tensor([name == "rank" for name in family])
    assert bool((values >= 0)[mask & rank].all()) == bool(goal.success(scores))


@given(st.one_of(untargeted(), targeted()))
def test_flip_constraints_hold_exactly_when_soft_label_flip_is_zero(case):
    goal, scores = case
    values, mask, family, _ = goal.constraints(scores)
    flip = mask & torch.tensor([name == "flip" for name in family])
    assert bool((values[flip] > 0).all()) == (float(measures.slf(scores, goal.true)) == 0)


@given(targeted(), st.permutations(range(CLASSES)))
def test_permuting_labels_permutes_constraints(case, order):
    goal, scores = case
    permuted = Goal.targeted(goal.true[:, order], goal.target[:, order], goal.k)
    values = goal.constraints(scores).values
    columns = [*order, *(CLASSES + j for j in order)]
    assert torch.equal(permuted.constraints(scores[:, order]).values, values[:, columns])
    assert torch.equal(permuted.success(scores[:, order]), goal.success(scores))


def test_held_reference_carries_no_gradient():
    true = torch.tensor([[True, False, False, False]])
    scores = torch.tensor([[3.0, 2.0, 1.0, 0.0]], requires_grad=True)
    for reference, expected in (("flow", [-1.0, 0, 1, 0]), ("hold", [-1.0, 0, 0, 0])):
        rank = Goal.untargeted(true, 2).constraints(scores, reference=reference).values[0, 0]
        (gradient,) = torch.autograd.grad(rank, scores)
        assert gradient.tolist() == [expected]


def test_shared_references_pull_those_who_must_pass_and_lagging_only_the_late_ones():
    true = torch.tensor([[True, False, False, False, False]])
    scores = torch.tensor([[2.0, 3.0, 1.0, 0.0, -1.0]], requires_grad=True)
    pulls = {}
    for reference in ("flow", "spread", "lagging"):
        constraints = Goal.untargeted(true, 3).constraints(scores, reference=reference)
        assert constraints.values[0, 0] == 0.0 - 2.0  # f_[4] - f_0, whoever carries its gradient
        (gradient,) = torch.autograd.grad(constraints.values[0, 0], scores)
        pulls[reference] = gradient[0].tolist()
    assert pulls["flow"] == [-1, 0, 0, 1, 0]
    assert pulls["spread"] == pytest.approx([-1, 1 / 3, 1 / 3, 1 / 3, 0])
    assert pulls["lagging"] == [-1, 0, 0.5, 0.5, 0]  # label 1 has passed already


def test_lagging_targets_are_held_back_only_by_those_still_above_them():
    true, target = torch.zeros(1, 5, dtype=torch.bool), torch.zeros(1, 5, dtype=torch.bool)
    true[0, 0] = target[0, 3] = target[0, 4] = True
    scores = torch.tensor([[2.0, 1.0, -3.0, 0.0, 3.0]], requires_grad=True)
    rank = Goal.targeted(true, target, 2).constraints(scores, reference="lagging").values
    (gradient,) = torch.autograd.grad(rank[0, 3], scores)  # f_3 - f_[2]: labels 0 and 1 are in its way
    assert gradient[0].tolist() == [-0.5, -0.5, 0, 1, 0]


def test_labels_below_every_target_hold_no_target_back():
    """Targets at ranks 1 and 3 of top 2: the label at rank 2 has to yield, and the one at rank 4 has done so."""
    true, target = torch.tensor([[False, True, False, False]]), torch.tensor([[True, False, True, False]])
    scores = torch.tensor([[3.0, 2.0, 1.0, 0.0]], requires_grad=True)
    for reference, pulls in (("lagging", [0, -1, 1, 0]), ("spread", [0, -0.5, 1, -0.5])):
        rank = Goal.targeted(true, target, 2).constraints(scores, reference=reference).values
        (gradient,) = torch.autograd.grad(rank[0, 2], scores)
        assert gradient.tolist() == [pulls]


def test_kept_labels_stay_on_the_side_that_the_clean_image_gave_them():
    true, target = torch.zeros(1, 5, dtype=torch.bool), torch.zeros(1, 5, dtype=torch.bool)
    true[0, 0] = target[0, 1] = True
    goal = Goal.targeted(true, target, 1, keep=~(true | target))
    with pytest.raises(ValueError, match="bound_to"):
        goal.constraints(torch.zeros(1, 5))
    bound = goal.bound_to(torch.tensor([[1.0, -1.0, 1.0, -1.0, -1.0]]))
    constraints = bound.constraints(torch.tensor([[-1.0, 2.0, -0.5, -0.5, 0.25]]))
    keep = [column for column, family in enumerate(constraints.family) if family == "keep"]
    assert constraints.values[0, keep][2:].tolist() == [-0.5, 0.5, -0.25]  # fell off, stayed off, came on
    assert constraints.mask[0, keep].tolist() == [False, False, True, True, True]


def test_ties_are_failures_whatever_the_order():
    scores = torch.tensor([[1.0, 1.0, 0.0]])
    for label in range(2):
        true = torch.zeros(1, 3, dtype=torch.bool)
        true[0, label] = True
        assert not bool(Goal.untargeted(true, 1).success(scores))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda t: Goal.untargeted(t, 4), "between 1 and 3"),
        (lambda t: Goal.untargeted(t, 0), "between 1 and 3"),
        (lambda t: Goal.untargeted(t, 3), "2 of the 4"),
        (lambda t: Goal.targeted(t, t, 2), "also a true label"),
        (lambda t: Goal.targeted(t, ~t, 1), "exactly 1"),
        (lambda t: Goal.targeted(t, ~t[:, :3], 2), "shape"),
        (lambda t: Goal.targeted(t, ~t, 2, keep=t), "neither"),
        (lambda t: Goal.untargeted(t[0], 1), "shape"),
    ],
)
def test_infeasible_goals_say_which_numbers_clash(make, words):
    with pytest.raises(ValueError, match=words):
        make(torch.tensor([[True, True, False, False]]))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda t: Goal.targeted(t, ~t, 1), r"top-1 targeted goal needs exactly 1 target labels per image, not 2"),
        (lambda t: Goal.targeted(t, ~t[:, :3], 2), r"target has shape \(1, 3\) but true has \(1, 4\)"),
        (lambda t: Goal.targeted(t, ~t, 2, keep=t[:, :3]), r"keep has shape \(1, 3\) but true has \(1, 4\)"),
        (lambda t: Goal.targeted(t[0], ~t, 2), r"true must be multi-hot of shape \(B, C\).*not of shape \(4,\)"),
        (lambda t: Goal.targeted(t, ~t[0], 2), r"target must be multi-hot of shape \(B, C\).*not of shape \(4,\)"),
        (lambda t: Goal.targeted(t, ~t, 2, keep=t[0]), r"keep must be multi-hot of shape \(B, C\)"),
        (lambda t: Goal.targeted(t, ~t, 2, keep=~t), "neither true nor target"),
        (lambda t: Goal.untargeted(t, 3), "has 2 of the 4 labels as true labels, which leaves 2 others for the top 3"),
        (lambda t: Goal.untargeted(t, 5), "k = 5 is impossible with 4 labels: choose k between 1 and 3"),
        (lambda t: Goal.untargeted(3.0 * t, 1), "but holds 3;"),
        (lambda t: Goal.untargeted(torch.tensor([[1, 0, 2, 3]]), 1), "but holds 2;"),
    ],
)
def test_refusals_name_the_numbers_that_clash(make, words):
    with pytest.raises(ValueError, match=words):
        make(torch.tensor([[True, True, False, False]]))


def test_the_image_with_most_labels_decides_whether_k_fits():
    true = torch.tensor([[True, False, False, False], [True, True, True, False], [False, False, False, False]])
    assert len(Goal.untargeted(true, 1)) == 3
    with pytest.raises(ValueError, match="has 3 of the 4 labels"):
        Goal.untargeted(true, 2)
    assert Goal.untargeted(torch.zeros(1, 4), 3).k == 3  # every label but one in the top k
    assert len(Goal.untargeted(true[:0], 3)) == 0


def test_no_true_labels_is_already_a_success():
    goal = Goal.untargeted(torch.zeros(1, 4, dtype=torch.bool), 2)
    assert bool(goal.success(torch.randn(1, 4)))
    assert not bool(goal.constraints(torch.randn(1, 4)).mask.any())


@pytest.mark.parametrize("wrong", [torch.tensor([3, 1]), torch.zeros(2, 2, CLASSES)], ids=["(B,)", "(B, m, C)"])
def test_labels_of_another_shape_than_multi_hot_are_refused(wrong):
    with pytest.raises(ValueError, match=r"true must be multi-hot of shape \(B, C\), a 0 or 1 per label.*one_hot"):
        Goal.untargeted(wrong, 1)


@pytest.mark.parametrize("case", ["untargeted", "best", "random", "worst"])
@pytest.mark.parametrize("wrong", [torch.tensor([[3, 1], [0, 2]]), torch.tensor([[0.0, 0.5], [1.0, 0.0]])])
def test_values_that_are_no_multi_hot_are_refused(case, wrong):
    with pytest.raises(ValueError, match=r"true must be multi-hot, a 0 or 1 per label, but holds (3|0\.5);.*scatter"):
        make_goal(case, wrong, 1, torch.zeros(2, 2))


@pytest.mark.parametrize("name", ["target", "keep"])
def test_targets_and_kept_labels_are_multi_hot_too(name):
    masks = {"target": torch.eye(2, CLASSES), "keep": torch.zeros(2, CLASSES), name: torch.full((2, CLASSES), 4)}
    with pytest.raises(ValueError, match=f"{name} must be multi-hot.*holds 4"):
        Goal.targeted(torch.zeros(2, CLASSES), k=1, **masks)


@pytest.mark.parametrize("kind", [torch.bool, torch.uint8, torch.int64, torch.float32])
def test_multi_hot_labels_of_any_type_are_taken(kind):
    true = torch.eye(3, CLASSES)
    assert torch.equal(make_goal("untargeted", true.to(kind), 2).true, true.bool())


def test_what_the_sentence_on_indices_recommends_works():
    indices = torch.tensor([[3, 1], [0, 2]])
    true = torch.zeros(2, CLASSES).scatter(1, indices, 1)
    assert make_goal("untargeted", true, 2).true.nonzero().tolist() == [[0, 1], [0, 3], [1, 0], [1, 2]]


def test_labels_and_scores_of_different_widths_are_refused():
    with pytest.raises(ValueError, match=r"true has shape \(2, 2\) but the scores have \(2, 6\)"):
        make_goal("best", torch.tensor([[0, 1], [1, 0]]), 1, torch.zeros(2, CLASSES))


def kept_goal() -> tuple[Goal, torch.Tensor]:
    """Three rows that differ in every mask, bound to clean scores."""
    eye = torch.eye(3, 5, dtype=torch.bool)
    true, target = eye, eye.roll(2, 1)
    scores = torch.randn(3, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return Goal.targeted(true, target, 1, keep=~(true | target), case="worst").bound_to(scores), scores


@pytest.mark.parametrize("rows", [slice(1, 3), torch.tensor([2, 0]), torch.tensor([False, True, True])])
def test_rows_of_a_goal_are_the_goal_of_those_rows(rows):
    goal, scores = kept_goal()
    some = goal[rows]
    assert (some.k, some.case, some.is_targeted, len(some)) == (1, "worst", True, 2)
    for name in ("true", "target", "keep", "keep_on", "irrelevant"):
        assert torch.equal(getattr(some, name), getattr(goal, name)[rows])
    for part, whole in zip(some.constraints(scores[rows])[:2], goal.constraints(scores)[:2], strict=True):
        assert torch.equal(part, whole[rows])
    assert torch.equal(some.success(scores[rows]), goal.success(scores)[rows])
    plain = Goal.untargeted(goal.true, 1)[rows]
    assert (plain.target, plain.keep, plain.keep_on, plain.case) == (None, None, None, "untargeted")


def test_a_goal_moves_to_a_device_with_all_its_masks():
    goal = kept_goal()[0].to("meta")
    assert {getattr(goal, name).device.type for name in ("true", "target", "keep", "keep_on")} == {"meta"}
    assert (goal.k, goal.case) == (1, "worst")
    plain = Goal.untargeted(torch.eye(3, 5), 1).to("meta")
    assert (plain.true.device.type, plain.target, plain.keep) == ("meta", None, None)


def test_sides_of_kept_labels_are_read_at_the_threshold_and_on_it_a_label_is_on():
    goal = kept_goal()[0]
    clean = torch.tensor([[-0.25, 0.0, 0.25, 0.5, 0.75]]).expand(3, 5)
    assert goal.bound_to(clean).keep_on.tolist() == [[False, True, True, True, True]] * 3
    assert goal.bound_to(clean, 0.5).keep_on.tolist() == [[False, False, False, True, True]] * 3
    plain = Goal.untargeted(goal.true, 1)
    assert plain.bound_to(clean) is plain


def test_targets_that_somebody_names_are_called_targeted():
    assert Goal.targeted(torch.eye(2, 4), torch.eye(2, 4).roll(1, 1), 1).case == "targeted"
    assert Goal.untargeted(torch.eye(2, 4), 1).case == "untargeted"


def test_spaces_are_logits_with_threshold_zero_and_probabilities_with_one_half():
    scores = torch.tensor([[-2.0, 0.0, 2.0]])
    seen, threshold = seen_in("logit", scores)
    assert (seen is scores, threshold) == (True, 0.0)
    seen, threshold = seen_in("probability", scores)
    assert torch.equal(seen >= threshold, scores >= 0)
    assert torch.equal(seen, 1 / (1 + torch.exp(-scores)))
    assert threshold == 0.5


def by_ranks(goal: Goal, scores: list[float], threshold: float) -> list[float]:
    """Eqs. 8, 10 and 13 (with f_[k] for targets) of one image: C rank values, then C flip values."""
    ordered = sorted(scores, reverse=True)
    outer, inner = ordered[goal.k], ordered[goal.k - 1]
    targets = [] if goal.target is None else goal.target[0].nonzero().flatten().tolist()
    rank = [score - inner if label in targets else outer - score for label, score in enumerate(scores)]
    return rank + [threshold - score for score in scores]


def shares(goal: Goal, scores: list[float], reference: str) -> tuple[list[float], list[float]]:
    """How the gradients of f_[k+1] and f_[k] are split over the labels of one image."""
    inside = (goal.true if goal.target is None else ~goal.target)[0].nonzero().flatten().tolist()
    ordered = sorted(range(CLASSES), key=lambda label: -scores[label])
    leaving = [label for label in ordered if label in inside]
    passing = [label for label in ordered if label not in inside][: goal.k]
    yielding = leaving[: goal.k]
    if reference == "lagging":
        behind = [label for label in passing if leaving and scores[label] <= scores[leaving[0]]]
        yielding = [label for label in yielding if scores[label] >= scores[passing[-1]]]
        passing = behind
    if reference == "hold":
        passing = yielding = []
    if reference == "flow":
        passing, yielding = [ordered[goal.k]], [ordered[goal.k - 1]]
    if goal.target is None and reference != "hold":
        yielding = []  # f_[k] bounds targets only
    return tuple([1 / len(some) if label in some else 0.0 for label in range(CLASSES)] for some in (passing, yielding))


@pytest.mark.parametrize("reference", get_args(Reference))
@given(case=st.one_of(untargeted(), targeted()), threshold=st.sampled_from([0.0, 0.5]))
def test_constraints_and_their_gradients_are_what_the_equations_say_of_ranks(reference, case, threshold):
    goal, scores = case
    row = scores[0].tolist()
    constraints = goal.constraints(scores, threshold, reference)
    assert constraints.values[0].tolist() == by_ranks(goal, row, threshold)
    everything = torch.ones_like(goal.true)
    assert torch.equal(constraints.mask, torch.cat([everything if goal.is_targeted else goal.true, goal.true], 1))
    assert constraints.family == ("rank",) * CLASSES + ("flip",) * CLASSES
    assert constraints.label == (*range(CLASSES), *range(CLASSES))

    jacobian = torch.autograd.functional.jacobian(
        lambda scores: goal.constraints(scores, threshold, reference).values[0], scores
    )[:, 0]
    outer, inner = (torch.tensor(share, dtype=scores.dtype) for share in shares(goal, row, reference))
    for label in range(CLASSES):
        own = torch.zeros(CLASSES, dtype=scores.dtype)
        own[label] = 1
        wanted = goal.is_targeted and bool(goal.target[0, label])
        torch.testing.assert_close(jacobian[label], own - inner if wanted else outer - own)
        torch.testing.assert_close(jacobian[CLASSES + label], -own)


def test_the_threshold_is_zero_and_the_reference_flows_if_nothing_is_said():
    goal = Goal.untargeted(torch.eye(1, 4), 2)
    scores = torch.tensor([[3.0, 2.0, 1.0, 0.5]], requires_grad=True)
    values = goal.constraints(scores).values[0]
    assert values.tolist() == goal.constraints(scores, 0.0, "flow").values[0].tolist()
    (gradient,) = torch.autograd.grad(values[0], scores)
    assert gradient.tolist() == [[-1, 0, 1, 0]]


@pytest.mark.parametrize("reference", get_args(Reference))
@pytest.mark.parametrize("kind", ["untargeted", "targeted"])
def test_a_batch_is_its_images_one_by_one_gradients_too(reference, kind):
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(8, CLASSES, generator=generator, dtype=torch.float64)
    order = torch.rand(8, CLASSES, generator=generator).argsort(1)
    true, target = order < 2, (order >= 2) & (order < 4)
    true[0] = False
    goal = Goal.untargeted(true, 2) if kind == "untargeted" else Goal.targeted(true, target, 2)
    pull = torch.randn(8, 2 * CLASSES, generator=generator, dtype=torch.float64)

    def pulled(rows):
        seen = scores[rows].requires_grad_()
        values = goal[rows].constraints(seen, reference=reference).values
        return values, torch.autograd.grad((values * pull[rows]).sum(), seen)[0]

    for row in range(8):
        for whole, alone in zip(pulled(slice(0, 8)), pulled(slice(row, row + 1)), strict=True):
            torch.testing.assert_close(whole[row], alone[0])


def test_a_label_that_is_level_with_one_that_it_has_to_pass_has_not_passed_it():
    """A tie counts as failure, so the lagging reference still pulls on both sides of one."""
    true, target = torch.eye(1, 4, dtype=torch.bool), torch.eye(1, 4, dtype=torch.bool).roll(1, 1)
    scores = torch.tensor([[1.0, 1.0, 0.0, -1.0]], requires_grad=True)
    untargeted = Goal.untargeted(true, 1).constraints(scores, reference="lagging").values[0, 0]
    (gradient,) = torch.autograd.grad(untargeted, scores)
    assert gradient.tolist() == [[-1, 1, 0, 0]]
    targeted = Goal.targeted(true, target, 1).constraints(scores, reference="lagging").values[0, 1]
    (gradient,) = torch.autograd.grad(targeted, scores)
    assert gradient.tolist() == [[-1, 1, 0, 0]]


def test_a_researcher_may_take_gradients_of_constraints_with_torch_func():
    goal = Goal.untargeted(torch.eye(1, 4), 2)
    scores = torch.tensor([[3.0, 2.0, 1.0, 0.5]])
    gradient = torch.func.grad(lambda seen: goal.constraints(seen, reference="lagging").values[0, 0])(scores)
    assert gradient.tolist() == [[-1, 0.5, 0.5, 0]]
