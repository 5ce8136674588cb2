"""A study on disk: what goes in comes out, files are whole or absent, and a folder is never taken from anyone."""

from __future__ import annotations

import errno
import json
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoulder import store
from smoulder.errors import StudyError, UnknownName
from smoulder.records import People, Relapses, Samples, Scans, Tests, Visits
from smoulder.store import files

SETTINGS = {"seed": 7, "years": 2.5, "plan": "none", "parameters": {}}
DIGESTS = {"parameters": "ab" * 32}


def begin(folder: Path, *, shards: int = 2, resume: bool = False, **settings: Any) -> store.Study:
    return store.begin(folder, {**SETTINGS, **settings}, digests=DIGESTS, shards=shards, resume=resume)


def shard(number: int, rows: int = 5) -> dict[str, dict[str, np.ndarray]]:
    person = np.arange(number * rows, (number + 1) * rows)
    return {"people": {"person": person, "age": person.astype(np.float32) / 3, "woman": person % 2 == 0}}


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_what_goes_in_comes_out_in_the_order_of_shards(tmp_path: Path) -> None:
    with begin(tmp_path / "s") as study:
        study.add(1, shard(1))
        study.add(0, shard(0))
    frame = store.read(tmp_path / "s", "people")
    assert frame["person"].tolist() == list(range(10))
    assert frame.dtypes.astype(str).to_dict() == {"person": "int64", "age": "float32", "woman": "bool"}
    assert np.array_equal(frame["age"], np.arange(10).astype(np.float32) / 3)
    assert store.read(tmp_path / "s", "people", ["woman"]).columns.tolist() == ["woman"]
    assert store.damaged(tmp_path / "s") == []


@given(st.lists(st.floats(width=32, allow_nan=False), max_size=20), st.integers(0, 2**32 - 1))
def test_numbers_are_kept_bit_for_bit(numbers: list[float], first: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        columns = {"person": first + np.arange(len(numbers)), "x": np.array(numbers, np.float32)}
        with begin(Path(folder) / "s", shards=1) as study:
            study.add(0, {"t": columns})
        frame = store.read(Path(folder) / "s", "t")
        assert all(frame[name].to_numpy().tobytes() == values.tobytes() for name, values in columns.items())


def test_the_manifest_says_how_it_was_made(tmp_path: Path) -> None:
    with begin(tmp_path / "s", shards=1) as study:
        study.add(0, shard(0))
    manifest = store.manifest(tmp_path / "s")
    assert manifest["settings"] == SETTINGS
    assert set(manifest["digests"]) == {"parameters", "treatments", "evidence"}
    assert set(manifest["packages"]) == {"llvmlite", "numba", "numpy", "pyarrow", "scipy"}
    assert {"code", "model", "sources", "command", "platform", "of"} <= set(manifest)
    file = manifest["shards"][0]["files"]["people-00000.parquet"]
    path = tmp_path / "s" / "people-00000.parquet"
    assert file == {"bytes": path.stat().st_size, "rows": 5, "sha256": files.digest_of(path)}


def test_clinic_tables_come_back_as_records_and_in_shown_units(tmp_path: Path) -> None:
    people = People(*(np.array(v) for v in ([3], [1], [0], [900], [-1], [900], [2000])))
    visits = Visits(np.array([3, 3]), np.array([900, 1100]), np.array([5, -1]), *(np.array([1, -1]) for _ in range(9)))
    tables = {"patients": people, "visits": visits, "relapses": Relapses.empty(), "scans": Scans.empty()}
    with begin(tmp_path / "s", shards=1) as study:
        study.add(0, {name: {c.name: getattr(t, c.name) for c in t.SCHEMA} for name, t in tables.items()})
    shown = store.read(tmp_path / "s", "visits", ["day", "edss"])
    assert shown["edss"].iloc[0] == 2.5 and pd.isna(shown["edss"].iloc[1])
    back = store.records(tmp_path / "s")
    assert back.visits.edss.tolist() == [5, -1] and back.people.person.tolist() == [3] and len(back.scans) == 0
    with pytest.raises(UnknownName, match=r"No column 'edsss'\. Did you mean 'edss'"):
        store.read(tmp_path / "s", "visits", ["edsss"])


def test_tables_of_the_clinic_that_were_not_made_come_back_empty_and_those_that_were_as_made(tmp_path: Path) -> None:
    people = People(*(np.array(v) for v in ([3], [1], [0], [900], [-1], [900], [2000])))
    tests = Tests(np.array([3, 3]), np.array([900, 1100]), t25fw=np.array([np.inf, 5.25]), sdmt=np.array([-1, 50]))
    samples = Samples(np.array([3]), np.array([900]), np.array([8.5]))
    made = {"patients": people, "visits": Visits.empty(), "relapses": Relapses.empty(), "scans": Scans.empty()}
    made |= {"tests": tests, "samples": samples}
    tables = {name: {c.name: getattr(table, c.name) for c in table.SCHEMA} for name, table in made.items()}
    old = [c for c in tables["scans"] if c not in ("t2_volume", "t1_holes", "sel", "cortical", "grey_volume")]
    tables["scans"] = {c: tables["scans"][c] for c in old}  # a study made before these columns were
    with begin(tmp_path / "s", shards=1) as study:
        study.add(0, tables)
    back = store.records(tmp_path / "s")
    for name in ("tests", "samples"):
        table = made[name]
        for c in table.SCHEMA:
            assert np.array_equal(getattr(getattr(back, name), c.name), getattr(table, c.name), equal_nan=True)
    assert len(back.eyes) == 0 and back.scans.sel.size == 0
    shown = store.read(tmp_path / "s", "tests", ["sdmt", "t25fw"])
    assert pd.isna(shown["sdmt"].iloc[0]) and shown["t25fw"].tolist() == [np.inf, 5.25]


def test_a_folder_that_exists_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep")
    for resume, said in ((False, "exists already"), (True, "no study to resume")):
        with pytest.raises(StudyError, match=said):
            begin(tmp_path, resume=resume)
    assert content(tmp_path) == {"mine": b"keep"}
    with pytest.raises(StudyError, match="is a file"):
        begin(tmp_path / "mine", resume=True)
    with pytest.raises(StudyError, match="Not a directory"):
        begin(tmp_path / "mine" / "s")
    assert content(tmp_path) == {"mine": b"keep"}


def test_an_error_before_the_first_shard_leaves_no_folder_and_one_after_it_keeps_the_shard(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), begin(tmp_path / "new" / "deep" / "s"):
        raise ZeroDivisionError
    assert content(tmp_path) == {}
    with pytest.raises(ZeroDivisionError), begin(tmp_path / "s") as study:
        study.add(0, shard(0))
        raise ZeroDivisionError
    assert set(content(tmp_path / "s")) == {"manifest.json", "people-00000.parquet"}


def test_resuming_makes_what_is_missing_and_sweeps_what_was_half_written(tmp_path: Path) -> None:
    for name in ("whole", "halted"):
        with begin(tmp_path / name) as study:
            study.add(0, shard(0))
            if name == "whole":
                study.add(1, shard(1))
    (tmp_path / "halted" / "people-00001.parquet.part").write_bytes(b"half")
    (tmp_path / "halted" / "people-00001.parquet").write_bytes(b"renamed, but not in the manifest")
    with begin(tmp_path / "halted", resume=True) as study:
        assert study.done == {0}
        assert set(content(tmp_path / "halted")) == {"manifest.json", "people-00000.parquet"}
        with pytest.raises(StudyError, match="done already"):
            study.add(0, shard(0))
        study.add(1, shard(1))
    assert content(tmp_path / "halted") == content(tmp_path / "whole")


def test_a_damaged_shard_is_found_and_made_again(tmp_path: Path) -> None:
    with begin(tmp_path / "s") as study:
        study.add(0, shard(0))
        study.add(1, shard(1))
    before = content(tmp_path / "s")
    path = tmp_path / "s" / "people-00001.parquet"
    path.write_bytes(before[path.name][:-1] + b"?")
    assert store.damaged(tmp_path / "s") == [path.name]
    with pytest.raises(StudyError, match="damaged"):
        store.read(tmp_path / "s", "people")
    with begin(tmp_path / "s", resume=True) as study:
        assert study.done == {0}
        study.add(1, shard(1))
    assert content(tmp_path / "s") == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": 8}, "seed was 7 and is now 8"),
        ({"plan": "ocrelizumab@onset+1"}, "plan was none and is now ocrelizumab"),
        ({"parameters": {"smouldering": 0.5}}, "parameters.smouldering was absent and is now 0.5"),
        ({"shards": 3}, "the number of shards was 2 and is now 3"),
    ],
)
def test_resuming_with_something_else_is_refused_saying_what(tmp_path: Path, change: Any, said: str) -> None:
    with begin(tmp_path / "s") as study:
        study.add(0, shard(0))
    before = content(tmp_path / "s")
    with pytest.raises(StudyError, match=said):
        begin(tmp_path / "s", resume=True, **change)
    assert content(tmp_path / "s") == before


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("code", "0.0.0", "the version of the code was 0.0.0"),
        ("model", 0, "the version of the model was 0"),
        ("sources", "0", "the sources of the package was 0"),
        ("digests", {"parameters": "cd" * 32}, "the table of parameters was cdcdcdcdcdcdcdcd and is now abababab"),
        ("packages", {"numpy": "1.0"}, "numpy was 1.0"),
    ],
)
def test_resuming_under_other_versions_or_tables_is_refused(tmp_path: Path, part: str, value: Any, said: str) -> None:
    with begin(tmp_path / "s") as study:
        study.add(0, shard(0))
    path = tmp_path / "s" / "manifest.json"
    manifest = json.loads(path.read_text())["data"]
    manifest[part] = {**manifest[part], **value} if isinstance(value, dict) else value
    path.write_text(json.dumps(manifest))
    with pytest.raises(StudyError, match=said):
        begin(tmp_path / "s", resume=True)


def test_two_writers_do_not_meet(tmp_path: Path) -> None:
    with begin(tmp_path / "s") as study:
        study.add(0, shard(0))
        with pytest.raises(StudyError, match="Another process"):
            begin(tmp_path / "s", resume=True)
        study.add(1, shard(1))
    begin(tmp_path / "s", resume=True).__exit__(None, None, None)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 99}', "\x00"])
def test_a_broken_manifest_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    for attempt in (lambda: store.manifest(tmp_path), lambda: begin(tmp_path, resume=True)):
        with pytest.raises(StudyError, match="manifest") as caught:
            attempt()
        assert "\n" not in str(caught.value)
    assert content(tmp_path) == {"manifest.json": text.encode()}


def test_reading_what_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="no study"):
        store.read(tmp_path / "nowhere", "truth")
    with begin(tmp_path / "s") as study:
        study.add(0, shard(0))
        with pytest.raises(StudyError, match=r"unfinished \(1 of 2 shards\)"):
            store.read(tmp_path / "s", "people")
        study.add(1, shard(1))
    with pytest.raises(UnknownName, match="Did you mean 'people'"):
        store.read(tmp_path / "s", "peple")
    with pytest.raises(UnknownName, match="Did you mean 'woman'"):
        store.read(tmp_path / "s", "people", ["women"])
    with pytest.raises(StudyError, match="no records"):
        store.records(tmp_path / "s")
    (tmp_path / "s" / "people-00001.parquet").unlink()
    with pytest.raises(StudyError, match=r"people-00001\.parquet is gone"):
        store.read(tmp_path / "s", "people")


@pytest.fixture
def small_disk() -> Iterator[None]:
    """The operating system refuses files above 20,000 bytes, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_write_that_the_system_refuses_leaves_nothing_half_written(tmp_path: Path, small_disk: None) -> None:
    too_large = pytest.raises(StudyError, match=r"nothing is kept\): File too large")
    with too_large as caught, begin(tmp_path / "s") as study:
        study.add(0, shard(0, 20_000))
    assert "\n" not in str(caught.value)
    assert content(tmp_path) == {}
    with pytest.raises(StudyError, match=r"1 of 2 are kept; resume"), begin(tmp_path / "s") as study:
        study.add(0, shard(0))
        study.add(1, {**shard(1), "truth": {"x": np.arange(20_000.0)}})
    assert set(content(tmp_path / "s")) == {"manifest.json", "people-00000.parquet"}


@pytest.mark.parametrize("step", ["mkdir", "replace", "fsync"])
def test_a_full_disk_at_any_step_is_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    owner = "os.fsync" if step == "fsync" else f"pathlib.Path.{step}"
    monkeypatch.setattr(owner, full)
    with pytest.raises(StudyError, match="No space left on device") as caught:
        begin(tmp_path / "new" / "s")
    assert "\n" not in str(caught.value)
    assert content(tmp_path) == {}
