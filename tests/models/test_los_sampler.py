"""LOSSampler: against autolens's tables, against its own distributions, and what it refuses."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import kstest

import lensarrays as la
from lensarrays.models.halo_mass import mass_and_concentration_from
from lensarrays.models.halo_population import HaloPopulation
from lensarrays.models.los_sampler import LOSSampler
from lensarrays.models.mass.mass_sheet import MassSheet
from lensarrays.models.mass.nfw_truncated import NFWTruncatedSph
from lensarrays.models.mass_concentration import concentration_ludlow16_from
from lensarrays.ops.random_source import uniform

# autolens 2026.10.26.1 with hmf 3.7.2 and colossus 1.4.0, for the light cone below: redshift of the plane, slope and
# intercept of its fits to the mass function and to the concentrations, radius of the cone, expected number, sheet.
THEIRS = np.asarray(
    [
        (0.1, -1.905332893, 8.053163844, -1.811677018, 30.224284000, 5.000000, 74.527, -0.000875917),
        (0.2, -1.905619596, 8.067119140, -1.745528433, 29.174768736, 5.000000, 251.950, -0.001518868),
        (0.3, -1.905968268, 8.081422355, -1.677905469, 28.094572263, 5.000000, 518.669, -0.002118877),
        (0.4, -1.906382055, 8.095994952, -1.609969647, 27.005118991, 5.000000, 845.503, -0.002610693),
        (0.5, -1.906863288, 8.110776029, -1.542924263, 25.926125705, 5.000000, 2762.084, -0.006818857),
        (0.8, -1.908725301, 8.155975242, -1.353706810, 22.872935041, 4.492620, 5704.069, -0.010340603),
        (1.1, -1.911225500, 8.202054166, -1.189000953, 20.215956264, 4.265982, 7433.386, -0.009424105),
        (1.4, -1.914362016, 8.248898860, -1.049626116, 17.976706830, 4.138368, 8742.432, -0.006993252),
        (1.7, -1.918125167, 8.296624402, -0.932684002, 16.108002681, 4.056712, 14691.709, -0.005617764),
    ]
)
CONE = {"z_lens": 0.5, "z_source": 2.0, "planes_before_lens": 4, "planes_after_lens": 4, "m_min": 1e6, "m_max": 1e10}


def row_of(redshift):
    return np.argmin(np.abs(np.ravel(redshift)[:, None] - THEIRS[:, 0]), axis=1)


def fitted_mass_function(masses, redshift, cosmology):
    slope, intercept = THEIRS[row_of(redshift), 1:3].T[..., None]
    return 10**intercept * masses**slope


def fitted_concentration(masses, redshift, cosmology):
    slope, intercept = THEIRS[row_of(redshift), 3:5].T[..., None]
    return slope * np.log10(masses) + intercept


def steep(masses, redshift, cosmology):
    return 1e8 * masses**-1.9 + 0 * redshift


def tenfold(masses, redshift, cosmology):
    return 10 + 0 * masses + 0 * redshift


@pytest.fixture(scope="module")
def fitted():
    return LOSSampler(**CONE, mass_function=fitted_mass_function, concentration=fitted_concentration)


@pytest.fixture(scope="module", params=["Generator", "key"])
def planes(request, fitted):
    """One line of sight, of 41000 haloes."""
    return fitted.galaxies_from(np.random.default_rng(7) if request.param == "Generator" else jax.random.key(7))


def haloes_of(plane):
    """Return the parameters of the haloes on a plane, as columns: y, x, kappa_s, scale radius, truncation radius."""
    population = plane.mass[0]
    profile, valid = population.profile, np.asarray(population.valid)
    values = (*profile.centre, profile.kappa_s, profile.scale_radius, profile.truncation_radius)
    return [np.asarray(value)[valid] for value in values]


def test_planes_are_those_of_autolens(fitted):
    np.testing.assert_allclose(fitted.redshifts, THEIRS[:, 0], rtol=1e-15)
    assert fitted.redshifts[4] == 0.5
    assert fitted.total_planes == 9
    np.testing.assert_allclose(fitted.boundaries, [0, 0.15, 0.25, 0.35, 0.45, 0.65, 0.95, 1.25, 1.55, 2.0], rtol=1e-14)
    np.testing.assert_allclose(fitted.cone_radii_arcsec, THEIRS[:, 5], rtol=1e-6)


def test_with_the_fits_of_autolens_expectations_are_its_own(fitted):
    np.testing.assert_allclose(fitted.expected_haloes, THEIRS[:, 6], rtol=5e-5)
    np.testing.assert_allclose(fitted.sheet_kappas, THEIRS[:, 7], rtol=1e-4)  # it leaves out what is beyond 4 sigma


def test_without_fits_expectations_are_as_near_as_the_fits_are():
    los = LOSSampler(**CONE)
    np.testing.assert_allclose(los.expected_haloes, THEIRS[:, 6], rtol=0.02)
    np.testing.assert_allclose(los.sheet_kappas, THEIRS[:, 7], rtol=0.006)


def test_a_line_of_sight_has_the_structure_of_one_plane_for_all(planes, fitted):
    assert [float(plane.redshift) for plane in planes] == fitted.redshifts.tolist()
    structures = {jax.tree_util.tree_structure(plane) for plane in planes}
    shapes = {tuple(np.shape(leaf) for leaf in jax.tree_util.tree_leaves(plane)) for plane in planes}
    assert len(structures) == len(shapes) == 1
    for plane in planes:
        population, sheet = plane.mass
        assert isinstance(population, HaloPopulation)
        assert isinstance(population.profile, NFWTruncatedSph)
        assert isinstance(sheet, MassSheet)
        assert population.capacity == fitted.capacity
        assert int(population.overflow) == 0
        assert float(sheet.kappa) < 0


def test_numbers_are_poisson(planes, fitted):
    numbers = np.asarray([int(plane.mass[0].total_haloes) for plane in planes])
    pulls = (numbers - fitted.expected_haloes) / np.sqrt(fitted.expected_haloes)
    assert np.abs(pulls).max() < 4.5
    assert np.std(pulls) > 0.3


def test_masses_concentrations_and_places_have_their_distributions(planes, fitted):
    for k in (4, 8):
        y, x, kappa_s, scale_radius, truncation_radius = haloes_of(planes[k])
        mass, concentration = mass_and_concentration_from(kappa_s, scale_radius, fitted.redshifts[k], 2.0)
        power = THEIRS[k, 1] + 1
        lightest, heaviest = 1e6**power, 1e10**power
        assert kstest((mass**power - lightest) / (heaviest - lightest), "uniform").pvalue > 1e-5
        mean = fitted_concentration(mass, fitted.redshifts[k], None)[0]
        assert kstest(np.log10(concentration / mean) / 0.15, "norm").pvalue > 1e-5
        assert kstest((y**2 + x**2) / THEIRS[k, 5] ** 2, "uniform").pvalue > 1e-5
        assert kstest((np.arctan2(y, x) / math.pi + 1) / 2, "uniform").pvalue > 1e-5
        assert abs(np.corrcoef(np.log(mass), y)[0, 1]) < 4.5 / math.sqrt(y.size)
        ratio = truncation_radius / scale_radius  # the mean density within is half of that within r_200
        inner = (np.log1p(v) - v / (1 + v) for v in (ratio, concentration))
        density, at_200 = (m / v**3 for m, v in zip(inner, (ratio, concentration), strict=True))
        np.testing.assert_allclose(density / at_200, 0.5, rtol=1e-9)


def test_sheets_make_up_for_the_haloes(planes, fitted):
    for k, plane in enumerate(planes):
        *_, kappa_s, r_s, r_t = haloes_of(plane)
        tau = r_t / r_s
        total = (tau / (tau**2 + 1)) ** 2 * ((tau**2 - 1) * np.log(tau) + np.pi * tau - (tau**2 + 1))
        convergence = float((4 * kappa_s * r_s**2 * total).sum()) / fitted.cone_radii_arcsec[k] ** 2
        # Few heavy haloes hold much of the mass: its variance is that of the mass function, not that of what was drawn.
        moments = [(1e10**p - 1e6**p) / p for p in THEIRS[k, 1] + np.asarray([1.0, 2.0, 3.0])]
        error = math.sqrt(moments[2] * moments[0] / moments[1] ** 2 / THEIRS[k, 6])
        assert abs(convergence / float(plane.mass[1].kappa) + 1) < 4 * error


def test_sheets_are_the_double_integral():
    """Of the mass that is left by truncation, over masses and concentrations, with our own functions."""
    los = LOSSampler(0.5, 2.0, 0, 0, 1e7, 1e9, mass_function=steep)
    z, cosmology = los.redshifts[0], la.Planck15()

    def left(c):
        def nfw(x):
            return np.log1p(x) - x / (1 + x)

        tau = c * 1.2
        for _ in range(60):
            tau = (2 * nfw(tau) * c**3 / nfw(c)) ** (1 / 3)
        return (tau / (tau**2 + 1)) ** 2 * ((tau**2 - 1) * np.log(tau) + np.pi * tau - (tau**2 + 1)) / nfw(c)

    def mean_left(mass):
        c = float(concentration_ludlow16_from(mass, z))
        return quad(lambda t: np.exp(-(t**2) / 2) * left(c * 10 ** (0.15 * t)), -7, 7)[0] / math.sqrt(2 * math.pi)

    mass = quad(
        lambda t: np.exp(t) ** 2 * 1e8 * np.exp(t) ** -1.9 * mean_left(np.exp(t)), np.log(1e7), np.log(1e9), epsrel=1e-4
    )
    far = float(cosmology.comoving_distance_between_redshifts_in_kpc_from(0.0, 2.0)) / 1e3
    here = float(cosmology.angular_diameter_distance_to_earth_in_kpc_from(z)) / 1e3
    critical = float(cosmology.critical_surface_density_between_redshifts_solar_mass_per_kpc2_from(z, 2.0)) * 1e6
    np.testing.assert_allclose(los.sheet_kappas, -mass[0] * far**3 / 3 / here**2 / critical, rtol=1e-4)


@jax.jit
def traced(z_source, m_max, key):
    """Return what a sampler with traced numbers expects, and how many haloes fit into slots, and do not."""
    los = LOSSampler(0.5, z_source, 0, 1, m_max=m_max, mass_function=steep, concentration=tenfold)
    populations, sheets = zip(*(plane.mass for plane in los.galaxies_from(key, capacity=1500)), strict=True)
    totals = [population.total_haloes for population in populations]
    return (los.redshifts, los.expected_haloes, [sheet.kappa for sheet in sheets]), totals, [p.overflow for p in populations]


def test_under_jit_slots_may_be_few_and_then_it_says_so():
    expectations, totals, overflows = traced(2.0, 1e10, jax.random.key(1))
    los = LOSSampler(0.5, 2.0, 0, 1, mass_function=steep, concentration=tenfold)
    for found, known in zip(expectations, (los.redshifts, los.expected_haloes, los.sheet_kappas), strict=True):
        np.testing.assert_allclose(found, known, rtol=1e-12)
    numbers = np.asarray(totals) + np.asarray(overflows)
    assert np.abs((numbers - los.expected_haloes) / np.sqrt(los.expected_haloes)).max() < 4.5
    assert overflows[0] == 0
    assert overflows[1] > 0
    assert totals[1] == 1500


def test_under_jit_what_cannot_be_is_flagged():
    for arguments in ((0.4, 1e10), (2.0, 1e6), (2.0, np.nan)):
        (_, expected, kappas), _, overflows = traced(*arguments, jax.random.key(1))
        assert np.isnan(expected).all()
        assert np.isnan(kappas).all()
        assert all(overflow > 0 for overflow in overflows)


def test_a_halo_depends_on_the_key_and_on_its_slot_alone(fitted):
    """And not on how many slots there are."""
    planes = fitted.galaxies_from(jax.random.key(7))
    _, area, angle, *_ = np.asarray(uniform(jax.random.fold_in(jax.random.key(7), 1 + 9 * 2 + 4), jnp.zeros(5)))
    np.testing.assert_allclose(haloes_of(planes[4])[0][2], 5.0 * math.sqrt(area) * math.sin(2 * math.pi * angle), rtol=1e-12)


def test_a_generator_draws_on_and_reproduces():
    los = LOSSampler(0.5, 1.0, 1, 1, mass_function=steep, concentration=tenfold)
    rng = np.random.default_rng(1)
    first, second = los.galaxies_from(rng), los.galaxies_from(rng)
    again = los.galaxies_from(np.random.default_rng(1), capacity=3000)
    for a, b, c in zip(first, second, again, strict=True):
        assert isinstance(a.mass[0].profile.kappa_s, np.ndarray)
        for own, same, other in zip(haloes_of(a), haloes_of(c), haloes_of(b), strict=True):
            np.testing.assert_array_equal(own, same)
            assert not np.isin(own, other).any()


def test_float32_on_request():
    los = LOSSampler(0.5, 1.0, 1, 1, m_min=1e8)
    for plane in los.galaxies_from(np.random.default_rng(1), dtype=np.float32):
        population, sheet = plane.mass
        assert {np.asarray(leaf).dtype for leaf in jax.tree_util.tree_leaves(population.profile)} == {np.dtype("float32")}
        assert np.asarray(sheet.kappa).dtype == np.float32


def test_empty_slots_hold_the_defaults_of_the_family():
    los = LOSSampler(0.5, 1.0, 0, 0, m_min=9e9)
    (plane,) = los.galaxies_from(np.random.default_rng(1), capacity=1000)
    profile, empty = plane.mass[0].profile, ~plane.mass[0].valid
    neutral = NFWTruncatedSph()
    assert empty.sum() > 900
    for name in ("kappa_s", "scale_radius", "truncation_radius"):
        assert set(getattr(profile, name)[empty].tolist()) == {getattr(neutral, name)}


def test_light_goes_through_all_planes():
    los = LOSSampler(0.5, 2.0, 1, 1, m_min=1e8)
    lens = la.Galaxy(redshift=0.5, mass=la.mp.Isothermal(einstein_radius=1.0))
    source = la.Galaxy(redshift=2.0, light=la.lp.Sersic(effective_radius=0.3))
    tracer = la.Tracer([*los.galaxies_from(np.random.default_rng(1)), lens, source])
    assert tracer.total_planes == 4  # the lens shares a plane with haloes
    grid = la.Grid2D.uniform((6, 6), 0.5, over_sample_size=1)
    smooth = la.Tracer([lens, source])
    moved = np.hypot(*(tracer.deflections_yx_2d_from(grid).values - smooth.deflections_yx_2d_from(grid).values).T)
    assert (moved > 1e-5).all()
    assert (moved < 0.2).all()
    assert np.isfinite(tracer.image_2d_from(grid).values).all()


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"z_source": 0.5}, "`z_source` must be above `z_lens`, but they are 0.5 and 0.5"),
        ({"z_source": 0.2}, "`z_source` must be above `z_lens`"),
        ({"z_lens": -0.5}, "`z_lens` must be positive and finite, but is -0.5"),
        ({"z_lens": math.nan}, "`z_lens` must be positive and finite, but is nan"),
        ({"z_source": np.asarray([1.0, 2.0])}, r"`z_source` must be one number, but has shape \(2,\)"),
        ({"m_min": 1e10}, "`m_max` must be above `m_min`, but they are 1.*e?.* exchange them"),
        ({"m_min": -1e6}, "`m_min` must be between 1e3 and 1e16 solar masses, but is -1000000.0"),
        ({"m_max": math.nan}, "`m_max` must be between 1e3 and 1e16 solar masses, but is nan"),
        ({"cone_radius_arcsec": 0.5}, "`cone_radius_arcsec` must be above `einstein_radius`"),
        ({"c_scatter": -0.1}, "`c_scatter` must be zero or positive"),
        ({"truncation_factor": 0.0}, "`truncation_factor` must be positive"),
        ({"planes_before_lens": -1}, "`planes_before_lens` must be a whole number, 0 or more, but is -1"),
        ({"planes_after_lens": 1.5}, "`planes_after_lens` must be a whole number"),
    ],
)
def test_what_cannot_be_is_refused(changed, match):
    with pytest.raises(ValueError, match=match):
        LOSSampler(**(CONE | changed))


def test_too_few_slots_are_refused(fitted):
    with pytest.raises(
        ValueError, match=r"`capacity` must be 1\d{4} or more for the 1\d{4} haloes drawn on plane 8 of 9, but is 200"
    ):
        fitted.galaxies_from(np.random.default_rng(1), capacity=200)
    with pytest.raises(ValueError, match=r"`capacity` must be .* but is 200; give 15\d{3}, "):
        fitted.galaxies_from(jax.random.key(1), capacity=200)
    with pytest.raises(ValueError, match="`capacity` must be a whole number, 1 or more, but is 0"):
        fitted.galaxies_from(np.random.default_rng(1), capacity=0)


def test_randomness_must_go_with_the_sampler(fitted):
    with pytest.raises(TypeError, match="`key` must be a JAX key or a NumPy Generator, but is int"):
        fitted.galaxies_from(3)
    on_jax = jax.tree_util.tree_map(jnp.asarray, fitted)
    with pytest.raises(TypeError, match="`key` is a NumPy Generator"):
        on_jax.galaxies_from(np.random.default_rng(1))
    with pytest.raises(ValueError, match="`key` must be one key"):
        fitted.galaxies_from(jax.random.split(jax.random.key(1)))
    with pytest.raises(TypeError, match="`dtype` must be float32 or float64, but is"):
        fitted.galaxies_from(np.random.default_rng(1), dtype=np.int32)
    with pytest.raises(TypeError, match="`capacity` must be given where the parameters of the sampler are traced"):
        jax.eval_shape(lambda los: los.galaxies_from(jax.random.key(1))[0].mass[0].valid, on_jax)
