"""Cohorts of any size, lived shard by shard so that memory depends on the shard and not on the cohort."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smoulder import clinic, life, people, store
from smoulder.anatomy import TRAITS
from smoulder.clinic import INSTRUMENTS, Instrument
from smoulder.errors import InputError
from smoulder.life import QUANTITIES, Truth
from smoulder.parameters import Parameters, load
from smoulder.records import Records, Table, concat
from smoulder.treatments import Plan
from smoulder.treatments import plan as plan_of

__all__ = ["observe", "simulate"]

#: People in a shard: enough to keep every thread busy ...
SHARD = 10_000
#: ... unless that many bytes of truth are reached before: two shards in memory must fit in a laptop.
SHARD_BYTES = 2**29
#: Visits are at least this many years apart, as in most natural-history clinics.
VISITS = 0.5
#: Recorded moments of an observed cohort are this many years apart, if visits fall on them.
MOMENTS = 0.25

Progress = Callable[[int], None]


def simulate(
    n: int,
    years: float,
    *,
    out: Path | str,
    seed: int = 0,
    plan: Plan | str = "none",
    every: float = 1.0,
    records: bool = False,
    resume: bool = False,
    threads: int = 1,
    parameters: Parameters | None = None,
    shard: int | None = None,
    progress: Progress | None = None,
    instruments: tuple[Instrument, ...] = INSTRUMENTS,
) -> dict[str, Any]:
    """Live ``n`` lives of ``years`` years and keep them as a study in folder ``out``; returns its manifest.

    The truth is recorded every ``every`` years. With ``records`` a clinic follows everyone from onset: visits at
    recorded moments at least half a year apart, relapses, and one table for each of ``instruments`` (timed and scored
    tests and a blood sample at each visit, scans and eyes once a year; see :mod:`smoulder.store`). The files are the
    same, byte for byte, for any ``threads`` and however often the run was stopped and resumed; ``shard``, the people
    in a file (10,000, or fewer where moments are many), decides them as the seed does. ``progress`` is called with the
    number of lives done since its last call. Raises InputError for a number that cannot be and StudyError for a folder
    that cannot be used; finished shards are kept, to be resumed.
    """
    p = load() if parameters is None else parameters
    treatment = plan_of(plan) if isinstance(plan, str) else plan
    size = _shard(years, every, shard)
    cuts = _cuts(n, size)
    visits = math.ceil(VISITS / every - 1e-9) * every if records else None
    settings = {
        "seed": int(seed), "people": n, "years": float(years), "every": float(every), "plan": str(treatment),
        "parameters": _changed(p), "visits": visits, "people_per_shard": size,
    }
    with store.begin(out, settings, digests={"parameters": p.digest}, shards=len(cuts), resume=resume) as study:
        if progress is not None:
            progress(sum(len(cuts[number]) for number in study.done))
        todo = [number for number in range(len(cuts)) if number not in study.done]

        def live(number: int) -> Truth:
            return _live(cuts[number], years, seed, treatment, every, p, records, threads, progress)

        def keep(number: int, truth: Truth) -> None:
            study.add(number, _tables(truth, p, visits, instruments))

        _overlapped(todo, live, keep, threads)
    return store.manifest(out)


def observe(
    n: int,
    years: float,
    *,
    seed: int = 0,
    plan: Plan | str = "none",
    every_years: float = VISITS,
    threads: int = 1,
    parameters: Parameters | None = None,
    shard: int | None = None,
    progress: Progress | None = None,
    instruments: tuple[Instrument, ...] = INSTRUMENTS,
) -> Records:
    """What clinics record of ``n`` lives of ``years`` years: visits every ``every_years``, relapses, and one table for
    each of ``instruments`` (timed and scored tests and a blood sample at each visit, scans and eyes once a year).

    Nothing touches the disk, and of the truth nothing is kept. People who have no clinical onset before death or the
    end are in no record: ``n - len(records)`` of them. The result does not depend on ``threads`` or ``shard``. Raises
    InputError for a number that cannot be.
    """
    p = load() if parameters is None else parameters
    treatment = plan_of(plan) if isinstance(plan, str) else plan
    whole = math.isfinite(every_years) and abs(every_years / MOMENTS - round(every_years / MOMENTS)) < 1e-9
    every = MOMENTS if whole and every_years > 0 else every_years
    cuts = _cuts(n, _shard(years, every, shard))
    seen: dict[int, Records] = {}

    def live(number: int) -> Truth:
        return _live(cuts[number], years, seed, treatment, every, p, True, threads, progress)

    def keep(number: int, truth: Truth) -> None:
        seen[number] = clinic.observe(truth, p, every_years=every_years, instruments=instruments)

    _overlapped(range(len(cuts)), live, keep, threads)
    return concat([seen[number] for number in sorted(seen)])


def _shard(years: float, every: float, asked: int | None) -> int:
    """People in a shard: as asked, else by the size of what is recorded of one."""
    if not (0 < years < math.inf and 0 < every < math.inf):
        raise InputError(f"{years:g} years, seen every {every:g} years, cannot be: both must be positive.")
    if asked is not None and asked < 1:
        raise InputError(f"A shard of {asked} people cannot be; it holds at least 1.")
    bytes_each = len(QUANTITIES) * math.ceil(years / every) * np.dtype(np.float32).itemsize
    return max(1, min(SHARD, SHARD_BYTES // bytes_each)) if asked is None else asked


def _cuts(n: int, shard: int) -> list[range]:
    """Ids of the people of each shard."""
    if n < 1 or n > 2**32:
        raise InputError(f"The number of people is {n}; it must be at least 1 and at most {2**32}.")
    return [range(low, min(low + shard, n)) for low in range(0, n, shard)]


def _changed(p: Parameters) -> dict[str, float]:
    """Values (base units) that are not those of the shipped table."""
    shipped = load()
    return {row.id: row.value for row in p.rows if row.id not in shipped or shipped[row.id] != row.value}


def _live(
    ids: range,
    years: float,
    seed: int,
    plan: Plan,
    every: float,
    p: Parameters,
    lesions: bool,
    threads: int,
    progress: Progress | None,
) -> Truth:
    drawn = people.draw(len(ids), seed=seed, first_id=ids.start, parameters=p)
    return life.run(
        drawn, years=years, plan=plan, every=every, parameters=p, lesions=lesions, threads=threads, progress=progress
    )


def _overlapped(
    numbers: Iterable[int], live: Callable[[int], Truth], keep: Callable[[int, Truth], None], threads: int
) -> None:
    """Live each shard and keep it; with more than one thread a shard is kept while the next is lived.

    At most two shards are in memory. Whatever ends this early, a shard that is being kept is kept first.
    """
    if threads == 1:
        for number in numbers:
            keep(number, live(number))
        return
    with ThreadPoolExecutor(1) as beside:
        last: Future[None] | None = None
        for number in numbers:
            truth = live(number)
            if last is not None:
                last.result()
            last = beside.submit(keep, number, truth)
        if last is not None:
            last.result()


def _tables(
    truth: Truth, p: Parameters, visits: float | None, instruments: tuple[Instrument, ...]
) -> dict[str, dict[str, NDArray[Any]]]:
    """The tables of one shard; those of the clinic where ``visits`` (years between them) is given."""
    tables = {"people": _people(truth), "truth": _moments(truth)}
    if visits is not None:
        records = clinic.observe(truth, p, every_years=visits, instruments=instruments)
        tables["patients"] = _columns(records.people)
        tables |= {name: _columns(table) for name, table in records.tables.items()}
    return tables


def _columns(table: Table) -> dict[str, NDArray[Any]]:
    return {field.name: getattr(table, field.name) for field in fields(table)}


def _people(truth: Truth) -> dict[str, NDArray[Any]]:
    return {
        "person": truth.id,
        "sex": truth.sex,
        "start_age": truth.start_age,
        **dict(zip(TRAITS, truth.people.traits, strict=True)),
        "onset": truth.onset,
        "onset_attack": truth.onset_attack,
        "death": truth.death,
        "first_dose": truth.first_dose,
    }


def _moments(truth: Truth) -> dict[str, NDArray[Any]]:
    """One row a moment of a person, moment by moment: the order of the numbers in memory, so that none is moved."""
    moments, n = truth.years.size, truth.id.size
    return {
        "person": np.tile(truth.id, moments),
        "year": np.repeat(truth.years, n),
        "alive": (truth.years[:, None] < truth.death).ravel(),
        **{name: row.reshape(moments * n) for name, row in zip(truth.quantities, truth.values, strict=True)},
    }
