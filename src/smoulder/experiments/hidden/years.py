"""Lives watched once a year from clinical onset: what was lost, what a scan and a blood sample showed of it, what could
be rated, and what was left in reserve.

Everybody has the same care: a visit every quarter, and at the first and then every fourth one a scan on the usual
scanner and a blood sample. Year k of disease lies between two scans and shows a sign if the later scan or sample does:

- ``t2``: a lesion new or enlarging since the scan before;
- ``enhancing``: an enhancing lesion;
- ``rims``: a lesion with a rim (needs a scan made for rims);
- ``volume``: the brain has shrunk since the scan before by more than in the person's healthy twin and 1.645 standard
  errors of the difference of two measurements, so in one of 20 healthy years by chance;
- ``blood``: neurofilament light above the 95th percentile of the healthy of that age.

The healthy twin is the same person with both explanations switched off: ageing alone. Damage is loss of fibres by any
cause but healthy ageing. It is *silent* if its year shows no sign at all; *unaccounted* if the year shows signs, but
none that stands for this cause of loss (``STANDS_FOR``): a new lesion says nothing of fibres lost far from it; else it
is *shown*. A standing rim is counted as a sign in every year, though nothing about it is new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from smoulder import clinic, outcomes
from smoulder.clinic.blood import norm
from smoulder.clinic.mri.scans import draw_scans
from smoulder.experiments.natural import CAUSES
from smoulder.life import QUANTITIES, Truth
from smoulder.outcomes import CDW_24W, PIRA_MULLER_2023, Reference, Worsenings
from smoulder.parameters import Parameters
from smoulder.records import Records, Samples, Scans, concat, days
from smoulder.records import years as years_of

__all__ = [
    "DAMAGE",
    "EVERY",
    "LOSSES",
    "PARTS",
    "PATHWAYS",
    "ROVING",
    "SIGNS",
    "STANDS_FOR",
    "YEARS",
    "Watched",
    "join",
    "watch",
]

#: Years between visits (and recorded moments); a year is a whole number of them.
EVERY = 0.25
#: Years of disease for which people are watched.
YEARS = 40
#: Causes of loss that are damage: all but healthy ageing.
DAMAGE = CAUSES[:-1]
#: Lost shares of a pathway's function from which the lead of damage over disability is told.
LOSSES = (0.1, 0.2, 0.3, 0.4)
PATHWAYS = tuple(name.removeprefix("loss_") for name in QUANTITIES if name.startswith("loss_"))
#: Each sign with the causes of damage that it stands for.
STANDS_FOR: dict[str, tuple[str, ...]] = {
    "t2": ("lost_acute",),
    "enhancing": ("lost_acute",),
    "rims": ("lost_rim",),
    "volume": DAMAGE,
    "blood": DAMAGE,
}
SIGNS = tuple(STANDS_FOR)
#: Parts of the damage, from what nobody could know of to what a sign of its own shows.
PARTS = ("silent", "unaccounted", "shown")
#: Every confirmed worsening counts once: the reference moves with each confirmed change.
ROVING = replace(
    CDW_24W,
    name="CDW, 24 weeks, roving",
    source=f"{CDW_24W.source}; the reference moves to the confirmation of each confirmed change, as registers that "
    "count events let it",
    reference=Reference(moves_on_improvement=True, moves_on_worsening=True, at_onset=False),
)
_PER_YEAR = round(1 / EVERY)
_SURE = float(ndtri(0.95))  # one-sided: one healthy year in 20 passes it


@dataclass(frozen=True, eq=False)
class Watched:
    """N people from their first visit on, once a year: moment 0 is that visit, year k of Y ends with moment k.

    records: quarterly visits and reported relapses to death. alive: bool[Y + 1, N] seen at the moment. lost:
    float32[6, Y + 1, N] share of fibres lost so far by cause (``CAUSES``), loss: float32[9, Y + 1, N] share of function
    lost for good by pathway, edss: float32[Y + 1, N] as rated; each NaN where not seen. signs: bool[5, Y, N]
    (``SIGNS``). reserve: float32[N] share of a pathway's function that can be lost slowly before a deficit shows.
    reached: int32[4, N] day (age) on which any pathway had first lost each of ``LOSSES``, -1 if not before death.
    """

    records: Records
    alive: NDArray[np.bool_]
    lost: NDArray[np.float32]
    loss: NDArray[np.float32]
    edss: NDArray[np.float32]
    signs: NDArray[np.bool_]
    reserve: NDArray[np.float32]
    reached: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.records)

    @property
    def complete(self) -> NDArray[np.bool_]:
        """Whether each year was lived to its end, bool[Y, N]; others count nowhere."""
        return self.alive[1:]

    @cached_property
    def by_year(self) -> NDArray[np.float64]:
        """Fibres lost in each complete year by cause, float64[6, Y, N], 0 in others."""
        return np.where(self.complete, np.diff(self.lost.astype(np.float64), axis=1), 0.0)

    @cached_property
    def damage(self) -> NDArray[np.float64]:
        """Damage of each complete year, float64[Y, N], 0 in others."""
        return self.by_year[: len(DAMAGE)].sum(axis=0)

    def by_cause(self, part: str) -> NDArray[np.float64]:
        """What of ``by_year`` is ``silent``, ``unaccounted`` or ``shown``, float64[6, Y, N]. No sign stands for healthy
        ageing: it is silent or unaccounted.
        """
        none = ~self.signs.any(axis=0)
        chosen = []
        for cause in CAUSES:
            standing = [s for s, sign in enumerate(SIGNS) if cause in STANDS_FOR[sign]]
            shown = self.signs[standing].any(axis=0)
            chosen.append({"silent": none, "unaccounted": ~none & ~shown, "shown": shown}[part])
        return self.by_year * np.stack(chosen)

    @cached_property
    def parts(self) -> dict[str, NDArray[np.float64]]:
        """``damage`` divided into ``PARTS``, float64[Y, N] each."""
        return {part: self.by_cause(part)[: len(DAMAGE)].sum(axis=0) for part in PARTS}

    @cached_property
    def first(self) -> Worsenings:
        """First confirmed EDSS worsening of each person against the first visit (``CDW_24W``)."""
        return outcomes.worsening(self.records, CDW_24W)

    @cached_property
    def every(self) -> Worsenings:
        """Every confirmed worsening, one row an event (``ROVING``)."""
        return outcomes.multiple(self.records, ROVING)

    @cached_property
    def labels(self) -> NDArray[np.str_]:
        """RAW, PIRA or undefined for each row of ``every`` (``PIRA_MULLER_2023``)."""
        return outcomes.attribute(self.every, self.records, PIRA_MULLER_2023)

    @cached_property
    def worsened_at(self) -> NDArray[np.float64]:
        """Years from the first visit to the first confirmed worsening, float64[N], inf if there was none."""
        since = years_of(self.first.day - self.records.people.first_day.astype(np.int64))
        return np.where(self.first.seen, since, np.inf)

    @cached_property
    def before(self) -> NDArray[np.float64]:
        """Damage of each year up to the first confirmed worsening, float64[Y, N]; within a year it is taken as even."""
        return self.damage * np.clip(self.worsened_at - np.arange(len(self.damage))[:, None], 0, 1)

    @cached_property
    def worsening_years(self) -> NDArray[np.bool_]:
        """Years in which a confirmed worsening began, bool[Y, N]."""
        found = np.zeros(self.damage.shape, dtype=bool)
        owner = np.searchsorted(self.records.people.person, self.every.person)
        year = np.floor(years_of(self.every.day - self.records.people.first_day[owner].astype(np.int64))).astype(int)
        inside = year < len(found)
        found[year[inside], owner[inside]] = True
        return found

    @cached_property
    def used(self) -> NDArray[np.float32]:
        """Share of the reserve used by pathway, float32[9, Y + 1, N], at most 1, NaN where not seen."""
        return np.minimum(self.loss / self.reserve, np.float32(1))

    @property
    def left(self) -> NDArray[np.float32]:
        """Distance of each pathway's loss to the reserve, float32[9, Y + 1, N]; below 0 what shows is not hidden."""
        return self.reserve - self.loss


def watch(truth: Truth, healthy: Truth, parameters: Parameters) -> Watched:
    """Watch the people of ``truth`` with clinical onset before death; ``healthy`` are the same people's healthy twins.

    Both must have been recorded every ``EVERY`` years for the same time.
    """
    who = np.flatnonzero(clinic.enters(truth, "onset"))
    first = np.searchsorted(truth.years, truth.onset[who])
    moment = first[:, None] + _PER_YEAR * np.arange(YEARS + 1)
    end = np.minimum(np.searchsorted(truth.years, truth.death[who]), truth.years.size)
    alive = moment < end[:, None]
    person = np.broadcast_to(who[:, None], moment.shape)
    records = clinic.follow(truth, parameters, every_years=EVERY)
    at = (np.minimum(moment, truth.years.size - 1), person)

    def seen(*names: str) -> NDArray[np.float32]:
        return np.stack([np.where(alive, truth[name][at], np.nan).T for name in names]).astype(np.float32)

    return Watched(
        records,
        np.ascontiguousarray(alive.T),
        seen(*CAUSES),
        seen(*(f"loss_{name}" for name in PATHWAYS)),
        _rated(records, alive).T,
        _signs(truth, healthy, parameters, person, moment, alive),
        truth.people.traits[3, who],
        _reached(truth, who),
    )


def join(parts: Sequence[Watched]) -> Watched:
    """Groups of people watched apart as one; ids must rise from group to group."""
    arrays = ("alive", "lost", "loss", "edss", "signs", "reserve", "reached")
    joined = {name: np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in arrays}
    return Watched(concat([part.records for part in parts]), **joined)


def _rated(records: Records, alive: NDArray[np.bool_]) -> NDArray[np.float32]:
    """EDSS at the yearly visits, float32[N, Y + 1]: every fourth of a person's quarterly ones."""
    row = records.visits.offsets(records.people)[:-1, None] + _PER_YEAR * np.arange(alive.shape[1])
    score = records.visits.edss[np.minimum(row, max(len(records.visits) - 1, 0))] / np.float32(2)
    return np.where(alive, score, np.float32(np.nan))


def _signs(
    truth: Truth,
    healthy: Truth,
    p: Parameters,
    person: NDArray[np.int64],
    moment: NDArray[np.int64],
    alive: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """What the scan and the sample at the end of each year show, bool[5, Y, N]; ``person``, ``moment`` and ``alive``
    are [N, Y + 1].
    """
    who, when = person[alive], moment[alive]
    scans: Scans = draw_scans(truth, p, who, truth.years[when].astype(np.float64))
    samples: Samples = clinic.draw_blood(truth, p, who, when)
    ageing = healthy["brain_volume"][when, who].astype(np.float64)
    size, twin = (_laid(values, alive, np.nan) for values in (scans.brain_volume, ageing))
    error = _SURE * p["scan_noise.brain"] * np.hypot(size[:, 1:], size[:, :-1])
    with np.errstate(invalid="ignore"):  # not seen any more
        shrunk = np.diff(twin, axis=1) - np.diff(size, axis=1) > error
    healthy_spread = np.hypot(p["snfl.spread"], p["snfl.noise"])
    high = samples.snfl > norm(p, years_of(samples.day)) * np.exp(_SURE * healthy_spread)
    found = {
        "t2": _laid(scans.new_t2 > 0, alive, False)[:, 1:],
        "enhancing": _laid(scans.gd > 0, alive, False)[:, 1:],
        "rims": _laid(scans.rims > 0, alive, False)[:, 1:],
        "volume": shrunk,
        "blood": _laid(high, alive, False)[:, 1:],
    }
    return np.stack([found[sign].T for sign in SIGNS]).astype(bool)


def _laid(values: NDArray[Any], alive: NDArray[np.bool_], missing: float | bool) -> NDArray[Any]:
    """Values of those seen, in order, laid out as ``alive``."""
    out = np.full(alive.shape, missing, dtype=values.dtype)
    out[alive] = values
    return out


def _reached(truth: Truth, who: NDArray[np.intp]) -> NDArray[np.int32]:
    """Day on which any pathway of each of ``who`` had first lost each of ``LOSSES``, int32[4, N]."""
    most = truth[f"loss_{PATHWAYS[0]}"][:, who]
    for name in PATHWAYS[1:]:
        most = np.maximum(most, truth[f"loss_{name}"][:, who])
    start = truth.start_age[who].astype(np.float64)
    found = []
    for share in LOSSES:
        past = most >= share
        time = np.where(past.any(axis=0), truth.years[past.argmax(axis=0)].astype(np.float64), np.inf)
        found.append(days(np.where(time < truth.death[who], start + time, np.inf)))
    return np.stack(found)
