"""Targets: which may weigh in a fit, what each measures, when one is hit, and the numbers asked for first."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
import pytest

from smoulder import evidence, life, parameters, targets
from smoulder.cohorts import Cohort
from smoulder.errors import TableError
from smoulder.reports import numbers
from smoulder.targets import Protocols, Quantity, Score, Target, table
from smoulder.targets.quantities import GROUPS
from smoulder.targets.scoring import _error
from smoulder.targets.words import group, label

TARGETS = targets.load()
NATURAL = [t for t in TARGETS if t.cohort == "natural"]
PROTOCOL = [t for t in TARGETS if t.cohort == "protocol"]
HEADLINE = {
    "rmse_msss2005", "ppms_share", "ppms_onset_age", "spms_median_years", "age_at_edss4", "age_at_edss6",
    "age_at_edss7", "years_edss4_to_6_relapsing", "years_edss4_to_6_progressive",
}
#: Years of disease and EDSS levels of the comparison with the distribution of 2005.
MSSS = set(product(("3", "4", "6", "7"), ("5", "10", "15", "20", "25", "30")))


@cache
def cohort() -> Cohort:
    return targets.follow(400, parameters=parameters.load(), seed=2, years=60)


@cache
def protocols() -> Protocols:
    return targets.run_protocols(parameters.load(), n=300, seed=2)


def row(evidence_id: str, weight: float) -> dict[str, str]:
    """A row of the table of targets as it is read."""
    named = {"id": "planted", "evidence": evidence_id, "quantity": "progressive_share", "arguments": "", "note": ""}
    return {**named, "cohort": "natural", "tolerance": "0.03", "weight": str(weight), "headline": ""}


def read_rows(*rows: dict[str, str], quantities: tuple[Quantity, ...] = targets.QUANTITIES) -> tuple[Target, ...]:
    """Rows as a table in CSV, read."""
    lines = [",".join(rows[0]), *(",".join(values.values()) for values in rows)]
    return targets.read("\n".join(lines), quantities)


def test_only_calibration_evidence_weighs_in_a_fit() -> None:
    assert {t.role for t in TARGETS if t.weight} == {"calibration"}
    assert len([t for t in TARGETS if t.weight]) > 50
    assert all(t.weight >= 0 for t in TARGETS)


@pytest.mark.parametrize("role", ["validation", "context"])
def test_any_other_weight_is_refused_when_the_table_is_read(role: str) -> None:
    other = next(r for r in evidence.rows(role=role) if r.value is not None)
    with pytest.raises(TableError, match=f"is {role} evidence and may not weigh") as caught:
        read_rows(row(other.id, 0.0), row(other.id, 0.1))
    assert "row 2" in str(caught.value)
    assert read_rows(row(other.id, 0.0))[0].role == role


def test_every_target_stands_once_and_says_what_difference_matters() -> None:
    assert [name for name, times in Counter(t.id for t in TARGETS).items() if times > 1] == []
    assert {t.cohort for t in TARGETS} == {"natural", "protocol"}
    for t in TARGETS:
        assert t.tolerance > 0 and t.lo < t.hi, t.id
        assert math.isfinite(t.aim) and t.lo <= t.aim <= t.hi, t.id


@pytest.mark.parametrize("target", NATURAL, ids=lambda t: t.id)
def test_a_quantity_is_there_takes_the_arguments_and_gives_a_number(target: Target) -> None:
    measure = target.definition.measure
    assert measure is not None
    assert isinstance(measure(cohort(), np.arange(len(cohort())), *target.arguments), float)


def test_every_protocol_asked_for_answers() -> None:
    asked = {t.quantity for t in PROTOCOL}
    assert asked <= set(protocols().answers) == {q.name for q in targets.QUANTITIES if q.protocol is not None}
    assert all(t.arguments == () for t in PROTOCOL)
    assert all(math.isfinite(protocols()[name][0]) for name in asked)


def test_every_target_is_scored_and_those_of_protocols_only_with_them() -> None:
    assert [s.target for s in targets.score(cohort(), None, errors=False)] == NATURAL
    assert [s.target for s in targets.score(cohort(), protocols(), errors=False)] == list(TARGETS)


def test_the_headline_has_exactly_the_names_that_were_asked_for() -> None:
    named = [t.headline for t in TARGETS if t.headline]
    assert len(named) == len(set(named)) == len(HEADLINE) - 1
    scores = [Score(t, t.aim, 0.0) for t in TARGETS]
    found = targets.headline(scores)
    assert set(found) == HEADLINE
    assert found["ppms_share"] == next(t.published for t in TARGETS if t.headline == "ppms_share")


TARGET = replace(NATURAL[0], published=10.0, lo=8.0, hi=12.0, tolerance=4.0)


@pytest.mark.parametrize(
    ("simulated", "error", "hit"),
    [
        (8.0, 0.0, True),
        (12.0, 0.0, True),
        (7.999, 0.0, False),
        (12.001, 0.0, False),
        (12.9, 0.5, True),  # 12 + 1.96 x 0.5 is 12.98
        (13.0, 0.5, False),
        (7.1, 0.5, True),
        (7.0, 0.5, False),
        (math.nan, 0.0, False),
        (math.inf, 0.0, False),
        (10.0, math.nan, False),
    ],
)
def test_a_hit_lies_in_the_interval_with_monte_carlo_error_allowed_for(
    simulated: float, error: float, hit: bool
) -> None:
    found = Score(TARGET, simulated, error)
    assert found.hit is hit
    assert found.as_dict()["hit"] is hit
    assert found.as_dict()["simulated"] == (simulated if math.isfinite(simulated) else None)


def test_a_distance_counts_in_tolerances() -> None:
    assert Score(TARGET, 12.0, 0.0).z == 0.5
    assert Score(TARGET, 6.0, 0.0).z == -1.0
    assert Score(replace(TARGET, published=math.nan), 14.0, 0.0).z == 1.0  # a range without a value: from its middle


def test_the_root_mean_square_is_over_24_numbers_of_one_source() -> None:
    counted = [t for t in TARGETS if t.quantity == "edss_at_least" and t.arguments in MSSS]
    assert len(counted) == 24 and {t.arguments for t in counted} == MSSS
    assert all(t.evidence.startswith("edss_by_duration_msss2005/") for t in counted)
    exact = [Score(t, t.published, 0.0) for t in TARGETS]
    assert targets.rmse(exact) == 0
    for t in TARGETS:
        shifted = [Score(s.target, s.target.published + 0.24 * (s.target is t), 0.0) for s in exact]
        assert targets.rmse(shifted) == pytest.approx(0.24 / math.sqrt(24) if t in counted else 0.0), t.id


@pytest.mark.parametrize(
    ("column", "year", "share"),
    [
        ("p_ge_9", 10, 0.0073 + 0.0028),
        ("p_ge_8.5", 10, 0.0137 + 0.0073 + 0.0028),
        ("p_ge_8", 10, 0.0308 + 0.0137 + 0.0073 + 0.0028),
        ("p_ge_6.5", 10, 0.0645 + 0.0592 + 0.0236 + 0.0308 + 0.0137 + 0.0073 + 0.0028),
        ("p_ge_7", 10, 0.1375),  # printed: taken as it is, not summed (0.1374)
        ("p_ge_2", 1, 1 - 0.1341 - 0.2190 - 0.1526 - 0.0001),  # the printed steps of that year sum to 0.9999
    ],
)
def test_a_share_that_is_not_printed_is_the_sum_of_its_steps(column: str, year: int, share: float) -> None:
    role, _, (value, _, _), _ = table._published(f"edss_by_duration_msss2005/{column}/{year}")
    assert value == pytest.approx(share, abs=1e-9)
    assert role == "calibration"


def test_the_error_over_batches_is_that_of_a_share() -> None:
    """Twenty batches give it within the factor that chi-squared of 19 degrees allows in all but 1 of 1000."""
    women = next(t for t in NATURAL if t.quantity == "female_share")
    target = replace(women, arguments=("all",))
    measure = target.definition.measure
    assert measure is not None
    n, share = len(cohort()), measure(cohort(), np.arange(len(cohort())), "all")
    ratio = _error(measure, cohort(), target) / math.sqrt(share * (1 - share) / n)
    assert 0.5 < ratio < 1.6


def by_place(value: Callable[[int], float]) -> float:
    """Error of a quantity that depends only on where a batch begins."""
    return _error(lambda _cohort, who, *_: value(int(who[0])), cohort(), NATURAL[0])


def test_the_error_over_batches_in_cases_known_by_hand() -> None:
    half = len(cohort()) // 2
    assert by_place(lambda first: 3.0) == 0
    assert by_place(lambda first: float(first >= half)) == pytest.approx(math.sqrt(20 * 0.25 / 19 / 20))
    assert math.isnan(by_place(lambda first: math.nan))


def _oldest(cohort: Cohort, who: np.ndarray, course: str) -> float:
    chosen = cohort.course.relapsing if course == "relapsing" else cohort.course.progressive
    return float(cohort.onset_age[who][chosen[who]].max())


def _counted(truth: life.Truth, parameters: parameters.Parameters) -> dict[str, tuple[float, float]]:
    return {"toy_count": (float(len(truth.people)), 0.0)}


def test_a_new_quantity_is_one_definition_and_its_row() -> None:
    """One record for a measured quantity and one for a protocol: read, scored, named, grouped and written like any."""
    toys = (
        Quantity("toy_oldest", "Course and onset", "oldest at onset, {0}", _oldest),
        Quantity("toy_count", "Other", protocol=_counted),
    )
    first = {**row("lyon_age_dss6", 0.0), "quantity": "toy_oldest", "arguments": "relapsing"}
    second = {**row("lyon_age_dss6", 0.0), "quantity": "toy_count", "cohort": "protocol"}
    rows = read_rows(first, second, quantities=toys)
    answers = targets.run_protocols(parameters.load(), n=50, quantities=toys)
    scores = targets.score(cohort(), answers, rows)
    assert scores[0].simulated == cohort().onset_age[cohort().course.relapsing].max() and scores[0].error > 0
    assert (scores[1].simulated, scores[1].error) == (50.0, 0.0)
    assert label(rows[0]) == "Oldest at onset, relapsing"
    assert label(rows[1]) == label(replace(rows[0], definition=replace(toys[0], words=None)))
    assert group(rows[0]) == "Course and onset" and str(numbers.simulated(scores[0]).text).endswith(" years")
    assert targets.frame(scores)["simulated"].tolist() == [score.simulated for score in scores]
    assert not {toy.name for toy in toys} & {q.name for q in targets.QUANTITIES}


def test_a_quantity_is_declared_once_and_is_shown_somewhere() -> None:
    names = [q.name for q in targets.QUANTITIES]
    assert len(names) == len(set(names))
    assert {q.group for q in targets.QUANTITIES} == set(GROUPS)
    assert all((q.measure is None) != (q.protocol is None) for q in targets.QUANTITIES)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quantity": "progressive_shar"}, "no quantity 'progressive_shar'. Did you mean 'progressive_share'?"),
        ({"arguments": "1;2"}, "'progressive_share' does not take 2 arguments (1;2)"),
        ({"cohort": "protocol"}, "'progressive_share' is answered by the cohort 'natural', not 'protocol'"),
    ],
)
def test_a_row_that_names_no_quantity_is_refused_with_its_place(change: dict[str, str], words: str) -> None:
    good = row("lyon_age_dss6", 0.0)
    with pytest.raises(TableError) as caught:
        read_rows(good, {**good, **change})
    assert str(caught.value) == f"targets/table.csv, row 2, column '{next(iter(change))}': {words}"
