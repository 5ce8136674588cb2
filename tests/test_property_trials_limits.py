"""Trials whose answer is known beforehand: no effect, a complete effect, a frozen disease, arms in another order."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from smoulder import errors, life, random, trials
from smoulder.parameters import load
from smoulder.records import DAYS_PER_YEAR
from smoulder.trials.endpoints import Comparison, Component, event_times
from smoulder.trials.entry import enrol
from smoulder.trials.replicate import follow_arm
from smoulder.trials.run import _plan
from smoulder.trials.specification import Group, Schedule, Withdrawal, parse

TEXT = """
name = "limits"
title = "Two arms"

[entry]
course = "relapsing"
age = [20, 55]
edss = [1.0, 6.0]
relapses = [[1, 2]]

[[arm]]
name = "drug"
plan = "hypothetical:attack:0"
people = 60

[[arm]]
name = "placebo"
plan = "none"
people = 60

[schedule]
weeks = 96
visits = 12
tests = 12
scans = [2, 24, 48, 96]

[withdrawal]
weeks = 96
share = { drug = 0.15, placebo = 0.15 }

[[endpoint]]
name = "cdw12"
title = "Worsening of EDSS, walk or hands"
kind = "time"
components = [{ scale = "edss" }, { scale = "t25fw" }, { scale = "nhpt" }]

[[endpoint]]
name = "arr"
title = "Relapses"
kind = "relapses"

[[endpoint]]
name = "new_t2"
title = "Lesions"
kind = "new_t2"
weeks = [96]

[[endpoint]]
name = "walk"
title = "Walk"
kind = "change"
table = "tests"
column = "t25fw"
weeks = [0, 96]
percent = true
analysis = "ranked"

[[endpoint]]
name = "volume"
title = "Lesion volume"
kind = "change"
table = "scans"
column = "t2_volume"
weeks = [0, 96]
analysis = "log"

[[endpoint]]
name = "free"
title = "No activity"
kind = "free"
components = [{ scale = "edss" }]
weeks = [48]

[[endpoint]]
name = "pira"
title = "Without relapses"
kind = "pira"
components = [{ scale = "edss" }, { scale = "t25fw" }, { scale = "nhpt" }]

[[endpoint]]
name = "risen"
title = "A point of EDSS"
kind = "responders"
table = "visits"
column = "edss"
weeks = [0, 48]
beyond = 0.5
"""
SIGMAS = 4.0
NAMES = ("cdw12", "arr", "new_t2", "walk", "volume", "free", "pira", "risen")


@pytest.fixture(scope="module")
def limits() -> trials.Design:
    return parse(TEXT, "limits.toml")


def with_arms(design: trials.Design, people: int, *plans: str) -> trials.Design:
    """The same trial with so many people under each plan and nobody withdrawing."""
    arms = tuple(Group(name, plan, people) for name, plan in zip(("drug", "placebo"), plans, strict=True))
    return replace(design, arms=arms, withdrawal=Withdrawal(0.0, {}))


def named(design: trials.Design, name: str) -> Comparison:
    return next(one for one in design.endpoints if one.name == name)


@pytest.fixture(scope="module")
def protected(limits: trials.Design) -> tuple[trials.Design, trials.Conducted, Any]:
    """No new attack from entry on, and lesions that do not grow."""
    design = with_arms(limits, 300, "hypothetical:attack:1", "hypothetical:attack:1")
    p = load().replace({"t2.rim_growth": 0.0})
    return design, trials.one_trial(design, seed=8, parameters=p), p


def test_without_attacks_scans_show_nothing_new(protected, limits) -> None:
    trial = protected[1]
    scans = trial.records.scans
    late = scans.day > trial.entered[scans.owners(trial.records.people)] + 14
    assert late.sum() > 3 * 600 * 0.9 and scans.new_t2[late].max() == 0
    placebo = trials.one_trial(with_arms(limits, 60, "none", "none"), seed=8).records.scans
    assert (placebo.new_t2 > 0).sum() > 60


def test_without_attacks_relapses_are_those_that_have_no_lesion(protected) -> None:
    design, trial, p = protected
    measured = trials.compare(trial, named(design, "arr"))
    assert (trial.records.people.onset_day < trial.entered).all()
    expected = variance = merged = 0.0
    relapses = trial.records.relapses
    recent = np.zeros(len(trial.arm), dtype=bool)
    before = trial.entered[relapses.owners(trial.records.people)] - relapses.day
    recent[relapses.owners(trial.records.people)[(before >= 0) & (before < 30)]] = True
    for entered, ended, late in zip(trial.entered, trial.ended, recent, strict=True):
        chances = []
        for piece in range(int(entered + 1) // 183, int(ended) // 183 + 1):
            age = (piece + 0.5) * 183 / DAYS_PER_YEAR
            rate = p["unlesioned_relapse_rate"] * 2 ** ((p["age_reference"] - age) / p["unlesioned_relapse_halving"])
            within = min(ended + 1, (piece + 1) * 183) - max(entered + 1, piece * 183)
            chances.append((1 - np.exp(-rate * 183 / DAYS_PER_YEAR)) * within / 183)
        expected += sum(chances)
        variance += sum(chance * (1 - chance) for chance in chances)
        merged += sum(first * second for first, second in pairwise(chances)) + late * chances[0]
    years = np.bincount(trial.arm, weights=trial.ended - trial.entered) / DAYS_PER_YEAR
    count = sum(measured.arms[arm] * years[i] for i, arm in enumerate(trial.arms))
    error = SIGMAS * np.sqrt(variance)
    assert expected - merged - error < count < expected + error
    assert expected > 100 and error < expected / 2


def test_a_drug_without_effect_has_none_on_average(limits) -> None:
    result = trials.run_trial(limits, replicates=48, seed=2)
    for name in ("cdw12", "arr", "new_t2", "volume"):
        effect = next(one.effect for one in result.endpoints if one.name == name)
        assert abs(np.log(effect.mean)) < SIGMAS * effect.error, name
        assert effect.lo < 1 < effect.hi
    walk = next(one.effect for one in result.endpoints if one.name == "walk")
    assert abs(walk.mean) < SIGMAS * walk.error


def test_p_is_as_often_small_as_it_says_when_arms_are_dealt_again(limits) -> None:
    """Arms dealt anew to the same people many times: the share of p below 0.2 is 0.2."""
    trial = trials.one_trial(with_arms(limits, 200, "none", "none"), seed=3)
    deals = np.argsort(random.uniform(3, np.arange(400 * 300), "bootstrap").reshape(300, 400), axis=1)
    for name in ("cdw12", "arr", "volume"):
        p = np.array([trials.compare(replace(trial, arm=deal % 2), named(limits, name)).p for deal in deals])
        assert abs((p < 0.2).mean() - 0.2) < SIGMAS * np.sqrt(0.2 * 0.8 / len(p)), name


def test_a_stronger_drug_never_has_more_relapses_or_lesions_in_the_same_people(limits) -> None:
    p, people = load(), 200
    design = with_arms(limits, people // 2, "none", "none")
    entered = enrol(design, p, seed=5, replicate=0)
    relapses, new = [], []
    for share in (0, 0.25, 0.5, 0.75, 1):
        arm = Group("drug", f"hypothetical:attack:{share}", people)
        alone = replace(design, arms=(arm, design.arms[1]))
        records = follow_arm(alone, entered, np.arange(people), 0, _plan(arm.treatment(), 0, 0, False, False), p)
        owner = records.relapses.owners(records.people)
        relapses.append((records.relapses.day > records.people.first_day[owner]).sum())
        new.append(records.scans.new_t2[records.scans.new_t2 > 0].sum())
    assert np.all(np.diff(relapses) <= 0) and np.all(np.diff(new) <= 0)
    assert relapses[-1] < relapses[0] and new[-1] < new[0] / 10


@pytest.mark.parametrize("name", NAMES)
def test_arms_in_the_other_order_turn_the_effect_over_and_leave_p(limits, name: str) -> None:
    plan = replace(limits, arms=(replace(limits.arms[0], plan="hypothetical:attack:0.5"), limits.arms[1]))
    trial = trials.one_trial(plan, seed=9)
    asked = named(limits, name)
    there, back = (trials.compare(trial, replace(asked, arms=pair)) for pair in (("drug", "placebo"),
                                                                               ("placebo", "drug")))
    assert there.p == pytest.approx(back.p, rel=1e-6) and there.arms == back.arms
    if asked.measure.endswith("ratio"):
        assert there.effect * back.effect == pytest.approx(1, rel=1e-6) and there.effect != 1
    else:
        assert there.effect == pytest.approx(-back.effect, rel=1e-6) and there.effect != 0


def test_people_in_whom_nothing_changes_do_not_get_worse_unless_ratings_waver(
    limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    def frozen(people: Any, **given: Any) -> life.Truth:
        truth = life.run(people, **given)
        entry = np.rint(np.asarray(given["first_dose"]) * life.STEPS_PER_YEAR).astype(np.int64) - 1
        truth.values[:] = truth.values[:, entry, np.arange(len(people))][:, None, :]
        return truth

    monkeypatch.setattr("smoulder.trials.replicate.life", SimpleNamespace(run=frozen))
    design = with_arms(limits, 150, "hypothetical:attack:0", "hypothetical:attack:0")
    calm = {"unlesioned_relapse_rise": 0.0, "t25fw.noise": 0.03, "nhpt.noise": 0.02}  # the least the table allows
    worse = {scale: Comparison("x", "x", "time", (Component(scale),), "always") for scale in ("edss", "t25fw", "nhpt")}
    wavering = trials.one_trial(design, seed=1)
    assert all(event_times(wavering, one)[1].sum() > 0 for one in worse.values())
    monkeypatch.setattr("smoulder.clinic.visits.rating_noise", lambda *_: None)
    trial = trials.one_trial(design, seed=1, parameters=load().replace(calm))
    for scale, one in worse.items():
        assert event_times(trial, one)[1].sum() == 0, scale


def test_a_record_does_not_depend_on_who_is_lived_with(limits, monkeypatch: pytest.MonkeyPatch) -> None:
    together = trials.one_trial(limits, seed=4).records
    monkeypatch.setattr("smoulder.trials.replicate.LIVES", 7)
    apart = trials.one_trial(limits, seed=4).records
    for name in ("people", "visits", "relapses", "scans", "tests"):
        for column in getattr(together, name).SCHEMA:
            left, right = (getattr(getattr(one, name), column.name) for one in (together, apart))
            assert np.array_equal(left, right, equal_nan=left.dtype.kind == "f"), (name, column.name)


def test_appointments_close_together_are_kept_in_order(limits) -> None:
    weekly = replace(limits, schedule=Schedule(weeks=8, visits=1, tests=1, scans=(1.0, 3.0, 2.0, 8.0)))
    records = trials.one_trial(with_arms(weekly, 20, "none", "none"), seed=1).records
    for table in (records.visits, records.tests, records.scans):
        same = table.person[1:] == table.person[:-1]
        assert (table.day[1:] > table.day[:-1])[same].all()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("weeks = 96\nvisits", "weeks = 96\nevents = 5\nvisits", "must be of kind 'time'"),
        ("tests = 12", "", "needs 'tests'"),
        ("scans = [2,", "# scans = [2,", "needs 'scans'"),
        ('table = "scans"\ncolumn = "t2_volume"', 'table = "eyes"\ncolumn = "vep"', "needs 'eyes'"),
        ("[withdrawal]\nweeks = 96", "[withdrawal]\nweeks = 0", "'weeks' must be positive"),
        ("scans = [2,", "scans = [-2,", "from entry on"),
        ('plan = "none"', 'plan = "ocrelizumab@age=60"', "the first dose is at entry"),
    ],
)
def test_a_trial_that_could_not_find_what_it_compares_is_refused(old: str, new: str, said: str) -> None:
    text = TEXT
    if "kind" in said:  # the first endpoint is then one of another kind
        head, first, *others = text.split("[[endpoint]]")
        text = "[[endpoint]]".join([head, *others, first])
    assert old in text
    with pytest.raises(errors.InputError, match=said):
        parse(text.replace(old, new, 1), "limits.toml")

