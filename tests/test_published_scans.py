"""Scans of simulated lives beside the rows of evidence; run with -s to see the figures.

Where a parameter of the scanner was set from a row, the row must be met within twice the sampling error of the study
plus that of the simulation. All else is a consequence of lives that were not made to meet it and is shown, not judged:
how many lesions and rims people have, and so their volumes, is the biology's, and several rows are missed.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scan_cases import TREATED, calendar, courses, lived, scanned
from smoulder import clinic, evidence
from smoulder.clinic.mri import lesions as of
from smoulder.clinic.mri.scans import Scanner, draw_scans
from smoulder.parameters import load

ROWS = {row.id: row for row in evidence.rows()}
#: Years after onset at which people of all courses are looked at where a row is of a mixed clinic.
CROSS = (3, 8, 13, 18)
WEEK = 7 / 365.25


def show(name: str, found: float, id: str, tolerance: float | None = None) -> None:
    """Print a figure beside its row, in the row's unit."""
    row = ROWS[id]
    value = "" if row.value is None else f"{row.value:g}"
    published = value if row.lo is None and row.hi is None else f"{value} ({row.lo} to {row.hi})"
    judged = "shown" if tolerance is None else f"within {tolerance:.3g}"
    print(f"{name:62s} {found:9.3f}   {id} [{row.role}] {published} {row.unit}, {judged}")


def mixed() -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    return [courses().at("all", years) for years in CROSS]


def column(name: str, course: str, years: tuple[float, ...], **options: object) -> NDArray[np.float64]:
    tables = [scanned(courses().at(course, y), **options)[0] for y in years]  # type: ignore[arg-type]
    return np.concatenate([getattr(table, name) for table in tables]).astype(np.float64)


def yearly(name: str, course: str, years: float, span: float, *, plan: str = "none") -> NDArray:
    """Relative change of a column over ``span`` years from ``years`` after onset, of each person who had any of it."""
    first, last = (
        getattr(table, name).astype(np.float64)
        for table in scanned(courses().at(course, years, span + 0.1), (0, span), plan=plan)
    )
    return last[first > 0] / first[first > 0] - 1


def shares(lesions: of.Seen, time: NDArray[np.float64]) -> dict[str, NDArray]:
    """Of each lesion at its person's ``time`` (-inf: not looked at): there, with a rim, slowly expanding, and mm3."""
    p = load()
    age = time - lesions.birth
    there = age >= 0
    rim = there & (lesions.faded <= time) & (lesions.until > time)
    u = (lesions.widens + 0.5) / 2.0**32
    expands = there & (age >= p["sel.after"]) & ((u < p["sel.quiet"]) | (rim & (u < p["sel.rim"])))
    rimmed = np.clip(np.minimum(time, lesions.until) - lesions.faded, 0, None)
    kept = p["t2.residual"] * np.exp(p["t2.rim_growth"] * rimmed - p["t2.shrinking"] * (age - rimmed))
    settling = (1 - p["t2.residual"]) * np.exp(-np.maximum(age, 0) / p["t2.settles"])
    size = p["t2.shape"] * lesions.area**1.5
    mm3 = np.where(there, size * (kept + settling), 0)
    return {"there": there, "rim": rim, "expands": expands, "age": age, "mm3": mm3}


@pytest.fixture(scope="module")
def book() -> of.Seen:
    truth = lived()
    drawn = of.luck(truth, truth.seed)
    return of.seen(truth, drawn, of.shown(truth, load(), Scanner(), drawn))


def times(who: tuple[NDArray[np.int64], NDArray[np.float64]], book: of.Seen) -> NDArray[np.float64]:
    at = np.full(len(lived().id), -np.inf)
    at[who[0]] = who[1]
    return at[book.person]


def test_test_and_retest_differ_by_the_errors_of_the_table():
    who, p = courses().at("all", 8), load()
    one, two = (draw_scans(lived(), p, *who, day=calendar(lived(), *who) + later) for later in (0, 1))
    some = one.t2_volume > 0
    for name, error in (("brain_volume", "brain"), ("cord_area", "cord"), ("grey_volume", "grey"), ("t2_volume", "t2")):
        off = np.log(getattr(two, name)[some] / getattr(one, name)[some])
        spread = p[f"scan_noise.{error}"] * np.sqrt(2)
        print(f"{name + ' spread of a repeated scan, log':62s} {off.std():9.4f}   no row")
        assert abs(off.std() / spread - 1) < 4.5 / np.sqrt(2 * off.size)
    print("   single lesions in the row size_goodkin [calibration]: 0.12 (large) to 0.23 (small) for one measurement")
    one, seven = (100 * yearly("brain_volume", "all", 5, span) / span for span in (1, 7))
    row = ROWS["destefano_ms"]
    print(f"spread of brain volume change, percent: over a year {one.std():.2f}; assess_pbvc_12mo_c [validation] 0.78;")
    print(f"   over seven {seven.std():.2f}; destefano_ms [calibration] {(row.hi - row.lo) / 2:.2f}")


def test_rims_for_each_person_and_lesion(book):
    rims = column("rims", "all", CROSS)
    show("people with a rim", (rims > 0).mean(), "prl_patient")
    show("people with a rim", (rims > 0).mean(), "irl_patients")
    show("people without", (rims == 0).mean(), "absinta_0")
    show("people with one to three", ((rims > 0) & (rims < 4)).mean(), "irl_13")
    show("people with four or more", (rims >= 4).mean(), "irl_4")
    at = [shares(book, times(who, book)) for who in mixed()]
    total = {k: np.concatenate([one[k] for one in at]) for k in at[0]}
    large = total["there"] & (total["mm3"] > 100)
    young = large & (total["age"] < 5)
    show("lesions with a rim", total["rim"].sum() / total["there"].sum(), "prl_lesion")
    show("lesions with a rim", total["rim"].sum() / total["there"].sum(), "irl_wml")
    show("large lesions with a rim", total["rim"][large].mean(), "prl_13")
    show("large lesions under five years with a rim", total["rim"][young].mean(), "prl_young")
    later = np.concatenate([book.until > times(who, book) + 4.5 for who in mixed()])
    show("rims that last another 4.5 years", later[total["rim"]].mean(), "irl_persist")
    volume, expands = total["mm3"].sum(), total["expands"]
    show("slowly expanding, share of T2 volume", total["mm3"][expands].sum() / volume, "sel_share_t2_rec")
    print(f"{'slowly expanding, share of lesions':62s} {expands.sum() / total['there'].sum():9.3f}   no row")
    rim, both = total["rim"] & (total["age"] >= load()["sel.after"]), total["rim"] & expands
    agree = both.sum() / rim.sum(), both.sum() / expands.sum()
    print(f"{'of rims expanding, of expanding with a rim':62s} {agree[0]:9.3f} {agree[1]:.3f}   no row")
    assert abs(agree[0] - load()["sel.rim"]) < 4.5 * np.sqrt(0.25 / (book.rim.sum() / 4))


def test_old_lesions_grow_less_often_than_the_row_of_expanding_ones_says(book):
    early = [shares(book, times(courses().at("RR", y, 4.1), book)) for y in (4, 9)]
    late = [shares(book, times((who[0], who[1] + 4), book)) for who in (courses().at("RR", y, 4.1) for y in (4, 9))]
    old = np.concatenate([one["age"] >= 1 for one in early])
    first, last = (np.concatenate([one["mm3"] for one in some]) for some in (early, late))
    growth = last[old] / first[old] - 1
    show("chronic lesions that grow over four years", (growth > 0).mean(), "exp_share")
    show("chronic lesions that shrink (by more than 5 percent)", (growth < -0.05).mean(), "shrink_share")
    grown = np.clip(last - first, 0, None)
    show("share of T2 volume increase from old lesions", grown[old].sum() / grown.sum(), "exp_volume_share")
    rims = np.concatenate([one["rim"] for one in early])[old]
    assert (growth[~rims] < 0).mean() > 0.99  # without a rim a lesion past the acute phase only shrinks


def test_t2_volume_and_its_change():
    for course, years in (("RR", 1), ("RR", 5), ("RR", 10), ("SP", 15), ("PP", 6)):
        ml = column("t2_volume", course, (years,))
        print(f"T2 volume {course} {years:2d} y after onset: mean {ml.mean():.2f}, median {np.median(ml):.2f} ml")
    print("   ORATORIO at entry [calibration, trial_designs]: mean 10.9 (placebo) and 12.7 ml")
    early = 1000 * column("t2_volume", "RR", (1,)).mean()
    show("T2 volume a year after onset, mm3 (row: periventricular)", early, "lesionvol_pv_early")
    untreated, treated = (np.median(yearly("t2_volume", "RR", 5, 2, plan=plan)) for plan in ("none", TREATED))
    show("T2 volume in 2 years, untreated RR, median percent", 100 * untreated, "affirm_t2_lesion_volume_change_2y_c")
    show("the same", 100 * untreated, "prisms_t2_lesion_volume_change_2y_c")
    show("natalizumab twins, median percent", 100 * treated, "affirm_t2_lesion_volume_change_2y_t")
    first, last = scanned(courses().at("RR", 5, 2.1), (0, 2))
    gained = float((last.t2_volume - first.t2_volume).mean())
    show("T2 volume change in 2 years, untreated RR, ml", gained, "temso_t2_lesion_volume_change_c")
    first, last = scanned(courses().at("PP", 6, 2.4), (0, 2.3))
    ratio = 100 * (last.t2_volume.mean() / first.t2_volume.mean() - 1)
    show("T2 volume change in 2.3 years, PP, percent of the mean", ratio, "oratorio_t2_lesion_volume_change_wk120_c")
    change = 100 * np.median(yearly("t2_volume", "PP", 6, 1))
    show("T2 volume change in a year, PP, median percent", change, "pp_t2_change")
    assert treated < 0 < untreated


def test_new_and_enlarging_lesions():
    for plan, arm in (("none", "c"), (TREATED, "t")):
        _, last = scanned(courses().at("RR", 5, 2.1), (0, 2), plan=plan)
        show("new or enlarging in 2 years, RR", float(last.new_t2.mean()), f"affirm_new_enlarging_t2_2y_{arm}")
    _, last = scanned(courses().at("PP", 6, 2.4), (0, 2.3))
    show("new or enlarging in 2.3 years, PP", float(last.new_t2.mean()), "oratorio_new_enlarging_t2_total_wk120_c")
    _, brain = scanned(courses().at("PP", 6, 1.1), (0, 1))
    _, cord = scanned(courses().at("PP", 6, 1.1), (0, 1), scanner=Scanner(cord=True))
    show("new brain lesions in a year, PP", float(brain.new_t2.mean()), "pp_newlesions_yr")
    show("new cord lesions in a year, PP", float((cord.new_t2 - brain.new_t2).mean()), "pp_newcord_yr")
    person, time = courses().at("RR", 5, 20.1)
    person, time = np.repeat(person, 21), (time[:, None] + np.arange(21)).ravel()
    with_, without = (draw_scans(lived(), load(), person, time, enlarging=e).new_t2 for e in (True, False))
    slow = (with_ - without)[without >= 0].mean()
    print(f"{'slowly enlarging beyond the error, a year over twenty, RR':62s} {slow:9.4f}   no row")
    assert (with_ >= without).all()


def test_t1_holes(book):
    p = load()
    odds = p["hole.odds"] * (book.area / p["lesion_area"]) ** p["hole.area"] * np.where(book.rim, p["hole.rim"], 1)
    share, row = float((odds / (1 + odds)).mean()), ROWS["bh_conversion"]
    show("lesions that leave a persistent hole", share, "bh_conversion")
    first, last = scanned(courses().at("RR", 5, 2.1), (0, 2))
    show("new holes in 2 years, RR", float((last.t1_holes - first.t1_holes).mean()), "affirm_new_t1_hypointense_2y_c")
    show("people with a hole, half a year after onset", (column("t1_holes", "RR", (0.5,)) > 0).mean(), "bh_cis")
    assert row.lo <= share <= row.hi


def test_cortical_lesions():
    """The shares of people with any, from which the detection at 1.5 tesla was set; times after onset assumed."""
    for course, years, id in (("RR", 0.5, "icl_cis"), ("RR", 8, "icl_rr"), ("SP", 15, "icl_sp")):
        any_ = column("cortical", course, (years,), scanner=Scanner("1.5T")) > 0
        published = ROWS[id].value
        tolerance = np.sqrt(published * (1 - published)) * (2 / np.sqrt(ROWS[id].n) + 4.5 / np.sqrt(any_.size))
        show(f"people with a cortical lesion at 1.5 tesla, {course} {years} y", any_.mean(), id, tolerance)
        assert abs(any_.mean() - published) < tolerance
    seven = Scanner("7T")
    progressive = np.concatenate([column("cortical", c, (15,), scanner=seven) for c in ("SP", "PP")])
    show("cortical lesions at 7 tesla, progressive, median", float(np.median(progressive)), "cl_prog_median")
    middle = np.median(column("cortical", "RR", (10,), scanner=seven))
    print(f"   RR at 10 y: median {middle:.0f}; the row's comparator 15 (0-168)")
    first, last = scanned(courses().at("RR", 10, 1.1), (0, 1), scanner=seven)
    show("new cortical lesions a year at 7 tesla, RR", float((last.cortical - first.cortical).mean()), "cl_accrual")
    quiet = (last.new_t2 == 0) & (last.gd == 0)
    gained = (last.cortical - first.cortical).astype(float)
    show("the same, no new white matter lesion", gained[quiet].mean(), "cl2y_stable")
    show("the same, with one", gained[~quiet].mean(), "cl2y_active")
    assert gained[~quiet].mean() > gained[quiet].mean()


def test_cord_area_by_course():
    for course, years, id in (("RR", 8, "cord_csa_rr"), ("SP", 20, "cord_csa_sp"), ("PP", 10, "cord_csa_pp")):
        show(f"cord area, {course} {years} y, mm2", column("cord_area", course, (years,)).mean(), id)
    show("cord area change in a year, all, percent", 10 * yearly("cord_area", "all", 5, 10).mean(), "cord_rate")
    before = clinic.scan(lived(), every_years=1.0, first="start")
    healthy = before.cord_area[np.searchsorted(before.person, lived().id)]
    tolerance = 4.5 * healthy.std() / np.sqrt(healthy.size)
    tolerance += 80.87 * load()["cord_area_spread"] ** 2 / 2  # the row is met by the median of a log-normal
    show("cord area at biological start, mm2", float(healthy.mean()), "cord_csa_hc", tolerance)
    assert abs(healthy.mean() - ROWS["cord_csa_hc"].value) < tolerance


def test_grey_matter_volume():
    ages = {"q1": (0, 35), "q2": (35, 41), "q3": (41, 49), "q4": (49, 99)}
    seen = []
    for years in (3, 6, 9, 12, 15):
        who = courses().at("relapsing", years, 5.1)
        first, last = scanned(who, (0, 5))
        rate = 20 * (last.grey_volume.astype(float) / first.grey_volume - 1)
        seen.append(np.stack([lived().start_age[who[0]] + who[1], rate]))
    age, rate = np.concatenate(seen, axis=1)
    show("grey matter change a year, relapsing onset, percent (thalamus)", rate.mean(), "thal_ms")
    for name, (low, high) in ages.items():
        show(f"the same from age {low} to {high} (cortex)", rate[(age >= low) & (age < high)].mean(), f"cgm_age_{name}")
    final = 100 * (column("grey_volume", "all", (29,)).mean() - 1)
    show("grey matter lost 29 years after onset, percent (row: of cortex, controls)", final, "cortex_volume_pm")
    p = load()
    for years, id in ((35, "age_bvl_gm35"), (70, "age_bvl_gm70"), (35, "age_bvl_th35"), (70, "age_bvl_th70")):
        fibres = p["grey.shrink"] * p["k_ageing"] * 2 ** ((years - p["age_reference"]) / p["t_ageing_doubling"])
        healthy = p["grey.ageing"] * 2 ** ((years - p["age_reference"]) / p["grey.ageing_doubling"]) + fibres
        show(f"healthy grey matter change at {years}, percent a year", -100 * healthy, id)
        assert abs(100 * healthy + ROWS[id].value) < 0.1  # grey matter and thalamus differ by 0.07


def test_a_potent_drug_shrinks_the_brain_in_its_first_year_more_than_later():
    """Twins from five years after onset, relapsing; natalizumab lets the water of lesions drain."""
    who = courses().at("RR", 5, 2.4)
    active = scanned(who)[0].gd > 0
    change = {}
    for plan in ("none", TREATED):
        tables = scanned(who, (0, 24 * WEEK, 1, 96 * WEEK, 2), plan=plan)
        start, half, one, later, two = (table.brain_volume.astype(np.float64) for table in tables)
        grey = tables[2].grey_volume / tables[0].grey_volume
        change[plan] = 100 * (np.stack([one / start, two / one, later / half, grey]) - 1)
    own, twin = change["none"].mean(axis=1), change[TREATED].mean(axis=1)
    show("brain volume change in year 1, untreated, percent", own[0], "affirm_brain_parenchymal_fraction_change_y1_c")
    show("on natalizumab", twin[0], "affirm_brain_parenchymal_fraction_change_y1_t")
    show("on natalizumab (38 people of a clinic)", twin[0], "ntz_bpf")
    show("on natalizumab, enhancing at the start", change[TREATED][0, active].mean(), "ntz_bpf")
    print(f"   their untreated twins {change['none'][0, active].mean():.3f}")
    show("brain volume change in year 2, untreated", own[1], "affirm_brain_parenchymal_fraction_change_y2_c")
    show("on natalizumab", twin[1], "affirm_brain_parenchymal_fraction_change_y2_t")
    show("weeks 24 to 96, untreated (row: interferon)", own[2], "opera_pooled_pbvc_wk24_96_c")
    show("weeks 24 to 96, natalizumab (row: ocrelizumab)", twin[2], "opera_pooled_pbvc_wk24_96_t")
    show("grey matter in year 1, natalizumab", twin[3], "ntz_gmf")
    progressive = courses().at("PP", 6, 2.4)
    first, last = scanned(progressive, (24 * WEEK, 120 * WEEK))
    pbvc = 100 * (last.brain_volume / first.brain_volume - 1).mean()
    show("weeks 24 to 120, PP untreated, percent", float(pbvc), "oratorio_pbvc_wk24_120_c")
    yearly_loss = 100 * yearly("brain_volume", "PP", 6, 1).mean()
    show("brain volume change in a year, PP, percent", yearly_loss, "pp_brain_change")
    show("the same, all, over 7 years", 100 * yearly("brain_volume", "all", 5, 7).mean() / 7, "destefano_ms")
    extra = change[TREATED] - change["none"]
    error = 3 * extra.std(axis=1) / np.sqrt(extra.shape[1])
    assert extra[0].mean() < -error[0] and extra[1].mean() > error[1]
    assert extra[0, active].mean() < extra[0, ~active].mean()
    assert abs(extra[3].mean()) < 0.1  # grey matter holds no water
