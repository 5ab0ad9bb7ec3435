"""The Delaunay mesh with natural neighbours: a source that is smooth, and does not jump where an edge flips."""

from typing import Any, ClassVar, final

import equinox as eqx
import numpy as np

from ... import _check
from ._natural_neighbors import Cavities, natural_weights
from ._triangulation import (
    MOST_NEIGHBORS,
    Triangulation,
    flagged,
    is_one_of_numpy,
    of_host,
    tables_on_host,
    triangulation_of,
)
from ._vertex_mesh import AbstractVertexMesh, Interpolation, checked_factor, number_of_points, steps_from, with_points_around

# Natural neighbours of one point that there is room for, and that there are at most in meshes without points on one circle.
MOST_NATURAL_NEIGHBORS, _USUAL_NATURAL_NEIGHBORS = 32, 16


@final
class DelaunayNN(AbstractVertexMesh):
    """The mesh of `Delaunay`, on which a point sees all its natural neighbours, by Sibson's weights.

    The weight of a vertex is the part of the Voronoi cell of a new vertex at the point that it takes from the cell of the
    vertex. A linear source is interpolated exactly, and any source with continuous first derivatives, but for the vertices
    themselves; it does not jump where an edge of the triangulation flips. A point outside of all triangles sees the nearest
    vertex alone.

    A triangulation and a search for the neighbours run on the host, once, also under `jit` and `vmap`, and return nothing but
    integers; weights and areas are computed from these by the library of the arrays, so that there are gradients by the
    vertices and by the points.

    There is room for 32 natural neighbours of a point, and 32 neighbours of a vertex. Under `jit` a mesh that needs more,
    has no triangulation, or is of an extent that `Delaunay` refuses, gives weights of NaN; elsewhere that is an error.

    Parameters
    ----------
    zeroed_pixels : int
        How many vertices, the last ones, are on the edge: see `Delaunay`.
    areas_factor : float
        How far from a vertex its split points are, as a part of the root of the area of its cell: a third of each triangle that
        has it for a corner.

    Raises
    ------
    ValueError
        If an argument is negative.

    References
    ----------
    R. Sibson 1980, Math. Proc. Camb. Phil. Soc. 87, 151. D. F. Watson 1992, *Contouring* (the hole and its edges).

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> grid = la.Grid2D.uniform(shape_native=(1, 2), pixel_scales=0.5, over_sample_size=1)
    >>> vertices = np.asarray([(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0), (0.0, 0.0)])
    >>> mapper = la.mesh.DelaunayNN().mapper_from(grid.values, mask=grid.mask, over_sample_size=1, mesh_grid=vertices)
    >>> mapper.mapping_matrix.round(3) + 0.0
    array([[0.042, 0.042, 0.   , 0.25 , 0.667],
           [0.042, 0.042, 0.25 , 0.   , 0.667]])
    """

    counts_zero_weights: ClassVar[bool] = False

    zeroed_pixels: int = eqx.field(static=True)
    areas_factor: float = eqx.field(static=True)

    def __init__(self, zeroed_pixels: int = 0, areas_factor: float = 0.5):
        self.zeroed_pixels = _check.whole_number(zeroed_pixels, "zeroed_pixels")
        self.areas_factor = checked_factor(areas_factor, "areas_factor")

    def _interpolation_from(self, vertices: Any, points: Any, *, split: bool, xp: Any) -> Interpolation:
        if is_one_of_numpy(vertices, points):
            mesh, around = self._on_host(*of_host(vertices, points), split=split)
            indexes, weights = _weights_on_host(mesh, around, len(points))
            weights = weights.astype(np.result_type(vertices, points), copy=False)
            return Interpolation(indexes, weights, mesh.used_neighbors)

        def tables(vertices: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, ...]:
            mesh, around = self._on_host(vertices, points, split=split)
            return mesh.padded_triangles, mesh.neighbors, *_cavities_of(mesh, around, len(points))

        s, p, k = vertices.shape[-2], number_of_points(points, vertices, split=split), MOST_NATURAL_NEIGHBORS
        shapes = ((2 * s, 3), (s, MOST_NEIGHBORS), *(3 * ((p, k),)), *(4 * ((p, k - 3),)), (p, 1))
        (triangles, neighbors, *rest), failed = tables_on_host(tables, vertices, points, shapes)
        cavities = Cavities(*rest)
        steps = steps_from(vertices, triangles, self.areas_factor, xp=xp) if split else None
        around = with_points_around(points, vertices, steps, xp=xp)
        weights = natural_weights(vertices, triangles, around, cavities, xp=xp)
        return Interpolation(cavities.starts, flagged(weights, failed), neighbors)

    def _on_host(self, vertices: np.ndarray, points: np.ndarray, *, split: bool) -> tuple[Triangulation, np.ndarray]:
        """Return the triangulation, and the points with those around the vertices."""
        mesh = triangulation_of(vertices)
        steps = steps_from(vertices, mesh.triangles, self.areas_factor, xp=np) if split else None
        return mesh, with_points_around(points, vertices, steps, xp=np)


def _cavities_of(mesh: Triangulation, points: np.ndarray, first_around: int) -> Cavities:
    """Return the natural neighbours of points (p, 2), and what their weights are made of."""
    from ._cavity_numba import set_cavities

    p, k = len(points), MOST_NATURAL_NEIGHBORS
    edges, outer, inner = (np.zeros(shape, dtype=np.int64) for shape in ((p, k, 2), (p, k), (p, k - 3, 4)))
    counts = np.zeros(p, dtype=np.int64)
    located = mesh.located(points, first_around)
    _check_room(set_cavities(points, *located, *mesh[:3], edges, outer, inner, counts))
    starts, ends = (edges[..., j] for j in range(2))
    before, beyond, first_ends, second_ends = (inner[..., j] for j in range(4))
    return Cavities(starts, ends, outer, before, beyond, first_ends, second_ends, counts[:, None])


def _weights_on_host(mesh: Triangulation, points: np.ndarray, first_around: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the natural neighbours of points (p, 2) and their weights, of float64; as many columns as are needed."""
    from ._cavity_numba import set_natural_weights

    located = mesh.located(points, first_around)
    for room in (_USUAL_NATURAL_NEIGHBORS, MOST_NATURAL_NEIGHBORS):  # half the room is enough, almost always
        indexes, weights = np.empty((len(points), room), dtype=np.int64), np.empty((len(points), room))
        most = set_natural_weights(points, *located, *mesh[:3], indexes, weights)
        if most >= 0:
            break
    _check_room(most)
    return np.ascontiguousarray(indexes[:, :most]), np.ascontiguousarray(weights[:, :most])


def _check_room(most: int) -> None:
    if most < 0:
        raise ValueError(
            f"`mesh_grid` must hold vertices of which at most {MOST_NATURAL_NEIGHBORS} are natural neighbours of one point, "
            f"but here are more; spread the vertices, or use `Delaunay`."
        )
