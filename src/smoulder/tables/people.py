"""Facts about people from a foreign table, and what follows from them for the rows of other tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smoulder.records import DAYS_PER_YEAR, UNKNOWN_DAY, Column
from smoulder.tables.accounting import Ledger
from smoulder.tables.dates import ORIGIN, Moments
from smoulder.tables.reading import Reader
from smoulder.tables.values import measured, sexes

__all__ = ["FACTS", "Facts", "read_facts", "refuse_early", "refuse_outside"]

FACTS = ("birth_day", "onset_day", "death_day", "first_day", "last_day")
_YEAR = Column("birth_year", "int16", "", ORIGIN.year, 2150, "year of birth", -1)
_OLDEST_YEARS = 125  # no life has been documented beyond 122 years
_ORDER = (
    ("birth_day", "onset_day", "clinical onset before birth: negative age"),
    ("birth_day", "first_day", "observed before birth: negative age"),
    ("birth_day", "last_day", "observed before birth: negative age"),
    ("birth_day", "death_day", "death before birth: negative age"),
    ("first_day", "last_day", "last day under observation before the first"),
    ("onset_day", "death_day", "death before clinical onset"),
    ("last_day", "death_day", "observed after death"),
)


@dataclass
class Facts:
    """By number of person: ``sex`` int8, and days int64 (-1 unknown); ``told`` says who stands in the people table."""

    sex: NDArray[np.int8]
    days: dict[str, NDArray[np.int64]]
    told: NDArray[np.bool_]

    @classmethod
    def unknown(cls, number: int) -> Facts:
        """Nothing known of ``number`` people."""
        days = {name: np.full(number, UNKNOWN_DAY, dtype=np.int64) for name in FACTS}
        return cls(np.full(number, -1, dtype=np.int8), days, np.zeros(number, dtype=bool))


def year_of_birth(reader: Reader) -> NDArray[np.int64] | None:
    """Day of birth (since ORIGIN, -1 blank) taken as the middle of the year of birth; None without that column."""
    if "birth_year" not in reader.columns or "birth_day" in reader.columns:
        return None
    year = measured(reader.ledger, reader.columns["birth_year"], reader.cells("birth_year"), _YEAR).astype(np.int64)
    middle = (np.array(year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + 6).astype("datetime64[D]")
    return np.where(year < 0, UNKNOWN_DAY, (middle - np.datetime64(ORIGIN)).astype(np.int64))


def read_facts(reader: Reader, read: dict[str, Moments], shift: int, number: int) -> Facts:
    """The facts of ``number`` people; ``shift`` makes counted days start at 0. Impossible orders of days are faults of
    the row, a person named twice as well, unless the rows are equal.
    """
    ledger, code = reader.ledger, reader.code
    days = {name: np.where(one.blank | one.bad, UNKNOWN_DAY, one.day + shift) for name, one in read.items()}
    middle = year_of_birth(reader)
    if middle is not None:
        days["birth_day"] = middle
    sex = np.full(len(code), -1, dtype=np.int8)
    if "sex" in reader.columns:
        sex = sexes(ledger, reader.columns["sex"], reader.cells("sex"))
    for before, after, problem in _ORDER:
        if before in days and after in days:
            known = (days[before] != UNKNOWN_DAY) & (days[after] != UNKNOWN_DAY)
            field = before if before == "last_day" else after
            ledger.fault(known & (days[after] < days[before]), _heading(reader, field), problem)
    if "birth_day" in days and "last_day" in days:
        age = np.where(days["birth_day"] != UNKNOWN_DAY, days["last_day"] - days["birth_day"], 0)
        old = age > _OLDEST_YEARS * DAYS_PER_YEAR
        ledger.fault(old, _heading(reader, "last_day"), f"age above {_OLDEST_YEARS} years")
    _refuse_twice(reader, np.stack([sex.astype(np.int64), *days.values()]))
    facts = Facts.unknown(number)
    rows = np.flatnonzero(ledger.keep)
    facts.sex[code[rows]] = sex[rows]
    for name, value in days.items():
        facts.days[name][code[rows]] = value[rows]
    facts.told[code[rows]] = True
    return facts


def _heading(reader: Reader, field: str) -> str:
    return reader.columns.get(field) or reader.columns.get("birth_year", "")


def _refuse_twice(reader: Reader, facts: NDArray[np.int64]) -> None:
    rows = np.flatnonzero(reader.ledger.keep)
    _, first, place = np.unique(reader.code[rows], return_index=True, return_inverse=True)
    head = rows[first][place]
    again = rows != head
    equal = (facts[:, rows] == facts[:, head]).all(axis=0)
    for which, act in ((again & equal, reader.ledger.aside), (again & ~equal, reader.ledger.fault)):
        mask = np.zeros(reader.sheet.rows, dtype=bool)
        mask[rows[which]] = True
        earlier = np.zeros(reader.sheet.rows, dtype=np.int64)
        earlier[rows] = head
        end = "" if act == reader.ledger.aside else " and says otherwise"
        act(mask, reader.columns["person"], f"the person stands twice{end}", _repeats(earlier))


def _repeats(earlier: NDArray[np.int64]) -> Callable[[int], str]:
    return lambda row: f"repeats row {earlier[row] + 1}"


def refuse_outside(ledger: Ledger, heading: str, code: NDArray[np.int64], day: NDArray[np.int64], facts: Facts) -> None:
    """Rows before birth, after death, or, where the people table tells it, after the time under observation."""
    who = np.maximum(code, 0)
    for name, problem in (
        ("birth_day", "before birth: negative age"),
        ("death_day", "after death"),
        ("last_day", "after the last day under observation"),
    ):
        bound = facts.days[name][who]
        wrong = day < bound if name == "birth_day" else day > bound
        ledger.fault((code >= 0) & (bound != UNKNOWN_DAY) & wrong, heading, problem)


def refuse_early(ledger: Ledger, heading: str, code: NDArray[np.int64], day: NDArray[np.int64], facts: Facts) -> None:
    """Rows of what is seen in person before the first day under observation, where the people table tells it."""
    bound = facts.days["first_day"][np.maximum(code, 0)]
    early = (code >= 0) & (bound != UNKNOWN_DAY) & (day < bound)
    ledger.fault(early, heading, "before the first day under observation")
