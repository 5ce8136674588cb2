"""What a prior cell and a between cell say: doubt about the population's value, and how people differ around it.

``prior``    fixed | normal(mean, sd) | lognormal(median, log_sd) | uniform(low, high) | beta(a, b)
``between``  none | lognormal(log_sd) | normal(sd) | logistic; in place of a number, the id of the row that holds it, so
that a spread can have a prior of its own and be fitted
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from smoulder.errors import InputError

__all__ = ["Prior", "Spread", "parse_between", "parse_prior"]

_PRIOR_ARGUMENTS = {"fixed": 0, "normal": 2, "lognormal": 2, "uniform": 2, "beta": 2}
_BETWEEN_ARGUMENTS = {"none": 0, "lognormal": 1, "normal": 1, "logistic": 0}
_NAMED_SPREAD = re.compile(r"(lognormal|normal)\(([A-Za-z_][A-Za-z0-9_.]*)\)")
_CALL = re.compile(r"([a-z]+)(?:\(([^()]*)\))?")


@dataclass(frozen=True)
class Prior:
    """Our doubt about one population value.

    ``kind`` and its two numbers: fixed (value, 0), normal (mean, sd), lognormal (median, log_sd), uniform (low, high),
    beta (a, b).
    """

    kind: str
    first: float
    second: float

    @property
    def median(self) -> float:
        """The value that half of the mass lies below."""
        return self.quantile(0.5)

    @overload
    def quantile(self, share: float) -> float: ...
    @overload
    def quantile(self, share: NDArray[np.float64]) -> NDArray[np.float64]: ...
    def quantile(self, share: ArrayLike) -> float | NDArray[np.float64]:
        """Value below which ``share`` (0..1, a number or an array) of the mass lies; same shape as ``share``."""
        u = np.asarray(share, dtype=np.float64)
        a, b = self.first, self.second
        if self.kind == "fixed":
            found = np.full_like(u, a)
        elif self.kind == "normal":
            found = a + b * special.ndtri(u)
        elif self.kind == "lognormal":
            found = a * np.exp(b * special.ndtri(u))
        elif self.kind == "uniform":
            found = a + (b - a) * u
        else:
            found = special.betaincinv(a, b, u)
        return float(found) if u.ndim == 0 else np.asarray(found, dtype=np.float64)

    def below(self, value: float) -> float:
        """Share of the mass at or below ``value``, 0..1."""
        a, b = self.first, self.second
        if self.kind == "fixed":
            return float(a <= value)
        if self.kind == "normal":
            return float(special.ndtr((value - a) / b))
        if self.kind == "lognormal":
            return float(special.ndtr(math.log(value / a) / b)) if value > 0 else 0.0
        if self.kind == "uniform":
            return min(1.0, max(0.0, (value - a) / (b - a)))
        return float(special.betainc(a, b, min(1.0, max(0.0, value))))

    def mass_inside(self, lower: float, upper: float) -> float:
        """Share of the mass within [lower, upper], 0..1; a fixed value is wholly inside or wholly outside."""
        if self.kind == "fixed":
            return float(lower <= self.first <= upper)
        return self.below(upper) - self.below(lower)

    @overload
    def sample(self, rng: np.random.Generator) -> float: ...
    @overload
    def sample(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]: ...
    def sample(self, rng: np.random.Generator, size: int | None = None) -> float | NDArray[np.float64]:
        """One draw, or an array of ``size`` draws, by inversion: one uniform number each, whatever the kind."""
        return self.quantile(rng.random()) if size is None else self.quantile(rng.random(size))

    def scaled(self, factor: float) -> Prior:
        """The same doubt in a unit ``factor`` times as fine. Raises InputError for beta, which lives on 0..1."""
        if factor == 1.0:
            return self
        if self.kind == "beta":
            raise InputError("a beta prior needs a unit that is its own base unit, such as proportion")
        second = self.second if self.kind == "lognormal" else self.second * factor
        return Prior(self.kind, self.first * factor, second)

    def __str__(self) -> str:
        return "fixed" if self.kind == "fixed" else f"{self.kind}({self.first:.6g}, {self.second:.6g})"


@dataclass(frozen=True)
class Spread:
    """How people differ around the population value: ``kind`` is none, lognormal, normal or logistic.

    ``sd`` is the standard deviation, on the log scale if lognormal; 0 for none, 1 (the scale) for logistic. Where the
    row ``by`` holds it, ``sd`` is NaN here.
    """

    kind: str
    sd: float
    by: str = ""

    def scaled(self, factor: float) -> Spread:
        """The same spread in a unit ``factor`` times as fine; only a natural sd changes."""
        return Spread(self.kind, self.sd * factor, self.by) if self.kind == "normal" else self

    def __str__(self) -> str:
        if self.by:
            return f"{self.kind}({self.by})"
        return self.kind if self.kind in ("none", "logistic") else f"{self.kind}({self.sd:.6g})"


def parse_prior(text: str, value: float) -> Prior:
    """Prior written as ``text`` for a parameter whose table value is ``value`` (used by ``fixed``).

    Raises InputError, in one line, for an unknown kind, a wrong count of numbers or a spread that is not positive.
    """
    kind, numbers = _parse_call(text, "prior", _PRIOR_ARGUMENTS)
    if kind == "fixed":
        return Prior("fixed", value, 0.0)
    first, second = numbers
    if kind == "uniform" and not first < second:
        raise InputError(f"prior '{text}': the first number must be below the second")
    if (kind != "uniform" and second <= 0) or (kind in ("lognormal", "beta") and first <= 0):
        raise InputError(f"prior '{text}': a spread, a median or a shape that must be positive is not")
    return Prior(kind, first, second)


def parse_between(text: str) -> Spread:
    """Spread between people written as ``text``. Raises InputError, in one line, if it does not read."""
    if named := _NAMED_SPREAD.fullmatch(text.strip()):
        return Spread(named[1], math.nan, named[2])
    kind, numbers = _parse_call(text, "between", _BETWEEN_ARGUMENTS)
    if numbers and numbers[0] <= 0:
        raise InputError(f"between '{text}': the spread must be positive")
    return Spread(kind, numbers[0] if numbers else float(kind == "logistic"))


def _parse_call(text: str, what: str, arguments: dict[str, int]) -> tuple[str, list[float]]:
    match = _CALL.fullmatch(text.strip())
    if match is None or match[1] not in arguments:
        raise InputError(f"{what} '{text}' is not one of {', '.join(arguments)}")
    kind, inside = match[1], match[2]
    try:
        numbers = [float(part) for part in inside.split(",")] if inside is not None else []
    except ValueError:
        raise InputError(f"{what} '{text}': '{inside}' is not a list of numbers") from None
    if len(numbers) != arguments[kind] or not all(math.isfinite(number) for number in numbers):
        raise InputError(f"{what} '{text}': {kind} takes {arguments[kind]} finite numbers")
    return kind, numbers
