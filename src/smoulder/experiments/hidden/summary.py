"""Hidden and visible: how much of the damage MRI and blood show, how much shows as disability, and what worsens without
a relapse; with both explanations at work, with each switched off, and by chance alone.

The rules of a year, its signs and its damage stand in :mod:`smoulder.experiments.hidden.years`. Everybody is untreated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from smoulder import life, outcomes, people
from smoulder.errors import InputError
from smoulder.experiments.hidden.worsening import compared, counts, definitions, lead, worsening
from smoulder.experiments.hidden.years import DAMAGE, EVERY, PARTS, PATHWAYS, SIGNS, YEARS, Watched, join, watch
from smoulder.experiments.natural import CAUSES, LEAST_PEOPLE
from smoulder.experiments.switches import ARMS, FULL, NEITHER
from smoulder.parameters import Parameters, load
from smoulder.statistics.batches import BATCHES, Pair, columns, numbers

__all__ = ["CHANCE", "SHOWN", "Hidden", "hidden_damage"]

#: Years of disease at which the arms are compared.
SHOWN = (10, 20)
#: Name of the arm of the healthy twins: what signs show by chance.
CHANCE = NEITHER

_LIVED = 75  # years of life, as in every natural history
_SHARD = 2048
_LIVES = 4


@dataclass(frozen=True, eq=False)
class Hidden:
    """What was hidden and what was visible in ``people`` drawn lives. Columns ``x_error`` are Monte Carlo errors of
    ``x`` by 20 batches of people; shares, and fibres as shares of those at the start, are of 1.

    watched: arm -> lives year by year, of the same people with the same luck from the day of their clinical onset with
    both explanations at work; the arm ``CHANCE`` is the healthy twins. chosen: positions in the first arm of the first
    people of relapsing (three) and progressive (one) onset, by id.

    years: of the first arm, one row a year of disease: people alive at its end; damage and each cause, the mean loss
    in it; silent, unaccounted, shown, the shares of its damage; t2 and so on, the share of its damage in years with
    that sign; years_t2 and so on, the share of people whose year shows it; any, of those with any sign; lesions, the
    share of its damage in years with a new, enlarging or enhancing lesion, and lesions_account, the part of that which
    is acute loss; before, the share of damage in people not yet worsened; quiet, the share in years in which no
    confirmed worsening began. stock: one row a moment 0 to 40, means of those alive: the damage so far as onset (before
    the first visit), silent, unaccounted, shown; ageing; edss. reserve: year, pathway, used (mean share of the
    reserve), left (mean distance of the loss to it), beyond (share of people past it); pathway ``any`` is the most
    damaged one of each person. worsening: group, band of years, events, and the share and yearly rate of PIRA, RAW and
    undefined. definitions: the same shares in relapsing onset by rule and months between visits. lead: from first
    having lost a share of any pathway to the first confirmed worsening: Kaplan-Meier median and quartiles in years, and
    in how many worsening came first. arms: by arm and year, all as in ``years`` but of the whole time up to it, edss
    and lost of those alive, worsened the share of people. causes: by arm, the share of all loss over ``SHOWN[-1]``
    years by cause and how much of each was silent, unaccounted or shown. compared: published rows beside simulated.
    """

    people: int
    seed: int
    watched: dict[str, Watched]
    chosen: tuple[int, ...]
    years: pd.DataFrame
    stock: pd.DataFrame
    reserve: pd.DataFrame
    worsening: pd.DataFrame
    definitions: pd.DataFrame
    lead: pd.DataFrame
    arms: pd.DataFrame
    causes: pd.DataFrame
    compared: pd.DataFrame

    def frame(self) -> pd.DataFrame:
        """One row a year of disease of the first arm: ``years`` with the columns described above."""
        return self.years.copy()


def hidden_damage(n: int = 2000, seed: int = 0, parameters: Parameters | None = None, threads: int = 1) -> Hidden:
    """Draw ``n`` people, let them live untreated in four arms, and see what shows of the damage and what does not.

    Raises InputError for fewer people than ``LEAST_PEOPLE``, for threads below 1, and if fewer than 20 of the people
    ever have clinical onset.
    """
    if n < LEAST_PEOPLE:
        raise InputError(f"Hidden damage is told from at least {LEAST_PEOPLE} people; it was asked for {n}.")
    watched = _watched(n, seed, parameters or load(), threads)
    full = watched[FULL]
    if len(full) < BATCHES:
        raise InputError(f"Only {len(full)} of {n} people ever have clinical onset; at least {BATCHES} are needed.")
    course = outcomes.course(full.records)
    relapsing, progressive = (np.flatnonzero(who) for who in (course.relapsing, course.progressive))
    groups = {"all": np.ones(len(full), bool), "relapsing onset": course.relapsing}
    among = full.records.select(course.relapsing)
    return Hidden(
        people=n,
        seed=seed,
        watched=watched,
        chosen=(*map(int, relapsing[: _LIVES - 1]), *map(int, progressive[:1])),
        years=_years(full),
        stock=_stock(full),
        reserve=_reserve(full),
        worsening=worsening(full, groups),
        definitions=definitions(among),
        lead=lead(full),
        arms=pd.DataFrame([_arm(name, one, year) for name, one in watched.items() for year in SHOWN]),
        causes=pd.concat([_causes(name, one) for name, one in watched.items()], ignore_index=True),
        compared=compared(among),
    )


def _watched(n: int, seed: int, p: Parameters, threads: int) -> dict[str, Watched]:
    """Every arm, watched from the day of clinical onset in the first."""
    parts: dict[str, list[Watched]] = {arm: [] for arm in ARMS}
    for first in range(0, n, _SHARD):
        group = people.draw(min(_SHARD, n - first), seed=seed, first_id=first, parameters=p)
        lived = {
            arm: life.run(group, years=_LIVED, every=EVERY, parameters=p.replace(values), threads=threads)
            for arm, values in ARMS.items()
        }
        full = lived[FULL]
        for arm, truth in lived.items():
            attack = truth.onset_attack & (truth.onset == full.onset)
            clocked = replace(truth, onset=full.onset, onset_attack=attack)
            parts[arm].append(watch(clocked, lived[NEITHER], p))
    return {arm: join(some) for arm, some in parts.items()}


def _damage_pairs(w: Watched, span: slice) -> dict[str, Pair]:
    """Shares of the damage of the years of ``span``, and of those years, float64[years, N] below each."""
    damage, there, signs = w.damage[span], w.complete[span], w.signs[:, span]
    lesions = signs[SIGNS.index("t2")] | signs[SIGNS.index("enhancing")]
    acute = w.by_year[CAUSES.index("lost_acute"), span]
    pairs: dict[str, Pair] = {part: (w.parts[part][span], damage) for part in PARTS}
    for i, sign in enumerate(SIGNS):
        pairs[sign] = (damage * signs[i], damage)
        pairs[f"years_{sign}"] = (there & signs[i], there)
    return pairs | {
        "any": (there & signs.any(axis=0), there),
        "lesions": (damage * lesions, damage),
        "lesions_account": (acute * lesions, damage),
        "before": (w.before[span], damage),
        "quiet": (damage * ~w.worsening_years[span], damage),
    }


def _years(w: Watched) -> pd.DataFrame:
    loss: dict[str, Pair] = {"damage": (w.damage, w.complete)}
    loss |= {cause: (w.by_year[i], w.complete) for i, cause in enumerate(CAUSES)}
    first = {"year": np.arange(1, YEARS + 1), "people": w.complete.sum(axis=1)}
    return pd.DataFrame(first | columns(loss | _damage_pairs(w, slice(None))))


def _stock(w: Watched) -> pd.DataFrame:
    """Means of those alive at each moment; a part is summed over the years so far."""
    start = np.broadcast_to(w.lost[: len(DAMAGE), 0].sum(axis=0), w.alive.shape)
    pairs: dict[str, Pair] = {"onset": (np.where(w.alive, start, 0), w.alive)}
    for part in PARTS:
        so_far = np.vstack([np.zeros((1, len(w))), np.cumsum(w.parts[part], axis=0)])
        pairs[part] = (np.where(w.alive, so_far, 0), w.alive)
    pairs |= {"ageing": (w.lost[-1], w.alive), "edss": (w.edss, w.alive)}
    first = {"year": np.arange(YEARS + 1), "people": w.alive.sum(axis=1)}
    return pd.DataFrame(first | columns(pairs))


def _reserve(w: Watched) -> pd.DataFrame:
    worst = np.where(w.alive, w.loss.max(axis=0), np.float32(np.nan))
    tables = []
    for name, loss in (*zip(PATHWAYS, w.loss, strict=True), ("any", worst)):
        pairs: dict[str, Pair] = {
            "used": (np.minimum(loss / w.reserve, 1), w.alive),
            "left": (w.reserve - loss, w.alive),
            "beyond": (loss > w.reserve, w.alive),
        }
        tables.append(pd.DataFrame({"year": np.arange(YEARS + 1), "pathway": name} | columns(pairs)))
    return pd.concat(tables, ignore_index=True)


def _arm(name: str, w: Watched, year: int) -> dict[str, Any]:
    """One arm over the first ``year`` years of disease."""
    some = counts(w, 0, year)
    time = some.pop("years")
    events = np.sum(list(some.values()), axis=0)
    alive = w.alive[year]
    pairs: dict[str, Pair] = {
        "lost": (np.where(alive, w.lost[: len(DAMAGE), year].sum(axis=0), 0), alive),
        "edss": (w.edss[year], alive),
        "worsened": (w.worsened_at <= year, np.ones(len(w))),
    }
    for label, number in some.items():
        pairs |= {label: (number, events), f"{label}_rate": (number, time)}
    for what, (top, bottom) in _damage_pairs(w, slice(0, year)).items():
        pairs[what] = (np.sum(top, axis=0), np.sum(bottom, axis=0))
    first = {"arm": name, "year": year, "people": int(alive.sum()), "events": int(events.sum())}
    return first | numbers(pairs)


def _causes(name: str, w: Watched) -> pd.DataFrame:
    """Each cause's share of all loss over the years, and what part of it was silent, unaccounted and shown."""
    span = slice(0, SHOWN[-1])
    by_cause = w.by_year[:, span].sum(axis=1)
    everything = np.broadcast_to(by_cause.sum(axis=0), by_cause.shape)
    parts = {part: w.by_cause(part)[:, span].sum(axis=1) for part in PARTS}
    pairs: dict[str, Pair] = {"share": (by_cause, everything)}
    pairs |= {part: (values, by_cause) for part, values in parts.items()}
    return pd.DataFrame({"arm": name, "year": SHOWN[-1], "cause": CAUSES} | columns(pairs))
