"""Kernels: point-spread functions."""

from typing import Any, Self

import numpy as np
from jaxtyping import Shaped

from .. import _check
from .._backend import namespace, readonly
from .._typing import Array
from . import diffraction, fits
from .abstract import as_array, owned
from .arithmetic import with_values
from .mask_2d import Mask2D
from .uniform_2d import AbstractUniform2D


class Kernel2D(AbstractUniform2D):
    """A point-spread function, or another kernel to convolve images with; its middle pixel is its centre.

    Parameters
    ----------
    values : array or list, shape (..., ky * kx)
        The kernel in the order of its rows; leading axes are a batch. An array (ky, kx) goes through `no_mask`.
    mask : Mask2D
        Its shape and pixel scales; it masks nothing.

    Raises
    ------
    ValueError
        If a side is even, so that there is no middle pixel, or the mask masks a pixel.

    Examples
    --------
    >>> from lensarrays import Kernel2D
    >>> kernel = Kernel2D.from_gaussian(shape_native=(3, 3), pixel_scales=0.1, sigma=0.1, normalize=True)
    >>> round(float(kernel.sum()), 12)
    1.0
    """

    values: Shaped[Array, "... ky*kx"]
    mask: Mask2D

    def __init__(self, values: Any, mask: Mask2D):
        self.values = owned(values)
        self.mask = mask

    def __check_init__(self) -> None:
        AbstractUniform2D.__check_init__(self)
        ky, kx = self.mask.shape_native
        if ky % 2 == 0 or kx % 2 == 0:
            raise ValueError(
                f"`kernel` must have odd sides, to have a centre pixel, but has shape {(ky, kx)}; "
                f"`Kernel2D.no_mask(values, pixel_scales, centre_pixel=(row, column))` pads it about its centre."
            )
        if not self.mask.is_all_false:
            raise ValueError(
                f"`mask` of a kernel must mask nothing, but is {self.mask!r}; set pixels of the kernel to zero instead."
            )

    @property
    def normalized(self) -> Self:
        """The kernel divided by its sum, so that convolution conserves flux.

        Raises
        ------
        ValueError
            If the sum is not positive; under `jit`, where it cannot be looked at, the result is NaN.
        """
        xp = namespace(self.values)
        total = xp.sum(self.values, axis=-1, keepdims=True)
        if _check.fails((total > 0) & xp.isfinite(total)):
            raise ValueError(
                f"`kernel` must have a positive sum to be normalised, but it is {float(xp.min(total)):.6g}; subtract its "
                f"background, or look at its values."
            )
        return with_values(self, self.values / xp.where(total > 0, total, xp.nan))

    @property
    def reversed_kernel(self) -> Self:
        """The kernel turned by 180 degrees: convolving with it is the adjoint of convolving with this one."""
        return with_values(self, namespace(self.values).flip(self.values, axis=-1))

    def output_to_fits(self, file_path: Any, overwrite: bool = False) -> None:
        """Write the kernel to a FITS file, with its geometry in the header.

        Raises
        ------
        FileExistsError
            If the file exists and `overwrite` is not set.
        """
        fits.write_array(file_path, "psf", self, overwrite=overwrite)

    # Constructors.

    @classmethod
    def no_mask(
        cls,
        values: Any,
        pixel_scales: Any,
        shape_native: tuple[int, int] | None = None,
        origin: Any = (0.0, 0.0),
        normalize: bool = False,
        *,
        centre_pixel: tuple[int, int] | None = None,
    ) -> Self:
        """Return the kernel of an array.

        Parameters
        ----------
        values : array or list, shape (..., ky, kx), or (..., ky * kx) with `shape_native`
            The kernel. Odd sides, unless `centre_pixel` is given.
        pixel_scales : float or (float, float)
            Size of a pixel along y and x [arcsec].
        shape_native : (int, int), optional
            Rows and columns, if `values` has one axis for all pixels.
        origin : (float, float)
            Coordinates (y, x) of its centre [arcsec].
        normalize : bool
            Whether to divide by the sum.
        centre_pixel : (int, int), optional
            Row and column of the pixel that is the centre; zeros are added to make it the middle one.

        Raises
        ------
        ValueError
            If a side is even and `centre_pixel` is not given, a value is not finite, or the sum is not positive.
        """
        values = as_array(values)
        _check.finite(values, "values")
        native = _in_rows_and_columns(values, shape_native)
        if centre_pixel is not None:
            native = _centred(native, centre_pixel)
        kernel = cls.from_native(native, Mask2D.all_false(native.shape[-2:], pixel_scales, origin))
        return kernel.normalized if normalize else kernel

    @classmethod
    def no_blur(cls, pixel_scales: Any, *, xp: Any = np) -> Self:
        """Return the kernel that changes nothing, (3, 3) with a one in its middle, as arrays of the library `xp`."""
        values = np.zeros((3, 3))
        values[1, 1] = 1.0
        return cls.no_mask(xp.asarray(values), pixel_scales)

    @classmethod
    def from_gaussian(
        cls,
        shape_native: Any,
        pixel_scales: Any,
        sigma: float,
        centre: Any = (0.0, 0.0),
        axis_ratio: float = 1.0,
        angle: float = 0.0,
        normalize: bool = False,
        *,
        xp: Any = np,
    ) -> Self:
        """Return an elliptical Gaussian, `exp(-r^2 / 2 sigma^2) / (sigma sqrt(2 pi))` at the pixel centres, as in autoarray.

        Parameters
        ----------
        shape_native : (int, int)
            Odd rows and columns.
        pixel_scales : float or (float, float)
            Size of a pixel along y and x [arcsec].
        sigma : float
            Width along the major axis [arcsec]; along the minor axis it is `axis_ratio` times this.
        centre : (float, float)
            Its centre (y, x) [arcsec].
        axis_ratio : float
            Minor over major axis.
        angle : float
            Of the major axis, counter-clockwise from the x axis [degrees].
        normalize : bool
            Whether to divide by the sum over the pixels.
        xp : module
            The array library of the result.
        """
        mask = Mask2D.all_false(shape_native, pixel_scales)
        sigma, q = _check.positive_number(sigma, "sigma"), _check.positive_number(axis_ratio, "axis_ratio")
        (cy, cx), radians = _check.pair(centre, "centre"), np.radians(_check.finite_number(angle, "angle"))
        c, s = np.cos(radians), np.sin(radians)
        y, x = np.moveaxis(mask.derive_grid.unmasked.array, -1, 0) - np.asarray([[cy], [cx]])
        along, across = x * c + y * s, y * c - x * s
        squared = along**2 + (across / q) ** 2
        values = np.exp(-0.5 * squared / sigma**2) / (sigma * np.sqrt(2.0 * np.pi))
        kernel = cls(readonly(xp.asarray(values)), mask)
        return kernel.normalized if normalize else kernel

    @classmethod
    def from_fits(
        cls,
        file_path: Any,
        hdu: int | str = 0,
        pixel_scales: Any = None,
        origin: Any = None,
        normalize: bool = False,
        *,
        centre_pixel: tuple[int, int] | None = None,
        xp: Any = np,
    ) -> Self:
        """Return the kernel in a FITS file.

        Pixel scales and origin that are not given are read from the header, as `output_to_fits` wrote them. The other
        arguments are those of `no_mask`.

        Raises
        ------
        FileNotFoundError, OSError
            If there is no such file, or it is not a FITS image.
        ValueError
            As for `no_mask`, and if the pixel scales are neither given nor in the header.
        """
        image = fits.read_image(file_path, hdu)
        scales, origin = fits.geometry_of(image, file_path, pixel_scales, origin)
        return cls.no_mask(xp.asarray(image.values), scales, None, origin, normalize, centre_pixel=centre_pixel)

    @classmethod
    def from_pupil(
        cls,
        shape_native: Any,
        pixel_scales: Any,
        wavelength: float,
        diameter: float,
        obscuration: float = 0.0,
        normalize: bool = True,
        *,
        xp: Any = np,
    ) -> Self:
        """Return the diffraction PSF of a circular pupil with a central obscuration, integrated over the pixels.

        Parameters
        ----------
        shape_native : (int, int)
            Odd rows and columns.
        pixel_scales : float or (float, float)
            Size of a pixel along y and x [arcsec].
        wavelength : float
            Wavelength [metre].
        diameter : float
            Diameter of the pupil [metre].
        obscuration : float
            Diameter of the central obscuration over that of the pupil, from 0 up to but excluding 1.
        normalize : bool
            Whether to divide by the sum; otherwise each pixel has its fraction of all light, part of which falls outside.
        xp : module
            The array library of the result.

        Raises
        ------
        ValueError
            If a side is even, a length is not positive or not in metres, or the obscuration is not in [0, 1).

        References
        ----------
        M. Born and E. Wolf, *Principles of Optics* (7th ed., 1999), section 8.5.2, equation 14.

        Examples
        --------
        >>> from lensarrays import Kernel2D
        >>> psf = Kernel2D.from_pupil((21, 21), pixel_scales=0.1, wavelength=0.7e-6, diameter=1.2, obscuration=0.3)
        >>> psf.shape_native
        (21, 21)
        """
        pattern = diffraction.diffraction_pattern(shape_native, pixel_scales, wavelength, diameter, obscuration)
        return cls.no_mask(xp.asarray(pattern), pixel_scales, normalize=normalize)


def _in_rows_and_columns(values: Any, shape_native: Any) -> Any:
    """Return the values of kernels as an array (..., ky, kx)."""
    if shape_native is not None:
        ky, kx = _check.shape_native(shape_native)
        if values.shape[-1:] != (ky * kx,):
            raise ValueError(
                f"`values` must have shape (..., {ky * kx}) to be of `shape_native` {(ky, kx)}, but has "
                f"{tuple(values.shape)}; leave `shape_native` out for an image."
            )
        return namespace(values).reshape(values, (*values.shape[:-1], ky, kx))
    if len(values.shape) < 2:
        raise ValueError(f"`values` must have shape (ky, kx), but has {tuple(values.shape)}; give `shape_native` as well.")
    return values


def _centred(values: Any, centre_pixel: Any) -> Any:
    """Return an array (..., ky, kx) with zeros added so that one of its pixels becomes the middle one."""
    xp, sides = namespace(values), tuple(values.shape[-2:])
    pixel = _check.static_array(centre_pixel, "centre_pixel")
    if pixel.shape != (2,) or pixel.dtype.kind not in "iu" or (pixel < 0).any() or (pixel >= sides).any():
        raise ValueError(
            f"`centre_pixel` must be a (row, column) inside the shape {sides}, but is {centre_pixel}; count from 0."
        )
    for axis, size, centre in zip((-2, -1), sides, map(int, pixel), strict=True):
        shape = list(values.shape)
        shape[axis] = abs(size - 1 - 2 * centre)
        zeros = xp.zeros(tuple(shape), dtype=values.dtype)
        values = xp.concat([zeros, values] if 2 * centre < size - 1 else [values, zeros], axis=axis)
    return values
