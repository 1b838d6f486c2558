"""Which attacks exist and what is known of each: the app, the command line and the tests read this table.

An attack registers itself with ``register`` in its own file; every module of this folder is imported when the
registry is first asked, so a new attack means one new file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, TypeVar

from masw_core.attacks.base import Attack
from masw_core.attacks.names_elsewhere import no_such_setting
from masw_core.settings import Setting, settings_of, shown

FIDELITIES = ("faithful", "port", "reconstruction")
_REGISTRY: dict[str, AttackInfo] = {}
AnyAttack = TypeVar("AnyAttack", bound=type[Attack])


@dataclass(frozen=True)
class PaperRow:
    """Where the paper's tables I to VIII and S.I to S.IX compare an attack.

    Attributes:
        place: tables list their attacks by it.
        kinds: of ``"untargeted"``, ``"universal"`` and ``"targeted"``: the tables that have the attack.
        large: whether the main text's tables of the large sets (VI to VIII) have it; the supplement's have all.
        main: whether the main text has it at all.
    """

    place: int
    kinds: tuple[str, ...]
    large: bool = False
    main: bool = True


@dataclass(frozen=True)
class AttackInfo:
    """What the registry knows of an attack.

    Attributes:
        name: what ``load_attack`` takes.
        title: what people read.
        family: kind of method.
        paper: reference.
        cases: ``"untargeted"`` and/or ``"targeted"`` (which covers best, random and worst).
        fidelity: ``"faithful"`` to its paper, a ``"port"`` of public code, or a labelled ``"reconstruction"``.
        summary: one sentence.
        presets: preset name to settings; always has ``"default"``.
        in_paper: its row in the paper's tables; None: they do not have it.
        in_plane: whether it runs on points of the plane, so that the playground offers it.
        needs_jacobian: whether a step takes the gradients of several scores; it gets fewer steps in a comparison.
    """

    name: str
    title: str
    family: str
    paper: str
    cases: tuple[str, ...]
    fidelity: str
    summary: str
    presets: Mapping[str, Mapping[str, Any]]
    build: type[Attack] = field(repr=False)
    in_paper: PaperRow | None = None
    in_plane: bool = True
    needs_jacobian: bool = False

    @property
    def settings(self) -> tuple[Setting, ...]:
        """What can be set: name, kind, choices, default and what it means."""
        return settings_of(self.build)

    def supports(self, case: str) -> bool:
        """Whether the attack can do a case of ``goals.CASES``, or "universal": what can be untargeted can be that."""
        return ("untargeted" if case in ("untargeted", "universal") else "targeted") in self.cases


def register(
    name: str,
    *,
    title: str,
    family: str,
    paper: str,
    cases: tuple[str, ...],
    fidelity: str,
    summary: str,
    presets: Mapping[str, Mapping[str, Any]] | None = None,
    in_paper: PaperRow | None = None,
    in_plane: bool = True,
    needs_jacobian: bool = False,
) -> Callable[[AnyAttack], AnyAttack]:
    """Class decorator that puts an attack into the registry, see ``AttackInfo``, and tells it name and cases."""
    if fidelity not in FIDELITIES:
        raise ValueError(f"fidelity = {fidelity!r} is unknown: choose one of {', '.join(FIDELITIES)}.")

    def add(attack: AnyAttack) -> AnyAttack:
        attack.name, attack.cases = name, cases
        _REGISTRY[name] = AttackInfo(
            name,
            title,
            family,
            paper,
            cases,
            fidelity,
            summary,
            presets or {"default": {}},
            attack,
            in_paper,
            in_plane,
            needs_jacobian,
        )
        return attack

    return add


@cache
def _import_all() -> None:
    package = import_module("masw_core.attacks")
    for module in iter_modules(package.__path__):
        import_module(f"masw_core.attacks.{module.name}")


def list_attacks() -> list[AttackInfo]:
    """All attacks, MASW first, then by name."""
    _import_all()
    return sorted(_REGISTRY.values(), key=lambda info: (info.name != "masw", info.name))


def attack_info(name: str) -> AttackInfo:
    """What is known of one attack.

    Raises:
        ValueError: no attack has this name.
    """
    _import_all()
    if name not in _REGISTRY:
        raise ValueError(f"Unknown attack {name!r}: choose one of {', '.join(i.name for i in list_attacks())}.")
    return _REGISTRY[name]


def load_attack(name: str, preset: str = "default", **settings: Any) -> Attack:
    """An attack by name, its preset, and settings that override the preset.

    Raises:
        ValueError: unknown attack, preset or setting, or a value out of range.
    """
    info = attack_info(name)
    if preset not in info.presets:
        raise ValueError(f"{name} has no preset {shown(preset)}: choose one of {', '.join(info.presets)}.")
    known = {setting.name: setting for setting in info.settings}
    for setting, value in settings.items():
        if setting not in known:
            raise ValueError(no_such_setting(name, setting, known))
        known[setting].check_kind(value)
    return info.build(**{**info.presets[preset], **settings})
