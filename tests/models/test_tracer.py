"""Rays through many planes: against autolens, and against what must be the same."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
from array_api_extra.testing import assert_close, lazy_xp_function

from lensarrays import Grid2D, Grid2DIrregular, Mask2D
from lensarrays.models import FlatLambdaCDM, Galaxy, Planck15, Tracer, lp, mp

SOURCE = lp.SersicCore(centre=(0.1, 0.05), ell_comps=(-0.1, 0.2), effective_radius=0.4, sersic_index=1.5, intensity=0.7)
LENS_LIGHT = lp.Sersic(intensity=0.3, sersic_index=2.0)
LENS_MASS = (
    mp.PowerLaw(centre=(0.05, -0.04), ell_comps=(0.1, -0.15), einstein_radius=1.1, slope=2.1),
    mp.ExternalShear(0.03, -0.05),
)
HALO = mp.NFWTruncatedSph(centre=(0.4, 0.6), kappa_s=0.1, scale_radius=0.5, truncation_radius=2.0)
GRID = Grid2D.uniform((6, 5), 0.4, over_sample_size=2)


class AutogalaxyCosmology(eqx.Module):
    """Planck15 as autogalaxy approximates it: one massive species that is matter at all times, the others massless."""

    def comoving_distance_between_redshifts_in_kpc_from(self, a, b):
        h = 0.6774
        photons = 2.469e-5 / h**2
        radiation, neutrinos = photons * (1 + 0.2271 * (3.046 - 1)), 0.06 / 93.14 / h**2
        constant = 1 - 0.3075 - radiation - neutrinos

        def integrand(z):
            return ((0.3075 + neutrinos) * (1 + z) ** 3 + radiation * (1 + z) ** 4 + constant) ** -0.5

        return np.asarray(scipy.integrate.quad(integrand, float(a), float(b), epsabs=0, epsrel=1e-13)[0])


def scene(reference, number, cosmology=None):
    halos, redshifts = reference[f"scene/{number}/halos"], reference[f"scene/{number}/halo_redshifts"]
    galaxies = [Galaxy(2.0, light=SOURCE), Galaxy(0.5, LENS_LIGHT, LENS_MASS)]
    for z, halo in zip(redshifts, halos, strict=True):
        galaxies.append(Galaxy(float(z), mass=mp.NFWTruncatedSph((halo[0], halo[1]), *halo[2:])))
    return Tracer(galaxies, cosmology)


def evaluate(tracer, quantity, grid):
    return getattr(tracer, f"{quantity}_2d_from")(grid)


def traced_positions(tracer, grid):
    return [traced.values for traced in tracer.traced_grid_2d_list_from(grid)]


lazy_xp_function(evaluate)
lazy_xp_function(traced_positions)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_agrees_with_autolens_on_every_library(number, xp, reference):
    grid = Grid2D.from_mask(Mask2D(reference["mask"], pixel_scales=0.3), over_sample_size=3, xp=xp)
    tracer = scene(reference, number, AutogalaxyCosmology())
    assert np.allclose(tracer.plane_redshifts, reference[f"scene/{number}/plane_redshifts"], rtol=0, atol=0)
    for quantity in ("image", "deflections_yx", "convergence", "potential"):
        expected = xp.asarray(reference[f"scene/{number}/{quantity}"])
        assert_close(evaluate(tracer, quantity, grid).values, expected, rtol=1e-9, atol=1e-10)
    for result, expected in zip(traced_positions(tracer, grid), reference[f"scene/{number}/traced"], strict=True):
        assert_close(result, xp.asarray(expected), rtol=1e-10, atol=1e-11)


def test_with_astropys_cosmology_the_difference_to_autolens_is_that_of_the_cosmologies(reference):
    grid = Grid2D.from_mask(Mask2D(reference["mask"], pixel_scales=0.3), over_sample_size=3)
    np.testing.assert_allclose(scene(reference, 2).image_2d_from(grid).values, reference["scene/2/image"], rtol=1e-5)


MANY = [
    Galaxy(0.2, mass=HALO),
    Galaxy(0.5, LENS_LIGHT, LENS_MASS),
    Galaxy(0.5, mass=mp.NFWTruncatedSph(centre=(-0.7, 0.2))),
    Galaxy(1.2, mass=mp.Isothermal(centre=(0.3, -0.8), einstein_radius=0.2)),
    Galaxy(2.0, light=SOURCE),
]


def test_recursion_is_the_sum_over_all_planes_in_front():
    points = np.asarray(GRID.values)
    redshifts, cosmology = [0.2, 0.5, 1.2, 2.0], Planck15()
    positions, deflections = [], []
    for j, z in enumerate(redshifts):
        position = points
        for i in range(j):
            factor = cosmology.scaling_factor_between_redshifts_from(redshifts[i], z, 2.0)
            position = position - factor * deflections[i]
        positions.append(position)
        here = [galaxy.deflections_yx_2d_from(Grid2DIrregular(position)).values for galaxy in MANY if galaxy.redshift == z]
        deflections.append(sum(here))
    for result, expected in zip(traced_positions(Tracer(MANY), GRID), positions, strict=True):
        np.testing.assert_allclose(result, expected, rtol=1e-13, atol=1e-13)


def test_the_order_of_the_input_does_not_matter():
    expected = Tracer(MANY)
    for order in itertools.islice(itertools.permutations(MANY), 0, None, 17):
        tracer = Tracer(order)
        assert tracer.plane_redshifts == [0.2, 0.5, 1.2, 2.0]
        np.testing.assert_allclose(tracer.image_2d_from(GRID).values, expected.image_2d_from(GRID).values, rtol=1e-13)


def test_galaxies_at_one_redshift_are_one_galaxy():
    merged = [MANY[0], Galaxy(0.5, LENS_LIGHT, (*MANY[1].mass, *MANY[2].mass)), *MANY[3:]]
    for quantity in ("image", "deflections_yx", "convergence", "potential"):
        one, two = (evaluate(Tracer(galaxies), quantity, GRID).values for galaxies in (merged, MANY))
        np.testing.assert_allclose(one, two, rtol=1e-13)


# Lighter to compile: what follows is of redshifts, not of profiles.
FEW = [
    Galaxy(0.5, mass=mp.Isothermal()),
    Galaxy(0.5, mass=mp.Isothermal(centre=(0.3, 0.9), einstein_radius=0.2)),
    Galaxy(1.2, mass=mp.ExternalShear(0.1, 0.05)),
    Galaxy(2.0, light=lp.Sersic(centre=(0.1, 0.05), sersic_index=1.0)),
]


def test_traced_redshifts_give_the_same_as_sorted_ones():
    @jax.jit
    def image(redshifts):
        galaxies = [Galaxy(z, galaxy.light, galaxy.mass) for z, galaxy in zip(redshifts, FEW, strict=True)]
        assert Tracer(galaxies).total_planes == 4
        return Tracer(galaxies).image_2d_from(GRID).values

    redshifts = jnp.asarray([0.5, 0.5, 1.2, 2.0])
    np.testing.assert_allclose(image(redshifts), Tracer(FEW).image_2d_from(GRID).values, rtol=1e-12)
    assert np.isnan(image(redshifts.at[2].set(0.4))).all()
    gradient = jax.jit(jax.grad(lambda z: image(z).sum()))(redshifts)
    assert np.isfinite(gradient).all()
    step = jnp.asarray([0.0, 0.0, 1e-5, 0.0])
    central = (image(redshifts + step).sum() - image(redshifts - step).sum()) / 2e-5
    np.testing.assert_allclose(gradient[2], central, rtol=1e-6)


def test_traced_galaxies_at_the_redshift_of_the_source_deflect_nothing():
    def image(z):
        galaxies = [FEW[0], Galaxy(z, mass=HALO), FEW[-1]]
        return Tracer(galaxies).image_2d_from(GRID).values

    np.testing.assert_allclose(jax.jit(image)(2.0), image(2.0), rtol=1e-12)


def test_a_tracer_is_an_argument_whose_numbers_are_leaves():
    tracer, image = Tracer(FEW), jax.jit(lambda t: t.image_2d_from(GRID).values)
    np.testing.assert_allclose(image(tracer), tracer.image_2d_from(GRID).values, rtol=1e-12)
    gradient = jax.jit(jax.grad(lambda t: t.image_2d_from(GRID).values.sum()))(jax.tree_util.tree_map(jnp.asarray, tracer))
    assert all(np.isfinite(leaf).all() for leaf in jax.tree_util.tree_leaves(gradient))
    assert gradient.galaxies[0].redshift == gradient.galaxies[1].redshift != 0  # they share a plane
    assert gradient.cosmology.Om0 != 0


def test_a_plane_cannot_come_to_have_two_redshifts():
    tracer = eqx.tree_at(lambda t: t.galaxies[1].redshift, Tracer(FEW), 0.51)
    with pytest.raises(ValueError, match=r"`redshift` of galaxies that share a plane must stay the same, but is 0.5 and 0.51"):
        tracer.image_2d_from(GRID)
    assert np.isnan(jax.jit(lambda t: t.image_2d_from(GRID).values)(tracer)).all()


def test_a_batch_of_tracers_is_ordinary():
    radii, om0 = np.asarray([0.8, 1.0, 1.2]), np.asarray([0.2, 0.3, 0.4])

    def tracer(radius, om0, z):
        lens = Galaxy(0.5, mass=mp.Isothermal(einstein_radius=radius))
        behind = Galaxy(z, mass=mp.ExternalShear(0.1, 0.05))
        return Tracer([lens, behind, FEW[-1]], FlatLambdaCDM(Om0=om0))

    redshifts = np.asarray([0.6, 0.7, 0.8])
    batch = tracer(radii, om0, redshifts).image_2d_from(GRID)
    assert batch.shape == (3, 30)
    mapped = jax.vmap(lambda *args: tracer(*args).image_2d_from(GRID).values)(radii, om0, redshifts)
    for i in range(3):
        alone = tracer(float(radii[i]), float(om0[i]), float(redshifts[i])).image_2d_from(GRID).values
        np.testing.assert_allclose(batch.values[i], alone, rtol=1e-12)
        np.testing.assert_allclose(mapped[i], alone, rtol=1e-11)


def test_images_of_planes_add_up_and_lit_planes_alone_are_traced():
    tracer = Tracer([*MANY, Galaxy(3.0)])
    images = tracer.image_2d_list_from(GRID)
    assert len(images) == tracer.total_planes == 5
    assert [bool(image.values.any()) for image in images] == [False, True, False, True, False]
    np.testing.assert_allclose(sum(images).values, tracer.image_2d_from(GRID).values, rtol=1e-14)


def test_sub_pixels_are_traced():
    image = Tracer(MANY).image_2d_from(GRID).values
    fine = Tracer(MANY).image_2d_from(GRID.over_sampled).values
    np.testing.assert_allclose(image, fine.reshape(30, 4).mean(axis=1), rtol=1e-14)


def test_traced_grids_keep_their_kind_and_their_image_plane():
    regular = Tracer(MANY).traced_grid_2d_list_from(GRID)
    irregular = Tracer(MANY).traced_grid_2d_list_from(GRID.over_sampled)
    assert all(isinstance(grid, Grid2D) and grid.mask == GRID.mask for grid in regular)
    assert all(isinstance(grid, Grid2DIrregular) for grid in irregular)
    np.testing.assert_array_equal(regular[0].over_sampled.values, irregular[0].values)
    with pytest.raises(ValueError, match="`over_sampled`"):
        _ = regular[-1].over_sampled


def test_a_single_plane_shows_its_light_as_it_is_and_sums_its_deflections():
    tracer = Tracer(Galaxy(0.5, LENS_LIGHT, LENS_MASS))
    np.testing.assert_array_equal(tracer.image_2d_from(GRID).values, LENS_LIGHT.image_2d_from(GRID).values)
    expected = sum(mass.deflections_yx_2d_from(GRID).values for mass in LENS_MASS)
    np.testing.assert_allclose(tracer.deflections_yx_2d_from(GRID).values, expected, rtol=1e-14)


def test_light_in_front_of_the_lens_is_not_lensed():
    galaxies = [Galaxy(0.3, light=SOURCE), Galaxy(0.5, mass=LENS_MASS), Galaxy(1.0)]
    np.testing.assert_array_equal(Tracer(galaxies).image_2d_from(GRID).values, SOURCE.image_2d_from(GRID).values)


def test_planes_at_redshift_zero_do_no_harm():
    front = [Galaxy(0.0, light=LENS_LIGHT), Galaxy(0.5, mass=LENS_MASS), Galaxy(2.0, light=SOURCE)]
    expected = Tracer(front[1:]).image_2d_from(GRID).values + LENS_LIGHT.image_2d_from(GRID).values
    np.testing.assert_allclose(Tracer(front).image_2d_from(GRID).values, expected, rtol=1e-13)
    alone = Tracer([Galaxy(0.0, light=LENS_LIGHT)])
    assert np.isfinite(alone.image_2d_from(GRID).values).all()


def test_float32_stays_float32():
    image = Tracer(MANY).image_2d_from(GRID.astype(np.float32))
    assert image.dtype == np.float32
    np.testing.assert_allclose(image.values, Tracer(MANY).image_2d_from(GRID).values, rtol=2e-4, atol=1e-5)


def test_bad_tracers_raise():
    with pytest.raises(TypeError, match="`galaxies` must be Galaxy objects, but is a int; make a Galaxy"):
        Tracer(3)
    with pytest.raises(ValueError, match="`galaxies` must be one galaxy or more, but is empty"):
        Tracer([])
    with pytest.raises(TypeError, match="`galaxies` must be Galaxy objects, but has a Isothermal"):
        Tracer([mp.Isothermal()])
    with pytest.raises(TypeError, match=r"`cosmology` must be a FlatLambdaCDM, or another equinox module .* but is a float"):
        Tracer(MANY, cosmology=0.3)
    with pytest.raises(TypeError, match="`grid` must be a Grid2D or a Grid2DIrregular, but is a ndarray"):
        Tracer(MANY).traced_grid_2d_list_from(np.zeros((3, 2)))


def test_traced_redshifts_out_of_order_show_even_where_the_first_plane_alone_shines():
    def total_light(z):
        source = Galaxy(1.0, light=lp.Sersic())
        return Tracer([source, Galaxy(z, mass=mp.Isothermal(einstein_radius=1.0))]).image_2d_from(GRID).array.sum()

    assert np.isnan(jax.jit(total_light)(0.5))
    np.testing.assert_allclose(jax.jit(total_light)(2.0), lp.Sersic().image_2d_from(GRID).sum(), rtol=1e-12)


def test_planes_that_are_alike_are_compiled_once_with_light_on_every_one_of_them():
    def galaxies(xp, n):
        return [
            Galaxy(
                0.2 + 0.3 * k,
                light=lp.Sersic(xp.asarray((0.1 * k, -0.2)), intensity=xp.asarray(1.0 + k)),
                mass=mp.Isothermal(xp.asarray((0.0, 0.1 * k)), einstein_radius=xp.asarray(0.3)),
            )
            for k in range(n)
        ]

    points = np.random.default_rng(4).normal(size=(20, 2))
    grid = Grid2DIrregular(jnp.asarray(points))
    for n in (3, 5):
        tracer = Tracer(galaxies(jnp, n))
        expected = Tracer(galaxies(np, n))
        irregular = Grid2DIrregular(points)
        np.testing.assert_allclose(tracer.image_2d_from(grid).values, expected.image_2d_from(irregular).values, rtol=1e-12)
        np.testing.assert_allclose(
            tracer.deflections_yx_2d_from(grid).values, expected.deflections_yx_2d_from(irregular).values, rtol=1e-12
        )
    programs = [str(jax.make_jaxpr(lambda g: Tracer(g).image_2d_from(grid).values)(galaxies(jnp, n))) for n in (6, 9)]
    assert [program.count(" atan2 ") for program in programs] == [1, 1]  # of all planes but the last, which deflects nothing
