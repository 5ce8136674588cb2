"""A small natural history, its switched twins, ten lives and a trial, made once for tests of reports and plots."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import trial_cases
from smoulder import plots, trials
from smoulder.experiments.lives import Life, ten_lives
from smoulder.experiments.natural import NaturalHistory, natural_history
from smoulder.experiments.switches import Switches, switched
from smoulder.plots import Picture
from smoulder.reports.demo.oratorio import TwoRuns
from smoulder.targets import Score

PEOPLE, SEED = 200, 3


@cache
def natural() -> NaturalHistory:
    """The natural history of 200 people."""
    return natural_history(PEOPLE, seed=SEED, threads=1)


@cache
def switches() -> Switches:
    """The same people with each explanation off."""
    return switched(natural(), threads=1)


@cache
def lives() -> tuple[Life, ...]:
    """The first ten of them with onset."""
    return ten_lives(seed=SEED)


@cache
def two_runs() -> TwoRuns:
    """A trial made by hand, in which most of what can be shown is there, and another in its place without the CNS."""
    whole = trial_cases.oratorio()
    first, *others = whole.endpoints
    weaker = replace(first, effect=replace(first.effect, mean=0.93, lo=0.71, hi=1.19))
    return TwoRuns(whole, replace(whole, endpoints=(weaker, *others)))


def small_trial() -> trials.Design:
    """ORATORIO with a few people, three of its endpoints, and an imagined drug in place of its own."""
    asked = trials.design("oratorio")
    plans = ("hypothetical:attack:1+hypothetical:bare_loss:1", "none")
    arms = tuple(replace(arm, plan=plan, people=12) for arm, plan in zip(asked.arms, plans, strict=True))
    return replace(asked, arms=arms, endpoints=(asked.endpoints[0], asked.endpoints[2], asked.endpoints[7]))


def pictures() -> list[Picture]:
    """Every figure of the report, drawn afresh."""
    n = natural()
    return [
        plots.ten_lives(lives()),
        plots.edss_by_year(n),
        plots.milestones(n),
        plots.ages_at_milestones(n),
        plots.relapse_rate(n),
        plots.published_beside_simulated(n.scores),
        plots.fibre_loss(n),
        plots.switches(switches()),
    ]


def planted(*, hit: bool) -> tuple[Score, ...]:
    """The scores with the first one made a sure hit or a sure miss."""
    first, *others = natural().scores
    target = first.target
    value = target.aim if hit else target.hi + 100 * target.tolerance
    return (replace(first, simulated=value, error=0.0), *others)
