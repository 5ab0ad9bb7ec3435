"""The rectangular mesh that follows the density of rays, smoothly."""

from typing import Any, final

import equinox as eqx

from ... import _check
from ._adaptive_rectangle import AbstractAdaptiveRectangular
from ._kernel_cumulative import KernelCumulative, bandwidth_from, kernel_cumulative
from ._rectangle import mesh_shape


@final
class RectangularRTUAdaptDensity(AbstractAdaptiveRectangular):
    """Rows and columns that follow how dense rays are, smoothly, so that pixels are small where the magnification is large.

    A distribution is the sum of Gaussians at the rays, rescaled to 0 and 1 at the outermost ones: smooth in where the rays are,
    so its gradients are of use. The sum takes time linear in the number of rays, and is exact to 1e-13.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns, 3 or more.
    bandwidth : float, optional
        Standard deviation of the Gaussians, in mean pixels of the axis; 1 by default.
    centred : bool
        False is for comparing with autolens, whose rows are all shifted down by one: the last row is in use, and the first
        two are not.

    Raises
    ------
    ValueError
        If a parameter is out of range.

    References
    ----------
    W. J. R. Enzi et al., arXiv:2606.30620 (2026).

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> grid = la.Grid2D.uniform(shape_native=(4, 4), pixel_scales=1.0, over_sample_size=1)

    >>> mesh = la.mesh.RectangularRTUAdaptDensity(shape=(5, 6))
    >>> mesh.mapper_from(grid.values, mask=grid.mask, over_sample_size=1).indexes[0]
    array([ 7,  8, 13, 14])
    """

    shape: tuple[int, int] = eqx.field(default=(3, 3), static=True, converter=mesh_shape)
    bandwidth: float = eqx.field(default=None, static=True, converter=bandwidth_from)
    centred: bool = eqx.field(default=True, static=True, converter=lambda value: _check.flag(value, "centred"))

    def _cumulative(self, points: Any, weights: Any, pixels: int, *, xp: Any) -> KernelCumulative:
        return kernel_cumulative(points, weights, pixels, self.bandwidth, xp=xp)
