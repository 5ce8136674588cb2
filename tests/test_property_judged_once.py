"""One run judges once: a follow-up a scale, a search a question, and the results of judging each definition alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from outcomes_cases import cohort
from smoulder import cli, judging, outcomes, tables
from smoulder.outcomes import Definition, Scale, disability_change
from smoulder.outcomes.search import follow_ups

VISITS = """id,day,EDSS,t25fw
a,0,2.0,5.0
a,150,3.0,5.1
a,400,3.0,7.0
a,800,4.0,7.1
a,1100,4.5,7.2
b,0,3.0,
b,400,4.0,
b,600,4.0,
"""
RELAPSES = "id,day\na,140\n"


class Counts:
    """How many follow-ups were built, and every search: its scale, threshold and so on, what was asked, by what."""

    def __init__(self) -> None:
        self.follow_ups = 0
        self.searches: list[tuple[Any, ...]] = []


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counts:
    """Counters around the one place that every follow-up, and the one that every search, goes through."""
    counted, distances, walked = Counts(), follow_ups.distances, disability_change.walked

    def build(*arguments: Any) -> Any:
        counted.follow_ups += 1
        return distances(*arguments)

    def search(seen: Any, rule: Any, asked: Any, by: Any = None, withdrawn: Any = None) -> Any:
        counted.searches.append((rule, asked, by))
        return walked(seen, rule, asked, by, withdrawn)

    monkeypatch.setattr(follow_ups, "distances", build)
    monkeypatch.setattr(disability_change, "walked", search)
    return counted


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "visits.csv").write_text(VISITS)
    (tmp_path / "relapses.csv").write_text(RELAPSES)
    return tmp_path


def run(*arguments: object) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main([str(argument) for argument in arguments])
    assert not end.value.code


def scales(definitions: list[Definition]) -> set[Scale]:
    return {rule.scale for definition in definitions for rule in definition.rules}


def repeated(counts: Counts) -> list[tuple[Any, ...]]:
    return [search for place, search in enumerate(counts.searches) if search in counts.searches[:place]]


PUBLISHED = [outcomes.named(name) for name in outcomes.names()]
COMMANDS: dict[str, Callable[[Path], list[object]]] = {
    "outcomes": lambda folder: ["outcomes", "--rule", "PIRA_MULLER_2023", "--out", folder / "out"],
    "multiverse": lambda folder: ["multiverse", "--out", folder / "out"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_run_builds_one_follow_up_a_scale_and_never_searches_for_the_same_twice(
    command: str, folder: Path, counts: Counts
) -> None:
    name, *options = COMMANDS[command](folder)
    run(name, folder / "visits.csv", folder / "relapses.csv", *options)
    assert counts.follow_ups == len(scales(PUBLISHED)) == 4
    assert repeated(counts) == []
    assert len(counts.searches) <= 2 * sum(len(definition.rules) for definition in PUBLISHED)


def test_a_run_without_a_folder_judges_the_definition_alone(folder: Path, counts: Counts) -> None:
    run("outcomes", folder / "visits.csv", folder / "relapses.csv", "--rule", "CDW_12W", "--json")
    assert counts.follow_ups == 1
    assert len(counts.searches) == 1  # the first worsening is also what is labelled


def test_the_counters_see_what_is_judged_again(counts: Counts) -> None:
    records = cohort({1: [(1000, 2), (1100, 3), (1300, 3)]})
    for _ in range(2):
        outcomes.judged(records, outcomes.named("CDW_12W"))
    assert counts.follow_ups == 2 and len(repeated(counts)) == 1


def test_what_was_judged_together_is_what_each_definition_gives_alone(folder: Path) -> None:
    clinic = tables.read_cohort(folder / "visits.csv", folder / "relapses.csv")
    together = judging.judge(clinic, outcomes.named("CDW_12W"))
    many = together.multiverse()
    for definition in PUBLISHED:
        alone = outcomes.judged(clinic.records, definition)
        shared = together.judgement.first_events(definition)
        assert np.array_equal(alone.day, shared.day) and np.array_equal(alone.confirmed_day, shared.confirmed_day)
        labels = outcomes.labelled(clinic.records, definition).labels
        assert labels.tolist() == together.judgement.labelled(definition).labels.tolist()
        row = outcomes.multiverse(clinic.records, [definition]).definitions
        kept = many.definitions[many.definitions["definition"] == definition.name].reset_index(drop=True)
        assert row.to_json() == kept.astype(row.dtypes).to_json()


def test_rules_that_hold_a_list_are_judged_and_kept_too() -> None:
    records = cohort({1: [(1000, 2), (1100, 3), (1300, 3)]})
    usual = outcomes.named("PIRA_MULLER_2023")
    assert usual.by is not None
    by = outcomes.AttributionRule("listed", "test", usual.by.raw, list(usual.by.free))  # type: ignore[arg-type]
    listed = Definition("listed", "test", "PIRA", list(usual.rules), by)  # type: ignore[arg-type]
    judgement = outcomes.Judgement(records)
    assert judgement.first_events(listed).day.tolist() == outcomes.judged(records, usual).day.tolist() == [1100]
    assert judgement.first_events(listed) is judgement.first_events(listed)
