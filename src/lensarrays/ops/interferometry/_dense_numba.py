"""What Numba compiles for curvature matrices by a W of which all that belongs to a pixel is read as it is."""

# The first argument of an intrinsic is not given.
# mypy: disable-error-code="call-arg"

import numba

from ..inversion._tiles import AT_ONCE, LANES
from ..inversion._vectors_numba import set_sum, transpose
from ._entries_numba import count_columns

compiled = numba.njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")


@compiled
def sort_by_column(table, offsets, in_window, starts, windows, factors, places, sorted_weights):
    """List the entries that have a weight by columns: where W of their pixels begins, and their place in it times AT_ONCE.

    Parameters
    ----------
    table : (pointer, indexes, weights)
    offsets, in_window : (n, p), (n,) int64
        As `Windows` has them: where parts of W begin for each pixel, and its place.
    starts : (columns + 1,) int64
    windows, factors : (p e,) int64, float64
        For each entry p beginnings, and as many times its weight.
    places, sorted_weights : (e,) int64, float64
    """
    pointer, indexes, weights = table
    copies = offsets.shape[1]
    count_columns(table, 1, starts)
    for pixel in range(len(pointer) - 1):
        for e in range(pointer[pixel], pointer[pixel + 1]):
            if weights[e] != 0:
                place = starts[indexes[e] + 1]
                places[place], sorted_weights[place] = in_window[pixel] * AT_ONCE, weights[e]
                for k in range(copies):
                    windows[copies * place + k], factors[copies * place + k] = offsets[pixel, k], weights[e]
                starts[indexes[e] + 1] = place + 1


@compiled
def pixels_of(first, starts, places):
    """Return the first pixel, and the one after the last, that the columns before some column see."""
    low, high = 0, 0
    if starts[first] > 0:
        low, high = places[0], places[0]
        for e in range(starts[first]):
            low, high = min(low, places[e]), max(high, places[e] + AT_ONCE)
    return low // AT_ONCE, high // AT_ONCE


@compiled
def set_columns(kernels, copies, first, lists, memory, result):
    """Set AT_ONCE columns of F from `first` on, or those that there are, down to their diagonal block.

    Parameters
    ----------
    kernels : (...,) float64
        What `Windows` has; what is read beyond a window is finite.
    copies : int
        How many parts of W each entry reads.
    lists : (starts, windows, factors, places, weights)
        What `sort_by_column` sets.
    memory : (sums, turned, row)
        Of AT_ONCE * LANES numbers, AT_ONCE times as many as a window has, and AT_ONCE.
    result : (s, s) float64, its rows contiguous
    """
    starts, windows, factors, places, weights = lists
    sums, turned, row = memory
    stop = min(first + AT_ONCE, len(result))
    low, high = pixels_of(stop, starts, places)
    for m in range(low // AT_ONCE * AT_ONCE, high, AT_ONCE):
        for column in range(0, AT_ONCE, LANES):
            for k in range(LANES):
                c = first + column + k
                set_sum(kernels, m, windows, factors, 0, copies * starts[c], copies * starts[c + 1], sums, k * AT_ONCE)
            for p in range(0, AT_ONCE, LANES):
                transpose(sums, p, AT_ONCE, turned, (m + p) * AT_ONCE + column, AT_ONCE)
    step = result.strides[0] // 8
    for c in range(stop):
        if first + AT_ONCE <= stop:
            set_sum(turned, 0, places, weights, 0, starts[c], starts[c + 1], result, c * step + first)
        else:
            set_sum(turned, 0, places, weights, 0, starts[c], starts[c + 1], row, 0)
            for s in range(first, stop):
                result[c, s] = row[s - first]
