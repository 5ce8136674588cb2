"""One definition on one cohort: everything that its report, its tables and its JSON say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from smoulder import outcomes, statistics
from smoulder.errors import InputError, UnknownName
from smoulder.outcomes import Composite, Definition, Labelled, Multiverse, Times, Worsenings
from smoulder.outcomes.follow_up import scored, scores
from smoulder.records import UNKNOWN_DAY
from smoulder.statistics import Incidence, Survival
from smoulder.tables import Cohort, event_table, person_table

__all__ = ["SCORES", "CohortOutcome", "judge", "on", "shown"]

SCORES = {
    "edss": (outcomes.EDSS, None),
    "t25fw": (outcomes.T25FW, outcomes.SHARE_20),
    "nhpt": (outcomes.NHPT_DOMINANT, outcomes.SHARE_20),
    "nhpt_other": (outcomes.NHPT_OTHER, outcomes.SHARE_20),
    "sdmt": (outcomes.SDMT, outcomes.SHARE_20_OR_4),
}
"""What a definition can be asked of instead of EDSS, and the threshold it then has: the scale and its threshold."""


@dataclass(frozen=True, eq=False)
class CohortOutcome:
    """A ``definition`` judged on a ``cohort``: ``first`` has one row a person, ``found`` every worsening with its label
    (``outcomes.Labelled``), ``row`` the numbers (a row of ``Multiverse.definitions``), ``counts`` people by how often
    they were scored, and rows that could hold a score and those that do.
    """

    cohort: Cohort
    definition: Definition
    first: Worsenings | Composite
    found: Labelled
    row: dict[str, Any]
    counts: dict[str, int]

    @cached_property
    def times(self) -> Times:
        """Years from the first day under observation to the event or censoring; people never scored left out."""
        return outcomes.since_first_day(self.cohort.records, self.first)

    @cached_property
    def curve(self) -> Survival:
        """Kaplan-Meier of ``times``."""
        return self.times.survival()

    @cached_property
    def deaths(self) -> int:
        """People whose observation ended with death, without the event before."""
        return int((self._cause == 2).sum())

    @property
    def late_deaths(self) -> int:
        """People whose recorded death lies after their last day under observation: it competes with nothing."""
        people = self.cohort.records.people
        return int((people.death_day > people.last_day).sum())

    @cached_property
    def incidence(self) -> Incidence | None:
        """Cumulative incidence with death competing; None where no death is recorded."""
        return statistics.cumulative_incidence(self.times.years, self._cause) if self.deaths else None

    @cached_property
    def _cause(self) -> NDArray[np.int64]:
        """0 censored, 1 the event, 2 death, for each of ``times``."""
        people = self.cohort.records.people
        place = np.searchsorted(people.person, self.times.person)
        death, last = people.death_day[place], people.last_day[place]
        died = (death != UNKNOWN_DAY) & (death <= last)
        return np.where(self.times.event, 1, np.where(died, 2, 0))

    @cached_property
    def relapse_rate(self) -> pd.Series:
        """Relapses a year under observation (attacks 30 days apart; the one at onset is not counted)."""
        return outcomes.annualised_rate(self.cohort.records).iloc[0]

    def events(self) -> pd.DataFrame:
        """Every confirmed event in the days or dates of the cohort, with ``label`` (RAW, PIRA, undefined) and
        ``counted``: whether it is the first of its person that the definition asks for.
        """
        parts = [event_table(self.cohort, self.first, label=np.full(len(self.first.day), self._label))]
        parts[0]["counted"] = True
        if self.definition.event != "improvement":
            parts.append(event_table(self.cohort, self.found.events, label=self.found.labels))
            parts[1]["counted"] = False
        table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
        order = {name: place for place, name in enumerate(self.cohort.ids.tolist())}
        table["order"] = table["id"].map(order)
        table = table.sort_values(["order", "day", "counted"], ascending=[True, True, False], kind="stable")
        table["label"] = table.groupby(["order", "day"])["label"].transform("last")
        table = table.drop_duplicates(["order", "day"], ignore_index=True)
        table["nevent"] = table.groupby("order").cumcount() + 1
        table["rule"] = self.definition.name
        return table.drop(columns="order")

    @property
    def _label(self) -> str:
        return self.definition.event if self.definition.event in outcomes.LABELS else ""

    def people(self) -> pd.DataFrame:
        """One row a person (``tables.person_table``) with the first event by the definition."""
        return person_table(self.cohort, {self.definition.name: self.first})


def judge(cohort: Cohort, definition: Definition, *, withdrew: ArrayLike | None = None) -> CohortOutcome:
    """Judge a cohort by one definition. InputError where its scores stand nowhere in the cohort; else as ``judged``."""
    records = cohort.records
    counts, rows = np.zeros(len(records), dtype=np.int64), 0
    for scale in dict.fromkeys(rule.scale for rule in definition.rules):
        table = scored(records, scale)
        rows += len(table)
        counts += np.bincount(table.owners(records.people)[~np.isnan(scores(table, scale))], minlength=len(records))
    if not counts.any():
        columns = ", ".join(rule.scale.column for rule in definition.rules)
        raise InputError(f"no visit of the cohort holds {columns}, which definition '{definition.name}' judges")
    table = outcomes.multiverse(records, [definition], withdrew=withdrew).definitions
    how_often = {
        "people": len(records),
        "scored": int((counts > 0).sum()),
        "scored twice": int((counts > 1).sum()),
        "rows": rows,
        "scores": int(counts.sum()),
    }
    first = outcomes.judged(records, definition, withdrew=withdrew)
    found = outcomes.labelled(records, definition, withdrew=withdrew)
    return CohortOutcome(cohort, definition, first, found, table.to_dict("records")[0], how_often)


def on(definition: Definition, score: str) -> Definition:
    """The definition asked of another score (``SCORES``), with the usual threshold of that score.

    UnknownName for another score; InputError for a definition of several scores, or of another than EDSS.
    """
    if score not in SCORES:
        raise UnknownName("outcome", score, SCORES)
    scale, threshold = SCORES[score]
    if len(definition.rules) == 1 and definition.rules[0].scale == scale:
        return definition
    if len(definition.rules) > 1 or definition.rules[0].scale != outcomes.EDSS or threshold is None:
        raise InputError(f"definition '{definition.name}' says itself what is scored; leave the outcome out")
    (rule,) = definition.rules
    rule = replace(rule, name=f"{rule.name}, {score}", scale=scale, threshold=threshold)
    return replace(definition, name=f"{definition.name}, {score}", rules=(rule,))


def shown(found: Multiverse) -> Multiverse:
    """The same without definitions of which nothing was scored in the cohort."""
    table = found.definitions[found.definitions["people"] > 0].reset_index(drop=True)
    kept = set(table["definition"])
    pairs = found.agreement[found.agreement["first"].isin(kept) & found.agreement["second"].isin(kept)]
    days = found.first_days[["person", *table["definition"]]]
    return Multiverse(table, pairs.reset_index(drop=True), days)
