"""Trials made by hand for tests of reports and plots: every kind of endpoint, and everything that can be missing."""

from __future__ import annotations

import numpy as np

from smoulder.trials.result import Arm, Baseline, Curve, Endpoint, Published, Spread, TrialResult

NAN = float("nan")
NOTHING = Spread(NAN, NAN, NAN, NAN)


def row(
    name: str, value: float, lo: float = NAN, hi: float = NAN, role: str = "calibration", status: str = "seen"
) -> Published:
    """A published row."""
    return Published(name, value, lo, hi, role, status, "A journal 1:2")


def curve(arm: str, hazard: float, people: float, width: float = 0.04, last: float = 2.76) -> Curve:
    """The curve of a constant hazard, every 12 weeks, with a band that grows from nothing."""
    years = np.arange(0, last + 0.01, 0.23)
    share = 1 - np.exp(-hazard * years)
    band = width * np.sqrt(years / years[-1])
    at_risk = people * (1 - share) * (1 - 0.07 * years)
    return Curve(arm, years, share, np.clip(share - band, 0, 1), share + band, at_risk)


def time_to_event(name: str = "cdw12", title: str = "12-week confirmed disability progression") -> Endpoint:
    """A hazard ratio whose effect is a hit and whose placebo arm is a miss."""
    arms = {"ocrelizumab": Spread(0.322, 0.28, 0.36, 0.001), "placebo": Spread(0.301, 0.25, 0.35, 0.001)}
    published = {
        "ocrelizumab": row("oratorio_cdp12_event_proportion_t", 0.329),
        "placebo": row("oratorio_cdp12_event_proportion_c", 0.393),
    }
    return Endpoint(
        name,
        title,
        "CDW_12W, withdrawal without a confirming visit counts",
        "Cox model, log-rank test stratified by region and age",
        "hazard_ratio",
        Spread(0.81, 0.63, 1.02, 0.009),
        0.47,
        "event_share",
        "proportion",
        arms,
        row("oratorio_cdp12_hr", 0.76, 0.59, 0.98),
        published,
        (curve("ocrelizumab", 0.14, 488), curve("placebo", 0.17, 244)),
    )


def difference(name: str, title: str, mean: float, unit: str, published: Published | None) -> Endpoint:
    """A difference of means with half its size to either side."""
    half = abs(mean) / 2
    effect, twice = (Spread(m, m - half, m + half, half / 20) for m in (mean, 2 * mean))
    arms = {"ocrelizumab": twice, "placebo": effect}
    return Endpoint(
        name,
        title,
        "change from baseline to week 120",
        "mixed model",
        "difference",
        effect,
        0.9,
        "mean",
        unit,
        arms,
        published,
        {},
        (),
    )


def ratio(name: str, title: str, effect: Spread, published: Published | None) -> Endpoint:
    """A ratio of yearly rates without anything published by arm."""
    arms = {"ocrelizumab": Spread(0.16, 0.13, 0.19, 0.001), "placebo": Spread(0.29, 0.25, 0.33, 0.001)}
    return Endpoint(
        name,
        title,
        "ARR",
        "negative binomial",
        "rate_ratio",
        effect,
        1.0,
        "annual_rate",
        "per_year",
        arms,
        published,
        {},
        (),
    )


def oratorio() -> TrialResult:
    """A trial in which most of what can be shown is there."""
    endpoints = (
        time_to_event(),
        time_to_event("cdw24", "24-week confirmed disability progression"),
        ratio("new_t2", "New or enlarging T2 lesions", Spread(0.07, 0.05, 0.10, 0.01), row("t2_row", 0.08, 0.06, 0.1)),
        difference("t25fw", "Change of the timed 25-foot walk to week 120", -16.2, "percent", row("walk", -29.3)),
        difference("t2_volume", "Change of T2 volume", -10.8, "percent", row("vol", -10.8, role="validation")),
        difference(
            "brain", "Change of brain volume, weeks 24 to 120", 0.19, "percent", row("b", 0.01, status="recalled")
        ),
    )
    arms = (
        Arm("ocrelizumab", "600 mg every 24 weeks", 488, 101.4, 1.2, 385.4, 2.71),
        Arm("placebo", "placebo", 244, 80.5, 0.4, 163.1, 2.58),
    )
    baseline = (
        Baseline("age", "Age", "year", 44.9, 7.7, 44.7, 7.9),
        Baseline("female", "Women", "proportion", 0.491, NAN, 0.486, NAN),
        Baseline("duration", "Years since first symptoms", "year", 7.2, 3.9, 6.7, 4.0),
        Baseline("edss", "EDSS", "", 4.71, 1.18, 4.7, 1.2),
        Baseline("gd", "With enhancing lesions", "proportion", 0.2, NAN, 0.275, NAN),
        Baseline("t2", "T2 volume", "mL", 11.2, 9.8, NAN, NAN),
    )
    methods = "Lives were sampled at entry by the published criteria, randomised 2:1 and seen every 12 weeks."
    notes = ("The event share of the placebo arm depends on the rule for withdrawal.", "No region stratum was drawn.")
    return TrialResult(
        "oratorio",
        "ORATORIO: ocrelizumab against placebo in primary progressive MS",
        200,
        7,
        5210.4,
        1288.2,
        arms,
        baseline,
        endpoints,
        methods,
        notes,
    )


def bare() -> TrialResult:
    """A trial with one replicate, hostile names, nothing published, an arm without events, effects without value."""
    name = 'Very <b>long</b> & "quoted" arm $x^2$ with cost $5 ' + "and so on " * 8
    years = np.arange(0, 1.01, 0.25)
    none = np.zeros(5)
    flat = Curve("none", years, none, none, none, np.full(5, 20.0))
    empty = Curve("unseen", years, none * NAN, none * NAN, none * NAN, none * NAN)
    some = curve(name, 0.3, 20, last=1.0)
    arms = {name: Spread(0.3, 0.3, 0.3, NAN), "none": Spread(0.0, 0.0, 0.0, NAN)}
    event = Endpoint(
        "a<b",
        f"<script>alert(1)</script> {name}",
        "",
        "",
        "hazard_ratio",
        NOTHING,
        NAN,
        "event_share",
        "proportion",
        arms,
        None,
        {},
        (some, flat, empty),
    )
    walk = Endpoint(
        "walk",
        "Walk & <i>turn</i>",
        "r",
        "a",
        "difference",
        NOTHING,
        NAN,
        "mean",
        "second",
        {"none": NOTHING},
        None,
        {},
        (),
    )
    people = (Arm(name, "100 < 200 & more", 20, 0, 0, 20, NAN), Arm("none", "nothing", 0, 0, 0, 0, NAN))
    return TrialResult("a&b", "Trial <1> & co", 1, 0, NAN, 40, people, (), (event, walk), "p < 0.05 & so on", ())


def rebuild() -> TrialResult:
    """A trial whose primary endpoint is a difference and misses."""
    published = row("rebuild_vep", -1.7, -3.2, -0.2)
    effect = Spread(-0.31, -0.9, 0.3, 0.02)
    arms = {"clemastine first": Spread(-0.4, -1.1, 0.3, 0.02), "placebo first": Spread(-0.1, -0.8, 0.6, 0.02)}
    vep = Endpoint(
        "vep",
        "P100 latency of the visual evoked potential",
        "crossover",
        "mixed model",
        "difference",
        effect,
        0.11,
        "mean",
        "ms",
        arms,
        published,
        {},
        (),
    )
    people = (Arm("clemastine first", "c", 25, 1, 0, 24, 0.4), Arm("placebo first", "p", 25, 1, 0, 24, 0.4))
    return TrialResult("rebuild", "ReBUILD: clemastine", 200, 1, 300, 100, people, (), (vep,), "As published.", ())
