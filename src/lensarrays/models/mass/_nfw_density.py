"""The surface density of an NFW halo, which the convergence of round and of elliptical ones is made of."""

import functools
from typing import Any

import numpy as np

from ._nfw import INNER, SMALLEST, radial_functions
from ._series import fitted, polynomial


def surface_density(u: Any, *, xp: Any) -> Any:
    """Return (F - 1) / (1 - x^2) for u = x^2: half the convergence over kappa_s.

    Beyond x = 1/2, with A = 1 + q A' as in `_nfw`, it is (2 A' + 1 + x) / (1 + x)^3.
    """
    precision = float(xp.finfo(u.dtype).eps)
    u = xp.where(u < SMALLEST, xp.asarray(SMALLEST, dtype=u.dtype), u)
    x, inner = xp.sqrt(u), u < INNER
    F = radial_functions(precision, xp=xp)(x, u, 1 / u, 0.5 * xp.log(u)).F
    near, i = xp.where(inner, u, xp.zeros_like(u)), 1 / (1 + x)
    q = xp.where(inner, xp.zeros_like(u), (1 - x) * i)
    return xp.where(inner, (F - 1) / (1 - near), (2 * polynomial(_slope_series(precision))(q) * i + 1) * i**2)


@functools.cache
def _slope_series(precision: float) -> tuple[tuple[float, ...], float, float]:
    """Return the polynomial for [arctanh(sqrt(q)) / sqrt(q) - 1] / q."""

    def slope(q: Any) -> Any:
        p = np.sqrt(np.abs(q))
        own = np.where(q > 0, np.arctanh(np.where(q > 0, p, 0)), np.arctan(p)) / p
        taylor = sum(np.where(np.abs(q) < 0.2, q, 0) ** k / (2 * k + 3) for k in range(27))
        return np.where(np.abs(q) < 0.2, taylor, (own - 1) / q)

    return fitted(slope, -1.0, (1 - INNER**0.5) / (1 + INNER**0.5), precision)
