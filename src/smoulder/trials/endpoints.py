"""What is compared at the end of a trial, as its design says it, and the comparison of one trial's records."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from smoulder import outcomes, statistics
from smoulder.clinic import INSTRUMENTS, Instrument, measures_of
from smoulder.errors import InputError, UnknownName
from smoulder.outcomes import Scale, WorseningRule, Worsenings
from smoulder.records import DAYS_PER_YEAR
from smoulder.trials.conducted import Conducted
from smoulder.trials.reading import known, record

__all__ = ["Among", "Comparison", "Component", "Measured", "compare", "comparison", "confirmed_days", "event_times"]

KINDS = {
    "time": "hazard_ratio",
    "relapses": "rate_ratio",
    "new_t2": "rate_ratio",
    "enhancing": "rate_ratio",
    "change": "difference",
    "free": "risk_ratio",
    "responders": "difference",
    "pira": "difference",
    "crossover": "difference",
}
ARM_MEASURES = {
    "time": "event_share", "relapses": "annual_rate", "new_t2": "per_person", "enhancing": "per_scan",
    "change": "mean", "free": "share", "responders": "share", "pira": "share", "crossover": "mean",
}
WEEK = 7

Unconfirmed = Literal["never", "always", "withdrawn"]


@dataclass(frozen=True)
class Component:
    """One confirmed worsening: of ``scale`` (a measure of an instrument), confirmed after ``weeks``; ``threshold``
    names a threshold of ``outcomes`` for EDSS; on other scales ``share`` of the reference (or ``points``).
    """

    scale: str = "edss"
    weeks: int = 12
    threshold: str = "EDSS_STEP_TO_5_0"
    share: float = 0.2
    points: float = float("inf")

    def rule(self, unconfirmed: Unconfirmed, instruments: tuple[Instrument, ...] = INSTRUMENTS) -> WorseningRule:
        """The rule of ``outcomes`` that this is, for people who are measured with ``instruments``."""
        instrument, measure = measures_of(instruments)[self.scale]
        rule = outcomes.CDW_12W
        confirmation = replace(rule.confirmation, days=WEEK * self.weeks, unconfirmed=unconfirmed)
        if self.scale == "edss":
            threshold: Any = getattr(outcomes, self.threshold)
        else:
            threshold = replace(outcomes.SHARE_20, share=self.share, most=self.points)
        name = f"{self.scale} worsening confirmed after {self.weeks} weeks ({threshold.name})"
        scale = Scale(instrument.name, self.scale, measure.higher_is_worse)
        return replace(rule, name=name, scale=scale, threshold=threshold, confirmation=confirmation)


@dataclass(frozen=True)
class Among:
    """A part of the people, by what was seen at entry: ``enhancing`` and ``relapsed`` (in the two years before) 1, 0,
    or -1 for either; ``active`` 1 if either of the two; ``age`` from and below.
    """

    enhancing: int = -1
    relapsed: int = -1
    active: int = -1
    age: tuple[float, float] = (0.0, 200.0)

    def select(self, trial: Conducted) -> NDArray[np.bool_]:
        """Who belongs to it, bool[N]."""
        seen, age = trial.baseline, trial.baseline["age"]
        chosen = (age >= self.age[0]) & (age < self.age[1])
        active = (seen["enhancing"] > 0) | (seen["relapsed"] > 0)
        for asked, has in (
            (self.enhancing, seen["enhancing"] > 0), (self.relapsed, seen["relapsed"] > 0), (self.active, active),
        ):
            if asked >= 0:
                chosen &= has == bool(asked)
        return chosen


@dataclass(frozen=True)
class Comparison:
    """One endpoint. ``kind`` says what is compared:

    - ``time``: time to the first confirmed worsening of any of ``components``, by log-rank and Cox, stratified;
      ``unconfirmed`` says whether a worsening that no visit was late enough to confirm counts (never, always, or in
      the withdrawn)
    - ``relapses``: relapses a year, negative binomial; ``new_t2`` lesions a person over the scans up to the last of
      ``weeks``; ``enhancing`` lesions a scan
    - ``change`` of ``column`` of ``table`` between two ``weeks``, in percent of the first with ``percent``;
      ``analysis`` is ancova, ranked (p from ranks) or log (ratio of geometric means; by arm the percent change of the
      geometric mean)
    - ``free``: share without worsening of ``components``, relapse, new or enhancing lesion up to the last of ``weeks``
    - ``pira``: of the first worsenings of ``components``, the share progressed independent of relapse activity, by the
      windows of Kappos et al 2020
    - ``responders``: share whose change of ``column`` is beyond ``beyond`` (a fall if negative)
    - ``crossover``: ``column`` at the ends of two periods (``weeks``), within persons

    ``arms`` names the treated arm and its comparator; the first two of the design unless given. ``table`` is that of an
    instrument and ``column`` one of its columns or what is worked out from them: of tests also ``nhpt`` (mean time of
    both hands), ``nhpt_speed`` (pegs a minute, mean of both hands, 0 for one that cannot) and ``nhpt_failed`` (hands
    that cannot). ``higher_is_better`` where a larger value is the better one. ``among`` restricts it; ``published`` is
    the row of evidence of the effect, ``published_arms`` those by arm.
    """

    name: str
    title: str
    kind: str
    components: tuple[Component, ...] = ()
    unconfirmed: Unconfirmed = "never"
    table: str = ""
    column: str = ""
    weeks: tuple[float, ...] = ()
    percent: bool = False
    analysis: str = "ancova"
    beyond: float = 0.0
    unit: str = ""
    higher_is_better: bool = False
    arms: tuple[str, ...] = ()
    among: Among = Among()
    published: str = ""
    published_arms: dict[str, str] = field(default_factory=dict)

    @property
    def measure(self) -> str:
        """Name of the effect."""
        if self.kind == "change" and self.analysis == "log":
            return "ratio"
        return KINDS[self.kind]

    @property
    def arm_measure(self) -> str:
        """Name of what is given by arm."""
        return ARM_MEASURES[self.kind]


@dataclass(frozen=True)
class Measured:
    """One comparison in one trial: ``effect``, its two-sided ``p``, a value by arm, and for times the Kaplan-Meier
    share with the event and the number at risk by arm on the grid of ``trial.grid``.
    """

    effect: float
    p: float
    arms: dict[str, float]
    curves: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]


def comparison(table: Any, where: str, instruments: tuple[Instrument, ...] = INSTRUMENTS) -> Comparison:
    """The comparison that a table of a design describes, of people measured with ``instruments``.

    Raises InputError, one line, with the nearest valid name.
    """
    known(table, tuple(Comparison.__dataclass_fields__), where)
    plain = {key: value for key, value in table.items() if key not in ("components", "among")}
    read: Comparison = record(Comparison, plain, where)
    components = tuple(record(Component, one, f"{where}: component") for one in table.get("components", ()))
    among = record(Among, table.get("among", {}), f"{where}: among")
    _check(read, components, where, instruments)
    return replace(read, components=components, among=among)


def _check(
    read: Comparison, components: tuple[Component, ...], where: str, instruments: tuple[Instrument, ...]
) -> None:
    if read.kind not in KINDS:
        raise InputError(f"{where}: {UnknownName('kind', read.kind, KINDS)}")
    scales = measures_of(instruments)
    for one in components:
        if one.scale not in scales:
            raise InputError(f"{where}: {UnknownName('scale', one.scale, scales)}")
        if not isinstance(getattr(outcomes, one.threshold, None), outcomes.StepThreshold):
            named = [name for name in outcomes.__all__ if isinstance(getattr(outcomes, name), outcomes.StepThreshold)]
            raise InputError(f"{where}: {UnknownName('threshold', one.threshold, named)}")
    if read.kind in ("time", "free", "pira") and not components:
        raise InputError(f"{where}: '{read.name}' is of kind '{read.kind}' and needs components.")
    if read.analysis not in ("ancova", "ranked", "log"):
        raise InputError(f"{where}: analysis is ancova, ranked or log, not '{read.analysis}'.")
    _check_column(read, where, instruments)
    needed = {"change": 2, "crossover": 2, "responders": 2, "free": 1, "new_t2": 1}.get(read.kind, 0)
    if len(read.weeks) < needed:
        raise InputError(f"{where}: '{read.name}' needs {needed} 'weeks'.")


def _check_column(read: Comparison, where: str, instruments: tuple[Instrument, ...]) -> None:
    """A table and a column that a trial records, where the comparison needs them."""
    tables = {instrument.name: instrument for instrument in instruments}
    if read.kind not in ("change", "responders", "crossover"):
        return
    if read.table not in tables:
        raise InputError(f"{where}: '{read.name}': {UnknownName('table', read.table, tables)}")
    instrument = tables[read.table]
    columns = [*instrument.columns, *(measure.name for measure in instrument.measures if measure.value)]
    if read.column not in columns:
        raise InputError(f"{where}: '{read.name}': {UnknownName('column', read.column, columns)}")


def compare(trial: Conducted, asked: Comparison) -> Measured:
    """The two arms that ``asked`` names, treated against comparator; the first against the second unless it does."""
    trial = _facing(trial, asked.arms)
    chosen = asked.among.select(trial) & (trial.arm < 2)
    by_kind = {
        "time": _time, "relapses": _relapses, "new_t2": _new_t2, "enhancing": _enhancing, "change": _change,
        "free": _free, "pira": _pira, "responders": _responders, "crossover": _crossover,
    }
    return by_kind[asked.kind](trial, asked, chosen)


def _facing(trial: Conducted, pair: tuple[str, ...]) -> Conducted:
    """The trial with the arms of ``pair`` put first, in their order."""
    if not pair:
        return trial
    names = (*pair, *(name for name in trial.arms if name not in pair))
    place = np.array([names.index(name) for name in trial.arms], dtype=np.int64)
    return replace(trial, arms=names, arm=place[trial.arm])


def event_times(trial: Conducted, asked: Comparison) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Years from randomisation to the first event, or to the last visit, and whether there was one; [N]."""
    day = _event_days(trial, asked)
    seen = day >= 0
    end = np.where(seen, day, trial.last_visit)
    return np.maximum(end - trial.entered, 0) / DAYS_PER_YEAR, seen


def confirmed_days(trial: Conducted, asked: Comparison) -> NDArray[np.int64]:
    """Day of the visit that first confirmed a worsening of any component, -1 where none did; int64[N]."""
    return _earliest([one.confirmed_day for one in _worsenings(trial, asked, "never")])


def _event_days(trial: Conducted, asked: Comparison) -> NDArray[np.int64]:
    """Day of the first worsening of any component, -1 where none; int64[N]."""
    return _earliest([one.day for one in _worsenings(trial, asked, asked.unconfirmed)])


def _worsenings(trial: Conducted, asked: Comparison, unconfirmed: Unconfirmed) -> list[Worsenings]:
    """The first worsening of each component, each with one row a person."""
    found = []
    for component in asked.components:
        withdrew = trial.withdrew if unconfirmed == "withdrawn" else None
        rule, score = component.rule(unconfirmed, trial.instruments), _worked_out(trial, component)
        found.append(outcomes.worsening(trial.records, rule, score=score, withdrew=withdrew))
    return found


def _earliest(days: list[NDArray[np.int32]]) -> NDArray[np.int64]:
    """The earliest of several days of each person, -1 standing for none; int64[N]."""
    late = np.iinfo(np.int64).max
    first = np.minimum.reduce([np.where(one < 0, late, one.astype(np.int64)) for one in days])
    return np.where(first == late, -1, first)


def _worked_out(trial: Conducted, component: Component) -> NDArray[np.float64] | None:
    """What a component scores where that is no column of its table; float64[rows of the table]."""
    instrument, measure = measures_of(trial.instruments)[component.scale]
    return None if measure.value is None else measure.value(trial.records.table(instrument.name))


def _by_arm(trial: Conducted, chosen: NDArray[np.bool_], value: NDArray[np.float64]) -> dict[str, float]:
    """Mean of ``value`` by arm among the chosen who have one."""
    known = chosen & np.isfinite(value)
    groups = ((name, known & (trial.arm == i)) for i, name in enumerate(trial.arms[:2]))
    return {name: float(value[mine].mean()) if mine.any() else np.nan for name, mine in groups}


def _group(trial: Conducted, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """1 for the treated arm (the first), 0 for the second."""
    return (trial.arm[chosen] == 0).astype(np.int64)


def _time(trial: Conducted, asked: Comparison, chosen: NDArray[np.bool_]) -> Measured:
    years, event = event_times(trial, asked)
    group, strata = _group(trial, chosen), trial.strata[chosen]
    ratio = statistics.cox(years[chosen], event[chosen], group, strata)
    p = statistics.log_rank(years[chosen], event[chosen], group, strata).p
    curves = {}
    for i, name in enumerate(trial.arms[:2]):
        mine = chosen & (trial.arm == i)
        curve = statistics.kaplan_meier(years[mine], event[mine])
        at_risk = (years[mine][None, :] >= trial.grid[:, None]).sum(axis=1).astype(np.float64)
        share = 1 - np.asarray(curve.at(trial.grid).value)
        curves[name] = (np.where(at_risk > 0, share, np.nan), at_risk)
    return Measured(float(ratio.value), float(p), _by_arm(trial, chosen, event.astype(np.float64)), curves)


def _relapses(trial: Conducted, asked: Comparison, chosen: NDArray[np.bool_]) -> Measured:
    found = outcomes.attacks(trial.records.relapses)
    owner = found.owners(trial.records.people)
    inside = (found.day > trial.entered[owner]) & (found.day <= trial.ended[owner])
    count = np.bincount(owner[inside], minlength=len(trial.arm)).astype(np.float64)
    years = np.maximum(trial.ended - trial.entered, 1) / DAYS_PER_YEAR
    return _rates(trial, chosen, count, years)


def _rates(
    trial: Conducted, chosen: NDArray[np.bool_], count: NDArray[Any], exposure: NDArray[np.float64]
) -> Measured:
    chosen = chosen & (exposure > 0)
    ratio = statistics.rate_ratio(count[chosen], exposure[chosen], _group(trial, chosen)).ratio
    arms = {}
    for i, name in enumerate(trial.arms[:2]):
        mine = chosen & (trial.arm == i)
        arms[name] = float(count[mine].sum() / exposure[mine].sum()) if mine.any() else np.nan
    return Measured(float(ratio.value), float(ratio.p), arms, {})


def _scans(trial: Conducted, last_week: float) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Owner of every scan, and whether it lies after entry and by the last week asked for (half a visit of slack)."""
    scans = trial.records.scans
    owner = scans.owners(trial.records.people)
    week = (scans.day - trial.entered[owner]) / WEEK
    return owner, (week > 0.5) & (week <= last_week + trial.slack_weeks)


def _new_t2(trial: Conducted, asked: Comparison, chosen: NDArray[np.bool_]) -> Measured:
    owner, inside = _scans(trial, asked.weeks[-1])
    new = trial.records.scans.new_t2
    inside = inside & (new >= 0)
    n = len(trial.arm)
    count = np.bincount(owner[inside], weights=new[inside], minlength=n)
    scanned = np.bincount(owner[inside], minlength=n) > 0
    return _rates(trial, chosen & scanned, count, np.ones(n))


def _enhancing(trial: Conducted, asked: Comparison, chosen: NDArray[np.bool_]) -> Measured:
    owner, inside = _scans(trial, asked.weeks[-1] if asked.weeks else np.inf)
    gd = trial.records.scans.gd
    inside = inside & (gd >= 0)
    n = len(trial.arm)
    count = np.bincount(owner[inside], weights=gd[inside], minlength=n)
    return _rates(trial, chosen, count, np.bincount(owner[inside], minlength=n).astype(np.float64))


def _at_week(trial: Conducted, asked: Comparison, week: float, *, carried: bool) -> NDArray[np.float64]:
    """The value nearest to ``week``, within half a visit interval; with ``carried`` the last one before, failing that;
    float64[N], NaN where there is none. Tests that could not be completed count as the longest time allowed.
    """
    table = trial.records.table(asked.table)
    value = _instrument(trial, asked).values(table, asked.column, complete=True)
    owner = table.owners(trial.records.people)
    off = (table.day - trial.entered[owner]) / WEEK - week
    usable = np.isfinite(value) & (off <= trial.slack_weeks)
    usable &= (off >= -trial.slack_weeks) | carried
    if carried and week > 0:
        usable &= (table.day - trial.entered[owner]) / WEEK > trial.slack_weeks
    out = np.full(len(trial.arm), np.nan)
    best = np.full(len(trial.arm), np.inf)
    for row in np.flatnonzero(usable):
        if abs(off[row]) < best[owner[row]]:
            best[owner[row]], out[owner[row]] = abs(off[row]), value[row]
    return out


def _instrument(trial: Conducted, endpoint: Comparison) -> Instrument:
    """The instrument whose table an endpoint compares."""
    return next(instrument for instrument in trial.instruments if instrument.name == endpoint.table)


def _mean_known(values: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Mean of those of each person that are known; NaN where none is."""
    known = np.isfinite(values)
    number = known.sum(axis=0)
    return np.where(number > 0, np.where(known, values, 0).sum(axis=0) / np.maximum(number, 1), np.nan)


def _change(trial: Conducted, asked: Comparison, chosen: NDArray[np.bool_]) -> Measured:
    base = _at_week(trial, asked, asked.weeks[0], carried=False)
    carried = _instrument(trial, asked).carried
    later = _mean_known([_at_week(trial, asked, week, carried=carried) for week in asked.weeks[1:]])
    change = 100 * (later - base) / np.where(base == 0, np.nan, base) if asked.percent else later - base
    known = chosen & np.isfinite(change) & np.isfinite(base)
    group = _group(trial, known)
    if asked.analysis == "log":
        known &= (base > 0) & (later > 0)
        ratio = statistics.geometric_ratio(later[known], _group(trial, known), baseline=base[known])
        growth = np.log(np.where(known, later, 1) / np.where(known, base, 1))
        arms = {name: 100 * float(np.expm1(mean)) for name, mean in _by_arm(trial, known, growth).items()}
        return Measured(float(ratio.value), float(ratio.p), arms, {})
    plain = statistics.difference(change[known], group, baseline=base[known])
    ranked = asked.analysis == "ranked"
    p = statistics.ranked_ancova(change[known], group, baseline=base[known]).p if ranked else plain.p
    return Measured(float(plain.value), float(p), _by_arm(trial, known, change), {})


def _free(trial: Conducted, asked: Comparison, chosen: NDArray[np.bool_]) -> Measured:
    last = trial.entered + WEEK * asked.weeks[-1]
    slack = WEEK * trial.slack_weeks
    worse = _event_days(trial, asked)
    shown = (worse >= 0) & (worse <= last + slack)
    n = len(trial.arm)
    found = trial.records.relapses
    owner = found.owners(trial.records.people)
    shown |= np.bincount(owner[(found.day > trial.entered[owner]) & (found.day <= last[owner])], minlength=n) > 0
    owner, inside = _scans(trial, asked.weeks[-1])
    scans = trial.records.scans
    shown |= np.bincount(owner[inside & ((scans.new_t2 > 0) | (scans.gd > 0))], minlength=n) > 0
    known = chosen & (shown | (trial.ended >= last - slack))
    free = (~shown).astype(np.float64)
    ratio = statistics.risk_ratio(free[known] > 0, _group(trial, known))
    return Measured(float(ratio.value), float(ratio.p), _by_arm(trial, known, free), {})


def _pira(trial: Conducted, asked: Comparison, chosen: NDArray[np.bool_]) -> Measured:
    late = np.iinfo(np.int32).max
    days, labels = [], []
    for component in asked.components:
        score = _worked_out(trial, component)
        events = outcomes.worsening(trial.records, component.rule("never", trial.instruments), score=score)
        days.append(np.where(events.seen, events.day, late))
        labels.append(outcomes.attribute(events, trial.records, outcomes.PIRA_KAPPOS_2020, score=score))
    first = np.argmin(days, axis=0)
    rows = np.arange(first.size)
    worsened = np.min(days, axis=0) < late
    pira = np.where(worsened, np.array(labels)[first, rows] == "PIRA", np.nan)
    known = chosen & worsened
    result = statistics.risk_difference(pira[known] > 0, _group(trial, known))
    return Measured(float(result.value), float(result.p), _by_arm(trial, known, pira), {})


def _responders(trial: Conducted, asked: Comparison, chosen: NDArray[np.bool_]) -> Measured:
    first, last = (_at_week(trial, asked, week, carried=False) for week in asked.weeks[:2])
    change = last - first
    beyond = change < asked.beyond if asked.beyond < 0 else change > asked.beyond
    responds = np.where(np.isfinite(change), beyond, np.nan)
    known = chosen & np.isfinite(responds)
    result = statistics.risk_difference(responds[known] > 0, _group(trial, known))
    return Measured(float(result.value), float(result.p), _by_arm(trial, known, responds), {})


def _crossover(trial: Conducted, asked: Comparison, chosen: NDArray[np.bool_]) -> Measured:
    """Treated first in the first arm, second in the other: the value at the end of each period, within persons."""
    values = np.stack([_at_week(trial, asked, week, carried=False) for week in asked.weeks[:2]], axis=1)
    known = chosen & np.isfinite(values).all(axis=1)
    result = statistics.crossover(values[known], _group(trial, known))
    treated = np.where(trial.arm == 0, values[:, 0], values[:, 1])
    other = np.where(trial.arm == 0, values[:, 1], values[:, 0])
    return Measured(
        float(result.effect.value), float(result.effect.p),
        {"treated": float(treated[known].mean()), "control": float(other[known].mean())}, {},
    )
