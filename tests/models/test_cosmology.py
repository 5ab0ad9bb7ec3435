"""Distances against astropy."""

import astropy.cosmology
import astropy.units as u
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from array_api_extra.testing import assert_close, lazy_xp_function
from jax.flatten_util import ravel_pytree

from lensarrays.models.cosmology import FlatLambdaCDM, Planck15

PLANCK = astropy.cosmology.Planck15
REDSHIFTS = np.asarray([1e-4, 0.01, 0.2, 0.5, 1.0, 2.0, 6.0, 20.0])


def comoving(cosmology, a, b):
    return cosmology.comoving_distance_between_redshifts_in_kpc_from(a, b)


lazy_xp_function(comoving)


def test_distances_are_astropys_on_every_library(xp):
    expected = PLANCK.comoving_distance(REDSHIFTS).to_value(u.kpc)
    assert_close(comoving(Planck15(), 0.0, xp.asarray(REDSHIFTS)), xp.asarray(expected), rtol=1e-12)


@pytest.mark.parametrize(
    "fields",
    [
        {"H0": 70.0, "Om0": 0.3, "Tcmb0": 2.7, "Neff": 3.04, "m_nu": 0.1},
        {"H0": 80.0, "Om0": 0.2, "Tcmb0": 2.7255, "Neff": 2.3, "m_nu": (0.0, 0.4)},
        {"H0": 60.0, "Om0": 0.4, "Tcmb0": 2.7255, "Neff": 3.046, "m_nu": 0.0},
    ],
)
def test_distances_are_astropys_for_any_parameters(fields):
    theirs = astropy.cosmology.FlatLambdaCDM(**{**fields, "m_nu": np.asarray(fields["m_nu"]) * u.eV})
    ours = FlatLambdaCDM(**fields)
    expected = theirs.angular_diameter_distance(REDSHIFTS).to_value(u.kpc)
    np.testing.assert_allclose(ours.angular_diameter_distance_to_earth_in_kpc_from(REDSHIFTS), expected, rtol=1e-12)
    np.testing.assert_allclose(ours.E_from(REDSHIFTS), theirs.efunc(REDSHIFTS), rtol=1e-13)


def test_without_radiation_there_are_no_neutrinos():
    expected = astropy.cosmology.FlatLambdaCDM(H0=70.0, Om0=0.3).angular_diameter_distance(2.0).to_value(u.kpc)
    distance = FlatLambdaCDM(H0=70.0, Om0=0.3, Tcmb0=0.0).angular_diameter_distance_to_earth_in_kpc_from(2.0)
    np.testing.assert_allclose(distance, expected, rtol=1e-9)


def test_distances_reach_the_cosmic_microwave_background():
    expected = PLANCK.comoving_distance(1100.0).to_value(u.kpc)
    np.testing.assert_allclose(comoving(Planck15(), 0.0, 1100.0), expected, rtol=1e-8)


def test_nothing_cancels_between_close_redshifts():
    width = 2.0**-40
    expected = 299792.458 / 67.74 * 1e3 * width / PLANCK.efunc(0.5)
    np.testing.assert_allclose(comoving(Planck15(), 0.5, 0.5 + width), expected, rtol=1e-11)
    assert comoving(Planck15(), 0.5, 0.5) == 0.0


def test_distances_between_redshifts_and_lensing_quantities():
    ours = Planck15()
    between = ours.angular_diameter_distance_between_redshifts_in_kpc_from(0.3, 1.7)
    expected = (PLANCK.comoving_distance(1.7) - PLANCK.comoving_distance(0.3)).to_value(u.kpc) / 2.7
    np.testing.assert_allclose(between, expected, rtol=1e-12)
    np.testing.assert_allclose(ours.kpc_per_arcsec_from(0.3), 1 / PLANCK.arcsec_per_kpc_proper(0.3).value, rtol=1e-12)
    np.testing.assert_allclose(ours.arcsec_per_kpc_from(0.3), PLANCK.arcsec_per_kpc_proper(0.3).value, rtol=1e-12)
    density = PLANCK.critical_density(0.3).to_value(u.M_sun / u.kpc**3)
    np.testing.assert_allclose(ours.cosmic_average_density_solar_mass_per_kpc3_from(0.3), density, rtol=1e-12)
    per_arcsec = ours.cosmic_average_density_from(0.3)
    np.testing.assert_allclose(per_arcsec, density * ours.kpc_per_arcsec_from(0.3) ** 3, rtol=1e-12)


def test_critical_surface_density_and_its_infinity():
    ours, (lens, source) = Planck15(), (0.3, 1.7)
    d_l, d_s = (PLANCK.angular_diameter_distance(z) for z in (lens, source))
    d_ls = ours.angular_diameter_distance_between_redshifts_in_kpc_from(lens, source) * u.kpc
    c, G = astropy.constants.c, astropy.constants.G
    expected = (c**2 / (4 * np.pi * G) * d_s / (d_l * d_ls)).to_value(u.M_sun / u.kpc**2)
    density = ours.critical_surface_density_between_redshifts_solar_mass_per_kpc2_from(lens, source)
    np.testing.assert_allclose(density, expected, rtol=1e-12)
    per_arcsec = ours.critical_surface_density_between_redshifts_from(lens, source)
    np.testing.assert_allclose(per_arcsec, expected * ours.kpc_per_arcsec_from(lens) ** 2, rtol=1e-12)
    assert np.isinf(ours.critical_surface_density_between_redshifts_from(1.0, 1.0))
    assert np.isinf(ours.critical_surface_density_between_redshifts_solar_mass_per_kpc2_from(0.0, 1.0))


def test_scaling_factor_is_a_ratio_of_four_distances_from_zero_to_one():
    ours = Planck15()
    between = ours.angular_diameter_distance_between_redshifts_in_kpc_from
    expected = between(0.3, 0.8) * between(0.0, 2.0) / (between(0.0, 0.8) * between(0.3, 2.0))
    np.testing.assert_allclose(ours.scaling_factor_between_redshifts_from(0.3, 0.8, 2.0), expected, rtol=1e-12)
    assert ours.scaling_factor_between_redshifts_from(0.3, 0.3, 2.0) == 0.0
    np.testing.assert_allclose(ours.scaling_factor_between_redshifts_from(0.3, 2.0, 2.0), 1.0, rtol=1e-15)


def test_derivatives_with_respect_to_redshifts_and_parameters_are_those_of_differences():
    def distance(cosmology, a, b):
        return cosmology.angular_diameter_distance_between_redshifts_in_kpc_from(a, b)

    arguments = (jax.tree_util.tree_map(jnp.asarray, Planck15()), jnp.asarray(0.3), jnp.asarray(1.2))
    flat, build = ravel_pytree(arguments)
    gradient = jax.jit(jax.grad(lambda flat: distance(*build(flat))))(flat)
    for i in range(flat.size):
        step = 1e-4 * max(float(flat[i]), 0.1)
        unit = np.zeros(flat.size)
        unit[i] = step
        central = (distance(*build(flat + unit)) - distance(*build(flat - unit))) / (2 * step)
        if i in (4, 5):  # of a massless species, whose mass cannot be below zero
            assert gradient[i] == 0.0
        else:
            np.testing.assert_allclose(gradient[i], central, rtol=1e-5, atol=1e-2)


def test_parameters_and_redshifts_broadcast_and_precision_is_that_of_the_redshift():
    batch = FlatLambdaCDM(H0=np.asarray([60.0, 70.0]), m_nu=np.asarray([0.0, 0.1]))
    distances = comoving(batch, 0.1, np.asarray([[0.5], [1.0], [2.0]]))
    assert distances.shape == (3, 2)
    np.testing.assert_allclose(distances[1, 1], comoving(FlatLambdaCDM(H0=70.0, m_nu=0.1), 0.1, 1.0), rtol=1e-14)
    single = comoving(Planck15(), jnp.asarray(0.1, dtype=jnp.float32), jnp.asarray(1.0, dtype=jnp.float32))
    assert single.dtype == jnp.float32
    np.testing.assert_allclose(single, comoving(Planck15(), 0.1, 1.0), rtol=1e-6)


def test_integer_redshifts_are_numbers_too():
    assert comoving(Planck15(), 0, 1) == comoving(Planck15(), 0.0, 1.0)


def test_bad_redshifts_raise_and_traced_ones_give_nan():
    with pytest.raises(ValueError, match=r"`redshift` must be zero or positive, and finite, but is -0.1"):
        comoving(Planck15(), -0.1, 1.0)
    with pytest.raises(
        ValueError, match=r"`redshift_1` must not be below `redshift_0`, but they are 0.5 and 1.0; exchange them"
    ):
        comoving(Planck15(), 1.0, 0.5)
    with pytest.raises(ValueError, match=r"`redshift_final` must be above `redshift_0`, but they are 0.5 and 0.5"):
        Planck15().scaling_factor_between_redshifts_from(0.5, 0.5, 0.5)
    traced = jax.jit(lambda a, b: comoving(Planck15(), a, b))
    assert np.isnan(traced(1.0, 0.5))
    assert np.isnan(traced(-0.1, 0.5))


@pytest.mark.parametrize(("name", "value", "words"), [("H0", 0.0, "positive and finite"), ("Om0", -0.1, "zero or positive")])
def test_bad_parameters_raise(name, value, words):
    with pytest.raises(ValueError, match=f"`{name}` must be {words}"):
        FlatLambdaCDM(**{name: value})


def test_float32_survives_compilation():
    """The compiler gathers constants as it likes, and squares of physical ones are beyond the reach of float32."""
    single = jax.tree_util.tree_map(lambda v: jnp.asarray(v, dtype=jnp.float32), Planck15())
    z = jnp.asarray(0.7, dtype=jnp.float32)
    names = ("E_from", "kpc_per_arcsec_from", "angular_diameter_distance_to_earth_in_kpc_from", "cosmic_average_density_from")
    compiled = jax.jit(lambda cosmology, z: [getattr(cosmology, name)(z) for name in names])(single, z)
    for name, value in zip(names, compiled, strict=True):
        assert value.dtype == jnp.float32
        np.testing.assert_allclose(value, getattr(Planck15(), name)(0.7), rtol=2e-6)


def test_known_redshifts_and_a_traced_cosmology():
    value = jax.jit(lambda cosmology: cosmology.scaling_factor_between_redshifts_from(0.5, 1.0, 2.0))(Planck15())
    np.testing.assert_allclose(value, Planck15().scaling_factor_between_redshifts_from(0.5, 1.0, 2.0), rtol=1e-13)
    with pytest.raises(ValueError, match="`redshift_1` must not be below `redshift_0`"):
        Planck15().comoving_distance_between_redshifts_in_kpc_from(1.0, 0.5)


def test_what_is_no_redshift_or_no_mass_raises():
    for value in ("a", None, [0.1, 0.2]):
        with pytest.raises(TypeError, match="`redshift` must be a number or an array of real numbers, but is"):
            Planck15().scaling_factor_between_redshifts_from(0.1, value, 1.0)
        with pytest.raises(TypeError, match="`redshift` must be a number or an array of real numbers, but is"):
            Planck15().E_from(value)
    with pytest.raises(ValueError, match=r"`m_nu` must be a mass or a tuple of one or more, but is \(\); give 0.0"):
        FlatLambdaCDM(m_nu=())


def test_masses_of_some_species_may_be_a_batch():
    masses = np.asarray([0.0, 0.1])
    both = FlatLambdaCDM(m_nu=(0.0, masses)).E_from(1.0)
    np.testing.assert_allclose(both, [FlatLambdaCDM(m_nu=(0.0, m)).E_from(1.0) for m in masses], rtol=1e-14)


def test_a_plane_at_the_observer_deflects_nothing_there_and_dense_universes_are_astropys():
    assert Planck15().scaling_factor_between_redshifts_from(0.0, 0.0, 1.0) == 0.0
    theirs = astropy.cosmology.FlatLambdaCDM(H0=70.0, Om0=3.0).comoving_distance(1.0).to_value(u.kpc)
    np.testing.assert_allclose(comoving(FlatLambdaCDM(H0=70.0, Om0=3.0, Tcmb0=0.0), 0.0, 1.0), theirs, rtol=1e-10)
