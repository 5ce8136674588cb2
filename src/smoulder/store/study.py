"""A study being written: one process at a time, shard by shard, ready to go on after any kind of end."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from numpy.typing import NDArray

from smoulder.errors import StudyError
from smoulder.store import manifests
from smoulder.store.files import TEMPORARY, digest_of, explained, write_table

__all__ = ["Study", "begin", "damaged"]


class Study:
    """A study open for writing; a context manager, made by :func:`begin`.

    ``done`` are the numbers of the shards already in it. Leaving it by an error before any shard is done takes the
    folder away again, if it was made here.
    """

    def __init__(self, folder: Path, content: dict[str, Any], made: list[Path], lock: int) -> None:
        self.folder = folder
        self._content = content
        self._made = made
        self._lock = lock

    @property
    def done(self) -> frozenset[int]:
        """Numbers of the shards that count."""
        return frozenset(part["shard"] for part in self._content["shards"])

    def add(self, shard: int, tables: Mapping[str, Mapping[str, NDArray[Any]]]) -> None:
        """Write the tables (name -> column -> 1-D array) of shard number ``shard``; it counts when this returns.

        Raises StudyError, in one line, when they cannot be written; nothing of the shard is then left behind.
        """
        if shard in self.done or not 0 <= shard < self._content["of"]:
            raise StudyError(f"Shard {shard} of {self._content['of']} is done already, or is none of this study.")
        paths = {name: self.folder / f"{name}-{shard:05d}.parquet" for name in tables}
        try:
            with explained(self._refusal(shard)):
                files = {path.name: write_table(path, tables[name]) for name, path in paths.items()}
                shards = [*self._content["shards"], {"shard": shard, "files": files}]
                content = {**self._content, "shards": sorted(shards, key=lambda one: one["shard"])}
                manifests.save(self.folder, content)
        except BaseException:
            for path in paths.values():
                path.unlink(missing_ok=True)
            raise
        self._content = content

    def _refusal(self, shard: int) -> str:
        kept = len(self.done)
        rest = f"{kept} of {self._content['of']} are kept; resume to go on from there" if kept else "nothing is kept"
        return f"Shard {shard} could not be written to '{self.folder}' ({rest})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and not self.done and self._made:
            for path in [self.folder / manifests.NAME, *self.folder.glob(f"*{TEMPORARY}")]:
                path.unlink(missing_ok=True)
            _take_away(self._made)
        os.close(self._lock)


def begin(
    folder: Path | str, settings: Mapping[str, Any], *, digests: Mapping[str, str], shards: int, resume: bool = False
) -> Study:
    """Begin a study of ``shards`` shards in a new ``folder``, or with ``resume`` go on with the one in it.

    ``settings`` and ``digests`` as in the manifest. A shard whose files are no longer what the manifest says is made
    again. Raises StudyError when the folder exists and ``resume`` is not set, holds something else, was begun with
    other settings, tables or versions (saying which), is being written by another process, or cannot be written to.
    """
    place = Path(folder)
    content = manifests.draft(settings, digests, shards)
    with explained(f"A study cannot be kept in '{place}'"):
        _refuse(place, resume)
        made = _make(place)
        lock = os.open(place, os.O_RDONLY)
        study = Study(place, content, made, lock)
        try:
            _lock_or_refuse(place, lock)
            if (place / manifests.NAME).exists():
                study._content = _go_on(place, content)
            _sweep(place, study._content)
            manifests.save(place, study._content)
        except BaseException as error:
            study.__exit__(type(error), error, None)
            raise
    return study


def _refuse(place: Path, resume: bool) -> None:
    if place.exists() and not place.is_dir():
        raise StudyError(f"'{place}' is a file; a study needs a folder of its own.")
    if place.exists() and not resume:
        raise StudyError(f"'{place}' exists already: name a new folder, or resume (--resume) the study in it.")
    if place.exists() and not (place / manifests.NAME).exists():
        strangers = [path.name for path in place.iterdir() if not path.name.endswith(TEMPORARY)]
        if strangers:
            raise StudyError(f"'{place}' holds no study to resume: {strangers[0]} is in it, and no {manifests.NAME}.")


def _make(place: Path) -> list[Path]:
    """Make the folder and those above it; returns what was made, innermost first, and leaves nothing after an error."""
    absent = [path for path in (place, *place.parents) if not path.exists()]
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        _take_away(absent)
        raise
    return absent


def _take_away(made: list[Path]) -> None:
    """Remove the folders that were made here, innermost first, as far as they are empty."""
    for folder in made:
        try:
            folder.rmdir()
        except OSError:  # never made, or someone has put something into it
            continue


def _lock_or_refuse(place: Path, lock: int) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StudyError(f"Another process is writing the study in '{place}'.") from None
    except OSError:
        pass  # a file system without locks


def _go_on(place: Path, now: dict[str, Any]) -> dict[str, Any]:
    before = manifests.manifest(place)
    if differ := manifests.differences(before, now):
        more = f"; and {len(differ) - 3} more" if len(differ) > 3 else ""
        raise StudyError(
            f"The study in '{place}' cannot be resumed: {'; '.join(differ[:3])}{more}. "
            "Go on with what it was begun with, or name a new folder."
        )
    return {**before, "shards": [part for part in before["shards"] if not _damaged(place, part)]}


def _sweep(place: Path, content: dict[str, Any]) -> None:
    """Remove what an interrupted run has left: files that are not whole, and whole ones of shards that do not count."""
    counted = {name for part in content["shards"] for name in part["files"]}
    for path in place.iterdir():
        if path.name.endswith(TEMPORARY) or (path.suffix == ".parquet" and path.name not in counted):
            path.unlink()


def damaged(folder: Path | str) -> list[str]:
    """Files of the study in ``folder`` that are absent, or not byte for byte what the manifest says.

    Raises StudyError where there is no study that can be read.
    """
    place = Path(folder)
    with explained(f"The study in '{place}' cannot be read"):
        return [name for part in manifests.manifest(place)["shards"] for name in _damaged(place, part)]


def _damaged(place: Path, part: dict[str, Any]) -> list[str]:
    def whole(path: Path, said: dict[str, Any]) -> bool:
        return path.is_file() and path.stat().st_size == said["bytes"] and digest_of(path) == said["sha256"]

    return [name for name, said in part["files"].items() if not whole(place / name, said)]
