"""The document on the supply chain and the lock with hashes say what requirements.txt pins."""

from __future__ import annotations

import json
import re
from pathlib import Path

from scripts.supply_chain import FILE, pins

ROOT = Path(__file__).parents[1]


def test_the_document_names_every_pin():
    rows = re.findall(r"^\| (\S+) \| (\S+) \| (.+?) \| (.+?) \|$", FILE.read_text(), re.MULTILINE)
    told = {re.sub(r"[-_.]+", "-", name).lower(): (version.partition("+")[0], why) for name, version, _, why in rows}
    for name, version in pins().items():
        assert told[name] == (version, "requirements.txt"), "run python -m scripts.supply_chain"


def test_the_document_names_every_photo_that_ships():
    text = FILE.read_text()
    photos = {file.name for file in (ROOT / "assets" / "samples").glob("photo-*.jpg")}
    assert photos == {one["file"] for one in json.loads((ROOT / "assets" / "samples" / "photos.json").read_text())}
    assert all(f"`{name}`" in text for name in photos)


def test_the_lock_pins_what_requirements_pin_and_hashes_everything():
    text = (ROOT / "requirements.lock").read_text()
    blocks = [block for block in re.split(r"(?m)^(?=[A-Za-z])", text) if re.match(r"[A-Za-z]", block)]
    locked = {re.match(r"[^=\[ ]+", block)[0]: re.search(r"==([^ ;\\]+)", block)[1] for block in blocks}
    assert {name: locked[name] for name in pins()} == pins(), "run make lock"
    assert all("--hash=sha256:" in block for block in blocks)
