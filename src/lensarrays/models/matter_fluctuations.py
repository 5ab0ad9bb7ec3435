"""How much the linear density of matter fluctuates in spheres of some mass, and how the fluctuations grow."""

import functools
import math
from typing import Any, NamedTuple

import numpy as np

from .._backend import namespace
from .._check import NON_NEGATIVE, Requirement, is_concrete
from ._profile import check_number, leaves, or_nan
from .cosmology import (
    GRAVITATIONAL_CONSTANT,
    KILOPARSEC,
    SOLAR_MASS,
    Planck15,
    _floating,
)
from .transfer_function import _transfer

LIGHTEST, HEAVIEST = 1e3, 1e16  # [solar masses]
MASS = Requirement(
    "between 1e3 and 1e16 solar masses",
    lambda v: (v >= LIGHTEST) & (v <= HEAVIEST),
    "give it in solar masses, not over h nor as a logarithm",
)
RADII = (2e-4, 60.0)  # [Mpc], of the table: the spheres of 20 and 3e16 solar masses
RADIUS_NODES = 20
SMOOTH_NODES, WAVE_NODES = 96, 48
SMALLEST_K, LARGEST_X = 3e-4, 30.0  # beyond, the integrand adds less than 1e-5
GROWTH_NODES = 12
# The critical density today for H0 of 1 km/s/Mpc [solar masses / Mpc^3]; 1 km/s/Mpc is 1 m/s/kpc.
CRITICAL_DENSITY = 1e9 * 3 * KILOPARSEC / (8 * math.pi * GRAVITATIONAL_CONSTANT * SOLAR_MASS)


class MatterParameters(NamedTuple):
    """What structure depends on, as arrays of one precision."""

    h: Any
    matter: Any  # over the critical density today
    baryons: Any
    temperature: Any  # [K]
    sigma8: Any
    n_s: Any

    @property
    def density(self) -> Any:
        """The comoving density of matter [solar masses / Mpc^3]."""
        return CRITICAL_DENSITY * 1e4 * self.h**2 * self.matter


def matter_parameters(cosmology: Any, like: Any, *, neutrinos: bool, xp: Any) -> MatterParameters:
    """Return the parameters in the precision of `like`, NaN where no power spectrum belongs to them; raise if that is seen.

    `neutrinos` says whether those that have a mass count as matter.
    """
    values = [getattr(cosmology, name) for name in ("H0", "Om0", "Ob0", "Tcmb0", "sigma8", "n_s")]
    if all(map(is_concrete, values)):
        _, Om0, Ob0, Tcmb0, _, _ = map(np.asarray, values)
        if not np.all((Ob0 > 0) & (Ob0 < Om0)):
            raise ValueError(
                f"`cosmology.Ob0` must be above zero and below `Om0`, for the transfer function, but is {cosmology.Ob0!r} "
                f"for an `Om0` of {cosmology.Om0!r}; give `FlatLambdaCDM` the density of baryons."
            )
        if not np.all(Tcmb0 > 0):
            raise ValueError(
                f"`cosmology.Tcmb0` must be positive, for the transfer function, but is {cosmology.Tcmb0!r}; "
                f"give `FlatLambdaCDM` the temperature of the background, as in 2.7255."
            )
    H0, Om0, Ob0, Tcmb0, sigma8, n_s = (xp.asarray(v, dtype=like.dtype) for v in values)
    good = (Ob0 > 0) & (Ob0 < Om0) & (Tcmb0 > 0)
    matter = Om0 + cosmology._neutrino_mass_density(like, xp=xp) if neutrinos else Om0
    return MatterParameters(0.01 * H0, or_nan(good, matter, xp=xp), Ob0, Tcmb0, sigma8, n_s)


def _window(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the square of the Fourier transform of a sphere, and its derivative by log x."""
    safe = np.maximum(x, 0.1)  # below, the closed forms cancel and the series do not
    W = np.where(x < 0.1, 1 - x**2 / 10 + x**4 / 280 - x**6 / 15120, 3 * (np.sin(safe) - safe * np.cos(safe)) / safe**3)
    slope = np.where(x < 0.1, -(x**2) / 5 + x**4 / 70 - x**6 / 2520, 3 * np.sin(safe) / safe - 3 * W)
    return W**2, 2 * W * slope


def _nodes(smallest: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return nodes x = k R, and weights of the integrals over log x that give sigma^2 and its derivative by log R.

    Below x = 1 they are spread over log x, from `smallest` on; above, where the window oscillates, over x.
    """
    t, weight = np.polynomial.legendre.leggauss(SMOOTH_NODES)
    span = -0.5 * np.log(smallest)[..., None]
    low, low_weight = np.exp(span * (t - 1)), span * weight
    t, weight = np.polynomial.legendre.leggauss(WAVE_NODES)
    span = 0.5 * (LARGEST_X - 1)
    high = np.broadcast_to(1 + span * (t + 1), (*smallest.shape, WAVE_NODES))
    x = np.concatenate([low, high], axis=-1)
    weights = np.concatenate([low_weight, span * weight / high], axis=-1)
    squared, slope = _window(x)
    return x, weights * squared, weights * slope


@functools.cache
def _table() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return wavenumbers (radius, node) [1/Mpc], weights for sigma^2 and for its slope, and values to coefficients."""
    angles = np.pi * (np.arange(RADIUS_NODES) + 0.5) / RADIUS_NODES
    low, high = np.log(RADII)
    radii = np.exp(low + (high - low) * 0.5 * (1 + np.cos(angles)))
    x, weights, slopes = _nodes(SMALLEST_K * radii)
    to_coefficients = 2 / RADIUS_NODES * np.cos(np.arange(RADIUS_NODES)[:, None] * angles)
    to_coefficients[0] /= 2
    return x / radii[:, None], weights, slopes, to_coefficients


@functools.cache
def _normalisation_nodes() -> tuple[np.ndarray, np.ndarray]:
    """Return nodes k R and weights of the variance in spheres of 8 Mpc / h."""
    x, weights, _ = _nodes(np.asarray(SMALLEST_K * 8))
    return x, weights


def _power(k: Any, p: MatterParameters, *, xp: Any) -> Any:
    """Return the power per logarithm of the wavenumber [1/Mpc], not normalised."""
    return k ** (3 + p.n_s) * _transfer(k, p.matter * p.h**2, p.baryons * p.h**2, p.temperature, xp=xp) ** 2


def _chebyshev(coefficients: Any, t: Any) -> Any:
    """Return a series of Chebyshev polynomials at t, by Clenshaw's recursion; the coefficients are along the first axis."""
    following, total = 0 * t, 0 * t
    for k in reversed(range(1, coefficients.shape[0])):
        following, total = total, 2 * t * total - following + coefficients[k, ...]
    return t * total - following + coefficients[0, ...]


class Fluctuations:
    """The rms linear density today in spheres of any mass, for one cosmology: a table that is cheap to look up.

    It is made once for a cosmology, of some thousand values of the transfer function, and interpolates in the mass.
    """

    def __init__(self, p: MatterParameters, *, xp: Any):
        def constant(values: np.ndarray, ndim: int = 0) -> Any:
            """Return a table as an array behind whose axes those of the parameters broadcast."""
            return xp.asarray(values.reshape(values.shape + ndim * (1,)), dtype=p.h.dtype)

        batch = max(v.ndim for v in p)
        wavenumbers, weights, slopes, to_coefficients = _table()
        power = _power(constant(wavenumbers, batch), p, xp=xp)
        variance = xp.sum(constant(weights, batch) * power, axis=1)
        slope = xp.sum(constant(slopes, batch) * power, axis=1) / variance
        x, x_weights = _normalisation_nodes()
        at_8 = xp.sum(constant(x_weights, batch) * _power(constant(x, batch) * p.h / 8, p, xp=xp), axis=0)
        transform = constant(to_coefficients)
        self._log_variance = xp.tensordot(transform, xp.log(variance / at_8), axes=1)
        self._slope = xp.tensordot(transform, slope, axes=1)
        self._p, self._xp = p, xp

    def _position(self, mass: Any) -> Any:
        """Return where the radius of spheres of some mass is in the table, from -1 to 1; NaN beyond."""
        xp, (low, high) = self._xp, map(math.log, RADII)
        # The logarithm of a product of numbers that are far from 1, which float32 could not hold.
        log_radius = (xp.log(mass) - xp.log(4 * math.pi / 3 * self._p.density)) / 3
        t = (2 * log_radius - (low + high)) / (high - low)
        return or_nan(xp.abs(t) <= 1, t, xp=xp)

    def variance(self, mass: Any) -> Any:
        """Return sigma^2 for masses [solar masses]."""
        return self._p.sigma8**2 * self._xp.exp(_chebyshev(self._log_variance, self._position(mass)))

    def slope(self, mass: Any) -> Any:
        """Return the derivative of log(sigma) by log(mass), which is negative."""
        return _chebyshev(self._slope, self._position(mass)) / 6


@functools.cache
def _growth_quadrature() -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights on [0, 1]."""
    t, weight = np.polynomial.legendre.leggauss(GROWTH_NODES)
    return 0.5 * (1 + t), 0.5 * weight


def _suppression(ratio: Any, *, xp: Any) -> Any:
    """Return the growth over that in a universe of matter alone, for a ratio of the densities of constant and matter.

    It is 5/2 sqrt(1 + w) times the integral from 0 to 1 of s^(3/2) / (1 + w s^3)^(3/2), which s = v^2 makes smooth.
    """
    total = 0 * ratio
    for v, weight in zip(*map(np.ndarray.tolist, _growth_quadrature()), strict=True):
        denominator = 1 + v**6 * ratio
        total = total + (5 * weight * v**4) / (denominator * xp.sqrt(denominator))
    return xp.sqrt(1 + ratio) * total


def _growth(z: Any, matter: Any, *, xp: Any) -> Any:
    """Return the linear growth factor over that today, for a density of matter in a flat universe."""
    ratio = 1 / matter - 1
    return _suppression(ratio / (1 + z) ** 3, xp=xp) / ((1 + z) * _suppression(ratio, xp=xp))


def _inside(requirement: Requirement, value: Any, instead: float, *, xp: Any) -> tuple[Any, Any]:
    """Return where a value meets its requirement, and the value with `instead` elsewhere, so that gradients are finite."""
    good = requirement.holds(value)
    return good, xp.where(good, value, xp.asarray(instead, dtype=value.dtype))


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
    Twenty radii are integrated and interpolated: the error is below 1e-4. Massive neutrinos do not count as matter.

    References
    ----------
    D. J. Eisenstein and W. Hu, ApJ 496, 605 (1998), for the transfer function, with baryonic oscillations.

    Examples
    --------
    >>> round(float(sigma_from(1e10)), 3)
    5.929
    """
    check_number(MASS, mass, "mass")
    cosmology = Planck15() if cosmology is None else cosmology
    xp = namespace(mass, *leaves(cosmology))
    (mass,) = _floating(mass, xp=xp)
    good, safe = _inside(MASS, mass, 1e9, xp=xp)
    fluctuations = Fluctuations(matter_parameters(cosmology, mass, neutrinos=False, xp=xp), xp=xp)
    return or_nan(good, xp.sqrt(fluctuations.variance(safe)), xp=xp)


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
    >>> round(float(growth_factor_from(1.0)), 4)
    0.6092
    """
    check_number(NON_NEGATIVE, redshift, "redshift")
    cosmology = Planck15() if cosmology is None else cosmology
    xp = namespace(redshift, *leaves(cosmology))
    (z,) = _floating(redshift, xp=xp)
    good, safe = _inside(NON_NEGATIVE, z, 0.0, xp=xp)
    return or_nan(good, _growth(safe, xp.asarray(cosmology.Om0, dtype=z.dtype), xp=xp), xp=xp)
