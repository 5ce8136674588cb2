"""Stored answers of msprog against ours: ``python tests/oracles/msprog.py FOLDER`` prints agreement case by case.

FOLDER holds ``index.csv`` and one folder a case (``case.json``, ``expected_results.csv``, ``r_results.csv``), and, in
``fuzz``, ``cases.jsonl`` and ``expected_r.csv``. The exit code is 1 when any case disagrees with the result that the
index calls authoritative (R for the fuzz set), 2 when the folder holds no case.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

try:
    from smoulder.errors import SmoulderError
except ModuleNotFoundError:  # run from a checkout that is not installed
    sys.path.insert(0, str(Path(__file__).parents[2] / "src"))
    from smoulder.errors import SmoulderError
from smoulder.outcomes import from_msprog

DEFAULT = Path(__file__).parent / "msprog_cases"
TABLES = ("subj_col", "value_col", "date_col", "outcome")
KEYS = {"MSprog": ["nevent"], "value_milestone": [], "separate_ri_ra": None}
SLACK = 1e-6  # the stored answers carry 15 digits


class Verdict(NamedTuple):
    """One case: its name, how many rows were compared, and what differs ("" for nothing)."""

    name: str
    rows: int
    difference: str


def main(folder: Path) -> int:
    """Print a line a case and the totals; the exit code."""
    verdicts = list(judged(folder))
    for verdict in verdicts:
        print(f"{verdict.name}: {'agrees' if not verdict.difference else 'DIFFERS'}, {verdict.rows} rows", end="")
        print(f": {verdict.difference}" if verdict.difference else "")
    wrong = sum(bool(verdict.difference) for verdict in verdicts)
    print(f"{len(verdicts) - wrong} of {len(verdicts)} cases agree")
    return 2 if not verdicts else int(wrong > 0)


def judged(folder: Path) -> Iterator[Verdict]:
    """Every case of the index, then of the fuzz set."""
    index = folder / "index.csv"
    if index.exists():
        for row in pd.read_csv(index, dtype=str, keep_default_na=False).to_dict("records"):
            yield one_case(folder, str(row["id"]), str(row["authoritative"]))
    if (folder / "fuzz" / "cases.jsonl").exists():
        yield from fuzzed(folder / "fuzz")


def one_case(folder: Path, name: str, authoritative: str) -> Verdict:
    """A case of the index against the answer to be believed."""
    if not (folder / name / "case.json").exists():
        return Verdict(name, 0, "case.json is missing")
    case = json.loads((folder / name / "case.json").read_text())
    stored = folder / name / ("r_results.csv" if authoritative == "r" else "expected_results.csv")
    if not stored.exists():
        return Verdict(name, 0, f"{stored.name} is missing")
    theirs = [("results", read(stored, case))]
    for more in ("summary", "unconfirmed"):
        table = folder / name / f"expected_{more}.csv"
        if table.exists() and authoritative != "r":
            theirs.append((more, read(table, case)))
    return compared(name, case, folder, theirs)


def fuzzed(folder: Path) -> Iterator[Verdict]:
    """The cases of the fuzz set."""
    expected = pd.read_csv(folder / "expected_r.csv", dtype={"id": str, "case": str})
    for line in (folder / "cases.jsonl").read_text().splitlines():
        case = json.loads(line)
        theirs = expected[expected.case == case["id"]].drop(columns="case")
        yield compared(case["id"], case, folder, [("results", theirs)])


def read(path: Path, case: dict[str, Any]) -> pd.DataFrame:
    """A stored answer, people as text."""
    table = pd.read_csv(path, dtype={case["subj_col"]: str})
    return table.rename(columns={"closest_rel-": "closest_rel_before", "closest_rel+": "closest_rel_after"})


def compared(name: str, case: dict[str, Any], folder: Path, theirs: list[tuple[str, pd.DataFrame]]) -> Verdict:
    """Our answer to a case beside the stored tables."""
    try:
        ours = answered(case, folder)
    except SmoulderError as error:
        return Verdict(name, 0, f"not judged: {error}")
    rows, differences = 0, []
    for kind, table in theirs:
        found = difference(ours[kind], table, case, kind)
        rows += len(table)
        differences += [f"{kind}: {found}"] if found else []
    return Verdict(name, rows, "; ".join(differences))


def answered(case: dict[str, Any], folder: Path) -> dict[str, pd.DataFrame]:
    """Our tables for a case."""
    options = {**case["options"], **{key: case[key] for key in TABLES if key in case}}
    definition: Any = from_msprog(options, function=case["function"], compatible=True)
    visits = pd.read_csv(folder / case["visits"], dtype={case["subj_col"]: str})
    relapses = None
    if case.get("relapses"):
        whose = options.get("rsubj_col") or case["subj_col"]
        relapses = pd.read_csv(folder / case["relapses"], dtype={whose: str})
        if options.get("rdate_col") is None and case["date_col"] not in relapses:
            raise SmoulderError(f"relapses have no column {case['date_col']}")
    answer = definition.run(visits, relapses)
    if case["function"] != "MSprog":
        return {"results": answer}
    tables = {"results": answer.results, "summary": answer.event_count}
    return tables | ({} if answer.unconfirmed is None else {"unconfirmed": answer.unconfirmed})


def difference(ours: pd.DataFrame, theirs: pd.DataFrame, case: dict[str, Any], kind: str) -> str:
    """The first thing in which two tables differ, matched by person and event; "" when they agree.

    A column that one of them lacks counts as blank there.
    """
    person, day = case["subj_col"], case["date_col"]
    keys = {"results": KEYS[case["function"]], "summary": []}.get(kind, ["date"])
    keys = [person, *(keys if keys is not None else [day])]
    left, right = (keyed(table, keys) for table in (ours, theirs))
    missing, extra = right.index.difference(left.index), left.index.difference(right.index)
    if len(missing) or len(extra):
        return f"{len(missing)} rows missing {list(missing[:2])}, {len(extra)} too many {list(extra[:2])}"
    left = left.reindex(right.index)
    shown = [one for one in dict.fromkeys([*right.columns, *left.columns]) if one in right or not blank(left[one])]
    if "validconf" not in left:  # a column that pymsprog leaves behind in the caller's table
        shown = [one for one in shown if one != "validconf"]
    for column in shown:
        one, other = (plain(table, column) for table in (left, right))
        bad = [place for place in range(len(one)) if not same(one[place], other[place])]
        if bad:
            place = bad[0]
            return f"{column} differs in {len(bad)} rows, first {right.index[place]}: {one[place]}, not {other[place]}"
    return ""


def keyed(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The table by its keys as text, in order."""
    names = [
        table[key].astype("datetime64[s]").dt.strftime("%Y-%m-%d").tolist()
        if pd.api.types.is_datetime64_any_dtype(table[key])
        else [str(int(v)) if isinstance(v, (int, float, np.number)) else str(v) for v in table[key]]
        for key in keys
    ]
    index = pd.MultiIndex.from_arrays(names)
    return table.drop(columns=keys).set_index(index).sort_index(kind="stable")


def blank(column: Any) -> bool:
    """Whether a column says nothing: empty, false, or nothing but no count."""
    return all(same(value, "") for value in plain(column.to_frame("x"), "x"))


def plain(table: pd.DataFrame, column: str) -> list[Any]:
    """The cells of a column as text or number, "" where blank, absent or false."""
    if column not in table:
        return [""] * len(table)
    given = table[column]
    if pd.api.types.is_datetime64_any_dtype(given):
        given = given.dt.strftime("%Y-%m-%d")
    return ["" if pd.isna(value) or value is False or value == "False" else value for value in given.tolist()]


def same(one: Any, other: Any) -> bool:
    """Whether two cells agree: numbers within rounding, everything else as text."""
    try:
        left, right = float(one), float(other)
    except (TypeError, ValueError):
        return str(one) == str(other)
    return left == right or abs(left - right) <= SLACK


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT))
