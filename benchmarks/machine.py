"""What the figures were measured on, in words that name no one and no day."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

import llvmlite
import numba
import numpy

import smoulder

__all__ = ["describe"]


def describe() -> dict[str, str | int | float | None]:
    """Processor, cores, memory, versions and how busy the machine is now."""
    return {
        "processor": _line("/proc/cpuinfo", r"model name\s*:\s*(.*)") or platform.processor() or platform.machine(),
        "vectors": _line("/proc/cpuinfo", r"flags.*\b(avx512f)\b") or _line("/proc/cpuinfo", r"flags.*\b(avx2)\b"),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_mb": int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "numba": numba.__version__,
        "llvmlite": llvmlite.__version__,
        "gcc": _compiler(),
        "smoulder": smoulder.__version__,
        "load_average_1_min": round(os.getloadavg()[0], 2),
    }


def _line(path: str, pattern: str) -> str | None:
    file = Path(path)
    found = re.search(pattern, file.read_text()) if file.exists() else None
    return found[1].strip() if found else None


def _compiler() -> str | None:
    if shutil.which("gcc") is None:
        return None
    return subprocess.run(["gcc", "-dumpfullversion"], capture_output=True, text=True, check=True).stdout.strip()
