"""Tables to files: CSV, Parquet and SAS transport (XPT, version 5); a file is whole or not there."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from smoulder.errors import InputError

__all__ = ["write"]

_SAS_ORIGIN = np.datetime64("1960-01-01", "D")
_NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,7}")
_LABEL, _TEXT = 40, 200  # most bytes that version 5 holds


def write(frame: pd.DataFrame, path: str | Path, *, label: str = "", labels: Mapping[str, str] | None = None) -> Path:
    """Write a table by the ending of ``path``: .csv, .parquet or .xpt; what stood there is replaced at once or not.

    XPT takes a ``label`` of the table and ``labels`` of columns, writes dates as SAS dates, and needs the extra ``xpt``
    (pyreadstat). Returns the path. InputError for another ending, a folder that is not there, an absent extra, or what
    XPT cannot hold: names over eight characters, texts over 200 bytes.
    """
    path = Path(path)
    writers: dict[str, Callable[[Path], object]] = {
        ".csv": lambda file: frame.to_csv(file, index=False, lineterminator="\n"),
        ".parquet": lambda file: frame.to_parquet(file, index=False),
        ".xpt": lambda file: _xpt(frame, file, path.stem.upper(), label, labels or {}),
    }
    if path.suffix.lower() not in writers:
        raise InputError(f"'{path.name}' must end in {', '.join(writers)}")
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    except OSError as error:
        raise InputError(f"'{path.name}' cannot be written there: {error.strerror or error}") from None
    os.close(handle)
    try:
        writers[path.suffix.lower()](Path(name))
        os.chmod(name, 0o644)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
    return path


def _xpt(frame: pd.DataFrame, path: Path, table: str, label: str, labels: Mapping[str, str]) -> None:
    try:
        import pyreadstat
    except ImportError:
        raise InputError("XPT needs pyreadstat: pip install 'smoulder[xpt]'") from None
    for name in (table, *map(str, frame.columns)):
        if not _NAME.fullmatch(name):
            raise InputError(f"XPT cannot hold the name '{name}': at most eight of A-Z, 0-9 and _, no digit first")
    texts: list[str | None] = [labels.get(str(name), str(name)) for name in frame.columns]
    for text in (label, *map(str, texts)):
        if len(text.encode()) > _LABEL:
            raise InputError(f"XPT cannot hold the label '{text}': it is over {_LABEL} bytes")
    columns: dict[str, Any] = {}
    formats: dict[str, str] = {}
    for name in map(str, frame.columns):
        columns[name], dated = _sas(frame[name])
        if dated:
            formats[name] = "DATE9."
    pyreadstat.write_xport(
        pd.DataFrame(columns),
        str(path),
        file_label=label,
        column_labels=texts,
        table_name=table,
        file_format_version=5,
        variable_format=formats,
    )


def _sas(column: pd.Series) -> tuple[Any, bool]:
    """A column as XPT holds it (floats, NaN missing; text, empty missing), and whether it is of dates."""
    if pd.api.types.is_datetime64_any_dtype(column):
        days = column.to_numpy().astype("datetime64[D]")
        return np.where(np.isnat(days), np.nan, (days - _SAS_ORIGIN).astype(np.float64)), True
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(dtype=np.float64, na_value=np.nan), False
    text = column.fillna("").astype(str)
    long = text[text.str.encode("utf-8").str.len() > _TEXT]
    if len(long):
        raise InputError(f"XPT cannot hold a text of '{column.name}' over {_TEXT} bytes: '{long.iloc[0][:40]}...'")
    return text, False
