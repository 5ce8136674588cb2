"""The package as a stranger meets it: quick, silent, complete, its dependencies declared and pinned."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

import smoulder
from house import ROOT, sources, third_party

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = (ROOT / "requirements.lock").read_text()
HEAVY = {"numpy", "scipy", "pandas", "numba", "pyarrow", "lifelines", "statsmodels", "typer", "matplotlib", "sympy"}


def test_the_import_is_quick_and_silent_and_writes_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from time import perf_counter as now; t = now(); import smoulder; t = now() - t; "
        "loaded = list(sys.modules); "
        "from pathlib import Path; Path(sys.argv[1]).write_text(f'{t} ' + ' '.join(loaded))"
    )
    home = tmp_path / "home"
    home.mkdir()
    places = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), str(home))
    environment = {**places, "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    times = []
    for _ in range(3):
        command = [sys.executable, "-W", "error", "-c", code, str(tmp_path / "answer")]
        done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        took, *loaded = (tmp_path / "answer").read_text().split()
        times.append(float(took))
    assert list(home.rglob("*")) == []
    assert HEAVY & set(loaded) == set()
    assert statistics.median(times) < 0.5


def test_preparing_to_compile_writes_nothing_and_finds_a_place_of_its_own(tmp_path: Path) -> None:
    """Under the cache of the user, made by none yet; a temporary folder where that cannot be made."""
    code = "from smoulder import compiled; print(compiled.cache_folder())"
    (tmp_path / "file").write_text("")
    for cache, wanted in ((tmp_path / "home", tmp_path / "home"), (tmp_path / "file" / "cache", tmp_path / "tmp")):
        (tmp_path / "tmp").mkdir(exist_ok=True)
        places = {"XDG_CACHE_HOME": str(cache), "TMPDIR": str(tmp_path / "tmp"), "PYTHONPATH": str(ROOT / "src")}
        environment = {**places, "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert Path(done.stdout.strip()).is_relative_to(wanted)
        assert not (tmp_path / "home").exists()
        assert list((tmp_path / "tmp").iterdir()) == ([] if wanted.name == "home" else [Path(done.stdout.strip())])


@pytest.mark.parametrize("name", smoulder.__all__)
def test_every_public_name_is_there(name: str) -> None:
    value = getattr(smoulder, name)
    assert not isinstance(value, ModuleType) or value.__file__, f"smoulder.{name} is an empty folder"


def test_the_public_names_are_about_twenty_and_a_wrong_one_is_answered() -> None:
    assert 15 <= len(smoulder.__all__) <= 30
    assert dir(smoulder) == sorted(smoulder.__all__)
    with pytest.raises(AttributeError, match="Did you mean 'outcomes'"):
        smoulder.outcome  # noqa: B018


def distribution(requirement: str) -> str:
    """The bare, normalised name at the head of a requirement."""
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def declared() -> set[str]:
    extras = [r for extra in PROJECT["optional-dependencies"].values() for r in extra]
    return {distribution(r) for r in [*PROJECT["dependencies"], *extras]} - {"smoulder"}


def test_everything_the_package_imports_is_declared() -> None:
    known = {"yaml": "pyyaml"}
    for path in sources():
        outside = third_party(path.read_text()) - set(sys.stdlib_module_names) - {"smoulder"}
        missing = {name for name in outside if known.get(name, name) not in declared()}
        assert missing == set(), f"{path.relative_to(ROOT)} imports what pyproject.toml does not declare"


def test_the_extra_all_is_the_union_of_the_others() -> None:
    extras = set(PROJECT["optional-dependencies"]) - {"all"}
    named = re.fullmatch(r"smoulder\[(.*)\]", PROJECT["optional-dependencies"]["all"][0])
    assert named and set(named[1].split(",")) == extras


def test_the_lock_pins_every_dependency_by_version_and_hash_and_names_no_address() -> None:
    pins = dict(re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", LOCK, re.MULTILINE))
    assert declared() - set(pins) == set()
    blocks = re.split(r"^(?=[a-z0-9.-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(pins)
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert re.search(r"https?:|file:|--(index|extra|find|trusted)", LOCK) is None
