"""The Gaussian light profile."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import FINITE, POSITIVE, Requirement
from ...structures.coordinates import root
from .._ellipse import ellipse_from
from .._profile import frozen, parameter_of
from .abstract import AbstractLightProfile


@final
class Gaussian(AbstractLightProfile):
    r"""The elliptical Gaussian, :math:`I(R) = I_0 \exp(-R^2 / 2 \sigma^2)`.

    The radius R is the minor-axis one, :math:`\sqrt{q^2 x^2 + y^2}` along the axes of the ellipse.

    Parameters
    ----------
    centre : (float, float) or array of shape (..., 2) [arcsec]
        The centre (y, x).
    ell_comps : (float, float) or array of shape (..., 2)
        :math:`(1 - q) / (1 + q)` times (sin, cos) of twice the position angle, for an axis ratio q.
    intensity : float [any unit]
        The surface brightness :math:`I_0` at the centre.
    sigma : float [arcsec]
        The standard deviation :math:`\sigma` along the minor axis; along the major one it is :math:`\sigma / q`.

    Raises
    ------
    ValueError
        If a value that is not traced breaks its requirement: ``sigma`` is positive, ``ell_comps`` is shorter than 1, all
        are finite. For traced values the image is NaN instead.

    Notes
    -----
    The minor axis is autogalaxy's choice, where a `Sersic` profile of index 0.5 has the radius of a circle as large as the
    ellipse. The total is :math:`2 \pi \sigma^2 I_0 / q`. The image has a kink at ``ell_comps = (0, 0)``, as it depends on the
    axis ratio itself; the gradient there is that of the smooth part.

    Examples
    --------
    >>> import lensarrays as la
    >>> la.lp.Gaussian(intensity=2.0, sigma=0.5).image_2d_from(la.Grid2DIrregular([(0.0, 0.0), (0.3, 0.4)])).values.round(6)
    array([2.      , 1.213061])
    """

    centre: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    ell_comps: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    intensity: Any = eqx.field(default=0.1, converter=frozen)
    sigma: Any = eqx.field(default=1.0, converter=frozen)

    requirements: ClassVar[dict[str, Requirement]] = {"intensity": FINITE, "sigma": POSITIVE}

    def _image(self, y: Any, x: Any, *, xp: Any) -> Any:
        intensity, sigma = (parameter_of(self, name, y, xp=xp) for name in self.requirements)
        ellipse = ellipse_from(y, x, self.centre, self.ell_comps, xp=xp)
        # One number for each point is all that meets the widths, of which there may be many: in reverse mode, each that does
        # is a sum over all widths.
        squared_radius = ellipse.w_squared / (1 + root(ellipse.f_squared)) ** 2
        rate = 1 / sigma
        return intensity * xp.exp(-0.5 * (squared_radius * rate) * rate)
