"""The Delaunay mesh: triangles between vertices, and a source that is linear in each of them."""

from typing import Any, ClassVar, final

import equinox as eqx
import numpy as np

from ... import _check
from ._triangulation import (
    MOST_NEIGHBORS,
    Triangulation,
    flagged,
    is_one_of_numpy,
    of_host,
    tables_on_host,
    triangulation_of,
)
from ._vertex_mesh import (
    AbstractVertexMesh,
    Interpolation,
    checked_factor,
    components_at,
    number_of_points,
    steps_from,
    with_points_around,
)


@final
class Delaunay(AbstractVertexMesh):
    """Triangles between the vertices `mesh_grid`, so that no vertex is inside of the circle through the corners of a triangle.

    In a triangle the source is linear. A point outside of all of them sees the nearest vertex alone. Of vertices at one point,
    to which border relocation may bring some, all but the first are seen by nothing, and have no neighbours; those closer than
    1e-12 of the extent of all are at one point. Of four vertices on one circle, as those of symmetric lenses are, either pair
    may share an edge; which does is decided as if they were on a lattice, that rounding does not matter.

    A triangulation and a walk from triangle to triangle run on the host, once, also under `jit` and `vmap`, and return nothing
    but integers; weights and areas are computed from these by the library of the arrays. So there are gradients by the vertices
    and by the points, which are exact except where an edge flips: there the source jumps, and `DelaunayNN` does not.

    Under `jit` a mesh that has no triangulation gives weights of NaN, and so does one where a vertex has more than 32
    neighbours, or that extends over less than 1e-60 or more than 1e60 arcsec; elsewhere these are errors.

    Parameters
    ----------
    zeroed_pixels : int
        How many vertices, the last ones, are on the edge, and are zeroed by a fit that zeroes edge pixels: those that
        `append_with_circle_edge_points` added.
    areas_factor : float
        How far from a vertex its split points are, as a part of the root of the area of its cell.

    Raises
    ------
    ValueError
        If an argument is negative.

    References
    ----------
    J. W. Nightingale and S. Dye 2015, MNRAS 452, 2940. C. B. Barber et al. 1996, ACM Trans. Math. Softw. 22, 469 (qhull).

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> grid = la.Grid2D.uniform(shape_native=(2, 2), pixel_scales=0.5, over_sample_size=1)
    >>> vertices = np.asarray([(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0), (0.0, 0.0)])
    >>> mapper = la.mesh.Delaunay().mapper_from(grid.values, mask=grid.mask, over_sample_size=1, mesh_grid=vertices)
    >>> mapper.mapping_matrix
    array([[0.25, 0.  , 0.  , 0.25, 0.5 ],
           [0.25, 0.  , 0.25, 0.  , 0.5 ],
           [0.  , 0.25, 0.  , 0.25, 0.5 ],
           [0.  , 0.25, 0.25, 0.  , 0.5 ]])
    """

    counts_zero_weights: ClassVar[bool] = False

    zeroed_pixels: int = eqx.field(static=True)
    areas_factor: float = eqx.field(static=True)

    def __init__(self, zeroed_pixels: int = 0, areas_factor: float = 0.5):
        self.zeroed_pixels = _check.whole_number(zeroed_pixels, "zeroed_pixels")
        self.areas_factor = checked_factor(areas_factor, "areas_factor")

    def _interpolation_from(self, vertices: Any, points: Any, *, split: bool, xp: Any) -> Interpolation:
        if is_one_of_numpy(vertices, points):
            mesh, corners, weights = self._on_host(*of_host(vertices, points), split=split)
            weights = weights.astype(np.result_type(vertices, points), copy=False)
            return Interpolation(corners, weights, mesh.used_neighbors)

        def tables(vertices: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, ...]:
            mesh, corners, _ = self._on_host(vertices, points, split=split)
            return mesh.padded_triangles, mesh.neighbors, corners

        s, p = vertices.shape[-2], number_of_points(points, vertices, split=split)
        shapes = ((2 * s, 3), (s, MOST_NEIGHBORS), (p, 3))
        (triangles, neighbors, corners), failed = tables_on_host(tables, vertices, points, shapes)
        steps = steps_from(vertices, triangles, self.areas_factor, xp=xp) if split else None
        weights = _barycentric_weights(vertices, corners, with_points_around(points, vertices, steps, xp=xp), xp=xp)
        return Interpolation(corners, flagged(weights, failed), neighbors)

    def _on_host(
        self, vertices: np.ndarray, points: np.ndarray, *, split: bool
    ) -> tuple[Triangulation, np.ndarray, np.ndarray]:
        """Return the triangulation, and the corners of the triangles that points are in and their weights, of float64."""
        from ._locate_numba import set_barycentric

        mesh = triangulation_of(vertices)
        steps = steps_from(vertices, mesh.triangles, self.areas_factor, xp=np) if split else None
        around = with_points_around(points, vertices, steps, xp=np)
        corners, weights = np.empty((len(around), 3), dtype=np.int64), np.empty((len(around), 3))
        set_barycentric(around, len(points), *mesh, corners, weights)
        return mesh, corners, weights


def _barycentric_weights(vertices: Any, corners: Any, points: Any, *, xp: Any) -> Any:
    """Return the weights (..., p, 3) of the corners of triangles at points, one and zero where all corners are one vertex."""
    y = components_at(vertices, corners, 0, xp=xp) - points[..., :1]
    x = components_at(vertices, corners, 1, xp=xp) - points[..., 1:]
    a_y, b_y, c_y = (y[..., k] for k in range(3))
    a_x, b_x, c_x = (x[..., k] for k in range(3))
    areas = xp.stack([b_y * c_x - b_x * c_y, c_y * a_x - c_x * a_y, a_y * b_x - a_x * b_y], axis=-1)
    is_one = corners[..., :1] == corners[..., 1:2]
    total = xp.where(is_one, 1.0, xp.sum(areas, axis=-1, keepdims=True))
    only_first = xp.asarray((1.0, 0.0, 0.0), dtype=areas.dtype)
    return xp.where(is_one, only_first, areas / total)
