"""How much the linear density of matter fluctuates in spheres of some mass, and how the fluctuations grow."""

import functools
import math
from typing import Any, NamedTuple

import numpy as np

from .._backend import namespace
from .._check import Requirement, is_concrete
from ._numbers import floating
from ._profile import leaves, or_nan
from ._transfer_function import transfer
from .cosmology import GRAVITATIONAL_CONSTANT, KILOPARSEC, SOLAR_MASS

LIGHTEST, HEAVIEST = 0.999e3, 1.001e16  # [solar masses], with room for rounding
MASS = Requirement(
    "between 1e3 and 1e16 solar masses",
    lambda v: (v >= LIGHTEST) & (v <= HEAVIEST),
    "give it in solar masses, not over h nor as a logarithm",
)
RADII = (2e-4, 60.0)  # [Mpc], of the table: the spheres of 20 and 3e16 solar masses
RADIUS_NODES = 20
SMOOTH_NODES, WAVE_NODES = 96, 96
NORMALISATION_NODES = 200  # where the acoustic oscillations of the transfer function matter
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


def _nodes(smallest: np.ndarray, smooth: int, waves: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return nodes x = k R, and weights of the integrals over log x that give sigma^2 and its derivative by log R.

    Below x = 1 they are spread over log x, from `smallest` on; above, where the window oscillates, over x.
    """
    t, weight = np.polynomial.legendre.leggauss(smooth)
    span = -0.5 * np.log(smallest)[..., None]
    low, low_weight = np.exp(span * (t - 1)), span * weight
    t, weight = np.polynomial.legendre.leggauss(waves)
    span = 0.5 * (LARGEST_X - 1)
    high = np.broadcast_to(1 + span * (t + 1), (*smallest.shape, waves))
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
    x, weights, slopes = _nodes(SMALLEST_K * radii, SMOOTH_NODES, WAVE_NODES)
    to_coefficients = 2 / RADIUS_NODES * np.cos(np.arange(RADIUS_NODES)[:, None] * angles)
    to_coefficients[0] /= 2
    return x / radii[:, None], weights, slopes, to_coefficients


@functools.cache
def _normalisation_nodes() -> tuple[np.ndarray, np.ndarray]:
    """Return nodes k R and weights of the variance in spheres of 8 Mpc / h."""
    x, weights, _ = _nodes(np.asarray(SMALLEST_K * 8), NORMALISATION_NODES, NORMALISATION_NODES)
    return x, weights


def _power(k: Any, p: MatterParameters, *, xp: Any) -> Any:
    """Return the power per logarithm of the wavenumber [1/Mpc], not normalised."""
    return k ** (3 + p.n_s) * transfer(k, p.matter * p.h**2, p.baryons * p.h**2, p.temperature, xp=xp) ** 2


def chebyshev(t: Any, terms: int, *, xp: Any) -> Any:
    """Return the Chebyshev polynomials of degrees below `terms` at t, along a new first axis.

    They are doubled in number, by T_(m + j) = 2 T_m T_j - T_(m - j), so that compilers see few operations.
    """
    basis = xp.stack([xp.ones_like(t), t])
    while basis.shape[0] < terms:
        last = basis[-1:, ...]
        basis = xp.concat([basis, 2 * last * basis[1:, ...] - xp.flip(basis[:-1, ...], axis=0)], axis=0)
    return basis[:terms, ...]


class Fluctuations(NamedTuple):
    """The rms linear density today in spheres, for one cosmology: coefficients in the logarithm of the radius."""

    log_variance: Any
    slope: Any  # the derivative of log_variance by log(radius)
    density: Any  # [solar masses / Mpc^3]


def fluctuations_from(p: MatterParameters, *, xp: Any) -> Fluctuations:
    """Return what is cheap to look up at any mass, made of some thousand values of the transfer function."""
    batch = max(v.ndim for v in p)

    def constant(values: np.ndarray) -> Any:
        """Return a table as an array behind whose axes those of the parameters broadcast."""
        return xp.asarray(values.reshape(values.shape + batch * (1,)), dtype=p.h.dtype)

    wavenumbers, weights, slopes, to_coefficients = _table()
    power = _power(constant(wavenumbers), p, xp=xp)
    variance = xp.sum(constant(weights) * power, axis=1)
    slope = xp.sum(constant(slopes) * power, axis=1) / variance
    x, x_weights = _normalisation_nodes()
    at_8 = xp.sum(constant(x_weights) * _power(constant(x) * p.h / 8, p, xp=xp), axis=0)
    transform = xp.asarray(to_coefficients, dtype=p.h.dtype)
    log_variance = xp.log(p.sigma8**2 * variance / at_8)
    return Fluctuations(xp.tensordot(transform, log_variance, axes=1), xp.tensordot(transform, slope, axes=1), p.density)


def matter_of(cosmology: Any, like: Any, *, neutrinos: bool, xp: Any) -> tuple[MatterParameters, Fluctuations]:
    """Return parameters and table of a cosmology in the data type of `like`; `neutrinos` as for `matter_parameters`.

    They are computed by the array library of the cosmology: by NumPy for one of Python numbers, also under `jit`, so that
    only the parameters that are traced cost compile time.
    """
    own = namespace(*leaves(cosmology))
    p = matter_parameters(cosmology, floating(*leaves(cosmology), xp=own)[0], neutrinos=neutrinos, xp=own)
    table = fluctuations_from(p, xp=own)
    return (
        MatterParameters(*(xp.asarray(v, dtype=like.dtype) for v in p)),
        Fluctuations(*(xp.asarray(v, dtype=like.dtype) for v in table)),
    )


def _position(mass: Any, density: Any, *, xp: Any) -> Any:
    """Return where the radius of spheres of some mass is in the table, from -1 to 1; NaN beyond."""
    low, high = map(math.log, RADII)
    log_radius = (xp.log(mass) - xp.log(4 * math.pi / 3 * density)) / 3
    t = (2 * log_radius - (low + high)) / (high - low)
    return or_nan(xp.abs(t) <= 1, t, xp=xp)


def variance_and_slope(mass: Any, table: Fluctuations, *, xp: Any) -> tuple[Any, Any]:
    """Return sigma^2, and the derivative of log(sigma) by log(mass), for masses [solar masses]."""
    basis = chebyshev(_position(mass, table.density, xp=xp), RADIUS_NODES, xp=xp)
    ndim = basis.ndim - 1

    def series(coefficients: Any) -> Any:
        """Return the sum over the first axis, behind which the batch axes of the cosmology meet those of masses."""
        missing = (1,) * (ndim + 1 - coefficients.ndim)
        return xp.sum(xp.reshape(coefficients, (RADIUS_NODES, *missing, *coefficients.shape[1:])) * basis, axis=0)

    return xp.exp(series(table.log_variance)), series(table.slope) / 6


@functools.cache
def _growth_quadrature() -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights on [0, 1]."""
    t, weight = np.polynomial.legendre.leggauss(GROWTH_NODES)
    return 0.5 * (1 + t), 0.5 * weight


def growth_suppression(ratio: Any, *, xp: Any) -> Any:
    """Return the growth over that in a universe of matter alone, for a ratio of the densities of constant and matter.

    It is 5/2 sqrt(1 + w) times the integral from 0 to 1 of s^(3/2) / (1 + w s^3)^(3/2), which s = v^2 makes smooth.
    """
    v, weights = (xp.asarray(q.reshape((-1,) + ratio.ndim * (1,)), dtype=ratio.dtype) for q in _growth_quadrature())
    denominator = 1 + v**6 * ratio
    return xp.sqrt(1 + ratio) * xp.sum(5 * weights * v**4 / (denominator * xp.sqrt(denominator)), axis=0)


def linear_growth(z: Any, matter: Any, *, xp: Any) -> Any:
    """Return the linear growth factor over that today, for a density of matter in a flat universe."""
    ratio = 1 / matter - 1
    return growth_suppression(ratio / (1 + z) ** 3, xp=xp) / ((1 + z) * growth_suppression(ratio, xp=xp))
