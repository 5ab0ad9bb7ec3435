"""The mesh of nearest vertices, weighted by a kernel."""

from typing import Any, final

import equinox as eqx

from ... import _check
from ._nearest import nearest_tables, spacing_from, squared_distances
from ._triangulation import flagged
from ._vertex_mesh import AbstractVertexMesh, Interpolation, checked_factor, square_root


@final
class KNearestNeighbor(AbstractVertexMesh):
    """Vertices `mesh_grid` without triangles: a point sees those that are nearest, by Wendland's C4 kernel.

    The kernel is (1 - r)^6 (35 r^2 + 18 r + 3) of the distance r, in units of `radius_scale` times that of the furthest vertex
    seen, and the weights add up to one. The vertices are found on the host, also under `jit` and `vmap`; the weights are
    computed by the library of the arrays, with gradients by vertices and points. A linear source is not interpolated exactly,
    and the source jumps a little where the set of nearest vertices changes.

    The neighbours of vertices, for regularisations that are not split, are those of `Delaunay`.

    Parameters
    ----------
    zeroed_pixels : int
        How many vertices, the last ones, are on the edge: see `Delaunay`.
    k_neighbors : int
        How many vertices a point sees, 2 or more; all of them if there are fewer.
    radius_scale : float
        The radius of the kernel, in distances of the furthest vertex seen; above 1, or this vertex has no weight.
    areas_factor : float
        How far from a vertex its split points are, in distances of one of the vertices nearest to it.
    split_neighbor_division : int
        Which one that is: the one numbered `k_neighbors // split_neighbor_division`, the nearest being 1.

    Raises
    ------
    ValueError
        If an argument is out of range.

    References
    ----------
    H. Wendland 1995, Adv. Comput. Math. 4, 389.

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> grid = la.Grid2D.uniform(shape_native=(1, 1), pixel_scales=0.5, over_sample_size=1)
    >>> vertices = np.asarray([(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0), (0.0, 0.0)])
    >>> mesh = la.mesh.KNearestNeighbor(k_neighbors=5)
    >>> mapper = mesh.mapper_from(grid.values, mask=grid.mask, over_sample_size=1, mesh_grid=vertices)
    >>> mapper.mapping_matrix.round(3)
    array([[0.013, 0.013, 0.013, 0.013, 0.947]])
    """

    zeroed_pixels: int = eqx.field(static=True)
    k_neighbors: int = eqx.field(static=True)
    radius_scale: float = eqx.field(static=True)
    areas_factor: float = eqx.field(static=True)
    split_neighbor_division: int = eqx.field(static=True)

    def __init__(
        self,
        zeroed_pixels: int = 0,
        k_neighbors: int = 10,
        radius_scale: float = 1.5,
        areas_factor: float = 0.5,
        split_neighbor_division: int = 2,
    ):
        self.zeroed_pixels = _check.whole_number(zeroed_pixels, "zeroed_pixels")
        self.k_neighbors = _check.whole_number(k_neighbors, "k_neighbors", at_least=2)
        self.radius_scale = _check.positive_number(radius_scale, "radius_scale")
        self.areas_factor = checked_factor(areas_factor, "areas_factor")
        self.split_neighbor_division = _check.whole_number(split_neighbor_division, "split_neighbor_division", at_least=1)

    def _interpolation_from(self, vertices: Any, points: Any, *, split: bool, xp: Any) -> Interpolation:
        s = vertices.shape[-2]
        spacing = spacing_from(self.k_neighbors, self.split_neighbor_division, self.areas_factor, s) if split else None
        indexes, around, neighbors, failed = nearest_tables(vertices, points, min(self.k_neighbors, s), spacing, xp=xp)
        weights = _kernel_weights(squared_distances(vertices, indexes, around, xp=xp), self.radius_scale, xp=xp)
        return Interpolation(indexes, flagged(weights, failed), neighbors)


def _kernel_weights(squared: Any, radius_scale: float, *, xp: Any) -> Any:
    """Return weights (..., p, k) of vertices at squared distances (..., p, k), the last of them the furthest."""
    distance = square_root(squared, xp=xp)
    radius = radius_scale * distance[..., -1:]
    ratio = distance / xp.where(radius == 0, 1.0, radius)  # zero in tables that failed, which are flagged
    ratio = xp.where(ratio < 1, ratio, 1.0)
    kernel = (1 - ratio) ** 6 * ((35 * ratio + 18) * ratio + 3)
    return kernel / xp.sum(kernel, axis=-1, keepdims=True)
