"""Multipoles on the power law."""

from typing import Any, ClassVar, final

import equinox as eqx
import numpy as np

from ..._check import NON_NEGATIVE, Requirement, is_concrete, whole_number
from .._ellipse import floored
from .._profile import _check_pair, frozen, or_nan, parameter_of, parameter_pair
from ._einstein_radius import power_of
from .abstract import AbstractMassProfile
from .power_law import SLOPE


def _order(value: Any) -> int:
    return whole_number(value, "m", at_least=1)


@final
class PowerLawMultipole(AbstractMassProfile):
    r"""A multipole on a power law, of convergence :math:`k_m / 2 \, (\theta_E / r)^{\gamma - 1} \cos m (\phi - \phi_m)`.

    It has no mass in total: add it to a `PowerLaw` of the same centre, Einstein radius and slope. The radius r is that of
    a circle. With m = 4 and the angle of the power law it makes the lens discy, at 45 degrees to it boxy.

    Parameters
    ----------
    m : int
        The order, 1 or more; it is static. Those in use are 1, 3 and 4.
    centre : (float, float) or array of shape (..., 2) [arcsec]
        The centre (y, x).
    einstein_radius : float [arcsec]
        The Einstein radius :math:`\theta_E` of the power law.
    slope : float
        The slope :math:`\gamma` of the power law.
    multipole_comps : (float, float) or array of shape (..., 2)
        :math:`k_m` times (sin, cos) of :math:`m \phi_m`.

    Raises
    ------
    ValueError
        If a value that is not traced breaks its requirement: ``m`` is 1 or more, ``einstein_radius`` is not negative,
        ``slope`` is between 1 and 3, and not 2 for m = 1, all are finite. For traced values the results are NaN instead.
    TypeError
        If ``m`` is traced.

    Notes
    -----
    For m = 1 deflection and potential are proportional to 1 / (2 - slope): most of it, for slopes near 2, is a constant
    deflection, which no observation sees. At 2 itself there is none: the potential of an isothermal dipole is not a power
    of the radius but has a logarithm, of a radius that would be one parameter more.

    autogalaxy's `potential_2d_from` is zero; here it is the potential. Within 1e-8 arcsec of the centre results go to zero.
    The derivative with respect to ``einstein_radius`` at zero is that of `PowerLaw`.

    References
    ----------
    Z. Chu, W. P. Lin, G. Li and X. Kang, ApJ 765, 134 (2013), equations (5) to (9).

    Examples
    --------
    >>> import lensarrays as la
    >>> multipole = la.mp.PowerLawMultipole(m=4, multipole_comps=(0.0, 0.03))
    >>> multipole.convergence_2d_from(la.Grid2DIrregular([(0.0, 1.0), (1.0, 1.0)])).values.round(6)
    array([ 0.015   , -0.010607])
    """

    m: int = eqx.field(default=4, static=True, converter=_order)
    centre: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    einstein_radius: Any = eqx.field(default=1.0, converter=frozen)
    slope: Any = eqx.field(default=2.0, converter=frozen)
    multipole_comps: Any = eqx.field(default=(0.0, 0.0), converter=frozen)

    requirements: ClassVar[dict[str, Requirement]] = {"einstein_radius": NON_NEGATIVE, "slope": SLOPE}
    over_sampled_potential: ClassVar[bool] = False

    def __check_init__(self) -> None:
        _check_pair(self.multipole_comps, "multipole_comps")
        if self.m == 1 and is_concrete(self.slope) and np.any(np.asarray(self.slope) == 2):
            raise ValueError(
                f"`slope` must not be 2 for m = 1, but is {self.slope!r}; "
                f"an isothermal dipole is no power of the radius: take a slope beside it."
            )

    def _terms(self, y: Any, x: Any, *, xp: Any) -> tuple[Any, ...]:
        """Return u = z / r as (y, x), r, C and S = k_m (cos, sin) of m (phi - phi_m), and twice the convergence over C."""
        (c_y, c_x), (k_y, k_x) = (parameter_pair(pair, y, xp=xp) for pair in (self.centre, self.multipole_comps))
        einstein_radius, slope = (parameter_of(self, name, y, xp=xp) for name in self.requirements)
        y, x = y - c_y, x - c_x
        r_squared = floored(y**2 + x**2, xp=xp)
        r = xp.sqrt(r_squared)
        u_y, u_x = y / r, x / r
        p_y, p_x = u_y, u_x
        for _ in range(self.m - 1):  # no angle, which would have no gradient at the centre
            p_y, p_x = p_y * u_x + p_x * u_y, p_x * u_x - p_y * u_y
        scale = power_of(einstein_radius, slope - 1, xp=xp) * xp.exp(0.5 * (1 - slope) * xp.log(r_squared))
        return u_y, u_x, r, k_x * p_x + k_y * p_y, k_x * p_y - k_y * p_x, scale

    def _degrees(self, like: Any, *, xp: Any) -> tuple[Any, Any]:
        """Return the degree 3 - slope of the potential, and its square less m^2: NaN where this is zero."""
        slope = parameter_of(self, "slope", like, xp=xp)
        below = 2 - slope if self.m == 1 else 3 - slope - self.m  # not by a subtraction of squares, for slopes near 2
        return 3 - slope, or_nan(below != 0, below, xp=xp) * (3 - slope + self.m)

    def _deflections(self, y: Any, x: Any, *, xp: Any) -> tuple[Any, Any]:
        degree, difference = self._degrees(y, xp=xp)
        u_y, u_x, r, cosine, sine, scale = self._terms(y, x, xp=xp)
        radial, tangential = (scale * r / difference * part for part in (degree * cosine, -self.m * sine))
        return radial * u_y + tangential * u_x, radial * u_x - tangential * u_y

    def _convergence(self, y: Any, x: Any, *, xp: Any) -> Any:
        _, difference = self._degrees(y, xp=xp)
        _, _, _, cosine, _, scale = self._terms(y, x, xp=xp)
        return 0.5 * or_nan(difference == difference, scale * cosine, xp=xp)

    def _potential(self, y: Any, x: Any, *, xp: Any) -> Any:
        _, difference = self._degrees(y, xp=xp)
        _, _, r, cosine, _, scale = self._terms(y, x, xp=xp)
        return scale * r**2 / difference * cosine
