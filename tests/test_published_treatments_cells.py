"""Cell counts under treatment against what was counted in people."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from smoulder import evidence, treatments
from smoulder.parameters.units import DAYS_PER_YEAR

MONTH = DAYS_PER_YEAR / 12


def counts(plan: str, cells: str, years: float = 4.0) -> np.ndarray:
    """Share of baseline in each day after the first dose."""
    return treatments.cells(plan, years=years)[cells]


def value(id: str) -> float:
    found = evidence.row(id).value
    assert found is not None
    return found


def change(id: str) -> float:
    """What is left by a row of change from baseline in percent."""
    return 1 + value(id) / 100


def test_ocrelizumab_empties_the_blood_in_two_weeks_but_for_those_who_keep_their_cells() -> None:
    course = counts("ocrelizumab", "CD19")
    keep = value("ocr_nondepleters")
    day = int(value("ocr_complete_2wk") * 7)
    assert course[day] == pytest.approx(keep, abs=0.01)
    # before the next dose the earliest tenth of people begin to have cells again
    assert course[day:].max() < keep + 0.02


def test_b_cells_return_after_ocrelizumab_as_reported() -> None:
    """Share of people with a tenth of baseline (1% of lymphocytes) again: begun to return some weeks before."""
    returning = treatments.drug("ocrelizumab").cells[0].kinetics
    to_a_tenth = returning.offset_half * math.log2(1 / 0.9)
    for id, months in (("ocr_bcell1pct_6m", 6), ("ocr_bcell1pct_9m", 9), ("ocr_bcell1pct_12m", 12)):
        reported = evidence.row(id)
        assert reported.lo is not None and reported.hi is not None
        assert reported.lo <= returning.returned(np.array([months / 12 - to_a_tenth]))[0] <= reported.hi
    weeks = value("ocr_repletion_label")
    half = returning.hold + returning.offset_half
    assert half * DAYS_PER_YEAR / 7 == pytest.approx(weeks, abs=0.5)


def test_b_cells_recover_after_ocrelizumab_on_average_as_the_curve_of_one_person() -> None:
    """The mean over a log-normal delay, by quadrature over people, is what the course of the mean gives."""
    one = treatments.drug("ocrelizumab").cells[0]
    mean = counts("ocrelizumab:stop=0.001", "CD19")
    delays = one.kinetics.hold * np.exp(one.kinetics.hold_spread * stats.norm.ppf((np.arange(2_000) + 0.5) / 2_000))
    for day in (250, 365, 730, 1_200):
        away = np.maximum((day + 0.5) / 365 - delays, 0.0)
        people = 1 - (1 - one.left) * 0.5 ** (away / one.kinetics.offset_half)
        assert mean[day] == pytest.approx(people.mean(), abs=0.003)


def test_ofatumumab_does_what_its_published_model_says() -> None:
    """Baseline 194 per uL, 8 per uL after 11 d, no return between doses, 40 per uL 24.6 weeks after the last.

    Yu 2022, doi 10.1007/s40263-021-00895-w, and the prescribing information.
    """
    course = counts("ofatumumab", "CD19")
    assert course[11] * 194 == pytest.approx(8, abs=1)
    assert course[60:].max() * 194 < 2
    last = 52 * 7
    stopped = counts(f"ofatumumab:stop={(last + 1) / DAYS_PER_YEAR}", "CD19")
    assert stopped[last + int(24.6 * 7)] * 194 == pytest.approx(40, abs=8)


def test_monthly_injections_let_go_sooner_than_half_yearly_infusions() -> None:
    ofatumumab, ocrelizumab = (counts(f"{drug}:stop=1", "CD19") for drug in ("ofatumumab", "ocrelizumab"))
    later = slice(365 + 180, 365 + 500)
    assert (ofatumumab[later] > ocrelizumab[later]).all()


def test_b_cells_under_cladribine_are_as_counted() -> None:
    course = counts("cladribine", "CD19")
    assert course[35] == pytest.approx(change("clad_b_wk5"), abs=0.01)
    assert course[13 * 7] == pytest.approx(change("clad_b_wk13"), abs=0.01)
    assert course[:330].argmin() == pytest.approx(13 * 7, abs=35)
    assert course[24 * 7] > course[13 * 7] + 0.05  # reconstitution from weeks 24 to 48
    recovered = np.flatnonzero(course[364 + 90 :] >= 0.5)[0] + 364 + 90
    assert recovered / 7 == pytest.approx(value("clad_recovery_wk84"), abs=1)


def test_memory_b_cells_under_cladribine_are_as_counted() -> None:
    """One half-time serves both courses and lies between their counts, 6 points from either."""
    course = counts("cladribine", "memory_B")
    for day in (int(3 * MONTH), int(364 + 2 * MONTH)):
        assert course[day] <= change("clad_mem_m3") + 0.01
    assert course[335] == pytest.approx(change("clad_swmem_m12"), abs=0.065)
    assert "-87% month 24" in str(evidence.row("clad_swmem_m12").note)
    assert course[int(24 * MONTH)] == pytest.approx(0.13, abs=0.065)
    assert course[335] < change("clad_swmem_m12") and course[int(24 * MONTH)] > 0.13


@pytest.mark.parametrize("drug", ["cladribine", "alemtuzumab"])
def test_most_people_have_b_cells_again_within_three_months_of_a_pulse(drug: str) -> None:
    """A tenth of baseline is 1% of lymphocytes: the average is above it three months after the first course."""
    assert evidence.row("cladalem_bcell1pct").lo == 0.9
    assert counts(drug, "CD19")[int(3 * MONTH)] > 0.1


def test_t_cells_return_after_alemtuzumab_much_later_than_b_cells() -> None:
    """Mean times to reconstitution, here half of baseline, 6 and 36 months: doi 10.1212/WNL.0b013e31827b5927."""
    for cells, months in (("CD19", 6), ("CD4", 36)):
        once = counts("alemtuzumab:stop=0.5", cells)
        back = np.flatnonzero((once >= 0.5) & (np.arange(once.size) > 60))[0]
        assert back / MONTH == pytest.approx(months, abs=1.5)


@pytest.mark.parametrize(("drug", "id"), [("fingolimod", "fty"), ("siponimod", "sipo"), ("ponesimod", "pone")])
def test_lymphocytes_fall_as_far_as_reported(drug: str, id: str) -> None:
    course, row = counts(drug, "lymphocytes"), evidence.row(f"s1p_alc_{id}")
    assert row.lo is not None and row.hi is not None
    assert row.lo <= course[60] <= row.hi + 0.005
    assert course[14] < course[60] + 0.03


def test_lymphocytes_return_fast_after_siponimod_and_ponesimod_and_not_in_all_after_fingolimod() -> None:
    back = {drug: counts(f"{drug}:stop=1", "lymphocytes")[365:] for drug in ("siponimod", "ponesimod", "fingolimod")}
    assert back["siponimod"][10] > 0.75 and back["ponesimod"][14] > 0.9  # counts are normal from about half on
    assert back["fingolimod"][10] < 0.5 and 0.7 < back["fingolimod"][60] < 0.9
    slow = value("fty_lymphopenia_1y")
    assert 1 - back["fingolimod"][365] == pytest.approx(slow * 0.7 / 2, abs=0.005)


@pytest.mark.parametrize("drug", [d for d in treatments.drugs() if treatments.drug(d).cells])
def test_counts_are_shares_and_come_back(drug: str) -> None:
    for course in treatments.cells(drug + ":stop=1", years=60.0, steps_per_year=12).values():
        assert ((course > 0) & (course <= 1)).all()
        assert course.min() < 0.5 and course[-1] > 0.99


def test_two_drugs_take_the_same_cells_one_after_the_other() -> None:
    both = treatments.cells("ocrelizumab+cladribine", years=2.0)
    assert set(both) == {"CD19", "memory_B"}
    alone = [treatments.cells(drug, years=2.0)["CD19"] for drug in ("ocrelizumab", "cladribine")]
    np.testing.assert_allclose(both["CD19"], alone[0] * alone[1])
    assert treatments.cells("none", years=1.0) == {} == treatments.cells("natalizumab", years=1.0)


def test_an_effect_that_follows_cells_is_their_absence() -> None:
    """Memory aside, exposure is the missing share of the most a dose takes."""
    drug = treatments.drug("ponesimod")
    attack = next(a for a in drug.actions if a.effect == "attack")
    present = treatments.exposure(attack.kinetics, drug.dosing, 1.0, 365, 2.0, drug.driver(attack))
    missing = 1 - treatments.cells("ponesimod:stop=1", years=2.0)["lymphocytes"]
    np.testing.assert_allclose(present, missing / (1 - drug.cells[0].left), atol=1e-12)
