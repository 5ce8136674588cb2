"""The same bits whatever the threads, the company, the order, the rhythm of recording and the hash seed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from house import ROOT
from lives import company, lived, same, taken
from smoulder import life, people

WITH_DRUG = "ocrelizumab@onset+1"


def assert_same(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> None:
    for name in a:
        assert np.array_equal(a[name], b[name], equal_nan=a[name].dtype.kind == "f"), name


@pytest.mark.parametrize("plan", ["none", WITH_DRUG])
def test_one_thread_and_two_give_the_same_bits(plan: str) -> None:
    assert same(lived(plan), life.run(company(), years=20, plan=plan, threads=2))


def test_running_again_gives_the_same_bits() -> None:
    assert same(lived(), life.run(company(), years=20))


@pytest.mark.parametrize("plan", ["none", WITH_DRUG])
def test_any_subset_in_any_order_lives_the_same_lives(plan: str) -> None:
    index = np.random.default_rng(1).permutation(len(company()))[:70]
    few = life.run(company().take(index), years=20, plan=plan)
    assert_same(taken(lived(plan), index), taken(few, np.arange(index.size)))


def test_a_person_alone_lives_the_same_life() -> None:
    for i in (0, 17, 255, 256, 299):
        alone = life.run(company().take(slice(i, i + 1)), years=20)
        assert_same(taken(lived(), np.array([i])), taken(alone, np.array([0])))


def test_people_drawn_with_others_are_the_people_drawn_alone() -> None:
    whole, later = people.draw(300, seed=4), people.draw(40, seed=4, first_id=200)
    part = whole.take(slice(200, 240))
    assert all(np.array_equal(getattr(part, k), getattr(later, k)) for k in vars(part))


def test_a_person_who_joins_changes_nobody() -> None:
    more = life.run(people.draw(301, seed=company().seed), years=20)
    assert_same(taken(lived(), np.arange(300)), taken(more, np.arange(300)))


def test_recording_more_often_or_longer_changes_nothing_that_both_record() -> None:
    often = life.run(company(), years=20, every=1 / 24)
    longer = life.run(company(), years=25)
    sums = ("new_brain", "new_cord", "relapses")  # counted since the moment before
    for name in often.quantities:
        if name in sums:
            whole = often[name].reshape(80, 6, -1).sum(axis=1)
            assert np.array_equal(whole, lived()[name]), name
        else:
            assert np.array_equal(often[name][5::6], lived()[name]), name
        assert np.array_equal(longer[name][:80], lived()[name]), name


def test_not_keeping_the_lesions_changes_nothing_else() -> None:
    assert same(lived(), life.run(company(), years=20, lesions=False))


def test_another_seed_is_another_company_of_other_lives() -> None:
    other = life.run(people.draw(300, seed=company().seed + 1), years=20)
    assert not np.any(np.all(other["lost"] == lived()["lost"], axis=0))


@pytest.mark.slow
def test_the_hash_seed_of_python_changes_nothing() -> None:
    code = (
        "import hashlib; from smoulder import life, people;"
        "print(hashlib.sha256(life.run(people.draw(300, seed=20), years=20).values.tobytes()).hexdigest())"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT / "src")}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
        assert done.stdout.strip() == hashlib.sha256(lived().values.tobytes()).hexdigest()
