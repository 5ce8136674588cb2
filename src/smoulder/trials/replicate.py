"""A trial as it runs: arms, doses, visits with windows and gaps, withdrawal, and the day on which it ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smoulder import clinic, life, outcomes, random
from smoulder.life import STEPS_PER_YEAR, Truth
from smoulder.parameters import Parameters
from smoulder.records import DAYS_PER_YEAR, UNKNOWN_DAY, People, Records, Table, concat
from smoulder.treatments import Plan
from smoulder.trials.conducted import Conducted
from smoulder.trials.endpoints import confirmed_days
from smoulder.trials.entry import Entered
from smoulder.trials.specification import Design

__all__ = ["allocate", "conduct", "follow_arm"]

WEEK = 7
WEEKS_PER_YEAR = DAYS_PER_YEAR / WEEK
#: Lives whose truth is in memory at a time, recorded at every step.
LIVES = 256
#: Years before the first entry of a chunk from which on the truth is recorded; where an instrument remembers what was
#: before, such as the retina, all of it is.
SETTLE = 0.25
_AFTER = 2**30


def allocate(design: Design, entered: Entered) -> NDArray[np.int64]:
    """Arm of each person: a random order filled with as many of each arm as the design has; int64[n]."""
    draw = random.uniform(entered.people.seed, entered.people.id, "allocation")
    arms = np.repeat(np.arange(len(design.arms)), [arm.people for arm in design.arms])
    arm = np.empty(arms.size, dtype=np.int64)
    arm[np.argsort(draw, kind="stable")] = arms
    return arm


def follow_arm(
    design: Design, entered: Entered, who: NDArray[np.int64], number: int, plan: Plan, p: Parameters
) -> Records:
    """The people ``who`` (positions, int64[m]) of arm ``number`` under ``plan``, seen as the design says until the
    longest the trial can last; nobody withdraws yet. Days are ages.
    """
    last = _horizon(design)
    order = who[np.argsort(entered.entry[who], kind="stable")]
    parts = []
    for low in range(0, order.size, LIVES):
        mine = np.sort(order[low : low + LIVES])
        entry = entered.entry[mine]
        years = np.ceil((entry.max() + (last + 2) / WEEKS_PER_YEAR) * STEPS_PER_YEAR) / STEPS_PER_YEAR
        first = entry + design.arms[number].start / WEEKS_PER_YEAR
        truth = life.run(
            entered.people.take(mine), years=float(years), plan=plan,
            first_dose=np.where(bool(plan.drugs), first, np.inf), every=1 / STEPS_PER_YEAR, parameters=p,
            silent_years=0.0 if _remembers(design) else float(max(entry.min() - SETTLE, 0)),
        )
        parts.append(_seen(design, truth, entry, last, p))
    return concat(parts)


def _remembers(design: Design) -> bool:
    """Whether an instrument of the schedule looks back to the biological start."""
    return any(
        instrument.remembers and bool(design.schedule.planned(instrument.name)) for instrument in design.instruments
    )


def _horizon(design: Design) -> float:
    """Weeks from a person's entry beyond which nobody is followed."""
    schedule = design.schedule
    return schedule.accrual + max(schedule.longest, schedule.weeks) if schedule.events else schedule.weeks


def _seen(design: Design, truth: Truth, entry: NDArray[np.float64], last: float, p: Parameters) -> Records:
    """Everything a centre records of some people from entry on, without withdrawal."""
    n = truth.id.size
    everyone = np.ones(n, dtype=bool)
    seen = _Calendar(truth, entry, last, p)
    died = truth.death < entry + last / WEEKS_PER_YEAR
    end = np.where(died, truth.death, entry + last / WEEKS_PER_YEAR)
    people = People(
        person=truth.id, sex=truth.sex, birth_day=np.zeros(n, dtype=np.int32), onset_day=seen.day(truth.onset),
        death_day=np.where(died, seen.day(np.where(died, truth.death, 0)), UNKNOWN_DAY), first_day=seen.day(entry),
        last_day=seen.day(end),
    )
    tables: dict[str, Table] = {"relapses": _until(clinic.reported(truth, p, everyone), people)}
    for instrument in design.instruments:
        weeks = design.schedule.weeks_of(instrument, last)
        tables[instrument.name] = instrument.table.empty()
        if weeks.size:
            who, moment, day = seen.at(weeks)
            tables[instrument.name] = instrument.draw(truth, p, who, moment, day=day, seed=None)
    return Records.of(people, tables)


def _until(table: Any, people: People) -> Any:
    """Rows up to a person's last day."""
    return table.take(table.day <= people.last_day[table.owners(people)])


class _Calendar:
    """When people of a chunk come: planned weeks moved within the window of a visit, some missed, none after death.

    The first appointment is at entry itself and never missed; one planned for the end, ``last`` weeks after entry, is
    early where it would have been late, for nothing is recorded after the end.
    """

    def __init__(self, truth: Truth, entry: NDArray[np.float64], last: float, p: Parameters) -> None:
        self.truth, self.entry = truth, entry
        self.last = round(last * WEEK)
        self.window = p["trial.visit_window"] * DAYS_PER_YEAR
        self.missed = p["trial.visit_missed"]

    def day(self, time: NDArray[Any]) -> NDArray[np.int32]:
        """Age in days at ``time`` (years since the biological start, [N])."""
        days = (self.truth.start_age.astype(np.float64) + np.asarray(time, dtype=np.float64)) * DAYS_PER_YEAR
        return np.rint(days).astype(np.int32)

    def at(
        self, weeks: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
        """(person, moment, day) of the appointments kept of those planned at ``weeks``; sorted by person and day."""
        truth, n = self.truth, self.truth.id.size
        planned = np.unique(np.rint(np.asarray(weeks) * WEEK).astype(np.int64))
        who = np.repeat(np.arange(n), planned.size)
        plan = np.tile(planned, n)
        words = random.words(truth.seed, truth.id[who], "missing", plan)
        moved, kept = random.as_uniform(words[:2])
        apart = np.diff(planned).min(initial=self.last + 1)  # nobody comes to a later appointment first
        window = min(self.window, (apart - 1) // 2)
        shift = np.where(plan == 0, 0, np.rint((2 * moved - 1) * window)).astype(np.int64)
        shift = np.where(plan + shift > self.last, -np.abs(shift), shift)
        day = self.day(self.entry)[who] + plan + shift
        time = day / DAYS_PER_YEAR - truth.start_age[who].astype(np.float64)
        moment = np.clip(np.rint(time * STEPS_PER_YEAR).astype(np.int64) - 1, 0, truth.years.size - 1)
        comes = ((kept >= self.missed) | (plan == 0)) & (truth.years[moment] < truth.death[who])
        return who[comes], moment[comes], day[comes].astype(np.int32)


def conduct(
    design: Design, entered: Entered, arm: NDArray[np.int64], by_arm: list[Records], p: Parameters
) -> Conducted:
    """The trial up to its end: who withdrew and when, the day it was stopped, and what was recorded until then."""
    records = concat(by_arm)
    position = np.argsort(entered.people.id, kind="stable")
    arm = arm[position]
    seen = {name: value[position] for name, value in entered.seen.items()}
    entered_day = records.people.first_day.astype(np.int64)
    full = _conducted(design, records, arm, entered_day, seen)
    waits = _accrual(design, records, entered.people.seed)
    left = _withdrawal(design, full, p, entered.people.seed)
    stop = _stop(design, _cut(full, np.minimum(left, full.ended)), waits)
    planned = entered_day + stop - waits
    ended = np.minimum.reduce([left, planned, full.ended])
    died = (records.people.death_day != UNKNOWN_DAY) & (records.people.death_day <= ended)
    return replace(_cut(full, ended), withdrew=(left < np.minimum(planned, full.ended)) & ~died, died=died)


def _conducted(
    design: Design, records: Records, arm: NDArray[np.int64], entered: NDArray[np.int64], seen: dict[str, Any]
) -> Conducted:
    n = len(records)
    visits, owner = records.visits, records.visits.owners(records.people)
    first = np.searchsorted(owner, np.arange(n))
    baseline = {
        **seen,
        "age": entered / DAYS_PER_YEAR,
        "female": records.people.sex.astype(np.float64),
        "edss": visits.edss[first] / 2,
        "enhancing": _first(records.scans, records, records.scans.gd),
        **{
            measure.name: _first(table, records, instrument.values(table, measure.name))
            for instrument in design.instruments
            for measure in instrument.measures
            if measure.in_baseline
            for table in (records.table(instrument.name),)
        },
        "relapse_free_2y": 1.0 - seen["relapsed"],
    }
    baseline["has_enhancing"] = np.where(np.isnan(baseline["enhancing"]), np.nan, baseline["enhancing"] > 0)
    grid = np.arange(0, _horizon(design) + 1e-9, design.schedule.visits) / WEEKS_PER_YEAR
    return Conducted(
        records=records, arms=tuple(one.name for one in design.arms), arm=arm, entered=entered,
        ended=records.people.last_day.astype(np.int64), last_visit=_last_visit(records),
        withdrew=np.zeros(n, dtype=bool), died=np.zeros(n, dtype=bool), strata=_strata(design, baseline),
        baseline=baseline, grid=grid, slack_weeks=design.schedule.visits / 2,
        instruments=design.instruments,
    )


def _first(table: Table, records: Records, values: NDArray[Any]) -> NDArray[np.float64]:
    """The first of ``values`` [rows of ``table``] of each person, NaN where there is none; float64[N]."""
    value = np.full(len(records), np.nan)
    owner = table.owners(records.people)
    who, row = np.unique(owner, return_index=True)
    value[who] = values[row]
    return np.where(np.isfinite(value), value, np.nan)


def _last_visit(records: Records) -> NDArray[np.int64]:
    last = records.people.first_day.astype(np.int64)
    np.maximum.at(last, records.visits.owners(records.people), records.visits.day)
    return last


def _strata(design: Design, baseline: dict[str, NDArray[np.float64]]) -> NDArray[np.int64]:
    """One number for each combination of the strata of the design; int64[N]."""
    parts = {
        "age_45": baseline["age"] > 45, "edss_4": baseline["edss"] >= 4, "enhancing": baseline["enhancing"] > 0,
        "relapsed": baseline["relapsed"] > 0,
    }
    strata = np.zeros(len(baseline["age"]), dtype=np.int64)
    for name in design.strata:
        strata = 2 * strata + parts[name]
    return strata


def _accrual(design: Design, records: Records, seed: int) -> NDArray[np.int64]:
    """Days after the first entry on which each person is randomised; int64[N]."""
    u = random.uniform(seed, records.people.person, "accrual")
    return np.rint(u * design.schedule.accrual * WEEK).astype(np.int64)


def _withdrawal(design: Design, full: Conducted, p: Parameters, seed: int) -> NDArray[np.int64]:
    """Day on which each person would leave; int64[N], far off where never.

    The hazard is even until a visit shows EDSS a step above the first, confirmed or not, and
    ``trial.withdrawal_worse`` times as high from then on; its height is such that in each arm the expected share that
    has left by the week of the design is the design's.
    """
    weeks = design.withdrawal.weeks * WEEK
    away = np.full(len(full.arm), _AFTER, dtype=np.int64)
    if weeks <= 0:
        return away
    worse = _first_rise(full)
    times = p["trial.withdrawal_worse"]
    draw = -np.log(random.uniform(seed, full.records.people.person, "dropout"))
    for i, name in enumerate(full.arms):
        share, mine = design.withdrawal.share.get(name, 0.0), full.arm == i
        if share == 0:
            continue
        burden = weeks + (times - 1) * np.maximum(weeks - (worse[mine] - full.entered[mine]), 0)
        hazard = _solve(burden, share)
        before = np.maximum(worse[mine] - full.entered[mine], 0)
        even = draw[mine] / hazard
        leaves = np.where(even <= before, even, before + (even - before) / times)
        away[mine] = full.entered[mine] + np.ceil(np.minimum(leaves, _AFTER / 4)).astype(np.int64)
    return away


def _solve(burden: NDArray[np.float64], share: float) -> float:
    """The hazard a day at which the mean of 1 - exp(-hazard * burden) is ``share``, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.mean(-np.expm1(-middle * burden)) < share else (low, middle)
    return high


def _first_rise(full: Conducted) -> NDArray[np.int64]:
    """Day of the first visit a step of EDSS above the first, confirmed or not; far off where never. int64[N]."""
    visits, owner = full.records.visits, full.records.visits.owners(full.records.people)
    base = 2 * full.baseline["edss"]
    step = 2 * outcomes.threshold(full.baseline["edss"], outcomes.EDSS_STEP_TO_5_5)
    risen = visits.edss >= (base + step)[owner]
    day = np.full(len(full.arm), _AFTER, dtype=np.int64)
    np.minimum.at(day, owner[risen], visits.day[risen])
    return day


def _stop(design: Design, full: Conducted, waits: NDArray[np.int64]) -> NDArray[np.int64]:
    """Day of the trial, counted from the first entry, on which follow-up of each person ends; int64[N]."""
    schedule = design.schedule
    if not schedule.events:
        return waits + round(schedule.weeks * WEEK)
    seen = confirmed_days(full, design.endpoints[0])
    event = seen >= 0
    known = np.sort((waits + seen - full.entered)[event])
    reached = known[schedule.events - 1] if known.size >= schedule.events else _AFTER
    last_in = waits.max()
    day = min(max(reached, last_in + schedule.weeks * WEEK), last_in + max(schedule.longest, schedule.weeks) * WEEK)
    return np.full(waits.size, round(day), dtype=np.int64)


def _cut(full: Conducted, ended: NDArray[np.int64]) -> Conducted:
    """The trial with everything after each person's ``ended`` left out."""
    people = replace(full.records.people, last_day=ended.astype(np.int32))
    death = np.where(people.death_day > ended, UNKNOWN_DAY, people.death_day)
    people = replace(people, death_day=death.astype(np.int32))
    tables = full.records.tables
    kept = {name: table.take(table.day <= ended[table.owners(people)]) for name, table in tables.items()}
    records = Records.of(people, kept)
    return replace(full, records=records, ended=ended, last_visit=_last_visit(records))
