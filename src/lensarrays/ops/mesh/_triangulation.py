"""The one call to the host that meshes of vertices make: which vertices each point sees, by Numba and qhull."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ... import _check
from ..._backend import namespace
from .._host_call import call_on_host

# Neighbours of one vertex that there is room for under `jit`, where shapes must be known: in meshes of random points one of a
# million has more than 15, and those traced by lens models had 12 at most.
MOST_NEIGHBORS = 32
# Vertices that are closer than this part of their extent are at one point: what brought them there has rounded.
_AT_ONE_POINT = 1e-12
# Qhull is given vertices on a lattice of this many lines along their extent: two that differ by rounding are one there.
_LINES = 2.0**32

HostFunction = Callable[..., tuple[np.ndarray, ...]]  # raises ValueError where the vertices are no good


class Triangulation(NamedTuple):
    """A Delaunay triangulation of s vertices by t triangles, anticlockwise in the order of the coordinates.

    Attributes
    ----------
    vertices : array of float64, shape (s, 2)
    triangles, across : arrays of int, shape (t, 3)
        The vertices of each triangle, and the triangle across the edge opposite to each of these, or -1.
    neighbors : array of int, shape (s, MOST_NEIGHBORS)
        The vertices that share an edge with each one; -1 where there are fewer.
    counts, triangle_of : arrays of int, shape (s,)
        How many these are, and one of the triangles of each vertex.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    across: np.ndarray
    neighbors: np.ndarray
    counts: np.ndarray
    triangle_of: np.ndarray

    @property
    def used_neighbors(self) -> np.ndarray:
        """The neighbours without the last columns that no vertex uses."""
        return self.neighbors[:, : self.counts.max()]

    @property
    def padded_triangles(self) -> np.ndarray:
        """The triangles, shape (2s, 3), which is more than there can be; the rest are without area."""
        padded = np.zeros((2 * len(self.vertices), 3), dtype=np.int64)
        padded[: len(self.triangles)] = self.triangles
        return padded

    def located(self, points: np.ndarray, first_around: int) -> tuple[np.ndarray, np.ndarray]:
        """Return for points (p, 2) the triangle that each is in, (p,), -1 for none, and then its nearest vertex, (p,).

        Those from `first_around` on are the ones around the vertices, four of each.
        """
        from ._locate_numba import locate

        containing, nearest = (np.zeros(len(points), dtype=np.int64) for _ in range(2))
        locate(points, first_around, *self, containing, nearest)
        return containing, nearest


def triangulation_of(vertices: np.ndarray, *, distinct: bool = False) -> Triangulation:
    """Return the Delaunay triangulation of vertices (s, 2); raise ValueError if there is none.

    Of vertices at one point, as border relocation may make them, all but the first are in no triangle and have no neighbours;
    where vertices must be `distinct`, that is an error too.

    Qhull is asked only where there may be more than one, or none: a sweep takes a tenth as long.
    """
    from ._locate_numba import set_neighbours

    triangles, across = _by_sweep(vertices) or _by_qhull(vertices)
    neighbors = np.full((len(vertices), MOST_NEIGHBORS), -1, dtype=np.int64)
    counts, triangle_of = (np.zeros(len(vertices), dtype=np.int64) for _ in range(2))
    set_neighbours(triangles, across, neighbors, counts, triangle_of)
    if distinct and not counts.all():
        raise ValueError(
            f"`mesh_grid` must hold vertices that differ, but {np.count_nonzero(counts == 0)} of {len(vertices)} are at "
            f"others, the first of these at index {counts.argmin()}; leave them out, or use a Delaunay mesh."
        )
    for alone in np.flatnonzero(counts == 0):  # it is where another one is, which has the triangles
        squares = np.sum((vertices - vertices[alone]) ** 2, axis=-1)
        triangle_of[alone] = triangle_of[np.argmin(np.where(counts == 0, np.inf, squares))]
    if counts.max() > MOST_NEIGHBORS:
        raise ValueError(
            f"`mesh_grid` must hold vertices of at most {MOST_NEIGHBORS} neighbours, but the one at index {counts.argmax()} "
            f"has {counts.max()}; spread the vertices that are around it."
        )
    return Triangulation(vertices, triangles, across, neighbors, counts, triangle_of)


def _by_sweep(vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the triangles and those across their edges, or None if rounding may decide which they are."""
    from ._certain_numba import is_certain, set_triangles
    from ._sweep_numba import set_order, sweep

    s, bins = len(vertices), math.isqrt(len(vertices))
    seed, directions, distances = np.empty(3, dtype=np.int64), np.empty(s, dtype=np.int64), np.empty(s)
    set_order(vertices, seed, distances, directions, bins)
    if seed[2] < 0:
        return None
    order = np.argsort(distances)
    edges, hull, at = (np.empty(shape, dtype=np.int32) for shape in ((8 * s, 2), (s, 3), bins))
    count = sweep(vertices, seed, order, directions, at, edges, hull)
    if count < 0 or not is_certain(vertices, edges, hull, order[-1], count):
        return None
    triangles, across = (np.empty((count // 4, 3), dtype=np.int64) for _ in range(2))
    set_triangles(edges, triangles, across)
    return triangles, across


def _by_qhull(vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the same, without vertices that are at one of lower index; raise ValueError if there is no triangulation.

    Where four vertices are on one circle there are two triangulations. So that rounding does not decide which is taken, NumPy
    and XLA differ by that, vertices are moved to a lattice, where that leaves a triangulation of those that were given.
    """
    from scipy.spatial import QhullError

    from ._certain_numba import is_nearly

    extent = float(np.max(np.max(vertices, axis=0) - np.min(vertices, axis=0)))
    _check_extent(extent)
    kept = _apart(vertices, extent)
    apart = vertices[kept]
    step = 2.0 ** round(math.log2(extent or 1.0)) / _LINES  # not rounded down: an extent of 4 is one of 3.999999
    for moved in (np.round(apart / step) * step, apart):
        try:
            triangles, across, has_all = _qhull_of(moved)
        except QhullError as err:
            if moved is not apart:
                continue
            raise ValueError(
                "`mesh_grid` must hold vertices that span an area, but all of them are on one line or at one point; look at "
                "how they are traced to the source plane."
            ) from err
        if has_all and is_nearly(apart, triangles, across):
            break
    return kept[triangles], across


def _qhull_of(vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return the triangles of vertices, those across their edges, and whether all vertices are in one."""
    from scipy.spatial import Delaunay

    found = Delaunay(vertices)
    return found.simplices.astype(np.int64), found.neighbors.astype(np.int64), len(found.coplanar) == 0


def _check_extent(extent: float) -> None:
    from ._sweep_numba import LEAST_EXTENT, MOST_EXTENT

    if extent > 0 and not LEAST_EXTENT <= extent <= MOST_EXTENT:
        raise ValueError(
            f"`mesh_grid` must hold vertices that extend over {LEAST_EXTENT:g} to {MOST_EXTENT:g} arcsec, but these do over "
            f"{extent:g}; look at how they are traced to the source plane."
        )


def _apart(vertices: np.ndarray, extent: float) -> np.ndarray:
    """Return the indexes of the vertices that are not at one of lower index."""
    from ._certain_numba import set_apart

    is_apart = np.ones(len(vertices), dtype=bool)
    set_apart(vertices, np.argsort(vertices[:, 0]), _AT_ONE_POINT * extent, is_apart)
    return np.flatnonzero(is_apart)


def tables_on_host(
    function: HostFunction, vertices: Any, points: Any, shapes: tuple[tuple[int, ...], ...]
) -> tuple[tuple[Any, ...], Any]:
    """Return tables of integers that a function of NumPy arrays makes of vertices (s, 2) and points (m, 2), and what failed.

    Parameters
    ----------
    function : (vertices, points) -> tables
        Is given float64, without batch axes. It raises ValueError where there are no such tables.
    vertices, points : arrays, shapes (..., s, 2), (..., m, 2)
    shapes : tuple of tuples
        Those of the tables.

    Returns
    -------
    tuple of arrays of int, of these shapes after the axes of the batch
    array of bool, shape (...), or None
        Which of the batch failed, where values cannot be looked at; elsewhere the function has raised.
    """
    xp = namespace(vertices, points)
    if _check.is_concrete(vertices) and _check.is_concrete(points):
        return tuple(xp.asarray(table) for table in _of_batch(function, *of_host(vertices, points), shapes)), None
    import jax

    batch = np.broadcast_shapes(vertices.shape[:-2], points.shape[:-2])
    integer = jax.dtypes.canonicalize_dtype(np.int64)
    results = tuple(jax.ShapeDtypeStruct((*batch, *shape), integer) for shape in shapes)
    failed = jax.ShapeDtypeStruct(batch, np.dtype(bool))

    def call(vertices: np.ndarray, points: np.ndarray) -> Any:
        tables, has_failed = _of_batch_or_failed(function, *of_host(vertices, points), shapes)
        return tuple(table.astype(integer, copy=False) for table in tables), has_failed

    # Integers have no derivatives: between the flips of edges they stay as they are.
    return call_on_host(call, (results, failed), vertices, points)


def _of_batch(function: HostFunction, vertices: np.ndarray, points: np.ndarray, shapes: Any) -> tuple[np.ndarray, ...]:
    """Return what a function makes of each of a batch, stacked."""
    batch = np.broadcast_shapes(vertices.shape[:-2], points.shape[:-2])
    if batch == ():
        return function(vertices, points)
    tables = tuple(np.zeros((*batch, *shape), dtype=np.int64) for shape in shapes)
    vertices = np.broadcast_to(vertices, (*batch, *vertices.shape[-2:]))
    points = np.broadcast_to(points, (*batch, *points.shape[-2:]))
    for lane in np.ndindex(batch):
        for table, result in zip(tables, function(*of_host(vertices[lane], points[lane])), strict=True):
            table[lane] = result
    return tables


def _of_batch_or_failed(
    function: HostFunction, vertices: np.ndarray, points: np.ndarray, shapes: Any
) -> tuple[Any, np.ndarray]:
    """Return the same, and which of the batch failed: their tables are zero."""

    def tables_or_failed(vertices: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, ...]:
        if np.isfinite(vertices).all() and np.isfinite(points).all():
            try:
                return (*function(vertices, points), np.asarray(0))
            except ValueError:
                pass
        return (*(np.zeros(shape, dtype=np.int64) for shape in shapes), np.asarray(1))

    *tables, has_failed = _of_batch(tables_or_failed, vertices, points, (*shapes, ()))
    return tuple(tables), np.asarray(has_failed, dtype=bool)


def is_one_of_numpy(vertices: Any, points: Any) -> bool:
    """Return whether vertices and points are NumPy arrays without batch axes, of which all can be computed on the host."""
    return isinstance(vertices, np.ndarray) and isinstance(points, np.ndarray) and vertices.ndim == points.ndim == 2


def of_host(vertices: Any, points: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return arrays as the one kind that Numba compiles for: NumPy's of float64, writeable and in C order; copied if not so."""
    return np.require(vertices, np.float64, ("C", "A", "W")), np.require(points, np.float64, ("C", "A", "W"))


def without_padding(table: Any, is_used: Any) -> Any:
    """Return a NumPy table (..., k) without the last columns that no row uses; those of other libraries keep their shape."""
    if not isinstance(table, np.ndarray):
        return table
    used = np.flatnonzero(is_used.any(axis=tuple(range(is_used.ndim - 1))))
    return table[..., : used[-1] + 1 if used.size else 1]


def flagged(weights: Any, failed: Any) -> Any:
    """Return weights (..., m, k), NaN in those of a batch that failed."""
    return weights if failed is None else namespace(weights).where(failed[..., None, None], np.nan, weights)
