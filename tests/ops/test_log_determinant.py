"""Log determinants of sums of sparse terms, and their derivatives, are those of the dense matrices."""

import jax.numpy as jnp
import numpy as np
import pytest

from lensarrays.ops.inversion._banded_numba import factor_band, set_reach
from lensarrays.ops.inversion._cuthill_mckee_numba import places_in_band
from lensarrays.ops.inversion._terms_numba import add_terms
from lensarrays.ops.inversion.log_determinant import dot_cotangents_from, log_det_and_cotangents_from, log_det_from
from lensarrays.ops.reg.abstract import DenseTerms, SparseTerms, dense_matrix


def chain():
    """Return terms whose matrix is a band once it is ordered: differences of neighbours on 3 x 40 pixels, shuffled, padded."""
    shuffled = np.random.default_rng(5).permutation(120)
    pixel = np.arange(120).reshape(3, 40)
    pairs = np.concatenate(
        [np.stack([a.ravel(), b.ravel()], axis=1) for a, b in ((pixel[:-1], pixel[1:]), (pixel[:, :-1], pixel[:, 1:]))]
    )
    indexes = np.concatenate([shuffled[pairs], np.zeros((len(pairs), 1), dtype=int)], axis=1)
    indexes[::5, 2] = indexes[::5, 1]  # named twice
    values = np.tile([1.0, -0.8, 0.0], (len(pairs), 1))
    values[::5, 2] = 0.3
    return SparseTerms(indexes, values, 1 + np.sin(np.arange(len(pairs))) ** 2, 0.1 + np.cos(np.arange(120.0)) ** 2)


def full():
    """Return terms of few pixels, each with three others."""
    indexes, values = np.arange(48).reshape(12, 4) * 5 % 11, np.cos(np.arange(48.0)).reshape(12, 4)
    return SparseTerms(indexes, values, 1 + np.sin(np.arange(12)) ** 2, np.full(11, 1e-2))


@pytest.mark.parametrize("make", [chain, full])
def test_log_determinants_of_the_host_and_their_derivatives(make):
    terms = make()
    given = [np.array(part) for part in terms[:4]]
    dense = dense_matrix(terms)
    value, of_log_det = log_det_and_cotangents_from(terms)
    exact = np.linalg.slogdet(dense)[1]
    np.testing.assert_allclose([log_det_from(terms), value], exact, rtol=1e-10)
    inverse = np.linalg.inv(dense)
    rows = np.sum(terms.values[..., None] * np.eye(len(dense))[terms.indexes], axis=1)
    weights_bar = np.einsum("es,st,et->e", rows, inverse, rows)
    values_bar = 2 * terms.weights[:, None] * np.take_along_axis(rows @ inverse, terms.indexes, axis=1)
    for bars in (of_log_det, dot_cotangents_from(inverse, terms)):
        np.testing.assert_allclose(bars.weights, weights_bar, rtol=1e-8)
        np.testing.assert_allclose(np.where(terms.values != 0, bars.values - values_bar, 0), 0, atol=1e-8)
        np.testing.assert_allclose(bars.diagonal, np.diagonal(inverse), rtol=1e-8)
    for before, after in zip(given, terms[:4], strict=True):
        np.testing.assert_array_equal(before, after)


def test_terms_are_added_to_a_permuted_upper_triangle():
    terms, matrix = chain(), np.ones((200, 200))
    position = np.random.default_rng(1).permutation(200)[:120]
    position[7] = -1
    add_terms(matrix, *terms[:4], position)
    expected = np.ones((200, 200))
    kept = np.delete(np.arange(120), 7)
    expected[np.ix_(position[kept], position[kept])] += dense_matrix(terms)[np.ix_(kept, kept)]
    np.testing.assert_allclose(np.triu(matrix), np.triu(expected), rtol=1e-12)
    np.testing.assert_array_equal(np.tril(matrix, -1), np.tril(np.ones((200, 200)), -1))


@pytest.mark.parametrize(("weight", "log_det"), [(0.0, -np.inf), (np.nan, np.nan)])
def test_what_is_singular_or_nan_is_flagged(weight, log_det):
    terms = SparseTerms(np.array([[0, 1]]), np.array([[1.0, -1.0]]), np.array([weight]), np.zeros(2))
    value, bars = log_det_and_cotangents_from(terms)
    np.testing.assert_equal([value, log_det_from(terms)], [log_det, log_det])
    assert all(np.isnan(bar).all() for bar in bars)
    assert log_det_from(DenseTerms(np.eye(2), np.asarray(0.5))) == 0.5


def parts():
    """Return terms of two strips of pixels that have nothing to do with each other, and of three pixels without neighbours."""
    terms, others = chain(), 120 + np.random.default_rng(6).permutation(90)
    pairs = np.stack([others[:-1], others[1:], np.zeros(89, dtype=int)], axis=1)
    return SparseTerms(
        np.concatenate([terms.indexes, pairs]),
        np.concatenate([terms.values, np.tile([1.0, -1.0, 0.0], (89, 1))]),
        np.concatenate([terms.weights, np.ones(89)]),
        np.concatenate([terms.diagonal, np.full(93, 0.5)]),
    )


def test_parts_of_a_mesh_are_put_one_after_the_other():
    terms = parts()
    position = places_in_band(terms.indexes, terms.values, 213)
    np.testing.assert_array_equal(np.sort(position), np.arange(213))
    assert set_reach(terms.indexes, terms.values, position, np.empty(213, dtype=np.int64)) <= 6
    np.testing.assert_allclose(log_det_from(terms), np.linalg.slogdet(dense_matrix(terms))[1], rtol=1e-10)


@pytest.mark.parametrize("pixel", [0, 77, 150, 212])
def test_one_pivot_that_is_not_positive_is_found_in_a_band(pixel):
    terms = parts()
    terms.diagonal[pixel] = -1e3
    assert log_det_from(terms) == -np.inf


def test_a_banded_factor_is_that_of_the_matrix():
    rows = np.random.default_rng(2).normal(size=(37, 37))
    rows[np.abs(np.subtract.outer(range(37), range(37))) > 3] = 0
    matrix, band = rows @ rows.T, np.zeros((37, 7))
    for d in range(7):
        band[: 37 - d, d] = np.diagonal(matrix, -d)
    lower = np.linalg.cholesky(matrix)
    bad = band.copy()
    bad[30, 0] = -1.0
    reach = np.minimum(np.arange(37) + 6, 36)
    assert factor_band(band, reach) == 0
    for d in range(7):
        np.testing.assert_allclose(band[: 37 - d, d], np.diagonal(lower, -d), atol=1e-9)
    assert factor_band(bad, reach) == 31


def test_terms_that_are_not_of_one_matrix_on_the_host_are_refused():
    with pytest.raises(TypeError, match=r"`terms` must be SparseTerms of NumPy arrays without .*; call"):
        log_det_from(SparseTerms(*(jnp.asarray(part) for part in chain()[:4])))
    with pytest.raises(TypeError, match=r"but its weights are a ndarray of shape \(1, 197\); call this for each of a batch"):
        dot_cotangents_from(np.eye(120), chain()._replace(weights=np.ones((1, 197))))


def test_matrices_of_any_size_and_band():
    random = np.random.default_rng(0)
    for _ in range(300):
        size, near, width = random.integers(1, 40), random.integers(1, 4), random.integers(1, 4)
        count = random.integers(1, 3 * size + 1)
        first = random.integers(0, size, (count, 1))
        indexes = np.clip(first + random.integers(0, near + 1, (count, width)), 0, size - 1)
        values = random.normal(size=(count, width)) * (random.random((count, width)) > 0.1)
        terms = SparseTerms(indexes, values, random.random(count), random.random(size) + 1e-3)
        exact = np.linalg.slogdet(dense_matrix(terms))[1]
        np.testing.assert_allclose(log_det_from(terms), exact, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(log_det_and_cotangents_from(terms)[0], exact, rtol=1e-12, atol=1e-12)
