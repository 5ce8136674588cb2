"""Prints the page of maths and the table of parameters as documents, from the equations and the table themselves.

``python -m smoulder.maths --out docs`` writes ``maths.md`` and ``parameters.md`` and fills the generated parts of
``odd.md``. Nothing here is a second copy of an equation: each function of ``biology`` is called with symbols and what
it returns is printed. Needs SymPy (the extra ``docs``).
"""

from __future__ import annotations

from smoulder.maths.equations import Equation, System, helpers, systems
from smoulder.maths.pages import GENERATED, fill, maths_page, parameters_page, write

__all__ = ["GENERATED", "Equation", "System", "fill", "helpers", "maths_page", "parameters_page", "systems", "write"]
