"""Distances in a flat universe with a cosmological constant, photons and neutrinos."""

import functools
import math
from typing import Any, final

import equinox as eqx
import numpy as np

from .._backend import namespace
from .._check import FINITE, NON_NEGATIVE, POSITIVE, fails, is_concrete
from ._numbers import floating
from ._profile import check_number, check_parts, frozen, leaves, or_nan

# CODATA 2018 and IAU 2015, as in astropy.
SPEED_OF_LIGHT = 299792458.0  # [m/s]
GRAVITATIONAL_CONSTANT = 6.6743e-11  # [m^3/kg/s^2]
STEFAN_BOLTZMANN = 5.6703744191844314e-08  # [W/m^2/K^4]
BOLTZMANN = 8.617333262145179e-05  # [eV/K]
SOLAR_MASS = 1.988409870698051e30  # [kg]
KILOPARSEC = 3.0856775814913674e19  # [m]
ARCSEC = math.pi / 648000  # [rad]

NEUTRINO_TEMPERATURE = 0.7137658555036082  # (4/11)^(1/3), over the temperature of the photons
NEUTRINO_DENSITY = 0.22710731766  # 7/8 (4/11)^(4/3): of one massless species, over that of the photons
# Density of photons over the critical one, for a temperature of 1 K and H0 of 1 km/s/Mpc, which is 1 m/s/kpc.
PHOTON_DENSITY = (4 * STEFAN_BOLTZMANN / SPEED_OF_LIGHT**3) * (8 * math.pi * GRAVITATIONAL_CONSTANT / 3) * KILOPARSEC**2
NODES = 32


@functools.cache
def _quadrature() -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights of the Gauss-Legendre rule on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return 0.5 * (1 + nodes), 0.5 * weights


def _namespace(cosmology: Any, *redshifts: Any) -> Any:
    """Return the array library of redshifts and a cosmology; raise if a redshift is no number, or seen to be negative."""
    for redshift in redshifts:
        check_number(NON_NEGATIVE, redshift, "redshift")
    return namespace(*redshifts, *leaves(cosmology))


def _redshifts(*redshifts: Any, xp: Any) -> list[Any]:
    """Return redshifts as floating-point arrays, NaN where they are negative."""
    return [or_nan(z >= 0, z, xp=xp) for z in floating(*redshifts, xp=xp)]


@final
class FlatLambdaCDM(eqx.Module):
    """A flat universe with matter, a cosmological constant, photons, and neutrinos that may be massive.

    All parameters are pytree leaves. Redshifts and parameters broadcast, and distances can be differentiated with
    respect to all of them.

    Parameters
    ----------
    H0 : float [km/s/Mpc]
        The Hubble constant.
    Om0 : float
        The matter density today, baryons included and neutrinos not. Above 1 the cosmological constant is negative, as
        in astropy.
    Tcmb0 : float [K]
        The temperature of the cosmic microwave background today.
    Neff : float
        The effective number of neutrino species.
    m_nu : float or tuple of floats [eV]
        The mass of every species, or a tuple of their masses, which share `Neff` equally.
    Ob0 : float
        The baryon density today. No distance depends on it.
    sigma8 : float
        The rms of the linear matter density today, in spheres of 8 Mpc / h. No distance depends on it.
    n_s : float
        The spectral index of the primordial density perturbations. No distance depends on it.

    Raises
    ------
    ValueError
        If a parameter that is not traced is out of its range.

    Notes
    -----
    The comoving distance is the integral of 2 / sqrt(E^2 / (1 + z)^3) over (1 + z)^(-1/2), which is smooth, by 32
    Gauss-Legendre nodes between the two redshifts: nothing cancels when they are close. Against astropy the relative
    difference is below 1e-12 up to redshift 20, and 1e-8 at 1100.

    References
    ----------
    D. W. Hogg, arXiv:astro-ph/9905116; neutrinos: E. Komatsu et al., ApJS 192, 18 (2011), equation (26).

    Examples
    --------
    >>> import lensarrays as la
    >>> round(float(la.FlatLambdaCDM(H0=70.0, Om0=0.3).angular_diameter_distance_to_earth_in_kpc_from(0.5)))
    1259025
    """

    H0: Any = eqx.field(default=67.66, converter=frozen)
    Om0: Any = eqx.field(default=0.30966, converter=frozen)
    Tcmb0: Any = eqx.field(default=2.7255, converter=frozen)
    Neff: Any = eqx.field(default=3.046, converter=frozen)
    m_nu: Any = eqx.field(default=0.0, converter=frozen)
    Ob0: Any = eqx.field(default=0.04897, converter=frozen)
    sigma8: Any = eqx.field(default=0.8102, converter=frozen)
    n_s: Any = eqx.field(default=0.9665, converter=frozen)

    def __check_init__(self) -> None:
        for name in ("H0", "sigma8"):
            check_parts(POSITIVE, getattr(self, name), name)
        for name in ("Om0", "Tcmb0", "Neff", "m_nu", "Ob0"):
            check_parts(NON_NEGATIVE, getattr(self, name), name)
        check_parts(FINITE, self.n_s, "n_s")
        if isinstance(self.m_nu, tuple) and not self.m_nu:
            raise ValueError("`m_nu` must be a mass or a tuple of one or more, but is (); give 0.0 for massless neutrinos.")

    def _densities(self, z: Any, *, xp: Any) -> tuple[Any, Any, Any]:
        """Return the densities of matter, of radiation as if it were massless, and of the cosmological constant today."""
        H0, Om0, Tcmb0, Neff = (xp.asarray(v, dtype=z.dtype) for v in (self.H0, self.Om0, self.Tcmb0, self.Neff))
        # The constants are gathered in double precision: squares of some of them alone are beyond the reach of float32.
        photons = PHOTON_DENSITY * Tcmb0**4 / H0**2
        masses = self.m_nu if isinstance(self.m_nu, tuple) else (self.m_nu,)
        warm = Tcmb0 > 0
        energy = BOLTZMANN * NEUTRINO_TEMPERATURE * xp.where(warm, Tcmb0, xp.ones_like(Tcmb0))  # [eV]

        def radiation(scale: Any) -> Any:
            """Return the density of photons and neutrinos over (1 + z)^4, where `scale` is 1 / (1 + z)."""
            ratios = (0.3173 * xp.asarray(m, dtype=z.dtype) / energy * scale for m in masses)
            per_species = sum((1 + ratio**1.83) ** 0.54644808743 for ratio in ratios) / len(masses)
            return photons * (1 + NEUTRINO_DENSITY * Neff * per_species)

        return Om0, radiation, 1 - Om0 - radiation(xp.ones_like(Om0))

    def _neutrino_mass_density(self, z: Any, *, xp: Any) -> Any:
        """Return the density of neutrinos today above that which they would have without mass."""
        _, radiation, _ = self._densities(z, xp=xp)
        H0, Tcmb0, Neff = (xp.asarray(v, dtype=z.dtype) for v in (self.H0, self.Tcmb0, self.Neff))
        return radiation(xp.ones_like(H0)) - PHOTON_DENSITY * Tcmb0**4 / H0**2 * (1 + NEUTRINO_DENSITY * Neff)

    def E_from(self, redshift: Any) -> Any:
        """Return the Hubble parameter over its value today.

        Parameters
        ----------
        redshift : float or array

        Returns
        -------
        array [dimensionless]
        """
        xp = _namespace(self, redshift)
        (z,) = _redshifts(redshift, xp=xp)
        matter, radiation, constant = self._densities(z, xp=xp)
        return xp.sqrt(((1 + z) * radiation(1 / (1 + z)) + matter) * (1 + z) ** 3 + constant)

    def comoving_distance_between_redshifts_in_kpc_from(self, redshift_0: Any, redshift_1: Any) -> Any:
        """Return the comoving distance from one redshift to another that is not below it.

        Parameters
        ----------
        redshift_0, redshift_1 : float or array, that broadcast

        Returns
        -------
        array [kpc]
            NaN, for traced redshifts that are negative or out of order.

        Raises
        ------
        ValueError
            If a redshift that is not traced is negative, or `redshift_0` is above `redshift_1`.
        """
        xp = _namespace(self, redshift_0, redshift_1)
        z_0, z_1 = _redshifts(redshift_0, redshift_1, xp=xp)
        ordered = z_0 <= z_1
        if fails(ordered):
            raise ValueError(
                f"`redshift_1` must not be below `redshift_0`, but they are {redshift_1!r} and {redshift_0!r}; exchange them."
            )
        a, b = xp.sqrt(1 + z_0), xp.sqrt(1 + z_1)
        width = or_nan(ordered, (z_1 - z_0) / (a * b * (a + b)), xp=xp)  # of the interval in 1 / sqrt(1 + z)
        matter, radiation, constant = self._densities(z_0, xp=xp)
        # The nodes come first, so that the axes of redshifts and parameters broadcast behind them.
        shape = (NODES, *(1 for _ in range(max(width.ndim, constant.ndim))))
        nodes, weights = (xp.reshape(xp.asarray(v, dtype=z_0.dtype), shape) for v in _quadrature())
        v_squared = (1 / b + nodes * width) ** 2
        integrand = 1 / xp.sqrt(matter + radiation(v_squared) / v_squared + constant * v_squared**3)
        total = xp.sum(weights * integrand, axis=0)
        return 2 * width * total * (SPEED_OF_LIGHT / xp.asarray(self.H0, dtype=z_0.dtype))

    def angular_diameter_distance_between_redshifts_in_kpc_from(self, redshift_0: Any, redshift_1: Any) -> Any:
        """Return the angular diameter distance of `redshift_1` from `redshift_0` [kpc]; for errors see the comoving one."""
        comoving = self.comoving_distance_between_redshifts_in_kpc_from(redshift_0, redshift_1)
        return comoving / (1 + namespace(comoving).asarray(redshift_1, dtype=comoving.dtype))

    def angular_diameter_distance_to_earth_in_kpc_from(self, redshift: Any) -> Any:
        """Return the angular diameter distance of a redshift from us [kpc]; for errors see the comoving one."""
        return self.angular_diameter_distance_between_redshifts_in_kpc_from(0.0, redshift)

    def kpc_per_arcsec_from(self, redshift: Any) -> Any:
        """Return how many proper kiloparsecs an arcsecond is at a redshift [kpc/arcsec]."""
        return ARCSEC * self.angular_diameter_distance_to_earth_in_kpc_from(redshift)

    def arcsec_per_kpc_from(self, redshift: Any) -> Any:
        """Return how many arcseconds a proper kiloparsec is at a redshift [arcsec/kpc]."""
        return 1 / self.kpc_per_arcsec_from(redshift)

    def scaling_factor_between_redshifts_from(self, redshift_0: Any, redshift_1: Any, redshift_final: Any) -> Any:
        """Return how much of a deflection scaled to `redshift_final` a plane at `redshift_0` makes at `redshift_1`.

        It is D_01 D_f / (D_1 D_0f): 0 at `redshift_0`, also if that is 0, and 1 at `redshift_final`.

        Raises
        ------
        ValueError
            If redshifts that are not traced are negative or out of order, or `redshift_final` is not above `redshift_0`.
        """
        _namespace(self, redshift_0, redshift_1, redshift_final)  # for its checks
        if all(map(is_concrete, (redshift_0, redshift_final))) and np.any(np.asarray(redshift_final) <= np.asarray(redshift_0)):
            raise ValueError(
                f"`redshift_final` must be above `redshift_0`, but they are {redshift_final!r} and {redshift_0!r}; "
                f"a plane does not deflect what is not behind it."
            )
        distance = self.comoving_distance_between_redshifts_in_kpc_from  # the factors 1 + z cancel
        to_final = distance(0.0, redshift_final) / distance(redshift_0, redshift_final)
        reach = distance(0.0, redshift_1)
        xp = namespace(reach)
        return distance(redshift_0, redshift_1) / xp.where(reach == 0, xp.ones_like(reach), reach) * to_final

    def critical_surface_density_between_redshifts_solar_mass_per_kpc2_from(self, redshift_0: Any, redshift_1: Any) -> Any:
        """Return the critical surface density for a lens and a source at two redshifts [solar masses / kpc^2].

        It is infinite if lens and source, or lens and observer, are at one redshift.
        """
        to_source = self.angular_diameter_distance_to_earth_in_kpc_from(redshift_1)
        between = self.angular_diameter_distance_between_redshifts_in_kpc_from(redshift_0, redshift_1)
        product = self.angular_diameter_distance_to_earth_in_kpc_from(redshift_0) * between
        xp = namespace(product)
        none = product == 0
        scale = SPEED_OF_LIGHT**2 * KILOPARSEC / (4 * math.pi * GRAVITATIONAL_CONSTANT * SOLAR_MASS)
        density = scale * to_source / xp.where(none, xp.ones_like(product), product)
        return xp.where(none, xp.asarray(xp.inf, dtype=density.dtype), density)

    def critical_surface_density_between_redshifts_from(self, redshift_0: Any, redshift_1: Any) -> Any:
        """Return the critical surface density for a lens and a source at two redshifts [solar masses / arcsec^2]."""
        per_kpc2 = self.critical_surface_density_between_redshifts_solar_mass_per_kpc2_from(redshift_0, redshift_1)
        return per_kpc2 * self.kpc_per_arcsec_from(redshift_0) ** 2

    def cosmic_average_density_solar_mass_per_kpc3_from(self, redshift: Any) -> Any:
        """Return the critical density at a redshift [solar masses / kpc^3]."""
        E = self.E_from(redshift)
        H = namespace(E).asarray(self.H0, dtype=E.dtype) * E  # [m/s/kpc]
        return (3 * KILOPARSEC / (8 * math.pi * GRAVITATIONAL_CONSTANT * SOLAR_MASS)) * H**2

    def cosmic_average_density_from(self, redshift: Any) -> Any:
        """Return the critical density at a redshift, in lensing units [solar masses / arcsec^3]."""
        return self.cosmic_average_density_solar_mass_per_kpc3_from(redshift) * self.kpc_per_arcsec_from(redshift) ** 3


@functools.cache
def Planck15() -> FlatLambdaCDM:
    """Return the cosmology of the Planck Collaboration, A&A 594, A13 (2016), table 4, column 6: astropy's Planck15.

    Examples
    --------
    >>> import lensarrays as la
    >>> round(float(la.Planck15().kpc_per_arcsec_from(0.5)), 4)
    6.2882
    """
    return FlatLambdaCDM(
        H0=67.74, Om0=0.3075, Tcmb0=2.7255, Neff=3.046, m_nu=(0.0, 0.0, 0.06), Ob0=0.0486, sigma8=0.8159, n_s=0.9667
    )
