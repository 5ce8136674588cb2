"""smoulder: an open laboratory for multiple sclerosis. For research; never advice to a patient.

A person is drawn, lives one disease under one plan of treatment (the truth), is seen by a clinic that errs and misses
visits (the records), and is judged by published rules that see the records alone (the outcomes)::

    import smoulder as sm

    people = sm.people.draw(1_000, seed=7)
    truth = sm.life.run(people, years=30)
    seen = sm.clinic.follow(truth)
    cane = sm.outcomes.milestones(seen, 6, sm.outcomes.CONFIRMED_6M)
    kinds = sm.outcomes.course(seen)
    worse = sm.outcomes.worsening(seen, sm.outcomes.CDW_24W)
    labels = sm.outcomes.attribute(worse, seen, sm.outcomes.PIRA_MULLER_2023)
    table = worse.frame()

Every result has ``frame()``, a table for pandas. Larger questions are one call each: ``sm.cohorts.observe`` and
``simulate`` (cohorts of any size), ``sm.trials.run_trial``, ``sm.judging.judge`` (one definition on one cohort), and in
``sm.experiments``: ``natural_history``, ``switched``, ``hidden_damage``, ``definitions_tested``, ``ten_lives``.

Every public name below is loaded when it is first used, so that importing the package is quick and does nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smoulder.version import MODEL_VERSION, __version__

if TYPE_CHECKING:
    from smoulder import (
        anatomy,
        clinic,
        cohorts,
        edss,
        errors,
        evidence,
        experiments,
        judging,
        life,
        outcomes,
        parameters,
        people,
        plots,
        random,
        records,
        reports,
        statistics,
        store,
        tables,
        targets,
        treatments,
        trials,
    )
    from smoulder.errors import InputError, SmoulderError

__all__ = [
    "MODEL_VERSION",
    "InputError",
    "SmoulderError",
    "__version__",
    "anatomy",
    "clinic",
    "cohorts",
    "edss",
    "errors",
    "evidence",
    "experiments",
    "judging",
    "life",
    "outcomes",
    "parameters",
    "people",
    "plots",
    "random",
    "records",
    "reports",
    "statistics",
    "store",
    "tables",
    "targets",
    "treatments",
    "trials",
]


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for; AttributeError for any other, with the nearest."""
    from importlib import import_module

    if name in ("InputError", "SmoulderError"):
        return getattr(import_module("smoulder.errors"), name)
    if name in __all__:
        return import_module(f"smoulder.{name}")
    from smoulder.errors import nearest

    close = None if name.startswith("_") else nearest(name, __all__)
    raise AttributeError(
        f"module 'smoulder' has no attribute '{name}'" + (f". Did you mean '{close}'?" if close else "")
    )


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
