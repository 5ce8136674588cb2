"""Any numeric column is a score: judged as EDSS is where it holds the same numbers, turned round where higher is
better, and refused with what is missing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from numpy.testing import assert_array_equal

from outcomes_cases import cohort, cohorts
from smoulder import cli, outcomes, reports
from smoulder.errors import InputError, UnknownName
from smoulder.judging import on
from smoulder.outcomes import Definition, Scale
from smoulder.records import Records

ALONE = [name for name in outcomes.names() if len(outcomes.named(name).rules) == 1]
DAYS = ("day", "reference_day", "confirmed_day", "held_day", "censor_day")
VISITS = """id,day,Fatigue,t25fw
a,0,20,5
a,200,40,5
a,400,40,5
b,0,30,5
b,200,10,7
b,400,10,7
"""
NAMED = """id,day,FS pyramidal,T25W
a,0,2,5
a,200,3,5
a,400,3,5
b,0,3,5
b,200,3,7
b,400,3,7
"""
OWN = """
name = "tired"
source = "ours"
base = "CDW_24W"
[rule]
name = "tired"
scale = {table = "visits", column = "Fatigue", higher_is_worse = true}
threshold = {name = "4 points", source = "ours", at_zero = 4, low = 4, high = 4, turn = 0}
"""


def renamed(definition: Definition, column: str, *, higher_is_worse: bool = True) -> Definition:
    """The definition of another column of the visits."""
    (rule,) = definition.rules
    return replace(definition, rules=(replace(rule, scale=Scale("visits", column, higher_is_worse)),))


def edss(records: Records) -> np.ndarray:
    return np.where(records.visits.edss < 0, np.nan, records.visits.edss / 2)


@settings(max_examples=30, deadline=None)
@given(cohorts())
def test_a_column_that_holds_edss_is_judged_as_edss_by_every_definition(records: Records) -> None:
    score = edss(records)
    for name in ALONE:
        usual, own = outcomes.named(name), renamed(outcomes.named(name), "fatigue")
        by_edss, by_own = outcomes.judged(records, usual), outcomes.judged(records, own, score=score)
        for days in DAYS:
            assert_array_equal(getattr(by_edss, days), getattr(by_own, days), name)
        told = [outcomes.labelled(records, usual), outcomes.labelled(records, own, score={"fatigue": score})]
        assert_array_equal(told[0].labels, told[1].labels, name)
    definitions = [outcomes.named(name) for name in ALONE]
    many = outcomes.multiverse(records, definitions).definitions
    mine = [renamed(one, "fatigue") for one in definitions]
    other = outcomes.multiverse(records, mine, scores={"fatigue": score}).definitions
    not_edss = other["not_scored"].replace("fatigue", "edss")
    pd.testing.assert_frame_equal(many, other.assign(scales="edss", not_scored=not_edss))


@settings(max_examples=30, deadline=None)
@given(cohorts())
def test_a_score_turned_round_with_a_plain_threshold_gives_the_same_events(records: Records) -> None:
    plain = on(outcomes.named("CDW_12W"), "tired", better="lower", change="1")
    turned = on(outcomes.named("CDW_12W"), "rested", better="higher", change="1")
    one = outcomes.judged(records, plain, score=edss(records))
    other = outcomes.judged(records, turned, score=-edss(records))
    for days in DAYS:
        assert_array_equal(getattr(one, days), getattr(other, days))


def test_what_is_scored_must_be_there_and_one_a_row() -> None:
    records = cohort({1: [(1000, 2.0), (1200, 3.0)]})
    mine = renamed(outcomes.named("CDW_12W"), "fatigue")
    with pytest.raises(UnknownName, match="No column of visits 'fatigue'"):
        outcomes.judged(records, mine)
    with pytest.raises(InputError, match=r"score must hold one number a row of visits \(2\)"):
        outcomes.judged(records, mine, score=[1.0])
    with pytest.raises(InputError, match="say which the score is of"):
        outcomes.judged(records, outcomes.named("COMPOSITE_12W"), score=[1.0, 2.0])
    with pytest.raises(UnknownName, match="Did you mean 'lower'"):
        on(outcomes.named("CDW_12W"), "fatigue", better="lowr")
    for change in ("", "%", "0", "-4", "four", "inf", "nan"):
        with pytest.raises(InputError, match="a change is points above 0"):
            on(outcomes.named("CDW_12W"), "fatigue", better="lower", change=change)


# ---- the command line


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Run a command beside the tables: (exit code, stdout, stderr)."""
    (tmp_path / "visits.csv").write_text(VISITS)
    (tmp_path / "own.toml").write_text(OWN)

    def call(*arguments: str) -> tuple[int, str, str]:
        with monkeypatch.context() as patched, pytest.raises(SystemExit) as end:
            patched.chdir(tmp_path)
            cli.main(arguments)
        return int(end.value.code or 0), *capsys.readouterr()

    return call


def test_a_column_of_ones_own_is_judged_from_the_command_line(run: Callable, tmp_path: Path) -> None:
    asked = ("outcomes", "visits.csv", "--outcome", "Fatigue")
    for better, change, person in (("lower", "20%", "a"), ("higher", "4", "b")):
        given = (*asked, "--better", better, "--change", change, "--out", "out")
        code, out, err = run(*given)
        assert (code, err) == (0, "") and "first events: 1 in" in out
        events = pd.read_csv(tmp_path / "out" / "events.csv")
        assert events[["id", "day", "confirmed_day"]].values.tolist() == [[person, 200, 400]]
        told = json.loads((tmp_path / "out" / "result.json").read_text())["data"]
        assert told["definition"]["rules"][0]["scale"]["higher_is_worse"] == (better == "lower")
        first = json.loads(run(*given, "--json")[1])["data"]
        assert first["result"]["first_events"] == 1 and first["people"]["scores"] == 6
    assert "by 4 points or more" in out


def test_a_heading_that_is_known_is_the_score_it_is_known_as(run: Callable, tmp_path: Path) -> None:
    (tmp_path / "named.csv").write_text(NAMED)
    usual = json.loads(run("outcomes", "visits.csv", "--outcome", "t25fw", "--json")[1])["data"]
    for asked in ("T25W", "T25FW", "t25fw"):
        told = json.loads(run("outcomes", "named.csv", "--outcome", asked, "--json")[1])["data"]
        assert told["result"] == usual["result"]
    systems = ("--outcome", "FS pyramidal", "--better", "lower", "--change", "1")
    told = json.loads(run("outcomes", "named.csv", *systems, "--json")[1])["data"]
    assert told["result"]["scales"] == "fs_pyramidal" and told["result"]["first_events"] == 1


def test_a_rule_file_of_a_column_of_ones_own_needs_no_more_words(run: Callable) -> None:
    for more in ((), ("--outcome", "Fatigue")):
        code, out, err = run("outcomes", "visits.csv", "--rule", "own.toml", *more)
        assert (code, err) == (0, "") and "tired (worsening)" in out and "first events: 1 in" in out
    code, out, err = run("multiverse", "visits.csv", "--rule", "own.toml", "--rule", "CDW_12W", "--json")
    assert (code, err) == (0, "")
    tired, usual = json.loads(out)["data"]["definitions"]
    assert (tired["first_events"], tired["not_scored"], usual["not_scored"]) == (1, "", "edss")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--outcome", "fatige"), "Did you mean 'Fatigue'?"),
        (("--outcome", "Fatigue"), "say whether 'higher' or 'lower' values of 'Fatigue' are better"),
        (("--outcome", "Fatigue", "--better", "lower"), "the steps of EDSS from 0 to 10"),
        (("--outcome", "id", "--better", "lower"), "row 1, column 'id': 'a' is not a number"),
        (("--outcome", "t25fw", "--better", "higher"), "lower is better for 't25fw'"),
        (("--outcome", "Fatigue", "--rule", "COMPOSITE_12W", "--better", "lower"), "leave the outcome out"),
        (("--change", "4"), "belong to an --outcome"),
    ],
)
def test_what_is_missing_is_said_in_one_line(run: Callable, words: tuple[str, ...], said: str) -> None:
    code, out, err = run("outcomes", "visits.csv", *words)
    assert (code, out) == (2, "")
    assert err.startswith("smoulder: ") and err.count("\n") == 1 and said in err


def test_timed_scores_are_written_too_though_their_threshold_has_no_bound(run: Callable, tmp_path: Path) -> None:
    for name, words in (("walk", ("--outcome", "T25FW")), ("composite", ("--rule", "COMPOSITE_12W"))):
        code, _, err = run("outcomes", "visits.csv", *words, "--out", name)
        assert (code, err) == (0, "")
        rules = json.loads((tmp_path / name / "result.json").read_text())["data"]["definition"]["rules"]
        assert all(rule["threshold"]["most"] is None for rule in rules if "share" in rule["threshold"])
    assert reports.definition_json(outcomes.named("COMPOSITE_12W"))["rules"][1]["threshold"]["most"] is None
