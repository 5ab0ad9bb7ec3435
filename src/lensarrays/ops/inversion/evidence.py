"""The terms of the log evidence of an inversion, each by itself, on any array library."""

import math
from typing import Any, final

import equinox as eqx

from ... import _check
from ..._backend import namespace, with_derivative
from ...structures.abstract import as_array
from .cholesky import factor_of, product, solved_by
from .reconstruction import finite_factor_of


@final
class EvidenceTerms(eqx.Module):
    """The five terms of the log evidence, under autolens's names; each an array of shape (...), or a number.

    A term that is not finite stands for a model that has no solution. Its log evidence is minus infinity, never NaN, with a
    gradient of zero.

    Attributes
    ----------
    chi_squared : array
        The sum of the squared residuals, each over its noise.
    regularization_term : array
        s'H s.
    log_det_curvature_reg_matrix_term : array
        ln det (F + H), over the values that are regularised.
    log_det_regularization_matrix_term : array
        ln det H.
    noise_normalization : array
        The sum of ln (2 pi sigma^2).

    References
    ----------
    S. H. Suyu et al., MNRAS 371 (2006) 983, equation 19; S. Dye and S. J. Warren, ApJ 623 (2005) 31; J. W. Nightingale and
    S. Dye, MNRAS 452 (2015) 2940.

    Examples
    --------
    >>> import lensarrays as la
    >>> la.inversion.EvidenceTerms(10.0, 2.0, 7.0, 3.0, -30.0).log_evidence.item()
    7.0
    """

    chi_squared: Any
    regularization_term: Any
    log_det_curvature_reg_matrix_term: Any
    log_det_regularization_matrix_term: Any
    noise_normalization: Any

    @property
    def log_evidence(self) -> Any:
        """The log evidence, shape (...): minus half of the sum of all terms, of which that of ln det H counts negative."""
        penalty = self.regularization_term + self.log_det_curvature_reg_matrix_term - self.log_det_regularization_matrix_term
        return _log_of(self.chi_squared + penalty + self.noise_normalization)

    @property
    def log_likelihood(self) -> Any:
        """The log likelihood, shape (...): minus half of chi squared and the noise normalisation."""
        return _log_of(self.chi_squared + self.noise_normalization)

    @property
    def log_likelihood_with_regularization(self) -> Any:
        """The log likelihood less half of the regularisation term, shape (...)."""
        return _log_of(self.chi_squared + self.regularization_term + self.noise_normalization)


def chi_squared_from(residual_map: Any, noise_map: Any) -> Any:
    """Return the sum of the squared residuals, each over its noise.

    Parameters
    ----------
    residual_map : Array2D or array, shape (..., n) [unit of the image]
    noise_map : Array2D or array, shape (..., n) [unit of the image]
        Standard deviations, positive.

    Returns
    -------
    array, shape (...)

    Raises
    ------
    ValueError
        If a standard deviation is not positive, or both do not have the same pixels.

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> la.inversion.chi_squared_from(np.asarray([1.0, 2.0, 0.0]), np.asarray([1.0, 0.5, 1.0])).item()
    17.0
    """
    residual_map, noise_map = as_array(residual_map, "residual_map"), positive_noise(noise_map)
    xp = namespace(residual_map, noise_map)
    check_size(residual_map, noise_map.shape[-1], "residual_map", "noise_map")
    return xp.sum((residual_map / noise_map) ** 2, axis=-1)


def noise_normalization_from(noise_map: Any) -> Any:
    """Return the sum of ln (2 pi sigma^2), which makes a likelihood of chi squared.

    Parameters
    ----------
    noise_map : Array2D or array, shape (..., n) [unit of the image]
        Standard deviations sigma, positive.

    Returns
    -------
    array, shape (...)

    Raises
    ------
    ValueError
        If a standard deviation is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> la.inversion.noise_normalization_from(np.ones(2)).round(6).item()
    3.675754
    """
    noise_map = positive_noise(noise_map)
    xp = namespace(noise_map)
    return 2.0 * xp.sum(xp.log(noise_map), axis=-1) + noise_map.shape[-1] * math.log(2.0 * math.pi)


def regularization_term_from(reconstruction: Any, regularization_matrix: Any) -> Any:
    """Return s'H s, which is small for a smooth source.

    Parameters
    ----------
    reconstruction : array, shape (..., s) [unit of the image]
        The values s of the mesh pixels.
    regularization_matrix : array, shape (..., s, s) [unit of the image^-2]
        H.

    Returns
    -------
    array, shape (...)

    Raises
    ------
    ValueError
        If the matrix has not one row and column for each value.

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> la.inversion.regularization_term_from(np.asarray([1.0, 3.0]), np.asarray([[1.0, -1.0], [-1.0, 1.0]])).item()
    4.0
    """
    reconstruction = as_array(reconstruction, "reconstruction")
    matrix = as_array(regularization_matrix, "regularization_matrix")
    xp = namespace(reconstruction, matrix)
    _check_square(matrix, "regularization_matrix")
    check_size(reconstruction, matrix.shape[-1], "reconstruction", "regularization_matrix")
    return xp.sum(reconstruction * product(matrix, reconstruction), axis=-1)


def log_determinant_from(matrix: Any) -> Any:
    """Return the natural logarithm of the determinant, by a Cholesky factor.

    Parameters
    ----------
    matrix : array, shape (..., p, p)
        Symmetric, of which one triangle is read, and positive definite.

    Returns
    -------
    array, shape (...)
        The derivative is the inverse, forward and reverse.

    Raises
    ------
    ValueError
        If a matrix is not square, or not positive definite. Under `jit`, where this cannot be looked at, the result is minus
        infinity, with a derivative that is finite and of no use.
    TypeError
        If it is not of floating-point numbers.

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> la.inversion.log_determinant_from(np.asarray([[2.0, 1.0], [1.0, 2.0]])).round(6).item()
    1.098612
    """
    matrix = as_array(matrix, "matrix")
    xp = namespace(matrix)
    _check_square(matrix, "matrix")
    if not xp.isdtype(matrix.dtype, "real floating"):
        raise TypeError(f"`matrix` must be of floating-point numbers, but has dtype {matrix.dtype}; use `.astype(float)`.")
    result = _log_determinant(matrix)
    if _check.fails(xp.isfinite(result)):
        _check.finite(matrix, "matrix")
        raise ValueError(
            f"`matrix` must be positive definite, but {int(xp.sum(xp.astype(~xp.isfinite(result), xp.int64)))} of "
            f"{math.prod(result.shape)} have no Cholesky factor; add to its diagonal, or raise the regularisation coefficient."
        )
    return result


def _log_determinant(matrix: Any) -> Any:
    def derivative(arguments: tuple, tangents: list) -> tuple[Any, Any]:
        (matrix,), (tangent,) = arguments, tangents
        xp, factor = namespace(matrix), finite_factor_of(matrix)
        identity = xp.broadcast_to(xp.eye(matrix.shape[-1], dtype=matrix.dtype), matrix.shape)
        return _log_determinant(matrix), xp.sum(solved_by(factor, identity) * tangent, axis=(-2, -1))

    return with_derivative(_by_factor, derivative)(matrix)


def _by_factor(matrix: Any) -> Any:
    xp, factor = namespace(matrix), factor_of(matrix)
    result = 2.0 * xp.sum(xp.log(xp.linalg.diagonal(factor)), axis=-1)
    return xp.where(xp.isnan(result), xp.asarray(-xp.inf, dtype=result.dtype), result)


def _log_of(twice_minus: Any) -> Any:
    """Return minus half of a sum, or minus infinity where it is not finite."""
    xp = namespace(twice_minus)
    total = xp.asarray(twice_minus)
    is_finite = xp.isfinite(total)
    return xp.where(is_finite, -0.5 * total, xp.asarray(-xp.inf, dtype=total.dtype))


def positive_noise(noise_map: Any) -> Any:
    noise_map = as_array(noise_map, "noise_map")
    _check.positive(noise_map, "noise_map")
    return noise_map


def _check_square(matrix: Any, name: str) -> None:
    if len(matrix.shape) < 2 or matrix.shape[-2] != matrix.shape[-1]:
        raise ValueError(f"`{name}` must be square, shape (..., p, p), but has shape {tuple(matrix.shape)}; give all of it.")


def check_size(array: Any, size: int, name: str, of: str) -> None:
    if tuple(array.shape[-1:]) != (size,):
        raise ValueError(
            f"`{name}` must have shape (..., {size}), as `{of}` has, but has shape {tuple(array.shape)}; cut both by one mask."
        )
