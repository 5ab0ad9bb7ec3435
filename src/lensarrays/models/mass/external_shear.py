"""External shear."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import FINITE, Requirement
from .._profile import frozen, parameter_of
from .abstract import AbstractMassProfile


@final
class ExternalShear(AbstractMassProfile):
    r"""A constant shear about the origin, by mass outside the field.

    The potential is :math:`\gamma_1 (x^2 - y^2) / 2 + \gamma_2 x y`; there is no convergence.

    Parameters
    ----------
    gamma_1 : float
        The component that stretches images along x and y.
    gamma_2 : float
        The component that stretches images along the diagonals.

    Raises
    ------
    ValueError
        If a value that is not traced is not finite.

    References
    ----------
    P. Schneider, J. Ehlers and E. E. Falco, *Gravitational Lenses* (1992), chapter 8.

    Examples
    --------
    >>> import lensarrays as la
    >>> la.mp.ExternalShear(gamma_1=0.05).deflections_yx_2d_from(la.Grid2DIrregular([(1.0, 2.0)])).values
    array([[-0.05,  0.1 ]])
    """

    gamma_1: Any = eqx.field(default=0.0, converter=frozen)
    gamma_2: Any = eqx.field(default=0.0, converter=frozen)

    requirements: ClassVar[dict[str, Requirement]] = {"gamma_1": FINITE, "gamma_2": FINITE}
    over_sampled_convergence: ClassVar[bool] = False
    over_sampled_potential: ClassVar[bool] = False

    def _deflections(self, y: Any, x: Any, *, xp: Any) -> tuple[Any, Any]:
        gamma_1, gamma_2 = (parameter_of(self, name, y, xp=xp) for name in self.requirements)
        gamma_1, gamma_2 = (xp.broadcast_arrays(gamma, y)[0] for gamma in (gamma_1, gamma_2))
        return gamma_2 * x - gamma_1 * y, gamma_1 * x + gamma_2 * y

    def _convergence(self, y: Any, x: Any, *, xp: Any) -> Any:
        gamma_1, gamma_2 = (parameter_of(self, name, y, xp=xp) for name in self.requirements)
        return xp.zeros_like(y) * (gamma_1 + gamma_2)  # with the batch axes of both

    def _potential(self, y: Any, x: Any, *, xp: Any) -> Any:
        gamma_1, gamma_2 = (parameter_of(self, name, y, xp=xp) for name in self.requirements)
        return 0.5 * gamma_1 * (x**2 - y**2) + gamma_2 * x * y
