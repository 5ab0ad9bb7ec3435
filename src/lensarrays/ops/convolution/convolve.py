"""Convolution of images, batches of them, and mapping matrices with a point spread function."""

import math
from typing import Any, TypeAlias

import numpy as np

from ..._backend import namespace
from ...structures.arithmetic import with_values
from .chunks import CHUNK_BYTES, compile_time, map_chunks
from .direct import Direct
from .fft import FFT
from .frame import Frame, frame_from
from .separable import Separable

ConvolutionMethod: TypeAlias = FFT | Direct | Separable


def convolve(
    image: Any,
    kernel: Any,
    blurring_image: Any = None,
    *,
    method: ConvolutionMethod = FFT(),
    chunk_bytes: int = CHUNK_BYTES,
) -> Any:
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
        `mask.derive_mask.blurring_from(kernel_shape_native)`.
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
        overlaps the used pixels, or the kernel has not rank 1 for `Separable`.
    TypeError
        If the image is not float32 or float64, or the arguments are of different array libraries.

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
    blurring = None if blurring_image is None else blurring_image.values
    xp = namespace(image.values, kernel.values, blurring)
    blurring_mask = None if blurring_image is None else blurring_image.mask
    check_kernel(kernel, image.mask.shape_native, image.pixel_scales)
    check_blurring_mask(blurring_mask, image.mask, "blurring_image")
    frame = frame_from(image.mask, blurring_mask, kernel.shape_native)
    return with_values(image, convolved(image.values, blurring, kernel, frame, method, chunk_bytes, xp=xp))


def convolve_mapping_matrix(
    mapping_matrix: Any,
    mask: Any,
    kernel: Any,
    *,
    blurring_mapping_matrix: Any = None,
    blurring_mask: Any = None,
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
        `mask.derive_mask.blurring_from(kernel_shape_native)`.
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
        If the rows are not as many as the pixels of their mask, and as `convolve` does.
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
    xp = namespace(mapping_matrix, kernel.values, blurring_mapping_matrix)
    check_kernel(kernel, mask.shape_native, mask.pixel_scales)
    if kernel.values.ndim != 1:
        raise ValueError(
            f"`kernel` must be one kernel, but has shape {tuple(kernel.values.shape)}; convolve with one at a time."
        )
    _check_rows(mapping_matrix, mask, "mapping_matrix", "mask")
    if blurring_mapping_matrix is None:
        blurring_mask = None
    else:
        blurring_mask = mask.derive_mask.blurring_from(kernel.shape_native) if blurring_mask is None else blurring_mask
        check_blurring_mask(blurring_mask, mask, "blurring_mask")
        _check_rows(blurring_mapping_matrix, blurring_mask, "blurring_mapping_matrix", "blurring_mask")
    frame = frame_from(mask, blurring_mask, kernel.shape_native)
    columns = xp.matrix_transpose(xp.asarray(mapping_matrix))
    blurring = None if blurring_mapping_matrix is None else xp.matrix_transpose(xp.asarray(blurring_mapping_matrix))
    return xp.matrix_transpose(convolved(columns, blurring, kernel, frame, method, chunk_bytes, xp=xp))


def check_kernel(kernel: Any, shape_native: tuple[int, int], pixel_scales: tuple[float, float], name: str = "`image`") -> None:
    """Raise unless the kernel fits an image of this shape and these pixel scales."""
    if not np.allclose(kernel.pixel_scales, pixel_scales, rtol=1e-6, atol=0.0):
        raise ValueError(
            f"`kernel` must have the pixel scales of {name}, {tuple(pixel_scales)}, but has {tuple(kernel.pixel_scales)}; "
            f"give the one it is sampled at (a finer kernel goes through `convolve_over_sampled`)."
        )
    if any(side > size for side, size in zip(kernel.shape_native, shape_native, strict=True)):
        raise ValueError(
            f"`kernel` must not be larger than {name}, {tuple(shape_native)}, but has shape {tuple(kernel.shape_native)}; "
            f"trim the kernel, or pad the image."
        )


def check_blurring_mask(blurring_mask: Any, mask: Any, name: str) -> None:
    """Raise unless the blurring pixels lie on the same image as the used ones, and are none of them."""
    if mask.pixels_in_mask == 0:
        raise ValueError("`mask` must have at least one used pixel, but has none; nothing is left to convolve.")
    if blurring_mask is None:
        return
    ours, theirs = (tuple((m.shape_native, m.pixel_scales, m.origin)) for m in (mask, blurring_mask))
    if ours != theirs:
        raise ValueError(
            f"`{name}` must have the shape, pixel scales and origin of the image, {ours}, but has {theirs}; "
            f"make it with `mask.derive_mask.blurring_from(kernel_shape_native)`."
        )
    overlap = int(np.count_nonzero(~mask.array & ~blurring_mask.array))
    if overlap:
        raise ValueError(
            f"`{name}` must use no pixel that the image uses, but shares {overlap} with it, whose light would count twice; "
            f"make it with `mask.derive_mask.blurring_from(kernel_shape_native)`."
        )


def convolved(
    values: Any, blurring: Any, kernel: Any, frame: Frame, method: ConvolutionMethod, chunk_bytes: int, *, xp: Any
) -> Any:
    """Return values (..., n) convolved, (..., n): the batch is laid out flat and worked through in chunks."""
    dtype = _floating_dtype(values, xp=xp)
    batch = values.shape[:-1]
    parts = [xp.asarray(values)]
    if blurring is not None:
        batch = np.broadcast_shapes(batch, blurring.shape[:-1])
        parts.append(xp.asarray(blurring, dtype=dtype))
    size = max(1, chunk_bytes // method.bytes_per_image(frame, xp.finfo(dtype).bits // 8))

    def joined(pieces: Any) -> Any:
        return xp.concat(list(pieces), axis=-1) if len(pieces) > 1 else pieces[0]

    if kernel.values.ndim == 1:
        factors = _factors(kernel, frame, method, dtype, xp=xp)
        if not batch:
            return method.apply(joined(parts), factors, frame, xp=xp)
        return _over_batch(lambda *pieces: method.apply(joined(pieces), factors, frame, xp=xp), parts, batch, size, xp=xp)
    batch = np.broadcast_shapes(batch, kernel.values.shape[:-1])
    sheets = xp.asarray(kernel.native, dtype=dtype)
    sheets = xp.broadcast_to(sheets, (*batch, *sheets.shape[-2:]))
    sheets = xp.reshape(sheets, (-1, *sheets.shape[-2:]))

    def one_each(sheet: Any, *pieces: Any) -> Any:
        return method.apply(joined(pieces), method.factors(sheet, frame, xp=xp), frame, xp=xp)

    return _over_batch(one_each, parts, batch, size, sheets, xp=xp)


def _over_batch(function: Any, parts: list, batch: tuple[int, ...], size: int, *more: Any, xp: Any) -> Any:
    """Apply a function to parts (..., n_i), broadcast to `batch`, at most `size` of the batch at a time."""
    flat = [xp.reshape(xp.broadcast_to(part, (*batch, part.shape[-1])), (math.prod(batch), part.shape[-1])) for part in parts]
    result = map_chunks(function, (*more, *flat), size, xp=xp)
    return xp.reshape(result, (*batch, result.shape[-1]))


def _factors(kernel: Any, frame: Frame, method: ConvolutionMethod, dtype: Any, *, xp: Any) -> tuple[Any, ...]:
    """Return what depends on the kernel alone, computed in its own library.

    Where the kernel is known when a function is traced, that is when this is computed, once for all calls.
    """
    own = namespace(kernel.values)
    with compile_time(kernel.values):
        native = own.asarray(kernel.native, dtype=own.float32 if xp.finfo(dtype).bits == 32 else own.float64)
        factors = method.factors(native, frame, xp=own)
    return tuple(xp.asarray(factor) for factor in factors)


def _floating_dtype(values: Any, *, xp: Any) -> Any:
    dtype = xp.asarray(values).dtype
    if not xp.isdtype(dtype, "real floating") or xp.finfo(dtype).bits not in (32, 64):
        raise TypeError(f"What is convolved must be float32 or float64, but is {dtype}; convert it with `.astype(float)`.")
    return dtype


def _check_rows(matrix: Any, mask: Any, name: str, mask_name: str) -> None:
    if matrix.ndim != 2 or matrix.shape[0] != mask.pixels_in_mask:
        raise ValueError(
            f"`{name}` must have shape ({mask.pixels_in_mask}, m), one row per used pixel of `{mask_name}`, but has "
            f"{tuple(matrix.shape)}; a batch of images (..., n) goes through `convolve`."
        )
