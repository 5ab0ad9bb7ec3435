"""The mass function of haloes against hmf 3.7.2, hmf.mass_function.fitting_functions.SMT, as autolens' LOSSampler calls it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
from array_api_extra.testing import assert_close, lazy_xp_function
from jax.flatten_util import ravel_pytree

from lensarrays.models.cosmology import FlatLambdaCDM, Planck15
from lensarrays.models.halo_mass_function import halo_mass_function_from
from lensarrays.models.matter_fluctuations import sigma_from

lazy_xp_function(halo_mass_function_from)

MASSES = 10.0 ** np.asarray([5.9, 7.9, 9.9, 11.9, 13.9])
REDSHIFTS = np.asarray([[0.0], [0.5], [2.0], [3.0]])
MASSLESS = FlatLambdaCDM(H0=67.74, Om0=0.3075, Ob0=0.0486, sigma8=0.8159, n_s=0.9667)
# log10(dn/dm h^4) with transfer_model="EH", for the cosmology above
SAME_TRANSFER = np.asarray(
    [
        [-3.1862436, -7.0149655, -10.8084567, -14.5756249, -18.4862108],
        [-3.1269236, -6.956823, -10.7570119, -14.55617, -18.6672981],
        [-2.9944131, -6.8401472, -10.6922849, -14.697913, -20.0146687],
        [-2.9444875, -6.8109991, -10.723768, -14.9564025, -21.5641899],
    ]
)
# with its defaults, of which CAMB is one, for astropy's Planck15
DEFAULTS = np.asarray(
    [
        [-3.1886538, -7.017245, -10.8103052],
        [-3.1293836, -6.9590739, -10.758613],
        [-2.9968047, -6.8417779, -10.6917775],
        [-2.9464537, -6.8115513, -10.720449],
    ]
)


def test_numbers_are_those_of_hmf_on_every_library(xp):
    value = halo_mass_function_from(xp.asarray(MASSES), xp.asarray(REDSHIFTS), MASSLESS)
    assert_close(value[:, :4], xp.asarray(10 ** SAME_TRANSFER[:, :4]), rtol=3e-4)
    assert_close(value[:, 4], xp.asarray(10 ** SAME_TRANSFER[:, 4]), rtol=5e-3)


def test_numbers_are_those_of_hmf_with_its_defaults():
    np.testing.assert_allclose(halo_mass_function_from(MASSES[:3], REDSHIFTS), 10**DEFAULTS, rtol=8e-3)


def test_haloes_hold_all_matter():
    """The fraction of matter in haloes is one integral over sigma, and another over the mass."""
    log_mass = np.linspace(np.log(1e3), np.log(1e16), 2001)
    mass = np.exp(log_mass)
    density = 0.3075 * 2.77536627e11 * 0.6774**2  # [solar masses / Mpc^3]
    fraction = np.trapezoid(mass**2 * halo_mass_function_from(mass, 0.0), log_mass) / density

    def multiplicity(log_nu):
        scaled = 0.707 * np.exp(2 * log_nu)
        return np.sqrt(2 / np.pi * scaled) * (1 + scaled**-0.3) * np.exp(-scaled / 2)

    collapsed, _ = scipy.integrate.quad(multiplicity, *np.log(1.686 / sigma_from(mass[[0, -1]])))
    everything, _ = scipy.integrate.quad(multiplicity, -50, 5)
    np.testing.assert_allclose(fraction, collapsed / everything, rtol=1e-4)


def test_single_precision():
    value = halo_mass_function_from(MASSES.astype(np.float32), REDSHIFTS.astype(np.float32))
    assert value.dtype == np.float32
    np.testing.assert_allclose(value, halo_mass_function_from(MASSES, REDSHIFTS), rtol=3e-5)


def test_derivatives_by_everything_are_those_of_differences():
    cosmology = jax.tree_util.tree_map(jnp.asarray, FlatLambdaCDM(m_nu=0.06))
    flat, build = ravel_pytree((jnp.asarray([np.log(1e8)]), jnp.asarray(0.7), cosmology))

    def logarithm(flat):
        log_mass, z, cosmology = build(flat)
        return jnp.log(halo_mass_function_from(jnp.exp(log_mass), z, cosmology)[0])

    both = jax.jit(lambda flat, by: jax.jvp(logarithm, (flat,), (by,)))
    for i in range(flat.size):
        unit = np.eye(flat.size)[i]
        step = 1e-5 * max(float(flat[i]), 0.1)
        difference = (both(flat + step * unit, unit)[0] - both(flat - step * unit, unit)[0]) / (2 * step)
        np.testing.assert_allclose(both(flat, unit)[1], difference, rtol=1e-5, atol=1e-7)


def test_values_out_of_range_raise():
    with pytest.raises(ValueError, match=r"`masses` must be between 1e3 and 1e16 solar masses, but is 10.0; give it in solar"):
        halo_mass_function_from(10.0, 0.0)
    with pytest.raises(ValueError, match=r"`redshift` must be zero or positive, and finite, but is -1.0"):
        halo_mass_function_from(1e9, -1.0)
    assert np.isnan(jax.jit(lambda m: halo_mass_function_from(m, 0.5, Planck15()))(10.0))
