"""Trials against a second reading of their records, person by person in plain Python, and against lifelines and
statsmodels; the end of an event-driven trial against every day it could have ended on; who withdraws against chance.
"""

from __future__ import annotations

from dataclasses import replace
from math import isnan, log

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import statsmodels.api as sm
from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test

from smoulder import random, trials
from smoulder.parameters import load
from smoulder.trials.endpoints import Among, Comparison, Component
from smoulder.trials.specification import Schedule, parse
from trial_naive import (
    Person,
    at_week,
    column_of,
    event_time,
    fifth,
    is_active,
    kappos,
    lesions,
    one_point,
    people_of,
    regressed,
    stratified_log_rank,
    to_five,
    walk_of,
    worsening,
)

TEXT = """
name = "small"
title = "A small trial"
strata = ["edss_4"]

[entry]
course = "relapsing"
age = [20, 55]
edss = [1.0, 6.0]
relapses = [[1, 2]]

[[arm]]
name = "drug"
plan = "hypothetical:attack:0.7"
people = 130

[[arm]]
name = "placebo"
plan = "none"
people = 110

[schedule]
weeks = 96
visits = 12
tests = 12
scans = [24, 48, 96]

[withdrawal]
weeks = 96
share = { drug = 0.3, placebo = 0.3 }

[[endpoint]]
name = "cdw12"
title = "Worsening"
kind = "time"
components = [{ scale = "edss", weeks = 12 }]
"""
TIMED = {"accrual": 24.0, "events": 24, "weeks": 48.0, "longest": 144.0}
SLACK = 6.0  # half the weeks between visits
EDSS = Component("edss", 12, "EDSS_ONE_POINT_TO_5_5")
WALK, HANDS = Component("t25fw", 12), Component("nhpt", 12)
ANY = {"edss": one_point, "walk": fifth, "hands": fifth}
SIGMAS = 4.0
CLOSE = 1e-9


@pytest.fixture(scope="module")
def small() -> trials.Design:
    return parse(TEXT, "small.toml")


@pytest.fixture(scope="module")
def timed(small: trials.Design) -> trials.Design:
    return replace(small, schedule=replace(small.schedule, **TIMED))


@pytest.fixture(scope="module", params=["everyone as long", "until enough events"])
def trial(request: pytest.FixtureRequest, small: trials.Design, timed: trials.Design) -> trials.Conducted:
    return trials.one_trial(timed if request.param == "until enough events" else small, seed=4)


@pytest.fixture(scope="module")
def everyone(trial: trials.Conducted) -> list[Person]:
    return people_of(trial)


def asked(kind: str, **others: object) -> Comparison:
    return Comparison(name="x", title="x", kind=kind, **others)  # type: ignore[arg-type]


def in_arms(people: list[Person], values: list[float]) -> dict[str, float]:
    """Mean of the values that are known, by arm."""
    known = [(one.arm, value) for one, value in zip(people, values, strict=True) if not isnan(value)]
    return {arm: float(np.mean([value for name, value in known if name == arm])) for arm in ("drug", "placebo")}


@pytest.mark.parametrize("unconfirmed", ["never", "always", "withdrawn"])
@pytest.mark.parametrize("weeks", [12, 24])
def test_times_to_worsening_of_edss(trial, everyone, unconfirmed: str, weeks: int) -> None:
    endpoint = asked("time", components=(Component("edss", weeks, "EDSS_STEP_TO_5_0"),), unconfirmed=unconfirmed)
    measured = trials.compare(trial, endpoint)
    found = [event_time(one, {"edss": to_five}, weeks, unconfirmed) for one in everyone]
    assert measured.arms == pytest.approx(in_arms(everyone, [float(event) for _, event in found]), abs=CLOSE)
    assert sum(event for _, event in found) >= 5
    _same_hazards(trial, everyone, found, measured)
    for arm, (share, at_risk) in measured.curves.items():
        mine = [one for one, person in zip(found, everyone, strict=True) if person.arm == arm]
        curve = KaplanMeierFitter().fit(*zip(*mine, strict=True)).predict(trial.grid).to_numpy()
        number = [sum(time >= moment for time, _ in mine) for moment in trial.grid]
        assert np.array_equal(at_risk, number)
        np.testing.assert_allclose(share[at_risk > 0], 1 - curve[at_risk > 0], atol=CLOSE)


def test_times_to_worsening_of_edss_walk_or_hands_and_in_a_part_of_the_people(trial, everyone) -> None:
    endpoint = asked("time", components=(EDSS, WALK, HANDS), unconfirmed="withdrawn")
    found = [event_time(one, ANY, 12, "withdrawn") for one in everyone]
    measured = trials.compare(trial, endpoint)
    assert measured.arms == pytest.approx(in_arms(everyone, [float(event) for _, event in found]), abs=CLOSE)
    _same_hazards(trial, everyone, found, measured)
    first = [next((scan["gd"] for scan in one.scans), 0.0) > 0 for one in everyone]
    mine = [i for i, enhancing in enumerate(first) if enhancing]
    part = [everyone[i] for i in mine]
    assert 20 < len(mine) < len(everyone) - 20
    _same_hazards(trial, part, [found[i] for i in mine], trials.compare(trial, replace(endpoint, among=Among(1))))


def _same_hazards(trial, people: list[Person], found: list[tuple[float, bool]], measured) -> None:
    """Stratified log-rank test and Cox regression say the same; without strata the log-rank test of lifelines too."""
    times, events = (list(column) for column in zip(*found, strict=True))
    treated = [one.arm == "drug" for one in people]
    strata = [one.stratum for one in people]
    assert len(set(strata)) == 2
    assert measured.p == pytest.approx(stratified_log_rank(times, events, treated, strata), rel=1e-9)
    rows = pd.DataFrame({"time": times, "event": events, "treated": np.asarray(treated, float), "stratum": strata})
    cox = sm.PHReg(rows.time, rows[["treated"]], status=rows.event, strata=rows.stratum, ties="efron").fit()
    assert log(measured.effect) == pytest.approx(float(cox.params[0]), abs=1e-6)
    plain = logrank_test(
        rows.time[rows.treated == 1], rows.time[rows.treated == 0], rows.event[rows.treated == 1],
        rows.event[rows.treated == 0],
    )
    assert stratified_log_rank(times, events, treated, [0] * len(times)) == pytest.approx(plain.p_value, rel=1e-6)


def test_relapses_a_year(trial, everyone) -> None:
    measured = trials.compare(trial, asked("relapses"))
    counts = [sum(one.entered < day <= one.ended for day in one.attacks) for one in everyone]
    years = [(one.ended - one.entered) / 365.25 for one in everyone]
    for arm in ("drug", "placebo"):
        mine = [i for i, one in enumerate(everyone) if one.arm == arm]
        rate = sum(counts[i] for i in mine) / sum(years[i] for i in mine)
        assert measured.arms[arm] == pytest.approx(rate, rel=CLOSE)
    assert measured.effect < 1
    _same_rates(everyone, counts, years, measured)


def _same_rates(people: list[Person], counts: list[float], exposure: list[float], measured) -> None:
    """Negative binomial regression of statsmodels says the same."""
    x = sm.add_constant(np.array([one.arm == "drug" for one in people], dtype=float))
    fit = sm.NegativeBinomial(np.array(counts), x, exposure=np.array(exposure)).fit(disp=0, maxiter=500)
    assert log(measured.effect) == pytest.approx(fit.params[1], abs=1e-3)
    assert measured.p == pytest.approx(fit.pvalues[1], rel=0.05, abs=1e-6)


def test_lesions_of_scans(trial, everyone) -> None:
    new = [lesions(one, "new_t2", 96, SLACK) for one in everyone]
    measured = trials.compare(trial, asked("new_t2", weeks=(96.0,)))
    totals = [float(sum(one)) if one else float("nan") for one in new]
    assert measured.arms == pytest.approx(in_arms(everyone, totals), rel=CLOSE)
    had = [i for i, one in enumerate(new) if one]
    _same_rates([everyone[i] for i in had], [totals[i] for i in had], [1.0] * len(had), measured)
    bright = [lesions(one, "gd", np.inf, SLACK) for one in everyone]
    measured = trials.compare(trial, asked("enhancing"))
    for arm in ("drug", "placebo"):
        mine = [value for one, values in zip(everyone, bright, strict=True) if one.arm == arm for value in values]
        assert measured.arms[arm] == pytest.approx(np.mean(mine), rel=CLOSE)


@pytest.mark.parametrize("weeks", [(0.0, 48.0), (24.0, 48.0), (0.0, 48.0, 96.0)])
def test_percent_changes_of_brain_volume(trial, everyone, weeks: tuple[float, ...]) -> None:
    measured = trials.compare(
        trial, asked("change", table="scans", column="brain_volume", weeks=weeks, percent=True)
    )
    base, change = [], []
    for one in everyone:
        first, *later = (at_week(one, column_of(one, "brain_volume"), week, SLACK, carried=False) for week in weeks)
        known = [value for value in later if not isnan(value)]
        base.append(first)
        change.append(100 * (np.mean(known) / first - 1) if known and not isnan(first) else float("nan"))
    _same_change(everyone, base, change, measured)


def _same_change(people: list[Person], base: list[float], change: list[float], measured) -> None:
    assert measured.arms == pytest.approx(in_arms(people, change), rel=1e-6)
    known = [i for i, value in enumerate(change) if not isnan(value)]
    treated = [people[i].arm == "drug" for i in known]
    value, p = regressed([change[i] for i in known], treated, [base[i] for i in known])
    assert (measured.effect, measured.p) == pytest.approx((value, p), rel=1e-5)


def test_changes_of_the_walk_carry_the_last_value_forward_and_may_be_ranked(trial, everyone) -> None:
    base = [at_week(one, walk_of(one), 0, SLACK, carried=False) for one in everyone]
    late = [at_week(one, walk_of(one), 96, SLACK, carried=True) for one in everyone]
    change = [100 * (after / before - 1) for before, after in zip(base, late, strict=True)]
    seen_then = [at_week(one, walk_of(one), 96, SLACK, carried=False) for one in everyone]
    assert sum(map(isnan, seen_then)) > sum(map(isnan, late)) + 10
    endpoint = asked("change", table="tests", column="t25fw", weeks=(0.0, 96.0), percent=True)
    _same_change(everyone, base, change, trials.compare(trial, endpoint))
    known = [i for i, value in enumerate(change) if not isnan(value)]
    ranks = [list(scipy.stats.rankdata([column[i] for i in known])) for column in (change, base)]
    p = regressed(ranks[0], [everyone[i].arm == "drug" for i in known], ranks[1])[1]
    assert trials.compare(trial, replace(endpoint, analysis="ranked")).p == pytest.approx(p, rel=1e-6)


def test_growth_of_lesion_volume_in_geometric_means(trial, everyone) -> None:
    ends = [
        [at_week(one, column_of(one, "t2_volume"), week, SLACK, carried=False) for week in (0, 48)] for one in everyone
    ]
    known = [i for i, pair in enumerate(ends) if all(value > 0 for value in pair)]
    base, late = ([log(ends[i][k]) for i in known] for k in (0, 1))
    part = [everyone[i] for i in known]
    value, p = regressed(late, [one.arm == "drug" for one in part], base)
    measured = trials.compare(trial, asked("change", table="scans", column="t2_volume", weeks=(0.0, 48.0),
                                           percent=True, analysis="log"))
    assert (log(measured.effect), measured.p) == pytest.approx((value, p), rel=1e-6)
    growth = in_arms(part, [after - before for before, after in zip(base, late, strict=True)])
    assert measured.arms == pytest.approx({arm: 100 * np.expm1(mean) for arm, mean in growth.items()}, rel=1e-6)


def test_no_evidence_of_activity(trial, everyone) -> None:
    measured = trials.compare(trial, asked("free", components=(EDSS, WALK, HANDS), weeks=(48.0,)))
    free = [
        float("nan") if not (active := is_active(one, ANY, 48, SLACK)) and one.ended < one.entered + 7 * (48 - SLACK)
        else float(not active) for one in everyone
    ]
    shares = in_arms(everyone, free)
    assert measured.arms == pytest.approx(shares, abs=CLOSE) and any(map(isnan, free))
    assert measured.effect == pytest.approx(shares["drug"] / shares["placebo"], rel=CLOSE)


def test_share_of_worsening_without_relapses(trial, everyone) -> None:
    measured = trials.compare(trial, asked("pira", components=(EDSS, WALK, HANDS)))
    found = [kappos(one, ANY) for one in everyone]
    assert {True, False} <= set(found)
    shares = in_arms(everyone, [float("nan") if one is None else float(one) for one in found])
    assert measured.arms == pytest.approx(shares, abs=CLOSE)
    assert measured.effect == pytest.approx(shares["drug"] - shares["placebo"], abs=CLOSE)


def test_responders(trial, everyone) -> None:
    measured = trials.compare(
        trial, asked("responders", table="visits", column="edss", weeks=(0.0, 48.0), beyond=0.5)
    )
    risen = []
    for one in everyone:
        first, last = (at_week(one, one.edss, week, SLACK, carried=False) for week in (0, 48))
        risen.append(float("nan") if isnan(last - first) else float(last - first > 0.5))
    assert measured.arms == pytest.approx(in_arms(everyone, risen), abs=CLOSE)


def test_crossover_is_the_mean_difference_within_people() -> None:
    trial = trials.one_trial("rebuild", seed=3)
    measured = trials.compare(trial, next(one for one in trials.design("rebuild").endpoints if one.kind == "crossover"))
    eyes = trial.records.eyes.frame()
    sums: dict[int, list[float]] = {0: [], 1: []}
    for i, who in enumerate(trial.records.people.person):
        mine = eyes[(eyes.person == who) & eyes.vep.notna()]
        ends = [
            mine.vep[abs((mine.day - trial.entered[i]) / 7 - week) <= trial.slack_weeks] for week in (12.857, 21.428)
        ]
        if all(len(one) == 1 for one in ends):
            sums[int(trial.arm[i])].append(float(ends[0].iloc[0]) - float(ends[1].iloc[0]))
    assert measured.effect == pytest.approx((np.mean(sums[0]) - np.mean(sums[1])) / 2, rel=1e-6)
    assert measured.p == pytest.approx(scipy.stats.ttest_ind(sums[0], sums[1]).pvalue, rel=1e-6)


@pytest.mark.parametrize("scales", [("edss",), ("edss", "t25fw")])
def test_an_event_driven_trial_ends_on_the_first_day_with_enough_confirmed_events(timed, scales) -> None:
    first = replace(timed.endpoints[0], components=tuple(Component(scale, 12) for scale in scales))
    timed = replace(timed, endpoints=(first,), schedule=replace(timed.schedule, events=24 * len(scales)))
    endless = replace(timed, schedule=replace(timed.schedule, events=10**6))
    trial, longest = (trials.one_trial(one, seed=4) for one in (timed, endless))
    rules = {"edss": to_five, "walk": fifth}
    waits = np.rint(random.uniform(4, longest.records.people.person, "accrual") * TIMED["accrual"] * 7).astype(int)
    people = people_of(longest)

    def confirmed(day: int) -> int:
        number = 0
        for one, wait in zip(people, waits, strict=True):
            known = one.until(one.entered + day - wait)
            found = [worsening(known.relapses, getattr(known, name), rules[name], 12, False)
                     for name in list(rules)[: len(scales)]]
            number += any(event is not None for event in found)
        return number

    least, most = (waits.max() + int(TIMED[name]) * 7 for name in ("weeks", "longest"))
    day = next(day for day in range(least, most + 1) if confirmed(day) >= timed.schedule.events)
    assert least < day < most
    stayed = ~trial.withdrew & ~trial.died
    assert np.array_equal((trial.ended - trial.entered)[stayed], (day - waits)[stayed])


def test_the_share_of_the_design_withdraws_and_more_of_those_who_got_worse(small: trials.Design) -> None:
    times, share, people = 4.0, {"drug": 0.2, "placebo": 0.45}, 1200
    arms = tuple(replace(arm, plan="none", people=people) for arm in small.arms)
    design = replace(
        small, arms=arms, withdrawal=replace(small.withdrawal, share=share), schedule=Schedule(weeks=96, visits=12)
    )
    trial = trials.one_trial(design, seed=6, parameters=load().replace({"trial.withdrawal_worse": times}))
    left = {False: 0, True: 0}
    days = {False: 0.0, True: 0.0}
    for i, arm in enumerate(trial.arms):
        mine = trial.arm == i
        expected = share[arm]
        error = np.sqrt(expected * (1 - expected) / people)
        assert abs(trial.withdrew[mine].mean() - expected) < SIGMAS * error + trial.died[mine].mean()
    for one in people_of(trial):
        if one.arm != "placebo":
            continue  # hazards differ between arms
        base = one.edss[0][1]
        step = 1.5 if base == 0 else 1.0 if base <= 5.5 else 0.5
        risen = next((day for day, score in one.edss if score >= base + step), one.ended)
        left[risen < one.ended] += one.withdrew
        days[False] += min(risen, one.ended) - one.entered
        days[True] += max(one.ended - risen, 0)
    ratio = (left[True] / days[True]) / (left[False] / days[False])
    assert abs(log(ratio / times)) < SIGMAS * np.sqrt(1 / left[True] + 1 / left[False])
