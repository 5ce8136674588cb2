"""Exposure against closed forms: no dose, before the lag, for ever, after the last dose, two drugs at once."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoulder import evidence, treatments
from smoulder.parameters.units import DAYS_PER_YEAR
from smoulder.treatments import EFFECTS, Dosing, Kinetics, exposure

STEPS = 24
ALWAYS = Dosing(0.0)


def row(name: str, effect: str, years: float = 10.0) -> np.ndarray:
    return treatments.plan(name).multipliers(STEPS, years)[EFFECTS.index(effect)]


def test_without_a_drug_or_a_dose_nothing_changes() -> None:
    assert (treatments.plan("none").multipliers(STEPS, 3) == 1.0).all()
    for drug in treatments.drugs():
        assert (treatments.plan(drug, stop=0.0).multipliers(STEPS, 3) == 1.0).all()


def test_a_table_has_a_row_an_effect_and_a_column_a_step() -> None:
    assert treatments.plan("ocrelizumab").multipliers(STEPS, 2.5).shape == (len(EFFECTS), 60)
    assert treatments.plan("none").multipliers(12, 0.01).shape == (len(EFFECTS), 1)


def test_nothing_happens_before_the_lag() -> None:
    lagged = exposure(Kinetics(lag=1.0, onset_half=0.1), ALWAYS, None, STEPS, 3)
    assert (lagged[:STEPS] == 0).all()
    assert (lagged[STEPS:] > 0).all()


@given(st.floats(0.001, 2.0))
def test_the_rise_is_the_mean_of_an_exponential_over_each_step(half: float) -> None:
    found = exposure(Kinetics(onset_half=half), ALWAYS, None, STEPS, 2)
    k = math.log(2) / half
    edges = np.arange(2 * STEPS + 1) / STEPS
    expected = 1 - (np.exp(-k * edges[:-1]) - np.exp(-k * edges[1:])) * STEPS / k
    np.testing.assert_allclose(found, expected, atol=1e-9)


@given(st.floats(0.01, 1.0), st.floats(0.0, 1.0), st.floats(0.5, 3.0))
def test_the_fall_is_two_exponentials_from_the_last_dose(half: float, share: float, slow: float) -> None:
    kinetics = Kinetics(offset_half=half, slow_share=share, slow_half=slow)
    found = exposure(kinetics, ALWAYS, 1.0, STEPS, 4)
    assert (found[:STEPS] == 1).all()
    edges = np.arange(3 * STEPS + 1) / STEPS

    def mean(half: float) -> np.ndarray:
        k = math.log(2) / half
        return (np.exp(-k * edges[:-1]) - np.exp(-k * edges[1:])) * STEPS / k

    np.testing.assert_allclose(found[STEPS:], (1 - share) * mean(half) + share * mean(slow), atol=1e-9)


def test_a_finer_step_tells_the_same_story() -> None:
    for drug in treatments.drugs():
        coarse = treatments.plan(drug, stop=2.0).multipliers(STEPS, 4)
        fine = treatments.plan(drug, stop=2.0).multipliers(4 * STEPS, 4)
        np.testing.assert_allclose(fine.reshape(len(EFFECTS), -1, 4).mean(axis=2), coarse, atol=0.01)


@pytest.mark.parametrize("drug", treatments.drugs())
def test_dosing_for_good_reaches_the_maximum_and_stopping_returns_to_one(drug: str) -> None:
    for action in treatments.drug(drug).actions:
        lasting = row(drug, action.effect, 20.0)
        assert lasting[-2 * STEPS :].mean() == pytest.approx(1 + action.change, abs=0.005)
        assert lasting[0] != lasting[-1]
        stopped = row(f"{drug}:stop=5", action.effect, 40.0)
        np.testing.assert_array_equal(stopped[: 5 * STEPS - 1], lasting[: 5 * STEPS - 1])
        assert stopped[-1] == pytest.approx(1.0, abs=1e-3)
    untouched = set(EFFECTS) - {action.effect for action in treatments.drug(drug).actions}
    table = treatments.plan(drug).multipliers(STEPS, 3)
    assert (table[[EFFECTS.index(effect) for effect in untouched]] == 1.0).all()


@pytest.mark.parametrize("drug", treatments.drugs())
def test_the_effect_fades_without_turning_back(drug: str) -> None:
    for action in treatments.drug(drug).actions:
        after = np.abs(row(f"{drug}:stop=3", action.effect, 20.0)[3 * STEPS + 1 :] - 1)
        assert (np.diff(after) <= 1e-12).all()


def test_two_drugs_multiply() -> None:
    both = treatments.plan("ocrelizumab+siponimod:stop=3").multipliers(STEPS, 6)
    alone = [treatments.plan(f"{drug}:stop=3").multipliers(STEPS, 6) for drug in ("ocrelizumab", "siponimod")]
    np.testing.assert_allclose(both, alone[0] * alone[1], rtol=1e-12)
    assert (both[EFFECTS.index("maintenance")] < np.minimum(*(a[EFFECTS.index("maintenance")] for a in alone))).any()


def test_an_imagined_drug_acts_at_once_and_stops_at_once() -> None:
    halved = row("hypothetical:bare_loss:0.5:stop=2", "bare_loss", 4)
    assert (halved[: 2 * STEPS] == 0.5).all() and (halved[2 * STEPS :] == 1.0).all()
    assert (row("hypothetical:remyelination:+1.0", "remyelination") == 2.0).all()
    assert (row("hypothetical:attack:1", "attack") == 0.0).all()


def test_b_cells_return_as_reported() -> None:
    kinetics = treatments.drug("ocrelizumab").actions[0].kinetics
    for id, months in (("ocr_bcell1pct_6m", 6), ("ocr_bcell1pct_9m", 9), ("ocr_bcell1pct_12m", 12)):
        reported = evidence.row(id)
        assert reported.lo is not None and reported.hi is not None
        assert reported.lo <= kinetics.returned(np.array([months / 12]))[0] <= reported.hi


def test_ocrelizumab_depletes_within_two_weeks_and_outlasts_its_b_cells() -> None:
    dosed = exposure(treatments.drug("ocrelizumab").actions[0].kinetics, Dosing(0.0), None, 365, 0.1)
    assert dosed[14] > 0.99 > dosed[7]
    drug = treatments.drug("ocrelizumab")
    after = exposure(drug.actions[0].kinetics, drug.dosing, 0.1, STEPS, 4)
    since_last = (np.arange(4 * STEPS) + 0.5) / STEPS - 14 / DAYS_PER_YEAR
    gone = drug.actions[0].kinetics.returned(np.maximum(since_last, 0.0))
    late = since_last > 0.75
    assert (after[late] > 1 - gone[late]).all()
    assert (np.diff(after[late]) < 0).all()


def test_receptors_empty_as_reported_after_natalizumab() -> None:
    # median occupancy 8, 12 and 16 weeks after the last infusion: Derfuss 2017, doi 10.1212/NXI.0000000000000388
    kinetics = treatments.drug("natalizumab").actions[0].kinetics
    held = 1 - kinetics.returned(np.array([8, 12, 16]) * 7 / DAYS_PER_YEAR)
    np.testing.assert_allclose(held, [0.798, 0.307, 0.087], atol=0.02)


def test_natalizumab_starts_as_fast_as_its_relapses_say() -> None:
    by_day_42, whole = (evidence.row(f"affirm_relapse_risk_{when}_hr").value for when in ("day42", "2y"))
    assert by_day_42 is not None and whole is not None
    drug = treatments.drug("natalizumab")
    early = exposure(drug.actions[0].kinetics, drug.dosing, None, 365, 42 / DAYS_PER_YEAR).mean()
    assert early == pytest.approx((1 - by_day_42) / (1 - whole), abs=0.02)


def test_lymphocytes_return_as_reported_after_siponimod() -> None:
    attack = next(a for a in treatments.drug("siponimod").actions if a.effect == "attack")
    returned = attack.kinetics.returned(np.array([10 / DAYS_PER_YEAR]))[0]
    assert returned == pytest.approx(evidence.row("sipo_recovery").value, abs=0.01)


@given(st.sampled_from(treatments.drugs()), st.floats(0, 8), st.floats(0, 8))
def test_a_longer_course_never_acts_less(drug: str, one: float, other: float) -> None:
    short, long = sorted((one, other))
    for action in treatments.drug(drug).actions:
        k, dosing = action.kinetics, treatments.drug(drug).dosing
        assert (exposure(k, dosing, short, 12, 10) <= exposure(k, dosing, long, 12, 10) + 1e-12).all()
