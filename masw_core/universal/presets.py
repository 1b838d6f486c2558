"""The universal attacks by name: what the paper calls them, and where ours differ. Plain data, no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from masw_core.universal.config import Universal

INNER_STEPS = 20  # enough for nearly every sample of the embedded scenes; the paper's T is 300


@dataclass(frozen=True)
class UniversalPreset:
    """One row.

    Attributes:
        attack: what ``load_attack`` takes.
        title: what the paper's tables call it.
        source: where it is described.
        deviates: what ours does otherwise, besides what ``Universal`` says of Algorithm 2.
        inner: settings of the attack inside.
        outer: settings of ``Universal``.
    """

    attack: str
    title: str
    source: str
    deviates: str = ""
    inner: Mapping[str, Any] = field(default_factory=lambda: {"steps": INNER_STEPS})
    outer: Mapping[str, Any] = field(default_factory=dict)


UNIVERSALS = {
    row.attack: row
    for row in (
        UniversalPreset(
            "masw",
            "MASW-Uv",
            "Algorithm 2",
            "No flip constraints inside (lambda2 = 0): they fit z to the training samples (docs/decisions.md).",
            inner={"steps": INNER_STEPS, "lambda2": 0.0, "epsilon0": 0.5},  # chosen together
        ),
        UniversalPreset("madw", "MADW-Uv", "Algorithm S.2"),
        UniversalPreset(
            "tkml",
            "TkML-Uv",
            "Hu, Ke, Wang & Lyu: TkML-AP, ICCV 2021",
            "Ends on patience and passes too, not only on a rate (theirs can run for ever).",
            outer={"target_rate": 0.8},
        ),
        UniversalPreset(
            "pgd",
            "PGD-Uv",
            "Section V-A: PGD in the place of MASW",
            "A sample's run ends at its first success, as for all others.",
        ),
        UniversalPreset(
            "kfool",
            "kUAP",
            "Tursynbek, Petushko & Oseledets, WACV 2022",
            "Unlike the public port: kFool starts from x + z, what it finds is added in image space, samples where "
            "it fails count as well, and passes are capped.",
            outer={"target_rate": 0.8},
        ),
        UniversalPreset("tkmia", "TkMIA-Uv", "Table III of the paper"),
        UniversalPreset("tkalc", "TkALC-Uv", "Table III of the paper"),
    )
}


def universal_preset(name: str) -> UniversalPreset:
    """The row of an attack; attacks without one get Algorithm 2 as it is, called after themselves.

    Raises:
        ValueError: no attack has this name.
    """
    if name in UNIVERSALS:
        return UNIVERSALS[name]
    from masw_core.attacks import attack_info

    info = attack_info(name)
    few = min(INNER_STEPS, getattr(info.build, "steps", INNER_STEPS))
    return UniversalPreset(name, f"{info.title}-Uv", "Algorithm 2 around it", inner={"steps": few})


def load_universal(
    name: str = "masw", preset: str = "default", inner: Mapping[str, Any] | None = None, **outer: Any
) -> Universal:
    """A universal attack by the name of the attack inside.

    Args:
        name: an attack with an untargeted case.
        preset: a preset of that attack.
        inner: settings of the attack inside that override the preset's.
        **outer: settings of ``Universal``.

    Raises:
        ValueError: unknown name, preset or setting, a value out of range, or no untargeted case.
    """
    from masw_core.attacks import load_attack
    from masw_core.universal.config import Universal

    row = universal_preset(name)
    attack = load_attack(name, preset, **{**row.inner, **(inner or {})})
    return Universal(attack, **{**row.outer, **outer})
