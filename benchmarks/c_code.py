"""The tissue's step as C: the very functions that the engine compiles, run on SymPy's symbols and printed.

SymPy keeps every operation as it was done (``evaluate(False)``) and finds what is shared. By hand are only the lanes'
exponential, the smaller and the larger of two numbers, and the loop that replays lesions.
"""

from __future__ import annotations

import ctypes
import inspect
import itertools
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import sympy
from sympy.codegen.ast import float32, real

from benchmarks.job import Setting, state
from benchmarks.page import functions
from smoulder import anatomy
from smoulder.biology import states
from smoulder.life.rows import PERSON

__all__ = ["FAST", "STRICT", "compiled", "source"]

_COMMON = ("-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math")
#: No flag changes a finite number: every operation rounds as it is written.
STRICT = (*_COMMON, "-ffp-contract=off", "-ffinite-math-only", "-fno-signed-zeros")
FAST = (*_COMMON, "-ffast-math")

#: Functions of the C text that no equation gives, and what the page calls them.
_BY_HAND = {"exponential": "exponential", "least": "min", "greatest": "max"}
_HEAD = """
#include <math.h>
#include <string.h>
static inline float least(float a, float b) { return a < b ? a : b; }
static inline float greatest(float a, float b) { return a > b ? a : b; }
static inline float exponential(float x) {
    x = least(greatest(x, -87.0F), 88.0F);
    float n = rintf(x * 1.44269504F);
    float r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
    float y = 0.041666667F + r * (0.0083333333F + r * 0.0013888889F);
    y = 1.0F + r * (1.0F + r * (0.5F + r * (0.16666667F + r * y)));
    int bits = ((int)n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return y * power;
}
"""
_REPLAY = """
void replay(int steps, int hold, int n, float half_step, const float *fates, int rows, const float *slows,
            const int *until, const int *cells, const int *regions, const int *at, const float *shares, const int *rims,
            const float *weight, float cut, const float *u, float *scratch, float *person, float *milieu, float *tissue,
            float *pooled, float *causes, const float *k) {
    int i = 0;
    for (int now = 0; now < steps; now++) {
        const float *fate = fates + (long)(now / hold) * rows * n;
        memcpy(person + SLOW * n, slows + (long)(now / hold) * n, n * sizeof(float));
        for (; i < until[now]; i++) {
            int c = cells[i], j = at[i];
            float *m = tissue + c * n + j, *a = m + CELLS * n, *b = a + CELLS * n, *r = b + CELLS * n;
            float *rim = r + rims[i] * CELLS * n;
            float from_m, from_r, from_b, gone;
            hit(shares[i], cut, *m, *b, *r, &from_m, &from_r, &from_b, &gone);
            *m -= from_m; *r -= from_r; *b -= from_b;
            *a += from_m + from_r + from_b - gone;
            causes[j] += gone;
            milieu[regions[i] * n + j] += weight[c] * (from_m + from_r);
            if (rims[i]) *rim = least(*rim + shares[i], 1.0F);
        }
        advance_tissue(n, half_step, u, scratch, person, fate, milieu, tissue, pooled, causes, k);
    }
}
"""


def _symbol(name: str) -> sympy.Symbol:
    return sympy.Symbol(name, real=True)


def _c(expression: sympy.Basic) -> str:
    known = {name: name for name in _BY_HAND}
    return sympy.ccode(expression, standard="C99", type_aliases={real: float32}, user_functions=known)


class _Row:
    """An array met by a loop over one lane: reading gives a symbol, writing is remembered."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.now: dict[str, sympy.Basic] = {}

    def _at(self, key: Any) -> str:
        return f"{self.name}[{key[0]} * n + j]" if isinstance(key, tuple) else f"{self.name}[j]"

    def __getitem__(self, key: Any) -> sympy.Basic:
        return self.now.get(self._at(key), _symbol(self._at(key)))

    def __setitem__(self, key: Any, value: Any) -> None:
        self.now[self._at(key)] = sympy.sympify(value)


class _Place:
    """An array of rows: an index gives a pointer to a row."""

    def __init__(self, name: str, shape: tuple[int, ...]) -> None:
        self.name, self.shape = name, shape

    def __getitem__(self, key: Any) -> str:
        index = key if isinstance(key, tuple) else (key,)
        return f"{self.name} + {int(np.ravel_multi_index(index, self.shape))} * n"


def _constants() -> states.Constants:
    return states.Constants(*(_symbol(f"k[{i}]") for i in range(len(states.Constants._fields))))


def _loop(function: Callable[..., None], given: tuple[Any, ...]) -> str:
    """A loop over lanes as a C function; which arguments are rows is seen from a call, ``given``."""
    rows: dict[str, _Row] = {}
    arguments: list[Any] = []
    for name, value in zip(inspect.signature(function).parameters, given, strict=True):
        if name in ("n", "k"):
            arguments.append(1 if name == "n" else _constants())
        else:
            row = isinstance(value, (str, _Place))
            arguments.append(rows.setdefault(name, _Row(name)) if row else _symbol(name))
    with sympy.evaluate(False):
        function(*arguments)
        written = {place: value for row in rows.values() for place, value in row.now.items()}
        shared, results = sympy.cse(list(written.values()), symbols=(_symbol(f"t{i}") for i in itertools.count()))
    head = ", ".join(_declared(name, rows) for name in inspect.signature(function).parameters)
    lines = [f"const float {name} = {_c(value)};" for name, value in shared]
    lines += [f"const float new{i} = {_c(value)};" for i, value in enumerate(results)]
    lines += [f"{place} = new{i};" for i, place in enumerate(written)]
    body = "\n        ".join(lines)
    return (
        f"static __attribute__((noinline)) void {function.__name__}({head}) {{\n"
        f"    for (int j = 0; j < n; j++) {{\n        {body}\n    }}\n}}\n"
    )


def _declared(name: str, rows: dict[str, _Row]) -> str:
    if name == "n":
        return "int n"
    if name == "k" or name in rows:
        return f"{'' if name in rows and rows[name].now else 'const '}float *restrict {name}"
    return f"float {name}"


def _hit(page: dict[str, Any]) -> str:
    s = states.Tissue(*(_symbol(name) for name in states.Tissue._fields))
    results = page["hit"](_symbol("share"), _symbol("transected"), s)
    names = ("from_myelinated", "from_repaired", "from_bare", "cut")
    body = " ".join(f"*{name} = {_c(value)};" for name, value in zip(names, results, strict=True))
    return (
        "static inline void hit(float share, float transected, float myelinated, float bare, float repaired, "
        f"{', '.join(f'float *{name}' for name in names)}) {{ {body} }}\n"
    )


def source(fixed: Setting) -> str:
    """The whole C text."""
    page = functions(
        F=sympy.sympify, np=SimpleNamespace(sqrt=sympy.sqrt), ZERO=sympy.S.Zero, HALF=sympy.S.Half, ONE=sympy.S.One,
        TWO=sympy.Integer(2), FLOOR=sympy.Float("1e-15"),
        **{name: sympy.Function(known, real=True) for known, name in _BY_HAND.items()},
    )
    loops: dict[str, str] = {}
    calls: list[str] = []

    def recorder(function: Callable[..., None]) -> Callable[..., None]:
        def record(*given: Any) -> None:
            if function.__name__ not in loops:
                loops[function.__name__] = _loop(function, given)
            calls.append(f"{function.__name__}({', '.join(_passed(value) for value in given)});")

        return record

    names = ("fading", "fade", "drain", "advance_milieu", "advance_cell")
    page |= {name: recorder(page[name]) for name in names}
    kept, room = state(1)
    life = type(kept)(*(_Place(name, array.shape[:-1]) for name, array in kept._asdict().items()))
    work = type(room)(*(_Place(name, array.shape[:-1]) for name, array in room._asdict().items()))
    page["advance_tissue"](_symbol("n"), _symbol("half_step"), fixed.fixed, life, work, _constants())
    order = ("u", "scratch", "person", "factors", "milieu", "tissue", "pooled", "causes")
    head = ", ".join(f"{'const ' if name in ('u', 'factors') else ''}float *{name}" for name in order)
    body = "\n    ".join(calls)
    whole = f"static void advance_tissue(int n, float half_step, {head}, const float *k) {{\n    {body}\n}}\n"
    defined = f"#define CELLS {len(anatomy.CELLS)}\n#define SLOW {PERSON.slow}"
    return "\n".join([_HEAD, defined, *loops.values(), whole, _hit(page), _REPLAY])


def _passed(value: Any) -> str:
    if isinstance(value, _Place):
        return value.name
    if isinstance(value, states.Constants):
        return "k"
    if isinstance(value, np.floating):
        return f"{float(value)!r}F"
    return value if isinstance(value, str) else _c(value)


def compiled(fixed: Setting, flags: tuple[str, ...]) -> Callable[..., None]:
    """``replay`` of the C text, compiled by gcc. Raises OSError where gcc is absent or fails."""
    compiler = shutil.which("gcc")
    if compiler is None:
        raise OSError("gcc is not installed")
    folder = Path(tempfile.mkdtemp(prefix="smoulder-c-"))
    (folder / "tissue.c").write_text(source(fixed))
    # Linked without the flags: fast maths at linking adds code that flushes small numbers in the whole process.
    compile_only = [compiler, *flags, "-fPIC", "-std=gnu11", "-c", "-o", "tissue.o", "tissue.c"]
    for command in (compile_only, [compiler, "-shared", "-o", "tissue.so", "tissue.o", "-lm"]):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise OSError(f"gcc failed: {done.stderr.strip().splitlines()[-1]}")
    replay = ctypes.CDLL(str(folder / "tissue.so")).replay
    shutil.rmtree(folder)
    replay.restype = None

    def call(*given: Any) -> None:
        replay(*(_typed(value) for value in given))

    return call


def _typed(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return ctypes.c_void_p(value.ctypes.data)
    return ctypes.c_float(float(value)) if isinstance(value, np.floating) else ctypes.c_int(value)
