"""Two long tables, visits and relapses, made ready for the walk without further ado: what msprog takes, taken here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder.errors import InputError, TableError, UnknownName
from smoulder.outcomes.rules.worsening import Scale
from smoulder.outcomes.search.follow_ups import FollowUp, distances

__all__ = ["Columns", "Plain", "column", "days_of", "identities", "plain"]

_DAY_BITS = np.int64(2**32)  # room for a day below the person in one sortable number
_LATEST = 10_000_000  # days; later is a date written as a number
_OFFSET = r"(?<=:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)$"  # what follows a time of day
_RANGES = {"edss": 10.0, "sdmt": 110.0}
_HALF_STEPS = {value / 2 for value in range(21)} - {0.5}


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns: person, score and day of ``visits``; person and day of ``relapses``; those that say which
    visits may confirm and from which score the threshold is taken ("" where there is none). ``days`` is how days are
    written: "day" for whole numbers, a format of dates, or None to read dates as they come.
    """

    person: str
    score: str
    day: str
    relapse_person: str
    relapse_day: str
    confirms: str
    threshold: str
    days: str | None


@dataclass(frozen=True, eq=False)
class Plain:
    """A cohort read: ``names`` of its people as they were given, in the order they came; their visits; the score that
    the threshold is taken from (shown unit); ``origin`` is the date of day 0, None where days were given.
    """

    names: pd.Index
    visits: FollowUp
    basis: NDArray[np.float64]
    origin: np.datetime64 | None

    def dates(self, day: NDArray[Any], known: NDArray[np.bool_]) -> Any:
        """Days as they were given (dates or numbers), blank where not ``known``."""
        if self.origin is None:
            return np.where(known, day, np.nan)
        return np.where(known, self.origin + day.astype("timedelta64[D]"), np.datetime64("NaT")).astype("datetime64[s]")


def plain(
    visits: pd.DataFrame, relapses: pd.DataFrame | None, columns: Columns, scale: Scale, *, as_given: int | None
) -> Plain:
    """Read the two tables: rows with a blank are left out, of several visits on a day the last one listed stays.

    ``as_given`` None: relapses are sorted and all kept, and EDSS must exist. A number of days: relapses keep the order
    of the table, those more than that before the first visit are forgotten, and any EDSS from 0 to 10 is taken, as
    msprog does. TableError (row, column) for a score or a day that is none; InputError for no visit at all.
    """
    names, person, day, value, basis, may, origin = _visits(visits, columns, scale, exact=as_given is None)
    whose, when = _relapses(relapses, columns, names, origin)
    if origin is not None:  # days from the first visit or relapse of all
        start = min(int(day.min()), int(when.min()) if len(when) else int(day.min()))
        day, when, origin = day - start, when - start, origin + np.timedelta64(start, "D")
    key = person * _DAY_BITS + day
    if not (key[1:] > key[:-1]).all():
        order = np.argsort(key, kind="stable")
        order = order[np.append(key[order][1:] != key[order][:-1], True)]
        person, day, value, basis, may = (part[order] for part in (person, day, value, basis, may))
    offsets = np.append(0, np.cumsum(np.bincount(person, minlength=len(names)))).astype(np.int64)
    if as_given is not None:
        recent = when >= day[offsets[:-1]][whose] - as_given
        whose, when = whose[recent], when[recent]
    order = np.argsort(whose * _DAY_BITS + when if as_given is None else whose, kind="stable")
    whose, onset = whose[order], when[order].astype(np.int32)
    by_day = onset if as_given is None else onset[np.lexsort((onset, whose))]
    relapse_offsets = np.append(0, np.cumsum(np.bincount(whose, minlength=len(names)))).astype(np.int64)
    day = day.astype(np.int32)
    since, until = distances(offsets, day, relapse_offsets, by_day)
    score = value if scale.higher_is_worse else -value
    return Plain(names, FollowUp(offsets, day, score, since, until, may, relapse_offsets, onset), basis, origin)


def column(table: pd.DataFrame, name: str, file: str) -> pd.Series[Any]:
    """A column of a table; UnknownName with the nearest when it is not there, TableError when it is there twice."""
    if name not in table.columns:
        raise UnknownName(f"column of {file}", name, [str(one) for one in table.columns])
    found: pd.Series[Any] = table[name]
    if found.ndim > 1:
        raise TableError("two columns have this name", file=file, column=name)
    return found


def days_of(given: pd.Series[Any], how: str | None, file: str) -> NDArray[np.int64]:
    """Whole days of a column without blanks: as numbers, or since 1970 where they are dates; TableError (row).

    Dates in text without a format are read as ISO 8601 alone, since 03/04/2020 says two things; the day is that of the
    place where a time was noted.
    """
    name = str(given.name)
    if how == "day":
        number = _numbers(given, file)
        bad = (number != np.rint(number)) | (np.abs(number) > _LATEST)
        _refuse(bad, given, "is not a whole number of days", file)
        return number.astype(np.int64)
    if how is None and pd.api.types.is_numeric_dtype(given):
        raise TableError("numbers where dates are expected; date_format='day' reads days", file=file, column=name)
    text = how is None and not pd.api.types.is_datetime64_any_dtype(given)
    noted = given.astype(str).str.replace(_OFFSET, "", regex=True) if text else given
    read = pd.to_datetime(noted, format="ISO8601" if text else how, errors="coerce")
    like = "of the form 2020-12-31, and no date_format was given" if text else f"like {how}"
    _refuse(np.asarray(read.isna()), given, f"is not a date {like}", file)
    if read.dt.tz is not None:
        read = read.dt.tz_localize(None)
    return read.to_numpy().astype("datetime64[D]").astype(np.int64)


def _visits(table: pd.DataFrame, columns: Columns, scale: Scale, *, exact: bool) -> tuple[Any, ...]:
    """Names, and person, day, score, basis and whether it may confirm of each complete row; the origin of days."""
    wanted = [columns.person, columns.score, columns.day, columns.confirms, columns.threshold]
    used = list(dict.fromkeys(name for name in wanted if name))
    parts = {name: column(table, name, "visits") for name in used}
    parts[columns.person] = identities(parts[columns.person])
    person, names = pd.factorize(parts[columns.person])
    others = [~np.asarray(part.isna()) for name, part in parts.items() if name != columns.person]
    whole = np.logical_and.reduce([person >= 0, *others])
    if not whole.any():
        raise InputError("visits hold no complete row: person, score and day")
    if not whole.all():
        parts = {name: part[whole] for name, part in parts.items()}
        person, names = pd.factorize(parts[columns.person])  # people in the order of their first complete row
    value = _numbers(parts[columns.score], "visits")
    _check(value, parts[columns.score], scale, exact=exact)
    basis = value if not columns.threshold else _numbers(parts[columns.threshold], "visits")
    may = np.ones(len(value), dtype=np.bool_)
    if columns.confirms:
        may = _truths(parts[columns.confirms])
    day = days_of(parts[columns.day], columns.days, "visits")
    origin = None if columns.days == "day" else np.datetime64(0, "D")
    return pd.Index(names), person.astype(np.int64), day, value, basis, may, origin


def _relapses(
    table: pd.DataFrame | None, columns: Columns, names: pd.Index, origin: Any
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Person and day of each complete row whose person has visits."""
    if table is None or len(table) == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    whose, when = column(table, columns.relapse_person, "relapses"), column(table, columns.relapse_day, "relapses")
    whose = identities(whose)
    if whose.dtype != names.dtype:
        whose, names = (_as_text(one) for one in (whose, names.to_series()))
        names = pd.Index(names)
    place = np.asarray(names.get_indexer(pd.Index(whose)), dtype=np.int64)
    known = (place >= 0) & ~np.asarray(when.isna())
    day = days_of(when[known], columns.days, "relapses") if known.any() else np.empty(0, dtype=np.int64)
    return place[known], day


def identities(given: pd.Series[Any]) -> pd.Series[Any]:
    """People as they are, but as text where a column holds both numbers and text."""
    if given.dtype != object or pd.api.types.infer_dtype(given, skipna=True) not in ("mixed", "mixed-integer"):
        return given
    return _as_text(given)


def _as_text(given: pd.Series[Any]) -> pd.Series[Any]:
    """People as text, whole numbers without a point, so that 1, 1.0 and "1" are one; blanks stay blank."""
    written = given.map(lambda one: str(int(one)) if isinstance(one, (float, np.floating)) and one == one // 1 else one)
    return written.astype(str).where(given.notna())


def _numbers(given: pd.Series[Any], file: str) -> NDArray[np.float64]:
    if pd.api.types.is_numeric_dtype(given):
        return given.to_numpy(dtype=np.float64)
    number = np.asarray(pd.to_numeric(given, errors="coerce"), dtype=np.float64)
    _refuse(np.isnan(number), given, "is not a number", file)
    return number


def _truths(given: pd.Series[Any]) -> NDArray[np.bool_]:
    """Truth values: True, 1, "TRUE", "yes" and their contraries."""
    if pd.api.types.is_bool_dtype(given) or pd.api.types.is_numeric_dtype(given):
        return given.to_numpy(dtype=np.float64) != 0
    text = given.astype(str).str.lower()
    yes, no = text.isin(["true", "t", "1", "yes"]), text.isin(["false", "f", "0", "no"])
    _refuse(~np.asarray(yes | no), given, "is neither true nor false", "visits")
    return np.asarray(yes, dtype=np.bool_)


def _check(value: NDArray[np.float64], given: pd.Series[Any], scale: Scale, *, exact: bool) -> None:
    """Refuse scores that the scale does not have; of EDSS also the steps in between where ``exact``."""
    if scale.column in ("edss", "sdmt", "t25fw", "nhpt_dominant"):
        top = _RANGES.get(scale.column, np.inf)
        _refuse((value < 0) | (value > top), given, f"is no score of {scale.column.split('_')[0].upper()}", "visits")
    if exact and scale.column == "edss":
        twice = 2 * value
        _refuse((twice != np.rint(twice)) | (twice == 1), given, "is no step of the EDSS", "visits")


def _refuse(bad: NDArray[np.bool_], given: pd.Series[Any], problem: str, file: str) -> None:
    if bad.any():
        place = int(np.argmax(bad))
        row = given.index[place]
        number = int(row) + 1 if isinstance(row, (int, np.integer)) else place + 1
        raise TableError(f"'{given.iloc[place]}' {problem}", file=file, row=number, column=str(given.name))
