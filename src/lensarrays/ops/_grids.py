"""The grids of a data set, kept from fit to fit."""

import functools
from typing import Any, NamedTuple

from .._backend import namespace, readonly
from ..structures import Grid2D, Mask2D, StaticArray


class Grids(NamedTuple):
    """The grids that a fit evaluates a model on, in the library and precision of the data [arcsec].

    Attributes
    ----------
    lp : Grid2D
        The used pixels, over-sampled for light profiles.
    pixelization : Grid2D
        The same pixels, over-sampled for pixelizations.
    blurring : Grid2D or None
        The pixels around them from which the kernel carries light into them, not over-sampled; None without a kernel.
    """

    lp: Grid2D
    pixelization: Grid2D
    blurring: Grid2D | None


def grids_of(
    mask: Mask2D,
    over_sample_size_lp: int | StaticArray,
    over_sample_size_pixelization: int | StaticArray,
    kernel_shape_native: tuple[int, int] | None,
    like: Any,
) -> Grids:
    """Return the grids of a mask in the library and precision of the data `like`."""
    lp, pixelization = (_grid_of(mask, size, like) for size in (over_sample_size_lp, over_sample_size_pixelization))
    if kernel_shape_native is None:
        return Grids(lp, pixelization, None)
    return Grids(lp, pixelization, _grid_of(_blurring_mask(mask, kernel_shape_native), 1, like))


def _grid_of(mask: Mask2D, over_sample_size: int | StaticArray, like: Any) -> Grid2D:
    """Return the grid of a mask in the library and precision of an array."""
    grid = _static_grid(mask, over_sample_size)
    values = namespace(like).asarray(grid.values, dtype=like.dtype)
    return grid if values is grid.values else Grid2D(readonly(values), mask, over_sample_size)


@functools.lru_cache(maxsize=16)
def _static_grid(mask: Mask2D, over_sample_size: int | StaticArray) -> Grid2D:
    """Return the grid of a mask on NumPy, kept: fits ask for the same ones many thousand times."""
    return Grid2D.from_mask(mask, over_sample_size)


@functools.lru_cache(maxsize=16)
def _blurring_mask(mask: Mask2D, kernel_shape_native: tuple[int, int]) -> Mask2D:
    """Return the mask of the pixels around a mask; it takes longer to find than light to evaluate, and is kept."""
    return mask.derive_mask.blurring_from(kernel_shape_native, allow_padding=True)
