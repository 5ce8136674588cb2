"""When a level was reached for good: of EDSS by a milestone rule, or of any scale, confirmed as worsening is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smoulder.compiled import njit
from smoulder.errors import InputError
from smoulder.outcomes.disability_change import confirming, view_of
from smoulder.outcomes.events import Events, censoring
from smoulder.outcomes.rules.course import Milestone
from smoulder.outcomes.rules.worsening import LevelRule
from smoulder.outcomes.search.follow_ups import FollowUp, follow_up
from smoulder.outcomes.search.visits import NEVER, Rated, half_points, rated
from smoulder.outcomes.search.walking import first_usable
from smoulder.records import UNKNOWN_DAY, Records

__all__ = ["milestones", "reaching", "rows_reached"]


def milestones(records: Records, level: float, rule: Milestone) -> Events:
    """Day on which each person reached EDSS ``level`` (4, 6, 7 ...) by ``rule``; censored at death or last day.

    The rule in words stands in :class:`smoulder.outcomes.rules.course.Milestone`: ignore visits in relapse windows,
    then find the first unbroken run of visits at or above the level that lasts long enough (and, if sustained, to the
    last visit).
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


def reaching(records: Records, level: float, rule: LevelRule, *, score: ArrayLike | None = None) -> Events:
    """Day on which each person reached ``level`` (shown unit) by ``rule``; censored at death or last day.

    ``score`` (float[rows of the scale's table], NaN not done) replaces the column that the rule names. InputError for
    a rule that counts other unconfirmed visits than the last.
    """
    seen = follow_up(records, rule.scale, score)
    day = np.append(seen.day, np.int32(UNKNOWN_DAY))[rows_reached(seen, level, rule)]
    return Events(records.people.person, day, censoring(records, np.diff(seen.offsets) > 0))


def rows_reached(seen: FollowUp, level: float, rule: LevelRule) -> NDArray[np.int64]:
    """The row of ``seen`` at which each person reached the level, -1 for none."""
    if rule.confirmation.unconfirmed not in ("never", "last visit"):
        raise InputError(f"rule '{rule.name}': unconfirmed, only the last visit of all can reach a level")
    turned = float(level) if rule.scale.higher_is_worse else -float(level)
    found: NDArray[np.int64] = _reached(view_of(seen, seen.score, seen.score), turned, confirming(rule))
    return found


@njit
def _reached(seen: Any, level: float, confirming: Any) -> Any:
    """The visit at which each person reached the level for good, -1 for none; int64[N]."""
    day, people = seen.day, len(seen.offsets) - 1
    row = np.full(people, -1, dtype=np.int64)
    for who in range(people):
        begin, stop = seen.offsets[who], seen.offsets[who + 1]
        at = begin
        while at < stop:
            far = seen.since[at] >= confirming.event[0] and seen.until[at] >= confirming.event[1]
            if seen.score[at] < level or not far:
                at += 1
                continue
            last = at
            while last + 1 < stop and seen.score[last + 1] >= level:
                last += 1
            first = first_usable(at, stop, seen, confirming)
            proven = at <= first <= last
            if at == stop - 1:
                proven = confirming.at_last_visit and day[at] - day[begin] <= confirming.within
            if proven and (last + 1 == stop or day[last + 1] - day[at] >= confirming.sustained):
                row[who] = at
                break
            at = stop - 1 if last + 1 == stop and at < stop - 1 else last + 1
    return row
