"""Distance of the accepted table, and of every structural alternative, on people that no search has seen.

    python studies/second_fit/check.py --alternative no_reserve=out/no_reserve/best.json ...

Writes checks.json beside this file: for each setting and seed the distance, the RMSE against MSSS 2005 and the hits.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import run

from smoulder import parameters, targets

HERE = Path(__file__).parent
PEOPLE = 4000


def measured(p: parameters.Parameters, seed: int) -> dict[str, float]:
    """Distance, RMSE and share of hits among fitted targets for one table of parameters and one set of people."""
    fitted = [t for t in targets.load() if t.weight]
    cohort = targets.follow(PEOPLE, parameters=p, seed=seed, years=run.SETTING["years"], threads=2)
    protocols = targets.run_protocols(p, n=1000, seed=seed, threads=2)
    scores = targets.score(cohort, protocols, fitted, errors=False)
    worst = sorted(scores, key=lambda s: -abs(s.z) * s.target.weight)[:6]
    return {
        "distance": run.distance(scores),
        "rmse_msss2005": targets.rmse(scores),
        "hits": sum(s.hit for s in scores),
        "of": len(scores),
        "worst": {s.target.id: round(s.z, 1) for s in worst},
    }


def main() -> None:
    """Measure the shipped table and the alternatives."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--alternative", action="append", default=[], help="NAME=best.json")
    options = parser.parse_args()
    base = parameters.load()
    settings = {"accepted": base}
    held: dict[str, dict[str, float]] = {"accepted": {}}
    for given in options.alternative:
        name, _, path = given.partition("=")
        best = json.loads(Path(path).read_text())
        held[name] = best.get("hold", {})
        settings[name] = base.replace(best["values"] | held[name])
    found = {
        name: {"hold": held[name], "seeds": {str(seed): measured(p, seed) for seed in run.SETTING["checks"]}}
        for name, p in settings.items()
    }
    text = json.dumps({"people": PEOPLE, "settings": found}, indent=1) + "\n"
    temporary = HERE / "checks.tmp"
    temporary.write_text(text)
    temporary.replace(HERE / "checks.json")
    for name, setting in found.items():
        for seed, s in setting["seeds"].items():
            print(name, seed, round(s["distance"]), round(s["rmse_msss2005"], 4), s["hits"], "of", s["of"])


if __name__ == "__main__":
    main()
