"""Definitions judged where the truth is known: what each finds, what it lays to the wrong cause, and how late it is.

People with an attack at onset are watched from ``entry`` years after it. Each of them lives three times with the same
luck:

- as *lived*: with everything;
- *spared*: the same life without any new focal lesion, felt or not, from the first visit on. What worsens here would
  have come without one. (Less meningeal inflammation is seeded in it too, so what new lesions add to slow damage counts
  as theirs; damage that goes on in older lesions is slow damage.)
- *standing still*: at every visit the latent disability of the first one is examined, so that nothing is left but the
  noise of examinations, passing episodes, the relapses reported around the visits, and age in the timed tests.

The true score, EDSS or a timed test, is that of an examination without noise, episodes left out, at each recorded
moment (every quarter). A level *lasts* at a moment as far as it is not undercut in the ``lasts`` years after, whether
the person lives to see them or not.

- A *true worsening* is the first moment at which the lasting score as lived, of any that the definition judges, lies at
  least its threshold above that of the first visit; a *true slow worsening* is the same in the life spared; a *true
  worsening by lesions* is a true worsening of someone who has no true slow one while watched; a true improvement is the
  lasting score as far below. What a definition should find is the first for worsening, the second for PIRA, the third
  for RAW, the last for improvement. Those count that begin while ``ROOM`` years of watching are still to come.
- *Sensitivity*: the share of them whose first event lies on or after the true change. *Early*: before it.
- Every first event is a *call*. From its reference to its event the lasting score as lived has changed to the side
  called by at least half of the threshold, or not (``nothing``); if it has, the lasting score of the life spared has
  done so too (``slow``, healthy ageing included) or not (``lesion``). A PIRA by a lesion and a RAW that is slow are
  falsely attributed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder import clinic, life, outcomes
from smoulder import people as persons
from smoulder.errors import InputError
from smoulder.life import Truth
from smoulder.outcomes import EDSS, NHPT_DOMINANT, NHPT_OTHER, T25FW, Composite, Definition, WorseningRule
from smoulder.parameters import Parameters, load
from smoulder.records import UNKNOWN_DAY, People, Records, Scans, concat, days
from smoulder.records import years as years_of
from smoulder.statistics import proportion, rate

__all__ = ["EVERY", "MONTHS", "NOISE", "ROOM", "KnownTruth", "definitions_tested"]

#: Years between recorded moments, at each of which there may be a visit.
EVERY = 0.25
#: Months between visits, and factors of the noise of examinations, that are compared.
MONTHS = (3, 6, 12)
NOISE = (0.5, 1.0, 2.0)
#: Years of watching that must follow a true change for it to count: yearly visits and two years to confirm.
ROOM = 3.0

_LIFE = 60.0  # years lived: onset comes within ten in most, and those whose watch does not fit are left out
_SHARD = 2048
_SPARED = "hypothetical:attack:1"
_NOISES = ("rating_noise.fs", "rating_noise.ambulation", "t25fw.noise", "nhpt.noise")
_QUIET = (*_NOISES, "unlesioned_relapse_rise")
_SCALES = (EDSS, T25FW, NHPT_DOMINANT, NHPT_OTHER)
_PER_YEAR = round(1 / EVERY)
_ROUNDING = 1e-4  # seconds: tests are held in single precision
_UNABLE = 1e9  # stands for a test that cannot be completed: beyond any threshold from below, and no change from itself

Levels = NDArray[np.float64]
Lives = dict[str, Levels]


@dataclass(frozen=True, eq=False)
class KnownTruth:
    """What each definition does to people whose truth is known.

    ``table`` has one row a definition, ``months`` between visits and factor ``noise`` of the examinations': definition,
    event, months, noise, people; calls (first events), calls_a_year; to_find (true changes that count), sensitivity
    with lo and hi (Wilson), early; delay (years from the true change to the event, median of those found) and
    delay_known (to the visit that confirms it); slow, lesion, nothing (shares of the calls), nothing_lo, nothing_hi,
    false_attribution with false_lo and false_hi (share of the calls; NaN where nothing is attributed to anything);
    still_calls and still_per_100 with still_lo and still_hi: first events in those whose truth stands still, a hundred
    years.

    ``drawn`` people were drawn, ``watched`` could be watched; ``worse``, ``slow`` of them have a true worsening, a true
    slow one of EDSS (threshold of ``CDW_12W``, at any time while watched).
    """

    table: pd.DataFrame
    drawn: int
    watched: int
    worse: int
    slow: int
    entry: float
    years: float
    lasts: float
    seed: int

    def frame(self) -> pd.DataFrame:
        """One row a definition: ``table`` with the columns described above."""
        return self.table.copy()


@dataclass(frozen=True, eq=False)
class _Watched:
    """N people at M quarterly moments: who they are, their true scores as lived and spared (by column, float64[M, N],
    shown units; moments go on for as long as a change must last), and their records by factor of noise as lived and
    standing still.
    """

    who: People
    lived: Lives
    spared: Lives
    seen: dict[float, Records]
    still: dict[float, Records]


def definitions_tested(
    people: int = 2_000,
    *,
    definitions: Sequence[str | Definition] | None = None,
    months: Sequence[int] = MONTHS,
    noise: Sequence[float] = NOISE,
    entry: float = 5.0,
    years: float = 10.0,
    lasts: float = 2.0,
    seed: int = 0,
    threads: int = 1,
    parameters: Parameters | None = None,
    progress: Callable[[int], None] | None = None,
    judged: Callable[[int], None] | None = None,
) -> KnownTruth:
    """Judge ``definitions`` (all named ones unless given) on ``people`` simulated lives, watched for ``years`` from
    ``entry`` years after onset, with a visit every so many ``months`` and the noise of examinations times ``noise``.

    ``progress`` is told of the lives just lived, two for each person, and ``judged`` of each definition just judged, by
    visit interval and by noise. InputError without people, for months that are no whole quarters, times that do
    not fit in a life, definitions that score other things than EDSS, walk and hands (the symbol digit
    test is learned, so its truth is not its level), or nobody to watch.
    """
    p = load() if parameters is None else parameters
    asked = [outcomes.named(one) if isinstance(one, str) else one for one in definitions or outcomes.names()]
    for one in asked:
        if any(rule.scale not in _SCALES for rule in one.rules):
            raise InputError(f"definition '{one.name}' scores what has no known truth here")
    if people < 1:
        raise InputError(f"the number of people is {people}; it must be at least 1")
    if not months or any(one < 3 or one % 3 for one in months):
        raise InputError(f"visits come every 3, 6, 9 ... months, not {', '.join(map(str, months)) or 'never'}")
    if min(entry, years - ROOM, lasts) < 0 or entry + years + lasts > _LIFE:
        raise InputError(f"entry, years (at least {ROOM:g}) and lasts must fit into a life of {_LIFE:g} years")
    scaled = {factor: _noisy(p, factor) for factor in noise}
    times = (entry, years, lasts)
    parts: list[_Watched] = []
    for first in range(0, people, _SHARD):
        parts += _watch(min(_SHARD, people - first), first, seed, p, scaled, times, threads, progress)
    if not parts:
        raise InputError("nobody could be watched: more people, an earlier entry or fewer years are needed")
    w = _join(parts)
    counted = round(years * _PER_YEAR) + 1
    rows = _rows(w, asked, [(every, factor) for every in months for factor in noise], counted, lasts, judged)
    usual = (outcomes.CDW_12W,)
    known = [_change(_lasting(side, usual, counted, lasts, 1.0), usual) for side in (w.lived, w.spared)]
    worse, slow = (int((one >= 0).sum()) for one in known)
    return KnownTruth(pd.DataFrame(rows), people, len(w.who), worse, slow, entry, years, lasts, seed)


def _noisy(p: Parameters, factor: float) -> Parameters:
    """The parameters with the noise of examinations times ``factor``, whatever bounds it is believed to lie in."""
    return _changed(p, {name: p[name] * factor for name in _NOISES})


def _changed(p: Parameters, values: dict[str, float]) -> Parameters:
    return Parameters(tuple(replace(row, value=float(values.get(row.id, row.value))) for row in p.rows))


def _watch(
    n: int,
    first_id: int,
    seed: int,
    p: Parameters,
    scaled: dict[float, Parameters],
    times: tuple[float, float, float],
    threads: int,
    progress: Callable[[int], None] | None,
) -> Iterator[_Watched]:
    """One shard of people; nothing where none of them can be watched."""
    entry, years, lasts = times
    group = persons.draw(n, seed=seed, first_id=first_id, parameters=p)
    settings: dict[str, Any] = {"years": _LIFE, "every": EVERY, "parameters": p, "threads": threads}
    lived = life.run(group, progress=progress, **settings)
    begin = np.searchsorted(lived.years, lived.onset + entry)  # NaN sorts last
    moments = round((years + lasts) * _PER_YEAR) + 1
    fits = begin + moments <= lived.years.size
    who = np.flatnonzero(lived.onset_attack & fits & (lived.death > lived.years[np.where(fits, begin, 0)]))
    if len(who) == 0:
        return
    dose = np.full(n, np.inf)
    dose[who] = lived.years[begin[who]]
    spared = life.run(group, plan=_SPARED, first_dose=dose, progress=progress, **settings)
    person, moment = np.repeat(who, moments), (begin[who][:, None] + np.arange(moments)).ravel()
    quiet = _changed(p, dict.fromkeys(_QUIET, 0.0))
    true, calm = (_true(truth, quiet, person, moment, len(who)) for truth in (lived, spared))
    table = _people(lived, who, begin[who], years)
    seen, still = (
        {factor: _rated(lived, one, p, who, begin, table, years, still) for factor, one in scaled.items()}
        for still in (False, True)
    )
    yield _Watched(table, true, calm, seen, still)


def _true(truth: Truth, quiet: Parameters, person: NDArray[np.intp], moment: NDArray[np.intp], people: int) -> Lives:
    """The scores of examinations without noise by column, float64[M, N]."""
    visits, tests = clinic.examine(truth, quiet, person, moment), clinic.draw_tests(truth, quiet, person, moment)
    scores = {EDSS.column: visits.edss / 2}
    scores |= {scale.column: getattr(tests, scale.column) for scale in _SCALES[1:]}
    return {
        name: np.where(np.isfinite(one), one, _UNABLE).astype(np.float64).reshape(people, -1).T
        for name, one in scores.items()
    }


def _people(truth: Truth, who: NDArray[np.intp], begin: NDArray[np.intp], years: float) -> People:
    """Under observation from the first visit for so many years, or to death."""
    start = truth.years[begin].astype(np.float64)
    end = np.minimum(start + years, truth.death[who])
    died = truth.death[who] <= start + years
    return People(
        person=truth.id[who],
        sex=truth.sex[who],
        birth_day=np.zeros(len(who), dtype=np.int32),
        onset_day=_day(truth, who, truth.onset[who]),
        death_day=np.where(died, _day(truth, who, end), UNKNOWN_DAY),
        first_day=_day(truth, who, start),
        last_day=_day(truth, who, end),
    )


def _day(truth: Truth, who: NDArray[np.intp], since_start: Any) -> NDArray[np.int32]:
    return days(truth.start_age[who].astype(np.float64) + since_start)


def _rated(
    truth: Truth,
    p: Parameters,
    plain: Parameters,
    who: NDArray[np.intp],
    begin: NDArray[np.intp],
    table: People,
    years: float,
    still: bool,
) -> Records:
    """Quarterly visits and tests up to death, of the truth as it goes on or of that at the first visit, and relapses.
    """
    moments = round(years * _PER_YEAR) + 1
    person, after = np.repeat(who, moments), np.tile(np.arange(moments), len(who))
    moment = begin[person] + after
    alive = truth.years[moment] < truth.death[person]
    person, moment, after = person[alive], moment[alive], after[alive]
    day = _day(truth, person, truth.years[moment].astype(np.float64))
    looked_at = moment - after if still else moment
    visits = clinic.examine(truth, p, person, looked_at, day=day)
    tests = clinic.draw_tests(truth, p, person, looked_at, day=day)
    chosen = np.zeros(len(truth.id), dtype=np.bool_)
    chosen[who] = True
    relapses = clinic.reported(truth, plain, chosen)
    relapses = relapses.take(relapses.day <= table.last_day[relapses.owners(table)])
    return Records(table, visits, relapses, Scans.empty(), tests)


def _join(parts: list[_Watched]) -> _Watched:
    seen, still = (
        {factor: concat([getattr(part, name)[factor] for part in parts]) for factor in parts[0].seen}
        for name in ("seen", "still")
    )
    lived, spared = (
        {one: np.concatenate([getattr(part, name)[one] for part in parts], axis=1) for one in parts[0].lived}
        for name in ("lived", "spared")
    )
    return _Watched(next(iter(seen.values())).people, lived, spared, seen, still)


def _every(records: Records, months: int) -> Records:
    """The same records with a visit every so many months."""

    def thinned(table: Any) -> Any:
        nth = np.arange(len(table)) - table.offsets(records.people)[table.owners(records.people)]
        return table.take(nth % round(months / 12 * _PER_YEAR) == 0)

    return replace(records, visits=thinned(records.visits), tests=thinned(records.tests))


def _lasting(true: Lives, rules: Sequence[WorseningRule], moments: int, lasts: float, turn: float) -> list[Levels]:
    """For each rule the score that is not undercut from each of ``moments`` moments on, float64[moments, N], turned so
    that what is looked for is a rise (``turn`` -1 for improvement).
    """
    ahead = round(lasts * _PER_YEAR) + 1
    sides = [turn * true[rule.scale.column] for rule in rules]
    return [np.min([side[k : k + moments] for k in range(ahead)], axis=0) for side in sides]


def _change(lasting: Sequence[Levels], rules: Sequence[WorseningRule]) -> NDArray[np.int64]:
    """First moment at which a lasting score lies its threshold above that of the first, -1: none; int64[N]."""
    far = np.zeros(lasting[0].shape, dtype=np.bool_)
    for side, rule in zip(lasting, rules, strict=True):
        far |= side - side[0] >= outcomes.threshold(np.abs(side[0]), rule.threshold) - _ROUNDING
    return np.where(far.any(axis=0), far.argmax(axis=0), -1)


def _rows(
    w: _Watched,
    definitions: Sequence[Definition],
    ways: Sequence[tuple[int, float]],
    moments: int,
    lasts: float,
    judged: Callable[[int], None] | None,
) -> list[dict[str, Any]]:
    """One row a definition and way of watching (months between visits, factor of noise)."""
    records = {
        (every, factor): (_every(w.seen[factor], every), _every(w.still[factor], every)) for every, factor in ways
    }
    rows = []
    for one in definitions:
        turn = -1.0 if one.event == "improvement" else 1.0
        true = [_lasting(side, one.rules, moments, lasts, turn) for side in (w.lived, w.spared)]
        for (every, factor), watched in records.items():
            said = {"definition": one.name, "event": one.event, "months": every, "noise": factor}
            rows.append(said | _row(w, one, watched, true))
            if judged is not None:
                judged(1)
    return rows


def _row(
    w: _Watched, one: Definition, watched: tuple[Records, Records], true: Sequence[Sequence[Levels]]
) -> dict[str, Any]:
    """What one definition makes of the records as lived and standing still; ``true``: lasting scores lived, spared."""
    lived, spared = true
    first, still = (outcomes.judged(records, one) for records in watched)
    times, stood = (outcomes.since_first_day(watched[0], found) for found in (first, still))
    calls = int(first.seen.sum())
    false = rate(int(still.seen.sum()), stood.years.sum() / 100)
    return {
        "people": len(w.who),
        "calls": calls,
        "calls_a_year": calls / float(times.years.sum()),
        **_found(w, one, first, _wanted(one, lived, spared)),
        **_causes(w, one, first, lived, spared),
        "still_calls": int(still.seen.sum()),
        **_named("still_per_100", "still_lo", "still_hi", false),
    }


def _wanted(one: Definition, lived: Sequence[Levels], spared: Sequence[Levels]) -> NDArray[np.int64]:
    """The moment of the true change that the definition should find, -1: none; int64[N]."""
    any_cause, slow = (_change(side, one.rules) for side in (lived, spared))
    if one.event == "PIRA":
        return slow
    return np.where(slow < 0, any_cause, -1) if one.event == "RAW" else any_cause


def _found(w: _Watched, one: Definition, first: Any, change: NDArray[np.int64]) -> dict[str, float]:
    """Of the true changes that count: found, early, and how late."""
    day = w.who.first_day.astype(np.int64) + days(np.maximum(change, 0) * EVERY)
    room = int(days(ROOM))
    counts = (change >= 0) & (day + room <= w.who.last_day) & (one.event != "undefined")
    hit, early = (counts & first.seen & side for side in (first.day >= day - 1, first.day < day - 1))
    sure = hit & (first.confirmed_day != UNKNOWN_DAY)
    number = int(counts.sum())
    return {
        "to_find": number,
        **_named("sensitivity", "lo", "hi", proportion(int(hit.sum()), number)),
        "early": float(early.sum() / number) if number else np.nan,
        "delay": _median(first.day[hit] - day[hit]),
        "delay_known": _median(first.confirmed_day[sure] - day[sure]),
    }


def _median(elapsed: NDArray[np.int64]) -> float:
    return float(np.median(years_of(np.maximum(elapsed, 0)))) if len(elapsed) else float("nan")


def _causes(
    w: _Watched, one: Definition, first: Any, lived: Sequence[Levels], spared: Sequence[Levels]
) -> dict[str, float]:
    """Of the calls: what had happened in truth, from the reference to the event, to the score that called."""
    who = np.flatnonzero(first.seen)
    which = first.component[who] if isinstance(first, Composite) else np.zeros(len(who), dtype=np.int8)
    start, stop = (_moment(w, who, getattr(first, name)[who]) for name in ("reference_day", "day"))
    rose, rose_spared = (_rose(one, np.stack(side), which, start, stop, who) for side in (lived, spared))
    slow, nothing = rose & rose_spared, ~rose
    lesion = rose & ~rose_spared
    wrong = {"PIRA": lesion, "RAW": slow}.get(one.event)
    n = len(who)
    false = proportion(int(wrong.sum()), n) if wrong is not None else (np.nan,) * 3
    none = proportion(int(nothing.sum()), n)
    return {
        "slow": float(proportion(int(slow.sum()), n).value),
        "lesion": float(proportion(int(lesion.sum()), n).value),
        **_named("nothing", "nothing_lo", "nothing_hi", none),
        **_named("false_attribution", "false_lo", "false_hi", false),
    }


def _rose(
    one: Definition,
    lasting: Levels,
    which: NDArray[np.int8],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    who: NDArray[np.intp],
) -> NDArray[np.bool_]:
    """Whether the lasting score of each call has risen by at least half of its threshold."""
    reference = lasting[which, start, who]
    steps = np.stack([outcomes.threshold(np.abs(reference), rule.threshold) for rule in one.rules])
    step = steps[which, np.arange(len(who))]
    return lasting[which, stop, who] - reference >= step / 2 - _ROUNDING


def _moment(w: _Watched, who: NDArray[np.intp], day: NDArray[np.int32]) -> NDArray[np.int64]:
    """The moment nearest to a day of each person."""
    return np.rint(years_of(day.astype(np.int64) - w.who.first_day[who]) * _PER_YEAR).astype(np.int64)


def _named(value: str, lo: str, hi: str, found: Any) -> dict[str, float]:
    return dict(zip((value, lo, hi), map(float, found), strict=True))
