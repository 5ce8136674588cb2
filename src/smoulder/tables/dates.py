"""Days and dates of foreign tables as whole days; what could be read in two ways is refused."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from smoulder.errors import InputError
from smoulder.tables.sheets import Cells, parsed

__all__ = ["ORIGIN", "Moments", "check_form", "moments"]

ORIGIN = datetime.date(1850, 1, 1)
"""Day 0 of records made from dates: no living patient was born before."""

_LAST_YEAR = 2150
_FARTHEST = 100_000  # counted days beyond are dates written as numbers (20200131), not 270 years
_ISO = r"^\d{4}-\d{1,2}-\d{1,2}([T ].*)?$"
_SLASHED = r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4})([T ].*)?$"
_FORMS = ("iso", "day first", "month first")
_SAY = "give --dates (in Python: dates)"
_DAY_0 = (ORIGIN - datetime.date(1970, 1, 1)).days


@dataclass(frozen=True)
class Moments:
    """``day`` int64[rows] (days since ORIGIN where ``dated``, else as counted), ``blank`` and ``bad`` bool[rows], and
    the cells, to say what is wrong with a bad one.
    """

    day: NDArray[np.int64]
    blank: NDArray[np.bool_]
    bad: NDArray[np.bool_]
    dated: bool
    cells: Cells
    form: str

    def problem(self, row: int) -> str:
        """What is wrong with the bad cell of a row, in one line."""
        given = self.cells.shown(row)
        if not self.dated:
            return _counted_problem(given)
        if re.match(_SLASHED, given) and self.form == "iso":
            return f"'{given}' could be day first or month first; {_SAY} 'day first' or 'month first'"
        if re.match(r"^\d{4}(-\d{1,2})?$", given):
            return f"'{given}' is no whole date: the day is missing"
        if self.cells.date is not None or re.match(_ISO, given) or re.match(_SLASHED, given):
            return f"{given} is no date from {ORIGIN.year} to {_LAST_YEAR}"
        wanted = "like 2020-01-31" if self.form == "iso" else f"of the form '{self.form}'"
        return f"'{given}' is no date {wanted}; for another form {_SAY}, for example '%d%b%Y'"


def _counted_problem(given: str) -> str:
    try:
        number = float(given)
    except ValueError:
        return f"'{given}' is no day: a whole number is needed"
    if number == round(number) and abs(number) > _FARTHEST:
        return f"{given} is no day within {_FARTHEST} of day 0; if it is a date, {_SAY} its form: '%Y%m%d'"
    return f"{given} is no whole number of days"


def check_form(form: str) -> None:
    """InputError unless ``form`` is 'iso', 'day first', 'month first' or a pattern with a day, a month and a year."""
    has = all(any(sign in form for sign in signs) for signs in (("%d", "%j"), ("%m", "%b", "%B", "%j"), ("%Y", "%y")))
    if form not in _FORMS and not has:
        raise InputError(f"dates must be one of {', '.join(_FORMS)}, or a pattern like '%d%b%Y', not '{form}'")


def moments(cells: Cells, form: str) -> Moments:
    """Cells read as days or as dates: numbers are days unless ``form`` is a pattern, text is what most of it is.

    With ``form`` 'iso' dates are year-month-day; with 'day first' or 'month first' also 31.1.2020 or 1/31/2020; with a
    pattern just that. The time of day is left out. Nothing is raised here: what cannot be read is ``bad``.
    """
    if cells.date is not None:
        return _dated(cells, cells.date - _DAY_0, np.zeros(len(cells.blank), dtype=bool), form)
    if cells.number is not None and "%" not in form:
        return _counted(cells, cells.number, form)
    text = cells.text if cells.text is not None else _digits(cells)
    if "%" in form:
        return _by_pattern(cells, text, form)
    for quick in (_all_counted, _all_iso):
        try:
            return quick(cells, text, form)
        except pa.ArrowException:
            continue
    number = np.asarray(pd.to_numeric(pd.Series(text.to_pylist(), dtype=object), errors="coerce"), dtype=np.float64)
    if np.isfinite(number).sum() * 2 > (~cells.blank).sum():
        return _counted(cells, number, form)
    return _by_form(cells, text, form)


def _counted(cells: Cells, number: NDArray[np.float64], form: str) -> Moments:
    known = np.isfinite(number)
    whole = np.where(known, number, 0.0)
    fits = known & (whole == np.rint(whole)) & (np.abs(whole) <= _FARTHEST)
    day = np.where(fits, whole, 0.0).astype(np.int64)
    return Moments(day, cells.blank, ~cells.blank & ~fits, False, cells, form)


def _dated(cells: Cells, day: NDArray[np.int64], unread: NDArray[np.bool_], form: str) -> Moments:
    last = (datetime.date(_LAST_YEAR, 12, 31) - ORIGIN).days
    bad = ~cells.blank & (unread | (day < 0) | (day > last))
    return Moments(np.where(bad | cells.blank, 0, day), cells.blank, bad, True, cells, form)


def _all_counted(cells: Cells, text: pa.Array, form: str) -> Moments:
    return _counted(cells, np.array(parsed(text, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64), form)


def _all_iso(cells: Cells, text: pa.Array, form: str) -> Moments:
    coded = text.dictionary_encode()  # people share dates: each is read once
    once = parsed(coded.dictionary, pa.timestamp("s")).cast(pa.int64())
    seconds = pc.fill_null(pc.take(once, coded.indices), 0)
    return _dated(cells, np.floor_divide(np.asarray(seconds), 86_400) - _DAY_0, np.zeros(len(text), dtype=bool), form)


def _digits(cells: Cells) -> pa.Array:
    """Numbers as the text of whole ones, for a pattern to read."""
    number = cells.number
    assert number is not None
    return pa.array([None if np.isnan(n) else f"{n:.15g}" for n in number], pa.string())


def _by_pattern(cells: Cells, text: pa.Array, form: str) -> Moments:
    read = pd.to_datetime(pd.Series(text.to_pylist(), dtype=object), format=form, errors="coerce")
    return _dated(cells, _since_origin(read), read.isna().to_numpy(), form)


def _by_form(cells: Cells, text: pa.Array, form: str) -> Moments:
    """ISO dates, and dates with day or month first where that is said; cell by kind of cell."""
    series = pd.Series(text.to_pylist(), dtype=object)
    iso = series.str.extract(r"^(\d{4}-\d{1,2}-\d{1,2})(?:[T ].*)?$", expand=False)
    read = pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce")
    if form != "iso":
        parts = series.str.extract(_SLASHED)
        first, second = (parts[0], parts[1]) if form == "month first" else (parts[1], parts[0])
        read = read.fillna(pd.to_datetime(parts[2] + "-" + first + "-" + second, format="%Y-%m-%d", errors="coerce"))
    return _dated(cells, _since_origin(read), read.isna().to_numpy(), form)


def _since_origin(read: pd.Series) -> NDArray[np.int64]:
    return np.where(read.isna(), 0, read.to_numpy().astype("datetime64[D]").astype(np.int64) - _DAY_0)
