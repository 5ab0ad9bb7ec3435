"""Convolution at the sub-pixels, with a kernel sampled finer than the pixels."""

from typing import Any

from ...structures import Array2D, Grid2D, Kernel2D
from ...structures.arithmetic import bare
from ..argument_types import check_array, check_types
from ..over_sampling import binned_array_2d_from
from .batch import CHUNK_BYTES, ConvolutionMethod, convolved
from .checks import checked_frame
from .fft import FFT


def convolve_over_sampled(
    values: Any,
    grid: Grid2D,
    kernel: Kernel2D,
    *,
    blurring_values: Any = None,
    blurring_grid: Grid2D | None = None,
    method: ConvolutionMethod = FFT(),
    chunk_bytes: int = CHUNK_BYTES,
) -> Array2D:
    """Convolve values at sub-pixels with a kernel at sub-pixel resolution, and bin the result to pixels.

    A kernel has a sub-pixel for its centre, so nothing is shifted, whether a pixel has an even or an odd number of them.

    Parameters
    ----------
    values : array or ArrayIrregular, shape (..., n_sub) [any unit]
        One value per sub-pixel of `grid`, in the order of `grid.over_sampled`, not binned.
    grid : Grid2D
        Whose mask and `over_sample_size`, one number s for all pixels, say where the values are.
    kernel : Kernel2D of shape (..., ky*kx), its sides odd [dimensionless]
        With the pixel scales of the grid divided by s.
    blurring_values : array or ArrayIrregular, shape (..., n_blurring_sub), or None [unit of `values`]
        The same at the sub-pixels of `blurring_grid`, for pixels that are not used but that the kernel brings light in from.
    blurring_grid : Grid2D or None
        On the image of `grid`, with the same over-sampling size.
    method : FFT, Direct or Separable
    chunk_bytes : int
        Working memory that a batch is cut to fit into [bytes].

    Returns
    -------
    Array2D of shape (..., n) [unit of `values`]
        With the data type of `values`.

    Raises
    ------
    ValueError
        If the sizes are mixed, the kernel's pixel scales are not the sub-pixels', the values are not as many as the
        sub-pixels, only one of `blurring_values` and `blurring_grid` is given, and as `convolve` does.
    TypeError
        If the values are not float32 or float64, or the arguments are of different array libraries.

    Examples
    --------
    >>> import numpy as np
    >>> from lensarrays import Grid2D, Kernel2D
    >>> from lensarrays.ops import convolve_over_sampled
    >>> grid = Grid2D.uniform(shape_native=(3, 3), pixel_scales=0.1, over_sample_size=2)
    >>> kernel = Kernel2D.no_blur(pixel_scales=0.05)
    >>> convolve_over_sampled(np.ones(36), grid, kernel).native.round(6)[1]
    array([1., 1., 1.])
    """
    check_types(grid=(grid, Grid2D), kernel=(kernel, Kernel2D), blurring_grid=(blurring_grid, Grid2D | None))
    values, blurring_values = bare(values), bare(blurring_values)
    check_array(values, "values")
    if blurring_values is not None:
        check_array(blurring_values, "blurring_values")
    size = _uniform_size(grid, "grid")
    if (blurring_values is None) != (blurring_grid is None):
        given, missing = ("blurring_grid", "blurring_values")[:: 1 if blurring_values is None else -1]
        raise ValueError(f"`{missing}` must be given with `{given}`, but is None; pass both or neither.")
    if blurring_grid is not None and _uniform_size(blurring_grid, "blurring_grid") != size:
        raise ValueError(
            f"`blurring_grid` must have the over-sampling size of `grid`, {size}, but has {blurring_grid.over_sample_size}; "
            f"use `blurring_grid.apply_over_sampling({size})`."
        )
    blurring_mask = None if blurring_grid is None else blurring_grid.mask
    frame = checked_frame(grid.mask, kernel.mask, blurring_mask, size, "the sub-pixels of `grid`", "blurring_grid")
    _check_sub_pixels(values, grid, size, "values", "grid")
    if blurring_grid is not None:
        _check_sub_pixels(blurring_values, blurring_grid, size, "blurring_values", "blurring_grid")
    return binned_array_2d_from(convolved(values, blurring_values, kernel, frame, method, chunk_bytes), grid)


def _uniform_size(grid: Grid2D, name: str) -> int:
    if not isinstance(grid.over_sample_size, int):
        sizes = sorted({int(size) for size in grid.over_sample_size.array})
        raise ValueError(
            f"`{name}` must have one over-sampling size for all pixels, as the kernel has one resolution, but has {sizes}; "
            f"use `{name}.apply_over_sampling({sizes[-1]})`."
        )
    return grid.over_sample_size


def _check_sub_pixels(values: Any, grid: Grid2D, size: int, name: str, grid_name: str) -> None:
    n_sub = grid.mask.pixels_in_mask * size**2
    if values.shape[-1:] != (n_sub,):
        raise ValueError(
            f"`{name}` must have shape (..., {n_sub}), one per sub-pixel of `{grid_name}`, but has {tuple(values.shape)}; "
            f"evaluate them on `{grid_name}.over_sampled`."
        )
