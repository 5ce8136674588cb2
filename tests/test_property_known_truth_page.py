"""Definitions where the truth is known, as page, files, lines and command: every number is that of the table."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path

import pandas as pd
import pytest

from smoulder import cli, outcomes, plots, reports
from smoulder.experiments.known_truth import KnownTruth, definitions_tested

NAMES = ("CDW_12W", "CDI_24W", "PIRA_MULLER_2023")
HOSTILE = "<b>$x$</b> & mine"


@pytest.fixture(scope="module")
def found() -> KnownTruth:
    """A few lives, two intervals, two noises, and one definition with a name that is no HTML."""
    mine = replace(outcomes.named("PIRA_KAPPOS_2020"), name=HOSTILE)
    return definitions_tested(150, definitions=[*NAMES, mine], months=(3, 12), noise=(1.0, 2.0), seed=2, threads=2)


@pytest.fixture
def definitions() -> list[outcomes.Definition]:
    return [*map(outcomes.named, NAMES), replace(outcomes.named("PIRA_KAPPOS_2020"), name=HOSTILE)]


def plain(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


def test_the_page_and_the_lines_tell_the_numbers_of_the_table(
    found: KnownTruth, definitions: list[outcomes.Definition]
) -> None:
    text = reports.html(reports.known_truth_page(found, definitions))
    said, lines = plain(text), "\n".join(reports.known_truth_summary(found))
    assert f"{found.watched:,} of 150 simulated people" in said and f"{found.watched:,} of 150" in lines
    for name in (*NAMES, HOSTILE):
        rows = found.table[found.table["definition"] == name]
        shares = [f"{100 * value:.0f}" for value in rows["sensitivity"]]
        assert f"{name} {' '.join(shares)}" in said
        assert re.search(rf"^{re.escape(name)} +{' +'.join(shares)}$", lines, re.MULTILINE)
        one = rows[(rows["months"] == 3) & (rows["noise"] == 1)].iloc[0]
        assert f"{100 * one['sensitivity']:.0f}% ({100 * one['lo']:.0f} to {100 * one['hi']:.0f})" in said
    wrong = said[said.index("Laid to the wrong cause") : said.index("Nothing lasting had happened,")]
    assert "PIRA_MULLER_2023" in wrong and "CDW_12W" not in wrong
    assert HOSTILE not in text and "<script" not in text and not re.search(r'(src|href)="https?:', text)
    assert all(reports.methods_paragraph(one) in said for one in definitions)


def test_the_figure_and_its_specification_hold_the_same_numbers(found: KnownTruth) -> None:
    drawn = plots.known_truth_figure(found)
    assert drawn == plots.known_truth_figure(found)
    one = found.table[(found.table["months"] == 12) & (found.table["noise"] == 1)].iloc[0]
    assert f"CDW_12W finds {100 * one['sensitivity']:.0f}%" in drawn.alt
    values = pd.DataFrame(plots.known_truth_spec(found)["data"]["values"])
    for measure in ("sensitivity", "false_attribution", "nothing", "delay"):
        assert values["value"][values["measure"] == measure].tolist() == found.table[measure].dropna().tolist()
    json.dumps(plots.known_truth_spec(found), allow_nan=False)


def test_the_files_hold_every_number(
    found: KnownTruth, definitions: list[outcomes.Definition], tmp_path: Path
) -> None:
    reports.write_known_truth(found, definitions, tmp_path / "out")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"report.html", "result.json", "known_truth.csv", "known_truth.svg", "known_truth.json"}
    told = json.loads((tmp_path / "out" / "result.json").read_text())["data"]
    pd.testing.assert_frame_equal(pd.DataFrame(told["rows"]).astype(found.table.dtypes), found.table)
    assert told["people"]["watched"] == found.watched and [d["name"] for d in told["definitions"]][-1] == HOSTILE
    read = pd.read_csv(tmp_path / "out" / "known_truth.csv")
    pd.testing.assert_frame_equal(read, found.table, rtol=1e-9)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command here: (exit code, stdout, stderr)."""

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            cli.main(arguments)
        return int(end.value.code or 0), *capsys.readouterr()

    return call


def test_the_command_prints_what_the_function_finds(run: Callable, tmp_path: Path) -> None:
    given = ("multiverse", "--simulated", "60", "--seed", "3", "--rule", "CDW_12W", "--threads", "1")
    code, out, err = run(*given, "--json", "--out", str(tmp_path / "known"))
    assert (code, err) == (0, "") and (tmp_path / "known" / "report.html").exists()
    alone = definitions_tested(60, definitions=["CDW_12W"], seed=3)
    assert json.loads(out)["data"] == json.loads(json.dumps(reports.known_truth_json(alone)))
    code, out, err = run(*given, "--progress")
    assert (code, out.rstrip("\n")) == (0, "\n".join(reports.known_truth_summary(alone)))
    assert "120/120" in err and "9/9" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "VISITS is missing"),
        (("--simulated", "0"), "at least 1"),
        (("--simulated", "10", "visits.csv"), "leave the tables out"),
        (("--simulated", "10", "--people", "people.csv"), "leave the tables out"),
        (("--simulated", "10", "--rule", "CDW"), "No definition 'CDW'"),
    ],
)
def test_what_cannot_be_asked_is_one_line(run: Callable, words: tuple[str, ...], said: str) -> None:
    code, out, err = run("multiverse", *words)
    assert (code, out) == (2, "")
    assert err.startswith("smoulder: ") and err.count("\n") == 1 and said in err
