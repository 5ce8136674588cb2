"""Units of the evidence tables and their conversion to base units.

The list is closed: ``units.csv`` holds one row a unit with its base unit, the factor that leads there, the range a
*level* in that unit can lie in (differences and changes are free), and its meaning.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from smoulder.errors import UnknownName

__all__ = ["Unit", "base_unit", "in_base", "unit", "units"]

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: ``name``, ``base`` unit, ``factor`` to it, allowed range of a level (None: open), ``meaning``."""

    name: str
    base: str
    factor: float
    lower: float | None
    upper: float | None
    meaning: str


@cache
def units() -> dict[str, Unit]:
    """All units by name, in the order of the table."""
    with (FOLDER / "units.csv").open(newline="", encoding="utf-8") as file:
        return {cells["unit"]: _unit(cells) for cells in csv.DictReader(file)}


def unit(name: str) -> Unit:
    """The unit called ``name``; raises UnknownName with the nearest."""
    known = units()
    if name not in known:
        raise UnknownName("unit", name, known, "smoulder/evidence/units.csv")
    return known[name]


def base_unit(name: str) -> str:
    """Name of the base unit that ``name`` converts to (``month`` gives ``year``, ``mL`` gives ``mm3``)."""
    return unit(name).base


def in_base(value: float, name: str) -> float:
    """``value`` in unit ``name`` expressed in its base unit; raises UnknownName for a unit outside the list.

    Scaling only: a percent change of -68 becomes a relative change of -0.68, 6 months become 0.5 years.
    """
    return value * unit(name).factor


def _unit(cells: dict[str, str]) -> Unit:
    over, _, under = cells["factor"].partition("/")
    factor = float(over) / float(under or 1)
    return Unit(cells["unit"], cells["base"], factor, *_range(cells), cells["meaning"])


def _range(cells: dict[str, str]) -> tuple[float | None, float | None]:
    lower, upper = cells["lower"], cells["upper"]
    return float(lower) if lower else None, float(upper) if upper else None
