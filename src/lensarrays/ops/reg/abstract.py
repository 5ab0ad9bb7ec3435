"""What all regularisations have in common."""

import abc
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import numpy as np
from jaxtyping import Float

from ..._backend import namespace, readonly
from ..._check import Requirement
from ..._typing import Array
from ..mapper import Mapper, summed_last


class SparseTerms(NamedTuple):
    """A regularisation matrix as a sum: H = sum over e of weights[e] v_e v_e' + diag(diagonal), v_e sparse.

    Batch axes broadcast: a scheme with many coefficients on one mesh has many weights, but one table of indexes.

    Attributes
    ----------
    indexes : array of int, shape (..., e, k)
        Where v_e is not zero. Where it has fewer than k entries, others of value zero are named. What is named twice adds up.
    values : array, shape (..., e, k)
    weights : array, shape (..., e)
        Not negative.
    diagonal : array, shape (..., s)
    log_det : array, shape (...), or None
        ln det H, where there is a closed form; minus infinity where H is singular.
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


def frozen(value: Any) -> Any:
    """Return a coefficient that nobody else can change: a NumPy array is copied."""
    return readonly(value.copy()) if isinstance(value, np.ndarray) else value


class AbstractRegularization(eqx.Module):
    """A prior on how smooth a source is: its coefficients are pytree leaves.

    They may be Python floats or arrays of any library, of shape () or with batch axes (...), traced ones included.
    """

    # Whether it uses the image of the source, and the split points of the mapper.
    needs_adapt_data: ClassVar[bool] = False
    needs_split: ClassVar[bool] = False
    requirements: ClassVar[dict[str, Requirement]]

    def __check_init__(self) -> None:
        for name, requirement in self.requirements.items():
            value = getattr(self, name)
            if isinstance(value, (list, tuple)):
                raise TypeError(f"`{name}` must be a number or an array of numbers, but is {value!r}; make an array of it.")
            requirement.check(value, name)

    @abc.abstractmethod
    def terms_from(self, mapper: Mapper, adapt_data: Any = None) -> SparseTerms | DenseTerms:
        """Return the regularisation matrix of a mapper as a sum of sparse terms, or as it is.

        Parameters
        ----------
        mapper : Mapper
            Of a mesh of s pixels.
        adapt_data : array, shape (..., n), or Array2D, optional [any unit]
            The image of the source, without PSF or noise, that the schemes with `Adapt` or `Brightness` in their names follow.

        Returns
        -------
        SparseTerms or DenseTerms

        Raises
        ------
        ValueError
            If the scheme needs `adapt_data`, or a mapper with split points, and there are none.
        """

    def regularization_matrix_from(self, mapper: Mapper, adapt_data: Any = None) -> Float[Array, "... s s"]:
        """Return the dense regularisation matrix H of a mapper, for a source whose prior is exp(-s' H s / 2).

        Parameters
        ----------
        mapper : Mapper
            Of a mesh of s pixels.
        adapt_data : array, shape (..., n), or Array2D, optional [any unit]
            The image of the source that adaptive schemes follow.

        Returns
        -------
        array, shape (..., s, s)

        Raises
        ------
        ValueError
            If the scheme needs `adapt_data`, or a mapper with split points, and there are none.
        """
        terms = self.terms_from(mapper, adapt_data)
        return terms.matrix if isinstance(terms, DenseTerms) else dense_matrix(terms)


def dense_matrix(terms: SparseTerms) -> Any:
    """Return the matrix (..., s, s) that sparse terms add up to."""
    xp = namespace(terms.values, terms.weights, terms.diagonal)
    s, (e, k) = terms.diagonal.shape[-1], terms.values.shape[-2:]
    places = terms.indexes[..., :, None] * s + terms.indexes[..., None, :]
    products = terms.weights[..., None, None] * terms.values[..., :, None] * terms.values[..., None, :]
    places = xp.reshape(places, (*places.shape[:-3], e, k * k))
    flat = summed_last(places, xp.reshape(products, (*products.shape[:-3], e, k * k)), s * s)
    matrix = xp.reshape(flat, (*flat.shape[:-1], s, s))
    return matrix + terms.diagonal[..., None] * xp.eye(s, dtype=matrix.dtype)
