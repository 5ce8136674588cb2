"""A trial run many times over: replicates with new people each, pooled beside what was published."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from smoulder import statistics
from smoulder.errors import InputError
from smoulder.parameters import Parameters, load
from smoulder.records import DAYS_PER_YEAR
from smoulder.treatments import Plan
from smoulder.trials.conducted import Conducted
from smoulder.trials.endpoints import Comparison, Measured, compare
from smoulder.trials.entry import enrol
from smoulder.trials.methods_section import methods
from smoulder.trials.published_results import baseline, baseline_rows, published
from smoulder.trials.replicate import allocate, conduct, follow_arm
from smoulder.trials.result import Arm, Baseline, Curve, Endpoint, Spread, TrialResult
from smoulder.trials.specification import Design
from smoulder.trials.specification import design as design_of
from smoulder.version import __version__

__all__ = ["REPLICATES", "one_trial", "run_trial"]

#: Replicates unless another number is asked for.
REPLICATES = 200


@dataclass(frozen=True, eq=False)
class _Replicate:
    """What is kept of one replicate."""

    screened: int
    eligible: int
    flow: dict[str, NDArray[np.float64]]
    baseline: dict[str, tuple[float, float]]
    measured: dict[str, Measured]
    grid: NDArray[np.float64]


def one_trial(
    design: Design | str | Path,
    *,
    seed: int = 0,
    replicate: int = 0,
    parameters: Parameters | None = None,
    without_cns: bool = False,
    drawn: bool = True,
) -> Conducted:
    """One replicate of a trial as its records show it. Arguments as for :func:`run_trial`."""
    asked = design if isinstance(design, Design) else design_of(design)
    return _conduct(asked, seed, replicate, parameters or load(), without_cns, drawn)[0]


def run_trial(
    design: Design | str | Path,
    *,
    replicates: int = REPLICATES,
    seed: int = 0,
    threads: int = 1,
    parameters: Parameters | None = None,
    without_cns: bool = False,
    drawn: bool = True,
    progress: Callable[[int], None] | None = None,
) -> TrialResult:
    """Run a trial ``replicates`` times, each with people of its own, and pool the results.

    ``design`` is a :class:`Design`, the name of a shipped one, or a TOML file. In each replicate the strength of every
    drug is drawn from its prior, so that intervals hold that doubt too, unless ``drawn`` is False; ``without_cns``
    takes away whatever drugs do behind the barrier. The result depends on neither ``threads`` nor their timing.
    ``progress`` is called with the number of replicates just done. Raises InputError for numbers that cannot be and for
    a design that nobody fits.
    """
    asked = design if isinstance(design, Design) else design_of(design)
    if replicates < 1 or threads < 1:
        raise InputError(f"Replicates and threads are at least 1, not {replicates} and {threads}.")
    if seed < 0:
        raise InputError(f"The seed is {seed}; it must not be negative.")
    jobs = [(asked, seed, number, parameters or load(), without_cns, drawn) for number in range(replicates)]
    done = []
    for one in _each(jobs, threads):
        done.append(one)
        if progress is not None:
            progress(1)
    return _pooled(asked, done, seed, without_cns, drawn)


def _each(jobs: list[tuple], threads: int) -> Iterator[_Replicate]:
    """The replicates in order; several at a time where more than one may run, since most of the work is compiled code
    that leaves the interpreter to others.
    """
    if threads == 1 or len(jobs) == 1:
        yield from map(_replicate, jobs)
        return
    with ThreadPoolExecutor(min(threads, len(jobs))) as pool:
        yield from pool.map(_replicate, jobs)


def _conduct(
    design: Design, seed: int, replicate: int, p: Parameters, without_cns: bool, drawn: bool
) -> tuple[Conducted, int, int]:
    entered = enrol(design, p, seed=seed, replicate=replicate)
    arm = allocate(design, entered)
    by_arm = []
    for number, group in enumerate(design.arms):
        plan = _plan(group.treatment(), seed, replicate, without_cns, drawn)
        by_arm.append(follow_arm(design, entered, np.flatnonzero(arm == number), number, plan, p))
    return conduct(design, entered, arm, by_arm, p), entered.screened, entered.eligible


def _plan(plan: Plan, seed: int, replicate: int, without_cns: bool, drawn: bool) -> Plan:
    plan = plan.without_cns() if without_cns else plan
    return plan.drawn(seed, replicate) if drawn else plan


def _replicate(job: tuple) -> _Replicate:
    design: Design = job[0]
    trial, screened, eligible = _conduct(*job)
    arms = [trial.arm == number for number in range(len(design.arms))]
    years = (trial.ended - trial.entered) / DAYS_PER_YEAR
    flow = {
        group.name: np.array([
            mine.sum(), trial.withdrew[mine].sum(), trial.died[mine].sum(),
            (~trial.withdrew & ~trial.died)[mine].sum(), years[mine].mean(),
        ])
        for group, mine in zip(design.arms, arms, strict=True)
    }
    table = {}
    for name in baseline_rows(design.instruments):
        known = trial.baseline[name][np.isfinite(trial.baseline[name])]
        table[name] = (float(known.mean()), float(known.std())) if known.size else (np.nan, np.nan)
    measured = {one.name: compare(trial, one) for one in design.endpoints}
    return _Replicate(screened, eligible, flow, table, measured, trial.grid)


def _pooled(design: Design, done: list[_Replicate], seed: int, without_cns: bool, drawn: bool) -> TrialResult:
    arms = []
    for group in design.arms:
        mean = np.mean([one.flow[group.name] for one in done], axis=0)
        arms.append(Arm(group.name, group.plan, *(float(value) for value in mean)))
    notes = (*design.notes, *(("Whatever the drugs do behind the barrier is taken away.",) if without_cns else ()))
    return TrialResult(
        name=design.name,
        title=design.title,
        replicates=len(done),
        seed=seed,
        screened=float(np.mean([one.screened for one in done])),
        eligible=float(np.mean([one.eligible for one in done])),
        arms=tuple(arms),
        baseline=tuple(_baseline(design, done, name) for name in baseline_rows(design.instruments) if _has(done, name)),
        endpoints=tuple(_endpoint(design, one, done) for one in design.endpoints),
        methods=methods(design, replicates=len(done), seed=seed, version=__version__, drawn=drawn),
        notes=notes,
    )


def _has(done: list[_Replicate], name: str) -> bool:
    return bool(np.isfinite([one.baseline[name][0] for one in done]).any())


def _baseline(design: Design, done: list[_Replicate], name: str) -> Baseline:
    label, unit, _, _ = baseline_rows(design.instruments)[name]
    mean, sd = np.nanmean([one.baseline[name] for one in done], axis=0)
    return Baseline(name, label, unit, float(mean), float(np.nan if unit == "share" else sd),
                    *baseline(design.evidence, name))


def _spread(values: list[float], geometric: bool) -> Spread:
    return Spread(*statistics.spread(values, geometric=geometric))


def _endpoint(design: Design, asked: Comparison, done: list[_Replicate]) -> Endpoint:
    measured = [one.measured[asked.name] for one in done]
    ratio = asked.measure.endswith("ratio")
    better = [_better(asked, one) and one.p < 0.05 for one in measured]
    names = list(measured[0].arms)
    return Endpoint(
        name=asked.name,
        title=asked.title,
        rule=" or ".join(one.rule("never", design.instruments).name for one in asked.components),
        analysis=asked.analysis if asked.kind == "change" else asked.kind,
        measure=asked.measure,
        effect=_spread([one.effect for one in measured], ratio),
        significant=float(np.mean(better)),
        arm_measure=asked.arm_measure,
        unit=asked.unit,
        arms={name: _spread([one.arms[name] for one in measured], False) for name in names},
        published=published(asked.published, asked.measure) if asked.published else None,
        published_arms={name: published(row, asked.arm_measure) for name, row in asked.published_arms.items()},
        curves=tuple(_curve(name, done[0].grid, measured) for name in measured[0].curves),
    )


def _better(asked: Comparison, one: Measured) -> bool:
    """Whether the effect is in favour of the first arm."""
    null = 1.0 if asked.measure.endswith("ratio") else 0.0
    return one.effect > null if asked.higher_is_better else one.effect < null


def _curve(arm: str, grid: NDArray[np.float64], measured: list[Measured]) -> Curve:
    share = np.array([one.curves[arm][0] for one in measured])
    at_risk = np.array([one.curves[arm][1] for one in measured]).mean(axis=0)
    seen = np.isfinite(share).all(axis=0)
    lo, hi = np.quantile(share[:, seen], [0.025, 0.975], axis=0)
    return Curve(arm, grid[seen], share[:, seen].mean(axis=0), lo, hi, at_risk[seen])
