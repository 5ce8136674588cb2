"""The engine does what C does that was generated from the same equations, and what NumPy does with them."""

from __future__ import annotations

import shutil
import sys

import numpy as np
import pytest

from house import ROOT

sys.path.insert(0, str(ROOT))  # the benchmarks are beside the tests, not in the package

from benchmarks import c_code, contestants, job

YEARS = 5
#: Six standard deviations of the roundings of single precision: some thirty in each of 24 steps a year.
CLOSE = 6 * np.sqrt(30 * 24 * YEARS) * 2.0**-24


def end(contestant: contestants.Contestant, blocks: list[job.Block]) -> np.ndarray:
    """Stocks and rims of every cell, and losses by cause, after a contestant has moved healthy people to the end."""
    states = [job.state(block.n) for block in blocks]
    for block, state in zip(blocks, states, strict=True):
        contestant(block, state)
    ends = [np.concatenate([*state.life.tissue, state.life.causes]) for state in states]
    return np.concatenate(ends, axis=-1)


def apart(found: np.ndarray, engine: np.ndarray) -> float:
    """Largest difference, relative to what is above 1 (a cause counts the losses of all cells)."""
    worst = float((np.abs(found - engine) / np.maximum(engine, 1)).max())
    print(f"largest difference {worst:.1e}, allowed {CLOSE:.0e}")
    return worst


@pytest.fixture(scope="module")
def engine() -> np.ndarray:
    """Where the engine ends, in blocks of 64."""
    return end(contestants.engine(job.setting()), job.blocks(192, YEARS, 64))


def test_numpy_ends_where_the_engine_does(engine: np.ndarray) -> None:
    found = end(contestants.numpy(job.setting()), job.blocks(192, YEARS, 192))
    assert apart(found, engine) < CLOSE
    assert engine[: len(job.setting().fixed.maps.cell_region)].min() < 0.9  # something did happen


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
@pytest.mark.parametrize("flags", [c_code.STRICT, c_code.FAST], ids=["strict", "fast"])
def test_generated_c_ends_where_the_engine_does(flags: tuple[str, ...], engine: np.ndarray) -> None:
    found = end(contestants.c(job.setting(), flags), job.blocks(192, YEARS, 192))
    assert apart(found, engine) < CLOSE
