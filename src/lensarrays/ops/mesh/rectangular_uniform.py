"""The rectangular mesh of equal pixels."""

from typing import Any, final

import equinox as eqx

from ..._backend import namespace
from ...structures import Mask2D
from ..mapper import Mapper
from ._rectangle import (
    AbstractRectangular,
    cell_and_part,
    data_points_from,
    extent_of,
    grid_from,
    mesh_shape,
    points_from,
    positions_to_table,
    rectangular_mapper,
)

_BUFFER = 1e-8  # [arcsec] around the outermost rays


@final
class RectangularUniform(AbstractRectangular):
    """Equal pixels over the box that holds all rays, among the centres of which a source is interpolated bilinearly.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns, 3 or more.

    Raises
    ------
    ValueError
        If there are fewer than 3 rows or columns.

    References
    ----------
    S. J. Warren & S. Dye, ApJ 590, 673 (2003).

    Examples
    --------
    >>> import lensarrays as la
    >>> grid = la.Grid2D.uniform(shape_native=(4, 4), pixel_scales=1.0, over_sample_size=1)
    >>> mapper = la.mesh.RectangularUniform(shape=(3, 4)).mapper_from(grid.values, mask=grid.mask, over_sample_size=1)
    >>> mapper.indexes[0], mapper.mesh_grid.shape
    (array([0, 1, 4, 5]), (12, 2))
    """

    shape: tuple[int, int] = eqx.field(default=(3, 3), static=True, converter=mesh_shape)

    def mapper_from(
        self,
        source_plane_data_grid: Any,
        *,
        mask: Mask2D,
        over_sample_size: Any,
        base_grid: Any = None,
        mesh_grid: Any = None,
        adapt_data: Any = None,
        split: bool = False,
    ) -> Mapper:
        """Return the interpolation of a source at the sub-pixels of an image; see `AbstractMesh.mapper_from`.

        Neither `base_grid` nor `mesh_grid` nor `adapt_data` is used. Inside of `jit`, where rays cannot be looked at, those
        that all meet in one point give finite weights, and a NaN gives weights that are NaN.
        """
        points = data_points_from(source_plane_data_grid, mask, over_sample_size, split)
        xp = namespace(points)
        (rows, columns), boxes = self.shape, self._boxes(points, xp=xp)
        (top, height), (left, width) = boxes
        row, row_part = cell_and_part((top - points[..., 0]) / height - 0.5, rows - 1, xp=xp)
        column, column_part = cell_and_part((points[..., 1] - left) / width - 0.5, columns - 1, xp=xp)
        table = positions_to_table(row, row_part, column, column_part, columns, xp=xp)
        return rectangular_mapper(table, grid_from(*self._lines(boxes, 0.5, xp=xp), xp=xp), mask, over_sample_size, self.shape)

    def edges_from(self, source_plane_data_grid: Any, *, base_grid: Any = None, adapt_data: Any = None) -> tuple[Any, Any]:
        """Return where rows (..., rows + 1) and columns (..., columns + 1) meet [arcsec]; see `AbstractRectangular`."""
        points = points_from(source_plane_data_grid, "source_plane_data_grid")
        xp = namespace(points)
        return self._lines(self._boxes(points, xp=xp), 0.0, xp=xp)

    def _boxes(self, points: Any, *, xp: Any) -> Any:
        """Return the top and the height of the rows, and where the columns start and their width, shape (..., 1) each."""
        (bottom, top), (left, right) = extent_of(points, "source_plane_data_grid", xp=xp)
        sizes = ((top - bottom + 2 * _BUFFER) / self.shape[0], (right - left + 2 * _BUFFER) / self.shape[1])
        height, width = (xp.where(size > 0, size, xp.ones_like(size))[..., None] for size in sizes)
        return ((top + _BUFFER)[..., None], height), ((left - _BUFFER)[..., None], width)

    def _lines(self, boxes: Any, offset: float, *, xp: Any) -> tuple[Any, Any]:
        """Return y and x of the centres of rows and columns, for an offset of 0.5, or of their edges, for one of 0."""
        (top, height), (left, width) = boxes
        more = 0 if offset else 1
        rows, columns = (xp.arange(size + more, dtype=top.dtype) + offset for size in self.shape)
        return top - rows * height, left + columns * width
