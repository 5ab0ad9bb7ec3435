"""The radial functions of the NFW halo of squares, with a core and a truncation.

In units of the scale radius, with b = r_c / r_s and T = (r_t / r_s)^2, the density is
``T / [sqrt(r^2 + b^2) (r^2 + 1) (r^2 + T)]``. It is ``T [f(1) - f(T)] / (T - 1)``, with
``f(T) = 1 / [sqrt(r^2 + b^2) (r^2 + T)]``, and so is all that is linear in it. With F as in `_nfw`, and
``w^2 = x^2 + b^2, R^2 = x^2 + T``, f has

- the surface density 2 F(w / R) / R^2,
- the mean of that within x, times x^2 / 4: ``M(T) = F(w / R) - F(b / sqrt(T)) + log(w / b)``, where the logarithm, which does
  not depend on T, makes the sum go to zero as x^2.

M / x^2 is formed of divided differences of polynomials and of logarithms, and so has no cancellation at small radii. Up to
z = (w / R)^2 = 0.64, with l = log(2 R / w), ``F - l`` is ``z [l V(z) + W(z)]``, with polynomials V and W; from z = 0.16 on F
is a polynomial in ``q = (R - w) / (R + w)``.
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ._nfw import LOG_2, SMALLEST
from ._series import chord, fitted, polynomial

INNER, OUTER = 0.64, 0.16  # the z up to which there is one form, and from which there is the other


class Node(NamedTuple):
    """What depends on T, and not on the radius."""

    T: Any
    root: Any  # sqrt(T)
    l: Any  # log(2 sqrt(T) / b)  # noqa: E741
    product: Any  # z V at z = b^2 / T; zero if that is too large
    rest: Any  # F(b / sqrt(T)) - l; zero likewise


def node_constants(b: Any, T: Any, *, xp: Any) -> Node:
    """Return the constants of haloes for one T."""
    series_V, series_W, _ = _series(float(xp.finfo(b.dtype).eps))
    root, z = xp.sqrt(T), b**2 / T
    l, small = LOG_2 + xp.log(root / b), z < INNER  # noqa: E741
    z = xp.where(small, z, xp.zeros_like(z))
    V = polynomial(series_V)(z)
    return Node(T, root, l, z * V, z * (l * V + polynomial(series_W)(z)))


def mean_function(precision: float, *, xp: Any) -> Callable[..., Any]:
    """Return the function for M(T) / x^2, of u = x^2, w, b, log(1 + u / b^2) and the constants of `Node`."""
    V_at, W_at, F_at = (chord(series) for series in _series(precision))

    def mean(u: Any, w: Any, b: Any, log_core: Any, T: Any, root: Any, l_0: Any, product_0: Any, rest_0: Any) -> Any:
        inverse_u, R_squared = 1 / u, T + u
        R, z_0, z = xp.sqrt(R_squared), b * b / T, w * w / R_squared
        inner, outer = z < INNER, z_0 >= OUTER
        log_T = xp.log1p(u / T)
        fall = 0.5 * (log_core - log_T)  # of l
        l = l_0 - fall  # noqa: E741
        z_end, z_begin = xp.where(inner, z, 0.0), xp.where(inner, z_0, 0.0)
        (V, slope_V), (W, slope_W) = V_at(z_end, z_begin), W_at(z_end, z_begin)
        rise = (T - b * b) / (T * R_squared)  # that of z over u
        both_inner = rise * (l * (V + z_begin * slope_V) + W + z_begin * slope_W) + (0.5 * log_T - product_0 * fall) * inverse_u
        q, q_0 = (R - w) / (R + w), (root - b) / (root + b)
        F, slope = F_at(xp.where(inner, xp.where(outer, q, 0.0), q), xp.where(outer, q_0, 0.0))
        q_rise = -2 * (T - b * b) / ((R + w) * (root + b) * (w * root + b * R))
        both_outer = slope * q_rise + 0.5 * log_core * inverse_u
        split = (F - l - rest_0 + 0.5 * log_T) * inverse_u
        return xp.where(outer, both_outer, xp.where(inner, both_inner, split))

    return mean


def surface_density(u: Any, b: Any, T_1: Any, T_2: Any, *, xp: Any) -> Any:
    """Return [Y(T_1) - Y(T_2)] / (T_2 - T_1), for Y = F(w / R) / R^2: half the surface density."""
    series_V, series_W, series_F = _series(float(xp.finfo(u.dtype).eps))
    u = xp.where(u < SMALLEST, xp.asarray(SMALLEST, dtype=u.dtype), u)
    w = xp.sqrt(u + b**2)
    values, points = [], []
    for T in (T_1, T_2):
        R = xp.sqrt(T + u)
        z, q = (w / R) ** 2, (R - w) / (R + w)
        inner, outer = z < 0.25, z >= OUTER
        z = xp.where(inner, z, xp.zeros_like(z))
        l = LOG_2 - xp.log(w / R)  # noqa: E741
        near = l + z * (l * polynomial(series_V)(z) + polynomial(series_W)(z))
        points.append((R, xp.where(outer, q, xp.zeros_like(q)), outer, inner, near))
    (R_1, q_1, outer_1, *_), (R_2, q_2, outer_2, *_) = points
    for q, (_, _, _, inner, near) in zip((q_1, q_2), points, strict=True):
        values.append(xp.where(inner, near, polynomial(series_F)(q)))
    slope = chord(series_F)(q_1, q_2)[1]
    # Far out the two values are almost equal.
    fall = 2 * w / ((R_1 + w) * (R_2 + w) * (R_1 + R_2))
    change = xp.where(outer_1 & outer_2, -slope * fall, (values[0] - values[1]) / (T_2 - T_1))
    return change / R_1**2 + values[1] / (R_1 * R_2) ** 2


@functools.cache
def _series(precision: float) -> tuple[Any, Any, Any]:
    """Return the polynomials V, W and F."""

    def parts(z: Any) -> tuple[Any, Any]:
        s = np.sqrt(1 - z)
        return 1 / (s * (1 + s)), np.log1p(-z / (2 * (1 + s))) / (z * s)

    def outer(q: Any) -> Any:
        p = np.sqrt(np.abs(q))
        return (1 + q) * np.where(q > 0, np.arctanh(np.where(q > 0, p, 0)), np.arctan(p)) / p

    q_end = (1 - OUTER**0.5) / (1 + OUTER**0.5)
    return (
        fitted(lambda z: parts(z)[0], 0.0, INNER, precision, 1),
        fitted(lambda z: parts(z)[1], 0.0, INNER, precision, 1),
        fitted(outer, -1.0, q_end, precision, 1),
    )
