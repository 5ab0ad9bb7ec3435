"""The tree on arrays of JAX."""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..._loops import fold_rows, recomputed
from ...ops.chebyshev import coefficients_from, node_points, polynomial_at
from ...ops.tiles import TileGroup, Tiles
from .levels import Levels
from .rows import Haloes

MORE_IN_SUPERTILE = 8  # how many times as many haloes are close to a supertile as are near a tile, at most
FEW = 8  # as many haloes more have room in the lists, as a few may all be where rays are dense
EVALUATIONS = 50_000  # of a halo at a point, that are held at once
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


class Sums(NamedTuple):
    """Deflections y and x at the points of tiles, shape (tiles, points), and how many pairs did not fit into the lists."""

    y: Any
    x: Any
    missing: Any


def tree_deflections(haloes: list[Haloes], y: Any, x: Any, tiles: Tiles, levels: Levels, pairs_per_halo: int) -> tuple:
    """Return the summed deflections (y, x), each (places,), of populations at points in the order of tiles."""
    points = [(_of_group(y, group), _of_group(x, group)) for group in tiles.groups]
    boxes = _boxes(points)
    supertiles = _joined(boxes, tiles.children)
    nodes = _nodes(boxes, levels.fine_order)
    close = [_within(population, supertiles, levels.coarse_distance) for population in haloes]
    far = [_far_values(*both, supertiles, levels.coarse_order) for both in zip(haloes, close, strict=True)]
    values = Sums(*_inherited(far, supertiles, tiles, nodes, levels.coarse_order), jnp.asarray(0))
    sums = [Sums(jnp.zeros_like(points_y), jnp.zeros_like(points_y), jnp.asarray(0)) for points_y, _ in points]
    for population, closer in zip(haloes, close, strict=True):
        capacity = pairs_per_halo * (population.weights.shape[-1] + FEW)
        closer = closer[tiles.parents]
        near = closer & _within(population, boxes, levels.fine_distance)
        values = _with_pairs(values, population, closer & ~near, *nodes, MORE_IN_SUPERTILE * capacity)
        for k, rows in enumerate(_tiles_of_groups(tiles)):
            sums[k] = _with_pairs(sums[k], population, near[rows], *points[k], capacity)
    total_y, total_x = [], []
    for own, rows, (points_y, points_x) in zip(sums, _tiles_of_groups(tiles), points, strict=True):
        smooth = recomputed(_interpolated, values.y[rows], values.x[rows], Boxes(*(b[rows] for b in boxes)), points_y, points_x)
        total_y.append(jnp.ravel(own.y + smooth[0]))
        total_x.append(jnp.ravel(own.x + smooth[1]))
    missing = values.missing + sum(own.missing for own in sums)
    flag = jnp.where(missing > 0, jnp.nan, 0.0).astype(y.dtype)
    return jnp.concat(total_y) + flag, jnp.concat(total_x) + flag


def _of_group(places: Any, group: TileGroup) -> Any:
    """Return the part of an array (places,) that belongs to a group, as (tiles, points)."""
    return jnp.reshape(places[group.start : group.start + group.tiles * group.points], (group.tiles, group.points))


def _tiles_of_groups(tiles: Tiles) -> list[slice]:
    """Return which of all tiles are those of each group."""
    ends = np.cumsum([group.tiles for group in tiles.groups]).tolist()
    return [slice(end - group.tiles, end) for end, group in zip(ends, tiles.groups, strict=True)]


def _boxes(points: list[tuple[Any, Any]]) -> Boxes:
    """Return the boxes around the points of all tiles of all groups."""
    low, high = (
        [jnp.concat([extreme(group[axis], axis=1) for group in points]) for axis in (0, 1)] for extreme in (jnp.min, jnp.max)
    )
    return _between(low, high)


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
    """Return the coordinates y and x of the Chebyshev nodes in boxes, each (tiles, order * order), row after row."""
    y, x = node_points(boxes.y, boxes.half_y, order, xp=jnp), node_points(boxes.x, boxes.half_x, order, xp=jnp)
    row, column = np.divmod(np.arange(order * order), order)
    return barrier((y[:, row], x[:, column]))


def _within(population: Haloes, boxes: Boxes, distance: float) -> Any:
    """Return which haloes are within so many half widths of the middle of a box, shape (tiles, n)."""
    c_y, c_x = jax.lax.stop_gradient(population.centre)
    squared = (boxes.y[:, None] - c_y) ** 2 + (boxes.x[:, None] - c_x) ** 2
    # Written such that a NaN is near: it then shows in the image.
    within = ~(squared >= (distance * boxes.half[:, None]) ** 2)
    return within if population.valid is None else within & population.valid


def _far_values(population: Haloes, close: Any, boxes: Boxes, order: int) -> tuple[Any, Any]:
    """Return the deflections by the haloes that are not close at the nodes of supertiles, each (tiles, order * order)."""
    y, x = (jnp.ravel(array)[None, :] for array in _nodes(boxes, order))
    tile = np.arange(y.shape[1]) // order**2

    def step(carry: tuple, row: tuple) -> tuple:
        is_close, c_y, c_x, weight, *constants = row

        def one(c_y: Any, c_x: Any, weight: Any, *constants: Any) -> tuple[Any, Any]:
            far = barrier(jnp.where(is_close, 0.0, weight[:, None])[:, tile])
            alphas = _deflections(population, y - c_y[:, None], x - c_x[:, None], constants)
            return tuple(jnp.sum(far * alpha, axis=0) for alpha in alphas)

        alpha_y, alpha_x = recomputed(one, c_y, c_x, weight, *constants)
        return carry[0] + alpha_y, carry[1] + alpha_x

    n = population.weights.shape[-1]
    rows = (close.T, *population.centre, population.weights, *population.constants)
    chunk = max(1, min(n, EVALUATIONS // y.shape[1]))
    sums = (jnp.zeros_like(y[0]), jnp.zeros_like(y[0]))
    whole = n - n % chunk
    if whole:
        sums = fold_rows(step, sums, tuple(jnp.reshape(row[:whole], (-1, chunk, *row.shape[1:])) for row in rows))
    if n % chunk:
        sums = step(sums, tuple(row[whole:] for row in rows))
    return tuple(jnp.reshape(alpha, (-1, order**2)) for alpha in sums)


def _deflections(population: Haloes, y: Any, x: Any, constants: Any) -> tuple[Any, Any]:
    """Return the deflections of haloes at offsets from their centres."""
    constants = tuple(barrier([c[:, None] for c in constants]))
    if population.mean_convergence is None:
        return population.deflections(y, x, *constants)
    y, x = barrier((y, x))
    mean = barrier(population.mean_convergence(barrier(y**2 + x**2), *constants))
    return mean * y, mean * x


def _inherited(far: list, supertiles: Boxes, tiles: Tiles, nodes: tuple, order: int) -> tuple[Any, Any]:
    """Return the far deflections, summed over populations, at the nodes of tiles, from the polynomials of the supertiles."""
    y, x = (
        (node - middle) / half
        for node, middle, half in zip(
            nodes,
            (supertiles.y[tiles.parents, None], supertiles.x[tiles.parents, None]),
            (supertiles.half_y[tiles.parents, None], supertiles.half_x[tiles.parents, None]),
            strict=True,
        )
    )
    sums = (sum(alphas) for alphas in zip(*far, strict=True))
    return tuple(polynomial_at(_coefficients(values, order)[tiles.parents], y, x) for values in sums)


def _coefficients(values: Any, order: int) -> Any:
    return coefficients_from(jnp.reshape(values, (-1, order, order)), order, xp=jnp)


def _interpolated(values_y: Any, values_x: Any, boxes: Boxes, y: Any, x: Any) -> tuple[Any, Any]:
    """Return deflections at points (tiles, points) from those at the nodes of tiles."""
    order = math.isqrt(values_y.shape[1])
    y, x = barrier(((y - boxes.y[:, None]) / boxes.half_y[:, None], (x - boxes.x[:, None]) / boxes.half_x[:, None]))
    return tuple(polynomial_at(barrier(_coefficients(values, order)), y, x) for values in (values_y, values_x))


def _with_pairs(sums: Sums, population: Haloes, pairs: Any, y: Any, x: Any, capacity: int) -> Sums:
    """Return sums at points (tiles, points) with those pairs (tiles, n) of a tile and a halo that are marked added."""
    chunk = max(1, min(capacity, EVALUATIONS // y.shape[1]))
    capacity = chunk * math.ceil(min(capacity, pairs.size) / chunk)
    tile, halo = jnp.nonzero(pairs, size=capacity, fill_value=(len(y), 0))
    count = jnp.sum(pairs, dtype=jnp.int32)

    def one(y: Any, x: Any, is_pair: Any, c_y: Any, c_x: Any, weight: Any, *constants: Any) -> tuple[Any, Any]:
        alphas = _deflections(population, y - c_y[:, None], x - c_x[:, None], constants)
        return tuple(jnp.where(is_pair[:, None], weight[:, None] * alpha, 0.0) for alpha in alphas)

    def step(carry: tuple, row: tuple) -> tuple:
        tile, halo = row
        here = barrier((y.at[tile].get(mode="clip"), x.at[tile].get(mode="clip")))
        numbers = (array[halo] for array in (*population.centre, population.weights, *population.constants))
        alphas = recomputed(one, *here, tile < len(y), *numbers)
        return tuple(
            old.at[tile].add(new, mode="drop", indices_are_sorted=True) for old, new in zip(carry, alphas, strict=True)
        )

    rows = tuple(jnp.reshape(index, (-1, chunk)) for index in (tile, halo))
    used = jnp.arange(capacity // chunk) * chunk < count
    alpha_y, alpha_x = fold_rows(step, (sums.y, sums.x), rows, used=used)
    return Sums(alpha_y, alpha_x, sums.missing + jnp.maximum(count - capacity, 0))
