"""Trains the networks of the 2-D problems and writes them to assets/toy (four files of a few kilobytes).

python scripts/train_toys.py            # all
python scripts/train_toys.py fig1a film # some
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from masw_core.models.embedded import note_sum
from masw_core.toy import TOYS
from masw_core.toy.problem import FOLDER, train_layout

import torch
from safetensors.torch import save_file


def main(names: list[str]) -> None:
    torch.set_num_threads(1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in names or TOYS:
        began = time.perf_counter()
        toy = train_layout(name)
        seconds = time.perf_counter() - began
        right = ((toy.model(toy.points) > 0) == (toy.confidence > 0.5)).all(1).float().mean()
        save_file(dict(toy.model.state_dict()), FOLDER / f"{name}.safetensors")
        note_sum(FOLDER / f"{name}.safetensors")
        print(f"{name}: {seconds:.1f} s, label set right on {right:.1%} of its data")


if __name__ == "__main__":
    main(sys.argv[1:])
