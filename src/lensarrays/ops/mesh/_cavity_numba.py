"""What Numba compiles for natural neighbours: the hole that a new vertex at a point would make in a triangulation."""

import numpy as np

from ._locate_numba import compiled

# Nearer than this to a vertex or to an edge of the hull, as a part of the lengths there, a point counts as being on it.
_NEAR = 1e-10


@compiled
def _cross(vertices, a, b, y, x):
    """Return twice the area of the triangle of a point and two vertices, positive if these are anticlockwise around it."""
    return (vertices[a, 0] - y) * (vertices[b, 1] - x) - (vertices[a, 1] - x) * (vertices[b, 0] - y)


@compiled
def _squared_length(vertices, a, b):
    return (vertices[a, 0] - vertices[b, 0]) ** 2 + (vertices[a, 1] - vertices[b, 1]) ** 2


@compiled
def _is_in_circle(vertices, a, b, c, y, x):
    """Return whether a point is inside of the circle through three vertices, anticlockwise, which are not on one line."""
    a_y, a_x = vertices[a, 0] - y, vertices[a, 1] - x
    b_y, b_x = vertices[b, 0] - y, vertices[b, 1] - x
    c_y, c_x = vertices[c, 0] - y, vertices[c, 1] - x
    of_a = (a_y * a_y + a_x * a_x) * (b_y * c_x - b_x * c_y)
    of_b = (b_y * b_y + b_x * b_x) * (c_y * a_x - c_x * a_y)
    of_c = (c_y * c_y + c_x * c_x) * (a_y * b_x - a_x * b_y)
    if of_a + of_b + of_c <= 0:
        return False
    area = _cross(vertices, b, c, vertices[a, 0], vertices[a, 1])
    return area > 1e-12 * max(_squared_length(vertices, a, b), _squared_length(vertices, b, c), _squared_length(vertices, c, a))


@compiled
def _vertex_at(y, x, triangle, vertices):
    """Return the corner of a triangle that a point is at, or -1."""
    a, b, c = triangle
    longest = max(_squared_length(vertices, a, b), _squared_length(vertices, b, c), _squared_length(vertices, c, a))
    for corner in (a, b, c):
        distance = (vertices[corner, 0] - y) ** 2 + (vertices[corner, 1] - x) ** 2
        if distance <= _NEAR * _NEAR * longest:
            return corner
    return -1


@compiled
def _set_cavity(y, x, first, vertices, triangles, across, stack, edges, outer, inner):
    """Set the rows of one point inside of the triangle `first`; return how many edges the hole has, or -1 if there is no room.

    The triangles whose circles contain the point make the hole. An edge of it is crossed if the triangle beyond is one of them
    too, or else is an edge of the hole: so these come out in anticlockwise order.
    """
    top, count, inner_count, capacity = 3, 0, 0, edges.shape[0]
    for j in range(3):
        stack[j, 0], stack[j, 1] = first, (1 - j) % 3
    while top > 0:
        top -= 1
        t, k = stack[top, 0], stack[top, 1]
        if t < 0:  # all that is beyond inner edge k is done: its other end is the next vertex
            inner[k, 3] = count
            continue
        a, b, beyond = triangles[t, (k + 1) % 3], triangles[t, (k + 2) % 3], across[t, k]
        if beyond >= 0:
            corner = 0 if across[beyond, 0] == t else 1 if across[beyond, 1] == t else 2
            tip = triangles[beyond, corner]
            if (
                _is_in_circle(vertices, a, tip, b, y, x)
                and _cross(vertices, a, tip, y, x) > 0
                and _cross(vertices, tip, b, y, x) > 0
            ):
                if inner_count == inner.shape[0]:
                    return -1
                inner[inner_count, 0], inner[inner_count, 1], inner[inner_count, 2] = t, beyond, count
                stack[top, 0], stack[top, 1] = -1, inner_count
                stack[top + 1, 0], stack[top + 1, 1] = beyond, (corner + 2) % 3
                stack[top + 2, 0], stack[top + 2, 1] = beyond, (corner + 1) % 3
                top, inner_count = top + 3, inner_count + 1
                continue
        if count == capacity:
            return -1
        edges[count, 0], edges[count, 1], outer[count] = a, b, t
        count += 1
    for k in range(inner_count):
        inner[k, 3] %= count
    return count


@compiled
def _set_row(y, x, first, nearest, vertices, triangles, across, stack, edges, outer, inner):
    """Set the rows of one point, see `set_cavities`; return how many edges there are, or -1 if there is no room."""
    a = nearest if first < 0 else _vertex_at(y, x, triangles[first], vertices)
    b = a
    if a < 0:
        count = _set_cavity(y, x, first, vertices, triangles, across, stack, edges, outer, inner)
        for k in range(count):
            start, end = edges[k, 0], edges[k, 1]
            if _cross(vertices, start, end, y, x) <= _NEAR * _squared_length(vertices, start, end):
                a, b = start, end
        if a < 0:
            return count
    edges[0, 0], edges[0, 1], edges[1, 0], edges[1, 1], outer[:2] = a, b, b, b, 0
    return 2


@compiled
def set_cavities(points, containing, nearest, vertices, triangles, across, edges, outer, inner, counts):
    """Set the natural neighbours of points, and what their weights are made of; return the most that a point has, or -1.

    Parameters
    ----------
    points, vertices : arrays of float64, shapes (p, 2), (s, 2)
    containing, nearest : arrays of int, shape (p,)
        The triangle that each point is in, or -1 and then its nearest vertex.
    triangles, across : arrays of int, shape (t, 3)
    edges : array of int, shape (p, k, 2)
        The edges of the hole, anticlockwise, the last one again and again. Of a point on an edge of the hull that edge and its
        end; of one at a vertex, or outside, a vertex as both ends.
    outer : array of int, shape (p, k)
        The triangles on the inner sides of these.
    inner : array of int, shape (p, k - 3, 4)
        The two triangles at each edge inside of the hole, and of its two ends their places among the edges; zero beyond.
    counts : array of int, shape (p,)
        How many edges the hole has; 2 for points that see one or two vertices.
    """
    capacity, most = edges.shape[1], 2
    stack = np.empty((3 * capacity, 2), dtype=np.int64)
    for i in range(points.shape[0]):
        row = edges[i], outer[i], inner[i]
        count = _set_row(points[i, 0], points[i, 1], containing[i], nearest[i], vertices, triangles, across, stack, *row)
        if count < 0:
            return -1
        for k in range(count, capacity):
            edges[i, k, 0], edges[i, k, 1], outer[i, k] = edges[i, count - 1, 0], edges[i, count - 1, 1], outer[i, count - 1]
        inner[i, max(count - 3, 0) :] = 0
        counts[i], most = count, max(most, count)
    return most


@compiled
def _circumcentre(a_y, a_x, b_y, b_x):
    """Return the centre of the circle through the origin and two points."""
    double_area = a_y * b_x - a_x * b_y
    half = 0.5 / double_area if double_area != 0 else 0.5
    square_a, square_b = a_y * a_y + a_x * a_x, b_y * b_y + b_x * b_x
    return (square_a * b_x - square_b * a_x) * half, (a_y * square_b - b_y * square_a) * half


@compiled
def _centre_at(y, x, vertices, edges, k):
    """Return the centre of the circle through a point and the ends of edge k, relative to the point."""
    a, b = edges[k, 0], edges[k, 1]
    return _circumcentre(vertices[a, 0] - y, vertices[a, 1] - x, vertices[b, 0] - y, vertices[b, 1] - x)


@compiled
def _circumcentres(vertices, triangles):
    """Return the centres (t, 2) of the circles through the corners of triangles."""
    centres = np.empty((triangles.shape[0], 2))
    for t in range(triangles.shape[0]):
        y, x = vertices[triangles[t, 0]]
        first, second = vertices[triangles[t, 1]], vertices[triangles[t, 2]]
        offset_y, offset_x = _circumcentre(first[0] - y, first[1] - x, second[0] - y, second[1] - x)
        centres[t, 0], centres[t, 1] = y + offset_y, x + offset_x
    return centres


@compiled
def _set_areas(y, x, count, vertices, centres, edges, outer, inner, areas):
    """Set what the cell of a point takes from those of its natural neighbours; see `natural_weights`."""
    for k in range(count):
        areas[k] = 0.0
    last_y, last_x = _centre_at(y, x, vertices, edges, count - 1)
    for k in range(count):
        t, after = outer[k], k + 1 if k + 1 < count else 0
        here_y, here_x = _centre_at(y, x, vertices, edges, k)
        side = here_y * (centres[t, 1] - x) - here_x * (centres[t, 0] - y)
        areas[k] += last_y * here_x - last_x * here_y + side
        areas[after] -= side
        last_y, last_x = here_y, here_x
    for k in range(count - 3):
        t, beyond = inner[k, 0], inner[k, 1]
        side = (centres[t, 0] - y) * (centres[beyond, 1] - x) - (centres[t, 1] - x) * (centres[beyond, 0] - y)
        areas[inner[k, 2]] -= side
        areas[inner[k, 3]] += side


@compiled
def set_natural_weights(points, containing, nearest, vertices, triangles, across, indexes, weights):
    """Set the natural neighbours of points and their weights, shapes (p, k); return the most that a point has, or -1.

    Where there are fewer than k, the last is repeated with weight zero. The other arguments are those of `set_cavities`.
    """
    capacity, most, centres = indexes.shape[1], 2, _circumcentres(vertices, triangles)
    stack, edges = np.empty((3 * capacity, 2), dtype=np.int64), np.empty((capacity, 2), dtype=np.int64)
    outer, inner, areas = np.empty(capacity, dtype=np.int64), np.empty((capacity, 4), dtype=np.int64), np.empty(capacity)
    for i in range(points.shape[0]):
        y, x = points[i, 0], points[i, 1]
        row = edges, outer, inner
        count = _set_row(y, x, containing[i], nearest[i], vertices, triangles, across, stack, *row)
        if count < 0:
            return -1
        if count == 2:
            a, b = edges[0, 0], edges[0, 1]
            squared = _squared_length(vertices, a, b)
            along = (vertices[b, 0] - vertices[a, 0]) * (y - vertices[a, 0]) + (vertices[b, 1] - vertices[a, 1]) * (
                x - vertices[a, 1]
            )
            part = along / squared if squared > 0 else 0.0
            areas[0], areas[1] = 1 - part, part
        else:
            _set_areas(y, x, count, vertices, centres, edges, outer, inner, areas)
        total = 0.0
        for k in range(count):
            total += areas[k]
        for k in range(count):
            indexes[i, k], weights[i, k] = edges[k, 0], areas[k] / total
        for k in range(count, capacity):
            indexes[i, k], weights[i, k] = edges[count - 1, 0], 0.0
        most = max(most, count)
    return most
