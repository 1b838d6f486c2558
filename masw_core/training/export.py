"""Writes a trained scene network: half-precision safetensors and a model card as JSON beside it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from masw_core.data.scenes import SPLITS
from masw_core.models.embedded import note_sum
from masw_core.models.voc import VOC_LABELS

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

LIMITS = (
    "It has only ever seen drawings on synthetic backgrounds: what it says about photographs means nothing.",
    "Drawings it has not seen are tagged less reliably (results: unseen), most of all where the atlas has few"
    " of a label or they differ most: sofas, trains, dining tables.",
)
OWN_LIMIT = {
    "scenes": "On scenes like its own it is very sure: most probabilities are within a thousandth of 0 or 1.",
    "scenes-robust": "It is harder to attack, not safe: it tags fewer than half of new scenes exactly right after one"
    " step of L2 length 2 against it.",
}
SUMMARIES = {
    "scenes": "A small residual network trained from scratch on synthetic scenes of the 20 VOC labels.",
    "scenes-robust": "The network scenes after two epochs of single-step L2 adversarial training.",
}


def export(network: nn.Module, name: str, results: dict[str, Any], facts: dict[str, Any], out: Path) -> dict[str, Any]:
    """Write ``out/<name>.safetensors`` and ``out/<name>.json``; returns the card.

    Args:
        results: one entry of ``quality`` per split.
        facts: recipe, seconds, threads.
    """
    card = {
        "name": name,
        "summary": SUMMARIES[name],
        "labels": list(VOC_LABELS),
        "input": "RGB, 128 x 128, values in [-1, 1]; logits of 20 labels, threshold 0 (probability 0.5)",
        "parameters": sum(p.numel() for p in network.parameters()),
        "data": "synthetic scenes from the icon atlas in assets/scenes (masw_core/data/scenes.py)",
        "split_seeds": {split: seed for split, (seed, _) in SPLITS.items()},
        **facts,
        "date": datetime.now(UTC).date().isoformat(),
        "results": results,
        "limits": [*LIMITS, OWN_LIMIT[name]],
        "licence": "Apache-2.0; the icons' licences are in assets/scenes/LICENSES.md",
    }
    out.mkdir(parents=True, exist_ok=True)
    weights = {key: _half(value) for key, value in network.state_dict().items()}
    save_file(weights, out / f"{name}.safetensors", metadata={"card": json.dumps(card)})
    note_sum(out / f"{name}.safetensors")
    (out / f"{name}.json").write_text(json.dumps(card, indent=1) + "\n")
    return card


def load_weights(path: Path) -> dict[str, Tensor]:
    """The state dict of an exported network, in single precision."""
    weights = load_file(path)
    return {key: w.float() if w.is_floating_point() else w for key, w in weights.items()}


def _half(value: Tensor) -> Tensor:
    return value.to(torch.float16).contiguous() if value.is_floating_point() else value
