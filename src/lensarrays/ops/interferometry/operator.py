"""The data side of an inversion of visibilities on NumPy arrays: W between the pixels of an image, and its products."""

import functools
import math
from collections.abc import Hashable
from typing import Any, final

import numpy as np

from ...structures import Mask2D, StaticArray
from ..inversion._scratch import Scratch
from ..inversion._threads import allowed_threads, in_threads, shares_of
from ..inversion._tile_methods import Table, aligned
from ..inversion._tiles import AT_ONCE, LANES, filled_up
from ..inversion.operator import _numbers, _table
from ._compact_lattice import lattice_of
from ._rectangles import SIZE, kernels_of, rectangles_of
from ._spectrum import hankel_spectrum_from, spectrum_from, times
from ._windows import Windows, windows_of

OPERATORS_KEPT = 4
BYTES_AT_ONCE = 2**20  # of images that are transformed together: what fits into a cache


@final
class VisibilityOperator:
    """Products of W, (n, n), which weighs the visibilities of two images, and of a mapping matrix T of s mesh pixels.

    The mapping matrix is given in compressed rows, one row an image pixel: `indexes[pointer[i]:pointer[i + 1]]` are its mesh
    pixels, in any order, some of them twice if need be, and `weights` what it sees of each.

    All arrays are of float64, indexes of any integers. Results do not depend on the number of threads. Made by
    `operator_from`, which keeps the last few.
    """

    def __init__(self, mask: Mask2D, compact: np.ndarray, hankel: np.ndarray | None, dense: bool):
        self.pixels = mask.pixels_in_mask
        self._lattice = lattice_of(mask)
        self._rectangles = rectangles_of(mask, 1 if hankel is None else 2)
        self._windows: Windows | None = windows_of(self._lattice, compact, hankel) if dense else None
        self._kernels = kernels_of(self._lattice.shape, compact, hankel)
        of_sums = None if hankel is None else hankel_spectrum_from(hankel, self._lattice)
        self._spectra = spectrum_from(compact, self._lattice), of_sums
        self.scratch = Scratch()
        self.solutions: dict[Hashable, Any] = {}

    def curvature(
        self,
        pointer: np.ndarray,
        indexes: np.ndarray,
        weights: np.ndarray,
        pixels: int,
        *,
        out: np.ndarray | None = None,
        threads: int | None = None,
    ) -> np.ndarray:
        """Return F = T' W T, (s, s); only its upper triangle is set, in `out` if that is given."""
        result = np.empty((pixels, pixels)) if out is None else out
        table, threads = _table(pointer, indexes, weights, pixels), threads or allowed_threads()
        if self._windows is None:
            self._set_by_rectangles(table, pixels, threads, result)
        else:
            self._set_by_windows(self._windows, table, pixels, threads, result)
        return result

    def _set_by_rectangles(self, table: Table, pixels: int, threads: int, result: np.ndarray) -> None:
        from ..inversion._tiles_numba import finish
        from ._rectangles_numba import set_rows

        width = filled_up(pixels)
        lists, by_column, by_rectangle = self._lists(table, pixels)
        sums = self.scratch.lend(_blocks(pixels) * AT_ONCE * width)

        def share(begin: int, end: int) -> None:
            local = self.scratch.lend(width * AT_ONCE)
            own = np.empty(AT_ONCE, dtype=np.int64), aligned(LANES * SIZE), aligned(SIZE * AT_ONCE), local
            for block in range(begin, end):
                first = block * AT_ONCE
                set_rows(self._rectangles.bases, first, by_column, by_rectangle, self._kernels, own, width, sums)
            self.scratch.take_back(local)

        in_threads(share, shares_of(_work(by_column, len(self._rectangles.bases)), threads))
        finish(sums, width, np.arange(width), result)
        self.scratch.take_back(sums, lists)

    def _set_by_windows(self, windows: Windows, table: Table, pixels: int, threads: int, result: np.ndarray) -> None:
        from ._dense_numba import set_columns, sort_by_column

        kernels, offsets, places, length = windows
        copies, entries, blocks = offsets.shape[1], table.weights.size, _blocks(pixels)
        lent = self.scratch.lend(2 * (copies + 1), entries)
        starts, several, single = np.empty(blocks * AT_ONCE + 1, dtype=np.int64), lent[:-2].reshape(2, -1), lent[-2:]
        lists = starts, several[0].view(np.int64), several[1], single[0].view(np.int64), single[1]
        sort_by_column(table, offsets, places, *lists)

        def share(begin: int, end: int) -> None:
            turned = self.scratch.lend(length * AT_ONCE)
            own = aligned(LANES * AT_ONCE), turned, aligned(AT_ONCE)
            for block in range(begin, end):
                set_columns(kernels, copies, block * AT_ONCE, lists, own, result)
            self.scratch.take_back(turned)

        in_threads(share, shares_of(np.arange(blocks + 1), threads))
        self.scratch.take_back(lent)

    def curvature_adjoint(
        self,
        pointer: np.ndarray,
        indexes: np.ndarray,
        weights: np.ndarray,
        pixels: int,
        cotangent: np.ndarray,
        *,
        threads: int | None = None,
    ) -> np.ndarray:
        """Return the derivatives of the sum of the products of F and a symmetric matrix by the weights.

        The matrix is (s, s), or filled up by zeros to full vectors.
        """
        from ._rectangles_numba import add_slopes

        table, matrix = _table(pointer, indexes, weights, pixels), _numbers(cotangent)
        lists, by_column, _ = self._lists(table, pixels)
        result = np.zeros(table.weights.size)
        flat, width = matrix.reshape(-1), len(matrix)

        def share(begin: int, end: int) -> None:
            local = self.scratch.lend(width * AT_ONCE)
            own = aligned(LANES * SIZE), aligned(SIZE * AT_ONCE), local
            for first in range(0, pixels, AT_ONCE):
                add_slopes(self._rectangles, begin, end, first, by_column, table, self._kernels, flat, width, own, result)
            self.scratch.take_back(local)

        in_threads(share, shares_of(np.arange(len(self._rectangles.bases) + 1), threads or allowed_threads()))
        self.scratch.take_back(lists)
        result *= 2
        return result

    def products(self, images: np.ndarray, *, threads: int | None = None) -> np.ndarray:
        """Return W times images, (g, n)."""
        images, result = _numbers(images), np.empty(images.shape)
        step = max(1, BYTES_AT_ONCE // (16 * self._spectra[0].size))

        def share(begin: int, end: int) -> None:
            for first in range(begin, end, step):
                few = slice(first, min(first + step, end))
                result[few] = times(images[few], *self._spectra, self._lattice)

        if len(images):
            in_threads(share, shares_of(np.arange(len(images) + 1), threads or allowed_threads()))
        return result

    def _lists(self, table: Table, pixels: int) -> tuple[np.ndarray, Any, Any]:
        """Return memory that is lent, and in it the entries of a mapping matrix by columns and by rectangles."""
        from ._entries_numba import ByColumn, ByRectangle, sort_by_column, sort_by_rectangle

        entries, (_, copies) = table.weights.size, self._rectangles.offsets.shape
        columns = _blocks(pixels) * AT_ONCE
        lent = self.scratch.lend((4 * copies + 3) * entries)
        doubled, single = lent[: 4 * copies * entries].reshape(4, -1), lent[4 * copies * entries :].reshape(3, entries)
        starts = np.empty(columns + 1, dtype=np.int64)
        by_column = ByColumn(starts, doubled[0].view(np.int64), doubled[1].view(np.int64), doubled[2], doubled[3])
        starts = np.empty(len(self._rectangles.starts), dtype=np.int64)
        by_rectangle = ByRectangle(starts, single[0].view(np.int64), single[1].view(np.int64), single[2])
        sort_by_column(self._rectangles, table, by_column)
        sort_by_rectangle(self._rectangles, table, np.full(columns, -1), by_rectangle)
        return lent, by_column, by_rectangle


def _blocks(pixels: int) -> int:
    """Return how many times AT_ONCE columns there are, the last ones filled up."""
    return math.ceil(pixels / AT_ONCE)


def _work(by_column: Any, rectangles: int) -> np.ndarray:
    """Return how much work there is before each block of columns: stretches of W, and what each rectangle takes anyway."""
    ends = by_column.starts[::AT_ONCE]
    seen = np.concatenate([[0], np.cumsum(rectangles - by_column.rectangles[: by_column.starts[-1]])])
    return seen[ends] + np.arange(ends.size) * rectangles * AT_ONCE


def operator_from(
    mask: Mask2D, compact: np.ndarray, hankel: np.ndarray | None = None, *, dense: bool = False
) -> VisibilityOperator:
    """Return the operator of a mask and its W, as `WTilde` holds it; the last few are kept.

    Parameters
    ----------
    mask : Mask2D
        The used pixels, in a box of (ny, nx).
    compact : array, shape (ny, 2 nx - 1)
        W of two pixels by the rows and columns from one to the other, the latter from 1 - nx on.
    hankel : array of shape (2 ny - 1, 2 nx - 1), or None
        What is added to it, by the sum of their rows and the sum of their columns.
    dense : bool
        Whether W is kept too such that all of it that belongs to a pixel is one stretch, for `curvature`: in 8 n^2 bytes, or
        less where windows of its table take less. That is faster for less than some 3000 image pixels.
    """
    return _operator(mask, StaticArray(compact), None if hankel is None else StaticArray(hankel), dense)


@functools.lru_cache(maxsize=OPERATORS_KEPT)
def _operator(mask: Mask2D, compact: StaticArray, hankel: StaticArray | None, dense: bool) -> VisibilityOperator:
    sums = None if hankel is None else _numbers(hankel.array)
    return VisibilityOperator(mask, _numbers(compact.array), sums, dense)
