"""The linear Gaussian light profile."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import Requirement
from .._profile import frozen
from ..light import gaussian
from ..light.abstract import AbstractLightProfile, AbstractLinearLightProfile, requirements_without_intensity


@final
class Gaussian(AbstractLinearLightProfile):
    r"""The elliptical Gaussian of unknown intensity; many widths at once are a multi-Gaussian expansion.

    Parameters
    ----------
    centre : (float, float) or array of shape (..., 2) [arcsec]
        The centre (y, x).
    ell_comps : (float, float) or array of shape (..., 2)
        :math:`(1 - q) / (1 + q)` times (sin, cos) of twice the position angle, for an axis ratio q.
    sigma : float or array of shape (b,) [arcsec]
        The standard deviation along the minor axis; along the major one it is `sigma` / q. An array of b widths is b Gaussians.

    Raises
    ------
    ValueError
        If a value that is not traced breaks its requirement: ``sigma`` is positive, ``ell_comps`` is shorter than 1, all are
        finite. For traced values the image is NaN instead. And if arrays have more than one axis, or do not broadcast.

    References
    ----------
    E. Emsellem, G. Monnet and R. Bacon, A&A 285, 723 (1994); M. Cappellari, MNRAS 333, 400 (2002).

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> expansion = la.lp_linear.Gaussian(sigma=np.asarray([0.1, 0.5, 1.0]))
    >>> expansion.image_2d_from(la.Grid2DIrregular([(0.0, 0.5)])).values.round(6)
    array([[4.00000e-06],
           [6.06531e-01],
           [8.82497e-01]])
    """

    centre: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    ell_comps: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    sigma: Any = eqx.field(default=1.0, converter=frozen)

    ordinary: ClassVar[type[AbstractLightProfile]] = gaussian.Gaussian
    requirements: ClassVar[dict[str, Requirement]] = requirements_without_intensity(ordinary)
