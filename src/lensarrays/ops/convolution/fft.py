"""Convolution by fast Fourier transforms."""

import functools
import math
from dataclasses import dataclass
from typing import Any, final

import jax
import numpy as np

from ..._backend import namespace
from .frame import Frame, embed


@jax.tree_util.register_static
@dataclass(frozen=True)
@final
class FFT:
    """Convolve by real fast Fourier transforms; the default, and the fastest for a general kernel.

    The frame holds the used pixels and the blurring pixels, not the whole image. It is padded by half a kernel only, as
    what wraps around beyond that reaches no used pixel, and up to a length with no prime factor above 5. A NumPy
    kernel on JAX images is transformed once, when the function is traced.

    The error is a few times the precision of the data type (2e-16, or 1e-7 for float32) of the *largest* value, everywhere:
    ten decades below the peak, use `Direct`.

    Examples
    --------
    >>> from lensarrays.ops import FFT
    >>> FFT()
    FFT()
    """

    def factors(self, kernel: Any, frame: Frame) -> tuple[Any, ...]:
        """Return what depends on the kernel (..., ky, kx) alone: its spectrum, transposed, (..., lx // 2 + 1, ly)."""
        xp = namespace(kernel)
        return (_spectrum(kernel, layout_of(frame), xp=xp),)

    def apply(self, parts: tuple[Any, ...], factors: tuple[Any, ...], frame: Frame) -> Any:
        """Return the values of the image (..., n), and of the blurring image if there is one, convolved, (..., n)."""
        xp = namespace(parts[0])
        layout = layout_of(frame)
        if layout.inputs_fill_the_frame:
            sheet = xp.reshape(parts[0], (*parts[0].shape[:-1], *frame.shape))
        else:
            sheet = embed(parts, layout.slots)
        rows, columns = layout.crop
        # Both transforms run along the last axis, and the last of all only along the rows that have outputs.
        along_y = xp.fft.ifft(_spectrum(sheet, layout, xp=xp) * factors[0], axis=-1)[..., rows]
        sheet = xp.fft.irfft(xp.matrix_transpose(along_y), n=layout.shape[1], axis=-1)
        if layout.outputs_fill_the_crop:
            sheet = sheet[..., columns]
            return xp.reshape(sheet, (*sheet.shape[:-2], -1))
        return xp.take(xp.reshape(sheet, (*sheet.shape[:-2], -1)), xp.asarray(layout.places), axis=-1)

    def bytes_per_image(self, frame: Frame, itemsize: int) -> int:
        """Return the bytes that one image needs on the way: the sheet, two spectra, and the sheet again."""
        return 4 * math.prod(layout_of(frame).shape) * itemsize


@final
class Layout:
    """How a frame is padded; compared by identity, as its frame is.

    Attributes
    ----------
    shape : (ly, lx)
        Of the transforms.
    slots : (rows of the frame, lx)
        Which input sits where.
    crop : (slice, slice)
        Where the outputs come to lie: half a kernel further on.
    places : (n,)
        The same for each output, in the rows of the crop laid out flat.
    inputs_fill_the_frame, outputs_fill_the_crop : bool
        Whether they do so in order, as in an unmasked image, so that no gather is needed.
    """

    __slots__ = ("crop", "inputs_fill_the_frame", "outputs_fill_the_crop", "places", "shape", "slots")

    def __init__(self, frame: Frame):
        half = [side // 2 for side in frame.kernel_shape]
        lengths = [_length(frame.inputs[axis], frame.outputs[axis], half[axis]) for axis in (0, 1)]
        self.shape = (smooth_length(lengths[0]), smooth_length(lengths[1]))
        self.slots = frame.slots(*np.indices((frame.shape[0], self.shape[1])))
        rows, columns = (frame.outputs[axis] + half[axis] for axis in (0, 1))
        self.crop = (slice(int(rows.min()), int(rows.max()) + 1), slice(int(columns.min()), int(columns.max()) + 1))
        self.places = (rows - self.crop[0].start) * self.shape[1] + columns
        in_order = frame.slots(*np.indices(frame.shape)).ravel()
        self.inputs_fill_the_frame = np.array_equal(in_order, np.arange(frame.inputs.shape[1]))
        crop_in_order = np.stack([axis.ravel() for axis in np.mgrid[self.crop]])
        self.outputs_fill_the_crop = np.array_equal(np.stack([rows, columns]), crop_in_order)


@functools.lru_cache(maxsize=64)
def layout_of(frame: Frame) -> Layout:
    """Return how a frame is padded."""
    return Layout(frame)


def _spectrum(sheet: Any, layout: Layout, *, xp: Any) -> Any:
    """Return the transform of a sheet (..., y, x), transposed, (..., lx // 2 + 1, ly)."""
    along_x = xp.fft.rfft(sheet, n=layout.shape[1], axis=-1)
    return xp.fft.fft(xp.matrix_transpose(along_x), n=layout.shape[0], axis=-1)


def _length(inputs: np.ndarray, outputs: np.ndarray, half: int) -> int:
    """Return the shortest period for which no output hears an input's repetition."""
    reach = max(int(outputs.max() - inputs.min()), int(inputs.max() - outputs.min()))
    return max(reach + half + 1, int(np.ptp(inputs)) + 1, 2 * half + 1)


def smooth_length(n: int) -> int:
    """Return the smallest integer >= n with no prime factor above 5.

    >>> [smooth_length(n) for n in (1, 7, 141, 151, 161)]
    [1, 8, 144, 160, 162]
    """
    while True:
        rest = n
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return n
        n += 1
