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
from smoulder.life.compiled_kernel import flat_module

__all__ = ["c", "engine", "numpy"]

Contestant = Callable[[Block, State], None]


def engine(fixed: Setting) -> Contestant:
    """The engine's own compiled step."""
    flat = flat_module()
    advance_tissue, hit, cell_of = flat.advance_tissue, flat.hit, states.Tissue

    @njit_lent(cache=False)
    def lesions(first, last, cells, regions, at, shares, rims, weight, cut, milieu, tissue, causes):
        for i in range(first, last):
            c, j = cells[i], at[i]
            s = cell_of(tissue[0, c, j], tissue[1, c, j], tissue[2, c, j], tissue[3, c, j])
            from_m, from_r, from_b, gone = hit(shares[i], cut, s)
            tissue[0, c, j] -= from_m
            tissue[3, c, j] -= from_r
            tissue[2, c, j] -= from_b
            tissue[1, c, j] += from_m + from_r + from_b - gone
            causes[0, j] += gone
            milieu[0, regions[i], j] += weight[c] * (from_m + from_r)
            if rims[i] > 0:
                tissue[3 + rims[i], c, j] = min(tissue[3 + rims[i], c, j] + shares[i], np.float32(1))

    @njit_lent(cache=False)
    def replay(hold, n, half_step, fates, slows, until, entries, cut, maps, scales, arrays, k):
        cells, regions, at, shares, rims = entries
        u, left, person, milieu, tissue, pooled, causes = arrays
        first = 0
        for now in range(until.size):
            fate, slow = fates[now // hold], slows[now // hold]
            for j in range(n):
                person[1, j] = slow[j]
            lesions(first, until[now], cells, regions, at, shares, rims, scales[2], cut, milieu, tissue, causes)
            first = until[now]
            advance_tissue(n, half_step, maps, scales, u, left, person, fate, milieu, tissue, pooled, causes, k)

    def run(b: Block, s: State) -> None:
        entries = b.cells, b.regions, b.at, b.shares, b.rims
        arrays = s.u, s.left, s.person, s.milieu, s.tissue, s.pooled, s.causes
        replay(
            STEPS_PER_YEAR, b.n, HALF_STEP, b.fates, b.slows, b.until, entries, fixed.cut, fixed.maps, fixed.scales,
            arrays, fixed.constants,
        )

    return run


def c(fixed: Setting, flags: tuple[str, ...]) -> Contestant:
    """C generated from the same functions and compiled with ``flags``. Raises OSError where there is no compiler."""
    replay = c_code.compiled(fixed, flags)
    k = np.array(fixed.constants, np.float32)

    def run(b: Block, s: State) -> None:
        replay(
            b.until.size, STEPS_PER_YEAR, b.n, HALF_STEP, b.fates, FATES, b.slows, b.until, b.cells, b.regions, b.at,
            b.shares, b.rims, fixed.scales[2], fixed.cut, s.u, s.left, s.person, s.milieu, s.tissue, s.pooled,
            s.causes, k,
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
        arrays = s.u, s.left, s.person, s.milieu, s.tissue, s.pooled, s.causes
        u, left, person, *others = (_Lanes(array) for array in arrays)
        first = 0
        for now, last in enumerate(b.until):
            s.person[1] = b.slows[now // STEPS_PER_YEAR]
            e = slice(first, last)
            c, r, j, shares, rims = b.cells[e], b.regions[e], b.at[e], b.shares[e], b.rims[e]
            from_m, from_r, from_b, gone = hit(shares, fixed.cut, cell_of(*s.tissue[:4, c, j]))
            s.tissue[0, c, j] -= from_m
            s.tissue[3, c, j] -= from_r
            s.tissue[2, c, j] -= from_b
            s.tissue[1, c, j] += from_m + from_r + from_b - gone
            np.add.at(s.causes[0], j, gone)
            np.add.at(s.milieu[0], (r, j), fixed.scales[2][c] * (from_m + from_r))
            chronic = rims > 0
            where = 3 + rims[chronic], c[chronic], j[chronic]
            s.tissue[where] = np.minimum(s.tissue[where] + shares[chronic], f(1))
            first = last
            fate = _Lanes(b.fates[now // STEPS_PER_YEAR])
            advance_tissue(1, HALF_STEP, fixed.maps, fixed.scales, u, left, person, fate, *others, fixed.constants)

    return run
