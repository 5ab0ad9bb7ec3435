"""The innermost loops of a tree, over points, each compiled by itself and called at its address."""

import functools
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.unsafe import ndarray

from ._numba_functions import NumberFunctions, compiled_function

AT_ONCE = 16  # the numbers in the widest vectors, of float32
BEFORE_CONSTANTS = 3  # numbers of a halo before its constants: centre and weight

to_fixed_tuple: Any = ndarray.to_fixed_tuple

Loop = Any  # compiled: keeps what is at its `address`


@intrinsic
def call_at(typing, address, table, row, y, x, sum_y, sum_x):
    """Call a loop at an address: with a table of numbers, a row of what is done, and points, of which sums are added to."""

    def instructions(context, builder, signature, arguments):
        address, *values = arguments
        arrays = [context.make_array(kind)(context, builder, v) for kind, v in zip(signature.args[1:], values, strict=True)]
        table, row, y, x, sum_y, sum_x = arrays
        columns = builder.extract_value(table.shape, 1)
        length, points = builder.extract_value(row.shape, 0), builder.extract_value(y.shape, 0)
        given = [table.data, columns, row.data, length, y.data, x.data, points, sum_y.data, sum_x.data]
        function = ir.FunctionType(ir.IntType(64), [value.type for value in given])
        return builder.call(builder.inttoptr(address, function.as_pointer()), given)

    return types.int64(address, table, row, y, x, sum_y, sum_x), instructions


def _loop(function: Callable, dtype: str, row: str) -> Loop:
    """Return the loop that a function is, which is given the addresses of numbers of a type, and of those of a row."""
    (number, of_row), integer = (types.CPointer(numba.from_dtype(np.dtype(kind))) for kind in (dtype, row)), types.int64
    signature = integer(number, integer, of_row, integer, number, number, integer, number, number)
    return numba.cfunc(signature, fastmath={"contract"}, error_model="numpy")(function)


@functools.cache
def polynomials_loop(order: int, dtype: str) -> Loop:
    """Return the loop that adds two polynomials, of an order in both y and x, in a box."""

    def value(t: Any, s: Any, *coefficients: Any) -> Any:
        total = None
        for p in reversed(range(order)):
            row = coefficients[p * order + order - 1]
            for q in reversed(range(order - 1)):
                row = row * s + coefficients[p * order + q]
            total = row if total is None else total * t + row
        return total

    terms = order**2
    value_at = compiled_function(value, 1 + terms)

    def add_polynomials(table, columns, box, length, y, x, points, sum_y, sum_x):
        coefficients = numba.carray(table, (2 * terms,))
        c_y, c_x = to_fixed_tuple(coefficients[:terms], terms), to_fixed_tuple(coefficients[terms:], terms)
        middle_y, half_y, middle_x, half_x = box[0], box[1], box[2], box[3]
        for i in range(points):
            t, s = (y[i] - middle_y) / half_y, (x[i] - middle_x) / half_x
            sum_y[i] += value_at(t, (s, *c_y))
            sum_x[i] += value_at(t, (s, *c_x))
        return 0

    return _loop(add_polynomials, dtype, dtype)


@functools.cache
def haloes_loop(mean_convergence_of: Callable, precision: float, constants: int, dtype: str) -> Loop:
    """Return the loop that adds the deflections of those haloes of a family that are listed."""
    mean_at = compiled_function(mean_convergence_of(precision, xp=NumberFunctions), constants)

    def add_haloes(table, columns, chosen, length, y, x, points, sum_y, sum_x):
        for k in range(length):
            first = columns * chosen[k]
            numbers = numba.carray(table, (first + columns,))
            c_y, c_x, weight = numbers[first], numbers[first + 1], numbers[first + 2]
            own = to_fixed_tuple(numbers[first + BEFORE_CONSTANTS :], constants)
            for i in range(points):
                d_y, d_x = y[i] - c_y, x[i] - c_x
                mean = weight * mean_at(d_y * d_y + d_x * d_x, own)
                sum_y[i] += mean * d_y
                sum_x[i] += mean * d_x
        return 0

    return _loop(add_haloes, dtype, "int64")
