"""Results as a page to read and numbers to check: the demonstration.

>>> done = smoulder.reports.demo(out=Path("out/demo"), people=20_000, seed=0, threads=2)
>>> print("\\n".join(done.summary))
"""

from __future__ import annotations

from .demonstration import PEOPLE, Demo, demo
from .numbers import score_json

__all__ = ["PEOPLE", "Demo", "demo", "score_json"]
