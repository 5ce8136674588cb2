"""Joins the page of maths, the generated steps and the loops into one compiled module."""

from __future__ import annotations

import inspect
from functools import cache
from types import ModuleType

from smoulder.biology import events, flows, function, states
from smoulder.engine import lanes
from smoulder.engine.compile import build, single_precision

from . import generated, kernel, numbers, rows
from . import lanes as loops_of_lanes

__all__ = ["flat_module"]


def _functions(module: ModuleType) -> list:
    own = [f for f in vars(module).values() if inspect.isfunction(f) and f.__module__ == module.__name__]
    return sorted(own, key=lambda f: f.__code__.co_firstlineno)


def _constants(module: ModuleType) -> list[str]:
    return sorted(name for name in vars(module) if name.isupper())


@cache
def flat_module() -> ModuleType:
    """The compiled kernel, built once per version of the sources and per process."""
    imports = [
        f"from {states.__name__} import *",
        f"from {lanes.__name__} import exponential, logarithm, normal_from, uniform_from",
        "from smoulder.random import threefry",
        *(f"from {module.__name__} import {', '.join(_constants(module))}" for module in (numbers, rows)),
    ]
    maths = [single_precision(f) for module in (flows, events, function) for f in _functions(module)]
    written = ["@njit\n" + text for text in generated.SOURCES.values()]
    lane_loops = ["@njit_apart\n" + inspect.getsource(f) for f in loops_of_lanes.FUNCTIONS]
    order = ["@njit_lent\n" + inspect.getsource(f) for f in kernel.FUNCTIONS]
    return build("kernel", imports, [*maths, *written, *lane_loops, *order])
