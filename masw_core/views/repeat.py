"""A recorded run as a command and as Python code that repeat it, from what its header says."""

from __future__ import annotations

import ast
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from masw_core.attacks import attack_info, load_attack
from masw_core.models.paper_models import is_trained_name
from masw_core.models.registry import list_models
from masw_core.settings import from_json
from masw_core.task.goals import CASES

if TYPE_CHECKING:
    from masw_core.trace.trace import Trace

SHORT = 80  # characters of a call on one line
PICTURE = "picture.png"  # where the header does not name the file


@dataclass(frozen=True)
class Repeat:
    """A command line and a Python script that do the same, or why there are none."""

    command: str = ""
    code: str = ""
    problem: str = ""


def repeat_run(trace: Trace) -> Repeat:
    """What repeats one attack on one picture."""
    header = trace.header
    try:
        _check_task(header)
        settings = changed_settings(header)
    except ValueError as problem:
        return Repeat(problem=str(problem))
    stop = header.get("stop", "never")
    options = ["masw", "attack", *_task_options(header), "--attack", header["attack"], "--stop", stop]
    for name, value in settings.items():
        options += ["--set", f"{name}={value}"]
    named = [repr(header["attack"]), *(f"{name}={_written(value)}" for name, value in settings.items())]
    code = (
        "from masw_core import load_attack, load_model\n"
        "from masw_core.data.images import read_image\n"
        "from masw_core.one_picture.report import attack_image\n\n"
        f"attack = {_call('load_attack', named)}\n"
        f"{_loaded(header)}\n"
        f"report = {_call('attack_image', ['attack', 'model', 'image', *_task_arguments(header), f'stop={stop!r}'])}\n"
        "trace = report.result.traces[0]\n"
    )
    return Repeat(_line(options), code)


def repeat_comparison(traces: Mapping[str, Trace]) -> Repeat:
    """What repeats several attacks on one picture; their names are methods, as ``compare`` takes them."""
    header = next(iter(traces.values())).header
    tau = float(header["config"]["tau"])
    steps = header.get("steps", max(one.header["config"]["steps"] for one in traces.values()))
    try:
        _check_task(header)
        if any("," in method for method in traces):
            raise ValueError("A setting has a comma in it, which the list of attacks cannot hold.")
    except ValueError as problem:
        return Repeat(problem=str(problem))
    options = ["masw", "compare", *_task_options(header), "--attacks", ",".join(traces)]
    options += ["--steps", str(steps), "--tau", repr(tau)]
    named = ["methods", "model", "image", *_task_arguments(header), f"steps={steps!r}", f"tau={tau!r}"]
    code = (
        "from masw_core import load_model\n"
        "from masw_core.data.images import read_image\n"
        "from masw_core.one_picture.comparison import compare_image\n\n"
        f"methods = {list(traces)!r}\n"
        f"{_loaded(header)}\n"
        f"traces = {_call('compare_image', named)}\n"
    )
    return Repeat(_line(options), code)


def changed_settings(header: Mapping[str, Any]) -> dict[str, Any]:
    """What a run's settings have that the attack's default preset has not.

    Raises:
        ValueError: the attack is not in the registry, or a setting cannot be written down.
    """
    config, default = header["config"], load_attack(header["attack"]).config()
    if "switched" in config:
        raise ValueError("Its settings changed under way, which no single command says.")
    settings = attack_info(header["attack"]).settings
    names = {setting.name for setting in settings}
    changed = {name: value for name, value in config.items() if name in names and value != default[name]}
    for name, value in changed.items():
        if not _is_plain(value):
            raise ValueError(f"The setting {name} is too large to be written down.")
    return from_json(changed, settings)


def _check_task(header: Mapping[str, Any]) -> None:
    """Raise ``ValueError`` unless a model by name and a case by name say what was done."""
    name = header["model"]
    if name not in {info.name for info in list_models()} and not is_trained_name(name):
        raise ValueError(f"The model {name} was given as an object, so only the program that made it can repeat this.")
    if header["case"] not in CASES or header.get("keep"):
        raise ValueError("The goal was put together by hand, so only the program that made it can repeat this.")
    if any("," in label for label in _true(header)):
        raise ValueError("A label has a comma in its name, which the command line takes for two labels.")


def _task_options(header: Mapping[str, Any]) -> list[str]:
    options = [_picture(header), "--model", header["model"], "--case", header["case"], "--k", str(header["k"])]
    return [*options, "--labels", ",".join(_true(header)), "--seed", str(header.get("seed", 0)), "--out", "out"]


def _task_arguments(header: Mapping[str, Any]) -> list[str]:
    seed = header.get("seed", 0)
    return [repr(header["case"]), f"k={header['k']!r}", f"labels={_true(header)!r}", f"seed={seed!r}"]


def _loaded(header: Mapping[str, Any]) -> str:
    return f"model, image = load_model({header['model']!r}), read_image({_picture(header)!r})"


def _call(name: str, arguments: list[str]) -> str:
    """A call, on one line where it is short."""
    line = f"{name}({', '.join(arguments)})"
    return line if len(line) <= SHORT else "\n".join([f"{name}(", *(f"    {one}," for one in arguments), ")"])


def _true(header: Mapping[str, Any]) -> list[str]:
    return [header["labels"][label] for label in header["true"]]


def _picture(header: Mapping[str, Any]) -> str:
    """The file's name; samples of the explorer have titles instead."""
    name = str(header.get("picture", ""))
    return name if Path(name).suffix else PICTURE


def _is_plain(value: Any) -> bool:
    try:
        return bool(ast.literal_eval(repr(value)) == value)
    except (ValueError, SyntaxError):
        return value == float("inf")


def _written(value: Any) -> str:
    return 'float("inf")' if value == float("inf") else repr(value)


def _line(options: list[str]) -> str:
    """The words for a shell, one option with its value per line."""
    words = [shlex.quote(option) for option in options]
    lines = [" ".join(words[:3])]
    lines += [" ".join(words[place : place + 2]) for place in range(3, len(words), 2)]
    return " \\\n  ".join(lines)
