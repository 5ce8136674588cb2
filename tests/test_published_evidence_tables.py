"""The shipped tables against what was published: equal to the sources beside the project, distributions that add up."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smoulder import evidence
from smoulder.errors import UnknownName
from smoulder.evidence.published import LONG_TABLES
from smoulder.evidence.unit_table import FOLDER

PRINTED = 0.5e-4  # half a unit of the fourth decimal, to which each share is printed
STEPS = [0.0, *np.arange(1.0, 10.0, 0.5)]

SOURCES = {name: f"evidence/{name}.csv" for name in LONG_TABLES} | {
    "trial_designs": "evidence/trial_designs.csv",
    "edss_by_duration_msss2005": "evidence/edss_by_duration_msss2005.csv",
    "edss_transition_bcms_recalled": "evidence/edss_transition_bcms_recalled.csv",
    "edss_transition_spms_london_ontario_recalled": "evidence/edss_transition_spms_london_ontario_recalled.csv",
    "edss_transition_msbase_australia_4state_partial": "evidence/edss_transition_msbase_australia_4state_partial.csv",
    "edss_transition_rrms_to_spms_by_edss": "evidence/edss_transition_rrms_to_spms_by_edss.csv",
    "lesion_counts_monthly": "data/lesion_counts_monthly/lesion_counts.csv",
    "rim_lesions_histogram": "data/rim_lesion_counts_aggregates/histogram.csv",
    "rim_lesions_summary": "data/rim_lesion_counts_aggregates/summary.csv",
    "rim_lesions_spearman": "data/rim_lesion_counts_aggregates/spearman.csv",
}


def cells(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def readme_counts(text: str) -> dict[str, list[int]]:
    """Rows, calibration, validation, context, seen, recalled of each long table, as a data dictionary states them."""
    found = {}
    for line in text.splitlines():
        first, *others = (cell.strip(" `") for cell in line.strip("|").split("|"))
        if first.removesuffix(".csv") in LONG_TABLES and len(others) == 6:
            found[first.removesuffix(".csv")] = [int(cell) for cell in others]
    return found


def counts() -> dict[str, list[int]]:
    """The same of the rows as loaded."""
    found = {}
    for name in LONG_TABLES:
        own = [row for row in evidence.load().values() if row.table == name]
        roles, statuses = Counter(row.role for row in own), Counter(row.status for row in own)
        found[name] = [len(own), *(roles[r] for r in ("calibration", "validation", "context"))]
        found[name] += [statuses["seen"], statuses["recalled"]]
    return found


@pytest.mark.parametrize("name", SOURCES)
def test_a_shipped_table_equals_its_source(shared: Path, name: str) -> None:
    assert cells(FOLDER / f"{name}.csv") == cells(shared / SOURCES[name])


def test_every_table_of_the_source_is_shipped(shared: Path) -> None:
    theirs = {path.name for path in (shared / "evidence").glob("*.csv")}
    assert theirs <= {path.name for path in FOLDER.glob("*.csv")}


def test_counts_are_those_of_our_data_dictionary() -> None:
    assert readme_counts((FOLDER / "README.md").read_text(encoding="utf-8")) == counts()


def test_counts_of_rows_roles_and_statuses_are_those_of_the_source(shared: Path) -> None:
    assert readme_counts((shared / "evidence" / "README.md").read_text(encoding="utf-8")) == counts()


def test_the_index_names_every_small_table_with_its_rows_and_its_standing() -> None:
    not_small = {"units", "vocabulary", "tables", "known_oddities", *LONG_TABLES}
    assert set(evidence.tables()) == {path.stem for path in FOLDER.glob("*.csv")} - not_small
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for name, about in evidence.tables().items():
        frame = evidence.table(name)
        assert len(frame) == about.rows
        assert f"| `{name}.csv` | {about.rows} |" in readme
        for column, word in (("role", about.role), ("status", about.status)):
            if column in frame:
                assert set(frame[column]) <= set(evidence.terms(column))
                assert word == "by row" or set(frame[column]) == {word}
            assert word == "by row" or word in evidence.terms(column)
        assert frame.attrs == {"role": about.role, "status": about.status, "source": about.source, "doi": about.doi}


def test_an_unknown_table_offers_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'trial_designs'"):
        evidence.table("trial_design")


def test_a_frame_is_fresh_each_time() -> None:
    frame = evidence.table("trial_designs")
    frame.loc[0, "trial"] = "changed"
    assert evidence.table("trial_designs").loc[0, "trial"] != "changed"


def test_edss_by_duration_is_a_distribution_in_every_year() -> None:
    shares = evidence.edss_by_duration()
    assert list(shares.index) == list(range(31))
    assert list(shares.columns) == STEPS
    assert (shares.to_numpy() >= 0).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=0, atol=len(STEPS) * PRINTED)


@pytest.mark.parametrize("level", [3, 4, 6, 7])
def test_printed_tails_agree_with_the_distribution(level: int) -> None:
    shares, printed = evidence.edss_by_duration(), evidence.table("edss_by_duration_msss2005")[f"p_ge_{level}"]
    above = shares.loc[:, shares.columns >= level]
    np.testing.assert_allclose(above.sum(axis=1), printed, rtol=0, atol=(above.shape[1] + 1) * PRINTED)


def test_printed_mean_and_median_agree_with_the_distribution() -> None:
    shares, raw = evidence.edss_by_duration(), evidence.table("edss_by_duration_msss2005")
    mean = (shares * shares.columns.to_numpy()).sum(axis=1)
    np.testing.assert_allclose(mean, raw["mean_edss"], rtol=0, atol=0.005 + sum(STEPS) * PRINTED)
    below = shares.cumsum(axis=1)
    median = [columns.index[columns >= 0.5][0] for _, columns in below.iterrows()]
    assert list(raw["median_edss"]) == median


def test_the_long_table_quotes_the_distribution_rightly() -> None:
    shares = evidence.edss_by_duration()
    quoted = [row for row in evidence.rows(domain="edss_distribution") if row.id.startswith("msss05_")]
    assert len(quoted) >= 10
    for row in quoted:
        year = int(row.id.rpartition("_y")[2])
        own = shares.loc[year]
        mean = float((own * own.index.to_numpy()).sum())
        got, digit = (float(own[own.index >= 6].sum()), 0.5e-3) if "_ge6_" in row.id else (mean, 0.5e-2)
        assert row.value == pytest.approx(got, abs=digit + sum(STEPS) * PRINTED), row.id


@pytest.mark.parametrize("name", ["edss_transition_bcms_recalled", "edss_transition_spms_london_ontario_recalled"])
def test_yearly_steps_add_up_to_what_the_table_says(name: str) -> None:
    frame = evidence.table(name)
    steps = frame.filter(like="to_")
    assert ((steps >= 0) & (steps <= 1)).all(axis=None)
    np.testing.assert_allclose(steps.sum(axis=1), frame["row_sum"], rtol=0, atol=1e-9)
    digit = 10.0 ** -max(len(cell.partition(".")[2]) for row in cells(FOLDER / f"{name}.csv")[1:] for cell in row[1:3])
    np.testing.assert_allclose(frame["row_sum"], 1, rtol=0, atol=0.5 * digit * steps.shape[1])


def test_the_partial_matrix_leaves_what_it_says() -> None:
    frame = evidence.table("edss_transition_msbase_australia_4state_partial")
    assert list(frame["from_state"]) == ["none", "mild", "moderate", "severe"]
    printed = frame.filter(like="to_").sum(axis=1)
    np.testing.assert_allclose(printed + frame["unallocated"], 1, rtol=0, atol=1e-9)


def test_shares_in_trial_designs_are_shares_and_ranges_run_forwards() -> None:
    designs = evidence.table("trial_designs")
    shares = designs.filter(like="_proportion")
    assert shares.shape[1] == 5
    assert ((shares >= 0) & (shares <= 1) | shares.isna()).all(axis=None)
    for name in ("inclusion_age", "inclusion_edss"):
        low, high = designs[f"{name}_min"], designs[f"{name}_max"]
        assert (low <= high)[low.notna() & high.notna()].all()


def test_monthly_counts_are_consecutive_scans_of_three_people() -> None:
    counted = evidence.table("lesion_counts_monthly")
    assert counted.groupby("patient").size().to_dict() == {"p1": 35, "p2": 26, "p3": 28}
    assert (counted.groupby("patient")["month"].diff().dropna() == 1).all()
    assert (counted["lesion_count"] >= 0).all() and pd.api.types.is_integer_dtype(counted["lesion_count"])


def test_histogram_and_summary_of_rim_lesions_tell_of_the_same_people() -> None:
    bins, summary = evidence.table("rim_lesions_histogram"), evidence.table("rim_lesions_summary").set_index("kind")
    people = bins.groupby("kind")["patients"].sum()
    assert (people == summary["count"].reindex(people.index)).all()
    some = bins[bins["count_from"] > 0].groupby("kind")["patients"].sum() / people
    np.testing.assert_allclose(some, summary["share_with_any"].reindex(some.index), rtol=0, atol=0.5e-3)
    most = bins["count_to"].fillna(summary.loc["all_lesions", "max"])
    low = (bins["count_from"] * bins["patients"]).groupby(bins["kind"]).sum() / people
    high = (most * bins["patients"]).groupby(bins["kind"]).sum() / people
    mean = summary["mean"].reindex(low.index)
    assert ((low <= mean) & (mean <= high)).all()
    ratio = summary["std"] ** 2 / summary["mean"]
    printing = 0.5e-3 * (ratio * (2 / summary["std"] + 1 / summary["mean"]) + 1)  # three decimals each
    assert ((ratio - summary["variance_to_mean"]).abs() <= printing).all()
    kinds = summary.index.drop("all_lesions")
    total = summary.loc["all_lesions", "mean"]
    assert summary.loc[kinds, "mean"].sum() == pytest.approx(total, abs=0.5e-3 * (len(kinds) + 1))


def test_rank_correlations_form_a_symmetric_matrix() -> None:
    matrix = evidence.table("rim_lesions_spearman").set_index("kind")
    assert list(matrix.index) == list(matrix.columns)
    np.testing.assert_array_equal(matrix, matrix.T)
    np.testing.assert_array_equal(np.diag(matrix), 1)
