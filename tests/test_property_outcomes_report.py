"""A cohort's report, tables, figures and commands: every number is that of the outcomes, nothing is loaded, and bad
input is one line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest

import smoulder
from outcomes_cases import cohort
from smoulder import cli, judging, outcomes, plots, reports, statistics, tables
from smoulder.errors import InputError, StudyError
from smoulder.judging import CohortOutcome, on
from smoulder.outcomes import Confirmation, Definition, Reference
from smoulder.reports import methods_paragraph

VISITS = """id,date,EDSS,t25fw
a,2010-01-01,2.0,5.0
a,2010-06-01,3.0,5.1
a,2011-01-01,3.0,7.0
a,2012-01-01,4.0,7.1
a,2013-01-01,4.5,7.2
b,2010-01-01,3.0,
b,2011-01-01,4.0,
b,2011-06-01,4.0,
c,2010-01-01,1.0,
c,2011-01-01,4.3,
c,2011-02-01,1.0,
<i>d</i>,2010-01-01,6.0,
<i>d</i>,2014-01-01,6.0,
"""
RELAPSES = "id,date\na,2010-05-20\nb,2009-03-01\nz,2010-01-01\n"
PEOPLE = "id,date of death,last date\n<i>d</i>,2014-06-01,2014-06-01\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A clinic's tables on disk."""
    for name, text in (("visits.csv", VISITS), ("relapses.csv", RELAPSES), ("people.csv", PEOPLE)):
        (tmp_path / name).write_text(text)
    return tmp_path


def read(folder: Path) -> tables.Cohort:
    return tables.read_cohort(
        folder / "visits.csv", folder / "relapses.csv", folder / "people.csv", faulty="set aside"
    )


def found_in(folder: Path, name: str = "PIRA_MULLER_2023") -> CohortOutcome:
    return judging.judge(read(folder), outcomes.named(name))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command here: (exit code, stdout, stderr)."""

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            cli.main([str(one) for one in arguments])
        return int(end.value.code or 0), *capsys.readouterr()

    return call


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))


def plain(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


def page_of(found: CohortOutcome, many: outcomes.Multiverse) -> str:
    return reports.html(reports.cohort_page(found, many))


def test_the_page_says_what_became_of_every_row_and_every_number_of_the_outcome(folder: Path) -> None:
    found = found_in(folder)
    text = page_of(found, outcomes.multiverse(found.cohort.records))
    told = plain(text)
    assert "visits.csv 13 12 1" in told and "relapses.csv 3 2 1" in told
    assert "Rows that were set aside" in told and "EDSS 1 10" in told  # one row, in that column, the tenth
    assert "4 people; 4 were scored at least once and 4 more than once" in told
    assert "12 of 12 rows in use hold a score" in told
    assert f"over 12 weeks PIRA_MULLER_2023 2 {found.times.years.sum():.1f}" in told
    assert "1 people died under observation without the event" in told
    assert methods_paragraph(found.definition, found.found.by) in told
    assert all(name in told for name in outcomes.names())


def test_the_page_loads_nothing_runs_nothing_and_keeps_hostile_names_as_text(folder: Path) -> None:
    found = found_in(folder)
    hostile = replace(found, definition=replace(found.definition, name="<script>alert(1)</script> $x$"))
    text = page_of(hostile, outcomes.multiverse(found.cohort.records, [hostile.definition, "CDW_12W"]))
    tags = Tags(text).tags
    assert not [tag for tag, _ in tags if tag in ("script", "iframe", "img", "object", "embed", "base", "form")]
    assert [a["href"] for tag, a in tags if tag == "link"] == ["data:,"]
    assert all(a["href"].startswith("#") for tag, a in tags if tag == "a" and "href" in a)
    assert re.findall(r"url\((?!#)|@import", text) == []
    again = page_of(hostile, outcomes.multiverse(found.cohort.records, [hostile.definition, "CDW_12W"]))
    assert again == text


def test_the_tables_hold_the_events_of_the_outcome_in_the_names_and_dates_of_the_files(folder: Path) -> None:
    found = found_in(folder)
    events = found.events()
    assert events[["id", "nevent", "label", "counted"]].to_numpy().tolist() == [
        ["a", 1, "RAW", False],
        ["a", 2, "PIRA", True],
        ["b", 1, "PIRA", True],
    ]
    assert [str(day)[:10] for day in events["day"]] == ["2010-06-01", "2012-01-01", "2011-01-01"]
    assert (events["rule"] == "PIRA_MULLER_2023").all()
    people = found.people().set_index("id")
    assert people["PIRA_MULLER_2023"].to_dict() == {"<i>d</i>": False, "a": True, "b": True, "c": False}


def test_a_first_event_that_is_no_first_worsening_stands_in_the_table_of_a_fixed_reference(folder: Path) -> None:
    found = found_in(folder, "PIRA_CAGOL_2022")
    counted = found.events()
    assert set(counted[counted["counted"]]["id"]) == set(found.cohort.names(found.first.person[found.first.seen]))
    assert not counted.duplicated(["id", "day"]).any()
    improved = found_in(folder, "CDI_12W")
    assert improved.events()["counted"].all()


def test_cumulative_incidence_has_death_competing_and_is_below_kaplan_meier(folder: Path) -> None:
    found = found_in(folder)
    assert found.deaths == 1 and found.incidence is not None
    died = found.cohort.names(found.times.person) == "<i>d</i>"
    cause = np.where(found.times.event, 1, np.where(died, 2, 0))
    expected = statistics.cumulative_incidence(found.times.years, cause)
    assert found.incidence.incidence.tolist() == expected.incidence.tolist()
    assert (found.incidence.at([1, 2, 5]).value <= found.curve.share_at([1, 2, 5]).value + 1e-12).all()


def test_the_specifications_hold_the_numbers_of_the_figures(folder: Path) -> None:
    found = found_in(folder)
    spec = plots.first_event_spec(found.times, found.curve, "t", found.incidence)
    rows = pd.DataFrame(spec["data"]["values"])
    km = rows[rows["curve"] == "one minus Kaplan-Meier"]
    assert km["share"].tolist()[1:-1] == pytest.approx((1 - found.curve.survival).tolist())
    assert km["at_risk"].tolist()[1:-1] == found.curve.at_risk.tolist()
    assert km["years"].tolist()[0] == 0 and km["share"].tolist()[0] == 0
    assert len(rows[rows["curve"] != "one minus Kaplan-Meier"]) == len(found.incidence.time) + 2  # type: ignore[union-attr]
    many = outcomes.multiverse(found.cohort.records)
    rows = pd.DataFrame(plots.multiverse_spec(many)["data"]["values"])
    assert rows["definition"].tolist() == many.definitions["definition"].tolist()
    assert rows["rate"].tolist() == many.definitions["rate"].tolist()
    json.dumps(plots.multiverse_spec(many), allow_nan=False)


def test_what_is_written_is_what_is_told_and_can_be_read_again(folder: Path) -> None:
    found, out = found_in(folder), folder / "out" / "deep"
    reports.write_cohort(found, out, study="S1")
    names = {path.name for path in out.iterdir()}
    assert {"report.html", "result.json", "events.csv", "events.parquet", "people.csv", "people.parquet"} <= names
    assert {"curve.svg", "curve.json", "multiverse.svg", "multiverse.json", "set_aside.csv", "definitions.csv"} <= names
    assert {"adtte.xpt", "rs.xpt", "ft.xpt", "ce.xpt"} <= names
    told = pyreadstat.read_xport(out / "adtte.xpt")[0]
    assert (told["PARAM"] == f"Time to {found.definition.name}").all()
    assert pd.read_csv(out / "events.csv")["day"].tolist() == ["2010-06-01", "2012-01-01", "2011-01-01"]
    assert pd.read_parquet(out / "people.parquet")["id"].tolist() == found.people()["id"].tolist()
    told = json.loads((out / "result.json").read_text())["data"]
    assert told == json.loads(json.dumps(reports.outcome_json(found, _many(found))))
    assert told["account"]["tables"][0] == {"table": "visits.csv", "rows": 13, "used": 12, "set_aside": 1}
    assert [row["rows"] for row in told["account"]["set_aside"]] == [1, 1]
    assert told["result"]["first_events"] == 2
    assert (out / "curve.svg").read_text().startswith("<svg ")
    (folder / "file").write_text("mine")
    with pytest.raises(StudyError, match="cannot be written"):
        reports.write_cohort(found, folder / "file")


def _many(found: CohortOutcome) -> outcomes.Multiverse:
    rest = [name for name in outcomes.names() if name != found.definition.name]
    return outcomes.multiverse(found.cohort.records, [found.definition, *rest])


def test_a_cohort_that_nobody_scored_or_that_came_from_no_file_is_told_apart() -> None:
    records = cohort({1: [(1000, 2), (1200, 3), (1300, 3)]})
    found = judging.judge(tables.Cohort.of(records), outcomes.named("CDW_12W"))
    assert "came from no table" in plain(page_of(found, outcomes.multiverse(records)))
    assert found.incidence is None
    dead = replace(records, people=replace(records.people, death_day=np.array([9500]), last_day=np.array([9000])))
    late = judging.judge(tables.Cohort.of(dead), outcomes.named("CDW_12W"))
    assert (late.deaths, late.late_deaths) == (0, 1)
    assert "1 deaths lie after the last day" in plain(page_of(late, outcomes.multiverse(dead)))
    with pytest.raises(InputError, match="no visit of the cohort holds t25fw"):
        judging.judge(tables.Cohort.of(records), on(outcomes.named("CDW_12W"), "t25fw"))


# ---- a definition in words


def test_the_methods_of_every_named_definition_name_its_windows_source_and_version() -> None:
    for name in outcomes.names():
        one = outcomes.named(name)
        said = methods_paragraph(one)
        (confirm, distances) = (one.rules[0].confirmation, one.rules[0].relapses)
        assert f"{confirm.days - confirm.early} days or more" in said and f"{confirm.days} days less" in said
        assert f"at least {distances.confirmation[0]} days after a relapse" in said
        assert one.source.rstrip(".") in said and f"'{name}'" in said
        assert said.endswith(f"smoulder {smoulder.__version__}.")
        if one.by is not None:
            assert f"'{one.by.name}'" in said


BASE = outcomes.CDW_12W
WORDS: list[tuple[Any, str]] = [
    ({"confirmation": replace(BASE.confirmation, late=30)}, "77 to 114 days after the event"),
    ({"confirmation": replace(BASE.confirmation, every_visit=False)}, "however late)."),
    ({"confirmation": replace(BASE.confirmation, sustained=168)}, "last for 168 days"),
    ({"confirmation": replace(BASE.confirmation, sustained=None)}, "last to the last visit"),
    ({"confirmation": replace(BASE.confirmation, unconfirmed="withdrawn")}, "In those who withdrew"),
    (
        {"confirmation": replace(BASE.confirmation, unconfirmed="last visit", within=300)},
        "first seen at the last visit of all counts if it begins within 300 days",
    ),
    (
        {"confirmation": replace(BASE.confirmation, also=(outcomes.Window(168, 0, 10),))},
        "or, where no visit falls in it, 168 to 178 days",
    ),
    ({"reference": Reference(True, False, at_onset=True)}, "with every confirmed improvement, to its first visit"),
    ({"reference": Reference(True, True, at_onset=False, below_threshold="both")}, "changes below the threshold moves"),
    ({"reference": Reference(False, True, at_onset=False, skips="all")}, "by anything are passed over"),
    ({"reference": Reference(False, False, at_onset=False, after_relapse=90)}, "more than 90 days past it"),
    ({"relapses": outcomes.Distances((0, 30), (10, 0), (30, 0))}, "at least 30 days before the next"),
    ({"scale": outcomes.SDMT, "threshold": outcomes.SHARE_20_OR_4}, "lower is worse"),
    ({"threshold": outcomes.SHARE_20}, "20% of the reference"),
]


@pytest.mark.parametrize(("changed", "said"), WORDS, ids=[said for _, said in WORDS])
def test_whatever_a_rule_changes_is_said(changed: dict[str, Any], said: str) -> None:
    one = Definition("mine", "a protocol", "worsening", (replace(BASE, **changed),))
    usual = Definition("mine", "a protocol", "worsening", (BASE,))
    assert said in methods_paragraph(one)
    assert methods_paragraph(one) != methods_paragraph(usual)


def test_scores_judged_by_different_rules_are_told_one_by_one() -> None:
    late = replace(BASE, scale=outcomes.T25FW, confirmation=Confirmation(168, 0, None, True, 0, "never"))
    said = methods_paragraph(Definition("mine", "a protocol", "worsening", (BASE, late)))
    assert "For the EDSS:" in said and "For the timed 25-foot walk:" in said
    assert "77 days or more" in said and "168 days or more" in said


# ---- the command line


def test_outcomes_prints_the_account_the_numbers_and_the_methods(run: Any, folder: Path) -> None:
    given = (folder / "visits.csv", folder / "relapses.csv", "--faulty", "set-aside")
    code, out, err = run("outcomes", *given, "--rule", "PIRA_MULLER_2023", "--people", folder / "people.csv")
    assert (code, err) == (0, "")
    assert "visits.csv: 13 rows, 12 used, 1 set aside" in out and "first events: 2 in" in out and "methods: " in out
    assert "deaths before the event: 1" in out
    code, out, err = run("outcomes", *given, "--json", "--out", folder / "out")
    assert (code, err) == (0, "")
    told = json.loads(out)["data"]
    assert told["definition"]["name"] == "CDW_12W" and told["people"]["people"] == 4
    assert (folder / "out" / "report.html").exists() and not list(folder.glob("out/*.xpt"))


def test_outcomes_takes_another_score_a_file_of_a_rule_and_a_file_of_columns(run: Any, folder: Path) -> None:
    code, out, _ = run("outcomes", folder / "visits.csv", "--faulty", "set-aside", "--outcome", "t25fw", "--json")
    told = json.loads(out)["data"]
    assert code == 0 and told["people"]["scored"] == 1 and told["result"]["first_events"] == 1
    assert told["definition"]["rules"][0]["scale"]["column"] == "t25fw"
    (folder / "mine.toml").write_text('name = "mine"\nsource = "ours"\nbase = "CDW_12W"\n')
    (folder / "columns.toml").write_text('person = "who"\nday = "when"\n')
    (folder / "other.csv").write_text("who,when,edss\n1,01/02/2010,2\n1,01/02/2011,3\n1,01/06/2011,3\n")
    more = ("--rule", folder / "mine.toml", "--columns", folder / "columns.toml", "--dates", "day-first")
    code, out, err = run("outcomes", folder / "other.csv", *more)
    assert (code, err) == (0, "") and "mine (worsening)" in out and "first events: 1 in" in out


def test_rules_lists_every_definition_and_shows_one(run: Any, folder: Path) -> None:
    code, out, err = run("rules")
    published, others = out.split("\n\n")
    assert (code, err) == (0, "") and [line.split()[0] for line in published.splitlines()] == list(outcomes.names())
    assert [line.split()[0] for line in others.splitlines()[1:]] == list(reports.JUDGED_IN_PYTHON)
    for name, by in reports.JUDGED_IN_PYTHON.items():
        assert callable(getattr(outcomes, by))
        code, out, err = run("rules", name)
        assert (code, err) == (0, "") and f"source: {getattr(outcomes, name).source}" in out
    assert "worsening.confirmation.days: 168" in run("rules", "NEDA_3")[1]
    assert json.loads(run("rules", "NEDA_4", "--json")[1])["data"]["brain_loss"] == outcomes.NEDA_4.brain_loss
    assert [one["name"] for one in json.loads(run("rules", "--json")[1])["data"]] == list(outcomes.names())
    one = outcomes.named("PIRA_KAPPOS_2020")
    assert run("rules", "PIRA_KAPPOS_2020") == (0, reports.describe_definition(one) + "\n", "")
    shown = json.loads(run("rules", "PIRA_KAPPOS_2020", "--json")[1])["data"]
    assert shown["rules"][0]["reference"]["never_lower"] is True and shown["by"]["free"][0]["start"] == "reference"


def test_multiverse_prints_a_row_a_definition_and_writes_its_page(run: Any, folder: Path) -> None:
    given = ("multiverse", folder / "visits.csv", folder / "relapses.csv", "--faulty", "set-aside")
    code, out, err = run(*given, "--out", folder / "many")
    assert (code, err) == (0, "")
    rows = [line for line in out.splitlines() if line.split(" ")[0] in outcomes.names()]
    assert len(rows) == len(outcomes.names())
    text = (folder / "many" / "report.html").read_text()
    assert all(methods_paragraph(outcomes.named(name)) in plain(text) for name in outcomes.names())
    assert pd.read_csv(folder / "many" / "first_days.csv")["person"].tolist() == ["<i>d</i>", "a", "b", "c"]
    code, out, err = run(*given, "--rule", "CDW_12W", "--rule", "CDW_24W", "--json")
    told = json.loads(out)["data"]
    assert [row["definition"] for row in told["definitions"]] == ["CDW_12W", "CDW_24W"] and len(told["agreement"]) == 1


WRONG: list[tuple[tuple[str, ...], str]] = [
    (("outcomes", "visits.csv"), "visits.csv, row 10, column 'EDSS': "),
    (("outcomes", "visits.csv", "--faulty", "set-aside", "--rule", "CDW_12"), "Did you mean 'CDW_12W'"),
    (("outcomes", "visits.csv", "--rule", "NEDA_3"), "judged in Python, by smoulder.outcomes.neda"),
    (("outcomes", "book.xlsx"), "only .csv and .parquet files are read"),
    (("outcomes", "visits.csv", "--faulty", "ignore"), "Allowed: refuse, set-aside"),
    (("outcomes", "visits.csv", "--faulty", "set-aside", "--outcome", "walk"), "No column of visits.csv 'walk'"),
    (("outcomes", "visits.csv", "--faulty", "set-aside", "--outcome", "sdmt"), "no visit of the cohort holds sdmt"),
    (("outcomes", "visits.csv", "--outcome", "sdmt", "--rule", "COMPOSITE_12W"), "leave the outcome out"),
    (("outcomes", "visits.csv", "--faulty", "set-aside", "--xpt", "S"), "--xpt needs --out"),
    (("outcomes", "visits.csv", "--faulty", "set-aside", "--out", "visits.csv"), "cannot be written"),
    (("outcomes", "gone.csv"), "gone.csv: cannot be read"),
    (("outcomes", "visits.csv", "--rule", "gone.toml"), "gone.toml cannot be read"),
    (("outcomes", "people.csv"), "people.csv"),
    (("outcomes",), "'smoulder outcomes --help'"),
    (("multiverse", "visits.csv", "--rule", "PIRA"), "No definition 'PIRA'"),
    (("multiverse", "visits.csv", "--faulty", "set-aside", "--rule", "CDW_12W", "--rule", "CDW_12W"), "only once"),
    (("multiverse", "nothing.csv"), "no row holds a score"),
    (("outcomes", "faulty.csv", "--faulty", "set-aside"), "no visit of the cohort holds edss, which definition "
     "'CDW_12W' judges (2 rows were set aside)"),
    (("rules", "CDW"), "'smoulder rules' lists all"),
]


@pytest.mark.parametrize(("words", "said"), WRONG, ids=[" ".join(words) for words, _ in WRONG])
def test_bad_input_is_one_line_and_exit_code_2(
    run: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    (folder / "nothing.csv").write_text("id,day,edss\n1,0,\n1,100,\n")
    (folder / "faulty.csv").write_text("id,day,edss\n1,0,two\n1,100,11\n")
    with monkeypatch.context() as patched:
        patched.chdir(folder)
        code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err.startswith("smoulder: ") and err.count("\n") == 1 and said in err


def test_an_outcome_of_another_score_keeps_the_rest_of_the_rule() -> None:
    one = outcomes.named("PIRA_MULLER_2023")
    walk = on(one, "t25fw")
    assert walk.by == one.by and walk.rules[0].confirmation == one.rules[0].confirmation
    assert (walk.rules[0].scale, walk.rules[0].threshold) == (outcomes.T25FW, outcomes.SHARE_20)
    assert on(one, "edss") == one
    with pytest.raises(InputError, match="say whether 'higher' or 'lower'"):
        on(one, "edsss")
