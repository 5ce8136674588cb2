"""Cells of measured columns as stored values, each fault with its place; same-day rows as one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from smoulder.records import Column
from smoulder.tables.accounting import Ledger
from smoulder.tables.sheets import Cells, parsed

__all__ = ["measured", "numbers", "sexes"]

_COMMA = r"^[+-]?\d+,\d+$"
_THOUSANDS = r"^[+-]?\d{1,3},\d{3}$"
_SEX = {"f": 1, "female": 1, "w": 1, "woman": 1, "1": 1, "m": 0, "male": 0, "man": 0, "0": 0}


def numbers(cells: Cells) -> tuple[NDArray[np.float64], Callable[[int], str]]:
    """The cells as float64[rows], NaN where blank or no number, and what to say of a cell that is no number.

    A comma is read as a decimal point ("3,5"), unless what follows could be thousands ("1,500").
    """
    if cells.number is not None:
        return cells.number, lambda row: f"{cells.shown(row)} is not a finite number"
    if cells.date is not None:
        return np.full(len(cells.blank), np.nan), lambda row: f"{cells.shown(row)} is a date, not a number"
    try:
        number = parsed(cells.text, pa.float64()).to_numpy(zero_copy_only=False)
        return np.array(number, dtype=np.float64), lambda row: f"'{cells.shown(row)}' is not a finite number"
    except pa.ArrowException:
        pass
    text = pd.Series(cells.text.to_pylist(), dtype=object)
    thousands = text.str.match(_THOUSANDS, na=False).to_numpy(dtype=bool)
    point = text.where(~text.str.match(_COMMA, na=False), text.str.replace(",", ".", regex=False))
    number = np.asarray(pd.to_numeric(point, errors="coerce"), dtype=np.float64)
    number[thousands] = np.nan

    def problem(row: int) -> str:
        given = text.iloc[row]
        if thousands[row]:
            return f"'{given}' could be {given.replace(',', '')} or {given.replace(',', '.')}; write it without a comma"
        return f"'{given}' is not a number"

    return number, problem


def measured(ledger: Ledger, heading: str, cells: Cells, column: Column) -> NDArray[np.generic]:
    """The cells as ``column`` holds them (its dtype, stored units, its mark where not recorded), faults to the ledger.

    A fault is what is no number, outside the range, between the steps of the scale, or no value of it.
    """
    number, problem = numbers(cells)
    blank = cells.blank
    unable = np.isposinf(number) & column.unable
    given = ~blank & ~unable
    ledger.fault(given & ~np.isfinite(number), heading, "not a number", problem)
    known = given & np.isfinite(number)
    stored = np.where(known, number, 0.0) * column.per_unit
    outside = known & ((stored < column.low) | (stored > column.high))
    low, high = column.low / column.per_unit, column.high / column.per_unit
    allowed = f"outside {low:g} to {high:g} {column.unit}".strip()
    ledger.fault(outside, heading, allowed, lambda row: f"{number[row]:.15g} is {allowed}")
    if np.issubdtype(np.dtype(column.dtype), np.integer):
        step = "no whole number" if column.per_unit == 1 else f"no multiple of {1 / column.per_unit:g}"
        between = known & (stored != np.rint(stored))
        ledger.fault(between, heading, step, lambda row: f"{number[row]:.15g} is {step}")
    if column.barred:
        barred = known & np.isin(stored, column.barred)
        kind = "does not exist on this scale"
        ledger.fault(barred, heading, kind, lambda row: f"{number[row]:.15g} {kind}")
    missing = np.nan if column.missing is None else column.missing
    clean = np.where(known & ~outside, stored, missing)
    clean[unable] = np.inf
    return clean.astype(column.dtype)


def sexes(ledger: Ledger, heading: str, cells: Cells) -> NDArray[np.int8]:
    """Sex as 1 female, 0 male, -1 not recorded, from words, letters or these numbers; other codes are faults."""
    shown = [None if blank else cells.shown(row).lower() for row, blank in enumerate(cells.blank)]
    sex = np.array([-1 if one is None else _SEX.get(one, -2) for one in shown], dtype=np.int8)
    kind = "no sex: F or M, female or male, 1 or 0 (1 is female)"
    ledger.fault(sex == -2, heading, kind, lambda row: f"'{cells.shown(row)}' is {kind}")
    return np.maximum(sex, -1).astype(np.int8)
