"""The Matern function, for every smoothness and as a function of it."""

import math
from typing import Any

import numpy as np

from ..._backend import is_jax, with_partials
from ..._check import is_concrete

LARGEST_NU = 10.0

# The modified Bessel function K_nu(z) is the integral of exp(-z cosh t) cosh(nu t) over all positive t. The integrand is
# analytic and vanishes doubly exponentially: the trapezoidal rule is good to 1e-12 with these steps, for z above _SMALLEST.
_STEP, _NODES, _SMALLEST = 0.2, 120, 1e-8

# Of Stirling's series, for arguments above 10.
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188)

_CLOSED_FORMS = {0.5: (), 1.5: (1.0,), 2.5: (1.0, 1 / 3)}


def matern(distance: Any, nu: Any, given_nu: Any, *, xp: Any) -> Any:
    """Return the covariance at a distance in units of the scale.

    Parameters
    ----------
    distance : array
    nu : array that broadcasts with it
    given_nu : any
        The same as it was given: if it is a number that can be looked at, and there is a closed form, that is used.
    """
    z = xp.sqrt(2 * nu) * distance
    if is_concrete(given_nu) and np.ndim(given_nu) == 0 and float(given_nu) in _CLOSED_FORMS:
        polynomial = xp.ones_like(z)
        for power, factor in enumerate(_CLOSED_FORMS[float(given_nu)], start=1):
            polynomial = polynomial + factor * z**power
        return polynomial * xp.exp(-z)
    is_near = z < _SMALLEST
    general = matern_of_numpy if isinstance(z, np.ndarray) else with_partials(lambda z, nu: matern_by_quadrature(z, nu, xp=xp))
    return xp.where(is_near, xp.ones_like(z), general(xp.where(is_near, xp.ones_like(z), z), nu))


def matern_of_numpy(z: np.ndarray, nu: np.ndarray) -> np.ndarray:
    """Return the function by SciPy's Bessel function."""
    from scipy.special import gammaln, kve

    return np.exp((1 - nu) * math.log(2.0) - gammaln(nu) + nu * np.log(z) - z) * kve(nu, z)


def matern_by_quadrature(z: Any, nu: Any, *, xp: Any) -> Any:
    """Return the function by a sum of exponentials, in which nothing overflows."""
    offset = (1 - nu) * math.log(2.0) - log_gamma(nu, xp=xp) + nu * xp.log(z)

    def add(node: Any, total: Any) -> Any:
        t = _STEP * xp.asarray(node, dtype=z.dtype)
        return total + 0.5 * _STEP * (1 + xp.exp(-2 * t * nu)) * xp.exp(offset + t * nu - xp.cosh(t) * z)

    total = 0.5 * _STEP * xp.exp(offset - z)
    if is_jax(z):  # a loop of its own takes a tenth of the time to compile
        from jax import lax

        return lax.fori_loop(1, _NODES, add, total)
    for node in range(1, _NODES):
        total = add(node, total)
    return total


def log_gamma(x: Any, *, xp: Any) -> Any:
    """Return the logarithm of the gamma function for positive numbers; the array API has none."""
    product = x
    for k in range(1, 10):
        product = product * (x + k)
    y = x + 10
    series = sum(coefficient / y ** (2 * k + 1) for k, coefficient in enumerate(_STIRLING))
    return (y - 0.5) * xp.log(y) - y + 0.5 * math.log(2 * math.pi) + series - xp.log(product)
