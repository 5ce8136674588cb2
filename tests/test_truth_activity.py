"""NEDA-3 against records written out and judged by hand, and that "unknown" is never read as "no"."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from outcomes_cases import cohort
from smoulder import outcomes
from smoulder.errors import InputError
from smoulder.outcomes import NEDA_3
from smoulder.records import Records

FREE, SHOWN, UNKNOWN = 1, 0, -1
START, STOP = 2000, 2730
CALM = [(START + 182 * k, 2.0) for k in range(6)]
CLEAN = [(2000, -1, 0), (2365, 0, 0), (2730, 0, 0)]


def parts(records: Records) -> list[int]:
    """Relapses, worsening, lesions and all together, of one person."""
    found = outcomes.neda(records, START, STOP)
    return [int(p[0]) for p in (found.relapses, found.worsening, found.lesions, found.free)]


def test_nothing_shown_and_everything_looked_at_is_neda() -> None:
    assert parts(cohort({1: CALM}, scans={1: CLEAN})) == [FREE, FREE, FREE, FREE]


@pytest.mark.parametrize(
    ("relapses", "first", "last", "expected"),
    [
        pytest.param([START], 1000, 9000, FREE, id="on the first day, before the window"),
        pytest.param([START + 1], 1000, 9000, SHOWN, id="the day after"),
        pytest.param([STOP], 1000, 9000, SHOWN, id="on the last day"),
        pytest.param([STOP + 1], 1000, 9000, FREE, id="after the window"),
        pytest.param([], START, STOP, FREE, id="observed from end to end"),
        pytest.param([], START + 1, 9000, UNKNOWN, id="entered a day late"),
        pytest.param([], 1000, STOP - 1, UNKNOWN, id="left a day early"),
        pytest.param([2100], 1000, 2200, SHOWN, id="left early, after a relapse"),
    ],
)
def test_truth_table_of_relapses(relapses: list[int], first: int, last: int, expected: int) -> None:
    inside = [v for v in CALM if first <= v[0] <= last]
    records = cohort({1: inside}, {1: relapses}, first_day={1: first}, last_day={1: last})
    assert parts(records)[0] == expected


@pytest.mark.parametrize(
    ("visits", "expected"),
    [
        pytest.param([], UNKNOWN, id="no visit"),
        pytest.param([(2000, np.nan), (2730, 2)], UNKNOWN, id="not rated at the start"),
        pytest.param([(1909, 2), (2639, 2)], FREE, id="91 days off at both ends"),
        pytest.param([(1908, 2), (2639, 2)], UNKNOWN, id="the start is 92 days off"),
        pytest.param([(1909, 2), (2638, 2)], UNKNOWN, id="the end is 92 days off"),
        pytest.param([(2091, 2), (2800, 2)], FREE, id="first visit after the start, last after the stop"),
        pytest.param([(2000, 2), (2500, 3), (2700, 3)], SHOWN, id="confirmed"),
        pytest.param([(2000, 2), (2700, 3), (2900, 3)], SHOWN, id="confirmed after the window"),
        pytest.param([(2000, 2), (2700, 3), (2900, 2)], FREE, id="refuted after the window"),
        pytest.param([(2000, 2), (2700, 3)], UNKNOWN, id="waits for its confirmation"),
        pytest.param([(2000, 2), (2700, 2), (2731, 3), (2900, 3)], FREE, id="begins a day after the window"),
        pytest.param([(1500, 2), (2000, 3), (2730, 3)], FREE, id="worse before the window"),
        pytest.param([(2000, 2), (2200, 3), (2400, 3)], SHOWN, id="shown, then lost from sight"),
    ],
)
def test_truth_table_of_worsening_in_a_window(visits: list[tuple[int, float]], expected: int) -> None:
    assert parts(cohort({1: visits}, scans={1: CLEAN}))[1] == expected


@pytest.mark.parametrize(
    ("scans", "expected"),
    [
        pytest.param([], UNKNOWN, id="no scan"),
        pytest.param([(2000, 3, 2), (2730, 0, 0)], FREE, id="lesions at the start are from before"),
        pytest.param([(2000, -1, -1), (2730, 0, 0)], FREE, id="nothing counted at the start is needed"),
        pytest.param([(2000, 0, 0), (2365, 1, 0), (2730, 0, 0)], SHOWN, id="a new lesion"),
        pytest.param([(2000, 0, 0), (2365, 0, 1), (2730, 0, 0)], SHOWN, id="an enhancing lesion"),
        pytest.param([(2000, 0, 0), (2365, 1, -1)], SHOWN, id="shown, and little else known"),
        pytest.param([(2000, 0, 0), (2365, -1, 0), (2730, 0, 0)], UNKNOWN, id="new lesions once not counted"),
        pytest.param([(2000, 0, 0), (2730, 0, -1)], UNKNOWN, id="enhancing lesions not counted"),
        pytest.param([(2000, 0, 0)], UNKNOWN, id="only at the start"),
        pytest.param([(2000, 0, 0), (2638, 0, 0)], UNKNOWN, id="the last 92 days before the stop"),
        pytest.param([(2000, 0, 0), (2639, 0, 0)], FREE, id="the last 91 days before the stop"),
        pytest.param([(2000, 0, 0), (2821, 0, 0)], FREE, id="the last 91 days after the stop"),
        pytest.param([(2000, 0, 0), (2821, 1, 0)], SHOWN, id="which stands for the stop"),
        pytest.param([(2000, 0, 0), (2720, 0, 0), (2740, 1, 0)], FREE, id="not the one after that"),
        pytest.param([(2000, 0, 0), (2822, 0, 0)], UNKNOWN, id="the last 92 days after the stop"),
        pytest.param([(1500, 0, 0), (2730, 2, 0)], UNKNOWN, id="new since a scan long before the window"),
        pytest.param([(1500, 0, 0), (2730, 2, 1)], SHOWN, id="enhancing in the window"),
        pytest.param([(1500, 0, 0), (2091, 2, 1), (2730, 0, 0)], FREE, id="a first scan 91 days late is the start"),
    ],
)
def test_truth_table_of_lesions(scans: list[tuple[int, int, int]], expected: int) -> None:
    assert parts(cohort({1: CALM}, scans={1: scans}))[2] == expected


def test_one_component_shown_is_enough_and_one_unknown_spoils_neda() -> None:
    visits = dict.fromkeys(range(1, 5), CALM)
    scans = {1: CLEAN, 2: [], 3: [], 4: [*CLEAN[:2], (2730, 1, 0)]}
    found = outcomes.neda(cohort(visits, {3: [2100]}, scans=scans), START, STOP)
    assert found.person.tolist() == [1, 2, 3, 4]
    assert found.free.tolist() == [FREE, UNKNOWN, SHOWN, SHOWN]
    assert found.lesions.tolist() == [FREE, UNKNOWN, UNKNOWN, SHOWN]


def test_each_person_may_have_a_window_of_their_own_and_a_rule_its_slack() -> None:
    records = cohort({1: CALM, 2: CALM}, {1: [2100], 2: [2100]}, scans={1: CLEAN, 2: CLEAN})
    assert outcomes.neda(records, [2050, 2100], [2730, 2730]).relapses.tolist() == [SHOWN, FREE]
    none = replace(NEDA_3, slack_days=0)
    assert outcomes.neda(records, [2000, 2001], [2730, 2730], none).lesions.tolist() == [FREE, UNKNOWN]
    with pytest.raises(InputError, match="end after it starts"):
        outcomes.neda(records, 2000, [2001, 2000])


def test_a_cohort_of_nobody_has_no_activity_to_show() -> None:
    records = cohort({1: []})
    assert len(outcomes.neda(records.select(np.array([False])), START, STOP).free) == 0
    assert parts(records) == [FREE, UNKNOWN, UNKNOWN, UNKNOWN]
