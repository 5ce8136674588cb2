"""Records to files and back: one table an instrument, in the names and days or dates of the cohort."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from smoulder.errors import InputError
from smoulder.tables.cohort import Cohort
from smoulder.tables.files import write

__all__ = ["record_tables", "write_records"]


def record_tables(cohort: Cohort) -> dict[str, pd.DataFrame]:
    """``people`` and every table with a row, by name, as a reader expects them: the cohort's own names of people, days
    or dates, EDSS 0 to 10, empty where not recorded. ``read_cohort`` reads them back: visits, relapses, people and
    scans by those arguments, the others by ``measured``.
    """
    tables = {"people": cohort.records.people, **cohort.records.tables}
    frames = {}
    for name, table in tables.items():
        if not len(table) and name not in ("people", "visits"):
            continue
        frame = table.frame()
        frame["person"] = cohort.names(table.person)
        for column in frame.columns:
            if column == "day" or column.endswith("_day"):
                frame[column] = cohort.when(getattr(table, column))
        frames[name] = frame
    frames["people"]["sex"] = np.array(["", "M", "F"])[cohort.records.people.sex + 1]
    return frames


def write_records(cohort: Cohort, folder: str | Path, *, ending: str = ".csv") -> dict[str, Path]:
    """Write what :func:`record_tables` gives into ``folder``, which is made if it is not there: one file a table,
    called by its name and ``ending`` (.csv or .parquet). Returns the paths by name.

    Raises InputError for another ending or a place that cannot be written to.
    """
    if ending not in (".csv", ".parquet"):
        raise InputError(f"records are written as .csv or .parquet, not as '{ending}'")
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"'{place}' cannot be made: {error.strerror or error}") from None
    return {name: write(frame, place / f"{name}{ending}") for name, frame in record_tables(cohort).items()}
