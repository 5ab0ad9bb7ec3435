import jax
import jax.numpy as jnp
import numpy as np
import pytest
from array_api_extra.testing import assert_close

import lensarrays as la

THETA = {
    "lens": {"centre": (0.01, -0.02), "ell_comps": (0.08, -0.05), "einstein_radius": 0.8, "slope": 2.1},
    "shear": {"gamma_1": 0.03, "gamma_2": -0.02},
    "source": {
        "centre": (0.05, 0.08),
        "ell_comps": (0.1, 0.05),
        "intensity": 1.0,
        "effective_radius": 0.15,
        "sersic_index": 1.5,
    },
}


def tracer_of(theta):
    lens = la.Galaxy(redshift=0.5, mass=[la.mp.PowerLaw(**theta["lens"]), la.mp.ExternalShear(**theta["shear"])])
    return la.Tracer(galaxies=[lens, la.Galaxy(redshift=1.0, light=[la.lp.SersicCore(**theta["source"])])])


def setup(xp=np, **kwargs):
    grid = la.Grid2D.uniform((24, 20), 0.1, over_sample_size=2, xp=xp)
    psf = la.Kernel2D.from_gaussian((5, 5), 0.1, 0.1, xp=xp)
    return la.SimulatorImaging(exposure_time=1000.0, background_sky_level=0.1, psf=psf, **kwargs), grid


def key_for(xp, seed):
    return jax.random.key(seed) if xp is jnp else np.random.default_rng(seed)


def test_the_expected_image_is_the_same_on_every_library(xp):
    simulator, grid = setup(xp)
    imaging = simulator.via_tracer_from(tracer_of(THETA), grid, key=None)
    reference = setup()[0].via_tracer_from(tracer_of(THETA), setup()[1], key=None)
    assert_close(imaging.data.values, xp.asarray(reference.data.values), rtol=1e-10)
    assert_close(imaging.noise_map.values, xp.asarray(reference.noise_map.values), rtol=1e-10)
    assert imaging.mask == grid.mask
    assert imaging.over_sample_size_lp == 2


def test_light_from_beyond_the_frame_is_blurred_into_it():
    """The image is that of a larger camera, cut."""
    simulator, grid = setup()
    larger = la.Grid2D.uniform((34, 30), 0.1, over_sample_size=2)
    cut = simulator.via_tracer_from(tracer_of(THETA), larger).data.resized_from((24, 20))
    # The border beyond the frame is not over-sampled, as in autoarray, so the light that it blurs into the frame's rim differs
    # by the error of one sample a pixel there; inside the rim nothing differs.
    framed = simulator.via_tracer_from(tracer_of(THETA), grid).data
    np.testing.assert_allclose(framed.values, cut.values, rtol=0.01, atol=2e-5)
    np.testing.assert_allclose(framed.native[2:-2, 2:-2], cut.native[2:-2, 2:-2], rtol=1e-9)
    fine = la.SimulatorImaging(exposure_time=1000.0, psf=simulator.psf)
    image = tracer_of(THETA).image_2d_from(la.Grid2D.uniform((28, 24), 0.1, over_sample_size=2))
    whole = fine.via_image_from(image).data.resized_from((24, 20))
    np.testing.assert_allclose(whole.values, cut.values, rtol=1e-9, atol=1e-12)


def test_noise_is_poisson_of_the_expected_counts(xp):
    simulator, grid = setup(xp)
    expected = simulator.via_tracer_from(tracer_of(THETA), grid)
    draws = []
    for seed in range(60):
        imaging = simulator.via_tracer_from(tracer_of(THETA), grid, key=key_for(xp, seed))
        counts = np.asarray((imaging.data + 0.1) * 1000.0)
        np.testing.assert_allclose(counts, np.round(counts), atol=1e-7)
        np.testing.assert_allclose(np.asarray(imaging.noise_map), np.sqrt(counts) / 1000.0, rtol=1e-9)
        draws.append((np.asarray(imaging.data) - np.asarray(expected.data)) / np.asarray(expected.noise_map))
    chi = np.asarray(draws)
    assert abs(chi.mean()) < 5 / np.sqrt(chi.size)
    assert abs((chi**2).mean() - 1) < 5 * np.sqrt(2 / chi.size)


def test_a_key_decides_the_noise_and_jit_changes_nothing():
    simulator, grid = setup(jnp)

    def simulate(theta, key):
        return simulator.via_tracer_from(tracer=tracer_of(theta), grid=grid, key=key)

    eager, jitted = simulate(THETA, jax.random.key(3)), jax.jit(simulate)(THETA, jax.random.key(3))
    assert_close(jitted.data.values, eager.data.values, rtol=1e-9, atol=1e-12)
    other = jax.jit(simulate)(THETA, jax.random.key(4))
    assert float(jnp.max(jnp.abs(other.data.values - eager.data.values))) > 0.0


def test_a_batch_is_a_loop_and_every_gradient_is_finite():
    simulator, grid = setup(jnp)

    def simulate(theta, key):
        return simulator.via_tracer_from(tracer=tracer_of(theta), grid=grid, key=key)

    scale = jnp.asarray([0.9, 1.0, 1.1])
    thetas = jax.tree_util.tree_map(lambda v: v * scale, THETA)
    keys = jax.random.split(jax.random.key(0), 3)
    batch = jax.jit(jax.vmap(simulate))(thetas, keys)
    assert batch.data.native.shape == (3, 24, 20)
    for i in range(3):
        one = jax.jit(simulate)(jax.tree_util.tree_map(lambda v, i=i: v[i], thetas), keys[i])
        assert_close(batch.data.values[i], one.data.values, rtol=1e-9, atol=1e-12)
    gradient = jax.jit(jax.grad(lambda t: simulate(t, None).data.array.sum()))(THETA)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree_util.tree_leaves(gradient))
    assert float(gradient["source"]["intensity"]) > 0.0


def test_float32_is_that_of_float64_to_a_stated_error():
    """Below a thousandth of the noise everywhere; the expected image is certified to 1e-5 of its peak."""
    double = setup()[0].via_tracer_from(tracer_of(THETA), setup()[1])
    simulator, grid = setup()
    simulator = la.SimulatorImaging(1000.0, 0.1, psf=simulator.psf.astype(np.float32))
    single = simulator.via_tracer_from(tracer_of(THETA), grid.astype(np.float32))
    assert single.data.dtype == np.float32
    error = np.abs(single.data.values - double.data.values)
    assert (error / double.noise_map.values).max() < 1e-3
    assert error.max() / double.data.values.max() < 1e-5


def test_float32_survives_compilation():
    double = setup()[0].via_tracer_from(tracer_of(THETA), setup()[1])
    simulator, grid = setup(jnp)
    simulator = jax.tree_util.tree_map(lambda v: jnp.asarray(v, dtype=jnp.float32), simulator)
    theta = jax.tree_util.tree_map(lambda v: jnp.asarray(v, dtype=jnp.float32), THETA)

    @jax.jit
    def simulate(simulator, theta, grid):
        return simulator.via_tracer_from(tracer_of(theta), grid)

    single = simulate(simulator, theta, grid.astype(jnp.float32))
    assert single.data.dtype == jnp.float32
    assert (np.abs(single.data.values - double.data.values) / double.noise_map.values).max() < 1e-3


def test_the_sky_can_stay_and_a_camera_can_have_no_psf():
    simulator, grid = setup(subtract_background_sky=False)
    without, _ = setup()
    difference = simulator.via_tracer_from(tracer_of(THETA), grid).data - without.via_tracer_from(tracer_of(THETA), grid).data
    np.testing.assert_allclose(difference.values, 0.1, rtol=1e-12)
    sharp = la.SimulatorImaging(1000.0, 0.1).via_tracer_from(tracer_of(THETA), grid)
    np.testing.assert_allclose(sharp.data.values, tracer_of(THETA).image_2d_from(grid).values, atol=1e-15)
    assert sharp.psf is None


def test_a_masked_grid_gives_the_same_image_masked():
    simulator, grid = setup()
    mask = la.Mask2D.circular((24, 20), 0.8, 0.1)
    masked = simulator.via_tracer_from(tracer_of(THETA), la.Grid2D.from_mask(mask, over_sample_size=2))
    whole = simulator.via_tracer_from(tracer_of(THETA), grid).data.apply_mask(mask)
    assert masked.mask == mask
    inner = mask.derive_mask.edge.array[~mask.array]
    # Masked pixels are not over-sampled, so the light that they blur into the rim is a little different.
    np.testing.assert_allclose(masked.data.values[inner], whole.values[inner], rtol=0.05, atol=2e-3)


def test_a_shifted_grid_shifts_the_image():
    simulator, grid = setup()
    moved = {name: dict(part) for name, part in THETA.items()}
    moved["lens"]["centre"], moved["source"]["centre"] = (0.01 - 0.3, -0.02 + 0.2), (0.05 - 0.3, 0.08 + 0.2)
    lens = la.Galaxy(redshift=0.5, mass=la.mp.PowerLaw(**THETA["lens"]))
    moved_lens = la.Galaxy(redshift=0.5, mass=la.mp.PowerLaw(**moved["lens"]))
    source, moved_source = (la.Galaxy(redshift=1.0, light=la.lp.SersicCore(**t["source"])) for t in (THETA, moved))
    shifted = simulator.via_tracer_from(la.Tracer([lens, source]), grid - (-0.3, 0.2))
    expected = simulator.via_tracer_from(la.Tracer([moved_lens, moved_source]), grid)
    np.testing.assert_allclose(shifted.data.values, expected.data.values, rtol=1e-9, atol=1e-12)


def test_bad_input():
    for value in (0.0, -1.0, np.nan):
        with pytest.raises(ValueError, match=r"`exposure_time` must be positive"):
            la.SimulatorImaging(exposure_time=value)
    with pytest.raises(ValueError, match=r"`background_sky_level` must be zero or positive"):
        la.SimulatorImaging(exposure_time=1.0, background_sky_level=-0.1)
    simulator, grid = setup()
    with pytest.raises(TypeError, match=r"`key` must be of the array library of `counts`"):
        simulator.via_tracer_from(tracer_of(THETA), grid, key=jax.random.key(0))
    with pytest.raises(TypeError, match=r"`key` must be a JAX key or a NumPy Generator, but is int"):
        simulator.via_tracer_from(tracer_of(THETA), grid, key=3)
    with pytest.raises(ValueError, match=r"`kernel` must have the pixel scales of `image`"):
        simulator.via_tracer_from(tracer_of(THETA), la.Grid2D.uniform((24, 20), 0.2))
    deflected = grid.grid_2d_via_deflection_grid_from(tracer_of(THETA).deflections_yx_2d_from(grid))
    with pytest.raises(ValueError, match=r"these values are not its pixel centres"):
        simulator.via_tracer_from(tracer_of(THETA), deflected)


def test_negative_counts_are_refused_outside_jit_and_flagged_inside():
    simulator = la.SimulatorImaging(exposure_time=100.0)
    image = la.Array2D.full(-1.0, (3, 3), 0.1, xp=jnp)
    with pytest.raises(ValueError, match=r"`counts` must be from 0 to 2\^62"):
        simulator.via_image_from(image, key=jax.random.key(0))
    flagged = jax.jit(lambda image, key: simulator.via_image_from(image, key=key))(image, jax.random.key(0))
    assert np.isnan(flagged.data.values).all()


# A dark sky.


@pytest.mark.parametrize("method", [la.FFT(), la.Direct()], ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("with_key", [False, True])
def test_without_a_sky_rounding_makes_no_negative_counts(xp, method, dtype, with_key):
    """Far from a compact source an FFT leaves values like -1e-17, which are no light."""
    psf = la.Kernel2D.from_gaussian((11, 11), 0.05, 0.08).astype(dtype)
    psf = la.Kernel2D(xp.asarray(psf.values), psf.mask)
    simulator = la.SimulatorImaging(exposure_time=2000.0, psf=psf, convolution=method)
    tracer = la.Tracer([la.Galaxy(1.0, light=la.lp.Sersic(intensity=1.0, effective_radius=0.05, sersic_index=1.0))])
    grid = la.Grid2D.uniform((60, 50), 0.05, over_sample_size=1, xp=xp)
    grid = grid.astype(xp.float32 if dtype is np.float32 else xp.float64)
    raw = la.convolve(tracer.image_2d_from(grid), psf, method=method)
    assert bool(xp.any(raw.values < 0)) == (method == la.FFT())

    def simulate(grid, key):
        return simulator.via_tracer_from(tracer, grid, key)

    for function in (simulate, jax.jit(simulate)) if xp is jnp else (simulate,):
        imaging = function(grid, key_for(xp, 0) if with_key else None)
        data, noise = np.asarray(imaging.data.values), np.asarray(imaging.noise_map.values)
        assert data.dtype == dtype
        assert (data >= 0).all()
        assert (data == 0).any() or not with_key
        assert (noise >= np.asarray(1 / 2000.0, dtype)).all()
        assert np.isfinite(noise).all()


@pytest.mark.parametrize("library", [np, jnp], ids=["numpy", "jax"])
def test_what_is_more_negative_than_rounding_is_refused_for_each_image_of_a_batch(library):
    bright = la.Array2D.full(1e20, (9, 9), 0.1).values
    dark = la.Array2D.zeros((9, 9), 0.1).at[40].set(-1e-3).values
    simulator = la.SimulatorImaging(1.0, psf=la.Kernel2D.from_gaussian((3, 3), 0.1, 0.1))
    batch = la.Array2D(library.asarray(np.stack([bright, dark])), la.Mask2D.all_false((9, 9), 0.1))
    expected = np.asarray(simulator.via_image_from(batch).data.values)
    assert (expected[1] < 0).any()
    faint = la.Array2D(batch.values / 1e20, batch.mask)
    with pytest.raises(ValueError, match=r"`counts` must be from 0 to 2\^62"):
        simulator.via_image_from(faint, key_for(library, 0))


def test_a_pixel_that_counts_nothing_has_the_noise_of_one_count(xp):
    image = la.Array2D(xp.asarray(np.asarray([0.0, 1e-6, 0.01, 4.0])), la.Mask2D.all_false((2, 2), 0.1))
    simulator = la.SimulatorImaging(exposure_time=100.0)
    expected = simulator.via_image_from(image).noise_map
    assert_close(expected.values, xp.asarray(np.asarray([0.01, 0.01, 0.01, 0.2])))
    for seed in range(5):
        noise = np.asarray(simulator.via_image_from(image, key_for(xp, seed)).noise_map.values)
        np.testing.assert_allclose(noise[:2], 0.01)
    if xp is jnp:
        jitted = jax.jit(lambda image, key: simulator.via_image_from(image, key))
        np.testing.assert_allclose(jitted(image, None).noise_map.values, expected.values)
        np.testing.assert_allclose(jitted(image, jax.random.key(0)).noise_map.values[:2], 0.01)


# Batches and maps.


def test_a_batch_of_exposure_times_and_skies_is_vmap():
    _, grid = setup(jnp)
    times, skies = jnp.asarray([10.0, 100.0, 1000.0]), jnp.asarray([0.1, 0.2, 0.3])

    def simulate(time, sky):
        return la.SimulatorImaging(time, sky, psf=setup(jnp)[0].psf).via_tracer_from(tracer_of(THETA), grid)

    for arguments, axes in (((times, 0.1), (0, None)), ((100.0, skies), (None, 0)), ((times, skies), 0)):
        batch, loop = simulate(*arguments), jax.vmap(simulate, in_axes=axes)(*arguments)
        assert batch.data.native.shape == (3, 24, 20)
        assert_close(batch.data.values, loop.data.values, rtol=1e-12)
        assert_close(batch.noise_map.values, loop.noise_map.values, rtol=1e-12)
    drawn = la.SimulatorImaging(times, skies).via_tracer_from(tracer_of(THETA), grid, jax.random.key(0))
    assert drawn.data.native.shape == (3, 24, 20)
    listed = la.SimulatorImaging([10.0, 100.0, 1000.0], [0.1, 0.2, 0.3], psf=setup(jnp)[0].psf)
    assert_close(listed.via_tracer_from(tracer_of(THETA), grid).data.values, simulate(times, skies).data.values)


def test_a_map_of_exposure_times_is_an_image(xp):
    image = la.Array2D(xp.asarray(np.asarray([1.0, 2.0])), la.Mask2D.all_false((1, 2), 0.1))
    times = la.Array2D(np.asarray([100.0, 400.0]), image.mask)
    imaging = la.SimulatorImaging(times).via_image_from(image)
    assert_close(imaging.noise_map.values, xp.asarray(np.asarray([0.1, (2.0 / 400.0) ** 0.5])))
    with pytest.raises(ValueError, match="must have the same mask"):
        la.SimulatorImaging(la.Array2D.ones((2, 2), 0.1)).via_image_from(image)
    with pytest.raises(TypeError, match="`exposure_time` must be numbers"):
        la.SimulatorImaging([[1.0], [1.0, 2.0]])


def test_an_array_that_was_given_may_be_written_to():
    times = np.asarray([1.0, 2.0])
    simulator = la.SimulatorImaging(times)
    times[0] = 7.0
    assert simulator.exposure_time[0] == 1.0


# Wrong kinds.


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"psf": np.ones((3, 3))}, r"`psf` must be of type Kernel2D, but is ndarray; make one with `Kernel2D"),
        (
            {"convolution": "fft"},
            r"`convolution` must be of type FFT or Direct or Separable, but is the string 'fft'; pass `FFT",
        ),
        ({"poisson": "fast"}, r"`poisson` must be of type ExactPoisson or FastPoisson, but is the string 'fast'; pass `Exact"),
    ],
)
def test_a_camera_of_the_wrong_parts(arguments, message):
    with pytest.raises(TypeError, match=message):
        la.SimulatorImaging(1.0, **arguments)


def test_what_cannot_be_observed():
    simulator, grid = setup()
    with pytest.raises(TypeError, match=r"`image` must be of type Array2D, but is ndarray; make one with `Array2D.no_mask"):
        simulator.via_image_from(np.ones((24, 20)))
    for tracer in (None, np.ones(3)):
        with pytest.raises(TypeError, match=r"`tracer` must be a Tracer, a Galaxy, or another object with .*; make one with"):
            simulator.via_tracer_from(tracer, grid)
    for wrong in (la.Grid2DIrregular([(0.0, 1.0)]), grid.values):
        with pytest.raises(TypeError, match=r"`grid` must be of type Grid2D, but is .*; make one with `Grid2D.uniform"):
            simulator.via_tracer_from(tracer_of(THETA), wrong)


def test_a_kernel_larger_than_the_image_is_refused():
    simulator, _ = setup()
    with pytest.raises(
        ValueError, match=r"`psf` must not be larger than the image, \(4, 20\), but has shape \(5, 5\); trim it"
    ):
        simulator.via_tracer_from(tracer_of(THETA), la.Grid2D.uniform((4, 20), 0.1))
    assert simulator.via_tracer_from(tracer_of(THETA), la.Grid2D.uniform((5, 5), 0.1)).shape_native == (5, 5)
