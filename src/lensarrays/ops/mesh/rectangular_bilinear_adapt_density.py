"""The rectangular mesh that follows the density of rays, by rank."""

from typing import Any, final

import equinox as eqx

from ... import _check
from ._adaptive_rectangle import AbstractAdaptiveRectangular
from ._rank_cumulative import RankCumulative, rank_cumulative
from ._rectangle import mesh_shape


@final
class RectangularBilinearAdaptDensity(AbstractAdaptiveRectangular):
    """Rows and columns that follow how dense rays are, so that pixels are small where the magnification is large.

    A distribution by ranks depends on the order of the rays, not on where they are: with an over-sampling size of 1 the
    weights do not change while the order does not, and have no useful gradient with respect to the mass, it is zero. With
    larger sizes there is one, of a function with many kinks. For gradients use the `RectangularRTU` meshes.
    Rays of equal y, or x, have the last of their ranks.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns, 3 or more.

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

    >>> mesh = la.mesh.RectangularBilinearAdaptDensity(shape=(5, 6))
    >>> mesh.mapper_from(grid.values, mask=grid.mask, over_sample_size=1).indexes[0]
    array([ 7,  8, 13, 14])
    """

    shape: tuple[int, int] = eqx.field(default=(3, 3), static=True, converter=mesh_shape)
    centred: bool = eqx.field(default=True, static=True, converter=lambda value: _check.flag(value, "centred"))

    def _cumulative(self, points: Any, weights: Any, pixels: int, *, xp: Any) -> RankCumulative:
        return rank_cumulative(points, weights, xp=xp)
