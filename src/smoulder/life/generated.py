"""Functions whose text is written from the page of maths: the steps of the three systems, and a person's multipliers.

They are ordinary functions here, so that kernel.py and lanes.py can name them; the compiled module takes their text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from smoulder.biology import states
from smoulder.engine import single
from smoulder.engine.steps import step_source

from . import rows

__all__ = ["SOURCES", "effects_of", "step_compartment", "step_milieu", "step_tissue"]

_EFFECTS_OF = f"""def effects_of(u, j):
    return Effects({", ".join(f"u[EFFECT.{name}, j]" for name in states.Effects._fields)})
"""

#: Text of every function here, by name, in the order in which the compiled module needs them.
SOURCES: dict[str, str] = {
    "step_tissue": step_source("step_tissue", states.Tissue._fields, states.TISSUE_ROUTES),
    "step_milieu": step_source("step_milieu", states.Milieu._fields, states.MILIEU_ROUTES),
    "step_compartment": step_source("step_compartment", states.Compartment._fields, states.COMPARTMENT_ROUTES),
    "effects_of": _EFFECTS_OF,
}


def _function(name: str) -> Callable[..., Any]:
    space: dict[str, Any] = {**vars(single), "Effects": states.Effects, "EFFECT": rows.EFFECT}
    exec(SOURCES[name], space)
    return space[name]


step_tissue = _function("step_tissue")
step_milieu = _function("step_milieu")
step_compartment = _function("step_compartment")
effects_of = _function("effects_of")
