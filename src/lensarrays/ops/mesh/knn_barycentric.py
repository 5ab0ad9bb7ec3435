"""The mesh of the three nearest vertices, weighted as in the triangle that they make."""

from typing import Any, final

import equinox as eqx

from ... import _check
from ._nearest import nearest_tables, spacing_from
from ._triangulation import flagged
from ._vertex_mesh import AbstractVertexMesh, Interpolation, checked_factor, components_at

# Three vertices whose triangle is less than this part of the square of its longest side count as being on one line.
_FLAT = 1e-12


@final
class KNNBarycentric(AbstractVertexMesh):
    """Vertices `mesh_grid` without triangles: a point sees the three that are nearest, as if these were a triangle.

    A point outside of that triangle has weights that are not negative: these are cut off at zero, and made to add up to one.
    Where the three are on one line, the nearest has all the weight. The vertices are found on the host, also under `jit` and
    `vmap`; the weights are computed by the library of the arrays, with gradients by vertices and points. The source jumps where
    the three change: `Delaunay` takes no longer and does not, but for flips.

    The neighbours of vertices, for regularisations that are not split, are those of `Delaunay`.

    Parameters
    ----------
    zeroed_pixels : int
        How many vertices, the last ones, are on the edge: see `Delaunay`.
    k_neighbors, areas_factor, split_neighbor_division : int, float, int
        Where the split points are: see `KNearestNeighbor`.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> grid = la.Grid2D.uniform(shape_native=(1, 2), pixel_scales=0.5, over_sample_size=1)
    >>> vertices = np.asarray([(1.0, 0.1), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0), (0.0, 0.0)])
    >>> mesh = la.mesh.KNNBarycentric()
    >>> mapper = mesh.mapper_from(grid.values, mask=grid.mask, over_sample_size=1, mesh_grid=vertices)
    >>> mapper.mapping_matrix
    array([[0.  , 0.  , 0.  , 0.25, 0.75],
           [0.  , 0.  , 0.25, 0.  , 0.75]])
    """

    zeroed_pixels: int = eqx.field(static=True)
    k_neighbors: int = eqx.field(static=True)
    areas_factor: float = eqx.field(static=True)
    split_neighbor_division: int = eqx.field(static=True)

    def __init__(
        self, zeroed_pixels: int = 0, k_neighbors: int = 10, areas_factor: float = 0.5, split_neighbor_division: int = 2
    ):
        self.zeroed_pixels = _check.whole_number(zeroed_pixels, "zeroed_pixels")
        self.k_neighbors = _check.whole_number(k_neighbors, "k_neighbors", at_least=2)
        self.areas_factor = checked_factor(areas_factor, "areas_factor")
        self.split_neighbor_division = _check.whole_number(split_neighbor_division, "split_neighbor_division", at_least=1)

    def _interpolation_from(self, vertices: Any, points: Any, *, split: bool, xp: Any) -> Interpolation:
        s = vertices.shape[-2]
        spacing = spacing_from(self.k_neighbors, self.split_neighbor_division, self.areas_factor, s) if split else None
        indexes, around, neighbors, failed = nearest_tables(vertices, points, 3, spacing, xp=xp)
        return Interpolation(indexes, flagged(_cut_weights(vertices, indexes, around, xp=xp), failed), neighbors)


def _cut_weights(vertices: Any, corners: Any, points: Any, *, xp: Any) -> Any:
    """Return the barycentric weights (..., p, 3) of corners at points, without negative ones."""
    y = components_at(vertices, corners, 0, xp=xp) - points[..., :1]
    x = components_at(vertices, corners, 1, xp=xp) - points[..., 1:]
    a_y, b_y, c_y = (y[..., k] for k in range(3))
    a_x, b_x, c_x = (x[..., k] for k in range(3))
    areas = xp.stack([b_y * c_x - b_x * c_y, c_y * a_x - c_x * a_y, a_y * b_x - a_x * b_y], axis=-1)
    total = xp.sum(areas, axis=-1, keepdims=True)
    scale = xp.max(y * y + x * x, axis=-1, keepdims=True)
    is_flat = xp.abs(total) <= _FLAT * scale
    parts = areas / xp.where(is_flat, 1.0, total)
    parts = xp.where(parts > 0, parts, 0.0)
    sums = xp.sum(parts, axis=-1, keepdims=True)
    only_first = xp.asarray((1.0, 0.0, 0.0), dtype=areas.dtype)
    return xp.where(is_flat, only_first, parts / xp.where(is_flat, 1.0, sums))
