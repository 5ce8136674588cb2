"""No default result moves within a version of the model: lives, lesions, records, outcomes to the bit, trials to eight
digits. The stored digests are those of smoulder 0.2.0 for model 2.

Lives, lesions, records and judged outcomes gave the same bits with every extension of the processor's instructions
switched off (those of NumPy, of the compiler and of the C library); statistics of trials then differed in their last
digits.
"""

from __future__ import annotations

import json

import pytest

import results_digest as now
from smoulder import MODEL_VERSION

STORED: dict[str, str] = json.loads(now.STORED.read_text()).get(str(MODEL_VERSION), {})


def moved(found: dict[str, str]) -> list[str]:
    return [name for name, value in found.items() if STORED.get(name) != value]


def test_this_version_of_the_model_has_its_digest() -> None:
    assert STORED, f"python tests/results_digest.py writes the digest of model {MODEL_VERSION}"


def test_lives_and_lesions_are_those_of_this_model() -> None:
    assert moved(now.lives()) == []


def test_records_are_those_of_this_model() -> None:
    assert moved(now.records()) == []


def test_judged_outcomes_are_those_of_this_model() -> None:
    assert moved(now.judged()) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", now.TRIALS)
def test_a_trial_gives_what_it_gives_in_this_model(name: str) -> None:
    assert moved(now.trial(name)) == []


def test_a_digest_sees_one_bit() -> None:
    assert now.digest({"a": [1.0]}) != now.digest({"a": [1.0000000000000002]})
    assert now.digest((1, "x")) == now.digest([1, "x"])
