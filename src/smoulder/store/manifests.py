"""The manifest: what a study was made from, and which of its shards are done."""

from __future__ import annotations

import hashlib
import json
import platform
import shlex
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from smoulder.envelope import text_of, unwrap, wrap
from smoulder.errors import StudyError
from smoulder.store.files import explained, replace_text
from smoulder.version import MODEL_VERSION, __version__

__all__ = ["differences", "draft", "manifest", "save"]

NAME = "manifest.json"
FORMAT = 1
#: Packages whose version may move a bit of the output.
PACKAGES = ("llvmlite", "numba", "numpy", "pyarrow", "scipy")
#: Parts that must be the same for a study to go on.
BINDING = ("format", "code", "model", "sources", "digests", "packages", "settings", "of")
_ABOUT = {
    "sources": "the sources of the package", "of": "the number of shards", "code": "the version of the code",
    "model": "the version of the model",
}
_SHOWN = 16  # of a digest's 64 digits


def draft(settings: Mapping[str, Any], digests: Mapping[str, str], shards: int) -> dict[str, Any]:
    """The manifest of a study of ``shards`` shards of which none is done.

    ``settings`` is whatever decides the content (seed, people, plan ...), plain data; ``digests`` are added to those of
    the shipped tables. Nothing that changes from run to run is in it but the command and the machine.
    """
    about = {
        "format": FORMAT,
        "code": __version__,
        "model": MODEL_VERSION,
        "sources": _sources(),
        "digests": {**_shipped(), **digests},
        "settings": dict(settings),
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "platform": {"python": platform.python_version(), "system": platform.platform(), "machine": platform.machine()},
        "packages": {name: version(name) for name in PACKAGES},
        "of": shards,
        "shards": [],
    }
    plain: dict[str, Any] = json.loads(json.dumps(about))
    return plain


@cache
def _sources() -> str:
    """A short hash over every source of the package: whatever is changed in it, a study is not continued with it."""
    root = Path(str(files("smoulder")))
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:_SHOWN]


def _shipped() -> dict[str, str]:
    """Digests of the tables of treatments and evidence, by the bytes of their files."""
    found = {}
    for name in ("treatments", "evidence"):
        digest = hashlib.sha256()
        tables = [file for file in files("smoulder").joinpath(name).iterdir() if file.name.endswith(".csv")]
        for table in sorted(tables, key=lambda file: file.name):
            digest.update(table.name.encode() + b"\0" + table.read_bytes())
        found[name] = digest.hexdigest()
    return found


def manifest(folder: Path | str) -> dict[str, Any]:
    """The manifest of the study in ``folder``. Raises StudyError where there is none, or none that can be read."""
    path = Path(folder) / NAME
    with explained(f"There is no study in '{folder}' that can be read"):
        if not path.is_file():
            raise StudyError(f"There is no study in '{folder}': it holds no {NAME}.")
        text = path.read_text(encoding="utf-8", errors="replace")
    try:
        found = unwrap(json.loads(text))
        if found["format"] != FORMAT or not {*BINDING, "shards"} <= set(found):
            raise StudyError(f"'{path}' is of format {found['format']}; this version reads format {FORMAT}.")
    except (ValueError, KeyError, TypeError) as error:
        raise StudyError(f"'{path}' is damaged or of another origin: it is no manifest of a study.") from error
    return dict(found)


def save(folder: Path, content: Mapping[str, Any]) -> None:
    """Put ``content`` in place of the manifest of ``folder``. Raises OSError."""
    replace_text(folder / NAME, text_of(wrap("study", dict(content), content["settings"].get("seed"))))


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What forbids that a study begun with manifest ``before`` goes on with ``now``: one phrase each."""
    old, new = ({k: v for part in BINDING for k, v in _flat(part, m[part]).items()} for m in (before, now))
    return [
        f"{_called(key)} was {_shown(old.get(key))} and is now {_shown(new.get(key))}"
        for key in {**old, **new}
        if old.get(key) != new.get(key)
    ]


def _flat(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {name: value}
    return {key: inner for part, below in value.items() for key, inner in _flat(f"{name}.{part}", below).items()}


def _called(key: str) -> str:
    part, _, name = key.partition(".")
    if part == "digests":
        return f"the table of {name}"
    return name if part in ("settings", "packages") else _ABOUT.get(key, key)


def _shown(value: Any) -> str:
    if isinstance(value, str) and len(value) == hashlib.sha256().digest_size * 2:
        return value[:_SHOWN]
    return "absent" if value is None else str(value)
