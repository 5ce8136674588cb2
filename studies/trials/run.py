"""The four published trials, each many times over, beside what was published; ORATORIO also without any effect of
ocrelizumab behind the barrier.

    python studies/trials/run.py --replicates 200 --threads 2 --out out/trials

Writes result.json beside this file (what was compared, without curves) and a report of each trial into ``--out``.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from smoulder import reports, trials

HERE = Path(__file__).parent
RUNS = (
    ("oratorio", {}), ("oratorio_without_cns", {"without_cns": True}), ("opera", {}), ("expand", {}), ("rebuild", {}),
)


def main() -> None:
    """Run each trial and keep what it found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--replicates", type=int, default=200)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("out/trials"))
    parser.add_argument("--only", action="append", default=[])
    options = parser.parse_args()
    stored = HERE / "result.json"
    found = json.loads(stored.read_text(encoding="utf-8")) if stored.exists() else {}
    for name, settings in RUNS:
        if options.only and name not in options.only:
            continue
        begun = time.monotonic()
        result = trials.run_trial(
            name.removesuffix("_without_cns"), replicates=options.replicates, threads=options.threads, **settings
        )
        reports.write_trial(result, options.out / name)
        kept = reports.trial_json(result)
        for endpoint in kept["endpoints"].values():
            endpoint.pop("curves", None)
        found[name] = kept
        temporary = stored.with_suffix(".tmp")
        temporary.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        temporary.replace(stored)
        print("\n".join(reports.trial_summary(result)), f"{time.monotonic() - begun:.0f} s", sep="\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
