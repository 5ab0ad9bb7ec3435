"""What Numba compiles for an order of mesh pixels in which those of a term are close to one another: reverse Cuthill-McKee."""

import numba
import numpy as np

compiled = numba.njit(nogil=True, cache=True, error_model="numpy")


@compiled
def places_in_band(indexes, values, size):
    """Return where each of so many pixels is, (s,), in an order in which the pixels of a term are close to one another.

    Each part of the mesh is gone through from a pixel at its edge, neighbours with few neighbours first, and backwards: what
    the matrix then has in a row ends early.

    References
    ----------
    Cuthill and McKee 1969, Proceedings of the 24th National Conference of the ACM, 157; George and Liu 1979, ACM Transactions
    on Mathematical Software 5, 284, on the pixel to begin with.
    """
    starts, others = _neighbors(indexes, values, size)
    degree = starts[1:] - starts[:-1]
    order, seen = np.empty(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    walks, begin = 0, 0
    for pixel in range(size):
        if seen[pixel] > 0:
            continue
        first, deepest = pixel, 0
        while True:
            walks += 1
            end, last, levels = _walk(starts, others, degree, first, begin, order, seen, walks)
            if levels <= deepest:
                break
            deepest, first = levels, order[last]
            for k in range(last, end):
                if degree[order[k]] < degree[first]:
                    first = order[k]
        begin = end
    position = np.empty(size, dtype=np.int64)
    for k in range(size):
        position[order[k]] = size - 1 - k
    return position


@compiled
def _neighbors(indexes, values, size):
    """Return which pixels share a term with each one, in compressed rows; some are named several times."""
    terms, width = values.shape
    starts = np.zeros(size + 1, dtype=np.int64)
    for e in range(terms):
        for a in range(1, width):
            for b in range(a):
                first, second = indexes[e, a], indexes[e, b]
                if first != second and values[e, a] != 0 and values[e, b] != 0:
                    starts[first + 1] += 1
                    starts[second + 1] += 1
    for i in range(size):
        starts[i + 1] += starts[i]
    others, place = np.empty(starts[size], dtype=np.int64), starts[:-1].copy()
    for e in range(terms):
        for a in range(1, width):
            for b in range(a):
                first, second = indexes[e, a], indexes[e, b]
                if first != second and values[e, a] != 0 and values[e, b] != 0:
                    others[place[first]], others[place[second]] = second, first
                    place[first] += 1
                    place[second] += 1
    return starts, others


@compiled
def _walk(starts, others, degree, first, begin, order, seen, walk):
    """Set the order from `begin` on to all pixels that can be reached from one, level by level; `seen` to this walk.

    Return where they end, where the last level begins, and the number of levels.
    """
    order[begin], seen[first] = first, walk
    low, high, levels, last = begin, begin + 1, 0, begin
    while low < high:
        last, stop, levels = low, high, levels + 1
        for k in range(low, stop):
            new = high
            for e in range(starts[order[k]], starts[order[k] + 1]):
                other = others[e]
                if seen[other] == walk:
                    continue
                seen[other] = walk
                place = high
                while place > new and degree[order[place - 1]] > degree[other]:
                    order[place] = order[place - 1]
                    place -= 1
                order[place] = other
                high += 1
        low = stop
    return high, last, levels
