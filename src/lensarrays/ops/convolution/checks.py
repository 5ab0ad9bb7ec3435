"""What a convolution demands of masks and kernels; all of it static, so it is looked at once for equal ones."""

import functools
from typing import Any

import numpy as np

from ... import _check
from ..._backend import namespace
from ...structures import Kernel2D, Mask2D
from .frame import Frame


@functools.lru_cache(maxsize=64)
def checked_frame(
    mask: Mask2D, kernel_mask: Mask2D, blurring_mask: Mask2D | None, sub_size: int, image_name: str, blurring_name: str
) -> Frame:
    """Return the frame of a mask's pixels, or of their sub-pixels in the order of an over-sampled grid.

    Raises
    ------
    ValueError
        If the kernel or the blurring pixels do not fit the image.
    """
    if mask.pixels_in_mask == 0:
        raise ValueError("`mask` must have at least one used pixel, but has none; nothing is left to convolve.")
    (ny, nx), (y_scale, x_scale) = mask.shape_native, mask.pixel_scales
    _check_kernel(kernel_mask, (ny * sub_size, nx * sub_size), (y_scale / sub_size, x_scale / sub_size), image_name)
    if blurring_mask is not None:
        _check_blurring_mask(blurring_mask, mask, blurring_name)
    return Frame.of_masks(mask, blurring_mask, kernel_mask.shape_native, sub_size)


def check_kernel(psf: Kernel2D) -> None:
    """Raise unless a kernel conserves some light."""
    _check.finite(psf.values, "psf")
    total = namespace(psf.values).sum(psf.values, axis=-1)
    if _check.fails(total > 0):
        raise ValueError(
            f"`psf` must have a positive sum, but it is {float(np.min(np.asarray(total))):.6g}; subtract its background, or "
            f"look at its values."
        )


def _check_kernel(kernel: Mask2D, shape_native: tuple[int, int], pixel_scales: tuple[float, float], name: str) -> None:
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


def _check_blurring_mask(blurring_mask: Mask2D, mask: Mask2D, name: str) -> None:
    """Raise unless the blurring pixels lie on the same image as the used ones, or on it enlarged, and are none of them."""
    ours, theirs = (tuple((m.shape_native, m.pixel_scales, m.origin)) for m in (mask, blurring_mask))
    added = [larger - size for larger, size in zip(blurring_mask.shape_native, mask.shape_native, strict=True)]
    if ours[1:] != theirs[1:] or any(rows < 0 or rows % 2 for rows in added):
        raise ValueError(
            f"`{name}` must have the shape, pixel scales and origin of the image, {ours}, or be of that image enlarged evenly "
            f"on all sides, but has {theirs}; make it with `mask.derive_mask.blurring_from(kernel_shape_native)`."
        )
    used = np.pad(~mask.array, [(rows // 2, rows // 2) for rows in added])
    overlap = int(np.count_nonzero(used & ~blurring_mask.array))
    if overlap:
        raise ValueError(
            f"`{name}` must use no pixel that the image uses, but shares {overlap} with it, whose light would count twice; "
            f"make it with `mask.derive_mask.blurring_from(kernel_shape_native)`."
        )


def check_rows(matrix: Any, mask: Mask2D, name: str, mask_name: str) -> None:
    """Raise unless a matrix has one row per used pixel."""
    if matrix.ndim != 2 or matrix.shape[0] != mask.pixels_in_mask:
        raise ValueError(
            f"`{name}` must have shape ({mask.pixels_in_mask}, m), one row per used pixel of `{mask_name}`, but has "
            f"{tuple(matrix.shape)}; a batch of images (..., n) goes through `convolve`."
        )


def check_columns(blurring_matrix: Any, matrix: Any) -> None:
    """Raise unless a blurring mapping matrix has the columns of its mapping matrix."""
    if blurring_matrix.shape[1] != matrix.shape[1]:
        raise ValueError(
            f"`blurring_mapping_matrix` must have as many columns as `mapping_matrix`, {matrix.shape[1]}, one per source "
            f"pixel, but has {blurring_matrix.shape[1]}; map the same source pixels in both."
        )


def joint_batch(batch: tuple[int, ...], other: tuple[int, ...], name: str) -> tuple[int, ...]:
    """Return the shape that the batch axes of an image and of another argument broadcast to."""
    try:
        return np.broadcast_shapes(batch, other)
    except ValueError as err:
        raise ValueError(
            f"`{name}` must have batch axes that broadcast with those of the image, {tuple(batch)}, but has {tuple(other)}; "
            f"give it as many entries, or one for all."
        ) from err
