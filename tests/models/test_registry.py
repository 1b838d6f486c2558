"""Names become models; what cannot be had is refused with one sentence."""

import subprocess
import sys

from masw_core.models import VOC_LABELS, ModelError, list_models, load_model, scenes
from masw_core.models.coco import COCO_LABELS

import pytest
import torch


def test_listing_models_loads_neither_torch_nor_weights() -> None:
    code = (
        "import sys, masw_core; names = [m.name for m in masw_core.list_models()]; "
        "assert not {'torch', 'torchvision', 'timm'} & set(sys.modules), 'heavy import'; print(*names)"
    )
    names = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert names[:5] == ["scenes", "scenes-robust", "photo", "photo-fast", "photo-voc"]
    assert all(name.startswith("torchvision:") for name in names[5:])


def test_every_entry_is_complete() -> None:
    for info in list_models():
        assert info.labels == (COCO_LABELS if info.name in ("photo", "photo-fast") else VOC_LABELS)
        assert set(info.recommended_tau) == {"untargeted", "best", "random", "worst"}
        assert all(radius > 0 for radius in info.recommended_tau.values())
        assert info.title
        assert info.summary
        assert info.licence
        assert info.images in ("drawings", "photos")
        assert bool(info.downloads) == info.name.startswith("torchvision:")


@pytest.mark.parametrize("name", ["resnet", "", "torchvision:", "torchvision:resnet50", "Photo", "photo-large"])
def test_an_unknown_name_is_answered_with_the_known_ones(name: str) -> None:
    with pytest.raises(ModelError, match="choose one of scenes, scenes-robust, photo"):
        load_model(name)


@pytest.mark.parametrize("device", ["gpu", "tpu:0", "meta", "", "cuda:99"])
def test_an_impossible_device_is_refused(device: str) -> None:
    with pytest.raises(ModelError, match="choose cpu"):
        load_model("scenes", device=device)


def test_missing_scene_weights_say_how_to_get_them_back(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenes, "WEIGHTS_FOLDER", tmp_path)
    with pytest.raises(ModelError, match="is missing: get it back with"):
        load_model("scenes-robust")


@pytest.mark.parametrize("name", ["scenes", "photo", "photo-fast", "photo-voc"])
def test_embedded_models_agree_with_their_entry(name: str) -> None:
    if name == "scenes" and not (scenes.WEIGHTS_FOLDER / "scenes.safetensors").exists():
        pytest.skip("the scene weights are not built yet")
    info = next(info for info in list_models() if info.name == name)
    model = load_model(name, device="auto" if torch.cuda.is_available() else "cpu")
    assert (model.name, model.labels, model.input_size) == (info.name, info.labels, info.input_size)
    assert model.recommended_tau == info.recommended_tau
    assert model.card
    assert not model.training


@pytest.mark.parametrize("name", ["torchvision:deeplabv3_resnet50", "torchvision:fcn_resnet50"])
@pytest.mark.parametrize("missing", ["torchvision", "timm"])
def test_a_network_whose_library_is_not_installed_names_the_extra(name, missing, monkeypatch) -> None:
    from masw_core.models import torchvision_import

    torchvision_import.import_torchvision.cache_clear()
    monkeypatch.setattr(torchvision_import, "find_spec", lambda package: None if package == missing else object())
    with pytest.raises(ModelError, match=r"run pip install 'masw-explorer\[models\]'"):
        load_model(name)
