"""Which rated visit breaks which rule: by hand, against brute force over all that is missing, and in clinic records."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smoulder import edss, outcomes, tables
from smoulder.outcomes import edss_checks
from smoulder.records import FUNCTIONAL_SYSTEMS, Visits

COLUMNS = (*FUNCTIONAL_SYSTEMS, "ambulation", "arm_use")
CORE = Path(__file__).parents[2] / "shared" / "data" / "core_edss_visits" / "visits.csv"


def visit(rated: float | None, *items: int) -> Visits:
    """One visit: EDSS, seven systems, ambulation and arm use (-1 not rated)."""
    half = -1 if rated is None else round(2 * rated)
    held = {name: np.array([level]) for name, level in zip(COLUMNS, items, strict=True)}
    return Visits(person=np.array([1]), day=np.array([0]), edss=np.array([half]), **held)


def breaks(one: Visits) -> list[str]:
    return edss_checks.consistency(one)["rule"].tolist()


@pytest.mark.parametrize(
    ("rated", "items", "rules"),
    [
        (2.0, (2, 1, 0, 1, 0, 0, 0, 0, -1), []),
        (2.5, (2, 1, 0, 1, 0, 0, 0, 0, -1), ["above systems"]),
        (1.5, (2, 1, 0, 1, 0, 0, 0, 0, -1), ["below systems"]),
        (6.0, (3, 2, 0, 1, 0, 0, 0, 6, -1), []),
        (6.5, (3, 2, 0, 1, 0, 0, 0, 6, -1), ["ambulation"]),
        (3.0, (3, 2, 0, 1, 0, 0, 0, 9, -1), ["ambulation"]),
        (4.0, (2, 0, 0, 0, 0, 0, 0, 1, -1), ["500 m"]),
        (4.0, (2, 0, 0, 0, 0, 0, 0, -1, -1), ["500 m"]),
        (4.0, (2, 0, 0, 0, 0, 0, 0, 0, -1), ["above systems"]),
        (8.5, (5, 2, 0, 1, 0, 0, 0, 12, -1), []),
        (8.5, (5, 2, 0, 1, 0, 0, 0, 12, 0), ["ambulation"]),
        (3.5, (-1, -1, -1, -1, -1, -1, -1, -1, -1), []),
        (2.0, (3, -1, -1, -1, -1, -1, -1, -1, -1), ["below systems"]),
        (7.0, (3, -1, -1, -1, -1, -1, -1, -1, -1), []),
        (None, (3, 2, 0, 1, 0, 0, 0, 9, -1), []),
        (None, (7, 2, 0, 1, 0, 0, 0, 9, -1), ["scale"]),
        (0.5, (0, 0, 0, 0, 0, 0, 0, 0, -1), ["scale"]),
        (10.0, (0, 0, 0, 0, 0, 0, 0, 0, -1), []),
    ],
)
def test_each_rule_is_broken_by_its_case(rated: float | None, items: tuple[int, ...], rules: list[str]) -> None:
    assert breaks(visit(rated, *items)) == rules
    table = edss_checks.agreement(visit(rated, *items))
    assert table["visits"].sum() == (rated is not None)
    if rules and rated is not None:
        assert table.set_index("verdict").loc[rules[0], "visits"] == 1


def test_the_row_names_the_steps_that_are_open_and_the_items() -> None:
    row = edss_checks.consistency(visit(4.0, 2, 0, 0, 0, 0, 0, 0, -1, -1)).iloc[0]
    assert row["allowed"] == "2.0, 4.5-9.5"
    assert row["why"].startswith("pyramidal 2, cerebellar 0")
    assert edss_checks.consistency(visit(None, 7, 2, 0, 1, 0, 0, 0, 9, -1)).iloc[0]["why"] == "pyramidal 7"


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_a_rating_is_condemned_only_if_no_value_of_what_is_missing_fits(data: st.DataObject) -> None:
    items = [data.draw(st.integers(0, top)) for top in edss.TOP]
    missing = data.draw(st.lists(st.integers(0, 8), max_size=3, unique=True))
    rated = data.draw(st.sampled_from([0, *range(2, 20)]))
    open_ = [range(top + 1) if n in missing else [items[n]] for n, top in enumerate(edss.TOP)]
    every = np.array(list(product(*open_)), dtype=np.int8).T
    reachable = set(edss.score(every).tolist())
    shown = [-1 if n in missing else level for n, level in enumerate(items)]
    if items[7] != 12 and 7 not in missing and 8 not in missing:
        shown[8] = -1
    found = breaks(visit(rated / 2, *shown))
    if rated in reachable:
        assert found == []
    elif found == []:  # a step between those that can be reached is let pass, never the other way about
        assert min(reachable) < rated < max(reachable)
    else:
        assert len(found) == 1


@pytest.mark.skipif(not CORE.exists(), reason="the shared folder with core_edss_visits is not beside the project")
def test_every_disagreement_in_clinic_records_has_its_rule() -> None:
    visits = tables.read_cohort(CORE).records.visits
    table = outcomes.edss_checks.agreement(visits).set_index("verdict")
    print("\n" + table.to_string())
    print(edss_checks.consistency(visits).to_string())
    computed = edss_checks.computed(visits)
    whole = (computed >= 0) & (visits.edss >= 0)
    same = computed[whole] == visits.edss[whole]
    assert table.loc["same", "visits"] == same.sum()
    assert table["visits"].sum() == (visits.edss >= 0).sum()
    # the wording of step 4.0 explains nearly all; what is left is looked at one by one in the report
    broken = edss_checks.consistency(visits)
    assert (broken.loc[broken["rule"] == "500 m", "edss"] == 4.0).all()
    assert (broken["rule"] != "500 m").sum() < 0.02 * (visits.edss >= 0).sum()
