"""Positive solutions of small dense systems, exact: by an active set."""

import functools
import math
from typing import Any, NamedTuple

import numpy as np

from . import _lapack

TOLERANCE = 1e-13  # of a slope, for variables and a vector that are scaled to one


class PositiveSolution(NamedTuple):
    """A positive solution x of one system of n unknowns.

    Attributes
    ----------
    values : array, shape (n,)
    passive : array of bool, shape (n,)
        Where x is not held at zero.
    converged : bool
        Whether the last step found nothing left to improve.
    """

    values: np.ndarray
    passive: np.ndarray
    converged: bool


def positive_solution_from(matrix: Any, vector: Any, passive: Any = None) -> np.ndarray:
    """Return x >= 0 that minimises x'Qx - 2 q'x, exactly but for rounding.

    Parameters
    ----------
    matrix : array, shape (..., n, n)
        Q, symmetric and positive definite.
    vector : array, shape (..., n)
        q.
    passive : array of bool, shape (..., n), optional
        Where x is expected to be positive: to start from. It has no influence on the result but for rounding.

    Returns
    -------
    array, shape (..., n)

    Raises
    ------
    ValueError
        If the shapes do not fit, if there is a value that is not finite, or if the diagonal of Q is not positive.

    References
    ----------
    C. L. Lawson and R. J. Hanson, *Solving Least Squares Problems* (1974), chapter 23; R. Bro and S. De Jong, J. Chemometrics 11,
    393 (1997), for normal equations.

    Examples
    --------
    >>> positive_solution_from([[2.0, 1.0], [1.0, 2.0]], [1.0, -1.0])
    array([0.5, 0. ])
    """
    matrix, vector = np.asarray(matrix, dtype=np.float64), np.asarray(vector, dtype=np.float64)
    n = vector.shape[-1] if vector.ndim else 0
    if vector.ndim == 0 or matrix.shape[-2:] != (n, n):
        raise ValueError(
            f"`matrix` must have shape (..., n, n), and `vector` (..., n), but they have {matrix.shape} and {vector.shape}; "
            f"give one equation for each unknown."
        )
    if not (np.all(np.isfinite(matrix)) and np.all(np.isfinite(vector))):
        raise ValueError("`matrix` and `vector` must be finite, but are not; look for NaN in the data and for noise of zero.")
    if not np.all(np.diagonal(matrix, axis1=-2, axis2=-1) > 0):
        raise ValueError(
            "`matrix` must be positive definite, but has a diagonal entry that is not positive; add a small number."
        )
    batch = np.broadcast_shapes(matrix.shape[:-2], vector.shape[:-1])
    matrix, vector = np.broadcast_to(matrix, (*batch, n, n)), np.broadcast_to(vector, (*batch, n))
    start = np.broadcast_to(False if passive is None else passive, vector.shape)
    result = np.empty(vector.shape)
    for k in np.ndindex(batch):
        result[k] = positive_solution(matrix[k], vector[k], start[k]).values
    return result


def positive_solution(matrix: np.ndarray, vector: np.ndarray, passive: np.ndarray) -> PositiveSolution:
    """Return x >= 0 that minimises x'Qx - 2 q'x for one system in float64, begun where `passive` says."""
    n = len(vector)
    scale = np.sqrt(np.diagonal(matrix))
    vector = vector / scale
    unit = float(np.max(np.abs(vector), initial=0.0))
    if unit == 0.0 or not math.isfinite(unit):
        return PositiveSolution(np.zeros(n), np.zeros(n, dtype=bool), unit == 0.0)
    matrix = matrix / scale[:, None] / scale[None, :]
    factor = np.zeros((n + 1, n + 1))
    order, size = _begin(matrix, passive, factor)
    values, memory = np.zeros(n), np.empty((2, n + 1))
    steps = _active_set()
    arguments = matrix, vector / unit, factor, order, size, values, np.zeros(n, dtype=bool), memory, TOLERANCE, 10 * n + 100
    converged, size = steps(*arguments)
    found = np.zeros(n, dtype=bool)
    found[order[:size]] = True
    return PositiveSolution(values * (unit / scale), found, bool(converged))


def _begin(matrix: np.ndarray, passive: np.ndarray, factor: np.ndarray) -> tuple[np.ndarray, int]:
    """Set the factor to that of the passive variables, but for those that depend on others; return them, and how many there are."""
    order = np.zeros(len(matrix) + 1, dtype=np.int64)
    (chosen,) = np.nonzero(passive)
    while True:
        size = len(chosen)
        factor[:size, :size] = matrix[np.ix_(chosen, chosen)]
        minor = _lapack.factor(factor[:size, :size])
        if minor == 0:
            order[:size] = chosen
            return order, size
        chosen = np.delete(chosen, minor - 1)


@functools.cache
def _active_set() -> Any:
    """Return what Numba compiles, once it is needed."""
    from ._active_set_numba import active_set

    return active_set
