"""Real numbers at scattered points, spread over a regular grid: the first step of a non-uniform Fourier transform.

A. Barnett, J. Magland and L. af Klinteberg, 2019, SIAM J. Sci. Comput., 41, C479, of which this is the kernel, eq. (1.8).
"""

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

WIDTH = 14  # cells that a point is spread over along an axis; the error is 1e-13 where the grid is twice as fine as needed
LANES = 16  # the same, filled up to whole registers: the grid needs as many cells more than points may be in
BEFORE = WIDTH // 2 - 1  # how many of these cells come before the one that the point is in
DEGREE = 17  # of the polynomials that the kernel is made of, one a cell
_BLOCK = 64  # points of which the kernel is evaluated at once
_ROWS, _COLUMNS = 16, 64  # cells of a bin; points are taken bin by bin, so that their cells are in the cache

compiled = numba.njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")


def _define(_typing: Any, goal: Any, place: Any, source: Any, start: Any, factor: Any) -> Any:
    """Add to LANES values in `goal`, laid out flat, from `place` on, `factor` times those of `source` from `start` on.

    As a loop it is not compiled to vector instructions, since both might be the same memory; that takes four times as long.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lanes = ir.VectorType(ir.DoubleType(), LANES)

        def lanes_at(array: int, index: int) -> Any:
            data = context.make_array(signature.args[array])(context, builder, arguments[array]).data
            return builder.bitcast(builder.gep(data, [arguments[index]]), lanes.as_pointer())

        to, undefined = lanes_at(0, 1), ir.Constant(lanes, ir.Undefined)
        first = builder.insert_element(undefined, arguments[4], ir.Constant(ir.IntType(32), 0))
        factors = builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES))
        product = builder.fmul(factors, builder.load(lanes_at(2, 3), align=8), flags=("contract",))
        builder.store(builder.fadd(builder.load(to, align=8), product, flags=("contract",)), to, align=8)
        return context.get_dummy_value()

    return types.void(goal, types.int64, source, types.int64, types.float64), generate


_add_lanes: Any = intrinsic(_define)


@compiled
def spread(along_y, along_x, weights, parity, coefficients, periods, grid):
    """Add weights (k,) at points, whose coordinates are in periods, to half a grid; rows start BEFORE cells above zero.

    Parameters
    ----------
    parity : float
        By which a weight is multiplied where its point is in the other half, and taken at the opposite point instead.
    coefficients : array, shape (WIDTH, DEGREE + 1)
        Of the kernel's polynomials, the highest power first.
    grid : array, shape (periods[0] // 2 + LANES, periods[1] + LANES)
    """
    rows, columns = periods
    y, x, weight = _sorted(along_y, along_x, weights, parity, rows, columns)
    by_row, by_column = np.zeros((LANES, _BLOCK)), np.zeros((LANES, _BLOCK))
    across, first_row, first_column = np.empty((_BLOCK, LANES)), np.empty(_BLOCK, np.int64), np.empty(_BLOCK, np.int64)
    for start in range(0, len(y), _BLOCK):
        size = min(_BLOCK, len(y) - start)
        _set_kernel(y[start : start + size], coefficients, first_row, by_row)
        _set_kernel(x[start : start + size], coefficients, first_column, by_column)
        for p in range(size):
            for j in range(LANES):
                across[p, j] = by_column[j, p] * weight[start + p]
        for p in range(size):
            column = first_column[p] - BEFORE
            goal = first_row[p] * grid.shape[1] + (column if column >= 0 else column + columns)
            for i in range(WIDTH):
                _add_lanes(grid, goal, across, p * LANES, by_row[i, p])
                goal += grid.shape[1]


@compiled
def _set_kernel(positions, coefficients, first, values):
    """Set the first cell that each point is spread over, and the kernel at all of them, (WIDTH or more, points)."""
    size = len(positions)
    inside = np.empty(size)
    for p in range(size):
        cell = np.floor(positions[p])
        first[p] = int(cell)
        inside[p] = 2.0 * (positions[p] - cell) - 1.0
    for j in range(WIDTH):
        row, target = coefficients[j], values[j]
        for p in range(size):
            value = row[0]
            for d in range(DEGREE):
                value = value * inside[p] + row[d + 1]
            target[p] = value


@compiled
def _sorted(along_y, along_x, weights, parity, rows, columns):
    """Return the points by bin, with coordinates in cells, in the first half of the rows."""
    count, across = len(along_y), columns // _COLUMNS + 1
    starts = np.zeros((rows // 2 // _ROWS + 1) * across + 1, np.int64)
    bins = np.empty(count, np.int32)
    for k in range(count):
        y, x, _ = _folded(along_y[k], along_x[k], rows, columns)
        place = (int(y) // _ROWS) * across + int(x) // _COLUMNS
        bins[k] = place
        starts[place + 1] += 1
    for place in range(len(starts) - 1):
        starts[place + 1] += starts[place]
    y, x, weight = np.empty(count), np.empty(count), np.empty(count)
    for k in range(count):
        goal = starts[bins[k]]
        starts[bins[k]] = goal + 1
        y[goal], x[goal], opposite = _folded(along_y[k], along_x[k], rows, columns)
        weight[goal] = weights[k] * (1.0 + opposite * (parity - 1.0))
    return y, x, weight


@compiled
def _folded(along_y, along_x, rows, columns):
    """Return a point, or the opposite one (1.0, else 0.0) if that is in the first half of the rows, in cells.

    No branches: which one is taken cannot be predicted.
    """
    y = _wrapped(along_y, rows)
    opposite = np.floor(2.0 * y / rows)
    return min(y, rows - y), _wrapped(along_x * (1.0 - 2.0 * opposite), columns), opposite


@compiled
def _wrapped(position, period):
    """Return a position in periods as one in cells, from zero to below the period."""
    cells = (position - np.floor(position)) * period
    return cells if cells < period else 0.0
