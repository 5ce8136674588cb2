"""Turns plain functions into one compiled module: one flat file in single precision.

One file, because the compiler's cache sees edits only in the file it compiles; the file is named by a hash of its text,
so that it can never be stale. Equations stay ordinary Python; nothing here knows what they mean.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import inspect
import os
import sys
import tempfile
import textwrap
import threading
from collections.abc import Callable, Iterable
from types import ModuleType

from smoulder.compiled import cache_folder

__all__ = ["build", "single_precision"]

_BUILDING = threading.Lock()

_HEADER = '''"""Written by smoulder.engine.compile; do not edit."""
import numpy as np
from smoulder.compiled import njit, njit_apart, njit_lent
from smoulder.engine.single import F, HALF, LOG_TWO, ONE, TWO, ZERO, square
'''


def _call(name: str, argument: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), [argument], [])


class _Cast(ast.NodeTransformer):
    """Numbers become single precision, ``x ** (1 / 2)`` a square root, ``2 ** x`` and ``x ** y`` the lanes' exponential
    and logarithm.

    ``x / p.name`` becomes ``x * (ONE / p.name)``: a parameter is the same for all lanes, so its inverse is taken once,
    not in the loop.
    """

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        of_a_parameter = isinstance(node.right, ast.Attribute) and ast.unparse(node.right).startswith("p.")
        if isinstance(node.op, ast.Div) and of_a_parameter:
            inverse = ast.BinOp(ast.Name("ONE", ast.Load()), ast.Div(), node.right)
            return ast.BinOp(self.visit(node.left), ast.Mult(), inverse)
        if isinstance(node.op, ast.Pow) and ast.unparse(node.right) == "2":
            return _call("square", self.visit(node.left))
        if isinstance(node.op, ast.Pow) and ast.unparse(node.right) == "1 / 2":
            return ast.Call(ast.Attribute(ast.Name("np", ast.Load()), "sqrt", ast.Load()), [self.visit(node.left)], [])
        if isinstance(node.op, ast.Pow):
            two = isinstance(node.left, ast.Constant) and node.left.value == 2
            log = ast.Name("LOG_TWO", ast.Load()) if two else _call("logarithm", self.visit(node.left))
            return _call("exponential", ast.BinOp(log, ast.Mult(), self.visit(node.right)))
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
            return ast.Call(ast.Name("F", ast.Load()), [node], [])
        return node


def single_precision(function: Callable) -> str:
    """Source of ``function`` without docstring, numbers cast to float32, decorated for the compiler."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    if isinstance(definition.body[0], ast.Expr) and isinstance(definition.body[0].value, ast.Constant):
        definition.body = definition.body[1:]
    definition.decorator_list = []
    return "@njit\n" + ast.unparse(ast.fix_missing_locations(_Cast().visit(tree))) + "\n"


def build(name: str, imports: Iterable[str], parts: Iterable[str]) -> ModuleType:
    """One module from import lines and pieces of source, written once under its own hash and imported; threads that ask
    for it together get it whole.
    """
    with _BUILDING:
        return _built(name, imports, parts)


def _built(name: str, imports: Iterable[str], parts: Iterable[str]) -> ModuleType:
    text = "\n".join([_HEADER, *imports, "", *parts])
    full = f"smoulder_{name}_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    if full in sys.modules:
        return sys.modules[full]
    path = cache_folder() / "generated" / f"{full}.py"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".py")
        with os.fdopen(handle, "w") as file:
            file.write(text)
        os.replace(temporary, path)
    spec = importlib.util.spec_from_file_location(full, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[full] = module
    return module
