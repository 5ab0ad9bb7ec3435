"""Meshes on which a point sees the vertices that are nearest to it, found on the host by a tree."""

from typing import Any, NamedTuple

import numpy as np

from ._triangulation import MOST_NEIGHBORS, tables_on_host, triangulation_of, without_padding
from ._vertex_mesh import components_at, number_of_points, square_root, with_points_around


class Spacing(NamedTuple):
    """How far from a vertex its split points are: a part of the distance of its `rank`-th nearest other vertex."""

    rank: int
    factor: float


def spacing_from(k_neighbors: int, split_neighbor_division: int, areas_factor: float, vertices: int) -> Spacing:
    """Return the spacing that autolens's arguments stand for, on a mesh of this many vertices."""
    return Spacing(min(max(k_neighbors // split_neighbor_division, 1), min(k_neighbors, vertices) - 1), areas_factor)


def nearest_tables(vertices: Any, points: Any, k: int, spacing: Spacing | None, *, xp: Any) -> tuple[Any, Any, Any, Any]:
    """Return the k vertices nearest to each of p points, all points, the neighbours of vertices, and what of the batch failed.

    Parameters
    ----------
    vertices, points : arrays, shapes (..., s, 2), (..., m, 2) [arcsec]
    k : int
    spacing : Spacing or None
        If given, the points around the vertices are appended to the others.

    Returns
    -------
    indexes : array of int, shape (..., p, k), the nearest first
    points : array, shape (..., p, 2)
    neighbors : array of int, shape (..., s, j)
    failed : array of bool, shape (...), or None
    """

    def tables(vertices: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, ...]:
        from scipy.spatial import cKDTree

        mesh, tree, others = (
            triangulation_of(vertices, distinct=True),
            cKDTree(vertices),
            np.zeros((len(vertices), 1), dtype=np.int64),
        )
        if spacing is not None:
            others = tree.query(vertices, k=[spacing.rank + 1])[1]
        around = _with_points_around(points, vertices, others, spacing, xp=np)
        indexes = tree.query(around, k=np.arange(1, k + 1))[1]
        return mesh.neighbors, others, indexes

    s, p = vertices.shape[-2], number_of_points(points, vertices, split=spacing is not None)
    shapes = ((s, MOST_NEIGHBORS), (s, 1), (p, k))
    (neighbors, others, indexes), failed = tables_on_host(tables, vertices, points, shapes)
    around = _with_points_around(points, vertices, others, spacing, xp=xp)
    return indexes, around, without_padding(neighbors, neighbors >= 0), failed


def _with_points_around(points: Any, vertices: Any, others: Any, spacing: Spacing | None, *, xp: Any) -> Any:
    if spacing is None:
        return points
    distance = square_root(squared_distances(vertices, others, vertices, xp=xp), xp=xp)[..., 0]
    return with_points_around(points, vertices, spacing.factor * distance, xp=xp)


def squared_distances(vertices: Any, indexes: Any, points: Any, *, xp: Any) -> Any:
    """Return the squared distances (..., p, k) of points from the vertices at indexes (..., p, k)."""
    y, x = (components_at(vertices, indexes, axis, xp=xp) - points[..., axis : axis + 1] for axis in (0, 1))
    return y * y + x * x
