"""The wrapper every model comes in: its space, its facts, and the sentences it refuses with."""

from masw_core.models import MultiLabelModel
from masw_core.models.recommended_tau import recommended_tau

import pytest
import torch
from torch import nn

LABELS = ["cat", "dog", "bird"]


def flat(outputs: int = 3) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 4 * 6, outputs))


def test_input_is_minus_one_to_one_and_mean_and_std_are_for_zero_to_one() -> None:
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    module = flat()
    x = torch.rand(2, 3, 4, 6) * 2 - 1
    as_torchvision = ((x + 1) / 2 - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)
    model = MultiLabelModel(module, LABELS, (4, 6), mean, std)
    torch.testing.assert_close(model(x), module(as_torchvision))


def test_the_default_hands_images_on_unchanged() -> None:
    module = flat()
    x = torch.rand(2, 3, 4, 6) * 2 - 1
    assert torch.equal(MultiLabelModel(module, LABELS, (4, 6))(x), module(x))


def test_it_knows_labels_size_tau_and_card() -> None:
    model = MultiLabelModel(flat(), LABELS, (4, 6), name="mine", card={"licence": "MIT"})
    assert (model.labels, model.input_size, model.card) == (tuple(LABELS), (4, 6), {"licence": "MIT"})
    assert model.recommended_tau == recommended_tau("custom")
    assert set(model.recommended_tau) == {"untargeted", "best", "random", "worst"}
    assert MultiLabelModel(flat(), LABELS, (4, 6), recommended_tau={"best": 7.0}).recommended_tau == {"best": 7.0}


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"labels": []}, "labels"),
        ({"labels": "cat"}, "labels"),
        ({"labels": ["cat", "cat", "dog"]}, "labels"),
        ({"input_size": (4,)}, "input_size"),
        ({"input_size": (4, 0)}, "input_size"),
        ({"std": (1.0, 1.0)}, "std"),
        ({"std": (1.0, 0.0, 1.0)}, "std"),
        ({"mean": (1.0,)}, "mean"),
    ],
)
def test_impossible_settings_are_refused_by_name(settings: dict, names: str) -> None:
    with pytest.raises(ValueError, match=names):
        MultiLabelModel(**{"module": flat(), "labels": LABELS, "input_size": (4, 6), **settings})


@pytest.mark.parametrize("shape", [(3, 4, 6), (1, 3, 6, 4), (1, 1, 4, 6), (1, 3, 4, 6, 1)])
def test_images_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"takes images of shape \(B, 3, 4, 6\)"):
        MultiLabelModel(flat(), LABELS, (4, 6))(torch.zeros(shape))


def test_a_module_that_does_not_fit_its_labels_is_refused() -> None:
    with pytest.raises(ValueError, match=r"has 3 labels.*returned \(2, 5\)"):
        MultiLabelModel(flat(5), LABELS, (4, 6))(torch.zeros(2, 3, 4, 6))


def test_a_module_that_returns_no_tensor_is_refused() -> None:
    class Dictionary(nn.Module):
        def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"out": x}

    with pytest.raises(ValueError, match="returned dict"):
        MultiLabelModel(Dictionary(), LABELS, (4, 6))(torch.zeros(1, 3, 4, 6))
