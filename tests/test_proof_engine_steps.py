"""The generated step: a linearly implicit trapezoid, leaning to implicit where outflow is fast; conserving, order 2."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import expm

from smoulder.biology import flows, states
from smoulder.engine.steps import step_source
from smoulder.life import STEPS_PER_YEAR
from smoulder.life.compiled_kernel import flat_module
from smoulder.parameters import Parameters, load

Routes = dict[str, tuple[str, str]]
EXACT = 1e-12


def compiled(stocks: tuple[str, ...], routes: Routes) -> Callable[..., tuple[float, ...]]:
    """The step as ordinary Python in double precision."""
    space: dict[str, object] = {"ZERO": 0.0, "HALF": 0.5, "ONE": 1.0, "TWO": 2.0}
    exec(compile(step_source("step", stocks, routes), "step", "exec"), space)
    return space["step"]  # type: ignore[return-value]


def matrix(stocks: tuple[str, ...], routes: Routes, rates: list[float]) -> tuple[NDArray, NDArray]:
    """The same system as dx/dt = A x + b."""
    a, b = np.zeros((len(stocks), len(stocks))), np.zeros(len(stocks))
    for (donor, taker), rate in zip(routes.values(), rates, strict=True):
        if donor in stocks:
            a[stocks.index(donor), stocks.index(donor)] -= rate
            if taker in stocks:
                a[stocks.index(taker), stocks.index(donor)] += rate
        elif taker in stocks:
            b[stocks.index(taker)] += rate
    return a, b


@st.composite
def networks(draw: st.DrawFn) -> tuple[tuple[str, ...], Routes, list[float], list[float]]:
    """Random stocks, routes (loops among them), rates a year and amounts."""
    stocks = tuple("abcde"[: draw(st.integers(1, 5))])
    places = (*stocks, "outside")
    pairs = [(x, y) for x in places for y in places if x != y]
    chosen = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=12))
    routes = {f"f{i}": pair for i, pair in enumerate(chosen)}
    rates = draw(st.lists(st.floats(0, 30), min_size=len(routes), max_size=len(routes)))
    amounts = draw(st.lists(st.floats(0, 1), min_size=len(stocks), max_size=len(stocks)))
    return stocks, routes, rates, amounts


def outflow(stocks: tuple[str, ...], routes: Routes, rates: list[float]) -> NDArray[np.float64]:
    """Total rate out of each stock, a year."""
    return np.array([sum(r for r, (x, _) in zip(rates, routes.values(), strict=True) if x == s) for s in stocks])


@st.composite
def slow_cases(draw: st.DrawFn) -> tuple[tuple[str, ...], Routes, list[float], list[float], float]:
    """A network and half a step that no stock's outflow exceeds 1 in."""
    network = draw(networks())
    return *network, draw(st.floats(0.01, 1.0)) / max(float(outflow(*network[:3]).max()), 1.0)


@st.composite
def any_cases(draw: st.DrawFn) -> tuple[tuple[str, ...], Routes, list[float], list[float], float]:
    """A network with rates over six orders and half a step of up to five years."""
    stocks, routes, _, amounts = draw(networks())
    powers = draw(st.lists(st.floats(-2, 4), min_size=len(routes), max_size=len(routes)))
    return stocks, routes, [10**power for power in powers], amounts, 10 ** draw(st.floats(-3, 0.7))


@given(slow_cases())
def test_where_outflow_is_slow_the_step_is_the_trapezoid(case: tuple) -> None:
    stocks, routes, rates, amounts, h = case
    found = compiled(stocks, routes)(h, *amounts, *rates)
    a, b = matrix(stocks, routes, rates)
    one, x = np.eye(len(stocks)), np.array(amounts)
    wanted = np.linalg.solve(one - h * a, (one + h * a) @ x + 2 * h * b)
    scale = max(1.0, float(np.abs(wanted).max()))
    assert np.allclose(found[: len(stocks)], wanted, rtol=0, atol=EXACT * scale)
    assert np.allclose(found[len(stocks) :], (x + wanted) / 2, rtol=0, atol=EXACT * scale)


@given(any_cases())
def test_the_generated_step_equals_dense_linear_algebra(case: tuple) -> None:
    """Amounts move at (before x old + after x new) / 2 of a stock; both weights are 1 until half a step empties it."""
    stocks, routes, rates, amounts, h = case
    found = compiled(stocks, routes)(h, *amounts, *rates)
    a, b = matrix(stocks, routes, rates)
    one, x = np.eye(len(stocks)), np.array(amounts)
    before = np.clip(2 - h * outflow(stocks, routes, rates), 0, 1)
    after = 2 - before
    wanted = np.linalg.solve(one - h * a * after, (one + h * a * before) @ x + 2 * h * b)
    close = {"rtol": 1e-8, "atol": 1e-8 * max(1.0, float(np.abs(wanted).max()))}  # a stiff loop costs digits in both
    assert np.allclose(found[: len(stocks)], wanted, **close)
    assert np.allclose(found[len(stocks) :], (before * x + after * wanted) / 2, **close)


@given(st.one_of(slow_cases(), any_cases()))
def test_what_leaves_one_stock_arrives_in_another(case: tuple) -> None:
    stocks, routes, rates, amounts, h = case
    found = compiled(stocks, routes)(h, *amounts, *rates)
    mean = dict(zip(stocks, found[len(stocks) :], strict=True))
    crossing, passed = 0.0, 1.0
    for rate, (donor, taker) in zip(rates, routes.values(), strict=True):
        moved = 2 * h * rate * mean.get(donor, 1.0)
        crossing += moved * ((taker in stocks) - (donor in stocks))
        passed = max(passed, moved)
    tolerance = EXACT * 10 * max(1.0, float(h * outflow(stocks, routes, rates).max())) * passed
    assert math.isclose(sum(found[: len(stocks)]), sum(amounts) + crossing, rel_tol=0, abs_tol=tolerance)


@given(st.one_of(slow_cases(), any_cases()))
def test_no_stock_turns_negative_whatever_the_rates_and_the_step(case: tuple) -> None:
    stocks, routes, rates, amounts, h = case
    assert min(compiled(stocks, routes)(h, *amounts, *rates)) >= 0


@given(st.sampled_from(["tissue", "milieu", "compartment"]), st.data())
def test_nor_does_it_in_the_single_precision_of_a_life(system: str, data: st.DataObject) -> None:
    """The compiled steps at half a step of 1/24 year, rates from 1e-4 to 1e4 a year."""
    stocks, routes = getattr(states, system.title())._fields, getattr(states, f"{system.upper()}_ROUTES")
    powers = data.draw(st.lists(st.floats(-4, 4), min_size=len(routes), max_size=len(routes)))
    amounts = data.draw(st.lists(st.floats(0, 1, width=32), min_size=len(stocks), max_size=len(stocks)))
    numbers = [np.float32(x) for x in (1 / 24, *amounts, *(10**power for power in powers))]
    found = np.array(getattr(flat_module(), f"step_{system}")(*numbers))
    assert np.all(np.isfinite(found)) and found.min() >= 0


def test_a_stock_that_leaves_fast_does_so_by_the_implicit_step() -> None:
    step = compiled(("a",), {"out": ("a", "lost")})
    for half_outflow in (2.0, 3.0, 10.0, 1e6):
        assert math.isclose(step(0.5, 1.0, 2 * half_outflow)[0], 1 / (1 + 2 * half_outflow), rel_tol=EXACT)
    assert step(0.5, 1.0, 2.0)[0] == 0.0  # where the trapezoid alone would begin to go below


@pytest.mark.parametrize("system", ["Tissue", "Milieu", "Compartment"])
def test_the_step_is_of_second_order(system: str) -> None:
    """The error over two years against the exact solution falls with the square of the step."""
    stocks = getattr(states, system)._fields
    routes: Routes = getattr(states, f"{system.upper()}_ROUTES")
    step = compiled(stocks, routes)
    rates = [0.3 + 0.17 * (3 * i % 7) for i in range(len(routes))]
    a, b = matrix(stocks, routes, rates)
    start = np.array([0.6, 0.3, 0.1, 0.0][: len(stocks)])
    whole = expm(2.0 * np.block([[a, b[:, None]], [np.zeros((1, len(stocks) + 1))]]))
    exact = (whole @ np.append(start, 1.0))[:-1]
    sizes = np.array([1 / 12, 1 / 24, 1 / 48, 1 / 96, 1 / 192])
    errors = []
    for size in sizes:
        x = tuple(start)
        for _ in range(round(2.0 / size)):
            x = step(size / 2, *x, *rates)[: len(stocks)]
        errors.append(np.abs(np.array(x) - exact).max())
    order = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert abs(order - 2) < 0.02


# Where the step leaves the trapezoid: the largest rate at which a stock can be left, per year, anywhere in a life.

YOUNGEST, OLDEST = 10.0, 100.0


def drives(kind: Any, named: dict[str, float], share: float) -> Any:
    """Drives as named, every other one at ``share``."""
    return kind(*(named.get(name, share) for name in kind._fields))


def largest_outflow(p: Parameters) -> dict[str, float]:
    """Greatest total rate out of each stock: youngest and oldest, surroundings empty and full, a severe person."""
    k = states.Constants(*(p[id] for id in states.Constants._fields))
    u = states.Effects(*(1.0 for _ in states.Effects._fields))
    found: dict[str, float] = {}
    for age in (YOUNGEST, OLDEST):
        frailty = flows.rising(age, k.t_frailty_doubling, k)
        ageing = k.k_ageing * flows.rising(age, k.t_ageing_doubling, k)
        capacity = 4.0 * flows.declining(age, k.t_repair_halving, k)  # four times the median person's
        youth = flows.declining(age, k.t_clearance_halving, k)
        for share in (0.0, 1.0):
            supply = flows.energy_supply(flows.declining(age, k.t_supply_halving, k), share, k)
            named = {"repair": capacity, "frailty": frailty, "supply": supply, "ageing": ageing, "cortical": 1.0}
            d = drives(states.TissueDrives, named, share)
            m = drives(states.MilieuDrives, {"clearance_age": youth, "frailty": frailty}, share)
            old = flows.rising(age, k.t_slow_doubling, k)
            attack = 100.0 * share * flows.declining(age, k.t_attack_halving, k)  # lesions a year in a burst
            c = drives(states.CompartmentDrives, {"attack": attack, "tendency": 10.0, "ageing": old}, share)
            for system, f in (
                ("TISSUE", flows.tissue_flows(states.Tissue(1.0, 1.0, 1.0, 1.0), d, k, u)),
                ("MILIEU", flows.milieu_flows(states.Milieu(1.0, 1.0), m, k, u)),
                ("COMPARTMENT", flows.compartment_flows(states.Compartment(1.0), c, k, u)),
            ):
                total: dict[str, float] = {}
                for name, (donor, _) in getattr(states, f"{system}_ROUTES").items():
                    total[donor] = total.get(donor, 0.0) + getattr(f, name)
                for stock, rate in total.items():
                    found[stock] = max(found.get(stock, 0.0), rate)
    found.pop("outside")
    return found


def test_at_the_values_of_the_table_every_stock_takes_the_trapezoid_at_the_step_of_a_life() -> None:
    greatest = largest_outflow(load())
    assert set(greatest) == {*states.Tissue._fields, *states.Milieu._fields, *states.Compartment._fields}
    print({stock: round(rate, 2) for stock, rate in greatest.items()}, "a year; trapezoid up to", 2 * STEPS_PER_YEAR)
    assert max(greatest.values()) / STEPS_PER_YEAR < 2


def test_at_twice_the_step_only_debris_of_the_young_and_slow_inflammation_could_leave_it() -> None:
    greatest = largest_outflow(load())
    assert {stock for stock, rate in greatest.items() if rate / (STEPS_PER_YEAR / 2) >= 2} <= {"debris", "slow"}
