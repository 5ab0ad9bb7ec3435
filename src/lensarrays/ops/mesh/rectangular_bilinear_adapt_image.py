"""The rectangular mesh that follows the image of the source, by rank."""

from typing import Any, ClassVar, final

import equinox as eqx

from ... import _check
from ._adaptive_rectangle import AbstractAdaptiveRectangular, image_weights, weight_floor, weight_power
from ._rank_cumulative import RankCumulative, rank_cumulative
from ._rectangle import mesh_shape


@final
class RectangularBilinearAdaptImage(AbstractAdaptiveRectangular):
    """Rows and columns that follow how bright the source is, as an image of it shows.

    A distribution by ranks depends on the order of the rays, not on where they are: with an over-sampling size of 1 the
    weights do not change while the order does not, and have no useful gradient with respect to the mass, it is zero. With
    larger sizes there is one, of a function with many kinks. For gradients use the `RectangularRTU` meshes.
    Rays of equal y, or x, have the last of their ranks.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns, 3 or more.
    weight_power : float
        To which the image of the source is raised: above 1 its bright parts get more pixels.
    weight_floor : float
        The least weight of a pixel, after the power is taken, in the units of the image to that power.
    centred : bool
        False is for comparing with autolens, whose rows are all shifted down by one: the last row is in use, and the first
        two are not.

    Raises
    ------
    ValueError
        If a parameter is out of range.

    References
    ----------
    J. W. Nightingale et al., JOSS 6, 2825 (2021).

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> grid = la.Grid2D.uniform(shape_native=(4, 4), pixel_scales=1.0, over_sample_size=1)

    >>> mesh = la.mesh.RectangularBilinearAdaptImage(shape=(5, 6), weight_power=2.0)
    >>> image = np.exp(-np.sum(grid.values**2, axis=-1))
    >>> mesh.mapper_from(grid.values, mask=grid.mask, over_sample_size=1, adapt_data=image).weights[0].round(3)
    array([0.973, 0.027, 0.   , 0.   ])
    """

    shape: tuple[int, int] = eqx.field(default=(3, 3), static=True, converter=mesh_shape)
    weight_power: float = eqx.field(default=1.0, static=True, converter=weight_power)
    weight_floor: float = eqx.field(default=0.0, static=True, converter=weight_floor)
    centred: bool = eqx.field(default=True, static=True, converter=lambda value: _check.flag(value, "centred"))

    needs_adapt_data: ClassVar[bool] = True

    def _cumulative(self, points: Any, weights: Any, pixels: int, *, xp: Any) -> RankCumulative:
        return rank_cumulative(points, weights, xp=xp)

    def _weights(self, adapt_data: Any, points: Any) -> Any:
        return image_weights(adapt_data, points, self.weight_power, self.weight_floor)
