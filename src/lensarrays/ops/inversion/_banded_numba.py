"""What Numba compiles for banded matrices: filling them, their factor, and the part of their inverse within the band.

A symmetric matrix H of bandwidth b is an array `band` of shape (s, b + 1) with ``band[j, d] = H[j + d, j]``, zero beyond the
end: transposed, that is what LAPACK calls the lower band storage.
"""

import numba
import numpy as np

# Sums may be taken in any order, so that they are computed in full vectors; NaN stays NaN.
compiled = numba.njit(nogil=True, cache=True, fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")

AT_ONCE = 4  # columns that are eliminated together


@compiled
def set_reach(indexes, values, position, reach):
    """Set how far down each column of H may have entries, (s,), the last row at least that of the column before.

    Mesh pixel i is at `position[i]`. Return the largest distance of a row from its column that is reached.
    """
    terms, width = values.shape
    for i in range(len(reach)):
        reach[i] = i
    for e in range(terms):
        low, high = len(reach), -1
        for a in range(width):
            if values[e, a] != 0:
                place = position[indexes[e, a]]
                low, high = min(low, place), max(high, place)
        if high >= 0:
            reach[low] = max(reach[low], high)
    largest = 0
    for i in range(len(reach)):
        largest = max(largest, reach[i] - i)
        if i:
            reach[i] = max(reach[i], reach[i - 1])
    return largest


@compiled
def fill_band(band, indexes, values, weights, diagonal, position):
    """Add the sum of terms, sum over e of w_e v_e v_e' + diag, to a band that is zero."""
    terms, width = values.shape
    for e in range(terms):
        for a in range(width):
            value = weights[e] * values[e, a]
            if values[e, a] == 0:
                continue
            first = position[indexes[e, a]]
            band[first, 0] += value * values[e, a]
            for b in range(a):
                if values[e, b] != 0:
                    second = position[indexes[e, b]]
                    product = value * values[e, b]
                    if first == second:
                        band[first, 0] += 2 * product
                    else:
                        band[min(first, second), abs(first - second)] += product
    for i in range(diagonal.shape[0]):
        band[position[i], 0] += diagonal[i]


@compiled
def factor_band(band, reach):
    """Overwrite a band of A = L L' by that of L; return 0, or the order of the leading minor that is not positive.

    Columns reach down to the rows `reach`, (s,), also of L, as these never fall. So many are eliminated at a time that what
    lies right of them is loaded and stored seldom.
    """
    size, width = band.shape
    panel = np.empty((AT_ONCE, width))
    for first in range(0, size, AT_ONCE):
        after = min(first + AT_ONCE, size)
        far = reach[after - 1]
        minor = _factor_columns(band, first, after, far)
        if minor:
            return minor
        if after > far:
            continue
        length = far - after + 1
        for k in range(AT_ONCE):
            ahead = after - first - k
            own = max(min(length, width - ahead), 0)  # a narrow band does not reach that far
            panel[k, :own] = band[first + k, ahead : ahead + own]
            panel[k, own:length] = 0.0
        a, b, c, d = panel[0], panel[1], panel[2], panel[3]
        for i in range(length):
            column = band[after + i]
            of_a, of_b, of_c, of_d = a[i], b[i], c[i], d[i]
            for k in range(length - i):
                column[k] -= of_a * a[i + k] + of_b * b[i + k] + of_c * c[i + k] + of_d * d[i + k]
    return 0


@compiled
def _factor_columns(band, first, after, far):
    """Do so for the columns from `first` to before `after`, which reach down to row `far` at most."""
    for j in range(first, after):
        if not band[j, 0] > 0:
            return j + 1
        root = np.sqrt(band[j, 0])
        reciprocal, length = 1 / root, min(far - j, band.shape[1] - 1)
        band[j, 0] = root
        for d in range(1, length + 1):
            band[j, d] *= reciprocal
        for t in range(1, min(after - j, length + 1)):
            for d in range(length - t + 1):
                band[j + t, d] -= band[j, t] * band[j, t + d]
    return 0


@compiled
def select_inverse(factor, inverse):
    """Set `inverse` to the band of the inverse of L L', where `factor` is the band of L.

    Column j follows from the next b columns: Z l = -Z_j for what is below the diagonal, with l that part of column j of L over
    the diagonal entry. The b x b part of Z that this takes is kept in `window`, where row i is at i modulo b: a step replaces
    one row and one column, and moves nothing.

    References
    ----------
    Takahashi, Fagan and Chin 1973; Erisman and Tinney 1975, Communications of the ACM 18, 177.
    """
    size, b = factor.shape[0], factor.shape[1] - 1
    window, column, product = np.zeros((b, b)), np.zeros(b), np.zeros(b)
    for j in range(size - 1, -1, -1):
        reciprocal = 1 / factor[j, 0]
        total = reciprocal * reciprocal
        here = j % b if b else 0
        for d in range(1, b + 1):
            place = here + d if here + d < b else here + d - b
            column[place] = factor[j, d] * reciprocal
        for row in range(b):
            part = 0.0
            for k in range(b):
                part += window[row, k] * column[k]
            product[row] = -part
            total += column[row] * part
        for d in range(1, b + 1):
            place = here + d if here + d < b else here + d - b
            inverse[j, d] = product[place]
            window[here, place] = product[place]
            window[place, here] = product[place]
        inverse[j, 0] = total
        if b:
            window[here, here] = total


@compiled
def band_dot_bar(band, indexes, values, weights, position, values_bar, weights_bar, diagonal_bar):
    """Set the derivatives of the sum over i, j of Q[i, j] H[i, j] by what H is made of, for the band of a symmetric matrix Q.

    Entries of value zero are taken for padding, which may lie outside of the band: their derivative is zero.
    """
    terms, width = values.shape
    for e in range(terms):
        total = 0.0
        for a in range(width):
            product = 0.0
            if values[e, a] != 0:
                first = position[indexes[e, a]]
                for b in range(width):
                    if values[e, b] != 0:
                        second = position[indexes[e, b]]
                        product += band[min(first, second), abs(first - second)] * values[e, b]
            values_bar[e, a] = 2 * weights[e] * product
            total += values[e, a] * product
        weights_bar[e] = total
    for i in range(diagonal_bar.shape[0]):
        diagonal_bar[i] = band[position[i], 0]
