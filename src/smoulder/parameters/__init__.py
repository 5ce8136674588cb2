"""Every number the model believes, how sure, and why: one table, read once, in base units (years, shares, millimetres).

``load()`` gives the shipped table, ``p["id"]`` a value, ``p.replace({"id": value})`` a table that differs there alone.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from smoulder.errors import InputError, TableError, UnknownName
from smoulder.parameters import tables
from smoulder.parameters.priors import Prior, Spread, parse_between
from smoulder.parameters.units import unit

__all__ = ["COLUMNS", "Parameters", "Prior", "Row", "Spread", "load", "parse_settings", "read"]

COLUMNS = (
    "id",
    "symbol",
    "meaning",
    "unit",
    "value",
    "lower",
    "upper",
    "prior",
    "between",
    "basis",
    "evidence",
    "reach",
    "note",
)
"""Columns of a parameter table, in order."""

_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*")
_LISTING = "'smoulder parameters'"


@dataclass(frozen=True)
class Row:
    """One parameter. ``value``, ``lower``, ``upper``, ``prior`` and ``between`` are in base units.

    ``unit`` is the unit of the table, ``base`` the unit computed in; ``value = number in the table * factor``.
    """

    id: str
    symbol: str
    meaning: str
    unit: str
    value: float
    lower: float
    upper: float
    prior: Prior
    between: Spread
    basis: str
    evidence: tuple[str, ...]
    reach: str
    note: str
    base: str
    factor: float

    def with_value(self, value: float) -> Row:
        """This row at another ``value`` (base units). Raises InputError outside lower..upper."""
        if not (math.isfinite(value) and self.lower <= value <= self.upper):
            given, low, high = (f"{number / self.factor:.6g}" for number in (value, self.lower, self.upper))
            raise InputError(f"Parameter '{self.id}' is {given} {self.unit}; allowed are {low} to {high} {self.unit}.")
        return replace(self, value=float(value))


@dataclass(frozen=True, eq=False)
class Parameters:
    """A table of parameters that never changes; two tables that compute the same are equal and have one ``digest``."""

    rows: tuple[Row, ...]
    digest: str = field(init=False)
    _place: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_place", {row.id: place for place, row in enumerate(self.rows)})
        object.__setattr__(self, "digest", _digest(self.rows))

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids in the order of the table."""
        return tuple(self._place)

    def row(self, id: str) -> Row:
        """The whole row of a parameter. Raises UnknownName, with the nearest."""
        try:
            return self.rows[self._place[id]]
        except KeyError:
            raise UnknownName("parameter", id, self._place, _LISTING) from None

    def __getitem__(self, id: str) -> float:
        return self.row(id).value

    def __contains__(self, id: object) -> bool:
        return id in self._place

    def __len__(self) -> int:
        return len(self.rows)

    def family(self, prefix: str) -> dict[str, float]:
        """Values of all ids that begin with ``prefix`` and a dot, by what follows the dot, in the order of the table.

        Raises UnknownName, with the nearest, if there is none.
        """
        start = prefix + "."
        found = {row.id.removeprefix(start): row.value for row in self.rows if row.id.startswith(start)}
        if not found:
            raise UnknownName(
                "family of parameters", prefix, sorted({id.rpartition(".")[0] for id in self.ids if "." in id})
            )
        return found

    def replace(self, values: Mapping[str, float]) -> Parameters:
        """A new table with these values (base units) in place of its own.

        Raises UnknownName, with the nearest, for an id not in the table and InputError for a value outside its bounds.
        """
        rows = list(self.rows)
        for id, value in values.items():
            row = self.row(id)
            rows[self._place[id]] = row.with_value(value)
        return Parameters(tuple(rows))

    def __eq__(self, other: object) -> bool:
        return self.digest == other.digest if isinstance(other, Parameters) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)


def load() -> Parameters:
    """The table shipped with the package; read and checked once. Raises TableError if the installed file is damaged."""
    return _shipped()


def read(path: Path | Traversable) -> Parameters:
    """A parameter table from a CSV file with the header ``COLUMNS``. Raises TableError with file, row and column."""
    seen: set[str] = set()
    rows = []
    for cells in tables.read_cells(path, COLUMNS):
        row = _row(cells)
        if row.id in seen:
            cells.fail(f"'{row.id}' stands twice", "id")
        seen.add(row.id)
        rows.append(row)
    for number, row in enumerate(rows, 1):
        if row.between.by and row.between.by not in seen:
            message = f"no row '{row.between.by}' holds this spread"
            raise TableError(message, file=str(path), row=number, column="between")
    return Parameters(tuple(rows))


def parse_settings(settings: Iterable[str], parameters: Parameters | None = None) -> dict[str, float]:
    """Values set by a user as ``id=value``, in the unit of the table; returned in base units, ready for ``replace``.

    ``parameters`` is the table meant (the shipped one if None). Raises UnknownName for an id not in it and InputError,
    in one line, for a missing '=', a value that is not a number or lies outside its bounds, and an id set twice.
    """
    table = load() if parameters is None else parameters
    found: dict[str, float] = {}
    for setting in settings:
        id, equals, text = (part.strip() for part in setting.partition("="))
        if not (id and equals and text):
            raise InputError(f"'{setting}' does not read as id=value, for example {table.ids[0]}=1.")
        row = table.row(id)
        if id in found:
            raise InputError(f"Parameter '{id}' is set twice.")
        try:
            value = float(text)
        except ValueError:
            raise InputError(f"Parameter '{id}' needs a number in {row.unit}; '{text}' is none.") from None
        found[id] = row.with_value(value * row.factor).value
    return found


@cache
def _shipped() -> Parameters:
    return read(files(__name__) / "table.csv")


def _row(cells: tables.Cells) -> Row:
    id = cells.text("id")
    if not _ID.fullmatch(id):
        cells.fail(f"'{id}' is not an id: letters, digits and _, families joined by dots", "id")
    believed = tables.belief(cells)
    try:
        base, factor = unit(cells.text("unit"))
        prior = believed.prior.scaled(factor)
    except InputError as error:
        cells.fail(str(error), "unit")
    try:
        between = parse_between(cells.text("between")).scaled(factor)
    except InputError as error:
        cells.fail(str(error), "between")
    return Row(
        id=id,
        symbol=cells.text("symbol"),
        meaning=cells.text("meaning"),
        unit=cells.text("unit"),
        value=believed.value * factor,
        lower=believed.lower * factor,
        upper=believed.upper * factor,
        prior=prior,
        between=between,
        basis=believed.basis,
        evidence=believed.evidence,
        reach=cells.text("reach"),
        note=cells.text("note", empty=True),
        base=base,
        factor=factor,
    )


def _digest(rows: tuple[Row, ...]) -> str:
    """SHA-256 over all that a computation can see (base units); a reworded note or meaning leaves it as it was."""
    lines = ("\t".join(map(repr, (r.id, r.base, r.value, r.lower, r.upper, r.prior, r.between))) for r in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
