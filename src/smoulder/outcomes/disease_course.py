"""Relapsing or progressive from onset, secondary progression, and activity, from records alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from smoulder.compiled import njit
from smoulder.outcomes.events import Events, censoring
from smoulder.outcomes.rules.course import (
    ACTIVE_12M,
    ONSET_90D,
    PROGRESSION_STEP,
    ActivityRule,
    CourseRule,
    ProgressionRule,
)
from smoulder.outcomes.search.visits import NEVER, half_points, last_before, rated
from smoulder.records import FUNCTIONAL_SYSTEMS, UNKNOWN_DAY, Records, shown_days

__all__ = ["Course", "active", "course", "relapsing_onset", "secondary_progression"]

_SYSTEMS = (*FUNCTIONAL_SYSTEMS, "ambulation")


@dataclass(frozen=True, eq=False)
class Course:
    """For each of N people: ``relapsing`` and ``progressive`` onset (bool[N], both False when no onset is recorded),
    and ``spms``, the conversion (never seen in people without a relapsing onset).
    """

    person: NDArray[np.int64]
    relapsing: NDArray[np.bool_]
    progressive: NDArray[np.bool_]
    spms: Events

    def frame(self) -> pd.DataFrame:
        """One row a person: ``person``, ``course`` of onset (``relapsing``, ``progressive``, "" where no onset is
        recorded), ``spms_day`` of conversion (<NA>: not seen) and ``censor_day`` up to which it was looked for.
        """
        names = np.select([self.relapsing, self.progressive], ["relapsing", "progressive"], "")
        days = {"spms_day": shown_days(self.spms.day), "censor_day": shown_days(self.spms.censor_day)}
        return pd.DataFrame({"person": self.person, "course": names, **days})

    @property
    def conversion(self) -> Events:
        """Conversion to SPMS among people with a relapsing onset, for Kaplan-Meier."""
        return self.spms.take(self.relapsing)


def course(records: Records, rule: CourseRule = ONSET_90D) -> Course:
    """Onset course of each person, and SPMS among those of relapsing onset (``rules.CourseRule``)."""
    relapsing = relapsing_onset(records, rule)
    converted = secondary_progression(records, rule.progression)
    day = np.where(relapsing, converted.day, NEVER).astype(np.int32)
    progressive = (records.people.onset_day != UNKNOWN_DAY) & ~relapsing
    spms = Events(converted.person, day, converted.censor_day)
    return Course(records.people.person, relapsing, progressive, spms)


def relapsing_onset(records: Records, rule: CourseRule = ONSET_90D) -> NDArray[np.bool_]:
    """True (bool[N]) where a reported relapse lies at most ``rule.onset_days`` from the recorded clinical onset."""
    onset = records.people.onset_day.astype(np.int64)
    owner = records.relapses.owners(records.people)
    near = (onset[owner] != UNKNOWN_DAY) & (np.abs(records.relapses.day - onset[owner]) <= rule.onset_days)
    return np.bincount(owner[near], minlength=len(records)) > 0


def secondary_progression(records: Records, rule: ProgressionRule) -> Events:
    """Day of progression by ``rule`` for each person, whatever the onset (``rules.ProgressionRule`` in words)."""
    visits = rated(records, rule.relapse_days, _SYSTEMS if rule.systems.leading else ())
    day = _progression(
        visits.offsets,
        visits.day,
        visits.edss,
        visits.pyramidal,
        visits.relapse,
        visits.systems,
        (rule.confirmation_days, rule.sustained, rule.any_relapse_resets),
        (half_points(rule.least_edss), rule.systems.least_pyramidal),
        (round(2 * PROGRESSION_STEP.low), round(2 * PROGRESSION_STEP.high), half_points(PROGRESSION_STEP.turn)),
    )
    return Events(records.people.person, day, censoring(records, np.diff(visits.offsets) > 0))


def active(records: Records, day: ArrayLike, rule: ActivityRule = ACTIVE_12M) -> NDArray[np.int8]:
    """Whether each person is active on ``day`` (one day, or int[N]): 1 active, 0 not, -1 not under observation then.

    Active is a relapse, or a scan with a new T2 or an enhancing lesion, in the ``rule.window_days`` up to and with the
    day (Lublin et al, Neurology 83:278, 2014). Without scans relapses alone decide.
    """
    people = records.people
    asked = np.broadcast_to(np.asarray(day, dtype=np.int32), people.person.shape)
    owner = np.arange(len(people), dtype=np.int64)
    scans = records.scans
    lesions = scans.take((scans.new_t2 > 0) | (scans.gd > 0))
    found = np.zeros(len(people), dtype=bool)
    for table in (records.relapses, lesions):
        row = last_before(table, asked, records, owner)
        had = row != NEVER
        found[had] |= asked[had] - table.day[row[had]] < rule.window_days
    watched = (asked >= people.first_day) & (asked <= people.last_day)
    return np.where(watched, found, -1).astype(np.int8)


@njit
def _progression(
    offsets: Any,
    day: Any,
    edss: Any,
    pyramidal: Any,
    relapse: Any,
    systems: Any,
    confirm: Any,
    least: Any,
    step: Any,
) -> Any:
    """Rule 2 and 3 of ProgressionRule: walk along each person's visits with a reference; int32[N], -1 for none."""
    found = np.full(len(offsets) - 1, -1, dtype=np.int32)
    base = np.full(len(systems), -1, dtype=np.int8)
    for who in range(len(found)):
        stop = offsets[who + 1]
        reference, before = -1, -1
        for v in range(offsets[who], stop):
            score = edss[v]
            relapsed = v > offsets[who] and relapse[v] > day[v - 1]
            if relapsed and (confirm[2] or score > edss[v - 1]):
                reference, before = -1, -1
            if reference >= 0 and not relapsed and (least[1] <= 0 or pyramidal[v] >= least[1]):
                bound = max(reference + (step[1] if reference >= step[2] else step[0]), least[0])
                held = score >= bound and _confirmed(v, stop, bound, day, edss, relapse, confirm)
                if held and _led(base, v, stop, day, systems, confirm[0]):
                    found[who] = day[v]
                    break
            if before >= 0 and (reference < 0 or max(before, score) < reference):
                reference = max(before, score)
                for k in range(len(base)):
                    base[k] = max(systems[k, v - 1], systems[k, v])
            before = score
    return found


@njit
def _confirmed(start: int, stop: int, bound: int, day: Any, edss: Any, relapse: Any, confirm: Any) -> bool:
    """Rule 4 of ProgressionRule for the visit ``start`` of a person whose visits end before ``stop``."""
    confirmed = False
    for later in range(start + 1, stop):
        if edss[later] < bound:
            return False
        if not confirmed and day[later] - day[start] >= confirm[0]:
            if relapse[later] > day[start]:
                return False
            if not confirm[1]:
                return True
            confirmed = True
    return confirmed


@njit
def _led(base: Any, start: int, stop: int, day: Any, systems: Any, days: int) -> bool:
    """Whether a leading system, of those that rose most from ``base`` to ``start``, stays risen to the confirmation."""
    most, comparable = 0, False
    for k in range(len(base)):
        if base[k] >= 0 and systems[k, start] >= 0:
            comparable = True
            most = max(most, systems[k, start] - base[k])
    if not comparable:
        return True
    for k in range(len(base)):
        held = most > 0 and base[k] >= 0 and systems[k, start] - base[k] == most
        for later in range(start + 1, stop):
            held = held and not 0 <= systems[k, later] <= base[k]
            if not held or day[later] - day[start] >= days:
                break
        if held:
            return True
    return False
