"""A trial's figures: the same bytes each time, told in words, nothing loaded; and the verdicts that they show."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from math import isfinite

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoulder import SmoulderError, plots
from smoulder.trials.agreement import Writing, effect_of, is_ratio, writing
from smoulder.trials.result import Curve, Published, Spread
from trial_cases import NAN, NOTHING, bare, difference, oratorio, ratio, rebuild, row, time_to_event


def effects() -> list[tuple[str, plots.Verdict]]:
    return [(one.endpoint.title, one) for r in (oratorio(), rebuild()) for one in plots.verdicts(r) if not one.arm]


def pictures() -> list[plots.Picture]:
    hostile = bare().endpoints[0]
    odd = replace(ratio("a", hostile.title, Spread(0.5, 0.0, 900.0, 0.1), row("r", 0.001, 0.0, 70.0)), name="odd")
    drawn = [
        plots.forest(effects()),
        plots.forest([(odd.title, effect_of(odd, 9))], "odd", "Odd & <strange>"),
        plots.time_to_event(time_to_event(), "curves-0"),
        plots.time_to_event(hostile, "curves-1"),
    ]
    return [picture for picture in drawn if picture is not None]


DRAWN = pictures()
each = pytest.mark.parametrize("picture", DRAWN, ids=lambda picture: picture.name)


def test_the_same_results_give_the_same_bytes() -> None:
    assert len(DRAWN) == 4 and [p.svg for p in pictures()] == [p.svg for p in DRAWN]


@each
def test_a_figure_is_told_in_words(picture: plots.Picture) -> None:
    assert len(picture.alt.split()) > 10 and picture.title
    root = ET.fromstring(picture.svg)
    told = {child.tag.rpartition("}")[2]: child for child in root}
    assert told["desc"].text == picture.alt and told["title"].text == picture.title
    assert root.attrib["role"] == "img" and not re.search(r"\b(nan|inf)\b", picture.alt)


@each
def test_a_figure_loads_nothing_and_every_part_that_is_used_is_there(picture: plots.Picture) -> None:
    assert "<script" not in picture.svg and "<image" not in picture.svg
    assert set(re.findall(r"https?://[^\"'\s)]+", picture.svg)) == {"http://www.w3.org/2000/svg"}
    ids = re.findall(r'\bid="([^"]+)"', picture.svg)
    assert len(ids) == len(set(ids))
    used = set(re.findall(r'href="([^"]+)"', picture.svg)) | set(re.findall(r"url\(([^)]+)\)", picture.svg))
    assert used - {f"#{name}" for name in ids} == set()


def texts(picture: plots.Picture) -> str:
    return " ".join(t for e in ET.fromstring(picture.svg).iter() if e.tag.endswith("}text") for t in e.itertext())


def test_the_forest_holds_every_effect_with_its_numbers_and_its_verdict() -> None:
    forest = DRAWN[0]
    for title, one in effects():
        p, s = one.published, one.simulated
        assert p is not None
        told = f"{title}: simulated {one.written.three(s.mean, s.lo, s.hi)}, published "
        assert f"{told}{one.written.three(p.value, p.lo, p.hi)}, {one.word}" in forest.alt
        assert one.written.bare(s.mean) in texts(forest) and one.written.bare(p.value) in texts(forest)


def test_a_planted_miss_is_drawn_otherwise_than_a_hit() -> None:
    endpoint = time_to_event()
    drawn = []
    for value in (0.76, 0.40):
        planted = replace(endpoint, published=row("r", value))
        drawn.append(plots.forest([("x", effect_of(planted, 200))]))
    assert [picture.alt.rpartition(", ")[2] for picture in drawn if picture] == ["hit.", "MISS."]


def test_every_arm_with_a_curve_is_told_with_its_end_and_its_number_at_risk() -> None:
    endpoint = time_to_event()
    picture = plots.time_to_event(endpoint, "c")
    assert picture is not None
    for curve in endpoint.curves:
        assert f"{curve.arm}: {100 * curve.share[-1]:.0f}%" in picture.alt
        assert f"{curve.at_risk[0]:,.0f}" in texts(picture)


def test_an_arm_without_events_is_drawn_and_one_never_seen_is_left_out() -> None:
    hostile = DRAWN[3]
    assert "none: 0%" in hostile.alt and "unseen" not in hostile.alt
    assert "$x^2$" in texts(hostile)  # signs of formulas are kept as they are


def test_nothing_to_draw_gives_no_figure() -> None:
    nothing = [(one.endpoint.title, one) for one in plots.verdicts(bare()) if not one.arm]
    assert plots.forest(nothing) is None and plots.forest([]) is None
    assert plots.time_to_event(bare().endpoints[1], "c") is None


def test_an_effect_without_value_stands_beside_its_published_one_as_a_miss() -> None:
    one = effect_of(ratio("a", "A", NOTHING, row("r", 0.5, 0.4, 0.6)), 200)
    picture = plots.forest([("A", one)])
    assert one.miss and picture is not None and "no simulated value" in texts(picture)


def test_without_matplotlib_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(SmoulderError, match=r"'smoulder\[report\]'"):
        plots.forest(effects())


numbers = st.floats(-50, 50).map(lambda x: round(x, 3))
spreads = st.tuples(numbers, numbers, numbers).map(sorted).map(lambda v: Spread(v[1], v[0], v[2], 0.1))


def judged(effect: Spread, published: Published | None, replicates: int = 200) -> plots.Verdict:
    return effect_of(replace(difference("d", "D", 1.0, "ms", published), effect=effect), replicates)


@given(spreads, numbers, numbers)
def test_a_verdict_does_not_depend_on_where_zero_is_nor_on_the_sign(effect: Spread, value: float, half: float) -> None:
    published = row("r", value, value - abs(half), value + abs(half))
    moved = judged(
        Spread(effect.mean + 64, effect.lo + 64, effect.hi + 64, 0.1),
        row("r", value + 64, published.lo + 64, published.hi + 64),
    )
    turned = judged(Spread(-effect.mean, -effect.hi, -effect.lo, 0.1), row("r", -value, -published.hi, -published.lo))
    edges = {effect.lo, effect.hi, effect.mean}
    if not any(abs(a - b) < 1e-9 for a in edges for b in (value, published.lo, published.hi)):  # ties may round
        assert judged(effect, published).reason == moved.reason == turned.reason


@given(spreads, numbers)
def test_without_a_printed_interval_the_published_value_is_hit_inside_the_replicates_alone(
    effect: Spread, value: float
) -> None:
    one = judged(effect, row("r", value))
    assert one.judged and one.miss == (value < effect.lo or value > effect.hi)


def test_a_simulated_mean_outside_the_printed_interval_is_a_miss_though_the_replicates_scatter_widely() -> None:
    one = judged(Spread(5.0, -50.0, 50.0, 0.1), row("r", 0.0, -1.0, 1.0))
    assert one.miss and one.reason == "the simulated mean lies outside the published interval"


def test_what_cannot_be_compared_is_not_judged() -> None:
    spread = Spread(1.0, 1.0, 1.0, NAN)
    assert not judged(spread, None).judged
    assert not judged(spread, row("r", NAN)).judged
    assert not judged(spread, row("r", 2.0), replicates=1).judged  # neither side has an interval
    assert judged(spread, row("r", 2.0, 1.5, 2.5), replicates=1).miss
    assert judged(spread, row("r", 1.2, 0.5, 2.5), replicates=1).word == "hit"


def test_a_published_arm_that_was_not_simulated_is_shown_as_a_miss() -> None:
    endpoint = replace(time_to_event(), published_arms={"Placebo": row("r", 0.393)})
    found = plots.verdicts(replace(oratorio(), endpoints=(endpoint,)))
    assert [one.arm for one in found] == ["", "ocrelizumab", "placebo", "Placebo"]
    assert found[-1].miss and found[-1].reason == "no replicate had a value"


@given(st.sampled_from(["proportion", "percent", "per_year", "ratio", "mL", "ms", ""]), st.floats(-999, 999))
def test_a_number_is_written_to_within_half_its_last_digit(unit: str, value: float) -> None:
    form = writing(unit, [value])
    read = float(form.bare(value).replace("−", "-"))
    assert abs(read - form.factor * value) <= 0.5000001 * 10.0**-form.decimals
    assert not form.bare(value).startswith("−0.0") or read != 0


def test_a_share_is_written_in_percent_whatever_its_endpoint_says_of_units() -> None:
    for unit in ("", "proportion", "share"):
        [effect, treated, _] = plots.verdicts(replace(oratorio(), endpoints=(replace(time_to_event(), unit=unit),)))
        assert treated.written.one(0.329) == "32.9%" and effect.written.one(0.76) == "0.76"
    responders = replace(difference("d", "D", 0.1, "", None), arm_measure="share")
    assert effect_of(responders, 9).written.one(0.1) == "+10.0 percentage points"
    rate = plots.verdicts(replace(oratorio(), endpoints=(replace(oratorio().endpoints[2], unit=""),)))[1]
    assert rate.written.one(0.16) == "0.16 a year"


def test_the_axis_of_time_ends_where_the_last_curve_does() -> None:
    endpoint = time_to_event()
    whole = plots.time_to_event(endpoint, "c")
    tail = np.full(4, NAN)

    def longer(curve: Curve) -> Curve:
        years = np.append(curve.years, curve.years[-1] + np.arange(1, 5))
        ends = (np.append(part, tail) for part in (curve.share, curve.lo, curve.hi))
        return Curve(curve.arm, years, *ends, np.append(curve.at_risk, np.zeros(4)))

    followed = plots.time_to_event(replace(endpoint, curves=tuple(longer(c) for c in endpoint.curves)), "c")
    assert whole is not None and followed is not None
    assert texts(followed) == texts(whole) and followed.alt == whole.alt


def test_numbers_are_written_with_their_units() -> None:
    assert writing("proportion", [0.3]).three(0.329, 0.3, 0.4) == "32.9% (30.0\u00a0to\u00a040.0)"
    assert writing("per_year", [0.16]).three(0.156, 0.1, 0.2) == "0.16 (0.10\u00a0to\u00a00.20) a year"
    assert writing("furlong", [120]).one(120.4) == "120 furlong"
    assert Writing(1, 1, True, "").bare(-0.01) == "0.0"
    assert writing("ms", []).three(NAN, NAN, NAN) == "–"
    one = effect_of(difference("d", "D", 0.05, "proportion", None), 9)
    s = one.simulated
    assert one.written.three(s.mean, s.lo, s.hi) == "+5.00 (+2.50\u00a0to\u00a0+7.50) percentage points"


@pytest.mark.parametrize(
    ("measure", "expected"),
    [("hazard_ratio", True), ("relative_risk", True), ("difference", False), ("percent_change", False)],
)
def test_ratios_are_told_from_differences(measure: str, expected: bool) -> None:
    assert is_ratio(measure) == expected


def test_the_cases_hold_what_they_are_meant_to_hold() -> None:
    words = {one.word for r in (oratorio(), bare(), rebuild()) for one in plots.verdicts(r)}
    assert words == {"hit", "MISS", "–"}
    assert not any(isfinite(one.simulated.mean) for one in plots.verdicts(bare()) if not one.arm)
