"""The page of maths and the engine's loops as ordinary Python, over numbers of SymPy's or NumPy's kind."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

from smoulder.biology import events, flows, function, states
from smoulder.engine.compile import single_precision
from smoulder.life import generated, kernel, lanes, rows
from smoulder.life import numbers as counts

__all__ = ["functions"]


def _own(module: ModuleType) -> list[Any]:
    found = [f for f in vars(module).values() if inspect.isfunction(f) and f.__module__ == module.__name__]
    return sorted(found, key=lambda f: f.__code__.co_firstlineno)


def functions(**numbers: Any) -> dict[str, Any]:
    """Names of the compiled module, uncompiled; ``numbers`` gives F, np, ZERO to FLOOR, exponential, min, max."""
    named = {name: value for module in (counts, rows) for name, value in vars(module).items() if name.isupper()}
    space: dict[str, Any] = {**vars(states), **named, "njit": lambda f: f, "square": lambda x: x * x, **numbers}
    parts = [single_precision(f) for module in (flows, events, function) for f in _own(module)]
    parts += generated.SOURCES.values()
    parts += [inspect.getsource(f) for f in (*lanes.FUNCTIONS, kernel.advance_tissue)]
    for text in parts:
        exec(text, space)
    return space
