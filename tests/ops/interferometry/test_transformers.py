"""Images to visibilities and back: against the sum written out, against autoarray, and the derivatives against each other."""

import functools
import re
import sys
import tracemalloc
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lensarrays import Array2D, Mask2D, Visibilities
from lensarrays.ops.interferometry import _finufft, _nufftax
from lensarrays.ops.interferometry._lattice import Setting
from lensarrays.ops.interferometry.dft import TransformerDFT
from lensarrays.ops.interferometry.nufft import TransformerNUFFT

BOTH = [TransformerDFT, TransformerNUFFT]
RADIANS = np.pi / 648000.0


def with_holes() -> Mask2D:
    masked = np.arange(23 * 40).reshape(23, 40) % 7 < 3
    masked[:5], masked[:, :7], masked[:, 33:] = True, True, True
    return Mask2D(masked, pixel_scales=(0.3, 0.2), origin=(0.7, -1.3))


MASKS = {
    "holes, not square, off centre": with_holes(),
    "circle off centre": Mask2D.circular((31, 30), radius=1.0, pixel_scales=0.15, centre=(0.6, -0.9)),
    "unmasked": Mask2D.all_false((6, 17), pixel_scales=0.2),
    "one pixel": Mask2D(np.arange(20).reshape(4, 5) != 7, pixel_scales=0.2),
}


def coverage(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1.0, 1.0, (count, 2)) * 3.4e5


def noise(*shape: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def complex_noise(*shape: int, seed: int = 2) -> np.ndarray:
    parts = noise(*shape, 2, seed=seed)
    return parts[..., 0] + 1j * parts[..., 1]


def matrix(mask: Mask2D, uv: np.ndarray) -> np.ndarray:
    """Return what visibilities are of images, (n, k), written out."""
    y, x = np.moveaxis(np.asarray(mask.derive_grid.unmasked), -1, 0) * RADIANS
    return np.exp(-2j * np.pi * (np.outer(x, uv[:, 0]) + np.outer(y, uv[:, 1])))


def error(found, expected) -> float:
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    return float(np.abs(found - expected).max() / np.abs(expected).max())


# Values.


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_the_sum_written_out(kind, mask):
    uv = coverage(60)
    waves, images, visibilities = matrix(mask, uv), noise(2, 3, mask.pixels_in_mask), complex_noise(2, 60)
    for chunk_bytes in (2**26, 5000):
        transformer = kind(uv, mask, chunk_bytes=chunk_bytes)
        assert error(transformer.visibilities_from(Array2D(images, mask)).array, images @ waves) < 2e-12
        image = transformer.image_from(Visibilities(visibilities))
        assert image.mask == mask
        assert error(image.array, (visibilities @ waves.conj().T).real) < 4e-12
        columns = transformer.transform_mapping_matrix(np.swapaxes(images, -1, -2))
        assert error(columns, np.swapaxes(images @ waves, -1, -2)) < 2e-12


@pytest.mark.parametrize("kind", BOTH)
def test_autoarray(kind):
    """What autoarray 2026.10.26.1 gives for its own mask, grid and three visibilities."""
    mask = Mask2D.circular((100, 100), radius=3.0, pixel_scales=0.2)
    y, x = np.moveaxis(np.asarray(mask.derive_grid.unmasked), -1, 0)
    image = np.exp(-((y - 0.5) ** 2 + 2.0 * (x + 0.3) ** 2))
    uv = np.asarray([[-637.0, 79390.0], [250000.0, -120000.0], [-310000.0, -470000.0]])
    transformer = kind(uv, mask)
    expected = [4.477818921467643 - 12.05138360169471j, -0.0009192941921625962 - 7.517748893944827e-05j]
    found = transformer.visibilities_from(Array2D(image, mask)).array
    np.testing.assert_allclose(found, [*expected, -0.0011705479398912578 - 0.001019990555986356j], atol=1e-11)
    adjoint = transformer.image_from(Visibilities([1 + 2j, -0.5 + 0.25j, 0.75 - 1j])).array[[0, 100, 357, 715]]
    np.testing.assert_allclose(
        adjoint, [-0.5454520618965728, 2.64178393850264, 0.9022425888072138, 1.5843838690176377], atol=1e-11
    )
    columns = transformer.transform_mapping_matrix(np.stack([image, image**2], axis=-1))
    np.testing.assert_allclose(columns[0, 1], 4.656286899952827 - 12.530004953050241j, atol=1e-11)


def test_every_library(xp):
    mask, uv = with_holes(), coverage(40)
    image, visibilities = noise(mask.pixels_in_mask), complex_noise(40)
    transformer = TransformerDFT(xp.asarray(uv), mask, chunk_bytes=20000)
    found = transformer.visibilities_from(Array2D(xp.asarray(image), mask)).array
    assert isinstance(found, type(xp.asarray(uv)))
    assert error(found, image @ matrix(mask, uv)) < 1e-13
    adjoint = transformer.image_from(Visibilities(xp.asarray(visibilities))).array
    assert error(adjoint, (matrix(mask, uv).conj() @ visibilities).real) < 1e-13


def test_long_baselines_keep_their_phase():
    """At the edge of a large image the phase is 800 radians."""
    mask = Mask2D(np.arange(512 * 2).reshape(2, 512) % 512 < 500, pixel_scales=0.1, origin=(0.0, 40.0))
    uv = np.asarray([[1.03e6, -1.03e6], [1.0, 1.03e6]])
    image = Array2D(noise(mask.pixels_in_mask), mask)
    assert error(TransformerDFT(uv, mask).visibilities_from(image).array, image.array @ matrix(mask, uv)) < 2e-13


@pytest.mark.parametrize(("kind", "xp"), [(TransformerDFT, np), (TransformerNUFFT, np), (TransformerNUFFT, jnp)])
def test_the_adjoint_is_one(kind, xp):
    mask = with_holes()
    transformer = kind(xp.asarray(coverage(60)), mask)
    image, visibilities = xp.asarray(noise(2, mask.pixels_in_mask)), xp.asarray(complex_noise(2, 60))
    of_image = transformer.visibilities_from(Array2D(image, mask)).array
    of_visibilities = transformer.image_from(Visibilities(visibilities)).array
    np.testing.assert_allclose((xp.conj(visibilities) * of_image).sum(-1).real, (of_visibilities * image).sum(-1), rtol=1e-11)


@pytest.mark.parametrize(("tolerance", "limit"), [(1e-14, 1e-13), (1e-12, 2e-12), (1e-6, 3e-6), (1e-3, 2e-3)])
@pytest.mark.parametrize("count", [100, 2000])  # few and many for the image
def test_tolerance(tolerance, limit, count):
    mask, uv = Mask2D.all_false((20, 16), pixel_scales=0.2), coverage(count)
    exact, fast = TransformerDFT(uv, mask), TransformerNUFFT(uv, mask, tolerance=tolerance, threads=2)
    image, visibilities = Array2D(noise(320), mask), Visibilities(complex_noise(count))
    for found, expected in (
        (fast.visibilities_from(image).array, exact.visibilities_from(image).array),
        (fast.image_from(visibilities).array, exact.image_from(visibilities).array),
    ):
        assert np.linalg.norm(found - expected) < limit * np.linalg.norm(expected)


@pytest.mark.parametrize(("kind", "xp"), [(TransformerDFT, np), (TransformerNUFFT, np), (TransformerNUFFT, jnp)])
def test_float32(kind, xp):
    mask, uv = with_holes(), coverage(60).astype(np.float32)
    transformer = kind(xp.asarray(uv), mask)
    image, visibilities = noise(mask.pixels_in_mask).astype(np.float32), complex_noise(60).astype(np.complex64)
    found = transformer.visibilities_from(Array2D(xp.asarray(image), mask)).array
    adjoint = transformer.image_from(Visibilities(xp.asarray(visibilities))).array
    assert (found.dtype, adjoint.dtype) == (np.complex64, np.float32)
    waves = matrix(mask, uv.astype(float))
    assert error(found, image @ waves) < 2e-5
    assert error(adjoint, (visibilities @ waves.conj().T).real) < 2e-5


def test_real_visibilities_are_complex_ones_without_an_imaginary_part():
    mask, values = with_holes(), Visibilities(complex_noise(9))
    for kind in BOTH:
        transformer = kind(coverage(9), mask)
        only_real = transformer.image_from(Visibilities(values.array.real + 0j)).array
        np.testing.assert_allclose(transformer.image_from(values.real).array, only_real)


# Derivatives. In units of 1e5 wavelengths and of the image they are of order one.


def transforms(kind, mask, **options):
    """Return what visibilities are of an image and (u, v), and what an image is of visibilities and (u, v), as bare arrays."""

    def forward(image, uv):
        return kind(uv * 1e5, mask, **options).visibilities_from(Array2D(image, mask)).values

    def adjoint(visibilities, uv):
        return kind(uv * 1e5, mask, **options).image_from(Visibilities(visibilities)).values

    return forward, adjoint


def written_out(mask):
    y, x = jnp.moveaxis(jnp.asarray(mask.derive_grid.unmasked.array), -1, 0) * RADIANS * 1e5

    def waves(uv):
        return jnp.exp(-2j * jnp.pi * (jnp.outer(x, uv[:, 0]) + jnp.outer(y, uv[:, 1])))

    return lambda image, uv: image @ waves(uv), lambda visibilities, uv: jnp.real(jnp.conj(waves(uv)) @ visibilities)


@functools.cache
def small():
    mask = Mask2D(np.arange(30).reshape(5, 6) % 4 == 0, pixel_scales=(0.3, 0.2), origin=(0.4, -0.2))
    return mask, jnp.asarray(noise(mask.pixels_in_mask)), jnp.asarray(complex_noise(7)), jnp.asarray(coverage(7) / 1e5)


def loss(forward, adjoint):
    def of(image, visibilities, uv):
        distances = jnp.abs(forward(image, uv) - 1.0) ** 2 * jnp.arange(1.0, uv.shape[0] + 1.0)
        return jnp.sum(distances) + jnp.sum(jnp.sin(adjoint(visibilities, uv)) * jnp.arange(1.0, image.shape[0] + 1.0))

    return of


def derivatives(forward, adjoint, *, second):
    """Return the gradient of a loss, and how it, or else both transforms, change along a line."""
    _, *point = small()
    line = [0.3 * part + 0.1 for part in point]
    gradient = jax.grad(loss(forward, adjoint), argnums=(0, 1, 2))

    @jax.jit
    def evaluate(point, line):
        if second:
            return jax.jvp(gradient, point, line)
        transformed = jax.jvp(lambda i, v, uv: (forward(i, uv), adjoint(v, uv)), point, line)
        return gradient(*point), transformed[1]

    return jax.tree_util.tree_leaves(evaluate(tuple(point), tuple(line)))


def test_derivatives_forward_and_in_reverse():
    mask = small()[0]
    expected = derivatives(*written_out(mask), second=False)
    for found, one in zip(derivatives(*transforms(TransformerNUFFT, mask), second=False), expected, strict=True):
        assert error(found, one) < 1e-10


def test_derivatives_of_the_dft_in_chunks():
    mask, image, _, uv = small()
    found, expected = (
        jax.jit(jax.grad(lambda image, uv, f=f: jnp.sum(jnp.abs(f(image, uv)) ** 4), argnums=(0, 1)))(image, uv)
        for f in (transforms(TransformerDFT, mask, chunk_bytes=2000)[0], written_out(mask)[0])
    )
    assert max(map(error, found, expected)) < 1e-12


def test_second_derivatives_of_the_nufft():
    mask = small()[0]
    expected = derivatives(*written_out(mask), second=True)
    for found, one in zip(derivatives(*transforms(TransformerNUFFT, mask), second=True), expected, strict=True):
        assert error(found, one) < 1e-10


@pytest.mark.parametrize("axes", [(0, None), (None, 0), (1, 0)], ids=["values", "uv", "both"])
def test_vmap_is_a_loop(axes):
    mask, image, visibilities, uv = small()
    uvs = uv if axes[1] is None else jnp.stack([uv, uv / 2])
    for transform, value in zip(transforms(TransformerNUFFT, mask), (image, visibilities), strict=True):
        values = value if axes[0] is None else jnp.stack([value, 2 * value + 1], axis=axes[0])
        found = jax.jit(jax.vmap(transform, axes))(values, uvs)
        alone = jax.jit(transform)
        for k in range(2):
            one = value if axes[0] is None else jnp.take(values, k, axis=axes[0])
            np.testing.assert_allclose(found[k], alone(one, uv if axes[1] is None else uvs[k]), rtol=1e-12)


def test_one_leaf_and_one_compilation_for_equal_masks():
    traces = []

    @jax.jit
    def visibilities(transformer, image):
        traces.append(1)
        return transformer.visibilities_from(image)

    for seed in (0, 1):
        mask = with_holes()
        transformer, image = TransformerNUFFT(jnp.asarray(coverage(30, seed)), mask), noise(mask.pixels_in_mask)
        assert len(jax.tree_util.tree_leaves(transformer)) == 1
        found = visibilities(transformer, Array2D(jnp.asarray(image), mask)).array
        expected = TransformerNUFFT(coverage(30, seed), mask).visibilities_from(Array2D(image, mask)).array
        np.testing.assert_allclose(found, expected, atol=1e-12)
    assert len(traces) == 1


# Memory and devices.


@pytest.mark.parametrize("kind", BOTH)
def test_working_memory_is_an_argument(kind):
    mask, uv = Mask2D.all_false((8, 8), pixel_scales=0.2), coverage(100_000)
    transformer, image = kind(uv, mask, chunk_bytes=2**20), Array2D(noise(64), mask)
    visibilities = transformer.visibilities_from(image)
    for call, results in ((lambda: transformer.visibilities_from(image), 2), (lambda: transformer.image_from(visibilities), 1)):
        tracemalloc.start()
        call()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 16 * 100_000 * results + 3 * 2**20


def test_accelerators_have_no_host_call():
    mask, *point = small()
    gradient = jax.jit(jax.grad(loss(*transforms(TransformerNUFFT, mask))))
    assert "callback" in gradient.lower(*point).as_text()
    assert "callback" not in jax.export.export(gradient, platforms=["cuda"])(*point).mlir_module()


def test_nufftax_agrees_with_finufft():
    mask, uv = small()[0], coverage(50)
    setting = Setting(mask, 1e-12, 2**15, threads=1)
    images, visibilities = noise(2, *setting.box.shape), complex_noise(2, 50)
    there = jax.jit(_nufftax.forward, static_argnums=2)(images, uv, setting)
    assert error(there, _finufft.forward(images, uv, setting)) < 3e-12
    back = jax.jit(_nufftax.adjoint, static_argnums=2)(visibilities, uv, setting)
    assert error(back, _finufft.adjoint(visibilities, uv, setting)) < 3e-12


def test_a_missing_nufftax_is_named(monkeypatch):
    mask, image, _, uv = small()
    monkeypatch.setitem(sys.modules, "nufftax", None)
    transform = jax.jit(transforms(TransformerNUFFT, mask)[0])
    with pytest.raises(ModuleNotFoundError, match=r"must have nufftax .*; run `pip install lensarrays\[gpu\]`"):
        jax.export.export(transform, platforms=["cuda"])(image, uv)


def test_nan_that_nobody_could_see_is_flagged():
    mask, image, visibilities, uv = small()
    forward, adjoint = map(jax.jit, transforms(TransformerNUFFT, mask))
    for value in (jnp.nan, jnp.inf):
        broken = uv.at[3, 0].set(value)
        found = forward(image, broken)
        assert np.flatnonzero(np.isnan(found.real) & np.isnan(found.imag)).tolist() == [3]
        assert np.isnan(adjoint(visibilities, broken)).all()


# Bad input.


@pytest.mark.parametrize("kind", BOTH)
def test_bad_coverage_and_masks(kind):
    mask, uv = with_holes(), coverage(4)
    with pytest.raises(ValueError, match=r"`uv_wavelengths` must have shape \(k, 2\), .* has \(2, 4\); transpose it"):
        kind(uv.T, mask)
    with pytest.raises(ValueError, match=r"`uv_wavelengths` must have shape \(k, 2\), .* one row for each visibility"):
        kind(np.empty((0, 2)), mask)
    with pytest.raises(ValueError, match="`uv_wavelengths` must be finite, but has 1 of 8 values NaN or infinite"):
        kind(np.where(np.arange(8).reshape(4, 2) == 3, np.nan, uv), mask)
    with pytest.raises(ValueError, match="`uv_wavelengths` must be finite, but has 1 of 8 values NaN or infinite"):
        kind(np.where(np.arange(8).reshape(4, 2) == 3, np.inf, uv), mask)
    with pytest.raises(TypeError, match="`uv_wavelengths` must hold real numbers, but is complex128"):
        kind(uv + 0j, mask)
    with pytest.raises(ValueError, match="`real_space_mask` must use at least one pixel, but is Mask2D"):
        kind(uv, Mask2D(np.ones((3, 3), dtype=bool), pixel_scales=0.1))
    with pytest.raises(TypeError, match="`real_space_mask` must be a Mask2D, but is a ndarray"):
        kind(uv, np.zeros((3, 3), dtype=bool))
    with pytest.raises(ValueError, match="`chunk_bytes` must be a whole number, 1 or more, but is 0"):
        kind(uv, mask, chunk_bytes=0)
    with pytest.raises(ValueError, match="`tolerance` must be a positive number, but is 0"):
        TransformerNUFFT(uv, mask, tolerance=0.0)
    with pytest.raises(ValueError, match="`threads` must be a whole number, 1 or more, but is 0"):
        TransformerNUFFT(uv, mask, threads=0)


@pytest.mark.parametrize("kind", BOTH)
def test_bad_images_and_visibilities(kind):
    mask, n = with_holes(), with_holes().pixels_in_mask
    transformer = kind(coverage(4), mask)
    with pytest.raises(ValueError, match=re.escape("`image` must be on the mask of the transformer")):
        transformer.visibilities_from(Array2D(np.zeros(102), MASKS["unmasked"]))
    with pytest.raises(TypeError, match="`image` must be of type Array2D, but is ndarray"):
        transformer.visibilities_from(np.zeros(n))
    with pytest.raises(TypeError, match="`image` must be float32 or float64, but is complex128"):
        transformer.visibilities_from(Array2D(np.zeros(n, dtype=complex), mask))
    with pytest.raises(ValueError, match=r"`visibilities` must have shape \(..., 4\), .* but has \(3,\)"):
        transformer.image_from(Visibilities(np.zeros(3, dtype=complex)))
    with pytest.raises(TypeError, match="`visibilities` must be of type Visibilities, but is ndarray"):
        transformer.image_from(np.zeros(4, dtype=complex))
    with pytest.raises(ValueError, match=rf"`mapping_matrix` must have shape \(..., {n}, s\), .* but has \(3, 2\)"):
        transformer.transform_mapping_matrix(np.zeros((3, 2)))
    with pytest.raises(TypeError, match="`mapping_matrix` must be float32 or float64, but is int64"):
        transformer.transform_mapping_matrix(np.zeros((n, 2), dtype=int))
    with pytest.raises(TypeError, match="`mapping_matrix` must be an array, but is list"):
        transformer.transform_mapping_matrix([[0.0]])
    many = jax.tree_util.tree_map(lambda uv: np.stack([uv, uv]), transformer)
    with pytest.raises(ValueError, match=r"`uv_wavelengths` must have shape \(k, 2\) to transform, but has \(2, 4, 2\)"):
        many.visibilities_from(Array2D(np.zeros(n), mask))


def test_the_nufft_is_for_numpy_and_jax():
    import array_api_strict

    mask = with_holes()
    image = Array2D(array_api_strict.zeros(mask.pixels_in_mask), mask)
    with pytest.raises(TypeError, match=r"must be arrays of NumPy or JAX, but are of array_api_strict; .* `TransformerDFT`"):
        TransformerNUFFT(coverage(4), mask).visibilities_from(image)


@pytest.mark.parametrize("kind", BOTH)
def test_baselines_too_long_for_the_pixels_are_warned_of_with_the_numbers(kind):
    mask = Mask2D.all_false((4, 4), pixel_scales=(0.1, 0.2))
    nyquist = 0.5 / (0.1 * RADIANS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kind(np.asarray([[0.5 * nyquist, -nyquist]]), mask)
        jax.jit(lambda uv: kind(uv, mask).uv_wavelengths)(jnp.asarray([[nyquist, nyquist]]))
    message = r"at most 5.157e\+05 \(u\) and 1.031e\+06 \(v\), .* reaches 1.031e\+06 and 0: .* at most 0.500 times as large"
    with pytest.warns(UserWarning, match=message):
        kind(np.asarray([[-nyquist, 0.0]]), mask)
