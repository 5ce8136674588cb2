"""Several rows of one person on one day: repeats, parts of one examination, or contradictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder.records import Column
from smoulder.tables.accounting import Ledger

__all__ = ["one_row_a_day"]

_DAY_BITS = 2**32


def one_row_a_day(
    ledger: Ledger,
    person: NDArray[np.int64],
    day: NDArray[np.int64],
    values: dict[str, NDArray[np.generic]],
    columns: Mapping[str, Column],
    heading: str,
) -> NDArray[np.intp]:
    """Rows (positions) that stand for one person and day each, sorted by both; ``values`` is completed in place.

    A row that says nothing new is set aside as a repeat. Rows that complete each other become one (all count as used).
    Rows that contradict each other are a fault; where faults are set aside the last stands, as in the field's
    reference package.
    """
    rows = np.flatnonzero(ledger.keep)
    key = person[rows] * _DAY_BITS + day[rows]
    step = np.diff(key)
    if (step < 0).any():
        order = np.argsort(key, kind="stable")
        rows, key = rows[order], key[order]
        step = np.diff(key)
    twice = step == 0
    if not twice.any():
        return rows
    shared = np.append(twice, False) | np.append(False, twice)
    kept = _join(ledger, rows[shared], key[shared], values, columns, heading)
    return rows[~shared | np.isin(rows, kept)]


def _join(
    ledger: Ledger,
    rows: NDArray[np.intp],
    key: NDArray[np.int64],
    values: dict[str, NDArray[np.generic]],
    columns: Mapping[str, Column],
    heading: str,
) -> NDArray[np.intp]:
    """Make the rows (positions, sorted by ``key``) of each person and day one; which rows stand for them."""
    cells = pd.DataFrame({name: _nan_where_missing(values[name][rows], columns[name]) for name in values})
    group = pd.Series(np.cumsum(np.append(0, np.diff(key) != 0)))
    head = rows[np.searchsorted(group, group)]  # first row of each group
    if cells.shape[1] == 0:
        ledger.aside(_mask(ledger, rows[rows != head]), heading, "repeats a row", _repeats(rows, head))
        return np.unique(head)
    grouped = cells.groupby(group)
    against = (grouped.transform("nunique") > 1).any(axis=1).to_numpy()
    told = cells.notna()
    new = (told & (told.astype(int).groupby(group).cumsum() == 1)).any(axis=1).to_numpy()
    last = np.append(np.diff(group) != 0, True)
    kind = "another row of this day says otherwise"
    earlier = {int(r): int(h) for r, h in zip(rows, head, strict=True)}
    if ledger.refuse:
        clash = against & (rows != head)
        ledger.fault(_mask(ledger, rows[clash]), heading, kind, lambda row: f"row {earlier[row] + 1} says otherwise")
    ledger.fault(_mask(ledger, rows[against & ~last]), heading, kind, "a later row of this day says otherwise")
    repeat = ~against & ~new & (rows != head)
    ledger.aside(_mask(ledger, rows[repeat]), heading, "repeats a row", _repeats(rows, head))
    whole = grouped.transform("last")
    stands = np.where(against, last, rows == head)
    for name, column in columns.items():
        if name in values:
            full = whole[name].to_numpy()[stands & ~against]
            filled = np.where(np.isnan(full), np.nan if column.missing is None else column.missing, full)
            values[name][rows[stands & ~against]] = filled.astype(column.dtype)
    return rows[stands]


def _nan_where_missing(values: NDArray[np.generic], column: Column) -> NDArray[np.float64]:
    number = values.astype(np.float64)
    return number if column.missing is None else np.where(number == column.missing, np.nan, number)


def _mask(ledger: Ledger, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    mask = np.zeros(ledger.sheet.rows, dtype=bool)
    mask[rows] = True
    return mask


def _repeats(rows: NDArray[np.intp], head: NDArray[np.intp]) -> Callable[[int], str]:
    first = {int(r): int(h) for r, h in zip(rows, head, strict=True)}
    return lambda row: f"repeats row {first[row] + 1}"
