"""The instruments of the clinic, and what a clinic records that uses them all.

A new instrument is a file in this folder that ends with its record, and its place in :data:`INSTRUMENTS`; see
``docs/how-to/add-an-instrument.md``. Everything else reads the tuple.
"""

from __future__ import annotations

import math
from typing import Any

from smoulder.clinic.blood import BLOOD
from smoulder.clinic.instrument import Instrument, measures_of
from smoulder.clinic.mri.scans import SCANS
from smoulder.clinic.tests import TESTS
from smoulder.clinic.truth import Truth
from smoulder.clinic.vision import EYES
from smoulder.clinic.visits import VISITS, First, at_visits, follow
from smoulder.parameters import Parameters, load
from smoulder.records import Records

__all__ = ["INSTRUMENTS", "observe", "use"]

#: What the clinic measures with, in the order in which tables, schedules and reports show it.
INSTRUMENTS: tuple[Instrument, ...] = (VISITS, SCANS, TESTS, BLOOD, EYES)
#: How far a number of visits may be from a whole one.
ROUNDING = 1e-9


def use(
    instrument: Instrument,
    truth: Truth,
    parameters: Parameters | None = None,
    *,
    every_years: float = 0.5,
    first: First = "onset",
    seed: int | None = None,
) -> Any:
    """The table of one ``instrument`` in a cohort that is visited as :func:`smoulder.clinic.follow` says: at every
    visit, at those far enough apart, or at times of the instrument's own. Raises InputError as ``follow`` does.
    """
    parameters = load() if parameters is None else parameters
    if instrument.follow is not None:
        return instrument.follow(truth, parameters, first=first, seed=seed)
    apart = max(1, math.ceil(instrument.every_years / every_years - ROUNDING)) if every_years > 0 else 1
    interval = apart * every_years
    return at_visits(instrument.draw, truth, parameters, every_years=interval, first=first, seed=seed)


def observe(
    truth: Truth,
    parameters: Parameters | None = None,
    *,
    every_years: float = 0.5,
    first: First = "onset",
    seed: int | None = None,
    instruments: tuple[Instrument, ...] = INSTRUMENTS,
) -> Records:
    """What a clinic records that uses all ``instruments``: people, visits every ``every_years``, reported relapses, and
    one table an instrument. Arguments as for :func:`smoulder.clinic.follow`, which makes visits and relapses alone.

    Raises InputError as ``follow`` does, and where two instruments share a name, a measure or a purpose.
    """
    measures_of(instruments)
    parameters = load() if parameters is None else parameters
    records = follow(truth, parameters, every_years=every_years, first=first, seed=seed)
    tables = {
        instrument.name: use(instrument, truth, parameters, every_years=every_years, first=first, seed=seed)
        for instrument in instruments
        if instrument is not VISITS
    }
    return Records.of(records.people, {**records.tables, **tables})
