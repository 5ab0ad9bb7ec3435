"""Cholesky factors by products in wide vectors: they agree with NumPy, stay within their block, and say which minor is bad."""

import numpy as np
import pytest

from lensarrays.ops.inversion import _cholesky, _inverse, _lapack
from lensarrays.ops.inversion._scratch import Scratch


def block_of_larger(size, seed=0):
    """Return a positive definite matrix, and an array with its upper triangle in one corner and NaN elsewhere."""
    rows = np.random.default_rng(seed).normal(size=(size + 10, size))
    matrix = rows.T @ rows
    larger = np.full((size + 3, size + 5), np.nan)
    larger[:size, :size] = matrix
    return matrix, larger


@pytest.mark.parametrize("size", [1, 23, 32, 33, 200, 421])
def test_factor_rows_and_inverse(size):
    matrix, larger = block_of_larger(size)
    block = larger[:size, :size]
    assert _cholesky.factor_by_products(block) == 0
    lower = np.linalg.cholesky(matrix)
    np.testing.assert_allclose(np.triu(block), lower.T, atol=1e-11 * size)
    assert np.all(np.isnan(larger[size:]))
    assert np.all(np.isnan(larger[:, size:]))
    rows = np.random.default_rng(1).normal(size=(7, size))
    expected = np.linalg.solve(lower, rows.T).T
    _cholesky.solve_rows_by_products(block, rows)
    np.testing.assert_allclose(rows, expected, rtol=1e-8, atol=1e-8)
    scratch = Scratch()
    inverse = scratch.lend(*[_inverse.filled_order(size)] * 2)
    _inverse.invert_in_strips(block, scratch, inverse)
    np.testing.assert_array_equal(inverse, inverse.T)
    inverse = inverse[:size, :size]
    np.testing.assert_allclose(inverse @ matrix, np.eye(size), atol=1e-7)


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("bad", [5, 40, 230, 299])
def test_the_first_minor_that_is_not_positive_is_named(bad, wide, monkeypatch):
    monkeypatch.setattr(_cholesky, "has_wide_vectors", lambda: wide)
    _, larger = block_of_larger(300)
    larger[bad, bad] = -1.0
    assert _cholesky.factor(larger[:300, :300]) == bad + 1


def test_processors_without_wide_vectors_get_the_same(monkeypatch):
    results = []
    for wide in (False, True):
        monkeypatch.setattr(_cholesky, "has_wide_vectors", lambda wide=wide: wide)
        block, rows = block_of_larger(300)[1][:300, :300].copy(), np.ones((40, 300))
        assert _cholesky.factor(block) == 0
        _cholesky.solve_rows(block, rows)
        results.append((np.triu(block), rows, _inverse.inverse_from(block, Scratch())))
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-10)


def test_blocks_of_nothing():
    nothing = np.zeros((0, 0))
    assert _cholesky.factor(nothing) == 0
    _cholesky.solve_rows(nothing, np.zeros((3, 0)))
    assert _inverse.inverse_from(nothing, Scratch()).shape == (0, 0)
    _lapack.solve_vector(nothing, np.zeros(0))
