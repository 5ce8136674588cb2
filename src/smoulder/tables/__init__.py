"""A clinic's tables in, with an account of every row; results out as frames, files and CDISC-like tables."""

from smoulder.tables.accounting import Account, TableCount
from smoulder.tables.cdisc import LABELS, adtte, ce, ft, rs
from smoulder.tables.cohort import Cohort, Treatments, read_cohort
from smoulder.tables.dates import ORIGIN
from smoulder.tables.files import write
from smoulder.tables.records import record_tables, write_records
from smoulder.tables.results import EventsLike, event_table, person_table

__all__ = [
    "LABELS",
    "ORIGIN",
    "Account",
    "Cohort",
    "EventsLike",
    "TableCount",
    "Treatments",
    "adtte",
    "ce",
    "event_table",
    "ft",
    "person_table",
    "read_cohort",
    "record_tables",
    "rs",
    "write",
    "write_records",
]


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
