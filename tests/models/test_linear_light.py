"""Light whose intensity a fit solves for: its images, their order, and what they are worth to a fit.

data/linear_light.npz has values of autolens 2026.10.26.1: at a few of the pixels of a circular mask, the images of linear
Gaussians, and of a linear Sersic and exponential profile, convolved with a kernel that is not symmetric.
"""

import dataclasses
import pathlib

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from array_api_extra.testing import assert_close, lazy_xp_function

import lensarrays as la
from lensarrays.models import lp_basis, lp_linear
from lensarrays.models._light_points import light_points
from lensarrays.models._linear_light import LinearColumns, light_images_from, with_intensities
from lensarrays.models.light.abstract import AbstractLinearLightProfile
from lensarrays.models.mass.isothermal import Isothermal

MASK = la.Mask2D.circular((14, 12), radius=0.5, pixel_scales=0.1)
SIZES = np.where(np.arange(MASK.pixels_in_mask) % 5 == 0, 3, np.where(np.arange(MASK.pixels_in_mask) < 30, 1, 2))
SIGMAS = np.asarray([0.01, 0.2, 0.7])
MASS = [la.mp.Isothermal(ell_comps=(0.1, 0.05), einstein_radius=0.4), la.mp.ExternalShear(0.02, -0.03)]
EXPANSION = lp_linear.Gaussian(centre=(0.02, -0.01), ell_comps=(0.1, 0.2), sigma=SIGMAS)
DISC = lp_linear.Exponential(ell_comps=(-0.1, 0.1), effective_radius=0.3)
BULGE = la.lp.Sersic(intensity=2.0, effective_radius=0.2)
SOURCE = la.Galaxy(1.0, light=[lp_linear.Gaussian(sigma=0.1), lp_linear.Gaussian(centre=(0.05, 0.02), sigma=0.2), BULGE])
LENS = la.Galaxy(0.5, light=[DISC, lp_basis.Basis([EXPANSION, BULGE, lp_linear.Gaussian(sigma=0.4)]), BULGE], mass=MASS)
TRACER = la.Tracer([SOURCE, LENS])
# One profile for each column, and the galaxy that it is in.
ALONE = [
    (0, lp_linear.Gaussian(sigma=0.1)),
    (0, lp_linear.Gaussian(centre=(0.05, 0.02), sigma=0.2)),
    (1, DISC),
    *((1, lp_linear.Gaussian((0.02, -0.01), (0.1, 0.2), float(sigma))) for sigma in SIGMAS),
    (1, lp_linear.Gaussian(sigma=0.4)),
]


def grids(xp=np, sizes=SIZES):
    grid = la.Grid2D.from_mask(MASK, sizes, xp=xp)
    return grid, la.Grid2D.blurring_grid_from(MASK, (5, 3), 1, xp=xp)


def columns(tracer, grid, blurring_grid):
    return light_images_from(tracer, grid, blurring_grid).columns


lazy_xp_function(columns)


def expected_columns():
    rows = []
    for number, profile in ALONE:
        galaxies = [la.Galaxy(1.0), la.Galaxy(0.5, mass=MASS)]
        galaxies[number] = la.Galaxy(galaxies[number].redshift, profile.with_intensity(1.0), galaxies[number].mass)
        rows.append(np.concatenate([la.Tracer(galaxies).image_2d_from(grid).values for grid in grids()]))
    return np.stack(rows)


def test_agrees_with_autolens():
    with np.load(pathlib.Path(__file__).parent / "data" / "linear_light.npz") as file:
        data = dict(file)
    mask = la.Mask2D.circular((60, 60), radius=1.4, pixel_scales=0.05)
    sizes = la.over_sample_size_via_radial_bins_from(la.Grid2D.from_mask(mask), [4, 2, 1], [0.3, 0.6])
    grid, around = la.Grid2D.from_mask(mask, sizes), la.Grid2D.blurring_grid_from(mask, data["psf"].shape, 1)
    psf, n = la.Kernel2D.no_mask(data["psf"], 0.05), mask.pixels_in_mask

    def blurred(*light):
        images = columns(la.Tracer([la.Galaxy(0.5, light=list(light))]), grid, around)
        image, outside = la.Array2D(images[:, :n], mask), la.Array2D(images[:, n:], around.mask)
        return la.convolve(image, psf, outside).values.T[data["pixels"]]

    for centre, ell_comps, expected in zip(data["centre"], data["ell_comps"], data["gaussians"], strict=True):
        result = blurred(lp_basis.Basis(lp_linear.Gaussian(centre, ell_comps, data["sigmas"])))
        np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-14)
    bulge, disc = data["bulge"], data["disc"]
    profiles = lp_linear.Sersic(bulge[:2], bulge[2:4], *bulge[5:]), lp_linear.Exponential(disc[:2], disc[2:4], disc[5])
    np.testing.assert_allclose(blurred(*profiles), data["sersics"], rtol=1e-12)


def test_each_column_is_the_image_of_one_profile_in_a_fixed_order_on_every_library(xp):
    result = columns(TRACER, *grids(xp))
    assert_close(result, xp.asarray(expected_columns()), rtol=1e-12, atol=1e-15)
    members = light_images_from(TRACER, *grids()).members
    assert members == tuple(
        LinearColumns(*numbers) for numbers in [(0, 0, 0, 1), (0, 1, 1, 2), (1, 0, 2, 3), (1, 1, 3, 6), (1, 2, 6, 7)]
    )


def test_ordinary_light_is_that_of_the_tracer_and_of_each_galaxy():
    images, n = light_images_from(TRACER, *grids()), MASK.pixels_in_mask
    for grid, part in zip(grids(), (images.ordinary[:n], images.ordinary[n:]), strict=True):
        np.testing.assert_allclose(part, TRACER.image_2d_from(grid).values, rtol=1e-12)
    one = [light_images_from(TRACER, *grids(), only=k) for k in (0, 1)]
    np.testing.assert_allclose(one[0].ordinary + one[1].ordinary, images.ordinary, rtol=1e-12)
    assert (one[0].members, one[0].columns.shape[0]) == ((), 0)
    assert light_images_from(la.Tracer([la.Galaxy(0.5, DISC)]), *grids()).ordinary is None


def test_linear_light_counts_as_nothing_before_a_fit():
    grid = grids()[0]
    np.testing.assert_array_equal(LENS.image_2d_from(grid).values, (2 * la.Galaxy(0.5, BULGE).image_2d_from(grid)).values)
    only_linear = la.Galaxy(0.5, light=[DISC, lp_basis.Basis(EXPANSION)])
    assert (only_linear.image_2d_from(grid).values == 0).all()
    assert (la.Tracer([only_linear]).image_2d_from(grid).values == 0).all()


def test_a_tracer_with_intensities_shows_their_sum():
    images, intensities = light_images_from(TRACER, *grids()), np.asarray([0.5, 2.0, 1.0, 3.0, -0.1, 0.2, 0.7])
    solved = with_intensities(TRACER, intensities).image_2d_from(grids()[0]).values
    total = images.ordinary + intensities @ images.columns
    np.testing.assert_allclose(solved, total[: MASK.pixels_in_mask], rtol=1e-12)
    alone = with_intensities(la.Tracer([la.Galaxy(0.5, EXPANSION)]), intensities[3:6]).image_2d_from(grids()[0])
    np.testing.assert_allclose(alone.values, (intensities[3:6] @ images.columns[3:6])[: MASK.pixels_in_mask], rtol=1e-12)


def test_rays_are_traced_once_whatever_there_is_to_see(monkeypatch):
    calls, original = [], Isothermal.__dict__["_deflections"]
    method = getattr(original, "method", original)
    monkeypatch.setattr(
        Isothermal, "_deflections", lambda self, y, x, *, xp: calls.append(y.shape) or method(self, y, x, xp=xp)
    )
    behind = la.Galaxy(2.0, light=[lp_linear.Sersic(), BULGE])
    light_images_from(la.Tracer([behind, SOURCE, LENS, SOURCE]), *grids())
    assert calls == [(light_points(MASK, grids()[0].over_sample_size, grids()[1].mask).y.size,)]


def test_without_sub_pixels_and_for_a_batch_of_masses():
    centres = la.Grid2D.from_mask(MASK, over_sample_size=1)
    # Strict arrays, as Numba's loop counts as nothing what is 21 decades below the peak.
    values = np.asarray(light_images_from(TRACER, la.Grid2D.from_mask(MASK, 1, xp=array_api_strict)).columns)
    at_lens = [profile.image_2d_from(la.Grid2DIrregular(centres.values)).values for k, profile in ALONE if k]
    np.testing.assert_allclose(values[2:], at_lens, rtol=1e-12)
    lenses = la.Galaxy(0.5, DISC, la.mp.Isothermal(einstein_radius=np.asarray([0.3, 0.4])))
    batch = columns(la.Tracer([SOURCE, lenses]), *grids())
    alone = columns(la.Tracer([SOURCE, la.Galaxy(0.5, DISC, la.mp.Isothermal(einstein_radius=0.4))]), *grids())
    assert batch.shape == (2, *alone.shape)
    np.testing.assert_allclose(batch[1], alone, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("sizes", [1, 2])
def test_one_over_sampling_and_no_kernel(sizes):
    grid = la.Grid2D.from_mask(MASK, sizes)
    expected = [DISC.image_2d_from(grid).values, *EXPANSION.image_2d_from(grid).values]
    result = columns(la.Tracer([la.Galaxy(0.5, [DISC, EXPANSION])]), grid, None)
    np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-15)


def test_gaussians_on_numpy_stay_finite_far_away_and_not_a_number_stays_one():
    many = lp_linear.Gaussian(centre=(np.asarray([0.0, 90.0]), np.asarray([0.0, 0.0])), sigma=np.asarray([1e-160, 0.3]))
    mask = la.Mask2D.circular((5, 5), radius=0.2, pixel_scales=0.1)
    narrow, far = columns(la.Tracer([la.Galaxy(0.5, many)]), la.Grid2D.from_mask(mask, 1), None)
    assert narrow.sum() == narrow[mask.pixels_in_mask // 2] == 1
    assert (far == 0).all()
    from lensarrays.models._gaussian_columns_numba import set_gaussian_columns

    points = light_points(MASK, 1, None)
    y = np.where(np.arange(points.y.size) == 3, np.nan, points.y)
    rows = np.asarray([[0.0, 0.0, 0.0, 0.0, 8.0]])
    image = np.empty((1, points.pixels.size))
    set_gaussian_columns(image, np.asarray([0]), y, points.x, rows, np.asarray(points.groups), points.pixels)
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(image[0])), [3])


def test_it_goes_through_jit_vmap_and_grad_and_float32():
    grid, around = grids(jnp)
    weights = np.random.default_rng(1).normal(size=(3, MASK.pixels_in_mask + around.mask.pixels_in_mask))

    def weighted(theta, grids=(grid, around)):
        expansion = lp_linear.Gaussian(centre=(theta[0], 0.02), ell_comps=(0.1, theta[1]), sigma=SIGMAS)
        lens = la.Galaxy(0.5, mass=la.mp.Isothermal(einstein_radius=theta[2]))
        return (columns(la.Tracer([lens, la.Galaxy(1.0, expansion)]), *grids) * weights).sum()

    thetas = np.asarray([[0.01, 0.05, 0.3], [-0.02, -0.1, 0.35]])
    values, gradients = jax.jit(jax.vmap(jax.value_and_grad(weighted)))(jnp.asarray(thetas))
    for theta, value, gradient in zip(thetas, values, gradients, strict=True):
        np.testing.assert_allclose(weighted(theta, grids()), value, rtol=1e-10)
        steps = 1e-6 * np.eye(3)
        differences = [(weighted(theta + step, grids()) - weighted(theta - step, grids())) / 2e-6 for step in steps]
        np.testing.assert_allclose(gradient, differences, rtol=1e-5, atol=1e-6)
    single = columns(TRACER, *(part.astype(np.float32) for part in grids()))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, expected_columns(), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", lp_linear.__all__)
def test_they_are_those_of_lp_without_an_intensity(name):
    cls, ordinary = getattr(lp_linear, name), getattr(la.lp, name)
    profile, fields = cls(), [field.name for field in dataclasses.fields(ordinary) if field.name != "intensity"]
    assert (cls.__name__, [field.name for field in dataclasses.fields(cls)]) == (name, fields)
    assert isinstance(profile, AbstractLinearLightProfile)
    assert type(profile.with_intensity(2.0)) is ordinary
    grid = la.Grid2DIrregular([(0.3, 0.1), (0.0, 0.6)])
    np.testing.assert_allclose(2.0 * profile.image_2d_from(grid).values, profile.with_intensity(2.0).image_2d_from(grid).values)
    assert cls(centre=np.zeros((4, 2))).image_2d_from(grid).values.shape == (4, 2)


def test_a_basis_is_the_sum_of_its_ordinary_profiles():
    grid = grids()[0]
    widths = la.lp.Gaussian(intensity=np.asarray([1.0, 2.0]), sigma=np.asarray([0.1, 0.4]))
    parts = [la.lp.Gaussian(intensity=1.0, sigma=0.1), la.lp.Gaussian(intensity=2.0, sigma=0.4), BULGE]
    expected = sum(part.image_2d_from(grid).values for part in parts)
    np.testing.assert_allclose(lp_basis.Basis([widths, EXPANSION, BULGE]).image_2d_from(grid).values, expected, rtol=1e-12)


def test_bad_input_raises():
    with pytest.raises(ValueError, match=r"`sigma` must be positive and finite, but is -1.0"):
        lp_linear.Gaussian(sigma=-1.0)
    with pytest.raises(ValueError, match=r"parameters of a linear profile must be numbers or arrays of shape \(b,\).*\(2, 3\)"):
        lp_linear.Gaussian(sigma=np.ones((2, 3)))
    with pytest.raises(
        ValueError, match=r"parameters of a Gaussian must have shapes that broadcast, but have .*\(4,\).*\(3,\)"
    ):
        lp_linear.Gaussian(centre=np.zeros((4, 2)), sigma=SIGMAS)
    with pytest.raises(TypeError, match="unexpected keyword argument 'intensity'"):
        lp_linear.Gaussian(intensity=1.0)
    with pytest.raises(ValueError, match=r"`profile_list` must be one light profile or more, but is empty; pass \[lp_linear"):
        lp_basis.Basis([])
    for wrong in (la.mp.Isothermal(), lp_basis.Basis(EXPANSION)):
        with pytest.raises(
            TypeError, match=f"`profile_list` must be light profiles, .* but has a {type(wrong).__name__}; pass one"
        ):
            lp_basis.Basis([wrong])
    with pytest.raises(AttributeError, match="has no attribute 'Moffat'; it has DevVaucouleurs, Exponential"):
        _ = lp_linear.Moffat
    assert dir(lp_linear) == lp_linear.__all__
