"""Rectangles around points, and polynomials on them, for what Numba compiles.

Loops over points are innermost, and all that they touch is contiguous, as LLVM then computes many points at a time.
"""

# mypy: disable-error-code="no-untyped-def"

import numba

SMALLEST_BOX = 1e-6  # half width of a box around a single point [arcsec]
AT_ONCE = 16  # the numbers in the widest vectors, of float32

compiled = numba.njit(fastmath={"contract"}, error_model="numpy")


@compiled
def rounded_up(length):
    """Return a number of points rounded up to full vectors: what is left over would be computed one by one."""
    return (length + AT_ONCE - 1) // AT_ONCE * AT_ONCE


@compiled
def box_of(y, x, box):
    """Set a box, (middle, half width) of y and of x, to that around points."""
    for axis, points in enumerate((y, x)):
        low = high = points[0]
        for i in range(points.size):
            low, high = min(low, points[i]), max(high, points[i])
        box[2 * axis] = 0.5 * (low + high)
        box[2 * axis + 1] = 0.5 * (high - low) + SMALLEST_BOX


@compiled
def joined_box(boxes, box):
    """Set a box to that around others."""
    for axis in (0, 2):
        low, high = boxes[0, axis] - boxes[0, axis + 1], boxes[0, axis] + boxes[0, axis + 1]
        for other in boxes:
            low, high = min(low, other[axis] - other[axis + 1]), max(high, other[axis] + other[axis + 1])
        box[axis], box[axis + 1] = 0.5 * (low + high), 0.5 * (high - low)


@compiled
def is_within(halo, box, distance):
    """Return whether a halo is within so many half widths of the middle of a box; if its centre is NaN, it is."""
    size = distance * max(box[1], box[3])
    return not ((halo[0] - box[0]) ** 2 + (halo[1] - box[2]) ** 2 >= size * size)


@compiled
def coefficients(values, matrix, result):
    """Set coefficients of powers (order, order) from values at the nodes (order * order or more)."""
    order = len(matrix)
    for p in range(order):
        for q in range(order):
            total = values[0] * 0
            for a in range(order):
                for b in range(order):
                    total += matrix[p, a] * values[a * order + b] * matrix[q, b]
            result[p, q] = total


@compiled
def add_polynomials(of_y, of_x, box, y, x, work, alpha_y, alpha_x):
    """Add two polynomials in a box, at points; `work` is for (6, points or more) numbers."""
    order, total = len(of_y), y.size
    t, s, row_y, row_x, sum_y, sum_x = work[0], work[1], work[2], work[3], work[4], work[5]
    for i in range(total):
        t[i], s[i] = (y[i] - box[0]) / box[1], (x[i] - box[2]) / box[3]
        sum_y[i], sum_x[i] = 0, 0
    for p in range(order - 1, -1, -1):
        row_y[:total], row_x[:total] = of_y[p, order - 1], of_x[p, order - 1]
        for q in range(order - 2, -1, -1):
            c_y, c_x = of_y[p, q], of_x[p, q]
            for i in range(total):
                row_y[i] = row_y[i] * s[i] + c_y
                row_x[i] = row_x[i] * s[i] + c_x
        for i in range(total):
            sum_y[i] = sum_y[i] * t[i] + row_y[i]
            sum_x[i] = sum_x[i] * t[i] + row_x[i]
    for i in range(total):
        alpha_y[i] += sum_y[i]
        alpha_x[i] += sum_x[i]
