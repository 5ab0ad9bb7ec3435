"""How concentrated a dark matter halo of some mass is, on average."""

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .._backend import namespace
from .._check import NON_NEGATIVE
from ._fluctuations import (
    MASS,
    MatterParameters,
    chebyshev,
    growth_suppression,
    linear_growth,
    matter_of,
    variance_and_slope,
)
from ._numbers import floating, inside
from ._profile import check_number, leaves, or_nan
from .cosmology import Planck15

COLLAPSE = 1.68647  # the linear density contrast today of a sphere that collapses today
PROGENITOR_FRACTION = 0.02  # of the mass of a halo, in the smallest progenitors that count
FORMATION_DENSITY = 650.0  # the mean density within r_s, over the critical density when the halo formed
EINASTO_SHAPE = 0.18
LARGEST = 1000.0
COEFFICIENTS = 24
NEWTON_STEPS = 4


def _collapsed_fraction(concentration: Any) -> Any:
    """Return the mass within r_s over that within r_200, of an Einasto profile."""
    from scipy.special import gammainc

    a = EINASTO_SHAPE
    return gammainc(3 / a, 2 / a) / gammainc(3 / a, 2 / a * concentration**a)


def _formation_density(concentration: Any) -> Any:
    """Return the critical density when a halo formed over that when it is seen: equation (6)."""
    return 200 / FORMATION_DENSITY * concentration**3 * _collapsed_fraction(concentration)


@functools.cache
def _table() -> tuple[float, np.ndarray]:
    """Return the concentration of a halo that forms when it is seen, and two functions of the concentration from there on.

    They are the logarithms of the formation density and of the inverse error function that equation (7) has on its left,
    and their derivatives by log(concentration): four rows of Chebyshev coefficients in log(concentration).
    """
    from scipy.optimize import brentq
    from scipy.special import erfcinv

    smallest = float(brentq(lambda c: _formation_density(c) - 1, 1.0, 10.0, xtol=1e-14))
    span = math.log(LARGEST / smallest)

    def rows(function: Callable[[Any], Any]) -> list[np.ndarray]:
        series = np.polynomial.Chebyshev.interpolate(
            lambda t: np.log(function(smallest * np.exp(0.5 * span * (t + 1)))), COEFFICIENTS - 1
        )
        return [series.coef, np.append(series.deriv().coef, 0.0) * 2 / span]

    return smallest, np.stack([*rows(_formation_density), *rows(lambda c: erfcinv(_collapsed_fraction(c)))])


def _concentration(spread: Any, z: Any, p: MatterParameters, *, xp: Any) -> Any:
    """Return the concentration at which equation (7) holds, for `spread` = sqrt(2 (sigma^2(f M) - sigma^2(M))).

    The equation is spread * y(c) = COLLAPSE * (1 / D(z_f(c)) - 1 / D(z)), for a formation redshift z_f(c). In logarithms,
    both of `spread` and of c / c_min - 1, its solution is close to a straight line, on which Newton's method converges.
    """
    smallest, table = _table()
    coefficients = xp.asarray(table, dtype=z.dtype)
    cube, constant = (1 + z) ** 3, 1 / p.matter - 1
    today, seen = growth_suppression(constant, xp=xp), 1 / linear_growth(z, p.matter, xp=xp)
    target = xp.log(spread / COLLAPSE)
    s = 1.25 * target
    for _ in range(NEWTON_STEPS):
        excess = xp.exp(s)
        t = 2 / math.log(LARGEST / smallest) * xp.log1p(excess) - 1
        values = xp.tensordot(coefficients, chebyshev(t, COEFFICIENTS, xp=xp), axes=1)
        log_density, density_slope, log_y, y_slope = (values[k, ...] for k in range(4))
        then = xp.exp(log_density) * (cube + constant)  # the critical density, over that of matter today
        matter = then - constant
        suppression = growth_suppression(constant / matter, xp=xp)
        formed = matter ** (1 / 3) * today / suppression  # 1 / D
        rate = (2.5 / suppression - 1.5) * matter / then  # of D, by log(a), in flat universes
        formed_slope = formed * rate * then / (3 * matter) * density_slope
        slope = (formed_slope / (formed - seen) - y_slope) * excess / (1 + excess)
        s = s + (target - xp.log(formed - seen) + log_y) / slope
    concentration = smallest * (1 + xp.exp(s))
    return or_nan(concentration < LARGEST, concentration, xp=xp)


def concentration_ludlow16_from(mass_at_200: Any, redshift: Any, cosmology: Any = None) -> Any:
    """Return the mean concentration r_200 / r_s of haloes of cold dark matter.

    The density within the scale radius of a halo is 650 times the critical one at the time when as much mass as is there now
    was first found in progenitors of more than a fiftieth of the halo.

    Parameters
    ----------
    mass_at_200 : float or array, shape (...) [solar masses]
        The mass within the radius inside of which the mean density is 200 times the critical one; between 1e3 and 1e16.
    redshift : float or array, that broadcasts
        At which the halo is seen.
    cosmology : FlatLambdaCDM, optional
        Planck15() unless given.

    Returns
    -------
    array, shape (...) [dimensionless]
        NaN, for traced masses and redshifts out of range.

    Raises
    ------
    ValueError
        If a mass or a redshift that is not traced is out of range, or the cosmology has no baryons or no photons.

    Notes
    -----
    The equations are solved to machine precision, with the transfer function of Eisenstein and Hu, massive neutrinos counted
    as matter, and no radiation. Against colossus 1.4.0 from 1e6 to 1e13 solar masses and redshifts 0 to 3, the difference is
    below 5e-4 for Planck15() (colossus' `planck15`) and for another cosmology, if colossus leaves out radiation too. By default
    it adds it to the growth beyond redshift 5, which makes the difference 1.7e-3 up to redshift 2, and 1.8e-3 at 3.
    Haloes scatter by 0.13 dex about it.

    autogalaxy takes masses in solar masses too, and the cosmology of colossus for the concentration; its values are 1e-3 off.

    References
    ----------
    A. D. Ludlow et al., MNRAS 460, 1214 (2016), section 5 and equations (6) and (7).

    Examples
    --------
    >>> import lensarrays as la
    >>> round(float(la.concentration_ludlow16_from(1e9, 0.5)), 3)
    12.036
    """
    check_number(MASS, mass_at_200, "mass_at_200")
    check_number(NON_NEGATIVE, redshift, "redshift")
    cosmology = Planck15() if cosmology is None else cosmology
    xp = namespace(mass_at_200, redshift, *leaves(cosmology))
    mass, z = floating(mass_at_200, redshift, xp=xp)
    good_mass, mass = inside(MASS, mass, 1e9, xp=xp)
    good_z, z = inside(NON_NEGATIVE, z, 0.0, xp=xp)
    parameters, table = matter_of(cosmology, mass, neutrinos=True, xp=xp)
    both = xp.stack([PROGENITOR_FRACTION * mass, mass])
    variance, _ = variance_and_slope(both, table, xp=xp)
    difference = variance[0, ...] - variance[1, ...]
    concentration = _concentration(xp.sqrt(2 * difference), z, parameters, xp=xp)
    return or_nan(good_mass & good_z, concentration, xp=xp)
