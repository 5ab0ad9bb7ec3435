"""Convolution with a kernel that is a column times a row."""

from dataclasses import dataclass
from typing import Any, final

import jax
import numpy as np

from ..._backend import namespace
from ..._check import fails
from .frame import Frame, embed
from .stripes import outputs, stripes_of, toeplitz


@jax.tree_util.register_static
@dataclass(frozen=True)
@final
class Separable:
    """Convolve along y and then along x; exact for a kernel of rank 1, such as a Gaussian along the axes, and for no other.

    It needs `2 n (ky + kx)` operations. The kernel is taken apart at its largest entry p, in row i and column j, as
    `kernel[:, j] * kernel[i, :] / p`. If what that leaves out is above the tolerance, the kernel has a higher rank: an
    error where its values can be looked at, and NaN everywhere in the result where they cannot (a kernel that is traced).
    The gradient with respect to the kernel is that of the convolution along changes that keep the rank at 1.

    Parameters
    ----------
    tolerance : float or None
        The largest entry that may be left out, relative to the largest of the kernel; None is 64 times the precision of
        the data type: 1.4e-14, or 7.6e-6 for float32.

    Raises
    ------
    ValueError
        From `convolve`, if the kernel's rank is not 1.

    Examples
    --------
    >>> from lensarrays.ops import Separable
    >>> Separable(tolerance=1e-6)
    Separable(tolerance=1e-06)
    """

    tolerance: float | None = None

    def factors(self, kernel: Any, frame: Frame) -> tuple[Any, ...]:
        """Return what depends on the kernel (..., ky, kx) alone: matrices for the columns, and for the rows."""
        xp = namespace(kernel)
        column, row, rest = _taken_apart(kernel, xp=xp)
        tolerance = 64 * xp.finfo(kernel.dtype).eps if self.tolerance is None else self.tolerance
        has_rank_1 = rest <= tolerance
        if fails(has_rank_1):
            raise ValueError(self._refusal(np.asarray(kernel), float(xp.max(rest))))
        column = xp.where(has_rank_1[..., None], column, xp.nan)
        block = stripes_of(frame).block
        return xp.matrix_transpose(toeplitz(column, block[0])), toeplitz(row, block[1])

    def apply(self, parts: tuple[Any, ...], factors: tuple[Any, ...], frame: Frame) -> Any:
        """Return the values of the image (..., n), and of the blurring image if there is one, convolved, (..., n)."""
        xp = namespace(parts[0])
        stripes, (along_y, along_x) = stripes_of(frame), factors
        sheet = embed(parts, stripes.slots) @ along_x[..., None, :, :]
        *batch, count, _, block = sheet.shape
        pieces = xp.take(sheet, xp.asarray(stripes.row_blocks.ravel()), axis=-2)
        pieces = xp.reshape(pieces, (*batch, count, *stripes.row_blocks.shape, block))
        blocks = along_y[..., None, None, :, :] @ pieces
        return outputs(xp.reshape(blocks, (*blocks.shape[:-3], -1, block)), stripes)

    def bytes_per_image(self, frame: Frame, itemsize: int) -> int:
        """Return the bytes that one image needs on the way: the overlapping stripes, twice, and two blocks of outputs."""
        return 4 * stripes_of(frame).slots.size * itemsize

    def _refusal(self, kernel: np.ndarray, rest: float) -> str:
        first, second = np.reshape(np.linalg.svd(kernel, compute_uv=False), (-1, min(kernel.shape[-2:])))[0, :2]
        return (
            f"`kernel` must have rank 1 (a column times a row) for `{self!r}`, but leaves over {rest:.2e} of its largest "
            f"entry, and its first two singular values are {first:.3e} and {second:.3e}; use `method=FFT()`."
        )


def _taken_apart(kernel: Any, *, xp: Any) -> tuple[Any, Any, Any]:
    """Return a column (..., ky), a row (..., kx), and the largest entry that their product leaves out, as a fraction."""
    *batch, ky, kx = kernel.shape
    flat = xp.reshape(kernel, (*batch, ky * kx))
    peak = xp.argmax(xp.abs(flat), axis=-1)[..., None]
    at_peak = xp.asarray(np.arange(ky * kx)) == peak
    at_peak = xp.reshape(at_peak, kernel.shape)
    chosen = xp.where(at_peak, kernel, xp.zeros_like(kernel))
    pivot = xp.sum(chosen, axis=(-2, -1))
    safe = xp.where(pivot == 0, xp.ones_like(pivot), pivot)
    in_row, in_column = xp.any(at_peak, axis=-1)[..., None], xp.any(at_peak, axis=-2)[..., None, :]
    row = xp.sum(xp.where(in_row, kernel, xp.zeros_like(kernel)), axis=-2) / safe[..., None]
    column = xp.sum(xp.where(in_column, kernel, xp.zeros_like(kernel)), axis=-1)
    left_over = xp.abs(kernel - column[..., :, None] * row[..., None, :])
    return column, row, xp.max(left_over, axis=(-2, -1)) / xp.abs(safe)
