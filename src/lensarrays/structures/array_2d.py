"""An image: one number per used pixel of a mask."""

from typing import Any, Self

import numpy as np
from jaxtyping import Shaped

from .. import _check
from .._backend import namespace, readonly
from .._typing import Array
from . import fits
from .abstract import owned, stacked
from .arithmetic import bare
from .brightest import Region, brightest_pixel, centroid
from .mask_2d import Mask2D
from .uniform_2d import AbstractUniform2D


class Array2D(AbstractUniform2D):
    """One number per used pixel of a mask, in the order of the rows.

    Parameters
    ----------
    values : array or list, shape (..., n)
        One value per used pixel; leading axes are a batch. Any unit. A writeable NumPy array is copied.
    mask : Mask2D
        Which pixels are used.

    Raises
    ------
    ValueError
        If `values` does not have one value per used pixel. An image `(..., ny, nx)` goes through `Array2D.from_native`.

    Examples
    --------
    >>> import numpy as np
    >>> from lensarrays import Array2D, Mask2D
    >>> mask = Mask2D([[False, True], [False, False]], pixel_scales=0.1)
    >>> array = Array2D([1.0, 2.0, 3.0], mask)
    >>> array.native
    array([[1., 0.],
           [2., 3.]])
    >>> (2 * array + array).array
    array([3., 6., 9.])
    """

    values: Shaped[Array, "... n"]
    mask: Mask2D

    def __init__(self, values: Any, mask: Mask2D):
        self.values = owned(values)
        self.mask = mask

    @property
    def binned_across_rows(self) -> Any:
        """The mean of the used pixels of every column, bare, shape (..., nx); NaN where a column has none."""
        return self._binned(axis=-2)

    @property
    def binned_across_columns(self) -> Any:
        """The mean of the used pixels of every row, bare, shape (..., ny); NaN where a row has none."""
        return self._binned(axis=-1)

    def _binned(self, axis: int) -> Any:
        xp = namespace(self.values)
        native = self.native
        if not xp.isdtype(native.dtype, ("real floating", "complex floating")):
            native = xp.astype(native, xp.asarray(np.empty(0)).dtype)
        count = np.sum(~self.mask.array, axis=axis).astype(float)
        count[count == 0] = np.nan
        return xp.sum(native, axis=axis) / xp.asarray(count, dtype=native.dtype)

    def brightest_coordinate_in_region_from(
        self, region: Region | None = None, return_in_pixels: bool = False
    ) -> tuple[float, float]:
        """Return (y, x) [arcsec] of the centre of the brightest pixel, or its row and column.

        Parameters
        ----------
        region : (y_min, y_max, x_min, x_max), optional
            Where to look [arcsec]; everywhere if None.
        return_in_pixels : bool
            Whether to return row and column instead.

        Raises
        ------
        ValueError
            If the region holds no pixel, or this is a batch.
        TypeError
            If the values are traced, as the result is Python numbers.
        """
        pixel = brightest_pixel(self, region)
        return pixel if return_in_pixels else self.geometry.scaled_coordinates_2d_from(pixel)

    def brightest_sub_pixel_coordinate_in_region_from(
        self, region: Region | None = None, box_size: int = 1
    ) -> tuple[float, float]:
        """Return (y, x) [arcsec] of the centre of light of the pixels up to `box_size` away from the brightest one.

        The arguments and errors are those of `brightest_coordinate_in_region_from`.
        """
        pixel = centroid(self, brightest_pixel(self, region), box_size)
        return self.geometry.scaled_coordinates_2d_from(pixel)

    def output_to_fits(self, file_path: Any, overwrite: bool = False) -> None:
        """Write the image to a FITS file, with its geometry in the header and its mask, if it has one, beside it.

        Raises
        ------
        FileExistsError
            If the file exists and `overwrite` is not set.
        """
        fits.write_array(file_path, "data", self, overwrite=overwrite)

    # Constructors.

    @classmethod
    def no_mask(
        cls, values: Any, pixel_scales: Any, shape_native: tuple[int, int] | None = None, origin: Any = (0.0, 0.0)
    ) -> Self:
        """Return an unmasked image.

        Parameters
        ----------
        values : array or list, shape (ny, nx), or with `shape_native` (n,) or (ny, nx)
            Leading axes are a batch.
        pixel_scales : float or (float, float)
            Size of a pixel along y and x [arcsec].
        shape_native : (int, int), optional
            Rows and columns, if `values` has one axis for all pixels.
        origin : (float, float)
            Coordinates (y, x) of the centre of the image [arcsec].

        Raises
        ------
        ValueError
            If `values` and `shape_native` do not fit, or fit in two ways (one row of pixels, or a batch of one), or `values`
            has NaN or inf.
        """
        values = owned(values)
        _check.finite(values, "values")
        if shape_native is None:
            if len(values.shape) < 2:
                raise ValueError(
                    f"`shape_native` must be given with values of one axis, as (ny, nx), but is None, and `values` has shape "
                    f"{tuple(values.shape)}; give it, or an image."
                )
            return cls.from_native(values, Mask2D.all_false(values.shape[-2:], pixel_scales, origin))
        ny, nx = _check.shape_native(shape_native)
        is_image, is_slim = values.shape[-2:] == (ny, nx), values.shape[-1:] == (ny * nx,)
        if is_image == is_slim:
            found = f"{tuple(values.shape)}, which may be either" if is_image else str(tuple(values.shape))
            raise ValueError(
                f"`values` must have shape (..., {ny}, {nx}) or shape (..., {ny * nx}), as `shape_native` says, but has "
                f"{found}; an image needs no `shape_native`, and a batch of images goes through `Array2D(values, mask)`."
            )
        mask = Mask2D.all_false((ny, nx), pixel_scales, origin)
        return cls.from_native(values, mask) if is_image else cls(values, mask)

    @classmethod
    def full(cls, fill_value: float, shape_native: Any, pixel_scales: Any, origin: Any = (0.0, 0.0), *, xp: Any = np) -> Self:
        """Return an unmasked image with one value in every pixel, as an array of the library `xp`."""
        mask = Mask2D.all_false(shape_native, pixel_scales, origin)
        return cls(readonly(xp.full((mask.pixels_in_mask,), _check.finite_number(fill_value, "fill_value"))), mask)

    @classmethod
    def ones(cls, shape_native: Any, pixel_scales: Any, origin: Any = (0.0, 0.0), *, xp: Any = np) -> Self:
        """Return an unmasked image of ones, as an array of the library `xp`."""
        return cls.full(1.0, shape_native, pixel_scales, origin, xp=xp)

    @classmethod
    def zeros(cls, shape_native: Any, pixel_scales: Any, origin: Any = (0.0, 0.0), *, xp: Any = np) -> Self:
        """Return an unmasked image of zeros, as an array of the library `xp`."""
        return cls.full(0.0, shape_native, pixel_scales, origin, xp=xp)

    @classmethod
    def from_yx_and_values(cls, y: Any, x: Any, values: Any, shape_native: Any, pixel_scales: Any) -> Self:
        """Return the unmasked image whose k-th pixel is `values[i]`, with i the pixel that holds the k-th (y, x) [arcsec].

        This gathers, as autoarray does: `values` is in the order of the pixels, and (y, x) says which of them comes where.
        """
        mask = Mask2D.all_false(shape_native, pixel_scales)
        yx = stacked(_check.static_array(y, "y"), _check.static_array(x, "x"))
        pixels = mask.geometry.grid_pixel_centres_2d_from(yx)
        index = mask.geometry.grid_pixel_indexes_2d_from(yx)
        if index.shape != (mask.pixels_in_mask,) or (pixels < 0).any() or (pixels >= mask.shape_native).any():
            raise ValueError(
                f"`y` and `x` must hold one coordinate inside the image of shape {mask.shape_native} for each pixel, but "
                f"have shape {index.shape}, or reach outside; compare them with `geometry.extent`."
            )
        values = owned(values)
        if values.shape[-1:] != (mask.pixels_in_mask,):
            raise ValueError(
                f"`values` must have shape (..., {mask.pixels_in_mask}), one per pixel, but has {tuple(values.shape)}; "
                f"choose the `shape_native` that it is of."
            )
        xp = namespace(values)
        return cls(xp.take(values, xp.asarray(index), axis=-1), mask)

    @classmethod
    def from_fits(
        cls,
        file_path: Any,
        pixel_scales: Any = None,
        hdu: int | str = 0,
        origin: Any = None,
        *,
        non_finite: str = "raise",
        xp: Any = np,
    ) -> Self:
        """Return the image in a FITS file; row 0 of the file is row 0 of the image.

        Parameters
        ----------
        file_path : path
            A FITS file, which may be compressed.
        pixel_scales : float or (float, float), optional
            Size of a pixel along y and x [arcsec]; by default what the header says, as `output_to_fits` wrote it.
        hdu : int or str
            Number or name of the HDU.
        origin : (float, float), optional
            Coordinates (y, x) of the centre of the image [arcsec]; by default what the header says, or (0, 0).
        non_finite : "raise" or "mask"
            What to do with pixels that are NaN or infinite: raise, or mask them.
        xp : module
            The array library of the result.

        Raises
        ------
        FileNotFoundError, OSError
            If there is no such file, or it is not a FITS image.
        ValueError
            If the pixel scales are neither given nor in the header, or a pixel is not finite.
        """
        image = fits.read_image(file_path, hdu, ndim=None)
        masked = np.zeros(image.values.shape[-2:], dtype=bool) if image.mask is None else image.mask
        if non_finite not in ("raise", "mask"):
            raise ValueError(f'`non_finite` must be "raise" or "mask", but is {non_finite!r}.')
        if non_finite == "mask":
            masked = masked | ~np.isfinite(image.values).reshape(-1, *masked.shape).all(axis=0)
        mask = Mask2D(masked, *fits.geometry_of(image, file_path, pixel_scales, origin))
        array = cls.from_native(readonly(image.values), mask)
        try:
            _check.finite(array.values, "values")
        except ValueError as err:
            raise ValueError(f"{err} The file is '{file_path}'; `non_finite=\"mask\"` masks these pixels.") from None
        return cls(xp.asarray(bare(array)), mask)
