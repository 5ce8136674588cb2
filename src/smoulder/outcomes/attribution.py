"""Which confirmed worsening came with a relapse (RAW), which without one (PIRA), and of which neither can be said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from smoulder.errors import InputError, UnknownName
from smoulder.outcomes.composites import Composite
from smoulder.outcomes.disability_change import (
    WORSENING,
    Changes,
    Worsenings,
    confirming,
    first_events,
    labelling,
    moving,
    seen_by,
)
from smoulder.outcomes.rules.worsening import AttributionRule, WorseningRule
from smoulder.outcomes.search.follow_ups import FollowUp, follow_up
from smoulder.outcomes.search.walking import COLUMNS, WORSE, Asked, label_of
from smoulder.records import UNKNOWN_DAY, Records

__all__ = ["LABELS", "Labelled", "attribute", "first_attributed", "first_labelled", "labels_of"]

LABELS = ("", "RAW", "PIRA", "undefined")
"""What an event can be put down to; the empty label stands where there is no event."""


@dataclass(frozen=True, eq=False)
class Labelled:
    """The confirmed worsenings that a definition's rules find, and what each is attributed to.

    ``every``: one row an event, every loss once (the reference of the rule moves with worsening); otherwise one row a
    person, the first of any score. ``labels`` str[rows]: RAW, PIRA, undefined, or '' where none was seen, by ``by``.
    """

    events: Worsenings | Composite
    labels: NDArray[np.str_]
    by: AttributionRule
    every: bool

    def frame(self) -> pd.DataFrame:
        """The rows of ``events`` with ``label`` (RAW, PIRA, undefined, "" where there is no event)."""
        return self.events.frame().assign(label=self.labels)

    @property
    def shares(self) -> dict[str, float]:
        """RAW, PIRA and undefined as shares of the worsenings (NaN where there is none)."""
        total = int(self.events.seen.sum())
        counts = {label: int((self.labels == label).sum()) for label in LABELS[1:]}
        return {label: number / total if total else float("nan") for label, number in counts.items()}


def attribute(
    events: Worsenings,
    records: Records,
    rule: AttributionRule,
    *,
    score: ArrayLike | None = None,
    confirms: ArrayLike | None = None,
) -> NDArray[np.str_]:
    """RAW, PIRA or undefined for each row of ``events`` ('' where none was seen, and for improvement), str[rows]; one
    label an event.

    ``events`` are worsenings found in the same ``records`` (or on some of their people, or more), and ``score`` and
    ``confirms`` are what was given there. An event that no visit confirms is its own confirmation. InputError for an
    event of a person, or on a day, that the records do not hold.
    """
    return labels_of(events, records, follow_up(records, events.rule.scale, score, confirms), rule)


def labels_of(events: Worsenings, records: Records, seen: FollowUp, rule: AttributionRule) -> NDArray[np.str_]:
    """The same for events found in the follow-up ``seen``."""
    had = events.seen & (events.kind == WORSE) if isinstance(events, Changes) else events.seen
    owner = _owners(events.person[had], records, seen)
    confirm = confirming(events.rule)
    rows = np.full((int(had.sum()), len(COLUMNS) + 2 * len(confirm.low)), UNKNOWN_DAY, dtype=np.int32)
    rows[:, 0], rows[:, 1] = owner, WORSE
    for column, days in enumerate((events.reference_day, events.day, events.confirmed_day, events.held_day), start=2):
        rows[:, column] = _rows(seen, owner, days[had])
    code = np.zeros(len(had), dtype=np.int64)
    code[had] = label_of(rows, seen_by(seen, events.rule), confirm, moving(events.rule), labelling(rule))
    return np.array(LABELS)[code]


def first_attributed(
    records: Records,
    rule: WorseningRule,
    by: AttributionRule,
    label: str,
    *,
    score: ArrayLike | None = None,
    withdrew: ArrayLike | None = None,
    confirms: ArrayLike | None = None,
) -> Worsenings:
    """First worsening of each person that is ``label`` (RAW, PIRA or undefined) by ``by``; one row a person.

    Events of another label do not end the search; they move the reference if the rule lets worsening move it.
    UnknownName for another label.
    """
    asked = first_labelled(label)
    return first_events(records, follow_up(records, rule.scale, score, confirms), rule, asked, by, withdrew=withdrew)


def first_labelled(label: str) -> Asked:
    """The first worsening of this label, as the search is asked for it; UnknownName for another label."""
    if label not in LABELS[1:]:
        raise UnknownName("label of worsening", label, LABELS[1:])
    return WORSENING._replace(label=LABELS.index(label))


def _owners(person: NDArray[np.int64], records: Records, seen: FollowUp) -> NDArray[np.int64]:
    """Position in ``people`` of the person of each event."""
    place = np.searchsorted(records.people.person, person)
    known = place < len(records)
    known[known] = records.people.person[place[known]] == person[known]
    if not known.all():
        raise InputError(f"an event is of person {person[~known][0]}, who is not in these records")
    if (np.diff(seen.offsets)[place] == 0).any():
        raise InputError("an event is of a person without a scored visit in these records")
    return place


def _rows(seen: FollowUp, owner: NDArray[np.int64], day: NDArray[np.int32]) -> NDArray[np.int64]:
    """The last row of ``seen`` of each owner at or before ``day``, which is that of the day; -1 where day is -1."""
    span = np.int64(2**32)
    keys = np.repeat(np.arange(len(seen.offsets) - 1), np.diff(seen.offsets)) * span + seen.day
    place = np.searchsorted(keys, owner * span + day, side="right") - 1
    unknown = day == UNKNOWN_DAY
    held = place >= 0
    held[held] = keys[place[held]] == (owner * span + day)[held]
    if not (held | unknown).all():
        raise InputError(
            f"an event touches day {day[~(held | unknown)][0]}, on which nobody was scored in these records"
        )
    return np.where(unknown, UNKNOWN_DAY, place)
