"""Convolution of images, batches of them, and mapping matrices with a point spread function."""

from typing import Any

from ..._backend import namespace
from ...structures import Array2D, Kernel2D, Mask2D
from ...structures.arithmetic import with_values
from ..argument_types import check_array, check_types
from .batch import CHUNK_BYTES, ConvolutionMethod, convolved
from .checks import check_columns, check_rows, checked_frame
from .fft import FFT


def convolve(
    image: Array2D,
    kernel: Kernel2D,
    blurring_image: Array2D | None = None,
    *,
    method: ConvolutionMethod = FFT(),
    chunk_bytes: int = CHUNK_BYTES,
) -> Array2D:
    """Convolve an image with a kernel; beyond the used pixels and those of the blurring image it counts as zero.

    This is a true convolution: a point source in the image gives the kernel as it is, not turned. Leading axes of the
    image and of the kernel are batches, which broadcast.

    Parameters
    ----------
    image : Array2D of shape (..., n) [any unit]
    kernel : Kernel2D of shape (..., ky*kx), its sides odd [dimensionless]
        With the pixel scales of the image. It is used as it is: a kernel whose sum is 1 conserves the flux of sources
        that lie half a kernel inside the used pixels.
    blurring_image : Array2D of shape (..., n_blurring), or None [unit of `image`]
        The light of pixels that are not used but close enough for the kernel to bring some of it in, as of
        `mask.derive_mask.blurring_from(kernel_shape_native)`. Where the mask reaches the edge of the image, they may lie on
        the image enlarged evenly on all sides, as `allow_padding=True` and `grid.blurring_grid_via_kernel_shape_from` make it.
    method : FFT, Direct or Separable
        How: by Fourier transforms, by the sum itself, or along y and then x if the kernel has rank 1.
    chunk_bytes : int
        Working memory that a batch is cut to fit into [bytes], but one image at a time at least. A batch made by
        `jax.vmap` is not cut. The default suits a CPU; a GPU wants as much as it has to spare.

    Returns
    -------
    Array2D of shape (..., n) [unit of `image`]
        With the data type of `image`.

    Raises
    ------
    ValueError
        If the pixel scales differ, the kernel is larger than the image, the blurring image is of another image or
        overlaps the used pixels, batches do not broadcast, or the kernel has not rank 1 for `Separable`.
    TypeError
        If an argument is of another kind, the image is not float32 or float64, or the arguments are of different array
        libraries.

    References
    ----------
    W. H. Press et al., *Numerical Recipes* (3rd ed., 2007), section 13.1 (padding against wrap-around).

    Examples
    --------
    >>> import numpy as np
    >>> from lensarrays import Array2D, Kernel2D
    >>> from lensarrays.ops import convolve
    >>> image = Array2D.no_mask(np.asarray([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]), pixel_scales=0.1)
    >>> kernel = Kernel2D.no_mask(np.asarray([[0.0, 0.0, 0.0], [0.1, 0.7, 0.2], [0.0, 0.0, 0.0]]), pixel_scales=0.1)
    >>> convolve(image, kernel).native.round(6) + 0.0
    array([[0. , 0. , 0. ], [0.1, 0.7, 0.2], [0. , 0. , 0. ]])
    """
    check_types(image=(image, Array2D), kernel=(kernel, Kernel2D), blurring_image=(blurring_image, Array2D | None))
    blurring = None if blurring_image is None else blurring_image.values
    blurring_mask = None if blurring_image is None else blurring_image.mask
    frame = checked_frame(image.mask, kernel.mask, blurring_mask, 1, "`image`", "blurring_image")
    return with_values(image, convolved(image.values, blurring, kernel, frame, method, chunk_bytes))


def convolve_mapping_matrix(
    mapping_matrix: Any,
    mask: Mask2D,
    kernel: Kernel2D,
    *,
    blurring_mapping_matrix: Any = None,
    blurring_mask: Mask2D | None = None,
    method: ConvolutionMethod = FFT(),
    chunk_bytes: int = CHUNK_BYTES,
) -> Any:
    """Convolve every column of a mapping matrix, as if it were an image, a bounded number of columns at a time.

    Parameters
    ----------
    mapping_matrix : array, shape (n, m) [any unit]
        What each of m source pixels puts into each of the n used pixels.
    mask : Mask2D
        The used pixels that the rows belong to.
    kernel : Kernel2D of shape (ky*kx,), its sides odd [dimensionless]
    blurring_mapping_matrix : array, shape (n_blurring, m), or None [unit of `mapping_matrix`]
        The same for the pixels that are not used but that the kernel brings light in from.
    blurring_mask : Mask2D or None
        The pixels that the rows of `blurring_mapping_matrix` belong to; None is
        `mask.derive_mask.blurring_from(kernel_shape_native)`. Where the mask reaches the edge of the image, they may lie on
        the image enlarged evenly on all sides, as `allow_padding=True` and `grid.blurring_grid_via_kernel_shape_from` make it.
    method : FFT, Direct or Separable
    chunk_bytes : int
        Working memory that the columns are cut to fit into [bytes], but one column at a time at least.

    Returns
    -------
    array, shape (n, m) [unit of `mapping_matrix`]
        With the data type of `mapping_matrix`. A NumPy result has its columns contiguous in memory.

    Raises
    ------
    ValueError
        If the rows are not as many as the pixels of their mask, the columns differ in number, and as `convolve` does.
    TypeError
        If the matrix is not float32 or float64, or the arguments are of different array libraries.

    Examples
    --------
    >>> import numpy as np
    >>> from lensarrays import Kernel2D, Mask2D
    >>> from lensarrays.ops import convolve_mapping_matrix
    >>> mask = Mask2D.all_false((1, 3), pixel_scales=0.1)
    >>> kernel = Kernel2D.no_mask(np.asarray([[0.1, 0.7, 0.2]]), pixel_scales=0.1)
    >>> convolve_mapping_matrix(np.eye(3), mask, kernel).round(6) + 0.0
    array([[0.7, 0.1, 0. ], [0.2, 0.7, 0.1], [0. , 0.2, 0.7]])
    """
    check_types(mask=(mask, Mask2D), kernel=(kernel, Kernel2D), blurring_mask=(blurring_mask, Mask2D | None))
    check_array(mapping_matrix, "mapping_matrix")
    xp = namespace(mapping_matrix, kernel.values, blurring_mapping_matrix)
    if kernel.values.ndim != 1:
        raise ValueError(
            f"`kernel` must be one kernel, but has shape {tuple(kernel.values.shape)}; convolve with one at a time."
        )
    check_rows(mapping_matrix, mask, "mapping_matrix", "mask")
    if blurring_mapping_matrix is None:
        blurring_mask = None
    else:
        blurring_mask = mask.derive_mask.blurring_from(kernel.shape_native) if blurring_mask is None else blurring_mask
        check_array(blurring_mapping_matrix, "blurring_mapping_matrix")
        check_rows(blurring_mapping_matrix, blurring_mask, "blurring_mapping_matrix", "blurring_mask")
        check_columns(blurring_mapping_matrix, mapping_matrix)
    frame = checked_frame(mask, kernel.mask, blurring_mask, 1, "`mask`", "blurring_mask")
    columns = xp.matrix_transpose(xp.asarray(mapping_matrix))
    blurring = None if blurring_mapping_matrix is None else xp.matrix_transpose(xp.asarray(blurring_mapping_matrix))
    return xp.matrix_transpose(convolved(columns, blurring, kernel, frame, method, chunk_bytes))
