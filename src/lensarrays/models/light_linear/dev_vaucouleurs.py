"""The linear de Vaucouleurs light profile."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import Requirement
from .._profile import frozen
from ..light import dev_vaucouleurs
from ..light.abstract import AbstractLightProfile, AbstractLinearLightProfile, requirements_without_intensity


@final
class DevVaucouleurs(AbstractLinearLightProfile):
    r"""The elliptical de Vaucouleurs bulge of unknown intensity, a `Sersic` profile of index 4.

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
    >>> bulge = la.lp_linear.DevVaucouleurs(effective_radius=0.5)
    >>> bulge.image_2d_from(la.Grid2DIrregular([(0.0, 0.5), (0.0, 1.0)])).values.round(6)
    array([1.      , 0.234318])
    """

    centre: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    ell_comps: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    effective_radius: Any = eqx.field(default=0.6, converter=frozen)

    ordinary: ClassVar[type[AbstractLightProfile]] = dev_vaucouleurs.DevVaucouleurs
    requirements: ClassVar[dict[str, Requirement]] = requirements_without_intensity(ordinary)
