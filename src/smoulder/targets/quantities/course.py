"""What published numbers mean in a simulated cohort; each function takes a cohort and positions of some of its people.

One function a kind of quantity. ``QUANTITIES`` at the end declares each with its words; the table of targets names the
quantity and its arguments. Those that need a special protocol (monthly scans, examinations round an attack, two raters)
stand in protocols.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smoulder import outcomes
from smoulder.cohorts.followed import Cohort
from smoulder.records import years
from smoulder.targets.quantities.in_words import course_after_comma, rule_after_comma, traced
from smoulder.targets.quantities.quantity import (
    COURSE,
    EDSS_BY_YEAR,
    MILESTONES,
    RELAPSES,
    SCANS,
    TISSUE,
    Quantity,
)

Who = NDArray[np.intp]

RULES = {
    "irreversible": outcomes.IRREVERSIBLE_6M,
    "confirmed": outcomes.CONFIRMED_6M,
    "first": outcomes.FIRST_VISIT,
}


def _of_course(cohort: Cohort, who: Who, course: str) -> Who:
    """Of these people, those of one onset course: relapsing, progressive or all."""
    if course == "all":
        return who
    chosen = cohort.course.relapsing if course == "relapsing" else cohort.course.progressive
    return who[chosen[who]]


def _median(times: outcomes.Times) -> float:
    return float(times.survival().median().value) if len(times.years) else np.nan


def edss_at_least(cohort: Cohort, who: Who, level: str, year: str) -> float:
    """Share with rated EDSS of ``level`` or more in completed year ``year`` of disease, survivors, all courses."""
    scores = cohort.edss_at_years[int(year), who]
    seen = scores[scores >= 0]
    return float(np.mean(seen >= 2 * float(level))) if seen.size else np.nan


def mean_edss(cohort: Cohort, who: Who, year: str) -> float:
    """Mean rated EDSS in completed year ``year`` of disease, survivors, all courses."""
    scores = cohort.edss_at_years[int(year), who]
    return float(np.mean(scores[scores >= 0])) / 2


def years_to(cohort: Cohort, who: Who, level: str, course: str, rule: str) -> float:
    """Median years from onset to an EDSS level (Kaplan-Meier, death as censoring)."""
    events = cohort.milestone(float(level), RULES[rule]).take(_of_course(cohort, who, course))
    return _median(outcomes.since_onset(events, cohort.records.people))


def age_at(cohort: Cohort, who: Who, level: str, course: str, rule: str) -> float:
    """Median age at an EDSS level (Kaplan-Meier from birth, death as censoring)."""
    events = cohort.milestone(float(level), RULES[rule]).take(_of_course(cohort, who, course))
    return _median(outcomes.since_birth(events, cohort.records.people))


def years_between(cohort: Cohort, who: Who, low: str, high: str, course: str, rule: str) -> float:
    """Median years from one EDSS level to a higher one."""
    chosen = _of_course(cohort, who, course)
    first, second = (cohort.milestone(float(level), RULES[rule]).take(chosen) for level in (low, high))
    return _median(outcomes.between(first, second))


def reached(cohort: Cohort, who: Who, level: str, year: str, course: str, rule: str) -> float:
    """Share that reached an EDSS level within some years of onset (Kaplan-Meier)."""
    events = cohort.milestone(float(level), RULES[rule]).take(_of_course(cohort, who, course))
    curve = outcomes.since_onset(events, cohort.records.people).survival()
    return 1 - float(curve.at(float(year)).value)


def progressive_share(cohort: Cohort, who: Who) -> float:
    """Share of progressive onset among all with clinical onset."""
    return float(np.mean(cohort.course.progressive[who]))


def relapsing_share(cohort: Cohort, who: Who) -> float:
    """Share of relapsing onset among all with clinical onset."""
    return float(np.mean(cohort.course.relapsing[who]))


def onset_age(cohort: Cohort, who: Who, course: str, statistic: str) -> float:
    """Mean, median or sd of the age at clinical onset."""
    ages = cohort.onset_age[_of_course(cohort, who, course)]
    known: dict[str, Callable[[NDArray[np.float64]], Any]] = {"mean": np.mean, "median": np.median, "sd": np.std}
    return float(known[statistic](ages))


def female_share(cohort: Cohort, who: Who, course: str) -> float:
    """Share of women."""
    return float(np.mean(cohort.records.people.sex[_of_course(cohort, who, course)] == 1))


def years_to_spms(cohort: Cohort, who: Who) -> float:
    """Median years from onset to SPMS by the main rule, relapsing onset, death as censoring."""
    events = cohort.course.spms.take(_of_course(cohort, who, "relapsing"))
    return _median(outcomes.since_onset(events, cohort.records.people))


def age_at_spms(cohort: Cohort, who: Who) -> float:
    """Median age at SPMS by the main rule, relapsing onset (Kaplan-Meier from birth)."""
    events = cohort.course.spms.take(_of_course(cohort, who, "relapsing"))
    return _median(outcomes.since_birth(events, cohort.records.people))


def _attack_days(cohort: Cohort) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Person position and day of every attack but the onset's."""
    found = outcomes.attacks(cohort.records.relapses)
    owner = found.owners(cohort.records.people)
    later = found.day - cohort.records.people.onset_day[owner] > outcomes.ONE_ATTACK_30D.gap_days
    return owner[later], found.day[later].astype(np.int64)


def relapse_rate(cohort: Cohort, who: Who, by: str, low: str, high: str) -> float:
    """Attacks per person-year of relapsing onset, that at onset left out, between ages or years of disease (``by``)."""
    people = cohort.records.people
    chosen = np.zeros(len(cohort), bool)
    chosen[_of_course(cohort, who, "relapsing")] = True
    owner, day = _attack_days(cohort)
    origin = (people.birth_day if by == "age" else people.onset_day).astype(np.float64)
    start = np.maximum(people.onset_day, origin + float(low) * 365.25)
    stop = np.minimum(people.last_day, origin + float(high) * 365.25)
    inside = chosen[owner] & (day >= start[owner]) & (day < stop[owner])
    exposure = years(np.maximum(stop - start, 0)[chosen].sum())
    return float(inside.sum() / exposure) if exposure > 0 else np.nan


def first_year_attacks(cohort: Cohort, who: Who) -> float:
    """Attacks in the first year of disease, the onset attack included, relapsing onset."""
    return 1 + relapse_rate(cohort, who, "onset", "0", "1")


def relapse_decline(cohort: Cohort, who: Who) -> float:
    """Relative change of the relapse rate per 5 years, years 5 to 30 of disease, by log-linear fit to 5-year bands."""
    rates = [relapse_rate(cohort, who, "onset", str(k), str(k + 5)) for k in range(5, 30, 5)]
    with np.errstate(divide="ignore"):
        slope = np.polyfit(np.arange(5), np.log(np.maximum(rates, 1e-9)), 1)[0]
    return float(np.expm1(slope))


def trace_change(cohort: Cohort, who: Who, name: str, first: str, last: str, course: str) -> float:
    """Mean annual relative change of a traced quantity between two years of disease, of those alive at the later."""
    chosen = _of_course(cohort, who, course)
    early, late = cohort.traces[name][int(first), chosen], cohort.traces[name][int(last), chosen]
    both = np.isfinite(early) & np.isfinite(late)
    return float(np.mean(late[both] / early[both] - 1) / (int(last) - int(first)))


def trace_mean(cohort: Cohort, who: Who, name: str, year: str, course: str) -> float:
    """Mean of a traced quantity at a year of disease."""
    return float(np.nanmean(cohort.traces[name][int(year), _of_course(cohort, who, course)]))


def motor_density_change(cohort: Cohort, who: Who, year: str) -> float:
    """Relative change of the density of the leg's motor fibres (number over cord area) at a year of disease."""
    number, area = (cohort.traces[name][int(year), who] for name in ("survival_pyramidal_leg", "cord_volume"))
    return float(np.nanmean(number / area)) - 1


def cord_ratio(cohort: Cohort, who: Who, state: str, year: str) -> float:
    """Mean cord area relative to the start at a year of disease: RR (not converted), SP (converted) or PP."""
    people, spms = cohort.records.people, cohort.course.spms
    day = people.onset_day + int(year) * 365.25
    converted = spms.seen & (spms.day <= day)
    groups = {
        "RR": cohort.course.relapsing & ~converted,
        "SP": cohort.course.relapsing & converted,
        "PP": cohort.course.progressive,
    }
    chosen = who[groups[state][who]]
    return float(np.nanmean(cohort.traces["cord_volume"][int(year), chosen])) if chosen.size else np.nan


def lesions_per_relapse(cohort: Cohort, who: Who) -> float:
    """New brain lesions per reported attack in the first 15 years of relapsing-onset disease."""
    chosen = _of_course(cohort, who, "relapsing")
    lesions = np.nanmean(cohort.traces["new_brain_year"][1:16, chosen])
    return float(lesions / relapse_rate(cohort, who, "onset", "0", "15"))


def _words_of_years_to(level: str, course: str, rule: str) -> str:
    return f"Years to EDSS {level}{course_after_comma(course)}{rule_after_comma(rule)}"


def _words_of_age_at(level: str, course: str, rule: str) -> str:
    return f"Age at EDSS {level}{course_after_comma(course)}{rule_after_comma(rule)}"


def _words_of_years_between(low: str, high: str, course: str, rule: str) -> str:
    return f"Years from EDSS {low} to {high}{course_after_comma(course)}"


def _words_of_reached(level: str, year: str, course: str, rule: str) -> str:
    return f"EDSS {level} by year {year}{course_after_comma(course)}{rule_after_comma(rule)}"


def _words_of_onset_age(course: str, statistic: str) -> str:
    return f"{statistic.replace('sd', 'SD of')} age at onset{course_after_comma(course)}"


def _words_of_female_share(course: str) -> str:
    return f"Women{course_after_comma(course)}"


def _words_of_relapse_rate(by: str, low: str, high: str) -> str:
    return f"ARR at age {low} to {high}" if by == "age" else f"ARR in years {low} to {high}"


def _words_of_trace_change(name: str, first: str, last: str, course: str) -> str:
    return f"{traced(name)} a year, years {first} to {last}{course_after_comma(course)}"


def _words_of_trace_mean(name: str, year: str, course: str) -> str:
    return f"{traced(name)}, year {year}"


#: Quantities of the course, lesions and tissue.
QUANTITIES = (
    Quantity("edss_at_least", EDSS_BY_YEAR, "EDSS ≥ {0} in year {1}", edss_at_least),
    Quantity("mean_edss", EDSS_BY_YEAR, "Mean EDSS in year {0}", mean_edss),
    Quantity("years_to", MILESTONES, _words_of_years_to, years_to),
    Quantity("age_at", MILESTONES, _words_of_age_at, age_at),
    Quantity("years_between", MILESTONES, _words_of_years_between, years_between),
    Quantity("reached", MILESTONES, _words_of_reached, reached),
    Quantity("progressive_share", COURSE, "Progressive onset", progressive_share),
    Quantity("relapsing_share", COURSE, "Relapsing onset", relapsing_share),
    Quantity("onset_age", COURSE, _words_of_onset_age, onset_age),
    Quantity("female_share", COURSE, _words_of_female_share, female_share),
    Quantity("years_to_spms", COURSE, "Years to SPMS", years_to_spms),
    Quantity("age_at_spms", COURSE, "Age at SPMS", age_at_spms),
    Quantity("relapse_rate", RELAPSES, _words_of_relapse_rate, relapse_rate),
    Quantity("first_year_attacks", RELAPSES, "Attacks in the first year", first_year_attacks),
    Quantity("relapse_decline", RELAPSES, "Change of ARR in 5 years", relapse_decline),
    Quantity("trace_change", TISSUE, _words_of_trace_change, trace_change),
    Quantity("trace_mean", TISSUE, _words_of_trace_mean, trace_mean),
    Quantity("motor_density_change", TISSUE, "Leg's motor path, fibre density change", motor_density_change),
    Quantity(
        "cord_ratio", TISSUE, "Cord area against healthy, {0}, year {1}", cord_ratio, relative_to="cord_csa_hc"
    ),
    Quantity("lesions_per_relapse", SCANS, "New lesions for each relapse", lesions_per_relapse),
)
