"""The rectangular mesh that follows the image of the source, smoothly."""

from typing import Any, ClassVar, final

import equinox as eqx

from ... import _check
from ._adaptive_rectangle import AbstractAdaptiveRectangular, image_weights, weight_floor, weight_power
from ._kernel_cumulative import KernelCumulative, bandwidth_from, kernel_cumulative
from ._rectangle import mesh_shape


@final
class RectangularRTUAdaptImage(AbstractAdaptiveRectangular):
    """Rows and columns that follow how bright the source is, as an image of it shows, smoothly.

    A distribution is the sum of Gaussians at the rays, rescaled to 0 and 1 at the outermost ones: smooth in where the rays are,
    so its gradients are of use. The sum takes time linear in the number of rays, and is exact to 1e-13.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns, 3 or more.
    weight_power : float
        To which the image of the source is raised: above 1 its bright parts get more pixels.
    weight_floor : float
        The least weight of a pixel, after the power is taken, in the units of the image to that power.

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

    >>> mesh = la.mesh.RectangularRTUAdaptImage(shape=(5, 6), weight_power=2.0)
    >>> image = np.exp(-np.sum(grid.values**2, axis=-1))
    >>> mesh.mapper_from(grid.values, mask=grid.mask, over_sample_size=1, adapt_data=image).weights.shape
    (16, 4)
    """

    shape: tuple[int, int] = eqx.field(default=(3, 3), static=True, converter=mesh_shape)
    weight_power: float = eqx.field(default=1.0, static=True, converter=weight_power)
    weight_floor: float = eqx.field(default=0.0, static=True, converter=weight_floor)
    bandwidth: float = eqx.field(default=None, static=True, converter=bandwidth_from)
    centred: bool = eqx.field(default=True, static=True, converter=lambda value: _check.flag(value, "centred"))

    needs_adapt_data: ClassVar[bool] = True

    def _cumulative(self, points: Any, weights: Any, pixels: int, *, xp: Any) -> KernelCumulative:
        return kernel_cumulative(points, weights, pixels, self.bandwidth, xp=xp)

    def _weights(self, adapt_data: Any, points: Any) -> Any:
        return image_weights(adapt_data, points, self.weight_power, self.weight_floor)
