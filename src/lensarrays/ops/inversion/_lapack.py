"""LAPACK and BLAS in place on blocks of a matrix, which SciPy's own functions would copy.

Matrices are in C order, and of a symmetric one the upper triangle is used: LAPACK, which goes by columns, sees the lower one,
and where it says L, the matrix holds L'. No bounds are checked here.
"""

import ctypes
import functools
from typing import Any

import numpy as np


@functools.cache
def _routine(library: str, name: str, arguments: int) -> Any:
    """Return a routine of the BLAS or LAPACK inside of SciPy. It runs without the interpreter's lock."""
    from numba.extending import get_cython_function_address

    address = get_cython_function_address(f"scipy.linalg.cython_{library}", name)
    return ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * arguments)(address)


def _call(library: str, name: str, *arguments: Any) -> None:
    """Call a routine: letters and numbers by reference, an array by the address of its first entry."""
    _routine(library, name, len(arguments))(*[_PASSED[type(a)](a) for a in arguments])


_PASSED: dict[type, Any] = {
    str: functools.cache(lambda letter: ctypes.byref(ctypes.c_char(letter.encode()))),
    int: lambda number: ctypes.byref(ctypes.c_int(number)),
    float: lambda number: ctypes.byref(ctypes.c_double(number)),
    ctypes.c_int: ctypes.byref,
    np.ndarray: lambda array: array.ctypes.data,
}


def _leading(block: np.ndarray) -> int:
    """Return how many entries lie between two rows."""
    return max(block.strides[0] // block.itemsize, 1) if len(block) > 1 else max(block.shape[1], 1)


def factor(block: np.ndarray) -> int:
    """Overwrite the upper triangle of a block A = L L' by L'; return 0, or the order of the minor that is not positive."""
    info = ctypes.c_int(0)
    if block.size:
        _call("lapack", "dpotrf", "L", len(block), block, _leading(block), info)
    return info.value


def invert(block: np.ndarray) -> None:
    """Overwrite the upper triangle that `factor` left by that of the inverse of A."""
    if block.size:
        _call("lapack", "dpotri", "L", len(block), block, _leading(block), ctypes.c_int(0))


def solve_rows(triangle: np.ndarray, rows: np.ndarray, transposed: bool = False) -> None:
    """Overwrite each row r of `rows` by L^-1 r, or by L^-T r."""
    if rows.size:
        trans, (count, size) = "T" if transposed else "N", rows.shape
        sides = ("L", "L", trans, "N", size, count, 1.0)
        _call("blas", "dtrsm", *sides, triangle, _leading(triangle), rows, _leading(rows))


def solve_columns(triangle: np.ndarray, columns: np.ndarray) -> None:
    """Overwrite each column c of `columns` by L^-1 c."""
    if columns.size:
        size, count = columns.shape
        sides = ("R", "L", "T", "N", count, size, 1.0)
        _call("blas", "dtrsm", *sides, triangle, _leading(triangle), columns, _leading(columns))


def subtract_products(columns: np.ndarray, block: np.ndarray) -> None:
    """Subtract C' C from the upper triangle of a block."""
    if columns.size:
        size, count = columns.shape
        sides = ("L", "N", count, size, -1.0)
        _call("blas", "dsyrk", *sides, columns, _leading(columns), 1.0, block, _leading(block))


def solve_vector(triangle: np.ndarray, vector: np.ndarray, transposed: bool = False) -> None:
    """Overwrite a vector v by L^-1 v, or by L^-T v."""
    if vector.size:
        trans = "T" if transposed else "N"
        _call("blas", "dtrsv", "L", trans, "N", len(vector), triangle, _leading(triangle), vector, 1)


def multiply_vector(triangle: np.ndarray, vector: np.ndarray, transposed: bool = False) -> None:
    """Overwrite a vector v by L v, or by L' v."""
    if vector.size:
        trans = "T" if transposed else "N"
        _call("blas", "dtrmv", "L", trans, "N", len(vector), triangle, _leading(triangle), vector, 1)
