"""Where the pixels of a uniform image are: between pixel indices and arcseconds."""

import math
from typing import Any

import equinox as eqx
import numpy as np

from .. import _check
from .._backend import namespace
from .arithmetic import bare, with_values
from .coordinates import floating

_SIGN = np.array([-1.0, 1.0])  # row 0 is at the largest y, column 0 at the smallest x


class Geometry2D(eqx.Module):
    """The shape, pixel scales and origin of a uniform image; all of it static.

    Coordinates are `(y, x)` in arcseconds; `y` increases upwards while rows count downwards, so row 0 has the largest `y`.

    Parameters
    ----------
    shape_native : (int, int)
        Rows and columns of the image.
    pixel_scales : float or (float, float)
        Size of a pixel along y and x [arcsec].
    origin : (float, float)
        Coordinates of the centre of the image [arcsec].

    Examples
    --------
    >>> from lensarrays import Geometry2D
    >>> geometry = Geometry2D(shape_native=(3, 4), pixel_scales=0.5)
    >>> geometry.extent
    (-1.0, 1.0, -0.75, 0.75)
    >>> geometry.pixel_coordinates_2d_from((0.5, -0.75))
    (0, 0)
    """

    shape_native: tuple[int, int] = eqx.field(static=True)
    pixel_scales: tuple[float, float] = eqx.field(static=True)
    origin: tuple[float, float] = eqx.field(static=True)

    def __init__(self, shape_native: Any, pixel_scales: Any, origin: Any = (0.0, 0.0)):
        self.shape_native = _check.shape_native(shape_native)
        self.pixel_scales = _check.pixel_scales(pixel_scales)
        self.origin = _check.pair(origin, "origin")

    @property
    def shape_native_scaled(self) -> tuple[float, float]:
        """Height and width of the image, from pixel edge to pixel edge [arcsec]."""
        return self.pixel_scales[0] * self.shape_native[0], self.pixel_scales[1] * self.shape_native[1]

    @property
    def scaled_maxima(self) -> tuple[float, float]:
        """The largest (y, x) of any pixel edge [arcsec]."""
        height, width = self.shape_native_scaled
        return height / 2.0 + self.origin[0], width / 2.0 + self.origin[1]

    @property
    def scaled_minima(self) -> tuple[float, float]:
        """The smallest (y, x) of any pixel edge [arcsec]."""
        height, width = self.shape_native_scaled
        return -height / 2.0 + self.origin[0], -width / 2.0 + self.origin[1]

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """The pixel edges as Matplotlib's `imshow` wants them: (x_min, x_max, y_min, y_max) [arcsec]."""
        (y_min, x_min), (y_max, x_max) = self.scaled_minima, self.scaled_maxima
        return x_min, x_max, y_min, y_max

    @property
    def extent_square(self) -> tuple[float, float, float, float]:
        """The extent with its shorter side widened about the same centre to the length of the longer one [arcsec]."""
        half, (y, x) = max(self.shape_native_scaled) / 2.0, self.origin
        return x - half, x + half, y - half, y + half

    @property
    def central_pixel_coordinates(self) -> tuple[float, float]:
        """Row and column of the middle of the image; half-integers where a side is even."""
        return (self.shape_native[0] - 1) / 2.0, (self.shape_native[1] - 1) / 2.0

    @property
    def central_scaled_coordinates(self) -> tuple[float, float]:
        """Row and column, as floats, at which the coordinates (0, 0) arcsec lie; autoarray's name."""
        row, column = self.central_pixel_coordinates
        return row + self.origin[0] / self.pixel_scales[0], column - self.origin[1] / self.pixel_scales[1]

    def pixel_coordinates_2d_from(self, scaled_coordinates_2d: tuple[float, float]) -> tuple[int, int]:
        """Return the pixel (row, column) that holds a (y, x) coordinate [arcsec].

        As in autoarray the row and column are truncated towards zero and not checked against the image: a coordinate up
        to one pixel outside the top or left edge is given row or column 0, one further out a negative number.

        Raises
        ------
        TypeError
            If the coordinate is traced: the result is Python integers; `grid_pixel_centres_2d_from` is for arrays.
        ValueError
            If it is not two finite numbers.
        """
        row, column = self._float_pixel(scaled_coordinates_2d)
        return math.trunc(row + 0.5), math.trunc(column + 0.5)

    def pixel_coordinates_wcs_2d_from(self, scaled_coordinates_2d: tuple[float, float]) -> tuple[float, float]:
        """Return the FITS pixel coordinates (row, column) of a (y, x) coordinate: floats, the first pixel's centre at 1."""
        row, column = self._float_pixel(scaled_coordinates_2d)
        return row + 1.0, column + 1.0

    def scaled_coordinates_2d_from(self, pixel_coordinates_2d: tuple[float, float]) -> tuple[float, float]:
        """Return the (y, x) [arcsec] of the centre of a pixel (row, column)."""
        row, column = self.central_scaled_coordinates
        return (
            -self.pixel_scales[0] * (pixel_coordinates_2d[0] - row),
            self.pixel_scales[1] * (pixel_coordinates_2d[1] - column),
        )

    def scaled_coordinate_2d_to_scaled_at_pixel_centre_from(
        self, scaled_coordinate_2d: tuple[float, float]
    ) -> tuple[float, float]:
        """Return the centre of the pixel that holds a (y, x) coordinate [arcsec]."""
        return self.scaled_coordinates_2d_from(self.pixel_coordinates_2d_from(scaled_coordinate_2d))

    def _float_pixel(self, scaled: tuple[float, float]) -> tuple[float, float]:
        (row, column), (y, x) = self.central_pixel_coordinates, _check.pair(scaled, "scaled_coordinates_2d")
        return (self.origin[0] - y) / self.pixel_scales[0] + row, (x - self.origin[1]) / self.pixel_scales[1] + column

    def grid_pixels_2d_from(self, grid_scaled_2d: Any) -> Any:
        """Return (row, column) as floats for a grid of (y, x) [arcsec]; 0.5 is added, so pixel 0 spans 0 to 1.

        Takes and returns a grid, or a bare array `(..., n, 2)`; a list gives an array.
        """
        scaled = floating(grid_scaled_2d, "grid_scaled_2d")
        scale, centre = _like(scaled, _SIGN / self.pixel_scales, np.asarray(self.central_scaled_coordinates) + 0.5)
        return with_values(grid_scaled_2d, scaled * scale + centre)

    def grid_pixel_centres_2d_from(self, grid_scaled_2d: Any) -> Any:
        """Return the pixel (row, column), as integers truncated towards zero, that holds each (y, x) of a grid [arcsec].

        Raises
        ------
        ValueError
            If a coordinate is not finite, so that no pixel holds it; under `jit` the result is meaningless there.
        """
        _check.finite(floating(grid_scaled_2d, "grid_scaled_2d"), "grid_scaled_2d")
        pixels = bare(self.grid_pixels_2d_from(grid_scaled_2d))
        xp = namespace(pixels)
        return with_values(grid_scaled_2d, xp.astype(pixels, xp.asarray(np.empty(0, dtype=int)).dtype))

    def grid_pixel_indexes_2d_from(self, grid_scaled_2d: Any) -> Any:
        """Return the flat index (row times nx plus column) of the pixel that holds each (y, x): a bare array `(..., n)`."""
        pixels = bare(self.grid_pixel_centres_2d_from(grid_scaled_2d))
        return pixels[..., 0] * self.shape_native[1] + pixels[..., 1]

    def grid_scaled_2d_from(self, grid_pixels_2d: Any) -> Any:
        """Return the (y, x) [arcsec] of a grid of (row, column): the inverse of `grid_pixels_2d_from`."""
        pixels = floating(grid_pixels_2d, "grid_pixels_2d")
        scale, centre = _like(pixels, _SIGN * self.pixel_scales, np.asarray(self.central_scaled_coordinates) + 0.5)
        return with_values(grid_pixels_2d, (pixels - centre) * scale)


def _like(values: Any, *constants: np.ndarray) -> list:
    """Return static constants as arrays of the library and precision of `values`."""
    xp = namespace(values)
    return [xp.asarray(constant, dtype=values.dtype) for constant in constants]
