"""Masks that follow from a mask."""

import functools
from typing import Any

import equinox as eqx
import numpy as np

from .. import _check
from . import mask_shapes
from .mask_index import used_box


class DeriveMask2D(eqx.Module):
    """Masks of the edge, the border and the blurring region of a mask; reached as `mask.derive_mask`.

    Examples
    --------
    >>> from lensarrays import Mask2D
    >>> mask = Mask2D.circular(shape_native=(9, 9), radius=0.25, pixel_scales=0.1)
    >>> mask.derive_mask.blurring_from(kernel_shape_native=(3, 3)).pixels_in_mask
    24
    """

    mask: Any

    @property
    def all_false(self) -> Any:
        """The mask of the same image that uses every pixel."""
        return self._like(np.zeros(self.mask.shape, dtype=bool))

    @property
    def edge(self) -> Any:
        """The mask that uses only the edge pixels: those with a masked or missing pixel among their eight neighbours."""
        return self._like(~mask_shapes.edge(self.mask.array))

    @property
    def edge_buffed(self) -> Any:
        """The mask that also uses the neighbours of every used pixel."""
        return self._like(mask_shapes.grown(self.mask.array, buffer=1))

    @property
    def border(self) -> Any:
        """The mask that uses only the border pixels: the first ones seen from outside along a row or column."""
        return self._like(~mask_shapes.border(self.mask.array))

    def blurring_from(self, kernel_shape_native: tuple[int, int], allow_padding: bool = False) -> Any:
        """Return the mask of the pixels outside this mask from which a kernel carries light into it.

        Parameters
        ----------
        kernel_shape_native : (int, int)
            Rows and columns of the kernel.
        allow_padding : bool
            Whether the image may be enlarged, evenly on all sides, where the kernel reaches beyond it; the mask that is
            returned then has another shape.

        Raises
        ------
        ValueError
            If a side of the kernel is even, or it reaches beyond the image, unless `allow_padding` is set.
        """
        return _blurring(self.mask, _check.odd_shape(kernel_shape_native, "kernel_shape_native"), allow_padding)

    def _like(self, masked: np.ndarray) -> Any:
        return _like(self.mask, masked)


@functools.lru_cache(maxsize=16)
def _blurring(mask: Any, kernel_shape_native: tuple[int, int], allow_padding: bool) -> Any:
    """Return the blurring region, kept: whatever is convolved asks for the same one again and again."""
    masked = mask.array
    sides = zip(used_box(mask), masked.shape, kernel_shape_native, strict=True)
    # By how many rows and columns the image must grow on each side for the kernel to stay inside.
    padding = [max(0, side // 2 - min(start, size - stop)) for (start, stop), size, side in sides]
    if any(padding):
        if not allow_padding:
            needed = tuple(size + 2 * pad for size, pad in zip(masked.shape, padding, strict=True))
            raise ValueError(
                f"`mask` must leave the half width of the kernel {tuple(kernel_shape_native)} free on all sides, but the "
                f"blurring region reaches beyond the image of shape {masked.shape}; pad the image to {needed}, or "
                f"pass `allow_padding=True`, which returns a mask of that shape."
            )
        masked = np.pad(masked, [(pad, pad) for pad in padding], constant_values=True)
    return _like(mask, ~(masked & mask_shapes.dilated(~masked, kernel_shape_native)))


def _like(mask: Any, masked: np.ndarray) -> Any:
    return type(mask)(masked, mask.pixel_scales, mask.origin)
