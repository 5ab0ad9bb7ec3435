"""Positive solutions of small dense systems, exact: by an active set."""

import functools
import math
from typing import Any, NamedTuple

import numpy as np

from . import _lapack

TOLERANCE, LARGEST_SLOPE = 1e-13, 1e-9  # that is sought, and that passes, for variables and a vector that are scaled to one


class PositiveSolution(NamedTuple):
    """A positive solution x of one system of n unknowns.

    Attributes
    ----------
    values : array, shape (n,)
    passive : array of bool, shape (n,)
        Where x is not held at zero.
    converged : bool
        Whether nothing is left to improve. If not, the matrix is not positive definite within rounding; x is NaN if that shows
        on its diagonal, or if a value is not finite.
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
        If the shapes do not fit.
    numpy.linalg.LinAlgError
        If a value is not finite, or Q not positive definite as far as it matters: this is a ValueError, too.

    References
    ----------
    C. L. Lawson and R. J. Hanson, *Solving Least Squares Problems* (1974), chapter 23; R. Bro and S. De Jong,
    J. Chemometrics 11, 393 (1997), for normal equations.

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
        raise np.linalg.LinAlgError(
            "`matrix` and `vector` must be finite, but are not; look for NaN in the data, and for noise that is zero."
        )
    batch = np.broadcast_shapes(matrix.shape[:-2], vector.shape[:-1])
    matrix, vector = np.broadcast_to(matrix, (*batch, n, n)), np.broadcast_to(vector, (*batch, n))
    start = np.broadcast_to(False if passive is None else passive, vector.shape)
    result = np.empty(vector.shape)
    for k in np.ndindex(batch):
        solution = positive_solution(matrix[k], vector[k], start[k])
        if not solution.converged:
            raise np.linalg.LinAlgError(
                "`matrix` must be positive definite, but is not: there is no minimum; add a small number to its diagonal."
            )
        result[k] = solution.values
    return result


def positive_solution(matrix: np.ndarray, vector: np.ndarray, passive: np.ndarray) -> PositiveSolution:
    """Return x >= 0 that minimises x'Qx - 2 q'x for one system in float64, begun where `passive` says."""
    n = len(vector)
    diagonal, nothing = np.diagonal(matrix), np.zeros(n, dtype=bool)
    if not (np.all(diagonal > 0) and math.isfinite(np.sum(matrix)) and math.isfinite(np.sum(vector))):
        return PositiveSolution(np.full(n, math.nan), nothing, False)
    scale = np.sqrt(diagonal)
    unit = float(np.max(np.abs(vector / scale), initial=0.0))
    if unit == 0.0:
        return PositiveSolution(np.zeros(n), nothing, True)
    matrix, vector = matrix / scale[:, None] / scale, vector / scale / unit
    factor = np.zeros((n + 1, n + 1))
    order, size = _begin(matrix, passive, factor)
    values, memory = np.zeros(n), np.empty((2, n + 1))
    steps = _active_set()
    ended, size = steps(matrix, vector, factor, order, size, values, nothing.copy(), memory, TOLERANCE, 10 * n + 100)
    found = np.zeros(n, dtype=bool)
    found[order[:size]] = True
    slopes = vector - matrix @ values
    converged = bool(ended) and float(np.max(np.where(found, np.abs(slopes), slopes))) < LARGEST_SLOPE
    return PositiveSolution(values * (unit / scale), found, converged)


def _begin(matrix: np.ndarray, passive: np.ndarray, factor: np.ndarray) -> tuple[np.ndarray, int]:
    """Set the factor to that of the passive variables that do not depend on others; return them, and how many there are."""
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
