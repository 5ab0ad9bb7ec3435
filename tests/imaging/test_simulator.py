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
    assert imaging.over_sample_size == 2


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
