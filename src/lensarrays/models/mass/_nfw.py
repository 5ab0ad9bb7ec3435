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

from ._series import fitted, polynomial

LOG_2 = math.log(2)
INNER = 0.25  # the x^2 up to which the form for the centre is used
SMALLEST = 1e-16  # the x^2 below which profiles are constant


class RadialFunctions(NamedTuple):
    """The functions of a radius that NFW haloes are made of."""

    h: Any  # h(x) / x^2
    F: Any
    inner: Any  # whether x < 1/2
    B: Any  # of the outer form; any finite number if inner
    i: Any  # 1 / (1 + x)


def radial_functions(precision: float, *, xp: Any) -> Callable[[Any, Any, Any, Any], RadialFunctions]:
    """Return the function of x, u = x^2, 1 / u and log(x), for x > 0, that gives `RadialFunctions` to a relative precision.

    It consists of arithmetic, `xp.sqrt` and `xp.where` alone, so that Numba can compile it with its own functions for `xp`.
    """
    outer_series, inner_series = (polynomial(series) for series in _series(precision))

    def functions(x: Any, u: Any, inverse_u: Any, log_x: Any) -> RadialFunctions:
        inner = u < INNER
        centre = xp.where(inner, u, 0.5 * INNER)
        s = xp.sqrt(1 - centre)
        i = 1 / (1 + x)
        B = outer_series(xp.where(inner, 0.0, (1 - x) * i))
        to_inner = inner_series(centre) * (1 + s) + LOG_2 - log_x
        F = (0.5 * math.pi + B * i) * i
        h = xp.where(inner, to_inner, F + log_x - LOG_2) * xp.where(inner, 1 / (s * (1 + s)), inverse_u)
        return RadialFunctions(h, xp.where(inner, h * u + LOG_2 - log_x, F), inner, B, i)

    return functions


@functools.cache
def _series(precision: float) -> tuple[tuple, tuple]:
    """Return the polynomials for B of q, and for log((1 + s) / 2) / u of u."""

    def outer(q: Any) -> Any:
        size, quarter = np.sqrt(np.abs(q)), np.arctan(np.longdouble(1))
        return 4 * (np.where(q > 0, np.arctanh(np.where(q > 0, size, 0)), np.arctan(size)) / size - quarter) / (1 + q)

    def inner(u: Any) -> Any:
        return np.log1p(-u / (2 * (1 + np.sqrt(1 - u)))) / u

    end = (1 - INNER**0.5) / (1 + INNER**0.5)
    return fitted(outer, -1.0, end, precision), fitted(inner, 0.0, INNER, precision)
