"""What the house tests look at: the files of the project, and faults found in the text of one source file.

Each finder takes source text and returns faults as lines of text, so that a planted fault can be given to it.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "smoulder"

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources() -> list[Path]:
    """Every Python file of the package."""
    return sorted(SOURCE.rglob("*.py"))


def project_files() -> list[Path]:
    """Every file that git keeps or would keep; outside a checkout, every file in folders that are ours."""
    if (ROOT / ".git").exists():
        git = ["git", "-c", "safe.directory=*", "-C", str(ROOT)]
        command = [*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split("\0")
        return [ROOT / name for name in names if name and (ROOT / name).is_file()]
    folders = [ROOT / name for name in ("src", "tests", "docs", "studies", "benchmarks", ".ci")]
    paths = [*ROOT.iterdir(), *(path for folder in folders for path in folder.rglob("*"))]
    return sorted(path for path in paths if path.is_file() and "__pycache__" not in path.parts)


def text_of(path: Path) -> str:
    """The text of a file; empty for one that is not text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def module_of(path: Path) -> str:
    """The top-level module of a source file: ``clinic`` for ``clinic/mri.py``, ``""`` for the package itself."""
    first = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function in a tree, methods and nested ones included."""
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node


def long_functions(text: str, limit: int) -> list[str]:
    """Functions whose body, docstring excluded, is over ``limit`` lines."""
    found = []
    for node in functions(ast.parse(text)):
        body = node.body[1:] if ast.get_docstring(node) is not None else node.body
        lines = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
        if lines > limit:
            found.append(f"{node.name}: {lines} lines")
    return found


def undocumented(text: str) -> list[str]:
    """Public names without a docstring: the module, and public classes, functions and methods at its top level."""
    tree = ast.parse(text)
    listed = _listed(tree)
    found = [] if ast.get_docstring(tree) else ["the module"]
    for node in tree.body:
        if not isinstance(node, Function | ast.ClassDef) or _private(node.name) or _bare(node):
            continue
        if (listed is None or node.name in listed) and not ast.get_docstring(node):
            found.append(node.name)
        if isinstance(node, ast.ClassDef):
            inner = [child for child in node.body if isinstance(child, Function) and not _private(child.name)]
            found += [
                f"{node.name}.{child.name}" for child in inner if not ast.get_docstring(child) and not _bare(child)
            ]
    return found


def unannotated(text: str) -> list[str]:
    """Functions and methods that do not say what they return, or what an argument is; compiled ones need not."""
    found = []
    for node in functions(ast.parse(text)):
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
        bare = [a.arg for a in arguments if a and a.annotation is None and a.arg not in ("self", "cls")]
        compiled = any("jit" in ast.unparse(decorator) for decorator in node.decorator_list)
        if not compiled and (bare or node.returns is None):
            found.append(f"{node.name}: {', '.join(bare) or 'what it returns'}")
    return found


def _listed(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            try:
                return list(ast.literal_eval(node.value))
            except ValueError:
                return None
    return None


def _private(name: str) -> bool:
    return name.startswith("_")


def _bare(node: Function | ast.ClassDef) -> bool:  # an overload or a setter shares the docstring of its main body
    marks = [ast.unparse(decorator) for decorator in node.decorator_list]
    return any(mark.endswith(("overload", ".setter")) for mark in marks)


def foreign_numbers(text: str) -> list[str]:
    """Numbers other than 0, 1 and 2 in the text of a page of maths; annotations and docstrings do not count."""
    tree = ast.parse(text)
    annotated = [node for node in ast.walk(tree) if isinstance(node, ast.AnnAssign | ast.arg)]
    annotations = [node.annotation for node in annotated if node.annotation is not None]
    annotations += [node.returns for node in functions(tree) if node.returns is not None]
    excepted = {id(inner) for annotation in annotations for inner in ast.walk(annotation)}
    return [
        f"line {node.lineno}: {node.value!r}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, int | float | complex)
        and not isinstance(node.value, bool)
        and node.value not in (0, 1, 2)
        and id(node) not in excepted
    ]


def bare_subscripts(text: str) -> list[str]:
    """Subscripts by a bare number of 2 or more, slices left out."""
    subscripts = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Subscript)]
    faults = []
    for node in sorted(subscripts, key=lambda node: (node.lineno, node.col_offset)):
        index = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        numbers = [part.value for part in index if isinstance(part, ast.Constant)]
        if any(isinstance(number, int) and not isinstance(number, bool) and number >= 2 for number in numbers):
            faults.append(f"line {node.lineno}: {ast.unparse(node)}")
    return faults


def drawn_tree(text: str) -> dict[str, str]:
    """Error class -> parent, as drawn with branches in a docstring; the root has the parent ``""``."""
    parents: dict[str, str] = {}
    path: list[tuple[int, str]] = []
    for line in text.splitlines():
        match = re.match(r"^([│\s]*[├└]── )?([A-Z]\w*)(\s{2,}|$)", line)
        if not match or (not match[1] and path):
            continue
        depth = len(match[1] or "")
        path = [(d, name) for d, name in path if d < depth]
        parents[match[2]] = path[-1][1] if path else ""
        path.append((depth, match[2]))
    return parents


def third_party(text: str) -> set[str]:
    """Top-level names of everything a source file imports, at any depth, relative imports left out."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.add(node.module.split(".")[0])
    return names
