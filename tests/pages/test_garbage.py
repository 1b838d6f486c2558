"""What is imported for a page is set aside from garbage collection, once."""

from __future__ import annotations

import gc
import sys

from pages.shared import garbage

import pytest


@pytest.fixture
def collections():
    """Counts the full collections; leaves nothing set aside."""
    seen = []

    def count(phase, info):
        seen.append(info["generation"])

    gc.unfreeze()
    gc.callbacks.append(count)
    yield seen
    gc.callbacks.remove(count)
    gc.unfreeze()


def test_it_is_done_again_only_when_something_was_imported_or_after_a_while(collections, monkeypatch):
    monkeypatch.setattr(garbage, "_modules", 0)
    garbage.set_aside()
    assert gc.get_freeze_count() > 10_000
    assert 2 in collections
    collections.clear()
    garbage.set_aside()
    assert 2 not in collections
    monkeypatch.setitem(sys.modules, "imported_since", sys)
    garbage.set_aside()
    assert 2 in collections
    collections.clear()
    monkeypatch.setattr(garbage, "_when", garbage._when - garbage.RENEWED)
    garbage.set_aside()
    assert 2 in collections
