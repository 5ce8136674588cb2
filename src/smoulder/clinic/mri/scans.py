"""MRI: what scans at given times, or at even intervals, show of people's lesions and volumes.

A scan sees a lesion for good or never (see :mod:`smoulder.clinic.mri.lesions`): a lesion that once was missed is not
found later, and a long interval misses none that a short one finds. Rims, slow expansion, T1 holes and T2 volume are of
the lesions seen in the brain; cortical lesions are those that a scan made for them would show, whether or not they show
on T2. Rims of all seen lesions are taken to show at every field.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smoulder.clinic.instrument import Instrument, Measure
from smoulder.clinic.mri import lesions as of
from smoulder.clinic.mri import volumes
from smoulder.clinic.mri.lesions import IN_BRAIN, Rota, Scanner, visible
from smoulder.clinic.truth import Truth, age_days, leaves
from smoulder.clinic.visits import First, enters
from smoulder.errors import InputError
from smoulder.parameters import Parameters, load
from smoulder.records import DAYS_PER_YEAR, Scans

__all__ = ["SCANS", "Scanner", "draw_scans", "scan", "scan_on_days", "visible"]


def draw_scans(
    truth: Truth,
    parameters: Parameters,
    person: NDArray[np.int64],
    time: NDArray[np.float64],
    *,
    day: NDArray[np.int32] | None = None,
    seed: int | None = None,
    scanner: Scanner | None = None,
    enlarging: bool = True,
) -> Scans:
    """One scan of each ``person`` (index, int64[n]) at ``time`` (years since biological start, float64[n]), sorted by
    both, on the usual scanner unless another is given.

    ``new_t2`` counts lesions new, or (with ``enlarging``) enlarging, since the person's scan before in this list, -1 at
    the first; all other columns are as of the time: counts of lesions, ``t2_volume`` in ml, ``brain_volume`` and
    ``grey_volume`` as fractions of those at biological start, ``cord_area`` in mm2. ``day`` (age in days, int32[n])
    is what is recorded, that of the time unless given; errors of measurement belong to the person and the day, in the
    draws of ``seed`` (that of the truth unless given). Raises InputError if the list is not sorted or the truth kept no
    lesions, UnknownName for a scanner that is not in the table.
    """
    person, time = np.asarray(person, dtype=np.int64), np.asarray(time, dtype=np.float64)
    later = (person[1:] > person[:-1]) | ((person[1:] == person[:-1]) & (time[1:] >= time[:-1]))
    if not (later.all() and np.isfinite(time).all()):
        raise InputError("The list of scans must be sorted by person and time, without gaps.")
    seed = truth.seed if seed is None else seed
    day = age_days(truth, person, time) if day is None else day
    row = np.concatenate([[0], np.cumsum(np.bincount(person, minlength=len(truth.id)))])
    error = volumes.errors(truth, person, day, seed)
    place = volumes.Place.at(truth, person, time)
    noise = np.exp(parameters["scan_noise.t2"] * error[volumes.LESIONS])
    found = _lesions(truth, parameters, Rota(row, time), scanner or Scanner(), seed, enlarging)
    return Scans(
        person=np.asarray(truth.id, dtype=np.int64)[person],
        day=day,
        brain_volume=volumes.brain(truth, parameters, place, error[volumes.BRAIN]),
        cord_area=volumes.cord(truth, parameters, place, error[volumes.CORD], seed),
        grey_volume=volumes.grey(truth, parameters, place, error[volumes.GREY]),
        t2_volume=(found.pop("t2_volume") * noise).astype(np.float32),
        **found,
    )


def _lesions(
    truth: Truth, parameters: Parameters, rota: Rota, scanner: Scanner, seed: int, enlarging: bool
) -> dict[str, NDArray]:
    """The columns of lesions, by name; ``t2_volume`` without error, float64[scans]."""
    drawn = of.luck(truth, seed)
    everywhere = of.seen(truth, drawn, of.shown(truth, parameters, scanner, drawn))
    brain = everywhere.take(IN_BRAIN[everywhere.region]) if scanner.cord else everywhere
    rims = brain.take(np.flatnonzero(brain.rim))
    new_t2 = of.new(everywhere, rota)
    if enlarging:
        new_t2 += of.enlarging(rims, parameters, rota)
    return {
        "new_t2": new_t2,
        "gd": of.tally(everywhere.person, everywhere.birth, everywhere.faded, rota),
        "rims": of.tally(rims.person, rims.faded, rims.until, rota),
        "t1_holes": of.holes(brain, parameters, rota),
        "sel": of.slowly_expanding(brain, parameters, rota),
        "cortical": of.cortical(truth, parameters, scanner, drawn, rota),
        "t2_volume": of.volume(brain, parameters, rota),
    }


def scan(
    truth: Truth,
    parameters: Parameters | None = None,
    *,
    every_years: float = 1.0,
    first: First = "onset",
    who: NDArray[np.bool_] | None = None,
    seed: int | None = None,
    scanner: Scanner | None = None,
    enlarging: bool = False,
) -> Scans:
    """Scans from clinical onset (or biological start) every ``every_years`` until death or the end, of the people
    marked in ``who``; columns as in :func:`draw_scans`, where ``new_t2`` leaves enlarging lesions out unless asked.

    ``who`` is bool[N], everyone unless given; people without clinical onset are not scanned unless ``first="start"``.
    Raises InputError if scans would be less than a day apart, and as ``draw_scans``.
    """
    if every_years * DAYS_PER_YEAR < 1:
        raise InputError(f"Scans must be at least a day apart; got every {every_years:g} years.")
    parameters = load() if parameters is None else parameters
    who = enters(truth, first) if who is None else who & enters(truth, first)
    start = truth.onset.astype(np.float64) if first == "onset" else np.zeros(len(truth.id))
    number = np.where(who, np.floor((leaves(truth) - np.where(who, start, 0)) / every_years) + 1, 0).astype(np.int64)
    person = np.repeat(np.arange(len(truth.id)), number)
    time = start[person] + every_years * (np.arange(person.size) - np.repeat(np.cumsum(number) - number, number))
    return draw_scans(truth, parameters, person, time, seed=seed, scanner=scanner, enlarging=enlarging)


def scan_on_days(
    truth: Truth,
    parameters: Parameters,
    person: NDArray[np.int64],
    moment: NDArray[np.int64],
    *,
    day: NDArray[np.int32] | None = None,
    seed: int | None = None,
) -> Scans:
    """One scan of each ``person`` (index, int64[n]) on ``day`` (age in days, int32[n], or None: that of ``moment``),
    sorted by both, as :func:`draw_scans` makes it of the time of that day.
    """
    time = truth.years[moment].astype(np.float64)
    if day is not None:
        time = day / DAYS_PER_YEAR - truth.start_age[person].astype(np.float64)
    return draw_scans(truth, parameters, person, time, day=day, seed=seed)


SCANS = Instrument(
    name="scans",
    title="scans",
    table=Scans,
    draw=scan_on_days,
    measures=(
        Measure("new_t2", higher_is_worse=True),
        Measure("gd", higher_is_worse=True),
        Measure("brain_volume", higher_is_worse=False),
        Measure("cord_area", higher_is_worse=False),
        Measure("rims", higher_is_worse=True),
        Measure("t2_volume", higher_is_worse=True, words="T2 lesion volume", unit="mL", in_baseline=True),
        Measure("t1_holes", higher_is_worse=True),
        Measure("sel", higher_is_worse=True),
        Measure("cortical", higher_is_worse=True),
        Measure("grey_volume", higher_is_worse=False),
    ),
    purposes=("scan", "detection"),
    follow=scan,
    at_entry=True,
)
