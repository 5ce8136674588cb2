"""Elementary functions of the engine against NumPy and SciPy in double precision, within stated errors."""

from __future__ import annotations

import ast

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtri

from smoulder.compiled import njit
from smoulder.engine import lanes
from smoulder.engine.compile import single_precision

ROUNDING = float(np.finfo(np.float32).eps)  # 1.2e-7


@njit
def every_exponential(x, out):
    for i in range(x.size):
        out[i] = lanes.exponential(x[i])


@njit
def every_logarithm(x, out):
    for i in range(x.size):
        out[i] = lanes.logarithm(x[i])


@njit
def every_normal(word, out):
    for i in range(word.size):
        out[i] = lanes.normal_from(word[i])


@njit
def every_uniform(word, out):
    for i in range(word.size):
        out[i] = lanes.uniform_from(word[i])


def through(function, values: NDArray) -> NDArray[np.float64]:
    out = np.empty(values.size, np.float32)
    function(values, out)
    return out.astype(np.float64)


def words() -> NDArray[np.uint32]:
    """Words over the whole range, both ends included."""
    spread = np.arange(0, 2**32, 10_007, dtype=np.uint64).astype(np.uint32)
    return np.append(spread, np.uint32(2**32 - 1))


def test_the_exponential_is_right_to_two_and_a_half_parts_in_ten_million() -> None:
    x = np.linspace(-87, 88, 300_001).astype(np.float32)
    relative = np.abs(through(every_exponential, x) / np.exp(x.astype(np.float64)) - 1)
    assert relative.max() < 2.5e-7


def test_the_exponential_of_0_is_1_and_beyond_its_range_it_stays_finite() -> None:
    x = np.array([0.0, -0.0, -100.0, -np.inf, 100.0, np.inf], np.float32)
    y = through(every_exponential, x)
    assert y[0] == y[1] == 1
    assert 0 < y[2] == y[3] < 2e-38
    assert 1e38 < y[4] == y[5] < np.inf
    assert np.all(y[2:4] >= np.finfo(np.float32).tiny)


def test_the_exponential_never_falls() -> None:
    x = np.linspace(-20, 20, 400_001).astype(np.float32)
    y = through(every_exponential, x)
    assert np.all(np.diff(y) >= -2 * ROUNDING * y[1:])


def test_the_logarithm_is_right_to_two_and_a_half_parts_in_ten_million() -> None:
    whole = np.exp(np.linspace(np.log(1.2e-38), np.log(3e38), 200_001)).astype(np.float32)
    near = np.linspace(0.5, 2, 200_001).astype(np.float32)
    for x in (whole, near[near != 1]):
        exact = np.log(x.astype(np.float64))
        assert np.max(np.abs(through(every_logarithm, x) - exact) / np.abs(exact)) < 2.5e-7
    assert through(every_logarithm, np.ones(1, np.float32))[0] == 0


def test_a_uniform_number_is_the_middle_of_its_cell_and_strictly_inside() -> None:
    w = words()
    u = through(every_uniform, w)
    assert np.array_equal(u, ((w >> 9).astype(np.float64) + 0.5) * 2.0**-23)
    assert 0 < u.min() and u.max() < 1


def test_a_normal_number_is_the_inverse_of_its_distribution_to_a_millionth() -> None:
    w = words()
    z = ndtri(((w >> 9).astype(np.float64) + 0.5) * 2.0**-23)
    found = through(every_normal, w)
    assert np.abs(found - z).max() < 1e-6
    assert np.all(np.diff(found) >= -1e-6)
    assert found[0] == -found[-1] and abs(found[0]) > 5.2


def test_normal_numbers_have_the_moments_of_a_normal_law() -> None:
    """Over all 2**23 numbers there are: mean 0, variance 1, kurtosis 3, up to what lies beyond 5.3."""
    z = through(every_normal, np.arange(2**23, dtype=np.uint32) << np.uint32(9))
    assert abs(z.mean()) < 1e-6
    assert abs((z**2).mean() - 1) < 1e-5
    assert abs((z**4).mean() - 3) < 1e-3


def half_power(x, y):
    return (x * x) ** (1 / 2)


def two_to(x, y):
    return 2 ** (x - y)


def power(x, y):
    return y ** (x / 2)


def plain(x, y):
    return x / 2 + 1 - y


@pytest.mark.parametrize("f", [half_power, two_to, power, plain], ids=lambda f: f.__name__)
def test_an_equation_put_into_single_precision_is_the_same_equation(f) -> None:
    text = single_precision(f)
    assert text.startswith("@njit\ndef ")
    space = {
        "njit": njit, "np": np, "F": np.float32, "LOG_TWO": np.float32(np.log(2)), "exponential": lanes.exponential,
        "logarithm": lanes.logarithm,
    }
    exec(compile(text.replace("@njit\n", ""), "single", "exec"), space)
    for x, y in ((0.3, 1.7), (2.0, 0.4), (5.0, 3.0)):
        found = space[f.__name__](np.float32(x), np.float32(y))
        assert abs(found / f(x, y) - 1) < 1e-6


def test_no_number_of_an_equation_stays_in_double_precision() -> None:
    from smoulder.biology import flows

    bare = []
    for f in (flows.tissue_flows, flows.milieu_flows, flows.hinge, flows.rising):
        tree = ast.parse(single_precision(f))
        cast = {id(a) for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n.func) == "F" for a in n.args}
        bare += [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in cast]
    assert bare == []
