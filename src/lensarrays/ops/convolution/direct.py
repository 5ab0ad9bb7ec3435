"""Convolution as the sum that it is."""

from dataclasses import dataclass
from typing import Any, final

import jax

from .frame import Frame, embed
from .stripes import outputs, stripes_of, toeplitz


@jax.tree_util.register_static
@dataclass(frozen=True)
@final
class Direct:
    """Convolve by summing over the kernel, one matrix product for each of its rows.

    Each value is accurate to the precision of its own summands, however bright the rest of the image is, and a
    non-negative image stays non-negative. It needs `2 n ky kx` operations, and is faster than `FFT` for kernels of
    up to about 5 x 5. The number of operations that JAX compiles grows with the rows of the kernel.

    Examples
    --------
    >>> from lensarrays.ops import Direct
    >>> Direct()
    Direct()
    """

    def factors(self, kernel: Any, frame: Frame) -> tuple[Any, ...]:
        """Return what depends on the kernel (..., ky, kx) alone: a matrix (..., ky, width, block) for each of its rows."""
        return (toeplitz(kernel, stripes_of(frame).block[1]),)

    def apply(self, parts: tuple[Any, ...], factors: tuple[Any, ...], frame: Frame) -> Any:
        """Return the values of the image (..., n), and of the blurring image if there is one, convolved, (..., n)."""
        stripes, (matrices,) = stripes_of(frame), factors
        sheet = embed(parts, stripes.slots)
        ky = frame.kernel_shape[0]
        height = sheet.shape[-2] - ky + 1
        total = sheet[..., ky - 1 : ky - 1 + height, :] @ matrices[..., None, 0, :, :]
        for row in range(1, ky):
            start = ky - 1 - row
            total = total + sheet[..., start : start + height, :] @ matrices[..., None, row, :, :]
        return outputs(total, stripes)

    def bytes_per_image(self, frame: Frame, itemsize: int) -> int:
        """Return the bytes that one image needs on the way: the overlapping stripes, and three blocks of outputs."""
        return 4 * stripes_of(frame).slots.size * itemsize
