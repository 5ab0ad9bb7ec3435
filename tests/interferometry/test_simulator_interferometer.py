"""Simulated visibilities: the Fourier sum of the image of a lens, and noise that follows from a key alone."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from array_api_extra.testing import assert_close

import lensarrays as la

MASK = la.Mask2D.circular((12, 11), radius=0.9, pixel_scales=0.2, centre=(0.1, -0.1))
RNG = np.random.default_rng(5)
UV = RNG.uniform(-4e5, 4e5, (30, 2))
UNEQUAL = la.Visibilities(RNG.uniform(0.1, 0.3, 30) + 1j * RNG.uniform(0.3, 0.5, 30))
# How fast the result runs is no concern: so it is compiled in half of the time.
QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
THETA = {"einstein_radius": 0.5, "intensity": 2.0}


def tracer_of(theta):
    lens = la.Galaxy(redshift=0.5, mass=la.mp.Isothermal(ell_comps=(0.1, 0.05), einstein_radius=theta["einstein_radius"]))
    light = la.lp.Gaussian(centre=(0.05, 0.1), intensity=theta["intensity"], sigma=0.2)
    return la.Tracer([lens, la.Galaxy(redshift=1.0, light=light)])


def grid_of(xp=np):
    return la.Grid2D.from_mask(MASK, over_sample_size=2, xp=xp)


def key_for(xp, seed):
    return jax.random.key(seed) if xp is jnp else np.random.default_rng(seed)


def sums_of(image):
    """Return the visibilities of an image on the mask, term by term."""
    y, x = np.moveaxis(la.Grid2D.from_mask(MASK).values, -1, 0) * np.pi / 648000.0
    return np.exp(-2j * np.pi * (UV[:, :1] * x + UV[:, 1:] * y)) @ image


def test_expected_visibilities_are_the_fourier_sum_on_every_library(xp):
    simulator = la.SimulatorInterferometer(UV, 300.0, noise_sigma=0.2)

    def simulate(grid):
        return simulator.via_tracer_from(tracer_of(THETA), grid)

    dataset = (jax.jit(simulate, compiler_options=QUICK) if xp is jnp else simulate)(grid_of(xp))
    image = tracer_of(THETA).image_2d_from(grid_of())
    assert_close(dataset.data.values, xp.asarray(sums_of(image.values)), rtol=1e-12, atol=1e-12)
    assert_close(dataset.noise_map.values, xp.asarray(np.full(30, 0.2 + 0.2j)))
    assert_close(dataset.uv_wavelengths, xp.asarray(UV))
    assert (dataset.real_space_mask, dataset.over_sample_size_lp) == (MASK, 2)
    assert isinstance(dataset.transformer, la.TransformerDFT)
    assert_close(dataset.weighted_dirty_image.values, xp.asarray(dataset_on_numpy().weighted_dirty_image.values), rtol=1e-10)


def dataset_on_numpy(**changes):
    arguments = {"exposure_time": 300.0, "noise_sigma": 0.2} | changes
    return la.SimulatorInterferometer(UV, **arguments).via_tracer_from(tracer_of(THETA), grid_of())


def test_an_image_is_observed_as_it_is():
    image = tracer_of(THETA).image_2d_from(grid_of())
    simulator = la.SimulatorInterferometer(UV, 300.0, la.TransformerNUFFT, 0.2)
    dataset = simulator.via_image_from(image)
    np.testing.assert_allclose(dataset.data.values, sums_of(image.values), atol=1e-10)
    assert isinstance(dataset.transformer, la.TransformerNUFFT)
    two = simulator.via_image_from(la.Array2D(np.stack([image.values, 2 * image.values]), MASK))
    np.testing.assert_allclose(two.data.values, [dataset.data.values, 2 * dataset.data.values], atol=1e-12)
    assert two.data_term.shape == (2,)


@pytest.mark.parametrize(
    "sigma", [0.3, np.linspace(0.1, 0.5, 30), [0.2, 0.3] * 15, UNEQUAL], ids=["one", "each", "list", "parts"]
)
def test_noise_has_the_deviation_that_is_asked_for(sigma):
    simulator = la.SimulatorInterferometer(UV, 300.0, noise_sigma=sigma)
    width = sigma.in_array if isinstance(sigma, la.Visibilities) else np.repeat(np.broadcast_to(sigma, 30)[:, None], 2, axis=1)
    # Eight hundred images at once: each has noise of its own.
    images = la.Array2D(np.zeros((800, MASK.pixels_in_mask)), MASK)
    dataset = simulator.via_image_from(images, np.random.default_rng(1))
    chi = dataset.data.in_array / width
    assert abs(chi.mean()) < 5 / np.sqrt(chi.size)
    assert (abs((chi**2).mean(axis=0) - 1) < 5 * np.sqrt(2 / 800)).all()
    assert abs(np.mean(chi[..., 0] * chi[..., 1])) < 5 / np.sqrt(chi.size / 2)
    np.testing.assert_array_equal(dataset.noise_map.in_array, width)
    assert (dataset.w_tilde.hankel is None) == (sigma is not UNEQUAL)


def test_a_key_decides_the_noise_through_jit_vmap_and_grad():
    simulator = la.SimulatorInterferometer(jnp.asarray(UV), 300.0, noise_sigma=jnp.asarray(0.2))

    def simulate(theta, key, simulator):
        return simulator.via_tracer_from(tracer_of(theta), grid_of(jnp), key).data

    def power(theta, key):
        data = simulate(theta, key, simulator)
        return jnp.sum(data.amplitudes**2), data

    keys, scale = jax.random.split(jax.random.key(0), 3), jnp.asarray([0.9, 1.0, 1.1])
    thetas = jax.tree_util.tree_map(lambda v: v * scale, THETA)
    function = jax.jit(jax.vmap(jax.value_and_grad(power, has_aux=True)), compiler_options=QUICK)
    (_, batch), gradients = function(thetas, keys)
    one = jax.jit(simulate, compiler_options=QUICK)
    noise = [batch.values[i] - on_numpy(jax.tree_util.tree_map(lambda v, i=i: float(v[i]), thetas)) for i in range(3)]
    for i in range(3):
        theta = jax.tree_util.tree_map(lambda v, i=i: v[i], thetas)
        assert_close(batch.values[i], one(theta, keys[i], simulator).values, rtol=1e-10, atol=1e-12)
        # Noise does not depend on what is seen, but on the key alone.
        assert_close(one(THETA, keys[i], simulator).values - on_numpy(THETA), noise[i], rtol=1e-9, atol=1e-12)
    assert min(float(jnp.min(jnp.abs(noise[i] - noise[i - 1]))) for i in range(3)) > 0.0
    for name, value in THETA.items():
        ends = [np.sum(np.abs(on_numpy(THETA | {name: value + step}) + noise[1]) ** 2) for step in (-1e-6, 1e-6)]
        np.testing.assert_allclose(gradients[name][1], (ends[1] - ends[0]) / 2e-6, rtol=1e-6)


def on_numpy(theta):
    """Return the visibilities that are expected."""
    return la.SimulatorInterferometer(UV, 300.0).via_tracer_from(tracer_of(theta), grid_of()).data.values


def test_whether_parts_have_like_noise_is_known_under_jit():
    image = la.Array2D(jnp.ones(MASK.pixels_in_mask), MASK)
    for sigma in (0.2, UNEQUAL):
        simulator = la.SimulatorInterferometer(UV, 300.0, noise_sigma=sigma)
        for given in (simulator, jax.tree_util.tree_map(jnp.asarray, simulator)):
            dataset = jax.eval_shape(lambda image, given=given: given.via_image_from(image), image)
            assert (dataset.w_tilde.hankel is None) == (sigma is not UNEQUAL)
            dataset = jax.eval_shape(lambda image, given: given.via_image_from(image), image, given)
            assert (dataset.w_tilde.hankel is None) == (sigma is not UNEQUAL)


def test_single_precision_is_kept():
    simulator = la.SimulatorInterferometer(UV, 300.0, noise_sigma=0.2)
    single = simulator.via_tracer_from(tracer_of(THETA), grid_of().astype(np.float32), np.random.default_rng(0))
    assert (single.data.dtype, single.noise_map.dtype) == (np.complex64, np.complex64)
    double = simulator.via_tracer_from(tracer_of(THETA), grid_of(), np.random.default_rng(0))
    np.testing.assert_allclose(single.data.values, double.data.values, atol=1e-5 * np.abs(double.data.values).max())


def test_arrays_that_were_given_may_be_written_to():
    uv, sigma = UV.copy(), np.full(30, 0.2)
    simulator = la.SimulatorInterferometer(uv, 300.0, noise_sigma=sigma)
    uv[0], sigma[0] = 7.0, 7.0
    np.testing.assert_array_equal(simulator.uv_wavelengths, UV)
    assert simulator.noise_sigma[0] == 0.2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"exposure_time": 0.0}, r"`exposure_time` must be positive and finite, but is 0\.0"),
        ({"exposure_time": np.ones(3)}, r"`exposure_time` must be one number, but is array\(.*\); give that of all"),
        ({"noise_sigma": -0.1}, r"`noise_sigma` must be positive and finite, but is -0\.1"),
        ({"noise_sigma": np.nan}, r"`noise_sigma` must be positive and finite, but is nan"),
        ({"noise_sigma": la.Visibilities(UNEQUAL.values.real + 0j)}, r"`noise_sigma` must be positive and finite, but is"),
        (
            {"noise_sigma": np.ones(29)},
            r"`noise_sigma` must be a number or of shape \(30,\), one for each .*, but has shape \(29,\)",
        ),
        (
            {"uv_wavelengths": UV.T},
            r"`uv_wavelengths` must have shape \(k, 2\), pairs of \(u, v\), but has \(2, 30\); transpose it",
        ),
        (
            {"uv_wavelengths": UV * np.nan},
            r"`uv_wavelengths` must be finite, but has 60 of 60 values NaN.*; drop these visibilities",
        ),
    ],
)
def test_values_that_no_interferometer_has(arguments, message):
    with pytest.raises(ValueError, match=message):
        la.SimulatorInterferometer(**({"uv_wavelengths": UV, "exposure_time": 1.0} | arguments))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"transformer_class": "nufft"},
            r"`transformer_class` must be la\.TransformerNUFFT or la\.TransformerDFT, but is 'nufft'",
        ),
        ({"uv_wavelengths": UV + 0j}, r"`uv_wavelengths` must hold real numbers, but is complex128"),
        ({"noise_sigma": None}, r"`noise_sigma` must be a number or an array of real numbers, but is None"),
        (
            {"noise_sigma": 0.1 + 0.1j},
            r"`noise_sigma` must be real, .* but is complex; write `la\.Visibilities\(noise_sigma\)`",
        ),
        ({"noise_sigma": np.full(30, 0.1 + 0.1j)}, r"`noise_sigma` must be real, or Visibilities, but is complex"),
        ({"noise_sigma": [[0.1], [0.1, 0.2]]}, r"`noise_sigma` must be numbers, but is"),
    ],
)
def test_parts_of_the_wrong_kind(arguments, message):
    with pytest.raises(TypeError, match=message):
        la.SimulatorInterferometer(**({"uv_wavelengths": UV, "exposure_time": 1.0} | arguments))


def test_what_cannot_be_observed():
    simulator = la.SimulatorInterferometer(UV, 300.0)
    with pytest.raises(TypeError, match=r"`image` must be of type Array2D, but is ndarray; make one with `Array2D.no_mask"):
        simulator.via_image_from(np.ones((12, 11)))
    with pytest.raises(TypeError, match=r"`tracer` must be a Tracer, a Galaxy, or another object with .*; make one with"):
        simulator.via_tracer_from(None, grid_of())
    with pytest.raises(TypeError, match=r"`grid` must be of type Grid2D, but is Mask2D; make one with `Grid2D.uniform"):
        simulator.via_tracer_from(tracer_of(THETA), MASK)
    with pytest.raises(TypeError, match=r"`key` must be of the array library of `image`, but `key` is a JAX key"):
        simulator.via_tracer_from(tracer_of(THETA), grid_of(), jax.random.key(0))
    with pytest.raises(TypeError, match=r"`key` must be a JAX key or a NumPy Generator, but is int"):
        simulator.via_tracer_from(tracer_of(THETA), grid_of(), key=3)
    dark = la.Array2D(np.full(9, np.nan), la.Mask2D.all_false((3, 3), 0.1))
    with pytest.raises(ValueError, match=r"`image` must be finite, but has 9 of 9 values NaN"):
        simulator.via_image_from(dark)
    empty = la.Mask2D(np.ones((2, 2)), 0.1)
    with pytest.raises(ValueError, match=r"`real_space_mask` must use at least one pixel"):
        simulator.via_image_from(la.Array2D(np.ones(0), empty))
    with pytest.warns(UserWarning, match=r"`uv_wavelengths` should be at most 2.063e\+05 \(u\) and 2.063e\+05 \(v\)"):
        simulator.via_image_from(la.Array2D.ones((3, 3), 0.5))
    # Under `jit` noise that is not positive cannot be refused.
    drawn = jax.jit(
        lambda sigma: (
            la.SimulatorInterferometer(UV, 1.0, noise_sigma=sigma)
            .via_image_from(la.Array2D(jnp.ones(MASK.pixels_in_mask), MASK), jax.random.key(0))
            .data
        )
    )(-1.0)
    assert np.isnan(drawn.values).all()
