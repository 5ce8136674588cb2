"""The clinic against small hand-made truths: schedules, ratings, relapses and scans follow their rules alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from smoulder import clinic, edss, parameters
from smoulder.clinic import items, visits
from smoulder.clinic.relapses import merge
from smoulder.errors import InputError
from smoulder.records import DAYS_PER_YEAR, days

# Novakovic 2017 for the systems; ambulation and arms spaced by hand. Only the shape matters here, not the values.
THRESHOLDS = {
    "pyramidal": (3.16, [-1.57, -0.30, 0.52, 1.95, 3.26]),
    "cerebellar": (2.81, [-0.93, 0.05, 1.08, 2.72, 3.83]),
    "brainstem": (1.02, [-0.12, 1.62, 3.64, 6.45]),
    "sensory": (0.98, [-0.80, 0.40, 2.37, 4.76, 7.78, 10.13]),
    "bowel_bladder": (1.25, [-0.15, 1.75, 3.29, 6.32, 7.28]),
    "visual": (0.424, [0.04, 3.91, 6.67, 8.43, 10.20, 11.95]),
    "mental": (0.907, [0.40, 1.52, 5.69, 8.59]),
    "ambulation": (3.71, [1.14, 1.38, 1.61, 2.03, 2.47, 2.6, 2.8, 2.95, 3.0, 3.09, 3.34, 3.69]),
    "arm_use": (3.71, [4.2, 4.7, 5.2]),
}
STEP = 0.25


class Table(dict):
    """Parameters by id, as the real table gives them."""

    def family(self, prefix: str) -> dict[str, float]:
        return {key.removeprefix(prefix + "."): value for key, value in self.items() if key.startswith(prefix + ".")}

    def but(self, **values: float) -> Table:
        return Table(self | {key.replace("__", "."): value for key, value in values.items()})


@pytest.fixture
def table() -> Table:
    rows = {f"item_slope.{name}": slope for name, (slope, _) in THRESHOLDS.items()}
    rows |= {f"item_threshold.{name}.{k + 1}": b for name, (_, bs) in THRESHOLDS.items() for k, b in enumerate(bs)}
    rows |= {f"scan_detection.{region}": 1.0 for region in ("cerebral", "cortex", "brainstem", "cerebellum")}
    rows |= {f"scan_detection.{region}": 0.0 for region in ("optic", "cervical", "thoracolumbar")}
    rows |= {"rating_noise.fs": 0.6, "rating_noise.ambulation": 0.6, "relapse_reported": 1.0}
    rows |= {"unlesioned_relapse_rate": 0.0, "unlesioned_relapse_halving": 13.9}
    rows |= {"unlesioned_relapse_rise": 1.0, "unlesioned_relapse_lasts": 45 / DAYS_PER_YEAR, "age_reference": 30.0}
    rows |= {"relapse_separation": 30 / DAYS_PER_YEAR, "cord_area_healthy": 80.0, "cord_area_spread": 0.1}
    shipped = parameters.load()
    kept = ("scan_field", "scan_slice", "cord_detection", "cortical_detection", "t2", "hole", "sel", "grey")
    rows |= {id: shipped[id] for id in shipped.ids if id.split(".")[0] in (*kept, "age_reference", "lesion_area")}
    return Table(rows | {"scan_noise.brain": 0.002, "scan_noise.cord": 0.01, "scan_noise.t2": 0, "scan_noise.grey": 0})


@dataclass
class Lesions:
    person: np.ndarray
    time: np.ndarray
    region: np.ndarray
    area: np.ndarray
    felt: np.ndarray
    enhances: np.ndarray
    rim: np.ndarray
    rim_until: np.ndarray


def lesions(*rows: tuple) -> Lesions:
    """Lesions from rows (person, time, region, felt, enhances, rim, rim_until)."""
    columns = list(zip(*rows, strict=True)) if rows else [[]] * 7
    person, time, region, felt, enhances, rim, until = (np.array(column) for column in columns)
    return Lesions(
        person.astype(np.int32),
        time.astype(np.float32),
        region.astype(np.int8),
        np.arange(1, len(person) + 1, dtype=np.float32),
        felt.astype(bool),
        enhances.astype(np.float32),
        rim.astype(np.int8),
        until.astype(np.float32),
    )


@dataclass
class Truth:
    """Lives by hand: N people, T moments, latent disability rising at a person's own pace, volumes falling."""

    n: int = 40
    t: int = 120
    seed: int = 5
    death: np.ndarray | None = None
    onset: np.ndarray | None = None
    lesions: Lesions = field(default_factory=lesions)
    lift: float = 0.0
    keep: np.ndarray | None = None

    def __post_init__(self) -> None:
        rng = np.random.default_rng(11)
        self.id = np.arange(self.n) + 100
        self.start_age = rng.uniform(15, 40, self.n).astype(np.float32)
        self.sex = rng.integers(0, 2, self.n).astype(np.int8)
        self.years = (STEP * np.arange(1, self.t + 1)).astype(np.float32)
        self.offsets = rng.logistic(size=(9, self.n)).astype(np.float32)
        self.onset = rng.uniform(1, 8, self.n).astype(np.float32) if self.onset is None else self.onset
        self.death = np.full(self.n, np.inf, dtype=np.float32) if self.death is None else self.death
        self.onset_attack = np.isfinite(self.onset)
        self.pace = rng.lognormal(-2, 0.8, self.n).astype(np.float32)
        if self.keep is not None:
            for name in ("id", "start_age", "sex", "onset", "death", "onset_attack", "pace"):
                setattr(self, name, getattr(self, name)[self.keep])
            self.offsets = self.offsets[:, self.keep]

    def __getitem__(self, name: str) -> np.ndarray:
        if name.startswith("latent_"):
            return (self.lift - 1 + self.pace[None, :] * self.years[:, None]).astype(np.float32)
        if name == "lost_grey":
            return np.zeros((self.t, len(self.id)), dtype=np.float32)
        loss = {"brain_volume": 0.004, "cord_volume": 0.01}[name]
        return np.broadcast_to(1 - loss * self.years[:, None], (self.t, len(self.id))).astype(np.float32)


def same(one, two) -> None:
    for column in type(one).SCHEMA:
        np.testing.assert_array_equal(getattr(one, column.name), getattr(two, column.name), err_msg=column.name)


def rated(table) -> np.ndarray:
    return np.stack([getattr(table, visits.COLUMNS[name]) for name in edss.ITEMS])


def test_limit_without_noise_the_rating_is_the_true_level(table):
    truth = Truth()
    quiet = table.but(rating_noise__fs=0.0, rating_noise__ambulation=0.0)
    seen = clinic.follow(truth, quiet, first="start", every_years=STEP).visits
    for row, (name, (slope, thresholds)) in enumerate(THRESHOLDS.items()):
        latent = truth[f"latent_{name}"].T.ravel()
        offset = np.repeat(truth.offsets[row], truth.t)
        expected = sum((slope * (latent.astype(float) - b) > offset).astype(int) for b in thresholds)
        np.testing.assert_array_equal(getattr(seen, visits.COLUMNS[name]), expected)
    one, two = clinic.second_rater(truth, quiet)
    same(one, two)


def test_property_more_latent_disability_never_lowers_a_level(table):
    low, high = (clinic.follow(Truth(lift=lift), table).visits for lift in (0.0, 0.4))
    difference = rated(high) - rated(low)
    assert difference.min() >= 0
    assert difference.max() > 0
    assert (high.edss >= low.edss).all()


def test_exact_a_rating_depends_on_its_person_and_day_alone(table):
    truth = Truth()
    everyone = clinic.follow(truth, table)
    chosen = np.array([31, 2, 17])
    few = clinic.follow(Truth(keep=chosen), table)
    same(few.visits, everyone.visits.take(np.isin(everyone.visits.person, truth.id[chosen])))
    same(few.people, everyone.people.take(np.sort(chosen)))
    person, moment = visits.schedule(truth, 0.5, np.ones(truth.n, dtype=bool))
    order = np.random.default_rng(3).permutation(len(person))
    same(clinic.examine(truth, table, person[order], moment[order]), everyone.visits)
    first = moment[np.searchsorted(person, person)]
    every_second = everyone.visits.take((moment - first) % 4 == 0)
    same(clinic.follow(truth, table, every_years=1.0).visits, every_second)


def test_exact_seeds_and_raters_draw_apart_but_share_the_truth(table):
    truth = Truth()
    one, two = clinic.second_rater(truth, table)
    np.testing.assert_array_equal(one.person, two.person)
    np.testing.assert_array_equal(one.day, two.day)
    assert (rated(one) != rated(two)).any(axis=1)[:7].all()
    assert (rated(clinic.follow(truth, table, seed=6).visits) != rated(one)).any()
    same(clinic.follow(truth, table, rater=2).visits, two)


def test_property_more_noise_gives_less_agreement(table):
    agreement = []
    for noise in (0.0, 0.5, 1.5):
        one, two = clinic.second_rater(Truth(n=200), table.but(rating_noise__fs=noise, rating_noise__ambulation=noise))
        agreement.append((one.edss == two.edss).mean())
    assert agreement[0] == 1.0
    assert agreement[0] > agreement[1] > agreement[2]


def test_property_rating_noise_is_normal_with_the_stated_spread(table):
    n = 20_000
    noise = items.rating_noise(items.Items.of(table), 3, np.arange(n), np.full(n, 9_000))
    assert noise.shape == (9, n)
    correlation = np.corrcoef(noise) - np.eye(9)
    assert abs(correlation).max() < 4.5 / np.sqrt(n)  # 36 pairs of a unit normal
    np.testing.assert_allclose(noise.std(axis=1), 0.6, rtol=4.5 / np.sqrt(2 * n))
    assert abs(noise.mean(axis=1)).max() < 4.5 * 0.6 / np.sqrt(n)


def test_visits_run_from_onset_to_death_on_recorded_moments(table):
    onset = np.array([1.1, 2.0, np.nan, 29.9], dtype=np.float32)
    death = np.array([3.2, np.inf, np.inf, np.inf], dtype=np.float32)
    truth = Truth(n=4, onset=onset, death=death)
    seen = clinic.follow(truth, table, every_years=0.5)
    assert (~clinic.enters(truth)).sum() == 1
    np.testing.assert_array_equal(seen.people.person, [100, 101, 103])
    first_life = seen.visits.day[seen.visits.person == 100]
    np.testing.assert_array_equal(first_life, days(truth.start_age[0] + np.array([1.25, 1.75, 2.25, 2.75])))
    assert (seen.visits.person == 101).sum() == 57  # 2.0, 2.5, ... 30.0
    assert (seen.visits.person == 103).sum() == 1
    np.testing.assert_array_equal(seen.people.death_day, [days(float(truth.start_age[0]) + float(death[0])), -1, -1])
    np.testing.assert_array_equal(seen.people.first_day, seen.people.onset_day)
    np.testing.assert_array_equal(seen.people.last_day[1:], days(truth.start_age[[1, 3]].astype(float) + 30))
    assert (seen.visits.edss < 20).all()
    from_start = clinic.follow(truth, table, first="start")
    np.testing.assert_array_equal(from_start.people.onset_day < 0, np.isnan(onset))
    assert len(from_start) == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"every_years": 0.3}, "0.25 years apart"),
        ({"first": "birth"}, "'onset' or 'start'"),
        ({"rater": 3}, "1, 2; got 3"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused(table, arguments, message):
    with pytest.raises(InputError, match=message):
        clinic.follow(Truth(), table, **arguments)


def test_items_with_thresholds_that_do_not_rise_are_refused(table):
    with pytest.raises(InputError, match=r"item_threshold\.visual"):
        items.Items.of(table.but(item_threshold__visual__2=-1.0))
    with pytest.raises(InputError, match=r"item_threshold\.arm_use"):
        items.Items.of(Table({key: value for key, value in table.items() if "arm_use.1" not in key}))


def test_attacks_within_thirty_days_of_a_beginning_are_one_relapse():
    person = np.array([0, 0, 0, 0, 0, 1])
    day = np.array([100, 129, 130, 159, 160, 101])
    np.testing.assert_array_equal(merge(person, day, 30), [True, False, True, False, True, True])


def relapsing_truth() -> Truth:
    onset = np.array([2.0, 3.0, np.nan], dtype=np.float32)
    death = np.array([np.inf, 5.0, np.inf], dtype=np.float32)
    day = 1 / DAYS_PER_YEAR
    return Truth(
        n=3,
        onset=onset,
        death=death,
        lesions=lesions(
            (0, 1.0, 0, True, 0.1, 0, 0),  # before onset: not seen by the clinic
            (0, 2.0, 0, True, 0.1, 0, 0),
            (0, 2.0 + 20 * day, 0, True, 0.1, 0, 0),
            (0, 2.0 + 40 * day, 0, True, 0.1, 0, 0),
            (0, 2.0 + 45 * day, 0, False, 0.1, 0, 0),
            (1, 3.0, 0, True, 0.1, 0, 0),
            (1, 4.0, 0, True, 0.1, 0, 0),
            (1, 6.0, 0, True, 0.1, 0, 0),  # after death
            (2, 4.0, 0, True, 0.1, 0, 0),  # no clinical onset
        ),
    )


def test_relapses_are_the_felt_attacks_from_onset_to_death(table):
    truth = relapsing_truth()
    seen = clinic.follow(truth, table).relapses
    np.testing.assert_array_equal(seen.person, [100, 100, 101, 101])
    time = np.array([2.0, 2.0 + 40 / DAYS_PER_YEAR, 3.0, 4.0])
    np.testing.assert_array_equal(seen.day, days(truth.start_age[[0, 0, 1, 1]].astype(float) + time))


def test_limit_unreported_relapses_leave_the_attack_at_onset(table):
    truth = relapsing_truth()
    seen = clinic.follow(truth, table.but(relapse_reported=0.0)).relapses
    np.testing.assert_array_equal(seen.person, [100, 101])
    truth.onset_attack = np.zeros(3, dtype=bool)  # onset by a lasting symptom: nothing is certain to be reported
    assert len(clinic.follow(truth, table.but(relapse_reported=0.0)).relapses) == 0


def test_property_the_reported_share_is_that_of_the_table(table):
    n, per = 400, 20
    rows = [(p, 1 + 0.5 * k, 0, True, 0.1, 0, 0) for p in range(n) for k in range(per)]
    truth = Truth(n=n, onset=np.full(n, 1, dtype=np.float32), lesions=lesions(*rows))
    seen = len(clinic.follow(truth, table.but(relapse_reported=0.7)).relapses) - n
    possible = n * (per - 1)
    assert abs(seen - 0.7 * possible) < 4.5 * np.sqrt(0.21 * possible)


def scanned(table, *rows, every=0.25, **options):
    truth = Truth(n=2, onset=np.array([1.0, 1.0], dtype=np.float32), lesions=lesions(*rows), **options)
    return truth, clinic.scan(truth, table, every_years=every)


def test_a_lesion_enhances_and_shows_a_rim_exactly_in_its_windows(table):
    _, seen = scanned(table, (0, 2.1, 0, False, 0.3, 2, 4.0), (0, 2.5, 5, False, 0.3, 2, 4.0), every=0.1)
    own = seen.person == 100
    time = 1.0 + 0.1 * np.arange(own.sum())
    born, faded = np.float64(np.float32(2.1)), np.float64(np.float32(2.1)) + np.float64(np.float32(0.3))
    np.testing.assert_array_equal(seen.gd[own], (time >= born) & (time < faded))
    np.testing.assert_array_equal(seen.rims[own], (time >= faded) & (time < 4.0))
    new = seen.new_t2[own]
    assert new[0] == -1
    np.testing.assert_array_equal(np.flatnonzero(new[1:] == 1) + 1, [np.argmax(time >= born)])
    assert seen.gd[own].sum() > 0
    kinds = [
        clinic.scan(Truth(n=1, lesions=lesions((0, 9.0, 0, False, 0.1, kind, 14.0))), table).rims.sum()
        for kind in range(3)
    ]
    assert kinds[0] == 0
    assert kinds[1] == kinds[2] == 5  # a rim is a rim, lasting or not
    assert (seen.gd[~own] == 0).all()  # and the second lesion is in the cord: a brain scan does not show it


def test_every_visible_lesion_after_the_first_scan_is_new_once(table):
    rng = np.random.default_rng(1)
    rows = [(p, t, 0, False, 0.1, 0, 0) for p in range(2) for t in np.sort(rng.uniform(0, 30, 300))]
    truth, seen = scanned(table, *rows, every=0.5)
    after = (truth.lesions.time > 1.0).sum()
    assert seen.new_t2[seen.new_t2 > 0].sum() == after
    half = table.but(**{f"scan_detection__{r}": 0.5 for r in ("cerebral", "cortex", "brainstem", "cerebellum")})
    found = clinic.scan(truth, half, every_years=0.5).new_t2
    assert abs(found[found > 0].sum() - after / 2) < 4.5 * np.sqrt(after / 4)


def test_limit_enhancing_count_is_birth_rate_times_duration(table):
    """Little's law, at constant births: mean enhancing lesions on a scan = births a year x years of enhancement."""
    rng = np.random.default_rng(8)
    n, rate, duration = 400, 6.0, 0.08
    rows = []
    for person in range(n):
        times = np.sort(rng.uniform(0, 30, rng.poisson(30 * rate)))
        rows += [
            (person, t, 0, False, d, 0, 0) for t, d in zip(times, rng.exponential(duration, times.size), strict=True)
        ]
    truth = Truth(n=n, onset=np.full(n, 1, dtype=np.float32), lesions=lesions(*rows))
    gd = clinic.scan(truth, table, every_years=1.0).gd
    expected = rate * duration
    assert abs(gd.mean() - expected) < 4.5 * np.sqrt(expected / gd.size)  # Poisson, scans a year apart
    assert abs(gd.var() / gd.mean() - 1) < 4.5 * np.sqrt(2 / gd.size + 1 / (gd.size * expected))


def test_scans_are_the_same_for_any_subset_of_people(table):
    rows = [(p, 1 + 0.37 * k, k % 7, False, 0.2, k % 3, 3 + 0.5 * k) for p in range(40) for k in range(20)]
    options = {"every_years": 0.5}
    seen = clinic.scan(Truth(lesions=lesions(*rows)), table.but(scan_detection__cerebral=0.5), **options)
    chosen = np.array([4, 9, 30])
    own = [(np.flatnonzero(chosen == p)[0], *rest) for p, *rest in rows if p in chosen]
    part = lesions(*own)
    part.area = np.concatenate([np.arange(1, 801, dtype=np.float32)[20 * p : 20 * p + 20] for p in chosen])
    few = clinic.scan(Truth(keep=chosen, lesions=part), table.but(scan_detection__cerebral=0.5), **options)
    same(few, seen.take(np.isin(seen.person, 100 + chosen)))
    truth = Truth(lesions=lesions(*rows))
    marked = np.isin(np.arange(40), chosen)
    same(clinic.scan(truth, table.but(scan_detection__cerebral=0.5), who=marked, **options), few)


def test_volumes_are_the_true_ones_plus_the_scanners_error(table):
    quiet = table.but(scan_noise__brain=0.0, scan_noise__cord=0.0, cord_area_spread=0.0)
    truth = Truth(n=300, death=np.where(np.arange(300) < 150, 9.9, np.inf).astype(np.float32))
    true = clinic.scan(truth, quiet, every_years=0.1)
    age = true.day / DAYS_PER_YEAR
    time = age - truth.start_age[true.person - 100]
    between = 1 - 0.004 * time
    steady = (time < 9.75) | (true.person >= 250)
    np.testing.assert_allclose(true.brain_volume[steady], between[steady], atol=2e-5)  # half a day, and float32
    assert (true.brain_volume > 0).all()
    np.testing.assert_allclose(true.cord_area[steady], 80 * (1 - 0.01 * time[steady]), rtol=5e-5)
    early = clinic.scan(truth, quiet, every_years=0.1, first="start")
    np.testing.assert_allclose(early.brain_volume[early.person == 100][:3], [1, 0.9996, 0.9992], atol=1e-6)
    noisy = clinic.scan(truth, table.but(cord_area_spread=0.0), every_years=0.1)
    for name, spread in (("brain_volume", 0.002), ("cord_area", 0.01)):
        error = getattr(noisy, name) / getattr(true, name) - 1
        assert abs(error.std() / spread - 1) < 4.5 / np.sqrt(2 * error.size)
        assert abs(error.mean()) < 4.5 * spread / np.sqrt(error.size)
    people = clinic.scan(truth, table.but(scan_noise__cord=0.0), every_years=1.0)
    ratio = people.cord_area / clinic.scan(truth, quiet, every_years=1.0).cord_area
    own = np.array([ratio[people.person == p] for p in (100, 399)], dtype=object)
    assert all(np.ptp(values.astype(float)) < 1e-5 for values in own)
    logs = np.log(ratio[np.unique(people.person, return_index=True)[1]])
    assert abs(logs.std() / 0.1 - 1) < 4.5 / np.sqrt(2 * logs.size)


def test_a_truth_without_lesions_is_refused(table):
    with pytest.raises(InputError, match="kept no lesions"):
        clinic.scan(Truth(lesions=None), table)


def test_scans_closer_than_a_day_are_refused(table):
    with pytest.raises(InputError, match="a day apart"):
        clinic.scan(Truth(), table, every_years=0.001)


def test_twins_who_differ_by_prevented_lesions_share_the_rest(table):
    rows = [(0, 1.5 + 0.3 * k, 0, False, 0.5, 0, 0) for k in range(40)]
    half = table.but(scan_detection__cerebral=0.5)
    both = lesions(*rows)
    truth = Truth(n=1, onset=np.array([1.0], dtype=np.float32), lesions=both)
    shown = clinic.visible(truth, half, truth.seed)
    fewer = Lesions(**{name: getattr(both, name)[10:] for name in both.__dataclass_fields__})
    np.testing.assert_array_equal(clinic.visible(replace_lesions(truth, fewer), half, truth.seed), shown[10:])
    assert 0 < shown.sum() < 40


def replace_lesions(truth: Truth, others: Lesions) -> Truth:
    return replace(truth, lesions=others)
