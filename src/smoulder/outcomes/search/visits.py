"""Visits made ready for rules: whose, rated, and how long after the last relapse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smoulder.errors import InputError
from smoulder.records import Records, Relapses, Table

__all__ = ["NEVER", "Rated", "half_points", "last_before", "rated"]

NEVER = -1
_DAY_BITS = 2**32  # room for a day below the person in one sortable number


@dataclass(frozen=True, eq=False)
class Rated:
    """Visits with EDSS that a rule looks at, sorted by person and day: ``owner`` (position in people), ``day``,
    ``edss`` (half points), ``pyramidal`` (-1 not rated), ``relapse`` (day of the last relapse at or before, or -1);
    all 1-D of one length. ``offsets`` int64[N + 1] says where each person starts, ``systems`` int8[systems, visits]
    holds the further scores asked for.
    """

    owner: NDArray[np.int64]
    day: NDArray[np.int32]
    edss: NDArray[np.int8]
    pyramidal: NDArray[np.int8]
    relapse: NDArray[np.int32]
    offsets: NDArray[np.int64]
    systems: NDArray[np.int8]


def half_points(level: float) -> int:
    """An EDSS level as half points; InputError when it is no step of the scale (0, 1, 1.5 ... 10)."""
    half = round(2 * level)
    if half != 2 * level or not 0 <= half <= 20 or half == 1:
        raise InputError(f"EDSS {level:g} does not exist; the steps are 0, 1, 1.5 and so on to 10")
    return half


def last_before(table: Table, day: NDArray[np.int32], records: Records, owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """Row of ``table`` that is the last of each ``owner`` (position in people) at or before ``day``, or -1; int64.

    ``table`` is a table of ``records``, or one that can stand for it (attacks merged from its relapses).
    """
    if len(table) == 0:
        return np.full(len(owner), NEVER, dtype=np.int64)
    owners = table.owners(records.people)
    moments: NDArray[np.int32] = table.day  # type: ignore[attr-defined]
    place = np.searchsorted(owners * _DAY_BITS + moments, owner * _DAY_BITS + day, side="right") - 1
    return np.where((place >= 0) & (owners[np.maximum(place, 0)] == owner), place, NEVER)


def rated(records: Records, relapse_days: int, systems: tuple[str, ...] = ()) -> Rated:
    """The visits with EDSS outside relapse windows: from a relapse's onset until before ``relapse_days`` after it.

    ``systems`` are further columns of visits to bring along.
    """
    visits, relapses = records.visits, records.relapses
    owner = visits.owners(records.people)
    row = last_before(relapses, visits.day, records, owner)
    relapse = _days_of(relapses, row)
    quiet = (relapse == NEVER) | (visits.day - relapse >= relapse_days)
    keep = (visits.edss >= 0) & quiet
    kept = owner[keep]
    counts = np.bincount(kept, minlength=len(records))
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    more = np.empty((len(systems), len(kept)), dtype=np.int8)
    for k, name in enumerate(systems):
        more[k] = getattr(visits, name)[keep]
    return Rated(kept, visits.day[keep], visits.edss[keep], visits.fs_pyramidal[keep], relapse[keep], offsets, more)


def _days_of(relapses: Relapses, row: NDArray[np.int64]) -> NDArray[np.int32]:
    if len(relapses) == 0:
        return np.full(len(row), NEVER, dtype=np.int32)
    return np.where(row == NEVER, NEVER, relapses.day[np.maximum(row, 0)]).astype(np.int32)
