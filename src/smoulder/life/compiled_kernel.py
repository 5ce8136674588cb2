"""Joins the page of maths, the generated steps and the loops into one compiled module."""

from __future__ import annotations

import inspect
from functools import cache
from types import ModuleType

from smoulder.biology import events, flows, function, states
from smoulder.engine import lanes
from smoulder.engine.compile import build, single_precision
from smoulder.engine.steps import step_source
from smoulder.random import PURPOSES

from . import kernel
from . import lanes as loops_of_lanes

__all__ = ["FIRST_CORD", "MOST_LESIONS", "flat_module"]

#: Lesions that one person can get in one step.
MOST_LESIONS = 20
#: First region (in the order of REGIONS) that belongs to the cord.
FIRST_CORD = states.REGIONS.index("cervical")


def _functions(module: ModuleType) -> list:
    own = [f for f in vars(module).values() if inspect.isfunction(f) and f.__module__ == module.__name__]
    return sorted(own, key=lambda f: f.__code__.co_firstlineno)


@cache
def flat_module() -> ModuleType:
    """The compiled kernel, built once per version of the sources and per process."""
    brain_cells = sum(states.REGIONS.index(region) < FIRST_CORD for _, region in states.CELLS)
    visual, cortex = states.PATHWAYS.index("visual"), states.REGIONS.index("cortex")
    pathways, regions = zip(*states.CELLS, strict=True)
    imports = [
        f"from {states.__name__} import *",
        f"from {lanes.__name__} import exponential, logarithm, normal_from, uniform_from",
        "from smoulder.random import threefry",
        f"N_REGIONS, N_PATHWAYS, N_CELLS = {len(states.REGIONS)}, {len(states.PATHWAYS)}, {len(states.CELLS)}",
        f"N_ITEMS, N_EFFECTS, N_CAUSES = {len(states.ITEMS)}, {len(states.Effects._fields)}, {1 + len(states.CAUSES)}",
        f"FIRST_CORD, N_BRAIN = {FIRST_CORD}, {brain_cells}",
        f"VISUAL, N_VISUAL = {visual}, {pathways.count('visual')}",
        f"CORTEX, N_CORTEX = {cortex}, {regions.count('cortex')}",
        f"MOST_LESIONS = {MOST_LESIONS}",
        "NEVER, LEAST, FLOOR = F(np.inf), F(-1e9), F(1e-15)",
        *(f"{name.upper()} = np.uint32({PURPOSES[name]})" for name in ("activity", "lesion", "crossing")),
    ]
    maths = [single_precision(f) for module in (flows, events, function) for f in _functions(module)]
    steps = [
        "@njit\n" + step_source("step_tissue", states.Tissue._fields, states.TISSUE_ROUTES),
        "@njit\n" + step_source("step_milieu", states.Milieu._fields, states.MILIEU_ROUTES),
        "@njit\n" + step_source("step_compartment", states.Compartment._fields, states.COMPARTMENT_ROUTES),
    ]
    lane_loops = ["@njit_apart\n" + inspect.getsource(f) for f in loops_of_lanes.FUNCTIONS]
    order = ["@njit_lent\n" + inspect.getsource(f) for f in kernel.FUNCTIONS]
    return build("kernel", imports, [*maths, *steps, *lane_loops, *order])
