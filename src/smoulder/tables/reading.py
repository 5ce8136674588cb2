"""The cells of each foreign table as columns of ours, before it is settled whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smoulder import edss
from smoulder.errors import InputError, UnknownName
from smoulder.records import Column
from smoulder.tables.accounting import Ledger
from smoulder.tables.columns import say_which
from smoulder.tables.dates import Moments, moments
from smoulder.tables.ids import Ids, read_ids
from smoulder.tables.sheets import Cells, Sheet
from smoulder.tables.values import measured

__all__ = ["Reader", "grades_note", "scale_column"]

GRADES = Column("ambulation_grades", "int8", "", 0, 12, "ambulation in twelve grades, before 2011", -1)
_SINCE = Column("days_since_relapse", "float64", "days", -100_000, 100_000, "days since the latest relapse", np.nan)


@dataclass
class Reader:
    """One sheet while it is read: ``columns`` are their headings by our names, ``ledger`` keeps its account."""

    table: str
    sheet: Sheet
    columns: dict[str, str]
    form: str
    ledger: Ledger
    ids: Ids
    code: NDArray[np.int64]

    @classmethod
    def begin(cls, table: str, sheet: Sheet, columns: dict[str, str], form: str, *, refuse: bool) -> Reader:
        """Read the identities; rows without any are a fault, rows without anything at all are set aside."""
        ledger = Ledger(sheet, refuse)
        ids = read_ids(sheet.cells(columns["person"]))
        reader = cls(table, sheet, columns, form, ledger, ids, np.full(sheet.rows, -1, dtype=np.int64))
        if ids.blank.any():
            empty = ids.blank.copy()
            for heading in set(columns.values()) - {columns["person"]}:
                empty &= sheet.cells(heading).blank
            ledger.aside(empty, "", "an empty row")
            ledger.fault(ids.blank, columns["person"], "no person is named")
        return reader

    def cells(self, field: str) -> Cells:
        """The cells of our ``field``."""
        return self.sheet.cells(self.columns[field])

    def moments(self, field: str, *, required: bool) -> Moments | None:
        """Days of ``field``, None where there is no such column; unreadable cells are faults, blanks if required."""
        if field not in self.columns:
            return None
        heading = self.columns[field]
        read = moments(self.cells(field), self.form)
        if required:
            self.ledger.fault(read.blank, heading, "no day is given")
        self.ledger.fault(read.bad, heading, "no date" if read.dated else "no day", read.problem)
        return read

    def values(self, measures: Mapping[str, Column], scales: tuple[str, ...] = ()) -> dict[str, NDArray[np.generic]]:
        """Those of the measured columns ``measures`` that are there, by our names, in stored units; ``scales`` are
        numeric ones besides.
        """
        read = {
            name: measured(self.ledger, self.columns[name], self.cells(name), column)
            for name, column in measures.items()
            if name in self.columns
        }
        for name in scales:
            if name in read:
                raise InputError(f"scale '{name}' is read already; name it in a rule by its column")
            if name not in self.sheet.columns:
                raise UnknownName(f"column of {self.sheet.name}", name, self.sheet.columns)
            read[name] = measured(self.ledger, name, self.sheet.cells(name), scale_column(name))
        return read

    def grades(self, values: dict[str, NDArray[np.generic]]) -> NDArray[np.int8] | None:
        """Ambulation in twelve grades (-1 not rated), turned into ambulation and arm use in ``values``; None if there
        is no such column or ambulation was given in the present form.
        """
        if "ambulation_grades" not in self.columns or "ambulation" in values:
            return None
        heading = self.columns["ambulation_grades"]
        grade = measured(self.ledger, heading, self.cells("ambulation_grades"), GRADES).astype(np.int8)
        values["ambulation"], arm_use = edss.from_twelve_grades(grade)
        values.setdefault("arm_use", arm_use)
        return grade

    def since_relapse(self) -> NDArray[np.float64] | None:
        """Days since the latest relapse of each visit, NaN where not given; None if there is no such column. A minus
        sign before every value (as one source stores it) is taken off.
        """
        if "days_since_relapse" not in self.columns:
            return None
        heading = self.columns["days_since_relapse"]
        since = measured(self.ledger, heading, self.cells("days_since_relapse"), _SINCE).astype(np.float64)
        if not (since > 0).any():
            since = -since
        between = np.isfinite(since) & (since != np.rint(since))
        self.ledger.fault(between, heading, "no whole number of days")
        self.ledger.fault(since < 0, heading, "a relapse after the visit", lambda row: f"{since[row]:g} days since")
        return since

    def not_read(self, scales: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Headings that nothing was read from."""
        used = {*self.columns.values(), *scales}
        return tuple(name for name in self.sheet.columns if name not in used)


def scale_column(name: str) -> Column:
    """A numeric column of the user's own: any number."""
    return Column(name, "float64", "", -np.inf, np.inf, name, np.nan)


def grades_note(heading: str, grade: NDArray[np.int8], rated: NDArray[np.generic] | None) -> str:
    """How ambulation was taken, and how many ratings fit it in either form where EDSS was rated at 5.5 or more."""
    said = f"'{heading}' was read as ambulation in twelve grades (before 2011)"
    other = f"{say_which('visits.ambulation', heading)} if it is the present score of 0 to 12"
    if rated is None:
        return f"{said}; {other}."
    half = rated.astype(np.int64)
    told = (grade >= 0) & (half >= 11)
    both = [np.zeros((9, len(grade)), dtype=np.int8) for _ in range(2)]
    both[0][7], both[0][8] = edss.from_twelve_grades(grade)
    both[1][7] = grade
    old, new = (int((edss.score(levels)[told] == half[told]).sum()) for levels in both)
    return f"{said}; of {int(told.sum())} ratings of 5.5 or more {old} fit that, {new} the present score; {other}."
