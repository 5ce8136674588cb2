"""Comparisons of two groups: what must hold whatever the data, and what is said where the data say nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from smoulder.statistics import (
    Difference,
    Ratio,
    cox,
    cox_adjusted,
    crossover,
    cumulative_incidence,
    difference,
    geometric_ratio,
    hodges_lehmann,
    indicators,
    interval_of_mean,
    kaplan_meier,
    log_rank,
    odds_ratio,
    ranked_ancova,
    rate_ratio,
    restricted_mean,
    risk_difference,
    risk_ratio,
    spread,
)
from statistics_cases import Trial, counted, followed

person = st.tuples(st.integers(1, 9), st.booleans(), st.integers(0, 1), st.integers(0, 2), st.floats(-3, 3))
trials = st.lists(person, min_size=2, max_size=40).map(
    lambda rows: Trial(*(np.array(column) for column in zip(*rows, strict=True)))
)
seeds = st.integers(0, 10_000).map(followed)

COMPARISONS: dict[str, Callable[[Trial], Ratio | Difference]] = {
    "cox": lambda c: cox(c.time, c.event, c.group, c.strata),
    "risk_ratio": lambda c: risk_ratio(c.event, c.group, c.strata),
    "odds_ratio": lambda c: odds_ratio(c.event, c.group, c.strata),
    "risk_difference": lambda c: risk_difference(c.event, c.group, c.strata),
    "rate_ratio": lambda c: rate_ratio(c.event * 2 + c.strata, c.time, c.group, c.covariate).ratio,
    "difference": lambda c: difference(c.time, c.group, c.covariate, indicators(c.strata)),
    "geometric_ratio": lambda c: geometric_ratio(c.time, c.group, np.exp(c.covariate)),
    "ranked_ancova": lambda c: ranked_ancova(c.time, c.group, c.covariate, c.strata),
    "hodges_lehmann": lambda c: hodges_lehmann(c.time, c.group),
    "crossover": lambda c: crossover(np.column_stack([c.time, c.covariate]), c.group).effect,
}
every = pytest.mark.parametrize("name", COMPARISONS)


def _numbers(found: Ratio | Difference) -> list[float]:
    """Value, interval, error and p, ratios on the log scale."""
    if isinstance(found, Ratio):
        return [found.log, *np.log([found.lo, found.hi]), found.se, found.p]
    return [found.value, found.lo, found.hi, found.se, found.p]


@every
@given(case=trials)
def test_exchanging_the_groups_turns_the_sign_and_keeps_p(name: str, case: Trial) -> None:
    compare = COMPARISONS[name]
    value, lo, hi, se, p = _numbers(compare(case))
    turned = _numbers(compare(case._replace(group=1 - case.group)))
    assert turned == pytest.approx([-value, -hi, -lo, se, p], nan_ok=True, rel=1e-5, abs=1e-7)


@every
@given(case=trials, seed=st.integers(0, 99))
def test_the_order_of_people_does_not_matter(name: str, case: Trial, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(case.time))
    moved = Trial(*(column[order] for column in case))
    compare = COMPARISONS[name]
    assert _numbers(compare(moved)) == pytest.approx(_numbers(compare(case)), nan_ok=True, rel=1e-5, abs=1e-7)


@every
@given(case=trials)
def test_an_interval_holds_its_estimate_and_agrees_with_p(name: str, case: Trial) -> None:
    value, lo, hi, _, p = _numbers(COMPARISONS[name](case))
    assert np.isnan(p) or 0 <= p <= 1
    if np.isfinite([lo, hi]).all():
        assert lo <= value <= hi
    if np.isfinite([lo, hi, p]).all() and abs(p - 0.05) > 1e-6 and name != "hodges_lehmann":  # ties: see its docstring
        assert (lo > 0 or hi < 0) == (p < 0.05)


@every
def test_one_group_alone_has_no_contrast_and_no_error_is_raised(name: str) -> None:
    for people in (0, 1, 5):
        for arm in (0, 1):
            case = followed(1, people=people)
            value = _numbers(COMPARISONS[name](case._replace(group=np.full(people, arm))))
            assert np.isnan(value[0]) and np.isnan(value[3]) and np.isnan(value[4])


@given(seeds, st.floats(0.01, 100))
def test_the_unit_of_time_changes_no_hazard_ratio_and_no_rank_does(case: Trial, unit: float) -> None:
    plain = cox(case.time, case.event, case.group, case.strata)
    for time in (case.time * unit, case.time**3, np.unique(case.time, return_inverse=True)[1]):
        assert cox(time, case.event, case.group, case.strata) == plain
        assert log_rank(time, case.event, case.group).p == log_rank(case.time, case.event, case.group).p


@given(seeds, st.integers(1, 60))
def test_strata_of_one_group_add_nothing(case: Trial, extra: int) -> None:
    alone = followed(extra, people=extra)
    more = Trial(*(np.concatenate(pair) for pair in zip(case, alone, strict=True)))
    more.group[len(case.time) :], more.strata[len(case.time) :] = extra % 2, 9
    for name in ("cox", "risk_ratio", "odds_ratio", "risk_difference"):
        assert _numbers(COMPARISONS[name](more)) == pytest.approx(
            _numbers(COMPARISONS[name](case)), rel=1e-9, abs=1e-12
        )
    tests = [log_rank(c.time, c.event, c.group, c.strata).statistic for c in (case, more)]
    assert tests[0] == pytest.approx(tests[1])


@given(seeds)
def test_the_same_strata_twice_leave_the_estimate_and_halve_its_variance(case: Trial) -> None:
    twice = Trial(*(np.tile(column, 2) for column in case))
    twice.strata[len(case.time) :] += 10
    for name in ("cox", "risk_ratio", "odds_ratio", "risk_difference"):
        once, both = (_numbers(COMPARISONS[name](c)) for c in (case, twice))
        assert (both[0], both[3] * np.sqrt(2)) == pytest.approx((once[0], once[3]), rel=1e-7, abs=1e-9)
    tests = [log_rank(c.time, c.event, c.group, c.strata).statistic for c in (case, twice)]
    assert tests[1] == pytest.approx(2 * tests[0])


@given(seeds)
def test_names_of_strata_do_not_matter(case: Trial) -> None:
    named = np.array(["north", "south", "east", "west"])[case.strata]
    for name in ("cox", "risk_ratio", "odds_ratio", "risk_difference"):
        ours, theirs = (_numbers(COMPARISONS[name](c)) for c in (case, case._replace(strata=named)))
        assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)


@given(trials)
def test_a_hazard_ratio_is_on_the_edge_exactly_when_one_group_has_no_events_in_the_presence_of_the_other(
    case: Trial,
) -> None:
    found = cox(case.time, case.event, case.group)
    seen = [0, 0]
    for time, arm in zip(case.time[case.event], case.group[case.event], strict=True):
        seen[arm] += bool(np.any((case.time >= time) & (case.group != arm)))
    if all(seen):
        assert 0 < found.value < np.inf and found.lo < found.value < found.hi
        return
    assert np.isnan([found.lo, found.hi, found.se, found.p]).all()
    assert np.isnan(found.value) if not any(seen) else found.value == (np.inf if seen[1] else 0)


def test_no_events_in_one_group_is_told_plainly_by_all() -> None:
    case = followed(2)
    none = case.event & (case.group == 0)
    assert cox(case.time, none, case.group).value == 0
    assert cox(case.time, none, 1 - case.group).value == np.inf
    assert (risk_ratio(none, case.group).value, odds_ratio(none, case.group).value) == (0, 0)
    assert log_rank(case.time, none, case.group).p < 0.05
    adjusted = cox_adjusted(case.time, none, np.column_stack([case.group, case.covariate]))
    assert adjusted[0].value == 0 and np.isnan([adjusted[0].se, adjusted[0].lo, adjusted[0].p]).all()
    assert np.isfinite([adjusted[1].value, adjusted[1].se]).all()
    nobody = np.zeros(len(case.time), dtype=bool)
    assert np.isnan([log_rank(case.time, nobody, case.group).p, cox(case.time, nobody, case.group).value]).all()
    assert np.isnan(cox_adjusted(case.time, nobody, case.group)[0].value)
    assert np.isnan(cox_adjusted(case.time, case.event, np.ones(len(case.time)))[0].value)
    assert risk_difference(nobody, case.group).value == 0 and np.isnan(risk_difference(nobody, case.group).p)


@given(st.integers(0, 500), st.floats(0.01, 100))
def test_the_unit_of_exposure_changes_rates_alone(seed: int, unit: float) -> None:
    case = counted(seed)
    plain, other = (rate_ratio(case.counts, case.exposure * u, case.group, case.covariate) for u in (1, unit))
    assert (other.ratio.log, other.ratio.se) == pytest.approx((plain.ratio.log, plain.ratio.se), rel=1e-6, abs=1e-8)
    assert other.dispersion == pytest.approx(plain.dispersion, rel=1e-6)
    assert other.rates.lo * unit == pytest.approx(plain.rates.lo, rel=1e-6)


@given(st.integers(0, 500))
def test_people_without_exposure_add_nothing_to_rates(seed: int) -> None:
    case = counted(seed)
    more = rate_ratio(np.append(case.counts, 0), np.append(case.exposure, 0), np.append(case.group, 1))
    assert more.ratio == rate_ratio(case.counts, case.exposure, case.group).ratio


@given(seeds, st.floats(-50, 50), st.floats(0.1, 20), st.floats(-5, 5))
def test_differences_move_with_the_scale_and_not_with_the_baseline(
    case: Trial, shift: float, scale: float, slope: float
) -> None:
    value, lo, hi, se, p = _numbers(difference(case.time, case.group, case.covariate))
    moved = difference(shift + scale * (case.time + slope * case.covariate), case.group, 3 - 7 * case.covariate)
    assert _numbers(moved) == pytest.approx([scale * value, scale * lo, scale * hi, scale * se, p], rel=1e-6, abs=1e-7)
    ratio = geometric_ratio(case.time, case.group, np.exp(case.covariate))
    other = geometric_ratio(case.time * scale, case.group, 10 * np.exp(case.covariate))
    assert _numbers(other) == pytest.approx(_numbers(ratio), rel=1e-6, abs=1e-9)
    ranked = ranked_ancova(case.time, case.group, case.covariate)
    assert ranked_ancova(np.exp(case.time), case.group, scale * case.covariate**3) == ranked


@given(seeds)
def test_people_with_missing_values_are_left_out(case: Trial) -> None:
    gone = case.covariate > 1
    assume(gone.any())
    gaps = case._replace(time=np.where(gone, np.nan, case.time))
    kept = Trial(*(column[~gone] for column in case))
    for name in ("difference", "geometric_ratio", "ranked_ancova", "hodges_lehmann", "crossover"):
        ours, theirs = (_numbers(COMPARISONS[name](c)) for c in (gaps, kept))
        assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12, nan_ok=True)


@given(seeds)
def test_a_group_that_a_covariate_tells_exactly_has_no_adjusted_difference(case: Trial) -> None:
    assert np.isnan(difference(case.time, case.group, 5 - 2 * case.group).value)
    assert np.isnan(rate_ratio(case.event + 1, case.time, case.group, 5 - 2 * case.group).ratio.value)


@given(seeds, st.floats(-100, 100))
def test_a_covariate_that_is_the_same_for_all_adjusts_nothing(case: Trial, same: float) -> None:
    plain = difference(case.time, case.group, case.covariate)
    more = difference(case.time, case.group, case.covariate, np.full((len(case.time), 2), same))
    assert _numbers(more) == pytest.approx(_numbers(plain), rel=1e-9, abs=1e-12) and more.df == plain.df
    again = difference(case.time, case.group, case.covariate, 3 * case.covariate)
    assert _numbers(again) == pytest.approx(_numbers(plain), rel=1e-9, abs=1e-12) and again.df == plain.df


@given(seeds, st.floats(-9, 9))
def test_a_period_that_adds_to_everybody_is_the_period_effect_alone(case: Trial, added: float) -> None:
    values = np.column_stack([case.time, case.covariate])
    plain, moved = (crossover(values + np.array([0, step]), case.group) for step in (0, added))
    assert _numbers(moved.effect) == pytest.approx(_numbers(plain.effect), abs=1e-9)
    assert moved.period.value == pytest.approx(plain.period.value + added, abs=1e-9)


@given(trials)
def test_incidences_of_all_kinds_add_up_to_one_minus_survival(case: Trial) -> None:
    kind = case.event * (1 + case.strata)
    curve = kaplan_meier(case.time, case.event)
    kinds = [cumulative_incidence(case.time, kind, of) for of in (1, 2, 3)]
    assert sum(found.incidence for found in kinds) == pytest.approx(1 - curve.survival, abs=1e-12)
    for found in kinds:
        assert ((0 <= found.lo) & (found.lo <= found.incidence) & (found.incidence <= found.hi)).all()
        assert (found.hi <= 1).all() and (np.diff(found.incidence) >= 0).all()


@given(trials, st.floats(0.1, 12))
def test_a_restricted_mean_lies_below_its_limit_and_is_unknown_beyond_follow_up(case: Trial, until: float) -> None:
    found = restricted_mean(case.time, case.event, until)
    last = case.time.max()
    if until > last and not case.event[case.time == last].all():
        assert np.isnan([*found]).all()
    else:
        assert min(until, case.time.min()) - 1e-9 <= found.value <= until + 1e-9


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=50))
def test_ratios_of_replicates_are_summed_up_the_same_whichever_way_they_are_turned(values: list[float]) -> None:
    ratios = np.array(values)
    found, turned = spread(ratios, geometric=True), spread(1 / ratios, geometric=True)
    assert (turned.mean, turned.error) == pytest.approx((1 / found.mean, found.error), nan_ok=True, abs=1e-12)
    assert min(values) <= found.lo <= found.hi <= max(values)
    assert min(values) * (1 - 1e-9) <= found.mean <= max(values) * (1 + 1e-9)


def test_replicates_without_a_value_are_left_out_and_infinite_ones_stay_in_the_ends() -> None:
    assert np.isnan([*spread([]), *spread([np.nan])]).all()
    found = spread([2.0])
    assert found[:3] == (2, 2, 2) and np.isnan(found.error)
    found = spread([0, 0, 2, 2, np.inf, np.nan], geometric=True)
    assert (found.mean, found.lo, found.hi, found.error) == (pytest.approx(2), 0, np.inf, 0)
    assert spread([-np.inf, 1.0, 3.0])[:2] == (2, -np.inf)
    assert np.isnan(interval_of_mean([1.0]).lo) and interval_of_mean([1.0]).value == 1
    with pytest.raises(ValueError, match="negative"):
        spread([-1.0, 2.0], geometric=True)


def test_what_is_no_group_or_of_another_length_is_refused() -> None:
    case = followed(1)
    for group in (case.group + 1, case.group[1:], case.group / 2, case.group[:, None]):
        for name in COMPARISONS:
            with pytest.raises(ValueError, match="group"):
                COMPARISONS[name](case._replace(group=group))
    with pytest.raises(ValueError, match="strata"):
        cox(case.time, case.event, case.group, case.strata[1:])
    with pytest.raises(ValueError, match="covariates"):
        difference(case.time, case.group, case.covariate[1:])
    with pytest.raises(ValueError, match="positive"):
        geometric_ratio(case.time - 99, case.group)
    with pytest.raises(ValueError, match="event"):
        risk_ratio(case.strata, case.group)
    with pytest.raises(ValueError, match="two columns"):
        crossover(case.time, case.group)
    for bad in (np.nan, -1.0):
        with pytest.raises(ValueError, match="time"):
            log_rank(np.where(case.group, bad, case.time), case.event, case.group)
        with pytest.raises(ValueError, match="time"):
            cumulative_incidence([bad], [1])
    with pytest.raises(ValueError, match="censoring"):
        cumulative_incidence([1.0], [1], of=0)
