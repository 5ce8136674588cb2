"""The command line: what it prints, what it refuses, in one line and with nothing left behind, and that it teaches."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

import smoulder
from house import ROOT
from smoulder import cli, evidence, parameters, reports, store, treatments, trials

Run = Callable[..., tuple[int, str, str]]
COMMANDS = ("demo", "simulate", "evidence", "parameters", "treatments", "trial")
TRIAL = ("list", "show", "run")
SMALL = ("simulate", "--people", "40", "--years", "2", "--threads", "1")
DESIGN = """
name = "tiny"
title = "A tiny trial"

[entry]
course = "relapsing"
age = [20, 60]

[[arm]]
name = "drug"
plan = "hypothetical:attack:1+hypothetical:bare_loss:0.5"
people = 20

[[arm]]
name = "placebo"
plan = "none"
people = 10

[schedule]
weeks = 24
scans = [24]

[[endpoint]]
name = "cdw12"
title = "Worsening"
kind = "time"
components = [{}]
published = "oratorio_cdp12_hr"
published_arms = { placebo = "oratorio_cdp12_event_proportion_c" }

[[endpoint]]
name = "lesions"
title = "New lesions"
kind = "new_t2"
weeks = [24]
"""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command here: (exit code, stdout, stderr)."""

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            cli.main(arguments)
        return int(end.value.code or 0), *capsys.readouterr()

    return call


def apart(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    """Run a command in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    command = [sys.executable, "-c", "from smoulder.cli import main; main()", *arguments]
    return subprocess.Popen(command, env=environment, text=True, **pipes)


def refused(answer: tuple[int, str, str], said: str) -> None:
    """One line on stderr that says ``said``, nothing on stdout, exit code 2."""
    code, out, err = answer
    assert (code, out) == (2, "")
    assert err.startswith("smoulder: ") and err.count("\n") == 1 and err.endswith("\n"), err
    assert said in err
    assert "Traceback" not in err


def test_alone_it_shows_its_commands(run: Run) -> None:
    code, out, err = run()
    assert (code, err) == (0, "")
    assert all(f"\n  {command} " in out for command in COMMANDS)
    assert (code, out, err) == run("--help")
    assert run("--version") == (0, f"smoulder {smoulder.__version__} (model {smoulder.MODEL_VERSION})\n", "")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_tells_every_option_and_shows_an_example(run: Run, command: str) -> None:
    code, out, err = run(command, "--help")
    assert (code, err) == (0, "")
    assert f"Example:\n    smoulder {command}" in out
    group = typer.main.get_command(cli.app)
    for parameter in group.commands[command].params:  # type: ignore[attr-defined]
        names = [*parameter.opts, *parameter.secondary_opts] if parameter.param_type_name == "option" else ["Arguments"]
        assert all(name in out for name in names)
        assert parameter.param_type_name == "argument" or parameter.help


def test_the_examples_of_simulate_are_commands_that_it_takes(run: Run, tmp_path: Path) -> None:
    example = run("simulate", "--help")[1].split("Example:\n")[1].replace("\\\n", " ")
    commands = [line.split() for line in example.strip().splitlines()]
    assert len(commands) == 2 and all(command[:2] == ["smoulder", "simulate"] for command in commands)
    for number, (_, *words) in enumerate(commands):
        smaller = {"--people": "30", "--years": "2", "--out": str(tmp_path / str(number))}
        for option, value in smaller.items():
            words[words.index(option) + 1] = value
        assert run(*words)[0] == 0


def test_simulate_writes_a_study_and_says_so_in_one_line(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    code, out, err = run(*SMALL, "--seed", "5", "--out", str(folder))
    assert (code, err) == (0, "")
    assert out.startswith(f"{folder}: 40 lives of 2 years, treatment none, 2 files, ") and out.count("\n") == 1
    assert len(store.read(folder, "truth")) == 80
    assert store.manifest(folder)["settings"]["seed"] == 5


def test_simulate_as_json_prints_the_manifest_and_settings_reach_it(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    more = ("--set", "smouldering=0.5", "--plan", "ocrelizumab@onset+2", "--every", "0.25", "--records", "--json")
    code, out, err = run(*SMALL, "--out", str(folder), *more)
    assert (code, err) == (0, "")
    manifest = json.loads(out)["data"]
    assert manifest == store.manifest(folder)
    assert manifest["settings"]["parameters"] == {"smouldering": 0.5}
    assert manifest["settings"]["plan"] == "ocrelizumab@onset+2"
    assert (manifest["settings"]["every"], manifest["settings"]["visits"]) == (0.25, 0.5)
    assert len(store.read(folder, "truth")) == 320 and len(store.records(folder).visits) > 0


def test_progress_goes_to_stderr_and_only_when_asked_for_or_seen(run: Run, tmp_path: Path) -> None:
    quiet = run(*SMALL, "--out", str(tmp_path / "a"))
    shown = run(*SMALL, "--out", str(tmp_path / "b"), "--progress")
    assert quiet[2] == "" and "40/40" in shown[2] and "\x1b" not in shown[2]
    assert quiet[1].replace("/a:", "/b:") == shown[1]


def test_resume_goes_on_and_is_refused_with_another_seed(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    assert run(*SMALL, "--out", str(folder))[0] == 0
    refused(run(*SMALL, "--out", str(folder)), "exists already")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert run(*SMALL, "--out", str(folder), "--resume")[0] == 0
    refused(run(*SMALL, "--out", str(folder), "--resume", "--seed", "9"), "seed was 0 and is now 9")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


WRONG = [
    (("--plan", "aspirin"), "No treatment 'aspirin'"),
    (("--plan", "ocrelizumap"), "Did you mean 'ocrelizumab'"),
    (("--plan", "siponimod@age=-5"), "starts 0 or more years"),
    (("--plan", ""), "does not read"),
    (("--people", "-5"), "The number of people is -5"),
    (("--people", "0"), "at least 1"),
    (("--people", "many"), "'--people'"),
    (("--years", "-1"), "-1 years"),
    (("--years", "0"), "must be positive"),
    (("--years", "nan"), "must be positive"),
    (("--every", "0.3"), "0.3"),
    (("--every", "9"), "9"),
    (("--threads", "0"), "at least 1"),
    (("--set", "smoldering=1"), "Did you mean 'smouldering'"),
    (("--set", "smouldering"), "does not read as id=value"),
    (("--set", "smouldering=much"), "'much' is none"),
    (("--set", "smouldering=nan"), "allowed are"),
    (("--set", "smouldering=-1"), "allowed are"),
    (("--set", "smouldering=1", "--set", "smouldering=1"), "set twice"),
    (("--sed", "1"), "'smoulder simulate --help'"),
    (("--seed",), "'--seed' requires an argument"),
]


@pytest.mark.parametrize(("more", "said"), WRONG, ids=[" ".join(more) for more, _ in WRONG])
def test_what_cannot_be_simulated_is_refused_and_leaves_nothing(
    run: Run, tmp_path: Path, more: tuple[str, ...], said: str
) -> None:
    refused(run(*SMALL, "--out", str(tmp_path / "new" / "s"), *more), said)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_hold_a_study_is_refused_and_left_as_it_was(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    refused(run(*SMALL, "--out", str(tmp_path)), "exists already")
    refused(run(*SMALL, "--out", ""), "exists already")
    refused(run(*SMALL, "--out", str(tmp_path), "--resume"), "holds no study to resume")
    refused(run(*SMALL, "--out", str(tmp_path / "file")), "is a file")
    refused(run(*SMALL, "--out", str(tmp_path / "file" / "s")), "Not a directory")
    refused(run(*SMALL, "--out", str(tmp_path / ("x" * 300))), "File name too long")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "manifest.json").write_text("{")
    refused(run(*SMALL, "--out", str(tmp_path / "old"), "--resume"), "damaged or of another origin")
    assert (tmp_path / "file").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "manifest.json", "old"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT])
def test_what_the_disk_refuses_is_one_line_and_leaves_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patched:
        patched.setattr("pyarrow.parquet.write_table", refuse)
        refused(run(*SMALL, "--out", str(tmp_path / "new" / "s")), os.strerror(code))
    with monkeypatch.context() as patched:
        patched.setattr("pathlib.Path.mkdir", refuse)
        refused(run(*SMALL, "--out", str(tmp_path / "new" / "s")), os.strerror(code))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("evidence", "lyon_course_r"), "Did you mean 'lyon_course_rr'"),
        (("parameters", "smoldering"), "Did you mean 'smouldering'"),
        (("treatments", "ocrelizumap"), "Did you mean 'ocrelizumab'"),
        (("simulate",), "Missing option"),
        (("simulat",), "Did you mean 'simulate'"),
        (("parameters", "a", "b"), "'smoulder parameters --help'"),
        (("--fast",), "'smoulder --help'"),
        (("demo", "--people", "x"), "'--people'"),
        (("demo", "--replicates", "0", "--out", "no"), "at least 1 replicate"),
        (("trial", "shw"), "Did you mean 'show'"),
        (("trial", "show"), "Missing argument"),
        (("trial", "show", "oratoria"), "Did you mean 'oratorio'? 'smoulder trial list' lists all"),
        (("trial", "show", "oratoria", "--toml"), "Did you mean 'oratorio'"),
        (("trial", "show", "absent.toml"), "absent.toml: No such file"),
        (("trial", "run", "oratoria"), "Did you mean 'oratorio'"),
        (("trial", "run", "absent.toml"), "absent.toml: No such file"),
        (("trial", "run", "oratorio", "--replicates", "0"), "at least 1"),
        (("trial", "run", "oratorio", "--threads", "0"), "at least 1"),
        (("trial", "run", "oratorio", "--seed", "-1"), "must not be negative"),
        (("trial", "run", "oratorio", "--replicate", "3"), "'smoulder trial run --help'"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_a_wrong_word_is_answered_with_the_way_out(run: Run, words: tuple[str, ...], said: str) -> None:
    refused(run(*words), said)


def test_one_row_of_each_table_is_shown_as_text_and_as_json(run: Run) -> None:
    p = parameters.load()
    for command, id, text in (
        ("evidence", "lyon_course_rr", evidence.describe(evidence.row("lyon_course_rr"))),
        ("treatments", "ocrelizumab", treatments.describe("ocrelizumab")),
    ):
        assert run(command, id) == (0, text + "\n", "")
        code, out, err = run(command, id, "--json")
        assert (code, err, json.loads(out)["data"]["id"]) == (0, "", id)
    code, out, err = run("parameters", "smouldering")
    assert (code, err) == (0, "") and out.startswith(f"smouldering: {p.row('smouldering').meaning}\n")
    assert json.loads(run("parameters", "smouldering", "--json")[1])["data"]["value"] == p["smouldering"]


def test_a_whole_table_is_listed_line_by_line_and_as_json(run: Run) -> None:
    tables = {"evidence": evidence.rows(), "parameters": parameters.load(), "treatments": treatments.drugs()}
    for command, table in tables.items():
        number = len(table)
        code, out, err = run(command)
        assert (code, err) == (0, "") and out.count("\n") >= number and "\x1b" not in out
        assert len(json.loads(run(command, "--json")[1])["data"]) == number


def test_demo_hands_its_options_on_and_prints_the_score_as_json(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    def demo(**given: Any) -> SimpleNamespace:
        asked.append(given)
        return SimpleNamespace(score={"headline": {"rmse": float("inf")}}, summary=("rmse: none", "1 hit of 2"))

    monkeypatch.setattr("smoulder.reports.run_demo", demo)
    options = ("demo", "--out", str(tmp_path), "--people", "9", "--replicates", "3", "--seed", "4", "--threads", "1")
    code, out, err = run(*options, "--json")
    assert (code, err) == (0, "") and json.loads(out)["data"] == {"headline": {"rmse": None}}
    assert run(*options) == (0, "rmse: none\n1 hit of 2\n", "")
    assert asked == [{"out": tmp_path, "people": 9, "replicates": 3, "seed": 4, "threads": 1, "progress": None}] * 2


@pytest.fixture
def design(tmp_path: Path) -> Path:
    """A file with the design of a tiny trial."""
    path = tmp_path / "tiny.toml"
    path.write_text(DESIGN)
    return path


def test_trial_alone_shows_its_commands(run: Run) -> None:
    code, out, err = run("trial")
    assert (code, err) == (0, "") and (code, out, err) == run("trial", "--help")
    assert all(f"\n  {command} " in out for command in TRIAL)
    group = typer.main.get_command(cli.app).commands["trial"]  # type: ignore[attr-defined]
    assert set(group.commands) == set(TRIAL)
    for command in TRIAL:
        told = run("trial", command, "--help")[1]
        assert f"Example:\n    smoulder trial {command}" in told
        options = [p for p in group.commands[command].params if p.param_type_name == "option"]
        assert all(name in told for option in options for name in (*option.opts, *option.secondary_opts))


def test_the_trials_are_listed_and_each_is_shown_and_its_file_printed(run: Run) -> None:
    code, out, err = run("trial", "list")
    assert (code, err) == (0, "") and len(out.splitlines()) == len(trials.designs()) >= 4
    assert json.loads(run("trial", "list", "--json")[1])["data"] == trials.designs()
    for name, title in trials.designs().items():
        read = trials.design(name)
        code, out, err = run("trial", "show", name)
        assert (code, err) == (0, "") and out.startswith(f"{title}\n")
        assert all(f"\n{one.name}: {one.title} (" in out for one in read.endpoints)
        assert all(f"{arm.name} ({arm.people})" in out for arm in read.arms)
        assert run("trial", "show", name, "--toml") == (0, trials.source(name), "")
        shown = json.loads(run("trial", "show", name, "--json")[1])["data"]
        assert shown["entry"]["age"] == list(read.entry.age) and len(shown["endpoints"]) == len(read.endpoints)


def test_a_design_is_run_and_its_result_printed_and_kept(run: Run, design: Path, tmp_path: Path) -> None:
    asked = ("trial", "run", str(design), "--replicates", "2", "--seed", "3", "--threads", "1")
    result = trials.run_trial(design, replicates=2, seed=3)
    assert run(*asked) == (0, "\n".join(reports.trial_summary(result)) + "\n", "")
    code, out, err = run(*asked, "--json", "--out", str(tmp_path / "new" / "out"))
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found == json.loads((tmp_path / "new" / "out" / "result.json").read_text())
    assert found["data"] == json.loads(json.dumps(reports.trial_json(result)))
    assert sorted(path.name for path in (tmp_path / "new" / "out").iterdir()) == ["report.html", "result.json"]
    found = found["data"]
    first = found["endpoints"]["cdw12"]
    assert set(first["hazard_ratio"]) == {"mean", "lo", "hi", "error"} and set(first["event_share"]) == {
        "drug", "placebo"
    }
    assert [one["row"] for one in first["published"]] == ["oratorio_cdp12_hr", "oratorio_cdp12_event_proportion_c"]
    assert (found["replicates"], found["seed"]) == (2, 3)


def test_the_effect_in_the_cns_is_taken_away_when_asked(run: Run, design: Path) -> None:
    asked = ("trial", "run", str(design), "--replicates", "1", "--threads", "1", "--json")
    with_it, without = (json.loads(run(*asked, *more)[1])["data"] for more in ((), ("--without-cns",)))
    assert without["notes"] == [*with_it["notes"], "Whatever the drugs do behind the barrier is taken away."]
    assert with_it["baseline"] == without["baseline"]
    lesions = [found["endpoints"]["lesions"]["per_person"] for found in (with_it, without)]
    assert lesions[0]["placebo"] == lesions[1]["placebo"]
    drawn, fixed = (json.loads(run(*asked, *more)[1])["data"]["methods"] for more in ((), ("--fixed",)))
    assert "was drawn from its prior" in drawn and "was held at its value" in fixed


def test_a_design_that_cannot_be_is_refused_and_nothing_is_written(run: Run, design: Path, tmp_path: Path) -> None:
    for old, new, said in (
        ("age = [20, 60]", "age = [60, 20]", "tiny.toml: entry: 'age' goes from 60 to 20"),
        ("weeks = 24\nscans", "wekes = 24\nscans", "tiny.toml: schedule: No key 'wekes'. Did you mean 'weeks'?"),
        ('plan = "none"', 'plan = "nono"', "tiny.toml: arm 'placebo': No treatment 'nono'"),
        ("[entry]", "[entry", "tiny.toml: not TOML"),
    ):
        assert old in DESIGN
        design.write_text(DESIGN.replace(old, new, 1))
        for command in (("show",), ("run", "--replicates", "1", "--out", str(tmp_path / "out"))):
            refused(run("trial", command[0], str(design), *command[1:]), said)
    design.write_bytes(b"\xff\xfe")
    refused(run("trial", "show", str(design)), "not a text file")
    assert list(tmp_path.iterdir()) == [design]


def test_a_result_that_cannot_be_written_is_told(run: Run, design: Path) -> None:
    refused(run("trial", "run", str(design), "--replicates", "1", "--out", str(design)), "cannot be written")


def test_an_interrupted_trial_ends_in_one_line(
    run: Run, design: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("smoulder.trials.run._replicate", stop)
    for threads in ("1", "2"):
        asked = ("--replicates", "2", "--threads", threads, "--out", str(tmp_path / "out"))
        assert run("trial", "run", str(design), *asked) == (130, "", "smoulder: interrupted\n")
    assert list(tmp_path.iterdir()) == [design]


def test_a_fault_of_ours_is_one_line_too_unless_its_place_is_asked_for(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("no\nway")

    monkeypatch.setattr("smoulder.treatments.describe", fault)
    code, out, err = run("treatments", "ocrelizumab")
    assert (code, out) == (1, "") and err.count("\n") == 1 and "ZeroDivisionError: no way" in err
    monkeypatch.setenv("SMOULDER_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        cli.main(["treatments", "ocrelizumab"])


def test_too_little_memory_and_an_unreadable_file_are_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    denied = PermissionError(errno.EACCES, "Permission denied", "x.csv")
    for error, said in ((MemoryError(), "not enough memory"), (denied, "'x.csv': Permission denied")):

        def fail(*_: Any, error: BaseException = error) -> None:
            raise error

        monkeypatch.setattr("smoulder.treatments.describe", fail)
        refused(run("treatments", "ocrelizumab"), said)


def test_a_reader_who_goes_away_is_no_error() -> None:
    process = apart("evidence", "--json")
    assert process.stdout and process.stderr
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_output_into_a_full_disk_is_one_line() -> None:
    with open("/dev/full", "w") as full:
        process = apart("parameters", stdout=full)
        _, err = process.communicate()
    refused((process.returncode, "", err), "No space left on device")


def test_an_interrupted_run_ends_at_once_in_one_line_and_keeps_nothing_half_written(tmp_path: Path) -> None:
    arguments = ("simulate", "--people", "50000", "--years", "60", "--threads", "1", "--out", str(tmp_path / "s"))
    process = apart(*arguments)
    while not (tmp_path / "s" / "manifest.json").exists():
        assert process.poll() is None
        time.sleep(0.01)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, "")
    kept = (tmp_path / "s").exists()
    assert err == f"smoulder: interrupted: {'the same command with --resume goes on' if kept else 'nothing was kept'}\n"
    assert not list(tmp_path.rglob("*.part"))
