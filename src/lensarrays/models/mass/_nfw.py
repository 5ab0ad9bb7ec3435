"""What NFW haloes of every kind have in common: two functions of the radius, without the subtractions of the published forms.

With ``x = r / r_s``, ``F(x)`` is arccosh(1 / x) / sqrt(1 - x^2), continued beyond x = 1 as arccos(1 / x) / sqrt(x^2 - 1), and
``h(x) = F(x) + log(x / 2)``, which is of order x^2 log x at the centre. The mean convergence of an NFW halo within a radius is
4 kappa_s h / x^2.

Both are computed without branches that XLA or LLVM could not vectorise, and without inverse trigonometric functions, of which
one costs as much as all the rest. Beyond x = 1/2 the variable is ``q = (1 - x) / (1 + x)``, in which
``F = 2 A(q) / (1 + x)`` with A(q) = arctanh(sqrt(q)) / sqrt(q) for either sign of q: it is analytic at x = 1, where the
published forms are 0 / 0, and on to q = -1 at infinity, where ``A = pi / 4 + B(q) / (2 (1 + x))``. Within x = 1/2, with
``s = sqrt(1 - x^2)``, ``h = [log((1 + s) / 2) + x^2 (log 2 - log x) / (1 + s)] / s``, of which the first logarithm over x^2
is analytic in x^2. B and that logarithm are polynomials.
"""

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

LOG_2 = math.log(2)
INNER = 0.25  # the x^2 up to which the form for the centre is used
SMALLEST = 1e-16  # the x^2 below which profiles are constant
_NODES = 64
_TERMS = 15  # of the series of the density, which is used for |1 - x^2| below 0.1: the first left out is 0.1**15 / 33


class RadialFunctions(NamedTuple):
    """The functions of a radius that NFW haloes are made of."""

    h: Any  # h(x) / x^2
    F: Any
    inner: Any  # whether x < 1/2
    B: Any  # of the outer form; any finite number if inner
    i: Any  # 1 / (1 + x)


def radial_functions(xp: Any, precision: float) -> Callable[[Any, Any, Any, Any], RadialFunctions]:
    """Return the function of x, u = x^2, 1 / u and log(x), for x > 0, that gives `RadialFunctions` to a relative precision.

    It consists of arithmetic, `xp.sqrt` and `xp.where` alone, so that Numba can compile it with its own functions for `xp`.
    """
    outer_series, inner_series = _series(precision)
    root_q = (1 - math.sqrt(INNER)) / (1 + math.sqrt(INNER))
    outer_scale, outer_centre = 2 / (1 + root_q), (root_q - 1) / 2

    def functions(x: Any, u: Any, inverse_u: Any, log_x: Any) -> RadialFunctions:
        inner = u < INNER
        centre = xp.where(inner, u, 0.5 * INNER)
        s = xp.sqrt(1 - centre)
        i = 1 / (1 + x)
        q = xp.where(inner, 0.0, (1 - x) * i)
        t, log_half = centre * (2 / INNER) - 1, inner_series[-1]
        for c in inner_series[-2::-1]:
            log_half = log_half * t + c
        t, B = (q - outer_centre) * outer_scale, outer_series[-1]
        for c in outer_series[-2::-1]:
            B = B * t + c
        to_inner = log_half * (1 + s) + LOG_2 - log_x
        F = (0.5 * math.pi + B * i) * i
        h = xp.where(inner, to_inner, F + log_x - LOG_2) * xp.where(inner, 1 / (s * (1 + s)), inverse_u)
        return RadialFunctions(h, xp.where(inner, h * u + LOG_2 - log_x, F), inner, B, i)

    return functions


def density_function(u: Any, F: Any, *, xp: Any) -> Any:
    """Return (F - 1) / (1 - x^2), to which the convergence of an NFW halo is proportional, with its series about x = 1."""
    v = 1 - u
    near = xp.abs(v) < 0.1
    total, small = 1 / (2 * _TERMS + 1), xp.where(near, v, xp.zeros_like(v))
    for k in reversed(range(1, _TERMS)):
        total = total * small + 1 / (2 * k + 1)
    return xp.where(near, total, (F - 1) / xp.where(near, xp.ones_like(v), v))


@functools.cache
def _series(precision: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the polynomials for B and for log((1 + s) / 2) / u, each in a variable from -1 to 1, the constants first.

    They are Chebyshev series, interpolated in extended precision as the functions themselves are differences, and cut.
    """
    extended = np.longdouble
    pi = 4 * np.arctan(extended(1))
    nodes = np.cos(pi * (np.arange(_NODES) + extended(0.5)) / _NODES)
    root_q = (1 - extended(INNER) ** 0.5) / (1 + extended(INNER) ** 0.5)
    q = (root_q - 1) / 2 + nodes * (root_q + 1) / 2
    size = np.sqrt(np.abs(q))
    outer = 4 * (np.where(q > 0, np.arctanh(np.where(q > 0, size, 0)), np.arctan(size)) / size - pi / 4) / (1 + q)
    u = extended(INNER) * (1 + nodes) / 2
    inner = np.log1p(-u / (2 * (1 + np.sqrt(1 - u)))) / u
    return _cut_series(outer, nodes, precision), _cut_series(inner, nodes, precision)


def _cut_series(values: np.ndarray, nodes: np.ndarray, precision: float) -> tuple[float, ...]:
    """Return the polynomial through values at Chebyshev nodes, without the last terms that are below a relative precision."""
    angles = np.arccos(nodes)
    coefficients = np.asarray([2 * np.mean(values * np.cos(k * angles)) for k in range(_NODES // 2)])
    coefficients[0] /= 2
    terms = 1 + int(np.max(np.flatnonzero(np.abs(coefficients) > 0.25 * precision * np.abs(coefficients[0]))))
    return tuple(np.polynomial.chebyshev.cheb2poly(coefficients[:terms].astype(float)).tolist())
