"""Confirmed worsening with and without relapses in the records of people who were watched, beside what registers found,
and how long damage runs ahead of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder import evidence, outcomes, statistics
from smoulder.experiments.hidden.years import LOSSES, ROVING, Watched
from smoulder.outcomes import PIRA_KAPPOS_2020, PIRA_MULLER_2023, PIRA_STRICT, AttributionRule, Events, Worsenings
from smoulder.records import UNKNOWN_DAY, Records, days
from smoulder.records import years as years_of
from smoulder.statistics.batches import BATCHES, Pair, numbers

__all__ = ["BANDS", "compared", "counts", "definitions", "lead", "until", "worsening"]

#: Bands of disease years in which events are counted.
BANDS = ((0, 5), (5, 10), (10, 15), (15, 20), (20, 30), (30, 40))
#: Labels of an event.
LABELS = outcomes.LABELS[1:]

_RULES = (PIRA_MULLER_2023, PIRA_KAPPOS_2020, PIRA_STRICT)
#: What is compared: source -> (quantity -> row of evidence). Treated or mixed cohorts, role validation.
_PUBLISHED: dict[str, dict[str, str]] = {
    "NO.MS": {"PIRA share of events": "noms_pira", "RAW share of events": "noms_raw"},
    "Italian register 2024": {
        "PIRA share of events": "it24_pira_share",
        "PIRA events a year": "it24_pira_rate",
        "RAW events a year": "it24_raw_rate",
        "people with any worsening": "it24_cda",
        "PIRA never reversed": "it24_sda_pira",
        "RAW never reversed": "it24_sda_raw",
    },
    "Italian register 2022": {"people with PIRA": "it22_pira", "people with RAW": "it22_raw"},
    "Italian register, strictest of 18 rules": {"people with PIRA": "it25_pira_def_lo"},
    "Italian register, loosest of 18 rules": {"people with PIRA": "it25_pira_def_hi"},
    "MSBase, lowest of 360 rules": {"PIRA events a year": "msb25_pira_lo"},
    "MSBase, highest of 360 rules": {"PIRA events a year": "msb25_pira_hi"},
}


@dataclass(frozen=True, eq=False)
class _Found:
    """Every confirmed worsening in some records, its owner (position in people) and label."""

    records: Records
    events: Worsenings
    owner: NDArray[np.int64]
    labels: NDArray[np.str_]

    @classmethod
    def by(cls, records: Records, rule: AttributionRule = PIRA_MULLER_2023) -> _Found:
        """Search the records (``ROVING``) and label by ``rule``."""
        events = outcomes.multiple(records, ROVING)
        owner = np.searchsorted(records.people.person, events.person)
        return cls(records, events, owner, outcomes.attribute(events, records, rule))

    def counted(self, rows: NDArray[np.bool_]) -> NDArray[np.float64]:
        """How many of the marked events each person has, float64[N]."""
        return np.bincount(self.owner[rows], minlength=len(self.records)).astype(np.float64)

    def shares(self) -> tuple[int, dict[str, Pair]]:
        """Number of events, and each label's share of them as a pair."""
        events = self.counted(np.ones(len(self.owner), bool))
        return len(self.owner), {label: (self.counted(self.labels == label), events) for label in LABELS}


def watched_years(records: Records) -> NDArray[np.float64]:
    """Years under observation, float64[N]."""
    return years_of(records.people.last_day - records.people.first_day.astype(np.int64))


def counts(w: Watched, low: float, high: float) -> dict[str, NDArray[np.float64]]:
    """Confirmed worsenings of each person by label in years ``low`` to ``high`` of disease, and ``years`` watched then;
    float64[N] each.
    """
    who = w.records.people
    owner = np.searchsorted(who.person, w.every.person)
    since = years_of(w.every.day - who.first_day[owner].astype(np.int64))
    inside = (low <= since) & (since < high)
    found = {
        label: np.bincount(owner[inside & (w.labels == label)], minlength=len(w)).astype(np.float64)
        for label in LABELS
    }
    return found | {"years": np.clip(watched_years(w.records), low, high) - low}


def worsening(w: Watched, groups: dict[str, NDArray[np.bool_]]) -> pd.DataFrame:
    """Shares and yearly rates of PIRA, RAW and undefined by group and band of disease years."""
    return pd.DataFrame([_band(w, name, who, band) for name, who in groups.items() for band in BANDS])


def _band(w: Watched, name: str, who: NDArray[np.bool_], band: tuple[float, float]) -> dict[str, Any]:
    some = {label: values[who] for label, values in counts(w, *band).items()}
    time = some.pop("years")
    events = np.sum(list(some.values()), axis=0)
    pairs: dict[str, Pair] = {label: (number, events) for label, number in some.items()}
    pairs |= {f"{label}_rate": (number, time) for label, number in some.items()}
    return {"group": name, "from": band[0], "to": band[1], "events": int(events.sum()), **numbers(pairs)}


def definitions(records: Records) -> pd.DataFrame:
    """Shares of worsening by rule and by how often people are seen, over the whole of ``records`` (quarterly)."""
    visits = records.visits
    nth = np.arange(len(visits)) - visits.offsets(records.people)[visits.owners(records.people)]
    rare = replace(records, visits=visits.take(nth % 2 == 0))
    rows = []
    for months, seen in ((3, records), (6, rare)):
        for rule in _RULES:
            number, shares = _Found.by(seen, rule).shares()
            rows.append({"rule": rule.name, "months": months, "events": number, **numbers(shares)})
    return pd.DataFrame(rows)


def lead(w: Watched) -> pd.DataFrame:
    """Years from first having lost each of ``LOSSES`` of any pathway to the first confirmed worsening."""
    return pd.DataFrame([_lead(w, k) for k in range(len(LOSSES))])


def _lead(w: Watched, k: int) -> dict[str, Any]:
    start = Events(w.first.person, w.reached[k], w.first.censor_day)
    times = outcomes.between(start, w.first)
    everyone = np.arange(len(times.years))

    def quantile(part: NDArray[np.intp], share: float = 0.5) -> float:
        return float(times.take(part).survival().quantile(share).value)

    had, ones = start.seen, np.ones(len(w))
    shares: dict[str, Pair] = {
        "reached": (had, ones),
        "at_onset": (had & (w.reached[k] < w.records.people.first_day), ones),
        "worsened_first": (had & w.first.seen & (w.first.day <= w.reached[k]), had),
    }
    return {
        "loss": LOSSES[k],
        "people": int(had.sum()),
        **numbers(shares),
        "quarter": quantile(everyone, 0.25),
        "median": quantile(everyone),
        "median_error": statistics.batch_error(quantile, everyone.size) if everyone.size >= BATCHES else np.nan,
        "three_quarters": quantile(everyone, 0.75),
    }


def until(records: Records, years: float) -> Records:
    """Visits and relapses as they stood so many years after each person's onset."""
    who = records.people
    limit = who.onset_day + int(days(years))
    end = np.minimum(who.last_day, limit)
    death = np.where(who.death_day <= end, who.death_day, UNKNOWN_DAY)
    visits = records.visits.take(records.visits.day <= limit[records.visits.owners(who)])
    relapses = records.relapses.take(records.relapses.day <= limit[records.relapses.owners(who)])
    return Records(replace(who, last_day=end, death_day=death), visits, relapses, records.scans)


def compared(relapsing: Records) -> pd.DataFrame:
    """Published shares and rates beside those of untreated ``relapsing`` onset over as many years from onset."""
    rows: list[dict[str, Any]] = []
    for source, named in _PUBLISHED.items():
        published = {name: evidence.row(id_) for name, id_ in named.items()}
        (years,) = {row.followup_years for row in published.values()}
        assert years is not None  # every row named above has its years
        found = _measured(until(relapsing, years))
        rows += [
            {
                "evidence": row.id, "source": source, "quantity": name, "years": years, "published": row.value,
                "simulated": found[name], "error": found[f"{name}_error"], "role": row.role, "status": row.status,
            }
            for name, row in published.items()
        ]
    return pd.DataFrame(rows)


def _measured(records: Records) -> dict[str, float]:
    """Everything that is compared, with errors; a worsening never reversed is unbroken up to the last visit."""
    found = _Found.by(records)
    offsets = records.visits.offsets(records.people)
    last = records.visits.day[np.maximum(offsets[1:] - 1, 0)][found.owner]
    ones, time = np.ones(len(records)), watched_years(records)
    pairs: dict[str, Pair] = {"people with any worsening": (found.counted(found.labels != "") > 0, ones)}
    _, shares = found.shares()
    for label in ("PIRA", "RAW"):
        some, events = shares[label]
        held = found.counted((found.labels == label) & (found.events.held_day >= last))
        pairs |= {
            f"{label} share of events": (some, events),
            f"{label} events a year": (some, time),
            f"{label} never reversed": (held, some),
            f"people with {label}": (np.asarray(some) > 0, ones),
        }
    return numbers(pairs)
