"""What Numba compiles for a tree: everything that is done in one supertile after another.

It is compiled once for all families and orders: the three innermost loops are called at their addresses. These are over points,
in contiguous memory and in full vectors, as LLVM then computes 8 or 16 at a time. All memory is given by the caller: NumPy's
functions take Numba longer to compile than all the rest.
"""

# The first argument of an intrinsic is not given.
# mypy: disable-error-code="call-arg"

import numba
import numpy as np

from ._numba_functions import NumberFunctions, compiled_function
from ._numba_loops import AT_ONCE, call_at

SMALLEST_BOX = 1e-6  # half width of a tile that holds a single point [arcsec]

compiled = numba.njit(nogil=True, fastmath={"contract"}, error_model="numpy")
lesser, greater = compiled_function(NumberFunctions.minimum, 1), compiled_function(NumberFunctions.maximum, 1)


@compiled
def rounded_up(length):
    """Return a number of points rounded up to full vectors: what is left over would be computed one by one."""
    return (length + AT_ONCE - 1) // AT_ONCE * AT_ONCE


@compiled
def copy(values, result):
    """Copy the values of a tile, and fill the last vector up with the last."""
    for i in range(len(values)):
        result[i] = values[i]
    for i in range(len(values), rounded_up(len(values))):
        result[i] = values[-1]


@compiled
def set_box(y, x, box):
    """Set a box, (middle, half width) of y and of x, to that around points; if one is NaN, so is the box."""
    for axis, values in enumerate((y, x)):
        low = high = values[0]
        for i in range(len(values)):
            low, high = lesser(low, (values[i],)), greater(high, (values[i],))
        box[2 * axis], box[2 * axis + 1] = 0.5 * (low + high), 0.5 * (high - low) + SMALLEST_BOX


@compiled
def join_boxes(boxes, total):
    """Set the last of boxes to that around the first so many, of which those that are NaN do not count."""
    box = boxes[-1]
    for axis in (0, 2):
        low, high = np.inf, -np.inf
        for k in range(total):
            least, most = boxes[k, axis] - boxes[k, axis + 1], boxes[k, axis] + boxes[k, axis + 1]
            low, high = (least if least < low else low), (most if most > high else high)
        box[axis], box[axis + 1] = 0.5 * (low + high), 0.5 * (high - low)


@compiled
def divide(haloes, chosen, box, distance, near, distant):
    """List which of the chosen haloes are within so many half widths of the middle of a box, and which not; count the first.

    Those whose centre is NaN are near: the image then shows it.
    """
    total_near, total_distant = 0, 0
    size = (distance * greater(box[1], (box[3],))) ** 2
    for k in range(len(chosen)):
        j = chosen[k]
        if (haloes[j, 0] - box[0]) ** 2 + (haloes[j, 1] - box[2]) ** 2 >= size:
            distant[total_distant] = j
            total_distant += 1
        else:
            near[total_near] = j
            total_near += 1
    return total_near


@compiled
def place_nodes(nodes, box, y, x, sum_y, sum_x):
    """Set coordinates to those of nodes of a box, and sums to zero."""
    for i in range(nodes.shape[1]):
        y[i], x[i] = box[0] + box[1] * nodes[0, i], box[2] + box[3] * nodes[1, i]
        sum_y[i] = sum_x[i] = 0


@compiled
def set_coefficients(values, matrix, work, result):
    """Set the coefficients of powers, order * order of them, from values at as many nodes, or more."""
    order = len(matrix)
    for p in range(order):
        for b in range(order):
            total = values[b] * 0
            for a in range(order):
                total += matrix[p, a] * values[a * order + b]
            work[p * order + b] = total
    for p in range(order):
        for q in range(order):
            total = values[0] * 0
            for b in range(order):
                total += matrix[q, b] * work[p * order + b]
            result[p * order + q] = total


@compiled
def expand_supertile(loops, haloes, far, coarse, fine, boxes, total, points, nodes, expansion):
    """Set the values of far haloes at the nodes of all tiles of a supertile, of which `boxes` has the box last."""
    (places, matrix), (fine_places, _) = coarse, fine
    n, box = places.shape[1], boxes[-1]
    y, x, sum_y, sum_x = points[0, :n], points[1, :n], points[2, :n], points[3, :n]
    place_nodes(places, box, y, x, sum_y, sum_x)
    call_at(loops[0], haloes, far, y, x, sum_y, sum_x)
    set_coefficients(sum_y, matrix, points[4], expansion[0])
    set_coefficients(sum_x, matrix, points[4], expansion[1])
    n = fine_places.shape[1]
    for t in range(total):
        i, j = t * n, (t + 1) * n
        place_nodes(fine_places, boxes[t], nodes[0, i:j], nodes[1, i:j], nodes[2, i:j], nodes[3, i:j])
    i = total * n
    call_at(loops[1], expansion, box, nodes[0, :i], nodes[1, :i], nodes[2, :i], nodes[3, :i])


@compiled
def add_tile(loops, haloes, near, expansion, box, y, x, points, alpha_y, alpha_x):
    """Add the deflections of near haloes, and those of an expansion, at the points of a tile."""
    n = rounded_up(len(y))
    own_y, own_x, sum_y, sum_x = points[0, :n], points[1, :n], points[2, :n], points[3, :n]
    copy(y, own_y)
    copy(x, own_x)
    for i in range(n):
        sum_y[i] = sum_x[i] = 0
    call_at(loops[0], haloes, near, own_y, own_x, sum_y, sum_x)
    call_at(loops[2], expansion, box, own_y, own_x, sum_y, sum_x)
    for i in range(len(y)):
        alpha_y[i] += sum_y[i]
        alpha_x[i] += sum_x[i]


@compiled
def add_supertiles(loops, haloes, y, x, bounds, children, distances, coarse, fine, memory, alpha_y, alpha_x):
    """Add the deflections of haloes at the points of supertiles.

    `loops` are the addresses of three loops of `_numba_loops`: over haloes, and for coarse and fine expansions.
    """
    points, nodes, boxes, lists, far, own = memory
    everyone, close, near, distant = lists[0], lists[1], lists[2], lists[3]
    for k in range(len(children)):
        tiles, total = children[k], 0
        while total < len(tiles) and tiles[total] >= 0:
            i, j = bounds[tiles[total], 0], bounds[tiles[total], 1]
            set_box(y[i:j], x[i:j], boxes[total])
            total += 1
        join_boxes(boxes, total)
        total_close = divide(haloes, everyone, boxes[-1], distances[0], close, distant)
        chosen = distant[: len(haloes) - total_close]
        expand_supertile(loops, haloes, chosen, coarse, fine, boxes, total, points, nodes, far)
        n, matrix = fine[0].shape[1], fine[1]
        for t in range(total):
            total_near = divide(haloes, close[:total_close], boxes[t], distances[1], near, distant)
            i, j = t * n, (t + 1) * n
            sum_y, sum_x = nodes[2, i:j], nodes[3, i:j]
            chosen = distant[: total_close - total_near]
            call_at(loops[0], haloes, chosen, nodes[0, i:j], nodes[1, i:j], sum_y, sum_x)
            set_coefficients(sum_y, matrix, points[4], own[0])
            set_coefficients(sum_x, matrix, points[4], own[1])
            i, j = bounds[tiles[t], 0], bounds[tiles[t], 1]
            add_tile(loops, haloes, near[:total_near], own, boxes[t], y[i:j], x[i:j], points, alpha_y[i:j], alpha_x[i:j])
