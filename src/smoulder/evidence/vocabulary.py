"""Controlled words of the evidence tables: roles, statuses, statistics, intervals, qualifiers, domains."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from smoulder.errors import UnknownName
from smoulder.evidence.unit_table import FOLDER, units

__all__ = ["Term", "meaning", "terms"]


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a column; ``signed`` marks differences and slopes, ``lower`` and ``upper`` bound its numbers."""

    column: str
    term: str
    signed: bool
    lower: float | None
    upper: float | None
    meaning: str


@cache
def terms(column: str) -> dict[str, Term]:
    """The allowed words of ``column`` (role, status, arm, interval, qualifier, per, statistic, domain) by name.

    Raises UnknownName for a column without a vocabulary. Units have their own table, see ``units``.
    """
    everything = _everything()
    if column not in everything:
        raise UnknownName("vocabulary", column, everything)
    return everything[column]


def meaning(column: str, term: str) -> str:
    """What ``term`` means in ``column``, unit included; raises UnknownName for a word outside the list."""
    known = units() if column == "unit" else terms(column)
    if term not in known:
        raise UnknownName(column, term, known, "smoulder/evidence/vocabulary.csv")
    return known[term].meaning


@cache
def _everything() -> dict[str, dict[str, Term]]:
    found: dict[str, dict[str, Term]] = {}
    with (FOLDER / "vocabulary.csv").open(newline="", encoding="utf-8") as file:
        for cells in csv.DictReader(file):
            term = Term(
                column=cells["column"],
                term=cells["term"],
                signed=cells["signed"] == "yes",
                lower=float(cells["lower"]) if cells["lower"] else None,
                upper=float(cells["upper"]) if cells["upper"] else None,
                meaning=cells["meaning"],
            )
            found.setdefault(term.column, {})[term.term] = term
    return found
