"""Quantities that need a special protocol: monthly scans, examinations round an attack, two raters at one visit.

Each protocol runs once on its own people and answers several targets; people are those a study of its kind would have
taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder import clinic, life, outcomes, people, statistics
from smoulder.life import Truth
from smoulder.parameters import Parameters
from smoulder.records import Records
from smoulder.targets.quantities.quantity import ATTACKS, SCANS, Quantity

__all__ = ["QUANTITIES", "Protocols", "run_protocols"]

_STEP = 1 / life.STEPS_PER_YEAR
_SCREENS, _LEAST_SCREENED = 3, 3
_TRIAL_YEARS, _TRIAL_EDSS = 10.0, 5.0


@dataclass(frozen=True)
class Protocols:
    """Answers of the special protocols: name -> (value, Monte Carlo error)."""

    answers: dict[str, tuple[float, float]]

    def frame(self) -> pd.DataFrame:
        """One row a quantity: ``quantity``, ``simulated`` and ``monte_carlo_error`` in base units."""
        rows = [(name, *answer) for name, answer in self.answers.items()]
        return pd.DataFrame(rows, columns=["quantity", "simulated", "monte_carlo_error"])

    def __getitem__(self, name: str) -> tuple[float, float]:
        return self.answers[name]


def run_protocols(
    parameters: Parameters,
    *,
    n: int = 2000,
    seed: int = 0,
    threads: int = 1,
    quantities: Sequence[Quantity] | None = None,
) -> Protocols:
    """Every protocol of some ``quantities`` (all of this file unless given), each once, on ``n`` people drawn apart
    from every cohort (ids from 2**31), with Monte Carlo errors.
    """
    group = people.draw(n, seed=seed, first_id=2**31, parameters=parameters)
    truth = life.run(group, years=24, every=_STEP, parameters=parameters, threads=threads)
    declared = QUANTITIES if quantities is None else quantities
    protocols = dict.fromkeys(quantity.protocol for quantity in declared if quantity.protocol is not None)
    answers: dict[str, tuple[float, float]] = {}
    for protocol in protocols:
        answers |= protocol(truth, parameters)
    return Protocols(answers)


def _batched(values: Sequence[NDArray[Any]], statistic: Callable[..., Any]) -> tuple[float, float]:
    """A statistic of per-person arrays and its error over 20 batches of people."""
    size = len(values[0])
    if size == 0:
        return np.nan, np.nan
    parts = np.array_split(np.arange(size), min(20, size))
    with np.errstate(invalid="ignore", divide="ignore"):
        each = np.array([statistic(*(v[part] for v in values)) for part in parts])
        each = each[np.isfinite(each)]
        error = float(np.std(each, ddof=1) / np.sqrt(each.size)) if each.size > 1 else np.nan
        return float(statistic(*values)), error


def serial_scan_people(truth: Truth, records: Records) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Who a serial scanning study of active relapsing MS took: onset 1 to 12 years ago, an attack half a year ago.

    Returns positions in ``truth`` and, as a second array, the moment of entry in years since the biological start.
    """
    relapses = outcomes.attacks(records.relapses)
    owner = relapses.owners(records.people)
    where = np.searchsorted(truth.id, records.people.person)
    start_day = truth.start_age[where] * 365.25
    times = relapses.day / 365.25 - start_day[owner] / 365.25
    entry = np.full(len(records), np.nan)
    since = times - truth.onset[where][owner]
    wait = 0.5  # years between the attack that leads to referral and the first scan
    able = (since + wait >= 1) & (since + wait <= 12) & (times + wait + 1.1 < truth.years[-1])
    for who, time in zip(owner[able], times[able], strict=True):
        if np.isnan(entry[who]):
            entry[who] = time + wait
    chosen = np.isfinite(entry) & (truth.death[where] > entry + 1.1)
    return where[chosen], entry[chosen]


def _monthly(truth: Truth, parameters: Parameters) -> dict[str, tuple[float, float]]:
    """New lesions over a year of serial scans; monthly enhancement in those who were active on three screening scans.

    The people of the monthly study were far more active on one scan (65 percent) than trial entrants (40 percent), so
    some rule chose them, which the source does not print. Here: at least one enhancing lesion a scan on average over
    three monthly screening scans.
    """
    records = clinic.follow(truth, parameters, every_years=0.5)
    who, entry = serial_scan_people(truth, records)
    seen = clinic.visible(truth, parameters, truth.seed)
    lesions = truth.lesions
    assert lesions is not None
    position = np.full(len(truth.id), -1)
    position[who] = np.arange(who.size)
    of = position[lesions.person]
    use = seen & (of >= 0)
    of, born, lasts = of[use], lesions.time[use] - entry[of[use]], lesions.enhances[use]
    scans = np.arange(-_SCREENS, 6) / 12
    enhancing = np.zeros((who.size, scans.size))
    for k, at in enumerate(scans):
        np.add.at(enhancing[:, k], of[(born <= at) & (born + lasts > at)], 1)
    new = np.bincount(of[(born > 0) & (born <= 1)], minlength=who.size).astype(float)
    screened = enhancing[enhancing[:, :_SCREENS].sum(axis=1) >= _LEAST_SCREENED, _SCREENS:]
    active = screened > 0
    quiet = np.asarray(~active[:, :3].any(axis=1))
    several = enhancing[:, _SCREENS:] > 0
    of_those = {
        "inactive_then_active": (active[:, 1:].any(axis=1) & ~active[:, 0], ~active[:, 0]),
        "reactivated": (quiet & active[:, 3:].any(axis=1), quiet),
    }
    return {
        "first_scan_inactive": _batched([~active[:, 0]], np.mean),
        "three_inactive": _batched([quiet], np.mean),
        **{name: _batched(pair, lambda some, all_: some.sum() / all_.sum()) for name, pair in of_those.items()},
        "enhancing_mean": _batched([screened.mean(axis=1)], np.mean),
        "unscreened_inactive": _batched([~several[:, 0]], np.mean),
        "new_lesions_year": _batched([new], np.mean),
        "no_new_lesion_year": _batched([new == 0], np.mean),
    }


def _round_attacks(truth: Truth, parameters: Parameters) -> dict[str, tuple[float, float]]:
    """EDSS a month before, two weeks into and 64 days after reported attacks in people as trials of relapsing MS took
    them: onset up to ten years ago, EDSS up to 5.0 before the attack.
    """
    enters = clinic.enters(truth, "onset")
    relapses = clinic.reported(truth, parameters, enters)
    person = np.searchsorted(truth.id, relapses.person)
    time = relapses.day / 365.25 - truth.start_age[person]
    moment = np.floor(time / _STEP).astype(int)
    since = time - truth.onset[person]
    later = (since > 0.5) & (since <= _TRIAL_YEARS) & (moment >= 3) & (moment + 6 < truth.years.size)
    person, moment = person[later], moment[later]
    before, during, after = (
        clinic.examine(truth, parameters, person, moment + shift).edss.astype(float) / 2 for shift in (-2, 1, 4)
    )
    fits = (before >= 0) & (before <= _TRIAL_EDSS) & (during >= 0) & (after >= 0)
    rise, rest = (during - before)[fits], (after - before)[fits]
    return {
        "attack_rise": _batched([rise], np.mean),
        "attack_rise_1": _batched([rise >= 1], np.mean),
        "residual": _batched([rest], np.mean),
        "residual_half": _batched([rest >= 0.5], np.mean),
        "residual_one": _batched([rest >= 1], np.mean),
    }


def _two_raters(truth: Truth, parameters: Parameters) -> dict[str, tuple[float, float]]:
    """Agreement of two raters on visits two years apart, EDSS 1 to 7 (people who can come to a trial or clinic)."""
    first, second = clinic.second_rater(truth, parameters, every_years=2.0)
    able = (first.edss >= 2) & (first.edss <= 14)
    low = able & (first.edss <= 7)
    answers = {}
    for name, mask in (("agree", able), ("agree_low", low), ("agree_high", able & ~low)):
        gap = np.abs(first.edss[mask].astype(int) - second.edss[mask])
        answers[f"{name}_exact"] = _batched([gap == 0], np.mean)
        answers[f"{name}_step"] = _batched([gap <= 1], np.mean)
    both = statistics.agreement(first.edss[able], second.edss[able])
    answers["agree_kappa"] = (float(both.kappa), 0.0)
    return answers


#: Quantities of the special protocols.
QUANTITIES = (
    Quantity("first_scan_inactive", SCANS, "First monthly scan inactive", protocol=_monthly),
    Quantity("inactive_then_active", SCANS, "Inactive first scan, active later", protocol=_monthly),
    Quantity("three_inactive", SCANS, "Three monthly scans inactive", protocol=_monthly),
    Quantity("reactivated", SCANS, "Active again after three quiet months", protocol=_monthly),
    Quantity("enhancing_mean", SCANS, protocol=_monthly),
    Quantity("unscreened_inactive", SCANS, protocol=_monthly),
    Quantity("new_lesions_year", SCANS, "New lesions in a year", protocol=_monthly),
    Quantity("no_new_lesion_year", SCANS, "No new lesion in a year", protocol=_monthly),
    Quantity("attack_rise", ATTACKS, "EDSS rise in an attack", protocol=_round_attacks),
    Quantity("attack_rise_1", ATTACKS, "EDSS rise of 1 or more in an attack", protocol=_round_attacks),
    Quantity("residual", ATTACKS, "EDSS left two months after an attack", protocol=_round_attacks),
    Quantity("residual_half", ATTACKS, "Half a point or more left after it", protocol=_round_attacks),
    Quantity("residual_one", ATTACKS, "One point or more left after it", protocol=_round_attacks),
    Quantity("agree_exact", ATTACKS, "Two raters agree", protocol=_two_raters),
    Quantity("agree_step", ATTACKS, "Two raters within a step", protocol=_two_raters),
    Quantity("agree_low_exact", ATTACKS, "Two raters agree, EDSS up to 3.5", protocol=_two_raters),
    Quantity("agree_low_step", ATTACKS, protocol=_two_raters),
    Quantity("agree_high_exact", ATTACKS, protocol=_two_raters),
    Quantity("agree_high_step", ATTACKS, protocol=_two_raters),
    Quantity("agree_kappa", ATTACKS, protocol=_two_raters),
)
