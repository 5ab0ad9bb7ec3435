"""The mass sheet."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import FINITE, Requirement
from .._profile import frozen, parameter_of, parameter_pair
from .abstract import AbstractMassProfile


@final
class MassSheet(AbstractMassProfile):
    r"""A sheet of constant convergence :math:`\kappa`.

    The deflection is :math:`\kappa` times the offset from the centre, and the potential :math:`\kappa r^2 / 2`.

    Parameters
    ----------
    centre : (float, float) or array of shape (..., 2) [arcsec]
        The point (y, x) that is not deflected.
    kappa : float
        The convergence; a negative one makes up for haloes that are added to a mean density which holds them already.

    Raises
    ------
    ValueError
        If a value that is not traced is not finite.

    Notes
    -----
    autogalaxy's potential is about the origin while its deflection is about `centre`; here both are about `centre`.

    References
    ----------
    E. E. Falco, M. V. Gorenstein and I. I. Shapiro, ApJ 289, L1 (1985).

    Examples
    --------
    >>> import lensarrays as la
    >>> la.mp.MassSheet(centre=(1.0, 0.0), kappa=0.1).deflections_yx_2d_from(la.Grid2DIrregular([(3.0, 4.0)])).values
    array([[0.2, 0.4]])
    """

    centre: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    kappa: Any = eqx.field(default=0.0, converter=frozen)

    requirements: ClassVar[dict[str, Requirement]] = {"kappa": FINITE}
    over_sampled_convergence: ClassVar[bool] = False
    over_sampled_potential: ClassVar[bool] = False

    def _offsets(self, y: Any, x: Any, *, xp: Any) -> tuple[Any, Any, Any]:
        """Return the offsets y and x from the centre, and the convergence."""
        c_y, c_x = parameter_pair(self.centre, y, xp=xp)
        return y - c_y, x - c_x, parameter_of(self, "kappa", y, xp=xp)

    def _deflections(self, y: Any, x: Any, *, xp: Any) -> tuple[Any, Any]:
        y, x, kappa = self._offsets(y, x, xp=xp)
        return kappa * y, kappa * x

    def _convergence(self, y: Any, x: Any, *, xp: Any) -> Any:
        y, x, kappa = self._offsets(y, x, xp=xp)
        return xp.zeros_like(y + x) + kappa  # with the batch axes of all

    def _potential(self, y: Any, x: Any, *, xp: Any) -> Any:
        y, x, kappa = self._offsets(y, x, xp=xp)
        return 0.5 * kappa * (y**2 + x**2)
