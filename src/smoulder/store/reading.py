"""Tables of a finished study as pandas frames, and its records as a clinic would hand them over."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from smoulder.clinic import INSTRUMENTS, Instrument
from smoulder.errors import StudyError, UnknownName
from smoulder.records import People, Records, Relapses, Table
from smoulder.store.files import explained
from smoulder.store.manifests import manifest

if TYPE_CHECKING:
    import pandas

__all__ = ["read", "records"]

#: Tables of the clinic that every study with records has; the others are empty where they were not made.
ALWAYS = ("patients", "visits", "relapses", "scans")


def clinic_tables(instruments: Iterable[Instrument]) -> dict[str, type[Table]]:
    """Tables of the clinic by the name they have on disk: people, relapses, and what ``instruments`` measure."""
    measured = {instrument.name: instrument.table for instrument in instruments}
    return {"patients": People, "relapses": Relapses, **measured}


def read(
    folder: Path | str,
    table: str,
    columns: Iterable[str] | None = None,
    *,
    instruments: tuple[Instrument, ...] = INSTRUMENTS,
) -> pandas.DataFrame:
    """One table of the study in ``folder``, all shards, as a fresh frame; ``columns`` picks some (all unless given).

    Tables of the clinic, which are those of ``instruments``, come as a reader expects them: EDSS 0 to 10, blank where
    not recorded. Raises UnknownName, with
    the nearest, for a table or column, and StudyError when there is no study, it is unfinished, or a file is damaged.
    """
    wanted = None if columns is None else list(columns)
    clinic = clinic_tables(instruments)
    found = _stacked(Path(folder), table, None if table in clinic else wanted)
    if table not in clinic:
        return found.to_pandas(split_blocks=True, self_destruct=True)
    shown = clinic[table](**_arrays(found)).frame()
    _known(wanted or [], list(shown.columns))
    return shown if wanted is None else shown[wanted]


def records(folder: Path | str, *, instruments: tuple[Instrument, ...] = INSTRUMENTS) -> Records:
    """What the clinic recorded with ``instruments`` in the study in ``folder``.

    Raises StudyError as :func:`read`, or if it holds none.
    """
    place = Path(folder)
    held = _tables(manifest(place))
    if not held.issuperset(ALWAYS):
        raise StudyError(f"The study in '{place}' holds no records of a clinic: it was made without (--records).")
    tables: dict[str, Any] = {
        name: kind(**_arrays(_stacked(place, name, None))) if name in held else kind.empty()
        for name, kind in clinic_tables(instruments).items()
    }
    return Records.of(tables.pop("patients"), tables)


def _stacked(place: Path, table: str, columns: list[str] | None) -> pa.Table:
    about = manifest(place)
    shards = about["shards"]
    if len(shards) < about["of"]:
        state = f"{len(shards)} of {about['of']} shards"
        raise StudyError(f"The study in '{place}' is unfinished ({state}): resume it first.")
    if table not in _tables(about):
        raise UnknownName("table in this study", table, sorted(_tables(about)))
    paths = [place / name for part in shards for name in part["files"] if _table(name) == table]
    for path in paths:
        if not path.is_file():
            raise StudyError(f"The study in '{place}' is damaged: {path.name} is gone; resuming makes it again.")
    with explained(f"The study in '{place}' cannot be read"):
        try:
            _known(columns or [], pq.read_schema(paths[0]).names)
            return pa.concat_tables([pq.read_table(path, columns=columns, partitioning=None) for path in paths])
        except pa.ArrowException as error:
            raise StudyError(f"A file of table '{table}' in '{place}' is damaged: resuming makes it again.") from error


def _known(names: list[str], valid: list[str]) -> None:
    for name in names:
        if name not in valid:
            raise UnknownName("column", name, valid)


def _tables(about: dict[str, Any]) -> set[str]:
    return {_table(name) for part in about["shards"] for name in part["files"]}


def _table(file: str) -> str:
    return file.rpartition("-")[0]


def _arrays(found: pa.Table) -> dict[str, Any]:
    return {name: found.column(name).to_numpy() for name in found.column_names}
