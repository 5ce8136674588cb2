"""Lesions are the point process they are said to be: Poisson where nothing varies, Little's law, the rate added up."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from lives import freed, lived
from smoulder import life, people
from smoulder.anatomy import REGIONS
from smoulder.biology import events
from smoulder.life import STEPS_PER_YEAR, Truth
from smoulder.life.compiled_kernel import flat_module
from smoulder.life.numbers import MOST_LESIONS
from smoulder.life.rows import BORN
from smoulder.parameters import Parameters, load

N, YEARS = 2000, 12
#: Everyone alike, nothing fluctuates: lesions are a Poisson process with a rate known in closed form.
ALIKE = {
    "sd_activity": 0.0, "spread.lesion_rate": 0.0, "spread.start_age": 0.0, "sex_lesion_rate": 1.0,
    "region_spread": 0.0,
}
Z = 4.5  # about seven in a million by chance, for each comparison


@cache
def alike() -> tuple[Parameters, Truth]:
    p = freed(ALIKE)
    return p, life.run(people.draw(N, seed=77, parameters=p), years=YEARS, parameters=p)


def ages(start: NDArray[np.float64], years: float) -> NDArray[np.float64]:
    """Age at the beginning of every step: [step, person]."""
    return start + np.arange(round(years * STEPS_PER_YEAR))[:, None] / STEPS_PER_YEAR


def rate(p: Parameters, age: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lesions a year of the median person of an age."""
    return p["lesion_rate"] * 2 ** ((p["age_reference"] - age) / p["t_attack_halving"])


def totals(truth: Truth) -> NDArray[np.float64]:
    return (truth["new_brain"] + truth["new_cord"]).sum(axis=0, dtype=np.float64)


def test_counts_of_people_alike_are_poisson_with_the_integral_of_the_rate() -> None:
    p, truth = alike()
    mean = rate(p, ages(np.array([p["start_age"]]), YEARS)).sum() / STEPS_PER_YEAR
    found = totals(truth)
    assert abs(found.mean() - mean) < Z * np.sqrt(mean / N)
    dispersion = found.var(ddof=1) / mean  # (N - 1) times it is chi-squared
    assert abs(dispersion - 1) < Z * np.sqrt(2 / (N - 1))


def test_counts_of_separate_quarters_are_poisson_and_independent() -> None:
    p, truth = alike()
    counts = (truth["new_brain"] + truth["new_cord"]).astype(np.float64)
    step = rate(p, ages(np.array([p["start_age"]]), YEARS))[:, 0].reshape(-1, STEPS_PER_YEAR // 4).sum(axis=1)
    means = step / STEPS_PER_YEAR
    assert np.all(np.abs(counts.mean(axis=1) - means) < Z * np.sqrt(means / N))
    zeros = (counts == 0).mean(axis=1)
    none = np.exp(-means)
    assert np.all(np.abs(zeros - none) < Z * np.sqrt(none * (1 - none) / N))
    together = np.corrcoef(counts)[np.triu_indices(counts.shape[0], 1)]
    assert np.abs(together).max() < 5.5 / np.sqrt(N)  # of 1128 pairs


def test_lesions_that_enhance_at_a_moment_are_birth_rate_times_duration() -> None:
    """Little's law with the rate falling by age: of those born in a step, the share still enhancing is exponential."""
    p, truth = alike()
    book = truth.lesions
    assert book is not None
    duration = p["t_enhancement"]
    begins = np.arange(YEARS * STEPS_PER_YEAR) / STEPS_PER_YEAR
    births = rate(p, ages(np.array([p["start_age"]]), YEARS))[:, 0]
    width = 1 / STEPS_PER_YEAR
    seen, wanted, means = [], [], []
    for time in np.arange(1, YEARS, 0.5):  # half a year apart: eight durations, so all but independent
        here = (book.time <= time) & (book.time + book.enhances > time)
        per_person = np.bincount(book.person[here], minlength=N)
        since = time - begins[begins + width <= time + 1e-9]
        left = duration * (np.exp(-(since - width) / duration) - np.exp(-since / duration))
        mean = (births[: since.size] * left).sum()
        assert abs(per_person.var(ddof=1) / per_person.mean() - 1) < Z * np.sqrt(2 / (N - 1) + 1 / (N * mean))
        assert abs(mean / (rate(p, np.array([p["start_age"] + time]))[0] * duration) - 1) < 0.01  # Little's law itself
        seen.append(per_person.sum())
        wanted.append(mean * N)
        means.append(mean)
    assert np.all(np.abs(np.array(seen) - wanted) < Z * np.sqrt(wanted))
    assert abs(sum(seen) - sum(wanted)) < Z * np.sqrt(sum(wanted))


def test_the_mean_count_is_the_integral_of_the_rate_when_people_and_times_differ() -> None:
    p = load()
    who = people.draw(4000, seed=78)
    truth = life.run(who, years=10, lesions=False)
    expected = rate(p, ages(who.start_age.astype(np.float64), 10)).sum(axis=0) / STEPS_PER_YEAR * who.traits[0]
    difference = totals(truth) - expected
    assert abs(difference.mean()) < Z * difference.std(ddof=1) / np.sqrt(len(who))
    assert difference.std(ddof=1) > 2 * np.sqrt(expected.mean())  # bursts: far more spread than Poisson


def test_the_drive_that_fluctuates_has_its_law() -> None:
    """Counts in a year of people alike but for bursts: variance = mean + mean^2 x mean of exp(s^2 r^|t-t'|) - 1."""
    spread = 0.6
    p = freed({**ALIKE, "sd_activity": spread, "lesion_rate": 12.0})
    truth = life.run(people.draw(6000, seed=79, parameters=p), years=1, parameters=p, lesions=False)
    counts = totals(truth)
    rates = rate(p, ages(np.array([p["start_age"]]), 1))[:, 0] / STEPS_PER_YEAR
    lag = np.abs(np.subtract.outer(np.arange(rates.size), np.arange(rates.size))) / STEPS_PER_YEAR
    shared = np.exp(spread**2 * np.exp(-lag / p["t_activity"])) - 1
    variance = rates.sum() + rates @ shared @ rates
    squares = (counts - rates.sum()) ** 2
    assert abs(counts.mean() - rates.sum()) < Z * np.sqrt(variance / counts.size)
    assert abs(squares.mean() - variance) < Z * squares.std(ddof=1) / np.sqrt(counts.size)


def test_sizes_places_and_times_of_lesions_follow_their_laws() -> None:
    p, truth = alike()
    book = truth.lesions
    assert book is not None and len(book) > 20_000
    scale = np.array([p[f"region_lesion_size.{k}"] for k in REGIONS])
    logs = np.log(book.area / (p["lesion_area"] * scale[book.region])) / p["sd_lesion_area"]
    assert stats.kstest(logs[:20_000], "norm").pvalue > 1e-4
    assert stats.kstest(book.enhances[:20_000] / p["t_enhancement"], "expon").pvalue > 1e-4
    within = (book.time.astype(np.float64) * STEPS_PER_YEAR) % 1
    assert stats.kstest(within[:20_000], "uniform").pvalue > 1e-4
    shares = np.array(list(p.family("region_share").values()))
    found = np.bincount(book.region, minlength=len(REGIONS))
    assert stats.chisquare(found, found.sum() * shares / shares.sum()).pvalue > 1e-4


@pytest.mark.parametrize(("area", "path", "region"), [(20.0, 8.0, 900.0), (60.0, 1.5, 300.0), (0.5, 30.0, 600.0)])
def test_a_lesion_touches_a_pathway_as_often_as_discs_overlap(area: float, path: float, region: float) -> None:
    """Centres from which a disc reaches either of two equal discs, were these far apart, as a share of the region."""
    reach = np.sqrt(area / np.pi) + np.sqrt(path / 2 / np.pi)
    assert np.isclose(events.crossing_chance(area, path, region), 2 * np.pi * reach**2 / region, rtol=1e-12)


def test_one_lesion_blocks_at_most_the_side_of_a_pathway_that_it_reaches() -> None:
    book = lived().lesions
    assert book is not None
    assert 0.4 < book.effect.max() <= 0.5
    assert np.all((book.effect > 0) == (book.pathway >= 0))


def test_rims_are_born_and_last_as_the_table_says() -> None:
    p, truth = alike()
    book = truth.lesions
    assert book is not None
    odds = p["rim_odds"] * (book.area.astype(np.float64) / p["lesion_area"]) ** p["rim_odds_area"]
    chance = odds / (1 + odds)
    born = book.rim > 0
    assert abs(born.sum() - chance.sum()) < Z * np.sqrt((chance * (1 - chance)).sum())
    share = p["rim_persistent_share"]
    persistent = (book.rim[born] == 2).mean()
    assert abs(persistent - share) < Z * np.sqrt(share * (1 - share) / born.sum())
    for kind, id in ((1, "t_rim_transient"), (2, "t_rim_persistent")):
        lasts = (book.rim_until - book.time)[book.rim == kind]
        assert abs(lasts.mean() / p[id] - 1) < Z / np.sqrt(lasts.size)


def test_the_count_of_rims_is_what_the_book_of_lesions_expects() -> None:
    """The recorded number of rims fades by its mean law; the book holds each rim's own end: alike on average."""
    truth = alike()[1]
    book = truth.lesions
    assert book is not None
    for time in (3.0, 6.0, 12.0):
        here = (book.time <= time) & (book.rim > 0) & (book.rim_until > time)
        alive = np.bincount(book.person[here], minlength=N)
        recorded = truth["rims"][np.flatnonzero(truth.years == time)[0]]
        assert abs(alive.mean() - recorded.mean()) < Z * alive.std(ddof=1) / np.sqrt(N)


def test_the_book_is_sorted_and_agrees_with_the_counters() -> None:
    truth = lived()
    book = truth.lesions
    assert book is not None
    assert np.all(np.diff(book.person) >= 0)
    assert np.all(np.diff(book.time)[np.diff(book.person) == 0] >= 0)
    assert np.array_equal(np.bincount(book.person, minlength=300), totals(truth))
    assert np.array_equal(np.bincount(book.person[book.felt], minlength=300), truth["relapses"].sum(axis=0))
    assert np.array_equal(book.pathway >= 0, book.effect > 0)
    first = np.full(300, np.inf, np.float32)
    np.minimum.at(first, book.person[book.felt], book.time[book.felt])
    attacked = truth.onset_attack
    assert np.array_equal(truth.onset[attacked], first[attacked])


def counted(step: np.float32, rates: np.ndarray, u: np.ndarray, none: np.ndarray) -> np.ndarray:
    """Lesions of every lane, from the list of all: each lane's in its place and numbered from 0."""
    ids, born = np.arange(u.size, dtype=np.uint32) + 7, np.empty((len(BORN), MOST_LESIONS * u.size), np.uint32)
    listed = flat_module().list_lesions(u.size, step, rates, u, none, ids, born)
    lane, nth = born[BORN.lane, :listed].astype(int), born[BORN.nth, :listed].astype(int)
    count = np.bincount(lane, minlength=u.size)
    assert np.array_equal(lane, np.repeat(np.arange(u.size), count))
    assert np.array_equal(nth, np.concatenate([np.arange(c) for c in count]))
    assert np.array_equal(born[BORN.id, :listed], ids[lane])
    return count


@pytest.mark.parametrize("mean", [1e-4, 0.01, 0.2, 1.0, 4.0, 9.0])
def test_a_count_is_the_inverse_of_the_poisson_law(mean: float) -> None:
    """Every cell of the uniform number but the last few (where sums of float32 end) gives the Poisson quantile."""
    u = ((np.arange(0, 2**23, 4096) + 0.5) * 2.0**-23).astype(np.float32)
    u = u[u < 1 - 1e-4]
    step, rates = np.float32(1 / 24), np.full(u.size, 24 * mean, np.float32)
    none = np.exp(-step * rates).astype(np.float32)
    count = counted(step, rates, u, none)
    near = np.abs(stats.poisson.cdf(np.arange(25)[:, None], mean) - u).min(axis=0) < 1e-5
    assert near.mean() < 0.01
    assert np.array_equal(count[~near], stats.poisson.ppf(u[~near].astype(np.float64), mean))


def test_a_higher_rate_never_counts_fewer_lesions() -> None:
    rates = np.geomspace(0.01, 200, 300).astype(np.float32)
    step = np.float32(1 / 24)
    none = np.exp(-step * rates).astype(np.float32)
    for u in np.random.default_rng(5).random(2000).astype(np.float32):
        count = counted(step, rates, np.full(rates.size, u, np.float32), none)
        assert np.all(np.diff(count) >= 0)
