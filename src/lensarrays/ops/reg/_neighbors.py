"""Terms that compare the mesh pixels which share an edge."""

import math
from typing import Any

import numpy as np

from ..mapper import Mapper, take_last
from .abstract import SparseTerms

# Added to the diagonal, as the differences alone do not say what a constant source should be.
FLOOR = 1e-8


def ordered_pairs(mapper: Mapper, *, xp: Any) -> tuple[Any, Any]:
    """Return all pairs of a mesh pixel and a neighbour of it, (..., sj, 2), and which of them there are, (..., sj).

    Where there is no neighbour, a pixel is paired with itself.
    """
    neighbors = xp.asarray(mapper.neighbors)
    own = xp.broadcast_to(xp.arange(neighbors.shape[-2], dtype=neighbors.dtype)[:, None], neighbors.shape)
    exists = neighbors >= 0
    pairs = xp.stack([own, xp.where(exists, neighbors, own)], axis=-1)
    flat = (*neighbors.shape[:-2], math.prod(neighbors.shape[-2:]))
    return xp.reshape(pairs, (*flat, 2)), xp.reshape(exists, flat)


def edges(mapper: Mapper, *, xp: Any) -> tuple[Any, Any]:
    """Return the same, of which each pair of neighbours is there once."""
    pairs, exists = ordered_pairs(mapper, xp=xp)
    return pairs, exists & (pairs[..., 0] < pairs[..., 1])


def difference_terms(pairs: Any, weights: Any, exists: Any, pixels: int, *, xp: Any) -> SparseTerms:
    """Return the sum of weights (..., e) or (..., 1) times squared differences of pairs (..., e, 2), and the floor."""
    weights = xp.where(exists, weights, xp.zeros((), dtype=weights.dtype))
    values = xp.broadcast_to(xp.asarray([1.0, -1.0], dtype=weights.dtype), pairs.shape)
    diagonal = xp.full((*weights.shape[:-1], pixels), FLOOR, dtype=weights.dtype)
    return SparseTerms(pairs, values, weights, diagonal)


def of_neighbors(values: Any, pairs: Any, *, xp: Any) -> tuple[Any, Any]:
    """Return values (..., s) of mesh pixels at the first and at the second of pairs (..., e, 2)."""
    taken = take_last(values, pairs)
    return taken[..., 0], taken[..., 1]


def laplacian_eigenvalues(shape: tuple[int, int]) -> np.ndarray:
    """Return the eigenvalues of the sum of squared differences of neighbours on a rectangle, shape (s,).

    The eigenvectors are products of cosines, which have no slope at the edges.
    """
    rows, columns = (4 * np.sin(0.5 * np.pi * np.arange(size) / size) ** 2 for size in shape)
    return (rows[:, None] + columns).ravel()


def log_det_of_laplacian(coefficient: Any, diagonal: Any, shape: tuple[int, int] | None, *, xp: Any) -> Any:
    """Return ln det of a coefficient (...) times that matrix plus a number (...) on the diagonal; None without a shape."""
    if shape is None:
        return None
    eigenvalues = xp.asarray(laplacian_eigenvalues(shape), dtype=coefficient.dtype)
    return xp.sum(xp.log(coefficient[..., None] * eigenvalues + diagonal[..., None]), axis=-1)
