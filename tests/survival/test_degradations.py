"""What happens to pictures: always the same, one by one as in a batch, and PNG is the rounding that reports judge."""

from __future__ import annotations

from masw_core.data.images import round_8bit
from masw_core.survival.degradations import CUT, DEGRADATIONS, NOISE
from masw_core.survival.judge import degraded

import pytest
import torch

NAMES = [way.name for way in DEGRADATIONS]


@pytest.fixture(scope="module")
def pictures():
    """Smooth, like photos, with a little texture."""
    across = torch.linspace(-0.8, 0.8, 40).expand(3, 40, 40)
    texture = torch.rand(3, 3, 40, 40, generator=torch.Generator().manual_seed(0)) * 0.2 - 0.1
    return across + texture


@pytest.fixture(scope="module")
def after(pictures):
    return dict(zip(NAMES, degraded(pictures), strict=True))


def test_all_are_pictures_of_8_bits_and_the_same_size(pictures, after):
    for name, images in after.items():
        assert images.shape == pictures.shape, name
        assert torch.allclose(round_8bit(images), images, atol=1e-6), name
        assert not torch.equal(images, pictures), name


def test_png_is_the_rounding_of_the_engine(pictures, after):
    assert torch.equal(after["png"], round_8bit(pictures))


def test_nothing_depends_on_the_batch_or_the_day(pictures, after):
    backwards = degraded(pictures.flip(0)).flip(1)
    assert torch.equal(backwards, torch.stack(list(after.values())))


def test_coarser_jpegs_are_farther_from_the_picture(pictures, after):
    far = [float((after[name] - pictures).norm()) for name in ("png", "jpeg95", "jpeg75", "jpeg50")]
    assert far == sorted(far)
    assert far[0] < far[1]


def test_noise_has_its_strength_and_is_the_same_for_all(pictures):
    flat = torch.zeros(2, 3, 64, 64)
    noise = (degraded(flat)[NAMES.index("noise")] - round_8bit(flat)) * 127.5
    assert float(noise.std()) == pytest.approx(NOISE, rel=0.05)
    assert torch.equal(noise[0], noise[1])


def test_cutting_moves_what_is_in_the_picture_and_blur_does_not():
    spot = torch.full((1, 3, 40, 40), -1.0)
    spot[..., 10:13, 10:13] = 1.0
    cut, blurred = (degraded(spot)[NAMES.index(name), 0, 0] for name in ("crop", "blur"))
    assert divmod(int(cut.argmax()), 40) == pytest.approx([(11.5 - CUT) * 40 / 36 - 0.5] * 2, abs=1.01)
    assert divmod(int(blurred.argmax()), 40) == (11, 11)
    assert blurred.max() < 1
