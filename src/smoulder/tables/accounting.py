"""What became of every row: used, or set aside and why. A fault is refused with its place, or set aside if so asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder.errors import TableError
from smoulder.tables.sheets import Sheet

__all__ = ["Account", "Ledger", "TableCount"]

Problem = str | Callable[[int], str]


@dataclass(frozen=True)
class TableCount:
    """One table: what messages call it, its rows, those used, and the columns that were not read."""

    table: str
    rows: int
    used: int
    not_read: tuple[str, ...]


@dataclass(frozen=True)
class Account:
    """What became of the rows: ``tables`` counts them, ``aside`` has one row for each set aside (table, row with 1 for
    the first data row, column, reason), ``notes`` say how things were taken. In each table, rows = used + set aside.
    """

    tables: tuple[TableCount, ...]
    aside: pd.DataFrame
    notes: tuple[str, ...]

    def frame(self) -> pd.DataFrame:
        """One row a table: table, rows, used, set_aside."""
        rows = [(t.table, t.rows, t.used, t.rows - t.used) for t in self.tables]
        return pd.DataFrame(rows, columns=["table", "rows", "used", "set_aside"])

    def __str__(self) -> str:
        """The account in lines of text."""
        lines = []
        for t in self.tables:
            lines.append(f"{t.table}: {t.rows} rows, {t.used} used, {t.rows - t.used} set aside")
            mine = self.aside[self.aside["table"] == t.table]
            for (column, reason), group in mine.groupby(["column", "kind"], sort=False):
                where = f" in '{column}'" if column else ""
                lines.append(f"  {len(group)}{where}: {reason} (first: row {group['row'].iloc[0]})")
            if t.not_read:
                lines.append(f"  columns not read: {', '.join(t.not_read)}")
        return "\n".join([*lines, *self.notes])


@dataclass
class Ledger:
    """Keeps the account of one sheet while it is read: ``keep`` bool[rows] are the rows still in use.

    With ``refuse`` the first fault raises TableError; otherwise its rows are set aside.
    """

    sheet: Sheet
    refuse: bool
    keep: NDArray[np.bool_] = field(init=False)
    entries: list[tuple[int, str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """All rows are in use to begin with."""
        self.keep = np.ones(self.sheet.rows, dtype=bool)

    def fault(self, bad: NDArray[np.bool_], column: str, kind: str, problem: Problem | None = None) -> None:
        """Rows ``bad`` (bool[rows]) cannot be used: ``problem`` (a text, or a function of the row) says why in full,
        ``kind`` in general.
        """
        if not bad.any():
            return
        rows = np.flatnonzero(bad & self.keep)
        if len(rows) and self.refuse:
            first = int(rows[0])
            raise TableError(_said(problem, first, kind), file=self.sheet.name, row=first + 1, column=column or None)
        self._note(rows, column, kind, problem)

    def aside(self, rows: NDArray[np.bool_], column: str, kind: str, problem: Problem | None = None) -> None:
        """Rows that do no harm are left out whether faults are refused or not."""
        if rows.any():
            self._note(np.flatnonzero(rows & self.keep), column, kind, problem)

    def _note(self, rows: NDArray[np.intp], column: str, kind: str, problem: Problem | None) -> None:
        self.entries += [(row + 1, column, kind, _said(problem, row, kind)) for row in rows.tolist()]
        self.keep[rows] = False

    def count(self, not_read: tuple[str, ...]) -> TableCount:
        """The counts of this sheet."""
        return TableCount(self.sheet.name, self.sheet.rows, int(self.keep.sum()), not_read)


def account(ledgers: list[tuple[Ledger, tuple[str, ...]]], notes: list[str]) -> Account:
    """The account of all sheets, given with their columns that were not read."""
    rows = [(ledger.sheet.name, *entry) for ledger, _ in ledgers for entry in sorted(ledger.entries)]
    aside = pd.DataFrame(rows, columns=["table", "row", "column", "kind", "reason"])
    return Account(tuple(ledger.count(rest) for ledger, rest in ledgers), aside, tuple(notes))


def _said(problem: Problem | None, row: int, kind: str) -> str:
    if problem is None:
        return kind
    return problem(row) if callable(problem) else problem
