"""The page of maths computed with units: every flow is an amount per year; a constant with a wrong unit is refused."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pint
import pytest

from smoulder.biology import events, flows, function, states
from smoulder.parameters import load

UNITS = pint.UnitRegistry()
BASES = {"year": UNITS.year, "per_year": 1 / UNITS.year, "mm2": UNITS.mm**2}
PURE = ("dimensionless", "ratio", "proportion")
#: Units of what a function is given and what it returns, where it is not a pure number.
GIVEN = {
    "age": UNITS.year, "start_age": UNITS.year, "halving": UNITS.year, "doubling": UNITS.year, "lam": 1 / UNITS.year,
    "area": UNITS.mm**2, "path_area": UNITS.mm**2, "region_area": UNITS.mm**2,
}
DRIVES = {
    ("TissueDrives", "ageing"): 1 / UNITS.year,
    ("MilieuDrives", "release"): 1 / UNITS.year,
    ("CompartmentDrives", "attack"): 1 / UNITS.year,
}
RETURNED = {"lesion_rate": "1/year"}


def pages() -> list[tuple[ModuleType, Callable[..., Any]]]:
    found = []
    for module in (flows, events, function):
        own = [f for f in vars(module).values() if inspect.isfunction(f) and f.__module__ == module.__name__]
        found += [(module, f) for f in own]
    return found


def constants(wrong: str = "") -> states.Constants:
    """The table's values with their units; ``wrong`` has a year too many."""
    p = load()
    values = {}
    for id in states.Constants._fields:
        base = p.row(id).base
        assert base in BASES or base in PURE, f"{id}: no unit for {base}"
        values[id] = p[id] * (BASES[base] if base in BASES else UNITS.dimensionless)
    if wrong:
        values[wrong] = values[wrong] * UNITS.year
    return states.Constants(**values)


def quantities(kind: Any) -> Any:
    return kind(*(0.25 * DRIVES.get((kind.__name__, name), UNITS.dimensionless) for name in kind._fields))


def call(f: Callable[..., Any], p: states.Constants) -> Any:
    system = f.__name__.removesuffix("_flows").capitalize() if f.__name__.endswith("_flows") else "Tissue"
    bundles = {
        "p": p,
        "u": states.Effects(*(1.0 * UNITS.dimensionless for _ in states.Effects._fields)),
        "s": quantities(getattr(states, system)),
        "d": quantities(getattr(states, f"{system}Drives")),
    }
    given = [bundles.get(n, 0.5 * GIVEN.get(n, UNITS.dimensionless)) for n in inspect.signature(f).parameters]
    return f(*given)


def check(f: Callable[..., Any], found: Any) -> None:
    """Raise if what a function returned has not the unit that it should have."""
    if isinstance(found, bool):
        return
    wanted = RETURNED.get(f.__name__, "1/year" if f.__name__.endswith("_flows") else "dimensionless")
    for value in found if isinstance(found, tuple) else (found,):
        quantity = UNITS.Quantity(value)
        assert math.isfinite(quantity.magnitude)
        if not quantity.check(UNITS.Quantity(1, wanted).dimensionality):
            raise pint.DimensionalityError(quantity.units, wanted)


@pytest.mark.parametrize("f", [f for _, f in pages()], ids=lambda f: f.__name__)
def test_every_function_of_the_page_keeps_its_units(f: Callable[..., Any]) -> None:
    check(f, call(f, constants()))


def used(f: Callable[..., Any]) -> set[str]:
    """Constants named in a function."""
    return set(f.__code__.co_names) & set(states.Constants._fields)


PLANTED = [(f, id) for _, f in pages() if "p" in inspect.signature(f).parameters for id in sorted(used(f))]


@pytest.mark.parametrize(("f", "id"), PLANTED, ids=[f"{f.__name__}: {id}" for f, id in PLANTED])
def test_a_constant_with_a_year_too_many_is_refused(f: Callable[..., Any], id: str) -> None:
    with pytest.raises(pint.DimensionalityError):
        check(f, call(f, constants(wrong=id)))


def test_the_planted_faults_cover_every_constant_of_the_equations() -> None:
    named = {id for _, f in pages() for id in used(f)}
    assert {id for _, id in PLANTED} == named
    assert len(named) > len(states.Constants._fields) / 2
