"""The elliptical power law."""

import math
from typing import Any, ClassVar, final

import equinox as eqx

from ..._backend import with_derivative
from ..._check import NON_NEGATIVE, Requirement, is_concrete
from ...structures.coordinates import root
from .._ellipse import Ellipse, ellipse_from, floored
from .._profile import frozen, parameter_of
from ._hypergeometric import hypergeometric
from .abstract import AbstractMassProfile

SLOPE = Requirement("between 1 and 3, exclusive", lambda v: (v > 1) & (v < 3), "2 is isothermal")
TERMS = {"float64": 40, "float32": 20}  # of the series, where the ellipticity cannot be looked at


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
    The hypergeometric function of the deflection is summed as a series that converges twice as fast as that of the paper,
    or faster, in real arithmetic, and its derivatives are written out. Where the ellipticity can be looked at, it has as
    many terms as the precision asks for (up to 100: q = 0.02). Under tracing it has 40, and the relative error of the
    deflection is below 1e-14 for q >= 0.1, 1e-10 at q = 0.05 and 1e-6 at q = 0.02; in float32 it has 20, and the error is
    below 2e-6 for q >= 0.1, for slopes of 1.2 to 2.8.

    With this definition of the Einstein radius, autogalaxy's, all results have a kink at ``ell_comps = (0, 0)`` unless
    the slope is 2, as they depend on the axis ratio itself; the gradient there is that of the smooth part. Likewise the
    derivative with respect to ``einstein_radius`` is infinite at zero for slopes below 2: there it is given as zero, so
    that a slot without mass has finite gradients.

    References
    ----------
    N. Tessore and R. B. Metcalf, A&A 580, A79 (2015), equations (10) and (13).

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

    def _density(self, ellipse: Ellipse, log_w_squared: Any, *, xp: Any) -> Any:
        """Return (1 - f^2) theta_E^t (1 - f)^(t - 1) / |w|^t, t = slope - 1, on which deflection and convergence depend."""
        einstein_radius, slope = (parameter_of(self, name, ellipse.y, xp=xp) for name in self.requirements)
        # 1 - f as (1 - f^2) / (1 + f): the square is below 1 where f itself is rounded to it.
        log_size = xp.log1p(-ellipse.f_squared) - xp.log1p(root(ellipse.f_squared))
        # For no mass the power has no gradient, or an infinite one: it is taken as zero unless the slope is 2 exactly.
        empty = einstein_radius == 0
        power = xp.pow(xp.where(empty, xp.ones_like(einstein_radius), einstein_radius), slope - 2)
        power = xp.where(empty & (slope != 2), xp.zeros_like(power), power)
        scale = (1 - ellipse.f_squared) * einstein_radius * power * xp.exp((slope - 2) * log_size)
        return scale * xp.exp(0.5 * (1 - slope) * log_w_squared)

    def _deflections_in(self, ellipse: Ellipse, *, xp: Any) -> tuple[Any, Any]:
        w_y, w_x, (e_y, e_x) = ellipse.w_y, ellipse.w_x, ellipse.at_points or (ellipse.e_y, ellipse.e_x)
        log_w_squared, phase_y, phase_x = _polar(w_y, w_x, xp=xp)
        zeta_y, zeta_x = e_y * phase_x - e_x * phase_y, -(e_x * phase_x + e_y * phase_y)
        t = parameter_of(self, "slope", ellipse.y, xp=xp) - 1
        f_y, f_x = hypergeometric(zeta_y, zeta_x, t, _terms(ellipse.f_squared, xp=xp), xp=xp)
        density = self._density(ellipse, log_w_squared, xp=xp)
        return density * (w_x * f_y + w_y * f_x), density * (w_x * f_x - w_y * f_y)

    def _deflections(self, y: Any, x: Any, *, xp: Any) -> tuple[Any, Any]:
        return self._deflections_in(ellipse_from(y, x, self.centre, self.ell_comps, xp=xp), xp=xp)

    def _convergence(self, y: Any, x: Any, *, xp: Any) -> Any:
        ellipse = ellipse_from(y, x, self.centre, self.ell_comps, xp=xp)
        slope = parameter_of(self, "slope", y, xp=xp)
        return 0.5 * (3 - slope) * self._density(ellipse, xp.log(floored(ellipse.w_squared, xp=xp)), xp=xp)

    def _potential(self, y: Any, x: Any, *, xp: Any) -> Any:
        ellipse = ellipse_from(y, x, self.centre, self.ell_comps, xp=xp)
        alpha_y, alpha_x = self._deflections_in(ellipse, xp=xp)
        # Euler's theorem: the potential is homogeneous of degree 3 - slope.
        return (ellipse.y * alpha_y + ellipse.x * alpha_x) / (3 - parameter_of(self, "slope", y, xp=xp))


def _polar(w_y: Any, w_x: Any, *, xp: Any) -> tuple[Any, Any, Any]:
    """Return log |w|^2 and the imaginary and the real part of w^2 / |w|^2, with |w|^2 floored in both.

    The derivative is written out in what it needs, these and w: arrays that are kept are what takes time in reverse mode.
    """

    def value(w_y: Any, w_x: Any) -> tuple[Any, Any, Any]:
        w_squared = floored(w_y * w_y + w_x * w_x, xp=xp)
        inverse = 1 / w_squared
        return xp.log(w_squared), 2 * w_x * w_y * inverse, (w_x * w_x - w_y * w_y) * inverse

    def derivative(arguments: Any, tangents: Any) -> Any:
        w_y, w_x = arguments
        dw_y, dw_x = (xp.zeros_like(w) if d is None else d for w, d in zip(arguments, tangents, strict=True))
        result = value(w_y, w_x)
        square = w_y * w_y + w_x * w_x
        inverse = 1 / floored(square, xp=xp)
        along = 2 * xp.where(square < floored(square, xp=xp), xp.zeros_like(inverse), inverse)
        d_log = along * (w_y * dw_y + w_x * dw_x)
        _, phase_y, phase_x = result
        d_phase_y = 2 * inverse * (w_x * dw_y + w_y * dw_x) - phase_y * d_log
        d_phase_x = 2 * inverse * (w_x * dw_x - w_y * dw_y) - phase_x * d_log
        return result, (d_log, d_phase_y, d_phase_x)

    return with_derivative(value, derivative)(w_y, w_x)


def _terms(f_squared: Any, *, xp: Any) -> int:
    """Return how many terms the series needs for axis ratios of which the smallest has this ellipticity."""
    precision = xp.finfo(f_squared.dtype)
    usual = TERMS["float64" if precision.eps < 1e-10 else "float32"]
    f = math.sqrt(float(xp.max(f_squared))) if is_concrete(f_squared) and math.prod(f_squared.shape) else math.nan
    if not f < 1:
        return usual
    rate = (1 - math.sqrt(1 - f)) / (1 + math.sqrt(1 - f))
    return 2 if rate == 0 else min(100, max(2, math.ceil(math.log(0.1 * float(precision.eps)) / math.log(rate))))
