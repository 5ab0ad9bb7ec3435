"""What Numba compiles for straight lines between very many points, at many more: a binary search for each takes NumPy long."""

import math

import numba
import numpy as np

compiled = numba.njit(nogil=True, cache=True, error_model="numpy")


@compiled
def line_at(queries, x, y):
    """Return, as `numpy.interp` to the last bit, the line through points of ascending x, (n,), at queries (m,).

    Where to search is looked up first, in bins of one width.
    """
    low, high, bins = x[0], x[-1], 2 * len(x)
    scale = bins / (high - low)
    if not (0 < scale < math.inf):
        scale = 0.0
    # In which bin a number is does not decrease with it, so a query is between points of its own bin, or at their ends.
    first = np.zeros(bins + 1, dtype=np.int64)
    for value in x:
        first[min(int((value - low) * scale), bins - 1) + 1] += 1
    for k in range(bins):
        first[k + 1] += first[k]
    result = np.empty(len(queries))
    for i in range(len(queries)):
        query = queries[i]
        if not low <= query < high:
            result[i] = query if math.isnan(query) else y[0] if query < low else y[-1]
            continue
        own = min(int((query - low) * scale), bins - 1)
        begin, end = first[own], first[own + 1]
        while begin < end:
            middle = (begin + end) // 2
            if x[middle] <= query:
                begin = middle + 1
            else:
                end = middle
        j = begin - 1
        slope = (y[j + 1] - y[j]) / (x[j + 1] - x[j])
        result[i] = y[j] if query == x[j] else slope * (query - x[j]) + y[j]
    return result
