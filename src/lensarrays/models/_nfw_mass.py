"""Masses of NFW haloes, in units of 4 pi rho_s r_s^3, and the radius that holds some mean density."""

from typing import Any

import numpy as np

NEWTON_STEPS = 5
SERIES_BELOW, SERIES_TERMS = 0.1, 14
CORE_TERMS = 32  # of powers of 1/2 at most


def nfw_mass(x: Any, *, xp: Any) -> Any:
    """Return the mass within x scale radii, over 4 pi rho_s r_s^3, also where log(1 + x) and x / (1 + x) cancel."""
    small, one = x < SERIES_BELOW, xp.ones_like(x)
    inner, outer = xp.where(small, x, 0 * one), xp.where(small, one, x)
    series = 0 * one
    for k in reversed(range(2, SERIES_TERMS + 2)):
        series = (k - 1) / k - inner * series
    return xp.where(small, inner**2 * series, xp.log1p(outer) - outer / (1 + outer))


def cored_mass(x: Any, f: Any, *, xp: Any) -> Any:
    """Return the mass within x scale radii of the cored NFW halo, over 4 pi rho_s r_s^3; f is the core over the scale radius.

    It is the integral of s^2 / ((f + s) (1 + s)^2) from 0 to x. Where f is near 1 the parts of its closed form cancel, and
    powers of 1 - f are integrated one by one.
    """
    near, one = f > 0.5, xp.ones_like(x * f)
    f_near, f_far = xp.where(near, f * one, one), xp.where(near, 0.25 * one, f * one)
    logarithms = f_far**2 * xp.log1p(x / f_far) + (1 - 2 * f_far) * xp.log1p(x)
    closed = (logarithms / (1 - f_far) - x / (1 + x)) / (1 - f_far)
    u, gap = 1 / (1 + x), 1 - f_near  # the integrals are of (1 - u)^2 u^(k - 1)
    k = xp.asarray(np.arange(1.0, CORE_TERMS).reshape((-1,) + one.ndim * (1,)), dtype=x.dtype)
    integrals = (1 - u**k) / k - 2 * (1 - u ** (k + 1)) / (k + 1) + (1 - u ** (k + 2)) / (k + 2)
    series = xp.sum(gap**k * integrals, axis=0)
    return xp.where(near, xp.log1p(x) - 2 * (1 - u) + (1 - u**2) / 2 + series, closed)


def truncated_mass(tau: Any, *, xp: Any) -> Any:
    """Return the total mass of the truncated NFW halo, over 4 pi rho_s r_s^3, for tau = r_t / r_s."""
    bracket = (tau**2 - 1) * xp.log(tau) + xp.pi * tau - (tau**2 + 1)
    return (tau / (tau**2 + 1)) ** 2 * bracket


def radius_within(density: Any, *, xp: Any) -> Any:
    """Return the radius, over r_s, within which the mean density is `density` times rho_s.

    Newton's method for 3 m(x) / x^3 in logarithms, where it is smooth, with slopes between -1 and -3.
    """
    target = xp.log(density / 3)
    # Inside, the mean density is 3 / (2 x); far outside, somewhat above 3 log(x) / x^3.
    log_x = xp.where(density > 1, -xp.log(2 * density / 3), -0.45 * target)
    for _ in range(NEWTON_STEPS):
        x = xp.exp(log_x)
        mass = nfw_mass(x, xp=xp)
        slope = (x / (1 + x)) ** 2 / mass - 3
        log_x = log_x + (target - xp.log(mass) + 3 * log_x) / slope
    return xp.exp(log_x)
