"""The elliptical power law."""

import functools
import math
from typing import Any, ClassVar, final

import equinox as eqx
import numpy as np

from ..._check import NON_NEGATIVE, Requirement, is_concrete
from ...structures.coordinates import root
from .._ellipse import Ellipse, ellipse_from, floored
from .._profile import frozen
from .abstract import AbstractMassProfile

SLOPE = Requirement("between 1 and 3, exclusive", lambda v: (v > 1) & (v < 3), "2 is isothermal")
TERMS = {"float64": 40, "float32": 20}  # of the series, where the ellipticity cannot be looked at
POWERS = 32  # of (slope - 2) / 2, in its coefficients: 3^-32 is left out


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
    or faster, in real arithmetic. Where the ellipticity can be looked at, it has as many terms as the precision asks for
    (up to 100: q = 0.02). Under tracing it has 40, and the relative error of the deflection is below 1e-14 for q >= 0.1,
    1e-10 at q = 0.05 and 1e-6 at q = 0.02; in float32 it has 20, and the error is below 2e-6 for q >= 0.1, for slopes of
    1.2 to 2.8.

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

    def _scale(self, ellipse: Ellipse, *, xp: Any) -> Any:
        """Return theta_E^(slope - 1) ((1 - f) / |w|)^(slope - 2), on which deflection and convergence depend."""
        einstein_radius, slope = (self._parameter(name, ellipse.y, xp=xp) for name in self.requirements)
        # 1 - f as (1 - f^2) / (1 + f): the square is below 1 where f itself is rounded to it.
        log_size = xp.log1p(-ellipse.f_squared) - xp.log1p(root(ellipse.f_squared))
        log_ratio = log_size - 0.5 * xp.log(floored(ellipse.w_squared, xp=xp))
        # For no mass the power has no gradient, or an infinite one: it is taken as zero unless the slope is 2 exactly.
        empty = einstein_radius == 0
        power = xp.pow(xp.where(empty, xp.ones_like(einstein_radius), einstein_radius), slope - 2)
        power = xp.where(empty & (slope != 2), xp.zeros_like(power), power)
        return einstein_radius * power * xp.exp((slope - 2) * log_ratio)

    def _deflections_in(self, ellipse: Ellipse, *, xp: Any) -> tuple[Any, Any]:
        radius = xp.sqrt(floored(ellipse.w_squared, xp=xp))
        u_y, u_x = ellipse.w_y / radius, ellipse.w_x / radius
        square_x, square_y = u_x**2 - u_y**2, 2 * u_x * u_y
        zeta_x = -(ellipse.e_x * square_x + ellipse.e_y * square_y)
        zeta_y = -(ellipse.e_x * square_y - ellipse.e_y * square_x)
        t = self._parameter("slope", ellipse.y, xp=xp) - 1
        f_y, f_x = _hypergeometric(zeta_y, zeta_x, t, _terms(ellipse.f_squared, xp=xp), xp=xp)
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


def _terms(f_squared: Any, *, xp: Any) -> int:
    """Return how many terms the series needs for axis ratios of which the smallest has this ellipticity."""
    precision = xp.finfo(f_squared.dtype)
    usual = TERMS["float64" if precision.eps < 1e-10 else "float32"]
    f = math.sqrt(float(xp.max(f_squared))) if is_concrete(f_squared) and math.prod(f_squared.shape) else math.nan
    if not f < 1:
        return usual
    rate = (1 - math.sqrt(1 - f)) / (1 + math.sqrt(1 - f))
    return 2 if rate == 0 else min(100, max(2, math.ceil(math.log(0.1 * float(precision.eps)) / math.log(rate))))


def _hypergeometric(zeta_y: Any, zeta_x: Any, t: Any, terms: int, *, xp: Any) -> tuple[Any, Any]:
    """Return the imaginary and the real part of F = 2F1(1, t/2; 2 - t/2; zeta), for |zeta| < 1 and 0 < t < 2.

    As a series in v = (1 - s) / (1 + s), s = sqrt(1 - zeta), which maps the plane without the cut from 1 to infinity to
    the unit disc. It converges as |v|^k: for zeta = 0.8 v is 0.38. With zeta = 4 v / (1 + v)^2 the differential equation
    ``zeta (1 - zeta) F' + (1 - h - h zeta) F = 1 - h``, h = t/2, gives the recurrence of its coefficients.
    """
    rest = xp.maximum(1 - zeta_x, xp.asarray(0.25 * xp.finfo(zeta_x.dtype).eps, dtype=zeta_x.dtype))  # positive, if rounded
    s_x = xp.sqrt(0.5 * (rest + xp.sqrt(rest**2 + zeta_y**2)))
    d_y, d_x = -0.5 * zeta_y / s_x, 1 + s_x  # 1 + s
    d_y, d_x = 2 * d_x * d_y, d_x**2 - d_y**2
    size = d_y**2 + d_x**2
    v_y, v_x = (zeta_y * d_x - zeta_x * d_y) / size, (zeta_x * d_x + zeta_y * d_y) / size
    # Goertzel's way to sum real coefficients at a complex point: two real multiplications a term.
    double, square = 2 * v_x, v_y**2 + v_x**2
    b_1, b_2 = xp.zeros_like(v_x), xp.zeros_like(v_x)
    for c in reversed(_coefficients(t, terms, xp=xp)):
        b_1, b_2 = c + double * b_1 - square * b_2, b_1
    return v_y * b_1, 1 + v_x * b_1 - square * b_2


def _coefficients(t: Any, terms: int, *, xp: Any) -> list[Any]:
    """Return the coefficients of v, v^2, ... in the series for the hypergeometric function; that of 1 is 1."""
    power = 0.5 * (t - 1)[..., None]
    powers = xp.concat([xp.ones_like(power), power], axis=-1)
    while powers.shape[-1] < POWERS:  # not by `pow`, which has no gradient at 0: a slope of 2
        power = power * power
        powers = xp.concat([powers, power * powers], axis=-1)
    values = xp.matmul(powers, xp.asarray(_table(terms), dtype=t.dtype))
    return [values[..., k] for k in range(terms - 1)]


@functools.cache
def _table(terms: int) -> np.ndarray:
    """Return the coefficients of powers of e = h - 1/2 in those of v, v^2, ..., shape (POWERS, terms - 1).

    They follow (k + 1/2 - e) c_k = (1 + 6 e) c_(k-1) + (k - 5/2 + e) c_(k-2) from k = 2 on, where c_0 counts as zero,
    and (3/2 - e) c_1 = 2 + 4 e. As a table a slope costs one product rather than a recurrence, which compiles for seconds.
    """
    table = np.zeros((POWERS, terms))
    right = np.zeros(POWERS)
    right[:2] = 2, 4
    for k in range(1, terms):
        if k > 1:
            right = table[:, k - 1] + (k - 2.5) * table[:, k - 2]
            right[1:] += 6 * table[:-1, k - 1] + table[:-1, k - 2]
        for m in range(POWERS):
            table[m, k] = (right[m] + (table[m - 1, k] if m else 0)) / (k + 0.5)
    return table[:, 1:]
