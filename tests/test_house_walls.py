"""The walls of the house: which module may import which, as drawn in docs/decisions/0002-walls.md."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from house import ROOT, SOURCE, module_of, sources

TOOLS = {"errors", "compiled"}  # leaves that every module but biology may use
#: From the ground up; a module imports only from layers below its own.
LAYERS: tuple[set[str], ...] = (
    {"anatomy", "compiled", "errors", "version"},
    {"random", "records", "statistics", "evidence", "edss", "biology", "envelope"},
    {"parameters", "engine", "outcomes"},
    {"people", "treatments", "clinic", "maths"},
    {"life", "store", "tables"},
    {"cohorts", "trials", "judging"},
    {"targets"},
    {"experiments", "inference"},
    {"plots"},
    {"reports"},
    {"web"},
    {"cli"},
    {"__main__"},
)
PUBLIC = {name for layer in LAYERS[:8] for name in layer} - {"biology", "engine", "maths"} - TOOLS
LIVING = {"life", "clinic", "people", "treatments", "parameters", "records", "random", "statistics", "outcomes"}

ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "compiled": set(),
    "version": set(),
    "envelope": {"version"},
    "anatomy": set(),
    "records": set(),
    "random": set(),
    "statistics": set(),
    "evidence": set(),
    "edss": {"anatomy"},
    "parameters": {"evidence"},
    "biology": {"anatomy"},
    "engine": {"random"},
    "maths": {"anatomy", "biology", "parameters"},
    "treatments": {"anatomy", "parameters", "random"},
    "people": {"anatomy", "parameters", "random"},
    "life": {"anatomy", "biology", "engine", "treatments", "people", "parameters", "random"},
    "clinic": {"anatomy", "records", "edss", "parameters", "random"},
    "outcomes": {"records", "edss", "statistics"},
    "store": {"clinic", "envelope", "records", "version"},
    "tables": {"records", "edss", "clinic"},
    "judging": {"clinic", "outcomes", "records", "statistics", "tables"},
    "cohorts": LIVING | {"anatomy", "store", "tables"},
    "trials": LIVING | {"evidence", "store", "tables", "version"},
    "targets": LIVING | {"evidence", "cohorts", "trials"},
    "experiments": LIVING | {"evidence", "cohorts", "trials", "targets"},
    "inference": LIVING | {"cohorts", "trials", "targets", "store"},
    "plots": PUBLIC,
    "reports": PUBLIC | {"plots"},
    "web": PUBLIC | {"plots", "reports"},
    "cli": PUBLIC | {"plots", "reports", "web"},
    "__main__": {"cli"},
}
MOST_MODULES = 17  # in one flat folder
BLIND = {"life", "biology", "engine", "clinic", "people"}  # what outcomes must not reach, by any path
NOT_MATHS = ("numpy.random", "random", "pandas", "scipy.stats", "secrets", "time", "datetime")


def imported(text: str, package: tuple[str, ...]) -> list[tuple[int, str]]:
    """Line and full dotted name of each import in the text of a module inside ``package``; by name at run time too."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parts = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join((*parts, *(node.module or "").split("."))).strip(".")
            found += [(node.lineno, f"{base}.{alias.name}") for alias in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in (
            "import_module",
            "__import__",
        ):
            known = bool(node.args) and isinstance(node.args[0], ast.Constant)
            found.append((node.lineno, str(node.args[0].value) if known else "smoulder.(a name made at run time)"))
        elif isinstance(node, ast.Attribute) and ast.unparse(node) in ("np.random", "numpy.random"):
            found.append((node.lineno, "numpy.random"))
    return found


def ours(text: str, package: tuple[str, ...]) -> list[tuple[int, str]]:
    """Line and top-level module of each import of the package's own modules; ``""`` for the package as a whole."""
    names = [(line, name) for line, name in imported(text, package) if name.split(".")[0] == "smoulder"]
    return [(line, [*name.split("."), ""][1]) for line, name in names]


def faults(text: str, module: str, package: tuple[str, ...] | None = None) -> list[str]:
    """What a file of ``module`` imports though its row in the table does not allow it."""
    if module not in ALLOWED:
        return [f"the module '{module}' has no row in the table of walls"]
    inside = package or ("smoulder", module)
    allowed = ALLOWED[module] | {module} | (TOOLS if module != "biology" else set())
    found = [
        f"line {line}: {module} imports {part or 'the whole package'}"
        for line, part in ours(text, inside)
        if part not in allowed
    ]
    if module == "biology":
        names = [(line, name) for line, name in imported(text, inside) if not name.startswith("smoulder.")]
        found += [
            f"line {n}: biology uses {name}"
            for n, name in names
            if (name + ".").startswith(tuple(f"{x}." for x in NOT_MATHS))
        ]
    return found


def package_of(path: Path) -> tuple[str, ...]:
    return ("smoulder", *path.relative_to(SOURCE).parts[:-1])


def graph() -> dict[str, set[str]]:
    edges: dict[str, set[str]] = {}
    for path in sources():
        module = module_of(path)
        if module:
            edges.setdefault(module, set()).update(
                part for _, part in ours(path.read_text(), package_of(path)) if part != module
            )
    return edges


def reach(edges: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        new = edges.get(waiting.pop(), set()) - seen
        seen |= new
        waiting += new
    return seen


@pytest.mark.parametrize("path", [p for p in sources() if module_of(p)], ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_a_module_imports_only_what_its_row_allows(path: Path) -> None:
    assert faults(path.read_text(), module_of(path), package_of(path)) == []


def test_outcomes_cannot_reach_the_truth_by_any_path() -> None:
    assert reach(graph(), "outcomes") & BLIND == set()
    assert reach(ALLOWED, "outcomes") & BLIND == set()


def test_no_module_imports_itself_through_others() -> None:
    edges = graph()
    assert [module for module in edges if module in reach(edges, module)] == []


def climbing(edges: dict[str, set[str]]) -> list[str]:
    """Imports that do not go down: from a layer into itself or one above."""
    height = {module: i for i, layer in enumerate(LAYERS) for module in layer}
    return [
        f"{module} imports {other}"
        for module in edges
        for other in sorted(edges[module])
        if height[other] >= height[module]
    ]


def test_every_import_goes_down() -> None:
    assert climbing(graph()) == []
    assert climbing(ALLOWED) == []
    assert {module for layer in LAYERS for module in layer} == set(ALLOWED)
    assert climbing({"outcomes": {"life"}, "life": {"people"}}) == ["outcomes imports life"]


def folders() -> dict[str, int]:
    """Modules that lie directly in each folder of the package."""
    return dict(Counter(path.parent.relative_to(SOURCE).as_posix() for path in sources()))


def test_no_folder_is_a_heap() -> None:
    assert {name: count for name, count in folders().items() if count > MOST_MODULES} == {}


def shadowed(package: Path) -> list[str]:
    """Modules of a package whose name is that of a function or class which the package hands out."""
    own = {path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    handed: set[str] = set()
    for node in ast.walk(ast.parse((package / "__init__.py").read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            taken = {alias.asname or alias.name for alias in node.names}
            handed |= taken if not node.module == f"smoulder.{package.relative_to(SOURCE)}".replace("/", ".") else set()
    return sorted(own & handed)


@pytest.mark.parametrize(
    "package",
    [path.parent for path in sources() if path.name == "__init__.py" and path.parent != SOURCE],
    ids=lambda path: path.relative_to(SOURCE).as_posix(),
)
def test_no_public_function_bears_the_name_of_its_module(package: Path) -> None:
    assert shadowed(package) == []


@pytest.mark.parametrize("path", sorted(SOURCE.glob("*.py")), ids=lambda path: path.name)
def test_a_module_of_one_file_has_no_function_of_its_own_name(path: Path) -> None:
    names = {getattr(node, "name", "") for node in ast.parse(path.read_text()).body}
    assert path.stem not in names


def test_the_table_keeps_the_two_doors_out_of_the_machinery() -> None:
    for door in ("cli", "web", "plots", "reports"):
        assert ALLOWED[door] & {"biology", "engine"} == set()
    assert ALLOWED["biology"] == {"anatomy"}


def test_loading_outcomes_loads_nothing_that_knows_the_truth() -> None:
    code = "import sys, smoulder.outcomes; print([m for m in sys.modules if m.startswith('smoulder.')])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "src", capture_output=True, text=True, check=True)
    loaded = {name.split(".")[1] for name in ast.literal_eval(done.stdout)}
    assert "outcomes" in loaded
    assert loaded & BLIND == set()


PLANTED = [
    ("outcomes", "from smoulder.life import run", "outcomes imports life"),
    ("outcomes", "import smoulder.clinic.mri as m", "outcomes imports clinic"),
    ("outcomes", "from smoulder import people", "outcomes imports people"),
    ("outcomes", "from ..engine import steps", "outcomes imports engine"),
    ("outcomes", "def f():\n    from smoulder.biology import flows", "outcomes imports biology"),
    ("outcomes", "import importlib\nimportlib.import_module('smoulder.life')", "outcomes imports life"),
    (
        "outcomes",
        "import importlib\nimportlib.import_module('smoulder.' + name)",
        "outcomes imports (a name made at run time)",
    ),
    ("outcomes", "import smoulder", "outcomes imports the whole package"),
    ("outcomes", "if TYPE_CHECKING:\n    from smoulder.life import Truth", "outcomes imports life"),
    ("biology", "import numpy as np\nx = np.random.rand()", "biology uses numpy.random"),
    ("biology", "from numpy import random", "biology uses numpy.random"),
    ("biology", "from numpy.random import default_rng", "biology uses numpy.random.default_rng"),
    ("biology", "import pandas as pd", "biology uses pandas"),
    ("biology", "from smoulder.errors import InputError", "biology imports errors"),
    ("engine", "from smoulder.biology.states import Tissue", "engine imports biology"),
    ("cli", "from smoulder.biology import states", "cli imports biology"),
    ("web", "from smoulder.engine.steps import step", "web imports engine"),
    ("plots", "from smoulder import biology", "plots imports biology"),
    ("clinic", "from smoulder.life import Truth", "clinic imports life"),
    ("store", "from smoulder.trials import run", "store imports trials"),
    ("misc", "import numpy", "has no row"),
    ("store", "from smoulder import __version__", "store imports __version__"),
    ("clinic", "from smoulder.cohorts import observe", "clinic imports cohorts"),
    ("targets", "from smoulder.experiments import natural_history", "targets imports experiments"),
]


@pytest.mark.parametrize(("module", "text", "fault"), PLANTED, ids=[f"{m}: {f}" for m, _, f in PLANTED])
def test_a_planted_fault_is_found(module: str, text: str, fault: str) -> None:
    assert [line for line in faults(text, module) if fault in line], f"not found: {text}"


@pytest.mark.parametrize(
    ("module", "text"),
    [
        (
            "outcomes",
            "from smoulder.records import Visits\nfrom smoulder.errors import InputError\nfrom .rules import Rule",
        ),
        ("store", "from smoulder.version import MODEL_VERSION, __version__"),
        (
            "biology",
            "import math\nimport numpy as np\nfrom numba.extending import register_jitable\nfrom .states import Tissue",
        ),
        ("life", "from smoulder.biology import flows\nfrom smoulder.engine import steps\nimport pandas"),
        ("cli", "import random\nimport smoulder.trials"),
    ],
)
def test_what_is_allowed_is_not_called_a_fault(module: str, text: str) -> None:
    assert faults(text, module) == []


def test_a_longer_path_is_followed() -> None:
    planted = {"outcomes": {"statistics"}, "statistics": {"parameters"}, "parameters": {"life"}}
    assert reach(planted, "outcomes") & BLIND == {"life"}


def test_the_page_of_the_decision_draws_the_same_table() -> None:
    page = (ROOT / "docs" / "decisions" / "0002-walls.md").read_text()
    rows = re.findall(r"^\| ([a-z_, ]+) \| (.*?) \|$", page, re.MULTILINE)
    assert rows.pop(0) == ("module", "may import")
    drawn = {module: allowed for modules, allowed in rows for module in modules.split(", ")}
    assert set(drawn) == set(ALLOWED) - {"__main__"}
    for module, allowed in drawn.items():
        if not allowed.startswith(("everything", "the same")):
            named = set() if allowed.startswith("nothing") else set(allowed.split(", "))
            assert named == ALLOWED[module], module


def file_graph() -> dict[str, set[str]]:
    """Dotted name of every source file, and of the files that it imports."""
    dotted = {path: ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts) for path in sources()}
    names = {name.removesuffix(".__init__"): path for path, name in dotted.items()}
    edges: dict[str, set[str]] = {name: set() for name in names}
    for name, path in names.items():
        for _, full in imported(path.read_text(), package_of(path)):
            while full and full not in names:
                full = full.rpartition(".")[0]
            edges[name] |= {full} - {name, "smoulder", ""}
    return edges


def test_no_file_imports_itself_through_others() -> None:
    edges = file_graph()
    assert len(edges) > 150
    assert [name for name in edges if name in reach(edges, name)] == []
