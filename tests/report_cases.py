"""One small natural history, its switched twins and ten lives, made once for the tests of reports and plots."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from smoulder import plots
from smoulder.plots import Picture
from smoulder.targets import Score
from smoulder.targets.lives import Life, ten_lives
from smoulder.targets.natural import NaturalHistory, natural_history
from smoulder.targets.switches import Switches, switched

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
