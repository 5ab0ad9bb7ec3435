"""Exponential, de Vaucouleurs and Gaussian profiles: against other codes, and their total light."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
from array_api_extra.testing import assert_close, lazy_xp_function

from lensarrays import Grid2D, Grid2DIrregular
from lensarrays.models import lp
from lensarrays.models.light.dev_vaucouleurs import DevVaucouleurs
from lensarrays.models.light.exponential import Exponential
from lensarrays.models.light.gaussian import Gaussian

CLASSES = [Exponential, DevVaucouleurs, Gaussian]
POINTS = np.asarray([(0.3, 0.4), (-0.5, 1.1), (1.2, -0.7), (-0.05, 0.02)])
COMMON = {"centre": (0.1, -0.2), "ell_comps": (0.05, -0.1), "intensity": 1.5}
# autogalaxy 2026.10.26.1, and lenstronomy 1.14.2: SERSIC_ELLIPSE, whose b_n is a cruder fit, and GAUSSIAN_ELLIPSE, whose
# sigma is sigma / sqrt(q) and whose amplitude is the total.
REFERENCES = [
    (
        Exponential(**COMMON, effective_radius=0.7),
        [1.60688623714242, 0.17740038858448, 0.46430483174127, 4.00025568034195],
        [1.60647186341, 0.178825068586, 0.466349402154, 3.985580722424],
        1e-2,
    ),
    (
        DevVaucouleurs(**COMMON, effective_radius=0.7),
        [1.62472079766439, 0.26159052488831, 0.50621243889218, 6.80095830140184],
        [1.624728412186, 0.261563719146, 0.506180174108, 6.801561555411],
        2e-4,
    ),
    (
        Gaussian(**COMMON, sigma=0.7),
        [1.0388526546566, 0.19083838251311, 0.47371873099209, 1.40001231555555],
        [1.0388526546566, 0.19083838251311, 0.47371873099209, 1.40001231555555],
        1e-12,
    ),
]


def ell_comps(q, angle=0.7):
    f = (1 - q) / (1 + q)
    return f * np.sin(2 * angle), f * np.cos(2 * angle)


def image(profile, grid):
    return profile.image_2d_from(grid).values


lazy_xp_function(image)


@pytest.mark.parametrize(("profile", "autogalaxy", "lenstronomy", "tolerance"), REFERENCES)
def test_agrees_with_other_codes_on_every_library(profile, autogalaxy, lenstronomy, tolerance, xp):
    result = image(jax.tree_util.tree_map(xp.asarray, profile), Grid2DIrregular(xp.asarray(POINTS)))
    assert_close(result, xp.asarray(autogalaxy), rtol=1e-12)
    assert_close(result, xp.asarray(lenstronomy), rtol=tolerance)


def total(profile, steps=400):
    """Return the light on a grid of radii and angles, which is exact for what decays fast in log(r)."""
    angles = np.arange(steps) * 2 * np.pi / steps
    log_r = np.linspace(np.log(1e-8), np.log(1e6), 4 * steps)
    r = np.exp(log_r)[:, None]
    values = image(profile, Grid2DIrregular(np.stack([r * np.sin(angles), r * np.cos(angles)], axis=-1).reshape(-1, 2)))
    return np.sum(r**2 * values.reshape(r.size, steps)) * (log_r[1] - log_r[0]) * 2 * np.pi / steps


@pytest.mark.parametrize(("cls", "n"), [(Exponential, 1), (DevVaucouleurs, 4)])
@pytest.mark.parametrize("q", [1.0, 0.5])
def test_total_light_of_a_sersic_profile_is_the_same_for_all_axis_ratios(cls, n, q):
    b = scipy.special.gammaincinv(2 * n, 0.5)
    expected = 2 * np.pi * n * 0.6**2 * np.exp(b) * b ** (-2 * n) * scipy.special.gamma(2 * n)
    profile = cls(ell_comps=ell_comps(q), intensity=1.0, effective_radius=0.6)
    np.testing.assert_allclose(total(profile), expected, rtol=1e-4)


@pytest.mark.parametrize("q", [1.0, 0.5])
def test_total_light_of_a_gaussian(q):
    profile = Gaussian(ell_comps=ell_comps(q), intensity=3.0, sigma=0.4)
    np.testing.assert_allclose(total(profile), 2 * np.pi * 0.4**2 * 3.0 / q, rtol=1e-10)


def test_gaussian_has_its_sigma_along_the_minor_axis():
    angle, q = 0.7, 0.5
    gaussian = Gaussian(ell_comps=ell_comps(q, angle), intensity=1.0, sigma=0.4)
    minor, major = (0.4 * np.cos(angle), -0.4 * np.sin(angle)), (0.8 * np.sin(angle), 0.8 * np.cos(angle))
    np.testing.assert_allclose(image(gaussian, Grid2DIrregular([minor, major])), np.exp([-0.5, -0.5]), rtol=1e-13)


@pytest.mark.parametrize(("cls", "n"), [(Exponential, 1.0), (DevVaucouleurs, 4.0)])
def test_they_are_sersic_profiles_with_the_same_defaults(cls, n):
    grid = Grid2DIrregular(POINTS)
    np.testing.assert_array_equal(image(cls(), grid), image(lp.Sersic(sersic_index=n), grid))


def test_a_gaussian_is_a_sersic_profile_of_index_one_half():
    q, sigma, grid = 0.6, 0.4, Grid2DIrregular(POINTS)
    b = scipy.special.gammaincinv(1, 0.5)
    sersic = lp.Sersic(
        ell_comps=ell_comps(q), intensity=np.exp(-b), effective_radius=sigma * np.sqrt(2 * b / q), sersic_index=0.5
    )
    gaussian = Gaussian(ell_comps=ell_comps(q), intensity=1.0, sigma=sigma)
    np.testing.assert_allclose(image(sersic, grid), image(gaussian, grid), rtol=5e-3)  # the series for b_n at 0.5


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("dtype", [jnp.float64, jnp.float32])
def test_values_and_gradients_are_finite_at_hard_places(cls, dtype):
    points = jnp.asarray([(0.0, 0.0), (1e-20, 0.0), (1e-9, -1e-9), (0.0, 1.0), (0.0, 1e3)], dtype=dtype)

    def summed(profile, points):
        return image(profile, Grid2DIrregular(points)).sum()

    value, gradients = jax.jit(jax.value_and_grad(summed, argnums=(0, 1)))(jax.tree_util.tree_map(jnp.asarray, cls()), points)
    for number in jax.tree_util.tree_leaves((value, gradients)):
        assert np.isfinite(number).all()


@pytest.mark.parametrize("profile", [reference[0] for reference in REFERENCES])
def test_float32_has_the_stated_error_and_draws_may_be_a_batch(profile):
    radii = np.geomspace(1e-4, 3.0, 100)
    points = np.stack([0.28 * radii, 0.96 * radii], axis=-1).astype(np.float32)
    single, double = (image(profile, Grid2DIrregular(points.astype(dtype))) for dtype in (np.float32, np.float64))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, double, rtol=1e-5)
    batch = jax.tree_util.tree_map(lambda v: np.asarray([v, 1.1 * v]), profile)
    one = jax.tree_util.tree_map(lambda v: 1.1 * v, profile)
    together, alone = (image(p, Grid2DIrregular(POINTS)) for p in (batch, one))
    np.testing.assert_allclose(together[1], alone, rtol=1e-13)


@pytest.mark.parametrize("cls", CLASSES)
def test_on_an_image_light_is_averaged_over_sub_pixels(cls):
    grid, profile = Grid2D.uniform((4, 3), 0.2, over_sample_size=3), cls(ell_comps=(0.1, 0.2))
    fine = image(profile, Grid2DIrregular(grid.over_sampled.values)).reshape(12, 9)
    np.testing.assert_allclose(image(profile, grid), fine.mean(axis=1), rtol=1e-13)


BAD = [
    (Exponential, {"effective_radius": 0.0}, "`effective_radius` must be positive and finite, but is 0.0; give a value above"),
    (DevVaucouleurs, {"effective_radius": -1.0}, "`effective_radius` must be positive and finite, but is -1.0"),
    (DevVaucouleurs, {"intensity": np.nan}, "`intensity` must be finite, but is nan"),
    (Gaussian, {"sigma": 0.0}, "`sigma` must be positive and finite, but is 0.0; give a value above zero"),
    (Gaussian, {"intensity": np.nan}, "`intensity` must be finite, but is nan"),
    (Gaussian, {"ell_comps": (0.8, 0.6)}, "`ell_comps` must have a length"),
]


@pytest.mark.parametrize(("cls", "fields", "message"), BAD)
def test_bad_parameters_raise_and_traced_ones_give_nan(cls, fields, message):
    with pytest.raises(ValueError, match=message):
        cls(**fields)
    grid = Grid2DIrregular([(0.0, 0.0), (0.3, -1.2)])
    assert np.isnan(jax.jit(lambda fields: image(cls(**fields), grid))(fields)).all()
