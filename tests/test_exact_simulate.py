"""A study is the same bytes on any number of threads, under any hash seed and after a kill: nothing lost or doubled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from house import ROOT
from smoulder import clinic, cohorts, life, parameters, people, store
from smoulder.errors import InputError, StudyError

#: Four shards, each of two blocks of lives, with records; the arguments of the whole file.
SIZE = {"n": 1_100, "years": 4.0, "seed": 3, "every": 0.5, "records": True, "shard": 300}
TABLES = {"people", "truth", "patients", "visits", "relapses", "scans", "tests", "samples", "eyes"}


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".parquet"}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study that every other way of making it must equal."""
    folder = tmp_path_factory.mktemp("exact") / "study"
    cohorts.simulate(**SIZE, out=folder, threads=1)
    return folder


def elsewhere(folder: Path, more: str = "", hash_seed: str = "0") -> subprocess.Popen[str]:
    """The same study begun by another process; ``more`` are further arguments as Python text."""
    arguments = ", ".join(f"{name}={value!r}" for name, value in SIZE.items())
    code = f"import time; from smoulder import cohorts; cohorts.simulate({arguments}, out={str(folder)!r}, {more})"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONHASHSEED": hash_seed}
    return subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=subprocess.PIPE, text=True)


def finished(process: subprocess.Popen[str]) -> None:
    _, error = process.communicate(timeout=300)
    assert (process.returncode, error) == (0, "")


def test_a_study_holds_every_life_and_moment_once(study: Path) -> None:
    manifest = store.manifest(study)
    assert len(content(study)) == 4 * len(TABLES)
    assert [part["shard"] for part in manifest["shards"]] == [0, 1, 2, 3]
    who = store.read(study, "people")
    assert who["person"].tolist() == list(range(1_100))
    truth = store.read(study, "truth", ["person", "year", "alive"])
    assert len(truth) == 1_100 * 8 and not truth.duplicated(["person", "year"]).any()
    assert np.array_equal(truth["alive"], truth["year"] < truth["person"].map(who["death"]))


def test_the_study_is_what_life_and_clinic_say(study: Path) -> None:
    p = parameters.load()
    lives = life.run(people.draw(1_100, seed=3), years=4, every=0.5)
    truth = store.read(study, "truth").sort_values(["year", "person"])
    for name, values in zip(lives.quantities, lives.values, strict=True):
        assert np.array_equal(truth[name].to_numpy(), values.ravel(), equal_nan=True), name
    who = store.read(study, "people")
    for name, values in {"start_age": lives.start_age, "onset": lives.onset, "reserve": lives.people.traits[3]}.items():
        assert np.array_equal(who[name], values, equal_nan=True), name
    seen, kept = clinic.follow(lives, p, every_years=0.5), store.records(study)
    assert np.array_equal(kept.people.person, seen.people.person) and 0 < len(kept) < 1_100
    assert np.array_equal(kept.visits.edss, seen.visits.edss) and np.array_equal(kept.visits.day, seen.visits.day)
    assert np.array_equal(kept.relapses.day, seen.relapses.day)
    assert np.array_equal(kept.scans.new_t2, clinic.scan(lives, p).new_t2)
    assert np.array_equal(kept.tests.t25fw, clinic.sittings(lives, p).t25fw) and len(kept.tests) == len(kept.visits)
    assert np.array_equal(kept.eyes.low_contrast, clinic.eyes(lives, p).low_contrast, equal_nan=True)
    assert np.array_equal(kept.samples.snfl, clinic.samples(lives, p, every_years=0.5).snfl)


def test_observing_is_the_same_records_without_the_disk_whatever_the_shard(study: Path) -> None:
    one, other = (
        cohorts.observe(1_100, 4, seed=3, every_years=0.5, shard=shard, threads=threads)
        for shard, threads in ((400, 2), (None, 1))
    )
    assert len(one) == int((clinic.enters(life.run(people.draw(1_100, seed=3), years=4, lesions=False))).sum())
    for table in ("people", "visits", "relapses", "scans", "tests", "samples", "eyes"):
        first, second = getattr(one, table), getattr(other, table)
        equal_nan = {c.name: c.dtype.startswith("float") for c in first.SCHEMA}
        assert all(np.array_equal(getattr(first, c), getattr(second, c), equal_nan=nan) for c, nan in equal_nan.items())
    assert np.array_equal(store.records(study).people.person, one.people.person)  # moments do not decide who has onset


def test_threads_and_hash_seeds_change_no_byte(study: Path, tmp_path: Path) -> None:
    ways = {"one": ("threads=1", "1"), "two": ("threads=2", "2")}
    processes = [elsewhere(tmp_path / name, more, seed) for name, (more, seed) in ways.items()]
    for process in processes:
        finished(process)
    for name in ways:
        assert content(tmp_path / name) == content(study)
        assert store.manifest(tmp_path / name)["shards"] == store.manifest(study)["shards"]


@pytest.mark.parametrize("threads", [1, 2])
def test_a_killed_run_goes_on_to_the_same_bytes(study: Path, tmp_path: Path, threads: int) -> None:
    folder = tmp_path / "killed"
    process = elsewhere(folder, f"threads={threads}, progress=lambda lives: time.sleep(0.3)")
    deadline = time.monotonic() + 300
    while not list(folder.glob("people-00001.parquet")):
        assert process.poll() is None and time.monotonic() < deadline, "the run ended before it could be killed"
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    process.communicate()
    done = [part["shard"] for part in store.manifest(folder)["shards"]]
    assert 0 in done and len(done) < 4
    kept = {name: (folder / name).stat().st_mtime_ns for name in content(folder) if int(name[-13:-8]) in done}
    cohorts.simulate(**SIZE, out=folder, threads=2, resume=True)
    assert content(folder) == content(study)
    assert all((folder / name).stat().st_mtime_ns == when for name, when in kept.items()), "a shard was made twice"
    assert store.manifest(folder)["shards"] == store.manifest(study)["shards"]


def test_resuming_a_finished_study_does_nothing_and_counts_all(study: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in study.glob("*.parquet")}
    counted: list[int] = []
    cohorts.simulate(**SIZE, out=study, resume=True, progress=counted.append)
    assert counted == [1_100]
    assert {path: path.stat().st_mtime_ns for path in study.glob("*.parquet")} == before


def test_resuming_another_plan_or_parameter_is_refused(study: Path) -> None:
    p = parameters.load()
    changed = p.replace({"smouldering": p["smouldering"] / 2})
    with pytest.raises(StudyError, match="plan was none and is now ocrelizumab"):
        cohorts.simulate(**SIZE, plan="ocrelizumab", out=study, resume=True)
    with pytest.raises(StudyError, match=r"the table of parameters was .*parameters\.smouldering was absent"):
        cohorts.simulate(**SIZE, parameters=changed, out=study, resume=True)


def test_a_shard_grows_with_its_moments_and_no_further_than_memory_allows(tmp_path: Path) -> None:
    long, usual = (
        cohorts.simulate(1, years, every=every, out=tmp_path / f"{years}")
        for years, every in ((150, 1 / 24), (40, 1.0))
    )
    moments = long["shards"][0]["files"]["truth-00000.parquet"]["rows"]
    numbers = long["settings"]["people_per_shard"] * moments * len(life.QUANTITIES)
    assert moments == 150 * 24 and 2**26 < numbers <= 2**27  # half a gigabyte of single precision
    assert usual["settings"]["people_per_shard"] == 10_000


@pytest.mark.parametrize(
    "wrong",
    [{"n": 0}, {"n": -5}, {"n": 2**33}, {"years": -1.0}, {"years": float("nan")}, {"years": 1e9}, {"every": 0.0},
     {"every": 0.3}, {"shard": 0}, {"threads": 0}, {"plan": "aspirin"}, {"plan": "siponimod@age=-5"}],
    ids=str,
)  # fmt: skip
def test_a_number_that_cannot_be_is_refused_and_leaves_no_folder(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(InputError) as caught:
        cohorts.simulate(**{**SIZE, **wrong}, out=tmp_path / "new" / "s")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
