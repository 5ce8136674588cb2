"""The small tables as pandas frames; pandas is imported only when one is asked for."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from smoulder.errors import UnknownName
from smoulder.evidence.unit_table import FOLDER

if TYPE_CHECKING:
    import pandas

__all__ = ["SmallTable", "edss_by_duration", "table", "tables"]

EDSS_PREFIX = "p_edss_"


@dataclass(frozen=True, slots=True)
class SmallTable:
    """What a small table is; ``role`` and ``status`` are "by row" where the rows differ, ``doi`` may be blank."""

    name: str
    rows: int
    role: str
    status: str
    source: str
    doi: str
    content: str


@cache
def tables() -> dict[str, SmallTable]:
    """All small tables by name, with role and source."""
    with (FOLDER / "tables.csv").open(newline="", encoding="utf-8") as file:
        lines = csv.DictReader(file)
        return {cells["name"]: SmallTable(rows=int(cells.pop("rows")), **cells) for cells in lines}


def table(name: str) -> pandas.DataFrame:
    """A fresh frame of the small table ``name``, columns as in its file; blank cells are NaN.

    ``frame.attrs`` holds its ``role``, ``status``, ``source``, ``doi``. Raises UnknownName with the nearest.
    """
    import pandas

    known = tables()
    if name not in known:
        raise UnknownName("small table", name, known)
    # keep_default_na=False: a state of one matrix is called "none"
    frame = pandas.read_csv(FOLDER / f"{name}.csv", keep_default_na=False, na_values=[""])
    about = known[name]
    frame.attrs.update(role=about.role, status=about.status, source=about.source, doi=about.doi)
    return frame


def edss_by_duration() -> pandas.DataFrame:
    """Share of people at each EDSS step by completed years of disease (Roxburgh et al., Neurology 2005;64:1144).

    Shape (31, 19): index ``years`` 0..30, columns EDSS 0.0, 1.0, 1.5 .. 9.5; each row sums to 1 within rounding of
    the fourth decimal. One clinic visit each, all courses, mostly untreated. Role calibration.
    """
    raw = table("edss_by_duration_msss2005")
    shares = raw.set_index("disease_duration_completed_years").filter(like=EDSS_PREFIX)
    shares.columns = shares.columns.str.removeprefix(EDSS_PREFIX).astype(float)
    shares.index.name, shares.columns.name = "years", "edss"
    shares.attrs = raw.attrs
    return shares
