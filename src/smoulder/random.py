"""A draw is a function of (seed, person, purpose, moment) and of nothing else.

The generator is Threefry-4x32 with 20 rounds (Salmon et al., SC11, doi 10.1145/2063384.2063405), checked in the tests
against the published answers of its authors. No state is kept anywhere: the same question gets the same answer on any
number of threads, for any subset or order of people, and whatever else has been drawn. Two twins who differ by a drug
therefore share every draw.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from smoulder.compiled import njit

__all__ = ["OWN", "PURPOSES", "normal", "threefry", "uniform", "words"]

#: What a draw is for. A number is never reused, so adding a purpose disturbs nothing that exists.
PURPOSES: dict[str, int] = {
    "traits": 1,
    "regions": 2,
    "offsets": 3,
    "start_age": 4,
    "death": 5,
    "activity": 6,
    "lesion": 7,
    "crossing": 8,
    "rating": 9,
    "second_rating": 10,
    "reporting": 11,
    "scan": 12,
    "detection": 13,
    "bootstrap": 14,
    "visit": 15,
    "covariates": 16,
    "walking": 17,
    "hands": 18,
    "cognition": 19,
    "blood": 20,
    "eyes": 21,
    "unlesioned": 25,
    "screening": 26,
    "allocation": 27,
    "dropout": 28,
    "missing": 29,
    "accrual": 30,
    "strength": 31,
    "history": 32,
}
#: Purposes from this number on are declared by the instruments of ``clinic``, one number a record, never reused.
OWN = 1000


@njit(forceinline=True)
def rotate(x, n):
    """``x`` (uint32) rotated left by ``n`` bits."""
    return (x << np.uint32(n)) | (x >> np.uint32(32 - n))


@njit(forceinline=True)
def mix(a, b, n):
    """One half-round of Threefry: add, rotate, exclusive or."""
    a = np.uint32(a + b)
    return a, np.uint32(rotate(b, n) ^ a)


@njit(forceinline=True)
def eight_rounds(x0, x1, x2, x3, half):
    """Four rounds; ``half`` 0 or 1 chooses which half of the eight rotation pairs is used."""
    if half == 0:
        x0, x1 = mix(x0, x1, 10)
        x2, x3 = mix(x2, x3, 26)
        x0, x3 = mix(x0, x3, 11)
        x2, x1 = mix(x2, x1, 21)
        x0, x1 = mix(x0, x1, 13)
        x2, x3 = mix(x2, x3, 27)
        x0, x3 = mix(x0, x3, 23)
        x2, x1 = mix(x2, x1, 5)
    else:
        x0, x1 = mix(x0, x1, 6)
        x2, x3 = mix(x2, x3, 20)
        x0, x3 = mix(x0, x3, 17)
        x2, x1 = mix(x2, x1, 11)
        x0, x1 = mix(x0, x1, 25)
        x2, x3 = mix(x2, x3, 10)
        x0, x3 = mix(x0, x3, 18)
        x2, x1 = mix(x2, x1, 20)
    return x0, x1, x2, x3


@njit(forceinline=True)
def threefry(k0, k1, k2, k3, c0, c1, c2, c3):
    """Four uint32 words for a key of four and a counter of four uint32 words (Threefry-4x32-20)."""
    k4 = np.uint32(np.uint32(0x1BD11BDA) ^ k0 ^ k1 ^ k2 ^ k3)
    x0, x1, x2, x3 = np.uint32(c0 + k0), np.uint32(c1 + k1), np.uint32(c2 + k2), np.uint32(c3 + k3)
    x0, x1, x2, x3 = eight_rounds(x0, x1, x2, x3, 0)
    x0, x1, x2, x3 = np.uint32(x0 + k1), np.uint32(x1 + k2), np.uint32(x2 + k3), np.uint32(x3 + k4 + np.uint32(1))
    x0, x1, x2, x3 = eight_rounds(x0, x1, x2, x3, 1)
    x0, x1, x2, x3 = np.uint32(x0 + k2), np.uint32(x1 + k3), np.uint32(x2 + k4), np.uint32(x3 + k0 + np.uint32(2))
    x0, x1, x2, x3 = eight_rounds(x0, x1, x2, x3, 0)
    x0, x1, x2, x3 = np.uint32(x0 + k3), np.uint32(x1 + k4), np.uint32(x2 + k0), np.uint32(x3 + k1 + np.uint32(3))
    x0, x1, x2, x3 = eight_rounds(x0, x1, x2, x3, 1)
    x0, x1, x2, x3 = np.uint32(x0 + k4), np.uint32(x1 + k0), np.uint32(x2 + k1), np.uint32(x3 + k2 + np.uint32(4))
    x0, x1, x2, x3 = eight_rounds(x0, x1, x2, x3, 0)
    return np.uint32(x0 + k0), np.uint32(x1 + k1), np.uint32(x2 + k2), np.uint32(x3 + k3 + np.uint32(5))


@njit
def _fill(seed_low, seed_high, person, purpose, moment, out):
    for i in range(person.size):
        a, b, c, d = threefry(seed_low, seed_high, np.uint32(purpose), np.uint32(0),
                              person[i], moment[i], np.uint32(0), np.uint32(0))
        out[0, i], out[1, i], out[2, i], out[3, i] = a, b, c, d


def key(seed: int) -> tuple[np.uint32, np.uint32]:
    """The two key words of a seed (any integer, taken modulo 2**64)."""
    seed = int(seed) % 2**64
    return np.uint32(seed & 0xFFFFFFFF), np.uint32(seed >> 32)


def words(seed: int, person: NDArray, purpose: str | int, moment: NDArray | int = 0) -> NDArray[np.uint32]:
    """Four words per element: uint32[4, n] for persons (n numbers that fit uint32) at moments (n numbers or one).

    ``purpose`` is a name of ``PURPOSES``, or a number from ``OWN`` on that an instrument declares as its own.
    """
    people = np.ascontiguousarray(person, dtype=np.uint32)
    moments = np.ascontiguousarray(np.broadcast_to(np.asarray(moment, dtype=np.uint32), people.shape))
    out = np.empty((4, people.size), dtype=np.uint32)
    low, high = key(seed)
    number = PURPOSES[purpose] if isinstance(purpose, str) else purpose
    _fill(low, high, people.ravel(), number, moments.ravel(), out)
    return out


def as_uniform(word: NDArray[np.uint32]) -> NDArray[np.float64]:
    """Words to numbers strictly between 0 and 1 (the middle of each of 2**32 cells)."""
    return (word.astype(np.float64) + 0.5) * 2.0**-32


def uniform(seed: int, person: NDArray, purpose: str | int, moment: NDArray | int = 0) -> NDArray[np.float64]:
    """One uniform number in (0, 1) per element: float64[n]."""
    return as_uniform(words(seed, person, purpose, moment)[0])


def normal(seed: int, person: NDArray, purpose: str | int, moment: NDArray | int = 0) -> NDArray[np.float64]:
    """One standard normal number per element, by inversion: float64[n]."""
    return ndtri(uniform(seed, person, purpose, moment))


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
