"""Test-retest and inter-rater figures of every measurement, computed as such studies do, beside the rows of evidence.

``python tests/retest.py`` prints the table. People are simulated, untreated lives; in a retest nothing has happened
between the two sittings, so that only the error of the measurement differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from smoulder import clinic, evidence, life, people
from smoulder.clinic.blood import norm
from smoulder.life import Truth
from smoulder.parameters import Parameters
from smoulder.records import DAYS_PER_YEAR, Tests, years

ROWS = {row.id: row for row in evidence.rows()}
TWO_SIDED_95, TWO_SIDED_90, TWO_SIDED_80 = 1.96, 1.6449, 1.2816
#: Spread of the mean of the absolute value of a normal number, over that mean.
HALF_NORMAL = np.sqrt(np.pi / 2 - 1)
#: Sampling errors that a judged figure may lie from its row: two of the study, and 4.5 of the simulation.
STUDY, SIMULATION = 2.0, 4.5
#: Share of progressive people in the placebo groups of T25FW; not published, chosen with the link of the walk.
PROGRESSIVE = 0.65


def own_cv(first: NDArray, second: NDArray) -> float:
    """Mean over people of each person's coefficient of variation, from their two results."""
    sd = np.abs(first - second) / np.sqrt(2)
    return float((sd / ((first + second) / 2)).mean())


def measurement_error(first: NDArray, second: NDArray) -> float:
    """Standard error of measurement, in the unit of the results."""
    return float((second - first).std(ddof=1) / np.sqrt(2))


def reliable_change(first: NDArray, second: NDArray, z: float = TWO_SIDED_95) -> float:
    """Smallest detectable change: what chance exceeds in one direction or both with the probability of ``z``, in the
    unit of the results; over the mean if they are logs. A gain shared by all is taken out.
    """
    return float(z * (second - first).std(ddof=1))


def icc(first: NDArray, second: NDArray) -> float:
    """Intraclass correlation of single results, one-way: variance between people over the whole."""
    within = ((second - first) ** 2).mean() / 2
    between = ((first + second) / 2).var(ddof=1) - within / 2
    return float(between / (between + within))


@dataclass(frozen=True)
class Compared:
    """A simulated figure beside the row that publishes it. ``tolerance`` is given where the figure follows from an
    error of measurement that was set from that row, which it must then meet; other figures are shown.
    """

    channel: str
    figure: str
    row: str
    simulated: float
    tolerance: float | None = None

    def __str__(self) -> str:
        row = ROWS[self.row]
        value = "" if row.value is None else f"{row.value:g}"
        interval = "" if row.lo is None else f" ({row.lo:g} to {row.hi:g})"
        judged = "shown" if self.tolerance is None else f"within {self.tolerance:.2g}"
        return (
            f"{self.channel:6s} {self.figure:52s} {self.row:15s} {row.role:11s} {value + interval:>19s} "
            f"{self.simulated:8.3f}  {judged}"
        )


class Clinic:
    """Untreated lives of ``n`` people, rated, tested and sampled every half year; v visits in all."""

    def __init__(self, parameters: Parameters, n: int = 600, seed: int = 20):
        self.p = parameters
        self.truth: Truth = life.run(people.draw(n, seed=seed, parameters=parameters), years=45, parameters=parameters)
        enters = clinic.enters(self.truth)
        self.person, self.moment = clinic.visits.schedule(self.truth, 0.5, enters)
        seen = clinic.follow(self.truth, parameters)
        self.edss, self.day = seen.visits.edss / 2, seen.visits.day
        self.age = years(self.day)
        self.duration = self.truth.years[self.moment] - self.truth.onset[self.person]
        self.attack = self.truth.onset_attack[self.person]
        adult = (self.age >= 18) & (self.age <= 60)
        self.outpatients = adult & (self.edss <= 4)
        self.relapsing = adult & self.attack & (self.edss <= 5.5) & (self.duration <= 15)
        self.progressive = adult & (~self.attack | (self.duration > 8)) & (self.edss >= 3) & (self.edss <= 6.5)
        told = _keys(seen.relapses.person, seen.relapses.day)
        since, until = (np.searchsorted(told, _keys(seen.visits.person, self.day - ago)) for ago in (365, 30))
        self.active = self.relapsing & (until > since)

    def sit(self, mask: NDArray, later: float = 0.0) -> Tests:
        """Tests at the visits of ``mask`` (or of their numbers), or ``later`` (years) in the same people; nothing
        has changed in them and nobody has practised.
        """
        person, moment = self.person[mask], self.moment[mask]
        day = self.day[mask] + np.int32(round(later * DAYS_PER_YEAR))
        return clinic.draw_tests(self.truth, self.p, person, moment, day=day, earlier=np.zeros_like(person))

    def mixture(self, seed: int = 0) -> NDArray[np.int64]:
        """20,000 visits of the placebo groups of trials, by number."""
        rng = np.random.default_rng(seed)
        parts = ((self.progressive, PROGRESSIVE), (self.relapsing, 1 - PROGRESSIVE))
        return np.concatenate([rng.choice(np.flatnonzero(mask), round(20_000 * share)) for mask, share in parts])

    @cached_property
    def enhancing(self) -> NDArray[np.int64]:
        """Enhancing lesions of brain or cord at each visit, int64[v]."""
        lesions = self.truth.lesions
        assert lesions is not None
        found = np.zeros((self.truth.years.size, len(self.truth.id)), dtype=np.int64)
        begin = np.searchsorted(self.truth.years, lesions.time)
        end = np.searchsorted(self.truth.years, lesions.time + lesions.enhances)
        for one, low, high in zip(lesions.person, begin, end, strict=True):
            found[low:high, one] += 1
        return found[self.moment, self.person]

    @cached_property
    def snfl(self) -> NDArray[np.float64]:
        """Neurofilament of each visit in the older serum calibration, pg/mL."""
        drawn = clinic.draw_blood(self.truth, self.p, self.person, self.moment, assay="serum_2017")
        return drawn.snfl.astype(np.float64)


def _keys(person: NDArray, day: NDArray) -> NDArray[np.int64]:
    """One number for a person and a day, in the order of both."""
    return person.astype(np.int64) * 1_000_000 + day


def both(first: NDArray, second: NDArray) -> tuple[NDArray, NDArray]:
    """Results of those who completed both."""
    done = np.isfinite(first) & np.isfinite(second)
    return first[done].astype(np.float64), second[done].astype(np.float64)


def walking(seen: Clinic) -> list[Compared]:
    """T25FW."""
    stable = [seen.sit(seen.outpatients, later).t25fw for later in (0.0, 1 / 12)]
    logs = both(*np.log(stable))
    row = ROWS["t25_sdc"]
    tolerance = row.value * (STUDY / np.sqrt(2 * (row.n - 1)) + SIMULATION / np.sqrt(2 * len(logs[0])))
    mixed = seen.mixture()
    times = both(*(seen.sit(mixed, later).t25fw for later in (0.0, 1 / 12)))
    q = np.percentile(times[0], [25, 50, 75])
    within = (np.abs(np.expm1(logs[1] - logs[0])) < ROWS["t25_9h_20"].value).mean()
    return [
        Compared(
            "T25FW", "smallest detectable change, share of the mean", "t25_sdc", reliable_change(*logs), tolerance
        ),
        Compared("T25FW", "share of retests within 20 percent, outpatients", "t25_9h_20", float(within)),
        Compared("T25FW", "intraclass correlation, placebo groups", "t25_icc", icc(*times)),
        Compared("T25FW", "lower quartile, placebo groups, s", "t25_median", q[0]),
        Compared("T25FW", "median, placebo groups, s", "t25_median", q[1]),
        Compared("T25FW", "upper quartile, placebo groups, s", "t25_median", q[2]),
        Compared("T25FW", "mean, placebo groups, s", "t25_mean", float(times[0].mean())),
        Compared("T25FW", "spread (published 11.0), placebo groups, s", "t25_mean", float(times[0].std())),
        Compared("T25FW", "median at EDSS 6 (cane), s", "t25_bench6", float(np.median(seen.sit(seen.edss == 6).t25fw))),
        Compared("T25FW", "mean rise in 2.3 years, progressive, percent", "orat_pbo_t25", 100 * _rise(seen)),
    ]


def _rise(seen: Clinic, after: float = 2.25) -> float:
    """Mean relative rise of T25FW in ``after`` years in progressive people who complete both tests."""
    steps = round(after / seen.truth.years[0])
    ahead = np.minimum(seen.moment + steps, seen.truth.years.size - 1)
    lives = (seen.moment + steps == ahead) & (seen.truth.years[ahead] < seen.truth.death[seen.person])
    use = seen.progressive & lives
    start = seen.sit(use).t25fw
    end = clinic.draw_tests(seen.truth, seen.p, seen.person[use], ahead[use]).t25fw
    start, end = both(start, end)
    return float((end / start - 1).mean())


def hands(seen: Clinic) -> list[Compared]:
    """NHPT."""
    one, two = (seen.sit(seen.outpatients, later) for later in (0.0, 7 / DAYS_PER_YEAR))
    dominant, other = (both(getattr(one, side), getattr(two, side)) for side in ("nhpt_dominant", "nhpt_other"))
    row = ROWS["h9_cv_dh"]
    tolerance = row.value * HALF_NORMAL * (STUDY / np.sqrt(row.n) + SIMULATION / np.sqrt(len(dominant[0])))
    change = reliable_change(*np.log(dominant))
    return [
        Compared("NHPT", "mean own coefficient of variation, dominant", "h9_cv_dh", own_cv(*dominant), tolerance),
        Compared("NHPT", "mean own coefficient of variation, other hand", "h9_cv_dh", own_cv(*other), tolerance),
        Compared("NHPT", "standard error of measurement, dominant, s", "h9_sem_dh", measurement_error(*dominant)),
        Compared("NHPT", "smallest detectable change, dominant", "h9_mdc_dh", change),
        Compared("NHPT", "intraclass correlation, dominant", "h9_paths_icc", icc(*dominant)),
    ]


def cognition(seen: Clinic) -> list[Compared]:
    """SDMT."""
    p = seen.p
    one, two = (seen.sit(seen.outpatients, later).sdmt.astype(np.float64) for later in (0.0, 1 / 12))
    row = ROWS["sdmt_rci"]
    person, moment = seen.person[seen.outpatients], seen.moment[seen.outpatients]
    after = clinic.draw_tests(
        seen.truth, p, person, moment, day=seen.day[seen.outpatients] + 30, earlier=np.ones_like(person)
    )
    gain = after.sdmt - one
    chance = SIMULATION * float(gain.std()) / np.sqrt(gain.size) + 30 / DAYS_PER_YEAR * p["sdmt.ageing"]
    healthy = p["sdmt.norm"] - p["sdmt.ageing"] * (seen.age - p["age_reference"])
    low = seen.sit(np.ones(seen.age.size, bool)).sdmt < healthy - TWO_SIDED_90 * p["sdmt.spread"]
    late = seen.progressive & seen.attack & (seen.duration > 15)
    return [
        Compared(
            "SDMT",
            "reliable decline at 80 percent, answers",
            "sdmt_rci",
            reliable_change(one, two, TWO_SIDED_80),
            (row.hi - row.lo) / 2,
        ),
        Compared(
            "SDMT", "reliable change at 90 percent, answers", "sdmt_rci90", reliable_change(one, two, TWO_SIDED_90)
        ),
        Compared("SDMT", "gain at the first repetition, answers", "sdmt_practice", float(gain.mean()), chance),
        Compared(
            "SDMT",
            "below the 5th centile, relapsing (battery published)",
            "ruano_rr",
            float(low[seen.relapsing].mean()),
        ),
        Compared("SDMT", "below the 5th centile, late (battery published)", "ruano_sp", float(low[late].mean())),
    ]


def blood(seen: Clinic) -> list[Compared]:
    """Neurofilament: healthy percentiles by age, the older serum calibration, people in and out of activity."""
    p, n = seen.p, 20_000
    rng = np.random.default_rng(6)
    spread = float(np.hypot(p["snfl.spread"], p["snfl.noise"]))
    bands = {"5-17": (5, 18), "18-50": (18, 51), "51-60": (51, 61), "61-70": (61, 71), "70plus": (71, 85)}
    found = []
    for name, ages in bands.items():
        levels = norm(p, rng.uniform(*ages, n)) * np.exp(spread * rng.normal(size=n))
        top = float(np.percentile(levels, 95))
        chance = SIMULATION * 2.11 / np.sqrt(n) * float(np.log(levels).std()) * top  # 2.11: of the 95th percentile
        tolerance = 0.5 + chance if name == "18-50" else None  # the band the norm is from; rows are whole numbers
        found.append(
            Compared("sNfL", f"healthy upper 95th percentile at {name}, pg/mL", f"nfl_ref_{name}", top, tolerance)
        )
    healthy = float(p["snfl_assay.serum_2017"] * norm(p, np.array(40.0)) * np.exp(spread**2 / 2))
    row = ROWS["nfl_hc"]
    enhancing = (seen.enhancing > 0) & (seen.age <= 65)
    return [
        *found,
        Compared(
            "sNfL",
            "healthy mean at 40 years, older serum, pg/mL",
            "nfl_hc",
            healthy,
            STUDY * row.value * spread / np.sqrt(row.n),
        ),
        Compared(
            "sNfL",
            "relapse in the last year, mean, older serum, pg/mL",
            "nfl_freedoms",
            float(seen.snfl[seen.active].mean()),
        ),
        Compared(
            "sNfL",
            "with enhancing lesions, median, older serum, pg/mL",
            "snfl_gd",
            float(np.median(seen.snfl[enhancing])),
        ),
        Compared("sNfL", "rise per enhancing lesion, percent", "nfl_gd_rise", 100 * _per_lesion(seen)),
    ]


def _per_lesion(seen: Clinic) -> float:
    """Relative rise of neurofilament per enhancing lesion (up to six), with age, in people up to 65 years."""
    use = seen.age <= 65
    design = np.stack([np.ones(use.sum()), np.minimum(seen.enhancing[use], 6), seen.age[use]], axis=1)
    return float(np.expm1(np.linalg.lstsq(design, np.log(seen.snfl[use]), rcond=None)[0][1]))


def ratings(seen: Clinic) -> list[Compared]:
    """EDSS by two raters, of people at EDSS 1 to 7 by the first."""
    one, two = clinic.second_rater(seen.truth, seen.p)
    able = (one.edss >= 2) & (one.edss <= 14)
    gap = np.abs(one.edss[able].astype(int) - two.edss[able])
    low = one.edss[able] <= 7
    return [
        Compared("EDSS", "two raters agree exactly", "nos_agree0", float((gap == 0).mean())),
        Compared("EDSS", "two raters agree within one step", "nos_agree1", float((gap <= 1).mean())),
        Compared("EDSS", "two raters agree exactly, EDSS up to 3.5", "jn_agree0", float((gap[low] == 0).mean())),
    ]


def compared(seen: Clinic) -> list[Compared]:
    """Every figure, channel by channel."""
    return [*ratings(seen), *walking(seen), *hands(seen), *cognition(seen), *blood(seen)]


def correlations(seen: Clinic, edss: float = 10.0) -> str:
    """Spearman correlations between the channels at one visit of each person, 15 years after onset, up to an ``edss``,
    as a table.
    """
    chosen = np.flatnonzero((np.abs(seen.duration - 15) < 0.25) & (seen.edss <= edss))
    tests = seen.sit(chosen)
    channels = {
        "EDSS": seen.edss[chosen],
        "T25FW": tests.t25fw,
        "NHPT": tests.nhpt_dominant,
        "SDMT": tests.sdmt,
        "sNfL": seen.snfl[chosen],
        "age": seen.age[chosen],
    }
    ranks = np.array([rank(values) for values in channels.values()])
    found = np.corrcoef(ranks)
    lines = [f"{'n = ' + str(chosen.size):10s}" + "".join(f"{name:>8s}" for name in channels)]
    lines += [f"{name:10s}" + "".join(f"{r:8.2f}" for r in row) for name, row in zip(channels, found, strict=True)]
    return "\n".join(lines)


def rank(values: NDArray) -> NDArray[np.float64]:
    """Ranks, ties sharing their mean; a test that could not be completed ranks above every time."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[place]


if __name__ == "__main__":
    from smoulder.parameters import load

    print(*compared(Clinic(load())), sep="\n")
    cohort = Clinic(load(), n=1_000, seed=21)
    print(correlations(cohort), correlations(cohort, edss=6.5), sep="\n")
