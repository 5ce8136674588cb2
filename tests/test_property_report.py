"""The report: every row in it, misses shown as misses, numbers for a program, a page that needs nothing else."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

import hidden_cases
from report_cases import lives, natural, planted, small_trial, switches, two_runs
from smoulder import InputError, SmoulderError, plots, reports
from smoulder.errors import StudyError
from smoulder.reports.demo import oratorio
from smoulder.reports.demo.page import report
from smoulder.reports.numbers import Format, hits, with_interval
from smoulder.targets import load

HEADLINE = {
    "rmse_msss2005",
    "ppms_share",
    "ppms_onset_age",
    "spms_median_years",
    "age_at_edss4",
    "age_at_edss6",
    "age_at_edss7",
    "years_edss4_to_6_relapsing",
    "years_edss4_to_6_progressive",
}
OF_TRIAL = {"oratorio_hr_cdp12": 0.81, "oratorio_hr_cdp12_without_cns_effect": 0.93, "oratorio_placebo_cdp12": 0.301}


class Page(HTMLParser):
    """Every tag of a page with its attributes, and the text of its table rows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.rows: list[str] = []
        self.inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag == "tr":
            self.inside = True
            self.rows.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "tr"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1] += data + "|"


def page(scores: tuple | None = None) -> str:
    shown = natural() if scores is None else replace(natural(), scores=scores)
    return reports.html(report(shown, switches(), lives(), hidden_cases.found(), two_runs(), {"seed": 3}))


TEXT = page()
READ = Page(TEXT)


def test_the_same_results_give_the_same_page() -> None:
    assert page() == TEXT


def test_every_target_stands_in_the_page_with_its_result_and_role() -> None:
    words = plots.labels([one.target for one in natural().scores])
    for text, one in zip(words, natural().scores, strict=True):
        rows = [row for row in READ.rows if row.startswith(f"{text}|") and one.target.evidence in row.replace("|", "")]
        assert len(rows) == 1, text
        assert ("|hit|" in rows[0]) == one.hit and ("|MISS|" in rows[0]) != one.hit
        assert one.target.role in rows[0] and ("RECALLED" in rows[0]) == (one.target.status == "recalled")
        assert ("not fitted" in rows[0]) == (one.target.role == "calibration" and one.target.weight == 0)


def test_a_planted_miss_is_shown_as_a_miss_and_counted() -> None:
    name = plots.labels([one.target for one in natural().scores])[0]
    for hit in (True, False):
        scores = planted(hit=hit)
        text = page(scores)
        [row] = [
            row
            for row in Page(text).rows
            if row.startswith(f"{name}|") and scores[0].target.evidence in row.replace("|", "")
        ]
        assert ("|hit|" in row, "|MISS|" in row) == (hit, not hit)
        number = sum(one.hit for one in scores)
        assert f"Score: {number} of {len(scores)} published numbers hit, {len(scores) - number} missed." in text


def test_hits_by_role_add_up() -> None:
    counted = hits(natural().scores)
    parts = [value for name, value in counted.items() if name != "all"]
    assert counted["all"] == (sum(h for h, _ in parts), sum(of for _, of in parts))
    assert counted["all"][1] == len(load())


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    assert not [tag for tag, _ in READ.tags if tag in ("script", "iframe", "img", "object", "embed", "base", "form")]
    assert [a["href"] for tag, a in READ.tags if tag == "link"] == ["data:,"]
    assert not [a for _, a in READ.tags if "src" in a or "srcset" in a or any(name.startswith("on") for name in a)]
    for tag, attributes in READ.tags:
        if "href" in attributes and tag not in ("a", "link"):
            assert attributes["href"].startswith("#")
    assert re.findall(r"url\((?!#)|@import", TEXT) == []


def test_a_reader_of_any_kind_finds_the_way() -> None:
    ids = [a["id"] for _, a in READ.tags if "id" in a]
    assert len(ids) == len(set(ids))
    inner = [a["href"][1:] for tag, a in READ.tags if tag == "a" and a["href"].startswith("#")]
    assert inner and set(inner) <= set(ids)
    tags = [tag for tag, _ in READ.tags]
    assert tags.count("table") == tags.count("caption") and tags.count("figure") == tags.count("figcaption")
    assert tags.count("svg") == tags.count("desc") == tags.count("figure") >= 8
    assert tags.count("h1") == 1 and ("html", {"lang": "en"}) in READ.tags
    assert "viewport" in [a.get("name") for tag, a in READ.tags if tag == "meta"]


def test_it_says_what_it_is_before_anything_else() -> None:
    start = unescape(re.sub(r"<[^>]*>", " ", TEXT[TEXT.index("<h1") :]))[:700]
    assert (
        "research only; never advice" in start and "untreated" in start and f"{natural().counts['left_out']:,}" in start
    )


def test_numbers_are_written_with_their_intervals() -> None:
    share, plain = Format(100, 1, False, "%"), Format(1, 2, False, "")
    assert with_interval(0.124, 0.005, share) == "12.4 ± 1.0%"
    assert with_interval(0.124, 1e-6, share) == "12.4 ± <0.1%"
    assert with_interval(-0.5, 0.1, plain) == "−0.50 ± 0.20"
    assert with_interval(float("inf"), 0.1, share) == "not reached"
    assert with_interval(float("nan"), 0.1, share) == "no such people"
    assert with_interval(0.5, float("nan"), share) == "50.0%"


def test_the_score_is_plain_data_with_the_promised_keys() -> None:
    score = reports.score_json(natural(), switches(), oratorio.headline(two_runs()))
    read = json.loads(json.dumps(score, allow_nan=False))
    assert set(read["headline"]) == HEADLINE | set(OF_TRIAL)
    assert {name: read["headline"][name] for name in OF_TRIAL} == OF_TRIAL
    assert all(value is None or isinstance(value, float) for value in read["headline"].values())
    assert [row["evidence"] for row in read["rows"]] == [target.evidence for target in load()]
    wanted = {
        "evidence",
        "published",
        "lo",
        "hi",
        "simulated",
        "monte_carlo_error",
        "hit",
        "role",
        "fitted",
        "status",
        "note",
    }
    assert all(wanted <= set(row) and isinstance(row["hit"], bool) for row in read["rows"])
    assert read["counts"]["drawn"] == read["people"] and read["seed"] == natural().seed
    assert set(read["versions"]) == {"code", "model"}
    assert sum(row["hit"] for row in read["rows"]) == read["hits"]["all"]["hits"]


def test_what_does_not_exist_is_null_in_the_score() -> None:
    first, *others = natural().scores
    gone = replace(natural(), scores=(replace(first, simulated=float("inf"), error=float("nan")), *others))
    row = reports.score_json(gone, switches(), {})["rows"][0]
    assert row["simulated"] is None and row["monte_carlo_error"] is None and row["hit"] is False


def test_the_trial_is_shown_with_and_without_its_effect_in_the_cns_and_its_misses() -> None:
    start = TEXT.index('<section id="oratorio">')
    shown = TEXT[start : TEXT.index("</section>", start)].replace("\u00a0", " ")
    read = Page(shown)
    words = " ".join(unescape(re.sub(r"<[^>]*>", " ", shown)).split())
    assert "hazard ratio for 12-week confirmed disability progression was 0.81 (0.63 to 1.02)" in words
    assert "0.93 (0.71 to 1.19) without what the drug does behind the blood-brain barrier" in words
    assert "The published value is 0.76 (0.59 to 0.98). Of the placebo arm 30.1% (25.0 to 35.0) had the event" in words
    first = "12-week confirmed disability progression|hazard ratio (cdw12)|"
    [row] = [row for row in read.rows if row.startswith(first)]
    assert "|0.81 (0.63 to 1.02)|0.93 (0.71 to 1.19)|0.76 (0.59 to 0.98)|hit|" in row
    [placebo] = [row for row in read.rows if row.startswith("12-week") and "event share, placebo" in row]
    assert "|39.3%|MISS|" in placebo and "Misses: 4 of 10 published numbers judged" in words
    links = [a["href"] for tag, a in read.tags if tag == "a" and a["href"].startswith("oratorio")]
    assert links == ["oratorio/report.html", "oratorio_without_cns/report.html"]
    head = TEXT[TEXT.index('<section id="headline">') : TEXT.index('<section id="compared">')]
    assert [row.split("|")[-2] for row in Page(head).rows if row.startswith(("ORATORIO", "The same without"))] == [
        "hit", "hit", "MISS"
    ]


def test_the_lines_to_print_set_the_trial_beside_what_was_published() -> None:
    assert oratorio.lines(two_runs()) == [
        "oratorio_hr_cdp12: 0.81 (0.63 to 1.02), published 0.76 (0.59 to 0.98)",
        "oratorio_hr_cdp12_without_cns_effect: 0.93 (0.71 to 1.19), published 0.76 (0.59 to 0.98)",
        "oratorio_placebo_cdp12: 30.1% (25.0 to 35.0), published 39.3%  MISS",
    ]


def test_the_demonstration_writes_whole_files_and_replaces_old_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smoulder.reports.demo.oratorio.TRIAL", small_trial())
    out = tmp_path / "new" / "demo"
    out.mkdir(parents=True)
    (out / "report.html").write_text("old")
    told: list[int] = []
    done = reports.run_demo(out, people=100, seed=1, threads=1, progress=told.append, replicates=2)
    assert sum(told) == 100 and all(more > 0 for more in told)
    there = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    manifest = json.loads((out / "manifest.json").read_text())["data"]
    assert set(manifest["files"]) == there - {"manifest.json"}
    assert {f"{folder}/{file}" for folder in oratorio.FOLDERS for file in ("report.html", "result.json")} < there
    for name, digest in manifest["files"].items():
        assert sha256((out / name).read_bytes()).hexdigest() == digest
    assert manifest["settings"] == {"people": 100, "replicates": 2, "seed": 1, "plan": "none"}
    assert json.loads((out / "score.json").read_text())["data"] == json.loads(json.dumps(done.score))
    assert done.score["headline"]["oratorio_placebo_cdp12"] == done.trial.whole.endpoints[0].arms["placebo"].mean
    inside = "Whatever the drugs do behind the barrier is taken away."
    assert inside in done.trial.outside.notes and inside not in done.trial.whole.notes
    number, of = hits(done.natural.scores)["all"]
    assert done.summary[0].startswith(f"{number} of {of} published numbers hit")
    assert set(oratorio.lines(done.trial)) < set(done.summary)


def test_both_runs_of_the_trial_are_of_the_same_people_whatever_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smoulder.reports.demo.oratorio.TRIAL", small_trial())
    one, two = (oratorio.run(2, 1, threads) for threads in (1, 2))
    assert reports.trial_json(one.whole) == reports.trial_json(two.whole)
    assert reports.trial_json(one.outside) == reports.trial_json(two.outside)
    assert repr(one.whole.baseline) == repr(one.outside.baseline)
    placebo = [run.endpoints[2].arms["placebo"] for run in (one.whole, one.outside)]
    treated = [run.endpoints[2].arms["ocrelizumab"] for run in (one.whole, one.outside)]
    assert placebo[0] == placebo[1] and treated[0] != treated[1]


def test_a_place_that_cannot_be_written_is_told_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "smoulder.reports.demo.run.natural_history", lambda *_, **__: pytest.fail("the work was begun")
    )
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(StudyError, match="cannot be written"):
        reports.run_demo(file, people=100)
    assert file.read_text() == "mine"


def test_nothing_is_left_behind_when_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise InputError("no")

    monkeypatch.setattr("smoulder.reports.demo.run.natural_history", fail)
    with pytest.raises(InputError, match="no"):
        reports.run_demo(tmp_path / "demo", people=100)
    assert not (tmp_path / "demo").exists()


def test_too_few_people_or_replicates_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least 100"):
        reports.run_demo(tmp_path / "demo", people=5)
    with pytest.raises(InputError, match="at least 1 replicate"):
        reports.run_demo(tmp_path / "demo", people=100, replicates=0)
    assert not (tmp_path / "demo").exists()


def test_without_matplotlib_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(SmoulderError, match=r"'smoulder\[report\]'"):
        reports.run_demo(tmp_path / "demo", people=100)
    assert not (tmp_path / "demo").exists()
