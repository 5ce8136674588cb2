"""Improvement, several windows, barred visits, the ways of a reference, levels and trajectories, against follow-ups
written out and judged by hand.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from outcomes_cases import cohort
from smoulder import outcomes
from smoulder.errors import InputError, UnknownName
from smoulder.outcomes import (
    CDW_12W,
    EDSS,
    EDSS_STEP_TO_5_0,
    PIRA_MULLER_2023,
    Confirmation,
    Distances,
    Interval,
    LevelRule,
    Reference,
    Scale,
    TrajectoryRule,
    Window,
    WorseningRule,
)
from worsening_cases import FIXED, ROVING

NEVER = -1
NEAR = Distances((0, 0), (0, 0), (0, 0))


def varied(reference: Reference = FIXED, relapses: Distances = NEAR, **confirmation: Any) -> WorseningRule:
    """CDW at 12 weeks with another reference, distances or confirmation."""
    changed = replace(CDW_12W.confirmation, **confirmation)
    return replace(CDW_12W, reference=reference, relapses=relapses, confirmation=changed)


@pytest.mark.parametrize(
    ("visits", "day"),
    [
        pytest.param([(1000, 3), (1100, 2), (1200, 2)], 1100, id="confirmed"),
        pytest.param([(1000, 3), (1100, 2), (1200, 2.5)], NEVER, id="not kept"),
        pytest.param([(1000, 3), (1100, 2), (1176, 2)], NEVER, id="too early"),
        pytest.param([(1000, 6), (1100, 5.5), (1200, 5.5)], 1100, id="half a point from 6"),
        pytest.param([(1000, 3), (1100, 2)], NEVER, id="at the last visit"),
        pytest.param([(1000, 2), (1100, 3), (1200, 3), (1300, 2), (1400, 2)], NEVER, id="back to a fixed reference"),
    ],
)
def test_truth_table_of_improvement(visits: list[tuple[int, float]], day: int) -> None:
    records = cohort({1: visits})
    found = outcomes.improvement(records, CDW_12W)
    assert found.day.tolist() == [day]
    always = replace(CDW_12W, confirmation=replace(CDW_12W.confirmation, unconfirmed="always"))
    assert outcomes.improvement(records, always).day.tolist() == [day]
    assert outcomes.improvement(records, always).rule is always


def test_improvement_is_found_from_a_reference_that_worsening_moved() -> None:
    records = cohort({1: [(1000, 2), (1100, 3), (1200, 3), (1300, 2), (1400, 2)]})
    found = outcomes.improvement(records, varied(ROVING))
    assert (found.day[0], found.reference_day[0], found.confirmed_day[0]) == (1300, 1200, 1400)


def test_changes_come_in_order_with_their_kind() -> None:
    records = cohort({1: [(1000, 2), (1100, 3), (1200, 3), (1300, 2), (1400, 2)], 2: [], 3: [(1000, 3), (1100, 2)]})
    found = outcomes.changes(records, varied(ROVING))
    assert found.person.tolist() == [1, 1]
    assert found.day.tolist() == [1100, 1300]
    assert found.kind.tolist() == [1, -1]
    assert found.take(found.kind == 1).day.tolist() == [1100]


@pytest.mark.parametrize(
    ("late", "also", "day", "confirmed"),
    [
        pytest.param(0, (), NEVER, NEVER, id="nothing in the only window"),
        pytest.param(0, (Window(168, 7, 30),), 1100, 1290, id="the second window"),
        pytest.param(16, (Window(168, 7, 30),), 1100, 1200, id="the first window comes first"),
        pytest.param(0, (Window(250, 0, 0), Window(168, 0, 22)), 1100, 1290, id="the third"),
        pytest.param(0, (Window(168, 0, 21),), NEVER, NEVER, id="a day too late for either"),
    ],
)
def test_a_change_is_confirmed_in_the_first_window_that_has_a_visit(
    late: int, also: tuple[Window, ...], day: int, confirmed: int
) -> None:
    records = cohort({1: [(1000, 2), (1100, 3), (1200, 3), (1290, 3)]})
    found = outcomes.worsening(records, varied(late=late, also=also))
    assert (found.day[0], found.confirmed_day[0]) == (day, confirmed)


def test_without_visits_between_only_the_confirming_one_and_the_end_are_asked() -> None:
    records = cohort({1: [(1000, 2), (1100, 3), (1150, 2), (1200, 3), (1300, 2), (1400, 3)]})
    days = {
        sustained: int(outcomes.worsening(records, varied(every_visit=False, sustained=sustained)).day[0])
        for sustained in (0, 200, 201, 300, 301, None)
    }
    # the first visit 200 days after day 1100 is low; the next, which is also the last, is not
    assert days == {0: 1100, 200: NEVER, 201: 1100, 300: 1100, 301: 1100, None: 1100}


def test_a_barred_visit_confirms_nothing_but_still_refutes() -> None:
    visits = [(1000, 2), (1100, 3), (1200, 3), (1300, 3)]
    found = [
        outcomes.worsening(cohort({1: visits}), CDW_12W, confirms=[True, True, barred, True]).confirmed_day[0]
        for barred in (True, False)
    ]
    assert found == [1200, 1300]
    low = cohort({1: [(1000, 2), (1100, 3), (1200, 2), (1300, 3), (1400, 3)]})
    assert outcomes.worsening(low, CDW_12W, confirms=[True, True, False, True, True]).day[0] == 1300
    events = outcomes.worsening(cohort({1: visits}, {1: [1315]}), varied(), confirms=[True, True, False, True])
    labels = [
        outcomes.attribute(events, cohort({1: visits}, {1: [1315]}), PIRA_MULLER_2023, confirms=barred)[0]
        for barred in (None, [True, True, False, True])
    ]
    assert labels == ["PIRA", "undefined"]  # the visit of day 1200 is far enough from the relapse of day 1315
    with pytest.raises(InputError, match="one truth value a row"):
        outcomes.worsening(cohort({1: visits}), CDW_12W, confirms=[True])


@pytest.mark.parametrize(
    ("visits", "within", "day"),
    [
        pytest.param([(1000, 2), (1100, 3)], None, 1100, id="the last visit"),
        pytest.param([(1000, 2), (1100, 3), (1150, 3)], None, 1150, id="the last of two, though it began before"),
        pytest.param([(1000, 2), (1100, 3)], 100, 1100, id="within 100 days"),
        pytest.param([(1000, 2), (1101, 3)], 100, NEVER, id="101 days after the first visit"),
        pytest.param([(1000, 2), (1100, 3), (1150, 2)], None, NEVER, id="not there at the last"),
    ],
)
def test_worsening_first_seen_at_the_last_visit_counts_by_rule(
    visits: list[tuple[int, float]], within: int | None, day: int
) -> None:
    found = outcomes.worsening(cohort({1: visits}), varied(unconfirmed="last visit", within=within))
    assert (found.day[0], found.confirmed_day[0]) == (day, NEVER)


HALF = [(1000, 2), (1100, 2.5), (1200, 2.5), (1300, 3), (1400, 3), (1500, 3.5), (1600, 3.5)]
DROP = [(1000, 3), (1100, 2.5), (1200, 2.5), (1300, 3.5), (1400, 3.5)]


@pytest.mark.parametrize(
    ("visits", "below", "days"),
    [
        pytest.param(HALF, "none", [1300], id="a point after two half ones"),
        pytest.param(HALF, "worsening", [], id="each half point moves the reference"),
        pytest.param(HALF, "improvement", [1300], id="only improvement does"),
        pytest.param(DROP, "improvement", [1300], id="a half point less moves it"),
        pytest.param(DROP, "both", [1300], id="as any change"),
        pytest.param(DROP, "none", [], id="half a point above the first"),
    ],
)
def test_truth_table_of_changes_below_the_threshold(
    visits: list[tuple[int, float]], below: Any, days: list[int]
) -> None:
    rule = varied(replace(ROVING, below_threshold=below))
    assert outcomes.multiple(cohort({1: visits}), rule).day.tolist() == days
    with pytest.raises(UnknownName, match="Did you mean 'improvement'"):
        outcomes.worsening(cohort({1: visits}), varied(replace(ROVING, below_threshold="improvment")))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("scores", "skips", "reference"),
    [
        pytest.param([2, 4, 3, 4, 4], "none", 1000, id="the first visit has no two neighbours"),
        pytest.param([4, 3.5, 4, 3, 3], "all", 1000, id="half a point is an extremum of all"),
    ],
)
def test_the_first_visit_is_never_an_extremum(scores: list[float], skips: Any, reference: int) -> None:
    visits = [(1000 + 100 * k, score) for k, score in enumerate(scores)]
    found = outcomes.changes(cohort({1: visits}), varied(replace(FIXED, skips=skips)))
    assert set(found.reference_day.tolist()) <= {reference}


@pytest.mark.parametrize(
    ("low", "before", "skips", "reference"),
    [
        pytest.param(2.5, 4, "none", 1200, id="taken"),
        pytest.param(2.5, 4, "strict", 1300, id="a point below both neighbours"),
        pytest.param(2.5, 2.5, "strict", 1200, id="as two visits before: it goes up and down"),
        pytest.param(3, 4, "strict", 1200, id="half a point is not strict"),
        pytest.param(3, 4, "all", 1300, id="but an extremum"),
    ],
)
def test_truth_table_of_extrema(low: float, before: float, skips: Any, reference: int) -> None:
    # a relapse on day 950 bars the first two visits, so that the reference starts at the low visit of day 1200
    visits = [(1000, before), (1100, 3.5), (1200, low), (1300, 3.5), (1400, 5), (1500, 5)]
    rule = varied(replace(FIXED, skips=skips), Distances((200, 0), (0, 0), (0, 0)))
    found = outcomes.worsening(cohort({1: visits}, {1: [950]}), rule)
    assert found.reference_day[0] == reference
    with pytest.raises(UnknownName, match="kind of extremum"):
        outcomes.worsening(cohort({1: visits}), varied(replace(FIXED, skips="some")))  # type: ignore[arg-type]


LEFT = [(1000, 2), (1150, 3), (1300, 3), (1400, 4), (1500, 4)]


@pytest.mark.parametrize(
    ("visits", "after", "never_lower", "references", "days"),
    [
        pytest.param(LEFT, None, False, [1000, 1000], [1150, 1400], id="against the first visit"),
        pytest.param(LEFT, 0, False, [1150], [1400], id="afresh at the first visit after the relapse"),
        pytest.param(LEFT, 60, False, [1000, 1150], [1150, 1400], id="what came within 60 days still counts"),
        pytest.param([(1000, 3), (1150, 2), (1300, 2), (1400, 3), (1500, 3)], 0, False, [1150], [1400], id="lower"),
        pytest.param([(1000, 3), (1150, 2), (1300, 2), (1400, 3), (1500, 3)], 0, True, [], [], id="never lower"),
    ],
)
def test_truth_table_of_references_afresh_after_a_relapse(
    visits: list[tuple[int, float]], after: int | None, never_lower: bool, references: list[int], days: list[int]
) -> None:
    rule = varied(Reference(False, False, False, after_relapse=after, never_lower=never_lower))
    found = outcomes.multiple(cohort({1: visits}, {1: [1100]}), rule)
    assert found.reference_day.tolist() == references
    assert found.day.tolist() == days


@pytest.mark.parametrize(
    ("start", "relapse", "label"),
    [("last", 1150, "undefined"), ("last", 1099, "PIRA"), ("clear", 1099, "PIRA"), ("clear", 1060, "PIRA")],
)
def test_intervals_can_start_at_the_last_visit_or_the_last_clear_one(start: Any, relapse: int, label: str) -> None:
    # the event is on day 1200; the last visit before it on day 1100, from which it is half a point; clear is day 1000
    visits = [(1000, 2), (1100, 2.5), (1200, 3), (1300, 3)]
    by = replace(PIRA_MULLER_2023, raw=(0, 0), free=(Interval(start, 0, "event", 0),))
    records = cohort({1: visits}, {1: [relapse]})
    found = outcomes.attribute(outcomes.worsening(records, varied()), records, by)[0]
    assert found == ("undefined" if start == "clear" else label)


LEVEL = LevelRule("level", "us", EDSS, CDW_12W.confirmation, CDW_12W.relapses)


@pytest.mark.parametrize(
    ("visits", "relapses", "changed", "day"),
    [
        pytest.param([(1000, 4), (1100, 6), (1200, 6)], [], {}, 1100, id="confirmed"),
        pytest.param([(1000, 6), (1100, 7)], [], {}, 1000, id="from the first visit on"),
        pytest.param([(1000, 6), (1100, 5.5), (1200, 6), (1300, 6)], [], {}, 1200, id="not at first"),
        pytest.param([(1000, 6), (1100, 6), (1200, 5)], [], {}, 1000, id="left later"),
        pytest.param([(1000, 6), (1100, 6), (1200, 5)], [], {"sustained": None}, NEVER, id="not to the end"),
        pytest.param([(1000, 6), (1100, 6), (1200, 5)], [], {"sustained": 200}, 1000, id="for 200 days"),
        pytest.param([(1000, 4), (1100, 6)], [], {}, NEVER, id="at the last visit"),
        pytest.param([(1000, 4), (1100, 6)], [], {"unconfirmed": "last visit"}, 1100, id="which can count"),
        pytest.param([(1000, 4), (1100, 6), (1200, 6)], [1190], {}, NEVER, id="a relapse before the confirmation"),
        pytest.param([], [], {}, NEVER, id="no visit"),
    ],
)
def test_truth_table_of_levels(
    visits: list[tuple[int, float]], relapses: list[int], changed: dict[str, Any], day: int
) -> None:
    rule = replace(LEVEL, confirmation=replace(LEVEL.confirmation, **changed))
    assert outcomes.reaching(cohort({1: visits}, {1: relapses}), 6, rule).day.tolist() == [day]


def test_a_level_can_lie_below_and_counts_no_withdrawal() -> None:
    records = cohort({1: [(1000, 4), (1100, 4), (1200, 4)]})
    lower = replace(LEVEL, scale=Scale("visits", "edss", higher_is_worse=False))
    assert outcomes.reaching(records, 40, lower, score=[50, 39, 40]).day.tolist() == [1100]
    assert outcomes.reaching(records, 38, lower, score=[50, 39, 40]).day.tolist() == [NEVER]
    with pytest.raises(InputError, match="only the last visit"):
        outcomes.reaching(records, 6, replace(LEVEL, confirmation=replace(LEVEL.confirmation, unconfirmed="always")))


SPLIT = TrajectoryRule(
    "split",
    "us",
    EDSS,
    EDSS_STEP_TO_5_0,
    Confirmation(84, 7, None, every_visit=True, sustained=180, unconfirmed="never"),
    Distances((30, 0), (0, 0), (30, 0)),
    raw=(90, 0),
)


@pytest.mark.parametrize(
    ("scores", "sustained", "transient", "independent"),
    [
        pytest.param([2, 4, 4, 4, 5], [0, 2, 2, 2, 2], [0, 0, 0, 0, 0], [0, 0, 0, 0, 1], id="two points stay"),
        pytest.param([2, 4, 3, 3, 3], [0, 1, 1, 1, 1], [0, 1, 0, 0, 0], [0, 0, 0, 0, 0], id="one of two stays"),
        pytest.param([2, 4, 2, 2, 3], [0, 0, 0, 0, 0], [0, 2, 0, 0, 0], [0, 0, 0, 0, 1], id="gone at the next visit"),
        pytest.param([2, 2.5, 2.5, 2.5, 3], [0] * 5, [0] * 5, [0, 0.5, 0.5, 0.5, 1], id="less than the threshold"),
    ],
)
def test_truth_table_of_trajectories(
    scores: list[float], sustained: list[float], transient: list[float], independent: list[float]
) -> None:
    visits = [(1000 + 100 * k, score) for k, score in enumerate(scores)]
    found = outcomes.trajectories(cohort({1: visits, 2: []}, {1: [1090]}), SPLIT)
    assert found.person.tolist() == [1] * 5
    assert found.sustained.tolist() == sustained
    assert found.transient.tolist() == transient
    assert found.independent.tolist() == independent
    assert found.start.tolist() == [2] * 5


def test_trajectories_start_far_enough_from_relapses_and_turn_with_the_scale() -> None:
    near = cohort({1: [(1000, 3), (1050, 2), (1150, 2)], 2: [(1000, 3)]}, {1: [990], 2: [990]})
    found = outcomes.trajectories(near, SPLIT)
    assert found.day.tolist() == [1050, 1150]
    lower = replace(SPLIT, scale=Scale("visits", "edss", higher_is_worse=False), threshold=outcomes.SHARE_20_OR_4)
    records = cohort({1: [(1000 + 100 * k, 3) for k in range(4)]}, {1: [1090]})
    split = outcomes.trajectories(records, lower, score=[50, 40, 42, 42])
    assert split.sustained.tolist() == [0, -8, -8, -8]
    assert split.transient.tolist() == [0, -2, 0, 0]
    assert np.allclose(split.independent, 0)
