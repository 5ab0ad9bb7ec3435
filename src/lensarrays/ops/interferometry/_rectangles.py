"""Small rectangles of pixels of an image, and W where the pixels of a rectangle read it as aligned vectors."""

import functools
from typing import NamedTuple

import numpy as np

from ...structures import Mask2D
from ..inversion._tile_methods import aligned
from ..inversion._tiles import AT_ONCE, LANES
from ._compact_lattice import lattice_of

KEPT = 8
TALL, WIDE = 16, LANES  # of a rectangle [pixels]
SIZE = TALL * WIDE


class Rectangles(NamedTuple):
    """Rectangles of TALL by WIDE pixels, of those that hold used ones, one column of them after the other.

    W of a pixel i and of all pixels of rectangle t begins at `bases[t] + offsets[i, 0]`, row by row.

    Attributes
    ----------
    members : (n,) int64
        The used pixels, rectangle by rectangle, and row by row in one.
    starts : (t + 1,) int64
        Where the members of each rectangle begin.
    rows : (n,) int64
        AT_ONCE times the number of each used pixel in its rectangle, which counts the unused ones too.
    bases : (t,) int64
    offsets : (n, 1 or 2) int64
        The second column is for the part of W that depends on the sum of two places.
    """

    members: np.ndarray
    starts: np.ndarray
    rows: np.ndarray
    bases: np.ndarray
    offsets: np.ndarray


@functools.lru_cache(maxsize=KEPT)
def rectangles_of(mask: Mask2D, parts: int) -> Rectangles:
    """Return the rectangles of a mask; W has one part, or two."""
    lattice = lattice_of(mask)
    y, x = np.divmod(lattice.places, lattice.shape[1])
    tall, wide = _counts(lattice.shape)
    used, numbers = np.unique(x // WIDE * tall + y // TALL, return_inverse=True)
    members = np.argsort(numbers.ravel(), kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(numbers.ravel(), minlength=used.size))])
    height, shift, along = 2 * TALL * tall, x % WIDE * (2 * wide - 1), x // WIDE
    difference = (shift + wide - 1 - along) * height + TALL * tall - 1 - y
    total = (shift + along + WIDE * (2 * wide - 1)) * height + y
    offsets = np.stack([difference, total][:parts], axis=1) * LANES
    bases = (used // tall * height + used % tall * TALL) * LANES
    return Rectangles(members, starts, (y % TALL * WIDE + x % WIDE) * AT_ONCE, bases, np.ascontiguousarray(offsets))


def _counts(shape: tuple[int, int]) -> tuple[int, int]:
    return -(-shape[0] // TALL), -(-shape[1] // WIDE)


def kernels_of(shape: tuple[int, int], compact: np.ndarray, hankel: np.ndarray | None) -> np.ndarray:
    """Return W as rectangles of an image (ny, nx) read it, 16 times as large as the tables or somewhat more.

    There is one copy for each column that a pixel may have in its rectangle, in which the vectors along x of any rectangle
    begin where a vector of the machine does; those of successive rows follow each other, so that a rectangle is one stretch.
    """
    (tall, wide), (ny, nx) = _counts(shape), shape
    height, steps = 2 * TALL * tall, 2 * wide - 1
    parts = [compact] if hankel is None else [compact, hankel]
    copies = aligned(len(parts) * WIDE * steps * height * LANES)
    each = copies.reshape(len(parts), WIDE, steps, height, LANES)
    sheet = np.zeros((height, (steps + 1) * LANES))
    top, left = TALL * tall - ny, WIDE * wide - nx  # so that W of a pixel with itself is in the middle
    sheet[top : top + 2 * ny - 1, left : left + 2 * nx - 1] = np.concatenate([compact[:0:-1, ::-1], compact])
    for shift in range(WIDE):
        first = WIDE - 1 - shift
        each[0, shift] = sheet[:, first : first + steps * LANES].reshape(height, steps, LANES).swapaxes(0, 1)
    if hankel is not None:
        sheet[:] = 0
        sheet[: 2 * ny - 1, : 2 * nx - 1] = hankel
        for shift in range(WIDE):
            each[1, shift] = sheet[:, shift : shift + steps * LANES].reshape(height, steps, LANES).swapaxes(0, 1)
    return copies
