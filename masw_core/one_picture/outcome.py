"""What one step of a recorded run came to, in numbers and as files; reports and bundles write the same.

Everything here is read off the trace, and nothing is computed by a model.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from masw_core.data.images import to_png
from masw_core.task import metrics
from masw_core.trace.trace import Trace
from masw_core.trace.whole import write_whole

import numpy as np
import torch
from torch import Tensor


def facts_at(trace: Trace, step: int) -> dict[str, Any]:
    """Names, measures and sizes at a step, as result.json says them: labels by name, norms in [-1, 1] units."""
    header = trace.header

    def names(indices: Any) -> list[str]:
        return [header["labels"][int(index)] for index in indices]

    def top_k(at: int) -> list[str]:
        return names(np.argsort(-trace.scores[at], kind="stable")[: header["k"]])

    x, z = _picture_and_change(trace, step)
    return {
        **{name: header[name] for name in ("attack", "model", "case", "k", "labels")},
        "true_labels": names(header["true"]),
        "target_labels": names(header["target"] or ()),
        "top_k_before": top_k(0),
        "top_k_after": top_k(step),
        "success": bool(trace.success[step]),
        **{name: float(values[step]) for name, values in trace.measures().items()},
        "l2": float(trace.norm[step]),
        "pert_eq27": float(metrics.pert_eq27(z)[0]),
        "pert_table": float(metrics.pert_table(x, (x + z).clamp(-1, 1))[0]),
        "step": step,
        "steps": len(trace) - 1,
        "config": header["config"],
    }


def pictures_at(trace: Trace, step: int) -> dict[str, bytes]:
    """The clean picture as the model sees it and the adversarial one of a step, as PNG files by their names."""
    x, z = _picture_and_change(trace, step)
    return {"picture.png": to_png(x[0]), "adversarial.png": to_png((x + z).clamp(-1, 1)[0])}


def files_at(trace: Trace, step: int) -> dict[str, bytes]:
    """Everything that a run leaves behind, read at a step: file name to bytes."""
    return {
        **pictures_at(trace, step),
        "perturbation.npy": perturbation_file(trace, step),
        "trace.npz": trace_file(trace),
        "result.json": as_text(facts_at(trace, step)),
    }


def save_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_whole(folder / name, content)


def trace_file(trace: Trace) -> bytes:
    """What ``Trace.save`` writes."""
    return _written(trace.save)


def perturbation_file(trace: Trace, step: int) -> bytes:
    """The perturbation of a step as an NPY file, float32 (3, H, W)."""
    return _written(lambda file: np.save(file, trace.perturbation_at(step)[0].astype(np.float32)))


def as_text(facts: dict[str, Any]) -> bytes:
    """Facts as a JSON file."""
    return (json.dumps(facts, indent=2) + "\n").encode()


def _written(write: Callable[[io.BytesIO], None]) -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def _picture_and_change(trace: Trace, step: int) -> tuple[Tensor, Tensor]:
    """(1, 3, H, W) the clean picture and its perturbation, that of the nearest step before it that is kept."""
    return torch.as_tensor(trace.image)[None], torch.as_tensor(trace.perturbation_at(step)[0])[None]
