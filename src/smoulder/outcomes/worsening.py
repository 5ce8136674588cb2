"""Confirmed worsening of a score: the first of each person, or every one, by a rule (``rules_worsening``)."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smoulder.compiled import njit
from smoulder.errors import InputError
from smoulder.outcomes.events import Events, censoring
from smoulder.outcomes.follow_up import FAR, FollowUp, follow_up
from smoulder.outcomes.rules_worsening import ShareThreshold, StepThreshold, WorseningRule
from smoulder.records import UNKNOWN_DAY, Records

__all__ = ["Worsenings", "confirming_days", "every_candidate", "multiple", "threshold", "worsening"]

REFUTED, PENDING = -1, -2  # in place of the row of a confirming visit
_ROUNDING = 1e-9  # a fifth of 4.4 s has no exact binary form; half points of EDSS have


@dataclass(frozen=True, eq=False)
class Worsenings(Events):
    """Events that remember how they came about: ``reference_day``, ``confirmed_day`` (-1: counted though no visit
    confirms it) and ``held_day``, the last visit of the unbroken run of worse ones; int32, -1 where there is no event.
    ``rule`` is the definition. One row a person (``worsening``) or one row an event (``multiple``).
    """

    reference_day: NDArray[np.int32]
    confirmed_day: NDArray[np.int32]
    held_day: NDArray[np.int32]
    rule: WorseningRule

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Worsenings:
        """Some of the rows (mask or positions)."""
        kept = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name != "rule"}
        return replace(self, **kept)


def threshold(reference: ArrayLike, rule: StepThreshold | ShareThreshold) -> NDArray[np.float64]:
    """How far from each ``reference`` score (shown unit, any shape) a score must lie to have changed; float64."""
    score = np.asarray(reference, dtype=np.float64)
    if isinstance(rule, ShareThreshold):
        return np.minimum(rule.share * np.abs(score), rule.most)
    return np.where(score == 0, rule.at_zero, np.where(score <= rule.turn, rule.low, rule.high))


def worsening(
    records: Records, rule: WorseningRule, *, score: ArrayLike | None = None, withdrew: ArrayLike | None = None
) -> Worsenings:
    """First confirmed worsening of each person (one row a person, as in ``people``), censored at death or last day.

    ``score`` (float[rows of the scale's table], NaN not done) replaces the column that the rule names.
    ``withdrew`` (bool[N]) says who left early; it is needed where the rule counts unconfirmed worsening in them and
    refused elsewhere. InputError for either, and for arrays of another length.
    """
    seen = follow_up(records, rule.scale, score)
    rows = _found(seen, rule, _counted(records, rule, withdrew), limit=1, step=False)
    every = np.full((5, len(records)), UNKNOWN_DAY, dtype=np.int64)
    every[:, rows[0]] = rows
    every[0] = np.arange(len(records))
    return _events(records, seen, every, rule)


def multiple(
    records: Records, rule: WorseningRule, *, score: ArrayLike | None = None, withdrew: ArrayLike | None = None
) -> Worsenings:
    """Every confirmed worsening, one row an event, sorted by person and day; arguments as for ``worsening``.

    With a reference that does not move on worsening the same loss is found again at later visits (the search goes on
    after the confirmation, or after the onset if ``at_onset``); to count losses, let it move.
    """
    seen = follow_up(records, rule.scale, score)
    rows = _found(seen, rule, _counted(records, rule, withdrew), limit=FAR, step=rule.reference.at_onset)
    return _events(records, seen, rows, rule)


def every_candidate(
    records: Records, rule: WorseningRule, *, score: ArrayLike | None = None, withdrew: ArrayLike | None = None
) -> Worsenings:
    """As ``multiple``, except that with a reference that stays the search goes on at the very next visit.

    The first PIRA or RAW is sought among these: a worsening of the other kind must not hide one that follows it.
    """
    seen = follow_up(records, rule.scale, score)
    return _events(records, seen, _found(seen, rule, _counted(records, rule, withdrew), limit=FAR, step=True), rule)


def _counted(records: Records, rule: WorseningRule, withdrew: ArrayLike | None) -> NDArray[np.bool_]:
    """In whom an unconfirmed worsening counts, bool[N]."""
    which = rule.confirmation.unconfirmed
    if which not in ("never", "always", "withdrawn"):
        raise InputError(f"unconfirmed worsening counts never, always or in the withdrawn, not '{which}'")
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


def confirming_days(rule: WorseningRule) -> tuple[int, int]:
    """First and last day after an event on which a visit may confirm it."""
    confirm = rule.confirmation
    return confirm.days - confirm.early, FAR if confirm.late is None else confirm.days + confirm.late


def _found(
    seen: FollowUp, rule: WorseningRule, counted: NDArray[np.bool_], *, limit: int, step: bool
) -> NDArray[np.int64]:
    """Rows (person; reference, onset, confirming and last held visit) of the events, int64[5, events]."""
    confirm, moves = rule.confirmation, rule.reference
    earliest, latest = confirming_days(rule)
    shown = seen.score if rule.scale.higher_is_worse else -seen.score
    found: NDArray[np.int64] = _walk(
        seen.offsets,
        (seen.day, seen.score, threshold(shown, rule.threshold) - _ROUNDING, seen.since, seen.until),
        (earliest, latest, confirm.every_visit),
        FAR if confirm.sustained is None else confirm.sustained,
        (*rule.relapses.reference, *rule.relapses.event, *rule.relapses.confirmation),
        (moves.moves_on_improvement, moves.moves_on_worsening, moves.at_onset),
        counted,
        (limit, step),
    )
    return found


def _events(records: Records, seen: FollowUp, rows: NDArray[np.int64], rule: WorseningRule) -> Worsenings:
    who, visits = rows[0], rows[1:]
    padded = np.append(seen.day, np.int32(UNKNOWN_DAY))  # visit -1 is its day -1
    reference, day, confirmed, held = padded[visits]
    end = censoring(records, np.diff(seen.offsets) > 0)[who]
    return Worsenings(records.people.person[who], day, end, reference, confirmed, held, rule)


@njit
def _walk(
    offsets: Any, visits: Any, window: Any, sustained: int, near: Any, moves: Any, counted: Any, search: Any
) -> Any:
    """Along each person's visits: reference, first change, confirmation, and on; int64[5, events]."""
    day, score, step = visits[0], visits[1], visits[2]
    found = np.empty((5, len(day)), dtype=np.int64)
    events = 0
    for who in range(len(offsets) - 1):
        stop = offsets[who + 1]
        ref, at, left = offsets[who], offsets[who] + 1, search[0]
        while left > 0:
            ref = _reference(ref, stop, visits, near)
            at = _first_change(ref, max(at, ref + 1), stop, visits, near)
            if at >= stop:
                break
            sign = 1.0 if score[at] > score[ref] else -1.0
            first = _confirmed(ref, at, stop, sign, visits, window, near)
            if sign < 0:
                if first >= 0 and moves[0]:
                    ref = at if moves[2] else first
                    at = ref + 1
                else:
                    at += 1
                continue
            if first == REFUTED or (first == PENDING and not counted[who]):
                at += 1
                continue
            last = max(first, at)
            while last + 1 < stop and score[last + 1] - score[ref] >= step[ref]:
                last += 1
            lasts = last + 1 == stop or day[last + 1] - day[at] >= sustained
            if lasts:
                found[0, events], found[1, events], found[2, events] = who, ref, at
                found[3, events], found[4, events] = max(first, -1), last
                events += 1
                left -= 1
            if first == PENDING:
                break
            if moves[1]:
                ref = at if moves[2] else first
                at = ref + 1
            else:
                at = first + 1 if lasts and not search[1] else at + 1
    return found[:, :events].copy()


@njit
def _reference(ref: int, stop: int, visits: Any, near: Any) -> int:
    """The first visit from ``ref`` on that is far enough from relapses to compare with, or ``stop``."""
    since, until = visits[3], visits[4]
    while ref < stop and (since[ref] < near[0] or until[ref] < near[1]):
        ref += 1
    return ref


@njit
def _first_change(ref: int, at: int, stop: int, visits: Any, near: Any) -> int:
    """The first visit from ``at`` on, far enough from relapses, a threshold away from the reference, or ``stop``."""
    score, step, since, until = visits[1], visits[2], visits[3], visits[4]
    while at < stop:
        if abs(score[at] - score[ref]) >= step[ref] and since[at] >= near[2] and until[at] >= near[3]:
            return at
        at += 1
    return stop


@njit
def _confirmed(ref: int, at: int, stop: int, sign: float, visits: Any, window: Any, near: Any) -> int:
    """The visit that confirms a change (worse: ``sign`` 1), REFUTED, or PENDING when none was late enough."""
    day, score, step, since, until = visits
    pending = PENDING
    for later in range(at + 1, stop):
        holds = sign * (score[later] - score[ref]) >= step[ref]
        gap = day[later] - day[at]
        usable = window[0] <= gap <= window[1] and since[later] >= near[4] and until[later] >= near[5]
        if not holds and (usable or window[2]):
            return REFUTED
        if not holds:
            pending = REFUTED
        if usable:
            return later
    return pending
