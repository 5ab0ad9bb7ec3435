"""What all regularisations have in common."""

import abc
from typing import Any, ClassVar, NamedTuple

import equinox as eqx

from ..mapper import Mapper


class SparseTerms(NamedTuple):
    """A regularisation matrix as a sum: H = sum over e of weights[e] v_e v_e' + diag(diagonal), v_e sparse.

    Attributes
    ----------
    indexes : array of int, shape (..., e, k)
        Where v_e is not zero. Where it has fewer than k entries, others of value zero are named.
    values : array, shape (..., e, k)
    weights : array, shape (..., e)
        Not negative.
    diagonal : array, shape (..., s)
    log_det : array, shape (...), or None
        ln det H, where there is a closed form.
    """

    indexes: Any
    values: Any
    weights: Any
    diagonal: Any
    log_det: Any = None


class DenseTerms(NamedTuple):
    """A regularisation matrix, shape (..., s, s), and its log determinant, shape (...)."""

    matrix: Any
    log_det: Any


class AbstractRegularization(eqx.Module):
    """A prior on how smooth a source is: its coefficients are pytree leaves."""

    # Whether it uses the image of the source, and the split points of the mapper.
    needs_adapt_data: ClassVar[bool] = False
    needs_split: ClassVar[bool] = False

    @abc.abstractmethod
    def terms_from(self, mapper: Mapper, adapt_data: Any = None) -> SparseTerms | DenseTerms:
        """Return the regularisation matrix of a mapper as a sum of sparse terms, or as it is."""
