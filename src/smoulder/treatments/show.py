"""A drug in words for a person (``describe``, ``listing``) and in plain data for a program (``as_dict``)."""

from __future__ import annotations

from dataclasses import asdict

from smoulder.parameters.units import DAYS_PER_YEAR
from smoulder.treatments.drugs import EFFECTS, Action, Drug, drug, drugs

__all__ = ["as_dict", "describe", "listing"]


def describe(name: str) -> str:
    """Several lines on a drug: dose, what it does to which process, how sure, how fast, and why. Raises UnknownName."""
    found = drug(name)
    cns = "enters" if found.cns else "does not enter"
    lines = [f"{found.id}: {found.name}, {found.kind}; {found.dose}, {found.route}; {cns} the CNS"]
    for action in found.actions:
        lines += _action_lines(action)
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
    k = action.kinetics
    days = {
        name: f"{getattr(k, name) * DAYS_PER_YEAR:.4g}"
        for name in ("lag", "onset_half", "hold", "offset_half", "slow_half")
    }
    pace = (
        f"lag {days['lag']} d, rise {days['onset_half']} d, "
        f"held {days['hold']} d after a dose (log sd {k.hold_spread:g}), fall {days['offset_half']} d"
    )
    if k.slow_share:
        pace += f", {k.slow_share:.0%} of it {days['slow_half']} d"
    return [
        f"  {action.direction} {action.effect} by {action.maximum:.1%} of the process; prior {action.prior}",
        f"    basis   {' '.join([action.basis, *action.evidence])}",
        f"    why     {action.note}",
        f"    pace    {pace}",
        f"    basis   {' '.join([action.kinetics_basis, *action.kinetics_evidence])}",
        f"    why     {action.kinetics_note}",
    ]
