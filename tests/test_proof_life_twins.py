"""Twins who differ by a drug: alike to the bit before it, for ever if it does nothing; never more lesions for less."""

from __future__ import annotations

import numpy as np
import pytest

from lives import company, lived, same
from smoulder.life import Truth
from smoulder.treatments import EFFECTS

PLANS = ("ocrelizumab@onset+1", "natalizumab@start+5:stop=4", "siponimod@age=35", "hypothetical:attack:1.0@start+8")


def counts(truth: Truth) -> np.ndarray:
    """Lesions in every person-quarter."""
    return truth["new_brain"] + truth["new_cord"]


@pytest.mark.parametrize("plan", PLANS)
def test_twins_are_identical_until_the_first_dose(plan: str) -> None:
    alike, treated = lived(), lived(plan)
    before = treated.years[:, None] <= treated.first_dose[None, :]
    assert 0 < before.sum() < before.size
    assert np.array_equal(alike.values[:, before], treated.values[:, before])
    first, second = alike.lesions, treated.lesions
    assert first is not None and second is not None
    a = first.time < treated.first_dose[first.person]
    b = second.time < treated.first_dose[second.person]
    assert all(np.array_equal(getattr(first, k)[a], getattr(second, k)[b]) for k in vars(first))


@pytest.mark.parametrize("plan", PLANS)
def test_an_effective_drug_does_something_afterwards(plan: str) -> None:
    treated = lived(plan)
    after = treated.years[:, None] > treated.first_dose[None, :] + 1
    assert not np.array_equal(lived().values[:, after], treated.values[:, after])


@pytest.mark.parametrize("effect", EFFECTS)
def test_a_drug_without_effect_changes_nothing_at_all(effect: str) -> None:
    assert same(lived(), lived(f"hypothetical:{effect}:0.0@start+0"))


def test_no_drug_is_never_given() -> None:
    assert np.all(np.isinf(lived().first_dose))
    assert np.all(np.isfinite(lived("siponimod@age=35").first_dose))


def test_the_first_dose_comes_when_the_plan_says() -> None:
    untreated = lived()
    dose = lived("ocrelizumab@onset+1").first_dose
    known = np.isfinite(untreated.onset)
    assert np.array_equal(dose[known], (untreated.onset[known].astype(np.float64) + 1).astype(np.float32))
    assert np.all(np.isinf(dose[~known]))
    ages = np.maximum(35 - untreated.start_age.astype(np.float64), 0).astype(np.float32)
    assert np.array_equal(lived("siponimod@age=35").first_dose, ages)


@pytest.mark.parametrize("effect", ["attack", "trafficking"])
def test_less_attack_never_gives_more_lesions_in_any_quarter_of_any_person(effect: str) -> None:
    before = counts(lived())
    for share in ("0.1", "0.5", "0.9", "0.99", "1.0"):
        now = counts(lived(f"hypothetical:{effect}:{share}@start+0"))
        assert np.all(now <= before)
        assert now.sum() < before.sum()
        before = now
    assert before.sum() == 0


def test_more_attack_never_gives_fewer() -> None:
    assert np.all(counts(lived("hypothetical:attack:+1.0@start+0")) >= counts(lived()))


def test_after_a_drug_that_stops_all_attack_no_lesion_is_born() -> None:
    truth = lived("hypothetical:attack:1.0@start+8")
    assert truth.lesions is not None and truth.lesions.time.max() < 8
    later = truth.years > 8
    assert truth["relapses"][later].sum() == 0
    assert np.array_equal(truth["lost_acute"][-1], truth["lost_acute"][truth.years == 8][0])


def test_lesions_that_both_twins_have_are_the_same_lesions() -> None:
    """Half of the attack: every lesion left is one that the untreated twin has, in place and size."""
    both = [lived(plan).lesions for plan in ("none", "hypothetical:attack:0.5@start+0")]
    assert both[0] is not None and both[1] is not None
    untreated, treated = (
        set(zip(b.person.tolist(), b.time.tolist(), b.region.tolist(), b.area.tolist(), strict=True)) for b in both
    )
    assert len(treated) > 1000
    assert treated <= untreated


def test_the_company_is_more_than_one_block() -> None:
    assert len(company()) > 256
