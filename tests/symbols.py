"""Symbols for the proofs: named tuples filled with one positive symbol per field, and flows computed from them."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import sympy

from smoulder.biology import flows, states

SYSTEMS = ("Tissue", "Milieu", "Compartment")


def fill(kind: Any, prefix: str) -> Any:
    """A named tuple of ``kind`` with a positive symbol ``prefix.field`` in every field."""
    return kind(*(sympy.Symbol(f"{prefix}.{field}", positive=True) for field in kind._fields))


def routes(system: str) -> dict[str, tuple[str, str]]:
    """Routes of a system."""
    return getattr(states, f"{system.upper()}_ROUTES")


def stocks(system: str) -> Any:
    """Stocks of a system as symbols."""
    return fill(getattr(states, system), "s")


def flows_of(system: str, module: ModuleType = flows) -> Any:
    """Every flow of a system as an expression in symbols s.*, d.*, p.*, u.*."""
    drives = fill(getattr(states, f"{system}Drives"), "d")
    given = stocks(system), drives, fill(states.Constants, "p"), fill(states.Effects, "u")
    return getattr(module, f"{system.lower()}_flows")(*given)


def change(system: str, moved: dict[str, Any]) -> dict[str, Any]:
    """Rate of each stock, of ``lost`` and of ``outside``, for amounts moved along the routes."""
    rate: dict[str, Any] = {}
    for name, (donor, taker) in routes(system).items():
        rate[donor] = rate.get(donor, sympy.Integer(0)) - moved[name]
        rate[taker] = rate.get(taker, sympy.Integer(0)) + moved[name]
    return rate
