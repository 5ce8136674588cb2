"""Headline outcomes with the step of the integration as it is and halved; writes expected.json beside this file."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from smoulder import life, parameters, targets

HERE = Path(__file__).parent


def outcomes(people: int, seed: int, steps: life.Steps | None = None) -> dict[str, tuple[float, float]]:
    """Headline name -> (value, Monte Carlo error) for one setting of the steps."""
    cohort = targets.follow(people, parameters=parameters.load(), seed=seed, threads=2, steps=steps)
    scores = targets.score(cohort, None)
    errors = {s.target.headline: s.error for s in scores if s.target.headline}
    return {name: (value, errors.get(name, 0.0)) for name, value in targets.headline(scores).items()}


def main() -> None:
    """Run the three settings and write what they gave."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    plain = outcomes(options.people, options.seed)
    halved = outcomes(options.people, options.seed, life.Steps(parts=2))
    finer = outcomes(options.people, options.seed, life.Steps(per_year=48))
    table = {
        name: {
            "as_is": value, "halved": halved[name][0], "change": halved[name][0] - value,
            "drawn_48_times": finer[name][0], "monte_carlo_error": error,
        }
        for name, (value, error) in plain.items()
    }
    text = json.dumps({"people": options.people, "seed": options.seed, "outcomes": table}, indent=1)
    (HERE / "expected.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
