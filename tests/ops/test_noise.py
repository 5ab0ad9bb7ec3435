"""Noise: draws have the distribution they claim, from the source they are given, and nothing goes wrong in silence."""

import array_api_compat
import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
from array_api_extra.testing import assert_close, lazy_xp_function
from hypothesis import given
from hypothesis import strategies as st

from lensarrays import Array2D, Mask2D
from lensarrays.ops import ExactPoisson, FastPoisson, gaussian_noise, noise_map_from, poisson_noise, sample_key
from lensarrays.ops.poisson import INVERSION_LIMIT, _expanded, _inverted
from lensarrays.ops.poisson_rejection import log_probability

lazy_xp_function(poisson_noise)
lazy_xp_function(gaussian_noise)
lazy_xp_function(noise_map_from)

METHODS = [ExactPoisson(), FastPoisson()]
RATES = [1e-3, 0.5, 3.0, 9.9, 10.0, 15.0, 60.0, 1e3, 1e6]
MASK = Mask2D(np.arange(12).reshape(3, 4) % 5 == 0, pixel_scales=0.1)
NUMPY = array_api_compat.array_namespace(np.empty(0))


def key_for(xp, seed=0):
    return jax.random.key(seed) if xp.__name__.startswith("jax") else np.random.default_rng(seed)


def draws(rate, method, seed, library=jnp, dtype=np.float64, number=200_000):
    counts = library.asarray(np.full(number, rate, dtype=dtype))
    drawn = poisson_noise(counts, key_for(library, seed), method=method)
    assert drawn.dtype == dtype
    return np.asarray(drawn, dtype=np.float64)


def chi_squared_probability(drawn, rate):
    """Return the probability of a worse fit of a Poisson distribution, in bins that expect 20 draws or more."""
    edges = np.unique(scipy.stats.poisson.ppf(np.linspace(0.0, 1.0, 61)[1:-1], rate))
    cumulative = np.concatenate([[0.0], scipy.stats.poisson.cdf(edges, rate), [1.0]])
    expected = np.diff(cumulative) * drawn.size
    observed = np.bincount(np.searchsorted(edges, drawn, side="left"), minlength=expected.size)
    kept = expected > 20
    expected, observed = np.append(expected[kept], expected[~kept].sum()), np.append(observed[kept], observed[~kept].sum())
    used = expected > 0.5
    return scipy.stats.chi2.sf(np.sum((observed - expected)[used] ** 2 / expected[used]), used.sum() - 1)


@pytest.mark.parametrize("method", METHODS, ids=repr)
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_jax_draws_are_poisson(rate, method, dtype):
    drawn = draws(rate, method, seed=4, dtype=dtype)
    np.testing.assert_array_equal(drawn, np.round(drawn))
    assert drawn.min() >= 0
    assert abs(drawn.mean() - rate) < 4.5 * np.sqrt(rate / drawn.size)
    assert abs(drawn.var() / rate - 1) < 4.5 * np.sqrt((2 + 1 / rate) / drawn.size)
    assert chi_squared_probability(drawn, rate) > 1e-4


@pytest.mark.parametrize("method", METHODS, ids=repr)
@pytest.mark.parametrize("rate", [0.5, 9.9, 15.0, 1e3])
def test_numpy_draws_are_poisson(rate, method):
    assert chi_squared_probability(draws(rate, method, seed=4, library=NUMPY), rate) > 1e-4


def test_the_goodness_of_fit_test_can_fail():
    assert chi_squared_probability(draws(15.0, ExactPoisson(), seed=4), 15.1) < 1e-6


@pytest.mark.parametrize("rate", [1e7, 1e9])
def test_variance_of_exact_draws_at_large_rates(rate):
    drawn = draws(rate, ExactPoisson(), seed=5)
    assert abs(drawn.var() / rate - 1) < 4.5 * np.sqrt(2 / drawn.size)


@pytest.mark.parametrize("rate", [10.0, 12.0, 20.0, 50.0, 300.0])
def test_fast_draws_have_the_stated_error(rate):
    z = np.linspace(-8.5, 8.5, 2_000_001)
    drawn = _expanded(np.full(z.size, rate), z, xp=NUMPY)
    between = scipy.stats.norm.cdf((z[1:] + z[:-1]) / 2)
    mass = np.bincount(drawn.astype(int), weights=np.diff(np.concatenate([[0.0], between, [1.0]])))
    number = np.arange(mass.size)
    mean, exact = np.sum(number * mass), scipy.stats.poisson.pmf(number, rate)
    step = 8.5e-6 * np.sqrt(rate)  # the grid in z blurs each boundary by as much, relative to the spacing of the numbers
    assert 0.5 * np.sum(np.abs(mass - exact)) < 1.36e-4 * (10.0 / rate) ** 1.8 + step
    assert abs(mean - rate) / np.sqrt(rate) < 3e-6
    assert abs(np.sum((number - mean) ** 2 * mass) / rate - 1) < 2.7e-4


@given(st.floats(0.0, INVERSION_LIMIT, exclude_max=True), st.floats(1e-12, 1.0 - 1e-12))
def test_small_draws_invert_the_distribution_function(rate, u):
    drawn = float(_inverted(np.asarray([rate]), np.asarray([u]), xp=NUMPY)[0])
    assert scipy.stats.poisson.sf(drawn - 1, rate) >= u * (1 - 1e-9)
    assert scipy.stats.poisson.sf(drawn, rate) <= u * (1 + 1e-9)


@pytest.mark.parametrize(("dtype", "bound"), [(jnp.float64, 1e-11), (jnp.float32, 1e-4)])
def test_log_probability_is_accurate_where_the_textbook_formula_is_not(dtype, bound):
    for rate in (10.0, 100.0, 1e4):
        number = np.unique(np.round(np.clip(rate + np.linspace(-6, 6, 40) * np.sqrt(rate), 0, None)))
        exact = scipy.stats.poisson.logpmf(number, rate)
        np.testing.assert_allclose(log_probability(jnp.asarray(number, dtype), jnp.asarray(rate, dtype)), exact, atol=bound * 8)
    single = log_probability(jnp.asarray(1_001_000.0, jnp.float32), jnp.asarray(1e6, jnp.float32))
    assert float(single) == pytest.approx(float(log_probability(jnp.asarray(1_001_000.0), jnp.asarray(1e6))), abs=1e-5)


@pytest.mark.parametrize("method", METHODS, ids=repr)
def test_every_library_draws_and_structures_stay(xp, method):
    counts = Array2D(xp.asarray(np.linspace(0.0, 400.0, 9)), MASK)
    drawn = poisson_noise(counts, key_for(xp), method=method)
    assert drawn.mask == MASK
    assert array_api_compat.array_namespace(drawn.values) is xp
    assert_close(drawn.values, poisson_noise(counts, key_for(xp), method=method).values)
    assert not bool(xp.all(drawn.values == poisson_noise(counts, key_for(xp, seed=1), method=method).values))
    assert float(drawn.values[0]) == 0.0
    noisy = gaussian_noise(counts, 2.0, key_for(xp))
    assert noisy.mask == MASK
    assert bool(xp.all(xp.abs(noisy.values - counts.values) < 12.0))


@pytest.mark.parametrize("method", METHODS, ids=repr)
def test_keys_of_both_kinds_under_jit_and_vmap(method):
    counts = Array2D(jnp.linspace(0.0, 40.0, 9), MASK)

    def noisy(key):
        return gaussian_noise(poisson_noise(counts, key, method=method), 0.1, key).values

    for make in (jax.random.key, jax.random.PRNGKey):
        keys = jax.random.split(make(3), 5)
        loop = np.stack([noisy(key) for key in keys])
        np.testing.assert_allclose(jax.vmap(noisy)(keys), loop, rtol=1e-12)
        np.testing.assert_allclose(jax.jit(jax.vmap(noisy))(keys), loop, rtol=1e-12)


def test_the_draw_of_a_pixel_does_not_depend_on_the_rates_of_others():
    few, many = (jnp.asarray([50.0, other, 20.0]) for other in (12.0, 1e9))
    for method in METHODS:
        first, second = (poisson_noise(counts, jax.random.key(2), method=method) for counts in (few, many))
        assert (first[0], first[2]) == (second[0], second[2])


def test_a_key_that_jax_poisson_refuses_will_do():
    counts = jnp.full((1000,), 30.0)
    assert abs(float(poisson_noise(counts, jax.random.key(0, impl="rbg")).mean()) - 30.0) < 1.0


def test_gradient_of_a_draw_is_zero_and_of_gaussian_noise_one():
    counts = jnp.asarray([0.0, 3.0, 30.0])
    for method in METHODS:
        gradient = jax.grad(lambda c, m=method: poisson_noise(c, jax.random.key(0), method=m).sum())(counts)
        np.testing.assert_array_equal(gradient, 0.0)
    np.testing.assert_array_equal(jax.grad(lambda c: gaussian_noise(c, 1.0, jax.random.key(0)).sum())(counts), 1.0)


def test_numpy_draws_are_those_of_the_generator():
    counts = np.linspace(0.0, 400.0, 9)
    np.testing.assert_array_equal(poisson_noise(counts, np.random.default_rng(7)), np.random.default_rng(7).poisson(counts))
    expected = counts + 0.5 * np.random.default_rng(7).standard_normal(9)
    np.testing.assert_array_equal(gaussian_noise(counts, 0.5, np.random.default_rng(7)), expected)


@pytest.mark.parametrize("library", [np, jnp], ids=["numpy", "jax"])
def test_the_source_must_go_with_the_library(library):
    counts, keys = library.ones(3), {"a JAX key": jax.random.key(0), "a NumPy Generator": np.random.default_rng(0)}
    wrong = "a NumPy Generator" if library is jnp else "a JAX key"
    name = "jax" if library is jnp else "numpy"
    with pytest.raises(
        TypeError, match=rf"`key` must be of the array library of `counts`, but `key` is {wrong} and `counts` is of {name}"
    ):
        poisson_noise(counts, keys[wrong])
    with pytest.raises(TypeError, match=rf"but `key` is {wrong} and `image` is of {name}; pass a "):
        gaussian_noise(counts, 1.0, keys[wrong])
    with pytest.raises(TypeError, match=r"but `key` is a JAX key and `counts` is of array_api_strict"):
        poisson_noise(array_api_strict.ones(3), jax.random.key(0))
    for wrong_key in (0, None, np.zeros(2, np.uint32), jnp.zeros(2)):
        with pytest.raises(TypeError, match=r"`key` must be a JAX key or a NumPy Generator, but is "):
            poisson_noise(counts, wrong_key)


def test_many_keys_at_once_are_refused():
    for make in (jax.random.key, jax.random.PRNGKey):
        with pytest.raises(ValueError, match=r"`key` must be one key, but is an array of them, of shape .*; use `jax\.vmap`"):
            poisson_noise(jnp.ones(3), jax.random.split(make(0), 3))


@pytest.mark.parametrize("library", [np, jnp], ids=["numpy", "jax"])
def test_bad_counts_are_an_error(library):
    key = key_for(library)
    with pytest.raises(ValueError, match=r"`counts` must be from 0 to 2\^62, .* but are from -1 to 2; add the background sky"):
        poisson_noise(library.asarray([2.0, -1.0]), key)
    with pytest.raises(ValueError, match=r"`counts` must be from 0 to 2\^62, .* but are from 1e\+20 to 1e\+20"):
        poisson_noise(library.asarray([1e20]), key)
    with pytest.raises(ValueError, match=r"`counts` must be finite, but has 1 of 2 values NaN or infinite"):
        poisson_noise(library.asarray([2.0, np.nan]), key)
    with pytest.raises(TypeError, match=r"`counts` must be an array of float32 or float64, but has dtype int"):
        poisson_noise(library.asarray([2, 3]), key)
    with pytest.raises(TypeError, match=r"`image` must be an array of float32 or float64, but is a list"):
        gaussian_noise([1.0], 1.0, key)
    with pytest.raises(ValueError, match=r"`sigma` must not be negative, but is -3 somewhere"):
        gaussian_noise(library.ones(2), library.asarray([1.0, -3.0]), key)
    with pytest.raises(ValueError, match=r"`sigma` must be finite"):
        gaussian_noise(library.ones(2), np.nan, key)


def test_bad_methods_are_an_error():
    for method in ("exact", ExactPoisson):
        with pytest.raises(TypeError, match=r"`method` must be ExactPoisson\(\) or FastPoisson\(\), but is "):
            poisson_noise(np.ones(3), np.random.default_rng(0), method=method)


@pytest.mark.parametrize("method", METHODS, ids=repr)
def test_bad_counts_are_flagged_under_jit(method):
    counts = jnp.asarray([3.0, -1.0, jnp.nan, jnp.inf, 0.0, 1e20, 40.0])
    drawn = jax.jit(lambda c: poisson_noise(c, jax.random.key(1), method=method))(counts)
    np.testing.assert_array_equal(np.isnan(drawn), [False, True, True, True, False, True, False])
    noisy = jax.jit(lambda s: gaussian_noise(jnp.ones(3), s, jax.random.key(1)))(jnp.asarray([1.0, -1.0, jnp.nan]))
    np.testing.assert_array_equal(np.isnan(noisy), [False, True, True])


# Keys of samples.


def test_the_key_of_a_sample_depends_on_the_root_and_the_index_alone():
    root = jax.random.key(5)
    batched = jax.random.key_data(jax.vmap(lambda i: sample_key(root, i))(jnp.arange(4, 8)))
    np.testing.assert_array_equal(batched, np.stack([jax.random.key_data(jax.random.fold_in(root, i)) for i in range(4, 8)]))
    generator = np.random.default_rng(5)
    first = sample_key(generator, 6).random(3)
    generator.random(100)
    np.testing.assert_array_equal(sample_key(generator, 6).random(3), first)
    assert not np.any(sample_key(generator, 7).random(3) == first)
    assert not np.any(sample_key(np.random.default_rng(6), 6).random(3) == first)
    philox = np.random.Generator(np.random.Philox(1))
    assert isinstance(sample_key(philox, 0).bit_generator, np.random.Philox)


def test_errors_of_sample_key():
    for index in (-1, 2**32):
        with pytest.raises(ValueError, match=rf"`index` must be from 0 to 2\^32 - 1, but is {index}"):
            sample_key(jax.random.key(0), index)
    for index in (1.5, True, "1"):
        with pytest.raises(TypeError, match=r"`index` must be an integer, but is "):
            sample_key(jax.random.key(0), index)
    with pytest.raises(TypeError, match=r"`root_key` must be a JAX key or a NumPy Generator, but is int: 3"):
        sample_key(3, 0)


# Noise maps.


def test_noise_map_is_the_square_root_of_the_counts(xp):
    values = np.asarray([3.0, -5.0, 0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 0.5])
    image, t, sky, b = Array2D(xp.asarray(values), MASK), 50.0, 1.0, 0.2
    assert_close(noise_map_from(image, t).values, xp.asarray(np.sqrt(np.abs(values * t)) / t), rtol=1e-14)
    with_sky = noise_map_from(image, t, sky)
    assert with_sky.mask == MASK
    assert_close(with_sky.values, xp.asarray(np.sqrt(np.abs((values + sky) * t)) / t), rtol=1e-14)
    expected = np.sqrt(np.abs((values + sky) * t) + (b * t) ** 2) / t
    assert_close(noise_map_from(image, t, sky, background_noise=b).values, xp.asarray(expected), rtol=1e-14)
    times = np.linspace(10.0, 90.0, 9)
    by_pixel = noise_map_from(image, Array2D(xp.asarray(times), MASK), sky)
    assert_close(by_pixel.values, xp.asarray(np.sqrt(np.abs((values + sky) * times)) / times), rtol=1e-14)


def test_noise_map_has_a_finite_gradient_at_zero_counts():
    image = Array2D(jnp.zeros(9), MASK)
    np.testing.assert_array_equal(jax.grad(lambda i: noise_map_from(i, 10.0).sum())(image).values, 0.0)


def test_noise_map_keeps_float32_and_the_time_may_be_traced():
    image = Array2D(jnp.ones(9, jnp.float32), MASK)
    assert noise_map_from(image, jnp.asarray(10.0)).values.dtype == jnp.float32
    np.testing.assert_allclose(jax.jit(lambda t: noise_map_from(image, t).values)(4.0), 0.5, rtol=1e-6)


def test_errors_of_noise_maps():
    image = Array2D(np.ones(9), MASK)
    with pytest.raises(ValueError, match=r"`exposure_time` must be positive"):
        noise_map_from(image, 0.0)
    with pytest.raises(ValueError, match=r"`exposure_time` must be finite"):
        noise_map_from(image, np.inf)
    with pytest.raises(ValueError, match=r"Both operands must have the same mask"):
        noise_map_from(image, Array2D.ones((3, 3), pixel_scales=0.1))
    with pytest.raises(TypeError, match=r"`image` must be an array of float32 or float64, but has dtype int64"):
        noise_map_from(Array2D(np.ones(9, dtype=np.int64), MASK), 1.0)


def test_errors_of_levels():
    image = Array2D(np.ones(9), MASK)
    for name in ("exposure_time", "background_sky_level", "background_noise"):
        with pytest.raises(TypeError, match=rf"`{name}` must be a number, an array or an Array2D, but is 'a'"):
            noise_map_from(image, **({"exposure_time": 1.0} | {name: "a"}))
    with pytest.raises(ValueError, match=r"`background_noise` must not be negative"):
        noise_map_from(image, 1.0, background_noise=-1.0)
    with pytest.raises(TypeError, match=r"`sigma` must be a number, an array or an Array2D, but is \[1.0\]"):
        gaussian_noise(image, [1.0], np.random.default_rng(0))


def test_sigma_is_one_for_all_or_one_for_each(xp):
    image = Array2D(xp.zeros((2, 9)), MASK)
    assert gaussian_noise(image, Array2D(xp.ones(9), MASK), key_for(xp)).values.shape == (2, 9)
    for shape in ((2, 9), (2, 1), (1,), ()):
        noisy = gaussian_noise(image, xp.ones(shape), key_for(xp)).values
        assert not bool(xp.any(noisy[0, :] == noisy[1, :]))
    for shape in ((3, 2, 9), (3, 1), (8,)):
        with pytest.raises(ValueError, match=r"`sigma` must have a shape that broadcasts to that of the image, \(2, 9\), but"):
            gaussian_noise(image, xp.ones(shape), key_for(xp))
    with pytest.raises(ValueError, match=r"must have the same mask"):
        gaussian_noise(image, Array2D(xp.ones(9), Mask2D.all_false((3, 3), 0.1)), key_for(xp))


def test_what_only_looks_like_a_key_is_refused():
    numbers = jnp.asarray([1, 2, 3], jnp.uint32)
    with pytest.raises(ValueError, match=r"`key` must be a JAX key, but is a uint32 array of shape \(3,\)"):
        poisson_noise(jnp.ones(3), numbers)
    with pytest.raises(ValueError, match=r"`root_key` must be a JAX key, but is a uint32 array of shape \(3,\)"):
        sample_key(numbers, 0)
    generator = np.random.Generator(np.random.RandomState(3)._bit_generator)
    with pytest.raises(ValueError, match=r"`root_key` must be a Generator that knows its seed, but has none in its MT19937"):
        sample_key(generator, 0)
    assert isinstance(sample_key(np.random.Generator(np.random.MT19937(3)), 0).bit_generator, np.random.MT19937)


@pytest.mark.parametrize("method", METHODS, ids=repr)
def test_the_same_key_and_rates_give_the_same_draws_in_every_program(method):
    rates = jnp.asarray(np.geomspace(0.1, 1e4, 2000), jnp.float32)
    keys = jax.random.split(jax.random.key(3), 2)

    def draw(rates, key):
        return poisson_noise(rates, key, method=method)

    one = draw(rates, keys[0])
    np.testing.assert_array_equal(jax.jit(draw)(rates, keys[0]), one)
    np.testing.assert_array_equal(jax.jit(jax.vmap(draw, in_axes=(None, 0)))(rates, keys)[0], one)
