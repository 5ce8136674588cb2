"""Virtual trials: designs are read or refused in one line; selection, arms, twins and the end are what they say."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from smoulder import errors, people, trials
from smoulder.parameters import load
from smoulder.trials.entry import _screen, enrol
from smoulder.trials.replicate import allocate, follow_arm
from smoulder.trials.run import _plan
from smoulder.trials.specification import design, designs, parse

SMALL = """
name = "small"
title = "A small trial"
strata = ["edss_4"]

[entry]
course = "relapsing"
age = [20, 50]
edss = [0.0, 5.5]
relapses = [[1, 2]]

[[arm]]
name = "drug"
plan = "hypothetical:attack:1"
people = 60

[[arm]]
name = "placebo"
plan = "none"
people = 40

[schedule]
weeks = 48
visits = 12
tests = 24
scans = [24, 48]

[withdrawal]
weeks = 48
share = { drug = 0.2, placebo = 0.2 }

[[endpoint]]
name = "cdw12"
title = "Worsening"
kind = "time"
components = [{ scale = "edss", weeks = 12 }]

[[endpoint]]
name = "new_t2"
title = "Lesions"
kind = "new_t2"
weeks = [48]
"""


@pytest.fixture(scope="module")
def small() -> trials.Design:
    return parse(SMALL, "small.toml")


@pytest.fixture(scope="module")
def entered(small: trials.Design):
    return enrol(small, load(), seed=3, replicate=0)


def test_the_shipped_designs_are_the_four_asked_for_and_each_is_read() -> None:
    assert {"expand", "opera", "oratorio", "rebuild"} <= set(designs())
    for name in designs():
        read = design(name)
        assert read.name == name and read.people > 0 and read.endpoints


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('course = "relapsing"', 'course = "relapsin"', "Did you mean 'relapsing'"),
        ("age = [20, 50]", "age = [50, 20]", "'age' goes from 50 to 20"),
        ("age = [20, 50]", 'age = "young"', "must be a list"),
        ("age = [20, 50]", "age = [20]", "must hold 2 values"),
        ("edss = [0.0", "eds = [0.0", "Did you mean 'edss'"),
        ('plan = "hypothetical:attack:1"', 'plan = "ocrelizumap"', "Did you mean 'ocrelizumab'"),
        ("people = 60", "people = 0", "needs people"),
        ("people = 60", "people = 6.5", "a whole number"),
        ("weeks = 48\nvisits", "weeks = 0\nvisits", "must be positive"),
        ("drug = 0.2", "drug = 1.2", "from 0 to below 1"),
        ("drug = 0.2", "drugs = 0.2", "Did you mean 'drug'"),
        ('kind = "time"', 'kind = "tim"', "Did you mean 'time'"),
        ('scale = "edss"', 'scale = "eds"', "Did you mean 'edss'"),
        ("weeks = 12 }", 'weeks = 12, threshold = "EDSS_STEP" }', "Allowed: EDSS_ONE_POINT_TO_5_5"),
        ('name = "new_t2"', 'name = "cdw12"', "two endpoints have one name"),
        ('name = "placebo"', 'name = "drug"', "two arms are called 'drug'"),
        ('strata = ["edss_4"]', 'strata = ["edss"]', "Did you mean 'edss_4'"),
        ('title = "A small trial"', "", "'title' is missing"),
        ("[schedule]", "[schedule", "not TOML"),
        ("weeks = [48]\n", "", "needs 1 'weeks'"),
    ],
)
def test_a_bad_design_is_refused_in_one_line_that_says_where(old: str, new: str, said: str) -> None:
    assert old in SMALL
    with pytest.raises(errors.InputError) as refused:
        parse(SMALL.replace(old, new, 1), "small.toml")
    message = str(refused.value)
    assert said in message and message.startswith("small.toml") and "\n" not in message


def test_an_unknown_trial_is_refused_with_the_nearest() -> None:
    with pytest.raises(errors.UnknownName, match="Did you mean 'oratorio'"):
        design("oratorioo")
    with pytest.raises(errors.InputError, match=r"absent\.toml: No such file"):
        design("absent.toml")


def test_who_enters_fits_the_design(small: trials.Design, entered) -> None:
    age = entered.entry + entered.people.start_age
    assert len(entered.people) == small.people == 100
    assert np.all((age >= 20) & (age <= 50 + 0.25 + 1 / 12))
    assert np.all(entered.seen["relapses_2y"] >= 1)
    assert len(set(entered.people.id)) == 100


def test_progressive_disease_is_primary_or_secondary_progressive(
    small: trials.Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smoulder.trials.entry.CHANCES", {})  # the same days of screening whatever the course
    drawn = people.draw(600, seed=2)
    fit = {}
    for course in ("primary progressive", "secondary progressive", "progressive", "any"):
        entry = replace(small.entry, course=course, age=(30, 60), edss=(3.0, 6.5), relapses=())
        fit[course] = set(_screen(drawn, entry, load()).index.tolist())
    primary, secondary = fit["primary progressive"], fit["secondary progressive"]
    assert primary and secondary and not primary & secondary
    assert fit["progressive"] == primary | secondary < fit["any"]


def test_a_replicate_is_a_function_of_seed_and_number(small: trials.Design, entered) -> None:
    again, other = (enrol(small, load(), seed=3, replicate=number) for number in (0, 1))
    assert np.array_equal(again.people.id, entered.people.id) and np.array_equal(again.entry, entered.entry)
    assert not set(other.people.id) & set(entered.people.id)


def test_arms_have_the_sizes_of_the_design(small: trials.Design, entered) -> None:
    assert np.bincount(allocate(small, entered)).tolist() == [60, 40]


def test_nobody_fits_an_impossible_design_and_it_is_said(small: trials.Design) -> None:
    entry = replace(small.entry, t25fw=(0.5, 1.0))
    with pytest.raises(errors.InputError, match="only 0 people fit"):
        enrol(replace(small, entry=entry), load(), seed=0, replicate=0)


def records_of(small: trials.Design, entered, plan: str):
    arm = replace(small.arms[0], plan=plan)
    design_ = replace(small, arms=(arm, *small.arms[1:]))
    return follow_arm(design_, entered, np.arange(100), 0, _plan(arm.treatment(), 0, 0, False, False), load())


def test_twins_are_the_same_until_the_first_dose_and_an_empty_drug_changes_nothing(small, entered) -> None:
    none, empty, drug = (records_of(small, entered, f"hypothetical:attack:{share}") for share in (0, "0.0", 1))
    untreated = records_of(small, entered, "none")
    for one in (none, empty):
        for name in ("visits", "relapses", "scans", "tests"):
            for column in getattr(untreated, name).SCHEMA:
                left, right = (getattr(getattr(records, name), column.name) for records in (untreated, one))
                assert np.array_equal(left, right, equal_nan=left.dtype.kind == "f"), (name, column.name)
    first = untreated.people.first_day
    owner = untreated.visits.owners(untreated.people)
    base = untreated.visits.day == first[owner]
    assert np.array_equal(untreated.visits.edss[base], drug.visits.edss[base])
    before = untreated.relapses.take(untreated.relapses.day < first[untreated.relapses.owners(untreated.people)])
    same = drug.relapses.take(drug.relapses.day < first[drug.relapses.owners(drug.people)])
    assert np.array_equal(before.person, same.person) and np.array_equal(before.day, same.day)
    assert drug.scans.new_t2[drug.scans.new_t2 > 0].sum() < untreated.scans.new_t2[untreated.scans.new_t2 > 0].sum()


def test_the_trial_ends_when_it_should_and_nothing_is_recorded_later(small: trials.Design) -> None:
    trial = trials.one_trial(small, seed=5)
    follow_up = trial.ended - trial.entered
    assert np.all(follow_up <= 48 * 7) and np.all(trial.ended[~trial.withdrew & ~trial.died] == (
        trial.entered + 48 * 7)[~trial.withdrew & ~trial.died])
    for table in (trial.records.visits, trial.records.scans, trial.records.relapses, trial.records.tests):
        assert np.all(table.day <= trial.ended[table.owners(trial.records.people)])
    assert 0.05 < trial.withdrew.mean() < 0.4  # 0.2 expected of 100: 3.75 standard errors either way


def test_an_event_driven_trial_stops_after_its_last_entrant_has_the_least_time(small: trials.Design) -> None:
    timed = replace(small, schedule=replace(small.schedule, accrual=24, events=5, weeks=24, longest=72))
    trial = trials.one_trial(timed, seed=5)
    stayed = ~trial.withdrew & ~trial.died
    follow_up = (trial.ended - trial.entered)[stayed]
    assert follow_up.min() >= 24 * 7 - 1 and follow_up.max() <= (72 + 24) * 7 + 1 and np.ptp(follow_up) > 7


def test_threads_and_drawing_do_what_they_say(small: trials.Design) -> None:
    one, two = (trials.run_trial(small, replicates=2, seed=1, threads=threads) for threads in (1, 2))
    assert repr(replace(one, endpoints=())) == repr(replace(two, endpoints=()))
    for left, right in zip(one.endpoints, two.endpoints, strict=True):
        assert repr((left.effect, left.arms)) == repr((right.effect, right.arms))  # NaN is not equal to itself
    assert {arm.name: arm.randomised for arm in one.arms} == {"drug": 60.0, "placebo": 40.0}
    assert re.search(r"run 2 times .*\(seed 1", one.methods)


@pytest.mark.parametrize("given", [{"replicates": 0}, {"threads": 0}, {"seed": -1}])
def test_numbers_that_cannot_be_are_refused(small: trials.Design, given: dict[str, int]) -> None:
    with pytest.raises(errors.InputError):
        trials.run_trial(small, **{"replicates": 1, **given})
