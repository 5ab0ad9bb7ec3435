"""Sibson's weights: the parts of the cell of a new vertex that it takes from the cells of its natural neighbours."""

from typing import Any, NamedTuple

from ..mapper import summed_last
from ._vertex_mesh import components_at


class Cavities(NamedTuple):
    """The hole that a new vertex at each of p points would make in a triangulation: see `set_cavities`.

    Attributes
    ----------
    starts, ends : arrays of int, shape (..., p, k)
        The ends of the edges of the hole, anticlockwise: the natural neighbours, each once, then the last edge repeated.
    outer : array of int, shape (..., p, k)
        The triangles on the inner sides of these.
    before, beyond : arrays of int, shape (..., p, k - 3)
        The triangles on the two sides of the edges inside of the hole; twice the same where there are fewer.
    first_ends, second_ends : arrays of int, shape (..., p, k - 3)
        The places of the ends of these among the natural neighbours.
    counts : array of int, shape (..., p, 1)
        How many natural neighbours there are; 2 for points on a line between two vertices, which may be one.
    """

    starts: Any
    ends: Any
    outer: Any
    before: Any
    beyond: Any
    first_ends: Any
    second_ends: Any
    counts: Any


def natural_weights(vertices: Any, triangles: Any, points: Any, cavities: Cavities, *, xp: Any) -> Any:
    """Return the weights (..., p, k) of the natural neighbours of points, zero where there are fewer.

    What the cell of a point takes from that of a neighbour is a polygon: two of its corners are the centres of the circles
    through the point and the two edges of the hole at the neighbour, the others are the centres of the circles of the
    triangles between these edges. Its area is half the sum of the cross products of corners next to each other.

    Parameters
    ----------
    vertices, points : arrays, shapes (..., s, 2), (..., p, 2) [arcsec]
    triangles : array of int, shape (..., t, 3)
    cavities : Cavities
    """
    on_line = cavities.counts == 2
    start_y, start_x, end_y, end_x = (
        components_at(vertices, ends, axis, xp=xp) - points[..., axis : axis + 1]
        for ends in (cavities.starts, cavities.ends)
        for axis in (0, 1)
    )
    y, x = _circumcentre(start_y, start_x, end_y, end_x, is_line=on_line, xp=xp)
    last_y, last_x = xp.roll(y, 1, axis=-1), xp.roll(x, 1, axis=-1)
    centres = _circumcentres(vertices, triangles, xp=xp)
    outer_y, outer_x = _relative(centres, cavities.outer, points, xp=xp)
    to_outer = y * outer_x - x * outer_y
    areas = last_y * x - last_x * y + to_outer - xp.roll(to_outer, 1, axis=-1) + _inner_sides(centres, points, cavities, xp=xp)
    areas = xp.where(xp.arange(areas.shape[-1]) < cavities.counts, areas, 0.0)
    total = xp.where(on_line, 1.0, xp.sum(areas, axis=-1, keepdims=True))
    between = _weights_between(start_y, start_x, end_y, end_x, xp=xp)
    return xp.where(on_line, between, areas / total)


def _inner_sides(centres: Any, points: Any, cavities: Cavities, *, xp: Any) -> Any:
    """Return the cross products of the corners that are centres of triangles, summed for each neighbour, shape (..., p, k)."""
    (before_y, before_x), (beyond_y, beyond_x) = (
        _relative(centres, which, points, xp=xp) for which in (cavities.before, cavities.beyond)
    )
    sides = xp.where(cavities.before == cavities.beyond, 0.0, before_y * beyond_x - before_x * beyond_y)
    p, k = cavities.starts.shape[-2:]
    places = xp.concat([cavities.second_ends, cavities.first_ends], axis=-1) + xp.arange(p)[:, None] * k
    return xp.reshape(summed_last(places, xp.concat([sides, -sides], axis=-1), p * k), (*sides.shape[:-1], k))


def _relative(centres: Any, indexes: Any, points: Any, *, xp: Any) -> tuple[Any, Any]:
    """Return y and x of centres (..., t, 2) at indexes (..., p, k), relative to the points."""
    y, x = (components_at(centres, indexes, axis, xp=xp) - points[..., axis : axis + 1] for axis in (0, 1))
    return y, x


def _circumcentres(vertices: Any, triangles: Any, *, xp: Any) -> Any:
    """Return the centres (..., t, 2) of the circles through the corners of triangles."""
    y, x = (components_at(vertices, triangles, axis, xp=xp) for axis in (0, 1))
    sides = (y[..., 1] - y[..., 0], x[..., 1] - x[..., 0], y[..., 2] - y[..., 0], x[..., 2] - x[..., 0])
    offset_y, offset_x = _circumcentre(*sides, is_line=triangles[..., 0] == triangles[..., 1], xp=xp)
    return xp.stack([y[..., 0] + offset_y, x[..., 0] + offset_x], axis=-1)


def _circumcentre(a_y: Any, a_x: Any, b_y: Any, b_x: Any, *, is_line: Any, xp: Any) -> tuple[Any, Any]:
    """Return the centre of the circle through the origin and two points."""
    double_area = a_y * b_x - a_x * b_y
    twice = 2 * xp.where(is_line | (double_area == 0), 1.0, double_area)
    square_a, square_b = a_y * a_y + a_x * a_x, b_y * b_y + b_x * b_x
    return (square_a * b_x - square_b * a_x) / twice, (a_y * square_b - b_y * square_a) / twice


def _weights_between(start_y: Any, start_x: Any, end_y: Any, end_x: Any, *, xp: Any) -> Any:
    """Return the weights (..., p, k) of the ends of the first edge, places 0 and 1, at points on it; relative to these."""
    start_y, start_x = start_y[..., :1], start_x[..., :1]
    along_y, along_x = end_y[..., :1] - start_y, end_x[..., :1] - start_x
    squared = along_y * along_y + along_x * along_x
    part = -(along_y * start_y + along_x * start_x) / xp.where(squared == 0, 1.0, squared)
    place = xp.arange(end_y.shape[-1])
    return xp.where(place == 0, 1 - part, xp.where(place == 1, part, 0.0))
