"""A cohort judged by definitions: each score is followed up once, each search is done once, whoever needs the result.

Data flows one way: records, follow-ups by score, events by rule, first events and labels by definition, numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smoulder.errors import InputError, UnknownName
from smoulder.outcomes.attribution import LABELS, Labelled, first_labelled, labels_of
from smoulder.outcomes.composites import NO_COMPONENT, Composite, first_of
from smoulder.outcomes.definitions import EVENTS, Definition
from smoulder.outcomes.disability_change import (
    WORSENING,
    Worsenings,
    every_change,
    every_worsening,
    first_events,
    first_improvement,
    only_confirmed,
)
from smoulder.outcomes.events import Times
from smoulder.outcomes.judgements.numbers import definition_numbers, since_first_day
from smoulder.outcomes.rules.published import PIRA_MULLER_2023
from smoulder.outcomes.rules.worsening import AttributionRule, Scale, WorseningRule
from smoulder.outcomes.search.follow_ups import FollowUp, follow_up
from smoulder.records import Records

__all__ = ["Given", "Judgement", "judged", "labelled"]

Given = ArrayLike | Mapping[str, ArrayLike] | None
"""Scores that stand in for columns of the records, or that the records have no column for."""

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Judgement:
    """``records`` and everything that was found in them so far; a result is made when it is first wanted, and kept.

    ``scores`` are those that stand in for columns of the records, by column, such as ``Cohort.scores``: float[rows of
    the scale's table], NaN not done. ``withdrew`` (bool[N]) goes to the rules that count unconfirmed worsening in the
    withdrawn. Neither may be changed afterwards.
    """

    records: Records
    scores: Mapping[str, ArrayLike] = field(default_factory=dict)
    withdrew: ArrayLike | None = None
    _results: list[tuple[tuple[Any, ...], Any]] = field(default_factory=list, init=False, repr=False)

    def follow_up(self, scale: Scale) -> FollowUp:
        """The scored visits of ``scale``; UnknownName where the records have no such column and no score is given."""
        score = self.scores.get(scale.column)
        return self._once(("follow-up", scale), lambda: follow_up(self.records, scale, score))

    def scored(self, definition: Definition) -> dict[Scale, NDArray[np.int64]]:
        """How often each person was scored on each scale of the definition, int64[N]."""
        return {rule.scale: np.diff(self.follow_up(rule.scale).offsets) for rule in definition.rules}

    def first_events(self, definition: Definition) -> Worsenings | Composite:
        """The first event of each person, one row a person; ``Composite`` where several scores count.

        InputError for a definition without rules, or without attribution where the event needs one; UnknownName for
        another event.
        """
        if definition.event not in EVENTS:
            raise UnknownName("event of a definition", definition.event, EVENTS)
        if not definition.rules:
            raise InputError(f"definition '{definition.name}' has no rule")

        def search() -> Worsenings | Composite:
            parts = tuple(self._first(definition, rule) for rule in definition.rules)
            return parts[0] if len(parts) == 1 else first_of(parts)

        return self._once(("first events", definition), search)

    def labelled(self, definition: Definition) -> Labelled:
        """The confirmed worsenings that the definition's rules find, whatever its event, each with its label: by the
        definition's rule of attribution, or by ``PIRA_MULLER_2023`` where it has none.
        """
        by = PIRA_MULLER_2023 if definition.by is None else definition.by
        return self._once(("labelled", definition.rules, by), lambda: self._labelled(definition.rules, by))

    def times(self, definition: Definition) -> Times:
        """Years from the first day under observation to the first event or censoring (``since_first_day``)."""
        first = self.first_events(definition)
        return self._once(("times", definition), lambda: since_first_day(self.records, first))

    def numbers(self, definition: Definition) -> dict[str, Any]:
        """The definition's row of ``Multiverse.definitions``."""

        def count() -> dict[str, Any]:
            first, times = self.first_events(definition), self.times(definition)
            found, persons = self.labelled(definition), self._repeated(definition)
            return definition_numbers(self.records, definition, self.scored(definition), first, times, found, persons)

        return self._once(("numbers", definition), count)

    def _once(self, question: tuple[Any, ...], answer: Callable[[], Result]) -> Result:
        """The result that belongs to ``question``, made now if it is not there. Rules are compared, not hashed: one
        may hold a list.
        """
        for known, result in self._results:
            if known == question:
                kept: Result = result
                return kept
        made = answer()
        self._results.append((question, made))
        return made

    def _withdrew(self, rule: WorseningRule) -> ArrayLike | None:
        return self.withdrew if rule.confirmation.unconfirmed == "withdrawn" else None

    def _first(self, definition: Definition, rule: WorseningRule) -> Worsenings:
        """The first event of each person by one rule of the definition."""
        if definition.event == "worsening":
            return self._worsening(rule)
        if definition.event == "improvement":
            return self._once(
                ("improvement", rule), lambda: first_improvement(self.records, self.follow_up(rule.scale), rule)
            )
        by, asked = definition.by, first_labelled(definition.event)
        if by is None:
            raise InputError(f"definition '{definition.name}' does not say what makes a worsening {definition.event}")
        return self._once(
            ("attributed", rule, by, asked),
            lambda: first_events(
                self.records, self.follow_up(rule.scale), rule, asked, by, withdrew=self._withdrew(rule)
            ),
        )

    def _worsening(self, rule: WorseningRule) -> Worsenings:
        """The first worsening of each person."""
        return self._once(
            ("worsening", rule),
            lambda: first_events(
                self.records, self.follow_up(rule.scale), rule, WORSENING, withdrew=self._withdrew(rule)
            ),
        )

    def _labelled(self, rules: tuple[WorseningRule, ...], by: AttributionRule) -> Labelled:
        """Every worsening where the reference of the only rule moves with it; else the first of each person."""
        if len(rules) == 1 and rules[0].reference.moves_on_worsening:
            events = self._every_worsening(rules[0])
            return Labelled(events, self._labels(events, by), by, every=True)
        parts = tuple(self._worsening(rule) for rule in rules)
        labels = np.stack([self._labels(part, by) for part in parts])
        if len(parts) == 1:
            return Labelled(parts[0], labels[0], by, every=False)
        first = first_of(parts)
        of_first = labels[first.component, np.arange(len(first.person))]
        return Labelled(first, np.where(first.component == NO_COMPONENT, "", of_first), by, every=False)

    def _every_worsening(self, rule: WorseningRule) -> Worsenings:
        return self._once(
            ("every worsening", rule),
            lambda: every_worsening(
                self.records, self.follow_up(rule.scale), rule, withdrew=self._withdrew(rule)
            ),
        )

    def _labels(self, events: Worsenings, by: AttributionRule) -> NDArray[np.str_]:
        return labels_of(events, self.records, self.follow_up(events.rule.scale), by)

    def _repeated(self, definition: Definition) -> NDArray[np.int64] | None:
        """The person of every event of the definition's kind, where the reference moves with such events."""
        found = self.labelled(definition)
        if definition.event == "worsening" and found.every:
            return found.events.person
        if definition.event in LABELS and found.every:
            return found.events.person[found.labels == definition.event]
        if definition.event == "improvement" and len(definition.rules) == 1:
            (rule,) = definition.rules
            if rule.reference.moves_on_improvement:
                both = every_change(self.records, self.follow_up(rule.scale), only_confirmed(rule))
                return both.person[both.kind < 0]
        return None


def judged(
    records: Records, definition: Definition, *, withdrew: ArrayLike | None = None, score: Given = None
) -> Worsenings | Composite:
    """The first event of each person by ``definition``: one row a person; ``Composite`` where several scores count.

    ``score`` (float[rows of the scale's table], NaN not done) is what is scored, in place of the column that the
    definition's scale names; by column where there are several. So any numeric scale can be judged:
    ``Scale("visits", "fatigue", higher_is_worse=True)``. ``withdrew`` (bool[N]) goes to the rules that count
    unconfirmed worsening in the withdrawn. InputError for a definition without rules, or without attribution where the
    event needs one, and for one array where several scores count; UnknownName for another event. To judge the same
    records by several definitions, use one ``Judgement``.
    """
    return Judgement(records, _by_column(definition, score), withdrew).first_events(definition)


def labelled(
    records: Records, definition: Definition, *, withdrew: ArrayLike | None = None, score: Given = None
) -> Labelled:
    """The confirmed worsenings that the rules of ``definition`` find, whatever its event, attributed to relapses by its
    rule of attribution, or by ``PIRA_MULLER_2023`` where it has none. ``withdrew`` and ``score`` are as for ``judged``.
    """
    return Judgement(records, _by_column(definition, score), withdrew).labelled(definition)


def _by_column(definition: Definition, score: Given) -> Mapping[str, ArrayLike]:
    """The scores given for ``definition``, each by the column it stands for; InputError for one where several count."""
    if score is None or isinstance(score, Mapping):
        return score or {}
    columns = list(dict.fromkeys(rule.scale.column for rule in definition.rules))
    if len(columns) != 1:
        raise InputError(f"definition '{definition.name}' scores {', '.join(columns)}: say which the score is of")
    return {columns[0]: score}
