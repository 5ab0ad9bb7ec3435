"""The truncated NFW halo."""

import math
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple, final

import equinox as eqx

from ..._backend import with_partials
from ..._check import FINITE, POSITIVE, Requirement
from .._profile import frozen, meeting_points, number_of, parameter_of, parameter_pair
from ._nfw import LOG_2, SMALLEST, radial_functions
from ._nfw_density import surface_density
from .abstract import AbstractSphericalMassProfile


@final
class NFWTruncatedSph(AbstractSphericalMassProfile):
    r"""The spherical NFW halo, smoothly truncated so that its mass is finite.

    .. math:: \rho(r) = \frac{\kappa_s \Sigma_{cr}}{r (1 + r / r_s)^2} \, \frac{r_t^2}{r_t^2 + r^2}

    Parameters
    ----------
    centre : (float, float) or array of shape (..., 2) [arcsec]
        The centre (y, x).
    kappa_s : float
        The convergence scale :math:`\rho_s r_s / \Sigma_{cr}`.
    scale_radius : float [arcsec]
        The scale radius :math:`r_s`.
    truncation_radius : float [arcsec]
        The truncation radius :math:`r_t`.

    Raises
    ------
    ValueError
        If a value that is not traced breaks its requirement: both radii are positive, all are finite. For traced values
        the results are NaN instead.

    Notes
    -----
    The published forms subtract nearly equal terms at small radii. Here those that cancel are cancelled on paper, so that
    float32 is usable: deflection and potential have a relative error below 1e-5 there, at any radius (the deflection below
    2e-6), and the convergence 2e-5 within the truncation radius; far beyond it, where the convergence falls as r^-4, it is
    a difference of larger terms. The potential is zero at the centre. Within 1e-8 r_s the profile is constant.

    Each halo of a list is compiled for itself. For more than a few use a `HaloPopulation`.

    References
    ----------
    E. A. Baltz, P. Marshall and M. Oguri, JCAP 01, 015 (2009), appendix A, for n = 1.

    Examples
    --------
    >>> import lensarrays as la
    >>> halo = la.mp.NFWTruncatedSph(kappa_s=0.1, scale_radius=0.5, truncation_radius=2.0)
    >>> halo.deflections_yx_2d_from(la.Grid2DIrregular([(0.0, 0.0), (0.3, 0.4)])).values.round(6)
    array([[0.      , 0.      ],
           [0.033351, 0.044467]])
    """

    centre: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    kappa_s: Any = eqx.field(default=0.05, converter=frozen)
    scale_radius: Any = eqx.field(default=1.0, converter=frozen)
    truncation_radius: Any = eqx.field(default=2.0, converter=frozen)

    requirements: ClassVar[dict[str, Requirement]] = {
        "kappa_s": FINITE,
        "scale_radius": POSITIVE,
        "truncation_radius": POSITIVE,
    }

    def _constants(self, like: Any, *, xp: Any) -> tuple[Any, ...]:
        kappa_s, r_s, r_t = (number_of(self, name, like, xp=xp) for name in self.requirements)
        tau = r_t / r_s
        return 1 / r_s**2, tau, 4 * kappa_s * (tau / (tau**2 + 1)) ** 2

    @staticmethod
    def _mean_convergence(precision: float, *, xp: Any) -> Callable[..., Any]:
        terms_of = _truncated_terms(precision, xp=xp)

        def shape(u: Any, tau: Any) -> Any:
            inverse_tau = 1 / tau
            terms = terms_of(u, tau, inverse_tau, xp.log(2 * tau))
            return (tau * tau - 1) * (terms.h - terms.p * terms.inverse_u - terms.d * inverse_tau * terms.N) + terms.E

        shape = with_partials(shape)

        def mean_convergence(r_squared: Any, inverse_square: Any, tau: Any, amplitude: Any) -> Any:
            return amplitude * shape(r_squared * inverse_square, tau)

        return mean_convergence

    def _terms(self, y: Any, x: Any, *, xp: Any) -> tuple["Terms", Any, Any]:
        """Return the terms at coordinates, tau, and kappa_s (tau / (tau^2 + 1))^2."""
        c_y, c_x = parameter_pair(self.centre, y, xp=xp)
        constants = map(meeting_points, self._constants(y, xp=xp))
        inverse_square, tau, amplitude = constants
        inverse_tau, log_2tau = 1 / tau, xp.log(2 * tau)
        terms_of = _truncated_terms(float(xp.finfo(y.dtype).eps), xp=xp)
        u = ((y - c_y) ** 2 + (x - c_x) ** 2) * inverse_square
        return terms_of(u, tau, inverse_tau, log_2tau), tau, 0.25 * amplitude

    def _convergence(self, y: Any, x: Any, *, xp: Any) -> Any:
        terms, tau, amplitude = self._terms(y, x, xp=xp)
        return 2 * amplitude * _surface_density(terms, tau, xp=xp)

    def _potential(self, y: Any, x: Any, *, xp: Any) -> Any:
        terms, tau, amplitude = self._terms(y, x, xp=xp)
        return 2 * amplitude * parameter_of(self, "scale_radius", y, xp=xp) ** 2 * _potential(terms, tau, xp=xp)


class Terms(NamedTuple):
    """What the results are made of, for a radius x = r / r_s and tau = r_t / r_s, with R = sqrt(tau^2 + x^2)."""

    u: Any  # x^2
    inverse_u: Any
    F: Any  # see _nfw.py
    h: Any  # [F + log(x / 2)] / x^2
    E: Any  # 2 F - pi / (R + tau)
    R: Any
    d: Any  # (R - tau) / x^2
    N: Any  # log((tau + R) / x)
    p: Any  # log((tau + R) / (2 tau))
    log_x: Any


def _truncated_terms(precision: float, *, xp: Any) -> Callable[..., Terms]:
    """Return the function of x^2, tau, 1 / tau and log(2 tau) that gives terms without subtracting nearly equal numbers."""
    functions = radial_functions(precision, xp=xp)

    def terms(u: Any, tau: Any, inverse_tau: Any, log_2tau: Any) -> Terms:
        u = xp.where(u < SMALLEST, SMALLEST, u)  # such that NaN stays
        x, inverse_u, log_x = xp.sqrt(u), 1 / u, 0.5 * xp.log(u)
        radial = functions(x, u, inverse_u, log_x)
        R = xp.sqrt(tau * tau + u)
        d, total = 1 / (R + tau), 1 / (R + x)
        # Far out both parts of E are pi / x, and what is left over is put together from the outer form of F.
        outer = (2 * radial.B * radial.i + math.pi * d * (tau * tau * total + tau - 1)) * radial.i
        E = xp.where(radial.inner, 2 * radial.F - math.pi * d, outer)
        # N and p differ by log(2 tau / x); the smaller of them is computed, by the same logarithm for both.
        far = u > tau * tau
        smaller = xp.log1p(xp.where(far, tau * (1 + tau * total) * x * inverse_u, 0.5 * u * d * inverse_tau))
        N = xp.where(far, smaller, smaller + log_2tau - log_x)
        p = xp.where(far, smaller - log_2tau + log_x, smaller)
        return Terms(u, inverse_u, radial.F, radial.h, E, R, d, N, p, log_x)

    return terms


def _surface_density(terms: Terms, tau: Any, *, xp: Any) -> Any:
    """Return the surface density, over 2 rho_s r_s (tau / (tau^2 + 1))^2."""
    inner = terms.E - (xp.pi * tau / (terms.R + tau) + (tau**2 - 1) / tau * terms.N) / terms.R
    return (tau**2 + 1) * surface_density(terms.u, xp=xp) + inner


def _potential(terms: Terms, tau: Any, *, xp: Any) -> Any:
    """Return the potential, over 2 kappa_s r_s^2 (tau / (tau^2 + 1))^2; zero at the centre.

    The published form in F and L = -N has terms of order 1, log(x) and log(x)^2 that cancel as x goes to 0. With
    F = h + l, N = l + log(tau) + p, R = tau + d and l = log(2 / x), which are exact, they drop out.
    """
    h, d = terms.u * terms.h, terms.u * terms.d
    log = LOG_2 - terms.log_x
    even = terms.p * (2 * terms.N - terms.p - 2) - 2 * d / tau * terms.N + terms.u * terms.F**2 - h * (terms.F + log)
    return 2 * xp.pi * tau * terms.p + 2 * terms.u * terms.E - 4 * h + (tau**2 - 1) * even
