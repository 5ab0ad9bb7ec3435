"""The inverse of a large matrix from its triangle: by LAPACK, or strip by strip in the widest vectors of the processor."""

import numpy as np

from . import _cholesky, _lapack
from ._scratch import Scratch
from ._threads import allowed_threads, in_threads, shares_of
from ._tile_methods import aligned

STRIP = 24  # columns that are made together: three of the widest vectors


def filled_order(size: int) -> int:
    """Return the order of an inverse in memory: filled up to whole strips, and so to whole vectors."""
    return -(-size // STRIP) * STRIP


def inverse_from(triangle: np.ndarray, scratch: Scratch) -> np.ndarray:
    """Return the inverse of A = L L', of which the upper triangle of an array holds L'; both triangles of it.

    It is in memory of `scratch`, to be taken back, and filled up by rows and columns of zeros: see `filled_order`.
    """
    size, order = len(triangle), filled_order(len(triangle))
    result = scratch.lend(order, order)
    if size > _cholesky.SMALL and _cholesky.has_wide_vectors():
        invert_in_strips(triangle, scratch, result)
    else:
        from ._symmetric_numba import mirror

        result[:size, :size] = triangle
        _lapack.invert(result[:size, :size])
        mirror(result)
    result[:, size:] = 0.0
    result[size:] = 0.0
    return result


def invert_in_strips(triangle: np.ndarray, scratch: Scratch, result: np.ndarray) -> None:
    """Set a square of a filled order to the inverse of A, as if A went on as a unit matrix: L^-1 first, strip by strip."""
    from ._inverse_numba import multiply, pack, solve
    from ._products_numba import TALL

    order = len(result)
    place = np.arange(order // STRIP + 1)
    left = order - STRIP * place  # rows from the first of a strip on
    packed = scratch.lend(order * (order + TALL) // 2)
    strips = scratch.lend(STRIP * int(np.sum(left)))
    pack(triangle, packed)

    def solve_share(begin: int, end: int) -> None:
        solve(packed, order, begin, end, aligned(TALL * STRIP), strips)

    def multiply_share(begin: int, end: int) -> None:
        multiply(strips, order, begin, end, aligned(TALL * STRIP), result.reshape(-1))

    for share, work in ((solve_share, left**2), (multiply_share, left * (place + 1))):
        in_threads(share, shares_of(np.concatenate([[0], np.cumsum(work[:-1])]), allowed_threads()))
    scratch.take_back(packed, strips)
