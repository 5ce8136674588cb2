"""The equations as symbols, got by calling the functions of ``biology`` with symbols."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

import sympy

from smoulder.biology import events, flows, function, states
from smoulder.maths.symbols import SYSTEMS, argument, bundle, fields, word

__all__ = ["Equation", "System", "helpers", "systems"]

MODULES = (flows, events, function)
_BUNDLES = {"p": states.Constants, "u": states.Effects}


@dataclass(frozen=True)
class Equation:
    """One equation: ``name`` as in the source, ``left`` as LaTeX, ``right`` as an expression.

    ``says`` is the docstring (on the first equation of a function alone), ``arguments`` its plain arguments.
    """

    name: str
    left: str
    right: sympy.Basic
    says: str = ""
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class System:
    """Stocks, processes and routes of one system (Tissue, Milieu or Compartment), ``equations`` in their order."""

    name: str
    stocks: type
    drives: type
    routes: dict[str, tuple[str, str]]
    equations: tuple[Equation, ...]
    says: str


def functions_of(module: ModuleType) -> tuple[Callable[..., Any], ...]:
    """The functions that a module defines itself, in the order of its source."""
    own = [f for f in vars(module).values() if inspect.isfunction(f) and f.__module__ == module.__name__]
    return tuple(sorted(own, key=lambda f: f.__code__.co_firstlineno))


def systems() -> tuple[System, ...]:
    """Every system of flows, printed from ``flows`` and ``states``."""
    return tuple(_system(name) for name in SYSTEMS)


def helpers(module: ModuleType) -> tuple[Equation, ...]:
    """One equation for each value that each function of ``module`` returns, the systems of flows left out."""
    return tuple(equation for f in functions_of(module) if not f.__name__.endswith("_flows") for equation in _helper(f))


def _system(name: str) -> System:
    stocks, drives = getattr(states, name), getattr(states, f"{name}Drives")
    source = getattr(flows, f"{name.lower()}_flows")
    found = _traced(source, {**_BUNDLES, "s": stocks, "d": drives})
    equations = tuple(Equation(f, word(f), _plain(getattr(found, f))) for f in fields(type(found)))
    return System(name, stocks, drives, dict(getattr(states, f"{name.upper()}_ROUTES")), equations, _says(source))


def _helper(source: Callable[..., Any]) -> list[Equation]:
    names = tuple(n for n in inspect.signature(source).parameters if n not in ("p", "u", "s"))
    given = _traced(source, {**_BUNDLES, "s": states.Tissue})
    values = given if isinstance(given, tuple) else (given,)
    labels = _returned(source) if isinstance(given, tuple) else [source.__name__]
    written = argument_list(names)
    lefts = [word(label) + (written if len(values) == 1 else "") for label in labels]
    return [
        Equation(label, left, _plain(value), _says(source) if i == 0 else "", names)
        for i, (label, left, value) in enumerate(zip(labels, lefts, values, strict=True))
    ]


def argument_list(names: tuple[str, ...]) -> str:
    """Where the arguments' symbols go, as a LaTeX bracket of ``@name@`` marks; nothing for none."""
    return r"\left(" + ", ".join(f"@{name}@" for name in names) + r"\right)" if names else ""


def _traced(source: Callable[..., Any], kinds: dict[str, type]) -> Any:
    """What ``source`` returns for symbols, with the other functions of the page left as names."""
    assert isinstance(source, FunctionType)
    stubs = {f.__name__: _stub(f.__name__) for m in MODULES for f in functions_of(m) if f is not source}
    same_text = FunctionType(source.__code__, {**source.__globals__, **stubs}, source.__name__)
    given = [bundle(kinds[n]) if n in kinds else argument(n) for n in inspect.signature(source).parameters]
    return same_text(*given)


def _stub(name: str) -> Callable[..., sympy.Basic]:
    def call(*given: Any) -> sympy.Basic:
        shown = [g for g in given if not isinstance(g, tuple)]
        return sympy.Function(word(name), positive=True)(*shown)

    return call


def _returned(source: Callable[..., Any]) -> list[str]:
    """Names in the return statement of a function that returns several values."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(source)))
    value = next(node.value for node in ast.walk(tree) if isinstance(node, ast.Return))
    assert isinstance(value, ast.Tuple)
    return [ast.unparse(part) for part in value.elts]


def _says(source: Callable[..., Any]) -> str:
    text = re.sub(r":class:`~?[\w.]*?(\w+)`", r"`\1`", source.__doc__ or "")
    return " ".join(text.replace("``", "`").split())


def _plain(value: Any) -> sympy.Basic:
    """An expression with 1/2 in place of 0.5."""
    return sympy.nsimplify(sympy.sympify(value), rational=True)
