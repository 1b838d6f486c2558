"""What the Compare page remembers per browser session: the order that was run and its job."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from pages.shared.job_page import JobPage, Run
from pages.shared.links import COMPARE
from pages.shared.task import Task

if TYPE_CHECKING:
    from masw_core.attacks import Attack
    from masw_core.trace.trace import Trace  # noqa: F401 - names what the job records


@dataclass(frozen=True)
class ComparisonOrder(Task):
    """Everything a comparison is made of.

    Attributes:
        methods: as the command line writes them.
        steps: at most so many updates each.
        tau: everybody's ball; None: the recommended one.
    """

    methods: tuple[str, ...]
    steps: int
    tau: float | None = None


@dataclass
class ComparisonRun(Run[ComparisonOrder, "dict[str, Trace]"]):
    """A started comparison.

    Attributes:
        attacks: what runs, by method, in their order.
        titles: what people call the methods.
        opens_at: the step at which all pictures are taken first.
    """

    attacks: dict[str, Attack]
    titles: dict[str, str]
    opens_at: int = 10

    @property
    def points(self) -> tuple[int, ...]:
        """How many points each method's run has."""
        return tuple(attack.steps + 1 for attack in self.attacks.values())

    @property
    def turn(self) -> int:
        """The number of the method at work, from 0."""
        ends = accumulate(self.points)
        return min(sum(self.job.done_steps >= end for end in ends), len(self.points) - 1)

    def progress(self) -> tuple[float, str]:
        methods = self.order.methods
        return self.job.progress, f"{self.titles[methods[self.turn]]} ({self.turn + 1} of {len(methods)})"

    def stopped(self) -> str:
        return "Stopped; what was computed is compared below."

    def badges(self) -> list[str]:
        job, order = self.job, self.order
        task = f"{order.picture.name} · {order.model} · {order.case} · k = {order.k}"
        return [task, f"{job.seconds:.1f} s for {job.done_steps} steps"]


JOB_PAGE: JobPage[ComparisonRun] = JobPage(
    COMPARE, button="Compare", icon=":material/balance:", again="Compare to start again"
)
