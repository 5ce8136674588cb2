"""The parameter table for tests of the clinic's tests and blood samples: as shipped, changed, or without error."""

from __future__ import annotations

from dataclasses import replace

from smoulder import parameters
from smoulder.parameters import Parameters

ERRORS = ("t25fw.noise", "nhpt.noise", "sdmt.noise", "snfl.noise")
SPREADS = ("t25fw.spread", "nhpt.spread", "nhpt.split", "sdmt.spread", "snfl.spread")


def but(values: dict[str, float]) -> Parameters:
    """The table with these values, also where its bounds do not allow them, for limits such as no noise at all."""
    rows = parameters.load().rows
    return Parameters(tuple(replace(row, value=float(values.get(row.id, row.value))) for row in rows))


def quiet(*, alike: bool = True) -> Parameters:
    """The table without error and, if ``alike``, without differences between people."""
    return but(dict.fromkeys(ERRORS + (SPREADS if alike else ()), 0.0))
