"""Figures: the same bytes each time, nothing loaded, told in words, and nothing left behind."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET

import pytest

from report_cases import natural, pictures, planted
from smoulder import SmoulderError, plots
from smoulder.targets import load

DRAWN = pictures()
each = pytest.mark.parametrize("picture", DRAWN, ids=lambda picture: picture.name)


def test_the_same_results_give_the_same_bytes() -> None:
    assert [p.svg for p in pictures()] == [p.svg for p in DRAWN]


@each
def test_a_figure_is_told_in_words(picture: plots.Picture) -> None:
    assert len(picture.alt.split()) > 10 and picture.title
    root = ET.fromstring(picture.svg)
    told = {child.tag.rpartition("}")[2]: child for child in root}
    assert told["desc"].text == picture.alt and told["title"].text == picture.title
    assert set(root.attrib["aria-labelledby"].split()) == {told["title"].attrib["id"], told["desc"].attrib["id"]}
    assert root.attrib["role"] == "img" and "nan" not in picture.alt


@each
def test_a_figure_loads_nothing_and_runs_nothing(picture: plots.Picture) -> None:
    assert "<script" not in picture.svg and "<image" not in picture.svg
    assert set(re.findall(r"https?://[^\"'\s)]+", picture.svg)) == {"http://www.w3.org/2000/svg"}
    assert re.findall(r'href="(?!#)', picture.svg) == [] and re.findall(r"url\((?!#)", picture.svg) == []


@each
def test_every_part_that_is_used_is_there(picture: plots.Picture) -> None:
    ids = re.findall(r'\bid="([^"]+)"', picture.svg)
    assert len(ids) == len(set(ids))
    used = set(re.findall(r'href="#([^"]+)"', picture.svg)) | set(re.findall(r"url\(#([^)]+)\)", picture.svg))
    assert used - set(ids) == set()


def test_no_two_figures_share_an_id() -> None:
    ids = [name for picture in DRAWN for name in re.findall(r'\bid="([^"]+)"', picture.svg)]
    assert len(ids) == len(set(ids))


def test_drawing_leaves_the_settings_of_matplotlib_alone() -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    plots.edss_by_year(natural())
    assert dict(matplotlib.rcParams) == before


def test_a_planted_miss_is_told_and_drawn_otherwise_than_a_hit() -> None:
    name = plots.labels([one.target for one in natural().scores])[0]
    hit, miss = (plots.published_beside_simulated(planted(hit=hit)) for hit in (True, False))
    listed = [re.search(r"Misses: (.*)", picture.alt)[1].split(", ") for picture in (hit, miss)]
    assert name not in listed[0] and name in listed[1]
    assert hit.svg != miss.svg


def test_every_target_has_words_of_its_own_and_a_group() -> None:
    words = plots.labels(load())
    assert len(words) == len(set(words)) == len(load())
    assert {plots.group(target) for target in load()} <= set(plots.GROUPS)
    assert not [text for text in words if "{" in text or len(text) > 80]


def test_without_matplotlib_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(SmoulderError, match=r"^Figures need matplotlib.*'smoulder\[report\]'\.$"):
        plots.edss_by_year(natural())
