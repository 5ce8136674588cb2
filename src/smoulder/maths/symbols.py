"""A symbol for every name on the page of maths, and how each is written."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import Any

from smoulder.biology import states
from smoulder.errors import InputError
from smoulder.parameters import Parameters

try:
    import sympy
except ImportError:
    raise InputError("Printing the page of maths needs SymPy: pip install 'smoulder[docs]'.") from None

__all__ = ["LETTERS", "SYSTEMS", "bundle", "comments", "letter", "letters", "sections", "word"]

#: Systems of equations, by the first part of the names of their classes, functions and routes.
SYSTEMS = ("Tissue", "Milieu", "Compartment")

#: Letters of stocks and drives; a constant has the symbol of its row in the table, a multiplier is u with its name.
LETTERS = {
    "Tissue": {"myelinated": "M", "acute": "A", "bare": "D", "repaired": "R"},
    "Milieu": {"debris": "B", "microglia": "G"},
    "Compartment": {"slow": "S"},
    "TissueDrives": {
        "repair": "q",
        "rim": "C",
        "microglia": "G",
        "slow": "S",
        "frailty": r"\phi",
        "supply": r"\eta",
        "ageing": r"\alpha",
        "bare": "D",
        "cortical": r"\chi_c",
    },
    "MilieuDrives": {
        "release": "J",
        "debris": "B",
        "clearance_age": r"\psi",
        "rim": r"\bar{C}",
        "acute": r"\bar{A}",
        "slow": "S",
        "frailty": r"\phi",
    },
    "CompartmentDrives": {"attack": "L", "slow": "S", "tendency": r"\gamma", "ageing": r"\omega"},
}

#: Arguments of single functions that have a letter rather than their name.
ARGUMENTS = {"x": "x", "a": "x", "b": "y", "width": "w", "debris": "B", "microglia": "G", "bare": "D", "rho": r"\rho"}


def word(name: str) -> str:
    """A name as upright LaTeX: ``rim_loss`` becomes ``\\mathrm{rim\\ loss}``."""
    return r"\mathrm{" + name.replace("_", r"\ ") + "}"


def bundle(kind: type) -> Any:
    """A named tuple of ``kind`` filled with one real positive symbol per field, named ``Kind.field``."""
    return kind(*(sympy.Symbol(f"{kind.__name__}.{field}", positive=True) for field in fields(kind)))


def argument(name: str) -> sympy.Symbol:
    """The symbol of a plain argument of a function."""
    return sympy.Symbol(name, positive=True)


def fields(kind: type) -> tuple[str, ...]:
    """Field names of a named tuple class."""
    return tuple(getattr(kind, "_fields"))  # noqa: B009


def letters(parameters: Parameters, arguments: Iterable[str] = ()) -> dict[sympy.Symbol, str]:
    """LaTeX of every symbol: constants as in the table, stocks, drives, multipliers, and the ``arguments`` named."""
    constants = fields(states.Constants)
    found = {sympy.Symbol(f"Constants.{id}", positive=True): parameters.row(id).symbol for id in constants}
    for name in LETTERS:
        kind = getattr(states, name)
        found |= {sympy.Symbol(f"{name}.{field}", positive=True): letter(kind, field) for field in fields(kind)}
    for effect in fields(states.Effects):
        found[sympy.Symbol(f"Effects.{effect}", positive=True)] = multiplier(effect)
    return found | {argument(name): _spelled(name) for name in arguments}


def letter(kind: type, field: str) -> str:
    """LaTeX of a stock or drive: its letter, or its name where it has none yet."""
    return LETTERS[kind.__name__].get(field, word(field))


def multiplier(effect: str) -> str:
    """LaTeX of what treatment leaves of a process."""
    return f"u_{{{word(effect)}}}"


def _spelled(name: str) -> str:
    return multiplier(name.removeprefix("u_")) if name.startswith("u_") else ARGUMENTS.get(name, word(name))


def comments(kind: type) -> dict[str, str]:
    """What the source says beside each field of a named tuple class; empty where it says nothing."""
    lines = re.findall(r"^\s+(\w+): float(?:[ ]+# (.*))?$", inspect.getsource(kind), re.MULTILINE)
    return {field: said.strip() for field, said in lines}


def sections(kind: type) -> dict[str, tuple[str, ...]]:
    """Fields of a named tuple class under the comment lines that divide its source."""
    found: dict[str, list[str]] = {}
    title = ""
    for line in inspect.getsource(kind).splitlines():
        if heading := re.fullmatch(r"\s+# (.*)", line):
            title = heading[1].capitalize()
        elif field := re.fullmatch(r"\s+(\w+): float.*", line):
            found.setdefault(title, []).append(field[1])
    return {title: tuple(names) for title, names in found.items()}
