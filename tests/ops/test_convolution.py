"""Convolution: the same numbers as SciPy's by every method and on every library, and what a convolution must fulfil."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.signal
from array_api_extra.testing import assert_close, lazy_xp_function
from hypothesis import given
from hypothesis import strategies as st

from lensarrays import Array2D, Grid2D, Kernel2D, Mask2D
from lensarrays.ops import (
    FFT,
    Direct,
    ExactPoisson,
    FastPoisson,
    Separable,
    convolve,
    convolve_mapping_matrix,
    gaussian_noise,
    noise_map_from,
    poisson_noise,
)
from lensarrays.ops.convolution.fft import layout_of, smooth_length
from lensarrays.ops.convolution.frame import Frame

lazy_xp_function(convolve)
lazy_xp_function(convolve_mapping_matrix)

METHODS = [FFT(), Direct(), Separable()]
SHAPE = (23, 31)
random = np.random.default_rng(1)
FULL = Mask2D.all_false(SHAPE, pixel_scales=(0.1, 0.2))
RAGGED = Mask2D(
    (np.arange(23 * 31).reshape(SHAPE) % 5 == 0) | (np.hypot(*np.indices(SHAPE) - 11.0) > 9.0), pixel_scales=(0.1, 0.2)
)
CENTRAL = Mask2D(np.hypot(np.indices(SHAPE)[0] - 11.0, np.indices(SHAPE)[1] - 15.0) > 6.0, pixel_scales=(0.1, 0.2))
GENERAL = random.normal(size=(5, 9))
RANK_1 = np.outer(random.normal(size=5), random.normal(size=9))


def kernel_of(native, xp=np):
    return Kernel2D.no_mask(xp.asarray(native), pixel_scales=(0.1, 0.2))


def image_of(mask, xp=np, batch=(), dtype=np.float64, seed=0):
    values = np.random.default_rng(seed).normal(size=(*batch, mask.pixels_in_mask)).astype(dtype)
    return Array2D(xp.asarray(values), mask)


def kernel_for(method):
    return RANK_1 if isinstance(method, Separable) else GENERAL


def by_scipy(native, kernel, mask):
    return scipy.signal.convolve2d(native, kernel, mode="same")[~mask.array]


@pytest.mark.parametrize("method", METHODS, ids=repr)
@pytest.mark.parametrize("mask", [FULL, RAGGED, CENTRAL], ids=["full", "ragged", "central"])
def test_agrees_with_scipy(xp, mask, method):
    kernel = kernel_for(method)
    expected = by_scipy(image_of(mask).native, kernel, mask)
    result = convolve(image_of(mask, xp), kernel_of(kernel, xp), method=method)
    assert result.mask == mask
    assert_close(result.values, xp.asarray(expected), rtol=0, atol=2e-14)


@pytest.mark.parametrize("method", METHODS, ids=repr)
def test_blurring_image_brings_in_light(xp, method):
    kernel, blurring_mask = kernel_for(method), CENTRAL.derive_mask.blurring_from((5, 9))
    image, blurring = image_of(CENTRAL), image_of(blurring_mask, seed=1)
    expected = by_scipy(image.native + blurring.native, kernel, CENTRAL)
    result = convolve(image_of(CENTRAL, xp), kernel_of(kernel, xp), image_of(blurring_mask, xp, seed=1), method=method)
    assert_close(result.values, xp.asarray(expected), rtol=0, atol=2e-14)
    assert np.max(np.abs(expected - by_scipy(image.native, kernel, CENTRAL))) > 0.1


@pytest.mark.parametrize("method", METHODS, ids=repr)
@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (3, 1), (23, 31)])
def test_kernels_of_all_shapes(method, shape):
    kernel = np.outer(random.normal(size=shape[0]), random.normal(size=shape[1]))
    for mask in (FULL, RAGGED):
        result = convolve(image_of(mask), kernel_of(kernel), method=method)
        np.testing.assert_allclose(result.values, by_scipy(image_of(mask).native, kernel, mask), atol=2e-13)


@pytest.mark.parametrize("method", METHODS, ids=repr)
@pytest.mark.parametrize("chunk_bytes", [1, 60_000, 2**30])
def test_a_batch_is_ordinary_whatever_the_chunks(xp, method, chunk_bytes):
    image, kernel = image_of(RAGGED, xp, batch=(2, 3)), kernel_of(kernel_for(method), xp)
    result = convolve(image, kernel, method=method, chunk_bytes=chunk_bytes)
    assert result.values.shape == (2, 3, RAGGED.pixels_in_mask)
    for i in range(2):
        for j in range(3):
            single = convolve(Array2D(image.values[i, j, :], RAGGED), kernel, method=method)
            assert_close(result.values[i, j, :], single.values, rtol=0, atol=2e-14)


@pytest.mark.parametrize("method", METHODS, ids=repr)
def test_batches_of_image_kernel_and_blurring_image_broadcast(xp, method):
    native = np.stack([kernel_for(method), 2.0 * kernel_for(method)[::-1]])
    blurring_mask = CENTRAL.derive_mask.blurring_from((5, 9))
    image, blurring = image_of(CENTRAL, xp, batch=(3, 1)), image_of(blurring_mask, xp, seed=1)
    result = convolve(image, kernel_of(native, xp), blurring, method=method, chunk_bytes=50_000)
    assert result.values.shape == (3, 2, CENTRAL.pixels_in_mask)
    for i in range(3):
        for j in range(2):
            single = convolve(Array2D(image.values[i, 0, :], CENTRAL), kernel_of(native[j], xp), blurring, method=method)
            assert_close(result.values[i, j, :], single.values, rtol=0, atol=2e-14)


@pytest.mark.parametrize("method", METHODS, ids=repr)
def test_vmap_is_a_loop(method):
    images, kernel = image_of(RAGGED, jnp, batch=(4,)), kernel_of(kernel_for(method), jnp)
    batched = jax.vmap(lambda image: convolve(image, kernel, method=method))(images)
    np.testing.assert_allclose(batched.values, convolve(images, kernel, method=method).values, atol=2e-14)
    kernels = jax.tree_util.tree_map(lambda v: jnp.stack([v, -v]), kernel)
    both = jax.vmap(lambda k: convolve(image_of(RAGGED, jnp), k, method=method))(kernels)
    np.testing.assert_allclose(both.values[0], -both.values[1], atol=2e-14)


@pytest.mark.parametrize("method", METHODS, ids=repr)
def test_columns_of_a_mapping_matrix(xp, method):
    kernel, blurring_mask = kernel_for(method), CENTRAL.derive_mask.blurring_from((5, 9))
    matrix, outside = random.normal(size=(CENTRAL.pixels_in_mask, 7)), random.normal(size=(blurring_mask.pixels_in_mask, 7))
    result = convolve_mapping_matrix(
        xp.asarray(matrix),
        CENTRAL,
        kernel_of(kernel, xp),
        blurring_mapping_matrix=xp.asarray(outside),
        blurring_mask=blurring_mask,
        method=method,
        chunk_bytes=200_000,
    )
    for j in range(7):
        native = Array2D(matrix[:, j], CENTRAL).native + Array2D(outside[:, j], blurring_mask).native
        assert_close(result[:, j], xp.asarray(by_scipy(native, kernel, CENTRAL)), rtol=0, atol=2e-14)


def test_blurring_mask_of_a_mapping_matrix_is_that_of_the_kernel():
    blurring_mask, kernel = CENTRAL.derive_mask.blurring_from((5, 9)), kernel_of(GENERAL)
    arrays = np.ones((CENTRAL.pixels_in_mask, 2)), np.ones((blurring_mask.pixels_in_mask, 2))
    given = convolve_mapping_matrix(arrays[0], CENTRAL, kernel, blurring_mapping_matrix=arrays[1], blurring_mask=blurring_mask)
    np.testing.assert_array_equal(given, convolve_mapping_matrix(arrays[0], CENTRAL, kernel, blurring_mapping_matrix=arrays[1]))


def test_flat_image_is_conserved_with_its_blurring_image():
    kernel, blurring_mask = kernel_of(np.abs(GENERAL)).normalized, CENTRAL.derive_mask.blurring_from((5, 9))
    ones = [Array2D(np.ones(mask.pixels_in_mask), mask) for mask in (CENTRAL, blurring_mask)]
    np.testing.assert_allclose(convolve(ones[0], kernel, ones[1]).values, 1.0, rtol=1e-14)


@given(st.integers(0, 22), st.integers(0, 30), st.sampled_from(METHODS))
def test_a_point_source_is_the_kernel_at_its_place(row, column, method):
    native = np.zeros(SHAPE)
    native[row, column] = 3.0
    result = convolve(Array2D.from_native(native, FULL), kernel_of(kernel_for(method)), method=method).native
    padded = np.zeros((27, 39))
    padded[row : row + 5, column : column + 9] = 3.0 * kernel_for(method)
    np.testing.assert_allclose(result, padded[2:-2, 4:-4], atol=2e-14)


@given(st.integers(2, 20), st.integers(4, 26), st.sampled_from(METHODS))
def test_flux_of_an_interior_source_is_conserved(row, column, method):
    native = np.zeros(SHAPE)
    native[row, column] = 7.0
    kernel = np.outer(np.hanning(7)[1:-1], np.hanning(11)[1:-1])
    result = convolve(Array2D.from_native(native, FULL), kernel_of(kernel).normalized, method=method)
    assert result.sum() == pytest.approx(7.0, rel=1e-13)


@given(st.floats(-3, 3), st.floats(-3, 3), st.sampled_from(METHODS), st.sampled_from([FULL, RAGGED]))
def test_linear_in_the_image_and_in_the_kernel(a, b, method, mask):
    first, second, kernel = image_of(mask, seed=1), image_of(mask, seed=2), kernel_of(kernel_for(method))
    one, two = convolve(first, kernel, method=method).values, convolve(second, kernel, method=method).values
    np.testing.assert_allclose(convolve(a * first + b * second, kernel, method=method).values, a * one + b * two, atol=1e-13)
    np.testing.assert_allclose(convolve(first, a * kernel, method=method).values, a * one, atol=1e-13)


@given(st.integers(-6, 6), st.integers(-8, 8), st.sampled_from(METHODS))
def test_equivariant_under_shifts(down, right, method):
    native = np.zeros(SHAPE)
    native[9:14, 13:18] = random.normal(size=(5, 5))
    kernel = kernel_of(kernel_for(method))
    result = [
        convolve(Array2D.from_native(image, FULL), kernel, method=method).native
        for image in (native, np.roll(native, (down, right), (0, 1)))
    ]
    np.testing.assert_allclose(np.roll(result[0], (down, right), (0, 1)), result[1], atol=2e-14)


@pytest.mark.parametrize("method", METHODS, ids=repr)
@pytest.mark.parametrize("mask", [FULL, RAGGED], ids=["full", "ragged"])
def test_adjoint_is_convolution_with_the_reversed_kernel(method, mask):
    kernel, x, y = kernel_of(kernel_for(method)), image_of(mask, seed=1), image_of(mask, seed=2)
    forward = np.dot(convolve(x, kernel, method=method).values, y.values)
    assert forward == pytest.approx(np.dot(x.values, convolve(y, kernel.reversed_kernel, method=method).values), rel=1e-12)


@pytest.mark.parametrize("method", METHODS, ids=repr)
def test_jit_is_eager_and_traces_once(method):
    image, kernel, traces = image_of(RAGGED, jnp), kernel_of(kernel_for(method), jnp), []
    f = jax.jit(lambda i, k: traces.append(1) or convolve(i, k, method=method))
    eager = convolve(image, kernel, method=method)
    for _ in range(2):
        np.testing.assert_allclose(f(image, kernel).values, eager.values, atol=2e-14)
    np.testing.assert_allclose(jax.jit(lambda i: convolve(i, kernel, method=method))(image).values, eager.values, atol=2e-14)
    assert len(traces) == 1


@pytest.mark.parametrize("method", [FFT(), Direct()], ids=repr)
def test_gradients_agree_with_finite_differences(method):
    image, kernel = image_of(RAGGED, jnp), kernel_of(GENERAL, jnp)

    def loss(image, kernel):
        return jnp.sum(jnp.sin(convolve(image, kernel, method=method).values))

    gradient = jax.jit(jax.grad(loss, argnums=(0, 1)))(image, kernel)
    for argument, at in ((0, 17), (0, 60), (1, 0), (1, 22)):
        step = [jnp.zeros_like(image.values), jnp.zeros_like(kernel.values)]
        step[argument] = step[argument].at[at].set(1e-6)
        up, down = (loss(image + sign * step[0], kernel + sign * step[1]) for sign in (1, -1))
        assert gradient[argument].values[at] == pytest.approx(float(up - down) / 2e-6, rel=1e-6)


def test_gradient_of_the_separable_method_along_kernels_of_rank_1():
    image = image_of(FULL, jnp)

    def loss(width, method):
        y, x = jnp.arange(-2, 3), jnp.arange(-4, 5)
        native = jnp.exp(-0.5 * (y[:, None] ** 2 + (x / 2) ** 2) / width**2)
        kernel = Kernel2D(jnp.reshape(native, (-1,)), Mask2D.all_false((5, 9), (0.1, 0.2)))
        return jnp.sum(jnp.sin(convolve(image, kernel, method=method).values))

    by_method = [jax.grad(loss)(1.3, method) for method in METHODS]
    np.testing.assert_allclose(by_method, by_method[0], rtol=1e-11)


@pytest.mark.parametrize(("method", "bound"), [(FFT(), 3e-7), (Direct(), 3e-7), (Separable(), 1e-6)], ids=repr)
@pytest.mark.parametrize("library", [np, jnp], ids=["numpy", "jax"])
def test_float32_stays_and_its_error_is_as_stated(library, method, bound):
    gaussian = np.exp(-0.5 * np.arange(-5, 6) ** 2 / 4.0)
    kernel = kernel_of(np.outer(gaussian, gaussian)).normalized
    image = image_of(FULL, library, dtype=np.float32)
    single = convolve(image, kernel_of(kernel.native.astype(np.float32), library), method=method).values
    assert single.dtype == np.float32
    exact = by_scipy(image_of(FULL).native, kernel.native, FULL)
    assert np.max(np.abs(single - exact)) < bound * np.max(np.abs(image.values))


def test_direct_is_accurate_far_below_the_peak_where_fft_is_not():
    native = np.zeros(SHAPE)
    native[3, 3], native[18, 25] = 1e20, 1.0
    kernel = kernel_of(np.abs(RANK_1))
    for method, is_accurate in ((Direct(), True), (Separable(), True), (FFT(), False)):
        faint = convolve(Array2D.from_native(native, FULL), kernel, method=method).native[16:21, 21:30]
        assert np.allclose(faint, np.abs(RANK_1), rtol=1e-12, atol=0) is is_accurate


def test_a_numpy_kernel_serves_a_jax_image_and_is_transformed_at_trace_time():
    f = jax.jit(lambda image: convolve(image, kernel_of(GENERAL)))
    transforms = str(jax.make_jaxpr(f)(image_of(FULL, jnp))).count(" fft[")
    closed_over = kernel_of(GENERAL, jnp)
    assert transforms == str(jax.make_jaxpr(lambda i: convolve(i, closed_over))(image_of(FULL, jnp))).count(" fft[") == 4
    np.testing.assert_allclose(f(image_of(FULL, jnp)).values, by_scipy(image_of(FULL).native, GENERAL, FULL), atol=2e-14)


def test_columns_are_one_loop_however_many_there_are():
    def lines(m):
        matrix = jnp.zeros((RAGGED.pixels_in_mask, m))
        return len(
            str(jax.make_jaxpr(lambda a: convolve_mapping_matrix(a, RAGGED, kernel_of(GENERAL), chunk_bytes=10**5))(matrix))
        )

    assert lines(1000) < lines(100) + 100


def test_the_frame_is_that_of_the_used_pixels_and_padded_by_half_a_kernel():
    small = Mask2D.circular((500, 500), radius=0.65, pixel_scales=0.1, centre=(10.0, -7.0))
    assert layout_of(Frame.of_masks(small, None, (5, 5))).shape == (15, 15)
    blurring = small.derive_mask.blurring_from((5, 5))
    assert layout_of(Frame.of_masks(small, blurring, (5, 5))).shape == (16, 16)
    for n in range(1, 400):
        smooth = smooth_length(n)
        assert smooth >= n
        assert smooth < 1.2 * n + 2


def test_a_mask_that_reaches_the_edge_takes_its_blurring_image_from_beyond(xp):
    """As if the image had been taken with a larger camera."""
    grid = Grid2D.from_mask(Mask2D.circular((9, 12), 0.5, 0.1, centre=(0.2, -0.3)), over_sample_size=1, xp=xp)
    blurring_grid = grid.blurring_grid_via_kernel_shape_from((5, 7))
    assert blurring_grid.shape_native == (13, 18)
    light = [Array2D(xp.exp(-xp.sum(g.values**2, axis=-1)), g.mask) for g in (grid, blurring_grid)]
    kernel = Kernel2D.no_mask(xp.asarray(np.arange(35.0).reshape(5, 7)), pixel_scales=0.1)
    larger = Grid2D.uniform((21, 32), 0.1, xp=xp)
    expected = convolve(Array2D(xp.exp(-xp.sum(larger.values**2, axis=-1)), larger.mask), kernel)
    expected = expected.resized_from((9, 12)).apply_mask(grid.mask)
    assert_close(convolve(light[0], kernel, light[1]).values, expected.values, rtol=1e-12)


def test_errors_of_convolve():
    image, kernel = image_of(CENTRAL), kernel_of(GENERAL)
    with pytest.raises(ValueError, match=r"`kernel` must have the pixel scales of `image`, .* but has \(0\.1, 0\.1\)"):
        convolve(image, Kernel2D.no_mask(GENERAL, pixel_scales=0.1))
    with pytest.raises(ValueError, match=r"`kernel` must not be larger than `image`, \(23, 31\), but has shape \(25, 1\)"):
        convolve(image, kernel_of(np.ones((25, 1))))
    with pytest.raises(ValueError, match=r"`blurring_image` must use no pixel that the image uses, but shares 113 with it"):
        convolve(image, kernel, image_of(FULL))
    padded = Mask2D.all_false((24, 31), pixel_scales=(0.1, 0.2))
    with pytest.raises(ValueError, match=r"`blurring_image` must have the shape, pixel scales and origin of the image"):
        convolve(image, kernel, image_of(padded))
    with pytest.raises(TypeError, match=r"must be float32 or float64, but is int64; convert it with"):
        convolve(Array2D(np.ones(CENTRAL.pixels_in_mask, dtype=np.int64), CENTRAL), kernel)
    empty = Array2D(np.ones(0), Mask2D(np.ones(SHAPE), pixel_scales=(0.1, 0.2)))
    with pytest.raises(ValueError, match=r"must have at least one used pixel, but has none"):
        convolve(empty, kernel)
    with pytest.raises(ValueError, match=r"`kernel` must have odd sides, to have a centre pixel, but has shape \(4, 9\)"):
        convolve(image, kernel_of(np.ones((4, 9))))


def test_arguments_of_the_wrong_kind():
    image, kernel = image_of(CENTRAL), kernel_of(GENERAL)
    with pytest.raises(TypeError, match=r"`kernel` must be of type Kernel2D, but is ndarray; make one with `Kernel2D"):
        convolve(image, GENERAL)
    with pytest.raises(TypeError, match=r"`mask` must be of type Mask2D, but is ndarray"):
        convolve_mapping_matrix(np.ones((CENTRAL.pixels_in_mask, 1)), CENTRAL.array, kernel)
    for method in ("fft", FFT):
        with pytest.raises(TypeError, match=r"`method` must be FFT\(\), Direct\(\) or Separable\(\), but is "):
            convolve(image, kernel, method=method)
    with pytest.raises(TypeError, match=r"`mapping_matrix` must be an array, but is list; convert it with `numpy.asarray`"):
        convolve_mapping_matrix([[1.0]] * CENTRAL.pixels_in_mask, CENTRAL, kernel)
    with pytest.raises(TypeError, match=r"`kernel` must be of type Kernel2D, but is NoneType"):
        convolve(image, None)
    for chunk_bytes in (0, 1e6, True):
        with pytest.raises(ValueError, match=r"`chunk_bytes` must be a positive integer, but is "):
            convolve(image, kernel, chunk_bytes=chunk_bytes)


def test_batches_that_do_not_broadcast_are_refused():
    with pytest.raises(
        ValueError, match=r"`kernel` must have batch axes that broadcast with those of the image, \(3,\), but has"
    ):
        convolve(image_of(CENTRAL, batch=(3,)), kernel_of(np.stack([GENERAL, GENERAL])))
    blurring_mask = CENTRAL.derive_mask.blurring_from(GENERAL.shape)
    with pytest.raises(
        ValueError, match=r"`blurring_image` must have batch axes that broadcast with those of the image, \(3,\)"
    ):
        convolve(image_of(CENTRAL, batch=(3,)), kernel_of(GENERAL), image_of(blurring_mask, batch=(2,)))
    matrix, blurring = np.ones((CENTRAL.pixels_in_mask, 2)), np.ones((blurring_mask.pixels_in_mask, 3))
    with pytest.raises(
        ValueError, match=r"`blurring_mapping_matrix` must have as many columns as `mapping_matrix`, 2, .* has 3"
    ):
        convolve_mapping_matrix(matrix, CENTRAL, kernel_of(GENERAL), blurring_mapping_matrix=blurring)


@pytest.mark.parametrize("method", METHODS, ids=repr)
def test_an_empty_batch_gives_an_empty_result(xp, method):
    kernel = kernel_of(kernel_for(method), xp)
    assert convolve(image_of(CENTRAL, xp, batch=(0,)), kernel, method=method).values.shape == (0, CENTRAL.pixels_in_mask)
    batch = Kernel2D(xp.zeros((0, kernel.values.shape[-1])), kernel.mask)
    assert convolve(image_of(CENTRAL, xp), batch, method=method).values.shape == (0, CENTRAL.pixels_in_mask)
    matrix = xp.zeros((CENTRAL.pixels_in_mask, 0), dtype=xp.float32)
    result = convolve_mapping_matrix(matrix, CENTRAL, kernel, method=method)
    assert result.shape == matrix.shape
    assert result.dtype == matrix.dtype


def test_arrays_of_two_libraries_are_refused():
    import array_api_strict

    with pytest.raises(TypeError, match=r"NumPy and at most one other library, but are of array_api_strict, jax"):
        convolve(image_of(CENTRAL, array_api_strict), kernel_of(GENERAL, jnp))


@pytest.mark.parametrize("library", [np, jnp], ids=["numpy", "jax"])
def test_separable_refuses_a_kernel_of_higher_rank(library):
    image, kernel = image_of(RAGGED, library), kernel_of(GENERAL, library)
    match = r"`kernel` must have rank 1 .* first two singular values are .*; use `method=FFT\(\)`"
    with pytest.raises(ValueError, match=match):
        convolve(image, kernel, method=Separable())
    almost = kernel_of(RANK_1 + 1e-9 * GENERAL, library)
    with pytest.raises(ValueError, match=match):
        convolve(image, almost, method=Separable())
    expected = by_scipy(image_of(RAGGED).native, np.asarray(almost.native), RAGGED)
    np.testing.assert_allclose(convolve(image, almost, method=Separable(tolerance=1e-6)).values, expected, atol=1e-7)


def test_separable_is_nan_under_jit_for_a_kernel_of_higher_rank():
    image, f = image_of(RAGGED, jnp), jax.jit(lambda i, k: convolve(i, k, method=Separable()))
    assert np.all(np.isnan(f(image, kernel_of(GENERAL, jnp)).values))
    assert np.all(np.isfinite(f(image, kernel_of(RANK_1, jnp)).values))
    np.testing.assert_array_equal(f(image, kernel_of(0 * RANK_1, jnp)).values, 0.0)


def test_errors_of_the_mapping_matrix():
    kernel, n = kernel_of(GENERAL), CENTRAL.pixels_in_mask
    with pytest.raises(ValueError, match=rf"`mapping_matrix` must have shape \({n}, m\), one row per used pixel of `mask`"):
        convolve_mapping_matrix(np.ones((4, n)), CENTRAL, kernel)
    with pytest.raises(ValueError, match=r"`blurring_mapping_matrix` must have shape \(\d+, m\)"):
        convolve_mapping_matrix(np.ones((n, 2)), CENTRAL, kernel, blurring_mapping_matrix=np.ones((3, 2)))
    with pytest.raises(ValueError, match=r"`kernel` must be one kernel, but has shape \(2, 45\)"):
        convolve_mapping_matrix(np.ones((n, 2)), CENTRAL, kernel_of(np.stack([GENERAL, GENERAL])))
    with pytest.raises(ValueError, match=r"`mask` must leave the half width of the kernel"):
        convolve_mapping_matrix(np.ones((713, 2)), FULL, kernel, blurring_mapping_matrix=np.ones((3, 2)))


def test_inputs_are_left_alone_and_no_jax_operation_runs_on_numpy(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("A JAX operation ran.")

    monkeypatch.setattr("jax._src.core.Primitive.bind", refuse)
    with pytest.raises(AssertionError, match="A JAX operation ran"):
        jnp.sin(1.0)
    image, kernel = image_of(FULL, batch=(3,)), kernel_of(RANK_1)
    before = image.values.copy(), kernel.values.copy()
    for method in METHODS:
        assert type(convolve(image, kernel, method=method, chunk_bytes=1).values) is np.ndarray
    for method in (ExactPoisson(), FastPoisson()):
        assert type(poisson_noise(abs(image), np.random.default_rng(0), method=method).values) is np.ndarray
    assert type(gaussian_noise(image, 1.0, np.random.default_rng(0)).values) is np.ndarray
    assert type(noise_map_from(image, 1.0).values) is np.ndarray
    np.testing.assert_array_equal(image.values, before[0])
    np.testing.assert_array_equal(kernel.values, before[1])
