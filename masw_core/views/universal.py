"""A universal attack as pictures and Vega-Lite specs: rates per pass, share fooled per batch, pairs of scenes.

Charts are (rows, spec): rows is a list of dicts, so that only the rows change while a run goes on.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from masw_core.views.pictures import LEVELS, magnification, magnified, png, to_levels

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from masw_core.universal.recorder import BatchRow
    from masw_core.universal.step import PassRow

Array = np.ndarray[Any, Any]
Chart = tuple[list[dict[str, Any]], dict[str, Any]]
__all__ = ["LEVELS", "RATES", "batches_chart", "noise_picture", "pair", "rates_chart"]
RATES = {"asr": "ASR", "sasr": "SASR", "lfr": "LFR"}
GAP = 6  # pixels between two pictures
HEIGHT = 330


def rates_chart(history: tuple[PassRow, ...], passes: int) -> Chart:
    """ASR, SASR and LFR on the training samples after every pass, in percent."""
    rows = [
        {"pass": row.number, "rate": title, "percent": round(100 * getattr(row, name), 1)}
        for row in history
        for name, title in RATES.items()
    ]
    order, legend = list(RATES.values()), {"orient": "top", "title": None, "symbolType": "stroke", "symbolSize": 500}
    spec = {
        "height": HEIGHT,
        "mark": {"type": "line", "point": {"size": 60}, "strokeWidth": 2.5},
        "encoding": {
            "x": _axis("pass", "pass", [0, passes], tickMinStep=1, format="d"),
            "y": _axis("percent", "% of the training scenes", [0, 100]),
            "color": {"field": "rate", "type": "nominal", "sort": order, "legend": legend},
            "strokeDash": {"field": "rate", "type": "nominal", "sort": order, "legend": legend},
            "tooltip": [{"field": "rate"}, {"field": "pass"}, {"field": "percent"}],
        },
    }
    return rows, spec


def batches_chart(batches: tuple[BatchRow, ...], samples: int, passes: int) -> Chart:
    """The share of a pass's samples that z fooled before their turn, batch by batch, in percent."""
    rows = [
        {
            "pass": round(max(batch.number - 1, 0) + batch.seen / samples, 3),
            "percent": round(100 * batch.skipped_share, 1),
            "norm": round(batch.norm, 3),
            "during": f"pass {batch.number}",
        }
        for batch in batches
    ]
    spec = {
        "height": HEIGHT,
        "mark": {"type": "line", "strokeWidth": 2.5},
        "encoding": {
            "x": _axis("pass", "pass", [0, passes], tickMinStep=1, format="d"),
            "y": _axis("percent", "% of the scenes seen", [0, 100]),
            "detail": {"field": "during"},
            "tooltip": [{"field": "pass"}, {"field": "percent"}, {"field": "norm"}],
        },
    }
    return rows, spec


def noise_picture(z: Array) -> tuple[bytes, int]:
    """z at its own size as PNG bytes, grey is zero, and how many times it is magnified."""
    times = magnification(z)
    return png(magnified(z, times)), times


def pair(clean: Array, z: Array) -> bytes:
    """A clean scene and the same scene with z, side by side, as one PNG with a transparent gap."""
    left, right = to_levels(clean), to_levels(np.clip(clean + z, -1, 1))
    height, width = left.shape[:2]
    canvas = Image.new("RGBA", (2 * width + GAP, height))
    canvas.paste(Image.fromarray(left), (0, 0))
    canvas.paste(Image.fromarray(right), (width + GAP, 0))
    file = BytesIO()
    canvas.save(file, "PNG")
    return file.getvalue()


def _axis(field: str, title: str, domain: list[float], **axis: Any) -> dict[str, Any]:
    scale = {"domain": domain, "nice": False}
    return {"field": field, "type": "quantitative", "title": title, "scale": scale, "axis": axis or {"grid": True}}
