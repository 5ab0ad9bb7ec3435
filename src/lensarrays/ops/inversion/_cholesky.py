"""Cholesky factors of large matrices: by LAPACK in small blocks, and by products in the widest vectors of the processor.

The BLAS inside of SciPy does not use the widest vectors of each processor that has them, and then takes half as long again.
Matrices are as in `_lapack`: of A = L L' the upper triangle holds L'.
"""

import functools

import numpy as np

from . import _lapack

OUTER, INNER = 192, 64  # rows that are solved for before the rest is, and before the rest of these is
SMALL, FEW = 256, 30  # rows of a triangle, and rows to solve for, up to which LAPACK is as fast


@functools.cache
def has_wide_vectors() -> bool:
    """Return whether the processor has registers of eight numbers."""
    import llvmlite.binding

    return bool(llvmlite.binding.get_host_cpu_features().get("avx512f", False))


def factor(block: np.ndarray) -> int:
    """Overwrite the upper triangle of a block A = L L' by L'; return 0, or the order of the minor that is not positive."""
    if len(block) > SMALL and has_wide_vectors():
        return factor_by_products(block)
    return _lapack.factor(block)


def solve_rows(triangle: np.ndarray, rows: np.ndarray) -> None:
    """Overwrite each row r of `rows` by L^-1 r."""
    if len(rows) == 1:
        _lapack.solve_vector(triangle, rows[0])
    elif len(triangle) > SMALL and len(rows) > FEW and has_wide_vectors():
        solve_rows_by_products(triangle, rows)
    else:
        _lapack.solve_rows(triangle, rows)


def solve_columns(triangle: np.ndarray, columns: np.ndarray) -> None:
    """Overwrite each column c of `columns` by L^-1 c."""
    if len(triangle) > SMALL and columns.shape[1] > FEW and has_wide_vectors():
        solve_columns_by_products(triangle, columns)
    else:
        _lapack.solve_columns(triangle, columns)


class Products:
    """Products of panels, with memory for panels of a length."""

    def __init__(self, longest: int):
        from ._products_numba import TALL, WIDE, subtract_products

        self._subtract = subtract_products
        self.memory = *np.empty((2, OUTER * (longest + WIDE))), np.empty(TALL * WIDE)

    def subtract(self, left: np.ndarray, right: np.ndarray, block: np.ndarray, *, upper: bool = False) -> None:
        """Subtract L'R from a block, or from its upper triangle and a few entries below it."""
        if block.size:
            self._subtract(left, right, block, upper, *self.memory)


def factor_by_products(block: np.ndarray) -> int:
    """Do as `factor`."""
    from ._factor_numba import factor

    return int(factor(block, *Products(len(block)).memory))


def solve_rows_by_products(triangle: np.ndarray, rows: np.ndarray) -> None:
    """Do as `solve_rows`."""
    size, products = len(triangle), Products(max(len(triangle), len(rows)))
    for first in range(0, size, OUTER):
        last = min(first + OUTER, size)
        for start in range(first, last, INNER):
            stop = min(start + INNER, last)
            _lapack.solve_rows(triangle[start:stop, start:stop], rows[:, start:stop])
            panel = np.ascontiguousarray(rows[:, start:stop].T)
            products.subtract(panel, triangle[start:stop, stop:last], rows[:, stop:last])
        panel = np.ascontiguousarray(rows[:, first:last].T)
        products.subtract(panel, triangle[first:last, last:], rows[:, last:])


def solve_columns_by_products(triangle: np.ndarray, columns: np.ndarray) -> None:
    """Do as `solve_columns`."""
    size, products = len(triangle), Products(len(triangle))
    for first in range(0, size, OUTER):
        last = min(first + OUTER, size)
        for start in range(first, last, INNER):
            stop = min(start + INNER, last)
            _lapack.solve_columns(triangle[start:stop, start:stop], columns[start:stop])
            products.subtract(triangle[start:stop, stop:last], columns[start:stop], columns[stop:last])
        products.subtract(triangle[first:last, last:], columns[first:last], columns[last:])
