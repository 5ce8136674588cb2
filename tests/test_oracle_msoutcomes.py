"""The stored answers of MSoutcomes, table by table: each event that is not the same has a rule that is not the same.

``tests/oracles/msoutcomes.py`` gives the stored tables row by row, and, with the switches of a table, the events of our
rules; so what separates the two in a person is the smallest set of switches that turns the one into the other.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
from numpy.typing import ArrayLike

import smoulder
from smoulder import outcomes
from smoulder.outcomes import Confirmation, CustomThreshold, Distances, Interval, Reference, WorseningRule, Worsenings

sys.path.insert(0, str(Path(__file__).parent / "oracles"))

from msoutcomes import (
    CALM,
    ENDING,
    GOES_ON,
    LASTING,
    LATER,
    ONSET,
    QUIET,
    STEPS,
    Event,
    Visit,
    pira,
    sequence,
    simple,
)

FOLDER = Path(__file__).parent / "oracles" / "msprog_cases" / "msoutcomes"
COHORT = smoulder.tables.read_cohort(FOLDER / "input_visits.csv")
NONE: frozenset[str] = frozenset()
MOVES = frozenset({ONSET, QUIET, LATER})

ON_WORSENING = Reference(False, True, at_onset=True)
SINCE_REFERENCE = replace(
    outcomes.PIRA_STRICT,
    name="no relapse since the reference",
    raw=(0, 0),
    free=(Interval("reference", 0, "event", 0),),
)
IMPROVEMENT = CustomThreshold(
    "1.5 up to 1.5, 1.0 up to 6.0, 0.5 above",
    "MSoutcomes",
    lambda edss: 1.5 if edss <= 1.5 else 1.0 if edss <= 6 else 0.5,
)


def rule_of(days: int, reference: Reference, *, sustained: int | None = 0, quiet: int = 31) -> WorseningRule:
    """The rule of ours that is nearest: more than 30 days after a relapse, confirmed at any later time."""
    return replace(
        outcomes.CDW_12W,
        threshold=outcomes.EDSS_STEP_TO_5_5,
        reference=reference,
        confirmation=Confirmation(days, 0, None, every_visit=True, sustained=sustained, unconfirmed="never"),
        relapses=Distances((31, 0), (0, 0), (quiet, 0)),
    )


def worsened(days: int, sustained: int | None) -> Worsenings:
    """CDW of ours."""
    return outcomes.multiple(COHORT.records, rule_of(days, ON_WORSENING, sustained=sustained))


def improved() -> Worsenings:
    """CDI of ours, by the steps of MSoutcomes."""
    rule = replace(rule_of(91, Reference(True, False, at_onset=True), quiet=0), threshold=IMPROVEMENT)
    found = outcomes.changes(COHORT.records, rule)
    return found.take(found.kind == -1)


def in_sequence(kind: int) -> Worsenings:
    """CDEseq of ours: either kind of change moves the reference."""
    found = outcomes.changes(COHORT.records, rule_of(91, Reference(True, True, at_onset=True)))
    return found.take(found.kind == kind)


def independent(days: int) -> Worsenings:
    """PIRA of ours."""
    found = outcomes.multiple(COHORT.records, rule_of(days, replace(ON_WORSENING, after_relapse=0)))
    return found.take(outcomes.attribute(found, COHORT.records, SINCE_REFERENCE) == "PIRA")


class Table(NamedTuple):
    """A stored table: the plain implementation by its switches, ours, the switches that are ours, how many events are
    theirs, ours and on the same day, how many people have the same, and what explains the others.
    """

    plain: Callable[[list[Visit], frozenset[str]], list[Event]]
    ours: Callable[[], Worsenings]
    switches: frozenset[str]
    events: tuple[int, int, int]
    same_people: int
    explained: dict[int, set[str]]


SEQUENCE = MOVES | {CALM, STEPS, GOES_ON}
CDW = {36: {QUIET}, 48: {ONSET}, 55: {ONSET, QUIET}, 57: {ONSET}, 59: {QUIET}}
NOT_LASTING = {who: {LASTING} for who in (16, 23, 24, 31, 33, 46)}
TABLES = {
    "CDW_mconf90.75_notsustained": Table(
        lambda v, on: simple(v, 1, 91, sustained=False, ours=on), lambda: worsened(91, 0), MOVES, (53, 46, 46), 55, CDW
    ),
    "CDW_mconf168_notsustained": Table(
        lambda v, on: simple(v, 1, 168, sustained=False, ours=on),
        lambda: worsened(168, 0),
        MOVES,
        (49, 42, 42),
        55,
        CDW,
    ),
    "CDW_mconf90.75_sustained": Table(
        lambda v, on: simple(v, 1, 91, sustained=True, ours=on),
        lambda: worsened(91, None),
        MOVES | {LASTING, ENDING},
        (42, 30, 29),
        49,
        CDW | NOT_LASTING,
    ),
    "CDI_mconf90.75_notsustained": Table(
        lambda v, on: simple(v, -1, 91, sustained=False, ours=on), improved, MOVES, (1, 1, 1), 60, {}
    ),
    "CDEseq_mconf90.75_worsening": Table(
        lambda v, on: sequence(v, 91, on)[0],
        lambda: in_sequence(1),
        SEQUENCE,
        (50, 48, 46),
        55,
        {33: {GOES_ON}, 48: {ONSET}, 55: {GOES_ON, ONSET, QUIET}, 57: {ONSET}, 59: {QUIET}},
    ),
    "CDEseq_mconf90.75_improvement": Table(
        lambda v, on: sequence(v, 91, on)[1],
        lambda: in_sequence(-1),
        SEQUENCE,
        (4, 5, 3),
        57,
        {19: {STEPS}, 36: {QUIET}, 43: {GOES_ON, QUIET}},
    ),
    "PIRA_mconf90.75_notsustained": Table(
        lambda v, on: pira(v, 91, on), lambda: independent(91), MOVES, (26, 24, 24), 58, {55: {ONSET}, 57: {ONSET}}
    ),
    "PIRA_mconf168_notsustained": Table(
        lambda v, on: pira(v, 168, on), lambda: independent(168), MOVES, (22, 20, 20), 58, {55: {ONSET}, 57: {ONSET}}
    ),
}
FIRST_DIFFERS = {"CDW_mconf90.75_sustained": 5, "CDEseq_mconf90.75_improvement": 3}


def people() -> dict[str, list[Visit]]:
    """The visits of each person of the input; days since 1970."""
    rows = pd.read_csv(FOLDER / "input_visits.csv").dropna(subset="EDSS").sort_values(["ID", "dateEDSS"])
    found: dict[str, list[Visit]] = {}
    for who, day, edss, since in zip(rows.ID, days(rows.dateEDSS), rows.EDSS, rows.daysPostRelapse, strict=True):
        found.setdefault(who, []).append(Visit(day, edss, None if pd.isna(since) else int(since)))
    return found


def days(dates: ArrayLike) -> list[int]:
    """Days since 1970."""
    found: list[int] = pd.to_datetime(pd.Series(dates)).to_numpy().astype("datetime64[D]").astype(int).tolist()
    return found


def stored(name: str) -> dict[str, list[Event]]:
    """The events of a stored table by person."""
    table = pd.read_csv(FOLDER / f"{name}.csv")
    lasted = table[next(column for column in table if column.startswith("sust"))]
    found: dict[str, list[Event]] = {who: [] for who in PEOPLE}
    for who, *event in zip(table.ID, days(table["base.date"]), days(table.dateEDSS), lasted, strict=True):
        found[who].append(Event(*map(int, event)))
    return found


def moments(events: list[Event]) -> list[tuple[int, int]]:
    """Days of reference and event."""
    return [event[:2] for event in events]


def found_by(table: Table) -> dict[str, list[tuple[int, int]]]:
    """Days of reference and event of our events by person."""
    events = table.ours()
    found: dict[str, list[tuple[int, int]]] = {who: [] for who in PEOPLE}
    columns = (days(COHORT.when(moment)) for moment in (events.reference_day, events.day))
    for who, *pair in zip(COHORT.names(events.person), *columns, strict=True):
        found[str(who)].append((pair[0], pair[1]))
    return found


PEOPLE = people()


@pytest.mark.parametrize("name", TABLES)
def test_oracle_the_plain_implementation_gives_every_stored_row(name: str) -> None:
    expected = stored(name)
    assert {who: TABLES[name].plain(visits, NONE) for who, visits in PEOPLE.items()} == expected
    assert sum(map(len, expected.values())) == len(pd.read_csv(FOLDER / f"{name}.csv"))


@pytest.mark.parametrize("name", TABLES)
def test_oracle_with_all_switches_it_gives_every_event_of_ours(name: str) -> None:
    table = TABLES[name]
    assert {who: moments(table.plain(visits, table.switches)) for who, visits in PEOPLE.items()} == found_by(table)


def separating(table: Table, who: str, ours: list[int]) -> set[str]:
    """The smallest set of switches that turns the days of their events into those of ours."""
    named = sorted(table.switches)
    for size in range(len(named) + 1):
        for some in combinations(named, size):
            if [event.day for event in table.plain(PEOPLE[who], frozenset(some))] == ours:
                return set(some)
    raise AssertionError(f"nothing explains {who}")


@pytest.mark.parametrize("name", TABLES)
def test_oracle_events_are_those_of_msoutcomes_but_for_the_people_whose_rule_differs(name: str) -> None:
    table = TABLES[name]
    ours = {who: [day for _, day in some] for who, some in found_by(table).items()}
    theirs = {who: [event.day for event in some] for who, some in stored(name).items()}
    explained = {int(who[1:]): separating(table, who, ours[who]) for who in PEOPLE}
    explained = {who: switches for who, switches in explained.items() if switches}
    assert explained == table.explained
    assert len(PEOPLE) - len(explained) == table.same_people
    same = [set(ours[who]) & set(theirs[who]) for who in PEOPLE]
    assert tuple(sum(map(len, some)) for some in (theirs.values(), ours.values(), same)) == table.events
    assert sum(ours[who][:1] != theirs[who][:1] for who in PEOPLE) == FIRST_DIFFERS.get(name, 0)


def test_the_page_has_the_figures_and_names_every_difference() -> None:
    page = (Path(__file__).parents[1] / "docs" / "how-to" / "define-an-outcome.md").read_text()
    for name, table in TABLES.items():
        theirs, ours, same = table.events
        assert f"| {name} | {theirs} | {ours} | {same} | {60 - FIRST_DIFFERS.get(name, 0)} of 60 |" in page
    for switch in (ONSET, QUIET, LATER, LASTING, ENDING, CALM, STEPS, GOES_ON):
        assert switch in page.replace("\n", " ")
