"""Record the universal attack that its page shows before anything has run: python scripts/record_universal.py

MASW-Uv on the scenes model with the page's defaults, about half a minute.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from masw_core import load_dataset, load_model  # noqa: E402
from masw_core.universal import iterate_universal, load_universal  # noqa: E402
from masw_core.universal.recorder import UniversalRecorder  # noqa: E402
from masw_core.universal.samples import rightly_tagged  # noqa: E402
from masw_core.universal.showcase import Showcase  # noqa: E402
from masw_core.universal.verdict import Verdict, judge  # noqa: E402

import numpy as np  # noqa: E402

MODEL, K, TRAINING, HELD_OUT = "scenes", 3, 200, 100
SHOWN = 3  # of each kind: fooled, not fooled


def main() -> None:
    model = load_model(MODEL, device="cpu")
    x, true = rightly_tagged(model, load_dataset("scenes", "train"), TRAINING)
    universal, recorder = load_universal("masw", passes=5), UniversalRecorder()
    for step in iterate_universal(universal, model, x, true, K):
        recorder.take(step)
    record = recorder.snapshot(complete=True)
    new, labels = rightly_tagged(model, load_dataset("scenes", "test"), HELD_OUT)
    verdict = judge(model, record.step.best, new, labels, K)
    shown = np.concatenate([np.flatnonzero(verdict.fooled)[:SHOWN], np.flatnonzero(~verdict.fooled)[:SHOWN]])
    rows = {name: getattr(verdict, name)[shown] for name in ("true", "before", "after", "fooled")}
    file = ROOT / "assets" / "recorded" / "universal.npz"
    Showcase(
        about=f"MASW-Uv on {TRAINING} training scenes, model {MODEL}, k = {K}, {universal.passes} passes, seed 0.",
        labels=model.labels,
        passes=universal.passes,
        training=TRAINING,
        history=record.history,
        batches=record.batches,
        best_pass=record.step.best_pass,
        z=record.step.best.numpy(),
        scenes=new[shown].numpy(),
        verdict=Verdict(verdict.samples, verdict.held_out, verdict.noise, **rows),
    ).save(file)
    print(f"{file}: {file.stat().st_size / 1000:.0f} kB, held-out {verdict.held_out}")


if __name__ == "__main__":
    main()
