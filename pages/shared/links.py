"""The addresses of the pages: their query parameters, and what those say by default.

Links are kept in other people's bookmarks: a key, once here, never changes its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from masw_core.toy.names import FILM_TITLES, PROBLEM_TITLES, WEIGHTING_TITLES
from pages.shared.cases import CASES
from pages.shared.parameters import PageLinks, Parameter

MODE_TITLES = {"run": "Run attacks", "candidates": "Compare two points", "paint": "Paint data"}  # of the playground


@dataclass(frozen=True)
class TaskLinks(PageLinks):
    """A page that attacks one picture: the lab and Compare.

    Attributes:
        card: a link that has it forgets what was set before, see ``from_link.Opened``; its value says whence.
    """

    card: Parameter
    picture: Parameter
    model: Parameter
    case: Parameter
    k: Parameter
    true: Parameter
    seed: Parameter
    cost: Parameter

    def afresh(self, origin: str, query: Mapping[str, Any]) -> dict[str, Any]:
        """A link that puts all it does not name back to the default; it names only what differs from that.

        A default that is named would not be put back: Streamlit drops it from the address.
        """
        return {self.card.key: origin, **query}


@dataclass(frozen=True)
class LabLinks(TaskLinks):
    """The Attack lab, which also has parameters for every setting of every attack."""

    file: ClassVar[str] = "pages/attack_lab.py"
    prefix: ClassVar[str] = "lab"
    card: Parameter = Parameter("lab_card")
    picture: Parameter = Parameter("lab_picture")
    model: Parameter = Parameter("lab_model")
    case: Parameter = Parameter("lab_case", "untargeted", CASES)
    k: Parameter = Parameter("lab_k", 3)
    true: Parameter = Parameter("lab_true")
    attack: Parameter = Parameter("lab_attack", "masw")
    seed: Parameter = Parameter("lab_seed", 0)
    cost: Parameter = Parameter("lab_cost", False)
    chart: Parameter = Parameter("lab_chart", look=True)
    seen: Parameter = Parameter("lab_seen", look=True)
    step: Parameter = Parameter("lab_step", look=True)  # where the player opens; no widget has it
    part: Parameter = Parameter("lab_part", look=True)

    def setting(self, attack: str, name: str) -> Parameter:
        """A field of an attack; empty: as the preset and the model say."""
        return Parameter(f"lab_{attack}_{name}")

    def preset(self, attack: str) -> Parameter:
        return Parameter(f"lab_{attack}_preset", "default")

    def find(self, key: str) -> Parameter | None:
        from masw_core.attacks import list_attacks

        names = [info.name for info in list_attacks()]
        presets = {preset.key: preset for preset in map(self.preset, names)}
        if key in presets:
            return presets[key]
        return Parameter(key) if key.startswith(tuple(f"lab_{name}_" for name in names)) else super().find(key)


@dataclass(frozen=True)
class CompareLinks(TaskLinks):
    """Compare; methods are written with their titles."""

    file: ClassVar[str] = "pages/compare.py"
    prefix: ClassVar[str] = "cmp"
    card: Parameter = Parameter("cmp_card")
    picture: Parameter = Parameter("cmp_picture")
    model: Parameter = Parameter("cmp_model")
    case: Parameter = Parameter("cmp_case", "untargeted", CASES)
    k: Parameter = Parameter("cmp_k", 3)
    true: Parameter = Parameter("cmp_true")
    methods: Parameter = Parameter("cmp_methods", ("masw", "tkml", "pgd"))
    steps: Parameter = Parameter("cmp_steps", 40)
    tau: Parameter = Parameter("cmp_tau")
    seed: Parameter = Parameter("cmp_seed", 0)
    cost: Parameter = Parameter("cmp_cost", False)
    quantity: Parameter = Parameter("cmp_quantity", "violation", look=True)
    pictures: Parameter = Parameter("cmp_pictures", look=True)
    part: Parameter = Parameter("cmp_part", look=True)
    at: Parameter = Parameter("cmp_at", look=True)  # the step of all pictures at the same step; no widget has it


@dataclass(frozen=True)
class UniversalLinks(PageLinks):
    """Universal."""

    file: ClassVar[str] = "pages/universal.py"
    prefix: ClassVar[str] = "uni"
    model: Parameter = Parameter("uni_model")
    attack: Parameter = Parameter("uni_attack")
    k: Parameter = Parameter("uni_k", 3)
    passes: Parameter = Parameter("uni_passes", 5)
    samples: Parameter = Parameter("uni_samples", 200)
    tau: Parameter = Parameter("uni_tau")
    steps: Parameter = Parameter("uni_steps")
    batch: Parameter = Parameter("uni_batch", 10)
    patience: Parameter = Parameter("uni_patience", 3)
    seed: Parameter = Parameter("uni_seed", 0)
    held_out: Parameter = Parameter("uni_held_out", 100)
    show: Parameter = Parameter("uni_show", "First six", look=True)
    part: Parameter = Parameter("uni_part", look=True)


@dataclass(frozen=True)
class ResultsLinks(PageLinks):
    """Results."""

    file: ClassVar[str] = "pages/results.py"
    prefix: ClassVar[str] = "res"
    view: Parameter = Parameter("res_view", "Chart")
    source: Parameter = Parameter("res_source", "Recorded here")
    set: Parameter = Parameter("res_set")
    printed: Parameter = Parameter("res_printed")
    model: Parameter = Parameter("res_model")
    k: Parameter = Parameter("res_k", "3")
    case: Parameter = Parameter("res_case")
    attacks: Parameter = Parameter("res_attacks")
    measure: Parameter = Parameter("res_measure")
    against: Parameter = Parameter("res_against")
    by: Parameter = Parameter("res_by", "asr")
    base: Parameter = Parameter("res_base", "masw")
    study: Parameter = Parameter("res_study", "weighting")
    radius: Parameter = Parameter("res_radius")
    over: Parameter = Parameter("res_over", "sasr")
    over_base: Parameter = Parameter("res_over_base", "masw+weighting=uniform")
    part: Parameter = Parameter("res_part", look=True)


@dataclass(frozen=True)
class PlaygroundLinks(PageLinks):
    """The playground; what depends on the problem has one parameter per problem."""

    file: ClassVar[str] = "pages/playground.py"
    prefix: ClassVar[str] = "play"
    problem: Parameter = Parameter("play_problem", "film", PROBLEM_TITLES)
    mode: Parameter = Parameter("play_mode", "run", MODE_TITLES)
    attacks: Parameter = Parameter("play_attacks", tuple(FILM_TITLES), FILM_TITLES)
    weighting: Parameter = Parameter("play_weighting", ("spw",), WEIGHTING_TITLES)
    steps: Parameter = Parameter("play_steps", 200)
    step: Parameter = Parameter("play_step", 0.03)
    tau: Parameter = Parameter("play_tau", 2.5)
    rule: Parameter = Parameter("play_rule", "unit")
    space: Parameter = Parameter("play_space", "logit")
    epsilon: Parameter = Parameter("play_epsilon", 0.1)
    eta: Parameter = Parameter("play_eta", 1.01)
    tint: Parameter = Parameter("play_tint", "predicted")
    view: Parameter = Parameter("play_view", "regions")
    brush: Parameter = Parameter("play_brush", ("1",))
    part: Parameter = Parameter("play_part", look=True)
    at: Parameter = Parameter("play_at", look=True)  # where the player opens; no widget has it

    def of_problem(self, problem: str, name: str, default: Any = None) -> Parameter:
        return Parameter(f"play_{problem}_{name}", default)

    def find(self, key: str) -> Parameter | None:
        own = key.startswith(tuple(f"play_{problem}_" for problem in PROBLEM_TITLES))
        return Parameter(key) if own else super().find(key)


@dataclass(frozen=True)
class LearnLinks(PageLinks):
    """The course: which idea is open, and what was answered so far."""

    file: ClassVar[str] = "pages/learn.py"
    prefix: ClassVar[str] = "learn"
    idea: Parameter = Parameter("learn_idea", 1)
    answers: Parameter = Parameter("learn_answers", "")


LEARN, LAB, COMPARE = LearnLinks(), LabLinks(), CompareLinks()
UNIVERSAL, RESULTS, PLAYGROUND = UniversalLinks(), ResultsLinks(), PlaygroundLinks()
ALL_LINKS: tuple[PageLinks, ...] = (LAB, COMPARE, UNIVERSAL, RESULTS, PLAYGROUND)
