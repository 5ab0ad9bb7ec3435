"""The spherical NFW halo with a core."""

from collections.abc import Callable
from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import FINITE, POSITIVE, Requirement
from .._profile import frozen, meeting_points, parameter_pair
from ._nfw_cored import CONVERGENCE, MEAN, POTENTIAL, SMALLEST, core_constants, cored_function
from .abstract import AbstractSphericalMassProfile


@final
class cNFWSph(AbstractSphericalMassProfile):  # noqa: N801  autogalaxy's name
    centre: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    kappa_s: Any = eqx.field(default=0.05, converter=frozen)
    scale_radius: Any = eqx.field(default=1.0, converter=frozen)
    core_radius: Any = eqx.field(default=0.01, converter=frozen)

    requirements: ClassVar[dict[str, Requirement]] = {"kappa_s": FINITE, "scale_radius": POSITIVE, "core_radius": POSITIVE}

    def _constants(self, like: Any, *, xp: Any) -> tuple[Any, ...]:
        kappa_s, r_s, r_c = (self._number(name, like, xp=xp) for name in self.requirements)
        return 1 / r_s**2, 4 * kappa_s, *core_constants(r_c / r_s, xp=xp)

    @staticmethod
    def _mean_convergence(xp: Any, precision: float) -> Callable[..., Any]:
        function = cored_function(xp, precision, MEAN)

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
        return u, amplitude, cored_function(xp, float(xp.finfo(y.dtype).eps), quantity)(u, *core)

    def _convergence(self, y: Any, x: Any, *, xp: Any) -> Any:
        _, amplitude, value = self._radial(CONVERGENCE, y, x, xp=xp)
        return 0.5 * amplitude * value

    def _potential(self, y: Any, x: Any, *, xp: Any) -> Any:
        u, amplitude, value = self._radial(POTENTIAL, y, x, xp=xp)
        u = xp.where(u > SMALLEST, u, xp.asarray(SMALLEST, dtype=u.dtype))
        return amplitude * self._parameter("scale_radius", y, xp=xp) ** 2 * u * value
