"""Banded sums as matrix products: rows cut into overlapping pieces, and all of them times one small Toeplitz matrix."""

import functools
from typing import Any, final

import numpy as np

from ..._backend import namespace
from .frame import Frame

BLOCK = 32  # outputs per piece: long enough that the overlap costs little, short enough that few products are with zeros


@final
class Stripes:
    """How a frame is cut; compared by identity, as its frame is.

    Attributes
    ----------
    slots : (stripes, rows, width)
        Which input sits where; each stripe overlaps the next by a kernel less one.
    row_blocks : (row stripes, height)
        The rows of each piece along y.
    places : (n,)
        Where the outputs lie in (stripes, rows out, block) when that is laid out flat.
    """

    __slots__ = ("block", "places", "row_blocks", "slots")

    def __init__(self, frame: Frame):
        rows, columns = (axis - int(axis.min()) for axis in frame.outputs)
        first = [int(axis.min()) for axis in frame.outputs]
        extent = [int(rows.max()) + 1, int(columns.max()) + 1]
        count = [-(-extent[axis] // BLOCK) for axis in (0, 1)]
        self.block = (-(-extent[0] // count[0]), -(-extent[1] // count[1]))  # as even as they can be
        pieces = [_pieces(count[axis], self.block[axis], frame.kernel_shape[axis]) for axis in (0, 1)]
        height = count[0] * self.block[0] + frame.kernel_shape[0] - 1
        y = np.arange(height)[None, :, None] + first[0] - frame.kernel_shape[0] // 2
        x = pieces[1][:, None, :] + first[1] - frame.kernel_shape[1] // 2
        self.slots = frame.slots(*np.broadcast_arrays(y, x))
        self.row_blocks = pieces[0]
        stripe, inside = np.divmod(columns, self.block[1])
        self.places = (stripe * (count[0] * self.block[0]) + rows) * self.block[1] + inside


@functools.lru_cache(maxsize=64)
def stripes_of(frame: Frame) -> Stripes:
    """Return how a frame is cut."""
    return Stripes(frame)


def toeplitz(lines: Any, block: int) -> Any:
    """Return the matrices (..., block + k - 1, block) that convolve a piece with `lines` (..., k)."""
    xp = namespace(lines)
    *batch, k = lines.shape
    steps = np.arange(block)[None, :] + k - 1 - np.arange(block + k - 1)[:, None]
    steps = np.where((steps >= 0) & (steps < k), steps, k)
    padded = xp.concat([lines, xp.zeros((*batch, 1), dtype=lines.dtype)], axis=-1)
    return xp.reshape(xp.take(padded, xp.asarray(steps.ravel()), axis=-1), (*batch, block + k - 1, block))


def outputs(blocks: Any, stripes: Stripes) -> Any:
    """Return the outputs (..., n) out of blocks (..., stripes, rows, block)."""
    xp = namespace(blocks)
    return xp.take(xp.reshape(blocks, (*blocks.shape[:-3], -1)), xp.asarray(stripes.places), axis=-1)


def _pieces(count: int, block: int, k: int) -> np.ndarray:
    return np.arange(count)[:, None] * block + np.arange(block + k - 1)
