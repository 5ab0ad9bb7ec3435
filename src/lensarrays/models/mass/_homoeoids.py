"""The field of elliptical shells whose density follows a power law.

Shells of eccentric radius up to r, of convergence R^-t, deflect a ray at z outside of all of them by the conjugate of
``(2 / z) int_0^r R^(1-t) / sqrt(1 - zeta(R)) dR``, where ``zeta(r) = 4 eps r^2 / ((1 - f^2) z^2)`` and eps is the complex
ellipticity of length f. With c = 1 - t/2 the integral is ``r^(2c) F / (2c)``, F = 2F1(1/2, c; 1 + c; zeta). In terms of w,
for which ``zeta = 4 w / (1 + w)^2`` and |w| <= f, a quadratic and an Euler transformation make it

    F = 1 + c G,    G = 2 w / (1 + c) Phi,    Phi = 2F1(1, 1 - c; 2 + c; -w),

which is regular at c = 0, where the mass grows as a logarithm. The next order is H = (G - G(c=0)) / c.
"""

import functools
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.custom_derivatives import SymbolicZero

from ..._backend import is_jax, namespace

POWERS = 64  # of c, in the coefficients of the series, for -1 < c <= 1: 2^-64 is left out
TAYLOR_TERMS = 9
TAYLOR_BELOW = 0.1  # the first term that is left out is 0.1**9 2 / 11! of the first


def first_order(c: Any, w: tuple[Any, Any], terms: int, *, xp: Any) -> tuple[Any, Any]:
    """Return G as (imaginary, real), for w as (imaginary, real) with |w| < 1."""
    return _series(Table(1, terms), c, w, xp=xp)


def second_order(c: Any, w: tuple[Any, Any], terms: int, *, xp: Any) -> tuple[Any, Any]:
    """Return H as (imaginary, real), for w as (imaginary, real) with |w| < 1."""
    return _series(Table(2, terms), c, w, xp=xp)


def exponential_ratios(x: Any, *, xp: Any) -> tuple[Any, Any]:
    """Return (e^x - 1) / x and (e^x - 1 - x) / x^2, which are 1 and 1/2 at zero."""
    near = xp.abs(x) < TAYLOR_BELOW
    small, large = xp.where(near, x, xp.zeros_like(x)), xp.where(near, xp.ones_like(x), x)
    taylor = xp.ones_like(x)
    for k in reversed(range(3, TAYLOR_TERMS + 3)):
        taylor = 1 + small / k * taylor
    first = xp.expm1(large) / large
    return xp.where(near, 1 + 0.5 * small * taylor, first), xp.where(near, 0.5 * taylor, (first - 1) / large)


def squared(z: tuple[Any, Any]) -> tuple[Any, Any]:
    """Return z^2, as (imaginary, real)."""
    return 2 * z[1] * z[0], z[1] ** 2 - z[0] ** 2


def divided(a: tuple[Any, Any], b: tuple[Any, Any]) -> tuple[Any, Any]:
    """Return a / b, as (imaginary, real)."""
    size = b[0] ** 2 + b[1] ** 2
    return (a[0] * b[1] - a[1] * b[0]) / size, (a[1] * b[1] + a[0] * b[0]) / size


class Table(NamedTuple):
    """Which coefficients t_mk of a polynomial, the sum of t_mk c^m v^k: those for G or H, or a derivative of these."""

    order: int  # 1 for G, 2 for H
    terms: int
    by_c: int = 0  # how often it is differentiated
    by_v: int = 0


def _series(table: Table, c: Any, w: tuple[Any, Any], *, xp: Any) -> tuple[Any, Any]:
    """Return 2 w / (1 + c) times a polynomial in c and v = (1 - s) / (1 + s), s = sqrt(1 + w).

    In v the series converges twice as fast as in w, or faster.
    """
    w_y, w_x = w
    rest = xp.maximum(1 + w_x, xp.asarray(0.25 * xp.finfo(w_x.dtype).eps, dtype=w_x.dtype))  # positive, if rounded
    s_x = xp.sqrt(0.5 * (rest + xp.sqrt(rest**2 + w_y**2)))
    v_y, v_x = divided((-w_y, -w_x), squared((0.5 * w_y / s_x, 1 + s_x)))
    sum_y, sum_x = _differentiable(table, c, v_y, v_x) if is_jax(v_x) else _polynomial(table, c, v_y, v_x, xp=xp)
    scale = 2 / (1 + c)
    return scale * (w_x * sum_y + w_y * sum_x), scale * (w_x * sum_x - w_y * sum_y)


def _polynomial(table: Table, c: Any, v_y: Any, v_x: Any, *, xp: Any) -> tuple[Any, Any]:
    """Return the polynomial, as (imaginary, real)."""
    values = xp.matmul(_powers(c, xp=xp), xp.asarray(_coefficients(table), dtype=v_x.dtype))
    # Goertzel's way to sum real coefficients at a complex point: two real multiplications a term.
    double, square = 2 * v_x, v_y**2 + v_x**2
    b_1, b_2 = xp.zeros_like(v_x), xp.zeros_like(v_x)
    for k in reversed(range(1, values.shape[-1])):
        b_1, b_2 = values[..., k] + double * b_1 - square * b_2, b_1
    return v_y * b_1, values[..., 0] + v_x * b_1 - square * b_2


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _differentiable(table: Table, c: Any, v_y: Any, v_x: Any) -> tuple[Any, Any]:
    """Return the polynomial by JAX, which gets its derivatives as polynomials.

    To differentiate the loop would take a reduction for every coefficient: measured, four times as long to run.
    """
    return _polynomial(table, c, v_y, v_x, xp=namespace(v_x))


def _derivative(table: Table, primals: tuple, tangents: tuple) -> tuple[Any, Any]:
    """Return the polynomial and its change, for changes of c and v of which some may be known to be zero."""
    (d_c, d_y, d_x), value = tangents, _differentiable(table, *primals)
    change_y, change_x = 0 * value[0], 0 * value[1]
    if not isinstance(d_c, SymbolicZero):
        by_y, by_x = _differentiable(table._replace(by_c=table.by_c + 1), *primals)
        change_y, change_x = by_y * d_c, by_x * d_c
    if not (isinstance(d_y, SymbolicZero) and isinstance(d_x, SymbolicZero)):
        d_y, d_x = (jax.numpy.zeros(d.shape, d.dtype) if isinstance(d, SymbolicZero) else d for d in (d_y, d_x))
        by_y, by_x = _differentiable(table._replace(by_v=table.by_v + 1), *primals)
        change_y, change_x = change_y + by_x * d_y + by_y * d_x, change_x + by_x * d_x - by_y * d_y
    return value, (change_y, change_x)


_differentiable.defjvp(_derivative, symbolic_zeros=True)


def _powers(c: Any, *, xp: Any) -> Any:
    """Return 1, c, c^2, ... along a last axis; not by `pow`, which has no gradient at c = 0."""
    power = c[..., None]
    powers = xp.concat([xp.ones_like(power), power], axis=-1)
    while powers.shape[-1] < POWERS:
        power = power * power
        powers = xp.concat([powers, power * powers], axis=-1)
    return powers


@functools.cache
def _coefficients(table: Table) -> np.ndarray:
    """Return the coefficients t_mk, in row m and column k."""
    values = _tables(table.terms)[table.order - 1]
    for _ in range(table.by_c):
        values = values[1:] * np.arange(1, values.shape[0])[:, None]
        values = np.concatenate([values, np.zeros_like(values[:1])])
    for _ in range(table.by_v):
        values = np.concatenate([values[:, 1:] * np.arange(1, values.shape[1]), np.zeros_like(values[:, :1])], axis=1)
    return values


@functools.cache
def _tables(terms: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the coefficients of powers of c in those of v^0, v^1, ..., each of shape (POWERS, terms), for G and for H.

    With -w = 4 v / (1 + v)^2 the differential equation ``x (1 - x) Phi' + (1 + c - (1 - c) x) Phi = 1 + c``, x = -w, gives
    (k + 1 + c) d_k = (2 - 6 c) d_(k-1) + (k - 3 - c) d_(k-2) from k = 3 on, the same for k = 2 without the last part, and
    (2 + c) d_1 = 4 - 4 c.
    """
    table = np.zeros((POWERS, max(terms, 2)))
    table[0, 0] = 1
    for k in range(1, table.shape[1]):
        before = table[:, k - 1]
        right = 2 * before
        right[1:] -= 6 * before[:-1]
        if k == 1:
            right[:2] = 4, -4
        if k > 2:
            right += (k - 3) * table[:, k - 2]
            right[1:] -= table[:-1, k - 2]
        for m in range(POWERS):
            table[m, k] = (right[m] - (table[m - 1, k] if m else 0)) / (k + 1)
    # (1 + c) H / (2 w) = (Phi - Phi_0) / c - Phi_0
    shifted = np.concatenate([table[1:], np.zeros_like(table[:1])])
    shifted[0] -= table[0]
    return table, shifted
