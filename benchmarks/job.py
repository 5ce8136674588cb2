"""The tissue's job: every region and cell of some people through years of steps, the same lesions replayed for all.

Lesions come from lives lived before; what age does and the compartmentalised inflammation are held a year at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from smoulder import anatomy, life, people
from smoulder.biology import states
from smoulder.life import STEPS_PER_YEAR, Steps
from smoulder.life.arrays import Fixed, Life, Work
from smoulder.life.compiled_kernel import flat_module
from smoulder.life.rows import CELL, EFFECT, FACTOR, LOSS, MILIEU, PERSON, POOLED, SCRATCH, TRAIT
from smoulder.life.setting import setting as life_setting
from smoulder.parameters import load
from smoulder.treatments import plan

__all__ = ["FATES", "HALF_STEP", "Block", "Setting", "State", "blocks", "healthy", "setting", "state"]

HALF_STEP = np.float32(0.5 / STEPS_PER_YEAR)
#: Rows of what age and person do in a step, as the kernel keeps them.
FATES = len(FACTOR)
#: Share of a cell's fibres that one lesion takes, at most; compartmentalised inflammation after 40 years.
_SHARE, _SLOW = 0.5, 0.3


@dataclass(frozen=True)
class Setting:
    """The same for everyone: constants, maps and scales as the kernel takes them, share of a lesion's fibres cut."""

    constants: states.Constants
    fixed: Fixed
    cut: np.float32


@dataclass(frozen=True)
class Block:
    """Input of n people: fates [year, row, n], slows [year, n]; lesions by step, ``until`` [step] counts them."""

    fates: NDArray[np.float32]
    slows: NDArray[np.float32]
    until: NDArray[np.int32]
    cells: NDArray[np.int32]
    regions: NDArray[np.int32]
    at: NDArray[np.int32]
    shares: NDArray[np.float32]
    rims: NDArray[np.int32]

    @property
    def n(self) -> int:
        """How many people."""
        return int(self.slows.shape[1])


class State(NamedTuple):
    """What goes on and what is worked with: as the kernel keeps both."""

    life: Life
    work: Work


def setting() -> Setting:
    """The shipped table's setting."""
    made = life_setting(load(), plan("none"), 1, 1.0, Steps(), 0.0)
    return Setting(made.constants, made.fixed, np.float32(load()["transected"]))


def lined(*shape: int) -> NDArray[np.float32]:
    """Zeros that begin at a cache line, for every contestant alike."""
    size = int(np.prod(shape))
    room = np.zeros(size + 16, np.float32)
    skip = -room.ctypes.data % 64 // 4
    return room[skip : skip + size].reshape(shape)


def state(n: int) -> State:
    """Healthy people without treatment; what the tissue's job does not touch has no room."""
    none = lined(0, n)
    life = Life(
        lined(len(PERSON), n), lined(len(MILIEU), len(anatomy.REGIONS), n), lined(len(CELL), len(anatomy.CELLS), n),
        lined(len(POOLED), len(anatomy.REGIONS), n), lined(len(LOSS), n), none, none, none, np.zeros(0, np.int32),
    )
    words = np.zeros((0, n), np.uint32)
    work = Work(
        lined(len(EFFECT), n), lined(len(FACTOR), n), none[None], none, none, lined(len(SCRATCH), n), words,
        words, words, words, none, none[:, 0],
    )
    healthy(State(life, work))
    return State(life, work)


def healthy(state: State) -> None:
    """Back to the beginning: nobody has anything, nobody is treated."""
    for array in (*state.life, state.work.scratch):
        array[:] = 0
    state.work.u[:] = 1
    state.life.tissue[CELL.myelinated] = 1


def blocks(n: int, years: int, size: int, seed: int = 1) -> list[Block]:
    """Input of ``n`` people in blocks of ``size``."""
    who = people.draw(n, seed=seed)
    truth = life.run(who, years=years, every=years)
    cells, step, person, shares, rims = _entries(truth, years * STEPS_PER_YEAR)
    region_of = setting().fixed.maps.cell_region
    made = []
    for low in range(0, n, size):
        mine = (person >= low) & (person < low + size)
        fates, slows = _fates(who.take(slice(low, low + size)), years)
        until = np.searchsorted(step[mine], np.arange(years * STEPS_PER_YEAR), side="right").astype(np.int32)
        regions, at = region_of[cells[mine]].astype(np.int32), person[mine] - np.int32(low)
        made.append(Block(fates, slows, until, cells[mine], regions, at, shares[mine], rims[mine]))
    return made


def _entries(truth: life.Truth, steps: int) -> tuple[NDArray, ...]:
    """(cell, step, person, share, rim class) of every crossing, by step; at most one a step in a cell of a person."""
    book, maps = truth.lesions, setting().fixed.maps
    assert book is not None
    parts = []
    for cell, region in enumerate(maps.cell_region):
        here = np.flatnonzero(book.region == region)
        share = _SHARE * np.minimum(book.area[here] / maps.cell_area[cell], 1)
        step = np.minimum((book.time[here] * STEPS_PER_YEAR).astype(np.int32), steps - 1)
        kept = np.unique(np.stack([step, book.person[here]]), axis=1, return_index=True)[1]
        full = np.full(kept.size, cell, np.int32)
        rim = book.rim[here][kept].astype(np.int32)
        parts.append((full, step[kept], book.person[here][kept], share[kept].astype(np.float32), rim))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(columns[1], kind="stable")
    return tuple(column[order] for column in columns)


def _fates(who: people.People, years: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    n, k = len(who), setting().constants
    fates, slows = lined(years, FATES, n), lined(years, n)
    traits = np.ascontiguousarray(who.traits)
    for year in range(years):
        row = fates[year]
        flat_module().age_factors(
            n, who.start_age + np.float32(year), traits[TRAIT.repair], traits[TRAIT.vulnerability], *row, k
        )
        slows[year] = _SLOW * year / 40
    return fates, slows
