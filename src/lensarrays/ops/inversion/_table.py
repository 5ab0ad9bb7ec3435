"""Mapping tables as host methods take them: in compressed rows, the sub-pixels of one image pixel added up."""

from typing import NamedTuple

import numpy as np

from ...structures import Mask2D, StaticArray
from ..mapper import pixel_of_sub_pixels
from ._table_numba import merge


class Table(NamedTuple):
    """A mapping matrix in compressed rows: one row an image pixel, the parts that sub-pixels are of it multiplied in."""

    pointer: np.ndarray
    indexes: np.ndarray
    weights: np.ndarray
    fraction: np.ndarray  # for each sub-pixel
    slots: np.ndarray | None  # for each weight of a sub-pixel the entry that it is added to; None if that is its own

    def spread(self, slopes: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """Return the derivatives by the weights of sub-pixels, (m, k), for those by the entries of the matrix."""
        own = slopes if self.slots is None else slopes[self.slots]
        return own.reshape(shape) * self.fraction[:, None]


def table_from(
    indexes: np.ndarray, weights: np.ndarray, mask: Mask2D, over_sample_size: int | StaticArray, pixels: int
) -> Table:
    """Return a mapping table (m, k) of the sub-pixels of a mask in compressed rows; `pixels` are those of the mesh."""
    pixel, fraction = pixel_of_sub_pixels(mask, over_sample_size)
    width, n = weights.shape[-1], mask.pixels_in_mask
    pointer = np.concatenate([[0], np.cumsum(np.bincount(pixel, minlength=n))]) * width
    indexes, weights = np.ascontiguousarray(indexes).ravel(), (weights * fraction[:, None]).ravel()
    if pixel.size == n:
        return Table(pointer, indexes, weights, fraction, None)
    # Sub-pixels of one pixel share most of their mesh pixels, and what follows takes a time for each entry.
    merged = np.empty_like(pointer), np.empty_like(indexes), np.empty_like(weights)
    slots, seen = np.empty(len(indexes), dtype=np.int64), np.full(pixels, -1)
    merge(pointer, indexes, weights, seen, *merged, slots)
    pointer, (indexes, weights) = merged[0], (part[: merged[0][-1]] for part in merged[1:])
    return Table(pointer, indexes, weights, fraction, slots)
