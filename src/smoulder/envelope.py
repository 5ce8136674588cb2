"""The form that every JSON of the project has: what it is, which versions and which seed it comes from, and the data.

>>> sealed = wrap("trial", {"replicates": 200}, seed=7)
>>> list(sealed)
['kind', 'version', 'model', 'seed', 'generated_by', 'data']

``smoulder/schemas`` holds a JSON Schema for each kind. A figure's specification is the one exception in shape: a
program that draws it expects the specification itself, so the envelope stands inside, under ``usermeta``, without data.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from smoulder.version import MODEL_VERSION, __version__

__all__ = ["KINDS", "mark_specification", "text_of", "unwrap", "wrap"]

#: Every kind of JSON that the project writes or prints.
KINDS = (
    "definition", "demonstration", "design", "document", "evidence", "figure", "hidden", "known_truth", "multiverse",
    "outcome", "parameters", "rule", "score", "study", "treatments", "trial", "trials",
)


def wrap(kind: str, data: Any, seed: int | None = None) -> dict[str, Any]:
    """The data in their envelope. ``seed`` is that of the simulation, None where nothing was drawn.

    Numbers that do not exist (not finite) become None and tuples become lists. Raises ValueError for a kind that is not
    one of ``KINDS``.
    """
    if kind not in KINDS:
        raise ValueError(f"No kind of JSON is called '{kind}'.")
    return {
        "kind": kind,
        "version": __version__,
        "model": MODEL_VERSION,
        "seed": seed,
        "generated_by": f"smoulder {__version__}",
        "data": _plain(data),
    }


def unwrap(value: Any) -> Any:
    """The data of an envelope; anything else as it is, such as a file of a version that wrote none."""
    return value["data"] if isinstance(value, dict) and {"kind", "generated_by", "data"} <= set(value) else value


def mark_specification(specification: Mapping[str, Any]) -> dict[str, Any]:
    """A figure's specification with the envelope under ``usermeta``, which programs that draw it pass over."""
    about = wrap("figure", None)
    del about["data"]
    return {**_plain(dict(specification)), "usermeta": about}


def text_of(value: Any) -> str:
    """JSON as it stands in a file, with a last newline."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
