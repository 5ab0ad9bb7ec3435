"""What Numba compiles for the triangulation of vertices by a sweep outwards; `_certain_numba` says whether it has worked.

Half-edges are numbered: 4 t + k, where k is 0, 1 or 2, runs from corner k of triangle t to the next one, anticlockwise; its
twin runs back, in the triangle on the other side, or is -1 on the hull.

Functions that are called in loops are given few arrays or none: to count who holds an array takes longer than most of them.
"""

import math

import numpy as np

from ._locate_numba import compiled

# Room for the edges that are still to be looked at, of which there are a dozen.
_MOST_TO_LOOK_AT = 512
# The extents of vertices [arcsec] of which the fourth powers, of which determinants are made, are numbers.
LEAST_EXTENT, MOST_EXTENT = 1e-60, 1e60


@compiled
def turn(a_y, a_x, b_y, b_x, c_y, c_x):
    """Return twice the area of a triangle, positive if its corners are anticlockwise."""
    return (b_y - a_y) * (c_x - a_x) - (b_x - a_x) * (c_y - a_y)


@compiled
def next_of(half_edge):
    """Return the half-edge of the same triangle that starts where this one ends."""
    return half_edge + 1 - 3 * (half_edge & 3 == 2)


@compiled
def last_of(half_edge):
    """Return the half-edge of the same triangle that ends where this one starts."""
    return half_edge - 1 + 3 * (half_edge & 3 == 0)


@compiled
def _is_in_circle(a_y, a_x, b_y, b_x, c_y, c_x):
    """Return whether the origin is inside of the circle through three points, anticlockwise."""
    of_a, of_b, of_c = a_y * a_y + a_x * a_x, b_y * b_y + b_x * b_x, c_y * c_y + c_x * c_x
    return of_a * (b_y * c_x - b_x * c_y) + of_b * (c_y * a_x - c_x * a_y) + of_c * (a_y * b_x - a_x * b_y) > 0


@compiled
def _nearest(vertices, y, x, one):
    """Return the vertex that is nearest to a point, but for one vertex."""
    best, least = -1, math.inf
    for i in range(vertices.shape[0]):
        distance = (vertices[i, 0] - y) ** 2 + (vertices[i, 1] - x) ** 2
        if i != one and distance < least:
            best, least = i, distance
    return best


@compiled
def _smallest_circle(vertices, a, b):
    """Return which vertex has the smallest circle with two others, -1 for none, and the centre of the circle."""
    best, least, y, x = -1, math.inf, math.nan, math.nan
    a_y, a_x, b_y, b_x = vertices[a, 0], vertices[a, 1], vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1]
    square_b = b_y * b_y + b_x * b_x
    for i in range(vertices.shape[0]):
        c_y, c_x = vertices[i, 0] - a_y, vertices[i, 1] - a_x
        half, square_c = 0.5 / (b_y * c_x - b_x * c_y), c_y * c_y + c_x * c_x
        own_y, own_x = (square_b * c_x - square_c * b_x) * half, (b_y * square_c - c_y * square_b) * half
        radius = own_y * own_y + own_x * own_x
        if radius < least and i != a and i != b:
            best, least, y, x = i, radius, a_y + own_y, a_x + own_x
    return best, y, x


@compiled
def set_order(vertices, seed, distances, directions, bins):
    """Set three vertices to begin with, anticlockwise, and of all vertices how far and in which direction they are from there.

    Parameters
    ----------
    vertices : array of float64, shape (s, 2)
    seed : array of int, shape (3,)
        What is set: three vertices near the middle, with no other in their circle; the last is -1 if there are none, or if
        the extent of the vertices is too large or too small.
    distances : array of float64, shape (s,)
        What is set: squared, from the centre of the circle.
    directions : array of int, shape (s,)
        What is set: 0 to `bins` - 1, anticlockwise.
    bins : int
    """
    low_y, low_x, high_y, high_x = math.inf, math.inf, -math.inf, -math.inf
    for i in range(vertices.shape[0]):
        low_y, high_y = min(low_y, vertices[i, 0]), max(high_y, vertices[i, 0])
        low_x, high_x = min(low_x, vertices[i, 1]), max(high_x, vertices[i, 1])
    seed[2] = -1
    if not LEAST_EXTENT <= max(high_y - low_y, high_x - low_x) <= MOST_EXTENT:
        return
    a = _nearest(vertices, 0.5 * (low_y + high_y), 0.5 * (low_x + high_x), -1)
    b = _nearest(vertices, vertices[a, 0], vertices[a, 1], a)
    c, y, x = _smallest_circle(vertices, a, b)
    if c >= 0 and turn(vertices[a, 0], vertices[a, 1], vertices[b, 0], vertices[b, 1], vertices[c, 0], vertices[c, 1]) < 0:
        a, b = b, a
    seed[0], seed[1], seed[2] = a, b, c
    for i in range(vertices.shape[0]):
        along_y, along_x = vertices[i, 0] - y, vertices[i, 1] - x
        distances[i] = along_y * along_y + along_x * along_x
        total = abs(along_y) + abs(along_x)
        part = along_y / total if total > 0 else 0.0
        angle = (1 - part if along_x >= 0 else 3 + part) * 0.25  # grows with the angle, from 0 to 1
        directions[i] = min(int(angle * bins), bins - 1)


@compiled
def _legalise(top, stack, vertices, edges, hull):
    """Flip edges on the stack, opposite to a new vertex, and those that come to be; return whether there is room for these.

    An edge is flipped if the vertex beyond is in the circle of the triangle on this side. Each flip gives the new vertex one
    more neighbour, so that there is an end to it, whatever the rounding.
    """
    while top > 0:
        top -= 1
        edge = stack[top]
        twin = edges[edge, 1]
        if twin < 0:
            continue
        after, before, twin_after, twin_before = next_of(edge), last_of(edge), next_of(twin), last_of(twin)
        a, b, new, far = edges[edge, 0], edges[after, 0], edges[before, 0], edges[twin_before, 0]
        y, x = vertices[far, 0], vertices[far, 1]
        a_y, a_x, b_y, b_x = vertices[a, 0] - y, vertices[a, 1] - x, vertices[b, 0] - y, vertices[b, 1] - x
        if not _is_in_circle(a_y, a_x, b_y, b_x, vertices[new, 0] - y, vertices[new, 1] - x):
            continue
        if top + 2 > stack.shape[0]:
            return False
        outer, twin_outer = edges[after, 1], edges[twin_after, 1]
        edges[after, 0], edges[twin_after, 0] = far, new
        edges[after, 1], edges[twin_after, 1], edges[edge, 1], edges[twin, 1] = twin_after, after, twin_outer, outer
        if twin_outer >= 0:
            edges[twin_outer, 1] = edge
        else:
            hull[a, 0] = edge
        if outer >= 0:
            edges[outer, 1] = twin
        else:
            hull[b, 0] = twin
        stack[top], stack[top + 1] = twin_before, edge
        top += 2
    return True


@compiled
def _first_seen(y, x, near, vertices, hull):
    """Return the vertex of the hull at which the edges of it begin that a point outside sees, -1 for none."""
    first = hull[near, 2]
    a, b = first, near
    while turn(vertices[a, 0], vertices[a, 1], vertices[b, 0], vertices[b, 1], y, x) >= 0:
        a, b = b, hull[b, 1]
        if a == first:
            return -1
    last = a
    while True:
        b = hull[a, 2]
        if turn(vertices[b, 0], vertices[b, 1], vertices[a, 0], vertices[a, 1], y, x) >= 0:
            return a
        if b == last:
            return -1
        a = b


@compiled
def _add_triangles(i, begin, count, stack, vertices, edges, hull):
    """Join a vertex to all edges of the hull that it sees; return how many half-edges there are then, -1 if it cannot be."""
    y, x = vertices[i, 0], vertices[i, 1]
    a, b, side, top = begin, hull[begin, 1], -1, 0
    while top == 0 or turn(vertices[a, 0], vertices[a, 1], vertices[b, 0], vertices[b, 1], y, x) < 0:
        inner = hull[a, 0]
        edges[count, 0], edges[count + 1, 0], edges[count + 2, 0] = b, a, i
        edges[count, 1], edges[inner, 1], edges[count + 1, 1] = inner, count, side
        if side >= 0:
            edges[side, 1], hull[a, 1] = count + 1, -1  # inside of the hull from now on
        else:
            hull[begin, 0] = count + 1
        side, stack[top] = count + 2, count
        top, count = top + 1, count + 4
        a, b = b, hull[b, 1]
        if top == stack.shape[0] or a == begin:
            return -1
    edges[side, 1], hull[i, 0] = -1, side
    hull[begin, 1], hull[i, 2], hull[i, 1], hull[a, 2] = i, begin, a, i
    return count


@compiled
def sweep(vertices, seed, order, directions, at, edges, hull):
    """Set the half-edges of a triangulation: one vertex after the other is joined to the hull of those before; then flips.

    Parameters
    ----------
    vertices : array of float64, shape (s, 2)
    seed, directions : arrays of int, shapes (3,), (s,)
        See `set_order`.
    order : array of int, shape (s,)
        The vertices in the order of their distances.
    at : array of int, shape (bins,)
        What is set: a vertex of the hull in each direction, or one that was.
    edges : array of int, shape (8s, 2)
        What is set: where half-edges start, and their twins.
    hull : array of int, shape (s, 3)
        What is set: of vertices of the hull the half-edges that start there, and the vertices after and before them,
        anticlockwise; for others the second is -1.

    Returns
    -------
    int
        How many half-edges there are; -1 if rounding has made it fail.

    References
    ----------
    D. Sinclair 2016, arXiv:1602.04707 (the sweep). C. L. Lawson 1977, in *Mathematical Software III*, 161 (the flips).
    """
    stack, count = np.empty(_MOST_TO_LOOK_AT, dtype=np.int64), 4
    hull[:, 1], at[:] = -1, -1
    for k in range(3):
        own, after = seed[k], seed[(k + 1) % 3]
        edges[k, 0], edges[k, 1], hull[own, 0], hull[own, 1], hull[after, 2] = own, -1, k, after, own
        at[directions[own]] = own
    for i in order:
        if i == seed[0] or i == seed[1] or i == seed[2]:
            continue
        direction = directions[i]
        while at[direction] < 0 or hull[at[direction], 1] < 0:
            direction = direction + 1 if direction + 1 < at.shape[0] else 0
        begin, first = _first_seen(vertices[i, 0], vertices[i, 1], at[direction], vertices, hull), count
        if begin >= 0:
            count = _add_triangles(i, begin, count, stack, vertices, edges, hull)
        if begin < 0 or count < 0 or not _legalise((count - first) // 4, stack, vertices, edges, hull):
            return -1
        at[directions[i]], at[directions[begin]] = i, begin
    return count
