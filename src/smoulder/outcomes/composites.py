"""Composite worsening: the first confirmed worsening of any of several scores, each confirmed on itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from smoulder.errors import InputError
from smoulder.outcomes.disability_change import Worsenings, worsening
from smoulder.outcomes.events import Events
from smoulder.outcomes.rules.worsening import WorseningRule
from smoulder.records import UNKNOWN_DAY, Records

__all__ = ["Composite", "composite", "first_of"]

NO_COMPONENT = -1


@dataclass(frozen=True, eq=False)
class Composite(Events):
    """First worsening of any component, one row a person: the days of ``Worsenings``, and ``component`` int8[N], the
    position in ``rules`` of the one that worsened (-1 where none did; the first listed where two did on one day).
    """

    reference_day: NDArray[np.int32]
    confirmed_day: NDArray[np.int32]
    held_day: NDArray[np.int32]
    component: NDArray[np.int8]
    rules: tuple[WorseningRule, ...]

    def frame(self) -> pd.DataFrame:
        """One row a person: ``person``, ``day``, ``censor_day``, ``reference_day``, ``confirmed_day``, ``held_day``
        (<NA>: none), ``seen``, and ``rule``, the name of the component's definition ("" where none worsened).
        """
        names = np.array([*(rule.name for rule in self.rules), ""])
        return super().frame().assign(rule=names[self.component])


def composite(records: Records, rules: tuple[WorseningRule, ...], *, withdrew: ArrayLike | None = None) -> Composite:
    """First worsening of each person on any of ``rules``, confirmed on the same score (one row a person).

    People are censored at death or on their last day; those in whom no component was ever scored, on their first.
    ``withdrew`` (bool[N]) goes to the rules that count unconfirmed worsening in the withdrawn. InputError without
    rules, and as ``worsening`` raises it.
    """
    if not rules:
        raise InputError("composite worsening needs at least one rule")
    asking = [rule.confirmation.unconfirmed == "withdrawn" for rule in rules]
    if withdrew is not None and not any(asking):
        raise InputError("none of the rules asks to be told who withdrew")
    told = [withdrew if asks else None for asks in asking]
    return first_of(tuple(worsening(records, rule, withdrew=who) for rule, who in zip(rules, told, strict=True)))


def first_of(parts: tuple[Worsenings, ...]) -> Composite:
    """The first event of each person among ``parts``, each one row a person of the same people (InputError else)."""
    people = parts[0].person
    if not all(np.array_equal(part.person, people) for part in parts):
        raise InputError("the components must be of the same people, one row a person")
    late = np.iinfo(np.int32).max
    days = np.stack([np.where(part.seen, part.day, late) for part in parts])
    which, seen = days.argmin(axis=0), days.min(axis=0) < late
    rows = np.arange(len(people))

    def of_first(name: str) -> NDArray[np.int32]:
        column = np.stack([getattr(part, name) for part in parts])[which, rows]
        return np.where(seen, column, UNKNOWN_DAY).astype(np.int32)

    end = np.stack([part.censor_day for part in parts]).max(axis=0)
    component = np.where(seen, which, NO_COMPONENT).astype(np.int8)
    reference, confirmed, held = (of_first(name) for name in ("reference_day", "confirmed_day", "held_day"))
    rules = tuple(part.rule for part in parts)
    return Composite(people, of_first("day"), end, reference, confirmed, held, component, rules)
