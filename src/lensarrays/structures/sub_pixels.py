"""Where the sub-pixels of over-sampled pixels are: pixel after pixel, and row after row from the top left inside a pixel."""

import functools
from typing import Any

import numpy as np

from .. import _check
from .._backend import namespace, readonly
from .arithmetic import bare
from .grid_2d_irregular import Grid2DIrregular
from .static_array import StaticArray

# How the sub-pixels of the image lie about their pixel's centre in a grid: a matrix that acts on (y, x) offsets.
Matrix = tuple[tuple[float, float], tuple[float, float]]
UNTURNED: Matrix = ((1.0, 0.0), (0.0, 1.0))

# Values that are off a shifted grid by this part of a pixel are not those of an image; float32 rounds by less.
_TOLERANCE = 1e-3


@functools.lru_cache(maxsize=8)
def pixel_centres(mask: Any) -> np.ndarray:
    """Return (y, x) of the centres of the used pixels, shape (n, 2) [arcsec]; those of 500x500 pixels take 4 MB."""
    (ny, nx), (row, column) = mask.shape_native, mask.geometry.central_scaled_coordinates
    centres = np.empty((ny, nx, 2))
    centres[..., 0] = ((row - np.arange(ny)) * mask.pixel_scales[0])[:, None]
    centres[..., 1] = (np.arange(nx) - column) * mask.pixel_scales[1]
    return readonly(centres.reshape(-1, 2) if mask.is_all_false else centres[~mask.array])


def turned_centres(mask: Any, matrix: Matrix) -> np.ndarray:
    """Return the pixel centres of a mask, turned about the origin of the coordinates, shape (n, 2) [arcsec]."""
    return _turned(pixel_centres(mask), matrix)


def _turned(points: np.ndarray, matrix: Matrix) -> np.ndarray:
    """Return points (n, 2), turned, as they are if the matrix does nothing: the product takes as long as all the rest."""
    return points if matrix == UNTURNED else points @ np.asarray(matrix).T


def is_shifted_image(grid: Any) -> Any:
    """Return whether the values of a grid (..., n, 2) are the pixel centres of its mask, but for one shift, shape (...)."""
    xp, centres = namespace(grid.values), turned_centres(grid.mask, grid.sub_pixel_matrix)
    if _is_the_same_memory(grid.values, centres) or centres.size == 0:
        return np.asarray(True)
    shifts = grid.values - xp.asarray(centres, dtype=grid.values.dtype)
    off = xp.abs(shifts - shifts[..., :1, :])
    return xp.all(off <= _TOLERANCE * min(grid.mask.pixel_scales), axis=(-2, -1))


def _is_the_same_memory(a: Any, b: np.ndarray) -> bool:
    """Return whether an array is another one, seen alike: the values of a grid that was made of a mask and left alone."""
    if not isinstance(a, np.ndarray) or (a.shape, a.strides, a.dtype) != (b.shape, b.strides, b.dtype):
        return False
    return a.ctypes.data == b.ctypes.data


def values_of_image(grid: Any) -> Any:
    """Return the values of a grid whose sub-pixels can be placed: raise if they cannot, or, where that is traced, give NaN."""
    has_sub_pixels = is_shifted_image(grid)
    if _check.fails(has_sub_pixels):
        raise ValueError(
            "`over_sampled` must be asked of the grid of an image, but these values are not its pixel centres, so where the "
            "sub-pixels are is not known; do to `grid.over_sampled` what was done to the grid, as a Tracer does."
        )
    if _check.is_concrete(has_sub_pixels):
        return grid.values
    return namespace(grid.values).where(has_sub_pixels[..., None, None], grid.values, np.nan)


def over_sampled(grid: Any) -> Grid2DIrregular:
    """Return the coordinates of all sub-pixels of a grid."""
    size = grid.over_sample_size
    if size == 1:
        return Grid2DIrregular(grid.values)
    xp, values = namespace(grid.values), values_of_image(grid)
    # Gathered, and shifted in place on NumPy. A broadcast sum takes NumPy nine times as long, and its reshaping keeps XLA
    # from vectorising whatever is computed from it: a lens model then takes seven times as long.
    if isinstance(size, int):
        pixel = uniform_layout(size, grid.mask.pixels_in_mask)
        offset = _turned(offsets(size, grid.mask.pixel_scales), grid.sub_pixel_matrix).ravel()
        sub = xp.reshape(xp.take(values, xp.asarray(pixel), axis=-2), (*values.shape[:-1], 2 * size**2))
    else:
        pixel, offset = mixed_layout(size, grid.mask.pixel_scales)
        offset = _turned(offset, grid.sub_pixel_matrix)
        sub = xp.take(values, xp.asarray(pixel), axis=-2)
    sub += xp.asarray(offset, dtype=values.dtype)
    return Grid2DIrregular(readonly(xp.reshape(sub, (*values.shape[:-2], -1, 2))))


def static_sizes(over_sample_size: Any, mask: Any, name: str = "over_sample_size") -> int | StaticArray:
    """Return over-sampling sizes as static metadata: an int if all pixels have the same, or else one per used pixel.

    Parameters
    ----------
    over_sample_size : int, or array of shape (n,) or (ny, nx), or Array2D
        Sub-pixels along a side of a pixel.
    mask : Mask2D
    name : str
        What errors call the sizes.

    Raises
    ------
    ValueError
        If a size is not a positive integer, or there is not one per used pixel.
    """
    given = over_sample_size
    if isinstance(given, StaticArray):
        over_sample_size = given.array
    sizes = _check.static_array(bare(over_sample_size), name)
    if sizes.ndim == 2 and sizes.shape == mask.shape_native:
        sizes = sizes[~mask.array]
    if sizes.shape not in ((), (mask.pixels_in_mask,)):
        raise ValueError(
            f"`{name}` must be one number, or one per used pixel, of shape ({mask.pixels_in_mask},) or "
            f"{mask.shape_native}, but has shape {sizes.shape}; give an integer for all pixels."
        )
    if sizes.dtype.kind not in "iuf" or not (sizes >= 1).all() or (sizes != np.round(sizes)).any():
        raise ValueError(f"`{name}` must be positive integers, but is {over_sample_size!r}; 1 means no over-sampling.")
    if sizes.size and (sizes == sizes.flat[0]).all():
        return int(sizes.flat[0])
    # One that is as it should be is kept, with its digest.
    return given if isinstance(given, StaticArray) and sizes is given.array else StaticArray(sizes.astype(int))


def sizes_per_pixel(over_sample_size: int | StaticArray, n: int) -> np.ndarray:
    """Return the over-sampling size of each of `n` used pixels."""
    return np.full(n, over_sample_size) if isinstance(over_sample_size, int) else over_sample_size.array


def offsets(size: int, pixel_scales: tuple[float, float]) -> np.ndarray:
    """Return (y, x) of the sub-pixel centres from their pixel's centre [arcsec], shape (size * size, 2)."""
    y, x = ((np.arange(size) + 0.5) / size - 0.5 for _ in range(2))
    y, x = np.meshgrid(-y * pixel_scales[0], x * pixel_scales[1], indexing="ij")
    return np.stack([y.ravel(), x.ravel()], axis=-1)


# The layouts of 200x200 pixels at size 4 take 5 and 15 MB.
_LAYOUTS_KEPT = 8


@functools.lru_cache(maxsize=_LAYOUTS_KEPT)
def uniform_layout(size: int, n: int) -> np.ndarray:
    """Return the pixel of each sub-pixel (n * size * size,), for one size; writeable for `np.take`: see mask_index.py."""
    return np.repeat(np.arange(n), size**2)


@functools.lru_cache(maxsize=_LAYOUTS_KEPT)
def mixed_layout(sizes: StaticArray, pixel_scales: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixel of each sub-pixel (n_sub,), and its offset from the pixel's centre (n_sub, 2), for mixed sizes."""
    pixel = np.repeat(np.arange(sizes.array.size), sizes.array**2)
    offset = np.empty((pixel.size, 2))
    for size in np.unique(sizes.array):
        here = sizes.array == size
        offset[here[pixel]] = np.tile(offsets(int(size), pixel_scales), (int(here.sum()), 1))
    return pixel, readonly(offset)  # indices stay writeable for `np.take`: see mask_index.py
