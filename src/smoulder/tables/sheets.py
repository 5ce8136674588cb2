"""A foreign table as it comes: a CSV or Parquet file, or a frame of pandas, polars or Arrow, its cells unjudged."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from smoulder.errors import InputError, TableError

__all__ = ["Cells", "Sheet", "Source", "open_sheet", "parsed"]

Source = str | Path | Any
"""A path of a .csv or .parquet file, or a frame: pandas, or any that hands itself on as Arrow (polars, pyarrow)."""

BLANKS = ("", "na", "n/a", "nan", "null", "none", "nil", ".", "<na>", "nat")
"""What stands for an empty cell in text, in any case: empty, and the marks of R, SAS, SQL and Python."""

_DELIMITERS = (";", "\t", "|", ",")  # looked for in the heading; a comma last, since it may be in a name
_OTHERS = (".xlsx", ".xls", ".ods", ".sas7bdat", ".xpt", ".sav", ".dta", ".rds", ".rdata", ".json", ".feather")
_SECONDS = 86_400
_TRIED = 8


@dataclass(frozen=True)
class Cells:
    """One column: ``blank`` bool[rows], and one of ``number`` (float64, NaN where blank), ``date`` (days since 1970,
    int64) and ``text`` (Arrow strings, trimmed, null where blank).
    """

    blank: NDArray[np.bool_]
    number: NDArray[np.float64] | None = None
    date: NDArray[np.int64] | None = None
    text: Any = None

    def shown(self, row: int) -> str:
        """The cell as a message shows it."""
        if self.number is not None:
            return f"{self.number[row]:.15g}"
        if self.date is not None:
            return str(np.datetime64(int(self.date[row]), "D"))
        return str(self.text[row].as_py())


@dataclass(frozen=True)
class Sheet:
    """A table as it came: how messages call it, its headings, and its columns as Arrow arrays or pandas series."""

    name: str
    columns: dict[str, Any]
    rows: int

    def cells(self, column: str) -> Cells:
        """The cells of one column; TableError for a column whose values are no cells (lists, bytes)."""
        given = self.columns[column]
        if isinstance(given, pd.Series):
            fast = _plain(given)
            if fast is not None:
                return fast
            given = _arrow(given)
        try:
            return _cells(given)
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            raise TableError(f"holds {given.type}, not numbers, dates or text", file=self.name, column=column) from None


def open_sheet(source: Source, name: str) -> Sheet:
    """The sheet of a file or frame; ``name`` is what messages call a frame, a file is called by its own name.

    Raises InputError for another kind of thing or file, and TableError for a file that cannot be read, a heading that
    stands twice, or a row with more or fewer cells than the heading.
    """
    if isinstance(source, str | Path):
        path = Path(source)
        if path.suffix.lower() in _OTHERS:
            raise InputError(f"{path.name}: only .csv and .parquet files are read; save it as CSV UTF-8")
        return _sheet(path.name, _parquet(path) if path.suffix.lower() in (".parquet", ".pq") else _csv(path))
    if isinstance(source, pd.DataFrame):
        _refuse_twice([str(column) for column in source.columns], name)
        return Sheet(name, {str(c): source.iloc[:, k] for k, c in enumerate(source.columns)}, len(source))
    if isinstance(source, pa.Table) or hasattr(source, "__arrow_c_stream__"):
        return _sheet(name, pa.table(source))
    kind = type(source).__name__
    raise InputError(f"{name} must be a .csv or .parquet file or a frame (pandas, polars, Arrow), not {kind}")


def parsed(text: Any, kind: Any) -> Any:
    """Arrow text as another ``kind``; ArrowException if a cell cannot be read. (A few cells are tried first: a failure
    found late costs many times a success.)
    """
    pc.cast(text[:_TRIED], kind)
    return pc.cast(text, kind)


def _sheet(name: str, table: pa.Table) -> Sheet:
    _refuse_twice(table.column_names, name)
    return Sheet(name, dict(zip(table.column_names, table.columns, strict=True)), table.num_rows)


def _refuse_twice(headings: list[str], name: str) -> None:
    seen: set[str] = set()
    for heading in headings:
        if heading in seen:
            raise TableError("this column stands twice", file=name, column=heading)
        seen.add(heading)


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path.name}: cannot be read: {error.strerror or error}") from None


def _parquet(path: Path) -> pa.Table:
    try:
        return pq.read_table(pa.BufferReader(_read_bytes(path)))
    except pa.ArrowException:
        raise TableError("is no Parquet file", file=path.name) from None


def _csv(path: Path) -> pa.Table:
    """A CSV file as text cells: UTF-8 or UTF-16, comma, semicolon, tab or bar, quotes doubled inside quotes."""
    raw = _read_bytes(path)
    text = _utf8(raw, path.name)
    headings, delimiter = _heading(text, path.name)
    wrong: list[pa_csv.InvalidRow] = []

    def refuse(row: pa_csv.InvalidRow) -> str:
        wrong.append(row)
        return "error"

    try:
        return pa_csv.read_csv(
            pa.BufferReader(text),
            read_options=pa_csv.ReadOptions(column_names=headings, skip_rows=1, use_threads=False),
            parse_options=pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=refuse),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(headings, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowException as error:
        if wrong:
            hint = " (a comma inside a number?)" if delimiter == "," and wrong[0].actual_columns > len(headings) else ""
            raise TableError(
                f"{wrong[0].actual_columns} cells under {len(headings)} headings{hint}",
                file=path.name,
                row=max(wrong[0].number - 1, 1) if wrong[0].number else None,
            ) from None
        if "Empty CSV" in str(error):
            return pa.table({heading: pa.array([], pa.string()) for heading in headings})
        raise TableError(f"cannot be read as CSV: {str(error).splitlines()[0]}", file=path.name) from None


def _utf8(raw: bytes, name: str) -> bytes:
    """The text of a file as UTF-8 without a mark of byte order."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if raw.startswith(mark):
            raw = raw[len(mark) :]
            if encoding == "utf-8":
                break
            try:
                return raw.decode(encoding).encode()
            except UnicodeDecodeError:
                raise TableError("begins like UTF-16 and is not", file=name) from None
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise TableError(f"is not UTF-8 text (line {line}); save it as CSV UTF-8", file=name) from None
    if b"\0" in raw:
        raise TableError("is no text: it holds zero bytes", file=name)
    return raw


def _heading(text: bytes, name: str) -> tuple[list[str], str]:
    """The headings of a CSV file and the sign between them."""
    first = io.StringIO(text[: 1 << 20].decode(errors="ignore"), newline="")
    line = first.readline()
    if not line.strip():
        raise TableError("is empty: a line of headings is needed", file=name)
    delimiter = next((sign for sign in _DELIMITERS if sign in line), ",")
    first.seek(0)
    try:
        headings = next(csv.reader(first, delimiter=delimiter))
    except csv.Error as error:
        raise TableError(f"cannot be read as CSV: {error}", file=name) from None
    headings = [heading.strip() for heading in headings]
    _refuse_twice([heading for heading in headings if heading], name)
    return [heading or f"(column {k + 1})" for k, heading in enumerate(headings)], delimiter


def _plain(series: pd.Series) -> Cells | None:
    """Cells of a series of numpy numbers or dates, None for any other."""
    kind = series.dtype
    if not isinstance(kind, np.dtype):
        return None
    if kind.kind in "iuf":
        number = series.to_numpy(dtype=np.float64)
        return Cells(np.isnan(number), number=number)
    if kind.kind == "M":
        blank = series.isna().to_numpy()
        return Cells(blank, date=series.to_numpy().astype("datetime64[D]").astype(np.int64))
    return None


def _arrow(series: pd.Series) -> Any:
    """The series as an Arrow array; cells of mixed kinds become text."""
    try:
        return pa.array(series, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return pa.array([_text(cell) for cell in series], pa.string())


def _text(cell: Any) -> str | None:
    """One cell among others of another kind as text; a whole number as such (2.0 is "2")."""
    if cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and np.isnan(cell)):
        return None
    return f"{cell:.15g}" if isinstance(cell, float) else str(cell)


def _cells(given: Any) -> Cells:
    """Cells of an Arrow array of any kind that can be cells."""
    if isinstance(given, pa.ChunkedArray):
        given = given.combine_chunks()
    if pa.types.is_dictionary(given.type):
        words = given.dictionary
        words = words.cast(pa.string()) if pa.types.is_string_view(words.type) else words
        given = pc.take(words, given.indices)
    kind = given.type
    blank = np.asarray(given.is_null(nan_is_null=pa.types.is_floating(kind)))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        number = np.array(given.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)
        return Cells(blank, number=np.where(blank, np.nan, number))
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return Cells(blank, date=_days(given))
    if pa.types.is_null(kind):
        return Cells(blank, number=np.full(len(given), np.nan))
    if pa.types.is_boolean(kind):
        given = pc.if_else(given, "True", "False")
    text = pc.utf8_trim_whitespace(given.cast(pa.string()))
    empty = pc.or_(pc.is_null(text), pc.is_in(pc.utf8_lower(text), value_set=pa.array(BLANKS)))
    return Cells(np.asarray(empty), text=pc.if_else(empty, pa.scalar(None, pa.string()), text))


def _days(given: Any) -> NDArray[np.int64]:
    """Days since 1970 of an Arrow array of dates or moments, by the clock of the table; 0 where blank."""
    if pa.types.is_timestamp(given.type) and given.type.tz:
        given = pc.local_timestamp(given)
    seconds = given.cast(pa.timestamp("s"), safe=False).cast(pa.int64())
    return np.floor_divide(np.asarray(pc.fill_null(seconds, 0)), _SECONDS).astype(np.int64)
