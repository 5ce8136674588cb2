"""A cohort followed as natural-history clinics follow it, and beside the records its truth at each year of disease."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder import clinic, life, outcomes, people
from smoulder.life import Truth
from smoulder.outcomes import Course, Events
from smoulder.parameters import Parameters
from smoulder.records import Records, concat
from smoulder.records import years as years_of
from smoulder.treatments import Plan

__all__ = ["TRACED", "Cohort", "follow", "traces_of"]

#: Years of disease at which the truth is kept.
DURATIONS = np.arange(0, 46)

#: Quantities of the truth kept by year of disease.
TRACED = (
    "survival_pyramidal_leg", "loss_pyramidal_leg", "brain_volume", "cord_volume", "bare", "rims", "slow", "microglia",
    "lost_acute", "lost_rim", "lost_diffuse", "lost_bare", "lost_ageing", "lost_cortex", "lost",
)


@dataclass(frozen=True)
class Cohort:
    """People with clinical onset (N), their records and traces of their truth.

    traces: name -> float32[len(DURATIONS), N], NaN before the first record, after death or after the end. drawn: people
    drawn in all, onset or not. Among the traces are ``new_brain_year`` and ``seen_brain_year``, new brain lesions in
    the year before each duration, all of them and those that a scan shows.
    """

    records: Records
    traces: dict[str, NDArray[np.float32]]
    drawn: int

    def __len__(self) -> int:
        return len(self.records)

    def frame(self) -> pd.DataFrame:
        """One row a person and year of disease from 0 on, while alive and followed: ``person``, ``year``, and every
        trace under its name (shares, unless they are counts).
        """
        who, moments = len(self), DURATIONS.size
        held = {name: values.T.ravel() for name, values in self.traces.items()}
        index = {"person": np.repeat(self.records.people.person, moments), "year": np.tile(DURATIONS, who)}
        return pd.DataFrame(index | held).dropna(subset=list(TRACED), how="all", ignore_index=True)

    @cached_property
    def course(self) -> Course:
        """Onset course and conversion of each person, by the main rule."""
        return outcomes.course(self.records)

    @cached_property
    def onset_age(self) -> NDArray[np.float64]:
        """Age at clinical onset, years."""
        who = self.records.people
        return years_of(who.onset_day - who.birth_day)

    def milestone(self, level: float, rule: outcomes.Milestone) -> Events:
        """Day each person reached ``level`` by ``rule``, remembered."""
        key = (level, rule.name)
        if key not in self.remembered:
            self.remembered[key] = outcomes.milestones(self.records, level, rule)
        return self.remembered[key]

    @cached_property
    def remembered(self) -> dict:
        """What has been worked out of this cohort already, by what was asked."""
        return {}

    @cached_property
    def edss_at_years(self) -> NDArray[np.int8]:
        """EDSS in half points at completed year k (k + 0.5), int8[41, N], -1 where not seen."""
        return outcomes.edss_at(self.records, np.arange(41) + 0.5)


def traces_of(truth: Truth, parameters: Parameters) -> dict[str, NDArray[np.float32]]:
    """Truth at each year of disease of the people with clinical onset: name -> float32[len(DURATIONS), N]."""
    who = np.flatnonzero(clinic.enters(truth, "onset"))
    wanted = truth.onset[who][None, :] + DURATIONS[:, None]
    step = float(truth.years[0])
    moment = np.rint(wanted / step).astype(int) - 1
    inside = (moment >= 0) & (moment < truth.years.size) & (wanted < truth.death[who][None, :])
    moment = np.clip(moment, 0, truth.years.size - 1)
    kept = {name: np.where(inside, truth[name][moment, who[None, :]], np.nan).astype(np.float32) for name in TRACED}
    counts = np.concatenate([np.zeros((1, len(truth.people)), np.float32), np.cumsum(truth["new_brain"], axis=0)])
    a_year = round(1 / step)
    before = np.clip(moment + 1 - a_year, 0, None)
    kept["new_brain_year"] = np.where(inside, counts[moment + 1, who] - counts[before, who], np.nan).astype(np.float32)
    kept["seen_brain_year"] = np.where(inside, _seen(truth, parameters)[:, who], np.nan).astype(np.float32)
    return kept


def _seen(truth: Truth, parameters: Parameters) -> NDArray[np.int64]:
    """New brain lesions that a scan shows in the year before each year of disease, int64[len(DURATIONS), everyone]."""
    lesions = truth.lesions
    assert lesions is not None
    cord = lesions.region >= life.FIRST_CORD
    shown = clinic.visible(truth, parameters, truth.seed) & ~cord & np.isfinite(truth.onset[lesions.person])
    year = np.ceil(lesions.time[shown] - truth.onset[lesions.person[shown]]).astype(np.int64)
    known = (year >= 0) & (year < DURATIONS.size)
    place = year[known] * len(truth.people) + lesions.person[shown][known]
    counts = np.bincount(place, minlength=DURATIONS.size * len(truth.people))
    return counts.reshape(DURATIONS.size, len(truth.people))


def follow(
    n: int,
    *,
    parameters: Parameters,
    seed: int = 0,
    years: float = 75,
    plan: Plan | str = "none",
    every_years: float = 0.5,
    threads: int = 1,
    shard: int = 4096,
    steps: life.Steps | None = None,
    progress: Callable[[int], None] | None = None,
) -> Cohort:
    """Draw ``n`` people, let them live, and follow those with onset every ``every_years`` until death or the end."""
    records, traces = [], []
    for first in range(0, n, shard):
        group = people.draw(min(shard, n - first), seed=seed, first_id=first, parameters=parameters)
        truth = life.run(
            group, years=years, plan=plan, every=every_years, parameters=parameters, threads=threads,
            steps=steps, progress=progress,
        )
        records.append(clinic.follow(truth, parameters, every_years=every_years))
        traces.append(traces_of(truth, parameters))
    joined = {name: np.concatenate([t[name] for t in traces], axis=1) for name in traces[0]}
    return Cohort(concat(records), joined, n)
