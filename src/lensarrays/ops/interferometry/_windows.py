"""W between each pixel of an image and all others, laid out such that what belongs to one pixel is a single stretch."""

import sys
from typing import NamedTuple

import numpy as np

from ...structures import Mask2D
from ..inversion._tile_methods import aligned
from ..inversion._tiles import AT_ONCE, filled_up
from ._compact_dense import dense_from
from ._compact_lattice import Lattice, lattice_of


class Windows(NamedTuple):
    """W of a pixel i and all others, which begins at `offsets[i, 0]` and is added to what begins at `offsets[i, 1]`, if any.

    Attributes
    ----------
    kernels : (...) float64
    offsets : (n, 1 or 2) int64
    places : (n,) int64
        Where each pixel is in a stretch; not all places of a stretch are pixels.
    length : int
        Of a stretch, a multiple of AT_ONCE; the last ones may reach into others, which is of no harm.
    """

    kernels: np.ndarray
    offsets: np.ndarray
    places: np.ndarray
    length: int


def windows_of(lattice: Lattice, compact: np.ndarray, hankel: np.ndarray | None) -> Windows:
    """Return W as the rows of a dense matrix, or as windows of its table where these take less memory.

    There is a copy of the table for each column that a pixel may be in, as wide as the image; windows of pixels in other rows
    begin further down in it. So for N x N pixels it takes 16 N^3 bytes, twice that with `hankel`, and not 8 n^2: for 30 x 30
    pixels half of what a core has for itself.
    """
    ny, nx = lattice.shape
    across, parts = filled_up(nx), 1 if hankel is None else 2
    size = _size_of(lattice, parts)
    length = _blocks_of(ny * across)
    if size > lattice.pixels**2:
        return _dense(lattice, compact, hankel)
    kernels = aligned(size + AT_ONCE)
    kernels[size:] = 0
    copies = kernels[:size].reshape(parts, nx, 2 * ny - 1, across)
    sheet = np.zeros((parts, 2 * ny - 1, nx - 1 + across))
    sheet[0, :, : 2 * nx - 1] = np.concatenate([compact[:0:-1, ::-1], compact])
    if hankel is not None:
        sheet[1, :, : 2 * nx - 1] = hankel
    for x in range(nx):
        first = nx - 1 - x
        copies[0, x], copies[1:, x] = sheet[0, :, first : first + across], sheet[1:, :, x : x + across]
    rows, columns = np.divmod(lattice.places, nx)
    difference, total = columns * (2 * ny - 1) + ny - 1 - rows, (nx + columns) * (2 * ny - 1) + rows
    begin = np.stack([difference, total][:parts], axis=1)
    return Windows(kernels, begin * across, rows * across + columns, length)


def bytes_of(mask: Mask2D, tables: int) -> int:
    """Return the bytes that windows take, which are of one table, or of two where there is `hankel`."""
    lattice = lattice_of(mask)
    n, size = lattice.pixels, _size_of(lattice, tables)
    return 8 * (n * _blocks_of(n) if size > n**2 else size + AT_ONCE)


def _size_of(lattice: Lattice, tables: int) -> int:
    """Return how many numbers there are in the copies of tables."""
    ny, nx = lattice.shape
    return tables * nx * (2 * ny - 1) * filled_up(nx)


def _dense(lattice: Lattice, compact: np.ndarray, hankel: np.ndarray | None) -> Windows:
    n = lattice.pixels
    length, pixels = _blocks_of(n), np.arange(n)
    kernels = aligned(n * length)
    kernels.reshape(n, length)[:, :n] = dense_from(compact, hankel, lattice, sys.maxsize)
    kernels.reshape(n, length)[:, n:] = 0
    return Windows(kernels, (pixels * length)[:, None], pixels, length)


def _blocks_of(length: int) -> int:
    """Return a length rounded up to a multiple of AT_ONCE."""
    return -(-length // AT_ONCE) * AT_ONCE
