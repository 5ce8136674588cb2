"""A drug in words for a person (``describe``, ``listing``) and in plain data for a program (``as_dict``)."""

from __future__ import annotations

from dataclasses import asdict

from smoulder.parameters.units import DAYS_PER_YEAR
from smoulder.treatments.actions import EFFECTS, Action, Drug
from smoulder.treatments.catalogue import drug, drugs
from smoulder.treatments.kinetics import CellCount, Kinetics

__all__ = ["as_dict", "describe", "listing"]


def describe(name: str) -> str:
    """Several lines on a drug: dose, what it does to which process, how sure, how fast, and why. Raises UnknownName."""
    found = drug(name)
    cns = {"yes": "enters", "weakly": "barely enters", "no": "does not enter"}[found.cns]
    lines = [f"{found.id}: {found.name}, {found.kind}; {found.dose}, {found.route}; {cns} the CNS"]
    for action in found.actions:
        lines += _action_lines(action)
    for count in found.cells:
        lines += _cell_lines(count)
    return "\n".join([*lines, f"  note      {found.note}"] if found.note else lines)


def listing() -> str:
    """One line a drug, then how to write none and imagined drugs and the processes they may act on."""
    lines = [_line(drug(name)) for name in drugs()]
    lines.append("none: no treatment")
    lines.append(
        "hypothetical:<effect>:<share>: takes the share away, or adds it after '+'; effects: " + ", ".join(EFFECTS)
    )
    return "\n".join(lines)


def as_dict(name: str) -> dict[str, object]:
    """The drug as plain data: its columns, dosing and kinetics in years, its actions. Raises UnknownName."""
    found: dict[str, object] = asdict(drug(name))
    return found


def _line(found: Drug) -> str:
    return f"{found.id}: {found.kind}; " + ", ".join(
        f"{action.effect} {action.change:+.0%}" for action in found.actions
    )


def _action_lines(action: Action) -> list[str]:
    where = "inside the CNS" if action.inside else "from the blood"
    lines = [
        f"  {action.direction} {action.effect} by {action.maximum:.1%} of the process, {where}; prior {action.prior}",
        f"    basis   {' '.join([action.basis, *action.evidence])}",
        f"    why     {action.note}",
        f"    pace    {_pace(action)}",
        f"    basis   {' '.join([action.kinetics_basis, *action.kinetics_evidence])}",
        f"    why     {action.kinetics_note}",
    ]
    if action.rebound is not None:
        rebound = action.rebound
        lines += [
            f"    rebound up to {rebound.share:.0%} more than untreated, half-time {_days(rebound.half)} d; "
            f"prior {rebound.prior}",
            f"    why     {rebound.note}",
        ]
    return lines


def _cell_lines(count: CellCount) -> list[str]:
    k = count.kinetics
    return [
        f"  takes {count.name} down to {count.left:.1%} of baseline",
        f"    pace    fall {_days(k.onset_half)} d, {_held(k)}, return {_days(k.offset_half)} d{_slow(k)}",
        f"    basis   {' '.join([count.basis, *count.evidence])}",
        f"    why     {count.note}",
    ]


def _pace(action: Action) -> str:
    k = action.kinetics
    held = f"as long as {action.driver} are missing" if action.driver else _held(k)
    return f"lag {_days(k.lag)} d, rise {_days(k.onset_half)} d, {held}, fall {_days(k.offset_half)} d{_slow(k)}"


def _days(years: float) -> str:
    return f"{years * DAYS_PER_YEAR:.4g}"


def _held(k: Kinetics) -> str:
    return f"held {_days(k.hold)} d after a dose (log sd {k.hold_spread:g})"


def _slow(k: Kinetics) -> str:
    return f", {k.slow_share:.0%} of it {_days(k.slow_half)} d" if k.slow_share else ""
