"""Over-sampling: what a pixel sees is the mean over its sub-pixels."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import _check
from .._backend import namespace
from ..structures import Array2D, ArrayIrregular, Grid2D, Grid2DIrregular, StaticArray
from ..structures.arithmetic import bare
from .argument_types import check_array, check_types


def binned_array_2d_from(values: Any, grid: Grid2D) -> Array2D:
    """Return the mean over the sub-pixels of every pixel.

    With one size for all pixels that is a mean along an axis. With mixed sizes the pixels of one size are gathered, for
    each size there is, and put back in order: what JAX compiles grows with the number of distinct sizes only.

    Parameters
    ----------
    values : array or ArrayIrregular, shape (..., n_sub) [any unit]
        One value per sub-pixel of `grid`, in the order of `grid.over_sampled`.
    grid : Grid2D
        Whose `over_sample_size` and mask say what belongs together; its coordinates are not used.

    Returns
    -------
    Array2D of shape (..., n) [unit of `values`]

    Raises
    ------
    ValueError
        If `values` has not one value per sub-pixel.
    TypeError
        If `values` is no array, or `grid` no Grid2D.

    Examples
    --------
    >>> import numpy as np
    >>> from lensarrays import Grid2D
    >>> from lensarrays.ops import binned_array_2d_from
    >>> grid = Grid2D.uniform(shape_native=(1, 2), pixel_scales=1.0, over_sample_size=[[2, 1]])
    >>> binned_array_2d_from(np.asarray([1.0, 2.0, 3.0, 4.0, 7.0]), grid).native
    array([[2.5, 7. ]])
    """
    values = bare(values)
    check_types(grid=(grid, Grid2D))
    check_array(values, "values")
    size = grid.over_sample_size
    n_sub = grid.mask.pixels_in_mask * size**2 if isinstance(size, int) else int(np.sum(size.array**2))
    if values.shape[-1:] != (n_sub,):
        raise ValueError(
            f"`values` must have shape (..., {n_sub}), one per sub-pixel of the grid, but has {tuple(values.shape)}; "
            f"evaluate them on `grid.over_sampled`."
        )
    return Array2D(binned_values(values, size), grid.mask)


def binned_values(values: Any, over_sample_size: int | StaticArray) -> Any:
    """Return the means (..., n) of bare values (..., n_sub) of sub-pixels."""
    xp = namespace(values)
    if isinstance(over_sample_size, int):
        return _uniform_means(values, over_sample_size, xp=xp)
    return _mixed_means(values, over_sample_size, xp=xp)


def evaluate_over_sampled(function: Callable[[Any], Any], grid: Grid2D | Grid2DIrregular) -> Array2D | ArrayIrregular:
    """Evaluate a function of coordinates as pixels see it: the mean over their sub-pixels, or at points the function itself.

    Parameters
    ----------
    function : callable, array of shape (..., n, 2) [arcsec] to array of shape (..., n) [any unit]
        Of the bare coordinates (y, x).
    grid : Grid2D or Grid2DIrregular of shape (..., n, 2) [arcsec]

    Returns
    -------
    Array2D of shape (..., n) for a Grid2D, or ArrayIrregular of shape (..., n) for a Grid2DIrregular

    Raises
    ------
    ValueError
        If the function does not give one value per point.

    Examples
    --------
    >>> from lensarrays import Grid2D
    >>> from lensarrays.ops import evaluate_over_sampled
    >>> grid = Grid2D.uniform(shape_native=(1, 2), pixel_scales=1.0, over_sample_size=2)
    >>> evaluate_over_sampled(lambda points: points[..., 1] ** 2, grid).native
    array([[0.3125, 0.3125]])
    """
    check_types(grid=(grid, Grid2D | Grid2DIrregular))
    if isinstance(grid, Grid2D):
        return binned_array_2d_from(function(grid.over_sampled.values), grid)
    values = bare(function(grid.values))
    if values.shape[-1:] != (grid.values.shape[-2],):
        raise ValueError(
            f"`function` must give shape (..., {grid.values.shape[-2]}), one value per point, but gives {tuple(values.shape)}; "
            f"reduce over the last axis of its argument only."
        )
    return ArrayIrregular(values)


def over_sample_size_via_radial_bins_from(
    grid: Grid2D, sub_size_list: Any, radial_list: Any, centre_list: Any = None
) -> np.ndarray:
    """Return over-sampling sizes that follow the distance from one or more centres.

    A pixel at a distance up to and including `radial_list[i]`, and above the one before, gets `sub_size_list[i]`; beyond the
    last radius the last size. With more than one centre it gets the largest of its sizes.

    Parameters
    ----------
    grid : Grid2D of shape (n, 2) [arcsec]
        Not traced: sizes decide shapes.
    sub_size_list : list of int
        Sub-pixels along a side of a pixel.
    radial_list : list of float
        Ascending outer radii [arcsec]; as many as there are sizes, or one less.
    centre_list : list of (y, x), optional [arcsec]
        None is the middle of the box that holds the used pixels, as in autoarray.

    Returns
    -------
    array of int, shape (n,)
        To be passed as `over_sample_size`.

    Raises
    ------
    ValueError
        If the lists are empty, of lengths that do not fit, or the radii do not ascend, or a size is not a positive integer.
    TypeError
        If the grid is no Grid2D, or it or a list is traced.

    Examples
    --------
    >>> from lensarrays import Grid2D
    >>> from lensarrays.ops import over_sample_size_via_radial_bins_from
    >>> grid = Grid2D.uniform(shape_native=(1, 5), pixel_scales=1.0)
    >>> over_sample_size_via_radial_bins_from(grid, sub_size_list=[8, 2], radial_list=[0.5])
    array([2, 2, 8, 2, 2])
    """
    check_types(grid=(grid, Grid2D))
    sizes, radii = _check.static_array(sub_size_list, "sub_size_list"), _check.static_array(radial_list, "radial_list")
    _check_bins(sizes, radii)
    points = _check.static_array(grid.values, "grid")
    centres = _check.static_array([grid.mask.mask_centre] if centre_list is None else centre_list, "centre_list", dtype=float)
    if centres.ndim != 2 or centres.shape[1] != 2 or len(centres) == 0:
        raise ValueError(f"`centre_list` must be pairs (y, x), but is {centre_list!r}; write it as [(0.0, 0.0)], say.")
    squared = np.sum((points[None, :, :] - centres[:, None, :]) ** 2, axis=-1)
    bins = np.searchsorted(radii, np.sqrt(squared), side="left")
    return np.max(sizes[np.minimum(bins, len(sizes) - 1)], axis=0).astype(int)


def _check_bins(sizes: np.ndarray, radii: np.ndarray) -> None:
    if sizes.ndim != 1 or not sizes.size or (sizes < 1).any() or (sizes != np.round(sizes)).any():
        raise ValueError(f"`sub_size_list` must be positive integers, but is {sizes.tolist()!r}; write it as [8, 4, 2], say.")
    if radii.ndim != 1 or len(radii) not in (len(sizes) - 1, len(sizes)) or not (np.diff(radii) > 0).all():
        raise ValueError(
            f"`radial_list` must be ascending radii, as many as there are sizes ({len(sizes)}) or one less, "
            f"but is {radii.tolist()!r}; write it as [0.3, 0.6], say."
        )


def _uniform_means(values: Any, size: int, *, xp: Any) -> Any:
    if size == 1:
        return values
    return xp.mean(xp.reshape(values, (*values.shape[:-1], -1, size * size)), axis=-1)


def _mixed_means(values: Any, sizes: StaticArray, *, xp: Any) -> Any:
    members, order = _buckets(sizes)
    batch = values.shape[:-1]
    means = [
        xp.mean(xp.reshape(xp.take(values, xp.asarray(own.ravel()), axis=-1), (*batch, *own.shape)), axis=-1) for own in members
    ]
    return xp.take(xp.concat(means, axis=-1), xp.asarray(order), axis=-1)


@functools.lru_cache(maxsize=8)
def _buckets(sizes: StaticArray) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """Return the sub-pixels (n_s, s * s) of the pixels of each size, and where each pixel is when these are joined.

    The arrays are writeable, as `np.take` is slow with others, and must not be written to.
    """
    first = np.cumsum(sizes.array**2) - sizes.array**2
    distinct = np.unique(sizes.array)
    members = tuple(first[sizes.array == size][:, None] + np.arange(size * size) for size in distinct)
    joined = np.concatenate([np.flatnonzero(sizes.array == size) for size in distinct])
    return members, np.argsort(joined)
