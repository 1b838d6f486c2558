"""Names of settings that users of other libraries try first."""

from masw_core import list_attacks, load_attack
from masw_core.attacks.names_elsewhere import ELSEWHERE

import pytest


@pytest.mark.parametrize("name", ["eps", "epsilon", "epsilons"])
def test_the_radius_is_called_tau(name):
    with pytest.raises(ValueError, match=rf"masw has no setting '{name}': it is called tau here, an L2 radius of \[-1"):
        load_attack("masw", **{name: 0.5})


@pytest.mark.parametrize(("theirs", "ours"), [("alpha", "step_size"), ("num_steps", "steps"), ("max_iter", "steps")])
def test_other_names_are_told_ours(theirs, ours):
    with pytest.raises(ValueError, match=f"pgd has no setting '{theirs}': it is called {ours} here"):
        load_attack("pgd", **{theirs: 3})


def test_a_setting_that_the_attack_lacks_under_any_name_lists_what_it_takes():
    with pytest.raises(ValueError, match="mlalp has no setting 'alpha': it takes steps, tau, aim"):
        load_attack("mlalp", alpha=0.1)


def test_no_attack_has_a_setting_of_a_name_from_elsewhere():
    taken = {setting.name for info in list_attacks() for setting in info.settings}
    assert not taken & {name for names in ELSEWHERE.values() for name in names}
