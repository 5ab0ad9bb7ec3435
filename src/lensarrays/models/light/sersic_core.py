"""The cored Sersic light profile."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import FINITE, POSITIVE, Requirement
from .._ellipse import ellipse_from, floored
from .._profile import frozen, parameter_of
from .._softplus import softplus
from ._sersic import SERSIC_INDEX, sersic_constant
from .abstract import AbstractLightProfile

LOG_2 = 0.6931471805599453


@final
class SersicCore(AbstractLightProfile):
    r"""The elliptical cored Sersic profile: a power law of slope gamma within the break radius, a Sersic profile beyond.

    .. math::

        I(r) = I' [1 + (r_b / r)^\alpha]^{\gamma / \alpha} \exp(-b_n [(r^\alpha + r_b^\alpha) / r_e^\alpha]^{1 / (\alpha n)})

    with :math:`I' = I_b 2^{-\gamma / \alpha} \exp(b_n [2^{1 / \alpha} r_b / r_e]^{1 / n})`, so that
    :math:`I(r_b) = I_b`. It diverges at r = 0 unless gamma is 0: within 1e-8 arcsec it is constant.

    Parameters
    ----------
    centre : (float, float) or array of shape (..., 2) [arcsec]
        The centre (y, x).
    ell_comps : (float, float) or array of shape (..., 2)
        :math:`(1 - q) / (1 + q)` times (sin, cos) of twice the position angle, for an axis ratio q.
    effective_radius : float [arcsec]
        The effective radius :math:`r_e` of the Sersic profile.
    sersic_index : float
        The index n of the Sersic profile, 0.3 or more.
    radius_break : float [arcsec]
        The break radius :math:`r_b`.
    intensity : float [any unit]
        The surface brightness :math:`I_b` at the break radius.
    gamma : float
        The logarithmic slope of the core.
    alpha : float
        The sharpness of the transition.

    Raises
    ------
    ValueError
        If a value that is not traced breaks its requirement: both radii and ``alpha`` are positive, ``sersic_index`` is
        0.3 or more, ``ell_comps`` is shorter than 1, all are finite. For traced values the image is NaN instead.

    References
    ----------
    A. W. Graham et al., AJ 125, 2951 (2003), equation (5).

    Examples
    --------
    >>> import lensarrays as la
    >>> source = la.lp.SersicCore(radius_break=0.1, intensity=3.0)
    >>> source.image_2d_from(la.Grid2DIrregular([(0.1, 0.0)])).values.round(12)
    array([3.])
    """

    centre: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    ell_comps: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    effective_radius: Any = eqx.field(default=0.6, converter=frozen)
    sersic_index: Any = eqx.field(default=4.0, converter=frozen)
    radius_break: Any = eqx.field(default=0.025, converter=frozen)
    intensity: Any = eqx.field(default=0.05, converter=frozen)
    gamma: Any = eqx.field(default=0.25, converter=frozen)
    alpha: Any = eqx.field(default=3.0, converter=frozen)

    requirements: ClassVar[dict[str, Requirement]] = {
        "effective_radius": POSITIVE,
        "sersic_index": SERSIC_INDEX,
        "radius_break": POSITIVE,
        "intensity": FINITE,
        "gamma": FINITE,
        "alpha": POSITIVE,
    }

    def _image(self, y: Any, x: Any, *, xp: Any) -> Any:
        r_e, n, r_b, intensity, gamma, alpha = (parameter_of(self, name, y, xp=xp) for name in self.requirements)
        ellipse = ellipse_from(y, x, self.centre, self.ell_comps, xp=xp)
        # In logarithms, as (r_b / r)^alpha overflows: of r / r_b, and of 1 + (r_b / r)^alpha. Numbers are put together before
        # they meet the points: in reverse mode each that does is a sum over all of them.
        shift = 0.5 * xp.log1p(-ellipse.f_squared) + xp.log(r_b)
        log_r = 0.5 * xp.log(floored(ellipse.w_squared, xp=xp)) - shift
        log_core = softplus(-alpha * log_r, xp=xp)
        log_ratio = xp.log(r_b / r_e)
        at_r = xp.exp(log_r / n + log_core / (alpha * n) + log_ratio / n)
        at_break = xp.exp((LOG_2 / alpha + log_ratio) / n)
        # The exponents at r and at r_b, in one exponential: apart they overflow for small n.
        steepness, b_n = gamma / alpha, sersic_constant(n)
        exponent = steepness * log_core - b_n * at_r + (b_n * at_break - steepness * LOG_2)
        return intensity * xp.exp(exponent)
