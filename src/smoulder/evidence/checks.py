"""What a row must satisfy beyond its types, and the rows of the sources known not to.

A row that breaks a check is named in ``known_oddities.csv`` with the reason. It is never changed here.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from math import log

from smoulder.evidence.published import Row
from smoulder.evidence.unit_table import FOLDER, units

from .vocabulary import terms

__all__ = ["CHECKS", "Oddity", "Problem", "oddities", "problems"]

CHECKS = ("range", "order", "symmetry", "midpoint", "sample", "words", "window")

ORDERED = frozenset({"ci95", "ci90", "ci99", "iqr", "range"})
CONFIDENCE = frozenset({"ci95", "ci90", "ci99"})
ABOUT_THE_VALUE = frozenset({"sd", "error"})  # value less something: may pass the end of the scale
LOG_SCALE = frozenset({"hazard_ratio", "rate_ratio", "odds_ratio", "relative_risk", "smr"})
LINEAR_SCALE = frozenset({"difference", "standardised_difference", "regression_slope"})
LOPSIDED = 0.15  # share of the interval's length by which its two halves may differ beyond rounding
ROUNDING = 0.01  # share of the value by which a printed midpoint may miss


@dataclass(frozen=True, slots=True)
class Problem:
    """A check (one of CHECKS) that the row ``id`` breaks, and how."""

    id: str
    check: str
    detail: str


@dataclass(frozen=True, slots=True)
class Oddity:
    """A known fault of a row: ``kind`` is one of CHECKS, ``doubtful`` or ``twin`` (``other`` holds the same result)."""

    id: str
    kind: str
    other: str
    reason: str


@cache
def oddities() -> tuple[Oddity, ...]:
    """Known oddities of the shipped rows, in file order."""
    with (FOLDER / "known_oddities.csv").open(newline="", encoding="utf-8") as file:
        return tuple(Oddity(**cells) for cells in csv.DictReader(file))


def problems(rows: Iterable[Row]) -> tuple[Problem, ...]:
    """Every check that a row breaks, in row order. A sound table gives ``()``."""
    tests = (_range, _order, _symmetry, _midpoint, _sample, _words, _window)
    return tuple(
        Problem(row.id, check, detail)
        for row in rows
        for check, test in zip(CHECKS, tests, strict=True)
        for detail in test(row)
    )


def _is_change(row: Row) -> bool:
    return terms("statistic")[row.statistic].signed or "change" in row.quantity


def _range(row: Row) -> Iterator[str]:
    """A level lies in the range of its unit; any number lies in the range of its statistic."""
    term, unit = terms("statistic")[row.statistic], units()[row.unit]
    limits = [(term.lower, term.upper, row.statistic)]
    if not _is_change(row):
        limits.append((unit.lower, unit.upper, row.unit))
    ends = () if row.interval in ABOUT_THE_VALUE else (("lo", row.lo), ("hi", row.hi))
    for name, number in (("value", row.value), *ends):
        for lower, upper, whose in limits:
            if number is not None and not _within(number, lower, upper):
                yield f"{name} {number:g} is outside the range of {whose}"


def _within(number: float, lower: float | None, upper: float | None) -> bool:
    return (lower is None or number >= lower) and (upper is None or number <= upper)


def _order(row: Row) -> Iterator[str]:
    """Where the interval encloses the value, lo <= value <= hi; lo <= hi always."""
    if row.lo is not None and row.hi is not None and row.lo > row.hi:
        yield f"lo {row.lo:g} is above hi {row.hi:g}"
    if row.interval in ORDERED and row.value is not None:
        if row.lo is not None and row.lo > row.value:
            yield f"lo {row.lo:g} is above the value {row.value:g}"
        if row.hi is not None and row.hi < row.value:
            yield f"hi {row.hi:g} is below the value {row.value:g}"


def _symmetry(row: Row) -> Iterator[str]:
    """A confidence interval is even: of a ratio on the log scale, of a difference or slope as it stands."""
    if row.interval not in CONFIDENCE or row.value is None or row.lo is None or row.hi is None:
        return
    ratio = row.statistic in LOG_SCALE and row.lo > 0
    if not ratio and row.statistic not in LINEAR_SCALE:
        return
    printed = (row.lo, row.value, row.hi)
    lo, value, hi = (log(x) for x in printed) if ratio else printed
    below, above = value - lo, hi - value
    if abs(above - below) > LOPSIDED * (hi - lo) + _rounding(*printed, ratio):
        yield f"the interval reaches {below:.2f} below and {above:.2f} above"


def _rounding(lo: float, value: float, hi: float, ratio: bool) -> float:
    """Largest difference between the two halves that rounding to the finest shown digit can make."""
    digits = max(len(f"{x:.10g}".partition(".")[2]) for x in (lo, value, hi))
    half = 0.5 * 10.0**-digits
    return half * (1 / lo + 2 / value + 1 / hi) if ratio else 4 * half


def _midpoint(row: Row) -> Iterator[str]:
    """A value said to be a midpoint is one, within rounding."""
    if row.qualifier != "midpoint":
        return
    if row.value is None or row.lo is None or row.hi is None:
        yield "value, lo and hi are all needed"
    elif abs(row.value - (row.lo + row.hi) / 2) > ROUNDING * 2 * abs(row.value):
        yield f"{row.value:g} is not halfway between {row.lo:g} and {row.hi:g}"


def _sample(row: Row) -> Iterator[str]:
    """A sample holds somebody."""
    if row.n == 0:
        yield "n is 0"


def _words(row: Row) -> Iterator[str]:
    """A finding in words has no number and no unit; everything else has some number."""
    numbers = (row.value, row.lo, row.hi)
    in_words = row.statistic == "qualitative"
    if in_words != (row.unit == "none"):
        yield f"statistic {row.statistic} with unit {row.unit}"
    if in_words != all(number is None for number in numbers):
        yield "numbers in a finding in words" if in_words else "no number"


def _window(row: Row) -> Iterator[str]:
    """A window of time does not run backwards."""
    if row.time_from is not None and row.time_to is not None and row.time_from > row.time_to:
        yield f"from {row.time_from:g} to {row.time_to:g} years"
