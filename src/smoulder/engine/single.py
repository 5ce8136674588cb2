"""Numbers and the square in single precision, as every compiled module has them at its head."""

from __future__ import annotations

import numpy as np

from smoulder.compiled import njit

__all__ = ["HALF", "LOG_TWO", "ONE", "TWO", "ZERO", "F", "square"]

F = np.float32
ZERO, HALF, ONE, TWO, LOG_TWO = F(0), F(0.5), F(1), F(2), F(0.6931472)


@njit
def square(x):
    """``x * x``."""
    return x * x
