"""A file that was made for somebody is there when the browser asks for it, whoever's scripts have ended in between."""

from __future__ import annotations

import logging
from types import SimpleNamespace

from pages.shared import take_along

import pytest
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage


@pytest.fixture
def made(monkeypatch):
    """Press a button: what makes the file, to how its content is asked for afterwards."""
    storage = MemoryMediaFileStorage("/media")
    manager = MediaFileManager(storage)
    runtime = SimpleNamespace(exists=lambda: True, instance=lambda: SimpleNamespace(media_file_mgr=manager))
    monkeypatch.setattr(take_along, "Runtime", runtime)

    def press(make):
        button = manager.add_deferred(make, "text/csv", "a button", "a.csv")
        address = manager.execute_deferred(button)
        return lambda: storage.get_file(address.rpartition("/")[2]).content

    return SimpleNamespace(press=press, others_end=lambda: [manager.remove_orphaned_files() for _ in range(3)])


def test_without_being_held_it_would_be_gone(made):
    """Streamlit's own way; when this fails, ``held`` is no longer needed."""
    fetch = made.press(lambda: b"a report")
    made.others_end()
    with pytest.raises(MediaFileStorageError):
        fetch()


def test_what_is_held_stays(made):
    fetch = made.press(lambda: take_along.held("a report", "a.csv", "text/csv"))
    made.others_end()
    assert fetch() == b"a report"


@pytest.fixture
def complaints():
    """What Streamlit says of threads without a script."""
    said = logging.Handler()
    said.records = []
    said.emit = said.records.append
    log = logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context")
    log.addHandler(said)
    yield said.records
    log.removeHandler(said)


def test_a_file_is_made_without_a_word_in_the_log_of_the_server(made, complaints):
    """pytest runs no script either, so that Streamlit complains of the button itself, of every one alike."""
    made.press(lambda: "one that nobody holds")
    of_a_button = len(complaints)
    made.press(lambda: take_along.held("a report", "a.csv", "text/csv"))
    assert len(complaints) == 2 * of_a_button > 0


def test_only_the_last_files_are_held(made):
    first = made.press(lambda: take_along.held(b"0", "a.csv", "text/csv"))
    for number in range(1, take_along.HELD):
        made.press(lambda number=number: take_along.held(str(number), "a.csv", "text/csv"))
        made.others_end()
    assert first() == b"0"
    made.press(lambda: take_along.held("one more", "a.csv", "text/csv"))
    made.others_end()
    with pytest.raises(MediaFileStorageError):
        first()
