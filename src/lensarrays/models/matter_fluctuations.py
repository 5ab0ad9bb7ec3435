"""The rms of the linear density of matter, and how it grows."""

from typing import Any

from .._backend import namespace
from .._check import NON_NEGATIVE
from ._fluctuations import MASS, linear_growth, matter_of, variance_and_slope
from ._numbers import floating, inside
from ._profile import check_number, leaves, or_nan
from .cosmology import Planck15


def sigma_from(mass: Any, cosmology: Any = None) -> Any:
    """Return the rms of the linear density contrast today, in spheres that hold a mass on average.

    Parameters
    ----------
    mass : float or array, shape (...) [solar masses]
        Between 1e3 and 1e16.
    cosmology : FlatLambdaCDM, optional
        Planck15() unless given; its `sigma8` is the result in spheres of 8 Mpc / h.

    Returns
    -------
    array, shape (...) [dimensionless]
        NaN, for traced masses out of range.

    Raises
    ------
    ValueError
        If a mass that is not traced is out of range, or the cosmology has no baryons or no photons.

    Notes
    -----
    Twenty radii are integrated and interpolated: the error is below 5e-5. Massive neutrinos do not count as matter.

    References
    ----------
    D. J. Eisenstein and W. Hu, ApJ 496, 605 (1998), for the transfer function, with baryonic oscillations.

    Examples
    --------
    >>> import lensarrays as la
    >>> round(float(la.sigma_from(1e10)), 3)
    3.907
    """
    check_number(MASS, mass, "mass")
    cosmology = Planck15() if cosmology is None else cosmology
    xp = namespace(mass, *leaves(cosmology))
    (mass,) = floating(mass, xp=xp)
    good, safe = inside(MASS, mass, 1e9, xp=xp)
    _, table = matter_of(cosmology, mass, neutrinos=False, xp=xp)
    return or_nan(good, xp.sqrt(variance_and_slope(safe, table, xp=xp)[0]), xp=xp)


def growth_factor_from(redshift: Any, cosmology: Any = None) -> Any:
    """Return the linear growth factor at a redshift over that today, of matter with a cosmological constant.

    Radiation is left out: with it, the result is larger by 2e-4 at redshift 1 and 5e-4 at 3.

    Parameters
    ----------
    redshift : float or array, shape (...)
    cosmology : FlatLambdaCDM, optional
        Planck15() unless given.

    Returns
    -------
    array, shape (...) [dimensionless]
        NaN, for traced redshifts below zero.

    Raises
    ------
    ValueError
        If a redshift that is not traced is negative.

    References
    ----------
    D. J. Heath, MNRAS 179, 351 (1977).

    Examples
    --------
    >>> import lensarrays as la
    >>> round(float(la.growth_factor_from(1.0)), 4)
    0.6092
    """
    check_number(NON_NEGATIVE, redshift, "redshift")
    cosmology = Planck15() if cosmology is None else cosmology
    xp = namespace(redshift, *leaves(cosmology))
    (z,) = floating(redshift, xp=xp)
    good, safe = inside(NON_NEGATIVE, z, 0.0, xp=xp)
    return or_nan(good, linear_growth(safe, xp.asarray(cosmology.Om0, dtype=z.dtype), xp=xp), xp=xp)
