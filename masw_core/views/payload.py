"""Everything the step player in the browser needs to replay a run by itself, as JSON-able data.

Numbers go as base64 arrays, one row per step, most of them in half precision; pictures as one small JPEG of the
clean image and one per kept perturbation, from which the browser builds the adversarial picture. A run that has
ended brings its folded rows along, one that goes on does not. 300 steps of 80 labels take well under 2 MB.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

from masw_core.views import pictures, rows
from masw_core.views.narrate import margin_of, narrate
from masw_core.weighting.branches import BRANCHES

import numpy as np

if TYPE_CHECKING:
    from masw_core.trace.trace import Trace

FRAMES, SIDE, QUALITY = 48, 224, 80
SENT = 192  # labels, and constraints, that go to the browser at most; exports have them all
BUDGET = 1_300_000  # characters of all frames together; noise that compresses badly gets fewer frames


def player_payload(
    trace: Trace, run_id: str, live: bool = False, said: list[str] | None = None, frames: int = FRAMES
) -> dict[str, Any]:
    """The player's data.

    Args:
        trace: the run so far.
        run_id: what tells this run from others; the player keeps its cursor while it stays the same.
        live: the run goes on: only the newest picture is sent and the cursor follows the last step.
        said: the sentences of this run that are known already; new ones are appended to it.
        frames: how many pictures at most.
    """
    said = [] if said is None else said
    known = len(said)  # slices, not extend: two script threads may do this at once
    said[known : len(trace)] = [narrate(trace, step) for step in range(known, len(trace))]
    labels = _sent(rows.label_rows(trace, ended=not live), live)
    bars = _sent(rows.constraint_rows(trace, ended=not live), live)
    shown, columns = [row.index for row in labels], [row.column for row in bars]
    header, last = trace.header, len(trace) - 1
    if live:
        last = max(last, int(header["config"]["steps"]))
    scores = trace.scores[:, shown]
    kth = np.sort(trace.scores, axis=1)[:, -header["k"]]
    slack = trace.slack[:, columns]
    return {
        "id": run_id,
        "live": live,
        "n": len(trace),
        "last": last,
        "k": header["k"],
        "rows": [{"name": row.name, "role": row.role, "folded": row.folded} for row in labels],
        "bars": [{"name": row.name, "wants": row.wants, "role": row.role, "folded": row.folded} for row in bars],
        "labels": len(header["labels"]),
        "constraints": len(header["family"]),
        "margin": margin_of(trace),
        "barsNote": _note(trace),
        "scores": _half(scores),
        "ranks": _text(rows.ranks(trace)[:, shown], np.uint16),
        "kth": _text(kth, np.float32),
        "values": _half(trace.constraints[:, columns]),
        "slack": _half(slack),
        "weights": _text(np.rint(np.nan_to_num(trace.weights[:, columns], nan=1.0).clip(0, 1) * 255), np.uint8),
        "open": _text((trace.constraints < 0).sum(axis=1), np.uint16),
        "most": float(slack.max(initial=0.0)),
        "unit": _unit(trace),
        "epsilon": _text(trace.epsilon, np.float32),
        "lagrangian": _text(trace.lagrangian, np.float32),
        "norm": _text(trace.norm, np.float32),
        "branch": _text(trace.branch, np.uint8),
        "branches": list(BRANCHES),
        "success": _text(trace.success, np.uint8),
        "first": trace.first_success,
        "best": trace.best_step,
        "events": trace.epsilon_events,
        "start": telling_step(trace),
        "sentences": said[: len(trace)],
        "pictures": _frames(trace, 1 if live else frames) if trace.image.ndim == 3 else None,
    }


def telling_step(trace: Trace) -> int:
    """Where a replay opens: the first success, else the best step."""
    return trace.first_success if trace.first_success is not None else trace.best_step


def kept_steps(trace: Trace, most: int = FRAMES) -> list[int]:
    """At most ``most`` steps whose perturbation is kept: the exact ones, and the others thinned out evenly."""
    exact = {int(step) for step in trace.exact_steps}
    near = sorted({int(step) for step in trace.stored} - exact)
    room = max(most - len(exact), 1)
    if len(near) > room:
        near = [near[i] for i in np.unique(np.linspace(0, len(near) - 1, room).astype(int))]
    return sorted(exact | set(near))


def _frames(trace: Trace, most: int) -> dict[str, Any]:
    kept = kept_steps(trace)[-1:] if most == 1 else kept_steps(trace, most)
    frames = {step: pictures.noise_levels(trace.perturbation_at(step)[0]) for step in kept[-1:]}
    affordable = BUDGET // max(len(_jpeg(frames[kept[-1]][0])), 1)
    if affordable < len(kept):
        kept = kept_steps(trace, affordable)
    frames |= {step: pictures.noise_levels(trace.perturbation_at(step)[0]) for step in kept}
    return {
        "clean": _jpeg(pictures.to_levels(trace.image)),
        "steps": kept,
        "noise": [_jpeg(frames[step][0]) for step in kept],
        "gains": [frames[step][1] for step in kept],
        "magnify": pictures.magnification(trace.perturbation_at(len(trace) - 1)[0]),
    }


def _note(trace: Trace) -> str:
    """What the slack panel's numbers are."""
    margin = margin_of(trace)
    units = f"in {trace.header['space']} units"
    return f"{units} · slack counts a margin of {margin:g}" if margin else units


def _sent(all_rows: list[rows.Row], live: bool) -> list[rows.Row]:
    """The rows that go to the browser, in their order: while a run goes on, those that are not folded."""
    folded = [row for row in all_rows if row.folded]
    room = 0 if live else max(SENT - (len(all_rows) - len(folded)), 0)
    left_out = {id(row) for row in folded[room:]}
    return [row for row in all_rows if id(row) not in left_out]


def _jpeg(levels: np.ndarray[Any, Any]) -> str:
    return "data:image/jpeg;base64," + b64encode(pictures.jpeg(levels, SIDE, QUALITY)).decode()


def _text(values: np.ndarray[Any, Any], kind: type) -> str:
    return b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode()


def _half(values: np.ndarray[Any, Any]) -> str:
    """Half precision: three digits, which is more than a panel shows."""
    return _text(np.clip(values, -6e4, 6e4), np.float16)


def _unit(trace: Trace) -> float:
    """The knee of the slack axis: near it the axis is linear, far above it logarithmic, so epsilon stays visible."""
    finite = trace.epsilon[np.isfinite(trace.epsilon)]
    return float(np.median(finite)) if len(finite) else 0.0
