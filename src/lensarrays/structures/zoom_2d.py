"""The part of an image that holds the used pixels of its mask."""

from typing import Any

import equinox as eqx

from .. import _check
from . import mask_shapes
from .geometry_2d import Geometry2D
from .mask_index import used_box


class Zoom2D(eqx.Module):
    """The square about the used pixels of a mask, as autoarray crops it; reached as `mask.zoom`.

    The square may reach beyond the image. What lies there is zero, and counts as used, as in autoarray.

    Examples
    --------
    >>> from lensarrays import Mask2D
    >>> mask = Mask2D.circular(shape_native=(9, 9), radius=0.25, pixel_scales=0.1)
    >>> mask.zoom.region
    [2, 7, 2, 7]
    """

    mask: Any

    @property
    def centre(self) -> tuple[float, float]:
        """Row and column of the middle of the used pixels; half-integers where a side is even."""
        (y0, y1), (x0, x1) = used_box(self.mask)
        return (y0 + y1 - 1) / 2.0, (x0 + x1 - 1) / 2.0

    @property
    def offset_pixels(self) -> tuple[float, float]:
        """Rows and columns from the middle of the image to that of the used pixels."""
        centre, middle = self.centre, self.mask.geometry.central_pixel_coordinates
        return centre[0] - middle[0], centre[1] - middle[1]

    @property
    def offset_scaled(self) -> tuple[float, float]:
        """The same offset as (y, x) [arcsec]."""
        (row, column), (y, x) = self.offset_pixels, self.mask.pixel_scales
        return -y * row, x * column

    @property
    def region(self) -> list[int]:
        """Rows and columns of the square, [y0, y1, x0, x1], the last ones exclusive."""
        (y0, y1), (x0, x1) = used_box(self.mask)
        taller = int(((y1 - y0) - (x1 - x0)) / 2)  # towards zero, so an odd difference leaves the square one pixel short
        dx, dy = max(taller, 0), max(-taller, 0)
        return [y0 - dy, y1 + dy, x0 - dx, x1 + dx]

    @property
    def shape_native(self) -> tuple[int, int]:
        """Rows and columns of the square."""
        y0, y1, x0, x1 = self.region
        return y1 - y0, x1 - x0

    def extent_from(self, buffer: int = 1) -> tuple[float, float, float, float]:
        """Return the edges of the square and a buffer of pixels as (x_min, x_max, y_min, y_max).

        As in autoarray they are laid about `centre`, which is in pixels.
        """
        buffer = _check.whole_number(buffer, "buffer")
        shape = tuple(size + 2 * buffer for size in self.shape_native)
        return Geometry2D(shape, self.mask.pixel_scales, origin=self.centre).extent

    def mask_2d_from(self, buffer: int = 1) -> Any:
        """Return the mask cropped to the square and a buffer of pixels."""
        return type(self.mask)(self._cut(self.mask.array, buffer), self.mask.pixel_scales, self.mask.origin)

    def array_2d_from(self, array: Any, buffer: int = 1) -> Any:
        """Return an image cropped to the square and a buffer of pixels; its origin is the centre of the used pixels.

        Raises
        ------
        TypeError
            If `array` is not an image with one value per pixel, such as an Array2D; `Grid2D.from_mask` makes a grid.
        ValueError
            If it is of another shape than the mask.
        """
        if getattr(array, "_value_shape", None) != () or not hasattr(array, "mask"):
            raise TypeError(
                f"`array` must be an Array2D, with one value per pixel, but is a {type(array).__name__}; crop the `y` and `x` "
                f"of vectors, and make a grid of `mask_2d_from()` with `Grid2D.from_mask`."
            )
        if array.shape_native != self.mask.shape_native:
            raise ValueError(
                f"`array` must have the shape of the mask, {self.mask.shape_native}, but has {array.shape_native}; "
                f"zoom with the mask of this image."
            )
        masked = self._cut(self.mask.array, buffer)
        mask = type(self.mask)(masked, array.pixel_scales, origin=array.mask.mask_centre)
        return type(array).from_native(self._cut(array.native, buffer), mask)

    def _cut(self, native: Any, buffer: int) -> Any:
        y0, y1, x0, x1 = self.region
        buffer = _check.whole_number(buffer, "buffer")
        starts, stops = [y0 - buffer, x0 - buffer], [y1 + buffer, x1 + buffer]
        return mask_shapes.cut(native, starts, stops)
