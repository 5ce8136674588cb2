"""Automatic fit: CMA-ES over the free parameters, calibration targets only, common random numbers, priors as
penalty.

    python studies/second_fit/run.py --minutes 30 --out out/second_fit
    python studies/second_fit/run.py --minutes 8 --out out/bare --hold reserve=0.02 --start out/second_fit/best.json

``--hold`` keeps a parameter at a value (a structural alternative); ``--start`` begins at another run's best point.
Writes state after every generation (best.json, history.csv) and resumes from best.json. The fitted values go into the
table by ``python studies/second_fit/accept.py``.
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import os
import time
import tomllib
from pathlib import Path

import cma
import numpy as np

from smoulder import parameters, targets

HERE = Path(__file__).parent
SETTING = tomllib.loads((HERE / "fit.toml").read_text())
#: Levels of ambulation between two that are fitted: they share an EDSS step with the lower one and are spaced evenly.
BETWEEN = {"6": ("5", "8", 1 / 3), "7": ("5", "8", 2 / 3), "9": ("8", "10", 1 / 2)}


def scale(row: parameters.Row) -> tuple[float, float, bool]:
    """Centre, spread and whether logarithmic, of a parameter's prior: the coordinates of the search."""
    if row.prior.kind == "lognormal":
        return np.log(row.prior.first), row.prior.second, True
    if row.prior.kind == "normal":
        return row.prior.first, row.prior.second, False
    return np.log(row.prior.median), 0.3, True


def values(x: np.ndarray, base: parameters.Parameters) -> dict[str, float]:
    """Parameter values at a point of the search, held inside their bounds, thresholds in rising order."""
    found: dict[str, float] = {}
    for name, z in zip(SETTING["free"], x, strict=True):
        row = base.row(name)
        centre, spread, log = scale(row)
        raw = centre + spread * z
        found[name] = float(np.clip(np.exp(raw) if log else raw, row.lower, row.upper))
    for family, levels in (("ambulation", ("4", "5", "8", "10", "11", "12")), ("arm_use", ("1", "2", "3"))):
        _rise(found, base, family, levels)
    prefix = "item_threshold.ambulation."
    for level, (low, high, share) in BETWEEN.items():
        a, b = found[prefix + low], found[prefix + high]
        found[prefix + level] = a + share * (b - a)
    return found


def _rise(found: dict[str, float], base: parameters.Parameters, family: str, levels: tuple[str, ...]) -> None:
    """Each threshold some way above the one before, so that no grade is passed over (SETTING: least_gap)."""
    last = -np.inf
    for level in levels:
        name = f"item_threshold.{family}.{level}"
        value = max(found.get(name, base[name]), last + SETTING["least_gap"][family])
        if name in found:
            found[name] = value
        last = value


def distance(scores: list[targets.Score]) -> float:
    """Weighted sum of squared misses in tolerances, linear beyond ``huber``; only calibration rows carry weight."""
    total = 0.0
    for s in scores:
        if s.target.weight:
            z = abs(s.z) if np.isfinite(s.z) else 10.0
            if s.target.interval == "range":  # anything inside a printed range is as good
                half = (s.target.hi - s.target.lo) / 2 / s.target.tolerance
                z = max(z - half, 0.0)
            h = SETTING["huber"]
            total += s.target.weight * (z * z if z < h else 2 * h * z - h * h)
    return total


def evaluate(
    x: np.ndarray, seed: int | None = None, people: int | None = None, hold: dict[str, float] | None = None
) -> tuple[float, dict[str, float]]:
    """Distance plus prior penalty at a point, and a few of its parts; ``hold`` overrides parameters."""
    base = parameters.load()
    p = base.replace(values(x, base) | (hold or {}))
    seed = SETTING["seed"] if seed is None else seed
    fitted = [t for t in targets.load() if t.weight]
    cohort = targets.follow(people or SETTING["people"], parameters=p, seed=seed, years=SETTING["years"])
    protocols = targets.run_protocols(p, n=SETTING["protocol_people"], seed=seed)
    scores = targets.score(cohort, protocols, fitted, errors=False)
    miss = distance(scores)
    penalty = SETTING["prior_weight"] * float(np.sum(np.square(x)))
    return miss + penalty, {"distance": miss, "penalty": penalty, "rmse_msss2005": targets.rmse(scores)}


def _quiet(task: tuple[np.ndarray, dict[str, float]]) -> tuple[float, dict[str, float]]:
    try:
        return evaluate(task[0], hold=task[1])
    except (ValueError, FloatingPointError, ZeroDivisionError, np.linalg.LinAlgError) as error:
        return 1e6, {"distance": 1e6, "penalty": 0.0, "rmse_msss2005": 1.0, "error": str(error)[:80]}


def main() -> None:
    """Search until the minutes are up."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--out", type=Path, default=Path("out/second_fit"))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sigma", type=float, default=SETTING["sigma"])
    parser.add_argument("--hold", action="append", default=[])
    parser.add_argument("--start", type=Path)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    hold = parameters.parse_settings(options.hold)
    best_file = options.out / "best.json"
    start = np.zeros(len(SETTING["free"]))
    best = np.inf
    begin = best_file if best_file.exists() else options.start
    if begin is not None:
        stored = json.loads(begin.read_text())
        start = np.array([stored["x"].get(name, 0.0) for name in SETTING["free"]])
    rules = {"seed": SETTING["seed"] % 2**31, "bounds": [-3, 3], "verbose": -9}
    strategy = cma.CMAEvolutionStrategy(start, options.sigma, rules)
    until = time.monotonic() + 60 * options.minutes
    history = options.out / "history.csv"
    with multiprocessing.get_context("spawn").Pool(options.workers) as pool, history.open("a", newline="") as log:
        writer = csv.writer(log)
        generation = 0
        while time.monotonic() < until and not strategy.stop():
            points = strategy.ask()
            results = pool.map(_quiet, [(x, hold) for x in points], chunksize=1)
            strategy.tell(points, [r[0] for r in results])
            i = int(np.argmin([r[0] for r in results]))
            generation += 1
            parts = [results[i][1][name] for name in ("distance", "penalty", "rmse_msss2005")]
            writer.writerow([generation, *(round(v, 4) for v in (results[i][0], *parts))])
            log.flush()
            if results[i][0] < best:
                best = results[i][0]
                x = dict(zip(SETTING["free"], map(float, points[i]), strict=True))
                found = values(points[i], parameters.load())
                text = json.dumps({"value": best, **results[i][1], "hold": hold, "x": x, "values": found}, indent=1)
                temporary = best_file.with_suffix(".tmp")
                temporary.write_text(text)
                os.replace(temporary, best_file)


if __name__ == "__main__":
    main()
