"""The strengths of the shipped drugs: derived from what they cite, and from nothing that may not be used."""

from __future__ import annotations

import math
import re

import pytest
from scipy import stats

from smoulder import evidence, treatments
from smoulder.parameters.units import DAYS_PER_YEAR
from smoulder.treatments.catalogue import Action

DISABILITY = re.compile(r"c?cd[piaw]\d|disability|progression|edss|pira|raw|neda|nepad|msfc|t25fw|nhpt|9hpt|sdmt", re.I)
SEEN = re.compile(
    r"gd_lesion|gd_positive|free_of_gd|contrast_enhancing|t2|new_lesions|active_lesions|rnfl|lymphocyte count"
)
"""Words of what a strength may be derived from: lesions on MRI, nerve fibres, cells."""
OUTSIDE = "doi:"
"""Marks a source that stands in no evidence table."""

CITED = [
    (drug, kind, id)
    for drug in treatments.drugs()
    for kind, ids in [
        ("drug", treatments.drug(drug).evidence),
        *(("strength", action.evidence) for action in treatments.drug(drug).actions),
        *(("kinetics", action.kinetics_evidence) for action in treatments.drug(drug).actions),
        *(("kinetics", count.evidence) for count in treatments.drug(drug).cells),
    ]
    for id in ids
]


def value(id: str) -> float:
    found = evidence.row(id).value
    assert found is not None
    return found


def action(drug: str, effect: str) -> Action:
    return next(a for a in treatments.drug(drug).actions if a.effect == effect)


def onset_years(action: Action) -> float:
    """Untreated time that the onset is worth: the lag and the mean of an exponential rise."""
    return action.kinetics.lag + action.kinetics.onset_half / math.log(2)


def after_onset(ratio: float, action: Action, years: float) -> float:
    """Remaining share at full effect from a ratio of counts over the first ``years``, onset included."""
    early = onset_years(action) / years
    return (ratio - early) / (1 - early)


def centre(*ratios: float) -> float:
    return math.prod(ratios) ** (1 / len(ratios))


@pytest.mark.parametrize(("drug", "kind", "id"), CITED, ids=[f"{d} {k} {i}" for d, k, i in CITED])
def test_a_citation_exists_may_be_used_and_is_no_disability(drug: str, kind: str, id: str) -> None:
    if id.startswith(OUTSIDE):
        assert kind == "kinetics"
        return
    row = evidence.row(id)
    assert row.role in ("calibration", "context")
    assert not DISABILITY.search(row.quantity) and not DISABILITY.search(row.id)


def test_a_row_of_disability_or_validation_would_be_seen() -> None:
    for id in ("opera_pooled_cdp12_hr", "expand_cdp12_hr", "rebuild_vep_p100_latency_md"):
        row = evidence.row(id)
        assert bool(DISABILITY.search(row.quantity)) == ("cdp" in id)
    assert evidence.row("meta_sormani_2011_prisms_mri_lesions_1y_pc").role == "validation"


def test_a_derived_strength_cites_what_was_seen_alone() -> None:
    for drug in treatments.drugs():
        for one in treatments.drug(drug).actions:
            if one.basis == "derived":
                assert all(SEEN.search(evidence.row(id).quantity) for id in one.evidence), drug


def test_no_strength_rests_on_a_trial_that_is_kept_for_checking() -> None:
    """Citations are held to their role above; beyond that no note speaks of such a trial."""
    kept, used = (
        {word for row in evidence.rows() if (row.role == "validation") == check for word in str(row.trial).split()}
        for check in (True, False)
    )
    names = {word for word in kept - used if len(word) > 5 and word.isupper()}
    assert {"ASCLEPIOS", "OPTIMUM", "ALLEGRO"} <= names
    for drug in treatments.drugs():
        text = treatments.describe(drug)
        assert not [name for name in names if name in text], drug


def test_interferon_is_what_prisms_says() -> None:
    treated, placebo = (value(f"prisms_new_enlarging_t2_per_scan_{arm}") for arm in "tc")
    scans = 4
    means = [_mean_with_median(scans * median, size=0.43) for median in (treated, placebo)]
    one = action("interferon_beta", "attack")
    assert one.maximum == pytest.approx(1 - after_onset(means[0] / means[1], one, 2.0), abs=0.003)


def test_natalizumab_is_what_affirm_says() -> None:
    one = action("natalizumab", "trafficking")
    gd = value("affirm_gd_lesions_mean_t") / value("affirm_gd_lesions_mean_c")
    t2 = value("affirm_new_enlarging_t2_2y_t") / value("affirm_new_enlarging_t2_2y_c")
    assert one.maximum == pytest.approx(1 - centre(gd, after_onset(t2, one, 2.0)), abs=0.003)


def test_ocrelizumab_is_what_opera_says_on_top_of_prisms() -> None:
    one, interferon = action("ocrelizumab", "attack"), action("interferon_beta", "attack")
    years = 96 * 7 / DAYS_PER_YEAR
    gd = centre(
        *(
            value(f"opera_{trial}_gd_lesions_per_scan_t") / value(f"opera_{trial}_gd_lesions_per_scan_c")
            for trial in ("i", "ii")
        )
    )
    t2 = centre(*(1 + value(f"opera_{trial}_new_enlarging_t2_pc") / 100 for trial in ("i", "ii")))
    left = 1 - interferon.maximum * (1 - onset_years(interferon) / years)
    against_none = centre(gd * (1 - interferon.maximum), after_onset(t2 * left, one, years))
    assert one.maximum == pytest.approx(1 - against_none, abs=0.003)


def test_siponimod_is_what_expand_says_of_active_disease() -> None:
    one = action("siponimod", "attack")
    gd, t2 = (1 + value(f"expand_active_spms_{what}_pc") / 100 for what in ("gd_lesions", "new_enlarging_t2"))
    followed = evidence.row("expand_active_spms_gd_lesions_pc").followup_years
    assert followed is not None
    assert one.maximum == pytest.approx(1 - centre(gd, after_onset(t2, one, followed)), abs=0.003)


def test_clemastine_lies_between_its_two_readings_of_one_trial() -> None:
    one = action("clemastine", "remyelination")
    trial = evidence.row("rebuild_vep_p100_latency_md")
    assert trial.value is not None and trial.followup_years is not None
    rate = -trial.value / value("p100_on") / (trial.followup_years / 2)  # a crossover: half of it on the drug
    fresh = math.log(2) / (8 * 7 / DAYS_PER_YEAR)
    normal = evidence.row("vep_normalise")
    assert normal.value is not None and normal.followup_years is not None
    old = -math.log(1 - normal.value) / normal.followup_years
    assert one.maximum == pytest.approx(math.sqrt(rate / fresh * rate / old), abs=0.02)
    assert one.prior.quantile(0.025) == pytest.approx(rate / fresh, rel=0.1)
    assert one.prior.quantile(0.975) == pytest.approx(rate / old, rel=0.1)
    assert one.basis == "assumed"


def counts_from_shares(free: float, of: float) -> float:
    """Ratio of mean counts from two shares without a lesion: middle of negative binomials of size 0.43 and 1.5."""
    return centre(*((free ** (-1 / size) - 1) / (of ** (-1 / size) - 1) for size in (0.43, 1.5)))


def test_fingolimod_is_what_freedoms_says() -> None:
    one = action("fingolimod", "attack")
    gd = value("freedoms_gd_lesions_mean_t") / value("freedoms_gd_lesions_mean_c")
    t2 = value("freedoms_new_enlarging_t2_2y_t") / value("freedoms_new_enlarging_t2_2y_c")
    fall = treatments.drug("fingolimod").cells[0].kinetics.onset_half / math.log(2) / 2.0
    assert one.maximum == pytest.approx(1 - centre(gd, (t2 - fall) / (1 - fall)), abs=0.003)


def test_ponesimod_is_what_its_lymphocytes_say_by_its_class() -> None:
    powers = [
        math.log(1 - action(drug, "attack").maximum) / math.log(value(f"s1p_alc_{id}"))
        for drug, id in (("fingolimod", "fty"), ("siponimod", "sipo"))
    ]
    assert powers[0] == pytest.approx(powers[1], rel=0.02)
    left = value("s1p_alc_pone") ** (sum(powers) / 2)
    assert action("ponesimod", "attack").maximum == pytest.approx(1 - left, abs=0.003)


def test_dimethyl_fumarate_is_what_define_says() -> None:
    one = action("dimethyl_fumarate", "attack")
    gd = counts_from_shares(value("define_free_of_gd_proportion_t"), value("define_free_of_gd_proportion_c"))
    t2 = after_onset(1 + value("define_new_enlarging_t2_pc") / 100, one, 96 * 7 / DAYS_PER_YEAR)
    assert one.maximum == pytest.approx(1 - centre(gd, t2), abs=0.003)


def test_teriflunomide_is_what_temso_says() -> None:
    one = action("teriflunomide", "attack")
    other = value("temso_gd_lesions_per_scan_t") / value("temso_gd_lesions_per_scan_c")
    gd = centre(value("temso_gd_lesions_per_scan_rr"), other)
    t2 = after_onset(value("temso_unique_active_lesions_per_scan_rr"), one, 108 * 7 / DAYS_PER_YEAR)
    assert one.maximum == pytest.approx(1 - centre(gd, t2), abs=0.003)


@pytest.mark.parametrize(
    ("drug", "ratio", "weeks"),
    [
        ("laquinimod", ("arpeggio_new_t2_lesions_rr",), 48),
        ("daclizumab", ("select_new_enlarging_t2_52wk_t", "select_new_enlarging_t2_52wk_c"), 52),
    ],
)
def test_one_measure_of_one_trial_sets_it(drug: str, ratio: tuple[str, ...], weeks: int) -> None:
    one = action(drug, "attack")
    found = value(ratio[0]) / (value(ratio[1]) if len(ratio) == 2 else 1.0)
    assert one.maximum == pytest.approx(1 - after_onset(found, one, weeks * 7 / DAYS_PER_YEAR), abs=0.003)


def test_cladribine_is_what_clarity_says() -> None:
    drug, one = treatments.drug("cladribine"), action("cladribine", "attack")
    years = 96 * 7 / DAYS_PER_YEAR
    away = treatments.exposure(one.kinetics, drug.dosing, None, 365, years, drug.driver(one))
    at_scans = sum(away[min(weeks * 7, len(away) - 1)] for weeks in (24, 48, 96)) / 3
    t2, gd = (
        value(f"clarity_{what}_per_scan_t") / value(f"clarity_{what}_per_scan_c")
        for what in ("active_t2_lesions", "gd_lesions")
    )
    left = [1 - (1 - t2) / away.mean(), 1 - (1 - gd) / at_scans]
    assert one.maximum == pytest.approx(1 - centre(*left), abs=0.003)


def test_alemtuzumab_is_what_care_ms_ii_says_on_top_of_prisms() -> None:
    one, interferon = action("alemtuzumab", "attack"), action("interferon_beta", "attack")
    t2 = counts_from_shares(*(1 - value(f"care_ms_ii_new_enlarging_t2_proportion_{arm}") for arm in "tc"))
    gd = counts_from_shares(*(1 - value(f"care_ms_ii_gd_positive_proportion_24mo_{arm}") for arm in "tc"))
    left = 1 - interferon.maximum * (1 - onset_years(interferon) / 2.0)
    against_none = centre(gd * (1 - interferon.maximum), after_onset(t2 * left, one, 2.0))
    assert one.maximum == pytest.approx(1 - against_none, abs=0.003)


def test_other_interferons_are_the_first_by_dose() -> None:
    lower_dose = -1.2  # change of T2 volume on 22 ug, percent: note of the cited row
    treated, placebo = (value(f"prisms_t2_lesion_volume_change_2y_{arm}") for arm in "tc")
    assert "22 ug arm -1.2 percent" in str(evidence.row("prisms_t2_lesion_volume_change_2y_t").note)
    a_halving = (placebo - lower_dose) / (placebo - treated)
    full = action("interferon_beta", "attack").maximum
    for drug, units in (("interferon_beta_1a_im", 6.0), ("interferon_beta_1b", 8.0 * 3.5)):
        expected = full * a_halving ** math.log2(12.0 * 3 / units)
        assert action(drug, "attack").maximum == pytest.approx(expected, abs=0.003)


def test_glatiramer_is_what_monthly_scans_say_of_an_assumed_total() -> None:
    one = action("glatiramer", "attack")
    fewer = -value("ga_european_canadian_mri_gd_lesions_total_9mo_md")
    turns = math.log(2) * 0.75 / one.kinetics.onset_half
    present = 1 - (1 - math.exp(-turns)) / turns
    total = centre(10 * 2.4, 40)
    assert one.maximum == pytest.approx(fewer / total / present, abs=0.01)
    assert one.basis == "assumed"


def test_vitamin_d_frexalimab_and_phenytoin_are_what_their_trials_say() -> None:
    first = centre(value("d_lay_ms_new_lesions_hr"), value("d_lay_ms_contrast_enhancing_lesions_hr"))
    assert action("cholecalciferol", "attack").maximum == pytest.approx(1 - first, abs=0.003)
    frexalimab = value("frexalimab_phase_2_new_gd_lesions_wk12_rr")
    assert action("frexalimab", "attack").maximum == pytest.approx(1 - frexalimab, abs=0.003)
    nerve = value("phenytoin_optic_neuritis_rnfl_loss_6mo_t") / value("phenytoin_optic_neuritis_rnfl_loss_6mo_c")
    assert action("phenytoin", "transection").maximum == pytest.approx(1 - nerve, abs=0.003)


def test_tolebrutinib_is_two_readings_by_their_precision() -> None:
    one, trial = action("tolebrutinib", "attack"), evidence.row("hercules_new_enlarging_t2_rr")
    assert trial.value and trial.lo and trial.hi and trial.followup_years
    readings = {math.log(after_onset(trial.value, one, trial.followup_years)): math.log(trial.hi / trial.lo) / 3.92}
    early = centre(
        *(
            value(f"tolebrutinib_phase_2b_{what}_t") / value(f"tolebrutinib_phase_2b_{what}_c")
            for what in ("gd_lesions_mean", "new_enlarging_t2")
        )
    )
    # printed SDs of enhancing lesions, 0.56 and 2.50: note of the row; 64 people on four doses
    readings[math.log(early)] = math.hypot(0.56 / 0.2 / math.sqrt(64 / 4), 2.5 / 1.03 / math.sqrt(66))
    weights = [1 / error**2 for error in readings.values()]
    left = math.exp(sum(w * x for w, x in zip(weights, readings, strict=True)) / sum(weights))
    assert one.maximum == pytest.approx(1 - left, abs=0.003)


def test_anti_cd20_antibodies_are_their_class() -> None:
    ocrelizumab, ofatumumab = action("ocrelizumab", "attack"), action("ofatumumab", "attack")
    assert ofatumumab.maximum == ocrelizumab.maximum and ofatumumab.basis == "assumed"
    widths = [one.prior.quantile(0.975) - one.prior.quantile(0.025) for one in (ocrelizumab, ofatumumab)]
    assert widths[1] > 2 * widths[0]
    enhancing = value("hermes_gd_lesions_wk12_24_t") / value("hermes_gd_lesions_wk12_24_c")
    left = centre(1 - ocrelizumab.maximum, enhancing)
    assert action("rituximab", "attack").maximum == pytest.approx(1 - left, abs=0.003)


def test_bexarotene_is_read_as_clemastine_is() -> None:
    one, trial = action("bexarotene", "remyelination"), evidence.row("ccmr_one_vep_p100_latency_chronic_md")
    assert trial.value and trial.followup_years
    rate = -trial.value / value("p100_on") / trial.followup_years
    fresh = math.log(2) / (8 * 7 / DAYS_PER_YEAR)
    normal = evidence.row("vep_normalise")
    assert normal.value and normal.followup_years
    old = -math.log(1 - normal.value) / normal.followup_years
    assert one.maximum == pytest.approx(math.sqrt(rate / fresh * rate / old), abs=0.02)


BOTH = {  # remaining shares by the two measures behind a strength, as its note gives them
    "natalizumab": (0.2 / 2.4, 1.9 / 11.0),
    "siponimod": (0.15, 0.20),
    "fingolimod": (0.182, 0.251),
    "dimethyl_fumarate": (0.091, 0.109),
    "teriflunomide": (0.254, 0.268),
    "cladribine": (0.053, 0.221),
    "alemtuzumab": (0.0544, 0.0722),
    "cholecalciferol": (0.47, 0.61),
}


@pytest.mark.parametrize(("drug", "left"), BOTH.items(), ids=BOTH)
def test_a_prior_holds_both_measures(drug: str, left: tuple[float, float]) -> None:
    prior = action(drug, "trafficking" if drug == "natalizumab" else "attack").prior
    assert prior.quantile(0.025) < 1 - left[1] < 1 - left[0] < prior.quantile(0.975)


def test_what_is_thought_to_happen_inside_the_cns_is_assumed_and_wide() -> None:
    for drug in treatments.drugs():
        for one in treatments.drug(drug).actions:
            if one.inside and one.effect != "transection":
                assert one.basis == "assumed" and one.note
                assert one.prior.quantile(0.9) > 3 * one.prior.quantile(0.1)
                assert one.prior.kind == "lognormal" or one.prior.quantile(0.001) < 0.01 * one.prior.quantile(1.0)


def _mean_with_median(median: float, size: float) -> float:
    """Mean of the negative binomial with this ``size`` and (mid-distribution) ``median``, by bisection."""
    low, high = 1e-3, 1e3
    for _ in range(60):
        mean = math.sqrt(low * high)
        law = stats.nbinom(size, size / (size + mean))
        low, high = (mean, high) if law.cdf(median - 1) + law.pmf(median) / 2 > 0.5 else (low, mean)
    return math.sqrt(low * high)
