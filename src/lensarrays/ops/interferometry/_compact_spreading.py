"""Sums over visibilities by a non-uniform fast Fourier transform of real numbers."""

import functools
from typing import Any

import numpy as np

from ._compact_spreading_numba import BEFORE, DEGREE, LANES, WIDTH, spread

_DECAY = 2.30 * WIDTH  # of the kernel, for a grid that is twice as fine as needed
_CHUNK = 2**20  # visibilities that are sorted at once: memory does not grow with their number
_ROWS, _COLUMNS = 32, 64  # that are transformed at once: fresh memory for all would take longer than the transform


def half_plane(along_y: Any, along_x: Any, weights: Any, shape: tuple[int, int]) -> np.ndarray:
    """Return the sums of weights cos(c along_x - r along_y) for r = 0 ... ny - 1 and c = 1 - nx ... nx - 1."""
    even = _transform(along_y, along_x, weights, shape, 1.0)
    first = shape[0] - 1
    return np.concatenate([even[first::-1, :0:-1], even[first:]], axis=1)


def whole_plane(along_y: Any, along_x: Any, weights: Any, shifts: Any, shape: tuple[int, int]) -> np.ndarray:
    """Return the sums of weights cos(shift + c along_x - r along_y), for r = 1 - ny ... ny - 1 too."""
    phases = 2 * np.pi * (shifts - np.round(shifts))
    even = _transform(along_y, along_x, weights * np.cos(phases), shape, 1.0)
    odd = _transform(along_y, along_x, weights * np.sin(phases), shape, -1.0)
    return np.concatenate([(even - odd)[::-1, :0:-1], even + odd], axis=1)


def _transform(along_y: Any, along_x: Any, weights: Any, shape: tuple[int, int], parity: float) -> np.ndarray:
    """Return the real (parity 1) or imaginary part (-1) of the sums of weights exp(i (r along_y - c along_x)).

    For r = 1 - ny ... ny - 1 and c = 0 ... nx - 1, phases in cycles; columns c < 0 follow. For one part alone, a point may be
    replaced by the opposite one, so that all are in one half of a real grid: a quarter of the work.
    """
    import scipy.fft

    (ny, nx), periods = shape, _periods(shape)
    columns = _columns(_half_grid(along_y, along_x, weights, parity, periods), nx)
    if parity < 0:
        columns *= -1j
    # The other half of the grid, which follows from this one, makes all modes twice what they are.
    down, right = _correction(periods[0], ny)[:, None], _correction(periods[1], nx) / 2
    result = np.empty((2 * ny - 1, nx))
    for start in range(0, nx, _COLUMNS):
        part = slice(start, start + _COLUMNS)
        modes = scipy.fft.hfft(columns[:, part], periods[0], axis=0)
        np.multiply(modes[:ny], down, out=result[ny - 1 :, part])
        np.multiply(modes[periods[0] - ny + 1 :], down[:0:-1], out=result[: ny - 1, part])
    result *= right
    return result


def _half_grid(along_y: Any, along_x: Any, weights: Any, parity: float, periods: tuple[int, int]) -> np.ndarray:
    """Return rows 0 ... periods[0] / 2 of the even or odd part of what the weights are spread to."""
    rows, width = periods[0] // 2 + 1, periods[1]
    grid = np.zeros((rows - 1 + LANES, width + LANES))
    for start in range(0, along_y.shape[0], _CHUNK):
        part = slice(start, start + _CHUNK)
        # Copies, as Numba would compile its functions again for arrays of JAX, which cannot be written to.
        y, x, weight = (np.array(array[part], dtype=float) for array in (along_y, along_x, weights))
        spread(-y, x, weight, parity, _coefficients(), periods, grid)
    grid[:, :LANES] += grid[:, width:]
    grid = grid[:, :width]
    half, overlap = grid[BEFORE : BEFORE + rows], WIDTH - BEFORE
    # The opposite points are spread to no more of these rows than the first and the last.
    above, below = (_opposite(part) for part in (grid[: BEFORE + 1], grid[BEFORE + rows - 1 : rows - 1 + WIDTH]))
    half[: BEFORE + 1] += parity * above
    half[rows - overlap :] += parity * below
    return half


def _opposite(rows: Any) -> np.ndarray:
    """Return rows at the opposite points: the last one first, and columns 0, -1, -2 ..."""
    return np.concatenate([rows[::-1, :1], rows[::-1, :0:-1]], axis=1)


def _columns(half: np.ndarray, count: int) -> np.ndarray:
    """Return the first columns of the Fourier transform of each row."""
    import scipy.fft

    # Rows that are a power of two apart would share few lines of the cache.
    columns = np.empty((len(half), count + 4), complex)[:, :count]
    for start in range(0, len(half), _ROWS):
        part = slice(start, start + _ROWS)
        columns[part] = scipy.fft.rfft(half[part], axis=1)[:, :count]
    return columns


def _periods(shape: tuple[int, int]) -> tuple[int, int]:
    """Return the rows and columns of the grid: at least twice as many as there are modes, and an even number."""
    from scipy.fft import next_fast_len

    ny, nx = (2 * next_fast_len(max(2 * side - 1, LANES), real=True) for side in shape)
    return ny, nx


def _kernel(distance: Any) -> Any:
    """Return the kernel at distances in units of half its width."""
    return np.exp(_DECAY * (np.sqrt(np.maximum(1.0 - distance**2, 0.0)) - 1.0))


@functools.cache
def _coefficients() -> np.ndarray:
    """Return polynomials of the kernel at each of the cells around a point, in where the point is in its own cell, -1 to 1."""
    from numpy.polynomial import chebyshev

    def fitted(j: int) -> np.ndarray:
        def at_cell(inside: Any) -> Any:
            return _kernel((j + 1 - (inside + 1) / 2) / (WIDTH / 2) - 1)

        return chebyshev.cheb2poly(chebyshev.chebinterpolate(at_cell, DEGREE))[::-1]

    return np.stack([fitted(j) for j in range(WIDTH)])


@functools.lru_cache(maxsize=64)
def _correction(period: int, end: int) -> np.ndarray:
    """Return one over the Fourier transform of the kernel, which is centred, at modes from 0 to before `end`."""
    nodes, weights = np.polynomial.legendre.leggauss(80)
    modes = np.arange(end)
    of_kernel = np.cos(np.pi * WIDTH / period * modes[:, None] * nodes) @ (weights * _kernel(nodes)) * (WIDTH / 2)
    return 1 / of_kernel
