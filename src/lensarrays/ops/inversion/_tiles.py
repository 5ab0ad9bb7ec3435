"""Small squares of the used pixels of an image, and the pixels around each: worked out once for a mask and a kernel's shape."""

from typing import NamedTuple

import numpy as np

LANES = 8  # float64 in the widest vectors
SIDE = LANES  # of a tile [pixels]
AT_ONCE = 64  # numbers that are summed at once, in as many vectors as hide the latency of an addition


def filled_up(length: int) -> int:
    """Return a length rounded up to full vectors."""
    return -(-int(length) // LANES) * LANES


class Tiles(NamedTuple):
    """Tiles in order of their rows and then columns.

    Attributes
    ----------
    members : (n,) int64
        The used pixels, tile by tile, and row by row in a tile.
    starts : (t + 1,) int64
        Where the members of each tile begin.
    rows, columns : (n,) int64
        Of every used pixel, in an image that leaves `margin` rows and columns free on all sides.
    corners : (t, 2) int64
        The first row and column of each tile.
    slim : (ly, lx) int64
        The used pixel that each pixel of that image is, or -1.
    """

    members: np.ndarray
    starts: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    corners: np.ndarray
    slim: np.ndarray


class Chunks(NamedTuple):
    """The pixels that come after those of a tile, or are its own, and share light with them: in chunks of at most `AT_ONCE`.

    Attributes
    ----------
    pixels : (sum of their numbers,) int64
        Row by row, for tile after tile.
    starts : (c + 1,) int64
        Where the pixels of each chunk begin.
    of_tile : (t + 1,) int64
        Where the chunks of each tile begin.
    first : (c,) int64
        The first member of the tile that shares light with any pixel of the chunk; a multiple of eight.
    offsets : (c + 1,) int64
        Where the values of each chunk begin: as many rows as there are members from the first on, up to a multiple of eight,
        and AT_ONCE columns.
    """

    pixels: np.ndarray
    starts: np.ndarray
    of_tile: np.ndarray
    first: np.ndarray
    offsets: np.ndarray


def tiles_of(masked: np.ndarray, kernel_shape: tuple[int, int]) -> Tiles:
    """Return the tiles of the used pixels of a mask; the margin is as wide as light reaches in two convolutions."""
    margin = [side + SIDE for side in kernel_shape]
    rows, columns = np.nonzero(~masked)
    corner = np.asarray([rows.min(), columns.min()])
    rows, columns = rows - corner[0], columns - corner[1]
    of_pixel = np.stack([rows // SIDE, columns // SIDE], axis=1)
    corners, tile = np.unique(of_pixel, axis=0, return_inverse=True)
    members = np.argsort(tile.ravel(), kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(tile.ravel(), minlength=len(corners)))])
    rows, columns = rows + margin[0], columns + margin[1]
    slim = np.full((rows.max() + margin[0] + SIDE, columns.max() + margin[1] + SIDE), -1)
    slim[rows, columns] = np.arange(rows.size)
    return Tiles(members, starts, rows, columns, corners * SIDE + margin, slim)


def chunks_of(tiles: Tiles, kernel_shape: tuple[int, int]) -> Chunks:
    """Return what shares light with each tile: pixels at most `kernel_shape - 1` away from one of its own."""
    reach_y, reach_x = (side - 1 for side in kernel_shape)
    pixels, first, lengths, rows = [], [], [], []
    for t, (y, x) in enumerate(tiles.corners):
        own = tiles.rows[tiles.members[tiles.starts[t] : tiles.starts[t + 1]]]
        window = tiles.slim[y : y + SIDE + reach_y, x - reach_x : x + SIDE + reach_x].copy()
        window[:SIDE, :reach_x] = -1  # those come before the tile
        after = window[window >= 0]
        pixels.append(after)
        begins = np.arange(0, after.size, AT_ONCE)
        nearest = np.searchsorted(own, tiles.rows[after[begins]] - reach_y)
        first.append(nearest // SIDE * SIDE)
        lengths.append(np.diff([*begins, after.size]))
        rows.append(-(-(own.size - first[-1]) // SIDE) * SIDE)
    of_tile = np.cumsum([0, *map(len, first)])
    offsets = np.concatenate([[0], np.cumsum(np.concatenate(rows) * AT_ONCE)])
    starts = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])
    return Chunks(np.concatenate(pixels), starts, of_tile, np.concatenate(first), offsets)
