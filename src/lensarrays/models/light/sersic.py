"""The Sersic light profile."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import FINITE, POSITIVE, Requirement
from .._ellipse import ellipse_from
from .._profile import frozen, parameter_of
from ._sersic import SERSIC_INDEX, sersic_image
from .abstract import AbstractLightProfile


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
        intensity, r_e, n = (parameter_of(self, name, y, xp=xp) for name in self.requirements)
        return sersic_image(ellipse_from(y, x, self.centre, self.ell_comps, xp=xp), intensity, r_e, n, xp=xp)
