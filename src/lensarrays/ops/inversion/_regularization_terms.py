"""What host methods do with the regularisation of a source: its matrix H is never made where its terms are sparse."""

from typing import Any

import numpy as np

from ..reg.abstract import DenseTerms, SparseTerms
from ._terms_numba import add_terms, add_times
from .elimination import Elimination
from .log_determinant import dot_cotangents_from, log_det_and_cotangents_from


def add_regularization(matrix: np.ndarray, terms: Any, plan: Elimination) -> None:
    """Add H to the upper triangle of a matrix in the order of elimination."""
    if isinstance(terms, SparseTerms):
        add_terms(matrix, *terms[:4], plan.position)
    elif terms is not None:
        matrix += terms.matrix[plan.order][:, plan.order]


def times_regularization(source: np.ndarray, terms: Any) -> np.ndarray:
    """Return H s."""
    if terms is None:
        return np.zeros(0)
    if isinstance(terms, DenseTerms):
        return terms.matrix @ source
    result = np.zeros(len(source))
    add_times(source, terms.indexes, terms.values, terms.weights, terms.diagonal, result)
    return result


def slopes_of_terms(inverse: np.ndarray, position: np.ndarray, terms: Any) -> tuple:
    """Return the derivatives of ln det(F + H) by the terms; the inverse has pixels at other places."""
    if terms is None:
        return ()
    if isinstance(terms, DenseTerms):
        return (inverse[np.ix_(position, position)],)
    bars = dot_cotangents_from(inverse, terms._replace(indexes=position[terms.indexes]))
    return bars.values, bars.weights, bars.diagonal[position]


def own_slopes_of_terms(terms: Any) -> tuple:
    """Return the derivatives of ln det H: zero where it is known, as JAX differentiates it then."""
    if terms is None:
        return ()
    if terms.log_det is not None:
        return tuple(np.zeros_like(part) for part in (terms[:1] if isinstance(terms, DenseTerms) else terms[1:4]))
    return tuple(log_det_and_cotangents_from(terms)[1])
