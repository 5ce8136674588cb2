"""What an instrument of the clinic is: one record that says what it is called, what it gives and how it is drawn.

Whatever is done with instruments (visits of a cohort, schedules and endpoints of trials, files, reports) loops over a
tuple of these records: :data:`smoulder.clinic.INSTRUMENTS`, or a longer one that is given in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smoulder.errors import InputError, UnknownName
from smoulder.random import OWN, PURPOSES
from smoulder.records import Column, Table

__all__ = ["Instrument", "Measure", "measures_of"]

#: Columns that say whose a row is and when, and measure nothing.
KEYS = ("person", "day")


@dataclass(frozen=True)
class Measure:
    """One number that an instrument gives. ``name`` is a column of its table, or what is worked out by ``value``, a
    function from the table to float64[rows] (NaN where not done, inf where it could not be completed).

    ``words`` are what reports call it and ``unit`` what they measure it in; the column's own unless given.
    ``higher_is_worse`` is its direction. With ``in_baseline`` trials list it among what people were like at entry.
    ``most`` is what counts in a mean where a worked-out value could not be completed; for a column it is the highest
    value there is. ``aliases`` are names of the column in the tables of others.
    """

    name: str
    higher_is_worse: bool
    words: str = ""
    unit: str = ""
    in_baseline: bool = False
    value: Callable[[Any], NDArray[np.float64]] | None = None
    most: float = np.inf
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Instrument:
    """One instrument. ``name`` is that of its ``table`` in records, on disk and in the schedule of a design; ``title``
    is what reports call it. ``measures`` are the numbers that can be followed, compared or judged.

    ``draw`` measures people: called with the truth, the parameters, ``person`` and ``moment`` (indices, int64[n] each)
    and the keywords ``day`` (age in days, int32[n], or None: that of the moment) and ``seed`` (None: that of the
    truth), it returns the table. ``purposes`` are those of its random numbers: names of ``random.PURPOSES``, or numbers
    from ``random.OWN`` on.

    In a cohort it is used at every visit, or with ``every_years`` at those at least so many years apart; one that keeps
    to times of its own has a ``follow`` instead: called with the truth, the parameters and the keywords ``first`` and
    ``seed``, it returns the table. In a trial the design says when; with ``at_entry`` it is used at entry too.
    ``remembers`` is whether a draw looks back to the biological start, so that the whole truth must be at hand.
    ``carried`` is whether, in a trial, the last value before stands for a later one that is missing. ``sheet`` is the
    table of a clinic among whose columns the measures also stand, such as ``visits``.

    Raises InputError for a measure that is no column and has no ``value``, and for a purpose that cannot be.
    """

    name: str
    title: str
    table: type[Table]
    draw: Callable[..., Any]
    measures: tuple[Measure, ...]
    purposes: tuple[str | int, ...]
    every_years: float = 0.0
    follow: Callable[..., Any] | None = None
    at_entry: bool = False
    remembers: bool = False
    carried: bool = False
    sheet: str = ""

    def __post_init__(self) -> None:
        """Check that the record fits its table and the random numbers there are."""
        for measure in self.measures:
            if measure.value is None and measure.name not in self.columns:
                raise InputError(f"{self.name}: {UnknownName('column', measure.name, self.columns)}")
        for purpose in self.purposes:
            if isinstance(purpose, str) and purpose not in PURPOSES:
                raise InputError(f"{self.name}: {UnknownName('purpose', purpose, PURPOSES)}")
            if not isinstance(purpose, str) and not OWN <= purpose < 2**32:
                raise InputError(f"{self.name}: purpose {purpose} is not a number from {OWN} on")

    @property
    def columns(self) -> dict[str, Column]:
        """Its measured columns, by name."""
        return {column.name: column for column in self.table.SCHEMA if column.name not in KEYS}

    def measure(self, name: str) -> Measure:
        """The measure called ``name``. Raises UnknownName, with the nearest."""
        named = {measure.name: measure for measure in self.measures}
        if name not in named:
            raise UnknownName(f"measure of {self.name}", name, named)
        return named[name]

    def words(self, name: str) -> str:
        """What a report calls a measure or a column."""
        measure = next((measure for measure in self.measures if measure.name == name and measure.words), None)
        return measure.words if measure is not None else self.columns[name].meaning

    def unit(self, name: str) -> str:
        """The unit of a measure or a column; empty for a pure number."""
        measure = next((measure for measure in self.measures if measure.name == name), None)
        if measure is not None and (measure.unit or measure.value is not None):
            return measure.unit
        return self.columns[name].unit

    def values(self, table: Any, name: str, *, complete: bool = False) -> NDArray[np.float64]:
        """A column of ``table`` in its shown unit or a worked-out measure, float64[rows]: NaN where not done, inf where
        it could not be completed or, with ``complete``, the most there is.
        """
        worked_out = next((measure for measure in self.measures if measure.name == name and measure.value), None)
        if worked_out is not None and worked_out.value is not None:
            value, most = worked_out.value(table), worked_out.most
        else:
            column = self.columns[name]
            stored = np.asarray(getattr(table, name), dtype=np.float64)
            value, most = np.where(stored == column.missing, np.nan, stored / column.per_unit), column.high
        return np.where(np.isposinf(value), most, value) if complete else value


def measures_of(instruments: Iterable[Instrument]) -> dict[str, tuple[Instrument, Measure]]:
    """Every measure by its name, with its instrument, in their order.

    Raises InputError where two instruments share a name, a measure or a purpose of random numbers: their tables would
    be confused, or their errors would be the same numbers.
    """
    measures: dict[str, tuple[Instrument, Measure]] = {}
    names: set[str] = set()
    purposes: dict[str | int, str] = {}
    for instrument in instruments:
        if instrument.name in names:
            raise InputError(f"two instruments are called '{instrument.name}'")
        names.add(instrument.name)
        for purpose in instrument.purposes:
            if purpose in purposes:
                raise InputError(f"{purposes[purpose]} and {instrument.name} draw for one purpose, {purpose}")
            purposes[purpose] = instrument.name
        for measure in instrument.measures:
            if measure.name in measures:
                other = measures[measure.name][0].name
                raise InputError(f"{other} and {instrument.name} both measure '{measure.name}'")
            measures[measure.name] = (instrument, measure)
    return measures
