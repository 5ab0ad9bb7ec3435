"""The tree on NumPy arrays, compiled by Numba: supertiles are shared out among threads.

It is the algorithm of `tree_jax`, but for lists that are as long as they need to be. Results do not depend on the number of
threads, as no two of them add to the same place.
"""

import functools
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba.np.unsafe.ndarray import to_fixed_tuple

from ...ops.chebyshev import chebyshev_nodes, monomials_from_values
from ...ops.tiles import Tiles
from ._numba_boxes import add_polynomials, box_of, coefficients, compiled, is_within, joined_box, rounded_up
from ._numba_functions import NumberFunctions, compiled_function
from .levels import Levels
from .rows import Haloes


def tree_deflections(haloes: list[Haloes], y: Any, x: Any, tiles: Tiles, levels: Levels) -> tuple[Any, Any]:
    """Return the summed deflections (y, x), each (..., places), of populations at points in the order of tiles."""
    rows = [_rows(population, y.dtype) for population in haloes]
    batch = np.broadcast_shapes(y.shape[:-1], x.shape[:-1], *(row.shape[:-2] for row in rows))
    y, x = (np.broadcast_to(c, (*batch, c.shape[-1])) for c in (y, x))
    alpha = np.zeros((2, *y.shape), dtype=y.dtype)
    distances = np.asarray([levels.coarse_distance, levels.fine_distance], dtype=y.dtype)
    boxes = _tile_bounds(tiles), _tiles_of_supertiles(tiles)
    nodes = _nodes(levels.coarse_order, str(y.dtype)), _nodes(levels.fine_order, str(y.dtype))
    for population, row in zip(haloes, rows, strict=True):
        add = _compiled(population.mean_convergence_of, len(population.constants), str(y.dtype))
        row = np.broadcast_to(row, (*batch, *row.shape[-2:]))
        valid = np.broadcast_to(True if population.valid is None else population.valid, row.shape[:-1])
        for k in np.ndindex(batch):
            points = np.ascontiguousarray(y[k]), np.ascontiguousarray(x[k])
            add(np.ascontiguousarray(row[k][valid[k]]), *points, *boxes, distances, *nodes, alpha[(0, *k)], alpha[(1, *k)])
    return alpha[0], alpha[1]


def _rows(population: Haloes, dtype: Any) -> np.ndarray:
    """Return the numbers of each halo side by side: centre, weight and constants, shape (..., n, 3 + constants)."""
    if population.mean_convergence_of is None:
        raise TypeError(
            "`halo_method` must be Direct() for elliptical haloes in NumPy arrays, but is a Tree, which is compiled for round "
            "ones; use `halo_method=la.haloes.Direct()`, or JAX arrays."
        )
    columns = np.broadcast_arrays(*population.centre, population.weights, *population.constants)
    return np.stack(columns, axis=-1).astype(dtype, copy=False)


def _tile_bounds(tiles: Tiles) -> np.ndarray:
    """Return the first point of each tile and the one after its last, shape (tiles, 2)."""
    return np.concatenate([g.start + g.points * (np.arange(g.tiles)[:, None] + np.arange(2)) for g in tiles.groups])


def _tiles_of_supertiles(tiles: Tiles) -> np.ndarray:
    """Return the tiles of each supertile, shape (supertiles, most), with -1 where there are fewer."""
    return np.where(tiles.siblings[tiles.children] == np.arange(tiles.children.shape[1]), tiles.children, -1)


@functools.cache
def _nodes(order: int, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the y and x of the nodes of a box from -1 to 1, shape (2, nodes), and the matrix to coefficients.

    The last node is repeated, so that there are a multiple of AT_ONCE.
    """
    index = np.minimum(np.arange(rounded_up(order**2)), order**2 - 1)
    nodes = chebyshev_nodes(order)[np.stack(np.divmod(index, order))]
    return nodes.astype(dtype), monomials_from_values(order).astype(dtype)


@functools.cache
def _compiled(mean_convergence_of: Any, constants: int, dtype: str) -> Callable[..., None]:
    """Return the function that adds the deflections of haloes of a family; it is compiled when it is first called."""
    mean_convergence = compiled_function(mean_convergence_of(NumberFunctions, float(np.finfo(dtype).eps)), constants)

    @numba.njit(fastmath={"contract"}, error_model="numpy")
    def add_halo(halo, y, x, alpha_y, alpha_x):  # type: ignore[no-untyped-def]
        c_y, c_x, weight = halo[0], halo[1], halo[2]
        own = to_fixed_tuple(halo[3:], constants)
        for i in range(y.size):
            d_y, d_x = y[i] - c_y, x[i] - c_x
            mean = weight * mean_convergence(d_y * d_y + d_x * d_x, own)
            alpha_y[i] += mean * d_y
            alpha_x[i] += mean * d_x

    @numba.njit(parallel=True, nogil=True, error_model="numpy")
    def add(haloes, y, x, bounds, children, distances, coarse, fine, alpha_y, alpha_x):  # type: ignore[no-untyped-def]
        for k in numba.prange(len(children)):
            _add_supertile(add_halo, haloes, y, x, bounds, children[k], distances, coarse, fine, alpha_y, alpha_x)

    return add


@compiled
def _add_supertile(add_halo, haloes, y, x, bounds, children, distances, coarse, fine, alpha_y, alpha_x):
    """Add the deflections of haloes at the points of a supertile."""
    children = children[: np.sum(children >= 0)]
    boxes, box = np.empty((len(children), 4), y.dtype), np.empty(4, y.dtype)
    most = 0
    for t, tile in enumerate(children):
        first, end = bounds[tile]
        box_of(y[first:end], x[first:end], boxes[t])
        most = max(most, end - first)
    joined_box(boxes, box)
    work = np.empty((10, rounded_up(max(most, coarse[0].shape[1], fine[0].shape[1]))), y.dtype)
    close, far = _divided(haloes, np.arange(len(haloes)), box, distances[0])
    nothing = np.empty((0, 0, 0), y.dtype)
    inherited = _expansion(add_halo, haloes, far, box, coarse, nothing, box, work)
    for t, tile in enumerate(children):
        first, end = bounds[tile]
        near, distant = _divided(haloes, close, boxes[t], distances[1])
        own = _expansion(add_halo, haloes, distant, boxes[t], fine, inherited, box, work)
        _add_tile(
            add_halo, haloes, near, y[first:end], x[first:end], own, boxes[t], work, alpha_y[first:end], alpha_x[first:end]
        )


@compiled
def _expansion(add_halo, haloes, chosen, box, nodes, parent, parent_box, work):
    """Return the coefficients (2, order, order) of the deflections of haloes on a box, and of the expansion on its parent."""
    places, matrix = nodes
    total = places.shape[1]
    y, x, alpha_y, alpha_x, rest = work[0, :total], work[1, :total], work[2, :total], work[3, :total], work[4:]
    for i in range(total):
        y[i], x[i] = box[0] + box[1] * places[0, i], box[2] + box[3] * places[1, i]
    alpha_y[:], alpha_x[:] = 0, 0
    for j in chosen:
        add_halo(haloes[j], y, x, alpha_y, alpha_x)
    if len(parent):
        add_polynomials(parent[0], parent[1], parent_box, y, x, rest, alpha_y, alpha_x)
    result = np.empty((2, len(matrix), len(matrix)), y.dtype)
    coefficients(alpha_y, matrix, result[0])
    coefficients(alpha_x, matrix, result[1])
    return result


@compiled
def _add_tile(add_halo, haloes, near, y, x, expansion, box, work, alpha_y, alpha_x):
    """Add the deflections of near haloes, and those of an expansion, at the points of a tile."""
    total = rounded_up(y.size)
    own_y, own_x, sum_y, sum_x, rest = work[0, :total], work[1, :total], work[2, :total], work[3, :total], work[4:]
    own_y[: y.size], own_x[: y.size] = y, x
    own_y[y.size :], own_x[y.size :] = y[-1], x[-1]
    sum_y[:], sum_x[:] = 0, 0
    for j in near:
        add_halo(haloes[j], own_y, own_x, sum_y, sum_x)
    add_polynomials(expansion[0], expansion[1], box, own_y, own_x, rest, sum_y, sum_x)
    for i in range(y.size):
        alpha_y[i] += sum_y[i]
        alpha_x[i] += sum_x[i]


@compiled
def _divided(haloes, chosen, box, distance):
    """Return which of the chosen haloes are within a distance of a box, and which are not."""
    near, distant = np.empty_like(chosen), np.empty_like(chosen)
    total_near, total_distant = 0, 0
    for j in chosen:
        if is_within(haloes[j], box, distance):
            near[total_near] = j
            total_near += 1
        else:
            distant[total_distant] = j
            total_distant += 1
    return near[:total_near], distant[:total_distant]
