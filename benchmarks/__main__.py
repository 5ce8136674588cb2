"""``python -m benchmarks [--quick] [--out out/bench.json]``: measure, print and write."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import lives, machine, million, outcomes, ratios, start


def main() -> None:
    """Measure everything, say each figure as it comes, and write the file at the end."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the million lives, scaled; fewer rounds")
    parser.add_argument("--out", type=Path, default=Path("out/bench.json"), help="where the figures go")
    given = parser.parse_args()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {"machine": machine.describe(), "quick": given.quick}
    parts: tuple[Callable[[], dict[str, Any]], ...] = (
        lambda: start.start(given.quick),
        lambda: ratios.to_c(given.quick),
        lambda: ratios.to_numpy(given.quick),
        lambda: _lives(given.quick),
        lambda: outcomes.judged(given.quick),
        lambda: million.streamed(given.out.parent, given.quick),
    )
    for part in parts:
        figures = part()
        found |= figures
        for name, value in figures.items():
            if not isinstance(value, (dict, list)):
                print(f"{name:40} {value}", flush=True)
    found["machine"]["load_average_1_min_after"] = round(os.getloadavg()[0], 2)
    temporary = given.out.with_suffix(".part")
    temporary.write_text(json.dumps(found, indent=2) + "\n")
    os.replace(temporary, given.out)
    print(f"Written: {given.out}")


def _lives(quick: bool) -> dict[str, Any]:
    rows = list(lives.growth(quick))
    usual = {row["lesion_records_kept"]: row for row in rows if (row["people"], row["years"]) == (10_000, 40)}
    return {
        "lives_per_second_2_cores": usual[True]["lives_per_second"],
        "lives_per_second_2_cores_without_lesion_records": usual[False]["lives_per_second"],
        "lives_by_people_and_years": rows,
    }


if __name__ == "__main__":
    main()
