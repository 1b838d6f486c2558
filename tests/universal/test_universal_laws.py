"""Universal attacks: Algorithm 2 to the last bit, ball and box, skipping, endings, the best z, every attack inside."""

from __future__ import annotations

from dataclasses import replace

from masw_core import Goal, list_attacks, load_attack, run
from masw_core.models.attacked import CountedModel
from masw_core.task.geometry import project_ball
from masw_core.universal import (
    Universal,
    evaluate_universal,
    iterate_universal,
    load_universal,
    random_noise,
    run_universal,
)
from masw_core.universal.driver import order_of
from masw_core.universal.step import passes_without_gain

import pytest
import torch
from generators import attack_for

K, TAU = 2, 1.5
UNTARGETED = [info.name for info in list_attacks() if info.supports("untargeted")]


def universal_of(name="masw", steps=8, **outer):
    return load_universal(name, inner={"steps": steps}, **{"tau": TAU, "passes": 3, "batch": 5, **outer})


def test_one_sample_at_a_time_is_algorithm_2(tagger, images, true):
    """Written out by hand: a loop over the samples, P_tau after each, fooled samples passed over."""
    universal = universal_of(batch=1, passes=2, patience=9)
    attack = replace(universal.attack, tau=float("inf"), step_size=10 / 8)  # 8 steps of it go as far as 10
    z = torch.zeros_like(images[0])
    for number in (1, 2):
        for i in order_of(0, number, len(images)).tolist():
            x_i = (images[i : i + 1] + z).clamp(-1, 1)
            goal = Goal.untargeted(true[i : i + 1], K)
            if goal.success(tagger(x_i).detach())[0]:
                continue
            z_i = run(attack, tagger, x_i, goal, stop="success", returns="last").perturbation
            z = project_ball(z + z_i, TAU)[0]
    *_, last = iterate_universal(universal, tagger, images, true, K)
    assert torch.equal(last.perturbation, z)
    assert bool(z.any())


@pytest.mark.parametrize("name", UNTARGETED)
def test_every_untargeted_attack_can_be_inside(name, tagger, images, true):
    seen = []

    class Watching(torch.nn.Module):
        def forward(self, x):
            seen.append((float(x.detach().min()), float(x.detach().max())))
            return tagger(x)

    universal = Universal(attack_for(name, steps=4), tau=TAU, passes=1, batch=5)
    steps = list(iterate_universal(universal, Watching(), images, true, K))
    assert [step.seen for step in steps] == [0, 5, 10, 15, 20, 24]
    assert all(step.norm <= TAU * (1 + 1e-9) for step in steps)
    assert min(low for low, _ in seen) >= -1
    assert max(high for _, high in seen) <= 1
    assert steps[-1].norm > 0
    assert len(steps[-1].history) == 2


def test_targeted_attacks_are_refused_in_one_sentence():
    with pytest.raises(ValueError, match="rank1 has no untargeted case: choose"):
        load_universal("rank1")


@pytest.mark.parametrize(
    ("outer", "word"),
    [
        ({"tau": 0.0}, "tau"),
        ({"passes": 0}, "passes"),
        ({"patience": -1}, "patience"),
        ({"batch": 0}, "batch"),
        ({"target_rate": 1.5}, "target_rate"),
        ({"target_rate": 0.0}, "target_rate"),
    ],
)
def test_settings_out_of_range_are_named(outer, word):
    with pytest.raises(ValueError, match=f"{word} = "):
        Universal(load_attack("masw"), **outer)


def test_samples_that_are_fooled_already_cost_no_backward(tagger, images, true):
    z = run_universal(universal_of(tau=6.0, passes=8), tagger, images, true, K).perturbation
    with torch.no_grad():
        fooled = Goal.untargeted(true, K).success(tagger((images + z).clamp(-1, 1)))
    moved = (images + z).clamp(-1, 1)[fooled]
    assert len(moved) >= 5
    steps = list(iterate_universal(universal_of(passes=1), tagger, moved, true[fooled], K))
    assert steps[-1].skipped == len(moved)
    assert steps[-1].backwards == 0
    assert not bool(steps[-1].perturbation.any())


def test_counters_say_what_the_model_did(tagger, images, true):
    counted = CountedModel(tagger)

    class Seen(torch.nn.Module):
        def forward(self, x):
            return counted(x)

    result = run_universal(universal_of(), Seen(), images, true, K)
    assert (result.forwards, result.backwards) == (counted.forwards, counted.backwards)
    assert result.backwards > 0


def test_the_best_pass_is_returned(tagger, images, true):
    universal = universal_of(tau=2.5, passes=6, patience=9)
    steps = list(iterate_universal(universal, tagger, images, true, K))
    ends = {step.number: step for step in steps if step.pass_ended}
    result = run_universal(universal, tagger, images, true, K)
    keys = {row.number: row.key for row in result.history[1:]}
    assert keys[result.best_pass] == max(keys.values())
    assert torch.equal(result.perturbation, ends[result.best_pass].perturbation)
    again = evaluate_universal(tagger, result.perturbation, images, true, K)
    assert (again.asr, again.sasr, again.lfr) == keys[result.best_pass]


def test_it_ends_by_passes_patience_or_rate(tagger, images, true):
    short = run_universal(universal_of(passes=2, patience=9), tagger, images, true, K)
    assert (short.ended, len(short.history)) == ("passes", 3)
    tiny = run_universal(universal_of(tau=1e-9, passes=20, patience=2), tagger, images, true, K)
    assert (tiny.ended, len(tiny.history)) == ("patience", 4), "no gain since the clean samples: E + 1 passes"
    first = short.history[1].asr
    assert first > 0
    rate = run_universal(universal_of(passes=20, target_rate=first), tagger, images, true, K)
    assert (rate.ended, len(rate.history)) == ("rate", 2)


def test_a_plateau_is_no_gain():
    assert passes_without_gain([0.1, 0.5, 0.5, 0.4]) == 2
    assert passes_without_gain([0.1, 0.2, 0.3]) == 0


def test_the_seed_decides_everything(tagger, images, true):
    first, again, other = (
        run_universal(universal_of(seed=seed), tagger, images, true, K).perturbation for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_it_beats_random_noise_of_its_norm_on_samples_it_has_not_seen(tagger, images, true):
    z = run_universal(universal_of(tau=3.0, passes=4), tagger, images[:16], true[:16], K).perturbation
    noise = random_noise(z)
    assert noise.norm().item() == pytest.approx(z.norm().item())
    found, random = (evaluate_universal(tagger, one, images[16:], true[16:], K) for one in (z, noise))
    assert found.asr > random.asr
    assert found.sasr > random.sasr + 0.2


def test_the_default_step_follows_the_models_tau(tagger, images, true):
    tagger.recommended_tau = {"untargeted": 2.0}
    goal = Goal.untargeted(true, K)
    prepared = load_universal("masw").prepared(tagger, goal, 3 * 128 * 128)
    assert (prepared.attack.tau, prepared.attack.step_size) == (float("inf"), 0.2)
    assert prepared.tau == pytest.approx(100 * (3 * 128 * 128 / 270_000) ** 0.5), "the paper's, at this size"
    tagger.name = "scenes"
    assert load_universal("masw").prepared(tagger, goal, 100).tau == 20.0
    sign = load_universal("fgsm").prepared(tagger, goal, 100).attack
    assert sign.step_size * 100**0.5 == pytest.approx(2.0), "one sign step as long as an image needs"


def test_samples_that_do_not_fit_are_refused(tagger, images, true):
    universal = universal_of()
    with pytest.raises(ValueError, match="one row per sample"):
        next(iterate_universal(universal, tagger, images[:3], true, K))
    with pytest.raises(ValueError, match="leave the box"):
        next(iterate_universal(universal, tagger, images * 3, true, K))
    with pytest.raises(ValueError, match="k = 9"):
        next(iterate_universal(universal, tagger, images, true, 9))
