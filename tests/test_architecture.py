"""The house plan holds: what may import what."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = sorted((ROOT / "masw_core").rglob("*.py"))
MODULES = {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in CORE}

# From the ground up: a room imports from those before it and from none after it.
ROOMS = (
    ("assets", "settings"),
    ("task", "solvers"),
    ("weighting",),
    ("trace",),
    ("models",),
    ("data",),
    ("training", "survival"),
    ("generative",),
    ("attacks",),
    ("engine",),
    ("universal", "toy"),
    ("benchmark",),
    ("one_picture", "studies"),
    ("published",),
    ("views",),
    ("commands",),
)
FLOOR = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}


def imports(file: Path) -> set[str]:
    """Every module that a file names in an import, wherever it stands; not those for type checkers alone."""
    tree = ast.parse(file.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            node.body = []
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = {f"{node.module}.{alias.name}" for alias in node.names} & MODULES.keys()
            found |= inside or {node.module}
    return found


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


@pytest.mark.parametrize("file", CORE, ids=lambda file: str(file.relative_to(ROOT)))
def test_the_core_knows_neither_streamlit_nor_the_pages(file):
    names = {name.split(".")[0] for name in imports(file)}
    assert not names & {"streamlit", "pages", "app"}


def test_every_room_has_its_floor():
    there = {room(module) for module in MODULES} - {"", "__main__"}
    assert there == FLOOR.keys()


def test_the_plan_in_the_docs_is_this_one():
    rows = re.findall(r"^\| (\d+) \| (`.+?`) \|", (ROOT / "docs" / "architecture.md").read_text(), re.MULTILINE)
    told = {name.removesuffix(".py"): int(floor) - 1 for floor, names in rows for name in re.findall(r"`(.+?)`", names)}
    assert told == FLOOR


@pytest.mark.parametrize("module", sorted(MODULES.keys() - {"masw_core", "masw_core.__main__"}))
def test_rooms_import_only_from_below(module):
    for name in imports(MODULES[module]):
        if name.startswith("masw_core.") and room(name) != room(module):
            assert FLOOR[room(name)] < FLOOR[room(module)], f"{module} imports {name}"


def test_no_module_imports_itself_by_a_detour():
    edges = {module: imports(file) & MODULES.keys() for module, file in MODULES.items()}
    while edges:
        leaves = [module for module, names in edges.items() if not names & edges.keys() - {module}]
        assert leaves, f"a circle among {sorted(edges)}"
        for leaf in leaves:
            del edges[leaf]


@pytest.mark.parametrize(("module", "absent"), [("masw_core", "torch"), ("masw_core.engine.running", "streamlit")])
def test_importing_the_library_stays_light(module, absent):
    code = f"import sys, {module}; sys.exit({absent!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_openmp_trap_is_disarmed_before_torch():
    code = "import os; os.environ.pop('OMP_WAIT_POLICY', None); import masw_core; print(os.environ['OMP_WAIT_POLICY'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "PASSIVE"
