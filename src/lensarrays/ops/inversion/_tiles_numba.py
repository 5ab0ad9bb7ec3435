"""What Numba compiles for both ways to a curvature matrix: entries sorted by columns, and sums over threads."""

# The first argument of an intrinsic is not given.
# mypy: disable-error-code="call-arg"

import numba

from ._tiles import LANES
from ._vectors_numba import add_transposed

compiled = numba.njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")


@compiled
def group(pixels, shifts, table, place, columns, lists):
    """Sort the entries of some rows of the mapping matrix by their columns, and return how many columns there are.

    Parameters
    ----------
    pixels : (p,) int64
        The rows.
    shifts : (p,) int64
        What is listed for each row.
    table : (pointer, indexes, weights)
        The mapping matrix in compressed rows.
    place : (s,) int64
        All -1, and left so.
    columns : int64
        Set to the columns in ascending order, and behind them to the first one again until vectors are full.
    lists : (starts, offsets, ordered, entries)
        Where the list of each column starts, and for each entry, in the order of rows: what is listed for its row, its
        weight, and its number.
    """
    pointer, indexes, weights = table
    starts, offsets, ordered, entries = lists
    total = find_columns(pixels, pointer, indexes, place, columns)
    for k in range(total + 1):
        starts[k] = 0
    for p in range(len(pixels)):
        for e in range(pointer[pixels[p]], pointer[pixels[p] + 1]):
            starts[place[indexes[e]] + 1] += 1
    for k in range(total):
        starts[k + 1] += starts[k]
    for p in range(len(pixels)):
        for e in range(pointer[pixels[p]], pointer[pixels[p] + 1]):
            k = place[indexes[e]]
            offsets[starts[k]], ordered[starts[k]], entries[starts[k]] = shifts[p], weights[e], e
            starts[k] += 1
    for k in range(total, 0, -1):
        starts[k] = starts[k - 1]
        place[columns[k - 1]] = -1
    starts[0] = 0
    return total


@compiled
def find_columns(pixels, pointer, indexes, place, columns):
    """List the columns that rows have entries in, in ascending order, and in `place` where each is listed."""
    total, low, high = 0, len(place), 0
    for p in range(len(pixels)):
        for e in range(pointer[pixels[p]], pointer[pixels[p] + 1]):
            column = indexes[e]
            place[column] = 0
            low, high = min(low, column), max(high, column)
    for column in range(low, high + 1):
        if place[column] == 0:
            place[column] = total
            columns[total] = column
            total += 1
    for k in range(total, filled_up(total)):
        columns[k] = columns[0]
    return total


@compiled
def filled_up(length):
    """Return a length rounded up to full vectors."""
    return (length + LANES - 1) & -LANES


@compiled
def finish(sums, width, every, result):
    """Set the upper triangle of a matrix to the sum of another one and of its transpose; `every` lists its rows."""
    size = len(result)
    for i in range(0, size, LANES):
        for j in range(i, size, LANES):
            add_transposed(sums, j * width + i, width, sums, every, i, width, j)
        for k in range(i, min(i + LANES, size)):
            result[k, k:] = sums[k * width + k : k * width + size]  # half as long as a loop
