"""Files that are either whole or absent: written under a temporary name, then renamed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from smoulder.errors import StudyError

__all__ = ["TEMPORARY", "digest_of", "explained", "replace_text", "write_table"]

#: Ending of a file that is not whole yet.
TEMPORARY = ".part"
_PIECE = 1 << 20


class _Digesting:
    """A file being written, with the SHA-256 of what has gone into it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.sha256 = hashlib.sha256()
        self.closed = False

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        return self.file.write(data)

    def tell(self) -> int:
        return self.file.tell()

    def flush(self) -> None:
        self.file.flush()

    def close(self) -> None:
        self.closed = True


@contextmanager
def explained(problem: str) -> Iterator[None]:
    """Turn what the operating system refuses into a StudyError of one line: ``problem``, and its reason."""
    try:
        yield
    except OSError as error:
        reason = " ".join((error.strerror or str(error)).split())
        raise StudyError(f"{problem}: {reason}.") from error


def write_table(path: Path, columns: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Write columns (1-D, one length) as Parquet to ``path``; returns its ``bytes``, ``rows`` and ``sha256``.

    The same columns give the same bytes. After an error, which is raised, no file is left behind. Ids grow by one from
    row to row, so differences make them all but vanish; floats are barely compressible and stay quick to read.
    """
    table = pa.table(dict(columns))
    unfinished = path.with_name(path.name + TEMPORARY)
    encoding = {name: "DELTA_BINARY_PACKED" for name in ("person",) if name in columns}
    try:
        with unfinished.open("wb") as file:
            sink = _Digesting(file)
            pq.write_table(
                table, sink, compression="lz4", use_dictionary=False, column_encoding=encoding or None,
                row_group_size=max(table.num_rows, 1),
            )
            size = file.tell()
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return {"bytes": size, "rows": table.num_rows, "sha256": sink.sha256.hexdigest()}


def replace_text(path: Path, text: str) -> None:
    """Put ``text`` in place of the file at ``path``, which holds the old or the new text, whatever happens."""
    unfinished = path.with_name(path.name + TEMPORARY)
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def digest_of(path: Path) -> str:
    """SHA-256 of a file, read piece by piece."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
    return found.hexdigest()
