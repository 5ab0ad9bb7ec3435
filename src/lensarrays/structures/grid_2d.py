"""The grid of the coordinates of an image's pixels, and all the ways to make one."""

from typing import Any, Self

import equinox as eqx
import numpy as np
from jaxtyping import Shaped

from .. import _check
from .._backend import readonly
from .._typing import Array
from . import fits, sub_pixels
from .abstract import owned, stacked
from .abstract_grid_2d import AbstractGrid2D
from .coordinates import floating
from .mask_2d import Mask2D
from .static_array import StaticArray
from .sub_pixels import UNTURNED, Matrix


class Grid2D(AbstractGrid2D):
    """The coordinates (y, x) of the used pixels of a mask, and how finely each pixel is sampled.

    Parameters
    ----------
    values : array, shape (..., n, 2)
        Coordinates of the pixel centres [arcsec]; leading axes are a batch. A writeable NumPy array is copied, and
        integers become floats.
    mask : Mask2D
        Which pixels are used.
    over_sample_size : int, or array of shape (n,) or (ny, nx)
        Sub-pixels along a side of a pixel; static.
    sub_pixel_matrix : pair of pairs
        How sub-pixels lie about their pixel's centre, as seen from how they lie in the image: turned, say. Static.

    Raises
    ------
    ValueError
        If `values` does not have one pair per used pixel, or a size is not a positive integer.

    Examples
    --------
    >>> from lensarrays import Grid2D
    >>> grid = Grid2D.uniform(shape_native=(2, 2), pixel_scales=1.0, over_sample_size=2)
    >>> grid.native[0, 0]
    array([ 0.5, -0.5])
    >>> grid.over_sampled.array[:4].tolist()
    [[0.75, -0.75], [0.75, -0.25], [0.25, -0.75], [0.25, -0.25]]
    """

    values: Shaped[Array, "... n 2"]
    mask: Mask2D
    over_sample_size: int | StaticArray = eqx.field(static=True)
    sub_pixel_matrix: Matrix = eqx.field(static=True)

    def __init__(self, values: Any, mask: Mask2D, over_sample_size: Any = 4, *, sub_pixel_matrix: Matrix = UNTURNED):
        self.values = owned(floating(values))
        self.mask = mask
        self.over_sample_size = sub_pixels.static_sizes(over_sample_size, mask)
        self.sub_pixel_matrix = sub_pixel_matrix

    @classmethod
    def from_native(cls, native: Any, mask: Mask2D, over_sample_size: Any = 4) -> Self:
        """Return the grid of coordinates in image layout, (..., ny, nx, 2) [arcsec]; masked pixels are left out."""
        grid = super().from_native(native, mask)
        return cls(grid.values, mask, over_sample_size)

    @classmethod
    def no_mask(
        cls,
        values: Any,
        pixel_scales: Any,
        shape_native: tuple[int, int] | None = None,
        origin: Any = (0.0, 0.0),
        over_sample_size: Any = 4,
    ) -> Self:
        """Return an unmasked grid of coordinates, (ny, nx, 2), or (n, 2) with `shape_native` [arcsec].

        Raises
        ------
        ValueError
            If `values` and `shape_native` do not fit, or `values` has NaN or inf.
        """
        values = owned(values)
        _check.finite(values, "values")
        if shape_native is not None:
            return cls(values, Mask2D.all_false(shape_native, pixel_scales, origin), over_sample_size)
        if len(values.shape) < 3 or values.shape[-1] != 2:
            raise ValueError(
                f"`values` must have shape (..., ny, nx, 2), or (..., n, 2) with `shape_native`, but has {tuple(values.shape)} "
                f"and `shape_native` is None; give it, or reshape them."
            )
        return cls.from_native(values, Mask2D.all_false(values.shape[-3:-1], pixel_scales, origin), over_sample_size)

    @classmethod
    def from_yx_1d(
        cls, y: Any, x: Any, shape_native: Any, pixel_scales: Any, origin: Any = (0.0, 0.0), over_sample_size: Any = 4
    ) -> Self:
        """Return an unmasked grid of y and x coordinates, each of shape (n,) [arcsec]."""
        return cls.no_mask(stacked(y, x), pixel_scales, shape_native, origin, over_sample_size)

    @classmethod
    def from_yx_2d(cls, y: Any, x: Any, pixel_scales: Any, origin: Any = (0.0, 0.0), over_sample_size: Any = 4) -> Self:
        """Return an unmasked grid of y and x coordinates, each of shape (ny, nx) [arcsec]."""
        return cls.no_mask(stacked(y, x), pixel_scales, None, origin, over_sample_size)

    @classmethod
    def from_extent(cls, extent: Any, shape_native: Any, over_sample_size: Any = 4, *, xp: Any = np) -> Self:
        """Return the unmasked grid whose outermost pixel centres lie at `extent`, (x_min, x_max, y_min, y_max) [arcsec].

        As in autoarray the origin of its mask is (0, 0), wherever the coordinates are.
        """
        shape = _check.shape_native(shape_native)
        limits = _check.static_array(extent, "extent")
        if limits.shape != (4,) or not (limits[0] < limits[1] and limits[2] < limits[3]) or min(shape) < 2:
            raise ValueError(
                f"`extent` must be (x_min, x_max, y_min, y_max), each pair ascending, for two pixels or more a side, but is "
                f"{extent!r} for {shape}; give pixel centres, not edges."
            )
        y, x = np.linspace(limits[3], limits[2], shape[0]), np.linspace(limits[0], limits[1], shape[1])
        mask = Mask2D.all_false(shape, ((limits[3] - limits[2]) / (shape[0] - 1), (limits[1] - limits[0]) / (shape[1] - 1)))
        values = np.stack(np.meshgrid(y, x, indexing="ij"), axis=-1).reshape(-1, 2)
        return cls(readonly(xp.asarray(values)), mask, over_sample_size)

    @classmethod
    def uniform(
        cls, shape_native: Any, pixel_scales: Any, origin: Any = (0.0, 0.0), over_sample_size: Any = 4, *, xp: Any = np
    ) -> Self:
        """Return the grid of all pixel centres of an image.

        Parameters
        ----------
        shape_native : (int, int)
            Rows and columns.
        pixel_scales : float or (float, float)
            Size of a pixel along y and x [arcsec].
        origin : (float, float)
            Coordinates (y, x) of the centre of the image [arcsec].
        over_sample_size : int, or array of shape (n,) or (ny, nx)
            Sub-pixels along a side of a pixel.
        xp : module
            The array library of the result.

        Raises
        ------
        ValueError
            If a shape, scale or size is not positive.
        TypeError
            If one of them is traced: they decide shapes.
        """
        return cls.from_mask(Mask2D.all_false(shape_native, pixel_scales, origin), over_sample_size, xp=xp)

    @classmethod
    def bounding_box(
        cls,
        bounding_box: Any,
        shape_native: Any,
        buffer_around_corners: bool = False,
        over_sample_size: Any = 4,
        *,
        xp: Any = np,
    ) -> Self:
        """Return the grid that fills a box, (y_min, y_max, x_min, x_max) [arcsec].

        Pixel edges end at the box, or with `buffer_around_corners` the outermost pixel centres do.
        """
        ny, nx = _check.shape_native(shape_native)
        box = _check.static_array(bounding_box, "bounding_box")
        steps = (ny - 1, nx - 1) if buffer_around_corners else (ny, nx)
        if box.shape != (4,) or not (box[0] < box[1] and box[2] < box[3]) or min(steps) < 1:
            raise ValueError(
                f"`bounding_box` must be (y_min, y_max, x_min, x_max), each pair ascending, but is {bounding_box!r}, with at "
                f"least two pixels a side if `buffer_around_corners`, but `shape_native` is {(ny, nx)}; give it in arcseconds."
            )
        pixel_scales = ((box[1] - box[0]) / steps[0], (box[3] - box[2]) / steps[1])
        origin = ((box[0] + box[1]) / 2.0, (box[2] + box[3]) / 2.0)
        return cls.uniform((ny, nx), pixel_scales, origin, over_sample_size, xp=xp)

    @classmethod
    def from_mask(cls, mask: Mask2D, over_sample_size: Any = 4, *, xp: Any = np) -> Self:
        """Return the grid of the centres of the used pixels of a mask, as arrays of the library `xp`."""
        values = readonly(xp.asarray(sub_pixels.pixel_centres(mask)))
        return cls(values, mask, over_sample_size)

    @classmethod
    def blurring_grid_from(
        cls, mask: Mask2D, kernel_shape_native: tuple[int, int], over_sample_size: Any = 4, *, xp: Any = np
    ) -> Self:
        """Return the grid of the pixels outside a mask from which a kernel carries light into it.

        The image is enlarged, evenly on all sides, where the kernel reaches beyond it.
        """
        blurring_mask = mask.derive_mask.blurring_from(kernel_shape_native, allow_padding=True)
        return cls.from_mask(blurring_mask, over_sample_size, xp=xp)

    @classmethod
    def from_fits(
        cls, file_path: Any, pixel_scales: Any = None, origin: Any = None, over_sample_size: Any = 4, *, xp: Any = np
    ) -> Self:
        """Return the grid of the coordinates in a FITS file of shape (ny, nx, 2) [arcsec], as `output_to_fits` writes it.

        Raises
        ------
        FileNotFoundError, OSError
            If there is no such file, or it is not a FITS image.
        ValueError
            If the pixel scales are neither given nor in the header, or a coordinate is not finite.
        """
        image = fits.read_image(file_path, 0, ndim=3)
        scales, origin = fits.geometry_of(image, file_path, pixel_scales, origin)
        _check.finite(image.values, "values")
        masked = np.zeros(image.values.shape[:2], dtype=bool) if image.mask is None else image.mask
        grid = cls.from_native(image.values, Mask2D(masked, scales, origin), over_sample_size)
        return cls(xp.asarray(grid.values), grid.mask, over_sample_size)
