"""Quantities of natural history against slow second implementations and against a library that is not ours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from scipy.stats import pearsonr

from report_cases import natural
from smoulder import outcomes
from smoulder.experiments.natural import early_relapses
from smoulder.targets.quantities import hazards as more

EVERYONE = np.arange(len(natural().cohort))


def _attacks(person: int) -> np.ndarray:
    """Days of a person's attacks after that at onset."""
    records = natural().cohort.records
    days = outcomes.attacks(records.relapses)
    onset = records.people.onset_day[np.searchsorted(records.people.person, person)]
    own = days.day[days.person == person]
    return own[own - onset > outcomes.ONE_ATTACK_30D.gap_days]


def test_the_correlation_of_early_attacks_with_later_edss() -> None:
    cohort = natural().cohort
    people, visits = cohort.records.people, cohort.records.visits
    x, y = [], []
    for k, person in enumerate(people.person):
        if not cohort.course.relapsing[k]:
            continue
        own = visits.person == person
        gap = np.abs(visits.day[own] - (people.onset_day[k] + round(15 * 365.25)))
        if gap.size and gap.min() <= 183 and visits.day[own][-1] - people.onset_day[k] >= 15 * 365.25 - 183:
            y.append(visits.edss[own][np.argmin(gap)] / 2)
            x.append(np.sum(_attacks(person) - people.onset_day[k] < 5 * 365.25))
    found = early_relapses(cohort)
    assert found.people == len(x) > 50
    assert found.r == pytest.approx(pearsonr(x, y).statistic, abs=0.02)


@pytest.mark.parametrize(("state", "level"), [("RR", 1), ("RR", 2), ("SP", 6)])
def test_relapse_rates_by_edss(state: str, level: int) -> None:
    cohort = natural().cohort
    people, visits = cohort.records.people, cohort.records.visits
    count, years = 0, 0.0
    for k, person in enumerate(people.person):
        if not cohort.course.relapsing[k]:
            continue
        day, edss = visits.day[visits.person == person], visits.edss[visits.person == person]
        ends = np.append(day[1:], people.last_day[k])
        spms = cohort.course.spms.day[k]
        for start, end, score in zip(day, ends, edss, strict=True):
            converted = spms >= 0 and start >= spms
            if score // 2 == level and converted == (state == "SP"):
                years += (end - start) / 365.25
                count += int(np.sum((_attacks(person) > start) & (_attacks(person) <= end)))
    assert years > 10
    assert more.relapse_rate_at_edss(cohort, EVERYONE, state, str(level)) == pytest.approx(count / years, rel=1e-9)


def test_yearly_conversion_by_edss() -> None:
    cohort = natural().cohort
    people, visits = cohort.records.people, cohort.records.visits
    turned, years = 0, 0.0
    for k, person in enumerate(people.person):
        if not cohort.course.relapsing[k]:
            continue
        day, edss = visits.day[visits.person == person], visits.edss[visits.person == person]
        ends = np.append(day[1:], people.last_day[k])
        spms = cohort.course.spms.day[k]
        for start, end, score in zip(day, ends, edss, strict=True):
            if score // 2 == 3 and not (spms >= 0 and start >= spms):
                years += (end - start) / 365.25
                turned += int(spms >= 0 and start < spms <= end)
    assert turned > 3
    assert more.conversion_at_edss(cohort, EVERYONE, "3") == pytest.approx(1 - np.exp(-turned / years), rel=1e-6)


@pytest.mark.parametrize("truth", [0.5, 1.0, 2.5])
def test_a_hazard_ratio_is_that_of_cox(truth: float) -> None:
    n = 4_000
    u = (np.arange(n) + 0.5) / n
    x = (np.arange(n) * 7919 % n) < n / 2
    time = -np.log(u) * 12 / np.where(x, truth, 1.0)
    event = time < 30
    time = np.minimum(time, 30.0)
    frame = pd.DataFrame({"time": time, "event": event.astype(float), "x": x.astype(float)})
    cox = float(np.exp(CoxPHFitter().fit(frame, "time", "event").params_["x"]))
    assert more._hazard_ratio(time, event, x.astype(float)) == pytest.approx(cox, rel=0.03)
    assert cox == pytest.approx(truth, rel=0.1)


def test_a_hazard_that_cannot_be_told_is_nan_and_silent() -> None:
    none = np.zeros(20, bool)
    assert np.isnan(more._hazard_ratio(np.ones(20), none, np.arange(20.0)))
    assert np.isnan(more._hazard_ratio(np.ones(20), ~none, np.zeros(20)))


def test_a_shared_second_attack_is_counted_by_hand() -> None:
    cohort = natural().cohort
    people = cohort.records.people
    within = [
        bool(np.any(_attacks(person) <= people.onset_day[k] + 2 * 365.25))
        for k, person in enumerate(people.person)
        if cohort.course.relapsing[k] and people.last_day[k] > people.onset_day[k] + 2 * 365.25
    ]
    assert more.second_attack(cohort, EVERYONE, "2") == pytest.approx(np.mean(within), abs=0.02)


def test_parts_of_a_group_make_the_group() -> None:
    cohort = natural().cohort
    women, men = (more._of_group(cohort, EVERYONE, name) for name in ("women", "men"))
    assert sorted([*women, *men]) == EVERYONE.tolist()
    young, old = (more._of_group(cohort, EVERYONE, name) for name in ("onset 0-30", "onset 30-200"))
    assert sorted([*young, *old]) == EVERYONE.tolist()
