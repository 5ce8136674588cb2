"""A study on disk: Parquet shards and a manifest. It resumes after a crash with nothing lost and nothing doubled.

A shard counts once the manifest lists its files with their digests; whatever else lies in the folder is unfinished and
is made again. Tables of a simulated study, one file a table and shard (``truth-00003.parquet``); times are years since
the biological start of each person:

people    one row a person: person, sex, start_age, lesion_rate, tendency, repair, reserve and vulnerability (traits),
          onset (NaN if never), onset_attack, death (inf if alive at the end), first_dose (inf if never)
truth     one row a moment of a person, moment by moment within a shard: person, year, alive, then every quantity; rows
          go on after death, as if it had not come, and alive is false in them
patients, relapses, and a table an instrument (visits, scans, tests, samples, eyes, ...)
          the records of the clinic, where they were asked for, in stored units (EDSS in half points);
          a table the clinic did not make is not there
"""

from smoulder.store.manifests import differences, manifest
from smoulder.store.reading import read, records
from smoulder.store.study import Study, begin, damaged

__all__ = ["Study", "begin", "damaged", "differences", "manifest", "read", "records"]


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
