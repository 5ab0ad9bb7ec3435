"""What connects the pixels of an image with those of a source: a table of indexes and weights, and the matrix it stands for."""

import functools
import math
from typing import Any, final

import equinox as eqx
import numpy as np
from jaxtyping import Float, Int

from .._backend import namespace, summed_at
from .._typing import Array
from ..structures import Mask2D, StaticArray
from ..structures.sub_pixels import sizes_per_pixel
from .over_sampling import binned_values


@final
class Mapper(eqx.Module):
    """The interpolation of a source on a mesh of s pixels at the m sub-pixels of an image of n pixels.

    A sub-pixel sees the sum of `weights` times the values of the mesh pixels `indexes`. Meshes make mappers: see
    `lensarrays.mesh`.

    Attributes
    ----------
    indexes : array of int, shape (..., m, k)
        The mesh pixels that each sub-pixel sees. Where there are fewer than k, others of weight zero are named.
    weights : array, shape (..., m, k) [dimensionless]
        They add up to one for each sub-pixel.
    mesh_grid : array, shape (..., s, 2) [arcsec]
        Where the mesh pixels are in the source plane, (y, x).
    neighbors : array of int, shape (..., s, j)
        The mesh pixels that share an edge with each one; -1 where there are fewer than j.
    split_indexes, split_weights : arrays, shape (..., 4s, k), or None
        The same table for four points around each mesh pixel, above, below, to the right and to the left of it, half the
        root of the area of its cell away: for the regularisations that are called split.
    mask : Mask2D
        Of the image; static.
    over_sample_size : int or StaticArray
        Sub-pixels along a side of an image pixel; static.
    shape_native : (int, int) or None
        Rows and columns of a rectangular mesh; static.
    counts_zero_weights : bool
        Whether a mesh pixel that is named with weight zero counts as seen, as on rectangular meshes; static.

    Examples
    --------
    >>> import lensarrays as la
    >>> grid = la.Grid2D.uniform(shape_native=(2, 2), pixel_scales=1.0, over_sample_size=1)
    >>> mapper = la.mesh.RectangularUniform(shape=(3, 3)).mapper_from(grid.values, mask=grid.mask, over_sample_size=1)
    >>> mapper.mapping_matrix.shape
    (4, 9)
    """

    indexes: Int[Array, "... m k"]
    weights: Float[Array, "... m k"]
    mesh_grid: Float[Array, "... s 2"]
    neighbors: Int[Array, "... s j"]
    split_indexes: Any
    split_weights: Any
    mask: Mask2D
    over_sample_size: int | StaticArray = eqx.field(static=True)
    shape_native: tuple[int, int] | None = eqx.field(static=True)
    counts_zero_weights: bool = eqx.field(static=True)

    def __check_init__(self) -> None:
        if self.indexes.shape[-2:] != self.weights.shape[-2:]:
            raise ValueError(
                f"`weights` must have one entry for each of the indexes, shape {tuple(self.indexes.shape[-2:])}, but has shape "
                f"{tuple(self.weights.shape)}; make the mapper by a mesh."
            )

    @property
    def pixels(self) -> int:
        """The number s of pixels of the mesh."""
        return self.mesh_grid.shape[-2]

    @property
    def mapping_matrix(self) -> Float[Array, "... n s"]:
        """The dense matrix from values of the mesh pixels to the image: the mean of the sub-pixels of each image pixel."""
        xp = namespace(self.weights)
        pixel, fraction = pixel_of_sub_pixels(self.mask, self.over_sample_size)
        columns = xp.asarray(pixel[:, None]) * self.pixels + self.indexes
        values = self.weights * xp.asarray(fraction[:, None], dtype=self.weights.dtype)
        size = self.mask.pixels_in_mask * self.pixels
        flat = summed_last(columns, values, size)
        return xp.reshape(flat, (*flat.shape[:-1], -1, self.pixels))

    @property
    def sparse_mapping_matrix(self) -> Any:
        """The same as a SciPy array in compressed rows; the mapper must be of NumPy arrays, without a batch."""
        import scipy.sparse

        if not isinstance(self.weights, np.ndarray) or self.weights.ndim != 2:
            raise TypeError(
                f"`sparse_mapping_matrix` must be asked of a mapper of NumPy arrays without batch axes, but its weights are a "
                f"{type(self.weights).__name__} of shape {tuple(self.weights.shape)}; use `mapping_matrix` or `mapped_from`."
            )
        pixel, fraction = pixel_of_sub_pixels(self.mask, self.over_sample_size)
        rows = np.repeat(pixel, self.weights.shape[-1])
        entries = ((self.weights * fraction[:, None]).ravel(), (rows, self.indexes.ravel()))
        return scipy.sparse.csr_array(entries, shape=(self.mask.pixels_in_mask, self.pixels))

    def mapped_from(self, values: Any) -> Float[Array, "... n"]:
        """Return the image (..., n) of a source whose mesh pixels have the values (..., s)."""
        xp = namespace(self.weights, values)
        sub_pixels = xp.sum(take_last(values, self.indexes) * self.weights, axis=-1)
        return binned_values(sub_pixels, self.over_sample_size)

    def adjoint_mapped_from(self, image: Any) -> Float[Array, "... s"]:
        """Return the transposed matrix times an image (..., n): what each mesh pixel gathers of it, shape (..., s)."""
        xp = namespace(self.weights, image)
        pixel, fraction = pixel_of_sub_pixels(self.mask, self.over_sample_size)
        of_sub_pixels = xp.take(image, xp.asarray(pixel), axis=-1) * xp.asarray(fraction, dtype=image.dtype)
        return summed_last(self.indexes, self.weights * of_sub_pixels[..., None], self.pixels)


@functools.lru_cache(maxsize=16)
def pixel_of_sub_pixels(mask: Mask2D, over_sample_size: int | StaticArray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each of the m sub-pixels its image pixel, and the part that it is of it: two arrays of shape (m,)."""
    sizes = sizes_per_pixel(over_sample_size, mask.pixels_in_mask)
    pixel = np.repeat(np.arange(mask.pixels_in_mask), sizes**2)
    return pixel, 1.0 / sizes[pixel] ** 2


def take_last(values: Any, indexes: Any) -> Any:
    """Return values (..., s) at indexes (..., m, k), batch by batch."""
    xp = namespace(values, indexes)
    if len(indexes.shape) == 2:
        flat = xp.take(values, xp.reshape(indexes, (-1,)), axis=-1)
        return xp.reshape(flat, (*values.shape[:-1], *indexes.shape))
    batch = np.broadcast_shapes(values.shape[:-1], indexes.shape[:-2])
    flat = xp.reshape(xp.broadcast_to(indexes, (*batch, *indexes.shape[-2:])), (*batch, -1))
    taken = xp.take_along_axis(xp.broadcast_to(values, (*batch, values.shape[-1])), flat, axis=-1)
    return xp.reshape(taken, (*batch, *indexes.shape[-2:]))


def summed_last(indexes: Any, values: Any, size: int) -> Any:
    """Return the sums (..., size) of values (..., m, k) that have one index, batch by batch."""
    xp = namespace(values)
    batch = np.broadcast_shapes(values.shape[:-2], indexes.shape[:-2])
    total = math.prod(batch)
    first = xp.reshape(xp.arange(total) * size, (*batch, 1, 1))
    flat = xp.reshape(xp.broadcast_to(indexes + first, (*batch, *values.shape[-2:])), (-1,))
    sums = summed_at(flat, xp.reshape(xp.broadcast_to(values, (*batch, *values.shape[-2:])), (-1,)), total * size)
    return xp.reshape(xp.astype(sums, values.dtype, copy=False), (*batch, size))
