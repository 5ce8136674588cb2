"""Lives block by block: the kernel's arrays, one call a block, and what comes out joined in the order of the people.

The bits are the same whatever the threads, the block or the company.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from smoulder.biology import states
from smoulder.people import People
from smoulder.random import key

from .arrays import Care, Life, Moments, Saving, Starts, Who, Work
from .compiled_kernel import flat_module
from .lesions import LESION, Lesions
from .numbers import MOST_CROSSINGS, MOST_LESIONS, N_CAUSES, N_CELLS, N_ITEMS, N_PATHWAYS, N_REGIONS
from .rows import (
    CELL,
    DEATH,
    ONSET,
    QUANTITIES,
    Born,
    Cell,
    Counters,
    Death,
    Factors,
    Milieu,
    Onset,
    Pathway,
    Person,
    PersonWords,
    Pooled,
    Scratch,
    Sizes,
    Words,
)
from .setting import Setting
from .state import STATE, State, parts_of
from .truth import Truth

__all__ = ["Request", "live"]

_LANES = 256
_NEVER = np.int32(2**30)
#: Entries of the book of lesions per person at first; it grows where that is too few.
_BOOK = 256


@dataclass(frozen=True, eq=False)
class Request:
    """What is asked of N lives: from which state they go on (None: from the biological start), first doses float64[N],
    years between recorded moments, moments whose states are kept float64[N, K] (inf: none), whether lesions are kept.
    """

    people: People
    start: State | None
    first_dose: NDArray[np.float64]
    every: float
    save_at: NDArray[np.float64] | None
    lesions: bool


class _Lived(NamedTuple):
    """What one block leaves: onset and death [n], its lesions, its kept states and how many lesions each had had."""

    onset: NDArray[np.float32]
    death: NDArray[np.float32]
    lesions: Lesions
    saving: Saving


def live(setting: Setting, request: Request, threads: int, progress: Callable[[int], None] | None) -> Truth:
    """Live what is requested under a setting; ``progress`` is called with the number of people after each block."""
    flat_module()
    n = len(request.people)
    schedule = setting.schedule
    moments = schedule.steps // schedule.every
    whole = request.start is None and schedule.silent == 0
    space = np.empty if whole else np.zeros  # what is never written is then 0 and takes no memory
    values = space((len(QUANTITIES), moments, n), np.float32)
    step = np.zeros(n, np.int32) if request.start is None else request.start.step
    order = np.argsort(step, kind="stable")  # people who begin together share a block
    blocks = [order[low : low + _LANES] for low in range(0, n, _LANES)]

    def work(index: NDArray[np.int64]) -> _Lived:
        lived = _block(setting, request, index, values)
        if progress is not None:
            progress(index.size)
        return lived

    if threads == 1:
        parts = [work(index) for index in blocks]
    else:
        with ThreadPoolExecutor(threads) as pool:
            parts = list(pool.map(work, blocks))
    back = np.argsort(order, kind="stable")
    onset = np.concatenate([part.onset for part in parts], axis=1)[:, back]
    attack, lasting = onset[ONSET.attack], onset[ONSET.lasting]
    first = np.minimum(attack, lasting)
    lesions = _lesions(request, parts) if request.lesions else None
    return Truth(
        request.people, (np.arange(1, moments + 1) * request.every).astype(np.float32), values,
        np.where(np.isfinite(first), first, np.nan).astype(np.float32), np.isfinite(attack) & (attack <= lasting),
        np.concatenate([part.death for part in parts])[back], request.first_dose.astype(np.float32), lesions,
        saved=None if request.save_at is None else _saved(setting, request, blocks, parts, lesions),
    )


def first_step(setting: Setting, first_dose: NDArray[np.float64]) -> NDArray[np.int32]:
    """The step at whose beginning a dose given at ``first_dose`` (years, inf: never) begins to act, int32[n]."""
    given = np.isfinite(first_dose)
    steps = np.ceil(np.where(given, first_dose, 0) * setting.schedule.per_year - 1e-6)
    return np.where(given, steps, _NEVER).astype(np.int32)


def _block(setting: Setting, request: Request, index: NDArray[np.int64], values: NDArray[np.float32]) -> _Lived:
    """Live one block, people ``index``, and put its recorded moments into ``values``."""
    begin = 0 if request.start is None else int(request.start.step[index[0]])
    schedule = setting.schedule._replace(begin=begin, silent=max(setting.schedule.silent, begin))
    if request.start is None:
        return _call(replace(setting, schedule=schedule), request, index, Moments(values, int(index[0])))
    buffer = np.zeros((len(QUANTITIES), values.shape[1], index.size), np.float32)
    lived = _call(replace(setting, schedule=schedule), request, index, Moments(buffer, 0))
    unlived = request.start.step[index] // schedule.every  # moments at or before the step in which a person begins
    for lane in np.flatnonzero(unlived > unlived[0]):
        buffer[:, unlived[0] : unlived[lane], lane] = 0
    values[:, unlived[0] :, index] = buffer[:, unlived[0] :]
    return lived


def _call(setting: Setting, request: Request, index: NDArray[np.int64], moments: Moments) -> _Lived:
    """One call of the kernel; the book of lesions grows until it is large enough."""
    kernel = flat_module()
    n = index.size
    people = request.people.take(index)
    room = _BOOK * n if request.lesions else 0
    care = Care(first_step(setting, request.first_dose[index]), setting.table, setting.acting)
    starts = _starts(request.start, index, setting.schedule.per_year)
    saving = _saving(setting, request.save_at, index)
    while True:
        life = _life(n, people, setting)
        if request.start is not None and request.start.lesions is not None:
            life.born[:] = np.bincount(request.start.lesions.person, minlength=len(request.start))[index]
        book = np.empty(room, LESION)
        used = kernel.live_block(
            _who(people), care, setting.fixed, setting.schedule, life, parts_of(life), _work(n, setting), book, starts,
            saving, moments, setting.constants,
        )
        if used >= 0:
            break
        room *= 2
    order = np.empty(used, np.int64)
    lesions = Lesions.of(book[:used])
    kernel.order_book(n, used, lesions.time, lesions.person, np.empty(n, np.int64), np.empty(n, np.int64), order)
    lesions = lesions.take(order)
    person = index[lesions.person].astype(np.int32)
    return _Lived(life.onset, life.death[DEATH.when], replace(lesions, person=person), saving)


def _who(people: People) -> Who:
    low, high = key(people.seed)
    arrays = (np.ascontiguousarray(array) for array in (people.traits, people.region_weights, people.offsets))
    return Who(low, high, people.id.astype(np.uint32), people.start_age, *arrays)


def _life(n: int, people: People, setting: Setting) -> Life:
    """Fresh state of a block of ``n`` lanes: everything healthy."""
    tissue = _zeros(len(Cell._fields), N_CELLS, n)
    tissue[CELL.myelinated] = 1
    onset = _zeros(len(Onset._fields), n)
    onset[:] = np.inf
    death = _zeros(len(Death._fields), n)
    sex = people.sex.astype(int)
    death[DEATH.rate] = np.array(setting.death["rate"])[sex]
    death[DEATH.doubling] = np.array(setting.death["doubling"])[sex]
    death[DEATH.draw] = people.death_draw
    death[DEATH.when] = np.inf
    return Life(
        _zeros(len(Person._fields), n), _zeros(len(Milieu._fields), N_REGIONS, n), tissue,
        _zeros(len(Pooled._fields), N_REGIONS, n), _zeros(N_CAUSES, n), _zeros(len(Counters._fields), n), onset, death,
        np.zeros(n, np.int32),
    )


def _work(n: int, setting: Setting) -> Work:
    """Room for what a block fills anew in every step; multipliers are those without treatment."""
    u = _zeros(len(states.Effects._fields), n)
    u[:] = setting.base[:, None]
    most = MOST_LESIONS * n
    return Work(
        u, _zeros(len(Factors._fields), n), _zeros(len(Pathway._fields), N_PATHWAYS, n), _zeros(N_ITEMS, n),
        _zeros(N_PATHWAYS, n), _zeros(len(Scratch._fields), n), np.empty((len(PersonWords._fields), n), np.uint32),
        np.empty((len(Born._fields), most), np.uint32), np.empty((len(Words._fields), most), np.uint32),
        np.empty((MOST_CROSSINGS, most), np.uint32), np.empty((len(Sizes._fields), most), np.float32),
        np.empty(N_CELLS, np.float32),
    )


def _zeros(*shape: int) -> NDArray[np.float32]:
    """Zeros that begin where a line of the processor's cache begins (a tenth faster for whole lines of lanes)."""
    size = int(np.prod(shape))
    room = np.zeros(size + 16, np.float32)
    skip = -room.ctypes.data % 64 // 4
    return room[skip : skip + size].reshape(shape)


def _starts(start: State | None, index: NDArray[np.int64], per_year: int) -> Starts:
    if start is None:
        return Starts(np.zeros(index.size, np.int32), np.empty((len(STATE), 0), np.float32))
    return Starts(start.step[index].astype(np.int32), np.ascontiguousarray(start.numbers[:, index]))


def _saving(setting: Setting, save_at: NDArray[np.float64] | None, index: NDArray[np.int64]) -> Saving:
    """Room for the states of a block that are to be kept, sorted by step."""
    at = np.full((index.size, 1), np.inf) if save_at is None else save_at[index]
    lane = np.nonzero(np.isfinite(at))[0].astype(np.int32)
    step = np.floor(at[np.isfinite(at)] * setting.schedule.per_year + 1e-6).astype(np.int32)
    order = np.argsort(step, kind="stable")
    return Saving(
        step[order], lane[order], np.empty((len(STATE), order.size), np.float32), np.empty(order.size, np.int32)
    )


def _lesions(request: Request, parts: list[_Lived]) -> Lesions:
    """Lesions of all blocks as one table sorted by person, then time; what came before the start comes first."""
    before = None if request.start is None else request.start.lesions
    if before is None:
        return Lesions.join([part.lesions for part in parts])
    lesions = Lesions.join([before, *(part.lesions for part in parts)])
    return lesions.take(np.argsort(lesions.person, kind="stable"))


def _saved(
    setting: Setting, request: Request, blocks: list[NDArray[np.int64]], parts: list[_Lived], lesions: Lesions | None
) -> State:
    """The kept states of all blocks, by person, then moment."""
    person = np.concatenate([index[part.saving.lane] for index, part in zip(blocks, parts, strict=True)])
    step = np.concatenate([part.saving.step for part in parts])
    order = np.lexsort((step, person))
    born = np.concatenate([part.saving.born for part in parts])[order]
    numbers = np.concatenate([part.saving.numbers for part in parts], axis=1)[:, order]
    person = person[order]
    return State(
        request.people.take(person), person, step[order], setting.schedule.per_year, setting.schedule.every,
        np.ascontiguousarray(numbers), request.first_dose[person],
        None if lesions is None else lesions.of_people(person, born),
    )
