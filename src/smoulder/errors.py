"""One tree of errors. A message says what was given, what is allowed, the nearest valid thing, and where.

SmoulderError
├── InputError          a value, table or file the user gave cannot be used   (command line: exit code 2)
│   ├── UnknownName     a name that is not in the list it should come from
│   └── TableError      a cell, row or column of a table or file
└── StudyError          a study on disk cannot be written, read or resumed    (command line: exit code 2)
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["InputError", "SmoulderError", "StudyError", "TableError", "UnknownName", "nearest"]


class SmoulderError(Exception):
    """Any error meant for a person; ``str(error)`` is one line that can be shown as it is."""


class InputError(SmoulderError):
    """A value, table or file given by the user cannot be used."""


class StudyError(SmoulderError):
    """A study on disk cannot be written, read or resumed."""


class UnknownName(InputError):
    """A name outside the list of valid ones; the message offers the nearest and says how to list all."""

    def __init__(self, kind: str, given: str, valid: Iterable[str], listing: str = "") -> None:
        names = list(valid)
        close = nearest(given, names)
        hint = f" Did you mean '{close}'?" if close else ""
        where = f" {listing} lists all {len(names)}." if listing else f" Allowed: {', '.join(names[:12])}."
        super().__init__(f"No {kind} '{given}'.{hint}{where}")


class TableError(InputError):
    """A cell, row or column of a table is wrong; says which file, row (1 = first data row) and column."""

    def __init__(self, problem: str, *, file: str = "table", row: int | None = None, column: str | None = None) -> None:
        place = file
        if row is not None:
            place += f", row {row}"
        if column is not None:
            place += f", column '{column}'"
        super().__init__(f"{place}: {problem}")


def nearest(given: str, valid: Iterable[str]) -> str | None:
    """The closest valid name to ``given``, or None if nothing is close; large and small letters are as good as equal.
    ``given`` itself is never the answer, for it helps nobody to read again what was typed.
    """
    names = [name for name in valid if name != given]
    low = [name.lower() for name in names]
    found = get_close_matches(str(given), names, n=1, cutoff=0.6)
    found = found or get_close_matches(str(given).lower(), low, n=1, cutoff=0.6)
    return None if not found else found[0] if found[0] in names else names[low.index(found[0])]


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
