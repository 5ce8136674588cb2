"""One cohort by many definitions: every number against one written out by hand, or by another library."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import assume, given
from hypothesis import strategies as st

from outcomes_cases import cohort, cohorts
from smoulder import outcomes
from smoulder.errors import InputError, UnknownName
from smoulder.outcomes import CDW_12W, Definition
from smoulder.records import Records, years

# Person 1 worsens with a relapse (day 1300) and again without one (day 1900), person 2 without one on day 1200,
# person 3 for one visit only, person 4 never, person 5 is seen once and for no time.
VISITS = {
    1: [(1000, 2), (1300, 3), (1400, 3), (1600, 3), (1900, 4), (2000, 4), (2200, 4)],
    2: [(1000, 3), (1200, 4), (1300, 4)],
    3: [(1000, 3), (1200, 4), (1300, 3)],
    4: [(1000, 5), (1300, 5)],
    5: [(1000, 2)],
}
LAST = {1: 2200, 2: 1400, 3: 1300, 4: 3000, 5: 1000}


def five() -> Records:
    return cohort(VISITS, {1: [1290]}, last_day=LAST)


def row(found: outcomes.Multiverse, name: str) -> pd.Series:
    return found.definitions.set_index("definition").loc[name]


def test_first_events_rates_and_curves_are_those_counted_by_hand() -> None:
    one = row(outcomes.multiverse(five(), ["CDW_12W"]), "CDW_12W")
    assert (one["event"], one["scales"], one["not_scored"], one["confirmed_days"]) == ("worsening", "edss", "", 84)
    assert (one["people"], one["first_events"]) == (5, 2)
    to_first = 300 + 200 + 300 + 2000  # person 5 has no time
    assert one["people_years"] == pytest.approx(years(1200 + 400 + 300 + 2000))
    assert one["years_to_first"] == pytest.approx(years(to_first))
    assert one["rate"] == pytest.approx(2 / years(to_first))
    # exact Poisson limits of two events: chi-square quantiles with 4 and 6 degrees of freedom, halved
    assert one["lo"] * years(to_first) == pytest.approx(0.24221, abs=1e-5)
    assert one["hi"] * years(to_first) == pytest.approx(7.22469, abs=1e-5)
    # of four people two have it on days 200 and 300 (one censored on day 300, after the event of that day)
    assert one["share_1"] == pytest.approx(1 - 3 / 4 * 2 / 3)
    assert one["at_risk_1"] == 1
    assert one["at_risk_5"] == 1 and one["share_5"] == one["share_2"] == one["share_1"]
    assert one["median"] == pytest.approx(years(300))
    assert one["median_seen"] == pytest.approx(years(250))


def test_a_share_beyond_all_follow_up_is_unknown_and_not_carried_on() -> None:
    short = cohort(VISITS, {1: [1290]}, last_day={**LAST, 4: 1300})
    one = row(outcomes.multiverse(short, ["CDW_12W"]), "CDW_12W")
    assert one["at_risk_2"] == 0
    assert np.isnan(one["share_2"]) and np.isnan(one["lo_2"])


def test_every_event_is_counted_where_the_reference_moves_and_nowhere_else() -> None:
    found = outcomes.multiverse(five(), ["CDW_12W", "CDW_ROVING_12W", "PIRA_MULLER_2023", "RAW_12W", "CDI_12W"])
    fixed, moving = row(found, "CDW_12W"), row(found, "CDW_ROVING_12W")
    assert fixed["events"] is pd.NA and np.isnan(fixed["events_a_year"]) and not fixed["counts_every"]
    assert moving["events"] == 3 and moving["counts_every"]
    assert moving["events_a_year"] == pytest.approx(3 / moving["people_years"])
    assert row(found, "PIRA_MULLER_2023")["events"] == 2
    assert row(found, "RAW_12W")["events"] == 1
    assert (fixed["worsenings"], moving["worsenings"]) == (2, 3)
    assert (fixed["RAW"], fixed["PIRA"], fixed["undefined"]) == (0.5, 0.5, 0.0)
    assert (moving["RAW"], moving["PIRA"]) == pytest.approx((1 / 3, 2 / 3))
    assert fixed["attributed_by"] == outcomes.PIRA_MULLER_2023.name


def test_agreement_of_two_definitions_by_hand() -> None:
    found = outcomes.multiverse(five(), ["CDW_12W", "PIRA_MULLER_2023", "RAW_12W"])
    pairs = found.agreement.set_index(["first", "second"])
    one = pairs.loc["CDW_12W", "PIRA_MULLER_2023"]
    assert one.tolist() == [5, 2, 0, 0, 3, 1, 1.0, 300.0]  # person 1: day 1900 in place of 1300; median of 0 and 600
    one = pairs.loc["PIRA_MULLER_2023", "RAW_12W"]
    assert one.tolist() == [5, 1, 1, 0, 3, 0, 0.5, -600.0]
    days = found.first_days
    assert days["CDW_12W"].tolist() == [1300, 1200, pd.NA, pd.NA, pd.NA]
    assert days["PIRA_MULLER_2023"].tolist()[:2] == [1900, 1200]


def test_all_named_definitions_are_run_unless_some_are_asked_for() -> None:
    found = outcomes.multiverse(five())
    number = len(outcomes.names())
    assert found.definitions["definition"].tolist() == list(outcomes.names())
    assert len(found.agreement) == number * (number - 1) // 2
    assert row(found, "COMPOSITE_12W")["not_scored"] == "t25fw, nhpt_dominant, nhpt_other"
    assert row(found, "COMPOSITE_12W")["first_events"] == row(found, "CDW_12W")["first_events"]


def test_what_cannot_be_a_multiverse_is_refused() -> None:
    with pytest.raises(InputError, match="at least one definition"):
        outcomes.multiverse(five(), [])
    with pytest.raises(InputError, match="only once"):
        outcomes.multiverse(five(), ["CDW_12W", "CDW_12W"])
    with pytest.raises(UnknownName, match="Did you mean 'CDW_12W'"):
        outcomes.multiverse(five(), ["CDW_12"])


def test_who_withdrew_reaches_the_rule_that_asks() -> None:
    rule = replace(CDW_12W, confirmation=replace(CDW_12W.confirmation, unconfirmed="withdrawn"))
    asks = Definition("asks", "a test", "worsening", (rule,))
    records = cohort({1: [(1000, 2), (1100, 3)], 2: [(1000, 2), (1100, 3)]}, last_day={1: 1110, 2: 1110})
    one = row(outcomes.multiverse(records, [asks, "CDW_12W"], withdrew=[True, False]), "asks")
    assert one["first_events"] == one["worsenings"] == 1


@given(records=cohorts())
def test_the_first_labelled_worsening_is_the_first_event_of_the_definition(records: Records) -> None:
    # where the reference moves with worsening, an event of another label does not end the search: so both agree
    for name in ("PIRA_MULLER_2023", "RAW_12W", "PIRA_STRICTEST", "PIRA_LOOSEST", "CDW_ROVING_12W"):
        definition = outcomes.named(name)
        first, found = outcomes.judged(records, definition), outcomes.labelled(records, definition)
        chosen = found.events.take(found.labels == definition.event) if definition.by else found.events
        expected = pd.Series(chosen.day).groupby(chosen.person).min()
        assert dict(zip(first.person[first.seen].tolist(), first.day[first.seen].tolist(), strict=True)) == (
            expected.to_dict()
        )


@given(
    people=st.lists(st.tuples(st.integers(0, 6), st.floats(0.1, 9)), min_size=2, max_size=30).filter(
        lambda some: sum(count for count, _ in some) > 0
    )
)
def test_the_rate_of_repeated_events_has_the_interval_of_generalised_estimating_equations(
    people: list[tuple[int, float]],
) -> None:
    count, time = (np.array(column, dtype=float) for column in zip(*people, strict=True))
    assume(np.ptp(count / time) > 0.01)  # the other library refuses a fit without any residue
    found = outcomes.clustered_rate(count, time)
    model = sm.GEE(
        count, np.ones((len(count), 1)), groups=np.arange(len(count)), family=sm.families.Poisson(), offset=np.log(time)
    ).fit(ctol=1e-10)
    spread = np.sqrt(model.cov_robust[0, 0])
    expected = np.exp(model.params[0] + np.array([0, -1, 1]) * 1.959963984540054 * spread)
    assert [float(part) for part in found] == pytest.approx(expected.tolist(), rel=1e-5)


def test_the_rate_without_events_or_time_has_no_interval() -> None:
    none = outcomes.clustered_rate([0, 0], [1.0, 2.0])
    assert float(none.value) == 0 and np.isnan(none.lo) and np.isnan(none.hi)
    assert np.isnan(outcomes.clustered_rate([0], [0.0]).value)
