"""A small cohort watched in four arms, made once for the tests of hidden and visible damage."""

from __future__ import annotations

from functools import cache

from lives import freed
from smoulder import life, people
from smoulder.experiments import hidden_damage
from smoulder.experiments.hidden.summary import Hidden
from smoulder.experiments.hidden.years import EVERY
from smoulder.life import Truth
from smoulder.parameters import Parameters, load

PEOPLE, SEED, LIVED = 240, 5, 75


@cache
def found() -> Hidden:
    """240 people with the shipped numbers."""
    return hidden_damage(PEOPLE, seed=SEED)


@cache
def altered(**values: float) -> Hidden:
    """The same people where some numbers differ, bounds or not; ``__`` in a name stands for a dot."""
    return hidden_damage(PEOPLE, seed=SEED, parameters=beyond(**values))


def beyond(**values: float) -> Parameters:
    """The shipped table with values that its bounds may not allow; ``__`` in a name stands for a dot."""
    return freed({name.replace("__", "."): value for name, value in values.items()})


@cache
def truth(**values: float) -> Truth:
    """What the same people truly went through."""
    p = load().replace(values) if values else load()
    return life.run(people.draw(PEOPLE, seed=SEED, parameters=p), years=LIVED, every=EVERY, parameters=p)
