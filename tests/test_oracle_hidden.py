"""Hidden and visible damage against plain loops over single people, and ratios against statistics' own batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from hidden_cases import found, truth
from smoulder import clinic, outcomes, statistics
from smoulder.clinic.mri.scans import draw_scans
from smoulder.experiments.hidden.years import LOSSES, PATHWAYS, ROVING, SIGNS, YEARS
from smoulder.experiments.natural import CAUSES
from smoulder.experiments.switches import FULL
from smoulder.parameters import load
from smoulder.records import days
from smoulder.statistics.batches import ratio

SOME = 12


def followed(nth: int) -> tuple[int, list[int]]:
    """Index of the nth person with onset, and the recorded moments at which they are seen once a year."""
    t = truth()
    person = int(np.flatnonzero(t.onset <= np.minimum(t.death, t.years[-1]))[nth])
    moment = int(np.argmax(t.years >= t.onset[person]))
    seen: list[int] = []
    while len(seen) <= YEARS and moment < t.years.size and t.years[moment] < t.death[person]:
        seen.append(moment)
        moment += 4
    return person, seen


@pytest.mark.parametrize("nth", range(SOME))
def test_what_is_kept_of_a_life_is_what_happened(nth: int) -> None:
    w, t = found().watched[FULL], truth()
    person, seen = followed(nth)
    assert w.records.people.person[nth] == t.id[person] and int(w.alive[:, nth].sum()) == len(seen)
    for i, cause in enumerate(CAUSES):
        assert np.array_equal(w.lost[i, : len(seen), nth], t[cause][seen, person])
    for i, name in enumerate(PATHWAYS):
        assert np.array_equal(w.loss[i, : len(seen), nth], t[f"loss_{name}"][seen, person])
    at = np.full(len(seen), person), np.array(seen)
    assert np.array_equal(w.edss[: len(seen), nth], clinic.examine(t, load(), *at).edss / 2)


@pytest.mark.parametrize("nth", range(SOME))
def test_signs_are_those_of_the_persons_own_scans_and_samples(nth: int) -> None:
    w, t, p = found().watched[FULL], truth(), load()
    twin = truth(relapse_driven=0.0, smouldering=0.0)
    person, seen = followed(nth)
    scans = draw_scans(t, p, np.full(len(seen), person), t.years[seen].astype(float))
    samples = clinic.draw_blood(t, p, np.full(len(seen), person), np.array(seen))
    for year in range(len(seen) - 1):
        before, after = float(scans.brain_volume[year]), float(scans.brain_volume[year + 1])
        healthy = float(twin["brain_volume"][seen[year], person]) - float(twin["brain_volume"][seen[year + 1], person])
        error = p["scan_noise.brain"] * (before**2 + after**2) ** 0.5
        age = samples.day[year + 1] / 365.25
        healthy_median = p["snfl.norm"] * np.exp(p["snfl.ageing"] * (age - p["age_reference"]))
        limit = healthy_median * np.exp(1.6448536269514722 * (p["snfl.spread"] ** 2 + p["snfl.noise"] ** 2) ** 0.5)
        told = {
            "t2": scans.new_t2[year + 1] >= 1,
            "enhancing": scans.gd[year + 1] >= 1,
            "rims": scans.rims[year + 1] >= 1,
            "volume": before - after > healthy + 1.6448536269514722 * error,
            "blood": samples.snfl[year + 1] > limit,
        }
        kept = dict(zip(SIGNS, w.signs[:, year, nth], strict=True))
        assert kept == told
    assert not w.signs[:, max(len(seen) - 1, 0) :, nth].any()


@pytest.mark.parametrize("nth", range(SOME))
def test_a_loss_is_reached_when_any_pathway_first_has_it(nth: int) -> None:
    w, t = found().watched[FULL], truth()
    person, _ = followed(nth)
    for k, share in enumerate(LOSSES):
        day = -1
        for moment, year in enumerate(t.years):
            most = max(t[f"loss_{name}"][moment, person] for name in PATHWAYS)
            if year < t.death[person] and most >= np.float32(share):
                day = int(days(float(t.start_age[person]) + float(year)))
                break
        assert w.reached[k, nth] == day


def test_the_lead_is_the_median_of_waits_by_hand() -> None:
    h = found()
    w = h.watched[FULL]
    for k, row in h.lead.iterrows():
        had = w.reached[k] >= 0
        end = np.where(w.first.seen, w.first.day, w.first.censor_day)
        wait = np.maximum(end[had] - w.reached[k][had], 0) / 365.25
        curve = statistics.kaplan_meier(wait, w.first.seen[had])
        assert row["median"] == float(curve.median().value) and row["people"] == had.sum()
        assert row["worsened_first"] == np.mean(w.first.seen[had] & (w.first.day[had] <= w.reached[k][had]))


def test_a_person_s_part_of_the_events_is_found_alone() -> None:
    w = found().watched[FULL]
    for nth in range(SOME):
        alone = w.records.select(np.arange(len(w)) == nth)
        events = outcomes.multiple(alone, ROVING)
        mine = w.every.person == w.records.people.person[nth]
        assert np.array_equal(events.day, w.every.day[mine])
        assert np.array_equal(outcomes.attribute(events, alone, outcomes.PIRA_MULLER_2023), w.labels[mine])


def test_ratios_have_the_errors_of_batches_of_people() -> None:
    draw = np.random.default_rng(1)
    top, bottom = draw.random((3, 101)), draw.random((3, 101)) + 0.1
    value, error = ratio(top, bottom)
    for i in range(3):
        one = of_sums(top[i], bottom[i])
        assert value[i] == pytest.approx(top[i].sum() / bottom[i].sum(), rel=1e-12)
        assert error[i] == pytest.approx(statistics.batch_error(one, 101), rel=1e-9)
    assert np.isnan(ratio(np.ones(40), np.zeros(40))).all()


def of_sums(top: np.ndarray, bottom: np.ndarray) -> Callable[[np.ndarray], float]:
    return lambda part: float(top[part].sum() / bottom[part].sum())


def test_half_yearly_visits_are_every_other_one() -> None:
    h = found()
    full = h.watched[FULL].records
    records = full.select(outcomes.course(full).relapsing)
    keep = np.concatenate([np.arange(n) % 2 == 0 for n in np.diff(records.visits.offsets(records.people))])
    rare = replace(records, visits=records.visits.take(keep))
    events = outcomes.multiple(rare, ROVING)
    labels = outcomes.attribute(events, rare, outcomes.PIRA_STRICT)
    row = h.definitions[(h.definitions["months"] == 6) & (h.definitions["rule"] == outcomes.PIRA_STRICT.name)].iloc[0]
    assert row["events"] == len(labels) and row["PIRA"] == pytest.approx(np.mean(labels == "PIRA"), rel=1e-12)
