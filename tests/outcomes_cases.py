"""Small follow-ups for the tests of outcomes: written out by hand, or drawn at random by Hypothesis."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from smoulder.records import FUNCTIONAL_SYSTEMS, People, Records, Relapses, Scans, Visits

FIRST, LAST = 1000, 9000
SYSTEMS = (*FUNCTIONAL_SYSTEMS, "ambulation")
SCALE = (0.0, *(step / 2 for step in range(2, 20)))


def cohort(
    visits: dict[int, list[tuple[int, float]]],
    relapses: dict[int, list[int]] | None = None,
    *,
    pyramidal: int = 3,
    scans: dict[int, list[tuple[int, int, int]]] | None = None,
    **people: dict[int, int],
) -> Records:
    """Records of people whose visits are (day, EDSS); ``people`` gives columns by person, else birth 0, onset and
    first day 1000, last day 9000, alive. Scans are (day, new T2, enhancing).
    """
    default = {"sex": 1, "birth_day": 0, "onset_day": FIRST, "first_day": FIRST, "last_day": LAST, "death_day": -1}
    who = pd.DataFrame(
        [{"person": p, **{c: people.get(c, {}).get(p, value) for c, value in default.items()}} for p in visits]
    )
    rows = [(p, day, edss, pyramidal) for p, seen in visits.items() for day, edss in seen]
    reported = [(p, day) for p, seen in (relapses or {}).items() for day in seen]
    mri = [(p, *scan) for p, seen in (scans or {}).items() for scan in seen]
    return Records.from_frames(
        who,
        pd.DataFrame(rows, columns=["person", "day", "edss", "fs_pyramidal"]),
        pd.DataFrame(reported, columns=["person", "day"]),
        pd.DataFrame(mri, columns=["person", "day", "new_t2", "gd"]),
    )


@st.composite
def cohorts(draw: st.DrawFn) -> Records:
    """Up to six people with up to twelve visits and five relapses each, close enough in time for rules to bite."""
    visits, relapses, onset, death = {}, {}, {}, {}
    for person in draw(st.lists(st.integers(0, 50), min_size=1, max_size=6, unique=True)):
        gaps = draw(st.lists(st.sampled_from([1, 20, 29, 30, 31, 90, 91, 92, 182, 183, 365]), max_size=12))
        seen = FIRST + np.cumsum(gaps, dtype=int)
        around = st.one_of(st.sampled_from([2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 6.5]), st.sampled_from(SCALE), st.none())
        scores = draw(st.lists(around, min_size=len(gaps), max_size=len(gaps)))
        visits[person] = [(int(d), float("nan") if e is None else e) for d, e in zip(seen, scores, strict=True)]
        relapses[person] = draw(st.lists(st.integers(FIRST - 100, FIRST + 1500), max_size=5, unique=True))
        onset[person] = draw(st.sampled_from([-1, FIRST - 90, FIRST, FIRST + 45]))
        death[person] = draw(st.sampled_from([-1, LAST]))
    return cohort(visits, relapses, pyramidal=draw(st.sampled_from([1, 2, 3])), onset_day=onset, death_day=death)


@st.composite
def examined(draw: st.DrawFn) -> Records:
    """A cohort of ``cohorts`` with some functional systems rated at random, some of them not."""
    records = draw(cohorts())
    size = len(records.visits)
    score = st.sampled_from([-1, 0, 1, 2, 3, 4])
    rows = {name: draw(st.lists(score, min_size=size, max_size=size)) for name in SYSTEMS[:4]}
    return replace(records, visits=replace(records.visits, **{k: np.array(v, dtype=np.int8) for k, v in rows.items()}))


def shifted(records: Records, by: int) -> Records:
    """The same cohort with every known day later by ``by``."""

    def later(table: People | Visits | Relapses | Scans) -> People | Visits | Relapses | Scans:
        moved = {c.name: getattr(table, c.name) for c in table.SCHEMA if c.unit == "day"}
        return replace(table, **{name: np.where(days < 0, days, days + by) for name, days in moved.items()})

    return Records(*(later(t) for t in (records.people, records.visits, records.relapses, records.scans)))  # type: ignore[arg-type]


def relabelled(records: Records, label: dict[int, int]) -> Records:
    """The same cohort with other numbers for its people."""

    def named(table: People | Visits | Relapses | Scans) -> People | Visits | Relapses | Scans:
        return replace(table, person=np.array([label[int(p)] for p in table.person], dtype=np.int64))

    return Records(*(named(t) for t in (records.people, records.visits, records.relapses, records.scans)))  # type: ignore[arg-type]
