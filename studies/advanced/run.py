"""Hands under an immune, a repair and a protective drug, in advanced and in early MS: result.json and table.md."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smoulder import parameters, statistics, treatments, trials
from smoulder.records import Records
from smoulder.trials.entry import enrol
from smoulder.trials.replicate import follow_arm
from smoulder.trials.specification import Design, Group, Schedule

HERE = Path(__file__).parent
STAGES = {"advanced": (6.5, 8.5), "early": (0.0, 3.0)}
DRUGS = {"immune": "cladribine", "repair": "clemastine", "protective": "amiloride"}
#: Where in its prior the strength of a drug lies.
STRENGTHS = {"low": 0.025, "middle": 0.5, "high": 0.975}
#: One process changed alone: taken away, and repair made as fast as the table of treatments allows.
ALONE = {
    "no new attacks": "hypothetical:attack:1",
    "no loss at rims": "hypothetical:rim_loss:1",
    "no diffuse loss": "hypothetical:diffuse_loss:1",
    "no loss of bare fibres": "hypothetical:bare_loss:1",
    "no loss by ageing": "hypothetical:ageing_loss:1",
    "repair six times as fast": "hypothetical:remyelination:+5",
}
UNTREATED = "untreated"
EVERY, WEEKS = 52, 260
YEARS = {2: 104, 5: 260}
PEGS_MINUTE, SLOWER = 9 * 60, 0.2
#: A loss smaller than so many of its Monte Carlo errors is not taken for one that could be spared.
SURE = 2.0


def stage_design(edss: tuple[float, float], people: int) -> Design:
    """The design ``advanced`` at another EDSS, without withdrawal: everyone is followed for five years."""
    base = trials.design("advanced")
    return replace(
        base, entry=replace(base.entry, edss=edss), arms=(Group("twins", "none", people),),
        schedule=Schedule(weeks=WEEKS, visits=EVERY, tests=EVERY),
    )


def at_share(name: str, share: float) -> treatments.Plan:
    """The plan ``name`` with the strength of every action where ``share`` of its prior lies below."""
    plan = treatments.plan(name)
    drugs = [
        replace(drug, actions=tuple(
            replace(act, maximum=min(max(act.prior.quantile(share), act.lower), act.upper)) for act in drug.actions
        ))
        for drug in plan.drugs
    ]
    return replace(plan, drugs=tuple(drugs), variant=(f"strength at {share:g} of its prior",))


def plans() -> dict[str, treatments.Plan]:
    """Every plan by name, the untreated one first."""
    found = {UNTREATED: treatments.plan("none")}
    found |= {f"{kind}, {at}": at_share(drug, share) for kind, drug in DRUGS.items() for at, share in STRENGTHS.items()}
    return found | {name: treatments.plan(text) for name, text in ALONE.items()}


def by_year(records: Records, table: Any, value: NDArray[np.float64]) -> NDArray[np.float64]:
    """``value`` [rows of the table] by person and planned occasion, float64[N, 1 + WEEKS / EVERY], NaN if not done."""
    owner = table.owners(records.people)
    occasion = np.rint((table.day - records.people.first_day[owner]) / (7 * EVERY)).astype(np.int64)
    found = np.full((len(records), 1 + WEEKS // EVERY), np.nan)
    found[owner, occasion] = value
    return found


def hands(records: Records) -> dict[str, NDArray[np.float64]]:
    """Speed (pegs a minute), hands that cannot, and grade of arm use by person and occasion."""
    times = np.stack([records.tests.nhpt_dominant, records.tests.nhpt_other]).astype(np.float64)
    return {
        "speed": by_year(records, records.tests, (PEGS_MINUTE / times).mean(axis=0)),
        "failed": by_year(records, records.tests, np.isinf(times).sum(axis=0).astype(np.float64)),
        "arm_use": by_year(records, records.visits, records.visits.arm_use.astype(np.float64)),
    }


def against(untreated: dict[str, Any], treated: dict[str, Any], weeks: int) -> dict[str, float]:
    """Means over people seen at entry and at ``weeks`` in both lives; shares are of people."""
    at = weeks // EVERY
    known = np.isfinite(untreated["speed"][:, 0]) & (untreated["speed"][:, 0] > 0)
    for lives in (untreated, treated):
        known &= np.isfinite(lives["speed"][:, at]) & np.isfinite(lives["arm_use"][:, at])
    start = untreated["speed"][known, 0]
    found = {"people": float(known.sum()), "speed_at_entry": float(start.mean())}
    for lives, name in ((untreated, "untreated"), (treated, "treated")):
        speed = lives["speed"][known, at]
        found[f"{name}_loss"] = float((start - speed).mean())
        found[f"{name}_slower"] = float((start >= speed * (1 + SLOWER)).mean())
        for grade in ("failed", "arm_use"):
            worse = lives[grade][known, at] > untreated[grade][known, 0]
            found[f"{name}_{grade}"] = float(worse.mean())
    return found


def replicate(job: tuple[str, int, int, int]) -> dict[str, dict[int, dict[str, float]]]:
    """All plans for the people of one replicate at one stage: by plan and year."""
    stage, people, seed, number = job
    p = parameters.load()
    design = stage_design(STAGES[stage], people)
    entered = enrol(design, p, seed=seed, replicate=number)
    everyone = np.arange(people)
    lives = {name: hands(follow_arm(design, entered, everyone, 0, plan, p)) for name, plan in plans().items()}
    return {
        name: {year: against(lives[UNTREATED], treated, weeks) for year, weeks in YEARS.items()}
        for name, treated in lives.items()
    }


def spread(values: Iterable[float]) -> dict[str, float]:
    """Mean over replicates and its Monte Carlo error."""
    found = statistics.spread(list(values))
    return {"mean": found.mean, "error": found.error}


def pooled(done: list[dict[str, float]]) -> dict[str, Any]:
    """Each number over replicates, and the share of the untreated loss that is spared."""
    table: dict[str, Any] = {name: spread(one[name] for one in done) for name in done[0]}
    for name in ("loss", "slower", "failed", "arm_use"):
        table[f"spared_{name}"] = spread(one[f"untreated_{name}"] - one[f"treated_{name}"] for one in done)
    loss, spared = table["untreated_loss"], table["spared_loss"]
    sure = loss["mean"] > SURE * loss["error"]
    table["spared_share"] = {part: spared[part] / loss["mean"] if sure else None for part in ("mean", "error")}
    return table


def trial(replicates: int, seed: int, threads: int) -> dict[str, Any]:
    """The effects of the trial ``advanced`` and the share of replicates in which each is significant."""
    result = trials.run_trial("advanced", replicates=replicates, seed=seed, threads=threads)
    return {
        one.name: {
            "measure": one.measure, "mean": one.effect.mean, "lo": one.effect.lo, "hi": one.effect.hi,
            "error": one.effect.error, "significant": one.significant,
        }
        for one in result.endpoints
    }


def percent(value: dict[str, float | None]) -> str:
    """A share and its error in percent."""
    if value["mean"] is None:
        return "no sure loss"
    return f"{100 * value['mean']:.1f} ± {100 * (value['error'] or 0):.1f}"


def table(result: dict[str, Any]) -> str:
    """The numbers as Markdown."""
    lines = [
        "# Hands under three kinds of drug", "",
        f"{result['replicates']} replicates of {result['people']} people at each stage; mean ± Monte Carlo error.", "",
        "## Untreated", "",
        "| stage | years | speed at entry, pegs/min | lost, pegs/min | 20% slower, % | a hand more that cannot, % "
        "| arm use a grade worse, % |",
        "| --- " * 7 + "|",
    ]
    for stage, found in result["twins"].items():
        for year, one in found[UNTREATED].items():
            cells = (f"{one[name]['mean']:.2f}" for name in ("speed_at_entry", "untreated_loss"))
            shares = (percent(one[f"untreated_{name}"]) for name in ("slower", "failed", "arm_use"))
            lines.append(f"| {stage} | {year} | {' | '.join((*cells, *shares))} |")
    lines += ["", "## Share of the loss of speed that is spared, %", ""]
    columns = [(stage, year) for stage in result["twins"] for year in YEARS]
    lines += [f"| plan | {' | '.join(f'{stage}, {year} y' for stage, year in columns)} |", "| --- " * 5 + "|"]
    for plan in list(result["twins"]["advanced"])[1:]:
        cells = (percent(result["twins"][stage][plan][str(year)]["spared_share"]) for stage, year in columns)
        lines.append(f"| {plan} | {' | '.join(cells)} |")
    lines += ["", "## The trial of 100 people an arm over two years, strengths drawn", "",
              "| endpoint | measure | mean (95% of replicates) | significant, % |", "| --- " * 4 + "|"]
    for name, one in result["trial"].items():
        written = f"{one['mean']:.3f} ({one['lo']:.3f} to {one['hi']:.3f})"
        lines.append(f"| {name} | {one['measure']} | {written} | {100 * one['significant']:.0f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run both stages and the trial, and write what they gave."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--replicates", type=int, default=20)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    jobs = [(stage, asked.people, asked.seed, number) for stage in STAGES for number in range(asked.replicates)]
    with ProcessPoolExecutor(asked.threads, mp_context=get_context("spawn")) as pool:
        done = list(pool.map(replicate, jobs))
    twins = {
        stage: {
            name: {
                str(year): pooled([one[name][year] for job, one in zip(jobs, done, strict=True) if job[0] == stage])
                for year in YEARS
            }
            for name in plans()
        }
        for stage in STAGES
    }
    found = trial(asked.replicates, asked.seed, asked.threads)
    result = {"replicates": asked.replicates, "people": asked.people, "seed": asked.seed,
              "parameters": parameters.load().digest, "twins": twins, "trial": found}
    (HERE / "result.json").write_text(json.dumps(result, indent=1) + "\n")
    (HERE / "table.md").write_text(table(result))
    print(table(result))


if __name__ == "__main__":
    main()
