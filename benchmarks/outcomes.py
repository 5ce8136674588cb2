"""Patients a second from a plain table of visits to a table of events, beside a plain loop; and trials by an endpoint.

``python -m benchmarks.outcomes PEOPLE ROUNDS`` measures one size in a process of its own, for its own memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.timing import in_turn
from smoulder import outcomes, statistics, tables
from smoulder.outcomes import CDW_12W, PIRA_MULLER_2023, Reference, Window
from smoulder.records import People, Records, Relapses, Scans, Visits

__all__ = ["judged", "naive"]

#: Patients a second of the field's reference package, as ``design/LANDSCAPE.md`` of the material gives it: quoted, not
#: measured here.
REFERENCE_PER_S = 112
_SIZES = (1_000, 10_000, 100_000)
_LOOP = 1_000  # people of the loop in Python, which is slow
_TRIALS, _ARM = 1_000, 500
_STEPS = np.array([0, *range(2, 20)]) / 2  # the scale: 0, 1.0, 1.5 ... 9.5

#: Every event, a reference that moves both ways, two windows to confirm in, each laid to relapses.
_FULL = replace(
    CDW_12W,
    name="every event, roving, two windows",
    reference=Reference(moves_on_improvement=True, moves_on_worsening=True, at_onset=False),
    confirmation=replace(CDW_12W.confirmation, also=(Window(168, 7, None),)),
)


def visits_and_relapses(people: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Invented tables, rows in no order: id, day, edss of 10 to 20 visits about 13 weeks apart; id, day of relapses."""
    draw = np.random.default_rng(seed)
    number = draw.integers(10, 21, people)
    who = np.repeat(np.arange(people), number)
    nth = np.arange(len(who)) - np.repeat(np.cumsum(number) - number, number)
    day = 91 * nth + draw.integers(0, 21, len(who))
    trend = np.repeat(draw.normal(0.1, 0.15, people), number) * nth
    level = np.repeat(draw.integers(2, 12, people), number) + np.rint(trend + draw.normal(0, 0.7, len(who)))
    edss = _STEPS[np.clip(level, 0, len(_STEPS) - 1).astype(int)]
    attacks = draw.poisson(0.6, people)
    sick = np.repeat(np.arange(people), attacks)
    when = draw.integers(0, 91 * 20, len(sick))
    mixed = draw.permutation(len(who))
    visits = pd.DataFrame({"id": who, "day": day, "edss": edss}).iloc[mixed].reset_index(drop=True)
    relapses = pd.DataFrame({"id": sick, "day": when}).drop_duplicates(ignore_index=True)
    return visits, relapses


def default(visits: pd.DataFrame, relapses: pd.DataFrame) -> pd.DataFrame:
    """Tables in, first events by ``CDW_12W`` out."""
    cohort = tables.read_cohort(visits, relapses)
    return tables.event_table(cohort, outcomes.worsening(cohort.records, CDW_12W))


def full(visits: pd.DataFrame, relapses: pd.DataFrame) -> pd.DataFrame:
    """Tables in, every event by ``_FULL`` with its label out."""
    cohort = tables.read_cohort(visits, relapses)
    events = outcomes.multiple(cohort.records, _FULL)
    label = outcomes.attribute(events, cohort.records, PIRA_MULLER_2023)
    return tables.event_table(cohort, events, label=label)


def naive(visits: pd.DataFrame, relapses: pd.DataFrame) -> dict[int, int]:
    """The day of the first event by ``CDW_12W`` of each person, as a loop over groups would find it."""
    attacks = {who: part["day"].to_numpy() for who, part in relapses.groupby("id")}
    found = {}
    for who, part in visits.sort_values(["id", "day"]).groupby("id"):
        day, edss = part["day"].to_numpy(), part["edss"].to_numpy()
        near = attacks.get(who, np.empty(0))
        quiet = [not ((near <= d) & (near > d - 30)).any() for d in day]
        event = _first_event(day, edss, quiet)
        if event is not None:
            found[int(who)] = int(event)
    return found


def _first_event(day: Any, edss: Any, quiet: list[bool]) -> Any:
    start = next((v for v, calm in enumerate(quiet) if calm), None)
    if start is None:
        return None
    low = edss[start]
    bound = low + (1.5 if low == 0 else 1.0 if low <= 5 else 0.5)
    for v in range(start + 1, len(day)):
        if edss[v] < bound:
            continue
        late = [k for k in range(v + 1, len(day)) if day[k] >= day[v] + 77 and quiet[k]]
        if late and (edss[v : late[0] + 1] >= bound).all():
            return day[v]
    return None


def judged(quick: bool) -> dict[str, Any]:
    """Patients a second at each size for the default rule and the full one, memory, growth, the loop, and trials."""
    sizes = _SIZES[:2] if quick else _SIZES
    rows = {people: _apart(people, 2 if quick or people > 10_000 else 5) for people in sizes}
    tenk = rows[10_000]
    first, last = rows[sizes[0]], rows[sizes[-1]]
    loop, same = _loop()
    trials = _TRIALS // 10 if quick else _TRIALS
    return {
        "outcomes_patients_per_s_10k_default": tenk["default_per_s"],
        "outcomes_patients_per_s_10k_full": tenk["full_per_s"],
        "outcomes_by_people": rows,
        "outcomes_time_per_person_largest_over_1k_default": round(first["default_per_s"] / last["default_per_s"], 2),
        "outcomes_time_per_person_largest_over_1k_full": round(first["full_per_s"] / last["full_per_s"], 2),
        "outcomes_naive_loop_per_s": loop,
        "outcomes_naive_loop_same_answers": same,
        "outcomes_ratio_to_naive_loop": round(tenk["default_per_s"] / loop),
        "outcomes_reference_package_per_s_quoted": REFERENCE_PER_S,
        "outcomes_1000_trials_of_2x500_s": round(_trials(trials) * _TRIALS / trials, 2),
        "outcomes_trials_scaled_from": trials,
    }


def _loop() -> tuple[float, bool]:
    """People a second of the loop, and whether it and the engine find the same."""
    visits, relapses = visits_and_relapses(_LOOP, seed=1)
    begin = time.perf_counter()
    found = naive(visits, relapses)
    took = time.perf_counter() - begin
    ours = default(visits, relapses)
    return round(_LOOP / took, 1), dict(zip(ours["id"].tolist(), ours["day"].tolist(), strict=True)) == found


def _apart(people: int, rounds: int) -> dict[str, float]:
    """One size in a process of its own, with the most memory that it ever held."""
    with tempfile.TemporaryFile("w+") as told:
        command = [sys.executable, "-m", "benchmarks.outcomes", str(people), str(rounds)]
        process = subprocess.Popen(command, stdout=told)
        _, status, used = os.wait4(process.pid, 0)
        if status:
            raise RuntimeError(f"the outcomes of {people} people ended early: see what the run said above")
        told.seek(0)
        found: dict[str, float] = json.loads(told.read())
    return found | {"peak_memory_mb": round(used.ru_maxrss / 1024)}


def _measured(people: int, rounds: int) -> dict[str, float]:
    visits, relapses = visits_and_relapses(people, seed=1)
    small = visits_and_relapses(50, seed=2)
    calls = {"default": lambda: default(visits, relapses), "full": lambda: full(visits, relapses)}
    default(*small), full(*small)  # compiles
    times = in_turn(calls, rounds)
    found: dict[str, float] = {"people": people, "visits": len(visits)}
    for name, took in times.items():
        found |= {f"{name}_s": round(took.wall, 4), f"{name}_per_s": round(people / took.wall)}
    return found


def _trials(number: int) -> float:
    """Seconds for hazard ratios of CDW_12W in so many trials of two arms, from their records; drawing not counted."""
    took, arm = 0.0, np.repeat([0, 1], _ARM)
    for seed in range(number + 1):
        records = _records(2 * _ARM, seed)
        begin = time.perf_counter()
        times = outcomes.since_first_day(records, outcomes.worsening(records, CDW_12W))
        statistics.cox(times.years, times.event, arm[np.searchsorted(records.people.person, times.person)])
        took += time.perf_counter() - begin if seed else 0.0  # the first compiles
    return took


def _records(people: int, seed: int) -> Records:
    visits, relapses = visits_and_relapses(people, seed)
    edges = visits.groupby("id")["day"].agg(["min", "max"])
    unknown = np.full(people, -1)
    who = People(
        person=np.arange(people), sex=unknown, birth_day=unknown, onset_day=unknown, death_day=unknown,
        first_day=edges["min"].to_numpy(), last_day=edges["max"].to_numpy(),
    )
    blank = np.full(len(visits), -1)
    names = [column.name for column in Visits.SCHEMA[3:]]
    seen = Visits(
        person=visits["id"].to_numpy(), day=visits["day"].to_numpy(), edss=(2 * visits["edss"]).to_numpy(),
        **dict.fromkeys(names, blank),
    )
    relapses = relapses[relapses["day"].to_numpy() <= who.last_day[relapses["id"]]]
    return Records(who, seen, Relapses(relapses["id"].to_numpy(), relapses["day"].to_numpy()), Scans.empty())


if __name__ == "__main__":
    print(json.dumps(_measured(int(sys.argv[1]), int(sys.argv[2]))))
