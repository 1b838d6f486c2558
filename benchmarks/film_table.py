"""What each attack does on the film problem from 20 starts; writes the table of docs/playground.md.

python benchmarks/film_table.py            # prints the table
python benchmarks/film_table.py --write    # also puts it into docs/playground.md
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import masw_core  # noqa: E402, F401  (sets OMP_WAIT_POLICY before torch is imported)
from masw_core.toy import LAYOUTS, load_toy  # noqa: E402
from masw_core.toy.fluctuation import fluctuation_of  # noqa: E402
from masw_core.toy.race import race  # noqa: E402
from masw_core.toy.setup import Setup  # noqa: E402

import numpy as np  # noqa: E402
import torch  # noqa: E402

PAGE = ROOT / "docs" / "playground.md"
STARTS, SEED = 20, 0
COLUMNS = (
    "attack",
    "goal at the end",
    "reached on the way",
    "all constraints hold at the end",
    "distance travelled",
    "distance gained",
    "travelled ÷ gained",
    "boundary crossings",
    "rises of L",
    "last third",
)


def starts() -> torch.Tensor:
    """The film's own start, and 19 points drawn evenly from where both true labels are on."""
    toy = load_toy("film")
    low, high = (edge.numpy() for edge in toy.box)
    drawn = torch.tensor(np.random.default_rng(SEED).uniform(low, high, (400, 2)), dtype=torch.float32)
    both = (toy.model(drawn)[:, toy.goal.true[0]] > 0).all(1)
    return torch.cat([toy.start[None], drawn[both]])[:STARTS]


def table(step_size: float) -> str:
    """One row per attack, averages over the starts."""
    layout = LAYOUTS["film"]
    setup = Setup("film", layout.start, layout.true, layout.k, weightings=("spw", "uniform", "fixed", "spl"))
    setup = replace(setup, step_size=step_size)
    entrants = setup.entrants()
    runs = race([attack for _, _, attack in entrants], setup.model(), starts(), setup.goal())
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---|" + "---:|" * (len(COLUMNS) - 1)]
    for (_, title, _), traces in zip(entrants, runs, strict=True):
        numbers = [fluctuation_of(trace) for trace in traces]
        lines.append(
            f"| {title} | {sum(trace.success[-1] for trace in traces)} "
            f"| {sum(trace.first_success is not None for trace in traces)} "
            f"| {sum(bool((trace.constraints[-1] >= 0).all()) for trace in traces)} "
            f"| {np.mean([n.travelled for n in numbers]):.2f} | {np.mean([n.gained for n in numbers]):.2f} "
            f"| {np.median([n.ratio for n in numbers]):.1f} | {np.mean([n.crossings for n in numbers]):.0f} "
            f"| {np.mean([n.rises for n in numbers]):.0f} | {np.mean([n.late for n in numbers]):.2f} |"
        )
    return "\n".join(lines)


def main(write: bool) -> None:
    torch.set_num_threads(1)
    text = "\n\n".join(f"Steps of {size}:\n\n{table(size)}" for size in (0.03, 0.02))
    print(text)
    if write:
        page = PAGE.read_text(encoding="utf-8")
        before, _, rest = page.partition("<!-- table -->\n")
        _, _, after = rest.partition("<!-- end of table -->")
        PAGE.write_text(f"{before}<!-- table -->\n{text}\n<!-- end of table -->{after}", encoding="utf-8")


if __name__ == "__main__":
    main("--write" in sys.argv)
