"""Confirmed worsening and its attribution against follow-ups written out and judged by hand."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

import smoulder
from outcomes_cases import cohort
from smoulder import outcomes
from smoulder.errors import InputError, UnknownName
from smoulder.outcomes import (
    CDW_12W,
    CDW_24W,
    EDSS_ONE_POINT_TO_5_5,
    EDSS_STEP_TO_5_0,
    EDSS_STEP_TO_5_5,
    PIRA_KAPPOS_2020,
    PIRA_MULLER_2023,
    PIRA_STRICT,
    SHARE_20,
    SHARE_20_OR_4,
    Distances,
    Interval,
    Scale,
    ShareThreshold,
    StepThreshold,
    WorseningRule,
)
from worsening_cases import ROVING

NEVER = -1
ROVING_12W = replace(CDW_12W, reference=ROVING)
ALWAYS = replace(CDW_12W, confirmation=replace(CDW_12W.confirmation, unconfirmed="always"))
WITHDRAWN = replace(CDW_12W, confirmation=replace(CDW_12W.confirmation, unconfirmed="withdrawn"))


@pytest.mark.parametrize(
    ("rule", "reference", "step"),
    [
        *[(EDSS_STEP_TO_5_0, e, s) for e, s in [(0, 1.5), (1, 1), (5, 1), (5.5, 0.5), (6, 0.5), (9.5, 0.5)]],
        *[(EDSS_STEP_TO_5_5, e, s) for e, s in [(0, 1.5), (5, 1), (5.5, 1), (6, 0.5)]],
        *[(EDSS_ONE_POINT_TO_5_5, e, s) for e, s in [(0, 1), (5.5, 1), (6, 0.5)]],
        (SHARE_20, 10, 2),
        (SHARE_20_OR_4, 10, 2),
        (SHARE_20_OR_4, 50, 4),
    ],
)
def test_what_counts_as_a_change_from_each_reference(
    rule: StepThreshold | ShareThreshold, reference: float, step: float
) -> None:
    assert outcomes.threshold(reference, rule) == step


@pytest.mark.parametrize(
    ("visits", "weeks_12", "weeks_24"),
    [
        pytest.param([(1000, 0), (1100, 1), (1300, 1)], NEVER, NEVER, id="one point from 0"),
        pytest.param([(1000, 0), (1100, 1.5), (1300, 1.5)], 1100, 1100, id="one and a half from 0"),
        pytest.param([(1000, 5), (1100, 5.5), (1300, 5.5)], NEVER, NEVER, id="half a point from 5"),
        pytest.param([(1000, 5.5), (1100, 6), (1300, 6)], 1100, 1100, id="half a point from 5.5"),
        pytest.param([(1000, 2), (1100, 3), (1177, 3)], 1100, NEVER, id="confirmed on day 77, the tolerance included"),
        pytest.param([(1000, 2), (1100, 3), (1176, 3)], NEVER, NEVER, id="day 76 is too early"),
        pytest.param([(1000, 2), (1100, 3), (1261, 3)], 1100, 1100, id="day 161"),
        pytest.param([(1000, 2), (1100, 3), (1260, 3)], 1100, NEVER, id="day 160"),
        pytest.param([(1000, 2), (1100, 3), (4000, 3)], 1100, 1100, id="confirmed years later"),
        pytest.param([(1000, 2), (1100, 3), (1150, 2.5), (1300, 3)], NEVER, NEVER, id="a visit between fell back"),
        pytest.param([(1000, 2), (1100, 3), (1300, 2.5)], NEVER, NEVER, id="not there at the confirming visit"),
        pytest.param([(1000, 2), (1100, 4), (1300, 3)], 1100, 1100, id="lower, but a point above the reference"),
        pytest.param([(1000, 2), (1100, 3), (1200, 3), (1300, 2)], 1100, NEVER, id="undone after 12 weeks"),
        pytest.param([(1000, 2), (1100, 3)], NEVER, NEVER, id="at the last visit"),
        pytest.param([(1000, 3), (1100, 2), (1300, 2), (1400, 3), (1600, 3)], NEVER, NEVER, id="back to a fixed one"),
        pytest.param([(1000, np.nan), (1050, 2), (1100, np.nan), (1150, 3), (1400, 3)], 1150, 1150, id="unrated"),
        pytest.param([(1000, 2)], NEVER, NEVER, id="one visit"),
        pytest.param([], NEVER, NEVER, id="no visit"),
    ],
)
def test_truth_table_of_confirmed_worsening(visits: list[tuple[int, float]], weeks_12: int, weeks_24: int) -> None:
    records = cohort({1: visits})
    found = [int(outcomes.worsening(records, rule).day[0]) for rule in (CDW_12W, CDW_24W)]
    assert found == [weeks_12, weeks_24]


@pytest.mark.parametrize(
    ("threshold", "visits", "day"),
    [
        (EDSS_STEP_TO_5_5, [(1000, 5.5), (1100, 6), (1300, 6)], NEVER),
        (EDSS_STEP_TO_5_5, [(1000, 5.5), (1100, 6.5), (1300, 6.5)], 1100),
        (EDSS_ONE_POINT_TO_5_5, [(1000, 0), (1100, 1), (1300, 1)], 1100),
    ],
)
def test_the_named_thresholds_differ_at_0_and_at_5_5(
    threshold: StepThreshold, visits: list[tuple[int, float]], day: int
) -> None:
    assert outcomes.worsening(cohort({1: visits}), replace(CDW_12W, threshold=threshold)).day[0] == day


@pytest.mark.parametrize(("late", "day"), [(15, NEVER), (16, 1100), (None, 1100)])
def test_a_confirming_visit_may_come_up_to_the_last_day_of_the_window(late: int | None, day: int) -> None:
    rule = replace(CDW_12W, confirmation=replace(CDW_12W.confirmation, late=late))
    assert outcomes.worsening(cohort({1: [(1000, 2), (1100, 3), (1200, 3)]}), rule).day[0] == day


def test_a_worsening_knows_its_reference_its_confirmation_and_how_long_it_was_held() -> None:
    visits = [(1000, 2), (1100, 3), (1150, 3), (1200, 3), (1300, 3), (1400, 2)]
    found = outcomes.worsening(cohort({7: visits, 8: []}), CDW_12W)
    assert found.person.tolist() == [7, 8]
    assert found.seen.tolist() == [True, False]
    days = [found.reference_day, found.day, found.confirmed_day, found.held_day]
    assert [column.tolist() for column in days] == [[1000, -1], [1100, -1], [1200, -1], [1300, -1]]
    assert found.censor_day.tolist() == [9000, 1000]
    assert found.rule is CDW_12W


STAIRS = [(1000, 2), (1100, 3), (1200, 3), (1300, 4), (1400, 4)]
DIP = [(1000, 3), (1100, 2), (1200, 2), (1300, 3), (1400, 3)]


@pytest.mark.parametrize(
    ("visits", "improvement", "worsening", "at_onset", "references", "onsets"),
    [
        pytest.param(STAIRS, False, False, False, [1000, 1000], [1100, 1300], id="fixed counts the loss again"),
        pytest.param(STAIRS, False, False, True, [1000] * 3, [1100, 1200, 1300], id="fixed, on from the onset"),
        pytest.param(STAIRS, True, True, False, [1000, 1200], [1100, 1300], id="roving from the confirmation"),
        pytest.param(STAIRS, False, True, True, [1000, 1100], [1100, 1300], id="roving from the onset"),
        pytest.param(DIP, False, True, False, [], [], id="a fixed reference forgets an improvement"),
        pytest.param(DIP, True, False, False, [1200], [1300], id="roving on improvement"),
        pytest.param(DIP, True, False, True, [1100], [1300], id="roving on improvement, at its onset"),
    ],
)
def test_truth_table_of_references(
    visits: list[tuple[int, float]],
    improvement: bool,
    worsening: bool,
    at_onset: bool,
    references: list[int],
    onsets: list[int],
) -> None:
    reference = outcomes.Reference(improvement, worsening, at_onset)
    found = outcomes.multiple(cohort({1: visits}), replace(CDW_12W, reference=reference))
    assert found.reference_day.tolist() == references
    assert found.day.tolist() == onsets


PLAIN = [(1000, 2), (1050, 2), (1200, 3), (1300, 3), (1400, 3)]


@pytest.mark.parametrize(
    ("relapses", "distances", "days"),
    [
        pytest.param([971], Distances((30, 0), (0, 0), (0, 0)), [1050, 1200, 1300], id="29 days before the first"),
        pytest.param([970], Distances((30, 0), (0, 0), (0, 0)), [1000, 1200, 1300], id="30 days before the first"),
        pytest.param([1029], Distances((0, 30), (0, 0), (0, 0)), [1050, 1200, 1300], id="29 days after the first"),
        pytest.param([1030], Distances((0, 30), (0, 0), (0, 0)), [1000, 1200, 1300], id="30 days after the first"),
        pytest.param([1180], Distances((0, 0), (30, 0), (0, 0)), [1000, 1300, 1400], id="20 days before the event"),
        pytest.param([1200], Distances((0, 0), (0, 1), (0, 0)), [1000, 1300, 1400], id="on the day of the event"),
        pytest.param([1200], Distances((0, 0), (1, 0), (0, 0)), [1000, 1300, 1400], id="0 days before the event"),
        pytest.param([1290], Distances((0, 0), (0, 0), (30, 0)), [1000, 1200, 1400], id="10 days before confirming"),
        pytest.param([1301], Distances((0, 0), (0, 0), (0, 2)), [1000, 1200, 1400], id="the day after confirming"),
    ],
)
def test_truth_table_of_distances_to_relapses(relapses: list[int], distances: Distances, days: list[int]) -> None:
    found = outcomes.worsening(cohort({1: PLAIN}, {1: relapses}), replace(CDW_12W, relapses=distances))
    assert [found.reference_day[0], found.day[0], found.confirmed_day[0]] == days


@pytest.mark.parametrize(
    ("visits", "day"),
    [
        pytest.param([(1000, 2), (1100, 3)], 1100, id="the last visit"),
        pytest.param([(1000, 2), (1100, 3), (1150, 3)], 1100, id="the last two, too near to confirm"),
        pytest.param([(1000, 2), (1100, 3), (1150, 2), (1160, 3)], 1160, id="the first was refuted, the last was not"),
        pytest.param([(1000, 2), (1100, 3), (1150, 2)], NEVER, id="refuted"),
        pytest.param([(1000, 2), (1100, 3), (1200, 3)], 1100, id="confirmed"),
    ],
)
def test_worsening_that_nothing_was_late_enough_to_confirm_counts_by_rule(
    visits: list[tuple[int, float]], day: int
) -> None:
    records = cohort({1: visits, 2: visits})
    assert outcomes.worsening(records, ALWAYS).day.tolist() == [day, day]
    confirmed = outcomes.worsening(records, CDW_12W).day.tolist()
    assert outcomes.worsening(records, WITHDRAWN, withdrew=[True, False]).day.tolist() == [day, confirmed[1]]


def test_who_withdrew_must_be_told_where_it_matters_and_nowhere_else() -> None:
    records = cohort({1: PLAIN})
    with pytest.raises(InputError, match="needs to be told who withdrew"):
        outcomes.worsening(records, WITHDRAWN)
    with pytest.raises(InputError, match="does not ask"):
        outcomes.worsening(records, CDW_12W, withdrew=[True])
    with pytest.raises(InputError, match="one truth value a person"):
        outcomes.worsening(records, WITHDRAWN, withdrew=[True, False])
    sometimes = replace(CDW_12W.confirmation, unconfirmed="sometimes")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="not 'sometimes'"):
        outcomes.worsening(records, replace(CDW_12W, confirmation=sometimes))


@pytest.mark.parametrize(
    ("sustained", "day"), [pytest.param(0, 1100, id="not asked"), (199, 1100), (200, 1100), (201, 1500), (None, 1500)]
)
def test_worsening_can_be_asked_to_last(sustained: int | None, day: int) -> None:
    visits = [(1000, 2), (1100, 3), (1200, 3), (1300, 2), (1500, 3), (1600, 3)]
    rule = replace(CDW_12W, confirmation=replace(CDW_12W.confirmation, sustained=sustained))
    assert outcomes.worsening(cohort({1: visits}), rule).day[0] == day


def test_any_scale_can_be_judged_where_lower_is_worse_and_where_a_test_could_not_be_done() -> None:
    records = cohort({1: [(1000, 2), (1100, 2), (1200, 2)], 2: [(1000, 2), (1100, 2), (1200, 2)]})
    lower = replace(CDW_12W, scale=Scale("visits", "edss", higher_is_worse=False), threshold=SHARE_20_OR_4)
    points = [50, 46, 46, 50, 46.5, 46]  # four points from 50
    assert outcomes.worsening(records, lower, score=points).day.tolist() == [1100, NEVER]
    higher = replace(CDW_12W, threshold=SHARE_20)
    seconds = [4.4, 5.28, 5.28, 4.4, 5.27, 5.28]  # exactly a fifth, which has no exact binary form
    assert outcomes.worsening(records, higher, score=seconds).day.tolist() == [1100, NEVER]
    unable = [4.4, np.inf, np.inf, np.inf, np.inf, np.inf]
    assert outcomes.worsening(records, higher, score=unable).day.tolist() == [1100, NEVER]
    with pytest.raises(InputError, match="one number a row"):
        outcomes.worsening(records, higher, score=[1.0])


def test_an_unknown_table_column_label_or_point_is_refused_with_the_nearest() -> None:
    records = cohort({1: PLAIN})
    for scale, name in [(Scale("visit", "edss", True), "visits"), (Scale("visits", "eds", True), "edss")]:
        with pytest.raises(UnknownName, match=f"Did you mean '{name}'"):
            outcomes.worsening(records, replace(CDW_12W, scale=scale))
    with pytest.raises(UnknownName, match="Did you mean 'PIRA'"):
        outcomes.first_attributed(records, CDW_12W, PIRA_MULLER_2023, "PIRAT")
    wrong = replace(PIRA_MULLER_2023, free=(Interval("event", 0, "confirm", 0),))  # type: ignore[arg-type]
    with pytest.raises(UnknownName, match="Did you mean 'confirmation'"):
        outcomes.attribute(outcomes.worsening(records, CDW_12W), records, wrong)


# The event is on day 1200, its reference on day 1000, its confirmations on days 1300 and 1400
@pytest.mark.parametrize(
    ("relapses", "muller", "kappos", "strict"),
    [
        pytest.param([], "PIRA", "PIRA", "PIRA", id="no relapse"),
        pytest.param([1200], "RAW", "RAW", "RAW", id="on the day"),
        pytest.param([1110], "RAW", "RAW", "RAW", id="90 days before"),
        pytest.param([1109], "PIRA", "undefined", "undefined", id="91 days before, after the reference"),
        pytest.param([999], "PIRA", "PIRA", "PIRA", id="before the reference"),
        pytest.param([1230], "undefined", "undefined", "undefined", id="30 days after"),
        pytest.param([1231], "PIRA", "PIRA", "undefined", id="31 days after, 69 before the first confirmation"),
        pytest.param([1320], "undefined", "PIRA", "PIRA", id="20 days after the first confirmation"),
        pytest.param([1431], "PIRA", "PIRA", "PIRA", id="31 days after the last"),
    ],
)
def test_truth_table_of_attribution(relapses: list[int], muller: str, kappos: str, strict: str) -> None:
    records = cohort({1: PLAIN}, {1: relapses})
    events = outcomes.worsening(records, replace(CDW_12W, relapses=Distances((0, 0), (0, 0), (0, 0))))
    assert (events.reference_day[0], events.day[0], events.confirmed_day[0]) == (1000, 1200, 1300)
    rules = (PIRA_MULLER_2023, PIRA_KAPPOS_2020, PIRA_STRICT)
    assert [str(outcomes.attribute(events, records, rule)[0]) for rule in rules] == [muller, kappos, strict]


@pytest.mark.parametrize(("last", "label"), [(3.0, "PIRA"), (2.0, "undefined")])
def test_only_a_visit_that_still_shows_the_worsening_can_make_it_pira(last: float, label: str) -> None:
    # the relapse on day 1320 is too near the confirmation on day 1300, but not the visit on day 1600
    records = cohort({1: [(1000, 2), (1200, 3), (1300, 3), (1600, last)]}, {1: [1320]})
    events = outcomes.worsening(records, CDW_12W)
    assert (events.day[0], events.confirmed_day[0]) == (1200, 1300)
    assert outcomes.attribute(events, records, PIRA_MULLER_2023)[0] == label


def test_a_relapse_before_the_first_visit_counts_although_msprog_forgets_it() -> None:
    # 45 days before the first visit and 85 before the event: RAW. Both versions of msprog drop relapses more than 30
    # days before the first visit, which makes it PIRA; leaving the relapse out here shows the same
    visits = {1: [(1000, 2), (1040, 3), (1140, 3)]}
    remembered, forgotten = (cohort(visits, {1: relapses}) for relapses in ([955], []))
    both = [(outcomes.worsening(records, CDW_12W), records) for records in (remembered, forgotten)]
    found = [outcomes.attribute(events, records, PIRA_MULLER_2023)[0] for events, records in both]
    assert found == ["RAW", "PIRA"]


def test_the_order_of_reported_relapses_does_not_matter_although_it_does_in_msprog() -> None:
    one, other = (cohort({1: PLAIN}, {1: relapses}) for relapses in ([1110, 1290, 1450], [1450, 1110, 1290]))
    left, right = (outcomes.worsening(records, CDW_12W) for records in (one, other))
    assert (left.day[0], left.confirmed_day[0]) == (right.day[0], right.confirmed_day[0]) == (1200, 1400)


def test_the_first_pira_is_not_hidden_by_a_raw_before_it() -> None:
    visits = [(1000, 2), (1100, 3), (1200, 3), (1400, 4), (1500, 4), (1600, 4)]
    records = cohort({1: visits, 2: visits[:3]}, {1: [1090], 2: [1090]})
    for rule, reference in [(CDW_12W, 1000), (ROVING_12W, 1200)]:
        raw, pira = (outcomes.first_attributed(records, rule, PIRA_MULLER_2023, kind) for kind in ("RAW", "PIRA"))
        assert raw.day.tolist() == [1100, 1100]
        assert pira.day.tolist() == [1200 if rule is CDW_12W else 1400, NEVER]
        assert pira.reference_day.tolist() == [reference, NEVER]
        assert pira.person.tolist() == [1, 2]


def test_an_event_of_someone_else_is_refused() -> None:
    here, there = cohort({1: PLAIN, 2: PLAIN}), cohort({1: PLAIN})
    events = outcomes.worsening(here, CDW_12W)
    with pytest.raises(InputError, match="person 2, who is not in these records"):
        outcomes.attribute(events, there, PIRA_MULLER_2023)
    assert outcomes.attribute(events.take(events.person == 1), there, PIRA_MULLER_2023).tolist() == ["PIRA"]
    with pytest.raises(InputError, match="without a scored visit"):
        outcomes.attribute(events, cohort({1: PLAIN, 2: []}), PIRA_MULLER_2023)


def test_a_rule_is_a_frozen_record_and_a_variant_a_replacement() -> None:
    variant: WorseningRule = replace(CDW_24W, threshold=EDSS_STEP_TO_5_5)
    assert variant != CDW_24W
    assert replace(variant, threshold=EDSS_STEP_TO_5_0) == CDW_24W
    assert (CDW_12W.confirmation.days, CDW_24W.confirmation.days) == (12 * 7, 24 * 7)


@pytest.mark.slow
def test_the_example_at_the_head_of_the_package_runs_as_written() -> None:
    block = re.search(r"::\n\n((?:    .*\n|\n)+)", smoulder.__doc__ or "")
    assert block is not None
    lines = "\n".join(line.strip() for line in block[1].splitlines())
    assert "worsening" in lines and "attribute" in lines
    names: dict[str, object] = {}
    exec(compile(lines, "smoulder/__init__.py", "exec"), names)
    worse, labels = names["worse"], names["labels"]
    assert isinstance(worse, outcomes.Worsenings) and isinstance(labels, np.ndarray)
    assert len(labels) == len(worse.person)
    assert {"PIRA", "RAW"} <= set(labels.tolist())
