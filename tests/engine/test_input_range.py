"""Images in [0, 1]: the same network wrapped for either range is attacked in the same way, up to the affine map."""

import warnings

from masw_core import MultiLabelModel, iterate, list_attacks, load_attack, make_goal, run
from masw_core.data.images import round_8bit, to_pil, to_png, to_tensor
from masw_core.one_picture.report import attack_image
from masw_core.task.geometry import l2_norm
from masw_core.task.metrics import pert_eq27, pert_table
from masw_core.universal import Universal, evaluate_universal, run_universal

import pytest
import torch
from PIL import Image
from small_tagger import SmallTagger

TAU = {"untargeted": 1.5, "best": 1.5, "random": 1.5, "worst": 1.5}
ATTACKS = [info for info in list_attacks() if info.name not in ("gama", "lpd")]  # these need a trained generator


@pytest.fixture
def signed() -> MultiLabelModel:
    return MultiLabelModel(SmallTagger(), SmallTagger.labels, (6, 6), recommended_tau=TAU)


@pytest.fixture
def unit() -> MultiLabelModel:
    """A second wrapper of the same network, not made by ``with_range``."""
    return MultiLabelModel(SmallTagger(), SmallTagger.labels, (6, 6), recommended_tau=TAU, input_range=(0, 1))


@pytest.fixture
def pictures() -> torch.Tensor:
    """Images in [0, 1] on a grid of 1/256, for which 2x - 1 is exact."""
    generator = torch.Generator().manual_seed(3)
    return torch.randint(0, 257, (8, 3, 6, 6), generator=generator).double() / 256


def goal_for(info, scores):
    true = torch.zeros_like(scores, dtype=torch.bool).scatter_(1, scores.argmax(1, keepdim=True), True)
    return make_goal("untargeted" if info.supports("untargeted") else "best", true, 2, scores.detach())


@pytest.mark.parametrize("stop", ["rounded", "never"])
@pytest.mark.parametrize("info", ATTACKS, ids=lambda info: info.name)
def test_both_wrappers_are_attacked_alike(info, stop, signed, unit, pictures):
    goal = goal_for(info, unit(pictures))
    attack = load_attack(info.name, steps=8)
    results = []
    for model, x in ((signed, 2 * pictures - 1), (unit, pictures)):
        torch.manual_seed(0)
        results.append(run(attack, model, x, goal, stop=stop, trace=True))
    one, other = results
    assert one.attack.config() == other.attack.config()
    assert bool(one.perturbation.any())
    torch.testing.assert_close(other.perturbation, one.perturbation / 2, rtol=0, atol=1e-14)
    torch.testing.assert_close(other.adversarial, (one.adversarial + 1) / 2, rtol=0, atol=1e-14)
    assert float(other.adversarial.min()) >= 0
    assert float(other.adversarial.max()) <= 1
    torch.testing.assert_close(other.scores, one.scores, rtol=0, atol=1e-12)
    for name in ("success", "iterations", "clean_scores", "forwards_per_sample", "backwards_per_sample"):
        assert torch.equal(getattr(one, name), getattr(other, name)), name
    for left, right in zip(one.traces, other.traces, strict=True):  # traces are of [-1, 1] images either way
        assert (left.image == right.image).all()
        assert (left.exact == right.exact).all()
        assert (left.scores == right.scores).all()


def test_the_returned_images_are_what_was_evaluated(unit, pictures):
    result = run(load_attack("masw", steps=10), unit, pictures, goal_for(ATTACKS[0], unit(pictures)))
    assert torch.equal(result.scores, unit(result.adversarial))
    assert torch.equal(result.perturbation, result.adversarial - pictures)


def test_tau_counts_signed_images_so_that_the_radius_halves(unit, pictures):
    goal = goal_for(ATTACKS[0], unit(pictures))
    result = run(load_attack("pgd", steps=60, tau=0.5), unit, pictures, goal, stop="never", returns="last")
    assert 0.24 < float(l2_norm(result.perturbation).max()) <= 0.25 + 1e-9


def test_steps_and_callbacks_are_in_the_range_of_the_model(signed, unit, pictures):
    goal, attack = goal_for(ATTACKS[0], unit(pictures)), load_attack("masw", steps=6)
    ours = list(iterate(attack, unit, pictures, goal))
    theirs = list(iterate(attack, signed, 2 * pictures - 1, goal))
    told = []
    run(attack, unit, pictures, goal, stop="never", on_step=told.append)
    for one, other, same in zip(theirs, ours, told, strict=True):
        assert torch.equal(other.perturbation, one.perturbation / 2)
        assert torch.equal(other.perturbation, same.perturbation)
        torch.testing.assert_close(other.gradient_norm, one.gradient_norm, rtol=0, atol=0, equal_nan=True)
        torch.testing.assert_close(other.scores, unit(pictures + other.perturbation).detach())


def test_measures_are_those_of_signed_images(pictures):
    moved = (pictures + 0.05).clamp(0, 1)
    x, adversarial = 2 * pictures - 1, 2 * moved - 1
    torch.testing.assert_close(pert_eq27(moved - pictures, (0, 1)), pert_eq27(adversarial - x))
    torch.testing.assert_close(pert_table(pictures, moved, (0, 1)), pert_table(x, adversarial))


def test_pictures_and_8_bit_levels_survive_either_range():
    levels = torch.arange(3 * 16 * 16).remainder(256).reshape(16, 16, 3).byte().numpy()
    picture = Image.fromarray(levels)
    x = to_tensor(picture, (16, 16), (0, 1))
    assert (float(x.min()), float(x.max())) == (0.0, 1.0)
    assert to_pil(x, (0, 1)).tobytes() == picture.tobytes()
    assert to_png(x, (0, 1)) == to_png(to_tensor(picture, (16, 16)))
    assert torch.equal(round_8bit(x, (0, 1)), x)
    assert torch.equal(round_8bit(x + 0.4 / 255, (0, 1)).mul(255).round(), x.mul(255).round().clamp(0, 255))
    with pytest.raises(ValueError, match="input_range"):
        to_pil(x, (0, 255))


def test_a_report_is_of_signed_images_either_way(signed, unit):
    picture = Image.fromarray(torch.arange(108).mul(2).reshape(6, 6, 3).byte().numpy())
    for model in (signed, unit):
        model.float()
    attack = load_attack("masw", steps=8)
    one, other = (attack_image(attack, model, picture, "untargeted", 2) for model in (signed, unit))
    assert torch.equal(one.result.perturbation, other.result.perturbation)
    assert {k: v for k, v in one.facts.items() if k != "seconds"} == {
        k: v for k, v in other.facts.items() if k != "seconds"
    }


def test_with_range_shares_the_network(unit, pictures):
    other = unit.with_range((-1, 1))
    assert (other.input_range, unit.input_range) == ((-1, 1), (0, 1))
    assert next(other.parameters()) is next(unit.parameters())
    assert torch.equal(other(2 * pictures - 1), unit(pictures))


@pytest.mark.parametrize("wrong", [(0, 255), (1, 0), (0,), "unit", None])
def test_other_ranges_are_refused(wrong):
    with pytest.raises(ValueError, match=r"input_range = .* choose \(-1, 1\)"):
        MultiLabelModel(SmallTagger(), SmallTagger.labels, (6, 6), input_range=wrong)


def test_images_outside_the_range_are_refused(unit, pictures):
    goal = goal_for(ATTACKS[0], unit(pictures))
    with pytest.raises(ValueError, match=r"scale images to \[0, 1\], the range of this model"):
        run(load_attack("masw", steps=1), unit, 2 * pictures - 1, goal)


def warnings_of(call) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [str(one.message) for one in caught if one.category is UserWarning]


def test_a_batch_in_the_other_range_is_warned_about_once(signed, unit, pictures):
    goal, attack = goal_for(ATTACKS[0], unit(pictures)), load_attack("masw", steps=2)
    for call in (lambda: run(attack, signed, pictures, goal), lambda: list(iterate(attack, signed, pictures, goal))):
        (sentence,) = warnings_of(call)
        assert "All images lie in [0, 1] but this model takes [-1, 1]" in sentence
    assert not warnings_of(lambda: run(attack, unit, pictures, goal))
    one_dark_pixel = pictures.clone()
    one_dark_pixel[-1, 0, 0, 0] = -0.1
    assert not warnings_of(lambda: run(attack, signed, one_dark_pixel, goal))


def test_a_bright_picture_of_8_bits_is_no_picture_in_the_other_range(signed, unit, pictures):
    goal, attack = goal_for(ATTACKS[0], unit(pictures)), load_attack("masw", steps=2)
    levels = 128 + (127 * pictures).round()
    assert not warnings_of(lambda: run(attack, signed, 2 * levels / 255 - 1, goal))
    assert len(warnings_of(lambda: run(attack, signed, levels / 255, goal))) == 1


def test_universal_attacks_ask_for_signed_images(unit, pictures):
    true = goal_for(ATTACKS[0], unit(pictures)).true
    for call in (
        lambda: run_universal(Universal(load_attack("masw", steps=2)), unit, pictures, true, 2),
        lambda: evaluate_universal(unit, pictures[0] * 0, pictures, true, 2),
    ):
        with pytest.raises(ValueError, match="with_range"):
            call()


def test_a_goal_of_other_labels_than_the_models_is_refused(signed, pictures):
    goal = make_goal("untargeted", torch.eye(8, 5), 2)
    with pytest.raises(ValueError, match="goal has 5 labels but the model has 8"):
        run(load_attack("masw", steps=1), signed, 2 * pictures - 1, goal)
