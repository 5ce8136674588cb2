"""A document: the same facts as HTML and as data, hostile words kept as text, and nothing wider than a phone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from smoulder import reports
from smoulder.plots import Picture
from smoulder.reports.document import (
    Bullets,
    Cell,
    Column,
    Document,
    Flow,
    Fold,
    Notice,
    Paragraph,
    Section,
    Source,
    Span,
    beneath,
    data,
    figure,
    html,
    section,
    table,
)
from trial_cases import oratorio

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PHONE = 390  # pixels
HOSTILE = '<script>alert("x")</script>'
DRAWN = Picture("lines", "Two lines", "One line above another.", '<svg viewBox="0 0 1 1"></svg>')


def every_block(words: str) -> Document:
    """A document in which each kind of block stands once, with the given words wherever words can stand."""
    rows = [(beneath(words, words), Cell(words, 1.5, float("nan"), None, "years"), Span(words, "id", "https://x.org"))]
    return Document(
        words,
        words,
        (Paragraph((Span(words, "strong"), words), "lead"), Notice(words, words)),
        (
            section(
                "first",
                words,
                Bullets((words,)),
                None,
                Flow((words,), ((Span(words, "strong"), words),)),
                table(words, (words, Column("age", "years"), words), rows, kinds=("miss",), note=words),
                Fold(words, (figure(DRAWN, words), Source(words), Section("", words, (Paragraph(words),)))),
                short=words,
            ),
        ),
    )


def plain(text: str) -> str:
    return " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL)).split())


def test_words_stay_words_wherever_they_stand() -> None:
    text = html(every_block(HOSTILE))
    assert "<script" not in text and "alert(\"x\")" in unescape(text)
    assert html(every_block("plain words")).count("plain words") == text.count("alert(")


def test_every_word_of_the_page_is_in_the_data_and_the_other_way_round() -> None:
    document = reports.trial_page(oratorio())
    shown, told = plain(html(document)), json.dumps(data(document), ensure_ascii=False, allow_nan=False)
    for part in (document.title, document.sections[0].title, oratorio().methods, *oratorio().notes):
        assert part in shown and part in told
    [effects] = [part for part in data(document)["sections"][2]["parts"] if part["type"] == "table"]
    first = effects["rows"][0]
    assert [first["cells"][1][name] for name in ("value", "low", "high")] == [0.81, 0.63, 1.02]
    assert first["kind"] == "hit"


def test_a_number_that_does_not_exist_is_none_in_the_data() -> None:
    [block] = [part for part in data(every_block("w"))["sections"][0]["parts"] if part["type"] == "table"]
    assert block["rows"][0]["cells"][1] == {
        "type": "cell", "text": "w", "value": 1.5, "low": None, "high": None, "unit": "years"
    }
    assert block["columns"][1] == {"type": "column", "title": "age", "unit": "years"}


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Every row of the table 'Ages' needs 2 cells\.$"):
        table("Ages", ("who", "age"), [("a", "1"), ("b",)])


def test_details_are_folded_and_the_style_says_so_in_print() -> None:
    text = html(every_block("w"))
    assert text.count("<details>") == text.count("<summary>") == 1
    style = text[text.index("<style>") : text.index("</style>")]
    assert "(folded: open it on the screen before printing)" in style[style.index("@media print") :]


MEASURE = """<script>
for (const part of document.querySelectorAll('details')) part.open = true;
const wide = [];
for (const part of document.querySelectorAll('main *')) {
  const inner = part.parentElement.closest('.wide');
  const right = part.getBoundingClientRect().right;
  if (!inner && right > WIDTH + 1) wide.push(part.tagName + ' ' + part.textContent.slice(0, 30));
}
document.title = 'measured';
document.body.innerHTML = '<pre id="measured">' + WIDTH + ' ' + document.documentElement.clientWidth + ' ' +
  JSON.stringify(wide) + '</pre>';
</script>"""


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: no page is laid out")
@pytest.mark.parametrize("name", ["trial", "every block"])
def test_nothing_is_wider_than_a_phone(name: str, tmp_path: Path) -> None:
    document = reports.trial_page(oratorio()) if name == "trial" else every_block("word" * 40)
    frame = (
        f'<!doctype html><title>x</title><iframe id="phone" width="{PHONE}" height="844" style="border:0" '
        f'srcdoc="{_quoted(html(document).replace("</body>", MEASURE.replace("WIDTH", str(PHONE)) + "</body>"))}">'
        "</iframe><script>window.onload = () => { document.body.append(document.getElementById('phone')"
        ".contentDocument.getElementById('measured').cloneNode(true)); };</script>"
    )
    (tmp_path / "frame.html").write_text(frame, encoding="utf-8")
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --hide-scrollbars --dump-dom --virtual-time-budget=5000"
    ).split()
    done = subprocess.run(
        [str(CHROMIUM), *flags, f"--user-data-dir={tmp_path / 'profile'}", (tmp_path / "frame.html").as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )
    [measured] = re.findall(r'</iframe>.*<pre id="measured">(.*?)</pre>', done.stdout, re.DOTALL)
    assert unescape(measured) == f"{PHONE} {PHONE} []"


def _quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;")
