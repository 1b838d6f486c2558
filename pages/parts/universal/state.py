"""What the universal page remembers per browser session: the order that was run, its job, what was judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pages.shared.job_page import JobPage, Run
from pages.shared.links import UNIVERSAL

if TYPE_CHECKING:
    from masw_core.universal.recorder import UniversalRecord
    from masw_core.universal.verdict import Verdict

ENDED = {
    "passes": "All passes are done.",
    "patience": "Ended: neither SASR nor LFR rose any more.",
    "rate": "Ended: enough training scenes are fooled.",
}


@dataclass(frozen=True)
class UniversalOrder:
    """Everything a run is made of; two equal orders give the same run."""

    model: str
    attack: str
    k: int
    passes: int
    samples: int
    held_out: int
    seed: int
    inner: tuple[tuple[str, Any], ...] = ()  # settings of the attack inside that were set
    outer: tuple[tuple[str, Any], ...] = ()  # settings of Universal that were set


@dataclass
class UniversalRun(Run[UniversalOrder, "UniversalRecord"]):
    """A started run, the run it continues, and its verdict once that was asked for."""

    before: UniversalRecord | None = None
    verdict: Verdict | None = None

    @property
    def record(self) -> UniversalRecord | None:
        """The run so far, or None before its first step."""
        return self.job.trace() or self.before

    @property
    def can_continue(self) -> bool:
        """Whether it was ended before its time and has something to go on with."""
        return self.job.state in ("stopped", "abandoned") and self.record is not None

    def progress(self) -> tuple[float, str]:
        record = self.record
        if record is None:
            return 0.0, _place(record, self.order.passes)
        step = record.step
        share = (max(step.number - 1, 0) + step.seen / step.samples) / self.order.passes
        return min(share, 1.0), _place(record, self.order.passes)

    def stopped(self) -> str:
        if self.record is None:
            return "Stopped before the first step."
        return f"Stopped. {_place(self.record, self.order.passes)} What was found is kept below."

    def badges(self) -> list[str]:
        if self.record is None:
            return []
        from masw_core.universal.presets import universal_preset

        order, step = self.order, self.record.step
        title = universal_preset(order.attack).title
        return [
            f"{order.model} · {title} · k = {order.k} · seed {order.seed}",
            f"{self.job.seconds:.1f} s · {step.backwards} gradient batches",
            *([ENDED[step.ended]] if step.ended else []),
        ]


def _place(record: UniversalRecord | None, passes: int) -> str:
    """Where a run is, one sentence."""
    if record is None or not record.step.number:
        return "Looking at the clean scenes…"
    step = record.step
    place = f"Pass {step.number} of {passes}: {step.seen} of {step.samples} scenes"
    return f"{place}, {step.skipped_share:.0%} fooled before their turn."


JOB_PAGE: JobPage[UniversalRun] = JobPage(UNIVERSAL, width=220, again="Run or Continue")
