"""Examined eyes against hand-made truths: they follow the fibres as stated, at the norms of health where there is none
to follow, and each result hangs on its own person and day.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from clinic_cases import Truth, same
from lives import company
from smoulder import clinic, life, parameters, records
from smoulder.clinic.vision import draw_eyes, eyes
from smoulder.errors import InputError
from smoulder.parameters import Parameters

CHANNELS = ("low_contrast", "rnfl", "gcipl", "vep")
ERRORS = ("lcla.noise", "rnfl.noise", "gcipl.noise", "vep.noise")
SPREADS = ("lcla.spread", "rnfl.spread", "gcipl.spread", "vep.spread", "vep.amplitude_spread")
HEALTH = {"loss_visual": 0, "block_visual": 0, "survival_visual": 1, "bare_visual": 0, "repaired_visual": 0}


def but(values: dict[str, float]) -> Parameters:
    """The shipped table with these values, also where its bounds do not allow them."""
    rows = parameters.load().rows
    return Parameters(tuple(replace(row, value=float(values.get(row.id, row.value))) for row in rows))


def quiet(**values: float) -> Parameters:
    """The table without error and without differences between people."""
    return but(dict.fromkeys(ERRORS + SPREADS, 0.0) | {name.replace("__", "."): x for name, x in values.items()})


def seen(t: int = 1, n: int = 1, *, step: float = 0.25, age: float = 40.0, **tissue) -> Truth:
    """People whose visual pathway is healthy but for ``tissue``."""
    return Truth(t, n, step=step, age=age, **(HEALTH | {f"{name}_visual": value for name, value in tissue.items()}))


def once(truth: Truth, p: Parameters, moment: int = 0, **settings) -> records.Eyes:
    """Everyone's examination at one moment."""
    who = np.arange(len(truth.id))
    return draw_eyes(truth, p, who, np.full_like(who, moment), **settings)


def test_limit_healthy_eyes_have_the_norms_of_their_age():
    p = quiet()
    for age in (25.0, 60.0):
        truth = seen(n=2, age=age)
        found = once(truth, p)
        beyond, begun = records.years(found.day) - p["age_reference"], age - p["age_reference"]
        np.testing.assert_array_equal(found.low_contrast, np.rint(p["lcla.norm"] - p["lcla.ageing"] * beyond))
        for layer in ("rnfl", "gcipl"):
            expected = p[f"{layer}.norm"] - p[f"{layer}.ageing"] * begun
            np.testing.assert_allclose(getattr(found, layer), expected, rtol=1e-6)
        np.testing.assert_allclose(found.vep, 1000 * p["vep.norm"] * (1 + p["vep.ageing"] * beyond), rtol=1e-6)


def test_letters_fall_with_the_share_of_messages_whether_lost_or_blocked():
    p = quiet(lcla__ageing=0.0)
    gone = np.linspace(0, 0.95, 30)
    lost, blocked = once(seen(n=30, loss=gone), p), once(seen(n=30, block=gone), p)
    np.testing.assert_array_equal(lost.low_contrast, blocked.low_contrast)
    expected = p["lcla.norm"] + p["lcla.gain"] * np.log1p(-gone)
    assert abs(lost.low_contrast - expected).max() <= 0.5 + 1e-5  # a whole number of letters
    assert once(seen(loss=1.0), p).low_contrast[0] == 0
    one_eye = np.ptp(once(seen(n=2, loss=np.array([0, 0.5])), p).low_contrast)
    assert abs(one_eye - 0.069 / 0.1 * 5) <= 1  # the published gain of two eyes over one


def test_exact_a_layer_follows_even_loss_with_its_lag():
    p = quiet(retina_share=1.0)
    step, t, slope = 0.25, 40, 0.05
    time = step * np.arange(1, t + 1)
    truth = seen(t=t, n=1, step=step, age=p["age_reference"], survival=(1 - slope * time)[:, None])
    for layer in ("rnfl", "gcipl"):
        lag, room = p[f"{layer}.lag"], p[f"{layer}.norm"] - p[f"{layer}.floor"]
        lost = slope * (time - lag * (1 - np.exp(-time / lag)))  # solves lag * d(lost)/dt = slope * time - lost
        found = [getattr(once(truth, p, m), layer)[0] for m in range(t)]
        np.testing.assert_allclose(found, p[f"{layer}.norm"] - room * lost, rtol=1e-6)


def test_after_a_sudden_loss_the_ganglion_cells_thin_first_and_both_settle_at_what_is_left():
    p = quiet()
    survival = np.ones((48, 1))
    survival[1:] = 0.4
    truth = seen(t=48, n=1, step=1 / 12, age=p["age_reference"], survival=survival)
    found = [once(truth, p, m) for m in range(48)]
    shown = {}
    for layer in ("rnfl", "gcipl"):
        room = p[f"{layer}.norm"] - p[f"{layer}.floor"]
        shown[layer] = np.array([(getattr(one, layer)[0] - p[f"{layer}.floor"]) / room for one in found])
        assert (np.diff(shown[layer]) <= 1e-6).all()
        assert shown[layer][-1] == pytest.approx(0.4 ** p["retina_share"], rel=1e-4)
    assert shown["gcipl"][3] < shown["rnfl"][3] < 1
    none_left = seen(t=400, n=1, survival=0.0)
    assert once(none_left, p, 399).rnfl[0] == pytest.approx(p["rnfl.floor"])


def test_exact_the_response_is_late_by_the_mean_fibres_extra_time():
    p = quiet()
    share = np.linspace(0, 1, 11)
    healthy = once(seen(n=11), p).vep
    per_mm = {"bare": 1 / p["vep.velocity_bare"], "repaired": 1 / p["vep.velocity_repaired"]}
    for kind, time in per_mm.items():
        late = once(seen(n=11, **{kind: share}), p).vep - healthy
        np.testing.assert_allclose(late, p["vep.length"] * share * (time - 1 / p["vep.velocity"]), atol=2e-5)
    both = once(seen(bare=0.3, repaired=0.4), p).vep[0]
    alone = [once(seen(**{kind: x}), p).vep[0] for kind, x in (("bare", 0.3), ("repaired", 0.4))]
    assert both - healthy[0] == pytest.approx(sum(alone) - 2 * healthy[0], abs=5e-5)
    assert once(seen(repaired=0.5), p).vep[0] < once(seen(bare=0.5), p).vep[0]


def test_exact_a_response_too_small_cannot_be_recorded():
    p = quiet()
    edge = 1 - p["vep.extinguished"]
    found = once(seen(n=4, block=np.array([0, edge - 1e-4, edge + 1e-4, 1])), p)
    np.testing.assert_array_equal(np.isnan(found.vep), [False, False, True, True])
    assert np.isfinite(found.rnfl).all()
    some = np.isnan(once(seen(n=4_000, block=edge), parameters.load()).vep).mean()
    assert abs(some - 0.5) < 4.5 * 0.5 / np.sqrt(4_000)  # amplitudes are log-normal about the median


def varied(t: int = 20, n: int = 60) -> Truth:
    rng = np.random.default_rng(7)
    drawn = {name: rng.uniform(0, 0.4, (t, n)) for name in ("loss", "block", "bare", "repaired")}
    truth = seen(t, n, survival=rng.uniform(0.5, 1, (t, n)), **drawn)
    truth.start_age = rng.uniform(20, 50, n).astype(np.float32)
    truth.onset = rng.uniform(0, 3, n).astype(np.float32)
    truth.death = np.where(rng.random(n) < 0.3, rng.uniform(2, 6, n), np.inf).astype(np.float32)
    return truth


def test_exact_a_result_depends_on_its_person_and_day_alone():
    truth, p = varied(), parameters.load()
    everyone = eyes(truth, p, every_years=0.5)
    chosen = np.array([31, 2, 17])
    own = everyone.take(np.isin(everyone.person, truth.id[chosen]))
    same(eyes(truth.take(chosen), p, every_years=0.5), own)
    same(eyes(truth, p, every_years=0.5, who=np.isin(np.arange(60), chosen)), own)
    person, moment = clinic.visits.schedule(truth, 0.5, np.ones(60, dtype=bool))
    order = np.random.default_rng(3).permutation(person.size)
    same(draw_eyes(truth, p, person[order], moment[order]), everyone)
    other = eyes(truth, p, every_years=0.5, seed=6)
    assert all((getattr(other, name) != getattr(everyone, name)).any() for name in CHANNELS)


def test_exact_another_day_has_other_luck_and_the_same_tissue():
    truth, p = varied(), quiet(lcla__ageing=0.0, vep__ageing=0.0)
    day = once(truth, p).day
    for table, alike in ((p, True), (parameters.load(), False)):
        first, later = once(truth, table), once(truth, table, day=day + 9)
        np.testing.assert_array_equal(later.day, day + 9)
        for name in CHANNELS:
            assert np.array_equal(getattr(first, name), getattr(later, name), equal_nan=True) == alike


@pytest.mark.parametrize("level", ["noise", "spread"])
def test_property_errors_and_differences_are_independent_with_the_stated_spread(level):
    n = 20_000
    p = but(dict.fromkeys(ERRORS if level == "spread" else SPREADS, 0.0) | {"lcla.limit": 100.0})
    found = once(seen(n=n), p)
    values = np.stack([getattr(found, name).astype(np.float64) for name in CHANNELS])
    stated = np.array([p[f"{name}.{level}"] for name in ("lcla", "rnfl", "gcipl", "vep")]) * [1, 1, 1, 1000]
    stated[0] = np.hypot(stated[0], np.sqrt(1 / 12))  # whole letters
    np.testing.assert_allclose(values.std(axis=1), stated, rtol=4.5 / np.sqrt(2 * n))
    assert abs(np.corrcoef(values) - np.eye(4)).max() < 4.5 / np.sqrt(n)


def test_lives_are_examined_at_their_visits():
    truth = life.run(company(), years=30)
    found, visits = clinic.eyes(truth, every_years=1.0), clinic.follow(truth, every_years=1.0).visits
    np.testing.assert_array_equal(found.person, visits.person)
    np.testing.assert_array_equal(found.day, visits.day)
    for name in ("low_contrast", "rnfl", "gcipl"):
        assert np.isfinite(getattr(found, name)).all() and np.ptp(getattr(found, name)) > 10
    assert 0 <= np.isnan(found.vep).mean() < 0.2
    records.Eyes.from_frame(found.frame())  # every number is one that the table takes


def test_a_schedule_that_cannot_be_is_refused():
    with pytest.raises(InputError, match="years apart"):
        clinic.eyes(varied(), every_years=0.3)
