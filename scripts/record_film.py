"""Records the film for the home page: paths, picture and sentences as one small JSON file, so that no torch is needed.

python scripts/record_film.py     # writes assets/recorded/film.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import masw_core  # noqa: E402, F401  (sets OMP_WAIT_POLICY before torch is imported)
from masw_core.toy import LAYOUTS  # noqa: E402
from masw_core.toy.setup import Setup  # noqa: E402
from masw_core.views import toy_payload  # noqa: E402

FILE = ROOT / "assets" / "recorded" / "film.json"
OPENS_AT = 26  # MASW has just arrived, TkML is on its way to the edge
KEPT = ("key", "title", "mark", "letter", "weighted", "n", "path", "success", "first", "constraints", "numbers")


def film_setup() -> Setup:
    layout = LAYOUTS["film"]
    return Setup(toy="film", start=layout.start, true=layout.true, k=layout.k)


def record() -> dict[str, Any]:
    setup = film_setup()
    plane = toy_payload.plane(setup)
    runs = [toy_payload.run_payload(*run) for run in setup.run()]
    kept = [{name: run[name] for name in KEPT} for run in runs]
    kept[0]["sentences"] = runs[0]["sentences"]
    return {
        "id": "recorded-film",
        "mode": "film",
        "at": OPENS_AT,
        "start": list(setup.start),
        "tau": setup.tau,
        "plane": {name: plane[name] for name in ("box", "picture", "names", "labels", "true", "target", "k")},
        "runs": kept,
    }


if __name__ == "__main__":
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(record(), ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    print(f"{FILE.relative_to(ROOT)}: {FILE.stat().st_size / 1024:.0f} KB")
