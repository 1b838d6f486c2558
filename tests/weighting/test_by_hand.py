"""Weights of single constraints: read, found by name, obeyed by attacks, told in headers and on the command line."""

from __future__ import annotations

import json

from masw_core import Goal, iterate, load_attack, make_goal, run
from masw_core.attacks.switched import attack_of
from masw_core.settings import settings_from
from masw_core.weighting.by_hand import HandWeights, constraints_of
from masw_core.weighting.rules import Pace, SelfPacedWeighting, make_weighting

import pytest
import torch

LABELS = tuple("abcdefgh")


def goal_of(*true, target=(), k=2):
    mask = torch.zeros(1, 8, dtype=torch.bool)
    mask[0, list(true)] = True
    if not target:
        return Goal.untargeted(mask, k)
    wanted = torch.zeros(1, 8, dtype=torch.bool)
    wanted[0, list(target)] = True
    return Goal.targeted(mask, wanted, k)


def test_text_and_mapping_say_the_same():
    mapping = {"rank:traffic light": 0.2, "flip:a, b": 2.0}
    assert HandWeights.read("rank:traffic light=0.2, flip:a, b=2") == HandWeights.read(mapping)
    assert HandWeights.read(mapping).described() == mapping
    assert settings_from(["manual_weights=rank:person=0.2,flip:car=2"]) == {
        "manual_weights": "rank:person=0.2,flip:car=2"
    }


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("person", "cannot be read: write it as rank:person=0.2"),
        ("rank:person=much", "cannot be read"),
        (3, "cannot be read"),
        ({}, "is empty"),
        ({"rank:": 0.2}, "names 'rank:': write rank, flip or keep, a colon and a label"),
        ({"person": 0.2}, "write rank, flip or keep, a colon and a label"),
        ({"sideways:person": 0.2}, "write rank, flip or keep"),
        ({"rank:person": 2.5}, "The weight of rank:person is 2.5: choose 0 to 2."),
        ({"rank:person": -0.1}, "choose 0 to 2"),
        ({"rank:person": float("nan")}, "choose 0 to 2"),
        ({"rank:person": True}, "choose 0 to 2"),
    ],
)
def test_what_cannot_be_read_gets_one_sentence(given, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        load_attack("masw", weighting="manual", manual_weights=given)
    assert str(caught.value).count(". ") == 0


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("rank:hat", "the model has no label 'hat': it has 8 labels, such as a, b, c, d, e."),
        ("rank:9", "no label '9'"),
        ("rank:8", "manual_weights names rank:8 but the model has no label '8'"),
        ("flip:c", "flip:c, which is no constraint of this goal: choose from flip:a, flip:b."),
        ("keep:c", "it has none of keep"),
    ],
)
def test_a_constraint_that_the_goal_does_not_have_gets_one_sentence(name, sentence):
    with pytest.raises(ValueError, match=sentence):
        HandWeights.read({name: 0.5}).found_in(LABELS, goal_of(0, 1))


def test_labels_may_have_a_colon_or_an_equals_sign_of_their_own():
    labels = ("a:b", "c=d", *LABELS[2:])
    for given in ("rank:a:b=0.5,flip:c=d=2", {"rank:a:b": 0.5, "flip:c=d": 2}):
        found = HandWeights.read(given).found_in(labels, goal_of(0, 1))
        assert found.columns == (0, 8 + 1)
        assert found.described() == {"rank:a:b": 0.5, "flip:c=d": 2.0}


def test_a_goal_that_keeps_labels_has_their_constraints_before_their_sides_are_known():
    plain = goal_of(0, target=(1, 2))
    goal = Goal.targeted(plain.true, plain.target, 2, keep=plain.irrelevant)
    assert HandWeights.read("keep:e=0.5").found_in(LABELS, goal).columns == (16 + 4,)


def test_names_come_before_indices_and_nothing_is_named_twice():
    goal = goal_of(0, 1)
    assert HandWeights.read("rank:1=0.5").found_in(LABELS, goal).columns == (1,)
    assert HandWeights.read("rank:1=0.5").found_in([str(i) for i in range(1, 9)], goal).columns == (0,)
    assert HandWeights.read("flip:1=0.5").found_in(None, goal).columns == (9,)
    with pytest.raises(ValueError, match="names a constraint twice"):
        HandWeights.read("rank:b=0.5,rank:1=0.7").found_in(LABELS, goal)


def test_by_hand_the_numbers_are_the_weights_and_elsewhere_they_multiply_those_of_the_rule():
    slack, epsilon, factors = torch.tensor([[0.0, 3.0, 1.0, 9.0]]), torch.ones(1), ((0, 0.2), (2, 2.0))
    by_hand = make_weighting("manual", factors=factors)
    assert by_hand.weights(slack, epsilon).tolist() == [[pytest.approx(0.2), 1.0, 2.0, 1.0]]
    paced, plain = make_weighting("spw", eta=1.5, factors=factors), SelfPacedWeighting(1.5)
    expected = plain.weights(slack, epsilon) * torch.tensor([0.2, 1.0, 2.0, 1.0])
    assert torch.equal(paced.weights(slack, epsilon), expected)
    pace = Pace(torch.tensor([2.0, 2.0]), torch.tensor([1.0, 1.0]))
    fell = torch.tensor([True, False])
    assert torch.equal(paced.advance(pace, fell).epsilon, plain.advance(pace, fell).epsilon)
    assert paced.advance(pace, fell).epsilon.tolist() == [3.0, 1.5]


@pytest.mark.parametrize("case", ["untargeted", "worst"])
def test_masw_pulls_with_the_weights_it_was_given(tagger, images, true, case):
    goal = make_goal(case, true[:1], 2, tagger(images[:1]).detach())
    label = LABELS[int(true[0].nonzero()[0, 0])]
    attack = load_attack("masw", weighting="manual", manual_weights={f"flip:{label}": 0.25}, tau=1.0, steps=4)
    there = constraints_of(goal)
    column = list(zip(there.family, there.label, strict=True)).index(("flip", LABELS.index(label)))
    for step in iterate(attack, tagger, images[:1], goal):
        expected = torch.ones_like(step.weights)
        expected[:, column] = 0.25
        assert torch.equal(step.weights, expected)


def test_all_weights_at_one_is_uniform_and_zero_leaves_a_constraint_out(tagger, images, true):
    goal = make_goal("untargeted", true[:1], 2)
    labels = [LABELS[j] for j in true[0].nonzero().flatten().tolist()]
    common = {"tau": 1.0, "steps": 12}

    def end(**settings):
        return run(load_attack("masw", **settings, **common), tagger, images[:1], goal, stop="never", returns="last")

    ones = end(weighting="manual", manual_weights={f"rank:{labels[0]}": 1.0})
    assert torch.equal(ones.perturbation, end(weighting="uniform").perturbation)
    flips_out = end(weighting="manual", manual_weights={f"flip:{label}": 0.0 for label in labels})
    torch.testing.assert_close(flips_out.perturbation, end(weighting="uniform", lambda2=0.0).perturbation)


def test_headers_tell_the_weights_and_give_the_attack_back(tagger, images, true):
    goal = make_goal("untargeted", true[:1], 2)
    name = f"rank:{LABELS[int(true[0].nonzero()[0, 0])]}"
    attack = load_attack("masw", weighting="manual", manual_weights=f"{name}=0.5", tau=1.0, steps=3)
    header = run(attack, tagger, images[:1], goal, trace=True).traces[0].header
    again = json.loads(json.dumps(header))
    assert again["config"]["manual_weights"] == {name: 0.5}
    prepared = attack.prepared(tagger, goal)
    assert attack_of(again).prepared(tagger, goal) == prepared
    assert hash(prepared) == hash(attack_of(again).prepared(tagger, goal))
    assert load_attack("masw").config()["manual_weights"] is None


def test_hinges_take_weights_by_name_and_refuse_those_they_do_not_have(tagger, images, true):
    goal = make_goal("worst", true[:1], 2, tagger(images[:1]).detach())
    target = LABELS[int(goal.target[0].nonzero()[0, 0])]
    flip = f"flip:{LABELS[int(true[0].nonzero()[0, 0])]}"

    def path(**settings):
        attack = load_attack("tkml", tau=1.0, steps=6, **settings)
        return torch.stack([step.perturbation for step in iterate(attack, tagger, images[:1], goal)])

    weighted = path(weighting="manual", manual_weights={f"rank:{target}": 0.1})
    assert (weighted - path()).abs().max() > 1e-4
    assert torch.equal(path(weighting="manual", manual_weights={f"rank:{target}": 1.0}), path())
    with pytest.raises(ValueError, match="tkml has no hinge for flip"):
        path(weighting="manual", manual_weights={flip: 0.1})


def test_factors_of_one_change_nothing_of_a_paced_run_and_others_scale_its_weights(tagger, images, true):
    goal = make_goal("untargeted", true[:1], 2)
    name = f"flip:{LABELS[int(true[0].nonzero()[0, 0])]}"

    def steps(**settings):
        return list(iterate(load_attack("masw", tau=1.0, steps=8, **settings), tagger, images[:1], goal, stop="never"))

    plain, ones = steps(), steps(manual_weights={name: 1.0})
    assert all(torch.equal(a.perturbation, b.perturbation) for a, b in zip(plain, ones, strict=True))
    column = list(zip(constraints_of(goal).family, constraints_of(goal).label, strict=True)).index(
        ("flip", LABELS.index(name.partition(":")[2]))
    )
    halved = steps(manual_weights={name: 0.5})
    assert halved[0].weights[0, column] == plain[0].weights[0, column] / 2
    others = [j for j in range(plain[0].weights.shape[1]) if j != column]
    assert torch.equal(halved[0].weights[:, others], plain[0].weights[:, others])
    assert not torch.equal(halved[-1].perturbation, plain[-1].perturbation)
