"""Runs lives block by block on any number of threads; the same bits whatever the threads, the block or the company."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smoulder.biology import states
from smoulder.errors import InputError
from smoulder.parameters import Parameters, load
from smoulder.people import People
from smoulder.random import key
from smoulder.treatments import EFFECTS, Plan
from smoulder.treatments import plan as plan_of

from .compiled_kernel import MOST_LESIONS, flat_module
from .truth import QUANTITIES, Lesions, Truth

__all__ = ["STEPS_PER_YEAR", "run"]

#: Steps of the integration in a year: months, quarters and years are whole numbers of steps.
STEPS_PER_YEAR = 24
_LANES = 256
_NEVER = np.int32(2**30)
_MARKS = ((1, np.int8), (2, np.int8), (3, np.int8), (4, np.bool_))

#: Processes that the smouldering explanation scales, all outside the acute lesion.
SMOULDERING = (
    "rim_expansion", "rim_loss", "diffuse_demyelination", "diffuse_loss", "bare_loss", "neuron_loss",
    "seeding", "maintenance",
)


@dataclass(frozen=True)
class _Setting:
    """Everything the kernel needs that is the same for all blocks."""

    constants: tuple
    maps: tuple
    scales: tuple
    mobility: tuple
    base: NDArray[np.float32]
    table: NDArray[np.float32]
    acting: NDArray[np.int64]
    schedule: tuple
    death: dict


def run(
    people: People,
    *,
    years: float,
    plan: Plan | str = "none",
    first_dose: ArrayLike | None = None,
    every: float = 0.25,
    parameters: Parameters | None = None,
    lesions: bool = True,
    threads: int = 1,
    steps_per_year: int = STEPS_PER_YEAR,
    substeps: int = 1,
    silent_years: float = 0.0,
    progress: Callable[[int], None] | None = None,
) -> Truth:
    """Live the lives of ``people`` for ``years`` from the biological start, recording every ``every`` years.

    ``plan`` is a treatment plan or its name; ``first_dose`` (float[N], years since the biological start, inf: never)
    says when each person's first dose is, whatever start the plan names; ``lesions`` keeps the lesion records;
    ``substeps`` divides the tissue's step (to measure the error of the step); moments within ``silent_years`` of the
    start are not recorded, which saves time and memory: their values are 0 and mean nothing; ``progress`` is called
    with the number of people done after each block.
    Returns a :class:`Truth`. Raises InputError for a time, interval, number of threads or doses that cannot be.
    """
    p = parameters or load()
    _check(years, every, threads, steps_per_year, substeps)
    if not 0 <= silent_years < years:
        raise InputError(f"Nothing recorded for {silent_years:g} of {years:g} years cannot be: from 0 to below all.")
    treatment = plan_of(plan) if isinstance(plan, str) else plan
    setting = _setting(p, treatment, years, every, steps_per_year, substeps, silent_years)
    if first_dose is None:
        doses = _first_dose(people, treatment, setting, p, threads)
    else:
        doses = _given(first_dose, len(people))
    return _live(people, setting, doses, every, lesions, threads, progress)


def _given(first_dose: ArrayLike, n: int) -> NDArray[np.float64]:
    doses = np.asarray(first_dose, dtype=np.float64)
    if doses.shape != (n,):
        raise InputError(f"There are {n} people and first doses of shape {doses.shape}; one time a person is needed.")
    if not (doses >= 0).all():
        raise InputError("A first dose lies 0 or more years after the biological start (inf: never).")
    return doses


def _check(years: float, every: float, threads: int, steps_per_year: int, substeps: int) -> None:
    if not 0 < years <= 150:
        raise InputError(f"A life lasts {years:g} years here; allowed are more than 0 and at most 150.")
    if threads < 1:
        raise InputError(f"The number of threads is {threads}; it must be at least 1.")
    if substeps < 1:
        raise InputError(f"The number of substeps is {substeps}; it must be at least 1.")
    if steps_per_year < 4 or steps_per_year % 4:
        raise InputError(f"There are {steps_per_year} steps in a year; the number must be a multiple of 4.")
    fits = 0 < every <= years and abs(every * steps_per_year - round(every * steps_per_year)) <= 1e-9
    if not fits:
        raise InputError(
            f"Recording every {every:g} years does not fit: use a multiple of 1/{steps_per_year} up to {years:g}."
        )


def constants(p: Parameters) -> states.Constants:
    """The numbers that the equations need, in single precision."""
    single: Any = (np.float32(p[name]) for name in states.Constants._fields)
    return states.Constants(*single)


def _setting(
    p: Parameters, treatment: Plan, years: float, every: float, per_year: int, substeps: int, silent: float
) -> _Setting:
    region = {name: i for i, name in enumerate(states.REGIONS)}
    cell_region = np.array([region[k] for _, k in states.CELLS], np.int32)
    cell_pathway = np.array([states.PATHWAYS.index(w) for w, _ in states.CELLS], np.int32)
    cell_area = np.array([p[f"path_area.{w}.{k}"] for w, k in states.CELLS], np.float32)
    by_region = {f: np.array([p[f"{f}.{k}"] for k in states.REGIONS], np.float32)
                 for f in ("region_area", "region_lesion_size", "region_depth")}
    cells_in = np.bincount(cell_region).astype(np.int32)
    cells_of = np.argsort(cell_region, kind="stable").astype(np.int32)
    cells_of = np.stack([np.resize(c, cells_in.max()) for c in np.split(cells_of, np.cumsum(cells_in)[:-1])])
    weight = (1 / cells_in[cell_region]).astype(np.float32)
    cortical = (cell_region == region["cortex"]).astype(np.float32)
    base = np.ones(len(EFFECTS), np.float32)
    base[EFFECTS.index("attack")] = p["relapse_driven"]
    for name in SMOULDERING:
        base[EFFECTS.index(name)] = p["smouldering"]
    table = (treatment.multipliers(per_year, years) if treatment.drugs else np.ones((len(EFFECTS), 1))) * base[:, None]
    every_steps = round(every * per_year)
    steps = int(np.floor(years / every + 1e-9)) * every_steps
    return _Setting(
        constants(p), (cell_region, cell_pathway, cell_area, by_region["region_area"], cells_of, cells_in),
        (by_region["region_lesion_size"], by_region["region_depth"], weight, cortical), _mobility(p), base,
        table.astype(np.float32), np.flatnonzero((table != base[:, None]).any(axis=1)),
        (steps, per_year, every_steps, per_year // 4, substeps, int(np.floor(silent * per_year + 1e-9))),
        {name: (p[f"death_{name}.male"], p[f"death_{name}.female"]) for name in ("rate", "doubling")},
    )


def _mobility(p: Parameters) -> tuple:
    ids = (
        "item_slope.ambulation", "item_threshold.ambulation.10", "item_threshold.ambulation.12", "item_slope.arm_use",
        "item_threshold.arm_use.2", "death_ratio.7", "death_ratio.8", "death_ratio.9",
    )
    return tuple(np.float32(p[name]) for name in ids)


def _first_dose(people: People, treatment: Plan, setting: _Setting, p: Parameters, threads: int) -> NDArray[np.float64]:
    """Years from the biological start to each person's first dose; inf where it never comes."""
    if not treatment.drugs:
        return np.full(len(people), np.inf)
    rule, years = treatment.start.rule, treatment.start.years
    if rule == "start":
        return np.full(len(people), years)
    if rule == "age":
        return np.maximum(years - people.start_age.astype(np.float64), 0.0)
    untreated = np.full(len(people), np.inf)
    steps, per_year, *_ = setting.schedule
    quick = _Setting(**{**vars(setting), "schedule": (steps, per_year, steps, *setting.schedule[3:])})
    onset = _live(people, quick, untreated, steps / per_year, False, threads, None).onset
    return np.where(np.isnan(onset), np.inf, onset + years)


def _live(
    people: People,
    setting: _Setting,
    first_dose: NDArray[np.float64],
    every: float,
    lesions: bool,
    threads: int,
    progress: Callable[[int], None] | None,
) -> Truth:
    flat_module()
    n = len(people)
    steps, per_year, every_steps, *_ = setting.schedule
    moments = steps // every_steps
    space = np.zeros if setting.schedule[-1] else np.empty  # what is never written is then 0 and takes no memory
    values = space((len(QUANTITIES), moments, n), np.float32)
    starts = range(0, n, _LANES)
    given = np.isfinite(first_dose)
    first_step = np.where(given, np.ceil(np.where(given, first_dose, 0) * per_year - 1e-6), _NEVER).astype(np.int32)

    def work(low: int) -> tuple:
        block = slice(low, min(low + _LANES, n))
        result = _block(people.take(block), setting, first_step[block], values, low, lesions)
        if progress is not None:
            progress(block.stop - block.start)
        return result

    if threads == 1:
        parts = [work(low) for low in starts]
    else:
        with ThreadPoolExecutor(threads) as pool:
            parts = list(pool.map(work, starts))
    attack, lasting, death = (np.concatenate([part[i] for part in parts]) for i in range(3))
    onset = np.minimum(attack, lasting)
    years = (np.arange(1, moments + 1) * every).astype(np.float32)
    return Truth(
        people, years, values, np.where(np.isfinite(onset), onset, np.nan).astype(np.float32),
        np.isfinite(attack) & (attack <= lasting), death, first_dose.astype(np.float32),
        _gather([part[3] for part in parts], starts) if lesions else None,
    )


def _arrays(n: int, people: People, setting: _Setting) -> tuple:
    """Fresh state of a block of ``n`` lanes: everything healthy."""
    regions, cells, pathways, items = len(states.REGIONS), len(states.CELLS), len(states.PATHWAYS), len(states.ITEMS)
    tissue = _zeros(6, cells, n)
    tissue[0] = 1
    fate = _zeros(12, n)
    fate[7:10] = np.inf
    death = _zeros(5, n)
    sex = people.sex.astype(int)
    death[0] = np.array(setting.death["rate"])[sex]
    death[1] = np.array(setting.death["doubling"])[sex]
    death[2] = people.death_draw
    death[4] = np.inf
    u = _zeros(len(setting.base), n)
    u[:] = setting.base[:, None]
    most = MOST_LESIONS * n
    return (
        _zeros(5, n), fate, _zeros(6, regions, n), tissue, _zeros(3, regions, n), _zeros(1 + len(states.CAUSES), n),
        _zeros(3, n), u, _zeros(4, n), _zeros(3 * pathways, n), _zeros(items + pathways, n), death, _zeros(4, n),
        np.empty((5, most), np.uint32), np.empty((16, most), np.uint32), np.empty((5, most), np.float32),
        np.empty(cells, np.float32),
    )


def _zeros(*shape: int) -> NDArray[np.float32]:
    """Zeros that begin where a line of the processor's cache begins (a tenth faster for whole lines of lanes)."""
    size = int(np.prod(shape))
    room = np.zeros(size + 16, np.float32)
    skip = -room.ctypes.data % 64 // 4
    return room[skip : skip + size].reshape(shape)


def _block(
    people: People,
    setting: _Setting,
    first_step: NDArray[np.int32],
    out: NDArray[np.float32],
    low: int,
    lesions: bool,
) -> tuple:
    """Live one block; the book of lesions grows until it is large enough."""
    n = len(people)
    kernel = flat_module()
    room = 256 * n if lesions else 0
    while True:
        arrays = _arrays(n, people, setting)
        numbers, marks = np.empty((5, room), np.float32), np.empty((5, room), np.int32)
        used = kernel.live_block(
            key(people.seed), people.id.astype(np.uint32), people.start_age, np.ascontiguousarray(people.traits),
            np.ascontiguousarray(people.region_weights), np.ascontiguousarray(people.offsets), setting.maps,
            setting.scales, setting.mobility, (first_step, setting.table, setting.acting), setting.schedule, arrays,
            numbers, marks, out, low, setting.constants,
        )
        if used >= 0:
            break
        room *= 2
    order = np.empty(used, np.int64)
    kernel.order_book(n, used, numbers[0], marks[0], np.empty(n, np.int64), np.empty(n, np.int64), order)
    fate, death = arrays[1], arrays[11]
    return fate[7].copy(), fate[9].copy(), death[4].copy(), (numbers[:, order], marks[:, order])


def _gather(books: list, starts: range) -> Lesions:
    """Lesion books of all blocks as one table sorted by person, then time."""
    time, area, effect, enhances, until = (np.concatenate([b[0][i] for b in books]) for i in range(5))
    region, pathway, rim, felt = (np.concatenate([b[1][i].astype(kind) for b in books]) for i, kind in _MARKS)
    person = np.concatenate([b[1][0] + low for b, low in zip(books, starts, strict=True)], dtype=np.int32)
    return Lesions(person, time, region, area, felt, effect, pathway, enhances, rim, until)
