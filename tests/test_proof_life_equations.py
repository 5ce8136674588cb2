"""The compiled kernel does what the page of maths says: its steps against the same functions uncompiled, in double."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from smoulder.biology import events, flows, function, states
from smoulder.engine.steps import step_source
from smoulder.life import STEPS_PER_YEAR
from smoulder.life.compiled_kernel import flat_module
from smoulder.life.rows import FACTOR
from smoulder.life.setting import constants
from smoulder.parameters import load

LANES, STEPS = 16, 8
HALF_STEP = 0.5 / STEPS_PER_YEAR
#: One step rounds some thirty times in single precision; several steps add up.
CLOSE: dict[str, float] = {"rtol": 2e-5, "atol": 2e-7}
SINGLE = constants(load())
DOUBLE = states.Constants(*(float(x) for x in SINGLE))


def uniform(seed: int, *shape: int, low: float = 0.0, high: float = 1.0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).uniform(low, high, shape).astype(np.float32)


def reference_step(system: str) -> Any:
    space: dict[str, Any] = {"ZERO": 0.0, "HALF": 0.5, "ONE": 1.0, "TWO": 2.0}
    routes = getattr(states, f"{system.upper()}_ROUTES")
    exec(step_source("step", getattr(states, system)._fields, routes), space)
    return space["step"]


def call(f: Callable[..., Any], **known: Any) -> Any:
    """``f`` with its arguments by name, whatever their order."""
    return f(*(known[name] for name in inspect.signature(f).parameters))


def zeros() -> NDArray[np.float32]:
    return np.zeros(LANES, np.float32)


EFFECTS = uniform(1, len(states.Effects._fields), LANES, low=0.2, high=1.5)


def effects(j: int) -> states.Effects:
    return states.Effects(*(float(x) for x in EFFECTS[:, j]))


def test_the_fibres_of_a_cell_step_as_the_page_says() -> None:
    factors = uniform(2, len(FACTOR), LANES, high=2.0)
    factors[FACTOR.ageing] /= 1000  # healthy loss per year
    named = ("repair", "supply", "microglia", "felt_slow", "rim_transient", "rim_persistent")
    around = {name: uniform(3 + i, LANES, low=0.05) for i, name in enumerate(named)}
    stocks = uniform(20, 4, LANES) / 4
    causes = [zeros() for _ in states.CAUSES]
    release, rims, pool, seen = zeros(), zeros(), zeros(), zeros()
    left = [np.full(LANES, share, np.float32) for share in (0.9, 0.8)]
    weight, cortical = np.float32(0.25), np.float32(1.0)
    reference = stocks.astype(np.float64)
    lost = {cause: np.zeros(LANES) for cause in states.CAUSES}
    stripped = np.zeros(LANES)
    step = reference_step("Tissue")
    for _ in range(STEPS):
        before = {name: values.copy() for name, values in around.items()}
        rim = np.minimum(before["rim_transient"] + before["rim_persistent"], 1)  # two lesions may share a place
        seen += rim
        flat_module().advance_cell(
            LANES, np.float32(HALF_STEP), weight, cortical, EFFECTS, factors, *left, *(around[n] for n in named),
            *stocks, *causes, release, rims, pool, SINGLE,
        )
        for j in range(LANES):
            at = {name: float(values[j]) for name, values in before.items()}
            known = {
                "rim": float(rim[j]), "slow": at["felt_slow"], "bare": reference[2, j],
                "frailty": float(factors[FACTOR.vulnerable, j]), "ageing": float(factors[FACTOR.ageing, j]),
                "cortical": 1.0,
                **{name: at[name] for name in ("repair", "microglia", "supply")},
            }
            d = states.TissueDrives(**known)
            f = flows.tissue_flows(states.Tissue(1.0, 1.0, 1.0, 1.0), d, DOUBLE, effects(j))
            found = step(HALF_STEP, *reference[:, j], *f)
            mean = dict(zip(states.Tissue._fields, found[4:], strict=True))
            reference[:, j] = found[:4]
            amounts = {name: getattr(f, name) * mean[states.TISSUE_ROUTES[name][0]] for name in f._fields}
            for cause, processes in states.CAUSES.items():
                lost[cause][j] += 2 * HALF_STEP * sum(amounts[name] for name in processes)
            gone = sum(a for name, a in amounts.items() if states.TISSUE_ROUTES[name][1] == "lost")
            stripped[j] += 0.25 * (gone + amounts["stripping"] + amounts["restripping"])
        assert np.allclose(around["rim_transient"], 0.9 * before["rim_transient"], **CLOSE)
        assert np.allclose(around["rim_persistent"], 0.8 * before["rim_persistent"], **CLOSE)
    assert np.allclose(stocks, reference, **CLOSE)
    for mine, cause in zip(causes, states.CAUSES, strict=True):
        assert np.allclose(mine, lost[cause], **CLOSE), cause
    assert np.allclose(release, stripped, **CLOSE)
    assert np.allclose(rims, 0.25 * seen, **CLOSE)
    assert reference.sum() < 0.99 * uniform(20, 4, LANES).sum() / 4  # something did happen


def test_the_surroundings_of_a_region_step_as_the_page_says() -> None:
    depth = np.float32(0.7)
    factors, slow = uniform(30, len(FACTOR), LANES, low=0.3, high=2.0), uniform(31, LANES)
    debris, microglia = uniform(32, LANES, high=0.2), uniform(33, LANES)
    reference = np.array([debris, microglia], np.float64)
    repair, supply, mean_microglia, felt = zeros(), zeros(), zeros(), zeros()
    step = reference_step("Milieu")
    for n in range(STEPS):
        release, rims, acute = (uniform(40 + 3 * n + i, LANES, high=0.5) for i in range(3))
        given = [x.astype(np.float64).copy() for x in (release, rims, acute)]
        flat_module().advance_milieu(
            LANES, np.float32(HALF_STEP), depth, EFFECTS, slow, factors, debris, microglia, repair, supply,
            mean_microglia, felt, release, rims, acute, SINGLE,
        )
        for j in range(LANES):
            here = float(depth) * float(slow[j])
            known = {
                "release": given[0][j], "rim": given[1][j], "acute": given[2][j], "debris": reference[0, j],
                "clearance_age": float(factors[FACTOR.clearance, j]), "slow": here,
                "frailty": float(factors[FACTOR.frailty, j]),
            }
            f = flows.milieu_flows(states.Milieu(1.0, 1.0), states.MilieuDrives(**known), DOUBLE, effects(j))
            b, g, mean_b, mean_g = step(HALF_STEP, *reference[:, j], *f)
            reference[:, j] = b, g
            capacity = flows.repair_capacity(float(factors[FACTOR.repair, j]), 1.0, mean_b, mean_g, DOUBLE)
            assert np.isclose(repair[j], capacity, **CLOSE)
            assert np.isclose(supply[j], flows.energy_supply(float(factors[FACTOR.supply, j]), mean_g, DOUBLE), **CLOSE)
            assert np.isclose(mean_microglia[j], mean_g, **CLOSE) and np.isclose(felt[j], here, **CLOSE)
        assert not release.any() and not rims.any() and not acute.any()
    assert np.allclose([debris, microglia], reference, **CLOSE)


def test_the_inflammation_behind_the_barrier_steps_as_the_page_says() -> None:
    tendency, ageing, rate = (uniform(50 + i, LANES, high=3.0 + 10 * (i == 2)) for i in range(3))
    slow = uniform(53, LANES)
    reference = slow.astype(np.float64)
    step = reference_step("Compartment")
    for _ in range(STEPS):
        flat_module().advance_compartment(LANES, np.float32(HALF_STEP), tendency, ageing, EFFECTS, rate, slow, SINGLE)
        for j in range(LANES):
            known = {"attack": rate, "tendency": tendency, "ageing": ageing}
            d = states.CompartmentDrives(slow=reference[j], **{name: float(x[j]) for name, x in known.items()})
            f = flows.compartment_flows(states.Compartment(1.0), d, DOUBLE, effects(j))
            reference[j] = step(HALF_STEP, reference[j], *f)[0]
    assert np.allclose(slow, reference, **CLOSE)


def test_function_follows_from_fibres_as_the_page_says() -> None:
    stocks, supply = uniform(60, 4, LANES) / 4, uniform(61, LANES, low=0.3)
    lasting, now, alive = (np.ones(LANES, np.float32) for _ in range(3))
    flat_module().join_cell(LANES, EFFECTS, supply, *stocks, lasting, now, alive, SINGLE)
    loss, block, shown = zeros(), zeros(), zeros()
    worst = np.full(LANES, -1e9, np.float32)
    reserve = uniform(62, LANES, low=0.1, high=0.6)
    flat_module().judge_pathway(LANES, np.float32(-1e9), reserve, lasting, now, loss, block, shown, worst, SINGLE)
    for j in range(LANES):
        s = states.Tissue(*(float(x) for x in stocks[:, j]))
        u = effects(j)
        deficit = flows.energy_deficit(s.bare, u.energy_supply * float(supply[j]), DOUBLE)
        c_bare = min(call(function.bare_conduction, deficit=deficit, p=DOUBLE, u=u), 1.0)
        carried = call(function.cell_capacity, s=s, c_bare=c_bare, p=DOUBLE)
        blocked = call(function.cell_block, s=s, c_bare=c_bare, p=DOUBLE)
        assert np.isclose(loss[j], 1 - carried, **CLOSE) and np.isclose(block[j], blocked, **CLOSE)
        assert np.isclose(alive[j], sum(s), **CLOSE)
        r = float(reserve[j])
        short = function.shortfall(1 - carried, blocked, r, DOUBLE)
        assert np.isclose(shown[j], function.latent(short, DOUBLE), rtol=1e-4, atol=1e-5)
        lasting_only = function.latent(function.shortfall(1 - carried, 0.0, r, DOUBLE), DOUBLE)
        assert np.isclose(worst[j], lasting_only, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("rim_chance", (90.0, 0.7)),
        ("crossing_chance", (30.0, 12.0, 700.0)),
        ("declining", (52.0, 35.0)),
        ("rising", (61.0, 25.0)),
        ("repair_capacity", (1.3, 0.8, 0.05, 0.4)),
        ("energy_deficit", (0.3, 0.7)),
        ("energy_deficit", (0.0, 1.0)),
        ("early_share", (0.6,)),
        ("volume_aged", (25.0, 60.0)),
        ("walking", (1.5, 0.4, 2.2)),
        ("most", (0.25, -1.5)),
        ("hinge", (-0.3, 0.1)),
    ],
)
def test_a_function_compiled_alone_is_the_function_of_the_page(name: str, given: tuple[float, ...]) -> None:
    module = next(m for m in (flows, events, function) if hasattr(m, name))
    plain = getattr(module, name)
    order = plain.__code__.co_varnames[: plain.__code__.co_argcount]
    values = iter(given)
    mixed = [None if n == "p" else next(values) for n in order]
    single = [SINGLE if x is None else np.float32(x) for x in mixed]
    double = [DOUBLE if x is None else x for x in mixed]
    assert np.isclose(getattr(flat_module(), name)(*single), plain(*double), rtol=5e-6, atol=1e-7)


def test_what_a_lesion_moves_is_what_the_page_says() -> None:
    stocks = (0.5, 0.05, 0.2, 0.1)
    found = flat_module().hit(np.float32(0.3), np.float32(0.2), states.Tissue(*(np.float32(x) for x in stocks)))
    assert np.allclose(found, events.hit(0.3, 0.2, states.Tissue(*stocks)), rtol=1e-6)
