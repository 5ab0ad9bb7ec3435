"""The elliptical power law."""

import math
from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import is_concrete
from .._ellipse import Ellipse, ellipse_from, floored, root
from .._profile import NON_NEGATIVE, Requirement, frozen
from .abstract import AbstractMassProfile

SLOPE = Requirement("between 1 and 3, exclusive", lambda v: (v > 1) & (v < 3), "2 is isothermal")
STEPS = {"float64": 32, "float32": 20}  # of the continued fraction, where the ellipticity cannot be looked at


@final
class PowerLaw(AbstractMassProfile):
    r"""The elliptical power law, of convergence :math:`(3 - \gamma) / (1 + q) \, (\theta_E / R)^{\gamma - 1}`.

    R is the major-axis elliptical radius, :math:`\sqrt{x^2 + y^2 / q^2}` along the axes of the ellipse. Within 1e-8
    arcsec of the centre the convergence is constant, and the deflection goes to zero.

    Parameters
    ----------
    centre : (float, float) or array of shape (..., 2) [arcsec]
        The centre (y, x).
    ell_comps : (float, float) or array of shape (..., 2)
        :math:`(1 - q) / (1 + q)` times (sin, cos) of twice the position angle, for an axis ratio q.
    einstein_radius : float [arcsec]
        The Einstein radius :math:`\theta_E`.
    slope : float
        The slope :math:`\gamma` of the density in three dimensions.

    Raises
    ------
    ValueError
        If a value that is not traced breaks its requirement: ``einstein_radius`` is not negative, ``slope`` is between
        1 and 3, ``ell_comps`` is shorter than 1, all are finite. For traced values the results are NaN instead.

    Notes
    -----
    The hypergeometric function of the deflection is evaluated as Gauss's continued fraction, in real arithmetic.
    Where the ellipticity can be looked at, as many steps are taken as the precision asks for (up to 64: q = 0.05 to 1e-14).
    Under tracing it is 32 steps, and the relative error of the deflection is below 1e-15 for q >= 0.25, 3e-13 at q = 0.1 and
    2e-9 at q = 0.05. In float32 it is 20 steps and the error 2e-6 for q >= 0.1. Slopes of 1.2 to 2.8.

    With this definition of the Einstein radius, autogalaxy's, all results have a kink at ``ell_comps = (0, 0)`` unless
    the slope is 2, as they depend on the axis ratio itself; the gradient there is that of the smooth part.

    References
    ----------
    N. Tessore and R. B. Metcalf, A&A 580, A79 (2015), equations (10) and (13); NIST DLMF, equation 15.7.5.

    Examples
    --------
    >>> import lensarrays as la
    >>> lens = la.mp.PowerLaw(ell_comps=(0.1, 0.05), einstein_radius=1.6, slope=2.1)
    >>> lens.deflections_yx_2d_from(la.Grid2DIrregular([(1.0, 2.0)])).values.round(6)
    array([[0.638439, 1.322336]])
    """

    centre: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    ell_comps: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    einstein_radius: Any = eqx.field(default=1.0, converter=frozen)
    slope: Any = eqx.field(default=2.0, converter=frozen)

    requirements: ClassVar[dict[str, Requirement]] = {"einstein_radius": NON_NEGATIVE, "slope": SLOPE}
    over_sampled_potential: ClassVar[bool] = False

    def _scale(self, ellipse: Ellipse, *, xp: Any) -> Any:
        """Return theta_E^(slope - 1) ((1 - f) / |w|)^(slope - 2), on which deflection and convergence depend."""
        einstein_radius, slope = (self._parameter(name, ellipse.y, xp=xp) for name in self.requirements)
        log_ratio = xp.log1p(-root(ellipse.f_squared, xp=xp)) - 0.5 * xp.log(floored(ellipse.w_squared, xp=xp))
        return xp.pow(einstein_radius, slope - 1) * xp.exp((slope - 2) * log_ratio)

    def _deflections_in(self, ellipse: Ellipse, *, xp: Any) -> tuple[Any, Any]:
        radius = xp.sqrt(floored(ellipse.w_squared, xp=xp))
        u_y, u_x = ellipse.w_y / radius, ellipse.w_x / radius
        square_x, square_y = u_x**2 - u_y**2, 2 * u_x * u_y
        zeta_x = -(ellipse.e_x * square_x + ellipse.e_y * square_y)
        zeta_y = -(ellipse.e_x * square_y - ellipse.e_y * square_x)
        t = self._parameter("slope", ellipse.y, xp=xp) - 1
        f_y, f_x = hypergeometric(zeta_y, zeta_x, t, _steps(ellipse.f_squared, xp=xp), xp=xp)
        scale = (1 - ellipse.f_squared) * self._scale(ellipse, xp=xp)
        return scale * (u_x * f_y + u_y * f_x), scale * (u_x * f_x - u_y * f_y)

    def _deflections(self, y: Any, x: Any, *, xp: Any) -> tuple[Any, Any]:
        return self._deflections_in(ellipse_from(y, x, self.centre, self.ell_comps, xp=xp), xp=xp)

    def _convergence(self, y: Any, x: Any, *, xp: Any) -> Any:
        ellipse = ellipse_from(y, x, self.centre, self.ell_comps, xp=xp)
        slope = self._parameter("slope", y, xp=xp)
        scale = 0.5 * (3 - slope) * (1 - ellipse.f_squared) * self._scale(ellipse, xp=xp)
        return scale / xp.sqrt(floored(ellipse.w_squared, xp=xp))

    def _potential(self, y: Any, x: Any, *, xp: Any) -> Any:
        ellipse = ellipse_from(y, x, self.centre, self.ell_comps, xp=xp)
        alpha_y, alpha_x = self._deflections_in(ellipse, xp=xp)
        # Euler's theorem: the potential is homogeneous of degree 3 - slope.
        return (ellipse.y * alpha_y + ellipse.x * alpha_x) / (3 - self._parameter("slope", y, xp=xp))


def _steps(f_squared: Any, *, xp: Any) -> int:
    """Return how many steps the continued fraction needs for axis ratios of which the smallest has this ellipticity."""
    precision = xp.finfo(f_squared.dtype)
    usual = STEPS["float64" if precision.eps < 1e-10 else "float32"]
    f = math.sqrt(float(xp.max(f_squared))) if is_concrete(f_squared) and math.prod(f_squared.shape) else math.nan
    if not f < 1:
        return usual
    rate = (1 - math.sqrt(1 - f)) / (1 + math.sqrt(1 - f))
    return 2 if rate == 0 else min(64, max(2, math.ceil(math.log(0.1 * float(precision.eps)) / math.log(rate))))


def hypergeometric(zeta_y: Any, zeta_x: Any, t: Any, steps: int, *, xp: Any) -> tuple[Any, Any]:
    """Return the imaginary and the real part of 2F1(1, t/2; 2 - t/2; zeta), for |zeta| < 1 and 0 < t < 2.

    Gauss's continued fraction 1 / (1 + d1 zeta / (1 + d2 zeta / (1 + ...))), from its end. Its error falls by
    |(1 - sqrt(1 - zeta)) / (1 + sqrt(1 - zeta))| a step.
    """
    h = 0.5 * t
    g_y, g_x = xp.zeros_like(zeta_y), xp.ones_like(zeta_x)
    for k in reversed(range(1, steps + 1)):
        n = k // 2
        if k == 1:
            d = -h / (2 - h)  # the general form is 0/0 for t = 2
        elif k % 2:
            d = -(h + n) * (1 - h + n) / ((1 - h + 2 * n) * (2 - h + 2 * n))
        else:
            d = -n * (1 - t + n) / ((2 * n - h) * (1 + 2 * n - h))
        c = d / (g_x**2 + g_y**2)
        g_y, g_x = c * (zeta_y * g_x - zeta_x * g_y), 1 + c * (zeta_x * g_x + zeta_y * g_y)
    size = g_x**2 + g_y**2
    return -g_y / size, g_x / size
