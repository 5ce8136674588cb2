"""MRI: which lesions a scan shows, brain volume and cord area with the scanner's error.

A lesion is visible for good or never, by one draw against the detection probability of its region (family
``scan_detection``; regions that are not in a brain scan have 0). Visible lesions are new on the first scan after
their birth, enhance until ``enhances`` is over, and show a rim from then until ``rim_until``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from smoulder import random
from smoulder.clinic.truth import REGIONS, Truth, age_days, leaves, lesions_of, step_years
from smoulder.clinic.visits import First, enters
from smoulder.compiled import njit
from smoulder.errors import InputError
from smoulder.parameters import Parameters, load
from smoulder.records import DAYS_PER_YEAR, Scans

__all__ = ["scan", "visible"]

#: What stands for "no earlier scan to compare with".
NOT_COUNTED = -1
#: The draw of a person's healthy cord area; no scan is on the day of birth, so the moment is free.
AT_BIRTH = 0


@njit
def _next_scan(time: float, first: float, every: float) -> int:  # pragma: no cover - compiled
    """Number of the first scan not before ``time``; scans are at first + k * every."""
    k = int(np.ceil((time - first) / every))
    while first + (k - 1) * every >= time:
        k -= 1
    while first + k * every < time:
        k += 1
    return k


@njit
def _tally(
    person: NDArray, begin: NDArray, end: NDArray, first: NDArray, every: float, row: NDArray, out: NDArray
) -> None:  # pragma: no cover - compiled
    """Add one to every scan of the lesion's person at begin <= time < end; row[p] to row[p + 1] are the scans of
    person p.
    """
    for i in range(person.size):
        p = person[i]
        number = row[p + 1] - row[p]
        if number > 0 and end[i] > begin[i]:
            low = max(_next_scan(begin[i], first[p], every), 0)
            high = min(_next_scan(end[i], first[p], every), number)
            for k in range(low, high):
                out[row[p] + k] += 1


@njit
def _appear(
    person: NDArray, birth: NDArray, first: NDArray, every: float, row: NDArray, out: NDArray
) -> None:  # pragma: no cover
    """Add one to the first scan after birth, unless that is the person's first scan, which has none before it."""
    for i in range(person.size):
        p = person[i]
        if row[p + 1] > row[p]:
            k = _next_scan(birth[i], first[p], every)
            if 0 < k < row[p + 1] - row[p]:
                out[row[p] + k] += 1


def visible(truth: Truth, parameters: Parameters, seed: int) -> NDArray[np.bool_]:
    """Which lesions a brain scan can show: bool[lesions]. The draw belongs to the person and the lesion's own time
    and size, so that a lesion keeps it whatever other lesions a treatment prevents.
    """
    lesions = lesions_of(truth)
    by_region = parameters.family("scan_detection")
    chance = np.array([by_region[region] for region in REGIONS])[lesions.region]
    moment = lesions.time.astype(np.float32).view(np.uint32) ^ lesions.area.astype(np.float32).view(np.uint32)
    ids = np.asarray(truth.id)[lesions.person]
    return random.uniform(seed, ids, "detection", moment) < chance


def scan(
    truth: Truth,
    parameters: Parameters | None = None,
    *,
    every_years: float = 1.0,
    first: First = "onset",
    who: NDArray[np.bool_] | None = None,
    seed: int | None = None,
) -> Scans:
    """Scans from clinical onset (or biological start) every ``every_years`` until death or the end, of the people
    marked in ``who``.

    ``who`` is bool[N], everyone unless given; people without clinical onset are not scanned unless ``first="start"``.
    Columns: new_t2 (-1 at a person's first scan), gd and rims as counts of visible lesions; brain_volume as a
    fraction of that at biological start; cord_area in mm2. Raises InputError if scans would be less than a day apart.
    """
    if every_years * DAYS_PER_YEAR < 1:
        raise InputError(f"Scans must be at least a day apart; got every {every_years:g} years.")
    parameters = load() if parameters is None else parameters
    seed = truth.seed if seed is None else seed
    who = enters(truth, first) if who is None else who & enters(truth, first)
    start = truth.onset.astype(np.float64) if first == "onset" else np.zeros(len(truth.id))
    number = np.where(who, np.floor((leaves(truth) - np.where(who, start, 0)) / every_years) + 1, 0).astype(np.int64)
    row = np.concatenate([[0], np.cumsum(number)])
    person = np.repeat(np.arange(len(truth.id)), number)
    time = start[person] + every_years * (np.arange(person.size) - row[person])
    day = age_days(truth, person, time)
    brain, cord = volumes(truth, parameters, person, time, day, seed)
    new_t2, gd, rims = counts(truth, parameters, start, every_years, row, seed)
    ids = np.asarray(truth.id, dtype=np.int64)[person]
    return Scans(person=ids, day=day, new_t2=new_t2, gd=gd, brain_volume=brain, cord_area=cord, rims=rims)


def counts(
    truth: Truth, parameters: Parameters, start: NDArray[np.float64], every: float, row: NDArray[np.int64], seed: int
) -> tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.int16]]:
    """(new T2, enhancing, rim) lesions of each scan, int16[scans] each; person p has scans row[p]..row[p + 1] at
    start[p] + k * every.
    """
    lesions = lesions_of(truth)
    shown = visible(truth, parameters, seed)
    person, birth = lesions.person[shown], lesions.time[shown].astype(np.float64)
    faded = birth + lesions.enhances[shown].astype(np.float64)
    new_t2, gd, rims = (np.zeros(row[-1], dtype=np.int16) for _ in range(3))
    _appear(person, birth, start, every, row, new_t2)
    new_t2[row[:-1][np.diff(row) > 0]] = NOT_COUNTED
    _tally(person, birth, faded, start, every, row, gd)
    rimmed = lesions.rim[shown] > 0
    until = lesions.rim_until[shown][rimmed].astype(np.float64)
    _tally(person[rimmed], faded[rimmed], until, start, every, row, rims)
    return new_t2, gd, rims


def volumes(
    truth: Truth,
    parameters: Parameters,
    person: NDArray[np.int64],
    time: NDArray[np.float64],
    day: NDArray[np.int32],
    seed: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(brain volume as a fraction of that at biological start, cord area in mm2) of each scan, with scanner error.

    The error is relative and normal (``scan_noise.brain``, ``scan_noise.cord``). Healthy cord area differs between
    people, log-normally (``cord_area_healthy``, ``cord_area_spread``); the cord keeps its length, so its area shrinks
    as its volume.
    """
    ids = np.asarray(truth.id)[person]
    words = random.words(seed, ids, "scan", day)
    error = ndtri(random.as_uniform(words[:2]))
    own = random.normal(seed, np.asarray(truth.id), "scan", AT_BIRTH)
    healthy = parameters["cord_area_healthy"] * np.exp(parameters["cord_area_spread"] * own)
    brain = between_moments(truth, "brain_volume", person, time)
    cord = between_moments(truth, "cord_volume", person, time) * healthy[person]
    brain *= 1 + parameters["scan_noise.brain"] * error[0]
    cord *= 1 + parameters["scan_noise.cord"] * error[1]
    return brain.astype(np.float32), cord.astype(np.float32)


def between_moments(
    truth: Truth, name: str, person: NDArray[np.int64], time: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Volume ``name`` (1 at biological start) at any ``time``, linear between recorded moments; float64[n].

    Between the last moment before a death and the death it stays as at that moment.
    """
    values = truth[name]
    place = np.clip(time / step_years(truth), 0, truth.years.size)
    below = np.floor(place).astype(np.int64)
    share = place - below
    above = np.minimum(below + 1, truth.years.size)
    low = np.where(below == 0, 1.0, values[np.maximum(below - 1, 0), person])
    high = values[above - 1, person]
    died = truth.years[above - 1] >= truth.death[person]
    return np.where(died, low, low + share * (high - low))
