"""The products of a few long rows with each other; the BLAS of NumPy does not use the widest vectors of every processor."""

import numpy as np

from ._cholesky import has_wide_vectors


def gram(rows: np.ndarray) -> np.ndarray:
    """Return the products (g, g) of rows (g, n) of float64 with each other."""
    if len(rows) < 4 or not has_wide_vectors():
        return rows @ rows.T
    from ._gram_numba import SIDE, set_gram

    result = np.empty((len(rows), len(rows)))
    set_gram(np.ascontiguousarray(rows), np.empty(SIDE * SIDE), result)
    return result
