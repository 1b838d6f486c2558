"""Universal: one perturbation for all pictures; watch it grow pass by pass, and try it on scenes it has not seen."""

from pages.parts.universal import controls
from pages.parts.universal.live import show_run
from pages.parts.universal.recorded import show_recorded
from pages.parts.universal.state import JOB_PAGE
from pages.shared.from_link import Opened
from pages.shared.links import UNIVERSAL
from pages.shared.presenter import intro, title
from pages.shared.shell import ensure_router

ensure_router()
link = Opened(UNIVERSAL)

title("Universal")
intro(
    "One perturbation for **all** pictures. The attack goes over the training scenes again and again: a scene that is "
    "already fooled is passed over; for any other, the attack inside finds what has to be added, and the sum is cut "
    "back to the ball of radius τ (Algorithm 2). What counts is the share of scenes it has **never seen** that lose "
    "all their true labels from the top *k*.",
)
order = controls.choose_order()
if order is not None:
    controls.run_or_stop(order)

run = JOB_PAGE.current()
if run is not None:
    show_run(run)
else:
    show_recorded()
link.explain()
