"""Kept machine code is found again after an edit elsewhere, and never after an edit that it could depend on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numba
import pytest

from smoulder import compiled

FILES = {
    "__init__.py": "from package import report\n",
    "loops.py": "from package.compiled import njit\nfrom package import lower\nfrom .room import (\n  a,\n  b,\n)\n",
    "lower.py": "def f():\n    import package.lowest as x\n",
    "lowest.py": "import numpy as np\n",
    "report.py": "from package import loops\n",
    "compiled.py": "",
    "room/__init__.py": "from .inner import a\nfrom ..beside import b\n",
    "room/inner.py": "",
    "beside.py": "",
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "package"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    monkeypatch.setattr(compiled, "_ROOT", root)
    monkeypatch.setattr(compiled, "_PACKAGE", "package")
    return root


def digest(path: Path) -> str:
    for cached in (compiled.source_digest, compiled._imports):
        cached.cache_clear()
    return compiled.source_digest(path)


@pytest.mark.parametrize("edited", [name for name in FILES if name not in ("__init__.py", "report.py")])
def test_an_edit_in_anything_that_is_imported_at_any_distance_starts_afresh(package: Path, edited: str) -> None:
    before = digest(package / "loops.py")
    (package / edited).write_text(FILES[edited] + "\nx = 1\n")
    assert digest(package / "loops.py") != before


def test_an_edit_in_what_nothing_imports_costs_nothing(package: Path) -> None:
    before = digest(package / "loops.py")
    (package / "report.py").write_text("x = 1\n")
    (package / "new.py").write_text("from package import loops\n")
    assert digest(package / "loops.py") == before


def test_a_generated_file_outside_the_package_depends_on_what_it_imports(package: Path, tmp_path: Path) -> None:
    generated = tmp_path / "generated.py"
    generated.write_text("from package.lower import *\n")
    before = digest(generated)
    (package / "lowest.py").write_text("x = 1\n")
    assert digest(generated) != before


def test_no_setting_of_numba_is_left_changed() -> None:
    code = (
        "import numba; before = dict(vars(numba.config))\n"
        "from smoulder import compiled, edss, outcomes, random\n"
        "assert random.mix._cache.cache_path.startswith(str(compiled.cache_folder()))\n"
        "changed = {n for n, v in vars(numba.config).items() if before.get(n, v) is not v}\n"
        "assert not changed, changed"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_setting_comes_back_when_decorating_fails(tmp_path: Path) -> None:
    before = numba.config.CACHE_DIR
    with pytest.raises(RuntimeError), compiled._kept_in(tmp_path):
        raise RuntimeError
    assert before == numba.config.CACHE_DIR
