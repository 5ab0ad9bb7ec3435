"""The terms of the evidence and the linear system: their formulas on every library, derivatives, and what has no evidence."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from array_api_extra.testing import assert_close, lazy_xp_function

from lensarrays import Array2D
from lensarrays.ops.inversion import (
    EvidenceTerms,
    chi_squared_from,
    curvature_matrix_from,
    data_vector_from,
    log_determinant_from,
    noise_normalization_from,
    regularization_term_from,
)

lazy_xp_function(chi_squared_from)
lazy_xp_function(noise_normalization_from)
lazy_xp_function(regularization_term_from)
lazy_xp_function(log_determinant_from)
lazy_xp_function(data_vector_from)

random = np.random.default_rng(1)
MAPPING = random.uniform(size=(2, 11, 4))
IMAGE = random.normal(size=(2, 11))
NOISE = random.uniform(0.5, 2.0, size=11)
MATRIX = np.stack([np.eye(4) + 0.3, np.diag([1.0, 2.0, 3.0, 4.0]) - 0.1])


def test_terms_follow_their_formulas(xp):
    image, noise, values = xp.asarray(IMAGE), xp.asarray(NOISE), xp.asarray(IMAGE[:, :4])
    assert_close(chi_squared_from(image, noise), xp.asarray(np.sum((IMAGE / NOISE) ** 2, axis=-1)), rtol=1e-13)
    assert_close(noise_normalization_from(noise), xp.asarray(np.sum(np.log(2 * np.pi * NOISE**2))), rtol=1e-13)
    smooth = np.einsum("bi,bij,bj->b", IMAGE[:, :4], MATRIX, IMAGE[:, :4])
    assert_close(regularization_term_from(values, xp.asarray(MATRIX)), xp.asarray(smooth), rtol=1e-13)
    assert_close(log_determinant_from(xp.asarray(MATRIX)), xp.asarray(np.linalg.slogdet(MATRIX)[1]), rtol=1e-13)


def test_linear_system_follows_its_formulas(xp):
    mapping, image, noise = xp.asarray(MAPPING), xp.asarray(IMAGE), xp.asarray(NOISE)
    vector = np.einsum("bnp,bn->bp", MAPPING, IMAGE / NOISE**2)
    assert_close(data_vector_from(mapping, image, noise), xp.asarray(vector), rtol=1e-12)
    curvature = np.einsum("bnp,bnq,n->bpq", MAPPING, MAPPING, NOISE**-2.0)
    assert_close(curvature_matrix_from(mapping, noise), xp.asarray(curvature), rtol=1e-12)
    added = curvature_matrix_from(
        mapping, noise, no_regularization_index_list=[0, 2], no_regularization_add_to_curvature_diag_value=0.5
    )
    assert_close(added, xp.asarray(curvature + np.diag([0.5, 0.0, 0.5, 0.0])), rtol=1e-12)


def test_images_may_be_structures():
    image, noise = Array2D.full(2.0, shape_native=(2, 2), pixel_scales=0.1), Array2D.full(0.5, (2, 2), 0.1)
    assert chi_squared_from(image, noise) == 64.0
    np.testing.assert_array_equal(data_vector_from(np.eye(4), image, noise), np.full(4, 8.0))


def test_evidence_of_a_real_inversion():
    """The terms of autolens 2026.10.26.1 for two linear light profiles, and its log likelihood."""
    terms = EvidenceTerms(24761.40812394, 0.0, 0.0, 0.0, -6333.52608019)
    np.testing.assert_allclose([terms.log_likelihood, terms.log_evidence], -9213.94102187, atol=1e-7)


def test_likelihoods_are_sums_of_the_terms(xp):
    terms = EvidenceTerms(*(xp.asarray([value, 2.0 * value]) for value in (10.0, 2.0, 7.0, 3.0, -30.0)))
    assert_close(terms.log_evidence, xp.asarray([7.0, 14.0]))
    assert_close(terms.log_likelihood, xp.asarray([10.0, 20.0]))
    assert_close(terms.log_likelihood_with_regularization, xp.asarray([9.0, 18.0]))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_an_evidence_is_never_nan(bad):
    for k in range(5):
        values = [1.0] * 5
        values[k] = bad
        assert EvidenceTerms(*values).log_evidence == -np.inf
    gradient = jax.grad(lambda v: EvidenceTerms(v * bad, 1.0, 1.0, 1.0, v).log_evidence)(1.0)
    assert not np.isfinite(gradient) or gradient == 0.0
    assert jax.grad(lambda v: EvidenceTerms(1.0, v, bad, 1.0, 1.0).log_evidence)(1.0) == 0.0


def test_derivative_of_a_log_determinant_is_the_inverse():
    def along(matrix, direction):
        return jax.jvp(log_determinant_from, (matrix,), (direction,))[1]

    direction = np.stack([np.eye(4)[:, ::-1], MATRIX[0]])
    expected = np.einsum("bij,bji->b", np.linalg.inv(MATRIX), direction)
    np.testing.assert_allclose(jax.jit(along)(MATRIX, direction), expected, rtol=1e-12)
    gradient = jax.jit(jax.grad(lambda m: jnp.sum(log_determinant_from(m))))(MATRIX)
    np.testing.assert_allclose(gradient, np.linalg.inv(MATRIX), rtol=1e-12)


def test_a_matrix_without_a_log_determinant_is_refused_and_under_jit_minus_infinity(xp):
    bad = np.stack([np.eye(2), np.asarray([[1.0, 2.0], [2.0, 1.0]])])
    if "jax" not in xp.__name__:
        with pytest.raises(ValueError, match="`matrix` must be positive definite, but 1 of 2 have no Cholesky factor"):
            log_determinant_from(xp.asarray(bad))
        with pytest.raises(ValueError, match="`matrix` must be finite, but has 1 of 4 values NaN"):
            log_determinant_from(xp.asarray(np.asarray([[1.0, 0.0], [np.nan, 1.0]])))
        return
    np.testing.assert_array_equal(log_determinant_from(jnp.asarray(bad)), [0.0, -np.inf])
    gradient = jax.jit(jax.grad(lambda m: jnp.sum(log_determinant_from(m))))(jnp.asarray(bad))
    assert np.all(np.isfinite(gradient))
    np.testing.assert_array_equal(gradient[0], np.eye(2))


def test_arguments_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="`noise_map` must be positive, but has 1 of 11 values zero or negative"):
        chi_squared_from(IMAGE, np.where(np.arange(11) == 3, 0.0, NOISE))
    with pytest.raises(ValueError, match=r"`residual_map` must have shape \(\.\.\., 11\), as `noise_map` has"):
        chi_squared_from(IMAGE[:, :5], NOISE)
    with pytest.raises(ValueError, match="`reconstruction` must have shape"):
        regularization_term_from(IMAGE, MATRIX)
    with pytest.raises(ValueError, match="`matrix` must be square"):
        log_determinant_from(MAPPING)
    with pytest.raises(TypeError, match="`matrix` must be of floating-point numbers, but has dtype int64"):
        log_determinant_from(np.eye(2, dtype=np.int64))
    with pytest.raises(ValueError, match=r"`blurred_mapping_matrix` must have shape \(\.\.\., 11, p\)"):
        data_vector_from(MAPPING[:, :3], IMAGE, NOISE)
    with pytest.raises(ValueError, match="`image` must have shape"):
        data_vector_from(MAPPING, IMAGE[:, :3], NOISE)
    with pytest.raises(ValueError, match=r"`no_regularization_index_list` must name columns .* but names 4"):
        curvature_matrix_from(MAPPING, NOISE, no_regularization_index_list=[4])
    with pytest.raises(ValueError, match="`no_regularization_add_to_curvature_diag_value` must be zero or positive"):
        curvature_matrix_from(
            MAPPING, NOISE, no_regularization_index_list=[0], no_regularization_add_to_curvature_diag_value=-1.0
        )
