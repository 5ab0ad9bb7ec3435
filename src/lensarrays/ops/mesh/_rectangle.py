"""What all rectangular meshes share: neighbours, edges, bilinear weights, and checks of what they are given."""

import abc
import functools
from typing import Any

import equinox as eqx
import numpy as np

from ... import _check
from ..._backend import readonly
from ...structures import Mask2D
from ...structures.arithmetic import bare
from ...structures.sub_pixels import sizes_per_pixel
from .._extremes import greatest, least
from ..argument_types import check_array, check_types
from ..mapper import Mapper
from .abstract import AbstractMesh


class AbstractRectangular(AbstractMesh):
    """Rows and columns of pixels, the first row at the largest y."""

    shape: eqx.AbstractVar[tuple[int, int]]

    def edge_pixels(self, mapper: Mapper) -> np.ndarray:
        """Return which mesh pixels are in the first or last row or column, a boolean array of shape (s,)."""
        return edge_pixels(self.shape)

    @abc.abstractmethod
    def edges_from(self, source_plane_data_grid: Any, *, base_grid: Any = None, adapt_data: Any = None) -> tuple[Any, Any]:
        """Return where the rows and the columns meet in the source plane, for drawing.

        Parameters
        ----------
        source_plane_data_grid : array, shape (..., m, 2) [arcsec]
        base_grid : array, shape (..., n, 2), optional [arcsec]
        adapt_data : array, shape (..., n), optional [any unit]
            As for `mapper_from`.

        Returns
        -------
        arrays, shapes (..., rows + 1) and (..., columns + 1) [arcsec]
            The first from the top to the bottom.
        """


def mesh_shape(value: Any) -> tuple[int, int]:
    """Return the shape (rows, columns) of a mesh: three at least, as those at the edge have no inner side otherwise."""
    rows, columns = _check.shape_native(value, "shape")
    if rows < 3 or columns < 3:
        raise ValueError(f"`shape` must be (rows, columns) of 3 or more, but is {(rows, columns)}; use (3, 3) at least.")
    return rows, columns


def points_from(grid: Any, name: str, count: int | None = None) -> Any:
    """Return the bare points (..., m, 2) of a grid; raise unless they are as many as needed."""
    grid = bare(grid)
    check_array(grid, name)
    wanted = "m" if count is None else count
    if len(grid.shape) < 2 or grid.shape[-1] != 2 or (count is not None and grid.shape[-2] != count) or not grid.shape[-2]:
        raise ValueError(
            f"`{name}` must be points (y, x) of shape (..., {wanted}, 2), one per sub-pixel or pixel of the mask, but has "
            f"shape {tuple(grid.shape)}; trace the grid of this mask."
        )
    return grid


def extent_of(points: Any, name: str, *, xp: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Return the lowest and highest y, and x, of points (..., m, 2); raise if they are not finite, or do not spread."""
    y, x = points[..., 0], points[..., 1]
    extent = (least(y, xp=xp), greatest(y, xp=xp)), (least(x, xp=xp), greatest(x, xp=xp))
    if any(_check.fails(xp.isfinite(low) & xp.isfinite(high)) for low, high in extent):
        _check.finite(points, name)
    if any(_check.fails(high > low) for low, high in extent):
        raise ValueError(
            f"`{name}` must spread over the source plane, but all its points have the same y, or the same x; "
            f"lower the mass of the lens, which brings all rays together."
        )
    return extent


def base_points_from(points: Any, base_grid: Any, mask: Mask2D) -> Any:
    """Return the points whose density counts: those of the pixel centres, or, if not given, the data grid itself."""
    if base_grid is None or base_grid is points:
        return points
    return points_from(base_grid, "base_grid", mask.pixels_in_mask)


def data_points_from(grid: Any, mask: Mask2D, over_sample_size: Any, split: bool) -> Any:
    """Return the bare points of a data grid, checked against the sub-pixels of a mask."""
    check_types(mask=(mask, Mask2D))
    if split:
        raise ValueError(
            "`split` must be False for a rectangular mesh, whose pixels have no split points, but is True; "
            "use a regularisation without Split in its name, or a Delaunay mesh."
        )
    return points_from(grid, "source_plane_data_grid", _sub_pixels(mask, over_sample_size))


def positions_to_table(row: Any, row_part: Any, column: Any, column_part: Any, columns: int, *, xp: Any) -> tuple[Any, Any]:
    """Return indexes and weights (..., m, 4) from upper rows and left columns, and how far points are towards the next ones."""
    first = row * columns + column
    indexes = xp.stack([first, first + 1, first + columns, first + (columns + 1)], axis=-1)
    upper, left = 1 - row_part, 1 - column_part
    weights = [upper * left, upper * column_part, row_part * left, row_part * column_part]
    return indexes, xp.stack(weights, axis=-1)


def cell_and_part(position: Any, cells: int, *, xp: Any) -> tuple[Any, Any]:
    """Return in which of some cells of unit width positions (..., m) are, the outer ones reaching on, and how far in it.

    A NaN, which inside of `jit` cannot be refused, is in cell 0, and its part is NaN: indexes stay in range.
    """
    low = xp.floor(position)
    low = xp.where(low > 0, low, xp.zeros_like(low))
    low = xp.minimum(low, xp.asarray(cells - 1, dtype=low.dtype))
    return xp.astype(low, xp.asarray(np.empty(0, dtype=int)).dtype), position - low


@functools.lru_cache(maxsize=32)
def neighbors_of(shape: tuple[int, int]) -> np.ndarray:
    """Return the pixels above, left, right and below of each pixel, shape (s, 4), those there are first, and then -1."""
    rows, columns = shape
    pixel = np.pad(np.arange(rows * columns).reshape(shape), 1, constant_values=-1)
    around = [pixel[:-2, 1:-1], pixel[1:-1, :-2], pixel[1:-1, 2:], pixel[2:, 1:-1]]
    table = np.stack([part.ravel() for part in around], axis=-1)
    order = np.argsort(table < 0, axis=-1, kind="stable")
    return readonly(np.take_along_axis(table, order, axis=-1))


@functools.lru_cache(maxsize=32)
def edge_pixels(shape: tuple[int, int]) -> np.ndarray:
    """Return which pixels are in the first or last row or column, a boolean array of shape (s,)."""
    inner = np.zeros((shape[0] - 2, shape[1] - 2), dtype=bool)
    return readonly(np.pad(inner, 1, constant_values=True).ravel())


def grid_from(y: Any, x: Any, *, xp: Any) -> Any:
    """Return the points (..., s, 2) of a rectangle from the y of its rows and the x of its columns."""
    batch, shape = y.shape[:-1], (y.shape[-1], x.shape[-1])
    both = [xp.broadcast_to(y[..., :, None], (*batch, *shape)), xp.broadcast_to(x[..., None, :], (*batch, *shape))]
    return xp.reshape(xp.stack(both, axis=-1), (*batch, -1, 2))


def rectangular_mapper(table: tuple[Any, Any], mesh_grid: Any, mask: Mask2D, over_sample_size: Any, shape: Any) -> Mapper:
    """Return the mapper of a rectangular mesh, on which pixels that are named with weight zero count as seen."""
    return Mapper(*table, mesh_grid, neighbors_of(shape), None, None, mask, over_sample_size, shape, True)


def _sub_pixels(mask: Mask2D, over_sample_size: Any) -> int:
    if isinstance(over_sample_size, int):
        return mask.pixels_in_mask * over_sample_size**2
    return int(np.sum(sizes_per_pixel(over_sample_size, mask.pixels_in_mask) ** 2))
