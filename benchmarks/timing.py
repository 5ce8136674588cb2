"""Medians of several runs, in turn, of time on the wall and of processor time."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

__all__ = ["Timing", "in_turn"]


class Timing(NamedTuple):
    """Medians in seconds; ``cpu`` adds up the threads of this process."""

    wall: float
    cpu: float


def in_turn(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Timing]:
    """Time every call ``rounds`` times, in turn (A B A B), so that what disturbs the machine disturbs all."""
    seen: dict[str, list[Timing]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            wall, cpu = time.perf_counter(), time.process_time()
            call()
            seen[name].append(Timing(time.perf_counter() - wall, time.process_time() - cpu))
    medians = {name: [statistics.median(column) for column in zip(*times, strict=True)] for name, times in seen.items()}
    return {name: Timing(*median) for name, median in medians.items()}
