"""The radial functions of the cored NFW halo, which are divided differences.

In units of the scale radius, with b = r_c / r_s, the density is ``1 / [(r + b) (r + 1)^2]``: the divided difference
``f[1, 1, b]`` of ``f(a) = 1 / (r + a)``, as ``f[1, b] = [f(b) - f(1)] / (b - 1)``. All results are linear in the density, so
they are the same differences of what belongs to f: with F as in `_nfw`, y = x / a and l = log(2 / y),

- half the convergence of -F(y),
- a quarter of the mean convergence, times x^2, of a^2 [(1 - y^2) F(y) - l],
- a quarter of the potential of a^2 {(1 - y^2) F(y) - l + [l^2 - (1 - y^2) F(y)^2] / 2}.

Formed by subtraction they lose all digits as b goes to 1, or x to zero or infinity. So they are formed of divided differences
of polynomials and of logarithms, which need none. Within y = 0.8 the functions are ``l V(y^2) + W(y^2)``, times x^2 but for
the first, with polynomials V and W. From y = 0.4 on they are polynomials in ``q = (1 - y) / (1 + y)``, but for terms in a x,
which drop out, and in a^2 and l. Only where b is below 1/2, or above 2, can a radius be on the inner side of one of 1 and b
and on the outer side of the other: there the difference is formed by subtraction.
"""

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ._nfw import LOG_2, SMALLEST
from ._series import differences, fitted

CONVERGENCE, MEAN, POTENTIAL = 0, 1, 2
INNER, OUTER = 0.8, 0.4
_SMALLEST_CORE = 1e-12
_TERMS = 18  # of the series in [(1 - b) / (1 + b)]^2, at most 1/9, that is used for b from 1/2 to 2


class Core(NamedTuple):
    """What the results depend on beside the radius, for b = r_c / r_s."""

    b: Any
    inverse: Any
    log: Any
    first: Any  # log[1, b]
    second: Any  # log[1, 1, b]
    inverse_gap: Any  # 1 / (1 - b) if b is below 1/2 or above 2
    inner_to: Any  # the x up to which a radius is on the inner side of both 1 and b
    outer_from: Any  # the x from which it is on the outer side of both


def core_constants(b: Any, *, xp: Any) -> Core:
    """Return the constants of haloes."""
    b = xp.where(b < _SMALLEST_CORE, xp.asarray(_SMALLEST_CORE, dtype=b.dtype), b)  # as b^-3 must be finite; keeps NaN
    near = (b > 0.5) & (b < 2)
    gap = xp.where(near, xp.ones_like(b), 1 - b)
    d = xp.where(near, b - 1, xp.zeros_like(b))
    p, series = d / (2 + d), xp.zeros_like(b)
    for k in reversed(range(_TERMS)):
        series = series * p**2 + 2 / (2 * k + 3)
    log = xp.log(b)
    first = xp.where(near, (2 + p**2 * series) / (2 + d), -log / gap)
    second = xp.where(near, (p * series / (2 + d) - 1) / (2 + d), (1 - first) / gap)
    inner_to = INNER * xp.where(b < 1, b, xp.ones_like(b))
    outer_from = xp.where(near, inner_to, INNER * xp.where(b < 1, xp.ones_like(b), b))
    return Core(b, 1 / b, log, first, second, 1 / gap, inner_to, outer_from)


def cored_function(precision: float, quantity: int, *, xp: Any) -> Callable[..., Any]:
    """Return the function of x^2 and `Core`: kappa / 2, mean kappa / 4 or potential / (4 x^2), for kappa_s and r_s of 1."""
    inner_form, outer_form = _inner_form(precision, quantity), _outer_form(precision, quantity)
    split_form = _split_form(quantity, xp=xp)

    def function(
        u: Any, b: Any, inverse: Any, log_b: Any, first: Any, second: Any, inverse_gap: Any, inner_to: Any, outer_from: Any
    ) -> Any:
        u = xp.where(u < SMALLEST, SMALLEST, u)
        x, log, inverse_u = xp.sqrt(u), LOG_2 - 0.5 * xp.log(u), 1 / u
        below = b < 1
        inner, outer = x < inner_to, x >= outer_from
        # Each form is computed everywhere: where it is not used, at a point where it is finite.
        u_b = u * inverse * inverse
        u_far = xp.where(outer, 0.0, xp.where(below, u, u_b))
        u_1, u_b = xp.where(inner, u, u_far), xp.where(inner, u_b, u_far)
        i_1, i_b = 1 / (1 + x), 1 / (b + x)
        q_1, q_b = (1 - x) * i_1, (b - x) * i_b
        q_near = xp.where(inner, 0.0, xp.where(below, q_b, q_1))
        q_1, q_b = xp.where(inner, 0.0, xp.where(outer, q_1, q_near)), xp.where(inner, 0.0, xp.where(outer, q_b, q_near))
        both_inner, V, slope_V, W, slope_W = inner_form(u_1, u_b, log, b, inverse, second)
        both_outer, S, slope_S = outer_form(x, inverse_u, q_1, q_b, i_1, i_b, log, b, first, second)
        l_far, l_near = log + xp.where(below, 0.0, log_b), log + xp.where(below, log_b, 0.0)
        far, near = split_form(
            x, inverse_u, i_1, xp.where(below, i_b, i_1), xp.where(below, b, 1.0), l_near, S, slope_S,
            l_far, u_1, V, slope_V, W, slope_W,
        )  # fmt: skip
        change = xp.where(below, near[0] - far[0], far[0] - near[0])
        split = (change * inverse_gap + xp.where(below, far[1], near[1])) * inverse_gap
        return xp.where(inner, both_inner, xp.where(outer, both_outer, split))

    return function


def _inner_form(precision: float, quantity: int) -> Callable[..., Any]:
    """Return the function for the difference within 1 and b, and for V, W and their slopes at the first of two points."""
    V_at, W_at = (differences(series) for series in _inner_series(precision, quantity))

    def form(u_1: Any, u_b: Any, log: Any, b: Any, inverse: Any, second: Any) -> Any:
        V, slope_V, bend_V = V_at(u_1, u_b)
        W, slope_W, bend_W = W_at(u_1, u_b)
        gap = u_b - u_1
        chord_V, chord_W = slope_V + gap * bend_V, slope_W + gap * bend_W
        # Of x^2 / a^2 the differences are -2 x^2 for [1, 1], `chord` for [1, b] and `bend` for [1, 1, b].
        scale = u_1 * inverse * inverse
        chord, bend = -(1 + b) * scale, (1 + 2 * b) * scale
        curve_V = chord_V * bend - 2 * u_1 * chord * bend_V
        curve_W = chord_W * bend - 2 * u_1 * chord * bend_W
        return log * curve_V + chord_V * chord + second * (V + gap * chord_V) + curve_W, V, slope_V, W, slope_W

    return form


def _outer_form(precision: float, quantity: int) -> Callable[..., Any]:
    """Return the function for the difference beyond 1 and b, and for the polynomial and its slope at the first point."""
    S_at = differences(_outer_series(precision, quantity))

    def form(x: Any, inverse_u: Any, q_1: Any, q_b: Any, i_1: Any, i_b: Any, log: Any, b: Any, first: Any, second: Any) -> Any:
        S, slope, bend = S_at(q_1, q_b)
        gap = q_b - q_1
        chord = slope + gap * bend
        rise = 2 * x * i_1 * i_b  # q[1, b]; q[1, 1] is 2 x / (1 + x)^2, and q[1, 1, b] is -rise / (1 + x)
        if quantity == CONVERGENCE:  # of -(pi / 2) g - g^2 S, g = a / (a + x)
            slopes = 2 * i_1 * i_1 * (2 * x * i_1 * bend + (2 * x - 1) * chord)
            return x * i_1 * i_1 * i_b * (0.5 * math.pi - slopes + (q_1 + b * i_b) * (S + gap * chord)), S, slope
        curve = rise * i_1 * (2 * x * i_1 * bend - chord)
        a_log = 1 + b + second * b * b  # the difference of a^2 log(a)
        total = curve + 2 * chord * rise + S + gap * chord + 0.5 * math.pi - log - a_log
        if quantity == POTENTIAL:
            total = total + log * (0.5 * log + a_log) + 0.5 * b * b * first * first
        return total * inverse_u, S, slope

    return form


def _split_form(quantity: int, *, xp: Any) -> Callable[..., Any]:
    """Return the function for value and slope, the latter at a = 1, at the node that x is within, and at the one beyond."""

    def form(
        x: Any, inverse_u: Any, i_1: Any, i_near: Any, a: Any, l_near: Any, S: Any, slope_S: Any,
        l_far: Any, u: Any, V: Any, slope_V: Any, W: Any, slope_W: Any,
    ) -> Any:  # fmt: skip
        far = l_far * V + W, V - 2 * u * (l_far * slope_V + slope_W)
        slope = 2 * x * i_1 * i_1 * slope_S
        if quantity == CONVERGENCE:
            value = -a * i_near * (0.5 * math.pi + S * a * i_near)
            return far, (value, -i_1 * i_1 * (x * (0.5 * math.pi + 2 * i_1 * S) + slope))
        logs, slope_of_logs = (-l_near, 1) if quantity == MEAN else (l_near * (0.5 * l_near - 1), 1 - l_near)
        value = a * (0.5 * math.pi * (a - x) + a * (S + logs))
        slope = 0.5 * math.pi * (2 - x) + 2 * (S + logs) - slope_of_logs + slope
        return far, (value * inverse_u, slope * inverse_u)

    return form


@functools.cache
def _inner_series(precision: float, quantity: int) -> tuple[Any, Any]:
    """Return the polynomials V and W in y^2, with L = log[(1 + s) / 2] / y^2 and s = sqrt(1 - y^2): F is (l + y^2 L) / s."""

    def parts(u: Any) -> tuple[Any, Any]:
        s = np.sqrt(1 - u)
        L = np.log1p(-u / (2 * (1 + s))) / u
        if quantity == CONVERGENCE:
            return -1 / s, -u * L / s
        if quantity == MEAN:
            return -1 / (1 + s), s * L
        return -1 / (1 + s) - L, L * (s - u * L / 2)

    low, high = 0.0, INNER**2
    return (fitted(lambda u: parts(u)[0], low, high, precision, 1), fitted(lambda u: parts(u)[1], low, high, precision, 1))


@functools.cache
def _outer_series(precision: float, quantity: int) -> Any:
    """Return the polynomial in q, of A = arctanh(sqrt(q)) / sqrt(q) and B = 4 (A - pi / 4) / (1 + q): F is (1 + q) A."""

    def part(q: Any) -> Any:
        quarter = np.arctan(np.longdouble(1))
        p = np.sqrt(np.abs(q))
        positive = np.arctanh(np.where(q > 0, p, 0)) / p
        A = np.where(q > 0, positive, np.arctan(p) / p)
        rest = (1 + q) / (1 + p)  # 1 - p, for negative q
        B = 4 * np.where(q > 0, A - quarter, (quarter * rest - np.arctan(rest / (1 + p))) / p) / (1 + q)
        if quantity == CONVERGENCE:
            return B
        return q * B if quantity == MEAN else q * (B - 2 * A**2)

    return fitted(part, -1.0, (1 - OUTER) / (1 + OUTER), precision, 1)
