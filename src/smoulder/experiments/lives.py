"""Single simulated lives, chosen by rule and never by looks: what shows, and what does not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder import clinic, life, outcomes, people
from smoulder.errors import InputError
from smoulder.life import Truth
from smoulder.parameters import Parameters, load
from smoulder.records import UNKNOWN_DAY, Records
from smoulder.records import years as years_of

__all__ = ["Life", "ten_lives"]

#: Recorded moments, visits and length of these lives are those of the natural history, so that they are the same lives.
_EVERY, _YEARS = 0.5, 75


@dataclass(frozen=True, eq=False)
class Life:
    """One simulated person. Ages in years; arrays float64.

    course: ``relapsing`` or ``progressive`` onset, by rule. spms_age: NaN if never. death_age: NaN if alive at
    ``last_age``. visit_ages, edss: rated visits. relapse_ages: reported attacks. ages, lost, leg_loss: by half-years
    from the biological start, the share of fibres lost over all paths, and the lasting loss of function of the leg's
    motor path. reserve: the share of a path's function that this person can lose slowly before a deficit shows.
    """

    id: int
    woman: bool
    start_age: float
    onset_age: float
    course: str
    spms_age: float
    death_age: float
    last_age: float
    visit_ages: NDArray[np.float64]
    edss: NDArray[np.float64]
    relapse_ages: NDArray[np.float64]
    ages: NDArray[np.float64]
    lost: NDArray[np.float64]
    leg_loss: NDArray[np.float64]
    reserve: float

    def frame(self) -> pd.DataFrame:
        """One row a half-year: ``person``, ``age``, ``lost`` and ``leg_loss``, and ``edss`` of the last rated visit so
        far (NaN before the first).
        """
        last = np.searchsorted(self.visit_ages, self.ages, side="right")
        edss = np.append(np.nan, self.edss)[last]
        return pd.DataFrame(
            {"person": self.id, "age": self.ages, "lost": self.lost, "leg_loss": self.leg_loss, "edss": edss}
        )


def ten_lives(
    *, seed: int = 0, parameters: Parameters | None = None, number: int = 10, first_id: int = 0
) -> tuple[Life, ...]:
    """The first ``number`` ids from ``first_id`` on with clinical onset, untreated: the same lives as those of a cohort
    of this seed.

    Raises InputError for a number below 1, or if too few of the first people ever have clinical onset.
    """
    if number < 1:
        raise InputError(f"The number of lives is {number}; it must be at least 1.")
    p = parameters or load()
    drawn = 2 * number
    while drawn <= 2**7 * number:
        group = people.draw(drawn, seed=seed, first_id=first_id, parameters=p)
        truth = life.run(group, years=_YEARS, every=_EVERY, parameters=p)
        having = np.flatnonzero(clinic.enters(truth, "onset"))
        if having.size >= number:
            return _read(truth, clinic.follow(truth, p, every_years=_EVERY), having[:number])
        drawn *= 2
    raise InputError(
        f"Fewer than {number} of the first {drawn // 2} people ever have clinical onset with these parameters."
    )


def _read(truth: Truth, records: Records, who: NDArray[np.intp]) -> tuple[Life, ...]:
    course = outcomes.course(records)
    return tuple(_one(truth, records, course, int(person)) for person in who)


def _one(truth: Truth, records: Records, course: outcomes.Course, person: int) -> Life:
    k = int(np.searchsorted(records.people.person, truth.id[person]))
    visits = records.visits.take((records.visits.person == truth.id[person]) & (records.visits.edss >= 0))
    relapses = outcomes.attacks(records.relapses)
    start = float(truth.start_age[person])
    death, day = records.people.death_day[k], course.spms.day[k]
    alive = truth.years < truth.death[person]

    def trace(name: str) -> NDArray[np.float64]:
        return truth[name][alive, person].astype(np.float64)

    return Life(
        id=int(truth.id[person]),
        woman=bool(truth.sex[person] == 1),
        start_age=start,
        onset_age=float(years_of(records.people.onset_day[k])),
        course="relapsing" if course.relapsing[k] else "progressive",
        spms_age=float(years_of(day)) if course.spms.seen[k] else np.nan,
        death_age=float(years_of(death)) if death != UNKNOWN_DAY else np.nan,
        last_age=float(years_of(records.people.last_day[k])),
        visit_ages=years_of(visits.day),
        edss=visits.edss.astype(np.float64) / 2,
        relapse_ages=years_of(relapses.day[relapses.person == truth.id[person]]),
        ages=start + truth.years[alive].astype(np.float64),
        lost=trace("lost"),
        leg_loss=trace("loss_pyramidal_leg"),
        reserve=float(truth.people.traits[3, person]),
    )
