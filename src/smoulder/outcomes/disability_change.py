"""Confirmed worsening and improvement of a score: the first of each person, or every one, by a rule."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from smoulder.errors import InputError, UnknownName
from smoulder.outcomes.events import Events, censoring
from smoulder.outcomes.rules.worsening import (
    AttributionRule,
    CustomThreshold,
    LevelRule,
    ShareThreshold,
    Threshold,
    TrajectoryRule,
    WorseningRule,
)
from smoulder.outcomes.search.follow_ups import FAR, FollowUp, follow_up
from smoulder.outcomes.search.walking import ANY, NEXT, Asked, Confirming, Labelling, Moving, Seen, walk
from smoulder.records import UNKNOWN_DAY, Records

__all__ = [
    "IMPROVEMENT",
    "WORSENING",
    "Changes",
    "Worsenings",
    "changes",
    "confirming",
    "every_change",
    "every_worsening",
    "first_events",
    "first_improvement",
    "first_rows",
    "improvement",
    "labelling",
    "lent",
    "moving",
    "multiple",
    "only_confirmed",
    "seen_by",
    "threshold",
    "view_of",
    "walked",
    "worsening",
]

_ROUNDING = 1e-9  # a fifth of 4.4 s has no exact binary form; half points of EDSS have
_POINTS = ("reference", "last", "clear", "event", "confirmation")
_EXTREMA = ("none", "strict", "all")
WORSENING = Asked(improvement=False, worsening=True, label=ANY, limit=1, unconfirmed=False)
"""The first worsening of each person, whatever it is attributed to."""
IMPROVEMENT = Asked(improvement=True, worsening=False, label=ANY, limit=1, unconfirmed=False)
"""The first improvement of each person."""
_NOTHING = Labelling(False, (0, 0), np.empty((0, 4), dtype=np.int64))


@dataclass(frozen=True, eq=False)
class Worsenings(Events):
    """Events that remember how they came about: ``reference_day``, ``confirmed_day`` (-1: counted though no visit
    confirms it) and ``held_day``, the last visit of the unbroken run of changed ones; int32, -1 where there is no
    event. ``rule`` is the definition. One row a person (first events) or one row an event.
    """

    reference_day: NDArray[np.int32]
    confirmed_day: NDArray[np.int32]
    held_day: NDArray[np.int32]
    rule: WorseningRule

    def frame(self) -> pd.DataFrame:
        """Rows as above: ``person``, ``day``, ``censor_day``, ``reference_day``, ``confirmed_day``, ``held_day`` (<NA>:
        none), ``seen``, and ``rule``, the name of the definition.
        """
        return super().frame().assign(rule=self.rule.name)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Worsenings:
        """Some of the rows (mask or positions)."""
        kept = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name != "rule"}
        return replace(self, **kept)


@dataclass(frozen=True, eq=False)
class Changes(Worsenings):
    """Worsening and improvement together, one row an event: ``kind`` int8, 1 worse, -1 better."""

    kind: NDArray[np.int8]

    def frame(self) -> pd.DataFrame:
        """One row an event: the columns of ``Worsenings``, and ``kind``, ``worsening`` or ``improvement``."""
        return super().frame().assign(kind=np.where(self.kind > 0, "worsening", "improvement"))


def threshold(reference: ArrayLike, rule: Threshold) -> NDArray[np.float64]:
    """How far from each ``reference`` score (shown unit, any shape) a score must lie to have changed; float64."""
    score = np.asarray(reference, dtype=np.float64)
    if isinstance(rule, ShareThreshold):
        return np.minimum(np.abs(score) / (1 / rule.share), rule.most)
    if isinstance(rule, CustomThreshold):
        levels, place = np.unique(score, return_inverse=True)
        return np.array([_change(rule, float(level)) for level in levels])[place].reshape(score.shape)
    return np.where(score == 0, rule.at_zero, np.where(score <= rule.turn, rule.low, rule.high))


def _change(rule: CustomThreshold, level: float) -> float:
    change = rule.change(level)
    if not isinstance(change, (int, float, np.number)) or not change >= 0:
        raise InputError(f"threshold '{rule.name}' gives '{change}' from a score of {level:g}: no number of points")
    return float(change)


def worsening(
    records: Records,
    rule: WorseningRule,
    *,
    score: ArrayLike | None = None,
    withdrew: ArrayLike | None = None,
    confirms: ArrayLike | None = None,
) -> Worsenings:
    """First confirmed worsening of each person (one row a person, as in ``people``), censored at death or last day.

    ``score`` (float[rows of the scale's table], NaN not done) replaces the column that the rule names; ``confirms``
    (bool of that length) bars visits from confirming where False. ``withdrew`` (bool[N]) says who left early; it is
    needed where the rule counts unconfirmed worsening in them and refused elsewhere. InputError for either, and for
    arrays of another length.
    """
    return first_events(records, follow_up(records, rule.scale, score, confirms), rule, WORSENING, withdrew=withdrew)


def improvement(
    records: Records, rule: WorseningRule, *, score: ArrayLike | None = None, confirms: ArrayLike | None = None
) -> Worsenings:
    """First confirmed improvement of each person, judged as worsening is; the days of ``Worsenings``.

    Confirmed worsening before it moves the reference where the rule lets it. Unconfirmed improvement never counts.
    """
    return first_improvement(records, follow_up(records, rule.scale, score, confirms), rule)


def multiple(
    records: Records,
    rule: WorseningRule,
    *,
    score: ArrayLike | None = None,
    withdrew: ArrayLike | None = None,
    confirms: ArrayLike | None = None,
) -> Worsenings:
    """Every confirmed worsening, one row an event, sorted by person and day; arguments as for ``worsening``.

    With a reference that does not move on worsening the same loss is found again at later visits (the search goes on
    after the confirmation, or after the onset if ``at_onset``); to count losses, let it move.
    """
    return every_worsening(records, follow_up(records, rule.scale, score, confirms), rule, withdrew=withdrew)


def changes(
    records: Records,
    rule: WorseningRule,
    *,
    score: ArrayLike | None = None,
    withdrew: ArrayLike | None = None,
    confirms: ArrayLike | None = None,
) -> Changes:
    """Every confirmed worsening and improvement, one row an event, sorted by person and day; arguments as above.

    After an improvement that the rule does not let move the reference, the search goes on as after a worsening.
    """
    return every_change(records, follow_up(records, rule.scale, score, confirms), rule, withdrew=withdrew)


def confirming(rule: WorseningRule | LevelRule | TrajectoryRule) -> Confirming:
    """Confirmation and distances of a rule as the walk takes them; days beyond ``FAR`` are as good as that."""
    confirm, near = rule.confirmation, rule.relapses
    windows = confirm.windows
    return Confirming(
        np.array([min(w.days - w.early, FAR) for w in windows], dtype=np.int64),
        np.array([FAR if w.late is None else min(w.days + w.late, FAR) for w in windows], dtype=np.int64),
        confirm.every_visit,
        FAR if confirm.sustained is None else min(confirm.sustained, FAR),
        confirm.unconfirmed == "last visit",
        FAR if confirm.within is None else min(confirm.within, FAR),
        *((min(pair[0], FAR), min(pair[1], FAR)) for pair in (near.reference, near.event, near.confirmation)),
    )


def moving(rule: WorseningRule) -> Moving:
    """The moves of a rule's reference as the walk takes them; UnknownName for a kind of change or of extremum."""
    moves = rule.reference
    below = moves.below_threshold
    if below not in ("none", "improvement", "worsening", "both"):
        raise UnknownName("kind of change below the threshold", below, ("none", "improvement", "worsening", "both"))
    if moves.skips not in _EXTREMA:
        raise UnknownName("kind of extremum to skip", moves.skips, _EXTREMA)
    floor = 1 if rule.scale.higher_is_worse else -1
    return Moving(
        moves.moves_on_improvement,
        moves.moves_on_worsening,
        moves.at_onset,
        below != "none",
        below in ("improvement", "both"),
        below in ("worsening", "both"),
        _EXTREMA.index(moves.skips),
        -1 if moves.after_relapse is None else moves.after_relapse,
        floor if moves.never_lower else 0,
    )


def labelling(rule: AttributionRule | None) -> Labelling:
    """A rule of attribution as the walk takes it; UnknownName for a point of an interval that is none."""
    if rule is None:
        return _NOTHING
    corners = [(_point(i.start), -i.before, _point(i.stop), i.after) for i in rule.free]
    return Labelling(True, rule.raw, np.array(corners, dtype=np.int64).reshape(-1, 4))


def seen_by(seen: FollowUp, rule: WorseningRule) -> Seen:
    """The visits as the walk takes them, with the step that counts from each score."""
    shown = seen.score if rule.scale.higher_is_worse else -seen.score
    step = np.maximum(threshold(shown, rule.threshold) - _ROUNDING, NEXT)
    return view_of(seen, seen.score.copy() if rule.reference.never_lower else seen.score, step)


def walked(
    seen: Seen,
    rule: WorseningRule,
    asked: Asked,
    by: AttributionRule | None = None,
    counted: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.int32]]:
    """What the walk finds: events, their scores, changes that nothing confirmed (``walk.walk``). InputError where the
    reference of a person goes back and forth without end.
    """
    people = len(seen.offsets) - 1
    whose = np.zeros(people, dtype=np.bool_) if counted is None else counted
    found, scores, unproven, stuck = walk(seen, confirming(rule), moving(rule), labelling(by), asked, whose)
    if stuck >= 0:
        raise InputError(f"the search does not end in person number {stuck + 1}: are the relapses sorted by day?")
    return found, scores, unproven


def first_rows(found: NDArray[np.int32], people: int) -> NDArray[np.int64]:
    """Position in ``found`` of each person's first event, -1 where there is none; int64[people]."""
    row = np.full(people, UNKNOWN_DAY, dtype=np.int64)
    row[found[::-1, 0]] = np.arange(len(found))[::-1]
    return row


def first_events(
    records: Records,
    seen: FollowUp,
    rule: WorseningRule,
    asked: Asked,
    by: AttributionRule | None = None,
    *,
    withdrew: ArrayLike | None = None,
) -> Worsenings:
    """The first event that is ``asked`` for, one row a person, in the follow-up ``seen`` of the rule's scale.

    ``by`` is what labels events, where a label is asked for; ``withdrew`` and errors are those of ``worsening``.
    """
    visits, _, _ = walked(seen_by(seen, rule), rule, asked, by, _counted(records, rule, withdrew))
    rows = np.append(visits[:, 2:6], np.full((1, 4), UNKNOWN_DAY, dtype=np.int32), axis=0)
    reference, day, confirmed, held = _days(seen, rows[first_rows(visits, len(records))])
    end = censoring(records, np.diff(seen.offsets) > 0)
    return Worsenings(records.people.person, day, end, reference, confirmed, held, rule)


def first_improvement(records: Records, seen: FollowUp, rule: WorseningRule) -> Worsenings:
    """The first confirmed improvement of each person in the follow-up ``seen`` (``improvement``)."""
    return replace(first_events(records, seen, only_confirmed(rule), IMPROVEMENT), rule=rule)


def every_worsening(
    records: Records, seen: FollowUp, rule: WorseningRule, *, withdrew: ArrayLike | None = None
) -> Worsenings:
    """Every confirmed worsening in the follow-up ``seen``, one row an event (``multiple``)."""
    worsenings, _ = _listed(records, seen, rule, Asked(False, True, ANY, FAR, False), withdrew)
    return worsenings


def every_change(
    records: Records, seen: FollowUp, rule: WorseningRule, *, withdrew: ArrayLike | None = None
) -> Changes:
    """Every confirmed worsening and improvement in the follow-up ``seen``, one row an event (``changes``)."""
    events, kind = _listed(records, seen, rule, Asked(True, True, ANY, FAR, False), withdrew)
    return Changes(**{field.name: getattr(events, field.name) for field in fields(events)}, kind=kind)


def only_confirmed(rule: WorseningRule) -> WorseningRule:
    """The rule without changes that nothing confirmed, which never count as improvement."""
    return replace(rule, confirmation=replace(rule.confirmation, unconfirmed="never"))


def _listed(
    records: Records, seen: FollowUp, rule: WorseningRule, asked: Asked, withdrew: ArrayLike | None
) -> tuple[Worsenings, NDArray[np.int8]]:
    """Every event asked for, one row an event, and the kind of each."""
    visits, _, _ = walked(seen_by(seen, rule), rule, asked, None, _counted(records, rule, withdrew))
    who = visits[:, 0]
    reference, day, confirmed, held = _days(seen, visits[:, 2:6])
    end = censoring(records, np.diff(seen.offsets) > 0)[who]
    events = Worsenings(records.people.person[who], day, end, reference, confirmed, held, rule)
    return events, visits[:, 1].astype(np.int8)


def _days(seen: FollowUp, visits: NDArray[np.int32]) -> NDArray[np.int32]:
    """Days of visits (rows of ``seen``, int32[rows, n]); -1 stays -1; int32[n, rows]."""
    return np.append(seen.day, np.int32(UNKNOWN_DAY))[visits.T]


def view_of(seen: FollowUp, score: NDArray[np.float64], step: NDArray[np.float64]) -> Seen:
    """The visits as the walk takes them, with these scores and the steps that count from each."""
    relapses = (seen.relapse_offsets, lent(seen.relapse_day))
    return Seen(seen.offsets, lent(seen.day), score, step, seen.since, seen.until, seen.confirms, *relapses)


def lent(days: NDArray[np.int32]) -> NDArray[np.int32]:
    """The same array read-only, so that the compiled walk meets one kind of array."""
    view = days.view()
    view.flags.writeable = False
    return view


def _point(name: str) -> int:
    if name not in _POINTS:
        raise UnknownName("point of an interval", name, _POINTS)
    return _POINTS.index(name)


def _counted(records: Records, rule: WorseningRule, withdrew: ArrayLike | None) -> NDArray[np.bool_]:
    """In whom an unconfirmed worsening counts, bool[N]."""
    which = rule.confirmation.unconfirmed
    if which not in ("never", "always", "withdrawn", "last visit"):
        raise InputError(
            f"unconfirmed worsening counts never, always, in the withdrawn or at the last visit, not '{which}'"
        )
    if (which == "withdrawn") != (withdrew is not None):
        raise InputError(
            f"rule '{rule.name}' {'needs' if withdrew is None else 'does not ask'} to be told who withdrew"
        )
    if withdrew is None:
        return np.full(len(records), which == "always")
    who = np.asarray(withdrew, dtype=np.bool_)
    if who.shape != (len(records),):
        raise InputError(f"withdrew must hold one truth value a person ({len(records)}), not be of shape {who.shape}")
    return who
