"""Test and retest of every measurement beside the rows of evidence; ``-s`` shows the table.

A figure that follows from an error of measurement set from the same row must meet that row within twice the sampling
error of the study plus that of the simulation; figures that hang on who was studied are shown, not judged.
"""

from __future__ import annotations

import numpy as np
import pytest

import retest
from clinic_cases import disabled
from clinic_rows import but
from smoulder import clinic
from smoulder.parameters import load

N = 40_000


@pytest.fixture(scope="module")
def seen() -> retest.Clinic:
    """Lives as a clinic sees them."""
    return retest.Clinic(load())


@pytest.mark.parametrize("channel", [retest.ratings, retest.walking, retest.hands, retest.cognition, retest.blood])
def test_published_errors_of_measurement_are_met_where_they_were_set_and_shown_elsewhere(seen, channel):
    found = channel(seen)
    print("", *found, sep="\n")
    judged = [one for one in found if one.tolerance is not None]
    assert judged or channel is retest.ratings  # the agreement of raters is a target of the fit, and shown here
    for one in judged:
        row = retest.ROWS[one.row]
        assert row.role == "calibration"
        assert abs(one.simulated - row.value) < one.tolerance, str(one)


def test_worse_people_are_worse_in_every_test_and_shed_more(seen):
    print("", retest.correlations(seen), sep="\n")
    low, high = seen.sit(seen.edss <= 2), seen.sit((seen.edss >= 5) & (seen.edss <= 6.5))
    for name in ("t25fw", "nhpt_dominant", "nhpt_other"):
        assert np.median(getattr(high, name)) > 1.3 * np.median(getattr(low, name))
    assert np.median(low.sdmt) - np.median(high.sdmt) > 5
    age = (seen.age > 35) & (seen.age < 45)
    assert np.median(seen.snfl[age & (seen.enhancing > 0)]) > np.median(seen.snfl[age & (seen.enhancing == 0)])


def test_planted_errors_are_seen_by_the_figures():
    rng = np.random.default_rng(8)
    level, errors = rng.normal(100, 10, N), rng.normal(0, 5, (2, N))
    one, two = level + errors
    assert retest.reliable_change(one, two) == pytest.approx(1.96 * 5 * np.sqrt(2), rel=0.02)
    assert retest.measurement_error(one, two + 3) == pytest.approx(5, rel=0.02)
    assert retest.icc(one, two) == pytest.approx(100 / 125, abs=0.01)
    assert retest.own_cv(100 + errors[0], 100 + errors[1]) == pytest.approx(0.05 * np.sqrt(2 / np.pi), rel=0.02)
    assert retest.rank(np.array([3.0, np.inf, 1.0, 3.0])).tolist() == [2.5, 4.0, 1.0, 2.5]
    louder = but({"t25fw.noise": 0.2})
    truth = disabled(np.zeros((2, 2_000)), t=2)
    who = np.arange(2_000)
    pair = (np.log(clinic.draw_tests(truth, louder, who, 0 * who + m).t25fw) for m in (0, 1))
    assert retest.reliable_change(*pair) > 0.4 > retest.ROWS["t25_sdc"].value
