"""The house plan holds: what may import what."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = sorted((ROOT / "masw_core").rglob("*.py"))


def imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("file", CORE, ids=lambda file: str(file.relative_to(ROOT)))
def test_the_core_knows_neither_streamlit_nor_the_pages(file):
    names = {name.split(".")[0] for name in imports(file)}
    assert not names & {"streamlit", "pages", "app"}


def test_views_are_for_those_who_show_something():
    """The pages and the commands; the core computes without them."""
    for file in CORE:
        if not {"views", "commands"} & set(file.parts):
            assert not any(name.startswith("masw_core.views") for name in imports(file)), file


@pytest.mark.parametrize(("module", "absent"), [("masw_core", "torch"), ("masw_core.engine", "streamlit")])
def test_importing_the_library_stays_light(module, absent):
    code = f"import sys, {module}; sys.exit({absent!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_openmp_trap_is_disarmed_before_torch():
    code = "import os; os.environ.pop('OMP_WAIT_POLICY', None); import masw_core; print(os.environ['OMP_WAIT_POLICY'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "PASSIVE"
