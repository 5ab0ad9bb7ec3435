"""The point mass."""

from collections.abc import Callable
from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import NON_NEGATIVE, Requirement
from .._ellipse import floored
from .._profile import frozen, number_of, parameter_of, parameter_pair
from .abstract import AbstractSphericalMassProfile

SMALLEST = 1e-16  # squared radius [arcsec^2] within which the deflection goes to zero


@final
class PointMass(AbstractSphericalMassProfile):
    r"""A point mass, of deflection :math:`\theta_E^2 / r`: a black hole or a star.

    The potential is :math:`\theta_E^2 \ln r`, with r in arcsec. Within 1e-8 arcsec of the centre it is constant, and the
    deflection goes to zero.

    Parameters
    ----------
    centre : (float, float) or array of shape (..., 2) [arcsec]
        The centre (y, x).
    einstein_radius : float [arcsec]
        The Einstein radius :math:`\theta_E`.

    Raises
    ------
    ValueError
        If a value that is not traced breaks its requirement: ``einstein_radius`` is not negative, all are finite. For
        traced values the results are NaN instead.

    Notes
    -----
    The convergence, :math:`\pi \theta_E^2` times a delta function, is given as zero everywhere, also at the centre, as by
    autogalaxy: a sum over an image does not see the mass.

    References
    ----------
    P. Schneider, J. Ehlers and E. E. Falco, *Gravitational Lenses* (1992), section 2.2.

    Examples
    --------
    >>> import lensarrays as la
    >>> la.mp.PointMass(einstein_radius=2.0).deflections_yx_2d_from(la.Grid2DIrregular([(3.0, 4.0)])).values
    array([[0.48, 0.64]])
    """

    centre: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    einstein_radius: Any = eqx.field(default=1.0, converter=frozen)

    requirements: ClassVar[dict[str, Requirement]] = {"einstein_radius": NON_NEGATIVE}
    over_sampled_convergence: ClassVar[bool] = False
    over_sampled_potential: ClassVar[bool] = False

    def _offsets(self, y: Any, x: Any, *, xp: Any) -> tuple[Any, Any, Any]:
        """Return the offsets y and x from the centre, and the squared Einstein radius."""
        c_y, c_x = parameter_pair(self.centre, y, xp=xp)
        return y - c_y, x - c_x, parameter_of(self, "einstein_radius", y, xp=xp) ** 2

    def _constants(self, like: Any, *, xp: Any) -> tuple[Any, ...]:
        return (number_of(self, "einstein_radius", like, xp=xp) ** 2,)

    @staticmethod
    def _mean_convergence(precision: float, *, xp: Any) -> Callable[..., Any]:
        def mean_convergence(r_squared: Any, strength: Any) -> Any:
            return strength / xp.where(r_squared < SMALLEST, SMALLEST, r_squared)

        return mean_convergence

    def _convergence(self, y: Any, x: Any, *, xp: Any) -> Any:
        y, x, strength = self._offsets(y, x, xp=xp)
        return xp.zeros_like(y + x) * strength  # with the batch axes of all

    def _potential(self, y: Any, x: Any, *, xp: Any) -> Any:
        y, x, strength = self._offsets(y, x, xp=xp)
        return 0.5 * strength * xp.log(floored(y**2 + x**2, xp=xp))
