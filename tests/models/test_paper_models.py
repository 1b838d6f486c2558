"""The paper's networks: built for any labels, filled from published files, loaded by name, folded without loss."""

import copy
import json
from collections import OrderedDict
from dataclasses import replace

from masw_core.models import (
    VOC_LABELS,
    ModelError,
    build_architecture,
    list_models,
    list_paper_models,
    load_checkpoint,
    load_model,
)
from masw_core.models.architectures import RECIPES
from masw_core.models.folding import prepare
from masw_core.models.multi_label import Normalise
from masw_core.models.paper_models import ARCHITECTURES, PAPER_MODELS
from masw_core.models.torchvision_import import import_torchvision

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

SMALLEST = {"inception_v3": 75, "resnet50": 32, "tresnet_m": 32, "tresnet_l": 32}
LABELS = ("cat", "dog", "tree")


def lively(model: nn.Module) -> nn.Module:
    """Statistics worth folding, outputs of moderate size."""
    for part in model.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_(std=0.1)
            part.running_var.uniform_(0.5, 1.5)
            nn.init.uniform_(part.weight, 0.5, 1.0)
    return model.eval()


@pytest.mark.parametrize("name", RECIPES)
def test_networks_give_one_logit_per_label_and_fold_completely(name: str) -> None:
    torch.manual_seed(0)
    side = SMALLEST[name]
    model = lively(build_architecture(name, LABELS, (side, side + 8)))
    assert model.labels == LABELS
    assert model.input_size == (side, side + 8)
    x = (torch.rand(2, 3, side, side + 8) * 2 - 1).requires_grad_()
    plain = model(x).detach()
    quick = prepare(copy.deepcopy(model), torch.device("cpu"))
    assert not any(isinstance(part, nn.BatchNorm2d) for part in quick.modules())
    folded = quick(x)
    assert folded.shape == (2, 3)
    assert (folded - plain).abs().max() <= 1e-4 * plain.abs().max().clamp_min(1)
    (gradient,) = torch.autograd.grad(folded.sum(), x)
    assert gradient.abs().max() > 0
    with pytest.raises(ValueError, match="takes images of shape"):
        model(x[..., :-1])


def test_normalisation_is_what_the_imagenet_weights_were_trained_with() -> None:
    white = torch.ones(1, 3, 1, 1)
    seen = {name: Normalise(recipe.mean, recipe.std)(white).flatten() for name, recipe in RECIPES.items()}
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    torch.testing.assert_close(seen["inception_v3"], torch.ones(3))
    torch.testing.assert_close(seen["tresnet_m"], torch.ones(3))
    torch.testing.assert_close(seen["resnet50"], (1 - mean) / std)


@pytest.mark.parametrize("name", ["inception_v3", "resnet50"])
def test_imagenet_weights_go_below_a_new_last_layer(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same weights as torchvision's, and for Inception-v3 its own range of inputs."""
    import_torchvision()
    from torchvision.models import get_model
    from torchvision.models._api import WeightsEnum

    torch.manual_seed(2)
    source = lively(get_model(name, weights=None, **({"init_weights": False} if "inception" in name else {})))
    monkeypatch.setattr(WeightsEnum, "get_state_dict", lambda self, *args, **options: source.state_dict())
    model = build_architecture(name, LABELS, 80, pretrained=True).eval()
    filled = model.module.state_dict()
    assert all(
        torch.equal(filled[key], value)
        for key, value in source.state_dict().items()
        if key in filled and "fc" not in key
    )
    assert not any("AuxLogits" in key for key in filled)
    if name == "inception_v3":
        x = torch.rand(1, 3, 80, 80) * 2 - 1
        model.module.fc = source.fc
        torch.testing.assert_close(model.module(model.normalise(x)), source(x))


def test_weights_that_cannot_be_fetched_are_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise ConnectionResetError("reset by peer")

    monkeypatch.setattr(torch.hub, "download_url_to_file", refuse)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(ModelError, match="weights of resnet50 could not be fetched; connect to the internet once"):
        build_architecture("resnet50", LABELS, pretrained=True)


@pytest.mark.parametrize(
    ("name", "size", "sentence"),
    [
        ("vgg", 224, "there is no architecture 'vgg'; choose one of inception_v3"),
        ("inception_v3", 74, "at least 75"),
        ("resnet50", (224, 16), "224 x 16 pixels: each side must be at least 32"),
        ("tresnet_m", 450, "at least 32 and a multiple of 4"),
    ],
)
def test_impossible_networks_are_refused(name: str, size: int, sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        build_architecture(name, LABELS, size)


@pytest.fixture(scope="module")
def resnet() -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    return lively(build_architecture("resnet50", LABELS, 32)).module.state_dict()


def test_published_wrappings_prefixes_and_heads_are_evened_out(resnet, tmp_path) -> None:
    renamed = {f"module.backbone.{key}".replace("backbone.fc", "classifier"): value for key, value in resnet.items()}
    forms = {
        "plain.pth": resnet,
        "wrapped.pth.tar": {"epoch": 3, "arch": "resnet50", "state_dict": renamed, "best": 0.5},
        "model.pt": {"model": {f"module.{key}": value.half() for key, value in resnet.items()}},
    }
    x = torch.rand(1, 3, 32, 32)
    wanted = None
    for name, stored in forms.items():
        torch.save(stored, tmp_path / name)
        logits = load_checkpoint(tmp_path / name, "resnet50", LABELS, 32)(x)
        wanted = logits if wanted is None else wanted
        torch.testing.assert_close(logits, wanted, rtol=0.1 if name == "model.pt" else 1e-6, atol=1e-2)


def test_tresnet_checkpoints_of_the_original_code_become_batch_norms(tmp_path) -> None:
    """There, convolution and in-place norm are numbered in a row, and the norm uses the weight's magnitude."""
    torch.manual_seed(4)
    state = lively(build_architecture("tresnet_m", LABELS, 32)).module.state_dict()
    old = {}
    for key, value in state.items():
        stem, _, rest = key.rpartition("bn.") if ".bn." in key else key.rpartition("conv.weight")
        if ".bn." in key:
            inner = "0.1." if stem.endswith(("conv1.", "conv2.")) and "layer4" not in stem else "1."
            key = f"{stem}{inner}{rest}"
            value = -value if rest == "weight" else value
        elif key.endswith(".conv.weight"):
            key = key.removesuffix("conv.weight") + "0.weight"
        old[key] = value
    assert set(old) != set(state)
    torch.save({"model": old}, tmp_path / "old.pth")
    model = load_checkpoint(tmp_path / "old.pth", "tresnet_m", LABELS, 32)
    for key, value in model.module.state_dict().items():
        torch.testing.assert_close(value, state[key], rtol=0, atol=2e-5)


class Harmful:
    """What a malicious file would hold: unpickling it makes a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


class Small(nn.Sequential):
    """Stands where ResNet-50 does: files of a few bytes."""

    def __init__(self) -> None:
        super().__init__(OrderedDict(conv1=nn.Conv2d(3, 4, 3), bn1=nn.BatchNorm2d(4), fc=nn.Linear(4, 1000)))


def test_files_that_do_not_fit_are_one_sentence_with_numbers(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RECIPES, "resnet50", replace(RECIPES["resnet50"], build=lambda pretrained: Small()))
    resnet = build_architecture("resnet50", LABELS, 32).module.state_dict()
    file = tmp_path / "weights.pth"

    def refused(stored: object, sentence: str, labels=LABELS, name="resnet50") -> None:
        torch.save(stored, file)
        with pytest.raises(ModelError, match=sentence):
            load_checkpoint(file, name, labels, 32)

    refused(resnet, "has 3 outputs but there are 20 labels", VOC_LABELS)
    refused(
        {**resnet, "extra": torch.ones(1)}, "0 tensors are missing, 1 unknown and 0 of another shape, such as extra"
    )
    part = {key: value for key, value in resnet.items() if key not in ("conv1.weight", "bn1.bias")}
    refused(part, "2 tensors are missing, 0 unknown")
    refused({**resnet, "conv1.weight": torch.ones(1)}, "1 of another shape, such as conv1.weight")
    refused(resnet, "does not fit tresnet_m: ", name="tresnet_m")
    refused([1, 2], "holds no state dict")
    refused({"state_dict": {}}, "holds no state dict")
    refused(resnet, "needs its architecture named", name=None)
    refused(resnet, "does not say what its outputs mean", labels=None)
    refused(Harmful(str(tmp_path / "harm")), "is not opened because it could run code")
    assert not (tmp_path / "harm").exists()
    for name, contents in (
        ("a.pth", b"nonsense"),
        ("b.safetensors", b"nonsense"),
        ("c.pt", b""),
        ("d.safetensors", b""),
    ):
        (tmp_path / name).write_bytes(contents)
        with pytest.raises(ModelError, match=f"{name} (is damaged|holds more than tensors)"):
            load_checkpoint(tmp_path / name, "resnet50", LABELS, 32)
    with pytest.raises(ModelError, match="there is no file"):
        load_checkpoint(tmp_path / "none.pth", "resnet50", LABELS)


def test_models_are_loaded_by_name_from_the_models_folder(resnet, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASW_MODELS", str(tmp_path))
    with pytest.raises(ModelError, match="run python -m masw_core finetune resnet50 --dataset birds --root DIR"):
        load_model("resnet50:birds")
    card = {"architecture": "resnet50", "labels": list(LABELS), "input_size": [40, 32]}
    save_file(resnet, tmp_path / "resnet50-birds.safetensors", metadata={"card": json.dumps(card)})
    (tmp_path / "resnet50-birds.json").write_text(json.dumps(card))
    model = load_model("resnet50:birds")
    assert (model.name, model.labels, model.input_size) == ("resnet50:birds", LABELS, (40, 32))
    assert not model.training
    assert not any(isinstance(part, nn.BatchNorm2d) for part in model.modules())
    again = load_model("resnet50", weights=tmp_path / "resnet50-birds.safetensors")
    x = torch.rand(1, 3, 40, 32)
    torch.testing.assert_close(again(x), model(x))
    rows = {info.name: info for info in list_paper_models()}
    assert list(rows)[:-1] == list(PAPER_MODELS)
    assert rows["resnet50:birds"].ready
    assert rows["resnet50:birds"].labels == LABELS
    assert rows["resnet50:birds"].input_size == (40, 32)
    assert not rows["inception_v3:voc2012"].ready
    assert "finetune inception_v3 --dataset voc2012" in rows["inception_v3:voc2012"].summary


def test_names_without_a_task_and_weights_for_others_are_refused() -> None:
    with pytest.raises(ModelError, match="write resnet50:voc2012"):
        load_model("resnet50")
    with pytest.raises(ModelError, match="brings its own weights"):
        load_model("scenes", weights="x.safetensors")


def test_the_tables_agree_and_the_explorer_is_not_offered_what_has_no_weights() -> None:
    assert list(ARCHITECTURES) == list(RECIPES)
    assert not {info.name for info in list_models()} & {info.name for info in list_paper_models()}
