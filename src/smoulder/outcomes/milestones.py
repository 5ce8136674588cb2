"""When an EDSS level was reached."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smoulder.outcomes.events import Events, censoring
from smoulder.outcomes.rules import Milestone
from smoulder.outcomes.visits import NEVER, Rated, half_points, rated
from smoulder.records import Records

__all__ = ["milestones"]


def milestones(records: Records, level: float, rule: Milestone) -> Events:
    """Day on which each person reached EDSS ``level`` (4, 6, 7 ...) by ``rule``; censored at death or last day.

    The rule in words stands in ``rules.Milestone``: ignore visits in relapse windows, then find the first unbroken
    run of visits at or above the level that lasts long enough (and, if sustained, to the last visit).
    """
    visits = rated(records, rule.relapse_days)
    day = np.full(len(records), NEVER, dtype=np.int32)
    owner, first_day = _first_run(visits, half_points(level), rule)
    day[owner] = first_day
    return Events(records.people.person, day, censoring(records, np.diff(visits.offsets) > 0))


def _first_run(visits: Rated, level: int, rule: Milestone) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Owners with a qualifying run, each once, and the day their first one starts."""
    owner, high = visits.owner, visits.edss >= level
    if len(owner) == 0:
        return owner, visits.day
    new_person = np.append(True, owner[1:] != owner[:-1])
    last_of_person = np.append(owner[1:] != owner[:-1], True)
    starts = np.flatnonzero(high & (new_person | ~np.append(False, high[:-1])))
    ends = np.flatnonzero(high & (last_of_person | ~np.append(high[1:], False)))
    good = visits.day[ends] - visits.day[starts] >= rule.confirmation_days
    if rule.sustained:
        good &= last_of_person[ends]
    owners, index = np.unique(owner[starts[good]], return_index=True)
    return owners, visits.day[starts[good]][index]
