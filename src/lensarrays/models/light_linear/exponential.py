"""The linear exponential light profile."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import Requirement
from .._profile import frozen
from ..light import exponential
from ..light.abstract import AbstractLightProfile, AbstractLinearLightProfile, requirements_without_intensity


@final
class Exponential(AbstractLinearLightProfile):
    r"""The elliptical exponential disc of unknown intensity, a `Sersic` profile of index 1.

    Parameters
    ----------
    centre : (float, float) or array of shape (..., 2) [arcsec]
        The centre (y, x).
    ell_comps : (float, float) or array of shape (..., 2)
        :math:`(1 - q) / (1 + q)` times (sin, cos) of twice the position angle, for an axis ratio q.
    effective_radius : float or array of shape (b,) [arcsec]
        The radius that holds half of the light.

    Raises
    ------
    ValueError
        If a value that is not traced breaks its requirement: ``effective_radius`` is positive, ``ell_comps`` is shorter
        than 1, all are finite. For traced values the image is NaN instead. And if arrays have more than one axis, or do not
        broadcast.

    Examples
    --------
    >>> import lensarrays as la
    >>> disc = la.lp_linear.Exponential(effective_radius=0.5)
    >>> disc.image_2d_from(la.Grid2DIrregular([(0.0, 0.5), (0.0, 1.0)])).values.round(6)
    array([1.      , 0.186675])
    """

    centre: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    ell_comps: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    effective_radius: Any = eqx.field(default=0.6, converter=frozen)

    ordinary: ClassVar[type[AbstractLightProfile]] = exponential.Exponential
    requirements: ClassVar[dict[str, Requirement]] = requirements_without_intensity(ordinary)
