"""Compiled code that is never stale: it is kept under a hash of every source that it can depend on.

Numba's own cache does not see an edit in a function that the cached one calls. Here the folder of a function's compiled
code is named by a hash of its file and of all files of the package that this one imports, directly or through others;
an edit in any of them starts afresh, an edit elsewhere costs nothing. Importing this module writes nothing, and
numba's settings are as they were once a function has been decorated: numba makes the folder when it compiles the first
function that is to be kept.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core.compiler import Compiler

__all__ = ["cache_folder", "njit", "njit_apart", "njit_lent"]

_ROOT = Path(__file__).parent
_PACKAGE = _ROOT.name
_DECORATING = threading.RLock()
#: An import as it stands in a source; text that only looks like one adds a file to the hash, which does no harm.
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)|import[ \t]+([^\n]*))", re.MULTILINE
)


@cache
def cache_folder() -> Path:
    """Where compiled code of the package lives; the folder itself may not be there yet.

    Under ``$XDG_CACHE_HOME`` or ``~/.cache``; where nothing can be made there, a new temporary folder.
    """
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = Path(home) / _PACKAGE
    nearest = next((path for path in (folder, *folder.parents) if os.path.exists(path)), None)
    if nearest is not None and nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return folder
    return Path(tempfile.mkdtemp(prefix=f"{_PACKAGE}-"))


@cache
def source_digest(path: Path) -> str:
    """A short hash over a source file, every source of the package that it depends on, and the compiler's version."""
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted({path, Path(__file__), *_depends_on(path)}):
        digest.update(source.name.encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _depends_on(path: Path) -> set[Path]:
    """Every source of the package that ``path`` imports, directly or through others.

    The package's own ``__init__`` is left out: it loads its modules by name when they are asked for and defines nothing
    that compiled code could use.
    """
    reached: set[Path] = set()
    waiting = [path]
    while waiting:
        new = _imports(waiting.pop()) - reached
        reached |= new
        waiting += new
    return reached


@cache
def _imports(path: Path) -> set[Path]:
    """The sources of the package that one file imports."""
    inside = path.parent.relative_to(_ROOT.parent).parts if path.is_relative_to(_ROOT) else ()
    modules: list[tuple[str, ...]] = []
    for base, names, plain in _IMPORT.findall(path.read_text(encoding="utf-8")):
        if plain:
            modules += [tuple(name.split(" as ")[0].strip().split(".")) for name in plain.split(",")]
            continue
        dots = len(base) - len(base.lstrip("."))
        stem = tuple(part for part in base.lstrip(".").split(".") if part)
        stem = (*inside[: len(inside) - dots + 1], *stem) if dots else stem
        modules += [stem, *((*stem, name) for name in re.findall(r"\w+", names))]
    return {file for module in modules if module[0] == _PACKAGE and len(module) > 1 for file in _files(module)}


def _files(module: tuple[str, ...]) -> list[Path]:
    """The file of a dotted name, if there is one."""
    stem = _ROOT.parent.joinpath(*module)
    return [file for file in (stem.with_suffix(".py"), stem / "__init__.py") if file.is_file()]


@contextmanager
def _kept_in(folder: Path) -> Iterator[None]:
    """Let numba keep what is decorated here in ``folder``, and leave its settings as they were."""
    with _DECORATING:
        before = numba.config.CACHE_DIR
        numba.config.CACHE_DIR = str(folder)
        try:
            yield
        finally:
            numba.config.CACHE_DIR = before


def njit(function: Callable[..., Any] | None = None, **options: Any) -> Any:
    """``numba.njit`` without the interpreter lock, strict floating point, kept under :func:`cache_folder`."""
    if function is None:
        return lambda decorated: njit(decorated, **options)
    settings = {"nogil": True, "cache": True, "fastmath": False, "error_model": "numpy", **options}
    with _kept_in(cache_folder() / source_digest(Path(function.__code__.co_filename))):
        return numba.njit(**settings)(function)


def njit_lent(function: Callable[..., Any] | None = None, **options: Any) -> Any:
    """:func:`njit` for a function that only borrows its arrays: taking a row is free, since nobody counts its holders.

    Such a function makes no array and assigns no slice. (Counting holders is atomic; for short rows it took a third of
    the time.)
    """
    return njit(function, _nrt=False, **options)


class Apart(Compiler):
    """Tells the compiler that no two array arguments share memory; else long loops over many rows would stay scalar."""

    def define_pipelines(self) -> Any:
        """The usual passes, with the promise set."""
        self.state.flags.noalias = True
        return super().define_pipelines()


def njit_apart(function: Callable[..., Any]) -> Any:
    """:func:`njit_lent` for a function whose array arguments never overlap (where one is written)."""
    return njit_lent(function, pipeline_class=Apart)
