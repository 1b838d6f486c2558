"""A run on one picture as a single ZIP file that is opened again without computing anything.

| member | holds |
|---|---|
| config.json | what was asked: model, attack, preset and settings, case, k, labels, seed, and the step that is shown |
| trace.npz | what happened: the trace, with the picture as the model saw it |
| picture.png, adversarial.png, result.json | the same for people, at the step that is shown |

A reader takes config.json and the trace, checks that they tell the same run, and makes the other members from the
trace. So a picture nobody vouches for is never decoded, and what a sender's camera wrote into a file stays there.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import masw_core
from masw_core.attacks import Attack, attack_info, load_attack
from masw_core.one_picture.outcome import as_text, facts_at, pictures_at, trace_file
from masw_core.settings import from_json
from masw_core.trace.archive import ArchiveError, read_bytes, read_json, read_members
from masw_core.trace.trace import Trace, TraceError
from masw_core.trace.whole import write_to

SCHEMA = 1
CONFIG, TRACE = "config.json", "trace.npz"
LARGEST_SIDE = 2048  # pixels
MOST_SEED = 2**31
LONGEST = 80  # characters of a name that a page shows
LONGEST_REASON = 300
_NOT_PLAIN = re.compile(r"[\[\]<>`$\\]|://")  # what a page would take for a link, a formula or code


class BundleError(ValueError):
    """A file is no bundle that can be opened; the message is one sentence that says why and what to do."""


@dataclass(frozen=True)
class Bundle:
    """A run that was read from a file, checked.

    Attributes:
        trace: it.
        step: the step that was shown when it was written.
    """

    trace: Trace
    step: int

    @property
    def picture(self) -> str:
        """What the picture was called."""
        return str(self.trace.header.get("picture", "picture"))

    @property
    def preset(self) -> str:
        """Whose values the settings were set over; ``"default"`` where this version has no such preset."""
        preset = self.trace.header.get("preset", "default")
        return preset if preset in attack_info(self.trace.header["attack"]).presets else "default"

    @property
    def seed(self) -> int:
        return int(self.trace.header.get("seed", 0))

    @property
    def true(self) -> tuple[str, ...]:
        """Names of the true labels, the likeliest on the clean picture first."""
        header, clean = self.trace.header, self.trace.scores[0]
        return tuple(header["labels"][index] for index in sorted(header["true"], key=lambda index: -clean[index]))

    @property
    def attack_cost(self) -> bool:
        """Whether the other labels had to keep their side of 0.5."""
        return self.trace.header["keep"] is not None

    @property
    def settings(self) -> dict[str, Any]:
        """What has to be set over the preset to run the same again.

        That is what was set, as long as this version fills in the rest as it was; else everything.
        """
        header = self.trace.header
        asked = _readable(header["attack"], header.get("asked", {}))
        filled = load_attack(header["attack"], self.preset, **asked).config()
        same = all(value is None or header["config"].get(name) == value for name, value in filled.items())
        return asked if same else _readable(header["attack"], header["config"])

    def attack(self) -> Attack:
        """The attack of the run.

        Raises:
            ValueError: this version does not have it, or not with these settings.
        """
        header = self.trace.header
        return load_attack(header["attack"], self.preset, **_readable(header["attack"], header["config"]))


def write_bundle(file: str | Path | IO[bytes], trace: Trace, step: int | None = None) -> None:
    """Write a bundle.

    Args:
        file: where to.
        trace: a run on a picture, (3, H, W) in [-1, 1]. What its header has of ``picture`` (a name), ``preset``,
            ``asked`` (the settings set over the preset) and ``seed`` comes along.
        step: that is shown; None: the best.

    Raises:
        BundleError: the run is none that could be opened again, such as one in the plane.
    """
    step = trace.best_step if step is None else step
    header = {**trace.header, "picture": plain(str(trace.header.get("picture", "picture")))}
    bundle = Bundle(replace(trace, header=header), step)
    _check(bundle)
    members = {
        CONFIG: as_text(_config(bundle)),
        TRACE: trace_file(bundle.trace),
        **pictures_at(trace, step),
        "result.json": as_text(facts_at(trace, step)),
    }
    write_to(file, partial(_pack, members))


def _pack(members: Mapping[str, bytes], file: IO[bytes]) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            packed = zipfile.ZIP_DEFLATED if name.endswith(".json") else zipfile.ZIP_STORED
            archive.writestr(zipfile.ZipInfo(name), content, packed)  # without a date: the same run, the same file


def read_bundle(file: str | Path | IO[bytes]) -> Bundle:
    """Open a bundle that nobody vouches for; nothing in it is executed, and nothing it says names a file.

    Raises:
        BundleError: no bundle, damaged, too large, contradicting itself, or of another version.
    """
    try:
        members = read_members(read_bytes(file), (CONFIG, TRACE))
        config = read_json(members[CONFIG])
        if not isinstance(config, dict) or config.get("schema") != SCHEMA:
            raise BundleError("This bundle was written by another version: open it with that, or run the attack again.")
        bundle = Bundle(Trace.load(BytesIO(members[TRACE])), config.get("step", 0))
        _check(bundle)
        told = _config(bundle)
    except ArchiveError as error:
        raise BundleError(f"This is no bundle of MASW Explorer ({error}): choose a ZIP that it wrote.") from error
    except TraceError as error:
        raise BundleError(f"The trace in this bundle cannot be used. {error}") from error
    if {**config, "made_with": ""} != {**told, "made_with": ""}:
        raise _contradiction("its config.json and its trace tell different runs")
    return bundle


def plain(name: str) -> str:
    """A name as bundles carry it: without what a page would take for a link, a formula or code, and not long."""
    kept = "".join(one if one.isprintable() else " " for one in _NOT_PLAIN.sub("_", name)).strip()
    return kept[:LONGEST] or "picture"


def _config(bundle: Bundle) -> dict[str, Any]:
    """What config.json says."""
    header = bundle.trace.header
    names, target = header["labels"], header["target"]
    return {
        "schema": SCHEMA,
        "made_with": f"masw_core {masw_core.__version__}",
        "picture": bundle.picture,
        "model": header["model"],
        "attack": header["attack"],
        "preset": header.get("preset", "default"),
        "asked": header.get("asked", {}),
        "settings": header["config"],
        "case": header["case"],
        "k": header["k"],
        "true": list(bundle.true),
        "target": None if target is None else [names[index] for index in target],
        "attack_cost": bundle.attack_cost,
        "seed": bundle.seed,
        "step": bundle.step,
    }


def _check(bundle: Bundle) -> None:
    """Raise ``BundleError`` unless the trace is that of a picture, an attack and settings that there are."""
    header, image = bundle.trace.header, bundle.trace.image
    if image.ndim != 3 or image.shape[0] != 3 or max(image.shape) > LARGEST_SIDE or abs(image).max() > 1 + 1e-6:
        raise _contradiction("its trace is not that of a picture")
    for name in (bundle.picture, header["model"], header.get("preset", ""), *header["labels"]):
        if not isinstance(name, str) or len(name) > LONGEST or not name.isprintable() or _NOT_PLAIN.search(name):
            raise _contradiction("a name in it is not plain text")
    whole = [(bundle.step, len(bundle.trace) - 1), (header.get("seed", 0), MOST_SEED)]
    if not all(type(value) is int and 0 <= value <= most for value, most in whole):
        raise _contradiction("its step or its seed is none")
    if not isinstance(header.get("asked", {}), dict):
        raise _contradiction("its settings are no settings")
    try:
        bundle.attack().config()
        bundle.settings  # noqa: B018 - they have to be readable too
        supported = attack_info(header["attack"]).supports(header["case"])
    except (ValueError, TypeError, OverflowError) as error:
        why = _NOT_PLAIN.sub("_", str(error))[:LONGEST_REASON]
        raise BundleError(f"The attack of this bundle is not here as it was: {why}") from error
    if not supported:
        raise _contradiction("its attack cannot do its case")


def _readable(attack: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as ``load_attack`` takes them, from JSON: without those that are open or that no file can carry."""
    settings = attack_info(attack).settings
    kinds = {setting.name: setting.kind for setting in settings}
    found = {name: _carried(kinds.get(name, ""), value) for name, value in from_json(values, settings).items()}
    return {name: value for name, value in found.items() if value is not None}


def _carried(kind: str, value: Any) -> Any:
    """A setting of that kind; None where it is open, or a generator, of which a file has only the name."""
    if kind != "other" or isinstance(value, dict):
        return value
    return tuple(value) if isinstance(value, list) and all(type(one) is int for one in value) else None


def _contradiction(what: str) -> BundleError:
    return BundleError(f"This bundle contradicts itself ({what}): choose another file.")
