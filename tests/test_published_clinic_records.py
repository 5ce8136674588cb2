"""The 40 clinic records of MSoutcomes by every named definition: rows in, used, set aside, events, methods."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from smoulder import judging, outcomes, reports, tables
from smoulder.tables import Cohort


@pytest.fixture(scope="module")
def clinic(shared: Path) -> Cohort:
    """The records as their files stand."""
    folder = shared / "data" / "core_edss_visits"
    if not folder.is_dir():
        pytest.skip("the folder ../shared holds no core_edss_visits")
    return tables.read_cohort(folder / "visits.csv", folder / "relapses_seen_from_visits.csv")


def test_published_records_are_read_whole_and_every_row_is_accounted_for(clinic: Cohort) -> None:
    counts = clinic.account.frame().set_index("table")
    print(f"\n{clinic.account}")
    assert counts.loc["visits.csv"].tolist() == [530, 530, 0]
    assert counts.loc["relapses_seen_from_visits.csv"].tolist() == [101, 101, 0]
    assert len(clinic.records) == 40
    # relapses stand twice in the source, in the table and as days since the latest at each visit: the same ones
    assert len(clinic.records.relapses) == 101


def test_published_records_by_every_definition(clinic: Cohort) -> None:
    many = outcomes.multiverse(clinic.records)
    table = many.definitions.set_index("definition")
    shown = ["first_events", "years_to_first", "rate", "lo", "hi", "share_5", "worsenings", "PIRA", "RAW", "undefined"]
    print(f"\n{table[shown].round(3).to_string()}")
    assert (table["people"] == 40).all()
    first = table["first_events"]
    # what one definition asks for on top of another can only take events away
    assert first["CDW_24W"] <= first["CDW_12W"] == first["COMPOSITE_12W"]
    assert max(first["PIRA_MULLER_2023"], first["PIRA_MULLER_2023_SPECIFIC"]) <= first["CDW_ROVING_12W"]
    # each first event is found by the plain reading of the rule: confirmed on every visit up to 77 days later or more
    naive = _first_confirmed(clinic)
    found = outcomes.judged(clinic.records, outcomes.named("CDW_12W"))
    days = dict(zip(found.person[found.seen].tolist(), found.day[found.seen].tolist(), strict=True))
    assert days == naive


def _first_confirmed(clinic: Cohort) -> dict[int, int]:
    """First events by CDW_12W, read off person by person with nothing shared with the engine."""
    visits, relapses = clinic.records.visits, clinic.records.relapses
    scored = pd.DataFrame({"person": visits.person, "day": visits.day, "edss": visits.edss / 2})
    found = {}
    for person, part in scored[scored["edss"] >= 0].groupby("person"):
        attacks = relapses.day[relapses.person == person]
        rows = [
            (int(day), float(edss), not ((attacks <= day) & (attacks > day - 30)).any())
            for _, day, edss in part.itertuples(index=False)
        ]
        start = next((k for k, row in enumerate(rows) if row[2]), None)
        if start is None:
            continue
        low = rows[start][1]
        bound = low + (1.5 if low == 0 else 1.0 if low <= 5 else 0.5)
        for k in range(start + 1, len(rows)):
            late = next((j for j in range(k + 1, len(rows)) if rows[j][0] >= rows[k][0] + 77 and rows[j][2]), None)
            if late is not None and all(row[1] >= bound for row in rows[k : late + 1]):
                found[int(person)] = rows[k][0]
                break
    return found


def test_published_records_have_a_methods_paragraph_and_an_event_table_by_their_own_names(clinic: Cohort) -> None:
    found = judging.judge(clinic, outcomes.named("CDW_12W"))
    lines = reports.outcome_summary(found)
    print("\n" + "\n".join(lines))
    assert found.counts == {"people": 40, "scored": 40, "scored twice": 34, "rows": 530, "scores": 350}
    assert lines[-1].startswith("methods: The outcome was the first confirmed worsening of EDSS")
    events = found.events()
    assert set(events["id"]) <= {f"p{number:02d}" for number in range(1, 41)}
    assert int(events["counted"].sum()) == found.row["first_events"]
    # days are those of the file, in which a person's first record is day 0 and relapses can lie before it
    assert clinic.shift > 0 and int(events["reference_day"].min()) >= 0
