"""Compiled code that is never stale: the folder of the compiler's cache is named by a hash of the package's sources.

Numba's own cache does not see an edit in a function that the cached one calls; here any edit anywhere in the package
starts afresh. Importing this module writes nothing: numba makes the folder when it meets the first function that is to
be kept.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core.compiler import Compiler

__all__ = ["cache_folder", "njit", "njit_apart", "njit_lent"]


@cache
def source_digest() -> str:
    """A short hash over every Python source of the package and the compiler's version."""
    root = Path(__file__).parent
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def cache_folder() -> Path:
    """Where compiled code of this version of the sources lives; the folder itself may not be there yet.

    Under ``$XDG_CACHE_HOME`` or ``~/.cache``; where nothing can be made there, a new temporary folder.
    """
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = Path(home) / "smoulder" / source_digest()
    nearest = next((path for path in (folder, *folder.parents) if os.path.exists(path)), None)
    if nearest is not None and nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return folder
    return Path(tempfile.mkdtemp(prefix="smoulder-"))


numba.config.CACHE_DIR = str(cache_folder())


def njit(function: Callable[..., Any] | None = None, **options: Any) -> Any:
    """``numba.njit`` without the interpreter lock, strict floating point, cached in :func:`cache_folder`."""
    settings = {"nogil": True, "cache": True, "fastmath": False, "error_model": "numpy", **options}
    return numba.njit(**settings)(function) if function is not None else numba.njit(**settings)


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
