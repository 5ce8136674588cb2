"""Lives scanned at chosen times, for the tests of scans: 1,500 untreated, and their twins on natalizumab five years
after onset.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from smoulder import clinic, life, outcomes, people
from smoulder.clinic.mri.scans import Scanner, draw_scans
from smoulder.life import Truth
from smoulder.parameters import load
from smoulder.records import UNKNOWN_DAY, Scans
from smoulder.records import days as days_of

N, YEARS, SEED = 1_500, 60, 3
TREATED = "natalizumab@onset+5"
DAY = 1 / 365.25


@cache
def lived(plan: str = "none") -> Truth:
    """The lives under a plan; twins share every draw."""
    return life.run(people.draw(N, seed=SEED), years=YEARS, every=0.25, plan=plan)


@dataclass(frozen=True, eq=False)
class Courses:
    """Who of the people with onset (index into the truth) has which course, and when it turned secondary progressive
    (years since biological start, inf if never).
    """

    index: NDArray[np.int64]
    onset: NDArray[np.float64]
    progressive: NDArray[np.bool_]
    spms: NDArray[np.float64]
    gone: NDArray[np.float64]

    def at(self, course: str, duration: float, ahead: float = 0.0) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """People of a course ("RR", "SP", "PP", "relapsing", "all") ``duration`` years after onset, under observation
        for ``ahead`` years more: index, and years since biological start.
        """
        time = self.onset + duration
        converted = self.spms <= time
        chosen = {
            "RR": ~self.progressive & ~converted,
            "SP": ~self.progressive & converted,
            "PP": self.progressive,
            "relapsing": ~self.progressive,
            "all": np.ones(time.size, dtype=bool),
        }[course]
        rows = np.flatnonzero(chosen & (time + ahead < self.gone))
        return self.index[rows], time[rows]


@cache
def courses() -> Courses:
    """Courses of the untreated lives, by the records' rules."""
    truth = lived()
    records = clinic.follow(truth)
    course = outcomes.course(records)
    index = np.searchsorted(truth.id, records.people.person)
    start = truth.start_age[index].astype(np.float64)
    day = course.spms.day
    spms = np.where(day != UNKNOWN_DAY, day * DAY - start, np.inf)
    gone = np.minimum(truth.death[index].astype(np.float64), YEARS)
    return Courses(index, truth.onset[index].astype(np.float64), course.progressive, spms, gone)


def scanned(
    who: tuple[NDArray[np.int64], NDArray[np.float64]],
    after: tuple[float, ...] = (0.0,),
    *,
    plan: str = "none",
    scanner: Scanner | None = None,
) -> list[Scans]:
    """Scans of people (index, time) at each time ``after``, each a table with one row a person."""
    person, time = who
    times = (time[:, None] + np.array(after)).ravel()
    seen = draw_scans(lived(plan), load(), np.repeat(person, len(after)), times, scanner=scanner)
    return [seen.take(np.arange(k, times.size, len(after))) for k in range(len(after))]


def volume_of_one(area: float, birth: float, faded: float, until: float, time: float, p: dict[str, float]) -> float:
    """T2 volume in ml of one lesion at ``time``, written out by its phases."""
    if time < birth:
        return 0.0
    peak = p["t2.shape"] * area**1.5 / 1000
    size = peak * p["t2.residual"]
    with_rim = max(min(time, until) - faded, 0.0) if until > faded else 0.0
    without = time - birth - with_rim
    size *= np.exp(p["t2.rim_growth"] * with_rim - p["t2.shrinking"] * without)
    return float(size + peak * (1 - p["t2.residual"]) * np.exp(-(time - birth) / p["t2.settles"]))


def calendar(truth: Truth, person: NDArray[np.int64], time: NDArray[np.float64]) -> NDArray[np.int32]:
    """Age in days at ``time``."""
    return days_of(truth.start_age[person].astype(np.float64) + time)
