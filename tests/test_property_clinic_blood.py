"""Blood samples against hand-made truths: the norm of the age in health, a peak and its halving after one lesion."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import solve_ivp

from clinic_cases import Truth, same
from clinic_rows import but, quiet
from lives import company
from smoulder import clinic, life, records
from smoulder.clinic.blood import draw_blood, excess, norm
from smoulder.errors import UnknownName
from smoulder.parameters import load

STEP = 1 / 24  # a half-time of 1.5 months is three of these


def losing(lost, *, step: float = STEP, ageing=0.0, acute=0.0, **settings) -> Truth:
    """People whose share of fibres lost is this, some of it by ageing or in acute lesions: [T] or [T, N]."""
    shares, aged, sudden = (np.atleast_2d(np.asarray(x, dtype=np.float64).T).T for x in (lost, ageing, acute))
    return Truth(*shares.shape, step=step, lost=shares, lost_ageing=aged, lost_acute=sudden, **settings)


def test_limit_in_health_neurofilament_stays_at_the_norm_of_the_age():
    p = quiet()
    aged = np.linspace(0, 0.1, 240)
    seen = clinic.samples(losing(aged, step=0.25, ageing=aged, age=20.0), p)
    assert len(seen) == 240
    np.testing.assert_allclose(seen.snfl, norm(p, records.years(seen.day)), rtol=1e-6)
    growth = np.log(seen.snfl[-1] / seen.snfl[0]) / records.years(seen.day[-1] - seen.day[0])
    assert growth == pytest.approx(p["snfl.ageing"], rel=1e-5)


def test_exact_one_lesion_peaks_at_once_and_halves_every_half_time():
    p = load()
    share, when = 0.002, 10
    lost = np.where(np.arange(60) >= when, share, 0.0)
    level = excess(losing(lost), p, np.array([0]))[:, 0]
    assert (level[:when] == 0).all()
    assert level.argmax() == when
    clearance = np.log(2) / p["snfl.t_half"]
    even = (1 - np.exp(-clearance * STEP)) / (clearance * STEP)  # the loss is spread over its interval
    assert level[when] == pytest.approx(p["snfl.release"] * share * even, rel=1e-6)
    assert 0.88 < even < 1
    halves = level[when::3]
    np.testing.assert_allclose(halves[1:] / halves[:-1], 0.5, rtol=1e-6)
    short = excess(losing(np.where(np.arange(2000) >= 100, share, 0.0), step=STEP / 100), p, np.array([0]))
    assert short.max() == pytest.approx(p["snfl.release"] * share, rel=2e-3)


def test_limit_steady_loss_gives_the_excess_that_clearance_balances():
    p = load()
    rate = 0.02
    level = excess(losing(rate * STEP * np.arange(1, 200)), p, np.array([0]))[-1, 0]
    assert level == pytest.approx(p["snfl.release"] * rate * p["snfl.t_half"] / np.log(2), rel=1e-3)


def test_exact_an_even_loss_gives_the_same_on_any_grid_and_as_the_equation():
    p = load()
    rate = np.repeat([0.0, 0.03, 0.005, 0.08], 3)  # per year, even within each quarter
    coarse = np.cumsum(rate) * 0.25
    fine = np.cumsum(np.repeat(rate, 6)) * STEP
    one = excess(losing(coarse, step=0.25), p, np.array([0]))[:, 0]
    two = excess(losing(fine), p, np.array([0]))[5::6, 0]
    np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-5)
    clearance, level, ends = np.log(2) / p["snfl.t_half"], 0.0, []
    for r in rate:
        change = solve_ivp(lambda _, e, r=r: p["snfl.release"] * r - clearance * e, (0, 0.25), [level], rtol=1e-9)
        level = change.y[0, -1]
        ends.append(level)
    np.testing.assert_allclose(one, ends, rtol=1e-4, atol=1e-4)


def test_loss_by_healthy_ageing_sheds_nothing_beyond_the_norm():
    p = load()
    rng = np.random.default_rng(1)
    other, aged = np.cumsum(rng.random((2, 40)), axis=1) * 1e-3
    with_age = excess(losing(other + aged, ageing=aged), p, np.array([0]))
    np.testing.assert_allclose(with_age, excess(losing(other), p, np.array([0])), rtol=1e-3)


def test_exact_a_fibre_lost_in_an_acute_lesion_counts_as_often_as_stated():
    p = load()
    rng = np.random.default_rng(2)
    slow, acute = np.cumsum(rng.random((2, 40)), axis=1) * 1e-3
    one, two, both = (
        excess(losing(lost, acute=sudden), p, np.array([0]))
        for lost, sudden in ((slow, 0), (acute, acute), (slow + acute, acute))
    )
    np.testing.assert_allclose(both, one + two, rtol=1e-3)
    np.testing.assert_allclose(two, p["snfl.acute"] * excess(losing(acute), p, np.array([0])), rtol=1e-3)


def varied() -> Truth:
    rng = np.random.default_rng(7)
    truth = losing(np.cumsum(rng.random((40, 50)) * 0.003, axis=0), step=0.25)
    truth.start_age = rng.uniform(20, 50, 50).astype(np.float32)
    truth.onset = rng.uniform(0, 3, 50).astype(np.float32)
    return truth


def test_exact_a_sample_depends_on_its_person_and_day_alone():
    truth, p = varied(), load()
    everyone = clinic.samples(truth, p)
    chosen = np.array([31, 2, 17])
    few = everyone.take(np.isin(everyone.person, truth.id[chosen]))
    same(clinic.samples(truth.take(chosen), p), few)
    same(clinic.samples(truth, p, who=np.isin(np.arange(50), chosen)), few)
    person, moment = clinic.visits.schedule(truth, 0.25, np.ones(50, dtype=bool))
    order = np.random.default_rng(3).permutation(person.size)
    same(draw_blood(truth, p, person[order], moment[order]), everyone)
    on_day = clinic.draw_blood(truth, p, person, moment, day=everyone.day)
    same(on_day, everyone)
    later = clinic.draw_blood(truth, p, person, moment, day=everyone.day + 30)
    np.testing.assert_array_equal(later.day, everyone.day + 30)
    assert (later.snfl != everyone.snfl).mean() > 0.99
    yearly = clinic.samples(truth, p, every_years=1.0)
    keys = set(zip(yearly.person.tolist(), yearly.day.tolist(), yearly.snfl.tolist(), strict=True))
    assert keys < set(zip(everyone.person.tolist(), everyone.day.tolist(), everyone.snfl.tolist(), strict=True))


def test_property_people_and_samples_differ_with_the_stated_spreads():
    p, n, t = load(), 3_000, 8
    seen = clinic.samples(losing(np.zeros((t, n)), step=0.25), p)
    logs = np.log(seen.snfl / norm(p, records.years(seen.day))).reshape(n, t)
    within = np.sqrt(logs.var(axis=1, ddof=1).mean())
    between = np.sqrt(logs.mean(axis=1).var(ddof=1) - within**2 / t)
    assert within == pytest.approx(p["snfl.noise"], rel=4.5 / np.sqrt(2 * n * (t - 1)))
    assert between == pytest.approx(p["snfl.spread"], rel=1.2 * 4.5 / np.sqrt(2 * n))


def test_an_assay_is_a_factor_and_an_unknown_one_is_named_with_the_nearest():
    truth, p = varied(), load()
    plasma, serum = (clinic.samples(truth, p, assay=assay).snfl for assay in ("plasma", "serum_2017"))
    np.testing.assert_allclose(serum / plasma, p["snfl_assay.serum_2017"], rtol=1e-6)
    with pytest.raises(UnknownName, match="Did you mean 'plasma'"):
        clinic.samples(truth, p, assay="plazma")


def test_lives_are_sampled_and_more_loss_never_means_less_neurofilament():
    truth = life.run(company(), years=30, lesions=False)
    seen = clinic.samples(truth, load())
    assert np.isfinite(seen.snfl).all() and (seen.snfl > 0).all()
    more = clinic.samples(truth, but({"snfl.release": 2 * load()["snfl.release"]}))
    assert (more.snfl >= seen.snfl).all() and (more.snfl > seen.snfl).mean() > 0.9


def test_samples_are_written_and_read_back(tmp_path):
    given = records.Samples(person=np.array([1, 1]), day=np.array([10, 20]), snfl=np.array([7.25, np.nan]))
    given.frame().to_csv(tmp_path / "samples.csv", index=False)
    same(records.Samples.from_frame(pd.read_csv(tmp_path / "samples.csv", dtype=str)), given)
