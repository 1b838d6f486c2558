"""Judging: a batched forward says what single ones say, the clean picture counts, and models are paired by labels."""

from __future__ import annotations

from masw_core import Goal, load_attack, load_model, make_goal, run
from masw_core.data.images import round_8bit, to_pil, to_tensor
from masw_core.data.samples import list_samples
from masw_core.models import VOC_LABELS, MultiLabelModel, list_models
from masw_core.one_picture.report import attack_image
from masw_core.survival.behind import model_behind
from masw_core.survival.degradations import DEGRADATIONS, degradation
from masw_core.survival.judge import after_degradations, degraded, on_another, scores_after, survived
from masw_core.survival.transfer import others_of

import pytest
import torch
from PIL import Image

BY_NAME = {way.name: way for way in DEGRADATIONS}
SCENE = next(sample for sample in list_samples() if sample.model.startswith("scenes")).file


@pytest.fixture(scope="module")
def scenes():
    return load_model("scenes")


@pytest.fixture(scope="module")
def case(scenes):
    """A scene, an attack on it that reaches the goal, and the goal."""
    x = to_tensor(Image.open(SCENE).convert("RGB"), scenes.input_size)[None]
    goal = make_goal("best", scenes(x).detach() >= 0, 2, scenes(x).detach())
    result = run(load_attack("masw", steps=40, tau=8.0), scenes, x, goal)
    assert bool(result.success[0])
    return x, result.adversarial, goal


def test_one_forward_says_what_single_forwards_say(scenes, case):
    x, adversarial, goal = case
    rows = after_degradations(scenes, x, adversarial, goal)
    assert [row.name for row in rows] == list(BY_NAME)
    for row in rows:
        picture = degraded(adversarial, [BY_NAME[row.name]])[0]
        with torch.no_grad():
            top = set(scenes(picture)[0].topk(2).indices.tolist())
        true, wanted = (set(mask[0].nonzero().flatten().tolist()) for mask in (goal.true, goal.target))
        assert row.success == (top == wanted)
        assert {VOC_LABELS.index(name) for name in row.back} == true & top
        assert {VOC_LABELS.index(name) for name in row.lost} == wanted - top
    assert any(row.back for row in rows), "some degradation brings a true label back"
    assert any(row.survives for row in rows)


def test_batches_of_pictures_are_judged_like_each_alone(scenes, case):
    x, adversarial, _ = case
    both = torch.cat([x, adversarial])
    alone = torch.cat([scores_after(scenes, one[None]) for one in both.flip(0)], dim=1).flip(1)
    torch.testing.assert_close(scores_after(scenes, both), alone, atol=1e-4, rtol=1e-4)


def test_what_the_clean_picture_does_by_itself_is_no_merit():
    goal = Goal.untargeted(torch.tensor([[True, False, False]] * 2), 1)
    on, off = torch.tensor([3.0, 0, 1]), torch.tensor([0.0, 3, 1])
    adversarial = torch.stack([torch.stack([off, off]), torch.stack([on, off])])
    clean = torch.stack([torch.stack([on, off]), torch.stack([on, on])])
    assert survived(goal, adversarial, clean).tolist() == [[True, False], [False, True]]


def test_another_model_sees_the_file_at_its_own_size(case):
    x, adversarial, goal = case
    torch.manual_seed(0)
    layers = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 24 * 24, 20))
    small = MultiLabelModel(layers, VOC_LABELS, (24, 24), name="small").eval()
    row = on_another(small, x, adversarial, goal)
    with torch.no_grad():
        scores = small(to_tensor(to_pil(adversarial[0]), (24, 24))[None])
    assert row.success == bool(goal.success(scores)[0])
    assert row.name == "small"


def test_pictures_go_to_models_of_the_same_labels_and_kind():
    pairs = {info.name: others_of(info.name, info.labels) for info in list_models()}
    assert pairs["scenes"] == ["scenes-robust"]
    assert pairs["scenes-robust"] == ["scenes"]
    assert pairs["photo"] == ["photo-fast"]
    assert pairs["photo-voc"] == [], "twenty labels of photos: the scene models look at drawings"
    assert others_of("mine", VOC_LABELS) == []


def test_the_report_says_it_and_its_png_is_the_one_that_was_judged(scenes):
    report = attack_image(load_attack("masw", steps=6), scenes, Image.open(SCENE), "untargeted", 2, stop="never")
    said = report.facts["survives"]
    assert list(said) == [*BY_NAME, "scenes-robust"]
    with torch.no_grad():
        rounded = bool(report.goal.success(scenes(round_8bit(report.result.adversarial)))[0])
    assert said["png"]["success"] == report.facts["success_after_8bit"] == rounded


def test_behind_a_degradation_scores_are_those_of_the_degraded_picture(scenes, case):
    _, adversarial, _ = case
    seen = model_behind(scenes, degradation("jpeg75"))
    picture = adversarial.clone().requires_grad_()
    scores = seen(picture)
    torch.testing.assert_close(scores, scenes(degraded(adversarial, [BY_NAME["jpeg75"]])[0]), atol=1e-4, rtol=1e-4)
    (gradient,) = torch.autograd.grad(scores.sum(), picture)
    assert float(gradient.norm()) > 0


def test_an_attack_behind_jpeg_survives_jpeg(scenes):
    """A scene whose plain attack a JPEG file undoes."""
    attack, picture = load_attack("masw", steps=40, tau=6.0, step_size=0.4), Image.open(SCENE)
    plain, seen = (attack_image(attack, scenes, picture, "untargeted", 2, behind=way) for way in (None, "jpeg75"))
    assert not plain.facts["survives"]["jpeg75"]["success"]
    assert seen.facts["survives"]["jpeg75"]["survives"]
    assert seen.facts["behind"] == "jpeg75"
    with pytest.raises(ValueError, match="no degradation 'fax'"):
        attack_image(attack, scenes, picture, "untargeted", 2, behind="fax")
