"""Tables of a design file as frozen records: every key known, every value of its type, one line where not."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from smoulder.errors import InputError, UnknownName

__all__ = ["known", "record"]


def known(table: Any, allowed: tuple[str, ...], where: str) -> None:
    """Raise InputError unless ``table`` is a table whose keys are all among ``allowed`` (naming the nearest)."""
    if not isinstance(table, dict):
        raise InputError(f"{where}: a table is expected, not {table!r}.")
    for key in table:
        if key not in allowed:
            raise InputError(f"{where}: {UnknownName('key', key, allowed)}")


def record(kind: type[Any], table: Any, where: str) -> Any:
    """An instance of the dataclass ``kind`` from ``table``. Raises InputError, one line, for an unknown or missing key
    and a value of another type.
    """
    hints = get_type_hints(kind)
    known(table, tuple(hints), where)
    for field in fields(kind):
        if field.name not in table and field.default is MISSING and field.default_factory is MISSING:
            raise InputError(f"{where}: '{field.name}' is missing.")
    return kind(**{key: _value(hints[key], value, f"{where}: '{key}'") for key, value in table.items()})


def _value(hint: Any, value: Any, where: str) -> Any:
    """``value`` as ``hint`` says: a number, a text, a tuple of either, a tuple of tuples, a number or a tuple,
    a table.
    """
    if hint in (float, float | None):
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            raise InputError(f"{where} must be a number, not {value!r}.")
        return float(value)
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise InputError(f"{where} must be {', '.join(get_args(hint))}, not {value!r}.")
        return value
    if hint in (int, str, bool):
        if type(value) is not hint:
            wanted = {int: "a whole number", str: "a text", bool: "true or false"}[hint]
            raise InputError(f"{where} must be {wanted}, not {value!r}.")
        return value
    if hint == float | tuple[float, ...]:
        return _value(tuple[float, ...] if isinstance(value, list) else float, value, where)
    inner = get_args(hint)
    if get_origin(hint) is dict:
        if not isinstance(value, dict):
            raise InputError(f"{where} must be a table, not {value!r}.")
        return {key: _value(inner[1], one, f"{where}: '{key}'") for key, one in value.items()}
    if not isinstance(value, list):
        raise InputError(f"{where} must be a list, not {value!r}.")
    if inner[-1] is not ... and len(value) != len(inner):
        raise InputError(f"{where} must hold {len(inner)} values, not {len(value)}.")
    return tuple(_value(inner[0], one, where) for one in value)
