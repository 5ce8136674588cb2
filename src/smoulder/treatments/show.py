"""A drug in words for a person (``describe``, ``listing``) and in plain data for a program (``as_dict``)."""

from __future__ import annotations

from dataclasses import asdict

from smoulder.parameters.units import DAYS_PER_YEAR
from smoulder.treatments.actions import EFFECTS, Action, Drug
from smoulder.treatments.catalogue import drug, drugs
from smoulder.treatments.kinetics import CellCount, Kinetics

__all__ = ["as_dict", "describe", "listing"]


def describe(name: str) -> str:
    """A drug in sentences: dose, what it does to which process, how sure, how fast, and why. Raises UnknownName."""
    found = drug(name)
    cns = {"yes": "enters", "weakly": "barely enters", "no": "does not enter"}[found.cns]
    lines = [f"{found.id}: {found.name}, {found.kind}; {found.dose}, {found.route}; {cns} the central nervous system"]
    for action in found.actions:
        lines += _action_lines(action)
    for count in found.cells:
        lines += _cell_lines(count)
    return "\n".join([*lines, f"  note: {found.note}"] if found.note else lines)


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
    lines = [
        f"  {_what(action)} {_pace(action)}",
        f"    strength: {' '.join([action.basis, *action.evidence])}; prior {action.prior}",
        f"      {action.note}",
        f"    timing: {' '.join([action.kinetics_basis, *action.kinetics_evidence])}",
        f"      {action.kinetics_note}",
    ]
    if action.rebound is not None:
        rebound = action.rebound
        lines += [
            f"    after stopping: up to {rebound.share:.0%} more than untreated, half-time {_days(rebound.half)}; "
            f"prior {rebound.prior}",
            f"      {rebound.note}",
        ]
    return lines


def _what(action: Action) -> str:
    """A sentence: which process, by how much, and where."""
    share, words = f"{action.maximum:.1%}", f"{_PROCESSES[action.effect]} ({action.effect})"
    where = "inside the central nervous system" if action.inside else "in the blood"
    change = f"Prevents {share} of {words}" if action.direction == "reduces" else f"Raises {words} by {share}"
    return f"{change} by acting {where}."


def _pace(action: Action) -> str:
    """A sentence: when it begins, how long it lasts, how it ends."""
    k = action.kinetics
    begin = f"starts after {_days(k.lag)} and builds up" if k.lag else "builds up"
    rise = f"{begin} with a half-time of {_days(k.onset_half)}" if k.onset_half else "works at once"
    if k.lag and not k.onset_half:
        rise = f"starts after {_days(k.lag)}"
    held = f"lasts while {_cells(action.driver)} are depleted" if action.driver else _held(k)
    return f"{rise[0].upper()}{rise[1:]}, {held}, {_end(k)}."


def _cell_lines(count: CellCount) -> list[str]:
    k = count.kinetics
    fall = f"Falls with a half-time of {_days(k.onset_half)}" if k.onset_half else "Falls at once"
    return [
        f"  Takes {_cells(count.name)} down to {count.left:.1%} of baseline. {fall}, {_held(k)}, "
        f"{_end(k, 'returns')}.",
        f"    basis: {' '.join([count.basis, *count.evidence])} (cells {count.name})",
        f"      {count.note}",
    ]


def _cells(name: str) -> str:
    """A kind of cell as the subject of a sentence."""
    return name.replace("_", " ") + ("" if name.endswith("s") else " cells")


def _days(years: float) -> str:
    number = f"{years * DAYS_PER_YEAR:.4g}"
    return f"{number} day" if number == "1" else f"{number} days"


def _held(k: Kinetics) -> str:
    if not k.hold:
        return "is not held after a dose"
    spread = f" (log-scale spread {k.hold_spread:g})" if k.hold_spread else ""
    return f"holds for {_days(k.hold)} after a dose{spread}"


def _end(k: Kinetics, verb: str = "fades") -> str:
    end = f"then {verb} with a half-time of {_days(k.offset_half)}" if k.offset_half else f"then {verb} at once"
    return end + (f", {k.slow_share:.0%} of it with one of {_days(k.slow_half)}" if k.slow_share else "")


#: What each process that a drug may change is, in words.
_PROCESSES = {
    "attack": "new lesions",
    "trafficking": "the entry of immune cells that cause lesions",
    "expression": "attacks from new lesions",
    "transection": "the cutting of fibres by new lesions",
    "remyelination": "remyelination",
    "rim_birth": "the birth of rims around new lesions",
    "rim_fading": "the fading of rims",
    "rim_expansion": "the loss of myelin in rims",
    "rim_loss": "the loss of fibres in rims",
    "diffuse_demyelination": "the loss of myelin by microglia",
    "diffuse_loss": "the loss of fibres by microglia",
    "bare_loss": "the loss of bare fibres",
    "ageing_loss": "the loss of fibres by ageing",
    "neuron_loss": "the loss of cortical neurons",
    "debris_clearance": "the clearance of debris",
    "activation": "the activation of microglia",
    "resolution": "the calming of microglia",
    "seeding": "the seeding of compartmentalised inflammation",
    "maintenance": "the upkeep of compartmentalised inflammation",
    "energy_supply": "the energy supply of fibres",
    "conduction": "the conduction of bare fibres",
}
