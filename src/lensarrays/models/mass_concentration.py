"""How concentrated a dark matter halo of some mass is, on average."""

import functools
import math
from typing import Any

import numpy as np

from .._backend import namespace
from .._check import NON_NEGATIVE
from ._profile import check_number, leaves, or_nan
from .cosmology import Planck15, _floating
from .matter_fluctuations import (
    MASS,
    Fluctuations,
    MatterParameters,
    _chebyshev,
    _growth,
    _inside,
    _suppression,
    matter_parameters,
)

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
def _tables() -> tuple[float, np.ndarray, np.ndarray]:
    """Return the concentration of a halo that forms when it is seen, and two functions of the concentration from there on.

    They are the logarithms of the formation density and of the inverse error function that equation (7) has on its left,
    as Chebyshev coefficients (value, derivative) in log(concentration).
    """
    from scipy.optimize import brentq
    from scipy.special import erfcinv

    smallest = float(brentq(lambda c: _formation_density(c) - 1, 1.0, 10.0, xtol=1e-14))
    span = math.log(LARGEST / smallest)

    def coefficients(function: Any) -> np.ndarray:
        series = np.polynomial.Chebyshev.interpolate(
            lambda t: np.log(function(smallest * np.exp(0.5 * span * (t + 1)))), COEFFICIENTS - 1
        )
        return np.stack([series.coef, np.append(series.deriv().coef, 0.0) * 2 / span])

    return smallest, coefficients(_formation_density), coefficients(lambda c: erfcinv(_collapsed_fraction(c)))


def _concentration(spread: Any, z: Any, p: MatterParameters, *, xp: Any) -> Any:
    """Return the concentration at which equation (7) holds, for `spread` = sqrt(2 (sigma^2(f M) - sigma^2(M))).

    The equation is spread * y(c) = COLLAPSE * (1 / D(z_f(c)) - 1 / D(z)), for a formation redshift z_f(c). In logarithms,
    both of `spread` and of c / c_min - 1, its solution is close to a straight line, on which Newton's method converges.
    """
    smallest, *functions = _tables()
    (density, density_slope), (y, y_slope) = (tuple(xp.asarray(row, dtype=z.dtype) for row in pair) for pair in functions)
    cube, constant = (1 + z) ** 3, 1 / p.matter - 1
    today, seen = _suppression(constant, xp=xp), 1 / _growth(z, p.matter, xp=xp)
    target = xp.log(spread / COLLAPSE)
    s = 1.25 * target
    for _ in range(NEWTON_STEPS):
        excess = xp.exp(s)
        t = 2 / math.log(LARGEST / smallest) * xp.log1p(excess) - 1
        then = xp.exp(_chebyshev(density, t)) * (cube + constant)  # the critical density, over that of matter today
        matter = then - constant
        suppression = _suppression(constant / matter, xp=xp)
        formed = matter ** (1 / 3) * today / suppression  # 1 / D
        rate = (2.5 / suppression - 1.5) * matter / then  # of D, by log(a), in flat universes
        formed_slope = formed * rate * then / (3 * matter) * _chebyshev(density_slope, t)
        slope = (formed_slope / (formed - seen) - _chebyshev(y_slope, t)) * excess / (1 + excess)
        s = s + (target - xp.log(formed - seen) + _chebyshev(y, t)) / slope
    concentration = smallest * (1 + xp.exp(s))
    return or_nan(concentration < LARGEST, concentration, xp=xp)


def concentration_ludlow16_from(mass_at_200: Any, redshift: Any, cosmology: Any = None) -> Any:
    r"""Return the mean concentration r_200 / r_s of halos of cold dark matter.

    A halo is as dense within its scale radius as the universe was, times 650, when half of the mass that is there now was
    first found in progenitors of more than a fiftieth of the halo.

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
    With the mass variance of the Eisenstein and Hu transfer function, and no radiation in the growth.
    """
    check_number(MASS, mass_at_200, "mass_at_200")
    check_number(NON_NEGATIVE, redshift, "redshift")
    cosmology = Planck15() if cosmology is None else cosmology
    xp = namespace(mass_at_200, redshift, *leaves(cosmology))
    mass, z = _floating(mass_at_200, redshift, xp=xp)
    good_mass, mass = _inside(MASS, mass, 1e9, xp=xp)
    good_z, z = _inside(NON_NEGATIVE, z, 0.0, xp=xp)
    parameters = matter_parameters(cosmology, mass, neutrinos=True, xp=xp)
    fluctuations = Fluctuations(parameters, xp=xp)
    difference = fluctuations.variance(PROGENITOR_FRACTION * mass) - fluctuations.variance(mass)
    concentration = _concentration(xp.sqrt(2 * difference), z, parameters, xp=xp)
    return or_nan(good_mass & good_z, concentration, xp=xp)
