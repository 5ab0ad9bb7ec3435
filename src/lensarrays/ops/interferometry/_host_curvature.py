"""The curvature matrix of a source on the host: NumPy arrays of float64 in and out, the work done by Numba."""

from typing import Any, NamedTuple

import jax
import numpy as np

from ..._backend import is_jax, namespace
from ...structures import Mask2D, StaticArray
from ..inversion._batches import over_leading_axes
from ..inversion._blas import single_threaded_blas
from ..inversion._symmetric_numba import mirror
from ..inversion._table import Table, table_from
from .operator import VisibilityOperator, operator_from


class Parts(NamedTuple):
    """The arrays that a curvature matrix is made from: the tables of W, and the mapping table."""

    compact: Any
    hankel: Any  # None where there is none
    indexes: Any
    weights: Any


class Kind(NamedTuple):
    """What is static of it."""

    mask: Mask2D
    over_sample_size: int | StaticArray
    pixels: int
    dense: bool


def curvature_by_host(parts: Parts, kind: Kind, method: Any) -> Any:
    """Return F (..., s, s), of the data type of its parts (...), for arrays of NumPy and JAX."""
    leaves = jax.tree_util.tree_leaves(parts)
    library = namespace(*leaves).__name__
    if any(is_jax(leaf) for leaf in leaves):
        from ._curvature_binding import ask_host

        return over_leading_axes(lambda one: ask_host(one, kind), parts, [2] * len(leaves))
    if not all(isinstance(leaf, np.ndarray) for leaf in leaves):
        raise TypeError(
            f"`method` must be {method.instead} for arrays of {library}, but is {method!r}, which is for "
            f"those of NumPy and JAX; pass `method=la.inversion.{method.instead}`."
        )

    def of_one(parts: Parts) -> np.ndarray:
        matrix = curvature_of(jax.tree_util.tree_map(_in_float64, parts), kind)
        return matrix.astype(np.result_type(parts.weights, parts.compact), copy=False)

    with single_threaded_blas():
        return over_leading_axes(of_one, parts, [2] * len(leaves))


def curvature_of(parts: Parts, kind: Kind) -> np.ndarray:
    """Return F = T' W T, (s, s), both triangles of it."""
    operator, table = _prepared(parts, kind)
    matrix = operator.curvature(table.pointer, table.indexes, table.weights, kind.pixels)
    mirror(matrix)
    return matrix


def curvature_adjoint_of(parts: Parts, kind: Kind, cotangent: np.ndarray) -> np.ndarray:
    """Return the derivatives of the sum of F times any matrix, (s, s), by the weights of the mapping table, (m, k)."""
    operator, table = _prepared(parts, kind)
    # F is symmetric, so that only the symmetric part of what it is multiplied with counts.
    symmetric = 0.5 * (cotangent + cotangent.T)
    slopes = operator.curvature_adjoint(table.pointer, table.indexes, table.weights, kind.pixels, symmetric)
    return table.spread(slopes, parts.weights.shape)


def _prepared(parts: Parts, kind: Kind) -> tuple[VisibilityOperator, Table]:
    operator = operator_from(kind.mask, parts.compact, parts.hankel, dense=kind.dense)
    return operator, table_from(parts.indexes, parts.weights, kind.mask, kind.over_sample_size, kind.pixels)


def _in_float64(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array, dtype=np.float64) if array.dtype.kind == "f" else array
