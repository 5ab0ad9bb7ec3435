"""The source pixels that a positive solution holds at zero: what they add to a factor that knows nothing of them."""

import numpy as np

from . import _cholesky, _lapack

AT_ONCE = 64  # pixels whose columns are computed together


class Pinned:
    """The rows y_j = L^-1 e_j of all pixels j that were at zero so far, and their products.

    Attributes
    ----------
    number : array of int, shape (m,)
        Which row belongs to each place; -1 for none.
    gram : array, shape (c, c)
        y_i y_j, an entry of the inverse of L L'.
    against : array, shape (c, g + 1)
        y_j Y', for the rows Y of light and data.
    """

    def __init__(self, triangle: np.ndarray, reduced: np.ndarray):
        self.triangle, self.reduced = triangle, reduced
        self.number = np.full(len(triangle), -1)
        self.blocks: list[tuple[int, np.ndarray]] = []  # (first place, rows from there on)
        self.gram, self.against = np.empty((0, 0)), np.empty((0, len(reduced)))

    def add(self, places: np.ndarray) -> None:
        """Add rows: late places are cheap, as a row is zero before its place."""
        known, total = len(self.gram), len(self.gram) + len(places)
        gram, against = np.empty((total, total)), np.empty((total, len(self.reduced)))
        gram[:known, :known], against[:known] = self.gram, self.against
        self.gram, self.against = gram, against
        places = np.sort(places)
        self.number[places] = np.arange(known, total)
        for k in range(0, len(places), AT_ONCE):
            self._add_block(places[k : k + AT_ONCE], known + k)

    def _add_block(self, places: np.ndarray, known: int) -> None:
        start, count = int(places[0]), len(places)
        rows = np.zeros((count, len(self.triangle) - start))
        rows[np.arange(count), places - start] = 1.0
        _cholesky.solve_rows(self.triangle[start:, start:], rows)
        self.blocks.append((start, rows))
        own = slice(known, known + count)
        self.against[own] = rows @ self.reduced[:, start:].T
        at = 0
        for other, block in self.blocks:
            first = max(start, other)
            products = rows[:, first - start :] @ block[:, first - other :].T
            self.gram[own, at : at + len(block)], self.gram[at : at + len(block), own] = products, products.T
            at += len(block)

    def combined(self, factors: np.ndarray) -> np.ndarray:
        """Return sums (..., m) of rows, times factors (..., c)."""
        result, at = np.zeros((*factors.shape[:-1], len(self.triangle))), 0
        for start, rows in self.blocks:
            result[..., start:] += factors[..., at : at + len(rows)] @ rows
            at += len(rows)
        return result

    def products(self, rows: np.ndarray) -> np.ndarray:
        """Return the products (..., c) of rows (..., m) with those kept here."""
        return np.concatenate([rows[..., :0], *(rows[..., start:] @ block.T for start, block in self.blocks)], axis=-1)


class Held:
    """The factor K K' of `gram` for the pixels that are at zero now.

    Attributes
    ----------
    places : array of int, shape (k,)
    at_zero : array of bool, shape (m,)
    """

    def __init__(self, pinned: Pinned, at_zero: np.ndarray):
        self.pinned, self.at_zero = pinned, at_zero
        (self.places,) = np.nonzero(at_zero)
        missing = self.places[pinned.number[self.places] < 0]
        if len(missing):
            pinned.add(missing)
        self.chosen = pinned.number[self.places]
        self.factor = pinned.gram[self.chosen].T[self.chosen]  # two steps along rows are faster than one with both
        self.is_singular = _lapack.factor(self.factor) > 0
        self.against = pinned.against[self.chosen]
        _lapack.solve_columns(self.factor, self.against)  # K^-1 y_j Y'

    def combined(self, factors: np.ndarray) -> np.ndarray:
        """Return sums (..., m) of the rows of these pixels, times factors (..., k)."""
        every = np.zeros((*factors.shape[:-1], len(self.pinned.gram)))
        every[..., self.chosen] = factors
        return self.pinned.combined(every)

    def projected(self, rows: np.ndarray) -> np.ndarray:
        """Return rows (r, m) less their parts along the rows of these pixels."""
        factors = np.ascontiguousarray(self.pinned.products(rows)[:, self.chosen])
        _lapack.solve_rows(self.factor, factors)
        _lapack.solve_rows(self.factor, factors, transposed=True)
        return rows - self.combined(factors)
