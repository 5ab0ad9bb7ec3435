"""W-tilde: the definition in extended precision, autojax's numbers, all methods and array libraries, and what is refused."""

from concurrent.futures import ThreadPoolExecutor

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from array_api_extra.testing import assert_close, lazy_xp_function

from lensarrays import Mask2D, Visibilities
from lensarrays.ops.interferometry import _compact_nufft, _compact_spreading
from lensarrays.ops.interferometry._compact_cheapest import Cheapest
from lensarrays.ops.interferometry._compact_direct import w_tilde_direct_from
from lensarrays.ops.interferometry._compact_nufft import HalfPlaneNUFFT
from lensarrays.ops.interferometry._compact_products import MatrixProducts
from lensarrays.ops.interferometry.w_tilde import WTilde

METHODS = [MatrixProducts(), MatrixProducts(chunk_bytes=1), HalfPlaneNUFFT(), Cheapest()]
random = np.random.default_rng(1)
RAGGED = np.ones((11, 14), dtype=bool)
RAGGED[2:8, 3:13] = random.random((6, 10)) < 0.3
RAGGED[2, 3] = RAGGED[7, 12] = False
MASK = Mask2D(RAGGED, pixel_scales=(0.2, 0.15), origin=(0.3, -0.1))
UV = random.uniform(-4e5, 4e5, size=(40, 2))
SIGMA = random.uniform(0.5, 2.0, size=40)
EQUAL, UNEQUAL = SIGMA + 1j * SIGMA, SIGMA + 1j * random.uniform(0.5, 2.0, size=40)
N = MASK.pixels_in_mask
IMAGES = random.normal(size=(2, 3, N))


def w_tilde_of(noise=EQUAL, xp=np, method=Cheapest(), mask=MASK, **settings):
    return WTilde.from_uv_wavelengths(xp.asarray(UV), Visibilities(xp.asarray(noise)), mask, method=method, **settings)


def by_definition(noise):
    """Return the matrix in extended precision."""
    grid = np.asarray(MASK.derive_grid.unmasked.values, dtype=np.longdouble) * (np.longdouble(np.pi) / 648000)
    phases = 2 * np.longdouble(np.pi) * (grid @ UV[:, ::-1].astype(np.longdouble).T)
    cosines, sines = np.cos(phases) / noise.real, np.sin(phases) / noise.imag
    return (cosines @ cosines.T + sines @ sines.T).astype(float)


DENSE = {id(noise): by_definition(noise) for noise in (EQUAL, UNEQUAL)}


@pytest.mark.parametrize("noise", [EQUAL, UNEQUAL], ids=["equal", "unequal"])
@pytest.mark.parametrize("method", METHODS, ids=repr)
def test_is_the_definition(noise, method):
    w_tilde, expected = w_tilde_of(noise, method=method), DENSE[id(noise)]
    assert (w_tilde.hankel is None) == (noise is EQUAL)
    tolerance = 2e-13 if isinstance(method, HalfPlaneNUFFT) else 5e-15  # that of a phase in float64 is 2e-15
    assert_close(w_tilde.dense, expected, rtol=0, atol=tolerance * expected.max())


def direct(uv, noise):
    return w_tilde_direct_from(uv, Visibilities(noise), MASK, chunk_bytes=2**16)


def all_of(uv, noise, images):
    """Return what there is to compute, from the tables and from their spectra; under `jit` for JAX."""
    bare = WTilde.from_uv_wavelengths(uv, Visibilities(noise), MASK, method=MatrixProducts(chunk_bytes=8000))
    ready = bare.with_spectrum()
    return (bare.dense, *(f(images) for w_tilde in (bare, ready) for f in (w_tilde.times, w_tilde.quadratic_from)))


lazy_xp_function(direct)
lazy_xp_function(all_of)


def test_direct_sum_is_the_definition(xp):
    result = direct(xp.asarray(UV), xp.asarray(UNEQUAL))
    assert_close(result, xp.asarray(DENSE[id(UNEQUAL)]), rtol=0, atol=1e-14 * DENSE[id(UNEQUAL)].max())


def test_products_and_quadratic_forms(xp):
    expected = DENSE[id(UNEQUAL)]
    dense, *results = all_of(xp.asarray(UV), xp.asarray(UNEQUAL), xp.asarray(IMAGES))
    assert_close(dense, xp.asarray(expected), rtol=0, atol=5e-15 * expected.max())
    products = IMAGES @ expected
    forms = np.sum(products * IMAGES, axis=-1)
    for k in (0, 2):
        assert_close(results[k], xp.asarray(products), rtol=0, atol=1e-14 * np.abs(products).max())
        assert_close(results[k + 1], xp.asarray(forms), rtol=1e-13)


def test_equal_noise_needs_no_table_of_sums():
    for library in (np, array_api_strict):
        w_tilde, dense = w_tilde_of(EQUAL, library), DENSE[id(EQUAL)]
        assert w_tilde.hankel is None
        products = IMAGES @ dense
        assert_close(
            w_tilde.times(library.asarray(IMAGES)), library.asarray(products), rtol=0, atol=1e-14 * abs(products).max()
        )
        forms = library.asarray(np.sum(products * IMAGES, axis=-1))
        assert_close(w_tilde.quadratic_from(library.asarray(IMAGES)), forms, rtol=1e-13)


def test_a_full_box_of_one_row_or_column():
    for shape in [(1, 1), (1, 6), (5, 1), (4, 5)]:
        mask = Mask2D.all_false(shape, pixel_scales=0.2)
        w_tilde, n = w_tilde_of(UNEQUAL, mask=mask), mask.pixels_in_mask
        dense = w_tilde_direct_from(UV, Visibilities(UNEQUAL), mask)
        assert_close(w_tilde.dense, dense, rtol=0, atol=1e-13)
        assert_close(w_tilde.times(np.arange(n) + 1.0), dense @ (np.arange(n) + 1.0), rtol=0, atol=1e-11)
        assert_close(w_tilde.quadratic_from(np.ones(n)), dense.sum(), rtol=1e-13)


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (5, 1), (4, 5), (3, 4), "ragged"])
def test_quadratic_forms_of_one_image_after_the_other(shape):
    mask = MASK if shape == "ragged" else Mask2D.all_false(shape, pixel_scales=0.2)
    w_tilde = w_tilde_of(EQUAL, mask=mask)
    dense = w_tilde.dense
    for image in random.normal(size=(3, mask.pixels_in_mask)):
        for ready in (w_tilde, w_tilde.with_spectrum()):
            assert_close(ready.quadratic_from(image), image @ dense @ image, rtol=1e-13)
        strided = np.repeat(image, 2)[::2]
        assert w_tilde.quadratic_from(strided) == w_tilde.quadratic_from(image)


def test_quadratic_forms_in_several_threads_share_no_memory():
    w_tilde, images = w_tilde_of().with_spectrum(), random.normal(size=(200, N))
    expected = [w_tilde.quadratic_from(image) for image in images]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(w_tilde.quadratic_from, images)) == expected


def test_transform_in_chunks_is_the_transform(monkeypatch):
    expected = w_tilde_of(UNEQUAL, method=HalfPlaneNUFFT())
    sizes, spread = [], _compact_spreading.spread
    monkeypatch.setattr(_compact_spreading, "_CHUNK", 17)
    monkeypatch.setattr(_compact_spreading, "spread", lambda *arguments: sizes.append(len(arguments[0])) or spread(*arguments))
    result = w_tilde_of(UNEQUAL, method=HalfPlaneNUFFT())
    assert_close(result.compact, expected.compact, rtol=0, atol=1e-12 * expected.compact.max())
    assert_close(result.hankel, expected.hankel, rtol=0, atol=1e-12 * expected.compact.max())
    assert sizes == 3 * [17, 17, 6]


def test_the_transform_of_known_arrays_of_jax_is_not_compiled(monkeypatch):
    monkeypatch.setattr(_compact_nufft, "call_on_host", None)
    for noise in (EQUAL, UNEQUAL):
        expected, result = (w_tilde_of(noise, library, HalfPlaneNUFFT()) for library in (np, jnp))
        assert_close(result.compact, jnp.asarray(expected.compact), rtol=0, atol=0)
        assert (result.hankel is None) == (noise is EQUAL)
    single = WTilde.from_uv_wavelengths(
        jnp.asarray(UV, dtype="float32"), Visibilities(jnp.asarray(EQUAL, dtype="complex64")), MASK, method=HalfPlaneNUFFT()
    )
    assert single.compact.dtype == jnp.float32


def test_cheapest_is_products_for_few_visibilities_and_the_transform_for_many():
    mask = Mask2D.all_false((40, 40), pixel_scales=0.1)
    for copies, method in ((1, MatrixProducts()), (200, HalfPlaneNUFFT())):
        uv, noise = np.tile(UV, (copies, 1)), Visibilities(np.tile(EQUAL, copies))
        result = WTilde.from_uv_wavelengths(uv, noise, mask)
        assert np.array_equal(result.compact, WTilde.from_uv_wavelengths(uv, noise, mask, method=method).compact)


def test_jit_sees_no_values_and_takes_noise_to_differ():
    expected = w_tilde_of(EQUAL)

    def traced(uv, noise, equal_noise=None):
        return WTilde.from_uv_wavelengths(uv, Visibilities(noise), MASK, method=HalfPlaneNUFFT(), equal_noise=equal_noise)

    general = jax.jit(traced)(UV, EQUAL)
    assert_close(general.compact, jnp.asarray(expected.compact), rtol=0, atol=1e-12 * expected.compact.max())
    assert float(jnp.max(jnp.abs(general.hankel))) == 0.0
    assert jax.eval_shape(lambda uv, noise: traced(uv, noise, equal_noise=True), UV, EQUAL).hankel is None
    assert w_tilde_of(EQUAL, equal_noise=False).hankel is not None


def test_derivatives_by_baselines_and_noise():
    weights, along = random.normal(size=(6, 19)), (random.normal(size=UV.shape), random.normal(size=40) + 2j)

    def summed(uv, noise):
        w_tilde = WTilde.from_uv_wavelengths(uv, Visibilities(noise), MASK, method=MatrixProducts(chunk_bytes=8000))
        return (w_tilde.compact * weights + w_tilde.hankel[5:, :] * weights[::-1, ::-1]).sum()

    by_uv, by_noise = jax.jit(jax.grad(summed, argnums=(0, 1)))(UV, UNEQUAL)
    for k, (gradient, step) in enumerate([(by_uv, 20.0), (by_noise, 1e-5)]):
        steps = [(step if j == k else 0.0) * along[j] for j in (0, 1)]
        after, before = summed(UV + steps[0], UNEQUAL + steps[1]), summed(UV - steps[0], UNEQUAL - steps[1])
        expected = (after - before) / (2 * step)
        assert_close(np.sum(np.asarray(gradient) * along[k]).real, expected, rtol=1e-6)  # JAX's gradient is conjugate


def test_derivatives_of_products_and_quadratic_forms():
    w_tilde, change = w_tilde_of(UNEQUAL), w_tilde_of(UNEQUAL + 1 + 2j)
    image, other, dense = IMAGES[0, 0], IMAGES[1, 1], DENSE[id(UNEQUAL)]

    @jax.jit
    def gradients(w_tilde, image):
        of_form = jax.grad(lambda w, v: w.quadratic_from(v), argnums=(0, 1))(w_tilde, image)
        of_product = jax.grad(lambda w, v: w.times(v) @ other, argnums=(0, 1))(w_tilde, image)
        second = jax.jvp(jax.grad(lambda v: w_tilde.quadratic_from(v)), (image,), (jnp.asarray(other),))[1]
        return of_form, of_product, second

    of_form, of_product, second = gradients(jax.tree_util.tree_map(jnp.asarray, w_tilde), jnp.asarray(image))
    for by_table, expected in ((of_form[0], change.quadratic_from(image)), (of_product[0], change.times(image) @ other)):
        result = np.sum(by_table.compact * change.compact) + np.sum(by_table.hankel * change.hankel)
        assert_close(result, jnp.asarray(expected), rtol=1e-12)  # all is linear in the tables
    by_image = (of_form[1], 2 * dense @ image), (of_product[1], dense @ other), (second, 2 * dense @ other)
    for result, expected in by_image:
        assert_close(result, jnp.asarray(expected), rtol=0, atol=1e-13 * np.abs(expected).max())


def test_batches_of_images_and_of_tables():
    w_tilde = jax.tree_util.tree_map(lambda leaf: np.stack([leaf, 2 * leaf]), w_tilde_of(UNEQUAL).with_spectrum())
    dense = np.stack([DENSE[id(UNEQUAL)], 2 * DENSE[id(UNEQUAL)]])
    expected = np.einsum("bij,bj->bi", dense, IMAGES[0, :2])
    assert_close(w_tilde.times(IMAGES[0, :2]), expected, rtol=0, atol=1e-12 * np.abs(expected).max())
    assert_close(w_tilde.quadratic_from(IMAGES[0, :2]), np.sum(expected * IMAGES[0, :2], axis=-1), rtol=1e-12)
    assert_close(w_tilde.dense, dense, rtol=0, atol=1e-12 * dense.max())
    assert w_tilde.preload.shape == (2, 12, 20)
    forms = jax.jit(jax.vmap(lambda w, v: w.quadratic_from(v)))(w_tilde, IMAGES[0, :2])
    assert_close(forms, jnp.asarray(w_tilde.quadratic_from(IMAGES[0, :2])), rtol=1e-12)


def test_single_precision_is_kept():
    data = UV.astype(np.float32), UNEQUAL.astype(np.complex64), IMAGES.astype(np.float32)
    for library in (np, array_api_strict):
        results = all_of(*map(library.asarray, data))
        assert all(result.dtype == library.float32 for result in results)
        assert np.max(np.abs(np.asarray(results[0]) - DENSE[id(UNEQUAL)])) < 2e-5 * DENSE[id(UNEQUAL)].max()
    assert all(result.dtype == jnp.float32 for result in jax.eval_shape(all_of, *data))


@pytest.mark.parametrize("noise", [EQUAL, UNEQUAL], ids=["equal", "unequal"])
def test_what_is_made_is_what_the_constructor_makes(noise):
    made = w_tilde_of(noise)
    constructed = WTilde(made.compact, MASK, made.hankel)
    assert vars(made) == vars(constructed)
    assert jax.tree_util.tree_structure(made) == jax.tree_util.tree_structure(constructed)
    with pytest.raises(AttributeError, match="cannot assign to field 'compact'"):
        made.compact = made.compact


def test_sums_of_another_shape_are_refused():
    class Transposed:
        def sums(self, *arguments):
            return Cheapest().sums(*arguments).T

    with pytest.raises(ValueError, match=r"`compact` must have shape \(..., 6, 19\), .* but has \(19, 6\)"):
        w_tilde_of(method=Transposed())


def test_known_tables_are_copied_and_cannot_be_written_to():
    table = np.array(w_tilde_of().compact)
    w_tilde = WTilde.from_compact(table, MASK)
    table[:] = 0.0
    assert np.array_equal(w_tilde.compact, w_tilde_of().compact)
    for array in (w_tilde.compact, w_tilde_of().compact, w_tilde.with_spectrum().spectrum, w_tilde.dense):
        assert not array.flags.writeable
    unequal = w_tilde_of(UNEQUAL)
    again = WTilde.from_compact(unequal.compact, MASK, unequal.hankel)
    assert np.array_equal(again.dense, unequal.dense)


def test_a_dense_matrix_that_is_too_large_is_refused():
    with pytest.raises(ValueError, match=r"`max_bytes` must be at least the .* \(0\.0 GB\) of a dense W-tilde .*, but is 9;"):
        w_tilde_of().dense_from(max_bytes=9)
    large = Mask2D.all_false((300, 300), pixel_scales=0.1)
    with pytest.raises(ValueError, match=r"\(64\.8 GB\) of a dense W-tilde of 90000 pixels.*; use `times` or `StridedWTilde`"):
        WTilde.from_compact(np.zeros((300, 599)), large).dense  # noqa: B018
    with pytest.raises(
        ValueError, match=r"\(64\.8 GB\) of a dense W-tilde of 90000 pixels.*; use `WTilde.from_uv_wavelengths`"
    ):
        w_tilde_direct_from(UV, Visibilities(EQUAL), large)
    assert w_tilde_direct_from(UV, Visibilities(EQUAL), MASK, max_bytes=8 * N * N).shape == (N, N)
    with pytest.raises(ValueError, match=r"`max_bytes` must be at least .*, but is 9;"):
        w_tilde_direct_from(UV, Visibilities(EQUAL), MASK, max_bytes=9)


@pytest.mark.parametrize(
    ("uv", "noise", "error", "message"),
    [
        (UV[:, 0], EQUAL, ValueError, r"`uv_wavelengths` must have shape \(k, 2\), .* but has \(40,\)"),
        (UV[:0], EQUAL[:0], ValueError, r"`uv_wavelengths` must have shape \(k, 2\)"),
        (UV, EQUAL[1:], ValueError, r"`noise_map` must have shape \(40,\), .* but has \(39,\)"),
        (UV.astype(int), EQUAL, TypeError, "`uv_wavelengths` must be real and floating, but is int64"),
        (UV, SIGMA, TypeError, "`noise_map` must be complex, .* but is float64"),
        (
            np.where(np.arange(80).reshape(40, 2) == 7, np.nan, UV),
            EQUAL,
            ValueError,
            r"`uv_wavelengths` must be finite, .* index \(3, 1\)",
        ),
        (UV, EQUAL - 3, ValueError, "`noise_map.real` must be positive, but has 40 of 40 values zero or negative"),
        (UV, EQUAL - 3j, ValueError, "`noise_map.imag` must be positive"),
        (UV, np.where(np.arange(40) == 5, np.nan, EQUAL), ValueError, r"`noise_map.real` must be finite, .* index \(5,\)"),
        (UV, np.where(np.arange(40) == 5, np.inf, EQUAL), ValueError, r"`noise_map.real` must be finite"),
    ],
)
def test_data_that_make_no_sense_are_refused(uv, noise, error, message):
    with pytest.raises(error, match=message):
        WTilde.from_uv_wavelengths(uv, noise, MASK)


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="`equal_noise` must be False for noise that differs"):
        w_tilde_of(UNEQUAL, equal_noise=True)
    with pytest.raises(ValueError, match="`real_space_mask` must use at least one pixel"):
        w_tilde_of(mask=MASK.derive_mask.all_false.invert())
    with pytest.raises(ValueError, match="`chunk_bytes` must be a whole number, 1 or more"):
        MatrixProducts(chunk_bytes=0)
    for method, given in (("dft", "the string 'dft'"), (None, "None"), (MatrixProducts, "<class ")):
        with pytest.raises(TypeError, match=f"`method` must be of type Cheapest or MatrixProducts or .*, but is {given}"):
            w_tilde_of(method=method)


def test_tables_and_images_of_another_mask_are_refused():
    w_tilde = w_tilde_of(UNEQUAL)
    with pytest.raises(ValueError, match=r"`compact` must have shape \(..., 6, 19\), .* but has \(5, 19\)"):
        WTilde.from_compact(w_tilde.compact[1:], MASK)
    with pytest.raises(ValueError, match=r"`hankel` must have shape \(..., 11, 19\), .* but has \(6, 19\)"):
        WTilde.from_compact(w_tilde.compact, MASK, w_tilde.compact)
    with pytest.raises(ValueError, match=r"`spectrum` must have shape"):
        WTilde(w_tilde.compact, MASK, spectrum=w_tilde.compact)
    with pytest.raises(TypeError, match="`compact` must be real and floating, but is int64"):
        WTilde.from_compact(np.zeros((6, 19), dtype=int), MASK)
    for method in (w_tilde.times, w_tilde.quadratic_from):
        with pytest.raises(ValueError, match=r"`values` must have shape \(..., \d+\), one per used pixel, but have \(3,\)"):
            method(np.ones(3))
        with pytest.raises(TypeError, match="`values` must be real and floating, but is int64"):
            method(np.ones(N, dtype=int))


def test_the_transform_of_what_is_not_finite_is_nan():
    for fault in (np.nan, np.inf):
        along, weights = np.asarray([0.1, fault]), np.ones(2)
        for shifts, rows in ((None, 3), (weights, 5)):
            result = HalfPlaneNUFFT().sums(along, weights, weights, shifts, (3, 4))
            assert result.shape == (rows, 7)
            assert np.isnan(result).all()


def test_the_transform_says_what_it_cannot_do():
    with pytest.raises(TypeError, match=r"`method` must be MatrixProducts\(\) for arrays of array_api_strict"):
        w_tilde_of(xp=array_api_strict, method=HalfPlaneNUFFT())
    with pytest.raises(TypeError, match=r"`method` must be MatrixProducts\(\) for derivatives by the baselines or the noise"):
        jax.grad(
            lambda uv: jnp.sum(
                WTilde.from_uv_wavelengths(uv, Visibilities(jnp.asarray(EQUAL)), MASK, method=HalfPlaneNUFFT()).compact
            )
        )(jnp.asarray(UV))
