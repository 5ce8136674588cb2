"""Each rule of outcomes against follow-ups written out and judged by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from outcomes_cases import cohort
from smoulder import outcomes
from smoulder.errors import InputError, UnknownName
from smoulder.outcomes import (
    CONFIRMED_6M,
    FIRST_VISIT,
    IRREVERSIBLE_6M,
    SPMS_LORSCHEIDER_2016,
    SPMS_OBJECTIVE_3M,
    SPMS_SUSTAINED_12M,
    Milestone,
    ProgressionRule,
)
from smoulder.records import Records, Visits

NEVER = -1
STRICT = replace(SPMS_SUSTAINED_12M, any_relapse_resets=True)


@pytest.mark.parametrize(
    ("visits", "relapses", "irreversible", "confirmed", "first"),
    [
        pytest.param([(1000, 3), (1200, 4), (1382, 4)], [], 1200, 1200, 1200, id="held for exactly 182 days"),
        pytest.param([(1000, 3), (1200, 4), (1381, 4)], [], NEVER, NEVER, 1200, id="held for 181 days only"),
        pytest.param([(1000, 3), (1200, 5)], [], NEVER, NEVER, 1200, id="last visit, nothing after it"),
        pytest.param([(1000, 4), (1200, 6), (1400, 4)], [], 1000, 1000, 1000, id="at the level from the first visit"),
        pytest.param([(1000, 4), (1200, 4), (1400, 3.5)], [], NEVER, 1000, 1000, id="confirmed, then improved"),
        pytest.param(
            [(1000, 4), (1100, 3.5), (1200, 4), (1400, 6), (1600, 4.5)], [], 1200, 1200, 1000, id="first run too short"
        ),
        pytest.param(
            [(1000, 3), (1100, 6), (1130, 6), (1400, 6)], [1101], 1100, 1100, 1100, id="relapse after reaching"
        ),
        pytest.param([(1000, 3), (1100, 6), (1130, 6), (1400, 6)], [1100], 1130, 1130, 1100, id="reached in a relapse"),
        pytest.param(
            [(1000, 3), (1129, 6), (1400, 6)], [1100], NEVER, NEVER, 1129, id="day 29 of a relapse is ignored"
        ),
        pytest.param([(1000, 4), (1120, 2), (1400, 4)], [1110], 1000, 1000, 1000, id="low in a relapse is ignored too"),
        pytest.param([(1000, 4), (1120, np.nan), (1400, 4)], [], 1000, 1000, 1000, id="an unrated visit is ignored"),
        pytest.param([], [], NEVER, NEVER, NEVER, id="no visit"),
    ],
)
def test_truth_table_of_milestones(
    visits: list[tuple[int, float]], relapses: list[int], irreversible: int, confirmed: int, first: int
) -> None:
    records = cohort({1: visits}, {1: relapses})
    rules: list[Milestone] = [IRREVERSIBLE_6M, CONFIRMED_6M, FIRST_VISIT]
    assert [outcomes.milestones(records, 4, rule).day[0] for rule in rules] == [irreversible, confirmed, first]


def test_milestones_are_censored_at_the_last_day_at_death_or_with_nothing_seen_on_the_first_day() -> None:
    records = cohort(
        {1: [(1200, 2)], 2: [(1200, 2)], 3: [], 4: [(1200, np.nan)]}, death_day={2: 5000}, last_day={2: 5000}
    )
    assert outcomes.milestones(records, 4, FIRST_VISIT).censor_day.tolist() == [9000, 5000, 1000, 1000]
    observed_on = replace(records.people, death_day=np.array([7000, 5000, -1, -1]))  # tables made directly may say so
    late = Records(observed_on, records.visits, records.relapses, records.scans)
    assert outcomes.milestones(late, 4, FIRST_VISIT).censor_day.tolist() == [7000, 5000, 1000, 1000]


@pytest.mark.parametrize("level", [0.5, 4.2, -1, 11])
def test_a_level_that_does_not_exist_is_refused(level: float) -> None:
    with pytest.raises(InputError, match="does not exist"):
        outcomes.milestones(cohort({1: []}), level, FIRST_VISIT)


def test_times_run_from_onset_birth_and_the_earlier_milestone() -> None:
    visits = {1: [(1000, 4), (2461, 6)], 2: [(1500, 4)], 3: [(1500, 2)]}
    records = cohort(visits, onset_day={1: 2000, 3: -1}, birth_day={2: -1}, last_day={2: 2961})
    four, six = (outcomes.milestones(records, level, FIRST_VISIT) for level in (4, 6))
    onset = outcomes.since_onset(four, records.people)
    assert (onset.person.tolist(), onset.event.tolist()) == ([1, 2], [True, True])
    assert onset.years.tolist() == [0, 500 / 365.25]  # at the level before the recorded onset counts as 0
    birth = outcomes.since_birth(six, records.people)
    assert (birth.person.tolist(), birth.event.tolist()) == ([1, 3], [True, False])
    assert birth.years.tolist() == [2461 / 365.25, 9000 / 365.25]
    step = outcomes.between(four, six)
    assert (step.person.tolist(), step.event.tolist()) == ([1, 2], [True, False])
    assert step.years.tolist() == [1461 / 365.25, 1461 / 365.25]
    assert step.survival().at(4.0).value == 0.5


def test_events_of_different_people_cannot_be_compared() -> None:
    one, other = (outcomes.milestones(cohort({who: []}), 4, FIRST_VISIT) for who in (1, 2))
    with pytest.raises(ValueError, match="same people"):
        outcomes.between(one, other)


STEADY = [(1000, 3), (1100, 3)]
GRADUAL = [*STEADY, (1200, 4), (1300, 4), (1400, 4.5), (1600, 4)]


@pytest.mark.parametrize(
    ("visits", "relapses", "objective", "sustained", "strict"),
    [
        pytest.param(GRADUAL, [], 1200, 1200, 1200, id="one point from 3, kept 400 days"),
        pytest.param([*STEADY, (1200, 4), (1291, 4)], [], 1200, NEVER, NEVER, id="kept exactly 91 days"),
        pytest.param([*STEADY, (1200, 4), (1290, 4)], [], NEVER, NEVER, NEVER, id="kept 90 days"),
        pytest.param([*GRADUAL, (1700, 3.5)], [], 1200, NEVER, NEVER, id="regressed at the end"),
        pytest.param([(1000, 2), (1100, 2), (1200, 3.5), (1900, 3.5)], [], NEVER, NEVER, NEVER, id="EDSS below 4"),
        pytest.param(
            [(1000, 3), (1100, 4), (1200, 4), (1900, 4)], [], NEVER, NEVER, NEVER, id="one low visit is no reference"
        ),
        pytest.param(
            [(1000, 5.5), (1100, 5.5), (1200, 6), (1900, 6)], [], NEVER, NEVER, NEVER, id="half a point from 5.5"
        ),
        pytest.param(
            [(1000, 5.5), (1100, 6), (1200, 6.5), (1900, 6.5)], [], 1200, 1200, 1200, id="half a point from 6"
        ),
        pytest.param(
            [(1000, 5), (1100, 4), (1200, 4), (1300, 5), (1900, 5)], [], 1300, 1300, 1300, id="reference falls"
        ),
        pytest.param(GRADUAL, [1150], NEVER, NEVER, NEVER, id="a relapse left it worse: the reference starts afresh"),
        pytest.param(GRADUAL, [1250], NEVER, NEVER, NEVER, id="a relapse before confirmation"),
        pytest.param(GRADUAL, [1201], NEVER, NEVER, NEVER, id="a relapse the day after conversion"),
        pytest.param(
            [(1000, 3), (1100, 3), (1200, 3), (1300, 4), (1500, 4), (1700, 4)],
            [1150],
            NEVER,
            1300,
            NEVER,
            id="a relapse that left nothing: kept or afresh by rule",
        ),
        pytest.param(
            [*STEADY, (1200, 3), (1300, 3), (1400, 4), (1800, 4)],
            [1150],
            1400,
            1400,
            1400,
            id="reference after a relapse",
        ),
        pytest.param([*GRADUAL, (1800, 4)], [1700], 1200, 1200, 1200, id="a relapse after confirmation"),
        pytest.param([*GRADUAL, (1705, 3), (1800, 4)], [1700], 1200, 1200, 1200, id="low in a relapse is ignored"),
        pytest.param([], [], NEVER, NEVER, NEVER, id="no visit"),
    ],
)
def test_truth_table_of_secondary_progression(
    visits: list[tuple[int, float]], relapses: list[int], objective: int, sustained: int, strict: int
) -> None:
    records = cohort({1: visits}, {1: relapses})
    rules: list[ProgressionRule] = [SPMS_OBJECTIVE_3M, SPMS_SUSTAINED_12M, STRICT]
    found = [int(outcomes.secondary_progression(records, rule).day[0]) for rule in rules]
    assert found == [objective, sustained, strict]


@pytest.mark.parametrize(("pyramidal", "least", "day"), [(2, 2, 1200), (1, 2, NEVER), (-1, 2, NEVER), (-1, 0, 1200)])
def test_pyramidal_functions_must_be_rated_high_enough_unless_not_asked_for(
    pyramidal: int, least: int, day: int
) -> None:
    records = cohort({1: GRADUAL}, pyramidal=pyramidal)
    rule = replace(SPMS_SUSTAINED_12M, systems=outcomes.Systems(least, leading=False))
    assert outcomes.secondary_progression(records, rule).day[0] == day


@pytest.mark.parametrize(
    ("cerebellar", "visual", "day"),
    [
        pytest.param([1, 1, 3, 3, 3], [2, 2, 2, 2, 2], 1200, id="the leading system stays risen"),
        pytest.param([1, 1, 3, 2, 3], [2, 2, 2, 2, 2], 1200, id="less risen is still risen"),
        pytest.param([1, 1, 3, 1, 3], [2, 2, 2, 2, 2], NEVER, id="back to its reference before the confirmation"),
        pytest.param([1, 1, 3, 3, 0], [2, 2, 2, 2, 2], 1200, id="back after the confirmation"),
        pytest.param([1, 1, 3, 1, 1], [2, 2, 3, 3, 3], 1300, id="another confirms, but leads only later"),
        pytest.param([1, 1, 2, 1, 1], [2, 2, 3, 3, 3], 1200, id="of two that lead one is enough"),
        pytest.param([1, 1, 1, 1, 1], [2, 2, 2, 2, 2], NEVER, id="no system rose"),
        pytest.param([1, 2, 2, 2, 2], [2, 2, 2, 2, 2], NEVER, id="the reference is the higher of its two visits"),
        pytest.param([-1, 1, 2, 2, 2], [2, 2, 2, 2, 2], 1200, id="rated at one visit of the reference"),
        pytest.param([1, 1, 3, -1, -1], [2, 2, 2, 2, 2], 1200, id="not rated at the confirmation says nothing"),
        pytest.param([-1, -1, 3, 3, 3], [-1, -1, 2, 2, 2], 1200, id="nothing to compare with: not asked"),
        pytest.param([-1, -1, 3, 3, 3], [2, 2, 2, 2, 2], NEVER, id="what rose was not rated before"),
    ],
)
def test_the_leading_system_confirms_where_the_rule_asks(cerebellar: list[int], visual: list[int], day: int) -> None:
    records = cohort({1: [*STEADY, (1200, 4), (1300, 4), (1400, 4)]}, pyramidal=-1)
    columns = {"fs_cerebellar": np.array(cerebellar, dtype=np.int8), "fs_visual": np.array(visual, dtype=np.int8)}
    rated = replace(records, visits=replace(records.visits, **columns))
    leading = replace(SPMS_LORSCHEIDER_2016, systems=outcomes.Systems(0, leading=True))
    plain = replace(leading, systems=outcomes.Systems(0, leading=False))
    assert outcomes.secondary_progression(rated, leading).day[0] == day
    assert outcomes.secondary_progression(rated, plain).day[0] == 1200
    assert outcomes.secondary_progression(rated, SPMS_LORSCHEIDER_2016).day[0] == NEVER  # pyramidal functions unrated


def test_the_reference_of_the_leading_system_falls_with_that_of_edss() -> None:
    visits = [(1000, 4.0), (1100, 4.0), (1200, 3.0), (1300, 3.0), (1400, 4.0), (1600, 4.0)]
    records = cohort({1: visits})
    cerebellar = np.array([3, 3, 1, 1, 2, 2], dtype=np.int8)
    rated = replace(records, visits=replace(records.visits, fs_cerebellar=cerebellar))
    assert outcomes.secondary_progression(rated, SPMS_LORSCHEIDER_2016).day[0] == 1400


def test_course_is_relapsing_by_a_relapse_within_90_days_of_onset_and_only_then_secondary() -> None:
    onset = {1: 1000, 2: 1000, 3: 1000, 4: 1000, 5: -1}
    records = cohort(
        {who: [(day + 500, edss) for day, edss in GRADUAL] for who in onset},
        {1: [910], 2: [1090], 3: [909], 4: [1091], 5: [1000]},
        onset_day=onset,
    )
    found = outcomes.course(records)
    assert found.relapsing.tolist() == [True, True, False, False, False]
    assert found.progressive.tolist() == [False, False, True, True, False]
    assert found.spms.day.tolist() == [1700, 1700, NEVER, NEVER, NEVER]
    assert found.conversion.person.tolist() == [1, 2]


def test_active_is_a_relapse_or_a_new_lesion_in_the_year_up_to_the_day() -> None:
    records = cohort(
        {who: [] for who in range(1, 8)},
        {1: [1636], 2: [1635], 3: [2001]},
        scans={4: [(1900, 1, 0)], 5: [(1900, 0, 2), (1950, 0, 0)], 6: [(1900, 0, 0), (1950, -1, -1)]},
        first_day={7: 2001},
    )
    assert outcomes.active(records, 2000).tolist() == [1, 0, 0, 1, 1, 0, -1]
    assert outcomes.active(records, [1636, 2000, 2001, 9001, 1900, 1, 2001]).tolist() == [1, 0, 1, -1, 1, -1, 0]


def test_relapses_less_than_30_days_after_the_last_counted_onset_are_one_attack() -> None:
    records = cohort({1: [], 2: []}, {1: [1000, 1029, 1030, 1059, 1061], 2: [1031]})
    found = outcomes.attacks(records.relapses)
    assert found.day.tolist() == [1000, 1030, 1061, 1031]


def test_annualised_rate_counts_days_and_attacks_in_bands_by_hand() -> None:
    # under observation on days 1000 to 2460 (1461 days = 4 years), onset on day 1000, one attack then and three later
    records = cohort({1: []}, {1: [1000, 1365, 1396, 2460]}, last_day={1: 2460})
    whole = outcomes.annualised_rate(records)
    assert whole[["start", "stop", "relapses", "person_years"]].values.tolist() == [[0, np.inf, 3, 4]]
    assert whole.rate[0] == 0.75
    assert outcomes.annualised_rate(records, onset_attack=True).relapses.tolist() == [4]
    banded = outcomes.annualised_rate(records, since_onset=[0, 1, 2, 10], onset_attack=True)
    assert banded.relapses.tolist() == [1, 2, 1]  # day 365 after onset opens the second year
    assert (banded.person_years * 365.25).round().tolist() == [365, 365, 731]
    by_age = outcomes.annualised_rate(records, age_bands=[2, 4])  # days 730 to 1460 of life
    assert by_age.relapses.tolist() == [2]
    assert by_age.person_years[0] == 461 / 365.25


def test_bands_leave_out_people_of_unknown_origin_and_refuse_nonsense() -> None:
    records = cohort({1: [], 2: []}, {1: [2000], 2: [2000]}, birth_day={1: -1}, onset_day={2: -1})
    assert outcomes.annualised_rate(records).relapses.tolist() == [2]
    assert outcomes.annualised_rate(records, age_bands=[0, 90]).relapses.tolist() == [1]
    assert outcomes.annualised_rate(records, since_onset=[0, 90]).person_years.tolist() == [8001 / 365.25]
    for wrong in ([5], [5, 5], [-1, 3]):
        with pytest.raises(InputError, match="edges"):
            outcomes.annualised_rate(records, age_bands=wrong)
    with pytest.raises(InputError, match="not both"):
        outcomes.annualised_rate(records, age_bands=[1, 2], since_onset=[1, 2])


def test_edss_by_duration_takes_the_nearest_visit_within_half_a_year() -> None:
    # one year after onset is day 1365, half a year is 183 days
    records = cohort(
        {1: [(1182, 6)], 2: [(1181, 6)], 3: [(1360, 2), (1370, 7)], 4: [(1548, 4), (1549, 9)], 5: [(1365, np.nan)]}
    )
    assert outcomes.edss_at(records, [1.0, 20.0]).tolist() == [[12, -1, 4, 8, -1], [-1, -1, -1, -1, -1]]
    table = outcomes.edss_by_duration(records, [1, 20], levels=[4, 6])
    assert table.columns.tolist() == ["years", "people", "mean_edss", "median_edss", "p_ge_4", "p_ge_6"]
    assert table.loc[0].tolist() == [1, 3, 4, 4, 2 / 3, 1 / 3]
    assert table.people[1] == 0
    assert table.loc[1, "mean_edss":].isna().all()


def second_opinion(visits: dict[int, list[tuple[int, float]]], pyramidal: int = 3) -> Visits:
    """Visits as another rater left them."""
    return cohort(visits, pyramidal=pyramidal).visits


def test_raters_are_compared_on_shared_visits_in_steps_of_the_scale() -> None:
    first = second_opinion({1: [(1000, 0), (1100, 2), (1200, 4), (1300, 4), (1400, np.nan)], 2: [(1000, 1)]})
    second = second_opinion({1: [(1000, 1), (1100, 2), (1200, 5), (1350, 4), (1400, 3)]}, pyramidal=5)
    found = outcomes.rater_agreement(first, second)
    assert found.pairs == 3  # 0 against 1.0 is one step, 4 against 5 is two
    assert float(found.exact.value) == pytest.approx(1 / 3)
    assert float(found.within_one.value) == pytest.approx(2 / 3)
    assert float(outcomes.rater_agreement(first, second, "fs_pyramidal").within_one.value) == 0
    with pytest.raises(UnknownName, match="fs_pyramidal"):
        outcomes.rater_agreement(first, second, "fs_pyramidial")


def test_two_visits_of_one_rater_on_a_day_make_no_pair() -> None:
    first = second_opinion({1: [(1000, 0)]})
    twice = Visits(*(np.repeat(getattr(first, c.name), 2) for c in Visits.SCHEMA))
    with pytest.raises(InputError, match="one day"):
        outcomes.rater_agreement(first, twice)


def test_outcomes_of_nobody_are_empty() -> None:
    nobody: Records = cohort({1: []}).select(np.array([False]))
    assert outcomes.milestones(nobody, 4, IRREVERSIBLE_6M).day.tolist() == []
    assert outcomes.course(nobody).relapsing.tolist() == []
    assert outcomes.annualised_rate(nobody).person_years.tolist() == [0]
    assert outcomes.edss_by_duration(nobody, [5]).people.tolist() == [0]
