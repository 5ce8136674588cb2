"""One definition on one cohort: everything that its report, its tables and its JSON say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from smoulder import outcomes, statistics
from smoulder.clinic import INSTRUMENTS, Instrument, measures_of
from smoulder.errors import InputError, UnknownName
from smoulder.outcomes import (
    Composite,
    Definition,
    Judgement,
    Labelled,
    Multiverse,
    Scale,
    ShareThreshold,
    StepThreshold,
    Times,
    Worsenings,
)
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


_EDSS = 10


@dataclass(frozen=True, eq=False)
class CohortOutcome:
    """A ``definition`` judged on a ``cohort``: ``first`` has one row a person, ``found`` every worsening with its label
    (``outcomes.Labelled``), ``row`` the numbers (a row of ``Multiverse.definitions``), ``counts`` people by how often
    they were scored, and rows that could hold a score and those that do. ``judgement`` holds everything that was found
    in the cohort so far, for further definitions.
    """

    cohort: Cohort
    definition: Definition
    judgement: Judgement
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

    def multiverse(self) -> Multiverse:
        """The same cohort by this definition and every published one; nothing is judged twice."""
        others = [name for name in outcomes.names() if name != self.definition.name]
        return outcomes.compare_definitions(self.judgement, [self.definition, *others])

    def people(self) -> pd.DataFrame:
        """One row a person (``tables.person_table``) with the first event by the definition."""
        return person_table(self.cohort, {self.definition.name: self.first})


def judge(cohort: Cohort, definition: Definition, *, withdrew: ArrayLike | None = None) -> CohortOutcome:
    """Judge a cohort by one definition, of its records or of the further scales it was read with. InputError where its
    scores stand nowhere in the cohort; else as ``judged``.
    """
    judgement = outcomes.Judgement(cohort.records, cohort.scores, withdrew)
    scored = judgement.scored(definition)
    counts = sum(scored.values(), np.zeros(len(cohort.records), dtype=np.int64))
    if not counts.any():
        columns = ", ".join(rule.scale.column for rule in definition.rules)
        aside = f" ({gone:,} rows were set aside)" if (gone := len(cohort.account.aside)) else ""
        raise InputError(f"no visit of the cohort holds {columns}, which definition '{definition.name}' judges{aside}")
    how_often = {
        "people": len(cohort.records),
        "scored": int((counts > 0).sum()),
        "scored twice": int((counts > 1).sum()),
        "rows": sum(len(getattr(cohort.records, scale.table)) for scale in scored),
        "scores": int(counts.sum()),
    }
    _refuse_steps(cohort, definition)
    return CohortOutcome(
        cohort,
        definition,
        judgement,
        judgement.first_events(definition),
        judgement.labelled(definition),
        outcomes.compare_definitions(judgement, [definition]).definitions.to_dict("records")[0],
        how_often,
    )


def _refuse_steps(cohort: Cohort, definition: Definition) -> None:
    """InputError for a scale that leaves 0 to 10 while the steps of EDSS are what counts as a change."""
    steps = (outcomes.EDSS_STEP_TO_5_0, outcomes.EDSS_STEP_TO_5_5, outcomes.EDSS_ONE_POINT_TO_5_5)
    for rule in definition.rules:
        own = cohort.scores.get(rule.scale.column)
        if own is None or rule.threshold not in steps or not own.size:
            continue
        low, high = np.nanmin(own), np.nanmax(own)
        if low < 0 or high > _EDSS:
            raise InputError(
                f"'{rule.scale.column}' goes from {low:g} to {high:g}, and the steps of EDSS from 0 to 10: say how "
                "many points or which share is a change (--change 4, --change 20%), or give a rule file with its own"
            )


def on(
    definition: Definition,
    score: str,
    *,
    better: str | None = None,
    change: str | None = None,
    instruments: tuple[Instrument, ...] = INSTRUMENTS,
) -> Definition:
    """The definition asked of another score: one of ``SCORES``, with its usual threshold; a measure of one of
    ``instruments`` whose columns stand among those of visits, worse by 20 per cent; or any other column of the visits
    (read as one of ``Cohort.scores``) of which higher or lower values are ``better``, with the threshold of the
    definition. ``change`` gives another threshold: points ("4") or a share of the reference ("20%").

    UnknownName for what is neither higher nor lower; InputError for a definition of several scores, for one of another
    score than EDSS, for a column of which nothing is said, or a change that is none.
    """
    if len(definition.rules) > 1:
        raise InputError(f"definition '{definition.name}' says itself what is scored; leave the outcome out")
    (rule,) = definition.rules
    scale, usual = SCORES.get(score) or _measured(score, instruments) or (_own(rule.scale, score, better), None)
    if better is not None and scale.higher_is_worse != _worse(better):
        raise InputError(f"lower is {'better' if scale.higher_is_worse else 'worse'} for '{score}', not as was said")
    if rule.scale not in (scale, outcomes.EDSS):
        raise InputError(f"definition '{definition.name}' says itself what is scored; leave the outcome out")
    if rule.scale == scale and change is None:
        return definition
    threshold = rule.threshold if rule.scale == scale or usual is None else usual
    if change is not None:
        threshold = _change(change)
    rule = replace(rule, name=f"{rule.name}, {score}", scale=scale, threshold=threshold)
    return replace(definition, name=f"{definition.name}, {score}", rules=(rule,))


def _measured(score: str, instruments: tuple[Instrument, ...]) -> tuple[Scale, ShareThreshold] | None:
    """A column of the visits that an instrument gives, with the direction it declares; None where there is none."""
    instrument, measure = measures_of(instruments).get(score, (None, None))
    if instrument is None or measure is None or measure.value or instrument.sheet != "visits":
        return None
    return Scale(instrument.name, score, measure.higher_is_worse), outcomes.SHARE_20


def _own(judged: Scale, score: str, better: str | None) -> Scale:
    """The scale of a column of the visits that has no meaning of its own here."""
    if judged.column == score:
        return judged
    if better is None:
        raise InputError(f"say whether 'higher' or 'lower' values of '{score}' are better (--better)")
    return Scale("visits", score, _worse(better))


def _worse(better: str) -> bool:
    """Whether higher is worse."""
    if better not in ("higher", "lower"):
        raise UnknownName("value of better", better, ("higher", "lower"))
    return better == "lower"


def _change(said: str) -> ShareThreshold | StepThreshold:
    """A threshold of points, or of a share of the reference."""
    given, share = said.strip().removesuffix("%"), said.strip().endswith("%")
    try:
        number = float(given)
    except ValueError:
        number = float("nan")
    if not 0 < number < float("inf"):
        raise InputError(f"a change is points above 0, such as 4, or a share, such as 20%, not '{said}'")
    if share:
        return ShareThreshold(f"{number:g} per cent of the reference", "as asked", number / 100, float("inf"))
    return StepThreshold(f"{number:g} points", "as asked", number, number, number, float("inf"))


def shown(found: Multiverse) -> Multiverse:
    """The same without definitions of which nothing was scored in the cohort."""
    table = found.definitions[found.definitions["people"] > 0].reset_index(drop=True)
    kept = set(table["definition"])
    pairs = found.agreement[found.agreement["first"].isin(kept) & found.agreement["second"].isin(kept)]
    days = found.first_days[["person", *table["definition"]]]
    return Multiverse(table, pairs.reset_index(drop=True), days)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
