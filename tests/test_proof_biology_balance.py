"""Proved with symbols: fibres are conserved, no stock can turn negative or pass 1, every loss has one cause."""

from __future__ import annotations

import pytest
import sympy

from smoulder.biology import events, flows, states
from symbols import SYSTEMS, change, fill, flows_of, routes, stocks

systems = pytest.mark.parametrize("system", SYSTEMS)


def named(system: str) -> dict[str, sympy.Expr]:
    return flows_of(system)._asdict()


@systems
def test_every_flow_has_a_route_and_every_route_a_flow(system: str) -> None:
    assert list(routes(system)) == list(getattr(states, f"{system}Flows")._fields) == list(named(system))


@systems
def test_every_route_joins_places_that_there_are(system: str) -> None:
    places = {*stocks(system)._fields, "lost", "outside"}
    assert {place for route in routes(system).values() for place in route} <= places
    assert all(donor != taker for donor, taker in routes(system).values())


def test_the_fibres_of_a_cell_and_those_lost_add_up_for_ever() -> None:
    rate = change("Tissue", named("Tissue"))
    assert set(rate) == {*states.Tissue._fields, "lost"}
    assert sympy.simplify(sum(rate.values())) == 0
    assert sympy.simplify(sum(rate[stock] for stock in states.Tissue._fields) + rate["lost"]) == 0


def test_a_flow_that_arrives_nowhere_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "TISSUE_ROUTES", {**states.TISSUE_ROUTES, "settling": ("acute", "nowhere")})
    rate = change("Tissue", named("Tissue"))
    assert sympy.simplify(sum(rate[stock] for stock in states.Tissue._fields) + rate["lost"]) != 0


def test_nothing_comes_back_from_the_lost() -> None:
    assert all(donor != "lost" for donor, _ in states.TISSUE_ROUTES.values())


def test_every_loss_has_exactly_one_cause() -> None:
    caused = [name for names in states.CAUSES.values() for name in names]
    assert len(caused) == len(set(caused))
    assert set(caused) == {name for name, (_, taker) in states.TISSUE_ROUTES.items() if taker == "lost"}


@systems
def test_a_flow_is_proportional_to_the_stock_it_leaves_and_to_no_other(system: str) -> None:
    """What the engine needs: the donor times a rate that is free of every stock; from outside, free of all."""
    symbols = stocks(system)._asdict()
    for name, flow in named(system).items():
        donor = routes(system)[name][0]
        rate = sympy.cancel(flow / symbols[donor]) if donor in symbols else flow
        assert not rate.free_symbols & set(symbols.values()), name


def rates_without_softness(system: str) -> dict[str, sympy.Expr]:
    """Rates with shares (repair mode, survivors, early share) written as x/(1+x), so that signs can be read off."""
    share = sympy.symbols("m n", positive=True)
    inside = {
        sympy.Symbol("p.repair_mode", positive=True): share[0] / (1 + share[0]),
        sympy.Symbol("p.survivor_share", positive=True): share[1] / (1 + share[1]),
    }
    symbols = stocks(system)._asdict()
    found = {}
    for name, flow in named(system).items():
        donor = routes(system)[name][0]
        rate = flow / symbols[donor] if donor in symbols else flow
        found[name] = rate.subs(inside)
    return found


def energy_free(expression: sympy.Expr) -> sympy.Expr:
    """The energy deficit as one non-negative symbol (that it is one is proved below)."""
    d, p, u = fill(states.TissueDrives, "d"), fill(states.Constants, "p"), fill(states.Effects, "u")
    found = flows.energy_deficit(d.bare, u.energy_supply * d.supply, p)
    return expression.subs(found, sympy.Symbol("deficit", nonnegative=True))


@systems
def test_no_rate_is_ever_negative(system: str) -> None:
    for name, rate in rates_without_softness(system).items():
        plain = sympy.nsimplify(energy_free(rate), rational=True)
        numerator, denominator = sympy.fraction(sympy.together(plain))
        terms = [*sympy.Add.make_args(sympy.expand(numerator)), *sympy.Add.make_args(sympy.expand(denominator))]
        assert all(term.is_nonnegative for term in terms), f"{name}: {plain}"


@pytest.mark.parametrize(("system", "stock"), [(s, stock) for s in SYSTEMS for stock in stocks(s)._fields])
def test_an_empty_stock_is_never_emptied_further(system: str, stock: str) -> None:
    """At a stock of 0 the flows out of it vanish; what is left is a sum of flows into it, none of them negative."""
    symbol = getattr(stocks(system), stock)
    for name, flow in named(system).items():
        if routes(system)[name][0] == stock:
            assert flow.subs(symbol, 0) == 0, name
    rate = change(system, named(system))[stock].subs(symbol, 0)
    arriving = [flow for name, flow in named(system).items() if routes(system)[name][1] == stock]
    assert sympy.simplify(rate - sum(arriving, sympy.Integer(0)).subs(symbol, 0)) == 0


@pytest.mark.parametrize(("system", "stock"), [("Milieu", "microglia"), ("Compartment", "slow")])
def test_a_full_stock_is_never_filled_further(system: str, stock: str) -> None:
    rate = change(system, named(system))[stock].subs(getattr(stocks(system), stock), 1)
    assert sympy.expand(rate).is_nonpositive


def test_acute_fibres_leave_at_one_rate_whatever_share_of_them_is_repaired() -> None:
    flow, s, p = flows_of("Tissue"), stocks("Tissue"), fill(states.Constants, "p")
    assert sympy.simplify(flow.early_repair + flow.settling - s.acute / p.t_acute) == 0


def test_the_share_repaired_at_once_is_a_share_in_either_mode_and_between() -> None:
    x, y, repair = sympy.symbols("x y repair", positive=True)
    p = fill(states.Constants, "p")._replace(repair_mode=x / (1 + x), survivor_share=y / (1 + y))
    share = flows.early_share(repair, p)
    for value in (share, 1 - share):
        top, below = sympy.fraction(sympy.together(value))
        assert all(term.is_positive for term in sympy.Add.make_args(sympy.expand(top * below)))


def test_the_hinge_is_never_negative_and_never_below_its_argument() -> None:
    x, width = sympy.Symbol("x", real=True), sympy.Symbol("w", positive=True)
    soft = sympy.nsimplify(flows.hinge(x, width), rational=True)
    # (root + x)(root - x) = w^2 > 0 and their sum is twice the root > 0, so both are positive
    root = sympy.sqrt(x * x + width * width)
    assert sympy.simplify(2 * soft - x - root) == 0
    assert sympy.expand((root + x) * (root - x)) == width**2
    assert sympy.simplify(soft * (soft - x) - width**2 / 4) == 0
    assert sympy.limit(soft.subs(width, 1), x, -sympy.oo) == 0
    assert sympy.limit((soft - x).subs(width, 1), x, sympy.oo) == 0


def test_the_energy_deficit_rises_with_bareness_and_falls_with_supply() -> None:
    bare, supply = sympy.symbols("D E", positive=True)
    p = fill(states.Constants, "p")
    deficit = sympy.nsimplify(flows.energy_deficit(bare, supply, p), rational=True)
    # deficit = hinge(y); d hinge/dy = hinge / root > 0, so the sign of the slope is that of dy
    y = (1 + p.demand_bare * bare) / (p.supply_margin * supply) - 1
    assert sympy.simplify(deficit - (y + sympy.sqrt(y * y + p.deficit_width**2)) / 2) == 0
    assert sympy.diff(y, bare).is_positive
    assert sympy.simplify(sympy.diff(y, supply)).is_negative


def test_a_lesion_takes_no_more_than_there_is_and_loses_none() -> None:
    s = stocks("Tissue")
    x, y = sympy.symbols("x y", positive=True)
    share, transected = x / (1 + x), y / (1 + y)  # anything within 0 to 1
    from_myelinated, from_repaired, from_bare, cut = events.hit(share, transected, s)
    after = {
        "myelinated": s.myelinated - from_myelinated,
        "repaired": s.repaired - from_repaired,
        "bare": s.bare - from_bare,
        "acute": s.acute + from_myelinated + from_repaired + from_bare - cut,
    }
    for stock, amount in after.items():
        top, below = sympy.fraction(sympy.together(sympy.nsimplify(amount, rational=True)))
        assert all(term.is_positive for term in sympy.Add.make_args(sympy.expand(top * below))), stock
    assert sympy.simplify(sum(after.values()) + cut - sum(s)) == 0


def test_a_chance_of_a_rim_stays_a_chance_and_grows_with_the_lesion() -> None:
    area, odds = sympy.symbols("area u", positive=True)
    chance = events.rim_chance(area, fill(states.Constants, "p"), odds)
    assert chance.is_positive
    assert sympy.simplify(1 - chance).is_positive
    assert sympy.simplify(sympy.diff(chance, area)).is_positive


def test_the_energy_deficit_was_taken_out_of_the_rates_by_name() -> None:
    assert any(energy_free(rate) != rate for rate in rates_without_softness("Tissue").values())
