"""The table of targets: which published number is which simulated quantity, what difference matters, its weight."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd

from smoulder import evidence
from smoulder.errors import TableError, nearest
from smoulder.targets.quantities import QUANTITIES, Quantity

__all__ = ["Target", "load", "read"]

_FILE = "targets/table.csv"


@dataclass(frozen=True)
class Target:
    """One published number and its simulated counterpart.

    ``published``, ``lo``, ``hi`` are in base units; where the source prints no interval, lo and hi are published minus
    and plus ``tolerance``, the smallest difference that matters. ``weight`` counts in a fit and is 0 unless the
    evidence's role is calibration. ``definition`` says how the quantity is computed and named.
    """

    id: str
    evidence: str
    quantity: str
    arguments: tuple[str, ...]
    cohort: str
    published: float
    lo: float
    hi: float
    interval: str
    tolerance: float
    weight: float
    role: str
    status: str
    headline: str
    note: str
    definition: Quantity

    @property
    def aim(self) -> float:
        """The value a fit aims at: the published one, or the middle of a range without one."""
        return self.published if np.isfinite(self.published) else (self.lo + self.hi) / 2


@cache
def load() -> tuple[Target, ...]:
    """All targets, in the order of the table. Raises TableError for a row whose evidence or number does not fit."""
    return read(files(__package__).joinpath("table.csv").read_text(encoding="utf-8"))


def read(text: str, quantities: Sequence[Quantity] = QUANTITIES) -> tuple[Target, ...]:
    """The targets of a table in CSV with the columns of ``targets/table.csv``, of some ``quantities``. Raises
    TableError, with the row, for a quantity that is not among them, for arguments that it does not take, for the wrong
    cohort, for evidence that is not there and for a weight that the evidence's role does not allow.
    """
    by_name = {quantity.name: quantity for quantity in quantities}
    return tuple(_target(row, number, by_name) for number, row in enumerate(csv.DictReader(io.StringIO(text)), 1))


def _target(row: dict[str, str], number: int, quantities: dict[str, Quantity]) -> Target:
    tolerance, weight = float(row["tolerance"]), float(row["weight"])
    quantity, arguments = _quantity(row, number, quantities)
    role, status, numbers, interval = _published(row["evidence"])
    if weight and role != "calibration":
        message = f"'{row['evidence']}' is {role} evidence and may not weigh in a fit"
        raise TableError(message, file=_FILE, row=number)
    published, lo, hi = (n / _whole(quantity.relative_to) if quantity.relative_to else n for n in numbers)
    if not (np.isfinite(lo) and np.isfinite(hi)):
        lo, hi, interval = published - tolerance, published + tolerance, "tolerance"
    return Target(
        row["id"], row["evidence"], quantity.name, arguments, quantity.cohort, published, lo, hi, interval, tolerance,
        weight, role, status, row["headline"], row["note"], quantity,
    )


def _quantity(row: dict[str, str], number: int, quantities: dict[str, Quantity]) -> tuple[Quantity, tuple[str, ...]]:
    """The quantity of a row and its arguments."""
    name, arguments = row["quantity"], tuple(part for part in row["arguments"].split(";") if part)
    if name not in quantities:
        close = nearest(name, quantities)
        hint = f". Did you mean '{close}'?" if close else ""
        raise TableError(f"no quantity '{name}'{hint}", file=_FILE, row=number, column="quantity")
    quantity = quantities[name]
    if not quantity.takes(arguments):
        message = f"'{name}' does not take {len(arguments)} arguments ({row['arguments']})"
        raise TableError(message, file=_FILE, row=number, column="arguments")
    if row["cohort"] != quantity.cohort:
        message = f"'{name}' is answered by the cohort '{quantity.cohort}', not '{row['cohort']}'"
        raise TableError(message, file=_FILE, row=number, column="cohort")
    return quantity, arguments


def _published(reference: str) -> tuple[str, str, tuple[float, float, float], str]:
    """(role, status, (value, lo, hi) in base units, kind of interval) of an evidence id or ``table/column/row``."""
    if "/" in reference:
        table, column, year = reference.split("/")
        frame = evidence.table(table)
        found = frame.loc[frame.iloc[:, 0].astype(int) == int(year)].iloc[0]
        return str(found["role"]), "seen", (_share(found, column), np.nan, np.nan), ""
    row = evidence.row(reference)
    numbers = tuple(np.nan if n is None else evidence.in_base(n, row.unit) for n in (row.value, row.lo, row.hi))
    usable = row.interval in ("ci95", "range")
    value, lo, hi = numbers
    return row.role, row.status, (value, lo if usable else np.nan, hi if usable else np.nan), row.interval


def _share(found: pd.Series, column: str) -> float:
    """A column of the table, or ``p_ge_X`` summed from its steps where it is not printed."""
    if column in found.index:
        return float(found[column])
    least = float(column.removeprefix("p_ge_"))
    return float(sum(found[name] for name in found.index if name.startswith("p_edss_") and float(name[7:]) >= least))


def _whole(reference: str) -> float:
    """The value of the row of evidence that counts as 1."""
    value = evidence.row(reference).value
    assert value is not None
    return value
