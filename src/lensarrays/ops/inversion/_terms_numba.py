"""What Numba compiles for regularisation matrices that are sums of sparse terms: H = sum over e of w_e v_e v_e' + diag."""

import numba

compiled = numba.njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")


@compiled
def add_terms(matrix, indexes, values, weights, diagonal, position):
    """Add H to the upper triangle of a matrix, in place: mesh pixel i at row `position[i]`, or nowhere if negative.

    Parameters
    ----------
    matrix : array of float64, shape (t, t), of any strides
    indexes : array of int, shape (e, k)
        One pixel may be named several times: what it has adds up.
    values : array of float64, shape (e, k)
    weights : array of float64, shape (e,)
    diagonal : array of float64, shape (s,)
    position : array of int, shape (s,)
    """
    terms, width = values.shape
    for e in range(terms):
        weight = weights[e]
        if weight == 0:
            continue
        for a in range(width):
            first = position[indexes[e, a]]
            value = weight * values[e, a]
            if value == 0 or first < 0:
                continue
            matrix[first, first] += value * values[e, a]
            for b in range(a):
                second = position[indexes[e, b]]
                product = value * values[e, b]
                if second < 0:
                    continue
                if first < second:
                    matrix[first, second] += product
                elif second < first:
                    matrix[second, first] += product
                else:
                    matrix[first, first] += 2 * product
    for i in range(diagonal.shape[0]):
        row = position[i]
        if row >= 0:
            matrix[row, row] += diagonal[i]


@compiled
def add_times(source, indexes, values, weights, diagonal, result):
    """Add H s to `result`, for a source s; arrays are as for `add_terms`, the first and the last of shape (s,)."""
    terms, width = values.shape
    for e in range(terms):
        slope = 0.0
        for a in range(width):
            slope += values[e, a] * source[indexes[e, a]]
        slope *= weights[e]
        for a in range(width):
            result[indexes[e, a]] += values[e, a] * slope
    for i in range(len(diagonal)):
        result[i] += diagonal[i] * source[i]


@compiled
def dot_bar(symmetric, indexes, values, weights, values_bar, weights_bar, diagonal_bar):
    """Set the derivatives of the sum over i, j of Q[i, j] H[i, j] by what H is made of, for a symmetric matrix Q.

    That of `values[e, a]` is 2 w_e (Q v_e)_a, that of `weights[e]` is v_e' Q v_e, that of `diagonal` the diagonal of Q.

    Parameters
    ----------
    symmetric : array of float64, shape (s, s)
    indexes : array of int, shape (e, k)
    values : array of float64, shape (e, k)
    weights : array of float64, shape (e,)
    values_bar, weights_bar, diagonal_bar : arrays of float64, shapes (e, k), (e,), (s,)
        What is set.
    """
    terms, width = values.shape
    for e in range(terms):
        total = 0.0
        for a in range(width):
            row = indexes[e, a]
            product = 0.0
            for b in range(width):
                if values[e, b] != 0:
                    product += symmetric[row, indexes[e, b]] * values[e, b]
            values_bar[e, a] = 2 * weights[e] * product
            total += values[e, a] * product
        weights_bar[e] = total
    for i in range(diagonal_bar.shape[0]):
        diagonal_bar[i] = symmetric[i, i]
