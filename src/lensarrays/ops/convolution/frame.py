"""Where the pixels of a convolution lie: worked out once for a mask and a kernel's shape, with NumPy, and static."""

import functools
from typing import Any, final

import numpy as np

from ...structures.mask_2d import Mask2D


@final
class Frame:
    """The rows and columns of what goes into a convolution and of what comes out, both counted from the first that goes in.

    It is compared by identity, so whatever a method derives from it can be cached; `frame_from` makes one for equal masks.

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

    def slots(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return which input sits at each (row, column), or their number where none does: the place of an appended zero."""
        n_in = self.inputs.shape[1]
        sheet = np.full(self.shape, n_in)
        sheet[tuple(self.inputs)] = np.arange(n_in)
        inside = (rows >= 0) & (rows < self.shape[0]) & (columns >= 0) & (columns < self.shape[1])
        return np.where(inside, sheet[np.where(inside, rows, 0), np.where(inside, columns, 0)], n_in)


@functools.lru_cache(maxsize=64)
def frame_from(mask: Mask2D, blurring_mask: Mask2D | None, kernel_shape: tuple[int, int], sub_size: int = 1) -> Frame:
    """Return the frame of a mask's pixels, or of their sub-pixels in the order of an over-sampled grid."""
    used = _sub_pixels(mask.array, sub_size)
    blurring = np.empty((2, 0), int) if blurring_mask is None else _sub_pixels(blurring_mask.array, sub_size)
    return Frame(used, blurring, kernel_shape)


def _sub_pixels(mask: np.ndarray, sub_size: int) -> np.ndarray:
    """Return the (row, column) of every sub-pixel: pixel by pixel, and inside a pixel row by row from the top left."""
    pixels = np.stack(np.nonzero(~mask))[:, :, None, None] * sub_size
    offsets = np.stack(np.meshgrid(np.arange(sub_size), np.arange(sub_size), indexing="ij"))
    return (pixels + offsets[:, None]).reshape(2, -1)


def embed(values: Any, slots: np.ndarray, *, xp: Any) -> Any:
    """Lay values (..., n_in) out as `slots` says, with zeros where it points one past the end; a gather, not a scatter."""
    batch = values.shape[:-1]
    padded = xp.concat([values, xp.zeros((*batch, 1), dtype=values.dtype)], axis=-1)
    return xp.reshape(xp.take(padded, xp.asarray(slots.ravel()), axis=-1), (*batch, *slots.shape))
