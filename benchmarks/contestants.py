"""The same tissue's job by the engine, by C and by NumPy: each takes a block and a state and moves it to the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import c_code
from benchmarks.job import FATES, HALF_STEP, Block, Setting, State
from benchmarks.page import functions
from smoulder.biology import states
from smoulder.compiled import njit_lent
from smoulder.life import STEPS_PER_YEAR
from smoulder.life.arrays import Life, Work
from smoulder.life.compiled_kernel import flat_module
from smoulder.life.rows import CELL, LOSS, MILIEU, PERSON

__all__ = ["c", "engine", "numpy"]

Contestant = Callable[[Block, State], None]


def engine(fixed: Setting) -> Contestant:
    """The engine's own compiled step."""
    flat = flat_module()
    advance_tissue, hit, cell_of = flat.advance_tissue, flat.hit, states.Tissue

    @njit_lent(cache=False)
    def lesions(first, last, entries, weight, cut, life):
        cells, regions, at, shares, rims = entries
        tissue = life.tissue
        for i in range(first, last):
            c, j = cells[i], at[i]
            s = cell_of(
                tissue[CELL.myelinated, c, j], tissue[CELL.acute, c, j], tissue[CELL.bare, c, j],
                tissue[CELL.repaired, c, j],
            )
            from_m, from_r, from_b, gone = hit(shares[i], cut, s)
            tissue[CELL.myelinated, c, j] -= from_m
            tissue[CELL.repaired, c, j] -= from_r
            tissue[CELL.bare, c, j] -= from_b
            tissue[CELL.acute, c, j] += from_m + from_r + from_b - gone
            life.causes[LOSS.acute, j] += gone
            life.milieu[MILIEU.debris, regions[i], j] += weight[c] * (from_m + from_r)
            if rims[i] > 0:
                row = CELL.repaired + rims[i]
                tissue[row, c, j] = min(tissue[row, c, j] + shares[i], np.float32(1))

    @njit_lent(cache=False)
    def replay(hold, n, half_step, fates, slows, until, entries, cut, fixed, life, work, k):
        first = 0
        for now in range(until.size):
            fate, slow = fates[now // hold], slows[now // hold]
            for j in range(n):
                life.person[PERSON.slow, j] = slow[j]
            if now % hold == 0:
                for row in range(fate.shape[0]):
                    for j in range(n):
                        work.factors[row, j] = fate[row, j]
            lesions(first, until[now], entries, fixed.scales.weight, cut, life)
            first = until[now]
            advance_tissue(n, half_step, fixed, life, work, k)

    def run(b: Block, s: State) -> None:
        entries = b.cells, b.regions, b.at, b.shares, b.rims
        replay(
            STEPS_PER_YEAR, b.n, HALF_STEP, b.fates, b.slows, b.until, entries, fixed.cut, fixed.fixed, s.life, s.work,
            fixed.constants,
        )

    return run


def c(fixed: Setting, flags: tuple[str, ...]) -> Contestant:
    """C generated from the same functions and compiled with ``flags``. Raises OSError where there is no compiler."""
    replay = c_code.compiled(fixed, flags)
    k = np.array(fixed.constants, np.float32)

    def run(b: Block, s: State) -> None:
        replay(
            b.until.size, STEPS_PER_YEAR, b.n, HALF_STEP, b.fates, FATES, b.slows, b.until, b.cells, b.regions, b.at,
            b.shares, b.rims, fixed.fixed.scales.weight, fixed.cut, s.work.u, s.work.scratch, s.life.person,
            s.life.milieu, s.life.tissue, s.life.pooled, s.life.causes, k,
        )

    return run


class _Lanes:
    """An array whose last index, the lane, means all lanes at once: so that a loop over one lane moves everybody."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def __getitem__(self, key: Any) -> Any:
        index = key if isinstance(key, tuple) else (key,)
        whole = len(index) == self.array.ndim
        return self.array[index[:-1]] if whole else _Lanes(self.array[index])

    def __setitem__(self, key: Any, value: Any) -> None:
        index = key if isinstance(key, tuple) else (key,)
        self.array[index[:-1]] = value


def numpy(fixed: Setting) -> Contestant:
    """The same functions on NumPy's arrays of single precision."""
    f = np.float32
    page = functions(
        F=f, np=np, ZERO=f(0), HALF=f(0.5), ONE=f(1), TWO=f(2), FLOOR=f(1e-15), min=np.minimum, max=np.maximum,
        exponential=lambda x: np.exp(x, dtype=f),
    )
    advance_tissue, hit, cell_of = page["advance_tissue"], page["hit"], states.Tissue

    def run(b: Block, s: State) -> None:
        life = Life(*(_Lanes(array) for array in s.life))
        weight, tissue = fixed.fixed.scales.weight, s.life.tissue
        first = 0
        for now, last in enumerate(b.until):
            s.life.person[PERSON.slow] = b.slows[now // STEPS_PER_YEAR]
            e = slice(first, last)
            c, r, j, shares, rims = b.cells[e], b.regions[e], b.at[e], b.shares[e], b.rims[e]
            from_m, from_r, from_b, gone = hit(shares, fixed.cut, cell_of(*tissue[: CELL.repaired + 1, c, j]))
            tissue[CELL.myelinated, c, j] -= from_m
            tissue[CELL.repaired, c, j] -= from_r
            tissue[CELL.bare, c, j] -= from_b
            tissue[CELL.acute, c, j] += from_m + from_r + from_b - gone
            np.add.at(s.life.causes[LOSS.acute], j, gone)
            np.add.at(s.life.milieu[MILIEU.debris], (r, j), weight[c] * (from_m + from_r))
            chronic = rims > 0
            where = CELL.repaired + rims[chronic], c[chronic], j[chronic]
            tissue[where] = np.minimum(tissue[where] + shares[chronic], f(1))
            first = last
            work = Work(*(_Lanes(array) for array in s.work))
            work = work._replace(factors=_Lanes(b.fates[now // STEPS_PER_YEAR]))
            advance_tissue(1, HALF_STEP, fixed.fixed, life, work, fixed.constants)

    return run
