"""The PSF of an inversion: what it makes of images, and its transpose."""

import math
from typing import final

import numpy as np

from ...structures import Mask2D
from ..convolution.fft import smooth_length
from ._sheet import Sheet, sheet_of
from ._threads import in_threads, shares_of
from ._tile_methods import aligned

RANK_1 = 1e-13  # second singular value of a kernel that counts as separable, relative to the first
LARGEST_DIRECT = 1000  # entries of other kernels for which no Fourier transforms are made
BYTES_AT_ONCE = 2**25  # of images that are transformed together


@final
class Blur:
    """A PSF on the used pixels of a mask and the blurring ones around them.

    Kernels of rank 1 are applied along y and then along x, others entry by entry, or by Fourier transforms if they are large.
    The first two pass over the rows and columns of an image that hold nothing.
    """

    def __init__(self, mask: Mask2D, kernel: np.ndarray):
        self.sheet: Sheet = sheet_of(mask, kernel.shape)
        self.kernels = kernel, np.ascontiguousarray(kernel[::-1, ::-1])
        left, values, right = np.linalg.svd(kernel)
        self.is_separable = len(values) == 1 or bool(values[1] <= RANK_1 * values[0])
        along = (left[:, 0] * values[0]).copy(), right[0].copy()
        self._ways = self._way(kernel, *along), self._way(self.kernels[1], along[0][::-1].copy(), along[1][::-1].copy())
        self._ones = np.ones(len(self.sheet.everywhere))
        self._spare: list[tuple[np.ndarray, ...]] = []

    def _way(self, kernel: np.ndarray, along_y: np.ndarray, along_x: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return the entries of a kernel and of its factors, and how far from a pixel on the sheet is what they weigh."""
        (ky, kx), width = kernel.shape, self.sheet.shape[1]
        rows, columns = (ky // 2 - np.arange(ky)) * width, kx // 2 - np.arange(kx)
        offsets = (rows[:, None] + columns).ravel()
        return along_y, along_x, rows, columns, kernel.ravel().copy(), offsets

    def seen(self, images: np.ndarray, result: np.ndarray, threads: int, scale: np.ndarray | None = None) -> np.ndarray:
        """Set `result` (g, n) to images (g, n + n_blurring) seen through the PSF, where pixels are used, times a scale (n,)."""
        scales = self._ones, self._ones if scale is None else scale
        return self._apply(0, images, self.sheet.runs, self.sheet.used_runs, scales, result, threads)

    def gathered(self, images: np.ndarray, threads: int) -> np.ndarray:
        """Return the transpose times images (g, n), with the blurring pixels, (g, n + n_blurring)."""
        result = np.empty((len(images), len(self.sheet.everywhere)))
        return self._apply(1, images, self.sheet.used_runs, self.sheet.runs, (self._ones, self._ones), result, threads)

    def gathered_inside(self, images: np.ndarray, scale: np.ndarray, result: np.ndarray, threads: int) -> np.ndarray:
        """Set `result` (g, n or more) to the same for images times a scale (n,), without the blurring pixels."""
        return self._apply(1, images, self.sheet.used_runs, self.sheet.used_runs, (scale, self._ones), result, threads)

    def _apply(
        self,
        way: int,
        images: np.ndarray,
        inputs: np.ndarray,
        outputs: np.ndarray,
        scales: tuple[np.ndarray, np.ndarray],
        result: np.ndarray,
        threads: int,
    ) -> np.ndarray:
        if not self.is_separable and self.kernels[0].size > LARGEST_DIRECT:
            self._transform(way, images, outputs, scales, result, threads)
            return result
        from ._blur_numba import blur

        def share(begin: int, end: int) -> None:
            memory, width = self._memory(), self.sheet.shape[1]
            part, own = images[begin:end], result[begin:end]
            blur(part, inputs, scales[0], outputs, scales[1], width, self._ways[way], self.is_separable, memory, own)
            self._spare.append(memory)

        if len(images):
            in_threads(share, shares_of(np.arange(len(images) + 1), threads))
        return result

    def _memory(self) -> tuple[np.ndarray, ...]:
        """Return what a thread needs: what was used before, as new memory has to be fetched."""
        try:
            return self._spare.pop()
        except IndexError:
            rows, width = self.sheet.shape
            return aligned(rows * width), aligned(width), aligned(width), np.zeros(4, dtype=np.int64)

    def _transform(
        self,
        way: int,
        images: np.ndarray,
        outputs: np.ndarray,
        scales: tuple[np.ndarray, np.ndarray],
        result: np.ndarray,
        threads: int,
    ) -> None:
        """Set the result by Fourier transforms of a sheet that is long enough for nothing to come round to a pixel."""
        import scipy.fft

        kernel, (rows, columns) = self.kernels[way], (self.sheet.everywhere - self.sheet.everywhere.min(axis=0)).T
        shape = tuple(
            smooth_length(int(c.max()) + 1 + side // 2) for c, side in zip((rows, columns), kernel.shape, strict=True)
        )
        shape = tuple(max(length, smooth_length(side)) for length, side in zip(shape, kernel.shape, strict=True))
        padded = np.zeros(shape)
        padded[: kernel.shape[0], : kernel.shape[1]] = kernel
        spectrum = scipy.fft.rfft2(np.roll(padded, (-(kernel.shape[0] // 2), -(kernel.shape[1] // 2)), axis=(0, 1)))
        total, at_once = images.shape[1], max(1, BYTES_AT_ONCE // (16 * math.prod(shape)))
        n_out = int(outputs[-1, 0] + outputs[-1, 3])
        for first in range(0, len(images), at_once):
            part = images[first : first + at_once]
            sheets = np.zeros((len(part), *shape))
            sheets[:, rows[:total], columns[:total]] = part * scales[0][:total]
            spectra = scipy.fft.rfft2(sheets, workers=threads) * spectrum
            blurred = scipy.fft.irfft2(spectra, s=shape, workers=threads)
            result[first : first + len(part), :n_out] = blurred[:, rows[:n_out], columns[:n_out]] * scales[1][:n_out]
