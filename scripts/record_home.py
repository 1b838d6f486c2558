"""Choose and record the run that the home page replays: python scripts/record_home.py

Candidates are all sample pictures in which the model sees at least three labels: drawn scenes with ``scenes`` and
``scenes-robust``, photos with ``photo``; untargeted, k = 3, at 0.4 and 0.5 of the recommended radius. Each is run with
MASW's default weights and with uniform weights. Chosen is, among the runs that do not reach the goal with either and
whose weights move (see ``weights_move``), the one that meets the most constraints more than uniform weights, both read
at their best step; of equals, the one that has the most true labels more below 0.5 there. Weights do not help on every
picture, so what the page says of the run is made here, with how many of the candidates went the other way.

Run it again whenever the player's payload, the method or the models change; a test says when the payload has.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from masw_core import load_attack, load_model, make_goal, run  # noqa: E402
from masw_core.data.images import read_image, to_tensor  # noqa: E402
from masw_core.data.samples import Sample, list_samples  # noqa: E402
from masw_core.models import list_models  # noqa: E402
from masw_core.trace.trace import Trace  # noqa: E402
from masw_core.views.payload import player_payload  # noqa: E402

import numpy as np  # noqa: E402
import torch  # noqa: E402

MODELS = {"scenes": "scene", "scenes-robust": "scene", "photo": "photo"}  # and how the ids of their pictures begin
FEWEST_LABELS, K, SHARES, STEPS, FRAMES = 3, 3, (0.4, 0.5), 100, 24  # default steps of tau / 40, together 2.5 radii


@dataclass(frozen=True)
class Candidate:
    """A picture, a model and a radius, run twice."""

    sample: Sample
    model: str
    share: float
    tau: float
    weighted: Trace
    uniform: Trace

    @property
    def gain(self) -> tuple[int, int]:
        """By how many constraints met, and by how many labels off, the weights are ahead of uniform ones."""
        a, b = self.weighted, self.uniform
        return met(a) - met(b), len(labels_off(a)) - len(labels_off(b))

    @property
    def tells(self) -> bool:
        """Whether weights have something to decide here: nobody reaches the goal, and they move."""
        return self.weighted.first_success is None is self.uniform.first_success and weights_move(self.weighted)


def met(trace: Trace) -> int:
    """How many constraints hold at the best step."""
    return int((trace.constraints[trace.best_step] >= 0).sum())


def labels_off(trace: Trace) -> list[str]:
    """The true labels that are below 0.5 at the best step."""
    return [trace.header["labels"][j] for j in trace.header["true"] if trace.scores[trace.best_step, j] < 0]


def weights_move(trace: Trace) -> bool:
    """Two violated constraints weigh less than a half at half of the steps, and the weight of two moves by a half."""
    held_back = ((trace.weights < 0.5) & (trace.constraints < 0)).sum(axis=1) >= 2
    moved = np.ptp(trace.weights, axis=0) >= 0.5
    return bool(held_back.mean() >= 0.5 and moved.sum() >= 2)


def candidates(name: str) -> list[Candidate]:
    """Every candidate of one model."""
    model = load_model(name)
    samples = [sample for sample in list_samples() if sample.id.startswith(MODELS[name])]
    x = torch.stack([to_tensor(read_image(sample.file), model.input_size) for sample in samples])
    with torch.inference_mode():
        scores = model(x).clone()
    enough = torch.nonzero((scores >= 0).sum(1) >= FEWEST_LABELS)[:, 0]
    x, scores = x[enough], scores[enough]
    goal = make_goal("untargeted", scores >= 0, K)
    found = []
    for share in SHARES:
        tau = share * model.recommended_tau["untargeted"]
        weighted, uniform = (
            run(load_attack("masw", steps=STEPS, tau=tau, **extra), model, x, goal, stop="never", trace=True).traces
            for extra in ({}, {"weighting": "uniform"})
        )
        for place, number in enumerate(enough.tolist()):
            found.append(Candidate(samples[number], name, share, tau, weighted[place], uniform[place]))
            print(told(found[-1]), flush=True)
    return found


def told(one: Candidate) -> str:
    """A line for whoever runs this."""
    a, b = one.weighted, one.uniform
    return (
        f"{one.model:13} {one.sample.title:22} {one.share:g}  met {met(a)} and {met(b)} of {a.constraints.shape[1]}, "
        f"labels off {len(labels_off(a))} and {len(labels_off(b))}, failure {a.failure[a.best_step]:.2f} and "
        f"{b.failure[b.best_step]:.2f}, steps to the goal {a.first_success} and {b.first_success}, "
        f"weights move: {weights_move(a)}"
    )


def setting(one: Candidate) -> dict[str, Any]:
    """The run as the pages' links set it; the model where it is not the one that the picture brings along."""
    found: dict[str, Any] = {"picture": one.sample.title, "steps": STEPS, "tau": f"{one.tau:g}"}
    if one.model != one.sample.model:
        found["model"] = next(info.title for info in list_models() if info.name == one.model)
    return found


def about(one: Candidate, every: list[Candidate]) -> str:
    """What the page says: what was run, that it was chosen, and uniform weights beside it."""
    a, b = one.weighted, one.uniform
    ahead, behind = (sum(sign * other.gain[0] > 0 for other in every) for sign in (1, -1))
    true, constraints = [a.header["labels"][j] for j in a.header["true"]], a.constraints.shape[1]
    off = labels_off(a)
    return (
        f"MASW on the sample “{one.sample.title}” (model {one.model}), untargeted, k = {K}, {STEPS} steps, at "
        f"{one.share:g} of the recommended radius (τ = {one.tau:g}). The whole goal is not reached there, so what "
        f"counts is how much of it is. At its best step {met(a)} of {constraints} constraints are met and "
        f"{len(off)} of {len(true)} labels ({_listed(off)}) are below 0.5; the rest "
        f"({_listed([name for name in true if name not in off])}) is given up. With uniform weights: {met(b)} of "
        f"{constraints} constraints and {len(labels_off(b))} of {len(true)} labels; the failure degree is "
        f"{a.failure[a.best_step]:.2f} instead of {b.failure[b.best_step]:.2f}.\n\nThis run was chosen because its "
        f"weights move and gain the most against uniform weights: of {len(every)} runs on samples like this, the "
        f"weights met more constraints in {ahead}, fewer in {behind}, and as many in {len(every) - ahead - behind}."
    )


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def main() -> None:
    torch.set_num_threads(1)
    every = [one for name in MODELS for one in candidates(name)]
    chosen = max((one for one in every if one.tells), key=lambda one: one.gain)
    data = player_payload(chosen.weighted, "recorded", frames=FRAMES)
    data["about"], data["setting"] = about(chosen, every), setting(chosen)
    file = ROOT / "assets" / "recorded" / "home.json"
    file.write_text(json.dumps(data, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{file}: {file.stat().st_size / 1000:.0f} kB\n{data['about']}")


if __name__ == "__main__":
    main()
