"""Reads tables of believed numbers (parameters, treatments) and holds each row to the same rules of evidence."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NoReturn

from smoulder.errors import InputError, TableError
from smoulder.parameters.priors import Prior, parse_prior

__all__ = ["MASS_INSIDE", "Belief", "Cells", "belief", "read_cells", "standing"]

MASS_INSIDE = 0.99
"""Least share of a prior's mass that must lie within the bounds."""

_PRINTED = 0.005
"""A value may differ from its prior's median by this share of it: cells are printed rounded."""

_PLAIN_BASES = ("measured", "derived", "assumed", "definition")
_FITTED = re.compile(r"fitted:[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Cells:
    """One row of a table as text, with its place for messages: ``row`` 1 is the first data row."""

    file: str
    row: int
    cells: Mapping[str, str]

    def fail(self, problem: str, column: str | None = None) -> NoReturn:
        """Raise TableError at this row."""
        raise TableError(problem, file=self.file, row=self.row, column=column)

    def text(self, column: str, *, empty: bool = False) -> str:
        """The cell without outer spaces; TableError if it is empty and must not be."""
        found = self.cells[column].strip()
        if not found and not empty:
            self.fail("the cell is empty", column)
        return found

    def number(self, column: str) -> float:
        """The cell as a finite number; TableError otherwise."""
        text = self.text(column)
        try:
            found = float(text)
        except ValueError:
            self.fail(f"'{text}' is not a number", column)
        if not math.isfinite(found):
            self.fail(f"'{text}' is not a finite number", column)
        return found

    def choice(self, column: str, allowed: Sequence[str]) -> str:
        """The cell, which must be one of ``allowed``; TableError otherwise."""
        found = self.text(column)
        if found not in allowed:
            self.fail(f"'{found}' is not one of {', '.join(allowed)}", column)
        return found


def read_cells(path: Path | Traversable, columns: Sequence[str]) -> list[Cells]:
    """Rows of the CSV file ``path``, whose header must be exactly ``columns``.

    Raises TableError if the file cannot be read as UTF-8, the header differs, a row is too short or too long, or there
    is no row.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TableError(f"cannot be read ({type(error).__name__})", file=path.name) from None
    lines = list(csv.reader(io.StringIO(text, newline=""), strict=False))
    if not lines or [name.strip() for name in lines[0]] != list(columns):
        raise TableError(f"the header must be: {','.join(columns)}", file=path.name)
    found = []
    for number, line in enumerate((line for line in lines[1:] if line), start=1):
        if len(line) != len(columns):
            raise TableError(f"{len(line)} cells where {len(columns)} belong", file=path.name, row=number)
        found.append(Cells(path.name, number, dict(zip(columns, line, strict=True))))
    if not found:
        raise TableError("no rows", file=path.name)
    return found


def standing(
    cells: Cells, *, basis: str = "basis", evidence: str = "evidence", note: str = "note"
) -> tuple[str, tuple[str, ...]]:
    """Basis and evidence ids of a row, from the columns so named; whether the ids exist is for a test to say.

    Raises TableError for an unknown basis, for measured or derived without evidence, assumed or fitted without a note.
    """
    kind = cells.text(basis)
    if kind not in _PLAIN_BASES and not _FITTED.fullmatch(kind):
        cells.fail(f"'{kind}' is not one of {', '.join(_PLAIN_BASES)}, fitted:<fit id>", basis)
    ids = tuple(cells.text(evidence, empty=True).split())
    if kind in ("measured", "derived") and not ids:
        cells.fail(f"'{kind}' must cite evidence", evidence)
    if (kind == "assumed" or kind.startswith("fitted:")) and not cells.text(note, empty=True):
        cells.fail(f"'{kind}' must say why", note)
    return kind, ids


@dataclass(frozen=True)
class Belief:
    """A number we believe in its table's unit: value, hard bounds, prior, basis and evidence ids."""

    value: float
    lower: float
    upper: float
    prior: Prior
    basis: str
    evidence: tuple[str, ...]


def belief(cells: Cells, value: str = "value") -> Belief:
    """The number in column ``value`` with its bounds, prior and standing.

    Raises TableError if it lies outside its bounds, its prior does not read, less than ``MASS_INSIDE`` of the prior is
    within the bounds, or the value is not the prior's median (fitted values excepted).
    """
    number, lower, upper = (cells.number(column) for column in (value, "lower", "upper"))
    if not lower <= number <= upper:
        cells.fail(f"{number:g} is outside {lower:g} to {upper:g}", value)
    try:
        prior = parse_prior(cells.text("prior"), number)
    except InputError as error:
        cells.fail(str(error), "prior")
    inside = prior.mass_inside(lower, upper)
    if inside < MASS_INSIDE:
        cells.fail(f"only {inside:.1%} of {prior} lies within {lower:g} to {upper:g}", "prior")
    basis, evidence = standing(cells)
    if not basis.startswith("fitted:") and abs(number - prior.median) > _PRINTED * abs(prior.median) + 1e-12:
        cells.fail(f"{number:g} is not the prior's median, {prior.median:.4g}", value)
    return Belief(number, lower, upper, prior, basis, evidence)
