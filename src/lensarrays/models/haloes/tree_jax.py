"""The tree on arrays of JAX.

A halo that is far from a supertile is summed at the Chebyshev nodes of the supertile; one that is close to it, but far from
one of its tiles, at the nodes of that tile; one that is near a tile, at all points of the tile. Which are close or near is put
into lists of a length that is known beforehand, as shapes are under `jit`.
"""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..._loops import fold_rows, recomputed
from ...ops._chebyshev import coefficients_from, node_points, polynomial_at
from ...ops._tiles import Tiles
from ._rows import Haloes
from .levels import Levels

FEW = 8  # so many haloes more have room in the lists, as a few may all be where rays are dense
EVALUATIONS = 60_000  # of a halo at a point, that are held at once
SMALLEST_BOX = 1e-6  # half width of a tile that holds a single point [arcsec]

# Keeps XLA from computing what is used twice twice, and from gathering one value at a time: a factor of 2.5.
barrier = jax.lax.optimization_barrier


class Boxes(NamedTuple):
    """The rectangles around the points of tiles: middles and half widths, shape (tiles,). They are not differentiated."""

    y: Any
    x: Any
    half_y: Any
    half_x: Any

    @property
    def half(self) -> Any:
        """The larger half width."""
        return jnp.maximum(self.half_y, self.half_x)


class Pairs(NamedTuple):
    """A list of pairs of a row of points and a halo; it is longer than there are pairs."""

    row: Any  # shape (length,); one past the last row where there is no pair
    halo: Any
    count: Any  # how many there are, also if they did not fit


def tree_deflections(haloes: list[Haloes], y: Any, x: Any, tiles: Tiles, levels: Levels, pairs_per_halo: int) -> tuple:
    """Return the summed deflections (y, x), each (..., places), of populations at points in the order of tiles."""
    own = [(population.centre, population.constants, population.weights, population.valid) for population in haloes]
    arrays, structure = jax.tree_util.tree_flatten((y, x, own))

    def one(*arrays: Any) -> tuple:
        y, x, own = jax.tree_util.tree_unflatten(structure, arrays)
        names = ("centre", "constants", "weights", "valid")
        rows = [h._replace(**dict(zip(names, of, strict=True))) for h, of in zip(haloes, own, strict=True)]
        with jax.default_matmul_precision("highest"):  # GPUs would round to ten bits: what is near cancels
            return _tree_deflections(rows, y, x, tiles, levels, pairs_per_halo)

    # Lists of near haloes are those of one image: batch axes are mapped over, the last one first.
    lead = np.broadcast_shapes(*(array.shape[:-1] for array in arrays))
    arrays = [jnp.broadcast_to(a, (*lead[len(lead) + 1 - a.ndim :], a.shape[-1])) for a in arrays]
    for axis in range(1, len(lead) + 1):
        one = jax.vmap(one, in_axes=tuple(0 if array.ndim > axis else None for array in arrays))
    return one(*arrays)


def _tree_deflections(haloes: list[Haloes], y: Any, x: Any, tiles: Tiles, levels: Levels, pairs_per_halo: int) -> tuple:
    """Do the same for one image."""
    points = _in_tiles(y, tiles), _in_tiles(x, tiles)
    boxes = _between(*([jnp.min(c, axis=1) for c in points], [jnp.max(c, axis=1) for c in points]))
    supertiles = _joined(boxes, tiles.children)
    nodes = _nodes(boxes, levels.fine_order)
    nodes_of_children = tuple(jnp.reshape(node[tiles.children], (len(tiles.children), -1)) for node in nodes)
    far, middle, exact = (_zeros(_nodes(supertiles, levels.coarse_order)), _zeros(nodes_of_children), _zeros(points))
    missing = jnp.asarray(0)
    for population in haloes:
        length = pairs_per_halo * (population.weights.shape[-1] + FEW)
        is_close = _within(population.centre, Boxes(*(a[:, None] for a in supertiles)), levels.coarse_distance)
        is_close = is_close if population.valid is None else is_close & population.valid
        far = _plus(far, _far_values(population, is_close, supertiles, levels.coarse_order))
        close = _listed(is_close, length)
        is_near = _near_children(population, close, boxes, tiles, levels)
        middle = _with_pairs(middle, population, close, nodes_of_children, ~is_near)
        near = _near_pairs(close, is_near, tiles, length)
        exact = _with_pairs(exact, population, near, points, None)
        missing = missing + sum(jnp.maximum(pairs.count - len(pairs.row), 0) for pairs in (close, near))
    inherited = _inherited(far, supertiles, tiles, nodes, levels.coarse_order)
    own = (jnp.reshape(v, (*tiles.children.shape, -1))[tiles.parents, tiles.siblings] for v in middle)
    smooth = recomputed(_interpolated, _plus(inherited, own), boxes, *points)
    # Haloes that did not fit into the lists are not lost in silence.
    flag = jnp.where(missing > 0, jnp.nan, 0.0).astype(y.dtype)
    # Without this they are computed again for what they are used for: with 30 haloes on one plane an image takes twice as long.
    return barrier(tuple(_in_places(total, tiles) + flag for total in _plus(smooth, exact)))


def _zeros(points: tuple) -> tuple:
    return tuple(map(jnp.zeros_like, points))


def _plus(first: Any, second: Any) -> tuple:
    return tuple(a + b for a, b in zip(first, second, strict=True))


def _in_tiles(places: Any, tiles: Tiles) -> Any:
    """Return an array (places,) as (tiles, points), where tiles with fewer points repeat their last."""
    most = max(group.points for group in tiles.groups)
    rows = []
    for start, number, points in tiles.groups:
        own = jnp.reshape(places[start : start + number * points], (number, points))
        rows.append(jnp.pad(own, ((0, 0), (0, most - points)), mode="edge"))
    return jnp.concat(rows)


def _in_places(rows: Any, tiles: Tiles) -> Any:
    """Return an array (tiles, points) as (places,)."""
    first, places = 0, []
    for _, number, points in tiles.groups:
        places.append(jnp.ravel(rows[first : first + number, :points]))
        first += number
    return jnp.concat(places)


def _between(low: list, high: list) -> Boxes:
    middles = [0.5 * (a + b) for a, b in zip(low, high, strict=True)]
    halves = [0.5 * (b - a) + SMALLEST_BOX for a, b in zip(low, high, strict=True)]
    return jax.lax.stop_gradient(Boxes(*middles, *halves))


def _joined(boxes: Boxes, children: np.ndarray) -> Boxes:
    """Return the boxes around those of the children of each supertile."""
    parts = [(boxes.y, boxes.half_y), (boxes.x, boxes.half_x)]
    low = [jnp.min((middle - half)[children], axis=1) for middle, half in parts]
    high = [jnp.max((middle + half)[children], axis=1) for middle, half in parts]
    return _between(low, high)


def _nodes(boxes: Boxes, order: int) -> tuple[Any, Any]:
    """Return the coordinates y and x of the Chebyshev nodes in boxes, each (boxes, order * order), row after row."""
    y, x = node_points(boxes.y, boxes.half_y, order, xp=jnp), node_points(boxes.x, boxes.half_x, order, xp=jnp)
    row, column = np.divmod(np.arange(order * order), order)
    return barrier((y[:, row], x[:, column]))


def _within(centre: tuple, boxes: Boxes, distance: float) -> Any:
    """Return whether centres (...) are within so many half widths of the middle of boxes; the two broadcast."""
    c_y, c_x = jax.lax.stop_gradient(centre)
    squared = (boxes.y - c_y) ** 2 + (boxes.x - c_x) ** 2
    # Written such that a NaN is near: it then shows in the image.
    return ~(squared >= (distance * boxes.half) ** 2)


def _far_values(population: Haloes, close: Any, boxes: Boxes, order: int) -> tuple:
    """Return the deflections by the haloes that are not close at the nodes of supertiles, each (tiles, order * order)."""
    y, x = (jnp.ravel(array)[None, :] for array in _nodes(boxes, order))
    tile = np.arange(y.shape[1]) // order**2

    def step(carry: tuple, row: tuple) -> tuple:
        is_close, c_y, c_x, weight, *constants = row

        def one(c_y: Any, c_x: Any, weight: Any, *constants: Any) -> tuple:
            far = barrier(jnp.where(is_close, 0.0, weight[:, None])[:, tile])
            offsets = y - c_y[:, None], x - c_x[:, None]
            if population.mean_convergence is None:
                return tuple(jnp.sum(far * alpha, axis=0) for alpha in _deflections(population, *offsets, constants))
            mean = barrier(far * _mean_convergence(population, *offsets, constants))
            total, total_y, total_x = jnp.stack([jnp.ones_like(c_y), c_y, c_x]) @ mean
            return y[0] * total - total_y, x[0] * total - total_x

        alpha_y, alpha_x = one(c_y, c_x, weight, *constants)
        return carry[0] + alpha_y, carry[1] + alpha_x

    n, zero = population.weights.shape[-1], jnp.zeros_like(y[0])
    chunks = math.ceil(n * len(zero) / EVALUATIONS)
    fill = math.ceil(n / chunks) * chunks - n  # the last halo once more, as if it were close
    close = jnp.pad(close, ((0, 0), (0, fill)), constant_values=True)
    numbers = (jnp.pad(a, (0, fill), mode="edge") for a in (*population.centre, population.weights, *population.constants))
    rows = tuple(jnp.reshape(row, (chunks, -1, *row.shape[1:])) for row in (close.T, *numbers))
    sums = fold_rows(step, (zero, zero), rows)
    return tuple(jnp.reshape(alpha, (-1, order**2)) for alpha in sums)


def _deflections(population: Haloes, y: Any, x: Any, constants: Any) -> tuple[Any, Any]:
    """Return the deflections of haloes, with constants (n,), at offsets (n, m) from their centres."""
    if population.mean_convergence is None:
        return population.deflections(y, x, *barrier([c[:, None] for c in constants]))
    mean = _mean_convergence(population, y, x, constants)
    return mean * y, mean * x


def _mean_convergence(population: Haloes, y: Any, x: Any, constants: Any) -> Any:
    """Return the mean convergence of round haloes within their distances from points."""
    function: Any = population.mean_convergence
    y, x = barrier((y, x))
    return barrier(function(barrier(y**2 + x**2), *barrier([c[:, None] for c in constants])))


def _listed(is_pair: Any, length: int) -> Pairs:
    """Return the list of the pairs that are marked, shape (rows, n)."""
    rows, n = is_pair.shape
    marked, length = jnp.ravel(is_pair), min(length, is_pair.size)
    rank = jnp.cumsum(marked.astype(jnp.int32))
    # As `jnp.nonzero` does, in half the time.
    index = jnp.full(length, rows * n).at[jnp.where(marked, rank - 1, length)].set(jnp.arange(rows * n), mode="drop")
    return Pairs(index // n, index % n, rank[-1])


def _near_children(population: Haloes, close: Pairs, boxes: Boxes, tiles: Tiles, levels: Levels) -> Any:
    """Return which tiles of the supertile of each pair are near its halo, shape (pairs, children)."""
    children = jnp.asarray(tiles.children)[jnp.minimum(close.row, len(tiles.children) - 1)]
    centre = tuple(c[close.halo][:, None] for c in population.centre)
    return _within(centre, Boxes(*(array[children] for array in boxes)), levels.fine_distance)


def _near_pairs(close: Pairs, is_near: Any, tiles: Tiles, length: int) -> Pairs:
    """Return the list of pairs of a tile and a halo near to it, from those of its supertile."""
    is_first = np.asarray(tiles.siblings[tiles.children] == np.arange(tiles.children.shape[1]))
    rows = jnp.minimum(close.row, len(is_first) - 1)
    near = _listed(is_near & jnp.asarray(is_first)[rows] & (close.row < len(is_first))[:, None], length)
    pair = jnp.minimum(near.row, len(rows) - 1)
    tile = jnp.asarray(tiles.children)[rows[pair], near.halo]
    return Pairs(jnp.where(near.row < len(rows), tile, tiles.total_tiles), close.halo[pair], near.count)


def _inherited(far: tuple, supertiles: Boxes, tiles: Tiles, nodes: tuple, order: int) -> tuple:
    """Return the far deflections at the nodes of tiles, from the polynomials of their supertiles."""
    parents = Boxes(*(array[tiles.parents, None] for array in supertiles))
    y, x = (nodes[0] - parents.y) / parents.half_y, (nodes[1] - parents.x) / parents.half_x
    return tuple(polynomial_at(_coefficients(values, order)[tiles.parents], y, x) for values in far)


def _coefficients(values: Any, order: int) -> Any:
    return coefficients_from(jnp.reshape(values, (-1, order, order)), order, xp=jnp)


def _interpolated(values: tuple, boxes: Boxes, y: Any, x: Any) -> tuple:
    """Return deflections at points (tiles, points) from those at the nodes of tiles."""
    order = math.isqrt(values[0].shape[1])
    y, x = barrier(((y - boxes.y[:, None]) / boxes.half_y[:, None], (x - boxes.x[:, None]) / boxes.half_x[:, None]))
    return tuple(polynomial_at(barrier(_coefficients(array, order)), y, x) for array in values)


def _with_pairs(sums: tuple, population: Haloes, pairs: Pairs, points: tuple, wanted: Any) -> tuple:
    """Return sums at points (rows, m) with the deflections of pairs added; `wanted` (pairs, k) leaves out parts of a row."""
    y, x = points
    repeats = y.shape[1] if wanted is None else y.shape[1] // wanted.shape[1]

    def one(y: Any, x: Any, c_y: Any, c_x: Any, weight: Any, *constants: Any) -> tuple:
        alphas = _deflections(population, y - c_y[:, None], x - c_x[:, None], constants)
        return tuple(weight * alpha for alpha in alphas)

    def step(carry: tuple, rows: tuple) -> tuple:
        row, halo, *parts = rows
        here = barrier((y.at[row].get(mode="clip"), x.at[row].get(mode="clip")))
        centre_and_constants = (array[halo] for array in (*population.centre, *population.constants))
        c_y, c_x, *constants = centre_and_constants
        weight = jnp.where(row < len(y), population.weights[halo], 0.0)[:, None]
        for part in parts:
            weight = barrier(jnp.repeat(jnp.where(part, weight, 0.0), repeats, axis=1))
        alphas = one(*here, c_y, c_x, weight, *constants)
        return tuple(old.at[row].add(new, mode="drop") for old, new in zip(carry, alphas, strict=True))

    chunks, rows = _in_chunks((pairs.row, pairs.halo) if wanted is None else (pairs.row, pairs.halo, wanted), y)
    used = jnp.arange(chunks) * rows[0].shape[1] < pairs.count
    return fold_rows(step, sums, rows, used=used)


def _in_chunks(arrays: tuple, y: Any) -> tuple[int, tuple]:
    """Return arrays (pairs, ...) cut into chunks that are evaluated at once, filled up with pairs of no row."""
    length = len(arrays[0])
    chunks = math.ceil(length * y.shape[1] / EVALUATIONS)
    chunk = math.ceil(length / chunks)
    fill = chunks * chunk - length
    values = (len(y), 0, False)
    padded = (
        jnp.pad(array, ((0, fill), *((0, 0) for _ in array.shape[1:])), constant_values=value)
        for array, value in zip(arrays, values, strict=False)
    )
    return chunks, tuple(jnp.reshape(array, (chunks, chunk, *array.shape[1:])) for array in padded)
