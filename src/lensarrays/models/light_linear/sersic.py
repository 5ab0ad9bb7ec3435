"""The linear Sersic light profile."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import Requirement
from .._profile import frozen
from ..light import sersic
from ..light.abstract import AbstractLightProfile, AbstractLinearLightProfile, requirements_without_intensity


@final
class Sersic(AbstractLinearLightProfile):
    r"""The elliptical Sersic profile of unknown intensity.

    Parameters
    ----------
    centre : (float, float) or array of shape (..., 2) [arcsec]
        The centre (y, x).
    ell_comps : (float, float) or array of shape (..., 2)
        :math:`(1 - q) / (1 + q)` times (sin, cos) of twice the position angle, for an axis ratio q.
    effective_radius : float or array of shape (b,) [arcsec]
        The radius that holds half of the light.
    sersic_index : float or array of shape (b,)
        The index n, 0.3 or more.

    Raises
    ------
    ValueError
        If a value that is not traced breaks its requirement: ``effective_radius`` is positive, ``sersic_index`` is 0.3 or
        more, ``ell_comps`` is shorter than 1, all are finite. For traced values the image is NaN instead. And if arrays have
        more than one axis, or do not broadcast.

    Examples
    --------
    >>> import lensarrays as la
    >>> bulge = la.lp_linear.Sersic(effective_radius=0.5)
    >>> bulge.with_intensity(2.0).intensity
    2.0
    """

    centre: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    ell_comps: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    effective_radius: Any = eqx.field(default=0.6, converter=frozen)
    sersic_index: Any = eqx.field(default=4.0, converter=frozen)

    ordinary: ClassVar[type[AbstractLightProfile]] = sersic.Sersic
    requirements: ClassVar[dict[str, Requirement]] = requirements_without_intensity(ordinary)
