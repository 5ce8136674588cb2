"""Everything the kernel needs that is the same for all blocks, from parameters, plan and times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from smoulder import anatomy
from smoulder.biology import states
from smoulder.parameters import Parameters
from smoulder.treatments import EFFECTS, Plan

from .arrays import Fixed, Maps, Mobility, Scales, Schedule

__all__ = ["SMOULDERING", "STEPS_PER_YEAR", "Setting", "Steps", "constants", "setting"]

#: Steps of the integration in a year: months, quarters and years are whole numbers of steps.
STEPS_PER_YEAR = 24
#: Assessments in a year: how often the kernel looks at disability, onset and death.
_ASSESSMENTS_PER_YEAR = 4
#: Processes that the smouldering explanation scales, all outside the acute lesion.
SMOULDERING = (
    "rim_expansion", "rim_loss", "diffuse_demyelination", "diffuse_loss", "bare_loss", "neuron_loss",
    "seeding", "maintenance",
)


class Steps(NamedTuple):
    """How finely lives are integrated: steps in a year (a multiple of 4), and parts of each step of the tissue (to
    measure the error of the step).
    """

    per_year: int = STEPS_PER_YEAR
    parts: int = 1


@dataclass(frozen=True)
class Setting:
    """The same for all blocks: numbers of the equations, maps and scales, multipliers without and with treatment (base
    [effect], table [effect, step since the first dose], rows of it that act), times, and the hazard of death by sex.
    """

    constants: states.Constants
    fixed: Fixed
    base: NDArray[np.float32]
    table: NDArray[np.float32]
    acting: NDArray[np.int64]
    schedule: Schedule
    death: dict[str, tuple[float, float]]


def constants(p: Parameters) -> states.Constants:
    """The numbers that the equations need, in single precision."""
    single: Any = (np.float32(p[name]) for name in states.Constants._fields)
    return states.Constants(*single)


def setting(p: Parameters, treatment: Plan, years: float, every: float, steps: Steps, silent: float) -> Setting:
    """The setting of lives of ``years`` under a treatment, recorded every ``every`` years but for ``silent`` years."""
    per_year = steps.per_year
    base = np.ones(len(EFFECTS), np.float32)
    base[EFFECTS.index("attack")] = p["relapse_driven"]
    for name in SMOULDERING:
        base[EFFECTS.index(name)] = p["smouldering"]
    table = (treatment.multipliers(per_year, years) if treatment.drugs else np.ones((len(EFFECTS), 1))) * base[:, None]
    every_steps = round(every * per_year)
    maps = _maps(p)
    return Setting(
        constants(p), Fixed(maps, _scales(p, maps), _mobility(p)), base, table.astype(np.float32),
        np.flatnonzero((table != base[:, None]).any(axis=1)),
        Schedule(
            0, int(np.floor(years / every + 1e-9)) * every_steps, per_year, every_steps,
            per_year // _ASSESSMENTS_PER_YEAR, steps.parts, int(np.floor(silent * per_year + 1e-9)),
        ),
        {name: (p[f"death_{name}.male"], p[f"death_{name}.female"]) for name in ("rate", "doubling")},
    )


def _maps(p: Parameters) -> Maps:
    cell_region = np.array([anatomy.REGIONS.index(k) for _, k in anatomy.CELLS], np.int32)
    cell_pathway = np.array([anatomy.PATHWAYS.index(w) for w, _ in anatomy.CELLS], np.int32)
    cell_area = np.array([p[f"path_area.{w}.{k}"] for w, k in anatomy.CELLS], np.float32)
    cells_in = np.bincount(cell_region).astype(np.int32)
    by_region = np.split(np.argsort(cell_region, kind="stable").astype(np.int32), np.cumsum(cells_in)[:-1])
    cells_of = np.stack([np.resize(cells, cells_in.max()) for cells in by_region])
    return Maps(cell_region, cell_pathway, cell_area, _of_regions(p, "region_area"), cells_of, cells_in)


def _scales(p: Parameters, maps: Maps) -> Scales:
    weight = (1 / maps.cells_in[maps.cell_region]).astype(np.float32)
    cortical = (maps.cell_region == anatomy.REGIONS.index("cortex")).astype(np.float32)
    return Scales(_of_regions(p, "region_lesion_size"), _of_regions(p, "region_depth"), weight, cortical)


def _of_regions(p: Parameters, family: str) -> NDArray[np.float32]:
    return np.array([p[f"{family}.{region}"] for region in anatomy.REGIONS], np.float32)


def _mobility(p: Parameters) -> Mobility:
    ids = (
        "item_slope.ambulation", "item_threshold.ambulation.10", "item_threshold.ambulation.12", "item_slope.arm_use",
        "item_threshold.arm_use.2", "death_ratio.7", "death_ratio.8", "death_ratio.9",
    )
    return Mobility(*(np.float32(p[name]) for name in ids))
