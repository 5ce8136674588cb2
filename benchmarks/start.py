"""From the start of Python to the first life, with nothing compiled and with everything compiled before."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

__all__ = ["start"]

_CODE = "from smoulder import life, people; life.run(people.draw(1), years=1, every=1.0)"


def start(quick: bool) -> dict[str, Any]:
    """Seconds of a first run with an empty cache of compiled code, and the median of those that follow."""
    with tempfile.TemporaryDirectory(prefix="smoulder-start-") as folder:
        cold, *cached = (_once(folder) for _ in range(3 if quick else 6))
    return {"start_cold_s": round(cold, 2), "start_cached_s": round(statistics.median(cached), 2)}


def _once(cache: str) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", _CODE], check=True, env={**os.environ, "XDG_CACHE_HOME": cache})
    return time.perf_counter() - begin
