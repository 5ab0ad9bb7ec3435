"""Smooth functions on rectangles, from their values at Chebyshev nodes."""

import functools
from typing import Any

import numpy as np

from .._backend import readonly


@functools.cache
def chebyshev_nodes(order: int) -> np.ndarray:
    """Return the zeros of the Chebyshev polynomial of an order, in (-1, 1)."""
    return readonly(np.cos(np.pi * (np.arange(order) + 0.5) / order))


@functools.cache
def monomials_from_values(order: int) -> np.ndarray:
    """Return the matrix (order, order) from values at the nodes to the coefficients of powers, that of 1 first.

    Powers, unlike Chebyshev polynomials, are summed with one multiplication a term, and up to order 10 or so on [-1, 1]
    nothing is lost by it.
    """
    return readonly(np.linalg.inv(np.vander(chebyshev_nodes(order), increasing=True)))


def node_points(middle: Any, half: Any, order: int, *, xp: Any) -> Any:
    """Return coordinates (..., order) of the nodes on intervals given by their middles and half widths (...)."""
    return middle[..., None] + half[..., None] * xp.asarray(chebyshev_nodes(order), dtype=middle.dtype)


def coefficients_from(values: Any, order: int, *, xp: Any) -> Any:
    """Return coefficients of powers (..., order, order) of the polynomials with given values at the nodes."""
    matrix = xp.asarray(monomials_from_values(order), dtype=values.dtype)
    return xp.matmul(xp.matmul(matrix, values), matrix.T)


def polynomial_at(coefficients: Any, y: Any, x: Any) -> Any:
    """Return polynomials, of coefficients (..., order, order) of powers of y and x, at points (..., m)."""
    order, total = coefficients.shape[-1], None
    for p in reversed(range(order)):
        row = coefficients[..., p, order - 1][..., None]
        for q in reversed(range(order - 1)):
            row = row * x + coefficients[..., p, q][..., None]
        total = row if total is None else total * y + row
    return total
