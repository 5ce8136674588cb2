"""More published quantities of natural history, for rows that are reported and never fitted: survival, hazards, rates
by EDSS.

The same signature as in course.py: a cohort, the positions of some of its people, the arguments of the row.
"""

from __future__ import annotations

import warnings

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray

from smoulder import outcomes
from smoulder.cohorts.followed import Cohort
from smoulder.outcomes import Events
from smoulder.records import UNKNOWN_DAY
from smoulder.records import years as years_of
from smoulder.targets.quantities.course import RULES, Who, _attack_days, _median, _of_course
from smoulder.targets.quantities.in_words import course_after_comma, group_of_people, rule_after_comma, traced
from smoulder.targets.quantities.quantity import COURSE, MILESTONES, RELAPSES, SURVIVAL, TISSUE, Quantity

__all__ = [
    "QUANTITIES",
    "conversion_at_edss",
    "early_relapse_hazard",
    "edss_correlation",
    "late_relapse_hazard",
    "milestone_gap",
    "onset_after",
    "reaching_quantile",
    "relapse_rate_at_edss",
    "second_attack",
    "spms_hazard",
    "spms_within",
    "step_in_year",
    "survival_age",
    "survival_years",
]

_GRID = 0.5  # years: visits of the cohort are half a year apart, so events fall on this grid
_LONGEST = 40  # years of follow-up in which hazards are compared
_EARLY = 5.0  # years after onset whose attacks count as early
_LATE = 10.0  # years after onset from which an effect counts as late


def onset_after(cohort: Cohort, who: Who, age: str) -> float:
    """Share with clinical onset after an age."""
    return float(np.mean(cohort.onset_age[who] > float(age)))


def survival_age(cohort: Cohort, who: Who, group: str) -> float:
    """Median age at death (Kaplan-Meier from birth) of all, women, men, or one onset course."""
    return _median(outcomes.since_birth(_deaths(cohort).take(_of_group(cohort, who, group)), cohort.records.people))


def survival_years(cohort: Cohort, who: Who, group: str) -> float:
    """Median years from onset to death of all, women, men, or one onset course."""
    return _median(outcomes.since_onset(_deaths(cohort).take(_of_group(cohort, who, group)), cohort.records.people))


def reaching_quantile(cohort: Cohort, who: Who, level: str, share: str, course: str, rule: str) -> float:
    """Years from onset by which a share (0 to 1) of people reached an EDSS level (Kaplan-Meier)."""
    events = cohort.milestone(float(level), RULES[rule]).take(_of_course(cohort, who, course))
    times = outcomes.since_onset(events, cohort.records.people)
    return float(times.survival().quantile(float(share)).value) if len(times.years) else np.nan


def second_attack(cohort: Cohort, who: Who, year: str) -> float:
    """Share of relapsing onset with a second reported attack within some years of onset (Kaplan-Meier)."""
    people = cohort.records.people
    owner, day = _attack_days(cohort)
    first = np.full(len(cohort), np.iinfo(np.int64).max)
    np.minimum.at(first, owner, day)
    seen = first < np.iinfo(np.int64).max
    events = Events(people.person, np.where(seen, first, UNKNOWN_DAY).astype(np.int32), people.last_day)
    curve = outcomes.since_onset(events.take(_of_course(cohort, who, "relapsing")), people).survival()
    return 1 - float(curve.at(float(year)).value)


def spms_within(cohort: Cohort, who: Who, start: str, stop: str) -> float:
    """Share that turns SPMS by the objective three-month rule between two years after onset, of relapsing people who
    have not before.
    """
    people = cohort.records.people
    events = _objective_spms(cohort)
    chosen = _of_course(cohort, who, "relapsing")
    times = outcomes.since_onset(events.take(chosen), people)
    free = times.years > float(start)
    curve = times.take(free).survival()
    return 1 - float(curve.at(float(stop)).value) if free.any() else np.nan


def spms_hazard(cohort: Cohort, who: Who, first: str, second: str) -> float:
    """Ratio of hazards of SPMS by the main rule, relapsing onset, of one group to another (proportional hazards).

    Groups: ``women``, ``men``, ``onset LOW-HIGH`` (age at onset, LOW included) and ``attacks LOW-HIGH`` (attacks in the
    first two years, that at onset included).
    """
    relapsing = _of_course(cohort, who, "relapsing")
    one, other = (_of_group(cohort, relapsing, name) for name in (first, second))
    chosen = np.concatenate([one, other])
    times = outcomes.since_onset(cohort.course.spms.take(chosen), cohort.records.people)
    covariate = np.concatenate([np.ones(one.size), np.zeros(other.size)])
    return _hazard_ratio(times.years, times.event, covariate)


def milestone_gap(cohort: Cohort, who: Who, level: str, first: str, second: str, rule: str) -> float:
    """Median years from relapsing onset to an EDSS level in one group less that in another (groups as in
    ``spms_hazard``).
    """
    relapsing = _of_course(cohort, who, "relapsing")
    events = cohort.milestone(float(level), RULES[rule])
    one, other = (
        _median(outcomes.since_onset(events.take(_of_group(cohort, relapsing, name)), cohort.records.people))
        for name in (first, second)
    )
    return one - other if np.isfinite(one) and np.isfinite(other) else np.nan


def early_relapse_hazard(cohort: Cohort, who: Who, what: str) -> float:
    """Relative rise of the hazard of ``what`` (an EDSS level, confirmed, or ``spms``) with each attack so far, in the
    first 5 years.
    """
    events = _events(cohort, what)
    chosen = _of_course(cohort, who, "relapsing")
    times = outcomes.since_onset(events.take(chosen), cohort.records.people)
    steps = np.arange(0, _EARLY, _GRID)
    counts = _attacks_before(cohort, steps)[:, chosen]
    at_risk = times.years[None, :] > steps[:, None]
    happened = at_risk & times.event[None, :] & (times.years[None, :] <= steps[:, None] + _GRID)
    step = np.broadcast_to(np.arange(steps.size)[:, None], at_risk.shape)
    return _grouped(step[at_risk], counts[at_risk].astype(np.float64), happened[at_risk]) - 1


def late_relapse_hazard(cohort: Cohort, who: Who, what: str) -> float:
    """Relative rise of the hazard of ``what`` with each attack of the first 5 years, from 10 years after onset on."""
    chosen = _of_course(cohort, who, "relapsing")
    times = outcomes.since_onset(_events(cohort, what).take(chosen), cohort.records.people)
    counts = _attacks_before(cohort, np.array([_EARLY]))[0, chosen].astype(np.float64)
    free = times.years > _LATE
    return _hazard_ratio(times.years[free] - _LATE, times.event[free], counts[free]) - 1


def relapse_rate_at_edss(cohort: Cohort, who: Who, state: str, level: str) -> float:
    """Attacks per person-year in the half-year after a visit with this EDSS (half points rounded down), before (RR) or
    after (SP) conversion; relapsing onset, onset attack left out.
    """
    rows, level_of, _ = _intervals(cohort, who, state)
    inside = level_of == int(level)
    attack_owner, attack_day = _attack_days(cohort)
    place = _interval_of(cohort, attack_owner, attack_day)
    kept = np.zeros(len(cohort.records.visits), bool)
    kept[rows[inside]] = True
    exposure = _exposure(cohort)[rows[inside]].sum()
    return float(np.sum(kept[place[place >= 0]]) / exposure) if exposure > 0 else np.nan


def conversion_at_edss(cohort: Cohort, who: Who, level: str) -> float:
    """Yearly probability of turning SPMS (main rule) for relapsing people with this EDSS at the visit before (half
    points down).
    """
    rows, level_of, owner = _intervals(cohort, who, "RR")
    inside = level_of == int(level)
    day = cohort.records.visits.day
    exposure = _exposure(cohort)[rows[inside]]
    spms = cohort.course.spms.day[owner[inside]]
    until = day[rows[inside]] + exposure * 365.25 + 1
    turned = (spms != UNKNOWN_DAY) & (spms > day[rows[inside]]) & (spms <= until)
    total = exposure.sum()
    return float(-np.expm1(-turned.sum() / total)) if total > 0 else np.nan


def step_in_year(cohort: Cohort, who: Who, course: str, year: str) -> float:
    """Share whose rated EDSS is a step higher (1, or 0.5 from EDSS 6) a year after a completed year of disease."""
    chosen = _of_course(cohort, who, course)
    before, after = (cohort.edss_at_years[int(year) + k, chosen].astype(int) for k in (0, 1))
    seen = (before >= 0) & (after >= 0)
    step = outcomes.PROGRESSION_STEP
    need = np.where(before >= 2 * step.turn, 2 * step.high, 2 * step.low)
    return float(np.mean((after - before >= need)[seen])) if seen.any() else np.nan


def edss_correlation(cohort: Cohort, who: Who, name: str, year: str) -> float:
    """Correlation of rated EDSS with a traced quantity (brain or cord volume) among survivors at a year of disease."""
    edss = cohort.edss_at_years[int(year), who].astype(np.float64)
    other = cohort.traces[name][int(year), who].astype(np.float64)
    seen = (edss >= 0) & np.isfinite(other)
    if seen.sum() < 3 or np.ptp(edss[seen]) == 0 or np.ptp(other[seen]) == 0:
        return np.nan
    return float(np.corrcoef(edss[seen], other[seen])[0, 1])


def _deaths(cohort: Cohort) -> Events:
    people = cohort.records.people
    return Events(people.person, people.death_day, people.last_day)


def _of_group(cohort: Cohort, who: Who, group: str) -> Who:
    """Of these people, those of a named group (see ``spms_hazard``)."""
    if group in ("all", "relapsing", "progressive"):
        return _of_course(cohort, who, group)
    if group in ("women", "men"):
        return who[cohort.records.people.sex[who] == (1 if group == "women" else 0)]
    kind, _, span = group.partition(" ")
    low, high = (float(edge) for edge in span.split("-"))
    value = cohort.onset_age[who] if kind == "onset" else 1 + _attacks_before(cohort, np.array([2.0]))[0, who]
    return who[(value >= low) & (value < high)] if kind == "onset" else who[(value >= low) & (value <= high)]


def _attacks_before(cohort: Cohort, years: NDArray[np.float64]) -> NDArray[np.intp]:
    """Attacks up to each of some years after onset, without that at onset, int[len(years), N]."""
    owner, day = _attack_days(cohort)
    since = years_of(day - cohort.records.people.onset_day[owner])
    return np.array([np.bincount(owner[since <= limit], minlength=len(cohort)) for limit in years])


def _objective_spms(cohort: Cohort) -> Events:
    """Conversion by the objective rule, worked out once a cohort."""
    key = ("spms", outcomes.SPMS_OBJECTIVE_3M.name)
    if key not in cohort.remembered:
        cohort.remembered[key] = outcomes.secondary_progression(cohort.records, outcomes.SPMS_OBJECTIVE_3M)
    found: Events = cohort.remembered[key]
    return found


def _events(cohort: Cohort, what: str) -> Events:
    return cohort.course.spms if what == "spms" else cohort.milestone(float(what), RULES["confirmed"])


def _hazard_ratio(years: NDArray[np.float64], event: NDArray[np.bool_], covariate: NDArray[np.float64]) -> float:
    """Hazard ratio of one unit of a covariate under proportional hazards, times grouped in years up to ``_LONGEST``."""
    ends = np.clip(np.ceil(years - 1e-6), 1, _LONGEST).astype(int)
    who = np.repeat(np.arange(ends.size), ends)
    step = np.arange(who.size) - np.repeat(np.cumsum(ends) - ends, ends)
    happened = (step == ends[who] - 1) & event[who] & (years[who] <= _LONGEST)
    return _grouped(step, covariate[who], happened)


def _grouped(step: NDArray[np.intp], covariate: NDArray[np.float64], happened: NDArray[np.bool_]) -> float:
    """Hazard ratio of one unit by a Poisson model with a constant hazard in each interval (Holford, Biometrics 36:299,
    1980).

    Whoever has the event counts for half of that interval. Intervals without an event say nothing and are left out;
    NaN where nothing can be told.
    """
    if not happened.any() or np.ptp(covariate) == 0:
        return np.nan
    cells, place = np.unique(np.stack([step.astype(np.float64), covariate]), axis=1, return_inverse=True)
    place = place.ravel()
    events = np.bincount(place[happened], minlength=cells.shape[1])
    people = np.bincount(place, minlength=cells.shape[1])
    row = np.unique(cells[0], return_inverse=True)[1]
    useful = np.bincount(row, weights=events) > 0
    kept = useful[row]
    columns = (row[kept][:, None] == np.flatnonzero(useful)[None, :]).astype(np.float64)
    design = np.column_stack([columns, cells[1][kept]])
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            fit = sm.GLM(
                events[kept], design, family=sm.families.Poisson(), offset=np.log(people[kept] - events[kept] / 2)
            ).fit()
        except (ValueError, np.linalg.LinAlgError):
            return np.nan
    ratio = float(np.exp(fit.params[-1]))
    return ratio if fit.converged and 1e-3 < ratio < 1e3 else np.nan


def _intervals(cohort: Cohort, who: Who, state: str) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Rated visits of relapsing people in a state (RR, SP): rows of visits, EDSS rounded down, and positions of their
    people.
    """
    visits, people = cohort.records.visits, cohort.records.people
    owner = visits.owners(people)
    chosen = np.zeros(len(cohort), bool)
    chosen[_of_course(cohort, who, "relapsing")] = True
    spms = cohort.course.spms.day[owner]
    converted = (spms != UNKNOWN_DAY) & (visits.day >= spms)
    rows = np.flatnonzero(chosen[owner] & (visits.edss >= 0) & (converted == (state == "SP")))
    return rows, visits.edss[rows].astype(np.intp) // 2, owner[rows]


def _exposure(cohort: Cohort) -> NDArray[np.float64]:
    """Years from each visit to the same person's next one, or to the last day."""
    visits, people = cohort.records.visits, cohort.records.people
    owner = visits.owners(people)
    following = np.append(visits.day[1:], 0).astype(np.int64)
    last = np.append(owner[1:] != owner[:-1], True)
    following[last] = people.last_day[owner[last]]
    return years_of(np.maximum(following - visits.day, 0))


def _interval_of(cohort: Cohort, owner: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.intp]:
    """Row of the last visit before each attack of the same person, -1 if there is none."""
    visits, people = cohort.records.visits, cohort.records.people
    span = np.int64(2**32)
    place = np.searchsorted(visits.owners(people) * span + visits.day, owner * span + day, side="left") - 1
    inside = (place >= 0) & (visits.owners(people)[np.maximum(place, 0)] == owner)
    return np.where(inside, place, -1)


def _words_of_reaching_quantile(level: str, share: str, course: str, rule: str) -> str:
    people = f"{100 * float(share):g}% have EDSS {level}"
    return f"Years until {people}{course_after_comma(course)}{rule_after_comma(rule)}"


def _words_of_spms_hazard(first: str, second: str) -> str:
    return f"SPMS hazard, {group_of_people(first)} against {group_of_people(second)}"


def _words_of_milestone_gap(level: str, first: str, second: str, rule: str) -> str:
    return f"Years to EDSS {level}, {group_of_people(first)} less {group_of_people(second)}"


def _words_of_early_relapse_hazard(what: str) -> str:
    return f"Hazard of {_outcome(what)} per early relapse, early"


def _words_of_late_relapse_hazard(what: str) -> str:
    return f"Hazard of {_outcome(what)} per early relapse, late"


def _outcome(what: str) -> str:
    return "SPMS" if what == "spms" else f"EDSS {what}"


def _words_of_edss_correlation(name: str, year: str) -> str:
    return f"EDSS against {traced(name)}, year {year}"


#: Quantities of survival, hazards and rates by EDSS.
QUANTITIES = (
    Quantity("onset_after", COURSE, "Onset after age {0}", onset_after),
    Quantity("survival_age", SURVIVAL, "Median age at death, {0}", survival_age),
    Quantity("survival_years", SURVIVAL, "Years from onset to death, {0}", survival_years),
    Quantity("reaching_quantile", MILESTONES, _words_of_reaching_quantile, reaching_quantile),
    Quantity("second_attack", COURSE, "Second attack within {0} years", second_attack),
    Quantity("spms_within", COURSE, "Objective SPMS in years {0} to {1}", spms_within),
    Quantity("spms_hazard", COURSE, _words_of_spms_hazard, spms_hazard),
    Quantity("milestone_gap", RELAPSES, _words_of_milestone_gap, milestone_gap),
    Quantity("early_relapse_hazard", RELAPSES, _words_of_early_relapse_hazard, early_relapse_hazard),
    Quantity("late_relapse_hazard", RELAPSES, _words_of_late_relapse_hazard, late_relapse_hazard),
    Quantity("relapse_rate_at_edss", RELAPSES, "ARR at EDSS {1}, {0}", relapse_rate_at_edss),
    Quantity("conversion_at_edss", COURSE, "Turning SPMS in a year at EDSS {0}", conversion_at_edss),
    Quantity("step_in_year", MILESTONES, "EDSS a step up in a year, {0}", step_in_year),
    Quantity("edss_correlation", TISSUE, _words_of_edss_correlation, edss_correlation),
)
