"""The hypergeometric function of elliptical power laws, for arrays of any library, with its derivatives."""

import functools
from typing import Any

import numpy as np

from ..._backend import with_derivative

POWERS = 32  # of (t - 1) / 2, in the coefficients: 3^-32 is left out

Pair = tuple[Any, Any]  # the imaginary and the real part of complex numbers


def hypergeometric(zeta_y: Any, zeta_x: Any, t: Any, terms: int, *, xp: Any) -> Pair:
    """Return the imaginary and the real part of F = 2F1(1, t/2; 2 - t/2; zeta), for |zeta| < 1 and 0 < t < 2.

    As a series in v = (1 - s) / (1 + s), s = sqrt(1 - zeta), which maps the plane without the cut from 1 to infinity to
    the unit disc. It converges as |v|^k: for zeta = 0.8 v is 0.38. With zeta = 4 v / (1 + v)^2 the differential equation
    ``zeta (1 - zeta) F' + (1 - h - h zeta) F = 1 - h``, h = t/2, gives the recurrence of its coefficients, and F' itself.
    """

    def value(zeta_y: Any, zeta_x: Any, t: Any) -> Pair:
        v = _variable(zeta_y, zeta_x, xp=xp)
        tail_y, tail_x = _product(v, _series(_coefficients(t, terms, xp=xp), v, xp=xp))
        return tail_y, 1 + tail_x

    def derivative(arguments: Any, tangents: Any) -> tuple[Pair, Pair]:
        zeta_y, zeta_x, t = arguments
        v = _variable(zeta_y, zeta_x, xp=xp)
        tail = _series(_coefficients(t, terms, xp=xp), v, xp=xp)  # (F - 1) / v
        tail_y, tail_x = _product(v, tail)
        f = tail_y, 1 + tail_x
        d_zeta_y, d_zeta_x, d_t = tangents
        df_y, df_x = xp.zeros_like(tail_y), xp.zeros_like(tail_x)
        if d_zeta_y is not None or d_zeta_x is not None:
            d_zeta = tuple(xp.zeros_like(zeta_y) if d is None else d for d in (d_zeta_y, d_zeta_x))
            df_y, df_x = _product(_slope((zeta_y, zeta_x), t, v, f, tail, xp=xp), d_zeta)
        if d_t is not None:
            by_t = _product(v, _series(_coefficients(t, terms, xp=xp, differentiated=True), v, xp=xp))
            df_y, df_x = df_y + by_t[0] * d_t, df_x + by_t[1] * d_t
        return f, (df_y, df_x)

    return with_derivative(value, derivative)(zeta_y, zeta_x, t)


def _product(a: Pair, b: Pair) -> Pair:
    return a[0] * b[1] + a[1] * b[0], a[1] * b[1] - a[0] * b[0]


def _slope(zeta: Pair, t: Any, v: Pair, f: Pair, tail: Pair, *, xp: Any) -> Pair:
    """Return dF / dzeta = (h F - (1 - h) (1 + v)^2 tail / 4) / (1 - zeta): the differential equation, divided by v."""
    h = 0.5 * t
    plus = v[0], 1 + v[1]
    square = _product(plus, plus)
    rest = _product(square, tail)
    weight = 0.25 * (1 - h)
    top = h * f[0] - weight * rest[0], h * f[1] - weight * rest[1]
    a_x = _above_zero(1 - zeta[1], xp=xp)
    size = a_x * a_x + zeta[0] * zeta[0]
    by_y, by_x = _product(top, (zeta[0], a_x))  # times the conjugate of 1 - zeta
    inverse = 1 / size
    return by_y * inverse, by_x * inverse


def _above_zero(x: Any, *, xp: Any) -> Any:
    """Return 1 - zeta_x, which is positive, if rounded."""
    return xp.maximum(x, xp.asarray(0.25 * xp.finfo(x.dtype).eps, dtype=x.dtype))


def _variable(zeta_y: Any, zeta_x: Any, *, xp: Any) -> Pair:
    """Return v = (1 - s) / (1 + s)."""
    a = _above_zero(1 - zeta_x, xp=xp)
    size = xp.sqrt(a * a + zeta_y * zeta_y)  # |s|^2
    s_x = xp.sqrt(0.5 * (a + size))
    total = 1 + size + 2 * s_x
    return zeta_y / (s_x * total), (1 - size) / total


def _series(coefficients: list[Any], v: Pair, *, xp: Any) -> Pair:
    """Return the sum of c_k v^k, k = 0, 1, ...: even and odd powers apart, as a long chain of operations is slow."""
    square = _product(v, v)
    even, odd = _polynomial(coefficients[::2], square, xp=xp), _polynomial(coefficients[1::2], square, xp=xp)
    odd = _product(v, odd)
    return even[0] + odd[0], even[1] + odd[1]


def _polynomial(coefficients: list[Any], v: Pair, *, xp: Any) -> Pair:
    """Return a polynomial with real coefficients at v, by Goertzel's recurrence: two real multiplications a term."""
    double, square = 2 * v[1], v[0] * v[0] + v[1] * v[1]
    b_1, b_2 = xp.zeros_like(double), xp.zeros_like(double)
    for c in reversed(coefficients):
        b_1, b_2 = (c - square * b_2) + double * b_1, b_1  # in this order b_1 is waited for last
    return v[0] * b_2, b_1 - v[1] * b_2


def _coefficients(t: Any, terms: int, *, xp: Any, differentiated: bool = False) -> list[Any]:
    """Return the coefficients of v, v^2, ... in the series for the hypergeometric function, or their derivatives by t."""
    power = 0.5 * (t - 1)[..., None]
    powers = xp.concat([xp.ones_like(power), power], axis=-1)
    while powers.shape[-1] < POWERS:  # not by `pow`, which has no gradient at 0: a slope of 2
        power = power * power
        powers = xp.concat([powers, power * powers], axis=-1)
    values = xp.matmul(powers, xp.asarray(_table(terms, differentiated), dtype=t.dtype))
    return [values[..., k] for k in range(terms - 1)]


@functools.cache
def _table(terms: int, differentiated: bool) -> np.ndarray:
    """Return the coefficients of powers of e = h - 1/2 in those of v, v^2, ..., shape (POWERS, terms - 1).

    They follow (k + 1/2 - e) c_k = (1 + 6 e) c_(k-1) + (k - 5/2 + e) c_(k-2) from k = 2 on, where c_0 counts as zero,
    and (3/2 - e) c_1 = 2 + 4 e. As a table a slope costs one product rather than a recurrence, which compiles for seconds.
    """
    if differentiated:
        ascending = np.arange(1, POWERS)[:, None]
        return np.concatenate([0.5 * ascending * _table(terms, False)[1:], np.zeros((1, terms - 1))])
    table = np.zeros((POWERS, terms))
    right = np.zeros(POWERS)
    right[:2] = 2, 4
    for k in range(1, terms):
        if k > 1:
            right = table[:, k - 1] + (k - 2.5) * table[:, k - 2]
            right[1:] += 6 * table[:-1, k - 1] + table[:-1, k - 2]
        for m in range(POWERS):
            table[m, k] = (right[m] + (table[m - 1, k] if m else 0)) / (k + 0.5)
    return table[:, 1:]
