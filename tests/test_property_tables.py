"""Hostile tables, generated: a right answer, or one line with file, row and column; every row is accounted for."""

from __future__ import annotations

import datetime
import re
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smoulder import tables
from smoulder.errors import SmoulderError, TableError
from smoulder.records import Relapses, Visits
from tables_cases import WAYS, Row, handed_over, naive, visit_rows

PLACE = re.compile(r"^(?P<file>[^:]+?), row (?P<row>\d+), column '(?P<column>[^']*)': ")


@pytest.fixture(scope="module")
def folder() -> Path:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def found(cohort: tables.Cohort) -> dict[tuple[str, object], list[float | None]]:
    """Visits of a cohort as the naive reader writes them."""
    visits, tests = cohort.records.visits, cohort.records.tests
    when = list(cohort.when(visits.day))
    moments = [one.astype(datetime.date) if cohort.dated else int(one) for one in when]
    sdmt = {(int(p), int(d)): float(v) for p, d, v in zip(tests.person, tests.day, tests.sdmt, strict=True) if v >= 0}
    return {
        (str(cohort.ids[p]), moment): [None if e < 0 else e / 2, sdmt.get((int(p), int(d)))]
        for p, d, e, moment in zip(visits.person, visits.day, visits.edss, moments, strict=True)
    }


@settings(max_examples=800, deadline=None)
@given(rows=visit_rows(faulty=True), way=st.sampled_from(sorted(WAYS)))
def test_faulty_rows_are_set_aside_and_the_others_are_read_right(folder: Path, rows: list[Row], way: str) -> None:
    expected = naive(rows)
    cohort = tables.read_cohort(handed_over(rows, way, folder), faulty="set aside")
    assert found(cohort) == expected.visits
    (count,) = cohort.account.tables
    assert (count.rows, count.used) == (len(rows), len(rows) - len(expected.lost))
    assert sorted(cohort.account.aside["row"]) == sorted(expected.lost)
    assert cohort.account.aside["reason"].str.len().gt(0).all()


@settings(max_examples=800, deadline=None)
@given(rows=visit_rows(faulty=True), way=st.sampled_from(sorted(WAYS)))
def test_a_fault_is_refused_with_file_row_and_column(folder: Path, rows: list[Row], way: str) -> None:
    expected = naive(rows)
    source = handed_over(rows, way, folder)
    if not expected.faults:
        assert found(tables.read_cohort(source)) == expected.visits
        return
    with pytest.raises(TableError) as caught:
        tables.read_cohort(source)
    message = str(caught.value)
    assert "\n" not in message
    place = PLACE.match(message)
    assert place, message
    assert place["file"] == (source.name if isinstance(source, Path) else "visits")
    assert (int(place["row"]), place["column"]) in expected.faults


@settings(max_examples=60, deadline=None)
@given(rows=visit_rows(faulty=False), shuffle=st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter_where_no_two_contradict(
    folder: Path, rows: list[Row], shuffle: object
) -> None:
    if naive(rows).faults:
        return
    mixed = rows.copy()
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    first, second = (tables.read_cohort(handed_over(one, "pandas", folder)) for one in (rows, mixed))
    assert found(first) == found(second)
    assert first.ids.tolist() == second.ids.tolist()


GOOD = b'id;day;EDSS;note\np1;0;2,5;a\np1;90;3;"b; c"\np2;10;NA;d\n'


@settings(max_examples=400, deadline=None)
@given(
    edits=st.lists(
        st.tuples(st.integers(0, len(GOOD)), st.integers(0, 3), st.binary(max_size=4)), min_size=1, max_size=4
    ),
    faulty=st.sampled_from(["refuse", "set aside"]),
)
def test_a_damaged_file_never_ends_in_a_traceback(
    folder: Path, edits: list[tuple[int, int, bytes]], faulty: str
) -> None:
    raw = GOOD
    for at, cut, new in edits:
        raw = raw[:at] + new + raw[at + cut :]
    (folder / "damaged.csv").write_bytes(raw)
    try:
        cohort = tables.read_cohort(folder / "damaged.csv", faulty=faulty)  # type: ignore[arg-type]
    except SmoulderError as error:
        assert str(error).strip()
        assert "\n" not in str(error)
    else:
        counts = cohort.account.tables[0]
        assert counts.rows == counts.used + len(cohort.account.aside)
        assert len(cohort.records.visits) <= counts.used


people = st.fixed_dictionaries(
    {
        "birth": st.sampled_from([-9000, -9000, 5, None]),
        "death": st.sampled_from([None, None, 400, 90, -9500]),
        "sex": st.sampled_from(["F", "male", "1", "", "x"]),
    }
)


@settings(max_examples=150, deadline=None)
@given(
    facts=st.lists(people, min_size=1, max_size=4),
    relapses=st.lists(st.tuples(st.integers(0, 5), st.sampled_from([-9400, -30, 50, 50, 800])), max_size=6),
    since=st.lists(st.sampled_from([None, 0, 40, 95, 9999]), min_size=8, max_size=8),
)
def test_people_and_relapses_fit_together_or_are_set_aside(
    facts: list[dict[str, object]], relapses: list[tuple[int, int]], since: list[int | None]
) -> None:
    visits = [(p, d) for p in range(len(facts)) for d in (0, 100)]
    seen = pd.DataFrame(visits, columns=["person", "day"]).assign(edss=2.0)
    seen["days_since_relapse"] = [s if s is None else float(s) for s in since[: len(seen)]]
    who = (
        pd.DataFrame(facts)
        .assign(person=range(len(facts)))
        .rename(columns={"birth": "birth_day", "death": "death_day"})
    )
    told = pd.DataFrame(relapses, columns=["person", "day"])
    cohort = tables.read_cohort(seen, told, who, faulty="set aside")

    kept = [n for n, f in enumerate(facts) if f["sex"] != "x" and not _dies_before_birth(f)]
    birth = {n: facts[n]["birth"] for n in kept if facts[n]["birth"] is not None}
    death = {n: facts[n]["death"] for n in kept if facts[n]["death"] is not None}

    def inside(n: int, day: int) -> bool:
        return birth.get(n, day) <= day <= death.get(n, day)

    good = [(p, d, s) for (p, d), s in zip(visits, since, strict=False) if inside(p, d)]
    good = [(p, d, s) for p, d, s in good if s is None or birth.get(p, d - s) <= d - s]
    known = {p for p, _, _ in good}
    wanted = {(p, d - s) for p, d, s in good if s is not None}
    wanted |= {(p, d) for p, d in relapses if p in known and inside(p, d)}
    assert placed(cohort, cohort.records.visits) == sorted((p, d) for p, d, _ in good)
    assert placed(cohort, cohort.records.relapses) == sorted(wanted)
    for count in cohort.account.tables:
        assert count.rows - count.used == (cohort.account.aside["table"] == count.table).sum()
    one = cohort.records.people
    assert (one.first_day <= one.last_day).all()
    again = [getattr(cohort.records, name).frame() for name in ("people", "visits", "relapses")]
    type(cohort.records).from_frames(*again)  # the house's own check of a cohort finds nothing to refuse


def placed(cohort: tables.Cohort, table: Visits | Relapses) -> list[tuple[int, int]]:
    """Identity and counted day of each row."""
    rows = zip(table.person, cohort.when(table.day), strict=True)
    return sorted((int(cohort.ids[person]), int(day)) for person, day in rows)


def _dies_before_birth(facts: dict[str, object]) -> bool:
    return facts["birth"] is not None and facts["death"] is not None and facts["death"] < facts["birth"]  # type: ignore[operator]


@pytest.mark.slow
def test_a_million_rows_are_read_right(folder: Path) -> None:
    size, each = 1_000_000, 20
    draw = np.random.default_rng(20261125)
    order = draw.permutation(size)
    who, day = np.arange(size) // each, (np.arange(size) % each) * 90
    edss = draw.integers(2, 20, size) / 2
    frame = pd.DataFrame({"id": [f"p{n}" for n in who[order]], "day": day[order], "EDSS": edss[order]})
    frame.to_csv(folder / "many.csv", index=False)
    for source in (frame, folder / "many.csv"):
        cohort = tables.read_cohort(source)
        names = cohort.ids[cohort.records.visits.person]
        back = pd.Series(edss, index=pd.MultiIndex.from_arrays([[f"p{n}" for n in who], day])).loc[
            pd.MultiIndex.from_arrays([names, cohort.when(cohort.records.visits.day).astype(np.int64)])
        ]
        np.testing.assert_array_equal(cohort.records.visits.edss / 2, back.to_numpy())
        assert len(cohort.records) == size // each
