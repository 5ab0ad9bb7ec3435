"""The curvature matrix of a source by Fourier transforms, on any array library: some columns of the source at a time."""

import math
from typing import Any

import jax
import numpy as np

from ..._backend import is_jax, namespace, summed_at
from ...structures import StaticArray
from ...structures.mask_index import used_box
from ..mapper import pixel_of_sub_pixels, summed_last
from ._chunks import mapped
from .w_tilde import WTilde


def curvature_from(
    w_tilde: WTilde, indexes: Any, weights: Any, pixels: int, over_sample_size: int | StaticArray, chunk_bytes: int
) -> Any:
    """Return F = T' W T, (s, s), of a mapping table (m, k), working on no more columns of T than `chunk_bytes` allow.

    Reverse-mode differentiation keeps none of them, but computes them again.
    """
    xp = namespace(w_tilde.compact, indexes, weights)
    mask = w_tilde.real_space_mask
    pixel, fraction = pixel_of_sub_pixels(mask, over_sample_size)
    n, rows = mask.pixels_in_mask, np.repeat(pixel, weights.shape[-1])
    values = xp.reshape(weights * xp.asarray(fraction[:, None], dtype=weights.dtype), (-1,))
    columns = xp.reshape(xp.asarray(indexes), (-1,))

    def some_rows(numbers: Any) -> Any:
        """Return rows of F, (b, s), given the numbers (b,) of successive ones; those that do not exist are zero."""
        count = numbers.shape[0]
        local = columns - numbers[0]
        place = xp.where((local >= 0) & (local < count), local * n + xp.asarray(rows), count * n)  # the last is thrown away
        images = xp.reshape(summed_at(place, values, count * n + 1)[: count * n], (count, n))
        products = w_tilde.times(xp.astype(images, values.dtype, copy=False))
        return _gathered(products, rows, columns, values, pixels, xp=xp)

    matrix = mapped(some_rows, (xp.arange(pixels),), columns_at_once(w_tilde, values, pixels, chunk_bytes), xp=xp)
    return 0.5 * (matrix + xp.matrix_transpose(matrix))  # of what is symmetric but for rounding


def columns_at_once(w_tilde: WTilde, values: Any, pixels: int, chunk_bytes: int) -> int:
    """Return how many columns of the source fit into so many bytes, one at least."""
    (y0, y1), (x0, x1) = used_box(w_tilde.real_space_mask)
    of_transforms = 4 * 4 * (y1 - y0) * (x1 - x0)  # twice the box both ways; the sheet, two spectra, the sheet again
    numbers = of_transforms + 2 * math.prod(values.shape)
    return max(1, min(pixels, chunk_bytes // (numbers * 8)))


def _gathered(products: Any, rows: np.ndarray, columns: Any, values: Any, pixels: int, *, xp: Any) -> Any:
    """Return (b, n) images times T, (b, s)."""
    if is_jax(products):  # sums of whole rows of a transposed matrix, as one by one they take four times as long
        seen = xp.take(xp.matrix_transpose(products), rows, axis=0) * values[:, None]
        return jax.ops.segment_sum(seen, columns, num_segments=pixels).T
    seen = xp.take(products, xp.asarray(rows), axis=-1) * values
    return summed_last(columns[:, None], seen[..., None], pixels)
