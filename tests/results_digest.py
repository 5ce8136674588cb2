"""A digest over what smoulder gives by default: lives, lesion records, clinic records, judged outcomes, trials.

``python tests/results_digest.py`` writes the digest of a model version that has none yet; it never replaces one: a
default output that moves is a new version of the model.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from smoulder import MODEL_VERSION, clinic, cohorts, life, outcomes, people, trials

STORED = Path(__file__).with_name("results_digest.json")
TRIALS = ("oratorio", "opera", "expand", "rebuild", "advanced")
#: Sums and logarithms in double precision differ between processors in their last digits; trials are compared to this.
DIGITS = 8


def digest(value: Any) -> str:
    """A short hash over anything made of arrays, numbers, text, dataclasses, dicts and sequences."""
    total = hashlib.sha256()
    _feed(total, value)
    return total.hexdigest()[:20]


def _feed(total: Any, value: Any) -> None:
    if isinstance(value, np.ndarray):
        total.update(f"{value.dtype}{value.shape}".encode())
        total.update(repr(value.tolist()).encode() if value.dtype == object else np.ascontiguousarray(value).tobytes())
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        _feed(total, {field.name: getattr(value, field.name) for field in dataclasses.fields(value)})
    elif isinstance(value, dict):
        for name, part in value.items():
            total.update(str(name).encode())
            _feed(total, part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            _feed(total, part)
    else:
        total.update(repr(value).encode())


def lives() -> dict[str, str]:
    """2,000 people over 40 years, untreated and with ocrelizumab: what is recorded of them, and their lesions."""
    who = people.draw(2_000, seed=5)
    drawn = {name: value.astype(np.float32) for name, value in vars(who).items() if name not in ("seed", "id")}
    found = {"people": digest(drawn)}
    for plan in ("none", "ocrelizumab"):
        truth = life.run(who, years=40, plan=plan, threads=2)
        parts = (truth.years, truth.values, truth.onset, truth.onset_attack, truth.death, truth.first_dose)
        found |= {f"lives, {plan}": digest(parts), f"lesions, {plan}": digest(truth.lesions)}
    return found


def records() -> dict[str, str]:
    """What a clinic sees of 600 of them over 30 years."""
    truth = life.run(people.draw(600, seed=5), years=30, plan="ocrelizumab", threads=2)
    seen = clinic.follow(truth)
    tables = {
        "people": seen.people, "visits": seen.visits, "relapses": seen.relapses, "scans": clinic.scan(truth),
        "tests": clinic.sittings(truth), "samples": clinic.samples(truth), "eyes": clinic.eyes(truth),
    }
    return {f"records, {name}": digest(table) for name, table in tables.items()}


def judged() -> dict[str, str]:
    """Every named definition, milestones, courses and activity on an observed cohort."""
    seen = cohorts.observe(600, 25, seed=9)
    found: dict[str, str] = {}
    for name in (n for n in sorted(dir(outcomes)) if isinstance(getattr(outcomes, n), outcomes.WorseningRule)):
        rule = getattr(outcomes, name)
        events = outcomes.multiple(seen, rule)
        labels = {
            other: outcomes.attribute(events, seen, getattr(outcomes, other)).tolist()
            for other in sorted(dir(outcomes))
            if isinstance(getattr(outcomes, other), outcomes.AttributionRule)
        }
        found[f"worsening, {name}"] = digest((events, outcomes.worsening(seen, rule), labels))
    found["milestones"] = digest([outcomes.milestones(seen, k, outcomes.CONFIRMED_6M) for k in (3, 4, 6, 7)])
    found["course"] = digest(outcomes.course(seen))
    found["activity"] = digest(outcomes.neda(seen, seen.people.first_day, seen.people.last_day))
    return found


def trial(name: str) -> dict[str, str]:
    """One replicate of a shipped trial, numbers to :data:`DIGITS` significant digits; its methods quote the version."""
    result = dataclasses.asdict(trials.run_trial(name, replicates=1, seed=3))
    del result["methods"]
    return {f"trial, {name}": digest(_rounded(result))}


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(part) for part in value]
    if isinstance(value, np.ndarray):
        return _rounded(value.tolist())
    return f"{value:.{DIGITS - 1}e}" if isinstance(value, float) else value


def main() -> None:
    """Write the digest of this version of the model."""
    stored = json.loads(STORED.read_text()) if STORED.exists() else {}
    if str(MODEL_VERSION) in stored:
        sys.exit(f"The digest of model {MODEL_VERSION} is stored; a result that moves is a new version of the model.")
    stored[str(MODEL_VERSION)] = lives() | records() | judged()
    for name in TRIALS:
        stored[str(MODEL_VERSION)] |= trial(name)
    STORED.write_text(json.dumps(stored, indent=1) + "\n")


if __name__ == "__main__":
    main()
