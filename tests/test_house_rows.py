"""Every row in life/ has a name: no bare subscript of 2 or more, no misspelt name that the linter may not see, and no
function of more than twelve parameters that does not say why.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from house import SOURCE, bare_subscripts, functions

LIFE = sorted((SOURCE / "life").glob("*.py"))
MOST = 12
files = pytest.mark.parametrize("path", LIFE, ids=lambda path: path.name)


def crowded(text: str, most: int) -> list[str]:
    """Functions with more than ``most`` parameters and no comment on the line before."""
    lines = text.splitlines()
    return [
        f"{node.name}: {size} parameters"
        for node in functions(ast.parse(text))
        if (size := len([*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs])) > most
        and not lines[node.lineno - 2].lstrip().startswith("#")
    ]


@files
def test_no_row_is_addressed_by_a_bare_number(path: Path) -> None:
    assert bare_subscripts(path.read_text()) == []


@files
def test_the_linter_sees_every_name(path: Path) -> None:
    assert "noqa" not in path.read_text()


@files
def test_a_function_with_many_parameters_says_why(path: Path) -> None:
    assert crowded(path.read_text(), MOST) == []


def test_planted_faults_are_found() -> None:
    assert bare_subscripts("u[11, j]\nfate[f, 2]\nx[1][0, -1]\ny[:4]\nz[a[3]]") == [
        "line 1: u[11, j]", "line 2: fate[f, 2]", "line 5: a[3]",
    ]
    head = ", ".join(f"a{i}" for i in range(MOST + 1))
    assert crowded(f"x = 1\ndef f({head}): ...", MOST) == ["f: 13 parameters"]
    assert crowded(f"# rows one by one\ndef f({head}): ...\n\ndef g(*, {head}): ...", MOST) == ["g: 13 parameters"]
