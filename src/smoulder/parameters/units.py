"""Units of the tables of believed numbers, and what each is worth in the unit computed in.

The list is the evidence's own, so that a number can be entered as it was published, and a few more that only a model
needs. A number is converted once, when its table is read: months become years, millilitres cubic millimetres.
"""

from __future__ import annotations

from typing import NamedTuple

from smoulder.errors import UnknownName
from smoulder.evidence import units as published

__all__ = ["DAYS_PER_YEAR", "UNITS", "Unit", "unit"]

DAYS_PER_YEAR = 365.25
"""Days in a year of the model, as in records."""


class Unit(NamedTuple):
    """A unit of a table: ``number in base unit = number as written * factor``."""

    base: str
    factor: float


_NO_NUMBER = ("none", "binary")
_MODEL_ONLY = ("logit", "item_level", "kappa", "mm", "mm_per_year", "per_mm", "per_mm2", "per_lesion")

UNITS: dict[str, Unit] = {
    **{one.name: Unit(one.base, one.factor) for one in published().values() if one.name not in _NO_NUMBER},
    **{name: Unit(name, 1.0) for name in _MODEL_ONLY},
    "per_week": Unit("per_year", DAYS_PER_YEAR / 7.0),
    "per_day": Unit("per_year", DAYS_PER_YEAR),
}
"""Every unit a table may use, by name."""


def unit(name: str) -> Unit:
    """The unit called ``name``. Raises UnknownName, with the nearest, if no table may use it."""
    if name not in UNITS:
        raise UnknownName("unit", name, UNITS)
    return UNITS[name]
