"""Polynomials for smooth functions of one variable, and their divided differences without a subtraction.

A polynomial is fitted when it is first asked for, as a Chebyshev series that is interpolated in extended precision and cut
where the data type of the grid ends. What evaluates it is arithmetic alone, as XLA and Numba compile it with the rest.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

_NODES = 96


def fitted(
    function: Callable[[Any], Any], low: float, high: float, precision: float, order: int = 0
) -> tuple[tuple[float, ...], float, float]:
    """Return the coefficients, the constant first, of a polynomial in (v - centre) * scale, the centre, and the scale.

    It is as good as the relative precision for v from low to high, in its divided differences up to `order` as well.
    """
    angles = 4 * np.arctan(np.longdouble(1)) * (np.arange(_NODES) + np.longdouble(0.5)) / _NODES
    centre, half = (low + high) / 2, (high - low) / 2
    values = function(centre + half * np.cos(angles))
    series = np.asarray([2 * np.mean(values * np.cos(k * angles)) for k in range(_NODES // 2)])
    series[0] /= 2
    size = np.abs(series) / np.max(np.abs(series))
    noise = 20 * float(np.finfo(np.longdouble).eps)
    # Chebyshev polynomials are at most 1, their slopes k^2, and so on.
    used = (size * np.maximum(np.arange(size.size), 1) ** (2 * order) > 0.25 * precision) & (size > noise)
    terms = 1 + int(np.max(np.flatnonzero(used)))
    power_series = np.polynomial.chebyshev.cheb2poly(series[:terms])
    return tuple(float(c) for c in power_series), centre, 1 / half


def polynomial(series: tuple[tuple[float, ...], float, float]) -> Callable[[Any], Any]:
    """Return the function that has the value of a fitted polynomial at a point.

    It is summed in pairs, pairs of pairs and so on, by Estrin's scheme: as a chain of sums, each of which waits for the last,
    it takes a processor up to a fifth longer.
    """
    coefficients, centre, scale = series

    def value_at(point: Any) -> Any:
        power, sums = (point - centre) * scale, list(coefficients)
        while len(sums) > 1:
            paired = [low + high * power for low, high in zip(sums[::2], sums[1::2], strict=False)]
            sums = [*paired, *sums[2 * len(paired) :]]
            power = power * power
        return sums[0]

    return value_at


def differences(series: tuple[tuple[float, ...], float, float]) -> Callable[[Any, Any], tuple[Any, Any, Any]]:
    """Return the function of two points for p[first], p[first, first] and p[first, first, second].

    These are divided differences, the second of them the slope, by Horner's scheme for the quotients of p by linear factors.
    """
    coefficients, centre, scale = series
    highest, others = coefficients[-1], coefficients[-2::-1]

    def differences_at(first: Any, second: Any) -> tuple[Any, Any, Any]:
        t, s = (first - centre) * scale, (second - centre) * scale
        value, slope, bend = 0 * t + highest, 0 * t, 0 * t
        for c in others:
            bend = bend * s + slope
            slope = slope * t + value
            value = value * t + c
        return value, slope * scale, bend * (scale * scale)

    return differences_at


def chord(series: tuple[tuple[float, ...], float, float]) -> Callable[[Any, Any], tuple[Any, Any]]:
    """Return the function of two points for p(first) and the divided difference p[first, second]."""
    coefficients, centre, scale = series
    highest, others = coefficients[-1], coefficients[-2::-1]

    def chord_at(first: Any, second: Any) -> tuple[Any, Any]:
        t, s = (first - centre) * scale, (second - centre) * scale
        value, slope = 0 * t + highest, 0 * (t + s)
        for c in others:
            slope = slope * s + value
            value = value * t + c
        return value, slope * scale

    return chord_at
