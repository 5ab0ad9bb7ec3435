"""The exponential light profile."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import FINITE, POSITIVE, Requirement
from .._ellipse import ellipse_from
from .._profile import frozen, parameter_of
from ._sersic import sersic_image
from .abstract import AbstractLightProfile


@final
class Exponential(AbstractLightProfile):
    r"""The elliptical exponential disc, a `Sersic` profile of index 1.

    Parameters
    ----------
    centre : (float, float) or array of shape (..., 2) [arcsec]
        The centre (y, x).
    ell_comps : (float, float) or array of shape (..., 2)
        :math:`(1 - q) / (1 + q)` times (sin, cos) of twice the position angle, for an axis ratio q.
    intensity : float [any unit]
        The surface brightness at the effective radius.
    effective_radius : float [arcsec]
        The radius that holds half of the light: 1.678 scale lengths.

    Raises
    ------
    ValueError
        If a value that is not traced breaks its requirement: ``effective_radius`` is positive, ``ell_comps`` is shorter
        than 1, all are finite. For traced values the image is NaN instead.

    References
    ----------
    K. C. Freeman, ApJ 160, 811 (1970), equation (1).

    Examples
    --------
    >>> import lensarrays as la
    >>> disc = la.lp.Exponential(intensity=2.0, effective_radius=0.5)
    >>> disc.image_2d_from(la.Grid2DIrregular([(0.0, 0.5), (0.0, 1.0)])).values.round(6)
    array([2.      , 0.373349])
    """

    centre: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    ell_comps: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    intensity: Any = eqx.field(default=0.1, converter=frozen)
    effective_radius: Any = eqx.field(default=0.6, converter=frozen)

    requirements: ClassVar[dict[str, Requirement]] = {"intensity": FINITE, "effective_radius": POSITIVE}

    def _image(self, y: Any, x: Any, *, xp: Any) -> Any:
        intensity, r_e = (parameter_of(self, name, y, xp=xp) for name in self.requirements)
        return sersic_image(ellipse_from(y, x, self.centre, self.ell_comps, xp=xp), intensity, r_e, 1.0, xp=xp)
