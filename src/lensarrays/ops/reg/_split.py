"""Terms that compare each mesh pixel with the source at four points around it."""

from typing import Any

from ..mapper import Mapper
from ._neighbors import FLOOR
from .abstract import AbstractRegularization, SparseTerms


def check_split(scheme: AbstractRegularization, mapper: Mapper) -> None:
    """Raise if a mapper has no split points."""
    if mapper.split_indexes is None or mapper.split_weights is None:
        raise ValueError(
            f"`mapper` must have split points for `{type(scheme).__name__}`, but has none; make it by a mesh that has them, as "
            f"`Delaunay`, with `split=True`."
        )


def split_terms(coefficient: Any, mapper: Mapper, *, xp: Any) -> SparseTerms:
    """Return the sum of squared coefficients (..., s) times the four squared differences of each pixel."""
    indexes, weights = xp.asarray(mapper.split_indexes), xp.asarray(mapper.split_weights)
    pixels = mapper.pixels
    own = xp.arange(4 * pixels, dtype=indexes.dtype) // 4
    own = xp.broadcast_to(own[:, None], (*indexes.shape[:-1], 1))
    one = xp.ones((*weights.shape[:-1], 1), dtype=weights.dtype)
    squared = coefficient**2
    of_points = xp.reshape(xp.broadcast_to(squared[..., None], (*squared.shape, 4)), (*squared.shape[:-1], 4 * pixels))
    diagonal = xp.full(squared.shape, FLOOR, dtype=squared.dtype)
    return SparseTerms(xp.concat([own, indexes], axis=-1), xp.concat([one, -weights], axis=-1), of_points, diagonal)
