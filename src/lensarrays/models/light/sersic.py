"""The Sersic light profile."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import FINITE, POSITIVE, Requirement
from .._ellipse import Ellipse, ellipse_from
from .._profile import frozen
from .abstract import AbstractLightProfile

SERSIC_INDEX = Requirement(
    "0.3 or more, and finite", lambda v: v >= 0.3, "a Gaussian has 0.5, and the series for b_n is not valid below 0.3"
)


def sersic_constant(n: Any) -> Any:
    """Return b_n, for which half of the light is within the effective radius.

    It is an asymptotic series in 1 / n. Its relative error is 0.0022 at n = 0.3, below 6e-4 from 0.34 on, and below 3e-5,
    2e-6 and 1e-7 from 1, 2 and 4 on; at n = 0.2 it is 0.1, and below 0.1 the sum is negative.

    References
    ----------
    L. Ciotti and G. Bertin, A&A 352, 447 (1999), equation (18), with one term more, as in autogalaxy.
    """
    terms = (-1 / 3, 4 / 405, 46 / 25515, 131 / 1148175, -2194697 / 30690717750)
    return 2 * n + sum(term / n**k for k, term in enumerate(terms))


def sersic_image(ellipse: Ellipse, intensity: Any, r_e: Any, n: Any, *, xp: Any) -> Any:
    """Return the surface brightness (..., n) of a Sersic profile of effective radius `r_e` and index `n`."""
    r_squared = ellipse.w_squared / (1 - ellipse.f_squared)
    # The power (r / r_e)^(1/n) has no gradient at r = 0. It is 0 there, and within a radius whose square cannot be
    # inverted in this precision; NaN, which is not inside, passes.
    inside = r_squared < xp.finfo(r_squared.dtype).smallest_normal ** 0.5
    log_r = 0.5 * xp.log(xp.where(inside, xp.ones_like(r_squared), r_squared))
    power = xp.where(inside, 0 * r_e, xp.exp((log_r - xp.log(r_e)) / n))
    return intensity * xp.exp(-sersic_constant(n) * (power - 1))


@final
class Sersic(AbstractLightProfile):
    r"""The elliptical Sersic profile, :math:`I(r) = I_e \exp(-b_n [(r / r_e)^{1/n} - 1])`.

    The radius r is the eccentric one, :math:`\sqrt{q x^2 + y^2 / q}` along the axes of the ellipse.

    Parameters
    ----------
    centre : (float, float) or array of shape (..., 2) [arcsec]
        The centre (y, x).
    ell_comps : (float, float) or array of shape (..., 2)
        :math:`(1 - q) / (1 + q)` times (sin, cos) of twice the position angle, for an axis ratio q.
    intensity : float [any unit]
        The surface brightness :math:`I_e` at the effective radius.
    effective_radius : float [arcsec]
        The radius :math:`r_e` that holds half of the light.
    sersic_index : float
        The index n, 0.3 or more: 0.5 is a Gaussian, 1 an exponential disc, 4 a de Vaucouleurs bulge.

    Raises
    ------
    ValueError
        If a value that is not traced breaks its requirement: ``effective_radius`` is positive, ``sersic_index`` is 0.3 or
        more, ``ell_comps`` is shorter than 1, all are finite. For traced values the image is NaN instead.

    References
    ----------
    A. W. Graham and S. P. Driver, PASA 22, 118 (2005), equation (1).

    Examples
    --------
    >>> import lensarrays as la
    >>> bulge = la.lp.Sersic(intensity=2.0, effective_radius=0.5)
    >>> bulge.image_2d_from(la.Grid2DIrregular([(0.0, 0.5)])).values
    array([2.])
    """

    centre: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    ell_comps: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    intensity: Any = eqx.field(default=0.1, converter=frozen)
    effective_radius: Any = eqx.field(default=0.6, converter=frozen)
    sersic_index: Any = eqx.field(default=4.0, converter=frozen)

    requirements: ClassVar[dict[str, Requirement]] = {
        "intensity": FINITE,
        "effective_radius": POSITIVE,
        "sersic_index": SERSIC_INDEX,
    }

    def _image(self, y: Any, x: Any, *, xp: Any) -> Any:
        intensity, r_e, n = (self._parameter(name, y, xp=xp) for name in self.requirements)
        return sersic_image(ellipse_from(y, x, self.centre, self.ell_comps, xp=xp), intensity, r_e, n, xp=xp)
