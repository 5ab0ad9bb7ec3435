"""What the kernels share: a covariance between all mesh pixels, whose inverse is the regularisation matrix."""

from typing import Any

import numpy as np

from ..._backend import namespace, with_derivative
from ..._check import fails
from ...structures.coordinates import root
from ..mapper import Mapper
from ._coefficients import safe_log


def squared_distances(mapper: Mapper, *, xp: Any) -> Any:
    """Return the squared distances between mesh pixels, (..., s, s) [arcsec^2]."""
    y, x = (xp.asarray(mapper.mesh_grid)[..., axis] for axis in (0, 1))
    return (y[..., :, None] - y[..., None, :]) ** 2 + (x[..., :, None] - x[..., None, :]) ** 2


def distances(mapper: Mapper, *, xp: Any) -> Any:
    """Return the distances, with a derivative of zero where they are zero."""
    return root(squared_distances(mapper, xp=xp))


def per_matrix(number: Any) -> Any:
    """Return a number of shape (...) as one that meets matrices."""
    return number[..., None, None]


def with_jitter(covariance: Any, jitter: Any, *, xp: Any) -> Any:
    """Return a covariance with a number added to its diagonal."""
    return covariance + per_matrix(jitter) * xp.eye(covariance.shape[-1], dtype=covariance.dtype)


def inverse_and_log_det(matrix: Any) -> tuple[Any, Any]:
    """Return the inverse of positive definite matrices (..., s, s), and the logarithms of their determinants (...).

    What is not positive definite gives NaN. JAX differentiates this by the inverse, not through the factorisation.
    """
    return with_derivative(_inverse_and_log_det, _derivative)(matrix)


def log_det(matrix: Any) -> Any:
    """Return the second alone."""
    return with_derivative(_log_det, _log_det_derivative)(matrix)


def _inverse_and_log_det(matrix: Any) -> tuple[Any, Any]:
    if isinstance(matrix, np.ndarray) and matrix.ndim == 2:
        return _by_lapack(matrix)
    xp = namespace(matrix)
    value = _log_det(matrix)
    inverse = xp.linalg.inv(xp.where(per_matrix(xp.isfinite(value)), matrix, xp.eye(matrix.shape[-1], dtype=matrix.dtype)))
    inverse = 0.5 * (inverse + xp.matrix_transpose(inverse))
    return inverse + per_matrix(0 * value), value


def _log_det(matrix: Any) -> Any:
    xp = namespace(matrix)
    try:
        factor = xp.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:  # JAX gives NaN
        return xp.full(matrix.shape[:-2], xp.nan, dtype=matrix.dtype)
    return 2 * xp.sum(xp.log(xp.linalg.diagonal(factor)), axis=-1)


def _by_lapack(matrix: np.ndarray) -> tuple[np.ndarray, Any]:
    """Return the same for one NumPy matrix, in a third of the time."""
    import scipy.linalg

    factorise, invert = scipy.linalg.get_lapack_funcs(("potrf", "potri"), (matrix,))
    factor, failure = factorise(matrix.T, lower=1, clean=1)  # the transposed one is as LAPACK has matrices in memory
    if failure:
        return np.full_like(matrix, np.nan), matrix.dtype.type(np.nan)
    value = 2 * np.sum(np.log(np.diagonal(factor)))
    upper = invert(factor, lower=1, overwrite_c=1)[0].T
    diagonal = np.diagonal(upper).copy()
    inverse = upper + upper.T
    np.fill_diagonal(inverse, diagonal)
    return inverse, value


def _derivative(arguments: Any, tangents: Any) -> tuple[Any, Any]:
    inverse, value = inverse_and_log_det(*arguments)
    (tangent,) = tangents
    xp = namespace(inverse, tangent)
    return (inverse, value), (-(inverse @ tangent @ inverse), xp.sum(inverse * tangent, axis=(-2, -1)))


def _log_det_derivative(arguments: Any, tangents: Any) -> tuple[Any, Any]:
    (_, value), (_, tangent) = _derivative(arguments, tangents)
    return value, tangent


def scaled_inverse(covariance: Any, coefficient: Any, *, xp: Any) -> tuple[Any, Any]:
    """Return a coefficient (...) times the inverse of a covariance (..., s, s), and the logarithm of the determinant of that.

    Raises
    ------
    ValueError
        If the covariance is not positive definite and is not traced; else the results are NaN.
    """
    inverse, value = inverse_and_log_det(covariance)
    if fails(xp.isfinite(value)):
        raise ValueError(
            "`jitter` must be large enough for the covariance of the mesh pixels to be positive definite, but the smallest of "
            "its eigenvalues is not above zero in this precision; give a larger `jitter` or a smaller `scale`."
        )
    return per_matrix(coefficient) * inverse, covariance.shape[-1] * safe_log(coefficient, xp=xp) - value
