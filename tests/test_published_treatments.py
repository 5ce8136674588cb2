"""The strengths of the shipped drugs: derived from what they cite, and from nothing that may not be used."""

from __future__ import annotations

import math
import re

import pytest
from scipy import stats

from smoulder import evidence, treatments
from smoulder.parameters.units import DAYS_PER_YEAR
from smoulder.treatments.drugs import Action

DISABILITY = re.compile(r"c?cd[piaw]\d|disability|progression|edss|pira|raw|neda|nepad|msfc|t25fw|nhpt|9hpt|sdmt", re.I)
MRI = re.compile(r"^(gd_lesions|new_enlarging_t2|t2_active)")
OUTSIDE = "doi:"
"""Marks a source that stands in no evidence table."""

CITED = [
    (drug, kind, id)
    for drug in treatments.drugs()
    for kind, ids in [
        ("drug", treatments.drug(drug).evidence),
        *(("strength", action.evidence) for action in treatments.drug(drug).actions),
        *(("kinetics", action.kinetics_evidence) for action in treatments.drug(drug).actions),
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


def test_a_derived_strength_cites_mri_alone() -> None:
    for drug in treatments.drugs():
        for one in treatments.drug(drug).actions:
            if one.basis == "derived":
                assert all(MRI.match(evidence.row(id).quantity) for id in one.evidence), drug


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


@pytest.mark.parametrize(("drug", "effect"), [("natalizumab", "trafficking"), ("siponimod", "attack")])
def test_a_prior_holds_both_mri_measures(drug: str, effect: str) -> None:
    prior = action(drug, effect).prior
    gd, t2 = {"natalizumab": (0.2 / 2.4, 1.9 / 11.0), "siponimod": (0.15, 0.20)}[drug]
    assert prior.quantile(0.025) < 1 - t2 < 1 - gd < prior.quantile(0.975)


def test_what_is_thought_to_happen_inside_the_cns_is_assumed_and_wide() -> None:
    for drug in treatments.drugs():
        for one in treatments.drug(drug).actions:
            if one.effect in ("activation", "maintenance", "remyelination"):
                assert one.basis == "assumed" and one.note
                assert one.prior.quantile(0.9) > 3 * one.prior.quantile(0.1)


def _mean_with_median(median: float, size: float) -> float:
    """Mean of the negative binomial with this ``size`` and (mid-distribution) ``median``, by bisection."""
    low, high = 1e-3, 1e3
    for _ in range(60):
        mean = math.sqrt(low * high)
        law = stats.nbinom(size, size / (size + mean))
        low, high = (mean, high) if law.cdf(median - 1) + law.pmf(median) / 2 > 0.5 else (low, mean)
    return math.sqrt(low * high)
