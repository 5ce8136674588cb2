"""A trial's report: every number with its verdict, misses told, hostile names kept as text, nothing loaded."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from smoulder import InputError, plots, reports
from smoulder.errors import StudyError
from smoulder.trials.result import TrialResult
from trial_cases import bare, oratorio, rebuild, row, time_to_event


class Page(HTMLParser):
    """Every tag of a page with its attributes, and the cells of its table rows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.rows: list[list[str]] = []
        self.cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self.cell = True
        elif tag == "br" and self.cell:
            self.rows[-1][-1] += " "

    def handle_endtag(self, tag: str) -> None:
        self.cell = self.cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.cell:
            self.rows[-1][-1] += data


def nothing() -> TrialResult:
    return replace(bare(), endpoints=(), arms=(), baseline=())


DOCUMENTS = {
    "full": reports.trial_page(oratorio()),
    "bare": reports.trial_page(bare()),
    "difference": reports.trial_page(rebuild()),
    "nothing": reports.trial_page(nothing()),
    "several": reports.trials_page([oratorio(), rebuild(), bare(), nothing()]),
}
TEXTS = {name: reports.html(document) for name, document in DOCUMENTS.items()}
PAGES = {name: Page(text) for name, text in TEXTS.items()}
each = pytest.mark.parametrize("name", TEXTS)


def plain(text: str) -> str:
    return unescape(re.sub(r"<[^>]*>", " ", text)).replace("\u00a0", " ")


def test_the_same_result_gives_the_same_page() -> None:
    assert reports.html(reports.trial_page(oratorio())) == TEXTS["full"]


@each
def test_the_page_loads_nothing_and_runs_nothing(name: str) -> None:
    tags = PAGES[name].tags
    assert not [tag for tag, _ in tags if tag in ("script", "iframe", "img", "object", "embed", "base", "form")]
    assert [a["href"] for tag, a in tags if tag == "link"] == ["data:,"]
    assert not [a for _, a in tags if "src" in a or "srcset" in a or any(key.startswith("on") for key in a)]
    assert all(a["href"].startswith("#") for tag, a in tags if "href" in a and tag not in ("a", "link"))
    assert re.findall(r"url\((?!#)|@import", TEXTS[name]) == []


@each
def test_a_reader_of_any_kind_finds_the_way(name: str) -> None:
    tags = PAGES[name].tags
    ids = [a["id"] for _, a in tags if "id" in a]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for tag, a in tags if tag == "a" and a["href"].startswith("#")} <= set(ids)
    kinds = [tag for tag, _ in tags]
    assert kinds.count("table") == kinds.count("caption") and kinds.count("figure") == kinds.count("figcaption")
    assert kinds.count("svg") == kinds.count("desc") == kinds.count("figure")
    assert kinds.count("h1") == 1 and ("html", {"lang": "en"}) in tags
    assert "viewport" in [a.get("name") for tag, a in tags if tag == "meta"]
    assert not re.search(r"\b(nan|inf)\b", plain(TEXTS[name]), re.IGNORECASE)


@each
def test_it_says_what_it_is_for_first_and_last(name: str) -> None:
    told = plain(TEXTS[name][TEXTS[name].index("<h1") :])
    assert "For research only; never advice." in told[:400] and "For research only; never advice." in told[-300:]


def test_every_number_stands_in_a_row_with_its_verdict_role_status_and_evidence() -> None:
    rows = PAGES["full"].rows
    for one in plots.verdicts(oratorio()):
        s, p = one.simulated, one.published
        name = one.arm or f"{one.endpoint.title} {one.what} ({one.endpoint.name})"
        want = [name, one.written.three(s.mean, s.lo, s.hi), "none", "–", "–", "–"]
        if p is not None:
            status = "RECALLED" if p.status == "recalled" else p.status
            want[2:] = [one.written.three(p.value, p.lo, p.hi), one.word, f"{p.role}, {status}", p.row]
        assert want in [cells[:6] for cells in rows], name


def test_a_known_row_is_linked_to_its_source() -> None:
    links = [a["href"] for tag, a in PAGES["full"].tags if tag == "a"]
    assert "https://doi.org/10.1056/NEJMoa1606468" in links


def test_flow_baseline_methods_notes_and_making_are_there() -> None:
    told = plain(TEXTS["full"])
    for words in ("5,210 people screened", "1,288 eligible (24.7%)", "732 randomised", "488 randomised"):
        assert words in told
    assert "101 withdrew (20.8%)" in told and "163 completed (66.8%)" in told and "mean follow-up 2.58 years" in told
    assert ["Age", "44.9 years (7.7)", "44.7 years (7.9)", "+0.2 years"] in PAGES["full"].rows
    assert ["With enhancing lesions", "20.0%", "27.5%", "−7.5 percentage points"] in PAGES["full"].rows
    assert ["T2 volume", "11.2 mL (9.8)", "none", "–"] in PAGES["full"].rows
    assert oratorio().methods in told and all(note in told for note in oratorio().notes)
    assert "200 replicates, seed 7" in told


def test_the_answer_is_the_first_endpoint() -> None:
    told = plain(TEXTS["full"])
    assert "hazard ratio for 12-week confirmed disability progression was 0.81 (95% of replicates 0.63 to 1.02)" in told
    assert "published: 0.76 (0.59 to 0.98)" in told
    assert "had no value" in plain(TEXTS["bare"]) and "No endpoint was analysed" in plain(TEXTS["nothing"])


@pytest.mark.parametrize(("value", "missed"), [(0.329, 0), (0.5, 1)])
def test_a_planted_miss_is_counted_and_told(value: float, missed: int) -> None:
    endpoint = replace(time_to_event(), published=None, published_arms={"placebo": row("r", value)})
    arms = {"placebo": endpoint.arms["placebo"]}
    text = plain(reports.html(reports.trial_page(replace(oratorio(), endpoints=(replace(endpoint, arms=arms),)))))
    assert f"{1 - missed} of 1 published numbers hit, {missed} missed." in text
    sentence = "event share, placebo: simulated 30.1% (25.0 to 35.0), published 50.0%; the published value lies outside"
    assert (sentence in text) == bool(missed)
    assert ("None of 1 published numbers judged is missed." in text) == (not missed)


def test_few_replicates_are_told() -> None:
    few = plain(reports.html(reports.trial_page(replace(oratorio(), replicates=20))))
    assert "With 20 replicates that scatter is known roughly" in few
    assert "known roughly" not in plain(TEXTS["full"])
    assert "One replicate has no scatter" in plain(TEXTS["bare"])


def test_hostile_names_stay_text() -> None:
    r = bare()
    inner = [tag for tag, _ in PAGES["bare"].tags]
    assert "i" not in inner
    for words in (r.title, r.endpoints[0].title, r.arms[0].name, r.arms[0].plan, r.methods):
        assert words.strip() in unescape(TEXTS["bare"]) and words not in TEXTS["bare"]


def test_the_overview_holds_every_primary_endpoint_and_every_count() -> None:
    told, rows = plain(TEXTS["several"]), PAGES["several"].rows
    assert "Trials run from their designs: 4. Of 2 primary effects that can be judged, 1 hit and 1 missed." in told
    for r in (oratorio(), rebuild(), bare()):
        [one, *_] = plots.verdicts(r)
        [cells] = [cells for cells in rows if cells[0].startswith(f"{r.name} {r.endpoints[0].title}")]
        assert cells[3] == one.word
    assert ["oratorio", oratorio().title, "732", "10", "6", "4"] in rows
    with pytest.raises(InputError, match="at least one trial"):
        reports.trials_page([])


def test_the_data_have_the_promised_keys_and_values() -> None:
    found = json.loads(json.dumps(reports.trial_json(oratorio()), allow_nan=False))
    promised = {"name", "title", "replicates", "seed", "flow", "baseline", "endpoints", "methods", "notes"}
    assert promised <= set(found) and list(found["endpoints"]) == [e.name for e in oratorio().endpoints]
    first = found["endpoints"]["cdw12"]
    assert first["hazard_ratio"] == {"mean": 0.81, "lo": 0.63, "hi": 1.02, "error": 0.009}
    assert first["event_share"]["placebo"]["mean"] == 0.301 and first["significant"] == 0.47
    rows = {(one["arm"], one["row"]): one for one in first["published"]}
    assert set(rows) == {
        ("effect", "oratorio_cdp12_hr"),
        ("ocrelizumab", "oratorio_cdp12_event_proportion_t"),
        ("placebo", "oratorio_cdp12_event_proportion_c"),
    }
    effect, placebo = rows["effect", "oratorio_cdp12_hr"], rows["placebo", "oratorio_cdp12_event_proportion_c"]
    assert (effect["value"], effect["lo"], effect["hi"], effect["role"]) == (0.76, 0.59, 0.98, "calibration")
    assert (placebo["lo"], placebo["miss"], effect["miss"]) == (None, True, False)
    assert first["curves"]["placebo"]["at_risk"][0] == 244
    assert found["flow"]["arms"]["placebo"]["withdrew"] == 80.5 and found["baseline"]["t2"]["published_mean"] is None


def test_what_does_not_exist_is_null() -> None:
    found = json.loads(json.dumps(reports.trial_json(bare()), allow_nan=False))
    assert found["endpoints"]["a<b"]["hazard_ratio"]["mean"] is None and found["flow"]["screened"] is None
    assert set(found["endpoints"]["a<b"]["curves"]["unseen"]["share"]) == {None}


def test_the_lines_for_a_terminal_hold_every_number_in_plain_signs() -> None:
    lines = reports.trial_summary(oratorio())
    assert all(line.isascii() for line in lines)
    table = [line for line in lines if not line.startswith("MISS")]
    assert max(len(line) for line in table) <= 110
    for one in plots.verdicts(oratorio()):
        mean = one.written.bare(one.simulated.mean).replace("−", "-")
        name = f"  {one.arm} " if one.arm else f"{one.endpoint.name}, {one.what} "
        assert [line for line in table if line.startswith(name) and mean in line and line.endswith(one.word[-1:])] or (
            one.word == "–"
        )
    assert sum(line.startswith("MISS") for line in lines) == 4 and "4 of 10 published numbers missed" in lines
    assert reports.trial_summary(nothing())[-1] == "0 of 0 published numbers missed"


def test_two_whole_files_are_written_and_old_ones_replaced(tmp_path: Path) -> None:
    out = tmp_path / "new" / "trial"
    out.mkdir(parents=True)
    (out / "report.html").write_text("old")
    reports.write_trial(oratorio(), out)
    assert sorted(path.name for path in out.iterdir()) == ["report.html", "result.json"]
    assert (out / "report.html").read_text() == TEXTS["full"]
    sealed = json.loads((out / "result.json").read_text())
    assert sealed["data"] == json.loads(json.dumps(reports.trial_json(oratorio())))
    assert (sealed["kind"], sealed["seed"]) == ("trial", 7)


def test_a_place_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(StudyError, match=r"^The report cannot be written to .*\.$"):
        reports.write_trial(oratorio(), file)
    assert file.read_text() == "mine"
