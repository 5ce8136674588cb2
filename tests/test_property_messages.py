"""Messages met in the command line speak of its options, and never suggest what was typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from smoulder import cli, treatments
from smoulder.errors import InputError, UnknownName, nearest

Run = Callable[..., str]
PYTHON = re.compile(r"\b(columns|dates|scales|faulty)=|[{}]")


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command that must be refused: its message."""

    def call(*arguments: object) -> str:
        with pytest.raises(SystemExit) as end:
            cli.main([str(argument) for argument in arguments])
        assert end.value.code == 2
        return capsys.readouterr().err

    return call


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("who,day,edss\n1,0,2\n", "write the line visits.person = '...' in the file of --columns"),
        ("id,day,EDSS total,edss score\n1,0,2,3\n", "write the line edss = 'EDSS total' in the file of --columns"),
        ("id,date,edss\n1,03/04/2020,2\n", "give --dates (in Python: dates) 'day first' or 'month first'"),
        ("id,date,edss\n1,x,2\n", "for another form give --dates"),
    ],
)
def test_a_table_that_cannot_be_read_names_the_option_that_helps(
    tmp_path: Path, refused: Run, text: str, message: str
) -> None:
    table = tmp_path / "visits.csv"
    table.write_text(text)
    line = refused("outcomes", table)
    assert message in line
    assert not PYTHON.search(line)


def test_the_line_that_a_message_gives_is_one_that_the_command_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, columns = tmp_path / "visits.csv", tmp_path / "columns.toml"
    table.write_text("who,day,EDSS total,edss score\n1,0,2,3\n1,99,2,3\n")
    columns.write_text("visits.person = 'who'\nedss = 'EDSS total'\n")
    with pytest.raises(SystemExit) as end:
        cli.main(["outcomes", str(table), "--columns", str(columns)])
    assert not end.value.code
    assert "2 of 2 rows hold a score" in " ".join(capsys.readouterr().out.split())


def test_the_nearest_name_is_never_the_one_that_was_typed() -> None:
    assert nearest("edss", ["edss", "eds"]) == "eds"
    assert nearest("edss", ["edss"]) is None
    assert nearest("EDSS", ["edss"]) == "edss"  # another case is another name
    assert "Did you mean" not in str(UnknownName("treatment", "none", ["none"]))


def test_a_family_of_drugs_says_what_else_it_needs(refused: Run) -> None:
    for text in ("hypothetical", "hypothetical:attack"):
        line = refused("treatments", text)
        assert "Did you mean" not in line
        assert "hypothetical:<effect>:<share>, for example hypothetical:bare_loss:0.5" in line
        with pytest.raises(InputError, match="does not read as hypothetical:<effect>:<share>"):
            treatments.plan(text)
    assert treatments.drug("hypothetical:attack:0.5") == treatments.plan("hypothetical:attack:0.5").drugs[0]
