"""Coordinates without a mask."""

import math
from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from jaxtyping import Shaped

from .. import _check
from .._backend import namespace, readonly
from .._typing import Array
from .abstract import owned, stacked
from .arithmetic import bare, with_values
from .array_irregular import AbstractIrregular, ArrayIrregular
from .coordinates import AbstractCoordinates, cosine_and_sine, floating, root, shifted_and_rotated, squared_distances

_DISTANCES_AT_ONCE = 2**22  # 32 MB in float64


class GeometryIrregular(NamedTuple):
    """The region that the points of an irregular grid span; pairs are (y, x) [arcsec]."""

    scaled_minima: tuple
    scaled_maxima: tuple
    shape_native_scaled: tuple
    extent: tuple


class Grid2DIrregular(AbstractIrregular, AbstractCoordinates):
    """Coordinates (y, x) that need not form an image: traced sub-pixels, positions of images.

    Parameters
    ----------
    values : array or list of (y, x), shape (..., n, 2)
        Coordinates [arcsec]; leading axes are a batch. A writeable NumPy array is copied, integers become floats.

    Examples
    --------
    >>> from lensarrays import Grid2DIrregular
    >>> grid = Grid2DIrregular([(0.0, 1.0), (3.0, 4.0)])
    >>> grid.distances_to_coordinate_from((0.0, 0.0)).array
    array([1., 5.])
    """

    values: Shaped[Array, "... n 2"]

    _value_shape: ClassVar[tuple[int, ...]] = (2,)

    def __init__(self, values: Any):
        self.values = owned(floating(values))

    @classmethod
    def from_yx_1d(cls, y: Any, x: Any) -> Self:
        """Return the grid of y and x coordinates, each of shape (..., n) [arcsec]."""
        return cls(stacked(y, x))

    @classmethod
    def from_pixels_and_mask(cls, pixels: Any, mask: Any) -> Self:
        """Return the centres of pixels (row, column) of the image of a mask."""
        rows_columns = _check.static_array(bare(pixels), "pixels")
        if rows_columns.ndim != 2 or rows_columns.shape[-1] != 2:
            raise ValueError(
                f"`pixels` must have shape (n, 2), as (row, column), but has {rows_columns.shape}; put a single one in a list."
            )
        _check.finite(rows_columns, "pixels")
        y, x = mask.geometry.scaled_coordinates_2d_from((rows_columns[:, 0], rows_columns[:, 1]))
        return cls.from_yx_1d(y, x)

    @property
    def geometry(self) -> GeometryIrregular:
        """The region that the points span."""
        extent = tuple(self.extent_with_buffer_from(buffer=0.0))
        return GeometryIrregular(self.scaled_minima, self.scaled_maxima, self.shape_native_scaled_interior, extent)

    def squared_distances_to_coordinate_from(self, coordinate: Any = (0.0, 0.0)) -> ArrayIrregular:
        """Return the squared distance of every point from a (y, x) coordinate [arcsec^2]."""
        return ArrayIrregular(readonly(squared_distances(self.values, coordinate)))

    def distances_to_coordinate_from(self, coordinate: Any = (0.0, 0.0)) -> ArrayIrregular:
        """Return the distance of every point from a (y, x) coordinate [arcsec]."""
        return ArrayIrregular(readonly(root(squared_distances(self.values, coordinate))))

    @property
    def furthest_distances_to_other_coordinates(self) -> ArrayIrregular:
        """The distance from every point to the one furthest from it [arcsec]."""
        xp = namespace(self.values)
        parts = [xp.max(squared, axis=-1) for squared in _squared_between(self.values, self.values)]
        return ArrayIrregular(readonly(root(xp.concat(parts, axis=-1))))

    def grid_of_closest_from(self, grid_pair: Any) -> Self:
        """Return, for every point of another grid, the point of this one that is closest to it."""
        pair = floating(grid_pair, "grid_pair")
        xp = namespace(self.values, pair)
        points, other = xp.asarray(self.values), xp.asarray(pair)
        nearest = xp.concat([xp.argmin(squared, axis=-1) for squared in _squared_between(other, points)], axis=-1)
        # One axis at a time, as `take_along_axis` does not broadcast the others in every library.
        batch = nearest.shape[:-1]
        points = xp.broadcast_to(points, (*batch, *points.shape[-2:]))
        index = xp.broadcast_to(nearest[..., None], (*nearest.shape, 2))
        return with_values(self, xp.take_along_axis(points, index, axis=-2))

    def subtracted_and_rotated_from(self, offset: Any, angle: Any) -> Self:
        """Return the coordinates less an offset (y, x) [arcsec], turned counter-clockwise by an angle [degrees]."""
        return with_values(self, shifted_and_rotated(self.values, offset, *cosine_and_sine(self.values, angle)))


def _squared_between(points: Any, others: Any) -> Iterator[Any]:
    """Yield the squared distances of some points (..., m, 2) from all others (..., n, 2), shape (..., chunk, n), till all had
    their turn: never more than a bounded number of them at once.
    """
    batch = np.broadcast_shapes(points.shape[:-2], others.shape[:-2])
    per_point = max(1, math.prod(batch) * others.shape[-2])
    chunk = max(1, _DISTANCES_AT_ONCE // per_point)
    size = points.shape[-2]
    for start in range(0, max(1, size), chunk):
        part = points[..., start : min(start + chunk, size), None, :]
        yield (part[..., 0] - others[..., None, :, 0]) ** 2 + (part[..., 1] - others[..., None, :, 1]) ** 2
