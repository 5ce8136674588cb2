"""Elementary functions in single precision that the compiler can run on many people at once, the same everywhere.

The libraries' own versions differ between processors and cannot be vectorised here. Coefficients: exponential by a
degree-6 Taylor polynomial on |r| <= ln(2)/2 (relative error below 2.6e-7); inverse normal by Giles 2010 (GPU Computing
Gems, single precision form of erfinv).
"""

from __future__ import annotations

import numpy as np

from smoulder.compiled import njit

F = np.float32

__all__ = ["exponential", "logarithm", "normal_from", "uniform_from"]


@njit
def exponential(x):
    """e**x for float32 ``x``; inputs are held within -87..88."""
    x = min(max(x, F(-87.0)), F(88.0))
    n = np.rint(x * F(1.44269504))
    r = (x - n * F(0.693359375)) + n * F(2.12194440e-4)
    high = F(0.16666667) + r * (F(0.041666667) + r * (F(0.0083333333) + r * F(0.0013888889)))
    y = F(1.0) + r * (F(1.0) + r * (F(0.5) + r * high))
    bits = np.int32((np.int32(n) + np.int32(127)) << np.int32(23))
    return y * bits.view(np.float32)


@njit
def logarithm(x):
    """Natural logarithm of a positive normal float32."""
    bits = F(x).view(np.int32)
    e = np.int32((bits >> np.int32(23)) - np.int32(126))
    m = np.int32((bits & np.int32(0x007FFFFF)) | np.int32(0x3F000000)).view(np.float32)
    low = np.int32(m < F(0.70710678))
    e = np.int32(e - low)
    f = m + m * F(low) - F(1.0)
    s = f / (f + F(2.0))
    z = s * s
    series = F(2.0) + z * (F(0.66666667) + z * (F(0.4) + z * (F(0.28571429) + z * F(0.22222222))))
    return s * series + F(e) * F(0.69314718)


@njit
def uniform_from(word):
    """A uint32 word to a float32 strictly inside (0, 1): the middle of one of 2**23 cells."""
    return (F(np.int32(word >> np.uint32(9))) + F(0.5)) * F(1.1920929e-7)


@njit
def normal_from(word):
    """A uint32 word to a standard normal number by inversion."""
    x = F(2.0) * uniform_from(word) - F(1.0)
    w = -logarithm((F(1.0) - x) * (F(1.0) + x))
    a = w - F(2.5)
    p = F(2.81022636e-08)
    p = F(3.43273939e-07) + p * a
    p = F(-3.5233877e-06) + p * a
    p = F(-4.39150654e-06) + p * a
    p = F(0.00021858087) + p * a
    p = F(-0.00125372503) + p * a
    p = F(-0.00417768164) + p * a
    p = F(0.246640727) + p * a
    p = F(1.50140941) + p * a
    b = np.sqrt(max(w, F(5.0))) - F(3.0)
    q = F(-0.000200214257)
    q = F(0.000100950558) + q * b
    q = F(0.00134934322) + q * b
    q = F(-0.00367342844) + q * b
    q = F(0.00573950773) + q * b
    q = F(-0.0076224613) + q * b
    q = F(0.00943887047) + q * b
    q = F(1.00167406) + q * b
    q = F(2.83297682) + q * b
    centre = F(np.int32(w < F(5.0)))
    return F(1.41421356) * x * (p * centre + q * (F(1.0) - centre))
