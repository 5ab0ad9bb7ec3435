"""log(1 + exp(x)), as fast as a polynomial."""

import functools
from typing import Any

import numpy as np

from .._backend import with_derivative

DEGREES = {"float64": 11, "float32": 4}
LAST = 1 / 9  # of z^2, for z = e / (2 + e) and e from 0 to 1


def softplus(x: Any, *, xp: Any) -> Any:
    """Return log(1 + exp(x)) for real x, which never overflows; the relative error is below 4e-15, in float32 4e-7.

    By ``log(1 + e) = 2 artanh(e / (2 + e))`` and a polynomial, as `logaddexp` takes XLA six times as long. The derivative
    is written out for the same reason.
    """

    def value(x: Any) -> Any:
        e = xp.exp(xp.minimum(x, -x))
        # XLA's loop ends at a quotient of arrays that is used twice, and short loops are fast, but not if `log` is a call.
        z = e / (2 + e) if xp.finfo(e.dtype).eps > 1e-10 else e * (1 / (2 + e))
        return xp.maximum(x, xp.zeros_like(x)) + 2 * z * _polynomial(z * z, xp=xp)

    def derivative(arguments: Any, tangents: Any) -> Any:
        (x,), (dx,) = arguments, tangents
        e = xp.exp(xp.minimum(x, -x))
        slope = xp.exp(xp.minimum(x, xp.zeros_like(x))) * (1 / (1 + e))  # its derivative is right at 0 too
        return softplus(x, xp=xp), slope * dx

    return with_derivative(value, derivative)(x)


def _polynomial(u: Any, *, xp: Any) -> Any:
    """Return artanh(sqrt(u)) / sqrt(u): the even and the odd powers apart, as a long chain of operations is slow."""
    coefficients = _coefficients("float64" if xp.finfo(u.dtype).eps < 1e-10 else "float32")
    parts = []
    for own in (coefficients[::2], coefficients[1::2]):
        total = xp.full_like(u, own[-1])
        for c in own[-2::-1]:
            total = total * (u * u) + c
        parts.append(total)
    return parts[0] + u * parts[1]


@functools.cache
def _coefficients(precision: str) -> tuple[float, ...]:
    """Return the coefficients of 1, u, u^2, ... in the polynomial that meets artanh(sqrt(u)) / sqrt(u) at Chebyshev nodes."""

    def exact(u: np.ndarray) -> np.ndarray:
        return np.polynomial.polynomial.polyval(u, 1 / (2 * np.arange(30) + 1))

    fit = np.polynomial.Chebyshev.interpolate(exact, DEGREES[precision], [0, LAST])
    return tuple(fit.convert(kind=np.polynomial.Polynomial).coef.tolist())
