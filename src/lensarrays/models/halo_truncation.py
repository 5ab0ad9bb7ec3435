"""Where an NFW halo is truncated, and how much of its mass is left."""

from typing import Any

from .._backend import namespace
from .._check import POSITIVE
from ._nfw_mass import nfw_mass, radius_within, truncated_mass
from ._numbers import floating, inside
from ._profile import check_number, or_nan


def truncation_ratio_from(concentration: Any, overdensity: Any = 100.0) -> Any:
    """Return the radius within which the mean density of an NFW halo is some times the critical one, over its scale radius.

    Parameters
    ----------
    concentration : float or array, shape (...) [dimensionless]
        The radius at an overdensity of 200, over the scale radius.
    overdensity : float or array, that broadcasts [dimensionless]
        200 gives back `concentration`.

    Returns
    -------
    array, shape (...) [dimensionless]
        NaN, for traced values that are not positive.

    Raises
    ------
    ValueError
        If a value that is not traced is not positive.

    Examples
    --------
    >>> import lensarrays as la
    >>> round(float(la.truncation_ratio_from(10.0)), 4)
    13.2356
    """
    check_number(POSITIVE, concentration, "concentration")
    check_number(POSITIVE, overdensity, "overdensity")
    xp = namespace(concentration, overdensity)
    c, overdensity = floating(concentration, overdensity, xp=xp)
    good_c, c = inside(POSITIVE, c, 1.0, xp=xp)
    good, overdensity = inside(POSITIVE, overdensity, 1.0, xp=xp)
    ratio = radius_within(overdensity / 200 * (3 * nfw_mass(c, xp=xp) / c**3), xp=xp)
    return or_nan(good & good_c, ratio, xp=xp)


def truncated_mass_ratio_from(concentration: Any, truncation_ratio: Any) -> Any:
    """Return the total mass of a truncated NFW halo over the mass within r_200 that it had before.

    Parameters
    ----------
    concentration : float or array, shape (...) [dimensionless]
    truncation_ratio : float or array, that broadcasts [dimensionless]
        The truncation radius over the scale radius.

    Returns
    -------
    array, shape (...) [dimensionless]
        NaN, for traced values that are not positive.

    Raises
    ------
    ValueError
        If a value that is not traced is not positive.

    References
    ----------
    E. A. Baltz, P. Marshall and M. Oguri, JCAP 01, 015 (2009), equation (26).

    Examples
    --------
    >>> import lensarrays as la
    >>> round(float(la.truncated_mass_ratio_from(10.0, la.truncation_ratio_from(10.0))), 4)
    1.1952
    """
    check_number(POSITIVE, concentration, "concentration")
    check_number(POSITIVE, truncation_ratio, "truncation_ratio")
    xp = namespace(concentration, truncation_ratio)
    c, tau = floating(concentration, truncation_ratio, xp=xp)
    good_c, c = inside(POSITIVE, c, 1.0, xp=xp)
    good, tau = inside(POSITIVE, tau, 1.0, xp=xp)
    return or_nan(good & good_c, truncated_mass(tau, xp=xp) / nfw_mass(c, xp=xp), xp=xp)
