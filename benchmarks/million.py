"""A million lives streamed to Parquet with yearly output, in a process of its own: how long, and how much memory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

__all__ = ["streamed"]

_PEOPLE, _YEARS, _THREADS = 1_000_000, 40, 2
_BYTES_EACH = 10_000  # on disk, a person's yearly rows over 40 years: a little more than measured
_CODE = "import sys; from smoulder import cohorts; n, years, threads, out = sys.argv[1:]; " \
    "cohorts.simulate(int(n), float(years), out=out, every=1.0, threads=int(threads))"


def streamed(out: Path, quick: bool) -> dict[str, Any]:
    """Seconds (compiled before), peak memory and size; ``quick`` lives a tenth and multiplies the seconds by ten."""
    n = _PEOPLE // 10 if quick else _PEOPLE
    if (free := shutil.disk_usage(out).free) < n * _BYTES_EACH:
        return {"million_lives_s": None, "million_lives_reason": f"only {free / 1e9:.1f} GB are free on disk"}
    with tempfile.TemporaryDirectory(dir=out, prefix="million-") as folder:
        wall, cpu, memory = _apart([sys.executable, "-c", _CODE, str(n), str(_YEARS), str(_THREADS), f"{folder}/study"])
        size = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
    times = _PEOPLE / n
    return {
        "million_lives_s": round(wall * times, 1),
        "million_lives_cpu_s": round(cpu * times, 1),
        "million_lives_peak_memory_mb": round(memory),
        "million_lives_disk_gb": round(size * times / 1e9, 2),
        "million_lives_scaled_from_people": n,
        "million_lives_person_years_per_second": round(n * _YEARS / wall),
    }


def _apart(command: list[str]) -> tuple[float, float, float]:
    """Run a command; returns seconds on the wall, of the processor, and the most memory it ever held, MB."""
    begin = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    if status:
        raise RuntimeError("the million lives ended early: see what the run said above")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
