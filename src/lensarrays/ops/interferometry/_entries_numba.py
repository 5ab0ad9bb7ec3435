"""What Numba compiles to sort the entries of a mapping matrix by its columns, and by the rectangles that its rows are in."""

from typing import NamedTuple

import numba
import numpy as np

compiled = numba.njit(nogil=True, cache=True, error_model="numpy")


class ByColumn(NamedTuple):
    """Entries column by column, and in the order of rectangles in each; one of each part of W.

    Attributes
    ----------
    starts : (columns + 1,) int64
    offsets, rectangles : (entries,) int64
        Where W of the entry's pixel begins, and the number of its rectangle.
    weights, halves : (entries,) float64
    """

    starts: np.ndarray
    offsets: np.ndarray
    rectangles: np.ndarray
    weights: np.ndarray
    halves: np.ndarray


class ByRectangle(NamedTuple):
    """Entries rectangle by rectangle, and in the order of columns in each.

    Attributes
    ----------
    starts : (rectangles + 1,) int64
    rows, columns : (entries,) int64
        Where the row of the entry's pixel begins in a rectangle, and the column of the entry.
    weights : (entries,) float64
    """

    starts: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    weights: np.ndarray


@compiled
def count_columns(table, copies, starts):
    """Set `starts` to where each column begins, shifted by one: what `sort_by_column` moves on."""
    pointer, indexes, weights = table
    starts[:] = 0
    for e in range(pointer[0], pointer[-1]):
        if weights[e] != 0:
            starts[indexes[e] + 1] += copies
    for c in range(1, len(starts)):
        starts[c] += starts[c - 1]
    for c in range(len(starts) - 1, 0, -1):
        starts[c] = starts[c - 1]


@compiled
def sort_by_column(rectangles, table, lists):
    """Set the lists of all columns; entries of no weight are left out."""
    pointer, indexes, weights = table
    copies = rectangles.offsets.shape[1]
    count_columns(table, copies, lists.starts)
    for t in range(len(rectangles.bases)):
        for m in range(rectangles.starts[t], rectangles.starts[t + 1]):
            pixel = rectangles.members[m]
            for e in range(pointer[pixel], pointer[pixel + 1]):
                if weights[e] != 0:
                    place = lists.starts[indexes[e] + 1]
                    for copy in range(copies):
                        lists.offsets[place + copy] = rectangles.offsets[pixel, copy]
                        lists.rectangles[place + copy] = t
                        lists.weights[place + copy] = weights[e]
                        lists.halves[place + copy] = 0.5 * weights[e]
                    lists.starts[indexes[e] + 1] = place + copies


@compiled
def sort_by_rectangle(rectangles, table, place, lists):
    """Set the lists of all rectangles; `place` is memory for a number of each column, all of them -1, and left so."""
    pointer, indexes, weights = table
    total = 0
    for t in range(len(rectangles.bases)):
        lists.starts[t] = total
        low, high = len(place), -1
        for m in range(rectangles.starts[t], rectangles.starts[t + 1]):
            pixel = rectangles.members[m]
            for e in range(pointer[pixel], pointer[pixel + 1]):
                if weights[e] != 0:
                    column = indexes[e]
                    place[column] = max(place[column], 0) + 1
                    low, high = min(low, column), max(high, column)
        for column in range(low, high + 1):
            if place[column] >= 0:
                count, place[column] = place[column], total
                total += count
        for m in range(rectangles.starts[t], rectangles.starts[t + 1]):
            pixel = rectangles.members[m]
            for e in range(pointer[pixel], pointer[pixel + 1]):
                if weights[e] != 0:
                    own = place[indexes[e]]
                    lists.rows[own], lists.columns[own], lists.weights[own] = rectangles.rows[pixel], indexes[e], weights[e]
                    place[indexes[e]] = own + 1
        for column in range(low, high + 1):
            place[column] = -1
    lists.starts[len(rectangles.bases)] = total
