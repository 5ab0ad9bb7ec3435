"""The mass-concentration relation against colossus 1.4.0, and what is below it against colossus and its own definition."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from array_api_extra.testing import assert_close, lazy_xp_function

from lensarrays.models.cosmology import FlatLambdaCDM, Planck15
from lensarrays.models.mass_concentration import concentration_ludlow16_from
from lensarrays.models.matter_fluctuations import growth_factor_from, sigma_from

lazy_xp_function(concentration_ludlow16_from)

MASSES = np.asarray([1e6, 1e9, 1e11, 1e13])
REDSHIFTS = np.asarray([[0.0], [0.5], [2.0], [3.0]])
# colossus.halo.concentration.concentration(M * h, "200c", z, model="ludlow16"), with relspecies=False, of "planck15"
PLANCK = np.asarray(
    [
        [19.9052, 14.33974, 10.50198, 6.81132],
        [16.62065, 12.03603, 8.89817, 5.91731],
        [9.52042, 7.03013, 5.38038, 3.88008],
        [7.27609, 5.47738, 4.30901, 3.27107],
    ]
)
# and of another cosmology
OTHER_COSMOLOGY = FlatLambdaCDM(H0=73.0, Om0=0.26, Ob0=0.042, sigma8=0.77, n_s=0.95)
OTHER = np.asarray(
    [
        [15.93082, 11.69192, 8.68567, 5.75672],
        [13.6716, 10.10951, 7.60305, 5.18423],
        [8.14586, 6.1817, 4.84224, 3.60122],
        [6.30464, 4.89251, 3.94812, 3.0895],
    ]
)
# with relspecies=True, which is its default
WITH_RADIATION = np.asarray([[19.92572, 14.34554, 10.50246, 6.81166], [16.63893, 12.04162, 8.89875, 5.91747]])


def test_concentrations_are_those_of_colossus_on_every_library(xp):
    value = concentration_ludlow16_from(xp.asarray(MASSES), xp.asarray(REDSHIFTS))
    assert_close(value, xp.asarray(PLANCK), rtol=5e-4)


def test_concentrations_are_those_of_colossus_for_another_cosmology_and_nearly_with_radiation():
    np.testing.assert_allclose(concentration_ludlow16_from(MASSES, REDSHIFTS, OTHER_COSMOLOGY), OTHER, rtol=5e-4)
    np.testing.assert_allclose(concentration_ludlow16_from(MASSES, REDSHIFTS[:2]), WITH_RADIATION, rtol=1.3e-3)


def test_concentrations_fall_with_mass_and_redshift_over_the_whole_range():
    values = concentration_ludlow16_from(np.logspace(3, 16, 200), np.linspace(0.0, 20.0, 50)[:, None])
    assert np.all(np.diff(values, axis=0) < 0)
    assert np.all(np.diff(values, axis=1) < 0)


def test_sigma_is_that_of_colossus_and_normalised():
    masses = np.asarray([1e4, 1e7, 1e10, 1e13, 1e16])
    planck = [10.6863655, 7.0417828, 3.906648, 1.5603813, 0.3049315]
    np.testing.assert_allclose(sigma_from(masses), planck, rtol=6e-4)
    other = [9.0150378, 6.0293324, 3.3984717, 1.3818099, 0.2765014]
    np.testing.assert_allclose(sigma_from(masses, OTHER_COSMOLOGY), other, rtol=2e-4)
    h, G = 0.6774, 4.30091e-9  # [Mpc km^2 / s^2 / solar mass]
    sphere = 4 / 3 * np.pi * (8 / h) ** 3 * 0.3075 * 3 * (100 * h) ** 2 / (8 * np.pi * G)
    np.testing.assert_allclose(sigma_from(sphere), 0.8159, rtol=3e-5)


def test_growth_is_that_of_colossus_and_exact_without_a_constant():
    redshifts = np.asarray([0.0, 0.25, 0.5, 1.0, 2.0, 3.0])
    colossus = [0.9999679, 0.8770271, 0.7710353, 0.6092556, 0.4192634, 0.3170944]
    np.testing.assert_allclose(growth_factor_from(redshifts), colossus, rtol=4e-5)
    np.testing.assert_allclose(growth_factor_from(redshifts, FlatLambdaCDM(Om0=1.0)), 1 / (1 + redshifts), rtol=1e-14)


def test_single_precision():
    masses, z = MASSES.astype(np.float32), REDSHIFTS.astype(np.float32)
    value = concentration_ludlow16_from(masses, z)
    assert value.dtype == np.float32
    np.testing.assert_allclose(value, concentration_ludlow16_from(MASSES, REDSHIFTS), rtol=1e-5)
    assert concentration_ludlow16_from(masses, 0.5).dtype == np.float32


def test_derivatives_by_mass_and_redshift_are_those_of_differences():
    def total(log_mass, z):
        return concentration_ludlow16_from(10**log_mass, z).sum()

    log_mass, z = np.asarray([6.0, 9.0, 13.0]), np.asarray([0.1, 0.5, 2.0])
    by_mass, by_z = jax.jit(jax.grad(total, argnums=(0, 1)))(log_mass, z)
    for i, step in enumerate(1e-5 * np.eye(3)):
        np.testing.assert_allclose(by_mass[i], (total(log_mass + step, z) - total(log_mass - step, z)) / 2e-5, rtol=1e-6)
        np.testing.assert_allclose(by_z[i], (total(log_mass, z + step) - total(log_mass, z - step)) / 2e-5, rtol=1e-6)


def test_cosmologies_may_be_a_batch_and_concentrations_depend_on_them():
    batch = FlatLambdaCDM(sigma8=np.asarray([0.7, 0.9]), m_nu=np.asarray([0.0, 0.1]))
    values = concentration_ludlow16_from(MASSES[:, None], 0.5, batch)
    assert values.shape == (4, 2)
    for i in range(2):
        single = FlatLambdaCDM(sigma8=float(batch.sigma8[i]), m_nu=float(batch.m_nu[i]))
        np.testing.assert_allclose(values[:, i], concentration_ludlow16_from(MASSES, 0.5, single), rtol=1e-12)


def test_values_out_of_range_raise_and_traced_ones_give_nan_without_spoiling_gradients():
    for mass in (0.0, 1e17, np.asarray([1e9, -1.0])):
        with pytest.raises(ValueError, match="`mass_at_200` must be between 1e3 and 1e16 solar masses, but is"):
            concentration_ludlow16_from(mass, 0.5)
    with pytest.raises(ValueError, match=r"`redshift` must be zero or positive, and finite, but is -0.1"):
        concentration_ludlow16_from(1e9, -0.1)
    with pytest.raises(ValueError, match="`mass` must be between 1e3 and 1e16 solar masses"):
        sigma_from(11.0)
    with pytest.raises(ValueError, match="`redshift` must be zero or positive"):
        growth_factor_from(-1.0)

    def total(mass):
        value = sigma_from(mass)
        return jnp.sum(jnp.where(jnp.isnan(value), 0.0, value)), value

    (_, value), gradient = jax.jit(jax.value_and_grad(total, has_aux=True))(jnp.asarray([0.0, -1.0, 1e9, 1e20]))
    assert np.isnan(value).tolist() == [True, True, False, True]
    assert np.all(np.isfinite(gradient))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"Ob0": 0.0}, "`cosmology.Ob0` must be above zero and below `Om0`"),
        ({"Tcmb0": 0.0}, "`cosmology.Tcmb0` must be positive"),
    ],
)
def test_cosmologies_without_a_power_spectrum_raise(fields, words):
    with pytest.raises(ValueError, match=words):
        concentration_ludlow16_from(1e9, 0.5, FlatLambdaCDM(**fields))


def test_parameters_of_structure_are_checked_and_no_distance_depends_on_them():
    for fields, words in (({"sigma8": 0.0}, "`sigma8` must be positive"), ({"n_s": np.nan}, "`n_s` must be finite")):
        with pytest.raises(ValueError, match=words):
            FlatLambdaCDM(**fields)
    distance = FlatLambdaCDM(sigma8=0.5, n_s=0.8).angular_diameter_distance_to_earth_in_kpc_from(1.0)
    assert distance == FlatLambdaCDM().angular_diameter_distance_to_earth_in_kpc_from(1.0)
    assert Planck15().sigma8 == 0.8159
