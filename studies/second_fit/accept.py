"""Writes the result of the search into result.json and the table of parameters: values of the free rows, basis
``fitted:second_fit``.

    python studies/second_fit/accept.py out/second_fit/best.json

Nothing else in a row changes; the prior stays what it was before the fit.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from pathlib import Path

from smoulder import parameters

HERE = Path(__file__).parent
TABLE = HERE.parents[1] / "src" / "smoulder" / "parameters" / "table.csv"
DIGITS = 4
NOTE = "fitted to calibration targets (studies/second_fit)"


def accepted(best: dict) -> dict[str, float]:
    """Fitted values in the unit of the table, rounded as they will stand in it."""
    base = parameters.load()
    return {name: float(f"{value / base.row(name).factor:.{DIGITS}g}") for name, value in best["values"].items()}


def main() -> None:
    """Rewrite table.csv and result.json, each under a temporary name first."""
    best = json.loads(Path(sys.argv[1]).read_text())
    values = accepted(best)
    with TABLE.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        columns = list(reader.fieldnames or [])
        rows = list(reader)
    for row in rows:
        if row["id"] in values:
            row["value"] = f"{values[row['id']]:.{DIGITS}g}"
            row["basis"] = "fitted:second_fit"
            if NOTE not in row["note"]:
                row["note"] = f"{row['note']}; {NOTE}" if row["note"] else NOTE
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    replace(TABLE, text.getvalue())
    replace(HERE / "result.json", json.dumps({**best, "accepted": values}, indent=1) + "\n")


def replace(path: Path, text: str) -> None:
    """Write under a temporary name, then rename."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


if __name__ == "__main__":
    main()
