"""Whatever a stranger sends is read or refused with one sentence, in bounded time and memory, touching nothing else.

A few cases of each reader here, among them all that were a fault once; ``python -m scripts.fuzz`` makes thousands.
"""

from __future__ import annotations

import io
import json
import mmap
import zipfile

from masw_core import load_attack
from masw_core.benchmark.cell import Protocol
from masw_core.benchmark.results import Results
from masw_core.data.images import ImageError, read_image
from masw_core.generative import load_generator
from masw_core.models.checkpoints import load_checkpoint, read_checkpoint
from masw_core.models.info import ModelError
from masw_core.models.paper_models import list_paper_models
from masw_core.settings import settings_from
from masw_core.trace.trace import Trace, TraceError
from masw_core.universal import load_checkpoint as load_universal_checkpoint
from scripts.fuzzing.archives import valid_trace
from scripts.fuzzing.judging import judged
from scripts.fuzzing.readers import READERS
from scripts.fuzzing.tables import PROTOCOL
from scripts.fuzzing.watching import CANARY, SCRATCH, watch

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

SLOW = {"weights into a network": 0, "links": 3, "whole pages by link": 0}  # cases; the others get more
CASES = 40


@pytest.mark.parametrize("name", [name for name in READERS if SLOW.get(name, CASES)])
@pytest.mark.filterwarnings("ignore")
def test_no_case_is_a_fault(name):
    reader = READERS[name]
    verdicts = [judged(reader, reader.case(number), 20, 800) for number in range(SLOW.get(name, CASES))]
    assert [verdict for verdict in verdicts if verdict[0] == "fault"] == []
    if name not in SLOW:
        assert {verdict[0] for verdict in verdicts} == {"opened", "refused"}, "cases are all alike"


def test_the_watch_sees_files_and_programs_and_followed_names(tmp_path):
    """What the tables of the fuzzer call a fault is really noticed."""

    def reads_badly(case):
        (tmp_path / "outside").write_text("x")
        (tmp_path / CANARY).exists()
        with pytest.raises(FileNotFoundError):
            (tmp_path / "nowhere" / CANARY).read_text()

    seen = watch(reads_badly, None)
    assert [text.split()[0] for text in seen.touched] == ["wrote", "followed"]
    SCRATCH.mkdir(exist_ok=True)
    assert watch(lambda case: (SCRATCH / "inside").write_text("x"), None).touched == []

    def takes_much(case):
        with mmap.mmap(-1, 50 * 2**20) as block:  # of the system: what the process had before cannot be used again
            block[::4096] = b"x" * (len(block) // 4096)

    assert watch(takes_much, None).megabytes > 40


def test_a_png_whose_palette_is_missing_is_one_sentence():
    """Pillow's AssertionError came through."""
    file = io.BytesIO()
    Image.new("P", (16, 16)).save(file, "PNG")
    data = file.getvalue()
    at = data.index(b"PLTE") - 4
    with pytest.raises(ImageError, match="damaged or cut off"):
        read_image(data[:at] + data[at + 12 + int.from_bytes(data[at : at + 4]) :])


@pytest.mark.parametrize(("mode", "kind"), [("F", "TIFF"), ("RGBA", "PNG")])
def test_a_large_picture_takes_little_more_memory_than_its_pixels(mode, kind):
    """40 megapixels of grey numbers, a file of 250 kB, took 1.1 GB and 20 seconds."""
    file = io.BytesIO()
    Image.new(mode, (2500, 2000)).save(file, kind, **({"compression": "tiff_adobe_deflate"} if kind == "TIFF" else {}))
    seen = watch(read_image, file.getvalue())
    assert seen.error is None
    assert seen.megabytes < 14 * 5.0, "14 bytes a pixel: the file's own, and RGB"


def test_a_pickle_that_breaks_off_is_one_sentence(tmp_path):
    """IndexError and MemoryError of torch's own reader came through."""
    for name, data in {"pop": b"\x80\x02}(.", "memory": b"\x80\x02r\xff\xff\xff\xff."}.items():
        file = tmp_path / f"{name}.pth"
        file.write_bytes(data)
        with pytest.raises(ModelError, match="is damaged"):
            read_checkpoint(file)


CARDS = (
    [],
    {"labels": ["cow", "cow"]},
    {"labels": [1, 2]},
    {"labels": []},
    {"input_size": ["64", 64]},
    {"input_size": 64},
    {"mean": [[0.5], 0.5, 0.5]},
    {"std": [0.5, 0.5, 0]},
    {"architecture": ["resnet50"]},
)


@pytest.mark.parametrize("card", CARDS, ids=str)
def test_a_model_card_that_says_what_cannot_be_is_one_sentence(card, tmp_path, monkeypatch):
    """TypeError and AttributeError came through; a damaged card beside the weights ended the list of models."""
    file = tmp_path / "resnet50-voc2012.safetensors"
    said = card if isinstance(card, list) else {"architecture": "resnet50", "labels": ["cow", "dog"], **card}
    save_file({"fc.weight": torch.zeros(2, 2048)}, file, metadata={"card": json.dumps(said)})
    with pytest.raises(ModelError, match="its model card says what cannot be"):
        load_checkpoint(file)
    file.with_suffix(".json").write_text(json.dumps(said))
    monkeypatch.setenv("MASW_MODELS", str(tmp_path))
    assert "resnet50:voc2012" in [info.name for info in list_paper_models()]


def test_a_generator_with_a_bound_beyond_numbers_is_one_sentence(tmp_path):
    file = tmp_path / "gama.safetensors"
    card = {"method": "gama", "model": "scenes", "bound": 10**400}
    save_file({"stem.0.weight": torch.zeros(1)}, file, metadata={"card": json.dumps(card)})
    with pytest.raises(ValueError, match="holds no generator of this version"):
        load_generator(file)


def test_a_universal_checkpoint_is_read_like_every_archive(tmp_path):
    """numpy's own reader took memory for whatever shape a file declares, and OverflowError came through."""
    file = tmp_path / "checkpoint.npz"
    body = b"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999, 99999), }".ljust(118) + b"\n"
    huge = b"\x93NUMPY\x01\x00" + len(body).to_bytes(2, "little") + body
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("header", "z", "best"):
            archive.writestr(f"{name}.npy", huge)
    with pytest.raises(ValueError, match=r"has not the size that it says.*delete it, or choose another folder"):
        load_universal_checkpoint(file)
    header = {"schema": 1, "history": [], "settings": {}, "seconds": 10**400, "number": 0, "seen": 0, "skipped": 0}
    np.savez(file, header=json.dumps({**header, "samples": 1, "forwards": 0, "backwards": 0, "ended": None}),
             z=np.zeros(3), best=np.zeros(3))  # fmt: skip
    with pytest.raises(ValueError, match="it contradicts itself"):
        load_universal_checkpoint(file)


def test_a_margin_beyond_numbers_is_one_sentence():
    file, trace = io.BytesIO(), valid_trace()
    config = {**trace.header["config"], "margin": 10**400}
    arrays = {name: getattr(trace, name) for name in trace.__dataclass_fields__ if name != "header"}
    Trace(header={**trace.header, "config": config}, **arrays).save(file)
    file.seek(0)
    with pytest.raises(TraceError, match="its margin is no number"):
        Trace.load(file)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("results.csv", "a,b\n1,2\n"),
        ("results.csv", "dataset,model,case,k,attack,seed\nscenes,scenes,best,3,masw,0,1\n"),
        ("results.csv", 'dataset,model\n"scenes,scenes\n'),
        ("protocol.json", "7\n"),
        ("protocol.json", "{"),
    ],
)
def test_a_folder_that_no_benchmark_wrote_is_one_sentence(name, text, tmp_path):
    """KeyError and TypeError came through."""
    (tmp_path / "protocol.json").write_text(json.dumps(PROTOCOL))
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=r"was not written by a benchmark, or is damaged .*give another --out"):
        Results(tmp_path, Protocol())


@pytest.mark.parametrize("typed", ["-" * 5000 + "1", "(" * 500, "[" * 90 + "]" * 90, "{[]: 1}"])
def test_settings_that_python_cannot_nest_are_text(typed):
    """RecursionError, MemoryError and TypeError came through, and the sentence had all of what was typed."""
    with pytest.raises(ValueError, match="does not fit: give float") as caught:
        load_attack("masw", **settings_from([f"eta={typed}"]))
    assert len(str(caught.value)) < 200


def test_a_matrix_that_is_none_is_one_sentence():
    with pytest.raises(ValueError, match="rows of probabilities"):
        load_attack("tkalc", cooccurrence=["ab", "cd"])
