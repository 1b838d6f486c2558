"""Runs in the plane as picture files: one frame, or an animation over all steps. Pillow only."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Array = np.ndarray[Any, Any]
WIDTH, EDGE, HEAD, TRAIL, FRAMES = 720, 14, 30, 45, 120
SERIES = ("#2563c9", "#c2570c", "#0f8a5f", "#7c4dcc", "#c8324b", "#b0368a", "#8a6d00")
INK, FAINT = "#1b2026", "#68727f"


def frame(data: dict[str, Any], step: int, scale: int = 2) -> Image.Image:
    """The plane at a step, light, drawn at ``scale`` times its size and reduced (Pillow draws hard edges).

    Args:
        data: the payload of the plane's player, with ``plane`` and ``runs``.
        step: which step to show.
    """
    (x0, y0), (x1, y1) = data["plane"]["box"]
    inner = (WIDTH - 2 * EDGE) * scale
    unit = inner / (x1 - x0)
    height = round(unit * (y1 - y0))
    picture = Image.new("RGB", (WIDTH * scale, height + (HEAD + EDGE) * scale), "#ffffff")
    tints: Image.Image = Image.open(BytesIO(base64.b64decode(data["plane"]["picture"].split(",", 1)[1])))
    tints = tints.resize((round(inner), height), Image.Resampling.BILINEAR)
    picture.paste(tints, (EDGE * scale, HEAD * scale), tints)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((EDGE * scale, HEAD * scale, EDGE * scale + inner, HEAD * scale + height), outline=FAINT)

    def at(x: float, y: float) -> tuple[float, float]:
        return EDGE * scale + (x - x0) * unit, HEAD * scale + (y1 - y) * unit

    for x, y, name in data["plane"]["names"]:
        draw.text(
            at(x, y), name, fill=INK, anchor="mm", font=_font(13 * scale), stroke_width=scale, stroke_fill="#ffffff"
        )
    left: float = EDGE * scale
    draw.text((left, HEAD * scale / 2), f"step {step}", fill=INK, anchor="lm", font=_font(14 * scale))
    left += 90 * scale
    for i, run in enumerate(data["runs"]):
        colour, path = SERIES[i % len(SERIES)], _path(run)
        points = [at(*point) for point in path.tolist()]
        draw.line(points, fill=_paler(colour), width=scale, joint="curve")
        draw.line(points[max(0, step - TRAIL) : step + 1] or points[:1], fill=colour, width=3 * scale, joint="curve")
        here = points[min(step, len(points) - 1)]
        _mark(draw, run["mark"], *here, 7 * scale, colour)
        _mark(draw, run["mark"], left + 6 * scale, HEAD * scale / 2, 6 * scale, colour)
        draw.text((left + 17 * scale, HEAD * scale / 2), run["title"], fill=INK, anchor="lm", font=_font(13 * scale))
        left += 34 * scale + draw.textlength(run["title"], font=_font(13 * scale))
    return picture.resize((WIDTH, picture.height // scale), Image.Resampling.LANCZOS)


def png(data: dict[str, Any], step: int) -> bytes:
    """One step as PNG."""
    file = BytesIO()
    frame(data, step).save(file, "PNG")
    return file.getvalue()


def animation(data: dict[str, Any], kind: str) -> bytes:
    """All steps as an animated ``"webp"`` or ``"gif"``, at most 120 frames, about ten seconds."""
    last = max((run["n"] for run in data["runs"]), default=1) - 1
    steps = np.unique(np.linspace(0, last, min(FRAMES, last + 1)).astype(int)).tolist()
    frames = [frame(data, step, scale=1) for step in steps]
    file = BytesIO()
    options: dict[str, Any] = {"save_all": True, "append_images": frames[1:], "duration": 80, "loop": 0}
    if kind == "gif":
        frames[0].save(file, "GIF", **options)
    else:
        frames[0].save(file, "WEBP", quality=70, method=2, **options)
    return file.getvalue()


def _path(run: dict[str, Any]) -> Array:
    return np.frombuffer(base64.b64decode(run["path"]), dtype=np.float32).reshape(-1, 2)


def _mark(draw: ImageDraw.ImageDraw, mark: str, x: float, y: float, size: float, colour: str) -> None:
    corners = {
        "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
        "triangle": ((0, -1.2), (1.1, 0.85), (-1.1, 0.85)),
        "diamond": ((0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)),
    }
    if mark == "circle":
        draw.ellipse((x - size, y - size, x + size, y + size), fill=colour, outline="#ffffff")
    else:
        draw.polygon([(x + dx * size, y + dy * size) for dx, dy in corners[mark]], fill=colour, outline="#ffffff")


def _paler(colour: str) -> tuple[int, ...]:
    return tuple(round(int(colour[i : i + 2], 16) * 0.35 + 255 * 0.65) for i in (1, 3, 5))


def _font(size: float) -> Any:
    return ImageFont.load_default(size)
