"""A definition from a TOML file: the fields of the records by their names, on top of a published one if wanted.

::

    name = "PIRA of our protocol"
    source = "protocol 3.1, section 9.2"
    base = "PIRA_MULLER_2023"     # every field that is not given below is taken from there

    [rule.confirmation]
    days = 168
    late = "none"                 # the word for "no limit" or "not at all"

Without ``base`` every field without a default must be given. Scales and thresholds are written by name ("EDSS",
"EDSS_STEP_TO_5_5") or by their fields; several rules (a composite) as ``[[rules]]``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from smoulder.errors import InputError, UnknownName
from smoulder.outcomes.definitions import Definition, named
from smoulder.outcomes.rules import published as rules_published
from smoulder.outcomes.rules import worsening as rules_worsening
from smoulder.outcomes.rules.worsening import ShareThreshold, StepThreshold, WorseningRule

__all__ = ["rule_from_toml"]

_NOTHING = "none"


def rule_from_toml(path: str | Path) -> Definition:
    """The definition written in a TOML file.

    UnknownName, with the nearest, for a key, scale, threshold, point or base that does not exist; InputError for a
    value of the wrong kind, a field that is missing, or a file that cannot be read, each with the file's name.
    """
    file = Path(path)
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file.name} cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file.name} is no TOML: {error}") from error
    base = given.pop("base", None)
    start = None if base is None else named(str(base))
    if "rule" in given:
        if "rules" in given:
            raise InputError(f"{file.name}: rule and rules are both given")
        one = start.rules[0] if start is not None and len(start.rules) == 1 else None
        given["rules"] = [_record(WorseningRule, given.pop("rule"), one, f"{file.name}, rule")]
    made: Definition = _record(Definition, given, start, file.name)
    return made


def _record(kind: Any, given: Any, base: Any, where: str) -> Any:
    """A frozen record from a table: over ``base`` where there is one."""
    if isinstance(given, kind):
        return given
    if not isinstance(given, Mapping):
        raise InputError(f"{where}: a table of {', '.join(f.name for f in fields(kind))} is expected, not '{given}'")
    known = {field.name: field for field in fields(kind)}
    for name in given:
        if name not in known:
            raise UnknownName(f"key of {where}", name, [*known, *(["base", "rule"] if kind is Definition else [])])
    hints = get_type_hints(kind)
    made = {
        name: _value(hints[name], value, getattr(base, name, None), f"{where}, {name}") for name, value in given.items()
    }
    if base is not None:
        return replace(base, **made)
    missing = [name for name, field in known.items() if name not in made and field.default is MISSING]
    if missing:
        raise InputError(f"{where}: {missing[0]} must be given")
    return kind(**made)


def _value(hint: Any, given: Any, base: Any, where: str) -> Any:
    """A value of the kind that a field takes."""
    if get_origin(hint) is Literal:
        if given not in get_args(hint):
            raise UnknownName(f"value of {where}", str(given), [str(one) for one in get_args(hint)])
        return given
    if get_origin(hint) is UnionType or hint is rules_worsening.Threshold:
        return _either(get_args(hint), given, base, where)
    if get_origin(hint) is tuple:
        return _several(get_args(hint), given, where)
    if isinstance(hint, type) and is_dataclass(hint):
        return _record(hint, _by_name(hint, given, where), base if isinstance(base, hint) else None, where)
    if hint is float and isinstance(given, int) and not isinstance(given, bool):
        return float(given)
    if not isinstance(given, hint) or (hint is int and isinstance(given, bool)):
        raise InputError(f"{where}: {hint.__name__} expected, not '{given}'")
    return given


def _either(kinds: tuple[Any, ...], given: Any, base: Any, where: str) -> Any:
    """A value of one of several kinds: nothing, a threshold, or a plain value."""
    if type(None) in kinds:
        if given == _NOTHING:
            return None
        return _value(next(kind for kind in kinds if kind is not type(None)), given, base, where)
    chosen = ShareThreshold if isinstance(given, Mapping) and "share" in given else StepThreshold
    made = _by_name(chosen, given, where)
    return made if isinstance(made, kinds) else _record(chosen, made, base if isinstance(base, chosen) else None, where)


def _several(kinds: tuple[Any, ...], given: Any, where: str) -> tuple[Any, ...]:
    """A tuple: of any length of one kind, or of so many values."""
    if not isinstance(given, list):
        raise InputError(f"{where}: a list is expected, not '{given}'")
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(given)
    if len(kinds) != len(given):
        raise InputError(f"{where}: {len(kinds)} values are expected, not {len(given)}")
    return tuple(_value(kind, one, None, where) for kind, one in zip(kinds, given, strict=True))


def _by_name(kind: Any, given: Any, where: str) -> Any:
    """The published record of that name, where a name is given."""
    if not isinstance(given, str):
        return given
    families = (ShareThreshold, StepThreshold) if kind in (ShareThreshold, StepThreshold) else (kind,)
    there = {
        name: getattr(module, name)
        for module in (rules_worsening, rules_published)
        for name in module.__all__
        if isinstance(getattr(module, name), families)
    }
    if given not in there:
        raise UnknownName(f"name in {where}", given, there)
    return there[given]
