"""The untreated cohort beside what has been published of natural history: one run, every table a report needs of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr

from smoulder import outcomes, statistics
from smoulder.cohorts.followed import DURATIONS, Cohort, follow
from smoulder.errors import InputError
from smoulder.parameters import Parameters, load
from smoulder.records import UNKNOWN_DAY
from smoulder.records import years as years_of
from smoulder.statistics import Estimate, Survival
from smoulder.targets.quantities.protocols import Protocols, run_protocols
from smoulder.targets.scoring import Score, frame, headline, score
from smoulder.targets.table import Target
from smoulder.targets.table import load as load_targets

__all__ = ["CAUSES", "LEAST_PEOPLE", "LEVELS", "Early", "NaturalHistory", "natural_history", "scored"]

#: Fewest people of whom a natural history can be told: the Monte Carlo errors come from 20 batches of them.
LEAST_PEOPLE = 100
#: People of the special protocols (monthly scans, examinations round attacks, two raters), at most.
PROTOCOL_PEOPLE = 2_000
#: EDSS levels of milestones: limited walking, one stick, wheelchair.
LEVELS = (4, 6, 7)
#: Causes of fibre loss as they are counted in the truth, acute loss inside the fresh lesion first.
CAUSES = ("lost_acute", "lost_rim", "lost_bare", "lost_diffuse", "lost_cortex", "lost_ageing")

_AGE_BANDS = (10, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75)
_YEAR_BANDS = tuple(range(0, 41, 2))
_EARLY_YEARS, _LATER_YEAR = 5, 15
_FEWEST = 20  # people at a year of disease below whom no mean is shown


@dataclass(frozen=True)
class Early:
    """How strongly attacks of the first years go with EDSS later on: Pearson's ``r`` and its Monte Carlo error,
    Spearman's ``rank``, among ``people`` of relapsing onset seen at the later year. Attacks in ``first`` years, without
    that at onset; EDSS at ``later``.
    """

    first: int
    later: int
    people: int
    r: float
    error: float
    rank: float


@dataclass(frozen=True, eq=False)
class NaturalHistory:
    """An untreated cohort and what was read off it.

    people: number drawn. counts: how many of what. edss: distribution of rated EDSS by completed year of disease,
    survivors (years, people, mean_edss, error, p_ge_3, p_ge_3_lo, p_ge_3_hi and so on). relapses_by_age,
    relapses_by_year: see ``outcomes.annualised_rate``, relapsing onset. courses: shares with their 95% intervals.
    milestones: (clock, course, level) -> Kaplan-Meier curve of the irreversible milestone, clock ``onset`` or
    ``birth``, course ``relapsing``, ``progressive`` or ``all``. spms: clock -> curve of conversion, relapsing onset.
    survival: clock -> curve of death. volumes and lost: means by year of disease with Monte Carlo errors (columns
    ``name`` and ``name_error``). lesions: monthly lesion dynamics and lesions per relapse (name, value, error).
    """

    people: int
    seed: int
    parameters: Parameters
    cohort: Cohort
    protocols: Protocols
    scores: tuple[Score, ...]
    headline: dict[str, float]
    counts: dict[str, int]
    edss: pd.DataFrame
    relapses_by_age: pd.DataFrame
    relapses_by_year: pd.DataFrame
    courses: dict[str, Estimate]
    milestones: dict[tuple[str, str, int], Survival]
    spms: dict[str, Survival]
    survival: dict[str, Survival]
    volumes: pd.DataFrame
    lost: pd.DataFrame
    lesions: dict[str, tuple[float, float]]
    early: Early

    def frame(self) -> pd.DataFrame:
        """One row a target: ``scores`` with the columns of ``smoulder.targets.frame``."""
        return frame(self.scores)


def natural_history(
    n: int = 20_000,
    *,
    seed: int = 0,
    threads: int = 2,
    parameters: Parameters | None = None,
    progress: Callable[[int], None] | None = None,
) -> NaturalHistory:
    """Draw ``n`` people, leave them untreated, follow those with clinical onset to death, and compare with every
    target.

    ``progress`` is called with the number of lives just lived; they add up to ``n``. Raises InputError for fewer people
    than ``LEAST_PEOPLE`` and for threads below 1.
    """
    if n < LEAST_PEOPLE:
        raise InputError(f"A natural history of {n} people has no use: at least {LEAST_PEOPLE} are needed.")
    p = parameters or load()
    cohort = follow(n, parameters=p, seed=seed, threads=threads, progress=progress)
    protocols = run_protocols(p, n=min(n, PROTOCOL_PEOPLE), seed=seed, threads=threads)
    scores = scored(cohort, protocols)
    relapsing = cohort.records.select(cohort.course.relapsing)
    return NaturalHistory(
        people=n,
        seed=seed,
        parameters=p,
        cohort=cohort,
        protocols=protocols,
        scores=scores,
        headline=headline(scores),
        counts=_counts(cohort),
        edss=_edss(cohort),
        relapses_by_age=outcomes.annualised_rate(relapsing, age_bands=_AGE_BANDS),
        relapses_by_year=outcomes.annualised_rate(relapsing, since_onset=_YEAR_BANDS),
        courses=_courses(cohort),
        milestones=_milestones(cohort),
        spms=_clocks(cohort, cohort.course.spms, cohort.course.relapsing),
        survival=_clocks(cohort, deaths(cohort), np.ones(len(cohort), bool)),
        volumes=by_year(cohort, ("brain_volume", "cord_volume", "survival_pyramidal_leg", "bare", "rims")),
        lost=by_year(cohort, (*CAUSES, "lost")),
        lesions=_lesions(cohort, protocols, scores),
        early=early_relapses(cohort),
    )


def scored(cohort: Cohort, protocols: Protocols, targets: Sequence[Target] | None = None) -> tuple[Score, ...]:
    """Every target scored; a quantity of which the cohort has no people is NaN, and so a miss, without a warning."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        return tuple(score(cohort, protocols, load_targets() if targets is None else targets))


def deaths(cohort: Cohort) -> outcomes.Events:
    """Day of death of each person, censored on the last day under observation."""
    people = cohort.records.people
    return outcomes.Events(people.person, people.death_day, people.last_day)


def by_year(cohort: Cohort, names: Sequence[str]) -> pd.DataFrame:
    """Mean of traced quantities by year of disease among those alive and followed: year, people, and ``name``,
    ``name_error``.
    """
    rows = []
    for year in DURATIONS:
        row: dict[str, Any] = {"year": int(year)}
        for name in names:
            values = cohort.traces[name][year].astype(np.float64)
            values = values[np.isfinite(values)]
            row["people"] = values.size
            enough = values.size >= _FEWEST
            row[name] = float(values.mean()) if enough else np.nan
            row[f"{name}_error"] = float(values.std(ddof=1) / np.sqrt(values.size)) if enough else np.nan
        rows.append(row)
    return pd.DataFrame(rows)


def early_relapses(cohort: Cohort, first: int = _EARLY_YEARS, later: int = _LATER_YEAR) -> Early:
    """Correlation between attacks in the ``first`` years after onset and EDSS ``later`` years after it
    (:class:`Early`).
    """
    people = cohort.records.people
    found = outcomes.attacks(cohort.records.relapses)
    owner = found.owners(people)
    since = years_of(found.day - people.onset_day[owner].astype(np.int64))
    counted = (years_of(outcomes.ONE_ATTACK_30D.gap_days) <= since) & (since < first)
    attacks = np.bincount(owner[counted], minlength=len(cohort)).astype(np.float64)
    edss = outcomes.edss_at(cohort.records, float(later))[0].astype(np.float64) / 2
    who = np.flatnonzero(cohort.course.relapsing & (edss >= 0))

    def pearson(part: NDArray[np.intp]) -> float:
        return _pearson(attacks[who[part]], edss[who[part]])

    error = statistics.batch_error(pearson, len(who)) if len(who) >= LEAST_PEOPLE else np.nan
    varied = len(who) > 2 and np.ptp(attacks[who]) > 0 and np.ptp(edss[who]) > 0
    rank = float(spearmanr(attacks[who], edss[who]).statistic) if varied else np.nan
    return Early(first, later, len(who), pearson(np.arange(len(who))), error, rank)


def _pearson(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    if x.size < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return np.nan
    return float(np.corrcoef(x, y)[0, 1])


def _counts(cohort: Cohort) -> dict[str, int]:
    """How many people, visits and attacks the report stands on."""
    records, course = cohort.records, cohort.course
    dead = records.people.death_day != UNKNOWN_DAY
    return {
        "drawn": cohort.drawn,
        "with_onset": len(cohort),
        "left_out": cohort.drawn - len(cohort),
        "relapsing_onset": int(course.relapsing.sum()),
        "progressive_onset": int(course.progressive.sum()),
        "converted": int(course.spms.seen.sum()),
        "died": int(dead.sum()),
        "visits": len(records.visits),
        "relapses": len(outcomes.attacks(records.relapses)),
    }


def _edss(cohort: Cohort) -> pd.DataFrame:
    """Distribution of EDSS in completed years 0 to 35 of disease, with the 95% Monte Carlo interval of each share."""
    years = np.arange(36)
    table = outcomes.edss_by_duration(cohort.records, years + 0.5)
    table["years"] = years
    scores = [row[row >= 0] / 2 for row in cohort.edss_at_years[years].astype(np.float64)]
    table["error"] = [float(s.std(ddof=1) / np.sqrt(s.size)) if s.size > 1 else np.nan for s in scores]
    for name in [c for c in table.columns if c.startswith("p_ge_")]:
        shares = statistics.proportion(np.nan_to_num(table[name] * table["people"]), table["people"])
        table[f"{name}_lo"], table[f"{name}_hi"] = shares.lo, shares.hi
    return table


def _courses(cohort: Cohort) -> dict[str, Estimate]:
    """Shares of the onset courses among all with onset, and of conversion among relapsing onset, 95% intervals."""
    course, n = cohort.course, len(cohort)
    women = cohort.records.people.sex == 1
    relapsing, progressive = course.relapsing, course.progressive
    return {
        "relapsing onset": statistics.proportion(relapsing.sum(), n),
        "progressive onset": statistics.proportion(progressive.sum(), n),
        "relapsing onset that became SPMS before death": statistics.proportion(course.spms.seen.sum(), relapsing.sum()),
        "women among relapsing onset": statistics.proportion(women[relapsing].sum(), relapsing.sum()),
        "women among progressive onset": statistics.proportion(women[progressive].sum(), progressive.sum()),
    }


def _clocks(cohort: Cohort, events: outcomes.Events, who: NDArray[np.bool_]) -> dict[str, Survival]:
    """Kaplan-Meier curves of an event among some people, from onset and from birth."""
    people = cohort.records.people
    chosen = events.take(who)
    return {
        "onset": outcomes.since_onset(chosen, people).survival(),
        "birth": outcomes.since_birth(chosen, people).survival(),
    }


def _milestones(cohort: Cohort) -> dict[tuple[str, str, int], Survival]:
    course = cohort.course
    groups = {"relapsing": course.relapsing, "progressive": course.progressive, "all": np.ones(len(cohort), bool)}
    found = {}
    for level in LEVELS:
        events = cohort.milestone(float(level), outcomes.IRREVERSIBLE_6M)
        for name, who in groups.items():
            for clock, curve in _clocks(cohort, events, who).items():
                found[clock, name, level] = curve
    return found


def _lesions(cohort: Cohort, protocols: Protocols, scores: Sequence[Score]) -> dict[str, tuple[float, float]]:
    """What scans show: (value, Monte Carlo error) by name, in plain words."""
    names = {
        "enhancing lesions on a monthly scan, people chosen for activity": "enhancing_mean",
        "share of monthly first scans without enhancement, people chosen for activity": "first_scan_inactive",
        "share of first scans without enhancement, any attack in the last 2 years": "unscreened_inactive",
        "share inactive on three monthly scans in a row": "three_inactive",
        "share of those who enhance again within three months": "reactivated",
        "new lesions in a year of serial scans": "new_lesions_year",
        "share without a new lesion in that year": "no_new_lesion_year",
    }
    found = {words: protocols[name] for words, name in names.items()}
    for one in scores:
        if one.target.quantity == "lesions_per_relapse":
            found["new brain lesions for each reported attack, years 0 to 15"] = (one.simulated, one.error)
    return found
