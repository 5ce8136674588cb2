"""The style of the house: sizes, docstrings, unfinished words, paths, bare numbers, the tree of errors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from house import (
    ROOT,
    SOURCE,
    drawn_tree,
    foreign_numbers,
    long_functions,
    project_files,
    sources,
    text_of,
    unannotated,
    undocumented,
)
from smoulder import errors

LONGEST_FILE, LONGEST_FUNCTION = 500, 80
# one text for symbols, quantities and compiled numbers: no one type fits
KERNELS = ("biology/", "engine/", "life/kernel.py", "life/births.py", "life/looking.py", "life/lanes.py")
UNFINISHED = re.compile(r"\b(TODO|FIXME|X{3}|NotImplementedError|placeholder)\b")
MACHINE = re.compile(r"(^|[^A-Za-z0-9_.])/(?:work|farm|root|opt|home)/|\bsite-packages/|\.pyenv\b", re.MULTILINE)

source_files = pytest.mark.parametrize("path", sources(), ids=lambda path: path.relative_to(SOURCE).as_posix())
typed_files = pytest.mark.parametrize(
    "path",
    [path for path in sources() if not path.relative_to(SOURCE).as_posix().startswith(KERNELS)],
    ids=lambda path: path.relative_to(SOURCE).as_posix(),
)


@source_files
def test_a_file_is_short_enough_to_be_read(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


@source_files
def test_a_function_is_short_enough_to_be_read(path: Path) -> None:
    assert long_functions(path.read_text(), LONGEST_FUNCTION) == []


@source_files
def test_every_public_name_has_a_docstring(path: Path) -> None:
    assert undocumented(path.read_text()) == []


@typed_files
def test_a_function_says_what_it_takes_and_returns(path: Path) -> None:
    assert unannotated(path.read_text()) == []


@pytest.mark.parametrize("path", sorted((SOURCE / "biology").glob("*.py")), ids=lambda path: path.name)
def test_the_page_of_maths_holds_no_number_but_0_1_2(path: Path) -> None:
    assert foreign_numbers(path.read_text()) == []


def test_nothing_is_unfinished() -> None:
    inside = [p for p in project_files() if p.suffix == ".md" or p.relative_to(ROOT).parts[0] in ("src", "docs")]
    read = [p for p in inside if p.suffix not in (".csv", ".parquet", ".png")]
    assert len(read) > 5
    assert found(UNFINISHED, read) == []


def test_no_file_names_a_place_on_one_machine() -> None:
    assert found(MACHINE, [p for p in project_files() if p != Path(__file__).resolve()]) == []


def found(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    lines = ((path, number, line) for path in paths for number, line in enumerate(text_of(path).splitlines(), 1))
    return [f"{path.relative_to(ROOT)}:{number}: {line[:80]}" for path, number, line in lines if pattern.search(line)]


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, Exception)]
    ours = {c.__name__: c.__base__.__name__ if c is not errors.SmoulderError else "" for c in classes}
    assert drawn_tree(errors.__doc__ or "") == ours
    assert errors.SmoulderError.__base__ is Exception


def test_an_error_is_one_line_that_names_the_nearest() -> None:
    message = str(errors.UnknownName("rule", "CDW_24", ["CDW_24W", "PIRA_ROVING"], "'smoulder rules'"))
    assert message == "No rule 'CDW_24'. Did you mean 'CDW_24W'? 'smoulder rules' lists all 2."
    placed = str(errors.TableError("12 is no day", file="visits.csv", row=3, column="day"))
    assert placed == "visits.csv, row 3, column 'day': 12 is no day"


def test_planted_faults_of_style_are_found() -> None:
    body = "\n".join(f"    x{i} = 0" for i in range(LONGEST_FUNCTION))
    assert long_functions(f"def f():\n{body}\n", LONGEST_FUNCTION) == []
    assert long_functions(f"def f():\n{body}\n    y = 0\n", LONGEST_FUNCTION) == ["f: 81 lines"]
    assert long_functions(f'class A:\n  async def f(self):\n    """{chr(10) * 99}"""\n', LONGEST_FUNCTION) == []
    assert undocumented("class A:\n    def f(self): ...\n    def _g(self): ...\ndef h(): ...") == [
        "the module",
        "A",
        "A.f",
        "h",
    ]
    assert undocumented('"""Doc."""\n__all__ = ["f"]\ndef f(): ...\ndef g(): ...') == ["f"]
    assert unannotated("def f(a: int, *b: int) -> int: ...\n@njit\ndef g(x): ...") == []
    assert unannotated("class A:\n    def f(self, a, *b): ...\ndef g(): ...") == ["g: what it returns", "f: a, b"]
    assert UNFINISHED.search("# TO" + "DO: later") and UNFINISHED.search("raise NotImplemented" + "Error")
    assert MACHINE.search("open('/wo" + "rk/main/x')") and MACHINE.search("/ro" + "ot/x")
    assert not MACHINE.search("../shared/root/x")


def test_planted_numbers_on_the_page_of_maths_are_found() -> None:
    assert foreign_numbers("def f(x):\n    return 0.5 * x") == ["line 2: 0.5"]
    assert foreign_numbers("def f(x, n=3): return x ** n") == ["line 1: 3"]
    assert foreign_numbers("def f(x): return -1 * (1 - x) ** 2 + 0.0") == []
    clean = '"""At 40% loss."""\nclass S(NamedTuple):\n    a: Annotated[float, "1/year", (0, 99)]\n    """9 lives."""\n'
    assert foreign_numbers(clean) == []
    assert foreign_numbers(clean.replace("(0, 99)]", "(0, 99)] = 7")) == ["line 3: 7"]


def test_a_tree_drawn_wrong_is_read_as_drawn() -> None:
    drawn = "Errors.\n\nRoot\n├── A      text\n│   └── B  text\n└── C\n"
    assert drawn_tree(drawn) == {"Root": "", "A": "Root", "B": "A", "C": "Root"}
