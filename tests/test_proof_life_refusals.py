"""A life refuses times, intervals, steps and threads that cannot be, in one line that says what it was given."""

from __future__ import annotations

import math
from typing import Any

import pytest

from lives import company
from smoulder import life
from smoulder.errors import InputError

FEW = company().take(slice(0, 2))
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"steps": life.Steps(parts=0)}, "parts of a step is 0"),
    ({"steps": life.Steps(parts=-1)}, "parts of a step is -1"),
    ({"steps": life.Steps(per_year=0)}, "0 steps in a year"),
    ({"steps": life.Steps(per_year=-24)}, "-24 steps in a year"),
    ({"steps": life.Steps(per_year=3)}, "3 steps in a year"),
    ({"steps": life.Steps(per_year=25)}, "25 steps in a year"),
    ({"years": math.nan}, "lasts nan years"),
    ({"years": 0.0}, "lasts 0 years"),
    ({"years": -1.0}, "lasts -1 years"),
    ({"years": math.inf}, "lasts inf years"),
    ({"years": 151.0}, "lasts 151 years"),
    ({"every": math.nan}, "every nan years"),
    ({"every": 0.0}, "every 0 years"),
    ({"every": -0.25}, "every -0.25 years"),
    ({"every": math.inf}, "every inf years"),
    ({"every": 0.3}, "every 0.3 years"),
    ({"every": 2.0}, "every 2 years"),
    ({"threads": 0}, "threads is 0"),
]


@pytest.mark.parametrize(("given", "said"), REFUSED, ids=lambda value: value if isinstance(value, str) else "")
def test_what_cannot_be_is_refused_in_one_line(given: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        life.run(FEW, **{"years": 1.0, **given})
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_what_lies_just_inside_is_lived() -> None:
    truth = life.run(FEW, years=0.25, every=0.25, steps=life.Steps(per_year=4), lesions=False)
    assert truth.values.shape[1:] == (1, 2)
