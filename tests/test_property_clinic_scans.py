"""What scans at given times show, against the same written out lesion by lesion, and against limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from clinic_cases import same
from lives import company, freed
from scan_cases import volume_of_one
from smoulder import clinic, life
from smoulder.clinic.mri import lesions as of
from smoulder.clinic.mri import volumes
from smoulder.clinic.mri.lesions import Rota, Scanner
from smoulder.clinic.mri.scans import draw_scans
from smoulder.errors import InputError, UnknownName
from smoulder.life import Truth
from smoulder.parameters import load
from smoulder.records import days

QUIET = dict.fromkeys(("scan_noise.brain", "scan_noise.cord", "scan_noise.t2", "scan_noise.grey"), 0.0)
LESION_COLUMNS = ("new_t2", "gd", "rims", "t1_holes", "sel", "cortical", "t2_volume")


@pytest.fixture(scope="module")
def truth() -> Truth:
    return life.run(company(), years=30)


def appointments(truth: Truth, seed: int = 1, most: int = 9) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Up to ``most`` scans of each person at uneven times; some people have none."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(len(truth.id)), rng.integers(0, most, len(truth.id)))
    time = rng.uniform(0, 30, person.size)
    order = np.lexsort((time, person))
    return person[order], time[order]


def rota(truth: Truth, person: NDArray[np.int64], time: NDArray[np.float64]) -> Rota:
    return Rota(np.searchsorted(person, np.arange(len(truth.id) + 1)), time)


def shown(truth: Truth, **values: float) -> of.Seen:
    p = freed(values)
    drawn = of.luck(truth, truth.seed)
    return of.seen(truth, drawn, of.shown(truth, p, Scanner(), drawn))


def counted(lesions: of.Seen, person: NDArray[np.int64], time: NDArray[np.float64], begin: Any, end: Any) -> NDArray:
    """Lesions of the person with begin <= time < end, one scan after the other."""
    begin, end = (np.broadcast_to(bound, lesions.birth.shape) for bound in (begin, end))
    mine = [lesions.person == p for p in person]
    return np.array([np.sum(m & (begin <= t) & (t < end)) for m, t in zip(mine, time, strict=True)])


def test_exact_a_scan_is_the_same_in_an_even_series_and_in_a_list(truth):
    p = load()
    series = clinic.scan(truth, p, every_years=0.7, enlarging=True)
    start = truth.onset.astype(np.float64)
    person = np.searchsorted(truth.id, series.person)
    nth = np.arange(person.size) - np.searchsorted(person, person)
    same(draw_scans(truth, p, person, start[person] + 0.7 * nth), series)


def test_exact_a_scan_depends_on_its_person_and_time_alone_but_for_what_is_new(truth):
    p = load()
    person, time = appointments(truth)
    everything = draw_scans(truth, p, person, time, enlarging=False)
    kept = np.random.default_rng(2).random(person.size) < 0.6
    some = draw_scans(truth, p, person[kept], time[kept], enlarging=False)
    for column in type(some).SCHEMA:
        if column.name != "new_t2":
            np.testing.assert_array_equal(getattr(some, column.name), getattr(everything, column.name)[kept])
    born = np.concatenate([[0], np.cumsum(np.maximum(everything.new_t2, 0))])[1:]
    later = some.new_t2 >= 0
    since = np.diff(born[kept], prepend=0)
    np.testing.assert_array_equal(some.new_t2[later], since[later])
    np.testing.assert_array_equal(~later, np.diff(person[kept], prepend=-1) > 0)


def test_exact_counts_are_those_of_the_lesions_one_by_one(truth):
    p = load()
    person, time = appointments(truth, most=4)
    seen, lesions = draw_scans(truth, p, person, time), shown(truth)
    np.testing.assert_array_equal(seen.gd, counted(lesions, person, time, lesions.birth, lesions.faded))
    np.testing.assert_array_equal(seen.rims, counted(lesions, person, time, lesions.faded, lesions.until))
    drawn = of.luck(truth, truth.seed)
    dark, widens = ((lesions_word + 0.5) / 2.0**32 for lesions_word in (lesions.dark, lesions.widens))
    odds = p["hole.odds"] * (lesions.area / p["lesion_area"]) ** p["hole.area"]
    odds *= np.where(lesions.rim, p["hole.rim"], 1)
    holes = lesions.take(dark < odds / (1 + odds))
    np.testing.assert_array_equal(seen.t1_holes, counted(holes, person, time, holes.birth + p["hole.after"], np.inf))
    old = lesions.birth + p["sel.after"]
    always = widens < p["sel.quiet"]
    both = lesions.rim & ~always & (widens < p["sel.rim"])
    expected = counted(lesions.take(always), person, time, old[always], np.inf)
    expected += counted(lesions.take(both), person, time, np.maximum(old, lesions.faded)[both], lesions.until[both])
    np.testing.assert_array_equal(seen.sel, expected)
    cortex = of.seen(truth, drawn, truth.lesions.region == of.CORTEX)
    first = (of.luck(truth, truth.seed)[0][truth.lesions.region == of.CORTEX] + 0.5) / 2.0**32
    found = cortex.take(first < p["cortical_detection.3T"])
    np.testing.assert_array_equal(seen.cortical, counted(found, person, time, found.birth, np.inf))
    assert min(getattr(seen, name).sum() for name in LESION_COLUMNS) > 0


def test_exact_t2_volume_is_the_sum_over_lesions_of_their_phases(truth):
    p = freed(QUIET | {"t2.rim_growth": 0.1})
    values = {id: p[id] for id in p.ids}
    person, time = appointments(truth, most=4)
    seen, lesions = draw_scans(truth, p, person, time), shown(truth)
    expected = [
        sum(
            volume_of_one(*(float(x) for x in one), t, values)
            for one in zip(
                *(
                    column[lesions.person == who]
                    for column in (lesions.area, lesions.birth, lesions.faded, lesions.until)
                ),
                strict=True,
            )
        )
        for who, t in zip(person, time, strict=True)
    ]
    np.testing.assert_allclose(seen.t2_volume, expected, rtol=1e-6, atol=1e-9)


def test_property_t2_volume_adds_up_over_any_split_of_the_lesions(truth):
    lesions, plan = shown(truth), rota(truth, *appointments(truth))
    half = np.random.default_rng(4).random(lesions.birth.size) < 0.5
    parts = sum(of.volume(lesions.take(rows), load(), plan) for rows in (half, ~half))
    np.testing.assert_allclose(parts, of.volume(lesions, load(), plan), rtol=1e-10, atol=1e-12)


def test_limit_without_shrinkage_volumes_never_fall_and_without_growth_rims_do_not_matter(truth):
    person, time = appointments(truth)
    still = freed(QUIET | {"t2.residual": 1.0, "t2.shrinking": 0.0})
    later = np.diff(person) == 0
    assert (np.diff(draw_scans(truth, still, person, time).t2_volume)[later] >= 0).all()
    plan, lesions = rota(truth, person, time), shown(truth)
    even = freed({"t2.rim_growth": -load()["t2.shrinking"]})
    bare = lesions._replace(until=lesions.faded)
    np.testing.assert_allclose(of.volume(lesions, even, plan), of.volume(bare, even, plan), rtol=1e-10, atol=1e-12)


def test_a_better_scanner_shows_all_that_a_weaker_one_does(truth):
    p = load()
    shares, before = [], np.zeros(truth.lesions.time.size, dtype=bool)
    for scanner in (Scanner("1.5T", "5mm"), Scanner("1.5T"), Scanner(), Scanner("7T"), Scanner("7T", "1mm")):
        seen = clinic.visible(truth, p, truth.seed, scanner)
        assert (seen >= before).all()
        before = seen
        shares.append(seen[truth.lesions.region == 0].mean())
    assert (np.diff(shares) > 0).all()
    usual = p["scan_detection.cerebral"]
    odds = usual / (1 - usual) * p["scan_field.1.5T"] * p["scan_slice.5mm"]
    n = (truth.lesions.region == 0).sum()
    expected = odds / (1 + odds)
    assert abs(shares[0] - expected) < 4.5 * np.sqrt(expected * (1 - expected) / n)
    cortical = [draw_scans(truth, p, *appointments(truth), scanner=Scanner(f)).cortical for f in ("1.5T", "3T", "7T")]
    assert (cortical[0] <= cortical[1]).all() and (cortical[1] <= cortical[2]).all()
    assert cortical[0].sum() < cortical[1].sum() < cortical[2].sum()


def test_a_cord_scan_adds_the_lesions_of_the_cord_to_those_that_are_new_and_enhance(truth):
    p = load()
    person, time = appointments(truth)
    brain, whole = (draw_scans(truth, p, person, time, scanner=Scanner(cord=cord)) for cord in (False, True))
    for name in ("rims", "t1_holes", "sel", "cortical", "t2_volume", "brain_volume", "grey_volume"):
        np.testing.assert_array_equal(getattr(brain, name), getattr(whole, name))
    drawn = of.luck(truth, truth.seed)
    both = of.shown(truth, p, Scanner(cord=True), drawn)
    cord = both & np.isin(truth.lesions.region, [5, 6])
    assert not (both & (truth.lesions.region == 4)).any()
    here = of.seen(truth, drawn, cord)
    np.testing.assert_array_equal(whole.gd - brain.gd, counted(here, person, time, here.birth, here.faded))
    assert (whole.new_t2 >= brain.new_t2).all() and whole.new_t2.sum() > brain.new_t2.sum()
    share = cord[truth.lesions.region == 5].mean()
    n = (truth.lesions.region == 5).sum()
    assert abs(share - p["cord_detection.cervical"]) < 4.5 * np.sqrt(0.25 / n)


def test_limits_of_the_detector_of_slow_expansion(truth):
    person, time = appointments(truth)
    lesions = shown(truth)
    old = lesions.birth + load()["sel.after"]
    rims = draw_scans(truth, freed({"sel.rim": 1.0, "sel.quiet": 0.0}), person, time).sel
    np.testing.assert_array_equal(rims, counted(lesions, person, time, np.maximum(old, lesions.faded), lesions.until))
    all_ = draw_scans(truth, freed({"sel.rim": 1.0, "sel.quiet": 1.0}), person, time).sel
    np.testing.assert_array_equal(all_, counted(lesions, person, time, old, np.inf))
    assert draw_scans(truth, freed({"sel.rim": 0.0, "sel.quiet": 0.0}), person, time).sel.sum() == 0
    usual = draw_scans(truth, load(), person, time)
    agree = np.corrcoef(usual.sel, usual.rims)[0, 1]
    assert 0.2 < agree < 0.99  # one state, two detectors: neither the same nor unrelated


@dataclass
class OneLesion:
    """A life with one large cerebral lesion born at 1, enhancing for a tenth of a year, with a rim until 9."""

    def __post_init__(self) -> None:
        self.id, self.seed = np.array([7]), 3
        self.start_age, self.sex = np.array([30.0], np.float32), np.array([1], np.int8)
        self.years = np.arange(0.25, 30.1, 0.25).astype(np.float32)
        self.onset, self.death = np.array([0.5], np.float32), np.array([np.inf], np.float32)
        self.lesions = self
        self.person, self.region = np.array([0], np.int32), np.array([0], np.int8)
        self.time, self.area = np.array([1.0], np.float32), np.array([100.0], np.float32)
        self.enhances, self.rim = np.array([0.125], np.float32), np.array([2], np.int8)
        self.rim_until = np.array([9.0], np.float32)

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        level = 0.0 if name.startswith("lost") else 1.0
        return np.full((self.years.size, 1), level, np.float32)


def test_a_lesion_is_called_enlarging_whenever_it_has_outgrown_the_error_while_its_rim_lasts():
    one = OneLesion()
    certain = QUIET | {"scan_detection.cerebral": 1.0, "t2.enlarging": 0.4, "t2.rim_growth": 0.2}
    every = 2.0  # years to grow by that much

    def called(*times: float, **values: float) -> list[int]:
        p = freed(certain | {key.replace("__", "."): value for key, value in values.items()})
        return draw_scans(one, p, np.zeros(len(times), np.int64), np.array(times)).new_t2.tolist()

    yearly = called(*np.arange(0.5, 14))
    begun = 1.125
    steps = [begun + every * k for k in (1, 2, 3)]  # 3.125, 5.125, 7.125; the next would be after the rim
    expected = [-1] + [int(t - 1 < 1.0 <= t) + sum(t - 1 < step <= t for step in steps) for t in np.arange(1.5, 14)]
    assert yearly == expected
    assert called(0.5, 13.0) == [-1, 2]  # born and enlarged in one long interval: once each
    assert called(3.0, 4.0, 5.5, 8.0) == [-1, 0, 1, 1]  # growth counts from the first scan
    assert called(*np.arange(0.5, 14), t2__rim_growth=0.0) == [-1, 1, *[0] * 12]
    assert called(*np.arange(0.5, 14), t2__rim_growth=0.02) == [-1, 1, *[0] * 12]


def test_a_hole_is_there_for_good_from_half_a_year_on():
    one = OneLesion()
    times = np.array([1.0, 1.49, 1.5, 5.0, 25.0])
    certain = {"scan_detection.cerebral": 1.0, "hole.odds": 1e9}
    assert draw_scans(one, freed(certain), np.zeros(5, np.int64), times).t1_holes.tolist() == [0, 0, 1, 1, 1]
    none = certain | {"hole.odds": 0.0}
    assert draw_scans(one, freed(none), np.zeros(5, np.int64), times).t1_holes.sum() == 0


def test_limit_without_disease_grey_matter_shrinks_at_the_rate_of_its_age():
    one = OneLesion()
    p = freed(QUIET)
    time = np.linspace(0, 30, 121)
    seen = draw_scans(one, p, np.zeros(121, np.int64), time).grey_volume.astype(np.float64)
    assert seen[0] == 1
    middle = 30 + (time[1:] + time[:-1]) / 2
    rate = p["grey.ageing"] * 2 ** ((middle - p["age_reference"]) / p["grey.ageing_doubling"])
    np.testing.assert_allclose(-np.diff(seen) / np.diff(time), rate, atol=1e-6 / np.diff(time)[0])


def test_grey_matter_loses_a_share_of_the_fibres_lost(truth):
    p = freed(QUIET)
    person, time = appointments(truth)
    moment = np.maximum(np.rint(time * 4).astype(int), 1)
    time = moment / 4.0
    keep = np.concatenate([[True], (np.diff(person) > 0) | (np.diff(time) > 0)])
    person, time, moment = person[keep], time[keep], moment[keep]
    seen, free = (draw_scans(truth, p.replace({"grey.shrink": x}), person, time).grey_volume for x in (0.5, 0.1))
    alive = truth.years[moment - 1] < truth.death[person]
    lost = truth["lost_grey"][moment - 1, person]
    np.testing.assert_allclose((free - seen)[alive] / 0.4, lost[alive], atol=1e-5)


def test_property_errors_have_the_stated_spread_and_belong_to_person_and_day(truth):
    p = load()
    person, time = appointments(truth, most=40)
    true, noisy = (draw_scans(truth, q, person, time) for q in (freed(QUIET), p))
    again = draw_scans(truth, p, person, time, seed=99)
    some = true.t2_volume > 0
    for name, error in (("t2_volume", "scan_noise.t2"), ("grey_volume", "scan_noise.grey")):
        off = np.log(getattr(noisy, name)[some] / getattr(true, name)[some])
        n = off.size
        assert abs(off.std() / p[error] - 1) < 4.5 / np.sqrt(2 * n)
        assert abs(off.mean()) < 4.5 * p[error] / np.sqrt(n)
    other = np.log(again.brain_volume / noisy.brain_volume)
    assert abs(other.std() / (p["scan_noise.brain"] * np.sqrt(2)) - 1) < 4.5 / np.sqrt(2 * other.size)
    day = days(truth.start_age[person].astype(np.float64) + time)
    moved = draw_scans(truth, p, person, time, day=day + 3)
    np.testing.assert_array_equal(moved.day, day + 3)
    assert (moved.brain_volume != noisy.brain_volume).mean() > 0.9
    np.testing.assert_array_equal(moved.rims, noisy.rims)
    four = volumes.errors(truth, person, day, 1)
    assert abs(np.corrcoef(four) - np.eye(4)).max() < 4.5 / np.sqrt(person.size)


def test_any_order_of_beginnings_is_counted(truth):
    person, time = appointments(truth)
    plan = rota(truth, person, time)
    rng = np.random.default_rng(6)
    who = np.sort(rng.integers(0, len(truth.id), 400)).astype(np.int32)
    begin = rng.uniform(-1, 31, 400)
    end = begin + rng.exponential(3, 400) - 0.3
    found = of.tally(who, begin, end, plan)
    expected = [np.sum((who == p) & (begin <= t) & (t < end)) for p, t in zip(person, time, strict=True)]
    np.testing.assert_array_equal(found, expected)


def test_twins_who_differ_by_prevented_lesions_share_what_scans_show_of_the_rest(truth):
    treated = life.run(company(), years=30, plan="natalizumab@onset+1")
    time = np.repeat(truth.onset.astype(np.float64), 8) + np.tile(np.arange(8), len(truth.id))
    person = np.repeat(np.arange(len(truth.id)), 8)
    kept = np.isfinite(time) & (time < 29)
    person, time = person[kept], time[kept]
    p = freed(QUIET)
    one, two = (draw_scans(lives, p, person, time) for lives in (truth, treated))
    before = time <= truth.onset[person] + 0.5  # so that no moment on treatment takes part
    same(one.take(before), two.take(before))
    for name in LESION_COLUMNS:
        assert (getattr(two, name) <= getattr(one, name)).mean() > 0.99, name
    assert two.t2_volume.sum() < one.t2_volume.sum()


@pytest.mark.parametrize(
    ("scanner", "message"),
    [
        (Scanner(field="3"), "field of a scanner '3'.*1.5T, 3T, 7T"),
        (Scanner(slices="4mm"), "slice of a scanner '4mm'.*'3mm'|1mm"),
    ],
)
def test_an_unknown_scanner_is_refused_with_those_there_are(truth, scanner, message):
    with pytest.raises(UnknownName, match=message):
        draw_scans(truth, load(), np.array([0]), np.array([5.0]), scanner=scanner)


def test_a_list_out_of_order_is_refused(truth):
    for person, time in (([1, 0], [3.0, 3.0]), ([0, 0], [3.0, 2.0]), ([0, 0], [3.0, np.nan]), ([0], [np.nan])):
        with pytest.raises(InputError, match="sorted by person and time"):
            draw_scans(truth, load(), np.array(person), np.array(time))


def test_no_scans_make_an_empty_table(truth):
    assert len(draw_scans(truth, load(), np.array([], np.int64), np.array([]))) == 0
