"""Published numbers as typed rows: one row a number, with its unit, interval, source, role and standing.

The four long tables share one set of columns. Reading refuses a cell outside the controlled vocabulary or of the
wrong type, and an id that stands twice anywhere; it never repairs one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from math import isfinite
from pathlib import Path
from types import MappingProxyType

from smoulder.errors import TableError, UnknownName, nearest
from smoulder.evidence.unit_table import FOLDER, units
from smoulder.evidence.vocabulary import terms

__all__ = ["LISTING", "LONG_TABLES", "Row", "load", "merge", "read", "row", "rows"]

LONG_TABLES = ("natural_history", "symptoms", "biology", "trials")
LISTING = "'smoulder evidence'"

NUMBERS = frozenset({"value", "lo", "hi", "followup_years", "time_from", "time_to"})
INTEGERS = frozenset({"n", "year"})
REQUIRED = frozenset({"id", "domain", "role", "quantity", "statistic", "unit", "source", "status"})
WORDS = ("domain", "role", "arm", "statistic", "interval", "qualifier", "per", "status")


@dataclass(frozen=True, slots=True)
class Row:
    """One published number. Blank text is ``""``, a blank number None; ``value``, ``lo``, ``hi`` are in ``unit``.

    ``role`` says whether it may be fitted, ``status`` whether it was seen in a source, ``interval`` what lo and hi
    are, ``per`` the step a ratio or slope belongs to, ``n`` people unless ``note`` says otherwise, ``time_from`` and
    ``time_to`` years since randomisation; ``table`` is the long table that holds it.
    """

    table: str
    id: str
    domain: str
    trial: str
    arm: str
    role: str
    population: str
    treatment: str
    comparator: str
    quantity: str
    statistic: str
    value: float | None
    lo: float | None
    hi: float | None
    interval: str
    qualifier: str
    unit: str
    per: str
    n: int | None
    followup_years: float | None
    time_from: float | None
    time_to: float | None
    source: str
    year: int | None
    doi: str
    url: str
    status: str
    statistic_original: str
    unit_original: str
    note: str

    @property
    def recalled(self) -> bool:
        """True if the number was entered without its source at hand."""
        return self.status == "recalled"


COLUMNS = tuple(field.name for field in fields(Row))[1:]


@cache
def load() -> Mapping[str, Row]:
    """All rows of the four long tables by id, in table order, read-only. Raises TableError at the first wrong cell."""
    return MappingProxyType(merge(read(FOLDER / f"{name}.csv") for name in LONG_TABLES))


def row(id: str) -> Row:
    """The row with this id; raises UnknownName with the nearest id."""
    everything = load()
    if id not in everything:
        raise UnknownName("evidence row", id, everything, LISTING)
    return everything[id]


def rows(*, domain: str | None = None, role: str | None = None, trial: str | None = None) -> tuple[Row, ...]:
    """Rows that match every given filter, in table order; UnknownName for a domain, role or trial that is nowhere."""
    everything = load().values()
    wanted = {"domain": domain, "role": role, "trial": trial}
    for column, name in wanted.items():
        if name is not None:
            _known(column, name, everything)
    asked = [(column, name) for column, name in wanted.items() if name is not None]
    return tuple(r for r in everything if all(getattr(r, column) == name for column, name in asked))


def read(path: Path) -> tuple[Row, ...]:
    """The rows of one long table (CSV, UTF-8). Raises TableError naming file, row (1 = first data row) and column."""
    with path.open(newline="", encoding="utf-8") as file:
        lines = csv.reader(file, strict=True)
        try:
            _check_header(next(lines, []), path.name)
            return tuple(_row(cells, path, number) for number, cells in enumerate(lines, 1))
        except csv.Error as error:
            raise TableError(f"not readable as CSV ({error})", file=path.name, row=lines.line_num) from None
        except UnicodeDecodeError:
            raise TableError("not UTF-8 text", file=path.name) from None


def merge(tables: Iterable[tuple[Row, ...]]) -> dict[str, Row]:
    """One dictionary by id; TableError if an id stands twice, in one table or in two."""
    found: dict[str, Row] = {}
    for table in tables:
        for number, one in enumerate(table, 1):
            if one.id in found:
                problem = f"'{one.id}' already stands in {found[one.id].table}.csv"
                raise TableError(problem, file=f"{one.table}.csv", row=number, column="id")
            found[one.id] = one
    return found


def _known(column: str, name: str, everything: Iterable[Row]) -> None:
    allowed = terms(column) if column != "trial" else dict.fromkeys(r.trial for r in everything if r.trial)
    if name not in allowed:
        raise UnknownName(column, name, allowed, LISTING if column == "trial" else "smoulder/evidence/vocabulary.csv")


def _check_header(header: list[str], file: str) -> None:
    for place, expected in enumerate(COLUMNS):
        if place >= len(header) or header[place] != expected:
            given = f"found '{header[place]}'" if place < len(header) else "the header ends before it"
            raise TableError(f"this column should be number {place + 1}, {given}", file=file, column=expected)
    if len(header) > len(COLUMNS):
        raise TableError("no such column is known", file=file, column=header[len(COLUMNS)])


def _row(cells: list[str], path: Path, number: int) -> Row:
    if len(cells) != len(COLUMNS):
        raise TableError(f"{len(cells)} cells where {len(COLUMNS)} are needed", file=path.name, row=number)
    given: dict[str, str] = dict(zip(COLUMNS, cells, strict=True))
    try:
        _check_words(given)
        numbers = {name: _number(name, given[name]) for name in NUMBERS}
        integers = {name: _integer(name, given[name]) for name in INTEGERS}
    except _Fault as fault:
        raise TableError(fault.problem, file=path.name, row=number, column=fault.column) from None
    return Row(table=path.stem, **(given | numbers | integers))  # type: ignore[arg-type]


class _Fault(Exception):
    """A wrong cell, before file and row are known."""

    def __init__(self, column: str, problem: str) -> None:
        super().__init__(problem)
        self.column, self.problem = column, problem


def _check_words(given: dict[str, str]) -> None:
    for column in REQUIRED:
        if not given[column]:
            raise _Fault(column, "must not be blank")
    if given["unit"] not in units():
        raise _unknown("unit", given["unit"], units(), "units.csv")
    for column in WORDS:
        if given[column] and given[column] not in terms(column):
            raise _unknown(column, given[column], terms(column), "vocabulary.csv")
    if (given["lo"] or given["hi"]) and not given["interval"]:
        raise _Fault("interval", "must name what lo and hi are")
    if given["interval"] and not (given["lo"] or given["hi"]):
        raise _Fault("interval", f"'{given['interval']}' without lo and hi")


def _unknown(column: str, name: str, known: Iterable[str], place: str) -> _Fault:
    names = list(known)
    close = nearest(name, names)
    hint = f", nearest is '{close}'" if close else ""
    return _Fault(column, f"no {column} '{name}'{hint}; smoulder/evidence/{place} lists all {len(names)}")


def _number(column: str, text: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise _Fault(column, f"'{text}' is not a number") from None
    if not isfinite(value):
        raise _Fault(column, f"'{text}' is not a finite number")
    return value


def _integer(column: str, text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal():
        raise _Fault(column, f"'{text}' is not a whole number")
    return int(text)
