"""Whatever is computed lies where the model and its images lie, never on the device that torch takes by itself.

torch is told to take a device on which nothing can be computed, so that a tensor that was made without saying where is
an error as soon as it meets one of the run. So the run of a GPU is checked without a GPU.
"""

from __future__ import annotations

from masw_core import list_attacks, make_goal, run
from masw_core.universal import iterate_universal, load_universal
from masw_core.universal.presets import UNIVERSALS

import pytest
import torch
from generators import attack_for

NOWHERE = torch.device("meta")
CASES = [
    pytest.param(info.name, case, id=f"{info.name}-{case}")
    for info in list_attacks()
    for case in ("untargeted", "random")
    if info.supports(case)
]


def test_a_tensor_made_without_saying_where_is_noticed():
    with NOWHERE, pytest.raises(RuntimeError, match="device"):
        torch.where(torch.ones(2) > 0, torch.zeros(2, device="cpu"), 1.0)


@pytest.mark.parametrize("stop", ["rounded", "gradient"])
@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_run_stays_where_its_images_are(name, case, stop, tagger, images, true):
    scores, attack = tagger(images).detach(), attack_for(name, steps=3, tau=1.2)
    with NOWHERE:
        goal = make_goal(case, true, 2, scores, seed=3, attack_cost=case != "untargeted")
        result = run(attack, tagger, images, goal, stop=stop, trace=True)
        assert len(result.traces[0].measures()["lc"]) == len(result.traces[0])
    assert result.adversarial.device.type == result.scores.device.type == "cpu"


@pytest.mark.parametrize("name", UNIVERSALS)
def test_a_universal_run_stays_where_its_images_are(name, tagger, images, true):
    with NOWHERE:
        steps = list(iterate_universal(load_universal(name, passes=1, batch=8), tagger, images, true, 2))
    assert steps[-1].best.device.type == "cpu"
