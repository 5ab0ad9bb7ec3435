"""Over-sampling that follows the light: fine sub-pixels where it changes within a pixel, and few where it does not."""

import itertools
from typing import Any

import numpy as np

from .. import _check
from .._backend import namespace
from ..structures import Array2D, Grid2D, Mask2D
from ..structures.arithmetic import bare
from .argument_types import check_types


def over_sample_size_via_light_from(
    light: Any, grid: Grid2D, tolerance: Any, sub_size_list: Any = (1, 2, 4, 8, 16)
) -> np.ndarray:
    """Return the over-sampling of each pixel that its light needs.

    A pixel gets the smallest of the sizes s from which the next one differs by no more than s times the tolerance, in it and
    in its neighbours: a single pixel may be right by chance.

    Parameters
    ----------
    light : Tracer, Galaxy, light profile, or anything with `image_2d_from(grid)`
        With known parameters. Those of a run should resemble them; sizes decide shapes, and cannot follow traced parameters.
    grid : Grid2D, shape (n, 2) [arcsec]
        Of known, uniform values; its own over-sampling does not matter.
    tolerance : float, or Array2D or array of shape (n,) [unit of the light]
        By how much a pixel without over-sampling may differ: a hundredth of the noise map, say.
    sub_size_list : sequence of int
        Ascending sub-pixels along a side of a pixel.

    Returns
    -------
    array of int, shape (n,)
        To be passed as `over_sample_size`.

    Raises
    ------
    TypeError
        If `light` shows no image, or it, the grid or the tolerance is traced.
    ValueError
        If a tolerance is not positive, there is not one per pixel, the sizes do not ascend, or the image is not finite.

    Notes
    -----
    The error of the mean over s x s sub-pixels falls as 1 / s^2 where the light is smooth, so that the difference from the
    next size is three quarters of the error or more. That fine pixels may differ by more makes the sum of squared errors least
    for the number of sub-pixels that there are. What was measured on a lens is in docs/speed.md.

    Examples
    --------
    >>> import lensarrays as la
    >>> grid = la.Grid2D.uniform(shape_native=(1, 7), pixel_scales=0.1)
    >>> source = la.lp.Sersic(centre=(0.0, 0.3), intensity=1.0, effective_radius=0.1, sersic_index=2.0)
    >>> la.over_sample_size_via_light_from(source, grid, tolerance=0.01)
    array([1, 1, 1, 1, 4, 8, 8])
    """
    check_types(grid=(grid, Grid2D))
    if not callable(getattr(light, "image_2d_from", None)):
        raise TypeError(f"`light` must have `image_2d_from(grid)`, but is a {type(light).__name__}; pass a Tracer, say.")
    sizes = _check.static_array(sub_size_list, "sub_size_list")
    if sizes.ndim != 1 or sizes.size < 2 or sizes.dtype.kind not in "iu" or sizes[0] < 1 or (np.diff(sizes) <= 0).any():
        raise ValueError(
            f"`sub_size_list` must be two or more ascending positive integers, but is {sub_size_list!r}; write it as [1, 2, 4]."
        )
    allowed = _check.static_array(bare(tolerance), "tolerance")
    n = grid.mask.pixels_in_mask
    if allowed.shape not in ((), (n,)) or not (np.isfinite(allowed) & (allowed > 0)).all():
        raise ValueError(
            f"`tolerance` must be a positive number, or one per pixel, shape ({n},), but has shape {allowed.shape} and "
            f"smallest value {allowed.min(initial=np.inf)}; give it in the unit of the light."
        )
    chosen, open_pixels = np.full(n, sizes[0]), np.ones(n, dtype=bool)
    image = _image(light, grid, open_pixels, sizes[0])
    for size, following in itertools.pairwise(sizes):
        finer = _image(light, grid, open_pixels, following)
        difference = np.abs(finer - image)
        failing = open_pixels & ~(difference <= size * allowed)
        open_pixels = _widened(failing, grid.mask) & open_pixels
        chosen[open_pixels] = following
        if not open_pixels.any():
            break
        image = finer
    return chosen.astype(int)


def _image(light: Any, grid: Grid2D, wanted: np.ndarray, size: int) -> np.ndarray:
    """Return the light (n,) in those pixels that are wanted, with one over-sampling; others are zero."""
    xp = namespace(grid.values)
    native = np.array(grid.mask.array)
    native[~grid.mask.array] = ~wanted
    mask = Mask2D(native, pixel_scales=grid.mask.pixel_scales, origin=grid.mask.origin)
    values = xp.take(grid.values, xp.asarray(np.flatnonzero(wanted)), axis=0)
    result = light.image_2d_from(Grid2D(values, mask, int(size)))
    if not isinstance(result, Array2D) or result.values.ndim != 1:
        raise ValueError("`light` must show one image, but has batch axes; take one model of the batch.")
    image = np.zeros(wanted.size)
    image[wanted] = _check.static_array(result.values, "light")
    if not np.isfinite(image).all():
        raise ValueError("`light` must be finite in every pixel, but has NaN or infinite ones; look at its parameters.")
    return image


def _widened(marked: np.ndarray, mask: Mask2D) -> np.ndarray:
    """Return the pixels (n,) that are marked, and their eight neighbours."""
    native = np.zeros((mask.shape_native[0] + 2, mask.shape_native[1] + 2), dtype=bool)
    native[1:-1, 1:-1][~mask.array] = marked
    wide = np.zeros(mask.shape_native, dtype=bool)
    for row in range(3):
        for column in range(3):
            wide |= native[row : row + mask.shape_native[0], column : column + mask.shape_native[1]]
    return wide[~mask.array]
