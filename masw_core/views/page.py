"""The frame of every report: one HTML file that needs no server and no network, with figures that can be hovered.

Text is escaped here and in the reports; a policy in the file's head forbids whatever does not come with it. Which
words, tables and figures a report has is decided by the reports.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

import masw_core

LARGEST = 6_000_000  # bytes of a report; plotly.js is 4.8 million of them
FRAME = 30_000  # bytes for the style sheet and what stands around the parts
MOST_NUMBERS = 20_000  # of a figure; a longer run is drawn with every second, third, … step
PLACE = Path(__file__).parent


def page(title: str, parts: Iterable[str]) -> str:
    """A whole file.

    Args:
        title: plain text.
        parts: HTML from the functions below.
    """
    from plotly.offline import get_plotlyjs

    scripts = [get_plotlyjs(), (PLACE / "page.js").read_text(encoding="utf-8")]
    hashes = " ".join(f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts)
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )
    lines = [
        "<!doctype html>",
        '<html lang="en">',
        '<head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{text(title)}</title>",
        f"<style>{(PLACE / 'page.css').read_text(encoding='utf-8')}</style></head>",
        f"<body><main><h1>{text(title)}</h1>",
        *parts,
        f"<footer>Made by MASW Explorer {masw_core.__version__}; nothing here is loaded from elsewhere.</footer>",
        "</main>",
        *(f"<script>{script}</script>" for script in scripts),
        "</body></html>",
    ]
    return "\n".join(lines) + "\n"


def room(*parts: str) -> int:
    """Bytes of pictures that fit beside these parts."""
    from plotly.offline import get_plotlyjs

    taken = len(get_plotlyjs().encode()) + FRAME + sum(len(part.encode()) for part in parts)
    return max(LARGEST - taken, 0) * 3 // 4  # base64 writes three bytes as four


def text(words: object) -> str:
    """Plain text as HTML."""
    return escape(str(words), quote=False)


def paragraph(words: str, kind: str = "") -> str:
    """A paragraph of plain text; ``kind`` is a class of the style sheet."""
    return f'<p class="{kind}">{text(words)}</p>' if kind else f"<p>{text(words)}</p>"


def section(title: str, *parts: str) -> str:
    return "\n".join([f"<section><h2>{text(title)}</h2>", *parts, "</section>"])


def figure(spec: dict[str, Any], caption: str, alt: str = "") -> str:
    """A Plotly spec; its own title gives way to the caption.

    Strings of the spec are shown as they are written: labels may hold what Plotly would read as markup.
    """
    layout = {name: value for name, value in spec["layout"].items() if name != "title"}
    layout["margin"] = {**layout.get("margin", {}), "t": 16}
    apart = max(1, -(-sum(map(_numbers_of, spec["data"])) // MOST_NUMBERS))
    data = [_thinned(one, apart) for one in spec["data"]]
    drawn = json.dumps(_literal({"data": data, "layout": layout}), separators=(",", ":"))
    return (
        f'<figure class="plot"><figcaption>{text(caption)}</figcaption>'
        f'<div role="img" aria-label="{escape(alt or caption)}" style="min-height:{layout.get("height", 400)}px"></div>'
        f'<script type="application/json">{drawn.replace("<", chr(92) + "u003c")}</script></figure>'
    )


def _literal(part: Any) -> Any:
    """The same spec, in which no text is markup; hover templates are ours and hold no names."""
    if isinstance(part, dict):
        return {key: value if key == "hovertemplate" else _literal(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_literal(value) for value in part]
    return escape(part, quote=False) if isinstance(part, str) else part


def _over_all_steps(one: dict[str, Any]) -> bool:
    return one["type"] in ("scatter", "heatmap") and one["x"] == list(range(len(one["x"])))


def _numbers_of(one: dict[str, Any]) -> int:
    if not _over_all_steps(one):
        return 0
    return len(one["x"]) * (2 * len(one["z"]) if "z" in one else 1)


def _thinned(one: dict[str, Any], apart: int) -> dict[str, Any]:
    """A line or heatmap over all steps in less room: every so many-th step, and x as start and distance."""
    if not _over_all_steps(one):
        return one
    rest = {name: value for name, value in one.items() if name != "x"}
    if "z" in one:
        rest |= {name: [row[::apart] for row in one[name]] for name in ("z", "customdata") if name in one}
    else:
        rest["y"] = one["y"][::apart]
    return {**rest, "x0": 0, "dx": apart}


def table(head: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> str:
    """Cells are plain text; the first of a row is its head."""
    lines = ['<div class="wide"><table>', f"<caption>{text(caption)}</caption>" if caption else ""]
    lines.append(
        "<thead><tr>" + "".join(f'<th scope="col">{text(name)}</th>' for name in head) + "</tr></thead><tbody>"
    )
    for first, *others in rows:
        cells = "".join(f"<td>{text(cell)}</td>" for cell in others)
        lines.append(f'<tr><th scope="row">{text(first)}</th>{cells}</tr>')
    return "\n".join([*lines, "</tbody></table></div>"])


def picture(data: bytes, caption: str, alt: str) -> str:
    """A WebP picture with a caption below it."""
    image = f'<img src="data:image/webp;base64,{b64encode(data).decode()}" alt="{escape(alt)}">'
    return f'<figure class="picture">{image}<figcaption>{text(caption)}</figcaption></figure>'


def pictures(*columns: Sequence[str]) -> str:
    """Columns of pictures, as many side by side as there is room for."""
    return "\n".join(['<div class="pictures">', *(f"<div>{''.join(column)}</div>" for column in columns), "</div>"])


def code(written: str) -> str:
    return f"<pre><code>{text(written)}</code></pre>"


def folded(summary: str, *parts: str) -> str:
    """What is there for those who ask."""
    return "\n".join([f"<details><summary>{text(summary)}</summary>", *parts, "</details>"])
