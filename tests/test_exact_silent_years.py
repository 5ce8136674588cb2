"""Leaving the first years unrecorded changes nothing of what is recorded later, nor of lesions, onset and death."""

from __future__ import annotations

import numpy as np
import pytest

from smoulder import errors, life, people


def test_what_is_recorded_is_the_same_to_the_bit_and_the_rest_is_zero() -> None:
    who = people.draw(300, seed=3)
    whole, part = (life.run(who, years=20, every=1 / 24, silent_years=silent) for silent in (0.0, 12.5))
    silent = whole.years <= 12.5
    counts = [whole.quantities.index(name) for name in ("new_brain", "new_cord", "relapses")]
    after = np.flatnonzero(~silent)[1:]  # the first recorded count holds all before it
    same = [q for q in range(len(whole.quantities)) if q not in counts]
    assert np.array_equal(whole.values[same][:, ~silent], part.values[same][:, ~silent])
    assert np.array_equal(whole.values[counts][:, after], part.values[counts][:, after])
    assert not part.values[:, silent].any() and whole.values[:, silent].any()
    assert np.array_equal(whole.onset, part.onset, equal_nan=True) and np.array_equal(whole.death, part.death)
    assert whole.lesions is not None and part.lesions is not None
    assert np.array_equal(whole.lesions.time, part.lesions.time)


@pytest.mark.parametrize("silent", [-1.0, 20.0, float("nan")])
def test_a_silence_that_cannot_be_is_refused(silent: float) -> None:
    with pytest.raises(errors.InputError, match="Nothing recorded"):
        life.run(people.draw(2), years=20, silent_years=silent)
