"""Foreign tables for the tests: cells good and bad, ways to hand them over, and a second reader, slow and plain."""

from __future__ import annotations

import csv
import datetime
import io
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st

BLANK = {"", "na", "n/a", "nan", "null", "none", "nil", ".", "<na>", "nat"}
Row = dict[str, str]

IDS = ["p1", "p1", "p1", "p2", "p2", "p3", " p3 ", "7", "007"]
NUMBERS = ["1", "1", "2", "2", "3"]
DAYS = ["0", "30", "60", "60", "90", "365", "-12", "45.0"]
DATES = ["2020-01-31", "2020-02-29", "2020-03-01", "2020-03-01", "2021-12-31", "2020-1-5", "2020-05-01 09:30"]
EDSS = ["0", "1", "2", "2.0", "2.5", "3.5", "3,5", "6", "10", "", "NA", " 4 "]
SDMT = ["40", "52", "0", "110", "", "", "n/a", "41.0"]
BAD = {
    "id": ["", "  "],
    "day": ["", "x", "1.5", "20200131", "NA", "2020-13-01", "2020-02-30", "1492-10-12", "9999-12-31", "2020-01"],
    "edss": ["0.5", "4.3", "11", "-1", "four", "1,500", "inf", "2..5", "99", "2020-01-31"],
    "sdmt": ["-3", "111", "41.5", "many", "1e400"],
}


SLIPS: list[tuple[str, str]] = [(name, cell) for name, cells in BAD.items() for cell in cells]
NO_SLIP, EMPTY = ("", ""), ("all", "")


def visit_rows(*, faulty: bool) -> st.SearchStrategy[list[Row]]:
    """Up to seven rows of visits as text, some of one day; ``faulty`` lets some cells, or whole rows, be bad."""
    slips = st.sampled_from([NO_SLIP] * (4 * len(SLIPS)) + (SLIPS + [EMPTY] * 4 if faulty else []))
    cells = [
        st.tuples(*(st.sampled_from(cells) for cells in (ids, days, EDSS, SDMT)), slips)
        for ids in (IDS, NUMBERS)
        for days in (DAYS, DATES)
    ]
    return st.one_of([st.lists(one, max_size=7) for one in cells]).map(lambda rows: [_row(*row) for row in rows])


def _row(who: str, day: str, edss: str, sdmt: str, slip: tuple[str, str]) -> Row:
    row = {"id": who, "day": day, "edss": edss, "sdmt": sdmt}
    if slip == EMPTY:
        return dict.fromkeys(row, "")
    return {**row, slip[0]: slip[1]} if slip != NO_SLIP else row


def csv_bytes(rows: list[Row], *, delimiter: str, end: str, mark: str, quote_all: bool) -> bytes:
    """The rows as a CSV file in the given dialect; ``mark`` is utf-8, utf-8-sig or utf-16."""
    text = io.StringIO()
    quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(["id", "day", "EDSS", "SDMT"])
    writer.writerows([list(row.values()) for row in rows])
    return text.getvalue().encode(mark)


class Lent:
    """A frame that can hand itself on as Arrow and do nothing else, as one of polars can."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.table.__arrow_c_stream__(requested_schema)


def handed_over(rows: list[Row], way: str, folder: Path) -> Any:
    """The rows as a source for ``read_cohort``: a way of ``WAYS``."""
    names = {"id": "id", "day": "day", "edss": "EDSS", "sdmt": "SDMT"}
    frame = pd.DataFrame({heading: [row[name] for row in rows] for name, heading in names.items()}, dtype=object)
    empty_is_none = frame.replace("", None)
    table = pa.table({heading: pa.array(empty_is_none[heading].tolist(), pa.string()) for heading in frame})
    if way == "pandas":
        return frame
    if way == "arrow":
        return Lent(table)
    if way == "parquet":
        empty_is_none.astype("string").to_parquet(folder / "visits.parquet")
        return folder / "visits.parquet"
    delimiter, end, mark, quoted = WAYS[way]
    (folder / "visits.csv").write_bytes(csv_bytes(rows, delimiter=delimiter, end=end, mark=mark, quote_all=quoted))
    return folder / "visits.csv"


WAYS: dict[str, tuple[str, str, str, bool]] = {
    "pandas": ("", "", "", False),
    "arrow": ("", "", "", False),
    "parquet": ("", "", "", False),
    "comma": (",", "\n", "utf-8", False),
    "semicolon": (";", "\r\n", "utf-8-sig", False),
    "tab": ("\t", "\r\n", "utf-16", True),
}


@dataclass
class Naive:
    """What a plain reading finds: ``faults`` as (row from 1, column), ``lost`` rows that go in no visit, and visits as
    (id, moment) -> (edss, sdmt), None where not rated.
    """

    faults: set[tuple[int, str]] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)
    visits: dict[tuple[str, Any], list[float | None]] = field(default_factory=dict)


def naive(rows: list[Row]) -> Naive:
    """Read the rows one by one by the words of ``read_cohort``."""
    out = Naive()
    told = [row["day"].strip() for row in rows if not _blank(row["day"])]
    counted = sum(_float(cell) is not None for cell in told) * 2 > len(told)
    good: list[tuple[int, str, Any, list[float | None]]] = []
    for n, row in enumerate(rows, 1):
        if all(_blank(cell) for cell in row.values()):
            out.lost.add(n)
            continue
        before = len(out.faults)
        when = _day(row["day"]) if counted else _date(row["day"])
        if _blank(row["id"]):
            out.faults.add((n, "id"))
        if when is None:
            out.faults.add((n, "day"))
        values = [_measure(row["edss"], 0, 10, 2), _measure(row["sdmt"], 0, 110, 1)]
        for name, value in zip(("EDSS", "SDMT"), values, strict=True):
            if value == "bad":
                out.faults.add((n, name))
        if len(out.faults) > before:
            out.lost.add(n)
        else:
            good.append((n, row["id"].strip(), when, values))  # type: ignore[arg-type]
    _join(good, out)
    return out


def _join(good: list[tuple[int, str, Any, list[float | None]]], out: Naive) -> None:
    days: dict[tuple[str, Any], list[tuple[int, list[float | None]]]] = {}
    for n, who, when, values in good:
        days.setdefault((who, when), []).append((n, values))
    for key, same in days.items():
        told = [{v[k] for _, v in same if v[k] is not None} for k in (0, 1)]
        if any(len(one) > 1 for one in told):
            out.visits[key] = same[-1][1]
            out.lost |= {n for n, _ in same[:-1]}
            out.faults |= {(n, "day") for n, _ in same}
            continue
        merged: list[float | None] = [None, None]
        for place, (n, values) in enumerate(same):
            new = [merged[k] is None and values[k] is not None for k in (0, 1)]
            merged = [values[k] if new[k] else merged[k] for k in (0, 1)]
            if place and not any(new):
                out.lost.add(n)
        out.visits[key] = merged


def _blank(cell: str) -> bool:
    return cell.strip().lower() in BLANK


def _float(cell: str) -> float | None:
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _day(cell: str) -> int | None:
    number = _float(cell.strip())
    whole = number is not None and number == int(number) and abs(number) <= 100_000
    return int(number) if whole and number is not None else None


def _date(cell: str) -> datetime.date | None:
    match = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})([ T].*)?", cell.strip())
    try:
        date = datetime.date(*(int(part) for part in match.groups()[:3])) if match else None
    except ValueError:
        return None
    return date if date and 1850 <= date.year <= 2150 else None


def _measure(cell: str, low: float, high: float, per_unit: int) -> float | str | None:
    if _blank(cell):
        return None
    text = cell.strip()
    if re.fullmatch(r"\d{1,3},\d{3}", text):
        return "bad"
    number = _float(re.sub(r"^(\d+),(\d+)$", r"\1.\2", text))
    on_step = number is not None and (number * per_unit) == int(number * per_unit)
    if number is None or not on_step or not low <= number <= high or (per_unit == 2 and number == 0.5):
        return "bad"
    return number
