"""Images cut into tiles, and these joined to supertiles: where nearby rays are bundled, distant haloes cost little."""

import functools
from typing import Any, NamedTuple, final

import numpy as np

from ..structures import Grid2D, StaticArray
from ..structures.sub_pixels import sizes_per_pixel

# Along a side. Fewer points in a tile cost more expansions, more points cost more haloes that are near.
SUPERTILE_PIXELS = 20
POINTS_ALONG_TILE = 20


class TileGroup(NamedTuple):
    """Tiles whose pixels have the same over-sampling, and that are filled up to the same number of pixels."""

    start: int  # the first of the points of these tiles
    tiles: int
    points: int  # in each tile


@final
class Tiles(NamedTuple):
    """How the sub-pixels of an image are put in order, tile after tile, pixel after pixel in a tile.

    All tiles of a group have as many pixels as the fullest; others repeat one of their own.
    """

    order: np.ndarray  # the sub-pixel at each place, shape (places,)
    groups: tuple[TileGroup, ...]
    children: np.ndarray  # the tiles of each supertile, shape (supertiles, most); a supertile with fewer repeats its first
    parents: np.ndarray  # the supertile of each tile, shape (tiles,)
    siblings: np.ndarray  # where each tile is among the children of its supertile, shape (tiles,)
    pixels: np.ndarray  # where each pixel is among those of all tiles, shape (n,)
    sizes: tuple[int, ...]  # the over-sampling of each group
    side: float  # of the tiles of the group with most points [arcsec]

    @property
    def total_tiles(self) -> int:
        """The number of tiles."""
        return len(self.parents)


def tiles_from(grid: Grid2D) -> Tiles:
    """Return the tiles of a grid, from its mask and over-sampling; they are static, and kept from call to call."""
    return _tiles(grid.mask, grid.over_sample_size)


@functools.lru_cache(maxsize=8)
def _tiles(mask: Any, over_sample_size: int | StaticArray) -> Tiles:
    sizes = sizes_per_pixel(over_sample_size, mask.pixels_in_mask)
    place = np.argwhere(~mask.array)  # row and column of each pixel
    first = np.cumsum(sizes**2) - sizes**2
    orders, pixel_orders, groups, centres, start = [], [], [], [], 0
    distinct = [int(size) for size in np.unique(sizes)]
    for size in distinct:
        own = np.flatnonzero(sizes == size)
        members = _blocks(place[own], _pixels_along(size))
        pixel = own[members]  # (tiles, pixels)
        order = (first[pixel][..., None] + np.arange(size**2)).reshape(len(pixel), -1)
        groups.append(TileGroup(start, *order.shape))
        start += order.size
        orders.append(order.ravel())
        pixel_orders.append(pixel.ravel())
        centres.append(place[pixel].mean(axis=1))
    children, parents, siblings = _supertiles(np.concatenate(centres), place)
    places = np.concatenate(pixel_orders)
    pixels = np.empty(mask.pixels_in_mask, dtype=np.int64)
    pixels[places[::-1]] = np.arange(places.size)[::-1]  # of a pixel that is repeated, the first
    fullest = max(range(len(distinct)), key=lambda k: groups[k].tiles * groups[k].points)
    side = _pixels_along(distinct[fullest]) * max(mask.pixel_scales)
    return Tiles(np.concatenate(orders), tuple(groups), children, parents, siblings, pixels, tuple(distinct), side)


def _pixels_along(size: int) -> int:
    """Return how many pixels of an over-sampling a tile has along a side: a divisor of those of a supertile."""
    divisors = [k for k in range(1, SUPERTILE_PIXELS // 2 + 1) if SUPERTILE_PIXELS % k == 0]
    return min(divisors, key=lambda k: abs(np.log(k * size / POINTS_ALONG_TILE)))


def _blocks(place: np.ndarray, side: int) -> np.ndarray:
    """Return which of some pixels are in each square block, shape (blocks, most); one with fewer repeats its first."""
    rows, columns = ((place - place.min(axis=0)) // side).T
    _, block, counts = np.unique(rows * (columns.max() + 1) + columns, return_inverse=True, return_counts=True)
    return _padded(np.argsort(block, kind="stable"), counts)


def _padded(ordered: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return consecutive runs of given lengths as rows of one length, filled up with their first entry."""
    first = np.cumsum(counts) - counts
    column = np.arange(counts.max())
    return ordered[first[:, None] + np.where(column < counts[:, None], column, 0)]


def _supertiles(centres: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the children of each supertile, and the parent of each tile and its place among the children.

    The frame of the pixels is divided evenly.
    """
    low, high = place.min(axis=0), place.max(axis=0) + 1
    along = np.maximum(1, (high - low) // SUPERTILE_PIXELS)
    row, column = np.minimum(((centres - low + 0.5) * along / (high - low)).astype(int), along - 1).T
    _, parents, counts = np.unique(row * along[1] + column, return_inverse=True, return_counts=True)
    ordered = np.argsort(parents, kind="stable")
    siblings = np.empty_like(parents)
    siblings[ordered] = np.arange(len(parents)) - np.repeat(np.cumsum(counts) - counts, counts)
    return _padded(ordered, counts), parents, siblings


def binned_tiles(values: Any, tiles: Tiles, *, xp: Any) -> Any:
    """Return the mean (..., n) over the sub-pixels of each pixel of values (..., places) in the order of tiles."""
    means = []
    for group, size in zip(tiles.groups, tiles.sizes, strict=True):
        own = values[..., group.start : group.start + group.tiles * group.points]
        means.append(xp.mean(xp.reshape(own, (*own.shape[:-1], -1, size**2)), axis=-1) if size > 1 else own)
    return xp.take(xp.concat(means, axis=-1), xp.asarray(tiles.pixels), axis=-1)
