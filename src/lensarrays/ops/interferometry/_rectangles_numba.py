"""What Numba compiles for curvature matrices of visibilities: W times columns of the mapping matrix, rectangle by rectangle."""

# The first argument of an intrinsic is not given.
# mypy: disable-error-code="call-arg"

from typing import Any

import numba

from ..inversion._tiles import AT_ONCE, LANES
from ..inversion._vectors_numba import _sums, add_sum, dot, transpose
from ._rectangles import SIZE

set_rectangle: Any = _sums(adds=False, vectors=SIZE // LANES)
add_own: Any = _sums(adds=True, vectors=SIZE // LANES)
compiled = numba.njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")


@compiled
def turn_few(sums, column, turned):
    """Set LANES columns of `turned`, which is AT_ONCE wide, to as many rows of sums over a rectangle."""
    for p in range(0, SIZE, LANES):
        transpose(sums, p, SIZE, turned, p * AT_ONCE + column, AT_ONCE)


@compiled
def sum_before(by_column, first, t, base, kernels, ends, sums, turned):
    """Set columns of `turned` to what the pixels of a rectangle see of those before it, and half of what of their own.

    Returns whether there is anything.
    """
    starts, offsets, rectangles, weights, halves = by_column
    anything = False
    for column in range(0, AT_ONCE, LANES):
        some = False
        for k in range(LANES):
            c = first + column + k
            begin, stop, own = starts[c], starts[c + 1], ends[column + k]
            set_rectangle(kernels, base, offsets, weights, 0, begin, own, sums, k * SIZE)
            after = own
            while after < stop and rectangles[after] == t:
                after += 1
            if after > own:
                add_own(kernels, base, offsets, halves, 0, own, after, sums, k * SIZE)
                ends[column + k] = after
            some |= after > begin
        if some:
            turn_few(sums, column, turned)
            anything = True
    return anything


@compiled
def add_rectangle(by_rectangle, t, turned, local):
    """Add to the rows of `local`, which is AT_ONCE wide, what the columns of the mapping matrix gather of a rectangle."""
    starts, rows, columns, weights = by_rectangle
    e, stop = starts[t], starts[t + 1]
    while e < stop:
        column, after = columns[e], e + 1
        while after < stop and columns[after] == column:
            after += 1
        add_sum(turned, 0, rows, weights, 0, e, after, local, column * AT_ONCE)
        e = after


@compiled
def set_rows(bases, first, by_column, by_rectangle, kernels, memory, width, result):
    """Set AT_ONCE rows of G, where F = G + G', from `first` on; `result` is `width` wide, full vectors."""
    ends, sums, turned, local = memory
    for k in range(AT_ONCE):
        ends[k] = by_column.starts[first + k]
    turned[:] = 0.0
    local[:] = 0.0
    for t in range(len(bases)):
        if sum_before(by_column, first, t, bases[t], kernels, ends, sums, turned):
            add_rectangle(by_rectangle, t, turned, local)
    for column in range(0, len(local) // AT_ONCE, LANES):
        for k in range(0, AT_ONCE, LANES):
            transpose(local, column * AT_ONCE + k, AT_ONCE, result, (first + k) * width + column, width)


@compiled
def copy_columns(matrix, width, first, local):
    """Set `local`, AT_ONCE wide, to columns of a matrix that is `width` wide, from `first` on, and zeros beyond it."""
    count = min(AT_ONCE, width - first)
    for c in range(len(matrix) // width):
        for k in range(count):
            local[c * AT_ONCE + k] = matrix[c * width + first + k]
        for k in range(count, AT_ONCE):
            local[c * AT_ONCE + k] = 0.0


@compiled
def add_slopes(rectangles, begin, end, first, by_column, table, kernels, matrix, width, memory, result):
    """Add to half the derivatives by the weights of pixels in some rectangles what AT_ONCE columns have of them."""
    sums, turned, local = memory
    starts, offsets, _, weights, _ = by_column
    pointer, indexes, _ = table
    copy_columns(matrix, width, first, local)
    for t in range(begin, end):
        for column in range(0, AT_ONCE, LANES):
            for k in range(LANES):
                c = first + column + k
                set_rectangle(kernels, rectangles.bases[t], offsets, weights, 0, starts[c], starts[c + 1], sums, k * SIZE)
            turn_few(sums, column, turned)
        for m in range(rectangles.starts[t], rectangles.starts[t + 1]):
            pixel = rectangles.members[m]
            for e in range(pointer[pixel], pointer[pixel + 1]):
                result[e] += dot(turned, rectangles.rows[pixel], AT_ONCE // LANES, local, indexes[e] * AT_ONCE)
