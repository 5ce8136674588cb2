"""Composite worsening, NEDA-4, silence on MRI, named definitions, definitions from files and from msprog's options,
each against follow-ups written out and judged by hand.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import smoulder
from outcomes_cases import cohort
from smoulder import outcomes
from smoulder.errors import InputError, TableError, UnknownName
from smoulder.outcomes import CDW_12W, NEDA_4, PIRA_MULLER_2023, SHARE_20, T25FW, Definition
from smoulder.outcomes.msprog.call import OPTIONS
from smoulder.outcomes.msprog.milestones import OWN as LEVELS
from smoulder.outcomes.msprog.trajectories import OWN as TRAJECTORIES
from smoulder.records import Records, Scans, Tests

NEVER = -1
WALK_12W = replace(CDW_12W, name="walk", scale=T25FW, threshold=SHARE_20)


def timed(records: Records, walks: list[tuple[int, int, float]]) -> Records:
    """The records with timed walks (person, day, seconds)."""
    return replace(records, tests=Tests.from_frame(pd.DataFrame(walks, columns=["person", "day", "t25fw"])))


# EDSS worsens on day 1300 and is confirmed; the walk of person 1 worsens on day 1100, that of person 3 is not kept up
SLOW = [(1000, 2), (1100, 2), (1300, 3), (1400, 3)]
WALKS = [
    *[(1, day, seconds) for day, seconds in [(1000, 5.0), (1100, 6.0), (1200, 6.5)]],
    *[(3, day, seconds) for day, seconds in [(1000, 5.0), (1100, 6.0), (1200, 5.5), (1300, 6.0)]],
]


def test_the_first_of_any_component_counts_and_each_is_confirmed_on_itself() -> None:
    records = timed(cohort({1: SLOW, 2: SLOW, 3: SLOW[:2], 4: []}), WALKS)
    found = outcomes.composite(records, (CDW_12W, WALK_12W))
    assert found.day.tolist() == [1100, 1300, NEVER, NEVER]
    assert found.component.tolist() == [1, 0, -1, -1]
    assert [found.reference_day[0], found.confirmed_day[0], found.held_day[0]] == [1000, 1200, 1200]
    assert found.censor_day.tolist() == [9000, 9000, 9000, 1000]
    assert [rule.name for rule in found.rules] == [CDW_12W.name, "walk"]
    two_on_a_day = timed(cohort({1: [(1000, 2), (1100, 3), (1200, 3)]}), WALKS[:3])
    assert outcomes.composite(two_on_a_day, (WALK_12W, CDW_12W)).component.tolist() == [0]


def test_the_composite_asks_who_withdrew_where_a_component_does_and_needs_a_rule() -> None:
    records = timed(cohort({1: [(1000, 2), (1100, 3)]}), WALKS[:1])
    left = replace(CDW_12W, confirmation=replace(CDW_12W.confirmation, unconfirmed="withdrawn"))
    assert outcomes.composite(records, (WALK_12W, left), withdrew=[True]).day.tolist() == [1100]
    assert outcomes.composite(records, (WALK_12W, left), withdrew=[False]).day.tolist() == [NEVER]
    with pytest.raises(InputError, match="none of the rules asks"):
        outcomes.composite(records, (CDW_12W,), withdrew=[True])
    with pytest.raises(InputError, match="at least one rule"):
        outcomes.composite(records, ())


@pytest.mark.parametrize(
    ("volumes", "expected"),
    [
        pytest.param([(2000, 1500.0), (2730, 1490.0)], 1, id="a third of a per cent a year"),
        pytest.param([(2000, 1500.0), (2730, 1480.0)], 0, id="two thirds of a per cent a year"),
        pytest.param([(2000, 1500.0), (2365, 1400.0), (2730, 1495.0)], 1, id="only the ends count"),
        pytest.param([(2000, 1500.0), (2730, np.nan)], -1, id="not measured at the end"),
        pytest.param([(1900, 1500.0), (2730, 1400.0)], -1, id="the first scan is 100 days off"),
        pytest.param([(2000, 1500.0)], -1, id="one scan"),
        pytest.param([], -1, id="no scan"),
    ],
)
def test_truth_table_of_brain_volume_in_neda_4(volumes: list[tuple[int, float]], expected: int) -> None:
    calm = cohort({1: [(2000 + 182 * k, 2.0) for k in range(6)]})
    frame = pd.DataFrame([(1, day, 0, 0, v) for day, v in volumes], columns=["person", "day", "new_t2", "gd", "v"])
    records = replace(calm, scans=Scans.from_frame(frame.rename(columns={"v": "brain_volume"})))
    found = outcomes.neda(records, 2000, 2730, NEDA_4)
    assert found.volume is not None
    assert found.volume.tolist() == [expected]
    assert found.free.tolist() == [min(expected, int(outcomes.neda(records, 2000, 2730).free[0]))]
    assert outcomes.neda(records, 2000, 2730).volume is None


@pytest.mark.parametrize(
    ("scans", "expected"),
    [
        pytest.param([(1000, 5, 1), (1300, 0, 0)], 1, id="lesions of before the reference"),
        pytest.param([(1000, 0, 0), (1150, 1, 0), (1300, 0, 0)], 0, id="a new lesion between"),
        pytest.param([(1000, 0, 0), (1150, 0, 1)], 0, id="an enhancing lesion, and then no scan"),
        pytest.param([(1000, 0, 0)], -1, id="no scan at the confirmation"),
        pytest.param([], -1, id="no scan"),
        pytest.param([(1000, 0, 0), (1300, 0, 0), (1400, 3, 3)], 1, id="lesions after the confirmation"),
    ],
)
def test_truth_table_of_worsening_that_is_silent_on_mri(scans: list[tuple[int, int, int]], expected: int) -> None:
    visits = [(1000, 2), (1200, 3), (1300, 3)]
    records = cohort({1: visits, 2: visits[:2]}, scans={1: scans})
    events = outcomes.first_attributed(records, CDW_12W, PIRA_MULLER_2023, "PIRA")
    assert outcomes.mri_silent(events, records).tolist() == [expected, -1]
    with pytest.raises(InputError, match="one row a person"):
        outcomes.mri_silent(events.take(events.seen), records)


def test_every_named_definition_is_judged_and_says_where_it_comes_from() -> None:
    records = timed(cohort({1: SLOW, 2: []}, {1: [1250]}), WALKS[:3])
    for name in outcomes.names():
        definition = outcomes.named(name)
        found = outcomes.judged(records, definition)
        assert definition.name == name
        assert len(definition.source) > 40
        assert found.person.tolist() == [1, 2]
        assert not found.seen[1]
    assert {"CDW_12W", "CDW_24W", "COMPOSITE_12W", "PIRA_KAPPOS_2020", "PIRA_CAGOL_2022"} <= set(outcomes.names())
    with pytest.raises(UnknownName, match="Did you mean 'PIRA_KAPPOS_2020'"):
        outcomes.named("PIRA_KAPPOS_2022")


@pytest.mark.parametrize(
    ("event", "day"),
    [("worsening", 1300), ("improvement", NEVER), ("RAW", 1300), ("PIRA", NEVER), ("undefined", NEVER)],
)
def test_a_definition_says_which_event_is_meant(event: Any, day: int) -> None:
    records = cohort({1: SLOW}, {1: [1250]})
    assert outcomes.judged(records, Definition("x", "y", event, (CDW_12W,), PIRA_MULLER_2023)).day.tolist() == [day]


def test_a_definition_that_cannot_be_judged_is_refused() -> None:
    records = cohort({1: SLOW})
    with pytest.raises(InputError, match="what makes a worsening PIRA"):
        outcomes.judged(records, Definition("x", "y", "PIRA", (CDW_12W,)))
    with pytest.raises(InputError, match="no rule"):
        outcomes.judged(records, Definition("x", "y", "worsening", ()))
    with pytest.raises(UnknownName, match="Did you mean 'worsening'"):
        outcomes.judged(records, Definition("x", "y", "worsenin", (CDW_12W,)))  # type: ignore[arg-type]


def test_kappos_starts_the_reference_afresh_after_a_relapse_and_never_lowers_it() -> None:
    # the relapse of day 1100 leaves 3.0, the new reference; 4.0 on day 1400 is PIRA from it. Against the old one of
    # 2.0 the relapse lies between reference and event. In person 2 the relapse leaves less than before: 2.0 is kept
    raised = [(1000, 2), (1150, 3), (1300, 3), (1400, 4), (1500, 4)]
    lowered = [(1000, 2), (1150, 1), (1300, 1), (1400, 2), (1500, 2)]
    records = cohort({1: raised, 2: lowered}, {1: [1100], 2: [1100]})
    found = outcomes.judged(records, outcomes.named("PIRA_KAPPOS_2020"))
    assert found.day.tolist() == [1400, NEVER]
    assert found.reference_day.tolist() == [1150, NEVER]


MINE = """
name = "mine"
source = "protocol"
base = "PIRA_MULLER_2023"
[rule]
threshold = "EDSS_STEP_TO_5_5"
[rule.confirmation]
days = 168
late = 30
also = [{days = 336, early = 7, late = "none"}]
[rule.reference]
after_relapse = 0
"""


def test_a_definition_from_a_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(MINE)
    made, base = outcomes.rule_from_toml(file), outcomes.named("PIRA_MULLER_2023")
    rule = base.rules[0]
    confirmation = replace(rule.confirmation, days=168, late=30, also=(outcomes.Window(336, 7, None),))
    changed = replace(
        rule,
        threshold=outcomes.EDSS_STEP_TO_5_5,
        confirmation=confirmation,
        reference=replace(rule.reference, after_relapse=0),
    )
    assert made == replace(base, name="mine", source="protocol", rules=(changed,))


def test_a_definition_from_a_file_can_be_written_whole(tmp_path: Path) -> None:
    file = tmp_path / "whole.toml"
    file.write_text(
        """
name = "whole"
source = "us"
event = "RAW"
by = {name = "a", source = "b", raw = [60, 0], free = [{start = "last", before = 0, stop = "event", after = 30}]}
[[rules]]
name = "walk"
source = "us"
scale = {table = "tests", column = "t25fw", higher_is_worse = true}
threshold = {name = "t", source = "s", share = 0.2, most = 10}
reference = {moves_on_improvement = true, moves_on_worsening = false, at_onset = false, skips = "all"}
relapses = {reference = [30, 0], event = [0, 0], confirmation = [30, 0]}
[rules.confirmation]
days = 84
early = 7
late = "none"
every_visit = true
sustained = "none"
unconfirmed = "never"
"""
    )
    made = outcomes.rule_from_toml(file)
    (rule,) = made.rules
    assert rule.scale == T25FW
    assert rule.threshold == outcomes.ShareThreshold("t", "s", 0.2, 10.0)
    assert (rule.confirmation.late, rule.confirmation.sustained, rule.reference.skips) == (None, None, "all")
    assert made.by == outcomes.AttributionRule("a", "b", (60, 0), (outcomes.Interval("last", 0, "event", 30),))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("evnt = 'PIRA'", "No key of x.toml 'evnt'. Did you mean 'event'"),
        ("base = 'CDW_12'", "Did you mean 'CDW_12W'"),
        ("base = 'CDW_12W'\n[rule.confirmation]\nday = 3", "Did you mean 'days'"),
        (
            "base = 'CDW_12W'\n[rule.confirmation]\ndays = 'x'",
            "x.toml, rule, confirmation, days: int expected, not 'x'",
        ),
        ("base = 'CDW_12W'\n[rule.confirmation]\ndays = true", "int expected"),
        ("base = 'CDW_12W'\n[rule]\nscale = 'EDS'", "Did you mean 'EDSS'"),
        ("base = 'CDW_12W'\n[rule]\nscale = 3", "a table of table, column, higher_is_worse is expected, not '3'"),
        ("base = 'CDW_12W'\n[rule.relapses]\nevent = [3]", "2 values are expected, not 1"),
        ("base = 'CDW_12W'\n[rule.relapses]\nevent = 3", "a list is expected"),
        ("base = 'CDW_12W'\nevent = 'PIRAT'", "Did you mean 'PIRA'"),
        ("name = 'x'", "x.toml: source must be given"),
        ("rule = {}\nrules = []", "rule and rules are both given"),
        ("rule = {}", "x.toml, rule: name must be given"),
        ("name =", "x.toml is no TOML"),
    ],
)
def test_a_file_that_is_wrong_is_refused_in_one_line(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "x.toml").write_text(text)
    with pytest.raises(InputError) as refused:
        outcomes.rule_from_toml(tmp_path / "x.toml")
    assert problem in str(refused.value)
    assert "\n" not in str(refused.value)
    with pytest.raises(InputError, match="cannot be read"):
        outcomes.rule_from_toml(tmp_path / "none.toml")


NAMES = {"subj_col": "id", "value_col": "EDSS", "date_col": "day", "outcome": "edss", "date_format": "day"}
OLD = pd.DataFrame({"id": 1, "day": [45, 85, 185], "EDSS": [2.0, 3.0, 3.0]})


def kinds(visits: pd.DataFrame, relapses: pd.DataFrame, **options: Any) -> list[list[Any]]:
    """Type, day and label of every event: by default, and as msprog has it."""
    asked = {**NAMES, "RAW_PIRA": True, "include_dates": True, **options}
    answers = [outcomes.from_msprog(asked, compatible=same).run(visits, relapses) for same in (False, True)]  # type: ignore[union-attr]
    return [answer.results[["event_type", "date", "CDW_type"]].to_numpy().tolist() for answer in answers]


def test_an_old_relapse_counts_by_default_and_is_forgotten_as_in_msprog_where_asked() -> None:
    ours, theirs = kinds(OLD, pd.DataFrame({"id": [1], "day": [0]}))
    assert ours == [["CDW", 85.0, "RAW"]]
    assert theirs == [["CDW", 85.0, "PIRA"]]


def test_the_order_of_relapses_matters_only_where_msprog_is_repeated() -> None:
    # the relapse of day 100 leaves 3.0, the new reference; taken in the order of the table, that of day 600 hides it
    visits = pd.DataFrame({"id": 1, "day": [0, 200, 300, 400], "EDSS": [2, 3, 3, 3]})
    for days in ([100, 600], [600, 100]):
        relapses = pd.DataFrame({"id": 1, "day": days})
        asked = {"event": "multiple", "baseline": "roving", "relapse_rebl": True, "relapse_assoc": 30}
        ours, theirs = kinds(visits, relapses, **asked)
        assert [kind for kind, _, _ in ours] == [""]
        assert [kind for kind, _, _ in theirs] == ([""] if days == [100, 600] else ["CDW"])


def test_scores_that_do_not_exist_are_refused_by_default_and_taken_as_in_msprog_where_asked() -> None:
    odd = OLD.assign(EDSS=[2.0, 3.3, 3.3])
    with pytest.raises(TableError, match=r"visits, row 2, column 'EDSS': '3\.3' is no step of the EDSS"):
        outcomes.from_msprog(NAMES).run(odd)
    assert outcomes.from_msprog(NAMES, compatible=True).run(odd).results.nevent.tolist() == [1]  # type: ignore[union-attr]
    with pytest.raises(TableError, match=r"'11\.0' is no score of EDSS"):
        outcomes.from_msprog(NAMES, compatible=True).run(OLD.assign(EDSS=[2.0, 11.0, 3.0]))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"conf_day": 84}, "Did you mean 'conf_days'"),
        ({"event": "firstPIRAT"}, "Did you mean 'firstPIRA'"),
        ({"baseline": "rowing"}, "Did you mean 'roving'"),
        ({"outcome": "eds"}, "Did you mean 'edss'"),
        ({"outcome": None}, "outcome must be given"),
        ({"subj_col": None}, "subj_col must be given"),
        ({"outcome": "custom"}, "needs delta_fun"),
        ({"delta_fun": 3}, "delta_fun is a function"),
        ({"impute_last_visit": 0.5}, "draws at random"),
        ({"impute_last_visit": -1}, "not negative"),
        ({"renddate_col": "end"}, "ends of relapses"),
        ({"RAW_PIRA": True, "relapse_indep": {"use_end_dates": True}}, "ends of relapses"),
        ({"RAW_PIRA": True, "relapse_indep": {"perc": [0, 0]}}, "Did you mean 'prec'"),
        ({"RAW_PIRA": True, "relapse_indep": {"prec": [None, 0]}}, "needs a left end"),
        ({"RAW_PIRA": True, "relapse_indep": {"prec_type": "lst"}}, "Did you mean 'last'"),
        ({"RAW_PIRA": "maybe"}, "RAW_PIRA is true or false"),
        ({"conf_days": "inf"}, "cannot be infinite"),
        ({"conf_days": []}, "at least one number"),
        ({"conf_tol_days": [1, 2, 3]}, "one number of days or two"),
        ({"conf_tol_days": {"90": [7, 7]}}, "no tolerance for 84 days"),
    ],
)
def test_options_of_msprog_that_cannot_be_judged_are_refused_in_one_line(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(InputError) as refused:
        outcomes.from_msprog({**NAMES, **options})
    assert problem in str(refused.value)
    assert "\n" not in str(refused.value)


def test_tables_that_cannot_be_read_are_refused_with_row_and_column() -> None:
    definition: Any = outcomes.from_msprog(NAMES)
    for visits, problem in [
        (OLD.drop(columns="EDSS"), "No column of visits 'EDSS'"),
        (OLD.assign(EDSS=[2, "x", 3]), "visits, row 2, column 'EDSS': 'x' is not a number"),
        (OLD.assign(day=[0, 90.5, 180]), "visits, row 2, column 'day': '90.5' is not a whole number of days"),
        (OLD.assign(EDSS=np.nan), "no complete row"),
        (OLD[:0], "no complete row"),
    ]:
        with pytest.raises(InputError, match=problem.replace("'", ".")):
            definition.run(visits)
    dated: Any = outcomes.from_msprog({**NAMES, "date_format": None})
    with pytest.raises(TableError, match="numbers where dates are expected"):
        dated.run(OLD)
    with pytest.raises(TableError, match="row 2, column 'day': 'soon' is not a date"):
        dated.run(OLD.assign(day=["2020-01-01", "soon", "2020-09-01"]))
    with pytest.raises(UnknownName, match="Did you mean 'value_milestone'"):
        outcomes.from_msprog(NAMES, function="value_milestones")


def test_dates_and_days_people_as_text_and_as_numbers_and_any_order_of_rows_say_the_same() -> None:
    asked = {**NAMES, "event": "multiple", "baseline": "roving", "include_dates": True, "include_values": True}
    days: Any = outcomes.from_msprog(asked)
    plain = days.run(OLD).results
    dated: Any = outcomes.from_msprog({**asked, "date_format": "%d/%m/%Y"})
    start = pd.Timestamp("2020-01-01")
    written = OLD.assign(day=(start + pd.to_timedelta(OLD.day, unit="D")).dt.strftime("%d/%m/%Y"), id="A")[::-1]
    other = dated.run(written).results
    assert ((other.date - start).dt.days == plain.date).all()
    assert other.time2event.tolist() == plain.time2event.tolist() == [40.0]
    assert other.id.tolist() == ["A"]


def test_a_custom_score_takes_its_own_threshold_and_direction() -> None:
    asked = {**NAMES, "outcome": "custom", "value_col": "grip", "worsening": "decrease", "delta_fun": lambda v: v / 10}
    visits = pd.DataFrame({"id": 1, "day": [0, 90, 200], "grip": [50.0, 45.0, 44.0]})
    definition: Any = outcomes.from_msprog(asked)
    assert definition.run(visits).event_count.CDW.tolist() == [1]
    assert definition.run(visits.assign(grip=[50.0, 46.0, 44.0])).event_count.CDW.tolist() == [0]


PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "define-an-outcome.md"


def test_the_page_names_every_option_of_msprog_and_its_example_says_what_it_says() -> None:
    text = PAGE.read_text()
    known = {*OPTIONS, *LEVELS, *TRAJECTORIES}
    assert [name for name in sorted(known) if f"`{name}`" not in text] == []
    block = text[text.index("options = dict(") :].split("```")[0].strip().splitlines()
    names: dict[str, Any] = {"pd": pd, "sm": smoulder}
    exec("\n".join(block[:-2]), names)
    assert str(eval(block[-2], names)) == block[-1].removeprefix("# ")
