"""What Numba compiles for a tree: everything that is done in one supertile after another.

Innermost loops are over points, in contiguous memory and in full vectors, as LLVM then computes 8 or 16 at a time. All memory is
given by the caller: NumPy's functions take Numba longer to compile than all the rest.
"""

# mypy: disable-error-code="no-untyped-def"

from collections.abc import Callable
from typing import Any

import numba
from numba.np.unsafe.ndarray import to_fixed_tuple

from ._numba_functions import compiled_function

AT_ONCE = 16  # the numbers in the widest vectors, of float32
SMALLEST_BOX = 1e-6  # half width of a tile that holds a single point [arcsec]

compiled = numba.njit(nogil=True, fastmath={"contract"}, error_model="numpy")


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
def set_interval(values, low, high, box, axis):
    """Set the middle and the half width of a box along an axis to those of values that fill vectors."""
    for k in range(AT_ONCE):
        low[k] = high[k] = values[k]
    for i in range(0, len(values), AT_ONCE):
        for k in range(AT_ONCE):
            value = values[i + k]
            low[k] = value if value < low[k] else low[k]
            high[k] = value if value > high[k] else high[k]
    least, most = low[0], high[0]
    for k in range(AT_ONCE):
        least, most = min(least, low[k]), max(most, high[k])
    box[2 * axis], box[2 * axis + 1] = 0.5 * (least + most), 0.5 * (most - least) + SMALLEST_BOX


@compiled
def join_boxes(boxes, box):
    """Set a box to that around others."""
    for axis in (0, 2):
        low, high = boxes[0, axis] - boxes[0, axis + 1], boxes[0, axis] + boxes[0, axis + 1]
        for k in range(len(boxes)):
            low = min(low, boxes[k, axis] - boxes[k, axis + 1])
            high = max(high, boxes[k, axis] + boxes[k, axis + 1])
        box[axis], box[axis + 1] = 0.5 * (low + high), 0.5 * (high - low)


@compiled
def divide(haloes, chosen, box, distance, near, distant):
    """List which of the chosen haloes are within so many half widths of the middle of a box, and which are not; count the first.

    Those whose centre is NaN are near: the image then shows it.
    """
    total_near, total_distant = 0, 0
    size = (distance * max(box[1], box[3])) ** 2
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


def polynomials_function(order: int) -> Callable[..., None]:
    """Return the function that adds two polynomials in a box, of an order, at points."""

    def value(t: Any, s: Any, *coefficients: Any) -> Any:
        total = None
        for p in reversed(range(order)):
            row = coefficients[p * order + order - 1]
            for q in reversed(range(order - 1)):
                row = row * s + coefficients[p * order + q]
            total = row if total is None else total * t + row
        return total

    value_at, terms = compiled_function(value, 1 + order**2), order**2

    @compiled
    def add_polynomials(of_y, of_x, box, y, x, sum_y, sum_x):
        c_y, c_x = to_fixed_tuple(of_y, terms), to_fixed_tuple(of_x, terms)
        middle_y, half_y, middle_x, half_x = box[0], box[1], box[2], box[3]
        for i in range(len(y)):
            t, s = (y[i] - middle_y) / half_y, (x[i] - middle_x) / half_x
            sum_y[i] += value_at(t, (s, *c_y))
            sum_x[i] += value_at(t, (s, *c_x))

    return add_polynomials


def supertiles_function(mean_convergence: Callable, constants: int, coarse_order: int, fine_order: int) -> Callable[..., None]:
    """Return the function that adds the deflections of haloes of a family at the points of supertiles."""
    mean_at = compiled_function(mean_convergence, constants)
    add_coarse, add_fine = polynomials_function(coarse_order), polynomials_function(fine_order)

    @compiled
    def add_haloes(haloes, chosen, y, x, sum_y, sum_x):
        for k in range(len(chosen)):
            halo = haloes[chosen[k]]
            c_y, c_x, weight, own = halo[0], halo[1], halo[2], to_fixed_tuple(halo[3:], constants)
            for i in range(len(y)):
                d_y, d_x = y[i] - c_y, x[i] - c_x
                mean = weight * mean_at(d_y * d_y + d_x * d_x, own)
                sum_y[i] += mean * d_y
                sum_x[i] += mean * d_x

    @compiled
    def set_at_nodes(haloes, chosen, nodes, box, y, x, sum_y, sum_x):
        for i in range(len(y)):
            y[i], x[i] = box[0] + box[1] * nodes[0, i], box[2] + box[3] * nodes[1, i]
            sum_y[i] = sum_x[i] = 0
        add_haloes(haloes, chosen, y, x, sum_y, sum_x)

    @compiled
    def add_supertiles(haloes, y, x, bounds, children, distances, coarse, fine, memory, alpha_y, alpha_x):
        work, boxes, lists, far, own = memory
        (coarse_nodes, coarse_matrix), (fine_nodes, fine_matrix) = coarse, fine
        for k in range(len(children)):
            total = 0
            while total < children.shape[1] and children[k, total] >= 0:
                first, end = bounds[children[k, total]]
                for axis, points in enumerate((y, x)):
                    copy(points[first:end], work[0])
                    set_interval(work[0, : rounded_up(end - first)], work[1], work[2], boxes[total], axis)
                total += 1
            box, close, near, distant = boxes[-1], lists[1], lists[2], lists[3]
            join_boxes(boxes[:total], box)
            total_close = divide(haloes, lists[0], box, distances[0], close, distant)
            n = coarse_nodes.shape[1]
            sum_y, sum_x = work[2, :n], work[3, :n]
            total_far = len(haloes) - total_close
            set_at_nodes(haloes, distant[:total_far], coarse_nodes, box, work[0, :n], work[1, :n], sum_y, sum_x)
            set_coefficients(sum_y, coarse_matrix, work[4], far[0])
            set_coefficients(sum_x, coarse_matrix, work[4], far[1])
            for t in range(total):
                total_near = divide(haloes, close[:total_close], boxes[t], distances[1], near, distant)
                n = fine_nodes.shape[1]
                node_y, node_x, sum_y, sum_x = work[0, :n], work[1, :n], work[2, :n], work[3, :n]
                chosen = distant[: total_close - total_near]
                set_at_nodes(haloes, chosen, fine_nodes, boxes[t], node_y, node_x, sum_y, sum_x)
                add_coarse(far[0], far[1], box, node_y, node_x, sum_y, sum_x)
                set_coefficients(sum_y, fine_matrix, work[4], own[0])
                set_coefficients(sum_x, fine_matrix, work[4], own[1])
                first, end = bounds[children[k, t]]
                n = rounded_up(end - first)
                own_y, own_x, sum_y, sum_x = work[0, :n], work[1, :n], work[2, :n], work[3, :n]
                copy(y[first:end], own_y)
                copy(x[first:end], own_x)
                for i in range(n):
                    sum_y[i] = sum_x[i] = 0
                add_haloes(haloes, near[:total_near], own_y, own_x, sum_y, sum_x)
                add_fine(own[0], own[1], boxes[t], own_y, own_x, sum_y, sum_x)
                for i in range(end - first):
                    alpha_y[first + i] += sum_y[i]
                    alpha_x[first + i] += sum_x[i]

    return add_supertiles
