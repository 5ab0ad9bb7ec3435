"""W-tilde by products of matrices: exact, on any array library."""

from dataclasses import dataclass
from typing import Any, final

import jax
import numpy as np

from ... import _check
from ..._backend import namespace
from ..._loops import fold_rows

# Visibilities at once on the host, at least, and the entries of a table for which there are more: tables are then in the cache,
# and memory for them comes from what the process has already.
_AT_ONCE, _ENTRIES = 128, 7168


@jax.tree_util.register_static
@dataclass(frozen=True)
@final
class MatrixProducts:
    """Sum over visibilities by products of a table for rows and a table for columns: exact, and differentiable.

    The cosine of a sum of two phases is a product of cosines less one of sines, so the sums over K visibilities at all offsets
    of up to ny rows and nx columns are two products of matrices (ny, K) and (K, nx). The tables are made for some visibilities
    at a time; for NumPy arrays by Numba, by rotations of one, two, four, ... offsets. The error is 1e-15 of the largest value.

    That takes 4 K ny nx operations, so for very many visibilities `HalfPlaneNUFFT` is faster.

    Parameters
    ----------
    chunk_bytes : int
        The memory for the tables [bytes].

    Examples
    --------
    >>> import lensarrays as la
    >>> la.interferometry.MatrixProducts()
    MatrixProducts(chunk_bytes=1048576)
    """

    chunk_bytes: int = 2**20

    def __post_init__(self) -> None:
        _check.whole_number(self.chunk_bytes, "chunk_bytes", at_least=1)

    def sums(self, along_y: Any, along_x: Any, weights: Any, shifts: Any, shape: tuple[int, int]) -> Any:
        """Return the sums over visibilities; see `CompactMethod`."""
        chunk = min(max(self.chunk_bytes // (16 * sum(shape)), 16), along_y.shape[0])
        on_host = all(isinstance(array, np.ndarray) or array is None for array in (along_y, along_x, weights, shifts))
        if shifts is None:
            if on_host:
                return _half_plane_on_host(along_y, along_x, weights, shape, chunk)
            (total,) = _products(along_y, along_x, (weights,), shape, chunk)
            return _mirrored(total[0, :, :], total[1, :, :])
        cosines, sines = _cosine_and_sine(shifts, xp=namespace(shifts))
        parts = (weights * cosines, weights * sines)
        totals = (_products_on_host if on_host else _products)(along_y, along_x, parts, shape, chunk)
        cosine_cosine, sine_sine = totals[0][0, :, :], totals[0][1, :, :]  # of rows, of columns
        cosine_sine, sine_cosine = totals[1][0, :, :], totals[1][1, :, :]
        below = _mirrored(cosine_cosine + sine_cosine, sine_sine - cosine_sine)
        above = _mirrored(cosine_cosine - sine_cosine, -sine_sine - cosine_sine)
        return namespace(below).concat([above[:0:-1, :], below], axis=0)


def _mirrored(even: Any, odd: Any) -> Any:
    """Return the columns 1 - nx ... nx - 1 of even + odd, of which those from 0 are given."""
    xp = namespace(even)
    return xp.concat([(even - odd)[:, :0:-1], even + odd], axis=1)


def _half_plane_on_host(along_y: Any, along_x: Any, weights: Any, shape: tuple[int, int], chunk: int) -> np.ndarray:
    from ._compact_products_numba import half_plane

    y, x = np.ascontiguousarray(along_y, dtype=float), np.ascontiguousarray(along_x, dtype=float)
    weight = np.ascontiguousarray(weights[None, :], dtype=float)
    return half_plane(y, x, weight, *shape, min(chunk, _at_once(shape))).astype(along_y.dtype, copy=False)


def _at_once(shape: tuple[int, int]) -> int:
    return max(_AT_ONCE, _ENTRIES // max(shape) // 16 * 16)  # a register or two at a time


def _products_on_host(along_y: Any, along_x: Any, parts: tuple[Any, ...], shape: tuple[int, int], chunk: int) -> Any:
    from ._compact_products_numba import products

    y, x, weights = (np.ascontiguousarray(array, dtype=float) for array in (along_y, along_x, np.stack(parts)))
    totals = products(y, x, weights, *shape, min(chunk, _at_once(shape)))[..., : shape[0], : shape[1]]
    return totals.astype(along_y.dtype, copy=False)


def _products(along_y: Any, along_x: Any, parts: tuple[Any, ...], shape: tuple[int, int], chunk: int) -> tuple[Any, ...]:
    """Return the products in the terms of the array API; JAX compiles one chunk, whatever their number."""
    xp = namespace(along_y, along_x, *parts)

    def of_chunk(y: Any, x: Any, *weights: Any) -> tuple[Any, ...]:
        by_row, by_column = _multiples(y, shape[0], xp=xp), _multiples(x, shape[1], xp=xp)
        orders = (by_column, xp.flip(by_column, axis=0))
        return tuple(by_row @ xp.matrix_transpose(order * weight) for order, weight in zip(orders, weights, strict=False))

    arrays = tuple(xp.asarray(array) for array in (along_y, along_x, *parts))
    missing = -arrays[0].shape[0] % chunk  # visibilities without weight are added
    if missing:
        arrays = tuple(xp.concat([array, xp.zeros((missing,), dtype=array.dtype)]) for array in arrays)
    rows = tuple(xp.reshape(array, (-1, chunk)) for array in arrays)
    zeros = tuple(xp.zeros((2, *shape), dtype=arrays[0].dtype) for _ in parts)
    return fold_rows(
        lambda carry, row: tuple(total + new for total, new in zip(carry, of_chunk(*row), strict=True)), zeros, rows
    )


def _cosine_and_sine(cycles: Any, *, xp: Any) -> tuple[Any, Any]:
    """Return cosine and sine of a phase in cycles, of which whole ones are taken off without rounding."""
    phase = 2 * xp.pi * (cycles - xp.round(cycles))
    return xp.cos(phase), xp.sin(phase)


def _multiples(cycles: Any, number: int, *, xp: Any) -> Any:
    """Return cosines and sines of 0, 1, ... times some phases, (2, number, k)."""
    return xp.stack(_cosine_and_sine(xp.arange(number, dtype=cycles.dtype)[:, None] * cycles, xp=xp))
