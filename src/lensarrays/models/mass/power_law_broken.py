"""The elliptical broken power law."""

from typing import Any, ClassVar, NamedTuple, final

import equinox as eqx

from ..._check import NON_NEGATIVE, POSITIVE, Requirement
from ...structures.coordinates import root
from .._ellipse import Ellipse, ellipse_from, floored
from .._profile import frozen, parameter_of
from ._einstein_radius import power_of
from ._homoeoids import divided, exponential_ratios, first_order, second_order, squared
from .abstract import AbstractMassProfile
from .power_law import _terms

INNER_SLOPE = Requirement("0 or more and below 2", lambda v: (v >= 0) & (v < 2), "from 2 on the centre has infinite mass")
OUTER_SLOPE = Requirement("0 or more and below 4", lambda v: (v >= 0) & (v < 4), "the formulas hold below 4")


@final
class PowerLawBroken(AbstractMassProfile):
    r"""The elliptical broken power law, of convergence :math:`\kappa_b (\theta_b / R)^t`, with one slope t on each side.

    R is the minor-axis elliptical radius, :math:`\sqrt{q^2 x^2 + y^2}` along the axes of the ellipse. The mean convergence
    within :math:`R = \sqrt{q} \, \theta_E`, an ellipse as large as the circle of radius :math:`\theta_E`, is 1. Within 1e-8
    arcsec of the centre the convergence is constant, and the deflection goes to zero.

    Parameters
    ----------
    centre : (float, float) or array of shape (..., 2) [arcsec]
        The centre (y, x).
    ell_comps : (float, float) or array of shape (..., 2)
        :math:`(1 - q) / (1 + q)` times (sin, cos) of twice the position angle, for an axis ratio q.
    einstein_radius : float [arcsec]
        The Einstein radius :math:`\theta_E`.
    inner_slope : float
        The slope :math:`t_1` of the convergence within the break radius: 1, not 2, is isothermal.
    outer_slope : float
        The slope :math:`t_2` beyond it.
    break_radius : float [arcsec]
        The break radius :math:`\theta_b`, along the minor axis.

    Raises
    ------
    ValueError
        If a value that is not traced breaks its requirement: ``einstein_radius`` is not negative, ``inner_slope`` is 0 or
        more and below 2, ``outer_slope`` is 0 or more and below 4, ``break_radius`` is positive, ``ell_comps`` is shorter
        than 1, all are finite. For traced values the results are NaN instead.

    Notes
    -----
    autogalaxy differs in four ways. Where the break is beyond the Einstein radius, its :math:`\kappa_b` is too small by a
    factor :math:`\nu^{2 - t_1}`, :math:`\nu = \theta_b / (\sqrt{q} \theta_E)`: there its Einstein radius sets the mass within
    the break. Its series stops at 20 terms and diverges for q < 1/3. It divides by :math:`2 - t_2`, while here
    :math:`t_2 = 2`, where the mass grows as a logarithm, is as good a slope as any. And it has no potential: here it is the
    closed form that follows from :math:`\zeta F' = c [(1 - \zeta)^{-1/2} - F]`, F the hypergeometric function of the
    deflection. It is zero at the centre and continuous at the break.

    The series has as many terms as that of `PowerLaw`. For q >= 0.1 the relative error of deflection and potential is below
    1e-13 for outer slopes up to 2.5, 1e-12 at 3 and 1e-9 at 3.9, as the formulas have a pole at 4; in float32 below 2e-5, 2e-4
    and 2e-2, and for q >= 0.5 below 2e-6 up to 3.

    All results have a kink at ``ell_comps = (0, 0)``, as the break radius is measured along the minor axis; the gradient
    there is that of the smooth part. Where the Einstein radius is zero its derivative, infinite for inner slopes below 1, is
    given as zero unless the slope is 1. At the break, gradients are those of the inner side.

    References
    ----------
    C. M. O'Riordan, S. J. Warren and D. J. Mortlock, MNRAS 501, 3687 (2021), equations (1), (5), (18) and (19).

    Examples
    --------
    >>> import lensarrays as la
    >>> lens = la.mp.PowerLawBroken(einstein_radius=1.6, inner_slope=0.8, outer_slope=1.4, break_radius=0.5)
    >>> lens.deflections_yx_2d_from(la.Grid2DIrregular([(0.0, 1.6), (0.0, 0.2)])).values.round(6)
    array([[0.     , 1.6    ],
           [0.     , 1.41194]])
    """

    centre: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    ell_comps: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    einstein_radius: Any = eqx.field(default=1.0, converter=frozen)
    inner_slope: Any = eqx.field(default=1.5, converter=frozen)
    outer_slope: Any = eqx.field(default=2.5, converter=frozen)
    break_radius: Any = eqx.field(default=0.01, converter=frozen)

    requirements: ClassVar[dict[str, Requirement]] = {
        "einstein_radius": NON_NEGATIVE,
        "inner_slope": INNER_SLOPE,
        "outer_slope": OUTER_SLOPE,
        "break_radius": POSITIVE,
    }
    over_sampled_potential: ClassVar[bool] = False

    def _radii(self, ellipse: Ellipse, *, xp: Any) -> "Radii":
        """Return the radii in units of the break radius, and what depends on slopes and normalisation."""
        einstein_radius, inner, outer, break_radius = (parameter_of(self, name, ellipse.y, xp=xp) for name in self.requirements)
        c_1, c_2 = 1 - 0.5 * inner, 1 - 0.5 * outer
        stretch = xp.log1p(root(ellipse.f_squared))
        log_break = xp.log(break_radius) + stretch - 0.5 * xp.log1p(-ellipse.f_squared)  # as an eccentric radius
        log_r = 0.5 * xp.log(floored(ellipse.w_squared, xp=xp)) - stretch - xp.log(break_radius)
        inside = log_r <= 0
        # The mean convergence within the Einstein radius is 1, on whichever side of the break that is.
        empty = einstein_radius == 0
        log_einstein = xp.log(xp.where(empty, xp.ones_like(einstein_radius), einstein_radius)) - log_break
        beyond = (log_einstein > 0) & ~empty
        log_beyond = xp.where(beyond, log_einstein, xp.zeros_like(log_einstein))
        growth = 2 * log_beyond * exponential_ratios(2 * c_2 * log_beyond, xp=xp)[0]
        within = c_1 * xp.exp(2 * c_1 * log_break) * power_of(einstein_radius, inner, xp=xp)
        strength = xp.where(beyond, einstein_radius**2 / (1 / c_1 + growth), within)
        none = xp.zeros_like(log_r)
        return Radii(inside, xp.where(inside, log_r, none), xp.where(inside, none, log_r), c_1, c_2, log_break, strength + none)

    def _deflections(self, y: Any, x: Any, *, xp: Any) -> tuple[Any, Any]:
        ellipse = ellipse_from(y, x, self.centre, self.ell_comps, xp=xp)
        radii, terms = self._radii(ellipse, xp=xp), _terms(ellipse.f_squared, xp=xp)
        w, w_shell, _ = _confocal(ellipse, radii, xp=xp)
        inner, power = xp.exp(2 * radii.c_1 * radii.log_inner), 2 * radii.c_2 * radii.log_outer
        (a_y, a_x), (b_y, b_x), (d_y, d_x) = (
            first_order(c, v, terms, xp=xp) for c, v in ((radii.c_1, w_shell), (radii.c_2, w), (radii.c_2, w_shell))
        )
        growth = 2 * radii.log_outer * exponential_ratios(power, xp=xp)[0]
        sum_x = inner * (1 / radii.c_1 + a_x) + radii._outer(growth + (xp.exp(power) * b_x - d_x), xp=xp)
        sum_y = inner * a_y + radii._outer(xp.exp(power) * b_y - d_y, xp=xp)
        scale = radii.strength / floored(ellipse.y**2 + ellipse.x**2, xp=xp)
        return scale * (ellipse.y * sum_x - ellipse.x * sum_y), scale * (ellipse.x * sum_x + ellipse.y * sum_y)

    def _convergence(self, y: Any, x: Any, *, xp: Any) -> Any:
        ellipse = ellipse_from(y, x, self.centre, self.ell_comps, xp=xp)
        radii = self._radii(ellipse, xp=xp)
        exponent = (2 * radii.c_1 - 2) * radii.log_inner + (2 * radii.c_2 - 2) * radii.log_outer
        return radii.strength * xp.exp(exponent - 2 * radii.log_break)

    def _potential(self, y: Any, x: Any, *, xp: Any) -> Any:
        ellipse = ellipse_from(y, x, self.centre, self.ell_comps, xp=xp)
        radii, terms = self._radii(ellipse, xp=xp), _terms(ellipse.f_squared, xp=xp)
        w, w_shell, log_shell = _confocal(ellipse, radii, xp=xp)
        first, second = exponential_ratios(2 * radii.c_2 * radii.log_outer, xp=xp)
        core = xp.exp(2 * radii.c_1 * radii.log_inner) * (1 / radii.c_1 + first_order(radii.c_1, w_shell, terms, xp=xp)[1])
        # The terms in 1/c_2 and 1/c_2^2 cancel on paper: 2 log_outer + log_shell is -(G(w) - G(w_shell)) at c = 0.
        outer = radii.log_outer * (2 * radii.log_outer * second + first * first_order(radii.c_2, w, terms, xp=xp)[1])
        h, h_shell = (second_order(radii.c_2, v, terms, xp=xp)[1] for v in (w, w_shell))
        return radii.strength * (0.5 * (core - log_shell) / radii.c_1 + radii._outer(outer + 0.5 * (h - h_shell), xp=xp))


class Radii(NamedTuple):
    """Eccentric radii, and what the results are scaled by."""

    inside: Any  # whether a point is within the break
    log_inner: Any  # log of radius over break radius, and zero beyond the break
    log_outer: Any  # the same, and zero within the break
    c_1: Any  # 1 - t/2, for both slopes
    c_2: Any
    log_break: Any  # log of the eccentric break radius
    strength: Any  # convergence at the break times its squared radius

    def _outer(self, value: Any, *, xp: Any) -> Any:
        """Return the part of a result that is due to mass beyond the break: zero within it, without the rounding of zero."""
        return xp.where(self.inside, 0 * self.c_2, value)


def _confocal(ellipse: Ellipse, radii: Radii, *, xp: Any) -> tuple[tuple[Any, Any], tuple[Any, Any], Any]:
    """Return w (see `_homoeoids`) for the ellipse through each point; the same for this or the break, whichever is smaller;
    and log |w / f| of the latter.

    On its own ellipse w is eps times the square of a phase. For the break it is ``zeta / (1 + s)^2``, s = sqrt(1 - zeta).
    """
    size = xp.sqrt(floored(ellipse.w_squared, xp=xp))
    phase_y, phase_x = squared((-ellipse.w_y / size, ellipse.w_x / size))
    w = (ellipse.e_y * phase_x + ellipse.e_x * phase_y, ellipse.e_x * phase_x - ellipse.e_y * phase_y)
    # Within the break, where the result is not used, the break is taken to be so small that zeta is below 1.
    r_squared = floored(ellipse.y**2 + ellipse.x**2, xp=xp)
    extent = 4 * xp.exp(2 * radii.log_break) / (1 - ellipse.f_squared)
    ratio = xp.where(radii.inside, xp.ones_like(r_squared), extent / r_squared)
    z_y, z_x = squared((-ellipse.y, ellipse.x))
    z_y, z_x = ratio * z_y / r_squared, ratio * z_x / r_squared
    zeta = (ellipse.e_y * z_x + ellipse.e_x * z_y, ellipse.e_x * z_x - ellipse.e_y * z_y)
    s_y, s_x = _root(-zeta[0], 1 - zeta[1], xp=xp)
    w_break = divided(zeta, squared((s_y, 1 + s_x)))
    log_shell = xp.log(ratio / ((1 + s_x) ** 2 + s_y**2))
    w_shell = tuple(xp.where(radii.inside, own, other) for own, other in zip(w, w_break, strict=True))
    return w, w_shell, xp.where(radii.inside, xp.zeros_like(log_shell), log_shell)


def _root(y: Any, x: Any, *, xp: Any) -> tuple[Any, Any]:
    """Return the square root of x + i y that has a positive real part, without a subtraction; not for zero."""
    larger = xp.sqrt(0.5 * (xp.sqrt(x**2 + y**2) + xp.abs(x)))
    smaller = 0.5 * y / larger
    sign = xp.where(y < 0, -xp.ones_like(y), xp.ones_like(y))
    return xp.where(x < 0, sign * larger, smaller), xp.where(x < 0, sign * smaller, larger)
