"""A trial in advanced MS: several arms each against one, hands that fail, and what no and complete protection do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from smoulder import errors, trials
from smoulder.clinic.tests import TESTS
from smoulder.parameters import load
from smoulder.records import Tests
from smoulder.treatments import plan
from smoulder.trials.entry import enrol
from smoulder.trials.replicate import follow_arm
from smoulder.trials.specification import Group, Schedule, design, parse

TEXT = """
name = "three"
title = "Three arms"

[entry]
course = "any"
age = [18, 80]
edss = [6.5, 8.5]
lately = false

[[arm]]
name = "nothing"
plan = "hypothetical:attack:0"
people = 150

[[arm]]
name = "complete"
plan = "COMPLETE"
people = 150

[[arm]]
name = "placebo"
plan = "none"
people = 150

[schedule]
weeks = 104
visits = 26
tests = 26

[[endpoint]]
name = "first"
title = "Slower hands"
kind = "time"
components = [{ scale = "nhpt", weeks = 24 }]

[[endpoint]]
name = "nothing"
title = "Slower hands"
kind = "time"
components = [{ scale = "nhpt", weeks = 24 }]
arms = ["nothing", "placebo"]

[[endpoint]]
name = "complete"
title = "Slower hands"
kind = "time"
components = [{ scale = "nhpt", weeks = 24 }]
arms = ["complete", "placebo"]

[[endpoint]]
name = "speed_nothing"
title = "Peg speed"
kind = "change"
table = "tests"
column = "nhpt_speed"
weeks = [0, 104]
arms = ["nothing", "placebo"]

[[endpoint]]
name = "speed_complete"
title = "Peg speed"
kind = "change"
table = "tests"
column = "nhpt_speed"
weeks = [0, 104]
arms = ["complete", "placebo"]
"""
#: Everything that takes fibres, neurons or myelin.
LOSSES = (
    "attack", "transection", "rim_birth", "rim_loss", "rim_expansion", "diffuse_demyelination", "diffuse_loss",
    "bare_loss", "ageing_loss", "neuron_loss",
)
COMPLETE = "+".join(f"hypothetical:{effect}:1" for effect in LOSSES)
TEXT = TEXT.replace("COMPLETE", COMPLETE)
SIGMAS = 4.0
P_OF_SIGMAS = 6.3e-5  # two-sided, of four standard errors


@pytest.fixture(scope="module")
def three() -> trials.Design:
    return parse(TEXT, "three.toml")


@pytest.fixture(scope="module")
def conducted(three: trials.Design) -> trials.Conducted:
    return trials.one_trial(three, seed=11)


@pytest.fixture(scope="module")
def shipped() -> trials.Conducted:
    return trials.one_trial("advanced", seed=2)


def named(three: trials.Design, name: str) -> trials.Comparison:
    return next(one for one in three.endpoints if one.name == name)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('arms = ["nothing", "placebo"]', 'arms = ["nothing", "placebbo"]', "Did you mean 'placebo'"),
        ('arms = ["nothing", "placebo"]', 'arms = ["nothing"]', "two different arms, treated and comparator"),
        ('arms = ["nothing", "placebo"]', 'arms = ["placebo", "placebo"]', "two different arms"),
        ('arms = ["nothing", "placebo"]', 'arms = ["nothing", "complete", "placebo"]', "two different arms"),
        ('arms = ["nothing", "placebo"]', 'arms = "placebo"', "must be a list"),
        ('column = "nhpt_speed"', 'column = "nhpt_sped"', "Did you mean 'nhpt_speed'"),
        ('table = "tests"', 'table = "test"', "Did you mean 'tests'"),
        ("lately = false", "lately = 0", "true or false"),
    ],
)
def test_a_bad_comparison_is_refused_in_one_line_that_says_where(old: str, new: str, said: str) -> None:
    assert old in TEXT
    with pytest.raises(errors.InputError) as refused:
        parse(TEXT.replace(old, new, 1), "three.toml")
    message = str(refused.value)
    assert said in message and message.startswith("three.toml") and "\n" not in message


def test_arms_are_compared_as_named_and_the_first_two_where_none_are(three, conducted) -> None:
    first = trials.compare(conducted, named(three, "first"))
    spelled = trials.compare(conducted, replace(named(three, "first"), arms=("nothing", "complete")))
    assert repr(first) == repr(spelled) and set(first.arms) == set(first.curves) == {"nothing", "complete"}
    asked = named(three, "nothing")
    there, back = (trials.compare(conducted, replace(asked, arms=pair)) for pair in (asked.arms, asked.arms[::-1]))
    assert there.effect * back.effect == pytest.approx(1.0, rel=1e-6) and there.p == pytest.approx(back.p)
    assert there.arms == back.arms and set(there.curves) == {"nothing", "placebo"}


def test_an_arm_without_effect_is_like_placebo_and_one_that_stops_every_loss_is_not(three, conducted) -> None:
    times = {name: trials.compare(conducted, named(three, name)) for name in ("nothing", "complete")}
    events = {arm: 150 * share for one in times.values() for arm, share in one.arms.items()}
    error = np.sqrt(1 / events["nothing"] + 1 / events["placebo"])  # of the log ratio, under no effect
    assert abs(np.log(times["nothing"].effect)) < SIGMAS * error
    assert trials.compare(conducted, named(three, "speed_nothing")).p > P_OF_SIGMAS
    complete = trials.compare(conducted, named(three, "speed_complete"))
    assert complete.effect > 0 and complete.p < P_OF_SIGMAS
    assert events["complete"] < events["placebo"]


def test_complete_protection_leaves_ageing_and_noise(three) -> None:
    p, people = load(), 150
    asked = replace(
        three, arms=(Group("twins", "none", people),), schedule=Schedule(weeks=104, visits=104, tests=104)
    )
    entered = enrol(asked, p, seed=5, replicate=0)
    slower = {}
    for name in ("none", COMPLETE):
        records = follow_arm(asked, entered, np.arange(people), 0, plan(name), p)
        owner = records.tests.owners(records.people)
        times = np.full((2, 2, people), np.nan)
        late = (records.tests.day > records.people.first_day[owner]).astype(np.int64)
        times[late, 0, owner], times[late, 1, owner] = records.tests.nhpt_dominant, records.tests.nhpt_other
        able = np.isfinite(times).all(axis=0)
        slower[name] = np.log(times[1][able]) - np.log(times[0][able])
    found = slower[COMPLETE]
    ageing = p["nhpt.ageing"] * 104 * 7 / 365.25
    error = p["nhpt.noise"] * np.sqrt(2 / found.size)
    assert found.mean() < ageing + SIGMAS * error
    assert slower["none"].mean() > ageing + SIGMAS * error


def test_hands_are_read_as_speed_and_failures() -> None:
    times = np.array([[18.0, 36.0], [18.0, np.inf], [np.inf, np.inf], [np.nan, 20.0]], dtype=np.float32)
    table = Tests(
        person=np.arange(4), day=np.zeros(4, dtype=np.int32), t25fw=times[:, 0], nhpt_dominant=times[:, 0],
        nhpt_other=times[:, 1], sdmt=np.array([50, -1, 0, 3], dtype=np.int16),
    )
    np.testing.assert_allclose(TESTS.values(table, "nhpt_speed"), [22.5, 15.0, 0.0, np.nan])
    np.testing.assert_array_equal(TESTS.values(table, "nhpt_failed"), [0, 1, 2, np.nan])
    np.testing.assert_array_equal(TESTS.values(table, "sdmt"), [50, np.nan, 0, 3])


def test_everyone_is_asked_where_the_time_since_diagnosis_does_not_matter(three) -> None:
    lately = replace(three, entry=replace(three.entry, lately=True))
    known, long = (enrol(one, load(), seed=4, replicate=0).seen["since_diagnosis"] for one in (lately, three))
    error = np.sqrt(known.var() / known.size + long.var() / long.size)
    assert long.mean() - known.mean() > SIGMAS * error


def test_the_visit_planned_for_the_end_takes_place_before_it(conducted) -> None:
    stayed = ~conducted.withdrew & ~conducted.died
    missed, n = load()["trial.visit_missed"], stayed.sum()
    came = conducted.ended - conducted.last_visit <= np.rint(load()["trial.visit_window"] * 365.25)
    assert np.all(conducted.last_visit <= conducted.ended)
    assert came[stayed].mean() > 1 - missed - SIGMAS * np.sqrt(missed * (1 - missed) / n)


def test_people_near_the_end_of_the_scale_are_followed_like_others(shipped) -> None:
    records = shipped.records
    for table in (records.visits, records.tests):
        for column in table.SCHEMA:
            value = getattr(table, column.name).astype(np.float64)
            inside = (value >= column.low) & (value <= column.high)
            assert np.all(inside | (column.unable & np.isposinf(value))), column.name
    base = shipped.baseline["edss"]
    assert base.min() < 7.0 and base.max() >= 8.0 and shipped.baseline["age"].max() > 65
    assert np.isinf(records.tests.t25fw).any() and np.isinf(records.tests.nhpt_other).any()
    speed = TESTS.values(records.tests, "nhpt_speed")
    assert np.isfinite(speed).all() and speed.min() >= 0
    for asked in design("advanced").endpoints:
        measured = trials.compare(shipped, asked)
        assert set(measured.arms) == set(asked.arms) and np.isfinite([*measured.arms.values(), measured.effect]).all()
