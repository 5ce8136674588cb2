"""Runs lives from the biological start, or from a saved state on, under one plan of treatment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smoulder.errors import InputError
from smoulder.parameters import Parameters, load
from smoulder.people import People
from smoulder.treatments import Plan
from smoulder.treatments import plan as plan_of

from .blocks import Request, live
from .setting import Setting, Steps, setting
from .state import State
from .truth import Truth

__all__ = ["run"]

Progress = Callable[[int], None]


def run(
    people: People | State,
    *,
    years: float,
    plan: Plan | str = "none",
    first_dose: ArrayLike | None = None,
    every: float = 0.25,
    save_at: ArrayLike | None = None,
    parameters: Parameters | None = None,
    lesions: bool = True,
    threads: int = 1,
    steps: Steps | None = None,
    silent_years: float = 0.0,
    progress: Progress | None = None,
) -> Truth:
    """Live the lives of N ``people`` until ``years`` after the biological start, recording every ``every`` years.

    ``people`` begin healthy; given a :class:`State` instead (``truth.saved`` of an earlier run), its lives go on from
    where they were. Going on gives the same bits as never having stopped, under a plan the same as a whole life with
    that first dose; moments up to a person's own start hold 0 and mean nothing, lesions from before are in the books.
    ``plan`` is a treatment plan or its name. ``first_dose`` (float[N], years since the biological start, inf: never)
    says when each person's first dose is, whatever start the plan names; one before the moment of a state acts as if
    the drug had been given since. ``save_at`` (float[N] or float[N, K], years, inf: never) asks for the complete state
    at the last step not after each moment, returned as ``truth.saved`` by person, then moment. ``lesions`` keeps the
    lesion records; ``steps`` says how finely lives are integrated (24 steps a year unless given); moments within
    ``silent_years`` of the start are not recorded, which saves time and memory: their values are 0 and mean nothing;
    ``progress`` is called with the number of people done after each block.
    Returns a :class:`Truth`. Raises InputError for a time, interval, number of threads, dose or state that cannot be.
    """
    p = parameters or load()
    steps = Steps() if steps is None else steps
    _check(years, every, threads, steps)
    if not 0 <= silent_years < years:
        raise InputError(f"Nothing recorded for {silent_years:g} of {years:g} years cannot be: from 0 to below all.")
    treatment = plan_of(plan) if isinstance(plan, str) else plan
    fixed = setting(p, treatment, years, every, steps, silent_years)
    start = people if isinstance(people, State) else None
    who = people.people if isinstance(people, State) else people
    if len(who) == 0:
        raise InputError("There is nobody whose life could be lived: at least one person is needed.")
    if start is not None:
        _check_state(start, fixed, lesions)
    moments = None if save_at is None else _moments(save_at, start, len(who), fixed)
    request = Request(who, start, np.full(len(who), np.inf), every, moments, lesions)
    doses = _planned(request, treatment, fixed, threads) if first_dose is None else _given(first_dose, len(who))
    return live(fixed, replace(request, first_dose=doses), threads, progress)


def _given(first_dose: ArrayLike, n: int) -> NDArray[np.float64]:
    doses = np.asarray(first_dose, dtype=np.float64)
    if doses.shape != (n,):
        raise InputError(f"There are {n} people and first doses of shape {doses.shape}; one time a person is needed.")
    if not (doses >= 0).all():
        raise InputError("A first dose lies 0 or more years after the biological start (inf: never).")
    return doses


def _moments(save_at: ArrayLike, start: State | None, n: int, fixed: Setting) -> NDArray[np.float64]:
    """Moments at which states are kept, float64[N, K]."""
    at = np.asarray(save_at, dtype=np.float64)
    if at.ndim == 0 or at.shape[0] != n or at.ndim > 2:
        raise InputError(
            f"There are {n} people and moments to save of shape {at.shape}; one row a person is needed, of one or more."
        )
    at = at.reshape(n, -1)
    end = fixed.schedule.steps / fixed.schedule.per_year
    begin = np.zeros(n) if start is None else start.years
    wrong = np.isnan(at) | (np.isfinite(at) & ((at < begin[:, None] - 1e-9) | (at > end + 1e-9))) | (at == -np.inf)
    if wrong.any():
        i, k = np.argwhere(wrong)[0]
        raise InputError(
            f"The state of person {i} at {at[i, k]:g} years cannot be saved: this run goes from {begin[i]:g} to "
            f"{end:g} years (inf: never)."
        )
    return at


def _check_state(start: State, fixed: Setting, lesions: bool) -> None:
    schedule = fixed.schedule
    if start.steps_per_year != schedule.per_year:
        raise InputError(
            f"The state was saved with {start.steps_per_year} steps a year and cannot go on with {schedule.per_year}."
        )
    if len(start) and start.step.max() >= schedule.steps:
        raise InputError(
            f"A state of {start.years.max():g} years cannot go on to {schedule.steps / schedule.per_year:g}: the end "
            "of the run must lie after it."
        )
    if lesions and start.lesions is None:
        raise InputError("The state was saved without lesions: go on with lesions=False, or save it with lesions.")
    if start.every != schedule.every and (start.step % schedule.every).any():
        lived = start.years[start.step % schedule.every > 0][0]
        raise InputError(
            f"A state of {lived:g} years holds lesions counted since a moment that every={schedule.every}/"
            f"{schedule.per_year} years does not record: use every={start.every}/{start.steps_per_year}, as the run "
            "that saved it, or an interval of which the state is a multiple."
        )


def _check(years: float, every: float, threads: int, steps: Steps) -> None:
    if not 0 < years <= 150:
        raise InputError(f"A life lasts {years:g} years here; allowed are more than 0 and at most 150.")
    if threads < 1:
        raise InputError(f"The number of threads is {threads}; it must be at least 1.")
    if steps.parts < 1:
        raise InputError(f"The number of parts of a step is {steps.parts}; it must be at least 1.")
    if steps.per_year < 4 or steps.per_year % 4:
        raise InputError(f"There are {steps.per_year} steps in a year; the number must be a multiple of 4.")
    fits = 0 < every <= years and abs(every * steps.per_year - round(every * steps.per_year)) <= 1e-9
    if not fits:
        raise InputError(
            f"Recording every {every:g} years does not fit: use a multiple of 1/{steps.per_year} up to {years:g}."
        )


def _planned(request: Request, treatment: Plan, fixed: Setting, threads: int) -> NDArray[np.float64]:
    """Years from the biological start to each person's first dose by the plan's own rule; inf where it never comes."""
    people = request.people
    if not treatment.drugs:
        return request.first_dose
    rule, years = treatment.start.rule, treatment.start.years
    if rule == "start":
        return np.full(len(people), years)
    if rule == "age":
        return np.maximum(years - people.start_age.astype(np.float64), 0.0)
    schedule = fixed.schedule
    quick = replace(fixed, schedule=schedule._replace(every=schedule.steps))
    untreated = replace(request, every=schedule.steps / schedule.per_year, save_at=None, lesions=False)
    onset = live(quick, untreated, threads, None).onset
    return np.where(np.isnan(onset), np.inf, onset + years)
