"""Taggers made of segmentation networks, with random weights: no test here touches the network."""

from urllib.error import URLError

from masw_core import load_model
from masw_core.models import VOC_LABELS, ModelError, list_models, segmentation
from masw_core.models.folding import prepare
from masw_core.models.torchvision_import import import_torchvision

import pytest
import torch

SMALL = "torchvision:lraspp_mobilenet_v3_large"


def test_the_registry_and_the_module_name_the_same_networks() -> None:
    listed = [info for info in list_models() if info.name.startswith("torchvision:")]
    assert [info.name.partition(":")[2] for info in listed] == list(segmentation.NETWORKS)
    assert {info.input_size for info in listed} == {segmentation.INPUT_SIZE}


@pytest.mark.parametrize("network", ["lraspp_mobilenet_v3_large", "deeplabv3_mobilenet_v3_large"])
def test_it_gives_twenty_logits_and_gradients_and_folds(network: str) -> None:
    torch.manual_seed(0)
    model = segmentation.segmentation_model(f"torchvision:{network}", pretrained=False).eval()
    x = (torch.rand(1, 3, *model.input_size) * 2 - 1).requires_grad_()
    before = model(x).detach()
    prepare(model, torch.device("cpu"))
    assert not any(isinstance(part, torch.nn.BatchNorm2d) for part in model.modules())
    after = model(x)
    torch.testing.assert_close(after.detach(), before, rtol=1e-3, atol=1e-4)
    (gradient,) = torch.autograd.grad(after.sum(), x)
    assert after.shape == (1, 20)
    assert model.labels == VOC_LABELS
    assert gradient.isfinite().all()


def test_logits_stand_in_the_order_of_our_labels() -> None:
    import_torchvision()
    from torchvision.models.segmentation import LRASPP_MobileNet_V3_Large_Weights as Weights

    categories = Weights.COCO_WITH_VOC_LABELS_V1.meta["categories"]
    model = segmentation.segmentation_model(SMALL, pretrained=False)
    assert [categories[index] for index in model.module.classes] == list(VOC_LABELS)


def test_log_odds_are_those_of_the_softmax_and_stay_finite() -> None:
    scores = torch.randn(2, 21, 5, dtype=torch.float64) * 3
    torch.testing.assert_close(segmentation.log_odds(scores), scores.softmax(dim=1).logit())
    far = torch.zeros(1, 21, 1)
    far[0, 3] = 1e4
    far.requires_grad_()
    odds = segmentation.log_odds(far)
    (gradient,) = torch.autograd.grad(odds.sum(), far)
    assert odds.isfinite().all()
    assert gradient.isfinite().all()


def test_fetched_weights_are_loaded_strictly_and_the_training_head_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import_torchvision()
    from torchvision.models.segmentation import deeplabv3_mobilenet_v3_large

    torch.manual_seed(3)
    stored = deeplabv3_mobilenet_v3_large(
        weights=None, weights_backbone=None, num_classes=21, aux_loss=True
    ).state_dict()
    monkeypatch.setattr(segmentation, "_fetch", lambda weights: stored)
    model = segmentation.segmentation_model("torchvision:deeplabv3_mobilenet_v3_large")
    kept = model.module.state_dict()
    assert all(torch.equal(kept[key], stored[key]) for key in kept)
    assert {key.partition(".")[0] for key in stored} - {key.partition(".")[0] for key in kept} == {"aux_classifier"}


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (URLError("Name or service not known"), "could not be fetched .* connect to the internet once"),
        (ConnectionResetError("reset by peer"), "could not be fetched or kept"),
        (PermissionError(13, "Permission denied"), "could not be fetched or kept"),
        (RuntimeError("invalid hash value"), "are damaged; try again"),
    ],
)
def test_weights_that_cannot_be_had_are_one_sentence(
    failure: Exception, sentence: str, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise failure

    monkeypatch.setattr(torch.hub, "download_url_to_file", refuse)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(ModelError, match=sentence):
        load_model(SMALL)


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(ModelError, match="no segmentation network"):
        segmentation.segmentation_model("torchvision:unet")
