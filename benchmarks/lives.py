"""Whole lives a second on two threads, everything recorded quarterly, and how the time grows with people and years."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.timing import Timing, in_turn
from smoulder import life, people

__all__ = ["growth"]

_SHARD = 10_000  # people lived at a time, as a cohort on disk is
_THREADS = 2


def _lived(n: int, years: int, lesions: bool) -> None:
    for low in range(0, n, _SHARD):
        who = people.draw(min(_SHARD, n - low), seed=1, first_id=low)
        life.run(who, years=years, every=0.25, lesions=lesions, threads=_THREADS)


def growth(quick: bool) -> Iterator[dict[str, Any]]:
    """One row for each number of people (at 40 years) and of years (at 10,000 people), lesion records kept or not."""
    sizes = [(1_000, 40), (10_000, 40), *([] if quick else [(100_000, 40)]), (10_000, 10), (10_000, 20), (10_000, 60)]
    for n, years in sizes:
        calls = {str(kept): lambda n=n, years=years, kept=kept: _lived(n, years, kept) for kept in (True, False)}
        rounds = 2 if quick or n > _SHARD else 7 if n < _SHARD else 3
        for kept, time in in_turn(calls, rounds).items():
            yield _row(n, years, kept == "True", time)


def _row(n: int, years: int, kept: bool, time: Timing) -> dict[str, Any]:
    return {
        "people": n,
        "years": years,
        "lesion_records_kept": kept,
        "threads": _THREADS,
        "wall_s": round(time.wall, 4),
        "cpu_s": round(time.cpu, 4),
        "lives_per_second": round(n / time.wall, 1),
        "lives_per_cpu_second": round(n / time.cpu, 1),
        "person_years_per_second": round(n * years / time.wall),
        "person_years_per_cpu_second": round(n * years / time.cpu),
    }
