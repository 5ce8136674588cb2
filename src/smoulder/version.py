"""Versions of the code and of the model. A result quotes both."""

from __future__ import annotations

__all__ = ["MODEL_VERSION", "__version__"]

#: Version of the code (semantic versioning).
__version__ = "0.3.0"

#: Version of the model: moves whenever a default output moves.
MODEL_VERSION = 2
