"""Trials read and judged person by person in plain Python: slow, and sharing nothing with what it checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isinf, isnan

import numpy as np
import scipy.stats

from smoulder import trials

YEAR = 365.25
#: The longest walk that is recorded; who cannot do it counts as this (seconds).
LONGEST_WALK = 180.0

Step = Callable[[float], float]
Scored = list[tuple[int, float]]


@dataclass
class Person:
    """One person of a trial as lists in order of time; days are ages."""

    arm: str
    stratum: int
    entered: int
    ended: int
    withdrew: bool
    relapses: list[int]
    edss: Scored
    walk: Scored
    hands: Scored
    scans: list[dict[str, float]]

    @property
    def last_visit(self) -> int:
        """Day of the last visit."""
        return max([self.entered, *(day for day, _ in self.edss)])

    @property
    def attacks(self) -> list[int]:
        """Relapses, less those that begin within 30 days of the beginning of the one before."""
        kept: list[int] = []
        for day in self.relapses:
            if not kept or day - kept[-1] >= 30:
                kept.append(day)
        return kept

    def until(self, day: int) -> Person:
        """The same person if nothing after ``day`` were known."""
        def short(rows: Scored) -> Scored:
            return [row for row in rows if row[0] <= day]

        return Person(
            self.arm, self.stratum, self.entered, min(self.ended, day), self.withdrew,
            [one for one in self.relapses if one <= day], short(self.edss), short(self.walk), short(self.hands),
            [scan for scan in self.scans if scan["day"] <= day],
        )


def people_of(trial: trials.Conducted) -> list[Person]:
    """Everyone of ``trial``, from its tables in shown units."""
    names = ("visits", "tests", "relapses", "scans")
    frames = {name: getattr(trial.records, name).frame().astype("float64") for name in names}
    rows = {name: dict(iter(frame.groupby("person"))) for name, frame in frames.items()}
    found = []
    for i, who in enumerate(trial.records.people.person):
        mine = {name: parts[who].to_dict("records") if who in parts else [] for name, parts in rows.items()}
        hands = [(row["day"], (row["nhpt_dominant"] + row["nhpt_other"]) / 2) for row in mine["tests"]]
        found.append(Person(
            trial.arms[trial.arm[i]], int(trial.strata[i]), int(trial.entered[i]), int(trial.ended[i]),
            bool(trial.withdrew[i]), [row["day"] for row in mine["relapses"]],
            [(row["day"], row["edss"]) for row in mine["visits"] if not isnan(row["edss"])],
            [(row["day"], row["t25fw"]) for row in mine["tests"] if not isnan(row["t25fw"])],
            [row for row in hands if not isnan(row[1])], mine["scans"],
        ))
    return found


def one_point(reference: float) -> float:
    """Points of EDSS that count in the ocrelizumab trials."""
    return 1.0 if reference <= 5.5 else 0.5


def to_five(reference: float) -> float:
    """Points of EDSS that count with the step that changes above 5.0 and is wider from 0."""
    return 1.5 if reference == 0 else 1.0 if reference <= 5.0 else 0.5


def fifth(reference: float) -> float:
    """Seconds that count of a timed test."""
    return reference / 5 - 1e-9


def since_relapse(relapses: list[int], day: int) -> float:
    """Days since the last relapse that began on or before ``day``."""
    return min([day - one for one in relapses if one <= day], default=inf)


def worsening(
    relapses: list[int], scored: Scored, step: Step, weeks: int, unconfirmed: bool
) -> tuple[int, int, int | None] | None:
    """(day of the reference, of the worsening, of its confirmation) of the first confirmed worsening, or None.

    The reference is the first visit 30 days or more after a relapse. A visit confirms from a week before the weeks
    asked for on, if 30 days or more after a relapse; every visit up to the first such must be as much worse.
    """
    usable = [i for i, (day, _) in enumerate(scored) if since_relapse(relapses, day) >= 30]
    if not usable:
        return None
    base_day, base = scored[usable[0]]
    if isinf(base):
        return None

    def worse(i: int) -> bool:
        return scored[i][1] - base >= step(base)

    for i in range(usable[0] + 1, len(scored)):
        if not worse(i):
            continue
        late = [
            j for j in usable if j > i and scored[j][0] - scored[i][0] >= 7 * weeks - 7
        ]
        if late and all(worse(j) for j in range(i + 1, late[0] + 1)):
            return base_day, scored[i][0], scored[late[0]][0]
        if not late and unconfirmed and all(worse(j) for j in range(i + 1, len(scored))):
            return base_day, scored[i][0], None
    return None


def first_event(person: Person, scales: dict[str, Step], weeks: int, counted: bool) -> int | None:
    """Day of the first worsening on any of ``scales`` (attributes of a person)."""
    found = [worsening(person.relapses, getattr(person, name), step, weeks, counted) for name, step in scales.items()]
    return min([one[1] for one in found if one is not None], default=None)


def event_time(person: Person, scales: dict[str, Step], weeks: int, unconfirmed: str) -> tuple[float, bool]:
    """Years to the first worsening or the last visit, and whether there was one."""
    counted = unconfirmed == "always" or (unconfirmed == "withdrawn" and person.withdrew)
    day = first_event(person, scales, weeks, counted)
    return ((person.last_visit if day is None else day) - person.entered) / YEAR, day is not None


def kappos(person: Person, scales: dict[str, Step]) -> bool | None:
    """Whether the first worsening confirmed after 12 weeks is PIRA; None without worsening. Of worsenings on one day
    the first of ``scales`` speaks.
    """
    found = [worsening(person.relapses, getattr(person, name), step, 12, False) for name, step in scales.items()]
    known = [(one[1], i) for i, one in enumerate(found) if one is not None]
    if not known:
        return None
    place = min(known)[1]
    name, step = list(scales.items())[place]
    reference, day, confirmed = found[place]  # type: ignore[misc]
    if any(day - 90 <= one <= day for one in person.relapses):
        return False
    if any(reference <= one <= day + 30 for one in person.relapses):
        return False
    scored: Scored = getattr(person, name)
    base = next(score for at, score in scored if at == reference)
    for at, score in scored:
        if at <= day:
            continue
        if not score - base >= step(base):
            return False
        far = at >= confirmed and since_relapse(person.relapses, at) >= 30  # type: ignore[operator]
        if far and not any(at - 30 <= one <= at + 30 for one in person.relapses):
            return True
    return False


def stratified_log_rank(times: list[float], events: list[bool], treated: list[bool], strata: list[int]) -> float:
    """Two-sided p of the log-rank test within strata."""
    observed = expected = variance = 0.0
    for stratum in set(strata):
        rows = [(t, e, g) for t, e, g, s in zip(times, events, treated, strata, strict=True) if s == stratum]
        for moment in sorted({t for t, e, _ in rows if e}):
            n = sum(t >= moment for t, _, _ in rows)
            n1 = sum(t >= moment and g for t, _, g in rows)
            d = sum(t == moment and e for t, e, _ in rows)
            observed += sum(t == moment and e and g for t, e, g in rows)
            expected += d * n1 / n
            variance += d * (n1 / n) * (1 - n1 / n) * (n - d) / (n - 1) if n > 1 else 0.0
    return float(scipy.stats.chi2.sf((observed - expected) ** 2 / variance, 1))


def lesions(person: Person, column: str, last_week: float, slack: float) -> list[float]:
    """What scans after entry show in ``column`` up to half a visit interval beyond ``last_week``."""
    weeks = [((scan["day"] - person.entered) / 7, scan[column]) for scan in person.scans]
    return [value for week, value in weeks if 0.5 < week <= last_week + slack and not isnan(value) and value >= 0]


def at_week(person: Person, rows: Scored, week: float, slack: float, *, carried: bool) -> float:
    """The value nearest to ``week`` within ``slack`` weeks; else, if ``carried``, the last one before it that is not of
    the start; NaN where there is none.
    """
    off = [((day - person.entered) / 7 - week, value) for day, value in rows]
    near = [(abs(away), value) for away, value in off if abs(away) <= slack]
    if carried and week > 0:
        near = [(abs(away), value) for away, value in off if abs(away) <= slack and away + week > slack]
        before = [value for away, value in off if away < -slack and away + week > slack]
        if not near and before:
            return before[-1]
    return min(near, key=lambda one: one[0])[1] if near else float("nan")


def column_of(person: Person, name: str) -> Scored:
    """The scans of a person as (day, value)."""
    return [(int(scan["day"]), scan[name]) for scan in person.scans]


def walk_of(person: Person) -> Scored:
    """The timed walks of a person, the longest time for one that could not be done."""
    return [(day, LONGEST_WALK if isinf(seconds) else seconds) for day, seconds in person.walk]


def regressed(y: list[float], treated: list[bool], base: list[float]) -> tuple[float, float]:
    """Coefficient of the treated in the least squares of ``y`` on them and ``base``, and its two-sided p."""
    x = np.column_stack([np.ones(len(y)), np.asarray(treated, dtype=float), base])
    inverse = np.linalg.inv(x.T @ x)
    b = inverse @ x.T @ np.asarray(y)
    free = len(y) - 3
    error = np.sqrt(np.sum((np.asarray(y) - x @ b) ** 2) / free * inverse[1, 1])
    return float(b[1]), float(2 * scipy.stats.t.sf(abs(b[1] / error), free))


def is_active(person: Person, scales: dict[str, Step], last_week: float, slack: float) -> bool:
    """Whether up to ``last_week`` there was a worsening, a relapse, or a new or enhancing lesion."""
    last = person.entered + 7 * last_week
    day = first_event(person, scales, 12, False)
    worse = day is not None and day <= last + 7 * slack
    relapsed = any(person.entered < one <= last for one in person.relapses)
    shown = [value for name in ("new_t2", "gd") for value in lesions(person, name, last_week, slack)]
    return worse or relapsed or any(value > 0 for value in shown)
