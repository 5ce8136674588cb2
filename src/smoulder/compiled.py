"""Compiled code that is never stale: the folder of the compiler's cache is named by a hash of the package's sources.

Numba's own cache does not see an edit in a function that the cached one calls; here any edit anywhere in the package starts afresh.
Nothing is written when the package is imported, only when something has been compiled.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import cache
from pathlib import Path

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
    """Where compiled code of this version of the sources lives (``$XDG_CACHE_HOME`` or ``~/.cache``, else a temporary folder)."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = Path(home) / "smoulder" / source_digest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="smoulder-"))


numba.config.CACHE_DIR = str(cache_folder())


def njit(function=None, **options):
    """``numba.njit`` without the interpreter lock, strict floating point, cached in :func:`cache_folder`."""
    settings = {"nogil": True, "cache": True, "fastmath": False, "error_model": "numpy", **options}
    return numba.njit(**settings)(function) if function is not None else numba.njit(**settings)


def njit_lent(function=None, **options):
    """:func:`njit` for a function that only borrows its arrays: taking a row costs nothing, since nobody counts who holds it.

    Such a function makes no array and assigns no slice. (Counting holders is atomic; for short rows it took a third of the time.)
    """
    return njit(function, _nrt=False, **options)


class Apart(Compiler):
    """Tells the compiler that no two array arguments share memory, without which long loops over many rows stay scalar."""

    def define_pipelines(self):
        """The usual passes, with the promise set."""
        self.state.flags.noalias = True
        return super().define_pipelines()


def njit_apart(function):
    """:func:`njit_lent` for a function whose array arguments never overlap (where one is written)."""
    return njit_lent(function, pipeline_class=Apart)
