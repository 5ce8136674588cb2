"""The error of the step: halving it moves mean outcomes by less than what is stated here; the figures are printed."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from lives import company
from smoulder import life
from smoulder.anatomy import ITEMS
from smoulder.biology.states import CAUSES
from smoulder.life import STEPS_PER_YEAR, Truth
from smoulder.parameters import load

N, YEARS = 1000, 30
#: Largest change of a mean over people at any time that halving the step may make, in the unit of the quantity: latent
#: disability (logits over discrimination), share of fibres, slow inflammation (in people of great tendency it takes off
#: within a year), share of volume.
LATENT, SHARE, SLOW, VOLUME = 0.02, 0.002, 0.004, 0.001
SHARES = ("lost", "lost_acute", *(f"lost_{cause}" for cause in CAUSES), "bare", "microglia", "debris")


@cache
def at(substeps: int) -> Truth:
    return life.run(company(N), years=YEARS, steps=life.Steps(parts=substeps), lesions=False)


def largest(name: str, a: Truth, b: Truth) -> float:
    """Greatest difference over time between two means over people."""
    means = (truth[name].mean(axis=1, dtype=np.float64) for truth in (a, b))
    first, second = means
    return float(np.abs(first - second).max())


def moved(a: Truth, b: Truth) -> dict[str, tuple[float, float]]:
    """How far each mean moved, and how far it may."""
    allowed = {f"latent_{item}": LATENT for item in ITEMS} | dict.fromkeys(SHARES, SHARE)
    allowed |= {"slow": SLOW, "brain_volume": VOLUME, "cord_volume": VOLUME}
    return {name: (largest(name, a, b), limit) for name, limit in allowed.items()}


def test_halving_the_step_of_the_tissue_moves_no_mean_by_more_than_stated() -> None:
    found = moved(at(1), at(2))
    print("\nhalf the step:", ", ".join(f"{name} {change:.1e}" for name, (change, _) in found.items()))
    assert {name: pair for name, pair in found.items() if pair[0] >= pair[1]} == {}


def test_halving_the_step_moves_hardly_anyone_across_a_milestone() -> None:
    """Share of people past the thresholds of ambulation, at every year: within half a percent."""
    p = load()
    worst = 0.0
    for level in range(1, 13):
        threshold = p[f"item_threshold.ambulation.{level}"]
        shares = [(truth["latent_ambulation"] > threshold).mean(axis=1) for truth in (at(1), at(2))]
        worst = max(worst, float(np.abs(shares[0] - shares[1]).max()))
    print(f"\nlargest change of a share past a milestone: {worst:.2%}")
    assert worst <= 0.005


def test_the_attacks_are_the_same_whatever_the_step_of_the_tissue() -> None:
    for name in ("new_brain", "new_cord"):
        assert np.array_equal(at(1)[name], at(2)[name])


def test_the_error_falls_as_the_step_is_halved_again() -> None:
    """First order at least: from 1 to 2 parts moves the mean loss more than from 2 to 4."""
    first, second = largest("lost", at(1), at(2)), largest("lost", at(2), at(4))
    print(f"\nmean loss moves by {first:.1e}, then by {second:.1e}")
    assert second < 0.75 * first


@pytest.mark.parametrize("steps_per_year", [12, 48])
def test_without_attack_the_steps_of_everything_can_be_halved_or_doubled(steps_per_year: int) -> None:
    """With attack off nothing is drawn in a life, so ages, drives and slow inflammation change their step as well."""
    p = load().replace({"relapse_driven": 0.0})
    usual, other = (
        life.run(company(), years=YEARS, parameters=p, lesions=False, steps=life.Steps(per_year=n))
        for n in (STEPS_PER_YEAR, steps_per_year)
    )
    found = moved(usual, other)
    print(f"\n{steps_per_year} steps a year:", ", ".join(f"{name} {change:.1e}" for name, (change, _) in found.items()))
    factor = 2 if steps_per_year < STEPS_PER_YEAR else 1
    assert {name: pair for name, pair in found.items() if pair[0] >= factor * pair[1]} == {}
