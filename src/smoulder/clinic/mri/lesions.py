"""What scans show of lesions: which are seen, how many are new, enhance, have a rim, a T1 hole, expand, lie in the
cortex, and their T2 volume.

Every lesion has four numbers of its own, drawn for the person and for the lesion's time and size, so that it keeps them
whatever other lesions a treatment prevents. The first decides whether it is seen, for good or never: its chance is that
of its region (family ``scan_detection``), its odds those of the usual scanner times ``scan_field`` and ``scan_slice``.
A lesion born at the border of an old one is one new or enlarging lesion whichever it is called, so activity in old
lesions needs no draw; rows exp_share and exp_volume_share (261 expanding old lesions to 139 new ones, 0.67 of the
growth in volume) would call about two births in three that. What else enlarges is a lesion with a rim, so slowly that
it takes decades to outgrow the error of measurement.

Volume of a lesion at age u, with v the volume at its largest: ``v (1 - residual) exp(-u / settles)`` settles, and of
the rest ``v residual`` shrinks at ``t2.shrinking``, but grows at ``t2.rim_growth`` while there is a rim. Each part is
an exponential of a rate that all lesions share, so a person's lesions are carried from scan to scan as three sums.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from smoulder import random
from smoulder.anatomy import REGIONS
from smoulder.clinic.truth import Truth, lesions_of
from smoulder.compiled import njit
from smoulder.errors import UnknownName
from smoulder.parameters import Parameters

__all__ = [
    "Rota",
    "Scanner",
    "Seen",
    "cortical",
    "enlarging",
    "holes",
    "luck",
    "new",
    "seen",
    "shown",
    "slowly_expanding",
    "tally",
    "visible",
    "volume",
]

#: What stands for "no earlier scan to compare with".
NOT_COUNTED = -1
#: The regions in a brain scan; the optic nerves are in none.
IN_BRAIN = np.array([region in ("cerebral", "cortex", "brainstem", "cerebellum") for region in REGIONS])
CORTEX = REGIONS.index("cortex")
#: Which of a lesion's four numbers decides what.
SHOWS, DARK, WIDENS = 0, 1, 2


#: Cubic millimetres in a millilitre.
MM3_PER_ML = 1000.0
#: Exponent from which on what still settles of a lesion is below the precision of its volume.
SETTLED = -40.0


@dataclass(frozen=True)
class Scanner:
    """How people are scanned: ``field`` is a name of the family ``scan_field`` (1.5T, 3T, 7T), ``slices`` one of
    ``scan_slice`` (1mm, 3mm, 5mm); ``cord`` adds the spinal cord, whose lesions then count as new and enhancing.
    """

    field: str = "3T"
    slices: str = "3mm"
    cord: bool = False


class Seen(NamedTuple):
    """L lesions that a scanner shows, sorted by person and birth. person int32 (index), region int8, area float64 in
    mm2, dark and widens uint32: what decides on a T1 hole and on slow expansion. In years since biological start,
    float64: birth, faded (enhancement over; a rim begins) and until (the rim is gone; ``faded`` if there was none).
    """

    person: NDArray[np.int32]
    region: NDArray[np.int8]
    area: NDArray[np.float64]
    dark: NDArray[np.uint32]
    widens: NDArray[np.uint32]
    birth: NDArray[np.float64]
    faded: NDArray[np.float64]
    until: NDArray[np.float64]

    def take(self, rows: NDArray[Any]) -> Seen:
        """The chosen lesions: ``rows`` is a mask or row numbers."""
        return Seen(*(column[rows] for column in self))

    @property
    def rim(self) -> NDArray[np.bool_]:
        """Which ever have a rim."""
        return self.until > self.faded


class Rota(NamedTuple):
    """Scans sorted by person and time: person p has those from row[p] to row[p + 1] of ``time`` (years since biological
    start, float64[n]).
    """

    row: NDArray[np.int64]
    time: NDArray[np.float64]


@njit
def _first(time: NDArray, low: int, high: int, moment: float) -> int:  # pragma: no cover - compiled
    """The first place from ``low`` to ``high`` whose time is not before ``moment``; ``high`` if there is none."""
    if low < high and time[high - 1] < moment:
        return high
    while low < high and time[low] < moment:
        low += 1
    return low


@njit
def _tally(
    person: NDArray, begin: NDArray, end: NDArray, row: NDArray, time: NDArray, out: NDArray
) -> None:  # pragma: no cover - compiled
    """Put into ``out`` (zeros) how many lesions have begin <= time < end at each scan of their person."""
    k, last, since = 0, -1, 0.0
    for i in range(person.size):
        p = person[i]
        if p != last or begin[i] < since:
            k = row[p]
        last, since = p, begin[i]
        stop = row[p + 1]
        k = _first(time, k, stop, since)
        after = _first(time, k, stop, end[i])
        if after > k:
            out[k] += 1
            if after < stop:
                out[after] -= 1
    for p in range(row.size - 1):
        for k in range(row[p] + 1, row[p + 1]):
            out[k] += out[k - 1]


@njit
def _appear(
    person: NDArray, birth: NDArray, row: NDArray, time: NDArray, out: NDArray
) -> None:  # pragma: no cover - compiled
    """Add one to the first scan after birth, unless that is the person's first scan, which has none before it."""
    k, last = 0, -1
    for i in range(person.size):
        p = person[i]
        if p != last:
            k, last = row[p], p
        k = _first(time, k, row[p + 1], birth[i])
        if row[p] < k < row[p + 1]:
            out[k] += 1


@njit
def _outgrow(
    person: NDArray, begin: NDArray, end: NDArray, every: float, row: NDArray, time: NDArray, out: NDArray
) -> None:  # pragma: no cover - compiled
    """Add one to each scan by which a lesion has grown on by another ``every`` years of growth since ``begin`` or the
    person's first scan; it grows until ``end``.
    """
    for i in range(person.size):
        k, stop = row[person[i]], row[person[i] + 1]
        if k < stop:
            since = max(begin[i], time[k])
            moment = since + every
            while moment <= end[i]:
                k = _first(time, k, stop, moment)
                if k == stop:
                    break
                out[k] += 1
                moment = since + every * (np.floor((time[k] - since) / every) + 1)


@njit
def _piece(
    out: NDArray, time: NDArray, k: int, after: int, stop: int, size: float, since: float, rate: float
) -> None:  # pragma: no cover - compiled
    """What enters and leaves the sum of one rate: ``size`` at ``since``, there from scan ``k`` up to ``after``."""
    if after > k:
        out[k] += size * np.exp(rate * (time[k] - since))
        if after < stop:
            out[after] -= size * np.exp(rate * (time[after] - since))


@njit
def _enter(
    person: NDArray,
    birth: NDArray,
    faded: NDArray,
    until: NDArray,
    peak: NDArray,
    residual: float,
    rates: NDArray,
    row: NDArray,
    time: NDArray,
    parts: NDArray,
) -> None:  # pragma: no cover - compiled
    """Put into ``parts`` (zeros, [3, n]: settling, shrinking, growing) what each lesion adds at its scans."""
    k, last = 0, -1
    for i in range(person.size):
        p = person[i]
        if p != last:
            k, last = row[p], p
        stop = row[p + 1]
        k = _first(time, k, stop, birth[i])
        if k == stop:
            continue
        stays = peak[i] * residual
        if rates[0] * (time[k] - birth[i]) > SETTLED:
            _piece(parts[0], time, k, stop, stop, peak[i] - stays, birth[i], rates[0])
        if until[i] <= faded[i]:
            _piece(parts[1], time, k, stop, stop, stays, birth[i], rates[1])
            continue
        rimmed = _first(time, k, stop, faded[i])
        bare = _first(time, rimmed, stop, until[i])
        at_rim = stays * np.exp(rates[1] * (faded[i] - birth[i]))
        after = at_rim * np.exp(rates[2] * (until[i] - faded[i]))
        _piece(parts[1], time, k, rimmed, stop, stays, birth[i], rates[1])
        _piece(parts[2], time, rimmed, bare, stop, at_rim, faded[i], rates[2])
        _piece(parts[1], time, bare, stop, stop, after, until[i], rates[1])


@njit
def _carry(rates: NDArray, row: NDArray, time: NDArray, parts: NDArray) -> None:  # pragma: no cover - compiled
    """Carry each sum of ``parts`` from scan to scan of the same person."""
    for p in range(row.size - 1):
        for k in range(row[p] + 1, row[p + 1]):
            span = time[k] - time[k - 1]
            for part in range(3):
                parts[part, k] += parts[part, k - 1] * np.exp(rates[part] * span)


def named(parameters: Parameters, family: str, what: str, name: str) -> float:
    """The value of ``name`` in a family. Raises UnknownName, calling it ``what``."""
    values = parameters.family(family)
    if name not in values:
        raise UnknownName(what, name, values)
    return values[name]


def chances(parameters: Parameters, scanner: Scanner) -> NDArray[np.float64]:
    """Chance of a lesion to be seen by ``scanner``, by region, float64[7]; 0 where the scan does not reach."""
    odds = named(parameters, "scan_field", "field of a scanner", scanner.field)
    odds *= named(parameters, "scan_slice", "slice of a scanner", scanner.slices)
    usual = parameters.family("scan_detection") | (parameters.family("cord_detection") if scanner.cord else {})
    chance = np.array([usual[region] for region in REGIONS])
    return chance if odds == 1 else chance * odds / (1 - chance + chance * odds)


def luck(truth: Truth, seed: int) -> NDArray[np.uint32]:
    """The four numbers of each lesion, uint32[4, lesions]."""
    lesions = lesions_of(truth)
    moment = lesions.time.astype(np.float32).view(np.uint32) ^ lesions.area.astype(np.float32).view(np.uint32)
    return random.words(seed, np.asarray(truth.id)[lesions.person], "detection", moment)


def shown(truth: Truth, parameters: Parameters, scanner: Scanner, drawn: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which lesions ``scanner`` shows, bool[lesions]; ``drawn`` is :func:`luck`."""
    return np.asarray(random.as_uniform(drawn[SHOWS]) < chances(parameters, scanner)[lesions_of(truth).region])


def visible(truth: Truth, parameters: Parameters, seed: int, scanner: Scanner | None = None) -> NDArray[np.bool_]:
    """Which lesions a scan can show: bool[lesions]. What a weaker field or thicker slices show, a better scanner shows
    too.

    Without ``scanner`` it is the usual one. Raises UnknownName for a field or slices that are not in the table.
    """
    return shown(truth, parameters, scanner or Scanner(), luck(truth, seed))


def seen(truth: Truth, drawn: NDArray[np.uint32], which: NDArray[np.bool_]) -> Seen:
    """The lesions marked in ``which`` (bool[lesions]); ``drawn`` is :func:`luck`."""
    lesions, rows = lesions_of(truth), np.flatnonzero(which)
    birth = lesions.time[rows].astype(np.float64)
    faded = birth + lesions.enhances[rows]
    until = np.where(lesions.rim[rows] > 0, lesions.rim_until[rows], faded)
    area = lesions.area[rows].astype(np.float64)
    return Seen(
        lesions.person[rows], lesions.region[rows], area, drawn[DARK, rows], drawn[WIDENS, rows], birth, faded, until
    )


def tally(person: NDArray[Any], begin: NDArray[Any], end: NDArray[Any], rota: Rota) -> NDArray[np.int16]:
    """How many lesions of a scan's person have begin <= time < end: int16[scans]; quickest if sorted by begin."""
    out = np.zeros(rota.time.size, dtype=np.int32)
    _tally(person, begin, end, rota.row, rota.time, out)
    return out.astype(np.int16)


def new(lesions: Seen, rota: Rota) -> NDArray[np.int16]:
    """Lesions born since the scan before, int16[scans], -1 at a person's first."""
    out = np.zeros(rota.time.size, dtype=np.int16)
    _appear(lesions.person, lesions.birth, rota.row, rota.time, out)
    out[rota.row[:-1][np.diff(rota.row) > 0]] = NOT_COUNTED
    return out


def enlarging(lesions: Seen, parameters: Parameters, rota: Rota) -> NDArray[np.int16]:
    """Lesions that since the scan before have outgrown the error of measurement: int16[scans], 0 at the first.

    Only lesions with a rim grow. One is called enlarging whenever it has grown by another ``t2.enlarging`` (in log
    volume) since the person's first scan or the start of its rim.
    """
    out = np.zeros(rota.time.size, dtype=np.int16)
    growth = parameters["t2.rim_growth"]
    some = lesions.take(lesions.rim)
    if growth > 0:
        every = parameters["t2.enlarging"] / growth
        _outgrow(some.person, some.faded, some.until, every, rota.row, rota.time, out)
    return out


def holes(lesions: Seen, parameters: Parameters, rota: Rota) -> NDArray[np.int16]:
    """Persistent T1 holes of a scan's person: int16[scans]; from ``hole.after`` years of age on, for good.

    The odds of leaving one are ``hole.odds * (area / lesion_area) ** hole.area``, times ``hole.rim`` with a rim.
    """
    odds = parameters["hole.odds"] * (lesions.area / parameters["lesion_area"]) ** parameters["hole.area"]
    odds *= np.where(lesions.rim, parameters["hole.rim"], 1)
    u = random.as_uniform(lesions.dark)
    dark = np.flatnonzero(u < (1 - u) * odds)
    begin = lesions.birth[dark] + parameters["hole.after"]
    return tally(lesions.person[dark], begin, np.full(dark.size, np.inf), rota)


def slowly_expanding(lesions: Seen, parameters: Parameters, rota: Rota) -> NDArray[np.int16]:
    """Lesions that a detector of slow expansion marks: int16[scans]; from ``sel.after`` years of age on.

    Of lesions that now have a rim it marks the share ``sel.rim``, of others ``sel.quiet``; those of the smaller share
    stay marked. So rims and slow expansion are two sights of one state that agree in part.
    """
    u = random.as_uniform(lesions.widens)
    always = u < parameters["sel.quiet"]
    marked = lesions.take(np.flatnonzero(always | (lesions.rim & (u < parameters["sel.rim"]))))
    always = random.as_uniform(marked.widens) < parameters["sel.quiet"]
    old = marked.birth + parameters["sel.after"]
    begin = np.where(always, old, np.maximum(old, marked.faded))
    return tally(marked.person, begin, np.where(always, np.inf, marked.until), rota)


def cortical(
    truth: Truth, parameters: Parameters, scanner: Scanner, drawn: NDArray[np.uint32], rota: Rota
) -> NDArray[np.int16]:
    """Cortical lesions that a scan made for them shows (family ``cortical_detection``, by field): int16[scans]."""
    lesions = lesions_of(truth)
    chance = named(parameters, "cortical_detection", "field of a scanner", scanner.field)
    there = np.flatnonzero(lesions.region == CORTEX)
    there = there[random.as_uniform(drawn[SHOWS, there]) < chance]
    begin = lesions.time[there].astype(np.float64)
    return tally(lesions.person[there], begin, np.full(there.size, np.inf), rota)


def volume(lesions: Seen, parameters: Parameters, rota: Rota) -> NDArray[np.float64]:
    """True volume of the lesions of a scan's person in ml: float64[scans]; see the head of this module."""
    peak = parameters["t2.shape"] * lesions.area * np.sqrt(lesions.area) / MM3_PER_ML
    rates = np.array([-1 / parameters["t2.settles"], -parameters["t2.shrinking"], parameters["t2.rim_growth"]])
    parts = np.zeros((3, rota.time.size))
    _enter(
        lesions.person,
        lesions.birth,
        lesions.faded,
        lesions.until,
        peak,
        parameters["t2.residual"],
        rates,
        rota.row,
        rota.time,
        parts,
    )
    _carry(rates, rota.row, rota.time, parts)
    return np.maximum(parts.sum(axis=0), 0)
