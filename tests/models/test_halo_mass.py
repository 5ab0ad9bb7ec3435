"""Masses, concentrations and the parameters of lenses, against autogalaxy 2026.10.26.1 and integrals of the density."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
from array_api_extra.testing import assert_close, lazy_xp_function

import lensarrays as la
from lensarrays.models.halo_mass import cnfw_scales_from, mass_and_concentration_from, nfw_scales_from
from lensarrays.models.halo_truncation import truncated_mass_ratio_from, truncation_ratio_from
from lensarrays.models.mass.cnfw_mcr import cNFWMCRLudlowSph
from lensarrays.models.mass.cnfw_sph import cNFWSph
from lensarrays.models.mass.nfw_truncated_mcr import NFWTruncatedMCRLudlowSph

lazy_xp_function(nfw_scales_from)
lazy_xp_function(mass_and_concentration_from)

POINTS = la.Grid2DIrregular([(0.3, 0.4), (-0.5, 1.1), (0.0, 0.0)])
# autogalaxy's: mass, redshifts, kappa_s, scale radius and 2 r_200 [kpc]
TRUNCATED = np.asarray(
    [
        [5.8063592e9, 0.37237728, 2.4343758, 1.6683844e-2, 0.55011670, 66.361747],
        [5.1526006e9, 0.77565463, 1.3579072, 1.1518388e-2, 0.36188309, 54.239758],
        [3.3306244e7, 0.44480983, 2.4382045, 4.8304863e-3, 0.066837796, 11.544831],
    ]
).T


def test_scales_are_those_of_autogalaxy_and_the_inverse_gives_back_the_mass_on_every_library(xp):
    # NFWTruncatedSph.from_m200_concentration
    scales = nfw_scales_from(xp.asarray([3e9]), xp.asarray(12.5), 0.4, 1.7)
    assert_close(scales.kappa_s, xp.asarray([0.014746030089901625]), rtol=5e-5)
    assert_close(scales.scale_radius, xp.asarray([0.38047340648012673]), rtol=2e-5)
    mass, concentration = mass_and_concentration_from(scales.kappa_s, scales.scale_radius, 0.4, 1.7)
    assert_close(mass, xp.asarray([3e9]), rtol=1e-12)
    assert_close(concentration, xp.asarray([12.5]), rtol=1e-12)


def test_masses_are_those_of_autogalaxy():
    mass, concentration = mass_and_concentration_from(0.01, 0.3, 0.4, 1.7)  # NFWSph.mass_at_200_solar_masses
    np.testing.assert_allclose(mass, 1225766434.6930554, rtol=5e-5)
    np.testing.assert_allclose(concentration, 11.763644415578709, rtol=2e-5)
    tau = truncation_ratio_from(12.5)
    np.testing.assert_allclose(tau, 6.266362528844272 / 0.38047340648012673, rtol=1e-9)
    np.testing.assert_allclose(truncated_mass_ratio_from(12.5, tau), 1.17116222271958, rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_inverse_holds_for_any_concentration(dtype):
    concentrations = np.logspace(-2, 4, 61, dtype=dtype)
    precision = 1e-12 if dtype == np.float64 else 3e-5
    scales = nfw_scales_from(dtype(1e9), concentrations, 0.5, 1.0)
    assert all(value.dtype == dtype for value in scales)
    mass, again = mass_and_concentration_from(scales.kappa_s, scales.scale_radius, 0.5, 1.0)
    np.testing.assert_allclose(again, concentrations, rtol=precision)
    np.testing.assert_allclose(mass, dtype(1e9), rtol=3 * precision)
    np.testing.assert_allclose(truncation_ratio_from(concentrations, 200.0), concentrations, rtol=precision)


@pytest.mark.parametrize("f_c", [0.01, 0.2, 0.5, 0.501, 0.99, 1.0])
def test_the_mass_of_a_cored_halo_within_r_200_is_the_one_asked_for(f_c):
    cosmology, c = la.Planck15(), 11.0
    scales = cnfw_scales_from(1e9, c, f_c, 0.5, 1.0)
    radius = scales.radius_at_200_kpc / c
    surface = cosmology.critical_surface_density_between_redshifts_solar_mass_per_kpc2_from(0.5, 1.0)
    integral, _ = scipy.integrate.quad(lambda x: x**2 / ((f_c + x) * (1 + x) ** 2), 0, c, epsabs=0, epsrel=1e-12)
    np.testing.assert_allclose(4 * np.pi * scales.kappa_s * surface * radius**2 * integral, 1e9, rtol=1e-10)


def test_truncated_masses_are_integrals_of_the_density():
    for tau in (0.3, 1.0, 20.0):
        integral, _ = scipy.integrate.quad(lambda x, t=tau: x / (1 + x) ** 2 * t**2 / (t**2 + x**2), 0, np.inf, epsrel=1e-12)
        expected = integral / (np.log(11.0) - 10 / 11)
        np.testing.assert_allclose(truncated_mass_ratio_from(10.0, tau), expected, rtol=1e-9)


def test_truncated_haloes_of_a_mass_have_autogalaxys_scales_and_a_truncation_radius_in_arcseconds():
    mass, z_object, z_source, kappa_s, scale_radius, diameter = TRUNCATED
    halo = NFWTruncatedMCRLudlowSph((0.0, 0.0), mass, z_object, z_source)
    np.testing.assert_allclose(halo.kappa_s, kappa_s, rtol=1.2e-3)
    np.testing.assert_allclose(halo.scale_radius, scale_radius, rtol=1e-3)
    expected = diameter * la.Planck15().arcsec_per_kpc_from(z_object)
    np.testing.assert_allclose(halo.truncation_radius, expected, rtol=1e-5)


def test_cored_haloes_of_a_mass_have_autogalaxys_radii():
    halo = cNFWMCRLudlowSph((0.0, 0.0), 5.8498641e9, 3.6641610e-2, 0.53096404, 1.7198351)
    np.testing.assert_allclose([halo.scale_radius, halo.core_radius], [0.4494904, 0.0164701], rtol=1e-3)
    # In its normalisation (1 + f_c)^2 stands for (1 - f_c)^2.
    c, f = halo._own_halo().scale_radius, 3.6641610e-2
    c = nfw_scales_from(5.8498641e9, 1.0, 0.53096404, 1.7198351).radius_at_200 / c
    logarithms = f**2 * np.log(1 + c / f) + (1 - 2 * f) * np.log(1 + c)
    rest = c / ((1 + c) * (1 - f))
    ratio = (logarithms / (1 - f) ** 2 - rest) / (logarithms / (1 + f) ** 2 - rest)
    np.testing.assert_allclose(halo.kappa_s * ratio, 0.0216394, rtol=1.2e-3)


def test_haloes_of_a_mass_are_the_profiles_that_they_stand_for():
    truncated = NFWTruncatedMCRLudlowSph((0.1, 0.2), 1e9, 0.5, 2.0)
    cored = cNFWMCRLudlowSph((0.1, 0.2), 1e9, 0.1, 0.5, 2.0)
    pairs = [
        (truncated, la.mp.NFWTruncatedSph((0.1, 0.2), truncated.kappa_s, truncated.scale_radius, truncated.truncation_radius)),
        (cored, cNFWSph((0.1, 0.2), cored.kappa_s, cored.scale_radius, cored.core_radius)),
    ]
    for halo, expected in pairs:
        for name in ("deflections_yx_2d_from", "convergence_2d_from", "potential_2d_from"):
            values = getattr(halo, name)(POINTS).values
            np.testing.assert_allclose(values, getattr(expected, name)(POINTS).values, rtol=1e-13)


def test_a_population_of_masses_is_the_sum_of_its_haloes_also_in_single_precision():
    grid = la.Grid2DIrregular(POINTS.values.astype(np.float32))
    masses, centres = np.asarray([1e9, 1e8, 1.0e7]), np.asarray([(0.1, 0.3), (0.2, 0.0), (0.0, 0.0)])
    for family in (NFWTruncatedMCRLudlowSph, cNFWMCRLudlowSph):
        haloes = la.HaloPopulation(family(centres, masses, redshift_source=2.0), valid=np.asarray([True, True, False]))
        singles = [family(tuple(centres[i]), masses[i], redshift_source=2.0) for i in range(2)]
        expected = sum(halo.deflections_yx_2d_from(POINTS).values for halo in singles)
        np.testing.assert_allclose(haloes.deflections_yx_2d_from(POINTS).values, expected, rtol=1e-10)
        single = haloes.deflections_yx_2d_from(grid).values
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, expected, rtol=5e-5, atol=1e-9)


def test_bad_numbers_raise():
    for name, value, words in (
        ("mass_at_200", 0.0, "positive and finite"),
        ("concentration", -1.0, "positive and finite"),
        ("f_c", 1.1, "above 0 and at most 1"),
        ("redshift_object", 0.0, "positive and finite"),
    ):
        given = {"mass_at_200": 1e9, "concentration": 10.0, "f_c": 0.1, "redshift_object": 0.5, "redshift_source": 1.0}
        with pytest.raises(ValueError, match=f"`{name}` must be {words}, but is"):
            cnfw_scales_from(**{**given, name: value})
    for function in (truncation_ratio_from, truncated_mass_ratio_from):
        with pytest.raises(ValueError, match=r"`concentration` must be positive and finite, but is 0.0"):
            function(0.0, 1.0)
    with pytest.raises(ValueError, match="`overdensity` must be positive"):
        truncation_ratio_from(1.0, 0.0)
    with pytest.raises(ValueError, match="`truncation_ratio` must be positive"):
        truncated_mass_ratio_from(1.0, 0.0)
    with pytest.raises(ValueError, match="`f_c` must be above 0 and at most 1"):
        cNFWMCRLudlowSph(f_c=0.0)
    with pytest.raises(ValueError, match="`mass_at_200` must be between 1e3 and 1e16 solar masses"):
        NFWTruncatedMCRLudlowSph(mass_at_200=9.0)


@pytest.mark.parametrize(
    "make", [lambda z: nfw_scales_from(1e9, 10.0, z, 1.0), lambda z: NFWTruncatedMCRLudlowSph(redshift_object=z)]
)
def test_sources_that_are_not_behind_raise(make):
    with pytest.raises(ValueError, match=r"`redshift_source` must be above `redshift_object`, but they are 1.0 and 1.0"):
        make(1.0)


def test_traced_values_out_of_range_give_nan_without_spoiling_gradients():
    def scale(mass, f_c, z):
        return cnfw_scales_from(mass, 10.0, f_c, z, 1.0).kappa_s

    arguments = tuple(map(jnp.asarray, ([-1.0, 1e9, 1e9, 1e9], [0.1, 0.0, 0.1, 1.0], [0.5, 0.5, 1.5, 0.5])))
    value, slope = jax.jit(lambda *a: jax.jvp(scale, a, (1e9 * jnp.ones(4), jnp.ones(4), jnp.ones(4))))(*arguments)
    assert np.isnan(value).tolist() == [True, True, True, False]
    assert np.all(np.isfinite(slope))
