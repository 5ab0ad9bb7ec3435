"""SubhaloSampler: its distributions, the mass of its families, and what it refuses."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import kstest

import lensarrays as la
from lensarrays.models.halo_mass import mass_and_concentration_from
from lensarrays.models.mass.cnfw_sph import cNFWSph
from lensarrays.models.mass.nfw_truncated import NFWTruncatedSph
from lensarrays.models.mass.nfw_truncated_core import NFWTruncatedCoreSph
from lensarrays.models.subhalo_sampler import SubhaloSampler

LENS = {"z_lens": 0.5, "z_source": 2.0}
COSMOLOGY = la.Planck15()


def ten(masses, redshift, cosmology):
    return 10 + 0 * masses


def masses_of(population):
    profile, valid = population.profile, np.asarray(population.valid)
    return mass_and_concentration_from(*(np.asarray(v)[valid] for v in (profile.kappa_s, profile.scale_radius)), 0.5, 2.0)


def cumulative(masses, density, m_min=1e6, m_max=1e10):
    """Return the fraction of haloes below each mass, by the trapezoidal rule."""
    grid = np.geomspace(m_min, m_max, 20001)
    by_log = grid * density(grid)
    total = np.concatenate([[0.0], np.cumsum(by_log[1:] + by_log[:-1])])
    return np.interp(np.log(masses), np.log(grid), total / total[-1])


def test_cold_subhaloes_have_their_distributions():
    sampler = SubhaloSampler(**LENS, expected_haloes=20000.0, concentration=ten, centre=(1.0, -2.0), radius_arcsec=3.0)
    (population,) = sampler.populations_from(np.random.default_rng(3))
    assert isinstance(population.profile, NFWTruncatedSph)
    assert abs(int(population.total_haloes) - 20000) < 4.5 * math.sqrt(20000)
    mass, concentration = masses_of(population)
    assert kstest(cumulative(mass, lambda m: m**-1.9), "uniform").pvalue > 1e-5
    assert kstest(np.log10(concentration / 10) / 0.15, "norm").pvalue > 1e-5
    y, x = (part[population.valid] for part in population.profile.centre)
    assert kstest(((y - 1) ** 2 + (x + 2) ** 2) / 9, "uniform").pvalue > 1e-5


def test_warm_subhaloes_are_fewer_where_they_are_light():
    def left(m):
        return (1 + (4.2 * 1e8 / m) ** 2.5) ** -0.2

    cold = SubhaloSampler(**LENS, expected_haloes=2e5, concentration=ten, c_scatter=0.0)
    warm = SubhaloSampler(**LENS, expected_haloes=2e5, concentration=ten, c_scatter=0.0, half_mode_mass=1e8)
    np.testing.assert_allclose(cold.expected_by_family, [2e5], rtol=1e-12)
    numbers = [
        quad(lambda t, f=f: f(math.exp(t)) * math.exp(-0.9 * t), math.log(1e6), math.log(1e10)) for f in (left, lambda m: 1.0)
    ]
    np.testing.assert_allclose(warm.expected_by_family, [2e5 * numbers[0][0] / numbers[1][0]], rtol=1e-3)
    (population,) = warm.populations_from(np.random.default_rng(3))
    mass, concentration = masses_of(population)
    assert kstest(cumulative(mass, lambda m: m**-1.9 * left(m)), "uniform").pvalue > 1e-5
    np.testing.assert_allclose(concentration, 10 * (1 + 60 * 1e8 / mass) ** -0.17, rtol=2e-3)


def test_the_mass_fraction_is_that_of_the_lens_within_the_disc():
    sampler = SubhaloSampler(**LENS, f_sub=0.01, einstein_radius=1.2, radius_arcsec=2.0, slope=-1.9, m_min=1e7, m_max=1e9)
    critical = float(COSMOLOGY.critical_surface_density_between_redshifts_from(0.5, 2.0))
    mean = (1e9**0.1 - 1e7**0.1) / 0.1 / ((1e7**-0.9 - 1e9**-0.9) / 0.9)
    np.testing.assert_allclose(sampler.expected_by_family, [0.01 * math.pi * 2.0 * 1.2 * critical / mean], rtol=1e-9)


def test_families_have_their_fractions_and_the_same_masses():
    """Mass within r_200, integrated from the density that each profile has."""
    fractions = {"cored_fraction": 0.5, "collapsed_fraction": 0.2}
    sampler = SubhaloSampler(
        **LENS, expected_haloes=3000.0, **fractions, m_min=1e8, m_max=1.0001e8, concentration=ten, c_scatter=0.0
    )
    np.testing.assert_allclose(sampler.expected_by_family, [900, 1500, 600], rtol=1e-9)
    drawn = sampler.populations_from(np.random.default_rng(3), capacity=2000)
    assert [type(population.profile) for population in drawn] == [NFWTruncatedSph, cNFWSph, NFWTruncatedCoreSph]
    for population, expected in zip(drawn, sampler.expected_by_family, strict=True):
        assert abs(int(population.total_haloes) - expected) < 4.5 * math.sqrt(expected)
    cold, cored, collapsed = (
        {name: float(getattr(population.profile, name)[0]) for name in population.profile.requirements} for population in drawn
    )
    r_200 = 10 * cold["scale_radius"]

    def mass(kappa_s, scale_radius, density):
        return kappa_s * scale_radius**2 * quad(lambda s: s**2 * density(s), 0, r_200 / scale_radius, epsabs=0, epsrel=1e-10)[0]

    reference = mass(cold["kappa_s"], cold["scale_radius"], lambda s: 1 / (s * (1 + s) ** 2) if s else 0.0)
    assert cored["core_radius"] / cored["scale_radius"] == pytest.approx(0.3)
    np.testing.assert_allclose(cored["scale_radius"], cold["scale_radius"], rtol=1e-4)
    found = mass(cored["kappa_s"], cored["scale_radius"], lambda s: 1 / ((0.3 + s) * (1 + s) ** 2))
    np.testing.assert_allclose(found, reference, rtol=2e-4)
    assert collapsed["core_radius"] / collapsed["scale_radius"] == pytest.approx(0.05)
    np.testing.assert_allclose(collapsed["scale_radius"], 0.2 * cold["scale_radius"], rtol=1e-4)
    np.testing.assert_allclose(collapsed["truncation_radius"], cold["truncation_radius"], rtol=1e-4)
    found = mass(collapsed["kappa_s"], collapsed["scale_radius"], lambda s: 1 / (math.hypot(0.05, s) * (1 + s**2)))
    np.testing.assert_allclose(found, reference, rtol=2e-4)


def test_the_density_of_collapsed_haloes_is_that_of_their_profile():
    """Far out the deflection is that of all the mass, in the units of the sampler."""
    profile = NFWTruncatedCoreSph(kappa_s=0.1, scale_radius=0.01, core_radius=0.0005, truncation_radius=0.05)
    total = quad(lambda s: s**2 / (math.hypot(0.05, s) * (1 + s**2)) * 25 / (25 + s**2), 0, np.inf)[0]
    deflection = profile.deflections_yx_2d_from(la.Grid2DIrregular([(0.0, 1e3)])).values[0, 1]
    assert deflection * 1e3 == pytest.approx(4 * 0.1 * 0.01**2 * total, rel=1e-4)


def test_a_key_gives_the_same_distributions_in_float32():
    sampler = SubhaloSampler(
        **LENS, expected_haloes=20000.0, concentration=ten, m_min=1e7, radius_arcsec=3.0, cored_fraction=0.3
    )
    drawn = sampler.populations_from(jax.random.key(1), dtype=np.float32)
    assert [type(population.profile) for population in drawn] == [NFWTruncatedSph, cNFWSph]
    for population, expected in zip(drawn, (14000, 6000), strict=True):
        assert population.profile.kappa_s.dtype == population.profile.centre[0].dtype == jnp.float32
        assert abs(int(population.total_haloes) - expected) < 4.5 * math.sqrt(expected)
        y, x = (np.asarray(part)[np.asarray(population.valid)] for part in population.profile.centre)
        assert kstest((y**2 + x**2) / 9, "uniform").pvalue > 1e-5
    mass, concentration = masses_of(drawn[0])
    assert kstest(cumulative(mass, lambda m: m**-1.9, m_min=1e7), "uniform").pvalue > 1e-5
    assert kstest(np.log10(concentration / 10) / 0.15, "norm").pvalue > 1e-5


def test_families_that_there_cannot_be_are_left_out():
    all_cored = SubhaloSampler(**LENS, expected_haloes=5.0, cored_fraction=0.7, collapsed_fraction=0.3, concentration=ten)
    cored, collapsed = all_cored.populations_from(np.random.default_rng(1))
    assert isinstance(cored.profile, cNFWSph)
    assert isinstance(collapsed.profile, NFWTruncatedCoreSph)
    none = SubhaloSampler(**LENS, expected_haloes=0.0, concentration=ten)
    (population,) = none.populations_from(np.random.default_rng(1))
    assert int(population.total_haloes) == 0
    assert population.capacity == none.capacity


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"f_sub": 0.1}, "`expected_haloes` must be given, or `f_sub`, and not both, but they are 10.0 and 0.1"),
        ({"expected_haloes": None}, "`expected_haloes` must be given, or `f_sub`"),
        ({"expected_haloes": -1.0}, "`expected_haloes` must be zero or positive, and finite, but is -1.0"),
        ({"expected_haloes": None, "f_sub": 1.2}, "`f_sub` must be from 0 to 1, but is 1.2"),
        ({"z_source": 0.4}, "`z_source` must be above `z_lens`, but they are 0.4 and 0.5"),
        ({"m_max": 1e5}, "`m_max` must be above `m_min`"),
        ({"m_min": -1.0}, "`m_min` must be between 1e3 and 1e16 solar masses"),
        ({"half_mode_mass": -1.0}, "`half_mode_mass` must be zero or positive"),
        ({"half_mode_mass": math.nan}, "`half_mode_mass` must be zero or positive, and finite, but is nan"),
        ({"cored_fraction": 0.7, "collapsed_fraction": 0.5}, "must add up to at most 1, but are 0.7 and 0.5"),
        ({"cored_fraction": -0.1}, "`cored_fraction` must be from 0 to 1"),
        ({"core_ratio": 1.1}, "`core_ratio` must be above 0 and at most 1"),
        ({"collapsed_core_ratio": 1.0}, "`collapsed_core_ratio` must be above 0 and below 1"),
        ({"collapsed_scale_ratio": 0.0}, "`collapsed_scale_ratio` must be above 0 and at most 1"),
        ({"radius_arcsec": 0.0}, "`radius_arcsec` must be positive"),
        ({"centre": (0.0, math.inf)}, "`centre` must be finite"),
        ({"centre": 1.0}, "`centre` must be a pair"),
        ({"cut_off": (1.0, 2.0, math.nan)}, "`cut_off` must be finite"),
        ({"cut_off": (1.0, 0.0, -0.2)}, "`b` must be positive"),
        ({"cut_off": (1.0, 2.0)}, "`cut_off` must be three numbers"),
    ],
)
def test_what_cannot_be_is_refused(changed, match):
    with pytest.raises(ValueError, match=match):
        SubhaloSampler(**(LENS | {"expected_haloes": 10.0} | changed))


def test_too_few_slots_and_wrong_sources_are_refused():
    sampler = SubhaloSampler(**LENS, expected_haloes=100.0, cored_fraction=0.5, concentration=ten)
    with pytest.raises(
        ValueError, match=r"`capacity` must be \d\d or more for the \d\d haloes drawn as .*, but is 5; give 104"
    ):
        sampler.populations_from(np.random.default_rng(1), capacity=5)
    with pytest.raises(TypeError, match="`key` must be a JAX key or a NumPy Generator, but is NoneType"):
        sampler.populations_from(None)
    with pytest.raises(TypeError, match="`key` is a NumPy Generator"):
        jax.tree_util.tree_map(jnp.asarray, sampler).populations_from(np.random.default_rng(1))
