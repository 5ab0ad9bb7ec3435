"""Sums over visibilities as products of tables of cosines and sines, which are filled by rotation."""

import math

import numba
import numpy as np

compiled = numba.njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")
# Sums are over visibilities, of which several are done at once: their order may change, though not from one call to the next.
compiled_sum = numba.njit(nogil=True, cache=True, fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")

TILE = 4  # rows, and columns, of a product that are summed at once, in registers: twice as fast as BLAS for small matrices

# The series of sin(2 pi t) / t and cos(2 pi t) in t^2, for |t| <= 1/8: what is left out is below 1e-16.
_SINE = tuple((-1) ** k * (2 * math.pi) ** (2 * k + 1) / math.factorial(2 * k + 1) for k in range(8))
_COSINE = tuple((-1) ** k * (2 * math.pi) ** (2 * k) / math.factorial(2 * k) for k in range(9))


@compiled
def half_plane(along_y, along_x, weights, ny, nx, chunk):
    """Return the sums of weights cos(c along_x - r along_y), shape (ny, 2 nx - 1); phases in cycles, weights (1, k)."""
    total = products(along_y, along_x, weights, ny, nx, chunk)[0]
    result = np.empty((ny, 2 * nx - 1))
    for r in range(ny):
        for c in range(nx):
            even, odd = total[0, r, c], total[1, r, c]
            result[r, nx - 1 - c] = even - odd
            result[r, nx - 1 + c] = even + odd
    return result


@compiled
def products(along_y, along_x, weights, ny, nx, chunk):
    """Return products of cosines and sines of r along_y and c along_x, summed with the weights, (p, 2, ny or more, nx or more).

    Parameters
    ----------
    along_y, along_x : arrays, shape (k,)
        Phases [cycles].
    weights : array, shape (p, k)
        Of the products of cosines with cosines, and sines with sines; a second row is of those of cosines (of rows) with
        sines, and sines with cosines.
    ny, nx : int
        How many r and c, which are 0, 1, ...
    chunk : int
        How many visibilities at once.
    """
    rows, columns = -(-ny // TILE) * TILE, -(-nx // TILE) * TILE
    count = len(along_y)
    totals = np.zeros((len(weights), 2, rows, columns))
    size = min(chunk, count)
    by_row, by_column, ones = np.empty((2, rows, size)), np.empty((2, columns, size)), np.ones(size)
    for start in range(0, count, size):
        stop = min(start + size, count)
        used = stop - start
        set_table(along_y[start:stop], ones[:used], by_row)
        for p in range(len(weights)):
            set_table(along_x[start:stop], weights[p, start:stop], by_column)
            for part in range(2):
                _add_product(by_row[part], by_column[part ^ p], used, totals[p, part])
    return totals


@compiled
def set_table(cycles, weights, table):
    """Set weights times cosine and sine of m = 0, 1, ... times some phases, shape (2, number, k or more).

    The rows up to 2^j, turned by 2^j phases, are the next ones: rounding errors grow with the logarithm of their number.
    """
    size, number = len(cycles), table.shape[1]
    turn_cosines, turn_sines = np.empty(size), np.empty(size)
    table[0, 0, :size], table[1, 0, :size] = weights, 0.0
    done = 1
    while done < number:
        _set_turns(cycles, float(done), turn_cosines, turn_sines)
        for m in range(done, min(2 * done, number)):
            cosines, sines = table[0, m - done], table[1, m - done]
            new_cosines, new_sines = table[0, m], table[1, m]
            for k in range(size):
                new_cosines[k] = cosines[k] * turn_cosines[k] - sines[k] * turn_sines[k]
                new_sines[k] = sines[k] * turn_cosines[k] + cosines[k] * turn_sines[k]
        done *= 2


@compiled
def _set_turns(cycles, factor, cosines, sines):
    """Set the cosine and sine of `factor` times some phases in cycles; the product must be exact, as for powers of two."""
    for k in range(len(cycles)):
        phase = cycles[k] * factor
        phase -= np.rint(phase)
        quarter = np.rint(4.0 * phase)
        rest = phase - 0.25 * quarter
        square = rest * rest
        sine, cosine = _SINE[7], _COSINE[8]
        for j in range(7):
            sine = sine * square + _SINE[6 - j]
        for j in range(8):
            cosine = cosine * square + _COSINE[7 - j]
        sine *= rest
        is_odd, is_half = abs(quarter) == 1.0, abs(quarter) == 2.0
        cosines[k] = (-quarter * sine) if is_odd else (-cosine if is_half else cosine)
        sines[k] = (quarter * cosine) if is_odd else (-sine if is_half else sine)


@compiled_sum
def _add_product(by_row, by_column, used, total):
    """Add by_row @ by_column.T, of the columns that are used; the sides of the result are multiples of TILE."""
    for i in range(0, total.shape[0], TILE):
        a, b, c, d = by_row[i], by_row[i + 1], by_row[i + 2], by_row[i + 3]
        for j in range(0, total.shape[1], TILE):
            e, f, g, h = by_column[j], by_column[j + 1], by_column[j + 2], by_column[j + 3]
            ae = af = ag = ah = be = bf = bg = bh = ce = cf = cg = ch = de = df = dg = dh = 0.0
            for k in range(used):
                ae += a[k] * e[k]
                af += a[k] * f[k]
                ag += a[k] * g[k]
                ah += a[k] * h[k]
                be += b[k] * e[k]
                bf += b[k] * f[k]
                bg += b[k] * g[k]
                bh += b[k] * h[k]
                ce += c[k] * e[k]
                cf += c[k] * f[k]
                cg += c[k] * g[k]
                ch += c[k] * h[k]
                de += d[k] * e[k]
                df += d[k] * f[k]
                dg += d[k] * g[k]
                dh += d[k] * h[k]
            tile = total[i : i + TILE, j : j + TILE]
            tile[0, 0] += ae
            tile[0, 1] += af
            tile[0, 2] += ag
            tile[0, 3] += ah
            tile[1, 0] += be
            tile[1, 1] += bf
            tile[1, 2] += bg
            tile[1, 3] += bh
            tile[2, 0] += ce
            tile[2, 1] += cf
            tile[2, 2] += cg
            tile[2, 3] += ch
            tile[3, 0] += de
            tile[3, 1] += df
            tile[3, 2] += dg
            tile[3, 3] += dh
