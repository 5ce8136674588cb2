"""Whatever a user gets back is a table away: every public result has ``frame()``, its columns are explained, and the
same column has the same name everywhere. Public names are what completion shows.
"""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from functools import cache
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

import hidden_cases
import lives
import report_cases
import smoulder as sm
import trial_cases
from house import ROOT
from smoulder.experiments.hidden.years import SIGNS
from smoulder.life import STATE, rows
from smoulder.outcomes import CDW_24W
from smoulder.trials.conducted import Conducted

#: Public classes that are no results, by why they have no ``frame()``; ``module.Name`` where a name stands twice.
NOT_RESULTS = {
    "settings, rules and designs": """ActivityRule AttackRule AttributionRule Comparison Component Confirmation
        CourseRule CustomThreshold Definition Design Distances Interval LevelRule Milestone Msprog NedaRule
        ProgressionRule Reference Instrument Measure
        Scale ShareThreshold SilentRule Step StepThreshold Steps Systems TrajectoryRule Window WorseningRule
        Quantity Target Items Scanner Column Prior Spread Start Plan Action CellCount Dosing Drug Kinetics Rebound
        Parameters""",
    "a few numbers, or one row of a list": """Agreement Crossover Difference Estimate Mean RateRatio Ratio Replicates
        Score Test Oddity Problem Row Term Unit SmallTable Verdict TableCount""",
    "tables by other names": "MsprogAnswer CohortOutcome Judgement Study tables.Cohort",
    "pages and figures": "Document Picture Demo",
    "errors and protocols of types": "EventsLike InputError SmoulderError StudyError TableError UnknownName",
    "what tables share": "Table",
}


def public_classes() -> dict[str, type]:
    """Every class that a public module hands out, by ``module.Name``."""
    modules = {name: getattr(sm, name) for name in sm.__all__ if isinstance(getattr(sm, name), ModuleType)}
    return {
        f"{module}.{name}": value
        for module, there in modules.items()
        for name in there.__all__
        if inspect.isclass(value := getattr(there, name))
    }


def results() -> dict[str, type]:
    """Those that are results."""
    others = {name for names in NOT_RESULTS.values() for name in names.split()}
    return {
        name: kind
        for name, kind in public_classes().items()
        if name not in others and name.partition(".")[2] not in others
    }


@cache
def made() -> dict[type, object]:
    """One result of each class, from small cohorts."""
    p = sm.parameters.load()
    truth = lives.lived(years=25)
    state = sm.life.run(lives.company(), years=25, save_at=np.full(300, 20.0)).saved
    seen = sm.clinic.follow(truth, p)
    cohort = report_cases.natural().cohort
    record, people = cohort.records, cohort.records.people
    worse = sm.outcomes.worsening(record, CDW_24W)
    times = sm.outcomes.since_onset(worse, people)
    cause = np.where(times.event, 1, 2 * (np.arange(len(times.years)) % 2))
    drugs = sm.tables.Treatments(people.person[:1], people.first_day[:1], people.last_day[:1], np.zeros(1, np.int16))
    split = sm.outcomes.TrajectoryRule(
        "split", "us", CDW_24W.scale, CDW_24W.threshold, CDW_24W.confirmation, CDW_24W.relapses, (90, 0)
    )
    things = [truth, state, truth.lesions, lives.company(), seen, *vars(seen).values(), cohort, worse, times, drugs]
    things += [
        sm.outcomes.course(record),
        sm.outcomes.changes(record, CDW_24W),
        sm.outcomes.composite(record, (CDW_24W,)),
        sm.outcomes.milestones(record, 6, sm.outcomes.CONFIRMED_6M),
        sm.outcomes.neda(record, people.first_day, people.first_day + 365),
        sm.outcomes.trajectories(record, split),
        sm.outcomes.multiverse(record, [sm.outcomes.named("CDW_24W")]),
        sm.outcomes.labelled(record, sm.outcomes.named("PIRA_MULLER_2023")),
        sm.outcomes.clean_relapses(record),
        sm.outcomes.epochs(drugs, people),
        times.survival(),
        sm.statistics.cumulative_incidence(times.years, cause),
        hidden_cases.found(),
        report_cases.natural(),
        report_cases.natural().protocols,
        report_cases.switches(),
        report_cases.lives()[0],
        sm.experiments.definitions_tested(60, definitions=["CDW_12W"], months=(6,), noise=(1.0,), seed=3),
        trial_cases.oratorio(),
        sm.trials.one_trial(report_cases.small_trial(), seed=3),
        sm.tables.Account((sm.tables.TableCount("visits", 2, 1, ()),), pd.DataFrame(), ()),
    ]
    return {type(thing): thing for thing in things}


def explanation(kind: type) -> set[str]:
    """Words in which the columns of a class are explained: its docstrings, and those of the tables that it names."""
    texts = [cls.__doc__ or "" for cls in kind.__mro__ if cls is not object]
    texts += [cls.frame.__doc__ or "" for cls in kind.__mro__ if hasattr(cls, "frame")]
    texts += [sm.targets.frame.__doc__ or ""] if kind is sm.experiments.NaturalHistory else []
    schema = sm.records.People.SCHEMA if kind is sm.records.Records else getattr(kind, "SCHEMA", ())
    texts += [" ".join(column.name for column in schema if column.meaning)]
    texts += [" ".join(rows.QUANTITIES)] if kind is sm.life.Truth else []
    texts += [sm.outcomes.Worsenings.frame.__doc__ or ""] if kind is sm.outcomes.Labelled else []
    texts += [" ".join(rows.QUANTITIES)] if kind in (sm.experiments.Switches, sm.experiments.Hidden) else []
    texts += [" ".join(SIGNS)] if kind is sm.experiments.Hidden else []
    texts += [" ".join(STATE)] if kind is sm.life.State else []
    names = (*sm.anatomy.TRAITS, *sm.anatomy.REGIONS, *sm.anatomy.ITEMS)
    texts += [" ".join(names)] if kind is sm.people.People else []
    texts += [" ".join(sm.cohorts.followed.TRACED)] if kind is sm.cohorts.Cohort else []
    return set(re.findall(r"\w+", " ".join(texts)))


def unexplained(kind: type, table: pd.DataFrame) -> list[str]:
    """Columns of a table of which neither the name nor its parts are words of the explanation."""
    words = explanation(kind)
    parts = {part.strip("_") for word in words for part in (word, *re.split(r"[_\d]+", word))}
    return [
        str(column)
        for column in table.columns
        if column not in words and not all(part in parts for part in re.split(r"[_.\d]+", str(column)) if part)
    ]


def test_every_public_class_is_a_result_with_a_table_or_says_why_not() -> None:
    names = {name.partition(".")[2] for name in public_classes()} | set(public_classes())
    assert {name for listed in NOT_RESULTS.values() for name in listed.split()} <= names
    assert [name for name, kind in results().items() if not hasattr(kind, "frame")] == []
    assert len(results()) > 30
    without = {name for name, kind in public_classes().items() if kind not in results().values()}
    assert [name for name in without if hasattr(public_classes()[name], "frame")] == ["records.Table"]


@pytest.mark.parametrize("name", results())
def test_the_table_of_a_result_has_rows_and_explained_columns(name: str) -> None:
    kind = results()[name]
    table = made()[kind].frame()  # type: ignore[attr-defined]
    assert isinstance(table, pd.DataFrame) and table.columns.is_unique
    assert len(table) or kind is sm.outcomes.Cleaned or kind.__module__ == "smoulder.records.tables"
    assert isinstance(table.index, pd.RangeIndex)
    if kind is not Conducted:  # the names of what is seen at entry are the trial's own
        assert unexplained(kind, table) == []


def test_the_same_thing_has_the_same_name_in_every_table() -> None:
    other_words = {"id", "pid", "patient", "subject", "time_years", "low", "high", "lower", "upper", "mc_error"}
    for name, kind in results().items():
        table = made()[kind].frame()  # type: ignore[attr-defined]
        assert set(table.columns) & other_words == set(), name
        if "person" in table:
            assert table.columns[0] == "person" and table["person"].dtype.kind == "i", name
        for column in ("lo", "hi"):
            assert column not in table or {"lo", "hi"} <= set(table.columns), name
        days = [column for column in table.columns if str(column).endswith("day")]
        assert all((table[column].dropna() >= 0).all() for column in days), f"{name}: a day that is unknown is <NA>"


def test_an_unexplained_column_is_noticed() -> None:
    assert unexplained(sm.outcomes.Times, pd.DataFrame(columns=["person", "years", "event", "luck"])) == ["luck"]


def test_tables_say_what_the_arrays_say() -> None:
    worse = made()[sm.outcomes.Worsenings]
    assert isinstance(worse, sm.outcomes.Worsenings)
    table = worse.frame()
    assert table["seen"].tolist() == worse.seen.tolist() == table["day"].notna().tolist()
    assert table.loc[table["seen"], "day"].tolist() == worse.day[worse.seen].tolist()
    assert set(table["rule"]) == {CDW_24W.name}
    people = lives.company().frame()
    assert np.allclose(people.filter(like="share_").sum(axis=1), 1, atol=1e-5)
    course = made()[sm.outcomes.Course]
    assert isinstance(course, sm.outcomes.Course)
    assert (course.frame()["course"] == "relapsing").sum() == course.relapsing.sum()
    result = trial_cases.oratorio()
    endpoints = result.frame()
    assert len(endpoints) == sum(1 + len(endpoint.arms) for endpoint in result.endpoints)
    assert endpoints.loc[0, "mean"] == result.endpoints[0].effect.mean


@pytest.mark.parametrize("name", [name for name in sm.__all__ if isinstance(getattr(sm, name), ModuleType)])
def test_completion_shows_the_public_names_and_nothing_else(name: str) -> None:
    module = getattr(sm, name)
    assert dir(module) == sorted(module.__all__)
    assert all(hasattr(module, public) for public in module.__all__)


def test_every_experiment_is_within_reach_of_a_fresh_session() -> None:
    code = (
        "import smoulder as sm; print(*dir(sm)); print(*dir(sm.experiments)); print(*dir(sm.cohorts)); "
        "sm.cohorts.simulate, sm.judging.judge, sm.trials.run_trial, sm.life.run, sm.people.draw"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "src", capture_output=True, text=True, check=True)
    top, experiments, cohorts = (set(line.split()) for line in done.stdout.splitlines())
    assert {"cohorts", "experiments", "judging", "life", "people", "trials", "outcomes"} <= top
    assert {"definitions_tested", "hidden_damage", "natural_history", "switched", "ten_lives"} <= experiments
    assert {"simulate", "observe", "follow"} <= cohorts
