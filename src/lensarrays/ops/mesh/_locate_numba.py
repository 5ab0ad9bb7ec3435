"""What Numba compiles for triangulations: who is whose neighbour, and which triangle a point is in."""

import numba
import numpy as np

compiled = numba.njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")

# What a point may be outside of a triangle, as a part of its area, and still count as inside: rounding.
_TOLERANCE = 1e-13
_AT_A_TIME = 1024  # points


@compiled
def set_neighbours(triangles, across, neighbours, counts, triangle_of):
    """Set which vertices share an edge with each one, how many these are, and one triangle of each; see `Triangulation`.

    Neighbours for which there is no room are counted only.

    Parameters
    ----------
    triangles, across : arrays of int, shape (t, 3)
        The vertices of each triangle, and the triangle that is across the edge opposite to each of these, or -1.
    neighbours : array of int, shape (s, j)
        What is set.
    counts, triangle_of : arrays of int, shape (s,)
        What is set; the counts are zero at first.
    """
    width = neighbours.shape[1]
    for t in range(triangles.shape[0]):
        for k in range(3):
            first, second = triangles[t, (k + 1) % 3], triangles[t, (k + 2) % 3]
            triangle_of[first] = t
            if counts[first] < width:
                neighbours[first, counts[first]] = second
            counts[first] += 1
            if across[t, k] < 0:  # of all other edges the triangle on the far side sets the other direction
                if counts[second] < width:
                    neighbours[second, counts[second]] = first
                counts[second] += 1


@compiled
def _any_around(y, x, vertices, triangles):
    """Return a triangle that contains a point, of all of them, or -1."""
    for t in range(triangles.shape[0]):
        is_inside = True
        for k in range(3):
            a, b = triangles[t, (k + 1) % 3], triangles[t, (k + 2) % 3]
            of_c = (vertices[a, 0] - y) * (vertices[b, 1] - x) - (vertices[a, 1] - x) * (vertices[b, 0] - y)
            is_inside = is_inside and of_c >= 0
        if is_inside:
            return t
    return -1


@compiled
def _squared_distance(y, x, vertices, vertex):
    return (vertices[vertex, 0] - y) ** 2 + (vertices[vertex, 1] - x) ** 2


@compiled
def _nearest_vertex(y, x, near, vertices, neighbours, counts):
    """Return the vertex nearest to a point, by steps to neighbours that are nearer.

    If a vertex is not the nearest, the way from it to the point leaves its Voronoi cell, and the neighbour across is nearer.
    """
    least = _squared_distance(y, x, vertices, near)
    while True:
        best = near
        for j in range(counts[near]):
            distance = _squared_distance(y, x, vertices, neighbours[near, j])
            if distance < least:
                least, best = distance, neighbours[near, j]
        if best == near:
            return near
        near = best


@compiled
def _corners_of(vertices, triangles):
    """Return y and x of the corners of triangles, one after the other, shape (t, 6)."""
    corners = np.empty((triangles.shape[0], 6))
    for t in range(triangles.shape[0]):
        for k in range(3):
            corners[t, 2 * k], corners[t, 2 * k + 1] = vertices[triangles[t, k], 0], vertices[triangles[t, k], 1]
    return corners


@compiled
def _set_containing(points, current, first_around, corners, vertices, triangles, across, triangle_of, containing, last):
    """Set which triangle each point is in, -1 for none, and the last one that the way to it has led through; return that.

    A walk goes from triangle to triangle, always across an edge that the point is beyond of. In a Delaunay triangulation no
    such walk goes in circles (Edelsbrunner 1990, Combinatorica 10, 251); should rounding make one do so, all triangles are
    looked at. It is no function of its own: to hand over arrays, which are counted, takes longer than to walk.
    """
    for i in range(points.shape[0]):
        y, x = points[i, 0], points[i, 1]
        if i >= first_around:
            current = triangle_of[(i - first_around) // 4]
        containing[i] = -1
        for _ in range(triangles.shape[0]):
            a_y, a_x = corners[current, 0] - y, corners[current, 1] - x
            b_y, b_x = corners[current, 2] - y, corners[current, 3] - x
            c_y, c_x = corners[current, 4] - y, corners[current, 5] - x
            of_a, of_b, of_c = b_y * c_x - b_x * c_y, c_y * a_x - c_x * a_y, a_y * b_x - a_x * b_y
            least = min(of_a, of_b, of_c)
            if least >= -_TOLERANCE * (of_a + of_b + of_c):
                containing[i] = current
                break
            beyond = across[current, 0 if of_a == least else 1 if of_b == least else 2]
            if beyond < 0:
                break
            current = beyond
        else:
            containing[i] = _any_around(y, x, vertices, triangles)
        last[i] = current
    return current


@compiled
def _set_nearest(points, near, first_around, vertices, triangles, neighbours, counts, containing, nearest):
    """Set, of points in no triangle, the nearest vertex instead of the last triangle; return that of the last such point."""
    for i in range(points.shape[0]):
        if containing[i] < 0:
            y, x, corner = points[i, 0], points[i, 1], triangles[nearest[i], 0]
            if i >= first_around:
                near = (i - first_around) // 4
            # A vertex without neighbours leads nowhere.
            if counts[near] == 0 or _squared_distance(y, x, vertices, corner) < _squared_distance(y, x, vertices, near):
                near = corner
            near = _nearest_vertex(y, x, near, vertices, neighbours, counts)
            nearest[i] = near
    return near


@compiled
def locate(points, first_around, vertices, triangles, across, neighbours, counts, triangle_of, containing, nearest):
    """Set which triangle each point is in, -1 for none, and for these points the nearest vertex.

    Parameters
    ----------
    points, vertices : arrays of float64, shapes (p, 2), (s, 2)
        A walk starts where that before ended.
    first_around : int
        From this one on, points are around the vertices, four of each, and walks start there.
    triangles, across, neighbours, counts, triangle_of : arrays of int
        See `Triangulation`.
    containing, nearest : arrays of int, shape (p,)
        What is set; the second is of use for points in no triangle.
    """
    corners = _corners_of(vertices, triangles)
    _set_containing(points, 0, first_around, corners, vertices, triangles, across, triangle_of, containing, nearest)
    _set_nearest(points, 0, first_around, vertices, triangles, neighbours, counts, containing, nearest)


@compiled
def _set_weights(points, vertices, triangles, containing, nearest, indexes, weights):
    """Set the corners of the triangle that each point is in, and their weights, shapes (p, 3).

    Where there is none, the nearest vertex stands for all three corners, and the first has all the weight.
    """
    for i in range(points.shape[0]):
        y, x, t = points[i, 0], points[i, 1], containing[i]
        if t < 0:
            for k in range(3):
                indexes[i, k], weights[i, k] = nearest[i], 0.0
            weights[i, 0] = 1.0
            continue
        total = 0.0
        for k in range(3):
            a, b = triangles[t, (k + 1) % 3], triangles[t, (k + 2) % 3]
            area = (vertices[a, 0] - y) * (vertices[b, 1] - x) - (vertices[a, 1] - x) * (vertices[b, 0] - y)
            indexes[i, k], weights[i, k] = triangles[t, k], area
            total += area
        for k in range(3):
            weights[i, k] /= total


@compiled
def set_barycentric(points, first_around, vertices, triangles, across, neighbours, counts, triangle_of, indexes, weights):
    """Set the corners of the triangle that each point is in, and their weights, shapes (p, 3); see `locate`.

    Where there is none, the nearest vertex stands for all three corners, and the first has all the weight. What lies between is
    of a few points at a time, as memory that is new takes as long as what is done with it.
    """
    corners, current, near = _corners_of(vertices, triangles), 0, 0
    containing, nearest = np.empty(_AT_A_TIME, dtype=np.int64), np.empty(_AT_A_TIME, dtype=np.int64)
    for begin in range(0, points.shape[0], _AT_A_TIME):
        end = min(begin + _AT_A_TIME, points.shape[0])
        part, first = points[begin:end], first_around - begin
        current = _set_containing(part, current, first, corners, vertices, triangles, across, triangle_of, containing, nearest)
        near = _set_nearest(part, near, first, vertices, triangles, neighbours, counts, containing, nearest)
        _set_weights(part, vertices, triangles, containing, nearest, indexes[begin:end], weights[begin:end])
