"""Linear systems by Cholesky factors, on any array library."""

from dataclasses import dataclass
from typing import Any, ClassVar, final

import jax
import numpy as np

from ..._backend import is_jax, namespace


@jax.tree_util.register_static
@dataclass(frozen=True)
@final
class Cholesky:
    """Solve without any condition on the signs, by one Cholesky factor; on any array library.

    Rounding errors are those of the system scaled to a unit diagonal, whatever the units of the parameters are.

    Examples
    --------
    >>> import lensarrays as la
    >>> la.inversion.Cholesky()
    Cholesky()
    """

    positive: ClassVar[bool] = False

    def values_from(self, matrix: Any, vector: Any) -> Any:
        """Return the solutions (..., p) of matrices (..., p, p) and vectors (..., p); NaN where there is none."""
        return solved_vector(factor_of(matrix), vector)


def factor_of(matrix: Any) -> Any:
    """Return the lower Cholesky factors of matrices (..., p, p), of which one triangle is read.

    Where a matrix is not positive definite, all of its factor is NaN.
    """
    if isinstance(matrix, np.ndarray):
        return _by_lapack(matrix)
    if is_jax(matrix):
        return jax.lax.linalg.cholesky(matrix, symmetrize_input=False)
    xp = namespace(matrix)
    try:
        return xp.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:  # of libraries that are NumPy inside; those with accelerators give NaN
        return xp.asarray(_by_lapack(np.asarray(matrix)))


def solved_by(factor: Any, columns: Any) -> Any:
    """Return the solutions (..., p, k) of systems whose lower Cholesky factors (..., p, p) are given."""
    if isinstance(factor, np.ndarray):
        from scipy.linalg.lapack import get_lapack_funcs

        (potrs,) = get_lapack_funcs(("potrs",), (factor,))
        solutions = np.empty(columns.shape, dtype=factor.dtype)
        for k in np.ndindex(factor.shape[:-2]):
            solutions[k] = potrs(factor[k].T, columns[k], lower=0)[0]
        return solutions
    if is_jax(factor):
        half = jax.lax.linalg.triangular_solve(factor, columns, left_side=True, lower=True)
        return jax.lax.linalg.triangular_solve(factor, half, left_side=True, lower=True, transpose_a=True)
    xp = namespace(factor)  # the array API has no triangular systems
    return xp.linalg.solve(xp.matrix_transpose(factor), xp.linalg.solve(factor, columns))


def solved_vector(factor: Any, vector: Any) -> Any:
    """Return the solutions (..., p) for one right-hand side (..., p) of each system."""
    return solved_by(factor, vector[..., None])[..., 0]


def product(matrix: Any, vector: Any) -> Any:
    """Return matrices (..., p, p) times vectors (..., p)."""
    return namespace(matrix, vector).matmul(matrix, vector[..., None])[..., 0]


def with_added(matrix: Any, diagonal: Any) -> Any:
    """Return matrices (..., p, p) with something (..., p) added to their diagonals."""
    if isinstance(matrix, np.ndarray):  # half the passes over the memory
        result = matrix.copy()
        np.einsum("...ii->...i", result)[...] += diagonal
        return result
    return matrix + namespace(matrix).eye(matrix.shape[-1], dtype=matrix.dtype) * diagonal[..., None, :]


def _by_lapack(matrix: np.ndarray) -> np.ndarray:
    """Return the factors: LAPACK goes by columns, so it sees the transposed arrays, and copies none of them."""
    from scipy.linalg.lapack import get_lapack_funcs

    (potrf,) = get_lapack_funcs(("potrf",), (matrix,))
    if matrix.ndim == 2:
        upper, failed = potrf(matrix.T, lower=0, clean=1)
        return np.full_like(matrix, np.nan) if failed else upper.T
    factor = np.empty(matrix.shape, dtype=matrix.dtype)
    for k in np.ndindex(matrix.shape[:-2]):
        factor[k] = _by_lapack(matrix[k])
    return factor
