"""The linear cored Sersic light profile."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import Requirement
from .._profile import frozen
from ..light import sersic_core
from ..light.abstract import AbstractLightProfile, AbstractLinearLightProfile, requirements_without_intensity


@final
class SersicCore(AbstractLinearLightProfile):
    r"""The elliptical cored Sersic profile of unknown intensity at its break radius.

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
    radius_break : float or array of shape (b,) [arcsec]
        The break radius.
    gamma : float or array of shape (b,)
        The logarithmic slope of the core.
    alpha : float or array of shape (b,)
        The sharpness of the transition.

    Raises
    ------
    ValueError
        If a value that is not traced breaks its requirement: both radii and ``alpha`` are positive, ``sersic_index`` is
        0.3 or more, ``ell_comps`` is shorter than 1, all are finite. For traced values the image is NaN instead. And if
        arrays have more than one axis, or do not broadcast.

    Examples
    --------
    >>> import lensarrays as la
    >>> source = la.lp_linear.SersicCore(radius_break=0.1)
    >>> source.image_2d_from(la.Grid2DIrregular([(0.1, 0.0)])).values.round(12)
    array([1.])
    """

    centre: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    ell_comps: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    effective_radius: Any = eqx.field(default=0.6, converter=frozen)
    sersic_index: Any = eqx.field(default=4.0, converter=frozen)
    radius_break: Any = eqx.field(default=0.01, converter=frozen)
    gamma: Any = eqx.field(default=0.25, converter=frozen)
    alpha: Any = eqx.field(default=3.0, converter=frozen)

    ordinary: ClassVar[type[AbstractLightProfile]] = sersic_core.SersicCore
    requirements: ClassVar[dict[str, Requirement]] = requirements_without_intensity(ordinary)
