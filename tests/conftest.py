"""What every test shares: where the folder of material is, how Hypothesis draws, and a guard on global state."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import numpy as np
import pytest

os.environ.setdefault("MPLBACKEND", "Agg")

# The same cases on every machine and every run; a deadline would test the machine, not the code.
hypothesis.settings.register_profile("house", derandomize=True, deadline=None, max_examples=50, database=None)
hypothesis.settings.load_profile("house")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of material beside the project; the test is skipped, saying so, where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not (folder / "evidence").is_dir():
        pytest.skip("the folder ../shared is not beside the project")
    return folder


@pytest.fixture(autouse=True)
def leaves_no_trace() -> Iterator[None]:
    """Fail any test after which the working folder, the environment or NumPy's global generator is not what it was."""
    folder, environment, generator = os.getcwd(), _environment(), np.random.get_state(legacy=False)  # noqa: NPY002
    yield
    assert os.getcwd() == folder, "the test left another working folder behind"
    assert _environment() == environment, "the test left another environment behind"
    after = np.random.get_state(legacy=False)  # noqa: NPY002
    same = all(np.array_equal(after["state"][part], generator["state"][part]) for part in ("pos", "key"))
    assert same, "the test, or the code under it, used NumPy's global generator: draws come from smoulder.random alone"


def _environment() -> dict[str, str]:
    # pytest names the running test; compiled and plotting packages leave marks of their own when first loaded
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "KMP_", "OMP_", "OPENBLAS_", "MPL"))}
    return dict(sorted(ours.items()))
