"""Two ways to a curvature matrix F = M' P' N^-2 P M, tile by tile: by tiles of P' N^-2 P that are kept, or of P M."""

from typing import Any, NamedTuple, final

import numpy as np

from ...structures import Mask2D
from ._threads import in_threads, shares_of
from ._tiles import AT_ONCE, LANES, SIDE, chunks_of, filled_up, tiles_of


class Table(NamedTuple):
    """A mapping matrix in compressed rows, of the types that Numba compiles for."""

    pointer: np.ndarray
    indexes: np.ndarray
    weights: np.ndarray


def aligned(size: int) -> np.ndarray:
    """Return zeros that begin where a line of the cache does: a vector in two lines takes twice the time."""
    memory = np.zeros(size + LANES)
    first = -(memory.ctypes.data // memory.itemsize) % LANES
    return memory[first : first + size]


def _integers(size: int) -> np.ndarray:
    return np.empty(size, dtype=np.int64)


def _lists(entries: int, columns: int) -> tuple[np.ndarray, ...]:
    """Return memory for entries of a mapping matrix that are sorted by their columns."""
    return _integers(columns + 1), _integers(entries), np.empty(entries), _integers(entries)


@final
class WeightedTiles:
    """Half of W = P' N^-2 P, tile by tile; as many bytes as `values` has, some 7 kB a pixel for a PSF of 21 by 21."""

    def __init__(self, mask: Mask2D, kernel: np.ndarray, noise: np.ndarray, threads: int):
        from ._weighted_tiles_numba import build

        self.tiles = tiles_of(mask.array, kernel.shape)
        self.chunks = chunks_of(self.tiles, kernel.shape)
        self.values = aligned(int(self.chunks.offsets[-1]))
        self.work = self.chunks.offsets[self.chunks.of_tile]
        weights = np.zeros(self.tiles.slim.shape)
        weights[self.tiles.rows, self.tiles.columns] = noise**-2.0
        height, width = (SIDE + side - 1 for side in kernel.shape)

        def share(begin: int, end: int) -> None:
            memory = aligned(height * width * AT_ONCE), aligned(AT_ONCE * AT_ONCE), np.arange(width) * AT_ONCE
            build(self.tiles, self.chunks, begin, end, kernel, kernel.ravel().copy(), weights, memory, self.values)

        in_threads(share, shares_of(self.work, threads))
        self._spare: list[tuple[tuple[int, int], tuple]] = []

    def add_curvature(self, begin: int, end: int, table: Table, pixels: int, width: int, result: np.ndarray) -> None:
        """Add a half of F, of which the transpose is the other, to a matrix that is `width` wide."""
        from ._weighted_tiles_numba import add_curvature

        size, memory = self._memory(table, pixels, width)
        add_curvature(self.tiles, self.chunks, begin, end, self.values, table, memory, width, result)
        self._spare.append((size, memory))

    def add_adjoint(
        self, begin: int, end: int, table: Table, pixels: int, width: int, matrix: np.ndarray, result: np.ndarray
    ) -> None:
        """Add the derivatives of the sum of a symmetric matrix times that half by the weights of the table."""
        from ._weighted_tiles_numba import add_adjoint

        size, memory = self._memory(table, pixels, width)
        add_adjoint(self.tiles, self.chunks, begin, end, self.values, table, memory, width, matrix, result)
        memory[-1][:] = 0
        self._spare.append((size, memory))

    def _memory(self, table: Table, pixels: int, width: int) -> tuple[tuple[int, int], tuple]:
        """Return what a thread needs, and its size: what was used before, as new memory has to be fetched."""
        lengths = np.diff(table.pointer)[self.tiles.members]
        entries = int(np.add.reduceat(lengths, self.tiles.starts[:-1]).max())
        while self._spare:
            size, memory = self._spare.pop()
            if size == (entries, pixels):
                return size, memory
        columns = filled_up(min(entries, pixels))
        place, seen = np.full(pixels, -1), np.zeros(width // LANES, dtype=np.int64)
        sums, transposed, local = (aligned(rows * columns) for rows in (AT_ONCE, AT_ONCE, width))
        of_members = place, _integers(columns + LANES), _lists(entries, columns), _integers(columns), sums
        return (entries, pixels), (of_members, np.arange(AT_ONCE) * AT_ONCE, transposed, seen, local)


@final
class LightTiles:
    """What each pixel around a tile sends to the pixels of the tile; nothing else is known beforehand."""

    def __init__(self, mask: Mask2D, kernel: np.ndarray, noise: np.ndarray, threads: int):
        self.tiles = tiles_of(mask.array, kernel.shape)
        self.work = np.arange(len(self.tiles.corners) + 1)
        self.scale = np.zeros(self.tiles.slim.shape)
        self.scale[self.tiles.rows, self.tiles.columns] = 1 / noise
        self.shape = kernel.shape
        (ky, kx), around = kernel.shape, [SIDE + side - 1 for side in kernel.shape]
        spread = np.zeros((*around, SIDE, SIDE))
        for y, x in np.ndindex(SIDE, SIDE):
            spread[y : y + ky, x : x + kx, y, x] = kernel[::-1, ::-1]
        self.spread = aligned(spread.size)
        self.spread[:] = spread.ravel()

    def add_curvature(self, begin: int, end: int, table: Table, pixels: int, width: int, result: np.ndarray) -> None:
        """Add a half of F, of which the transpose is the other, to a matrix that is `width` wide."""
        from ._light_tiles_numba import add_curvature

        memory = self._memory(table, pixels, width), _integers(AT_ONCE), aligned((width + 1) * AT_ONCE), aligned(AT_ONCE)
        add_curvature(self.tiles, begin, end, self.shape, self.spread, self.scale, table, memory, width, result)

    def add_adjoint(
        self, begin: int, end: int, table: Table, pixels: int, width: int, matrix: np.ndarray, result: np.ndarray
    ) -> None:
        """Add the derivatives of the sum of a symmetric matrix times that half by the weights of the table."""
        from ._light_tiles_numba import add_adjoint

        products, row = aligned(width * AT_ONCE), aligned(AT_ONCE)
        memory = self._memory(table, pixels, width), np.arange(AT_ONCE) * AT_ONCE, products, row
        add_adjoint(self.tiles, begin, end, self.shape, self.spread, self.scale, table, memory, width, matrix, result)

    def _memory(self, table: Table, pixels: int, width: int) -> tuple[Any, ...]:
        reach = self.spread.size // AT_ONCE
        entries = min(reach * int(np.diff(table.pointer).max()), table.weights.size)
        around, columns = (_integers(reach), _integers(reach)), _integers(width + LANES)
        return around, np.full(pixels, -1), columns, _lists(entries, width), aligned(AT_ONCE), aligned(width * AT_ONCE)
