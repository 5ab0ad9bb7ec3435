"""The log determinant of a regularisation matrix that is a sum of sparse terms, and its derivative; on the host, in float64."""

import math
from typing import Any, NamedTuple

import numpy as np

from ..reg.abstract import DenseTerms, SparseTerms
from . import _cholesky

# A band that is wider than this part of the matrix is factorised as if it were full, which has no overhead.
_WIDE = 0.3


class TermsCotangents(NamedTuple):
    """The derivatives of a number by the values (e, k), the weights (e,) and the diagonal (s,) of a regularisation matrix."""

    values: np.ndarray
    weights: np.ndarray
    diagonal: np.ndarray


class _Factor(NamedTuple):
    """The Cholesky factor of a matrix, banded (s, b + 1) or full (s, s), and where each mesh pixel is in it."""

    factor: np.ndarray
    is_banded: bool
    position: np.ndarray
    log_det: float


def log_det_from(terms: SparseTerms | DenseTerms) -> float:
    """Return ln det H of a regularisation matrix of NumPy arrays, without batch axes.

    Where there is a closed form, that is it. Else the pixels are ordered such that the matrix is a narrow band (reverse
    Cuthill-McKee), which is factorised; on a mesh of s pixels in a plane it is about 3 sqrt(s) wide.

    Parameters
    ----------
    terms : SparseTerms or DenseTerms

    Returns
    -------
    float
        Minus infinity if the matrix is not positive definite, and NaN if it holds NaN.

    Raises
    ------
    TypeError
        If the terms are not NumPy arrays without batch axes.

    References
    ----------
    Cuthill and McKee 1969, Proceedings of the 24th National Conference of the ACM, 157.

    Examples
    --------
    >>> import numpy as np
    >>> from lensarrays.ops.reg.abstract import SparseTerms
    >>> pair = SparseTerms(np.array([[0, 1]]), np.array([[1.0, -1.0]]), np.array([2.0]), np.array([1.0, 1.0]))
    >>> round(float(np.exp(log_det_from(pair))), 6)
    5.0
    """
    if terms.log_det is not None:
        return float(terms.log_det)
    return _factorised(_on_host(terms)).log_det


def log_det_and_cotangents_from(terms: SparseTerms) -> tuple[float, TermsCotangents]:
    """Return ln det H of a sum of sparse terms, and its derivatives by values, weights and diagonal.

    These take no more of the inverse of H than its entries within the band. Entries of `values` that are zero are taken for
    padding: their derivatives are zero.

    Parameters
    ----------
    terms : SparseTerms
        Of NumPy arrays, without batch axes. A closed form of the log determinant is not used.

    Returns
    -------
    log_det : float
        Minus infinity if the matrix is not positive definite, NaN if it holds NaN; the derivatives are then NaN.
    cotangents : TermsCotangents

    Raises
    ------
    TypeError
        If the terms are not NumPy arrays without batch axes.
    """
    from ._banded_numba import band_dot_bar, select_inverse

    terms = _on_host(terms)
    result = _factorised(terms)
    bars = _empty_like(terms)
    if not np.isfinite(result.log_det):
        return result.log_det, TermsCotangents(*(np.full_like(bar, np.nan) for bar in bars))
    if not result.is_banded:
        return result.log_det, dot_cotangents_from(_inverse(result.factor), terms)
    inverse = np.empty_like(result.factor)
    select_inverse(result.factor, inverse)
    band_dot_bar(inverse, terms.indexes, terms.values, terms.weights, result.position, *bars)
    return result.log_det, bars


def dot_cotangents_from(symmetric: np.ndarray, terms: SparseTerms) -> TermsCotangents:
    """Return the derivatives of the sum over i, j of Q[i, j] H[i, j] by values, weights and diagonal of H.

    Parameters
    ----------
    symmetric : array of float64, shape (s, s)
        The symmetric matrix Q.
    terms : SparseTerms
        Of NumPy arrays, without batch axes.

    Returns
    -------
    TermsCotangents

    Raises
    ------
    TypeError
        If the terms are not NumPy arrays without batch axes.
    """
    from ._terms_numba import dot_bar

    terms = _on_host(terms)
    bars = _empty_like(terms)
    dot_bar(symmetric, terms.indexes, terms.values, terms.weights, *bars)
    return bars


def _empty_like(terms: SparseTerms) -> TermsCotangents:
    return TermsCotangents(np.empty_like(terms.values), np.empty_like(terms.weights), np.empty_like(terms.diagonal))


def _on_host(terms: Any) -> SparseTerms:
    """Return terms as contiguous arrays of float64 and of int64."""
    ranks = dict(indexes=2, values=2, weights=1, diagonal=1)
    arrays = {}
    for name, rank in ranks.items():
        array = getattr(terms, name)
        if not isinstance(array, np.ndarray) or array.ndim != rank:
            raise TypeError(
                f"`terms` must be SparseTerms of NumPy arrays without batch axes, but its {name} are a {type(array).__name__} "
                f"of shape {tuple(np.shape(array))}; call this for each of a batch, by `numpy.asarray`."
            )
        arrays[name] = np.ascontiguousarray(array, dtype=np.int64 if name == "indexes" else np.float64)
    return SparseTerms(**arrays)


def _factorised(terms: SparseTerms) -> _Factor:
    """Return the Cholesky factor of the sum of terms."""
    from ._banded_numba import factor_band, fill_band, set_reach
    from ._cuthill_mckee_numba import places_in_band
    from ._terms_numba import add_terms

    size = terms.diagonal.size
    position, reach = places_in_band(terms.indexes, terms.values, size), np.empty(size, dtype=np.int64)
    width = set_reach(terms.indexes, terms.values, position, reach)
    is_banded = width < _WIDE * size
    if is_banded:
        matrix = np.zeros((size, width + 1))
        fill_band(matrix, terms.indexes, terms.values, terms.weights, terms.diagonal, position)
        failure, pivots = factor_band(matrix, reach), matrix[:, 0]
    else:
        matrix, position = np.zeros((size, size)), np.arange(size)
        add_terms(matrix, terms.indexes, terms.values, terms.weights, terms.diagonal, position)
        failure, pivots = _cholesky.factor(matrix), np.diagonal(matrix)
    is_nan = np.isnan(terms.weights).any() or np.isnan(terms.values).any() or np.isnan(terms.diagonal).any()
    log_det = math.nan if is_nan else -math.inf if failure else 2 * float(np.sum(np.log(pivots)))
    return _Factor(matrix, is_banded, position, log_det)


def _inverse(factor: np.ndarray) -> np.ndarray:
    """Return the inverse (s, s) of the matrix whose Cholesky factor is transposed in the upper triangle of an array."""
    from scipy.linalg import lapack

    lower, _ = lapack.dpotri(factor.T, lower=1)
    return np.tril(lower) + np.tril(lower, -1).T
