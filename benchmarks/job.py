"""The tissue's job: every region and cell of some people through years of steps, the same lesions replayed for all.

Lesions come from lives lived before; what age does and the compartmentalised inflammation are held a year at a time.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smoulder import life, people
from smoulder.biology import states
from smoulder.life import STEPS_PER_YEAR
from smoulder.life.compiled_kernel import flat_module
from smoulder.parameters import load
from smoulder.treatments import plan

__all__ = ["FATES", "HALF_STEP", "Block", "Setting", "State", "blocks", "healthy", "setting", "state"]

HALF_STEP = np.float32(0.5 / STEPS_PER_YEAR)
#: Rows of what age and person do in a step, as the kernel keeps them.
FATES = 12
#: Share of a cell's fibres that one lesion takes, at most; compartmentalised inflammation after 40 years.
_SHARE, _SLOW = 0.5, 0.3


@dataclass(frozen=True)
class Setting:
    """The same for everyone: constants, maps and scales as the kernel takes them, share of a lesion's fibres cut."""

    constants: states.Constants
    maps: tuple
    scales: tuple
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


@dataclass(frozen=True)
class State:
    """Everything that moves, [variable, place, n]: as the kernel keeps it."""

    u: NDArray[np.float32]
    left: NDArray[np.float32]
    person: NDArray[np.float32]
    milieu: NDArray[np.float32]
    tissue: NDArray[np.float32]
    pooled: NDArray[np.float32]
    causes: NDArray[np.float32]


def setting() -> Setting:
    """The shipped table's setting."""
    run = importlib.import_module("smoulder.life.run")
    made = run._setting(load(), plan("none"), 1, 1.0, STEPS_PER_YEAR, 1, 0.0)
    return Setting(made.constants, made.maps, made.scales, np.float32(load()["transected"]))


def lined(*shape: int) -> NDArray[np.float32]:
    """Zeros that begin at a cache line, for every contestant alike."""
    size = int(np.prod(shape))
    room = np.zeros(size + 16, np.float32)
    skip = -room.ctypes.data % 64 // 4
    return room[skip : skip + size].reshape(shape)


def state(n: int) -> State:
    """Healthy people without treatment."""
    cells, regions, causes = len(states.CELLS), len(states.REGIONS), 1 + len(states.CAUSES)
    made = State(
        lined(len(states.Effects._fields), n), lined(4, n), lined(5, n), lined(6, regions, n), lined(6, cells, n),
        lined(3, regions, n), lined(causes, n),
    )
    healthy(made)
    return made


def healthy(state: State) -> None:
    """Back to the beginning: nobody has anything, nobody is treated."""
    for array in vars(state).values():
        array[:] = 0
    state.u[:] = 1
    state.tissue[0] = 1


def blocks(n: int, years: int, size: int, seed: int = 1) -> list[Block]:
    """Input of ``n`` people in blocks of ``size``."""
    who = people.draw(n, seed=seed)
    truth = life.run(who, years=years, every=years)
    cells, step, person, shares, rims = _entries(truth, years * STEPS_PER_YEAR)
    region_of = setting().maps[0]
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
    book, maps = truth.lesions, setting().maps
    assert book is not None
    parts = []
    for cell, region in enumerate(maps[0]):
        here = np.flatnonzero(book.region == region)
        share = _SHARE * np.minimum(book.area[here] / maps[2][cell], 1)
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
            n, who.start_age + np.float32(year), traits[2], traits[4], *row[:7], row[10], row[11], k
        )
        slows[year] = _SLOW * year / 40
    return fates, slows
