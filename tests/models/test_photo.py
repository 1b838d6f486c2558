"""The photo tagger: the published network rebuilt exactly, the right colours, sensible labels in the right places."""

import json
from pathlib import Path

from masw_core.data import load_dataset
from masw_core.data.images import read_image, to_tensor
from masw_core.data.samples import sample
from masw_core.models import VOC_LABELS, ModelError, MultiLabelModel
from masw_core.models import photo as photo_module
from masw_core.models.coco import COCO_LABELS, COCO_NAME_OF_VOC, VOC_IN_COCO
from masw_core.models.folding import prepare
from masw_core.models.nanodet import STRIDES, NanoDet, Pan
from masw_core.models.photo import FOLDER, VIEWS, photo_model
from masw_core.training.quality import mean_average_precision

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

COCO_PHOTOS = Path(__file__).parents[3] / "shared" / "coco-mini"


@pytest.fixture(scope="module")
def model() -> MultiLabelModel:
    return prepare(photo_model(), torch.device("cpu"))


def photo(name: str, model: MultiLabelModel) -> Tensor:
    return to_tensor(read_image(sample(name).file), model.input_size)[None]


def stripes(side: int) -> Tensor:
    """A picture of 8-bit levels (1, 3, side, side), in RGB order, the channels all different."""
    t = torch.arange(side)
    return torch.stack([(t[:, None] * a + t[None] * b) % 256 for a, b in ((1, 2), (3, 1), (2, 5))]).float()[None]


def test_the_names_are_cocos_and_vocs_twenty_are_among_them() -> None:
    assert len(set(COCO_LABELS)) == 80
    assert (COCO_LABELS[0], COCO_LABELS[11], COCO_LABELS[79]) == ("person", "stop sign", "toothbrush")
    assert tuple(COCO_NAME_OF_VOC) == VOC_LABELS
    assert [COCO_LABELS[index] for index in VOC_IN_COCO] == list(COCO_NAME_OF_VOC.values())
    assert COCO_NAME_OF_VOC["tvmonitor"] == "tv"
    assert len(set(VOC_IN_COCO)) == 20


def test_the_file_holds_exactly_the_networks_parameters_in_half_precision() -> None:
    with safe_open(FOLDER / "photo.safetensors", framework="pt") as stored:
        weights = {key: stored.get_tensor(key) for key in stored.keys()}  # noqa: SIM118 (not a dict)
    network = NanoDet(80, sharpness=1, shift=0)
    parameters = dict(network.named_parameters())
    assert {key: value.shape for key, value in weights.items()} == {k: v.shape for k, v in parameters.items()}
    assert {value.dtype for value in weights.values()} == {torch.float16}
    card = json.loads((FOLDER / "photo.json").read_text())
    assert card["labels"] == list(COCO_LABELS)
    assert card["parameters"] == sum(value.numel() for value in weights.values())


def test_it_computes_what_the_published_graph_computes() -> None:
    """The numbers come from running the published graph node by node on the same picture, at its own 416 pixels:
    mean, deviation and largest value of each map, and two single values."""
    published = (
        (52, -6.2356, 0.9102, -1.4424, 140284, -4.6923, -4.8697),
        (26, -4.9009, 0.7768, -2.1757, 23153, -2.9771, -3.3238),
        (13, -4.1378, 0.7639, -0.1772, 71, -2.1991, -3.3155),
    )
    model = photo_model(side=416)
    with torch.no_grad():
        maps = model.module.label_maps(model.normalise(stripes(416) / 127.5 - 1))
    for scores, (side, mean, deviation, largest, place, person, toothbrush) in zip(maps, published, strict=True):
        assert scores.shape == (1, 80, side, side)
        found = torch.stack([scores.mean(), scores.std(), scores.max(), scores[0, 0, 3, 5], scores[0, 79, 7, 2]])
        torch.testing.assert_close(
            found, torch.tensor([mean, deviation, largest, person, toothbrush]), atol=2e-4, rtol=0
        )
        assert int(scores.argmax()) == place


def test_rgb_in_gives_what_the_network_was_trained_on() -> None:
    """Unfolded: 8-bit BGR, minus its mean, over its deviation, into a stem with its input channels as published."""
    levels = stripes(64)
    mean = torch.tensor([103.53, 116.28, 123.675]).view(1, 3, 1, 1)
    deviation = torch.tensor([57.375, 57.12, 58.395]).view(1, 3, 1, 1)
    model = photo_model(side=64)
    conv = model.module.stem[0]
    published = F.conv2d((levels.flip(1) - mean) / deviation, conv.weight.flip(1), conv.bias, stride=2, padding=1)
    torch.testing.assert_close(conv(model.normalise(levels / 127.5 - 1)), published, atol=1e-4, rtol=1e-4)


def test_pooling_before_the_activation_and_halving_by_means_change_nothing() -> None:
    model = photo_model()
    x = model.normalise(stripes(64) / 127.5 - 1)
    conv, _, activation = model.module.stem
    original = F.max_pool2d(activation(conv(x)), 3, 2, 1)
    torch.testing.assert_close(model.module.stem(x), original, rtol=0, atol=0)
    maps = [torch.randn(1, width, side, side) for width, side in ((128, 8), (256, 4), (512, 2))]
    neck = Pan((128, 256, 512))
    fine, middle, coarse = (lateral(part) for lateral, part in zip(neck.lateral_convs, maps, strict=True))

    def resized(part: Tensor, like: Tensor) -> Tensor:
        return F.interpolate(part, size=like.shape[2:], mode="bilinear", align_corners=False)

    middle = middle + resized(coarse, middle)
    fine = fine + resized(middle, fine)
    middle = middle + resized(fine, middle)
    coarse = coarse + resized(middle, coarse)
    for got, wanted in zip(neck(maps), (fine, middle, coarse), strict=True):
        torch.testing.assert_close(got, wanted)


@pytest.mark.parametrize("side", [256, 320, 416])
def test_shapes_and_pooling_at_every_side(side: int) -> None:
    model = photo_model(side=side)
    x = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(side)) * 2 - 1
    with torch.no_grad():
        maps = model.module.label_maps(model.normalise(x))
        logits = model(x)
    assert [part.shape for part in maps] == [(2, 80, side // stride, side // stride) for stride in STRIDES]
    positions = torch.cat([part.flatten(2) for part in maps], dim=2)
    s, shift = model.module.sharpness, model.module.shift
    torch.testing.assert_close(logits, (s * positions.double()).exp().sum(2).log().float() / s + shift)
    above = logits - shift - positions.amax(2)
    assert bool((above >= -1e-5).all())
    assert bool((above <= np.log(positions.shape[2]) / s + 1e-5).all())


def test_labels_pull_at_the_image_and_preparing_changes_nothing() -> None:
    plain = photo_model(side=96).double()  # in double precision no rounding turns a kink of an activation over
    ready = prepare(photo_model(side=96).double(), torch.device("cpu"))
    x = photo("photo-four-animals", plain).double().repeat(2, 1, 1, 1)
    gradients = []
    for network in (plain, ready):
        z = x.clone().requires_grad_()
        own = network(z)[0]
        gradients.append(torch.stack([torch.autograd.grad(logit, z, retain_graph=True)[0] for logit in own[::8]]))
    torch.testing.assert_close(gradients[1], gradients[0])
    assert bool((gradients[1][:, 0].abs().amax((1, 2, 3)) > 0).all())
    assert bool((gradients[1][:, 1] == 0).all())  # the other image of the batch has no part in it


def test_vocs_labels_are_a_view_of_the_eighty(model: MultiLabelModel) -> None:
    view = photo_model("photo-voc")
    assert view.labels == VOC_LABELS
    assert set(view.card["results"]["val"]["AP"]) == set(VOC_LABELS)
    x = photo("photo-cat-and-bird", model)
    with torch.no_grad():
        torch.testing.assert_close(view(x), model(x)[:, list(VOC_IN_COCO)], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    "name", ["dog", "cow", "sheep", "kingfisher", "wine", "astronaut", "cat-and-bird", "four-animals"]
)
@torch.no_grad()
def test_the_samples_have_their_labels_on_top(model: MultiLabelModel, name: str) -> None:
    labels = set(sample(f"photo-{name}").labels)
    logits = model(photo(f"photo-{name}", model))[0]
    order = logits.argsort(descending=True)[: len(labels)]
    assert {model.labels[index] for index in order} == labels
    assert float(logits[order].min()) > 0


@pytest.mark.parametrize("left", [True, False])
@torch.no_grad()
def test_a_label_is_seen_where_it_is(model: MultiLabelModel, left: bool) -> None:
    dog = F.interpolate(photo("photo-dog", model), size=(160, 160), mode="area")
    x = torch.zeros(1, 3, 320, 320)
    x[:, :, 80:240, : 160 if left else None] = 0
    column = 0 if left else 160
    x[:, :, 80:240, column : column + 160] = dog
    seen = model.seen_at(x)
    assert seen.shape == (1, 80, 40, 40)
    index = COCO_LABELS.index("dog")
    row, place = divmod(int(seen[0, index].argmax()), 40)
    assert column <= 8 * place + 4 < column + 160
    assert 80 <= 8 * row + 4 < 240
    assert float(seen[0, index].max()) <= float(model(x)[0, index])


def test_what_cannot_be_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="the photo taggers are photo, photo-fast, photo-voc, not 'photos'"):
        photo_model("photos")
    with pytest.raises(ModelError, match="a multiple of 32, not 300"):
        photo_model(side=300)
    other = MultiLabelModel(torch.nn.Flatten(), [str(i) for i in range(12)], (2, 2))
    assert other.seen_at(torch.zeros(1, 3, 2, 2)) is None
    monkeypatch.setattr(photo_module, "FOLDER", tmp_path)
    with pytest.raises(ModelError, match=r"photo\.json is missing: get it back with"):
        photo_model()


def test_weights_that_would_run_code_are_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    network = NanoDet(80, sharpness=1, shift=0)
    torch.save(network.state_dict(), tmp_path / "photo.safetensors")  # a pickle under the right name
    (tmp_path / "photo.json").write_text((FOLDER / "photo.json").read_text())
    monkeypatch.setattr(photo_module, "FOLDER", tmp_path)
    with pytest.raises(ModelError, match=r"photo\.safetensors is damaged: get it back with"):
        photo_model()


def test_views_keep_only_the_rows_they_need() -> None:
    stored = load_file(FOLDER / "photo.safetensors")
    for name, view in VIEWS.items():
        weights = photo_model(name).module.state_dict()
        for scale in range(len(STRIDES)):
            key = f"heads.{scale}.1.weight"
            torch.testing.assert_close(weights[key], stored[key][list(view.logits)].float())


@pytest.mark.skipif(not COCO_PHOTOS.is_dir(), reason=f"needs photos of COCO in {COCO_PHOTOS}")
@torch.no_grad()
def test_on_photos_of_coco_it_is_as_good_as_its_card_says(model: MultiLabelModel) -> None:
    photos = load_dataset("coco2014", "val", size=320, root=COCO_PHOTOS)
    assert photos.labels == model.labels
    items = [photos[index] for index in range(24)]
    present = torch.stack([labels for _, labels in items]).numpy()
    scores = torch.cat([model(image[None]) for image, _ in items]).numpy()
    top = scores.argmax(1)
    predicted = scores > 0
    assert present[np.arange(24), top].mean() >= 0.8
    assert mean_average_precision(scores, present) > 0.65
    assert (predicted & present).sum() / present.sum() > 0.5
    assert (predicted & ~present).sum() / 24 < 1
