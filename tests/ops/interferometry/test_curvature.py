"""The curvature matrix by W-tilde: all methods against the dense product T' W T, and their derivatives against each other."""

import dataclasses

import array_api_compat
import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lensarrays as la
from lensarrays.ops.interferometry.curvature import curvature_matrix_via_w_tilde_from
from lensarrays.ops.interferometry.methods import DenseWTilde, FourierWTilde, StridedWTilde
from lensarrays.ops.interferometry.w_tilde import WTilde
from lensarrays.ops.mapper import Mapper

PIXELS, K = 13, 3  # of the mesh; entries of a sub-pixel
RNG = np.random.default_rng(9)
ON_HOST = pytest.mark.parametrize("method", [StridedWTilde(), DenseWTilde()], ids=["strided", "dense"])
METHODS = [StridedWTilde(), DenseWTilde(), FourierWTilde(), FourierWTilde(chunk_bytes=10_000), FourierWTilde(chunk_bytes=1)]


def make_mask() -> la.Mask2D:
    """A disc with a hole, cut off by an edge of its image and nearer to two others: a box of 9 by 10 pixels."""
    y, x = np.mgrid[:11, :15]
    return la.Mask2D(((y - 3.5) ** 2 + (x - 8.5) ** 2 > 26) | ((y - 4) ** 2 + (x - 7) ** 2 < 2), pixel_scales=(0.1, 0.12))


MASK = make_mask()
N = MASK.pixels_in_mask
SIZES = la.StaticArray(RNG.integers(1, 4, N))


def make_w_tilde(*, has_hankel: bool) -> WTilde:
    uv = RNG.normal(size=(40, 2)) * 3e5
    real, imaginary = RNG.uniform(0.5, 2.0, (2, 40))
    return WTilde.from_uv_wavelengths(uv, la.Visibilities(real + 1j * (imaginary if has_hankel else real)), MASK)


W, W_EQUAL = make_w_tilde(has_hankel=True), make_w_tilde(has_hankel=False)


def make_mapper(over_sample_size=1, mask=MASK, pixels=PIXELS, batch=()) -> Mapper:
    """A mapper of random entries: some pixels of the mesh come twice in a row, one is not seen, and some weights are zero."""
    sizes = getattr(over_sample_size, "array", over_sample_size)
    m = int(np.sum(np.broadcast_to(sizes, mask.pixels_in_mask) ** 2))
    indexes, weights = RNG.integers(0, pixels - 1, (*batch, m, K)), RNG.normal(size=(*batch, m, K))
    indexes[..., 5, :] = indexes[..., 5, :1]
    weights[..., 7, 1:] = 0.0
    neighbors = np.full((pixels, 1), -1)
    return Mapper(indexes, weights, np.zeros((pixels, 2)), neighbors, None, None, mask, over_sample_size, None, False)


def with_weights(mapper: Mapper, weights) -> Mapper:
    return dataclasses.replace(mapper, weights=weights)


def in_library(tree, xp, dtype=None):
    def converted(leaf):
        return xp.asarray(leaf, dtype=dtype if leaf.dtype.kind == "f" else None)

    return jax.tree_util.tree_map(converted, tree)


def expected_of(w_tilde: WTilde, mapper: Mapper) -> np.ndarray:
    matrix = mapper.mapping_matrix
    return np.swapaxes(matrix, -1, -2) @ w_tilde.dense @ matrix


def assert_near(actual, expected, tolerance=1e-12) -> None:
    np.testing.assert_allclose(np.asarray(actual), expected, rtol=0, atol=tolerance * np.max(np.abs(expected)))


@pytest.mark.parametrize("method", METHODS, ids=["strided", "dense", "fourier", "fourier some", "fourier one"])
@pytest.mark.parametrize("w_tilde", [W, W_EQUAL], ids=["hankel", "equal"])
@pytest.mark.parametrize("over_sample_size", [1, 2, SIZES], ids=["1", "2", "mixed"])
def test_all_methods_are_the_dense_product(method, w_tilde, over_sample_size):
    mapper = make_mapper(over_sample_size)
    curvature = curvature_matrix_via_w_tilde_from(w_tilde, mapper, method=method)
    assert_near(curvature, expected_of(w_tilde, mapper))
    np.testing.assert_array_equal(curvature, curvature.T)


def test_fourier_runs_on_every_library(xp):
    mapper, method = make_mapper(2), FourierWTilde(chunk_bytes=20_000)
    parts = in_library((W, mapper), xp)
    of = (
        jax.jit(curvature_matrix_via_w_tilde_from, static_argnames="method")
        if array_api_compat.is_jax_namespace(xp)
        else curvature_matrix_via_w_tilde_from
    )
    curvature = of(*parts, method=method)
    assert type(curvature) is type(parts[1].weights)
    assert_near(curvature, expected_of(W, mapper))


@ON_HOST
def test_jax_calls_the_host_under_jit_and_vmap_and_for_batches(method):
    mappers = make_mapper(2, batch=(2, 1))
    w_tildes = jax.tree_util.tree_map(lambda leaf: np.stack([leaf, 2 * leaf, 3 * leaf]), W)
    expected = np.arange(1, 4)[:, None, None] * expected_of(W, mappers)

    @jax.jit
    def of(w_tilde, mapper):
        return curvature_matrix_via_w_tilde_from(w_tilde, mapper, method=method)

    assert_near(curvature_matrix_via_w_tilde_from(w_tildes, mappers, method=method), expected)
    assert_near(of(w_tildes, mappers), expected)
    weights = jnp.asarray(mappers.weights[:, 0])
    one = dataclasses.replace(mappers, indexes=mappers.indexes[0, 0], weights=mappers.weights[0, 0])
    mapped = jax.vmap(lambda weights: of(W, with_weights(one, weights)))(weights)
    for k in range(2):
        assert_near(mapped[k], expected_of(W, with_weights(one, mappers.weights[k, 0])))


def test_fourier_takes_batches():
    mappers = make_mapper(batch=(2,))
    curvature = curvature_matrix_via_w_tilde_from(W, mappers, method=FourierWTilde(chunk_bytes=20_000))
    assert_near(curvature, expected_of(W, mappers))


@pytest.mark.parametrize(
    ("method", "w_tilde", "size"),
    [
        (StridedWTilde(), W, 2),
        (StridedWTilde(), W_EQUAL, 1),
        (DenseWTilde(), W, 1),
        (DenseWTilde(), W_EQUAL, 2),
    ],
    ids=["strided hankel", "strided equal", "dense hankel", "dense equal"],
)
def test_the_derivative_of_the_host_by_the_mapping_table(method, w_tilde, size):
    mapper, factors = make_mapper(size), RNG.normal(size=(PIXELS, PIXELS))

    def of(weights):
        curvature = curvature_matrix_via_w_tilde_from(w_tilde, with_weights(mapper, weights), method=method)
        return jnp.sum(factors * curvature)

    # dL/dT = W T (C + C'), and each entry of T is seen through the part that a sub-pixel is of its pixel.
    slopes = w_tilde.dense @ mapper.mapping_matrix @ (factors + factors.T)
    expected = np.take_along_axis(np.repeat(slopes, size**2, axis=0), mapper.indexes, axis=-1) / size**2
    assert_near(jax.jit(jax.grad(of))(jnp.asarray(mapper.weights)), expected)


def test_a_curvature_that_is_not_used_has_no_derivative():
    mapper = make_mapper()

    def of(weights):
        curvature = curvature_matrix_via_w_tilde_from(W, with_weights(mapper, weights))
        return jnp.sum(weights), curvature

    slopes, _ = jax.jit(jax.grad(of, has_aux=True))(jnp.asarray(mapper.weights))
    np.testing.assert_array_equal(slopes, 1.0)


def test_fourier_is_differentiable_by_all_in_both_directions():
    mapper, other = make_mapper(), make_w_tilde(has_hankel=True)
    method = FourierWTilde(chunk_bytes=20_000)

    def of(w_tilde, weights):
        return curvature_matrix_via_w_tilde_from(w_tilde, with_weights(mapper, weights), method=method)

    at = in_library((W, mapper.weights), jnp)
    along = in_library((other, mapper.weights[::-1]), jnp)
    forward = jax.jit(lambda *parts: jax.jvp(of, at, parts)[1])(*along)
    both = mapper.mapping_matrix, with_weights(mapper, mapper.weights[::-1]).mapping_matrix
    mixed = both[0].T @ W.dense @ both[1]
    assert_near(forward, expected_of(other, mapper) + mixed + mixed.T)
    cotangent = jnp.asarray(RNG.normal(size=(PIXELS, PIXELS)))
    reverse = jax.jit(lambda cotangent: jax.vjp(of, *at)[1](cotangent))(cotangent)
    products = jax.tree_util.tree_map(lambda a, b: jnp.sum(a * b), reverse, along)
    assert_near(sum(jax.tree_util.tree_leaves(products)), np.sum(cotangent * forward))


def test_reverse_mode_of_fourier_keeps_no_columns():
    mask = la.Mask2D.all_false((40, 50), pixel_scales=0.1)
    w_tilde = WTilde.from_compact(RNG.normal(size=(40, 99)), mask).with_spectrum()

    def memory(pixels):
        mapper = make_mapper(mask=mask, pixels=pixels)

        def of(weights):
            curvature = curvature_matrix_via_w_tilde_from(w_tilde, with_weights(mapper, weights), method=FourierWTilde(1))
            return jnp.sum(curvature**2)

        return jax.jit(jax.grad(of)).lower(mapper.weights).compile().memory_analysis().temp_size_in_bytes

    few, many = 20, 60
    assert memory(many) - memory(few) < 0.2 * 8 * mask.pixels_in_mask * (many - few)


@pytest.mark.parametrize("method", METHODS[:3], ids=["strided", "dense", "fourier"])
def test_float32_stays_so(method):
    mapper = make_mapper(2)
    expected = expected_of(W, mapper)
    for xp in (np,) if isinstance(method, FourierWTilde) else (np, jnp):
        parts = in_library((W, mapper), xp, np.float32)
        curvature = curvature_matrix_via_w_tilde_from(*parts, method=method)
        assert curvature.dtype == np.float32
        assert_near(curvature, expected, 2e-6)


@ON_HOST
def test_derivatives_that_the_host_does_not_have_are_refused(method):
    mapper = in_library(make_mapper(), jnp)

    def of(compact, weights):
        w_tilde = WTilde(compact, MASK, W.hankel)
        return jnp.sum(curvature_matrix_via_w_tilde_from(w_tilde, with_weights(mapper, weights), method=method))

    compact = jnp.asarray(W.compact)
    with pytest.raises(TypeError, match=r"must be FourierWTilde\(\) for a derivative by W-tilde, .*la.inversion.FourierWTilde"):
        jax.grad(of)(compact, mapper.weights)
    with pytest.raises(
        TypeError, match=r"must be FourierWTilde\(\) for forward-mode .*, but .*`method=la.inversion.FourierWTilde"
    ):
        jax.jvp(lambda weights: of(compact, weights), (mapper.weights,), (mapper.weights,))
    with pytest.raises(TypeError, match=r"must be FourierWTilde\(\) for second derivatives"):
        jax.grad(lambda weights: jnp.sum(jax.grad(of, argnums=1)(compact, weights)))(mapper.weights)


@ON_HOST
def test_the_host_is_for_arrays_of_numpy_and_jax(method):
    parts = in_library((W, make_mapper()), array_api_strict)
    with pytest.raises(TypeError, match=r"must be FourierWTilde\(\) for arrays of array_api_strict, but is .*"):
        curvature_matrix_via_w_tilde_from(*parts, method=method)
    with pytest.raises(TypeError, match="Arrays must be NumPy and at most one other library"):
        curvature_matrix_via_w_tilde_from(in_library(W, jnp), parts[1], method=method)


@pytest.mark.parametrize(
    ("method", "match"),
    [
        (
            DenseWTilde(8 * N**2),
            f"at least the {8 * (N * 128 + PIXELS**2):,} bytes .* that DenseWTilde takes .* `StridedWTilde",
        ),
        (DenseWTilde(8 * PIXELS**2), r"use `StridedWTilde\(\)`, which takes 1,352, or allow more"),
        (StridedWTilde(8 * PIXELS**2 - 1), f"takes for {N} image and 13 source pixels, but is 1,351; take fewer source pixels"),
        (FourierWTilde(max_bytes=100), "at least the 1,352 bytes .* take fewer source pixels, or allow more"),
    ],
)
def test_too_much_memory_is_refused(method, match):
    with pytest.raises(ValueError, match=match):
        curvature_matrix_via_w_tilde_from(W, make_mapper(), method=method)


def test_the_memory_of_a_batch_is_that_of_all_of_it():
    method = StridedWTilde(8 * PIXELS**2)
    assert curvature_matrix_via_w_tilde_from(W, make_mapper(), method=method).shape == (PIXELS, PIXELS)
    with pytest.raises(ValueError, match="`max_bytes` must be at least the 2,704 bytes"):
        curvature_matrix_via_w_tilde_from(W, make_mapper(batch=(2,)), method=method)


def test_arguments_that_do_not_fit_are_refused():
    with pytest.raises(TypeError, match="`method` must be of type StridedWTilde or DenseWTilde or FourierWTilde, but is"):
        curvature_matrix_via_w_tilde_from(W, make_mapper(), method="strided")
    other = make_mapper(mask=la.Mask2D.all_false((4, 5), pixel_scales=0.1))
    with pytest.raises(ValueError, match="`mapper` must be of the mask of `w_tilde`"):
        curvature_matrix_via_w_tilde_from(W, other)
    with pytest.raises(ValueError, match="`chunk_bytes` must be a whole number, 1 or more, but is 0"):
        FourierWTilde(chunk_bytes=0)
    for method in (StridedWTilde, DenseWTilde, FourierWTilde):
        with pytest.raises(ValueError, match="`max_bytes` must be a whole number, 1 or more, but is -1"):
            method(max_bytes=-1)
