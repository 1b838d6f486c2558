"""Whether a trace holds together: what its header says, and arrays of the shapes, kinds and ranges that follow from it.

Whoever reads a trace (views, measures, bundles) relies on this, so it is checked once, where a file is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from masw_core.task.goals import CASES
from masw_core.weighting.branches import BRANCHES
from masw_core.weighting.by_hand import FAMILIES

import numpy as np

Array = np.ndarray[Any, Any]

MOST_LABELS = 10_000
LONGEST = 200  # characters of a name
NAMES = ("attack", "model", "space")
SPACES = ("logit", "probability")
FINITE = ("scores", "constraints", "slack", "norm", "failure", "image", "scales", "exact")  # others may be NaN
KINDS = {"branch": "int8", "success": "bool", "stored": "int32", "exact_steps": "int32", "perturbations": "int8"}


class Inconsistent(ValueError):
    """A trace contradicts itself; the message is half a sentence that says where."""


def check_header(header: Any) -> None:
    """Raise ``Inconsistent`` unless a header says everything that readers ask, in the form they expect."""
    _agree(isinstance(header, dict), "its header is no table of facts")
    for name in NAMES:
        _agree(_is_name(header.get(name)), f"its {name} is no name")
    _agree(header.get("case") in (*CASES, "targeted"), "its case is unknown")
    _agree(header["space"] in SPACES, "its space is unknown")
    config = header.get("config")
    _agree(isinstance(config, dict) and _is_count(config.get("steps"), 10**9), "its config has no number of steps")
    margin = config.get("margin") or 0
    _agree(isinstance(margin, int | float) and abs(margin) < 1e9, "its margin is no number")
    labels = header.get("labels")
    _agree(isinstance(labels, list) and 0 < len(labels) <= MOST_LABELS, "its labels are no list")
    _agree(all(map(_is_name, labels)), "one of its labels is no name")
    _agree(_is_count(header.get("k"), len(labels)) and header["k"] > 0, "its k is not between 1 and its labels")
    for name, optional in (("true", False), ("target", True), ("keep", True)):
        _agree(
            name in header and _are_labels(header[name], len(labels), optional),
            f"its {name} labels are none of its labels",
        )
    families, wanted = header.get("family"), header.get("label")
    _agree(isinstance(families, list) and all(one in FAMILIES for one in families), "its constraints are unknown")
    _agree(isinstance(wanted, list) and len(wanted) == len(families), "its constraints have no labels")
    _agree(all(_is_count(one, len(labels) - 1) for one in wanted), "its constraints have no labels")
    _agree(isinstance(header.get("complete"), bool), "it does not say whether it is complete")


def check_arrays(header: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Raise ``Inconsistent`` unless the arrays of a trace fit a header that was checked, and each other."""
    image, stored, exact = arrays["image"], arrays["stored"], arrays["exact_steps"]
    n = len(arrays["scores"]) if arrays["scores"].ndim else 0
    _agree(n > 0 and image.size > 0, "it has no steps or no picture")
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys(arrays, (n,))
    shapes |= {"scores": (n, len(header["labels"])), "image": image.shape}
    shapes |= dict.fromkeys(("constraints", "slack", "weights"), (n, len(header["label"])))
    shapes |= dict.fromkeys(("stored", "scales"), (stored.size,)) | {"exact_steps": (exact.size,)}
    shapes |= {"perturbations": (stored.size, *image.shape), "exact": (exact.size, *image.shape)}
    for name, values in arrays.items():
        _agree(values.shape == shapes[name], f"its {name} has another shape than the rest")
        _agree(values.dtype == KINDS.get(name, "float32"), f"its {name} are numbers of another kind")
    for name in FINITE:
        _agree(bool(np.isfinite(arrays[name]).all()), f"its {name} has numbers that are not finite")
    for steps in (stored, exact):
        _agree(bool((np.diff(steps) > 0).all()) and _inside(steps, n), "its pictures belong to no steps")
    _agree(0 in stored or 0 in exact, "it has no picture of the first step")
    _agree(_inside(arrays["branch"], len(BRANCHES)), "it took a branch that there is not")


def _is_name(value: Any) -> bool:
    """Whether a value is a text that can name something: printable, not empty, not long."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST and value.isprintable()


def _is_count(value: Any, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _are_labels(value: Any, labels: int, optional: bool) -> bool:
    if value is None:
        return optional
    return (
        isinstance(value, list) and all(_is_count(one, labels - 1) for one in value) and len(set(value)) == len(value)
    )


def _inside(values: Array, count: int) -> bool:
    return bool(((values >= 0) & (values < count)).all())


def _agree(condition: bool, otherwise: str) -> None:
    if not condition:
        raise Inconsistent(otherwise)
