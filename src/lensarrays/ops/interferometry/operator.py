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
from ._spectrum import hankel_spectrum_from, spectrum_from, times
from ._squares import SIZE, kernels_of, squares_of

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

    def __init__(self, mask: Mask2D, compact: np.ndarray, hankel: np.ndarray | None):
        self.pixels = mask.pixels_in_mask
        self._lattice = lattice_of(mask)
        self._squares = squares_of(mask, 1 if hankel is None else 2)
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
        from ..inversion._tiles_numba import finish
        from ._squares_numba import set_rows

        table = _table(pointer, indexes, weights, pixels)
        rows, width = _blocks(pixels) * AT_ONCE, filled_up(pixels)
        lists, by_column, by_square = self._lists(table, pixels)
        result = np.empty((pixels, pixels)) if out is None else out
        sums = self.scratch.lend(rows * width)

        def share(begin: int, end: int) -> None:
            memory = self.scratch.lend(width * AT_ONCE)
            own = np.empty(AT_ONCE, dtype=np.int64), aligned(LANES * SIZE), aligned(SIZE * AT_ONCE), memory
            for block in range(begin, end):
                first = block * AT_ONCE
                set_rows(self._squares.bases, first, by_column, by_square, self._kernels, own, width, sums)
            self.scratch.take_back(memory)

        in_threads(share, shares_of(_work(by_column, len(self._squares.bases)), threads or allowed_threads()))
        finish(sums, width, np.arange(width), result)
        self.scratch.take_back(sums, lists)
        return result

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
        from ._squares_numba import add_slopes

        table, matrix = _table(pointer, indexes, weights, pixels), _numbers(cotangent)
        lists, by_column, _ = self._lists(table, pixels)
        result = np.zeros(table.weights.size)
        flat, width = matrix.reshape(-1), len(matrix)

        def share(begin: int, end: int) -> None:
            local = self.scratch.lend(width * AT_ONCE)
            own = aligned(LANES * SIZE), aligned(SIZE * AT_ONCE), local
            for first in range(0, pixels, AT_ONCE):
                add_slopes(self._squares, begin, end, first, by_column, table, self._kernels, flat, width, own, result)
            self.scratch.take_back(local)

        in_threads(share, shares_of(np.arange(len(self._squares.bases) + 1), threads or allowed_threads()))
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
        """Return memory that is lent, and in it the entries of a mapping matrix by columns and by squares."""
        from ._entries_numba import ByColumn, BySquare, sort_by_column, sort_by_square

        entries, (_, copies) = table.weights.size, self._squares.offsets.shape
        columns = _blocks(pixels) * AT_ONCE
        lent = self.scratch.lend((4 * copies + 3) * entries)
        doubled, single = lent[: 4 * copies * entries].reshape(4, -1), lent[4 * copies * entries :].reshape(3, entries)
        starts = np.empty(columns + 1, dtype=np.int64)
        by_column = ByColumn(starts, doubled[0].view(np.int64), doubled[1].view(np.int64), doubled[2], doubled[3])
        starts = np.empty(len(self._squares.starts), dtype=np.int64)
        by_square = BySquare(starts, single[0].view(np.int64), single[1].view(np.int64), single[2])
        sort_by_column(self._squares, table, by_column)
        sort_by_square(self._squares, table, np.full(columns, -1), by_square)
        return lent, by_column, by_square


def _blocks(pixels: int) -> int:
    """Return how many times AT_ONCE columns there are, the last ones filled up."""
    return math.ceil(pixels / AT_ONCE)


def _work(by_column: Any, squares: int) -> np.ndarray:
    """Return how much work there is before each block of columns: stretches of W, and what each square takes anyway."""
    ends = by_column.starts[::AT_ONCE]
    seen = np.concatenate([[0], np.cumsum(squares - by_column.squares[: by_column.starts[-1]])])
    return seen[ends] + np.arange(ends.size) * squares * AT_ONCE


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
    """
    return _operator(mask, StaticArray(compact), None if hankel is None else StaticArray(hankel))


@functools.lru_cache(maxsize=OPERATORS_KEPT)
def _operator(mask: Mask2D, compact: StaticArray, hankel: StaticArray | None) -> VisibilityOperator:
    return VisibilityOperator(mask, _numbers(compact.array), None if hankel is None else _numbers(hankel.array))
