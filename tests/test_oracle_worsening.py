"""Worsening and its attribution against a second, plain implementation on random follow-ups, and against the stored
answers of msprog: 52 cases and 60 random sets of options.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings

from outcomes_cases import cohorts
from smoulder import outcomes
from smoulder.outcomes import AttributionRule, WorseningRule, Worsenings
from smoulder.records import Records

sys.path.insert(0, str(Path(__file__).parent / "oracles"))

import msprog as oracle

from worsening_cases import attributions, followed, plain_events, plain_label, rules


def rows(events: Worsenings) -> list[tuple[int, ...]]:
    """Person and the four days of each event that was seen."""
    seen = events.take(events.seen)
    columns = (seen.person, seen.reference_day, seen.day, seen.confirmed_day, seen.held_day)
    return [tuple(map(int, row)) for row in zip(*columns, strict=True)]


@settings(max_examples=400)
@given(cohorts(), rules(), attributions)
def test_oracle_every_event_and_label_is_that_of_the_plain_implementation(
    records: Records, rule: WorseningRule, by: AttributionRule
) -> None:
    ours, first = outcomes.multiple(records, rule), outcomes.worsening(records, rule)
    labels, expected, theirs, firsts = outcomes.attribute(ours, records, by), [], [], []
    for person in records.people.person.tolist():
        seen = followed(records, person)
        events = plain_events(*seen, rule, step=rule.reference.at_onset)
        theirs += [(person, *event) for event in events]
        firsts += [(person, *event) for event in events[:1]]
        expected += [plain_label(event, *seen, rule, by) for event in events]
    assert rows(ours) == theirs
    assert rows(first) == firsts
    assert labels.tolist() == expected


@settings(max_examples=200)
@given(cohorts(), rules(), attributions)
def test_oracle_first_pira_and_first_raw_are_those_of_the_plain_implementation(
    records: Records, rule: WorseningRule, by: AttributionRule
) -> None:
    for label in ("PIRA", "RAW", "undefined"):
        theirs = []
        for person in records.people.person.tolist():
            seen = followed(records, person)
            events = plain_events(*seen, rule, step=True)
            theirs += [(person, *e) for e in events if plain_label(e, *seen, rule, by) == label][:1]
        assert rows(outcomes.first_attributed(records, rule, by, label)) == theirs


CASES, FUZZ = 52, 60
VERDICTS = {verdict.name: verdict for verdict in oracle.judged(oracle.DEFAULT)}


def test_every_stored_case_of_msprog_is_there() -> None:
    assert sum(not name.startswith("f0") for name in VERDICTS) == CASES
    assert sum(name.startswith("f0") for name in VERDICTS) == FUZZ


@pytest.mark.parametrize("name", VERDICTS)
def test_oracle_msprog_finds_the_same_events_days_values_and_labels(name: str) -> None:
    assert VERDICTS[name].difference == ""
    assert VERDICTS[name].rows > 0


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("event_type", "CDI"),
        ("date", 271.0),
        ("bl_value", 1.0),
        ("sust_last", "False"),
        ("conf84_date", ""),
        ("nevent", 2),
    ],
)
def test_a_planted_disagreement_is_found(
    tmp_path: Path, column: str, value: object, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "11_edge_default_firstCDW"
    shutil.copytree(oracle.DEFAULT / "inputs", tmp_path / "inputs")
    shutil.copytree(oracle.DEFAULT / name, tmp_path / name)
    pd.DataFrame({"id": [name], "authoritative": ["both"]}).to_csv(tmp_path / "index.csv", index=False)
    assert oracle.main(tmp_path) == 0
    stored = pd.read_csv(tmp_path / name / "expected_results.csv", dtype=object)
    stored.loc[0, column] = value
    stored.to_csv(tmp_path / name / "expected_results.csv", index=False)
    assert oracle.main(tmp_path) == 1
    assert "DIFFERS" in capsys.readouterr().out


def test_a_folder_without_a_case_or_with_one_that_is_refused_is_no_agreement(tmp_path: Path) -> None:
    assert oracle.main(tmp_path) == 2
    name = "11_edge_default_firstCDW"
    shutil.copytree(oracle.DEFAULT / "inputs", tmp_path / "inputs")
    shutil.copytree(oracle.DEFAULT / name, tmp_path / name)
    pd.DataFrame({"id": [name, "99_none"], "authoritative": ["both", "r"]}).to_csv(tmp_path / "index.csv", index=False)
    case = json.loads((tmp_path / name / "case.json").read_text())
    case["options"]["conf_day"] = 84
    (tmp_path / name / "case.json").write_text(json.dumps(case))
    assert [verdict.difference for verdict in oracle.judged(tmp_path)] == [
        "not judged: No option of MSprog 'conf_day'. Did you mean 'conf_days'? Allowed: "
        + ", ".join(
            sorted(
                (
                    "RAW_PIRA",
                    "baseline",
                    "bl_geq",
                    "check_intermediate",
                    "conf_days",
                    "conf_tol_days",
                    "date_col",
                    "date_format",
                    "delta_fun",
                    "event",
                    "impute_last_visit",
                    "include_dates",
                )
            )
        )
        + ".",
        "case.json is missing",
    ]
