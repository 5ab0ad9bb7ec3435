"""The spherical NFW halo with a core."""

from collections.abc import Callable
from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import FINITE, POSITIVE, Requirement
from .._profile import frozen, meeting_points, number_of, parameter_of, parameter_pair
from ._nfw_cored import CONVERGENCE, MEAN, POTENTIAL, SMALLEST, core_constants, cored_function
from .abstract import AbstractSphericalMassProfile


@final
class cNFWSph(AbstractSphericalMassProfile):  # noqa: N801  autogalaxy's name
    r"""The spherical NFW halo with a core.

    .. math:: \rho(r) = \frac{\kappa_s \Sigma_{cr} \, r_s^2}{(r + r_c) (r + r_s)^2}

    Parameters
    ----------
    centre : (float, float) or array of shape (..., 2) [arcsec]
        The centre (y, x).
    kappa_s : float
        The convergence scale :math:`\rho_s r_s / \Sigma_{cr}`, that of the halo without the core.
    scale_radius : float [arcsec]
        The scale radius :math:`r_s`.
    core_radius : float [arcsec]
        The core radius :math:`r_c`, of any size: as it goes to zero the halo becomes `NFWSph`.

    Raises
    ------
    ValueError
        If a value that is not traced breaks its requirement: both radii are positive, all are finite. For traced values
        the results are NaN instead.

    Notes
    -----
    All results are exact, at all radii. autogalaxy's deflection is the same formula, formed by subtraction, and NaN where
    both radii are equal; its convergence and potential are sums of 20 Gaussians, of which the convergence is 80 % off far out.

    Here they are divided differences: see `_nfw_cored`. For core radii up to half the scale radius the relative error is
    below 2e-14 at any radius, and below 1e-5 in float32; for larger ones below 1e-13 and 3e-5, and for core radii of 1000
    scale radii below 1e-12 and 5e-5. The potential is zero at the centre. Within 1e-8 r_s the profile is constant, and a core
    is never taken to be smaller than 1e-12 r_s.

    Each halo of a list is compiled for itself. For more than a few use a `HaloPopulation`.

    References
    ----------
    J. Penarrubia, A. Pontzen, M. G. Walker and S. E. Koposov, ApJ 759, L42 (2012), for the density; the lensing functions are
    its Abel transforms.

    Examples
    --------
    >>> import lensarrays as la
    >>> halo = la.mp.cNFWSph(kappa_s=0.1, scale_radius=0.5, core_radius=0.05)
    >>> halo.deflections_yx_2d_from(la.Grid2DIrregular([(0.0, 0.0), (0.3, 0.4)])).values.round(6)
    array([[0.      , 0.      ],
           [0.031889, 0.042519]])
    """

    centre: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    kappa_s: Any = eqx.field(default=0.05, converter=frozen)
    scale_radius: Any = eqx.field(default=1.0, converter=frozen)
    core_radius: Any = eqx.field(default=0.01, converter=frozen)

    requirements: ClassVar[dict[str, Requirement]] = {"kappa_s": FINITE, "scale_radius": POSITIVE, "core_radius": POSITIVE}

    def _constants(self, like: Any, *, xp: Any) -> tuple[Any, ...]:
        kappa_s, r_s, r_c = (number_of(self, name, like, xp=xp) for name in self.requirements)
        return 1 / r_s**2, 4 * kappa_s, *core_constants(r_c / r_s, xp=xp)

    @staticmethod
    def _mean_convergence(precision: float, *, xp: Any) -> Callable[..., Any]:
        function = cored_function(precision, MEAN, xp=xp)

        def mean_convergence(
            r_squared: Any,
            inverse_square: Any,
            amplitude: Any,
            b: Any,
            inverse_b: Any,
            log_b: Any,
            first: Any,
            second: Any,
            inverse_gap: Any,
            inner_to: Any,
            outer_from: Any,
        ) -> Any:
            u = r_squared * inverse_square
            return amplitude * function(u, b, inverse_b, log_b, first, second, inverse_gap, inner_to, outer_from)

        return mean_convergence

    def _radial(self, quantity: int, y: Any, x: Any, *, xp: Any) -> tuple[Any, Any, Any]:
        """Return (r / r_s)^2, 4 kappa_s and a function of `_nfw_cored`."""
        c_y, c_x = parameter_pair(self.centre, y, xp=xp)
        inverse_square, amplitude, *core = map(meeting_points, self._constants(y, xp=xp))
        u = ((y - c_y) ** 2 + (x - c_x) ** 2) * inverse_square
        return u, amplitude, cored_function(float(xp.finfo(y.dtype).eps), quantity, xp=xp)(u, *core)

    def _convergence(self, y: Any, x: Any, *, xp: Any) -> Any:
        _, amplitude, value = self._radial(CONVERGENCE, y, x, xp=xp)
        return 0.5 * amplitude * value

    def _potential(self, y: Any, x: Any, *, xp: Any) -> Any:
        u, amplitude, value = self._radial(POTENTIAL, y, x, xp=xp)
        u = xp.where(u < SMALLEST, xp.asarray(SMALLEST, dtype=u.dtype), u)
        return amplitude * parameter_of(self, "scale_radius", y, xp=xp) ** 2 * u * value
