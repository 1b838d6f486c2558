"""Record the run that the home page replays: python scripts/record_home.py

Run it again whenever the player's payload or the models change; a test says when that is so.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from masw_core import load_attack, load_model, make_goal, run  # noqa: E402
from masw_core.data.images import read_image, to_tensor  # noqa: E402
from masw_core.data.samples import list_samples  # noqa: E402
from masw_core.views.payload import player_payload  # noqa: E402

TITLE, K, STEPS, FRAMES = "Bicycle tour", 3, 120, 24


def main() -> None:
    sample = next(sample for sample in list_samples() if sample.title == TITLE)
    model = load_model(sample.model)
    x = to_tensor(read_image(sample.file), model.input_size)[None]
    scores = model(x).detach()
    attack = load_attack("masw", steps=STEPS)
    goal = make_goal("untargeted", scores >= 0, K, scores)
    trace = run(attack, model, x, goal, stop="never", trace=True).traces[0]  # type: ignore[index]
    data = player_payload(trace, "recorded", frames=FRAMES)
    data["about"] = (
        f"MASW on the sample “{TITLE}” (model {model.name}), untargeted, k = {K}, {STEPS} steps. "
        "Recorded, so it plays at once; everything in the lab is computed when you press Run."
    )
    file = ROOT / "assets" / "recorded" / "home.json"
    file.write_text(json.dumps(data, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{file}: {file.stat().st_size / 1000:.0f} kB, first success at step {trace.first_success}")


if __name__ == "__main__":
    main()
