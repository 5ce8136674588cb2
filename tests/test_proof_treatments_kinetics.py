"""Exposure against closed forms: no dose, before the lag, for ever, after the last dose, two drugs at once."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoulder import evidence, treatments
from smoulder.parameters.units import DAYS_PER_YEAR
from smoulder.treatments import EFFECTS, Dosing, Kinetics, exposure, overshoot

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


LASTING = [drug for drug in treatments.drugs() if not treatments.drug(drug).dosing.pulsed]
REBOUNDING = [drug for drug in treatments.drugs() if any(a.rebound for a in treatments.drug(drug).actions)]


@pytest.mark.parametrize("drug", LASTING)
def test_dosing_for_good_reaches_the_maximum_and_stopping_returns_to_one(drug: str) -> None:
    for action in treatments.drug(drug).actions:
        lasting = row(drug, action.effect, 20.0)
        assert lasting[-2 * STEPS :].mean() == pytest.approx(1 + action.change, abs=0.005)
        assert lasting[0] != lasting[-1]
        stopped = row(f"{drug}:stop=5", action.effect, 60.0)
        np.testing.assert_array_equal(stopped[: 5 * STEPS - 1], lasting[: 5 * STEPS - 1])
        assert stopped[-1] == pytest.approx(1.0, abs=1e-3)
    untouched = set(EFFECTS) - {action.effect for action in treatments.drug(drug).actions}
    table = treatments.plan(drug).multipliers(STEPS, 3)
    assert (table[[EFFECTS.index(effect) for effect in untouched]] == 1.0).all()


@pytest.mark.parametrize("drug", sorted(set(treatments.drugs()) - set(REBOUNDING)))
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
        given = treatments.drug(drug)
        less, more = (
            exposure(action.kinetics, given.dosing, stop, 12, 10, given.driver(action)) for stop in (short, long)
        )
        assert (less <= more + 1e-12).all()


def test_pulses_end_by_themselves_and_a_stop_leaves_out_the_later_ones() -> None:
    pulses = Dosing(math.inf, (0.0, 1.0))
    times = np.array([0.25, 0.75, 1.25, 50.0])
    np.testing.assert_allclose(pulses.since(times, None), [0.25, 0.75, 0.25, 49.0])
    np.testing.assert_allclose(pulses.since(times, 1.0), [0.25, 0.75, 1.25, 50.0])
    assert (pulses.since(times, 0.0) == np.inf).all()


@pytest.mark.parametrize("drug", sorted(set(treatments.drugs()) - set(LASTING)))
def test_a_pulsed_drug_fades_without_being_stopped(drug: str) -> None:
    for action in treatments.drug(drug).actions:
        left = row(drug, action.effect, 60.0)
        assert abs(left[: 3 * STEPS] - 1).max() == pytest.approx(action.maximum, rel=0.05)
        assert left[-1] == pytest.approx(1.0, abs=0.005)


@given(st.floats(0.01, 0.5), st.floats(0.05, 1.0), st.floats(1.0, 3.0))
def test_a_rebound_is_the_gap_between_two_exponentials(fall: float, half: float, stop: float) -> None:
    """On at once and for ``stop`` years, then gone with half-time ``fall``; what is held back follows it."""
    days = 365
    found = overshoot(Kinetics(offset_half=fall), ALWAYS, stop, days, 6.0, half)
    assert (found[: int(stop * days)] == 0).all()
    k, c = math.log(2) / fall, math.log(2) / half
    t = np.maximum((np.arange(6 * days) + 0.5) / days - stop, 0.0)
    if abs(k - c) < 0.05 * c:
        return
    gathered = 1 - math.exp(-c * stop)
    held_back = gathered * np.exp(-c * t) + c / (c - k) * (np.exp(-k * t) - np.exp(-c * t))
    expected = np.maximum(held_back - np.exp(-k * t), 0.0)
    after = t > 2 / days
    # the grid sees the stop to half a day, in which either curve moves by at most its rate times that
    np.testing.assert_allclose(found[after], expected[after], atol=1.5 * (k + c) / days)


@pytest.mark.parametrize("drug", REBOUNDING)
def test_a_rebound_comes_after_stopping_and_passes(drug: str) -> None:
    assert drug in ("natalizumab", "fingolimod")
    effect, rebound = next((a.effect, a.rebound) for a in treatments.drug(drug).actions if a.rebound)
    assert rebound is not None
    course = row(f"{drug}:stop=3", effect, 30.0)
    assert (course[: 3 * STEPS] < 1).all()
    assert 1.05 < course[3 * STEPS :].max() < 1 + rebound.share
    assert course[-1] == pytest.approx(1.0, abs=1e-3)
    short = row(f"{drug}:stop=0.1", effect, 30.0)
    assert short.max() < course.max()
    assert rebound.prior.quantile(0.001) < 0.01 and rebound.prior.quantile(0.95) > 3 * rebound.prior.quantile(0.2)
