"""One instrument, one record: the example of ``docs/how-to/add-an-instrument.md``, added by its one definition, is in
records, in trials, on disk, in files and in reports; and the tuple that everything loops over cannot contradict itself.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from house import ROOT
from smoulder import (
    clinic,
    cohorts,
    errors,
    judging,
    life,
    outcomes,
    parameters,
    people,
    random,
    records,
    reports,
    store,
    tables,
    trials,
)
from smoulder.clinic import INSTRUMENTS, Instrument, Measure, measures_of
from smoulder.clinic.instruments import use
from smoulder.clinic.tests import TESTS
from smoulder.parameters import Parameters
from smoulder.records import Column, Records, measurements
from smoulder.reports.cohort.rules_in_words import scale_words
from smoulder.trials.run import one_trial
from smoulder.trials.specification import parse

PAGE = (ROOT / "docs" / "how-to" / "add-an-instrument.md").read_text()
CODE, ROWS, DESIGN = (re.search(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)[1] for kind in ("python", "csv", "toml"))
ALWAYS = ("visits", "relapses", "scans", "tests", "samples", "eyes")


@pytest.fixture(scope="module")
def fatigue() -> Instrument:
    """The record of the page."""
    names: dict[str, Any] = {"__name__": "fatigue"}
    exec(compile(CODE, "add-an-instrument.md", "exec"), names)
    return names["FATIGUE"]


@pytest.fixture(scope="module")
def more(fatigue: Instrument) -> tuple[Instrument, ...]:
    return (*INSTRUMENTS, fatigue)


@pytest.fixture(scope="module")
def p(tmp_path_factory: pytest.TempPathFactory) -> Parameters:
    """The shipped table with the rows of the page."""
    path = tmp_path_factory.mktemp("rows") / "table.csv"
    path.write_text(",".join(parameters.COLUMNS) + "\n" + ROWS)
    return Parameters((*parameters.load().rows, *parameters.read(path).rows))


@pytest.fixture(scope="module")
def truth() -> life.Truth:
    return life.run(people.draw(30, seed=4), years=30, every=0.5)


@pytest.fixture(scope="module")
def seen(truth: life.Truth, p: Parameters, more: tuple[Instrument, ...]) -> Records:
    return clinic.observe(truth, p, instruments=more)


def same(one: Any, two: Any) -> None:
    """Two tables of one kind hold the same; real numbers as precisely as they are written."""
    assert len(one) == len(two)
    for column in one.SCHEMA:
        left, right = (np.asarray(getattr(table, column.name), dtype=np.float64) for table in (one, two))
        np.testing.assert_allclose(left, right, rtol=1e-6, err_msg=column.name)


# In records.


def test_it_is_measured_at_every_visit_and_disturbs_nothing(seen: Records, truth: life.Truth, p: Parameters) -> None:
    assert list(seen.tables) == [*ALWAYS, "fatigue"] and len(seen.fatigue) == len(seen.visits) > 100
    np.testing.assert_array_equal(seen.fatigue.day, seen.visits.day)
    without = clinic.observe(truth, p)
    assert list(without.tables) == list(ALWAYS)
    for name in ALWAYS:
        same(seen.table(name), without.table(name))
    plain = clinic.follow(truth, p)
    for name, table in (
        ("visits", plain.visits), ("relapses", plain.relapses), ("scans", clinic.scan(truth, p)),
        ("tests", clinic.sittings(truth, p)), ("eyes", clinic.eyes(truth, p)),
        ("samples", clinic.samples(truth, p, every_years=0.5)),
    ):
        same(without.table(name), table)


def test_its_values_follow_the_disease_and_belong_to_person_and_day(
    fatigue: Instrument, truth: life.Truth, p: Parameters
) -> None:
    still = p.replace({"fatigue.spread": 0.0, "fatigue.noise": 0.0})
    who, moment = np.arange(30), np.full(30, 59)
    exact = fatigue.draw(truth, still, who, moment).fatigue_severity
    expected = np.clip(p["fatigue.norm"] + p["fatigue.gain"] * truth["lost"][59].astype(np.float64), 1, 7)
    np.testing.assert_allclose(exact, expected, rtol=1e-6)
    few, all_of_them = (fatigue.draw(truth, p, index, np.full(len(index), 20)) for index in (who[::3], who))
    np.testing.assert_array_equal(few.fatigue_severity, all_of_them.fatigue_severity[::3])
    another = fatigue.draw(truth, p, who, moment - 39, seed=8)
    assert not np.array_equal(all_of_them.fatigue_severity, another.fatigue_severity)


def test_records_with_it_are_selected_joined_and_read_from_frames(seen: Records, fatigue: Instrument) -> None:
    first = np.arange(len(seen)) < 10
    apart = seen.select(first), seen.select(~first)
    assert 0 < len(apart[0].fatigue) < len(seen.fatigue)
    same(records.concat(apart).fatigue, seen.fatigue)
    lacking = Records.of(apart[1].people, {name: apart[1].table(name) for name in ALWAYS})
    same(records.concat([apart[0], lacking]).fatigue, apart[0].fatigue)
    read = Records.from_frames(
        seen.people.frame(), seen.visits.frame(), measured={"fatigue": (fatigue.table, seen.fatigue.frame())}
    )
    same(read.fatigue, seen.fatigue)
    frame = seen.fatigue.frame()
    frame.loc[3, "fatigue_severity"] = 8
    with pytest.raises(errors.TableError, match=r"fatigue.csv, row 4, column 'fatigue_severity': 8.0 is outside 1 to"):
        Records.from_frames(seen.people.frame(), seen.visits.frame(), measured={"fatigue": (fatigue.table, frame)})


def test_records_refuse_a_stranger_and_a_name_they_have(seen: Records, fatigue: Instrument) -> None:
    stranger = fatigue.table(person=[10**6], day=[20_000], fatigue_severity=[3.0])
    with pytest.raises(errors.InputError, match="fatigue hold person 1000000, who is not in people"):
        replace(seen, measured={"fatigue": stranger})
    with pytest.raises(errors.InputError, match="'select'"):
        replace(seen, measured={"select": seen.fatigue})
    with pytest.raises(AttributeError, match="records hold no 'fatige'"):
        getattr(seen, "fatige")  # noqa: B009
    with pytest.raises(errors.UnknownName, match="Did you mean 'fatigue'"):
        seen.table("fatige")


def test_outcomes_judge_it_like_any_scale(seen: Records) -> None:
    scale = outcomes.Scale("fatigue", "fatigue_severity", higher_is_worse=True)
    rule = replace(outcomes.CDW_24W, scale=scale, threshold=outcomes.SHARE_20)
    events = outcomes.worsening(seen, rule)
    assert events.seen.any()
    swapped = outcomes.worsening(seen, replace(rule, scale=replace(scale, higher_is_worse=False)))
    assert not np.array_equal(events.day, swapped.day)


def test_a_table_that_cannot_be_is_refused() -> None:
    column = Column("score", "float32", "point", 0, 10, "a score", missing=np.nan)
    for name, columns, problem in (
        ("Mood", (column,), "no name of a table"), ("mood", (), "has no column"),
        ("mood", (column, column), "'score' stands twice"),
        ("mood", (replace(column, missing=None),), "cannot be left out"),
    ):
        with pytest.raises(errors.InputError, match=problem):
            measurements(name, "Mood.", *columns)


# On disk and in files.


def test_a_study_keeps_it_and_gives_it_back(tmp_path: Path, p: Parameters, more: tuple[Instrument, ...]) -> None:
    about = cohorts.simulate(12, 20, out=tmp_path / "study", seed=2, records=True, parameters=p, instruments=more)
    assert {"fatigue-00000.parquet", "eyes-00000.parquet"} <= set(about["shards"][0]["files"])
    observed = cohorts.observe(12, 20, seed=2, every_years=1.0, parameters=p, instruments=more)
    back = store.records(tmp_path / "study", instruments=more)
    assert len(back.fatigue) == len(back.visits) > 50
    assert list(back.tables) == list(observed.tables) == [*ALWAYS, "fatigue"]
    shown = store.read(tmp_path / "study", "fatigue", instruments=more)
    assert list(shown.columns) == ["person", "day", "fatigue_severity"]
    assert shown["fatigue_severity"].between(1, 7).all()
    assert "fatigue" not in store.records(tmp_path / "study").tables


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@pytest.mark.parametrize("dated", [False, True])
def test_written_tables_are_read_back(
    tmp_path: Path, seen: Records, more: tuple[Instrument, ...], ending: str, dated: bool
) -> None:
    names = np.array([f"P{number:03d}" for number in seen.people.person])
    cohort = replace(tables.Cohort.of(seen), ids=names, dated=dated)
    paths = tables.write_records(cohort, tmp_path / "out", ending=ending)
    assert list(paths) == ["people", *ALWAYS, "fatigue"] and all(path.is_file() for path in paths.values())
    direct = ("visits", "relapses", "people", "scans")
    measured = {name: path for name, path in paths.items() if name not in direct}
    back = tables.read_cohort(*(paths[name] for name in direct), measured=measured, instruments=more)
    assert back.ids.tolist() == names.tolist() and back.dated is dated
    assert len(back.account.aside) == 0
    same(replace(back.records.people, person=seen.people.person), seen.people)
    for name, table in seen.tables.items():
        found = back.records.table(name)
        same(replace(found, person=seen.people.person[found.person]), table)


def test_a_clinics_own_names_are_known_and_a_faulty_cell_is_refused(more: tuple[Instrument, ...]) -> None:
    visits = pd.DataFrame({"id": [1, 1, 2], "day": [0, 90, 0], "EDSS": [2.0, 2.5, 3.0]})
    asked = pd.DataFrame({"id": [1, 2, 3], "day": [90, 5, 7], "FSS": [4.5, 3.0, 2.0]})
    cohort = tables.read_cohort(visits, measured={"fatigue": asked}, instruments=more)
    np.testing.assert_array_equal(cohort.records.fatigue.fatigue_severity, np.float32([4.5, 3.0, 2.0]))
    assert len(cohort.records) == 3 and cohort.records.people.last_day.tolist() == [90, 5, 7]
    with pytest.raises(errors.TableError, match="row 2, column 'FSS'"):
        tables.read_cohort(visits, measured={"fatigue": asked.assign(FSS=[4.5, 9.0, 2.0])}, instruments=more)
    with pytest.raises(errors.UnknownName, match="Did you mean 'fatigue'"):
        tables.read_cohort(visits, measured={"fatige": asked}, instruments=more)
    with pytest.raises(errors.UnknownName, match="instrument"):
        tables.read_cohort(visits, measured={"visits": asked}, instruments=more)


def test_columns_beside_those_of_visits_are_read_from_there(fatigue: Instrument) -> None:
    beside = (*INSTRUMENTS, replace(fatigue, sheet="visits"))
    visits = pd.DataFrame({"id": [1, 1], "day": [0, 90], "EDSS": [2.0, 2.5], "FSS": [None, 5.0], "sdmt": [50, None]})
    cohort = tables.read_cohort(visits, instruments=beside)
    assert cohort.records.fatigue.day.tolist() == [90] and cohort.records.tests.day.tolist() == [0]
    assert len(tables.read_cohort(visits).records.tests) == 1
    asked = judging.on(outcomes.named("CDW_24W"), "fatigue_severity", instruments=beside)
    assert asked.rules[0].scale == outcomes.Scale("fatigue", "fatigue_severity", higher_is_worse=True)
    assert scale_words(asked.rules[0], beside) == "fatigue severity"
    twice = pd.DataFrame({"id": [1], "day": [0], "FSS": [4.0]})
    with pytest.raises(errors.InputError, match="fatigue stand in two tables"):
        tables.read_cohort(visits, measured={"fatigue": twice}, instruments=beside)


# In a trial and its report.

HEAD = """
name = "toy"
title = "A small trial"
"""
ARMS = """
[[arm]]
name = "drug"
plan = "hypothetical:attack:1"
people = 30

[[arm]]
name = "placebo"
plan = "none"
people = 30
"""


def design_text() -> str:
    """The design of the page, made whole."""
    text = DESIGN.replace("[entry]\n", '[entry]\ncourse = "relapsing"\nage = [20, 50]\n')
    text = text.replace("[schedule]\n", "[schedule]\nweeks = 48\nvisits = 12\n")
    first = text.index("[[endpoint]]")
    return HEAD + text[:first] + ARMS + text[first:]


@pytest.fixture(scope="module")
def toy(more: tuple[Instrument, ...]) -> trials.Design:
    return parse(design_text(), "toy.toml", more)


@pytest.fixture(scope="module")
def result(toy: trials.Design, p: Parameters) -> trials.TrialResult:
    return trials.run_trial(toy, replicates=1, seed=6, parameters=p)


def test_a_trial_measures_it_by_its_schedule_and_selects_by_it(toy: trials.Design, p: Parameters) -> None:
    conducted = one_trial(toy, seed=6, parameters=p)
    asked = conducted.records.fatigue
    weeks = (asked.day - conducted.entered[asked.owners(conducted.records.people)]) / 7
    assert np.ptp(np.bincount(np.rint(weeks / 12).astype(int))) < 20 and weeks.max() <= 48
    entry = conducted.baseline["fatigue_severity"]
    assert np.isfinite(entry).all() and entry.mean() > 2
    anyone = one_trial(replace(toy, entry=replace(toy.entry, measures={})), seed=6, parameters=p)
    assert entry.mean() > anyone.baseline["fatigue_severity"].mean()


def test_it_is_an_endpoint_and_a_row_of_the_baseline_table(result: trials.TrialResult) -> None:
    [row] = [row for row in result.baseline if row.name == "fatigue_severity"]
    assert (row.label, row.unit) == ("Fatigue severity", "point") and 2 < row.mean < 7
    change, worse = result.endpoints
    assert np.isfinite([change.effect.mean, *(arm.mean for arm in change.arms.values())]).all()
    assert worse.rule.startswith("fatigue_severity worsening confirmed after 12 weeks")
    assert 0 < max(arm.mean for arm in worse.arms.values()) < 1
    assert "questionnaires of fatigue every 12 weeks" in result.methods
    assert "fatigue severity of 2 to 7 point" in result.methods


def test_the_report_shows_it_in_words(result: trials.TrialResult) -> None:
    page = reports.html(reports.trial_page(result))
    assert "Fatigue severity" in page and "questionnaires of fatigue" in page
    assert "fatigue_severity" in str(reports.trial_json(result))


def test_a_design_that_names_what_is_not_there_is_refused_with_the_nearest(more: tuple[Instrument, ...]) -> None:
    text = design_text()
    for old, new, problem in (
        ("{ fatigue = 12 }", "{ fatige = 12 }", "Did you mean 'fatigue'"),
        ("{ fatigue = 12 }", "{ tests = 12 }", "'tests' is a key of the schedule itself"),
        ("{ fatigue = 12 }", "{ fatigue = -12 }", "at week 0 or later"),
        ("{ fatigue = 12 }", '{ fatigue = "often" }', "must be a number"),
        ("{ fatigue = 12 }", "{ samples = 12 }", "needs 'fatigue', and none are in the schedule"),
        ("fatigue_severity = [2, 7]", "fatigue_severit = [2, 7]", "Did you mean 'fatigue_severity'"),
        ("fatigue_severity = [2, 7]", "fatigue_severity = [7, 2]", "goes from 7 to 2"),
        ('table = "fatigue"', 'table = "fatige"', "Did you mean 'fatigue'"),
        ('column = "fatigue_severity"', 'column = "severity"', "column"),
        ('scale = "fatigue_severity"', 'scale = "fatigue_severit"', "Did you mean 'fatigue_severity'"),
    ):
        assert old in text
        with pytest.raises(errors.InputError) as refused:
            parse(text.replace(old, new), "toy.toml", more)
        assert problem in str(refused.value) and "\n" not in str(refused.value)
    with pytest.raises(errors.InputError):
        parse(text, "toy.toml")


def blood_design(instruments: tuple[Instrument, ...] = INSTRUMENTS) -> trials.Design:
    """A trial of blood and eyes."""
    change = '\n[[endpoint]]\nname = "{0}"\ntitle = "t"\nkind = "change"\ntable = "{1}"\ncolumn = "{0}"\n'
    change += "weeks = [0, 48]\n"
    schedule = "[schedule]\nweeks = 48\nvisits = 24\neyes = [0, 48]\ninstruments = { samples = [0, 48] }\n"
    entry = '[entry]\ncourse = "any"\nage = [20, 60]\n'
    text = HEAD + entry + schedule + ARMS + change.format("snfl", "samples") + change.format("gcipl", "eyes")
    return parse(text, "blood.toml", instruments)


def test_blood_and_eyes_can_be_endpoints_of_any_trial() -> None:
    measured = trials.run_trial(blood_design(), replicates=1, seed=1).endpoints
    assert all(np.isfinite(endpoint.effect.mean) for endpoint in measured)


def test_an_instrument_that_remembers_is_given_the_whole_life(monkeypatch: pytest.MonkeyPatch) -> None:
    shortened = one_trial(blood_design(), seed=1).records
    forgets = tuple(replace(instrument, remembers=False) for instrument in INSTRUMENTS)
    cut = one_trial(blood_design(forgets), seed=1).records
    assert not np.array_equal(cut.samples.snfl, shortened.samples.snfl)
    monkeypatch.setattr("smoulder.trials.replicate.SETTLE", 1_000.0)  # the whole life whoever remembers
    whole = one_trial(blood_design(forgets), seed=1).records
    for name in ("samples", "eyes"):
        same(whole.table(name), shortened.table(name))


# The tuple itself.


def test_every_instrument_fits_its_table_and_the_records(truth: life.Truth) -> None:
    assert [instrument.name for instrument in INSTRUMENTS] == ["visits", "scans", "tests", "samples", "eyes"]
    assert set(measures_of(INSTRUMENTS)) >= {"edss", "t25fw", "nhpt", "sdmt", "snfl", "rnfl", "brain_volume"}
    shown = clinic.observe(truth)
    for instrument in INSTRUMENTS:
        assert isinstance(shown.table(instrument.name), instrument.table) and len(shown.table(instrument.name))
        for measure in instrument.measures:
            values = instrument.values(shown.table(instrument.name), measure.name, complete=True)
            assert np.isfinite(values).any() and instrument.words(measure.name)


def test_an_interval_of_its_own_falls_on_visits(truth: life.Truth) -> None:
    eyes = next(instrument for instrument in INSTRUMENTS if instrument.name == "eyes")
    for visits, apart in ((0.5, 1.0), (1.0, 1.0), (1.5, 1.5), (3.0, 3.0)):
        same(use(eyes, truth, every_years=visits), clinic.eyes(truth, every_years=apart))


def test_what_could_not_be_completed_counts_as_the_most_where_that_is_asked() -> None:
    table = TESTS.table(person=[1, 2], day=[0, 0], t25fw=[np.inf, 5], nhpt_dominant=[20, np.inf], nhpt_other=[30, 30])
    np.testing.assert_array_equal(TESTS.values(table, "t25fw"), [np.inf, 5])
    np.testing.assert_array_equal(TESTS.values(table, "t25fw", complete=True), [180, 5])
    np.testing.assert_array_equal(TESTS.values(table, "nhpt", complete=True), [25, 300])
    np.testing.assert_array_equal(TESTS.values(table, "sdmt"), [np.nan, np.nan])
    with pytest.raises(errors.UnknownName, match="Did you mean 'sdmt'"):
        TESTS.measure("sdm")


def test_instruments_that_contradict_each_other_are_refused(fatigue: Instrument, truth: life.Truth) -> None:
    other = replace(fatigue, name="mood")
    for pair, problem in (
        ((fatigue, fatigue), "two instruments are called 'fatigue'"),
        ((fatigue, other), "fatigue and mood draw for one purpose, 1000"),
        ((fatigue, replace(other, purposes=(1001,))), "fatigue and mood both measure 'fatigue_severity'"),
    ):
        with pytest.raises(errors.InputError, match=problem):
            clinic.observe(truth, instruments=(*INSTRUMENTS, *pair))
    for change, problem in (
        ({"purposes": (7,)}, "not a number from 1000 on"),
        ({"purposes": ("walkin",)}, "Did you mean 'walking'"),
        ({"measures": (Measure("severity", higher_is_worse=True),)}, "No column 'severity'"),
    ):
        with pytest.raises(errors.InputError, match=problem):
            replace(fatigue, **change)


def test_a_purpose_given_as_a_number_is_a_stream_of_its_own() -> None:
    who = np.arange(500)
    drawn = random.uniform(1, who, random.OWN)
    assert max(random.PURPOSES.values()) < random.OWN
    assert not np.isin(drawn, random.uniform(1, who, random.OWN + 1)).any()
    np.testing.assert_array_equal(random.uniform(1, who, random.PURPOSES["blood"]), random.uniform(1, who, "blood"))
