"""Writes docs/supply-chain.md: what the two commands install, what ships besides code, licences, advisories, hashes.

    python -m scripts.supply_chain [--pip-audit PROGRAM]

Run it in the environment that ``make test`` made, after a change of requirements.txt. ``--pip-audit`` names the program
of an environment of its own (``pip install pip-audit`` there), which is then asked about this one.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass, field
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS, FILE = ROOT / "requirements.txt", ROOT / "docs" / "supply-chain.md"
HASHES = ROOT / "scripts" / "supply_chain_hashes.md"
SHIPPED = ("models", "scenes")  # folders of assets with a LICENSES.md
OWN_FILES = """\
| `assets/generators` | networks that paint perturbations, trained here on the shipped models | Apache-2.0 |
| `assets/toy` | networks of the 2-D problems, trained here | Apache-2.0 |
| `assets/samples/scene-*.png` | drawn here from the icons above | Apache-2.0 |
| `assets/recorded`, `assets/results` | runs and results, made here by scripts | Apache-2.0 |
| `assets/paper` | numbers typed from the paper's tables, facts with their source (`README.md` there) | none claimed |
"""


@dataclass
class Part:
    """An installed distribution and who asks for it."""

    name: str
    version: str
    licence: str
    asked_by: set[str] = field(default_factory=set)

    def row(self) -> str:
        why = "requirements.txt" if "" in self.asked_by else ", ".join(sorted(self.asked_by))
        return f"| {self.name} | {self.version} | {self.licence} | {why} |"


def pins() -> dict[str, str]:
    """The versions that requirements.txt names, by canonical name."""
    lines = [line.partition("#")[0].strip() for line in REQUIREMENTS.read_text().splitlines()]
    named = [Requirement(line) for line in lines if line]
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in named}


def installed() -> list[Part]:
    """What requirements.txt brings into this environment, by name.

    Raises:
        SystemExit: a pinned distribution is missing, or is of another version.
    """
    found: dict[str, Part] = {}
    for name, version in pins().items():
        _follow(name, frozenset(), "", found)
        if name not in found or found[name].version.partition("+")[0] != version:
            sys.exit(f"{name} {version} is not installed here: run make test first, then this in its environment.")
    return [found[name] for name in sorted(found)]


def _follow(name: str, extras: frozenset[str], asked_by: str, found: dict[str, Part]) -> None:
    """Add a distribution and what it needs; where it is there already, only who else asks for it."""
    try:
        here = distribution(name)
    except PackageNotFoundError:
        return
    if known := found.get(name):
        known.asked_by.add(asked_by)
        return
    found[name] = Part(here.metadata["Name"], here.version, licence(here), {asked_by})
    for text in here.requires or []:
        need = Requirement(text)
        wanted = [{"extra": extra} for extra in ("", *extras)]
        if need.marker is None or any(need.marker.evaluate(one) for one in wanted):
            _follow(canonicalize_name(need.name), frozenset(need.extras), here.metadata["Name"], found)


def licence(here: Distribution) -> str:
    """A distribution's licence in a few words, as its metadata says it."""
    facts = here.metadata
    text = facts.get("License-Expression") or ""
    if not text:
        classifiers = [one for one in facts.get_all("Classifier") or [] if one.startswith("License ::")]
        text = ", ".join(one.rpartition("::")[2].strip() for one in classifiers)
    if not text or text == "OSI Approved":
        text = (facts.get("License") or "not said").strip().splitlines()[0]
    return text.replace("|", "/")[:80]


def audit(program: str | None) -> str:
    """What pip-audit says of this environment, in Markdown."""
    if program is None:
        return "pip-audit was not asked (`--pip-audit`)."
    packages = sysconfig.get_path("purelib")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "audit.json"
        command = [program, "--path", packages, "--progress-spinner", "off", "--format", "json", "--output", str(file)]
        done = subprocess.run(command, capture_output=True, text=True)
        said = json.loads(file.read_text()) if file.exists() else None
    asked = f"{datetime.date.today()}, `pip-audit --path SITE-PACKAGES --format json`"
    if said is None:
        why = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        return f"{asked}: the advisory service could not be asked from here: {why[:200]}"
    skipped = [one for one in said["dependencies"] if "skip_reason" in one]
    checked = [one for one in said["dependencies"] if "skip_reason" not in one]
    known = [(one["name"], one["version"], flaw["id"]) for one in checked for flaw in one["vulns"]]
    lines = [f"{asked}: {len(checked)} distributions were looked up, {len(skipped)} could not be."]
    if not checked:
        reason = re.sub(r": \S+ \(.*", "", skipped[0]["skip_reason"]) if skipped else "there was nothing to ask about"
        lines.append(f"**So nothing is known about advisories**: {reason[0].lower()}{reason[1:]}.")
    lines += [f"- {name} {version}: {flaw}" for name, version, flaw in known]
    if checked and not known:
        lines.append("No advisory is known for those.")
    return "\n".join(lines)


def photos() -> list[str]:
    """A row per photo that ships."""
    rows = json.loads((ROOT / "assets" / "samples" / "photos.json").read_text(encoding="utf-8"))
    return [f"| `{one['file']}` | {one['title']} | {one['licence']} | {one['source']} |" for one in rows]


def _shipped_in(folder: str) -> str:
    """The table of a LICENSES.md; the texts that it names lie beside it."""
    lines = (ROOT / "assets" / folder / "LICENSES.md").read_text(encoding="utf-8").splitlines()
    table = "\n".join(line for line in lines if line.startswith("|"))
    return f"`assets/{folder}`; the texts lie in `assets/{folder}/licences`:\n\n{table}"


def document(program: str | None) -> str:
    """The whole document."""
    parts = installed()
    direct = sum("" in part.asked_by for part in parts)
    blocks = [
        "# Supply chain",
        "Made by `python -m scripts.supply_chain`; a test compares it with requirements.txt.",
        "## What `make app` and `make test` install",
        f"{direct} pinned in requirements.txt, {len(parts) - direct} that those need, as resolved on {sys.platform} "
        f"with Python {sys.version_info.major}.{sys.version_info.minor}. torch as PyPI has it also brings NVIDIA's "
        "libraries on Linux. Licences are as the distributions say them.",
        "\n".join(("| distribution | version | licence | why |", "|---|---|---|---|", *(part.row() for part in parts))),
        "## Advisories",
        audit(program),
        "## Hashes",
        HASHES.read_text(encoding="utf-8").strip(),
        "## What ships besides code",
        *map(_shipped_in, SHIPPED),
        "Photos in `assets/samples`:",
        "\n".join(("| file | what | licence, author | from |", "|---|---|---|---|", *photos())),
        "All else was made here:",
        "| files | what | licence |\n|---|---|---|\n" + OWN_FILES.strip(),
    ]
    return "\n\n".join(blocks) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Write docs/supply-chain.md.")
    parser.add_argument("--pip-audit", metavar="PROGRAM", help="the pip-audit to ask about advisories")
    FILE.write_text(document(parser.parse_args().pip_audit), encoding="utf-8")


if __name__ == "__main__":
    main()
