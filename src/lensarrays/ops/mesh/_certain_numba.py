"""What Numba compiles to tell whether vertices have one Delaunay triangulation, beyond doubt, and which are at others."""

from ._locate_numba import compiled
from ._sweep_numba import last_of

# A determinant below this part of the magnitudes that it is made of may have the sign of its rounding, or of that of qhull.
_CERTAIN = 1e-12
# The same of triangulations that are made of vertices nearby.
_NEARLY = 1e-5


@compiled
def _is_left(a_y, a_x, b_y, b_x, c_y, c_x):
    """Return whether three points are anticlockwise, beyond doubt."""
    first, second = (b_y - a_y) * (c_x - a_x), (b_x - a_x) * (c_y - a_y)
    return first - second > _CERTAIN * (abs(first) + abs(second))


@compiled
def _is_out_of_circle(least, a_y, a_x, b_y, b_x, c_y, c_x):
    """Return whether the origin is outside of the circle through three points, anticlockwise, by at least a part."""
    b_c, c_b, c_a, a_c, a_b, b_a = b_y * c_x, b_x * c_y, c_y * a_x, c_x * a_y, a_y * b_x, a_x * b_y
    of_a, of_b, of_c = a_y * a_y + a_x * a_x, b_y * b_y + b_x * b_x, c_y * c_y + c_x * c_x
    total = of_a * (b_c - c_b) + of_b * (c_a - a_c) + of_c * (a_b - b_a)
    scale = of_a * (abs(b_c) + abs(c_b)) + of_b * (abs(c_a) + abs(a_c)) + of_c * (abs(a_b) + abs(b_a))
    return total < -least * scale


@compiled
def _are_triangles_certain(vertices, edges, count):
    """Return whether all triangles are anticlockwise, and no vertex across an edge is in the circle of one of them."""
    for first in range(0, count, 4):
        a, b, c = edges[first, 0], edges[first + 1, 0], edges[first + 2, 0]
        a_y, a_x, b_y, b_x = vertices[a, 0], vertices[a, 1], vertices[b, 0], vertices[b, 1]
        c_y, c_x = vertices[c, 0], vertices[c, 1]
        if not _is_left(a_y, a_x, b_y, b_x, c_y, c_x):
            return False
        for edge in range(first, first + 3):
            twin = edges[edge, 1]
            if twin > edge:  # the other half-edge of those that are not
                far = edges[last_of(twin), 0]
                y, x = vertices[far, 0], vertices[far, 1]
                if not _is_out_of_circle(_CERTAIN, a_y - y, a_x - x, b_y - y, b_x - x, c_y - y, c_x - x):
                    return False
    return True


@compiled
def is_certain(vertices, edges, hull, begin, count):
    """Return whether half-edges are the Delaunay triangulation of vertices, and no other is, whatever the rounding.

    It is if all triangles are anticlockwise, as many as there must be, their border is convex and goes round once, and no
    vertex is in the circle of the triangle across an edge (B. Delaunay 1934, Bull. Acad. Sci. URSS 6, 793).

    Parameters
    ----------
    vertices, edges, hull : arrays
        See `sweep`.
    begin : int
        A vertex of the hull.
    count : int
        How many half-edges there are.
    """
    size, rounds, a, b = 0, 0, begin, hull[begin, 1]
    while size == 0 or a != begin:
        c = hull[b, 1]
        a_y, a_x, b_y, b_x = vertices[a, 0], vertices[a, 1], vertices[b, 0], vertices[b, 1]
        if not _is_left(a_y, a_x, b_y, b_x, vertices[c, 0], vertices[c, 1]):
            return False
        rounds += b_y >= a_y and vertices[c, 0] < b_y
        size, a, b = size + 1, b, c
    if rounds != 1 or count != 4 * (2 * vertices.shape[0] - 2 - size):
        return False
    return _are_triangles_certain(vertices, edges, count)


@compiled
def is_nearly(vertices, triangles, across):
    """Return whether triangles are anticlockwise beyond doubt, and their circles without vertices across an edge, or nearly.

    Parameters
    ----------
    vertices : array of float64, shape (s, 2)
    triangles, across : arrays of int, shape (t, 3)
        See `Triangulation`.
    """
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        a_y, a_x, b_y, b_x = vertices[a, 0], vertices[a, 1], vertices[b, 0], vertices[b, 1]
        c_y, c_x = vertices[c, 0], vertices[c, 1]
        if not _is_left(a_y, a_x, b_y, b_x, c_y, c_x):
            return False
        for k in range(3):
            beyond = across[t, k]
            if beyond < 0:
                continue
            far = triangles[beyond, 0] + triangles[beyond, 1] + triangles[beyond, 2] - a - b - c + triangles[t, k]
            y, x = vertices[far, 0], vertices[far, 1]
            if not _is_out_of_circle(-_NEARLY, a_y - y, a_x - x, b_y - y, b_x - x, c_y - y, c_x - x):
                return False
    return True


@compiled
def set_triangles(edges, triangles, across):
    """Set the corners of triangles, and which triangle is across the edge opposite to each, or -1, shapes (t, 3)."""
    for t in range(across.shape[0]):
        for k in range(3):
            twin = edges[4 * t + (k + 1) % 3, 1]
            triangles[t, k], across[t, k] = edges[4 * t + k, 0], twin >> 2  # -1 stays


@compiled
def set_apart(vertices, order, least, is_apart):
    """Set which vertices are not at one of lower index: that one alone is triangulated, whatever the rounding of the two.

    Parameters
    ----------
    vertices : array of float64, shape (s, 2)
    order : array of int, shape (s,)
        The vertices in the order of y.
    least : float
        How far in y or x vertices are from each other that are not at one point.
    is_apart : array of bool, shape (s,)
        What is set; all are true at first.
    """
    for k in range(order.shape[0]):
        i = order[k]
        for n in range(k + 1, order.shape[0]):
            j = order[n]
            if not is_apart[i] or vertices[j, 0] - vertices[i, 0] > least:
                break
            if abs(vertices[j, 1] - vertices[i, 1]) <= least:
                is_apart[max(i, j)] = False
