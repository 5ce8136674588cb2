"""What would happen to people in the placebo arm of a trial, read from the records of the cohort: new lesions in
primary progressive disease, and confirmed worsening from a chance eligible visit on.

Visits of the cohort are half a year apart, so a worsening is confirmed at the next visit; a trial that sees people
every 12 weeks finds a few more.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from smoulder import outcomes
from smoulder.cohorts.followed import Cohort
from smoulder.records import DAYS_PER_YEAR
from smoulder.targets.quantities.course import Who, _of_course
from smoulder.targets.quantities.quantity import OTHER, Quantity

__all__ = ["QUANTITIES", "new_lesions", "placebo_worsening"]

_GRACE = 0.75  # years beyond the end within which a worsening may still be confirmed
_QUIET = 2.0  # years without a relapse that count as non-relapsing
_GOLDEN, _WORD = 2654435761, 2**32  # multiplicative hashing: a visit by chance that is the same in every run


def new_lesions(cohort: Cohort, who: Who, course: str, first: str, last: str) -> float:
    """New lesions a year that a brain scan shows, people of one onset course, mean over years of disease."""
    seen = cohort.traces["seen_brain_year"][int(first) : int(last) + 1, _of_course(cohort, who, course)]
    return float(np.nanmean(seen)) if np.isfinite(seen).any() else np.nan


def placebo_worsening(
    cohort: Cohort, who: Who, course: str, edss: str, age: str, duration: str, relapses: str, years: str
) -> float:
    """Share (Kaplan-Meier) with confirmed EDSS worsening ``years`` after a chance visit at which a person of ``course``
    (relapsing, progressive, secondary) fits: ``edss``, ``age`` and ``duration`` are least-most; ``relapses`` is any,
    recent (one in the year before) or none (in two years).
    """
    entry = _entry(cohort, course, edss, age, duration, relapses)
    chosen = np.zeros(len(cohort), dtype=bool)
    chosen[who] = entry[who] >= 0
    if chosen.sum() == 0:
        return np.nan
    records = cohort.records.select(chosen)
    begin = entry[chosen]
    stop = begin + (float(years) + _GRACE) * DAYS_PER_YEAR
    people = records.people
    owner = records.visits.owners(people)
    visits = records.visits.take((records.visits.day >= begin[owner]) & (records.visits.day <= stop[owner]))
    people = replace(
        people, first_day=begin.astype(np.int32), last_day=np.minimum(people.last_day, stop).astype(np.int32)
    )
    events = outcomes.worsening(replace(records, people=people, visits=visits), _RULE)
    times = (events.end_day - begin) / DAYS_PER_YEAR
    curve = outcomes.Times(people.person, np.maximum(times, 0), events.seen).survival()
    return float(1 - curve.at(float(years)).value)


_RULE = replace(outcomes.CDW_24W, threshold=outcomes.EDSS_ONE_POINT_TO_5_5)


def _entry(cohort: Cohort, course: str, edss: str, age: str, duration: str, relapses: str) -> NDArray[np.int64]:
    """Day of one visit by chance among those that fit, int64[N]; -1 where none does."""
    key = ("entry", course, edss, age, duration, relapses)
    if key in cohort.remembered:
        found: NDArray[np.int64] = cohort.remembered[key]
        return found
    records, people, visits = cohort.records, cohort.records.people, cohort.records.visits
    owner = visits.owners(people)
    day = visits.day.astype(np.int64)
    fits = _between(visits.edss / 2, edss) & _between((day - people.birth_day[owner]) / DAYS_PER_YEAR, age)
    fits &= _between((day - people.onset_day[owner]) / DAYS_PER_YEAR, duration)
    if course == "secondary":
        fits &= (cohort.course.spms.seen & cohort.course.relapsing)[owner] & (day >= cohort.course.spms.day[owner])
    else:
        fits &= (cohort.course.relapsing if course == "relapsing" else cohort.course.progressive)[owner]
    if relapses != "any":
        span = 2**20
        keys = records.relapses.owners(people) * span + records.relapses.day
        back = DAYS_PER_YEAR if relapses == "recent" else _QUIET * DAYS_PER_YEAR
        before = np.searchsorted(keys, owner * span + np.maximum(day - round(back), 0))
        some = np.searchsorted(keys, owner * span + day, side="right") > before
        fits &= some if relapses == "recent" else ~some
    entry = np.full(len(cohort), -1, dtype=np.int64)
    rows = np.flatnonzero(fits)
    candidates, first, count = np.unique(owner[rows], return_index=True, return_counts=True)
    luck = (people.person[candidates] * _GOLDEN % _WORD) / _WORD
    entry[candidates] = day[rows[first + np.floor(luck * count).astype(np.int64)]]
    cohort.remembered[key] = entry
    return entry


def _between(value: NDArray, ends: str) -> NDArray[np.bool_]:
    low, high = (float(end) for end in ends.split("-"))
    return np.asarray((value >= low) & (value <= high))


#: Quantities of placebo arms; their rows are shown in the words of the evidence.
QUANTITIES = (
    Quantity("new_lesions", OTHER, None, new_lesions),
    Quantity("placebo_worsening", OTHER, None, placebo_worsening),
)
