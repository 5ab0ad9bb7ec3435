"""Where the pixels of a convolution lie: worked out once for a mask and a kernel's shape, with NumPy, and static."""

from typing import Any, final

import numpy as np

from ..._backend import namespace
from ...structures.mask_2d import Mask2D


@final
class Frame:
    """The rows and columns of what goes into a convolution and of what comes out, both counted from the first that goes in.

    It is compared by identity, so whatever a method derives from it can be cached; `checked_frame` keeps one for equal masks.

    Attributes
    ----------
    inputs, outputs : (row, column) arrays, shapes (n_in,) and (n,)
        The inputs are the image's pixels and then those of the blurring image, so the outputs are among the inputs.
    kernel_shape : (ky, kx)
    """

    __slots__ = ("inputs", "kernel_shape", "outputs", "shape")

    def __init__(self, used: np.ndarray, blurring: np.ndarray, kernel_shape: tuple[int, int]):
        inputs = np.concatenate([used, blurring], axis=1)
        first = inputs.min(axis=1, keepdims=True)
        self.inputs, self.outputs = inputs - first, used - first
        self.kernel_shape = kernel_shape
        self.shape = (int(self.inputs[0].max()) + 1, int(self.inputs[1].max()) + 1)

    @classmethod
    def of_masks(cls, mask: Mask2D, blurring_mask: Mask2D | None, kernel_shape: tuple[int, int], sub_size: int = 1) -> "Frame":
        """Return the frame of a mask's pixels, or of their sub-pixels in the order of an over-sampled grid.

        The blurring mask may be of the image enlarged evenly on all sides, as for a mask that reaches the image's edge.
        """
        used = _sub_pixels(mask.array, sub_size)
        if blurring_mask is None:
            return cls(used, np.empty((2, 0), int), kernel_shape)
        margin = (np.asarray(blurring_mask.shape_native) - np.asarray(mask.shape_native)) // 2 * sub_size
        return cls(used + margin[:, None], _sub_pixels(blurring_mask.array, sub_size), kernel_shape)

    def slots(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return which input sits at each (row, column), or their number where none does: the place of an appended zero."""
        n_in = self.inputs.shape[1]
        sheet = np.full(self.shape, n_in)
        sheet[tuple(self.inputs)] = np.arange(n_in)
        inside = (rows >= 0) & (rows < self.shape[0]) & (columns >= 0) & (columns < self.shape[1])
        return np.where(inside, sheet[np.where(inside, rows, 0), np.where(inside, columns, 0)], n_in)


def _sub_pixels(mask: np.ndarray, sub_size: int) -> np.ndarray:
    """Return the (row, column) of every sub-pixel: pixel by pixel, and inside a pixel row by row from the top left."""
    pixels = np.stack(np.nonzero(~mask))[:, :, None, None] * sub_size
    offsets = np.stack(np.meshgrid(np.arange(sub_size), np.arange(sub_size), indexing="ij"))
    return (pixels + offsets[:, None]).reshape(2, -1)


def embed(parts: tuple[Any, ...], slots: np.ndarray) -> Any:
    """Lay values (..., n_i), joined, out as `slots` says, with zeros where it points one past the end; a gather, no scatter."""
    xp = namespace(parts[0])
    batch = parts[0].shape[:-1]
    padded = xp.concat([*parts, xp.zeros((*batch, 1), dtype=parts[0].dtype)], axis=-1)
    return xp.reshape(xp.take(padded, xp.asarray(slots.ravel()), axis=-1), (*batch, *slots.shape))
