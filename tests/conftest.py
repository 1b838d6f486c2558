"""What all tests share: quiet threads, who runs where, hypothesis settings, and a small network with its own task."""

from __future__ import annotations

import os
from pathlib import Path

import masw_core  # noqa: F401  (sets OMP_WAIT_POLICY before torch is imported)
from masw_core.engine import IN_PROCESS

import pytest
import torch
from hypothesis import settings
from small_tagger import SmallTagger

BROWSER = Path(__file__).parent / "e2e"
settings.register_profile("steady", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("steady")
torch.set_num_threads(1)
os.environ.setdefault("GOMP_SPINCOUNT", "0")  # several processes share the cores: what tests start sleeps at once
os.environ[IN_PROCESS] = "1"  # pages under test compute in threads, unless a test is about the process of its own


def pytest_itemcollected(item: pytest.Item) -> None:
    """In several processes a file stays in one of them; browser tests share one, since they need time of their own."""
    item.add_marker(pytest.mark.xdist_group("browser" if item.path.parent == BROWSER else str(item.path)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests take longest, so they begin first."""
    items.sort(key=lambda item: item.path.parent != BROWSER)


@pytest.fixture
def tagger() -> SmallTagger:
    return SmallTagger()


@pytest.fixture
def images() -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.rand(24, 3, 6, 6, generator=generator, dtype=torch.float64) * 2 - 1


@pytest.fixture
def true(tagger: SmallTagger, images: torch.Tensor) -> torch.Tensor:
    """One or two true labels: the highest score, and every other image also the second highest."""
    order = tagger(images).detach().argsort(1, descending=True)
    mask = torch.zeros(len(images), 8, dtype=torch.bool)
    mask.scatter_(1, order[:, :1], True)
    mask[::2].scatter_(1, order[::2, 1:2], True)
    return mask
