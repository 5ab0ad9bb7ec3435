"""What a camera delivers: an image, its noise, and the point-spread function."""

from pathlib import Path
from typing import Any, Self, final

import equinox as eqx
import numpy as np

from .. import _check
from .._backend import namespace
from ..ops._grids import Grids, grids_of
from ..ops.argument_types import check_types
from ..ops.convolution.checks import check_kernel
from ..structures import Array2D, Grid2D, Kernel2D, Mask2D, StaticArray
from ..structures.arithmetic import check_same_mask
from ..structures.sub_pixels import static_sizes

FILE_NAMES = ("data.fits", "noise_map.fits", "psf.fits")


@final
class Imaging(eqx.Module):
    """An observation of a CCD: a pytree of three leaves, the data, the noise and the kernel.

    Parameters
    ----------
    data : Array2D, shape (..., n)
        The image; leading axes are a batch. Any unit, electrons per second say.
    noise_map : Array2D, shape (..., n)
        The standard deviation of every pixel of `data`, in its unit.
    psf : Kernel2D, optional
        The point-spread function, of the pixel scales of the image.
        It is not normalised: see `Kernel2D.normalized`, and `use_normalized_psf` of `from_fits`.
    over_sample_size_lp, over_sample_size_pixelization : int, or array of shape (n,) or (ny, nx)
        Sub-pixels along a side of a pixel, for light profiles and for pixelizations; static.

    Raises
    ------
    TypeError
        If `data` or `noise_map` is no Array2D, or `psf` no Kernel2D.
    ValueError
        If the masks or pixel scales differ, batches do not broadcast, the mask uses no pixel, the data are not finite, the
        noise is not positive, or the kernel is not finite or its sum not positive.
        Traced values cannot be looked at and pass.

    Examples
    --------
    >>> import lensarrays as la
    >>> data = la.Array2D.full(3.0, shape_native=(2, 2), pixel_scales=0.1)
    >>> noise_map = la.Array2D.full(0.5, shape_native=(2, 2), pixel_scales=0.1)
    >>> la.Imaging(data, noise_map).signal_to_noise_map.native
    array([[6., 6.],
           [6., 6.]])
    """

    data: Array2D
    noise_map: Array2D
    psf: Kernel2D | None
    over_sample_size_lp: int | StaticArray = eqx.field(static=True)
    over_sample_size_pixelization: int | StaticArray = eqx.field(static=True)

    def __init__(
        self,
        data: Array2D,
        noise_map: Array2D,
        psf: Kernel2D | None = None,
        over_sample_size_lp: Any = 4,
        over_sample_size_pixelization: Any = 4,
    ):
        check_types(data=(data, Array2D), noise_map=(noise_map, Array2D), psf=(psf, Kernel2D | None))
        check_same_mask(data, noise_map)
        _check_batches(data, noise_map)
        if data.mask.is_all_true:
            raise ValueError(f"`data` must have at least one used pixel, but its mask is {data.mask!r}; use another mask.")
        if psf is not None:
            _check_kernel(psf, data)
        _check.finite(data.values, "data")
        _check.positive(noise_map.values, "noise_map")
        self.data, self.noise_map, self.psf = data, noise_map, psf
        self.over_sample_size_lp = static_sizes(over_sample_size_lp, data.mask, "over_sample_size_lp")
        self.over_sample_size_pixelization = static_sizes(
            over_sample_size_pixelization, data.mask, "over_sample_size_pixelization"
        )

    @property
    def mask(self) -> Mask2D:
        """Which pixels are used."""
        return self.data.mask

    @property
    def shape_native(self) -> tuple[int, int]:
        """Rows and columns of the image."""
        return self.data.shape_native

    @property
    def pixel_scales(self) -> tuple[float, float]:
        """Size of a pixel along y and x [arcsec]."""
        return self.data.pixel_scales

    @property
    def grid(self) -> Grid2D:
        """The grid of the used pixels, over-sampled for light profiles: `grids.lp` [arcsec]."""
        return self.grids.lp

    @property
    def grids(self) -> Grids:
        """The grids for light profiles, for pixelizations, and of the pixels around: `grids.blurring` [arcsec]."""
        kernel_shape = None if self.psf is None else self.psf.shape_native
        return grids_of(self.mask, self.over_sample_size_lp, self.over_sample_size_pixelization, kernel_shape, self.data.values)

    @property
    def signal_to_noise_map(self) -> Array2D:
        """The data over the noise; negative data count as zero, as in autoarray."""
        ratio = self.data / self.noise_map
        return ratio * namespace(ratio.values).astype(ratio > 0, ratio.dtype)

    def apply_mask(self, mask: Mask2D) -> Self:
        """Return the observation on the used pixels of a mask, all of which it must have.

        Raises
        ------
        TypeError
            If it is no Mask2D.
        ValueError
            If the mask uses a pixel that is masked already, or is of another shape or pixel scale.
        """
        check_types(mask=(mask, Mask2D))
        if mask.shape_native == self.shape_native and (~mask.array & self.mask.array).any():
            raise ValueError(
                f"`mask` must use only pixels that the dataset has, but {mask!r} uses some that {self.mask!r} masks; "
                f"apply it to the dataset from before it was masked."
            )
        both = (self.over_sample_size_lp, self.over_sample_size_pixelization)
        sizes = (_native_sizes(size, self.mask) for size in both)
        return type(self)(self.data.apply_mask(mask), self.noise_map.apply_mask(mask), self.psf, *sizes)

    def apply_over_sampling(self, over_sample_size_lp: Any = None, over_sample_size_pixelization: Any = None) -> Self:
        """Return the observation with other over-sampling sizes.

        Parameters
        ----------
        over_sample_size_lp, over_sample_size_pixelization : int, or array of shape (n,) or (ny, nx), optional
            For light profiles and for pixelizations; what is not given stays. `over_sample_size_via_radial_bins_from` makes
            such arrays.
        """
        sizes = (
            self.over_sample_size_lp if over_sample_size_lp is None else over_sample_size_lp,
            self.over_sample_size_pixelization if over_sample_size_pixelization is None else over_sample_size_pixelization,
        )
        return type(self)(self.data, self.noise_map, self.psf, *sizes)

    # Files.

    @classmethod
    def from_fits(
        cls,
        data_path: Any,
        noise_map_path: Any,
        psf_path: Any = None,
        pixel_scales: Any = None,
        *,
        data_hdu: int | str = 0,
        noise_map_hdu: int | str = 0,
        psf_hdu: int | str = 0,
        use_normalized_psf: bool = True,
        over_sample_size_lp: Any = 4,
        over_sample_size_pixelization: Any = 4,
        non_finite: str = "raise",
        xp: Any = np,
    ) -> Self:
        """Read an observation from FITS files, which may be one file with several HDUs.

        Parameters
        ----------
        data_path, noise_map_path, psf_path : path
            The files; the last one may be missing.
        pixel_scales : float or (float, float), optional
            Size of a pixel along y and x [arcsec]; by default what the headers say, as `output_to_fits` wrote them.
        data_hdu, noise_map_hdu, psf_hdu : int or str
            Numbers or names of the HDUs.
        use_normalized_psf : bool
            Whether to divide the kernel by its sum.
        over_sample_size_lp, over_sample_size_pixelization : int, or array
            Sub-pixels along a side of a pixel, for light profiles and for pixelizations.
        non_finite : "raise" or "mask"
            What to do with pixels that cannot be fitted: where the data or the noise are NaN or infinite, or the noise is zero
            or negative, as it is at the edges of many mosaics. A mask that is applied later may not use those that are masked.
        xp : module
            The array library of the result.

        Raises
        ------
        FileNotFoundError, OSError, ValueError
            As `Array2D.from_fits` and `Imaging` do.
        """
        data = Array2D.from_fits(data_path, pixel_scales, data_hdu, non_finite=non_finite, xp=xp)
        noise_map = Array2D.from_fits(noise_map_path, pixel_scales, noise_map_hdu, non_finite=non_finite, xp=xp)
        psf = None
        if psf_path is not None:
            psf = Kernel2D.from_fits(psf_path, psf_hdu, pixel_scales, normalize=use_normalized_psf, xp=xp)
        if non_finite == "mask":
            masked = data.mask.array | noise_map.mask.array
            masked[~noise_map.mask.array] |= np.asarray(noise_map.values <= 0)
            usable = Mask2D(masked, data.pixel_scales, data.origin)
            data, noise_map = (part if part.mask == usable else part.apply_mask(usable) for part in (data, noise_map))
        else:
            cure = 'pass `non_finite="mask"`, which masks these pixels, or give them a positive value'
            _check.positive(noise_map.values, "noise_map", cure)
        return cls(data, noise_map, psf, over_sample_size_lp, over_sample_size_pixelization)

    def output_to_fits(self, path: Any, overwrite: bool = False) -> None:
        """Write `data.fits`, `noise_map.fits` and, if there is a kernel, `psf.fits` to a folder, which is made if need be.

        Raises
        ------
        FileExistsError
            If one of the files exists and `overwrite` is not set; none is then written.
        """
        parts = {
            name: part for name, part in zip(FILE_NAMES, (self.data, self.noise_map, self.psf), strict=True) if part is not None
        }
        existing = [name for name in parts if (Path(path) / name).exists()]
        if existing and not overwrite:
            raise FileExistsError(
                f"`path` must be a folder without {' or '.join(parts)}, but '{path}' has {', '.join(existing)}; pass "
                f"`overwrite=True` to replace them, or choose another folder."
            )
        for name, part in parts.items():
            part.output_to_fits(Path(path) / name, overwrite=overwrite)


def _native_sizes(over_sample_size: int | StaticArray, mask: Mask2D) -> Any:
    """Return over-sampling sizes such that they can be given with a smaller mask: one for each pixel of the image."""
    if isinstance(over_sample_size, int):
        return over_sample_size
    sizes = np.ones(mask.shape_native, dtype=int)
    sizes[~mask.array] = over_sample_size.array
    return sizes


def _check_kernel(psf: Kernel2D, data: Array2D) -> None:
    """Raise unless a kernel has the pixel scales of the data, and is a PSF."""
    if not np.allclose(psf.pixel_scales, data.pixel_scales, rtol=1e-6):
        raise ValueError(
            f"`psf` must have the pixel scales of the data, {data.pixel_scales}, but has {psf.pixel_scales}; "
            f"resample it, or give it the right `pixel_scales`."
        )
    check_kernel(psf)


def _check_batches(data: Array2D, noise_map: Array2D) -> None:
    """Raise unless the batch axes of the data and of the noise broadcast."""
    batches = [tuple(part.values.shape[:-1]) for part in (data, noise_map)]
    try:
        np.broadcast_shapes(*batches)
    except ValueError as err:
        raise ValueError(
            f"`noise_map` must have batch axes that broadcast with those of the data, {batches[0]}, but has {batches[1]}; give "
            f"one map for each image, or one for all."
        ) from err
