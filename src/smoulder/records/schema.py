"""What a column may hold, and how a foreign table is read into it or refused with file, row and column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder.errors import TableError, nearest

__all__ = ["Column", "read_column", "refuse_duplicates", "refuse_headings", "refuse_rows", "show_column"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its numpy ``dtype``, ``unit``, range ``low`` to ``high`` (stored units) and meaning.

    ``missing`` is what stands for "not recorded"; a column without one is required. ``per_unit`` is how many stored
    steps make one shown unit (2 for EDSS, held in half points and shown as 0 to 10). ``barred`` are values inside
    the range that do not exist (EDSS 0.5). ``unable``: inf is a value, "tried and could not complete".
    """

    name: str
    dtype: str
    unit: str
    low: float
    high: float
    meaning: str
    missing: float | None = None
    per_unit: int = 1
    barred: tuple[int, ...] = ()
    unable: bool = False


def refuse_headings(frame: pd.DataFrame, columns: Sequence[Column], file: str) -> None:
    """Raise TableError for a column given twice, not in the schema (naming the nearest), or required and absent."""
    names = [column.name for column in columns]
    given = [str(name) for name in frame.columns]
    for name in given:
        if given.count(name) > 1:
            raise TableError("this column stands twice", file=file, column=name)
        if name not in names:
            close = nearest(name, names)
            hint = f" Did you mean '{close}'?" if close else ""
            raise TableError(f"unknown column.{hint} Allowed: {', '.join(names)}.", file=file, column=name)
    for column in columns:
        if column.missing is None and column.name not in given:
            raise TableError("this column is required and absent", file=file, column=column.name)


def read_column(frame: pd.DataFrame, column: Column, file: str) -> NDArray[Any]:
    """The values of one column in stored units (1-D, ``column.dtype``); blanks and -1 become ``column.missing``.

    Raises TableError at the first row that is not a number, not whole where it must be, blank where a value is
    required, outside the range, or a value that does not exist.
    """
    if column.name not in frame.columns:
        return np.full(len(frame), column.missing, dtype=column.dtype)
    given = frame[column.name]
    text = given.astype(object)
    blank = np.asarray(given.isna() | text.map(lambda v: isinstance(v, str) and not v.strip()), dtype=bool)
    number = np.asarray(pd.to_numeric(given.where(~blank), errors="coerce"), dtype=np.float64)

    def refuse(bad: NDArray[np.bool_], problem: str) -> None:
        refuse_rows(bad, lambda row: problem.format(given=given.iloc[row]), file=file, column=column.name)

    unable = np.isposinf(number) & column.unable
    refuse(~blank & ~unable & ~np.isfinite(number), "'{given}' is not a number")
    if column.missing is not None and column.missing == -1:
        blank |= number == -1
    if column.missing is None:
        refuse(blank, "a value is required and this cell is blank")
    stored = np.where(blank, 0.0, number) * column.per_unit
    whole = np.issubdtype(np.dtype(column.dtype), np.integer)
    step = "a whole number" if column.per_unit == 1 else f"a multiple of {1 / column.per_unit:g}"
    allowed = f"{column.low / column.per_unit:g} to {column.high / column.per_unit:g} {column.unit}".strip()
    if whole:
        refuse(~blank & (stored != np.rint(stored)), "{given} is not " + step)
    refuse(~blank & ~unable & ((stored < column.low) | (stored > column.high)), "{given} is outside " + allowed)
    refuse(~blank & np.isin(stored, column.barred), "{given} does not exist on this scale")
    filler = 0.0 if column.missing is None else column.missing
    return np.where(blank, filler, stored).astype(column.dtype)


def show_column(values: NDArray[Any], column: Column) -> Any:
    """The column as a reader sees it: shown units, blank where not recorded."""
    if column.missing is None or np.isnan(column.missing):
        return values
    blank = values == column.missing
    if column.per_unit > 1:
        return np.where(blank, np.nan, values / column.per_unit)
    integers: Any = pd.arrays.IntegerArray(values.copy(), blank)
    return integers


def refuse_rows(bad: NDArray[np.bool_], problem: Any, *, file: str, column: str) -> None:
    """Raise TableError at the first True of ``bad`` (1-D); ``problem`` is a text or a function of the row's index."""
    if bad.any():
        row = int(np.argmax(bad))
        raise TableError(problem(row) if callable(problem) else problem, file=file, row=row + 1, column=column)


def refuse_duplicates(keys: Sequence[NDArray[Any]], *, file: str, column: str) -> None:
    """Raise TableError at the first row whose ``keys`` (1-D each) all stood in an earlier row."""
    table = pd.DataFrame(dict(enumerate(keys)))
    repeated = table.duplicated().to_numpy()
    if repeated.any():
        row = int(np.argmax(repeated))
        first = int(np.argmax((table == table.iloc[row]).all(axis=1).to_numpy()))
        raise TableError(f"repeats row {first + 1}", file=file, row=row + 1, column=column)
