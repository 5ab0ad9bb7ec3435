"""The tree on NumPy arrays, compiled by Numba.

It is the algorithm of `tree_jax`, but for lists that are as long as they need to be. Supertiles are shared out among threads of
our own: those of Numba take seconds more to compile, end the process if it forks, or if two threads of a user meet in them.
"""

import concurrent.futures
import functools
import os
from typing import Any

import numba
import numpy as np

from ...ops._chebyshev import chebyshev_nodes, monomials_from_values
from ...ops._tiles import Tiles
from ._numba_loops import AT_ONCE, Loop, haloes_loop, polynomials_loop
from ._numba_supertiles import add_supertiles
from ._rows import Haloes
from .levels import LEVELS, Levels

WEIGHT = 2  # where the weight is among the numbers of a halo
PRECISION = 1e-4  # of functions of haloes, in units of the tolerance of their sum


def tree_deflections(
    haloes: list[Haloes], y: Any, x: Any, tiles: Tiles, levels: Levels, tolerance: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the summed deflections (y, x), each (..., places), of populations at points in the order of tiles.

    The functions of haloes are as exact as the data type, or so much more exact than the tolerance that it does not show.
    """
    precision = max(float(np.finfo(y.dtype).eps), PRECISION * min(tolerance, max(LEVELS)))
    rows = [_rows(population, y.dtype) for population in haloes]
    batch = np.broadcast_shapes(y.shape[:-1], x.shape[:-1], *(row.shape[:-2] for row in rows))
    y, x = (np.broadcast_to(c, (*batch, c.shape[-1])) for c in (y, x))
    alpha = np.zeros((2, *y.shape), dtype=y.dtype)
    for population, row in zip(haloes, rows, strict=True):
        loops = _loops(population, precision, levels, y.dtype)
        row = np.broadcast_to(row, (*batch, *row.shape[-2:]))
        valid = np.broadcast_to(True if population.valid is None else population.valid, row.shape[:-1])
        for k in np.ndindex(batch):
            points = np.ascontiguousarray(y[k]), np.ascontiguousarray(x[k])
            used = valid[k] | np.isnan(row[k][:, WEIGHT])  # a weight that is NaN says that haloes are missing
            _add_in_threads(loops, np.ascontiguousarray(row[k][used]), points, tiles, levels, alpha[(slice(None), *k)])
    return alpha[0], alpha[1]


def _rows(population: Haloes, dtype: Any) -> np.ndarray:
    """Return the numbers of each halo side by side: centre, weight and constants, shape (..., n, 3 + constants)."""
    if population.mean_convergence_of is None:
        raise TypeError(
            "`halo_method` must be Direct() for a population in NumPy arrays that is not of a round family (a halo or a point "
            "mass), but is a Tree, which Numba compiles for these alone; use `halo_method=la.haloes.Direct()`, or JAX arrays."
        )
    columns = np.broadcast_arrays(*population.centre, population.weights, *population.constants)
    return np.stack(columns, axis=-1).astype(dtype, copy=False)


def _loops(population: Haloes, precision: float, levels: Levels, dtype: Any) -> list[Loop]:
    """Return what is compiled for a family and for the orders of polynomials; Numba does so when they are first needed."""
    of_haloes = haloes_loop(population.mean_convergence_of, precision, len(population.constants), str(dtype))
    return [of_haloes, *(polynomials_loop(order, str(dtype)) for order in (levels.coarse_order, levels.fine_order))]


def _add_in_threads(loops: list, rows: np.ndarray, points: tuple, tiles: Tiles, levels: Levels, alpha: np.ndarray) -> None:
    """Add the deflections of haloes to `alpha`, the supertiles by turns in each thread: none adds where another does."""
    dtype, (bounds, children) = alpha.dtype, _layout(tiles)
    threads = min(_allowed_threads(), len(children))
    addresses = np.asarray([loop.address for loop in loops])
    distances = np.asarray([levels.coarse_distance, levels.fine_distance], dtype=dtype)
    nodes = _nodes(levels.coarse_order, dtype), _nodes(levels.fine_order, dtype)

    most = int(np.max(bounds[:, 1] - bounds[:, 0]))

    def call(first: int) -> tuple:
        memory = _memory(len(rows), children.shape[1], most, levels, dtype)
        return addresses, rows, *points, bounds, children[first::threads].copy(), distances, *nodes, memory, alpha[0], alpha[1]

    others = [_pool(os.getpid()).submit(add_supertiles, *call(first)) for first in range(1, threads)]
    add_supertiles(*call(0))
    for other in others:
        other.result()


def _memory(haloes: int, tiles: int, points: int, levels: Levels, dtype: Any) -> tuple[np.ndarray, ...]:
    """Return what a thread needs: for points, boxes of tiles, lists of haloes, and coefficients on two levels."""
    coarse, fine = levels.coarse_order**2, levels.fine_order**2
    lists = np.empty((4, haloes), dtype=np.int64)
    lists[0] = np.arange(haloes)
    places = (5, max(points, coarse) + AT_ONCE), (4, tiles * (fine + AT_ONCE)), (tiles + 1, 4)
    own, nodes, boxes, *expansions = (np.empty(size, dtype=dtype) for size in (*places, (2, coarse), (2, fine)))
    return own, nodes, boxes, lists, *expansions


def _layout(tiles: Tiles) -> tuple[np.ndarray, np.ndarray]:
    """Return the first point of each tile and the one after its last, and the tiles of each supertile with -1 after them."""
    bounds = [g.start + g.points * (np.arange(g.tiles)[:, None] + np.arange(2)) for g in tiles.groups]
    is_own = tiles.siblings[tiles.children] == np.arange(tiles.children.shape[1])
    return np.concatenate(bounds), np.where(is_own, tiles.children, -1)


@functools.cache
def _nodes(order: int, dtype: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the y and x of the nodes of a box from -1 to 1, shape (2, nodes), and the matrix to coefficients.

    The last node is repeated until vectors are full.
    """
    index = np.minimum(np.arange(-(-(order**2) // AT_ONCE) * AT_ONCE), order**2 - 1)
    nodes = chebyshev_nodes(order)[np.stack(np.divmod(index, order))]
    return nodes.astype(dtype), monomials_from_values(order).astype(dtype)


def _allowed_threads() -> int:
    """Return how many threads Numba would take: as many as there are processors, or as its environment variable says."""
    return numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]


@functools.cache
def _pool(process: int) -> concurrent.futures.ThreadPoolExecutor:
    """Return the threads of a process; after a fork there are none in the child."""
    return concurrent.futures.ThreadPoolExecutor(_allowed_threads())
