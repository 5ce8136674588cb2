"""The same people with each of the two explanations switched off in turn: what is left, and which published patterns
break.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder import clinic, life, people, statistics
from smoulder.cohorts.followed import follow
from smoulder.experiments.natural import CAUSES, PROTOCOL_PEOPLE, NaturalHistory, scored
from smoulder.life import Truth
from smoulder.parameters import Parameters
from smoulder.targets.quantities.protocols import run_protocols
from smoulder.targets.scoring import Score

__all__ = ["ARMS", "Switches", "switched"]

#: Name of each arm -> the parameters that differ from the model as it is.
ARMS: dict[str, dict[str, float]] = {
    "both at work": {},
    "relapse-driven off": {"relapse_driven": 0.0},
    "smouldering off": {"smouldering": 0.0},
    "both off": {"relapse_driven": 0.0, "smouldering": 0.0},
}
FULL, *OFF, NEITHER = ARMS

#: Years since the biological start on the clock that all arms share.
CLOCK = np.arange(1, 31)
SHOWN = (20, 30)
_LEVEL = 6
_SHARD = 4096
_STEP = 1 / life.STEPS_PER_YEAR
#: Years of life of the arms that are followed by a clinic; as in every natural history.
_YEARS = 75


@dataclass(frozen=True, eq=False)
class Switches:
    """Four arms of the same people with the same luck, on a clock from the biological start, whether they have had
    onset or not.

    at_start: mean rated EDSS of these people before anything has happened, and its Monte Carlo error. curves: arm ->
    float64[2, 30] mean rated EDSS of those alive at each year of ``CLOCK`` and its error. table: one row an arm and
    year of ``SHOWN``: arm, year, alive, mean_edss, error, p_ge_6, p_ge_6_error, left, left_error (share of the rise
    above ``at_start`` in the full model), the causes of fibre loss and lost. onset: arm -> people with clinical onset.
    scores: arm -> every target scored on the arm's own cohort. broken and mended: arm -> ids of targets that were hits
    and become misses, and the other way round.
    """

    people: int
    seed: int
    at_start: tuple[float, float]
    curves: dict[str, NDArray[np.float64]]
    table: pd.DataFrame
    onset: dict[str, int]
    scores: dict[str, tuple[Score, ...]]
    broken: dict[str, tuple[str, ...]]
    mended: dict[str, tuple[str, ...]]

    def frame(self) -> pd.DataFrame:
        """One row an arm and year of ``SHOWN``: ``table`` with the columns described above."""
        return self.table.copy()


@dataclass(frozen=True)
class _Clock:
    """Rated EDSS int8[30, N] (half points, -1 dead) and lost fibres by cause float32[len(CAUSES) + 1, len(SHOWN), N] of
    an arm.
    """

    edss: NDArray[np.int8]
    lost: NDArray[np.float32]


def switched(natural: NaturalHistory, *, threads: int = 2, progress: Callable[[int], None] | None = None) -> Switches:
    """Switch each explanation off, and both, in the people of ``natural``: twins by common random numbers.

    ``progress`` is called with the lives just lived: six times the people in all. The clock's ratings are those a
    clinic makes that follows everyone from the biological start.
    """
    n, seed, p = natural.people, natural.seed, natural.parameters
    changed = {arm: p.replace(values) for arm, values in ARMS.items()}
    clocks = {arm: _on_clock(n, seed, changed[arm], threads, progress) for arm in ARMS}
    start = _before(n, seed, changed[NEITHER], threads)
    scores, onset = {FULL: natural.scores}, {FULL: len(natural.cohort)}
    for arm in OFF:
        cohort = follow(n, parameters=changed[arm], seed=seed, years=_YEARS, threads=threads, progress=progress)
        protocols = run_protocols(changed[arm], n=min(n, PROTOCOL_PEOPLE), seed=seed, threads=threads)
        scores[arm], onset[arm] = scored(cohort, protocols), len(cohort)
    return Switches(
        n,
        seed,
        (float(start.mean()), float(start.std(ddof=1) / np.sqrt(n))),
        {arm: _curve(c) for arm, c in clocks.items()},
        _table(clocks, start),
        onset,
        scores,
        {arm: _moved(scores[FULL], scores[arm], hit=True) for arm in OFF},
        {arm: _moved(scores[FULL], scores[arm], hit=False) for arm in OFF},
    )


def _moved(before: tuple[Score, ...], after: tuple[Score, ...], *, hit: bool) -> tuple[str, ...]:
    """Ids of targets that were hits (or misses) and are so no longer."""
    return tuple(a.target.id for a, b in zip(before, after, strict=True) if a.hit is hit and b.hit is not hit)


def _shards(n: int, seed: int, p: Parameters) -> list[people.People]:
    return [
        people.draw(min(_SHARD, n - first), seed=seed, first_id=first, parameters=p) for first in range(0, n, _SHARD)
    ]


def _on_clock(n: int, seed: int, p: Parameters, threads: int, progress: Callable[[int], None] | None) -> _Clock:
    parts = []
    for group in _shards(n, seed, p):
        truth = life.run(
            group, years=float(CLOCK[-1]), every=1.0, parameters=p, lesions=False, threads=threads, progress=progress
        )
        lost = np.array([[truth[name][year - 1] for year in SHOWN] for name in (*CAUSES, "lost")], np.float32)
        parts.append(_Clock(_rated(truth, p), lost))
    return _Clock(np.concatenate([c.edss for c in parts], axis=1), np.concatenate([c.lost for c in parts], axis=2))


def _rated(truth: Truth, p: Parameters) -> NDArray[np.int8]:
    """EDSS at every recorded moment, int8[T, N], -1 after death."""
    moments, n = truth.years.size, len(truth.id)
    person, moment = np.tile(np.arange(n), moments), np.repeat(np.arange(moments), n)
    alive = truth.years[moment] < truth.death[person]
    scores = np.full(person.size, -1, np.int8)
    scores[alive] = _in_order(truth, p, person[alive], moment[alive])
    return scores.reshape(moments, n)


def _in_order(truth: Truth, p: Parameters, person: NDArray[np.intp], moment: NDArray[np.intp]) -> NDArray[np.int8]:
    """Ratings in the order asked for: tables of visits are sorted by person and day."""
    order = np.lexsort((moment, person))
    scores = np.empty(person.size, np.int8)
    scores[order] = clinic.examine(truth, p, person[order], moment[order]).edss
    return scores


def _before(n: int, seed: int, p: Parameters, threads: int) -> NDArray[np.float64]:
    """Rated EDSS of every person at the biological start, after one step in which nothing happens; float64[n]."""
    found = []
    for group in _shards(n, seed, p):
        truth = life.run(group, years=_STEP, every=_STEP, parameters=p, lesions=False, threads=threads)
        found.append(_in_order(truth, p, np.arange(len(group)), np.zeros(len(group), np.intp)))
    return np.concatenate(found).astype(np.float64) / 2


def _curve(clock: _Clock) -> NDArray[np.float64]:
    means = np.full((2, CLOCK.size), np.nan)
    for k, row in enumerate(clock.edss):
        alive = row[row >= 0].astype(np.float64) / 2
        if alive.size > 1:
            means[:, k] = alive.mean(), alive.std(ddof=1) / np.sqrt(alive.size)
    return means


def _mean(values: NDArray[Any]) -> float:
    """The mean, NaN of nothing without a word."""
    return float(values.mean()) if values.size else np.nan


def _table(clocks: dict[str, _Clock], start: NDArray[np.float64]) -> pd.DataFrame:
    rows = [_row(clocks, start, arm, k, year) for arm in ARMS for k, year in enumerate(SHOWN)]
    return pd.DataFrame(rows)


def _row(clocks: dict[str, _Clock], start: NDArray[np.float64], arm: str, k: int, year: int) -> dict[str, object]:
    """One arm at one year: values with Monte Carlo errors by batches of people (the arms are paired, so the error of
    ``left`` is too).
    """
    edss, full = (clocks[name].edss[year - 1].astype(np.float64) / 2 for name in (arm, FULL))

    def mean(part: NDArray[np.intp]) -> float:
        return _mean(edss[part][edss[part] >= 0])

    def share(part: NDArray[np.intp]) -> float:
        return _mean(edss[part][edss[part] >= 0] >= _LEVEL)

    def left(part: NDArray[np.intp]) -> float:
        before = float(start[part].mean())
        rise = _mean(full[part][full[part] >= 0]) - before
        return (mean(part) - before) / rise if rise else np.nan

    row: dict[str, object] = {"arm": arm, "year": year, "alive": float(np.mean(edss >= 0))}
    for name, statistic in (("mean_edss", mean), ("p_ge_6", share), ("left", left)):
        row[name] = statistic(np.arange(edss.size))
        row["error" if name == "mean_edss" else f"{name}_error"] = statistics.batch_error(statistic, edss.size)
    alive = edss >= 0
    number = max(int(alive.sum()), 1)
    for name, values in zip((*CAUSES, "lost"), clocks[arm].lost[:, k], strict=True):
        row[name] = _mean(values[alive])
        row[f"{name}_error"] = float(values[alive].std(ddof=1) / np.sqrt(number)) if number > 1 else np.nan
    return row
