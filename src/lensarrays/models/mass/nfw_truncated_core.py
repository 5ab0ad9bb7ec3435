"""The core-collapsed NFW halo."""

from collections.abc import Callable
from typing import Any, ClassVar, final

import equinox as eqx
import numpy as np

from ..._check import FINITE, POSITIVE, Requirement
from .._profile import frozen, meeting_points, number_of, parameter_of, parameter_pair
from ._nfw import SMALLEST
from ._nfw_squares import mean_function, node_constants, surface_density
from .abstract import AbstractSphericalMassProfile

NODES = 64  # of the quadrature for the potential


@final
class NFWTruncatedCoreSph(AbstractSphericalMassProfile):
    r"""The spherical core-collapsed halo: an NFW halo of squares, steep down to a small core, and truncated.

    .. math:: \rho(r) = \frac{\kappa_s \Sigma_{cr} \, r_s^2}{\sqrt{r^2 + r_c^2} \, (r^2 + r_s^2)} \, \frac{r_t^2}{r^2 + r_t^2}

    Outside of the core the density falls as 1 / r until close to the scale radius, and only there as 1 / r^3: with the same
    parameters it is up to twice that of `NFWTruncatedSph`, in which the two slopes blend over a decade.

    Parameters
    ----------
    centre : (float, float) or array of shape (..., 2) [arcsec]
        The centre (y, x).
    kappa_s : float
        The convergence scale :math:`\rho_s r_s / \Sigma_{cr}`.
    scale_radius : float [arcsec]
        The scale radius :math:`r_s`.
    core_radius : float [arcsec]
        The core radius :math:`r_c`.
    truncation_radius : float [arcsec]
        The truncation radius :math:`r_t`.

    Raises
    ------
    ValueError
        If a value that is not traced breaks its requirement: all radii are positive, all values finite. For traced values
        the results are NaN instead.

    Notes
    -----
    Deflection and convergence are closed forms, see `_nfw_squares`, of a relative error below 1e-14 at any radius, and below
    5e-6 in float32. They are a difference over :math:`r_t^2 - r_s^2`: where the truncation radius is within 1 % of the scale
    radius the error grows to 5e-10, and to 3e-4 in float32.

    The potential has dilogarithms. It is integrated from the deflection, at 64 points of a variable in which that is smooth,
    with a relative error below 1e-10 up to 10^6 core radii; it takes 64 times as long, and as much memory. It is zero at the
    centre. Within 1e-8 r_s the profile is constant.

    Each halo of a list is compiled for itself. For more than a few use a `HaloPopulation`.

    References
    ----------
    The density is that of the profile TNFWC of lenstronomy, by D. Gilman, which has no potential; its deflection and
    convergence are those here, formed by subtraction, for a normalisation by the deflection at the scale radius.

    Examples
    --------
    >>> import lensarrays as la
    >>> halo = la.mp.NFWTruncatedCoreSph(kappa_s=0.1, scale_radius=0.5, core_radius=0.01, truncation_radius=2.0)
    >>> halo.deflections_yx_2d_from(la.Grid2DIrregular([(0.0, 0.0), (0.3, 0.4)])).values.round(6)
    array([[0.      , 0.      ],
           [0.060524, 0.080699]])
    """

    centre: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    kappa_s: Any = eqx.field(default=0.05, converter=frozen)
    scale_radius: Any = eqx.field(default=1.0, converter=frozen)
    core_radius: Any = eqx.field(default=0.01, converter=frozen)
    truncation_radius: Any = eqx.field(default=2.0, converter=frozen)

    requirements: ClassVar[dict[str, Requirement]] = {
        "kappa_s": FINITE,
        "scale_radius": POSITIVE,
        "core_radius": POSITIVE,
        "truncation_radius": POSITIVE,
    }

    def _constants(self, like: Any, *, xp: Any) -> tuple[Any, ...]:
        kappa_s, r_s, r_c, r_t = (number_of(self, name, like, xp=xp) for name in self.requirements)
        b, T = r_c / r_s, (r_t / r_s) ** 2
        # Where T is close to 1, the slope that takes the place of the difference is a difference of two T about their mean.
        step = float(xp.finfo(T.dtype).eps) ** (1 / 3)
        near, mean = xp.abs(T - 1) < 2 * step, 0.5 * (T + 1)
        T_1, T_2 = xp.where(near, mean - step, xp.ones_like(T)), xp.where(near, mean + step, T)
        nodes = (node_constants(b + 0 * T, T_n, xp=xp) for T_n in (T_1 + 0 * b, T_2 + 0 * b))
        return 1 / r_s**2, 4 * kappa_s * T / (T_2 - T_1), b, *next(nodes), *next(nodes)

    @staticmethod
    def _mean_convergence(precision: float, *, xp: Any) -> Callable[..., Any]:
        mean = mean_function(precision, xp=xp)

        def mean_convergence(
            r_squared: Any, inverse_square: Any, amplitude: Any, b: Any,
            T_1: Any, root_1: Any, l_1: Any, V_1: Any, rest_1: Any,
            T_2: Any, root_2: Any, l_2: Any, V_2: Any, rest_2: Any,
        ) -> Any:  # fmt: skip
            u = r_squared * inverse_square
            u = xp.where(u < SMALLEST, SMALLEST, u)
            w, log_core = xp.sqrt(u + b * b), xp.log1p(u / (b * b))
            first = mean(u, w, b, log_core, T_1, root_1, l_1, V_1, rest_1)
            return amplitude * (first - mean(u, w, b, log_core, T_2, root_2, l_2, V_2, rest_2))

        return mean_convergence

    def _terms(self, y: Any, x: Any, *, xp: Any) -> tuple[Any, Any]:
        """Return the squared distances from the centre, and the constants."""
        c_y, c_x = parameter_pair(self.centre, y, xp=xp)
        return (y - c_y) ** 2 + (x - c_x) ** 2, tuple(map(meeting_points, self._constants(y, xp=xp)))

    def _convergence(self, y: Any, x: Any, *, xp: Any) -> Any:
        r_squared, (inverse_square, amplitude, b, T_1, *_, T_2, _, _, _, _) = self._terms(y, x, xp=xp)
        return 0.5 * amplitude * (T_2 - T_1) * surface_density(r_squared * inverse_square, b, T_1, T_2, xp=xp)

    def _potential(self, y: Any, x: Any, *, xp: Any) -> Any:
        r_squared, constants = self._terms(y, x, xp=xp)
        mean = self._mean_convergence(float(xp.finfo(y.dtype).eps), xp=xp)
        core_squared = parameter_of(self, "core_radius", y, xp=xp) ** 2
        tiny = xp.asarray(SMALLEST, dtype=y.dtype)
        ratio = r_squared / core_squared
        end = xp.asinh(xp.sqrt(xp.where(ratio < tiny, tiny, ratio)))
        points, weights = np.polynomial.legendre.leggauss(NODES)
        shape = (-1, *(1 for _ in end.shape))
        angle = end * xp.reshape(xp.asarray(0.5 * (1 + points), dtype=y.dtype), shape)
        weights = xp.reshape(xp.asarray(0.5 * weights, dtype=y.dtype), shape)
        sinh = xp.sinh(angle)
        values = mean(core_squared * sinh**2, *constants) * sinh * xp.cosh(angle)
        return core_squared * end * xp.sum(weights * values, axis=0)
