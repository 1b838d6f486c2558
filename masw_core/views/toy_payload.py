"""Everything the player of the plane needs to replay runs by itself, as JSON-able data.

Paths, slack, weights and curves per run; the constraints' values on a grid, from which the browser shades where they
hold and paints the Lagrangian under the weights of the moment. No Streamlit; torch only through the fields.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

from masw_core.toy.fluctuation import fluctuation_of, path_of
from masw_core.toy.names import attack_titles
from masw_core.views.narrate import narrate
from masw_core.views.rows import wants
from masw_core.views.toy_regions import regions

import numpy as np

if TYPE_CHECKING:
    from masw_core.toy.setup import Setup
    from masw_core.trace.trace import Trace

Array = np.ndarray[Any, Any]
PICTURE, FIELD, SURFACE = 320, 144, 72  # grid columns of the region picture, the constraint fields, own objectives
LETTERS = {"masw-uniform": "u", "masw-fixed": "f", "masw-spl": "l"}  # SPW, the method itself, has none
MARKS = ("circle", "square", "triangle", "diamond")  # in the order of the titles, again and again


def plane(setup: Setup, shown: str = "predicted") -> dict[str, Any]:
    """The still part: regions (by ``"predicted"`` labels or by ``"top-k"`` sets) and the constraints' fields."""
    from masw_core.toy.field import Grid, constraints_on, scores_on

    model, goal = setup.model(), setup.goal()
    fine = Grid.over(model, PICTURE)
    box = (tuple(model.box[0].tolist()), tuple(model.box[1].tolist()))
    picture = regions(fine.shaped(scores_on(fine, model)), box, model.labels, goal.k if shown == "top-k" else None)
    grid = Grid.over(model, FIELD)
    scores = scores_on(grid, model)
    found = constraints_on(grid, scores, goal)
    fields = {"logit": _field(found.values)}
    if setup.space == "probability":
        fields["probability"] = _field(constraints_on(grid, scores, goal, "probability").values)
    held = (found.values >= 0).all(2)
    return {
        "box": box,
        "picture": picture.uri,
        "names": picture.names,
        "labels": list(model.labels),
        "true": [model.labels.index(name) for name in setup.true],
        "target": [model.labels.index(name) for name in setup.target],
        "k": setup.k,
        "fields": fields,
        "share": [round(float(v), 4) for v in (found.values >= 0).mean((0, 1))],
        "together": round(float(held.mean()), 4),
        "own": _own_objectives(setup),
    }


def _own_objectives(setup: Setup) -> dict[str, Any]:
    """The objectives of attacks without weights: surfaces that stand still."""
    from masw_core.toy.field import Grid, objective_on, scores_on

    model, goal = setup.model(), setup.goal()
    grid = Grid.over(model, SURFACE)
    scores = scores_on(grid, model)
    surfaces = {}
    for key, _, attack in setup.entrants():
        if attack.name != "masw":
            ready = attack.prepared(model, goal)
            surfaces[key] = _field(objective_on(grid, scores, ready, goal)[..., None])
    return surfaces


def run_payload(key: str, title: str, trace: Trace) -> dict[str, Any]:
    """One run."""
    numbers = fluctuation_of(trace)
    config = trace.header["config"]
    families, labels, names = trace.header["family"], trace.header["label"], trace.header["labels"]
    lambdas = [config.get("lambda1" if f == "rank" else "lambda2", 1.0) for f in families]
    return {
        "key": key,
        "title": title,
        "mark": MARKS[list(attack_titles()).index(trace.header["attack"]) % len(MARKS)],
        "letter": LETTERS.get(key, ""),
        "weighted": trace.header["attack"] == "masw",
        "form": config.get("form") or "own",
        "space": trace.header["space"],
        "lambdas": lambdas,
        "constraints": [
            {"name": f"label {names[label]} {wants(trace, family, label)}", "label": label, "family": family}
            for family, label in zip(families, labels, strict=True)
        ],
        "n": len(trace),
        "path": text(path_of(trace), np.float32),
        "held": text(trace.constraints >= 0, np.uint8),
        "slack": text(trace.slack, np.float32),
        "weights": text(np.nan_to_num(trace.weights, nan=1.0), np.float32),
        "epsilon": text(trace.epsilon, np.float32),
        "lagrangian": text(trace.lagrangian, np.float32),
        "branch": text(trace.branch, np.uint8),
        "success": text(trace.success, np.uint8),
        "first": trace.first_success,
        "best": trace.best_step,
        "sentences": [narrate(trace, step).replace("picture", "point") for step in range(len(trace))],
        "numbers": {
            "travelled": round(numbers.travelled, 4),
            "gained": round(numbers.gained, 4),
            "ratio": round(numbers.ratio, 2) if np.isfinite(numbers.ratio) else None,
            "crossings": numbers.crossings,
            "rises": numbers.rises,
            "late": round(numbers.late, 4),
        },
    }


def pulls(setup: Setup, trace: Trace) -> str:
    """How every constraint pulls at every step, (n, m, 2) packed; see ``conflict.pull_vectors``."""
    from masw_core.one_picture.conflict import pull_vectors

    return text(pull_vectors(trace, setup.model()), np.float32)


def _field(values: Array) -> dict[str, Any]:
    """(rows, columns, m) as 16-bit numbers, one scale per constraint, constraint by constraint."""
    scale = np.maximum(np.abs(values).max((0, 1)), 1e-9) / 32767
    whole = np.rint(values / scale).astype(np.int16)
    return {
        "rows": values.shape[0],
        "columns": values.shape[1],
        "scale": [float(s) for s in scale],
        "data": text(whole.transpose(2, 0, 1), np.int16),
    }


def text(values: Array, kind: type) -> str:
    return b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode()
