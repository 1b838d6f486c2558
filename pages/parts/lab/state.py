"""What the lab remembers per browser session: the order that was run, its job, and small results that belong to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pages.shared.job_page import JobPage, Run
from pages.shared.links import LAB
from pages.shared.task import Task

if TYPE_CHECKING:
    from masw_core.trace.trace import Trace  # noqa: F401 (the type of a run's record, named in a text)


@dataclass(frozen=True)
class Order(Task):
    """Everything a run is made of; two equal orders give the same run."""

    attack: str
    preset: str
    settings: tuple[tuple[str, Any], ...]


@dataclass
class LabRun(Run[Order, "Trace"]):
    """A started run: its job, and what was computed for it on demand."""

    rounded: dict[int, bool] = field(default_factory=dict)  # step -> success after 8-bit rounding
    said: list[str] = field(default_factory=list)  # the sentences of its steps
    by_hand: ByHand | None = None  # the same once more, with weights by hand
    opens_at: int | None = None  # the step at which the player opens; None: a telling one
    opened: bool = False  # from a file; nothing of it was computed here
    lacks: str = ""  # why its model cannot be asked, one sentence

    def made(self) -> str:
        return "opened from a file" if self.opened else super().made()

    def progress(self) -> tuple[float, str]:
        job = self.job
        rate = f" · {job.done_steps / job.seconds:.0f} steps/s" if job.seconds > 0.5 else ""
        return job.progress, f"Step {self._reached} of {job.total}{rate}"

    def stopped(self) -> str:
        return f"Stopped at step {self._reached} of {self.job.total}; what was computed can be explored."

    def paused(self) -> str:
        return (
            f"The goal was reached, so the run rests at step {self._reached} of {self.job.total}. Going on may find a "
            "smaller perturbation."
        )

    @property
    def _reached(self) -> int:
        return max(self.job.done_steps - 1, 0)

    def badges(self) -> list[str]:
        job, order = self.job, self.order
        task = f"{order.picture.name} · {order.model} · {order.attack} · {order.case} · k = {order.k}"
        pace = [f"{job.seconds:.1f} s, {job.done_steps / job.seconds:.0f} steps/s"] if job.seconds else []
        return [task, *pace]


@dataclass
class ByHand:
    """A second run of the same order.

    Attributes:
        run: it.
        weights: by column of the first run's trace.
        at: the first step that they hold at.
    """

    run: LabRun
    weights: dict[int, float]
    at: int


JOB_PAGE: JobPage[LabRun] = JobPage(LAB)
