"""The engine beside C generated from the same equations, and beside NumPy: one job, each at its best block size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import c_code, contestants, job
from benchmarks.timing import in_turn
from smoulder.life.rows import CELL

__all__ = ["to_c", "to_numpy"]

_BLOCKS = (128, 256, 512)
_CHUNKS = (512, 2048, 8192, 32768)
_WIDE = "-mprefer-vector-width=512"


def to_c(quick: bool) -> dict[str, Any]:
    """Times (ns per person and step) by block, ratios engine / C, and the largest difference of any stock of fibres."""
    fixed = job.setting()
    runs = {"engine": contestants.engine(fixed)}
    try:
        for name, flags in {"c_strict": c_code.STRICT, "c_fast": c_code.FAST}.items():
            runs |= {name: contestants.c(fixed, flags), f"{name}_512_bits": contestants.c(fixed, (*flags, _WIDE))}
    except OSError as error:
        return {"ratio_to_c_strict": None, "ratio_to_c_fast": None, "ratio_to_c_reason": str(error)}
    n, years = (1024, 10) if quick else (2048, 40)
    times, ends = _timed(runs, n, years, _BLOCKS, 3 if quick else 7)
    best = {name: min(by_size.values()) for name, by_size in times.items()}
    strict, fast = (min(best[kind], best[f"{kind}_512_bits"]) for kind in ("c_strict", "c_fast"))
    return {
        "ratio_to_c_strict": round(best["engine"] / strict, 3),
        "ratio_to_c_fast": round(best["engine"] / fast, 3),
        "ratio_to_c_people": n,
        "ratio_to_c_years": years,
        "ratio_to_c_ns_per_person_step_by_block": times,
        "ratio_to_c_largest_difference": {k: _apart(ends["engine"], v) for k, v in ends.items() if k != "engine"},
        "ratio_to_c_flags": {"strict": " ".join(c_code.STRICT), "fast": " ".join(c_code.FAST)},
    }


def to_numpy(quick: bool) -> dict[str, Any]:
    """Times by chunk of the same functions on NumPy's arrays, and NumPy's time over the engine's, each at its best."""
    fixed = job.setting()
    chunks = _CHUNKS[:3] if quick else _CHUNKS
    n, years, rounds = chunks[-1], 1, 1 if quick else 3
    plain, ends = _timed({"numpy": contestants.numpy(fixed)}, n, years, chunks, rounds)
    engine, same = _timed({"engine": contestants.engine(fixed)}, n, years, _BLOCKS, rounds + 2)
    best = min(plain["numpy"].values()), min(engine["engine"].values())
    return {
        "ratio_to_numpy": round(best[0] / best[1], 1),
        "ratio_to_numpy_ns_per_person_step_by_chunk": plain | engine,
        "ratio_to_numpy_largest_difference": _apart(ends["numpy"], same["engine"]),
    }


def _timed(
    runs: dict[str, contestants.Contestant], n: int, years: int, sizes: tuple[int, ...], rounds: int
) -> tuple[dict[str, dict[str, float]], dict[str, np.ndarray]]:
    """Processor time in ns per person and step by name and block size, and what each leaves of the fibres."""
    times: dict[str, dict[str, float]] = {name: {} for name in runs}
    ends: dict[str, np.ndarray] = {}
    for size in sizes:
        blocks = job.blocks(n, years, size)
        states = [job.state(block.n) for block in blocks]
        calls = {name: _call(run, blocks, states) for name, run in runs.items()}
        for name, call in calls.items():  # compiles, and brings everything into memory
            call()
            ends[name] = np.concatenate([state.life.tissue[: CELL.repaired + 1] for state in states], axis=-1)
        steps = n * len(blocks[0].until)
        for name, time in in_turn(calls, rounds).items():
            times[name][str(size)] = round(time.cpu / steps * 1e9, 2)
    return times, ends


def _call(run: contestants.Contestant, blocks: list[job.Block], states: list[job.State]) -> Callable[[], None]:
    def call() -> None:
        for block, state in zip(blocks, states, strict=True):
            job.healthy(state)
            run(block, state)

    return call


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).max())
