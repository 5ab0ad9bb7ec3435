"""What an interferometer delivers: visibilities, their noise, and where in the uv plane they are."""

from typing import Any, NamedTuple, Self, final

import equinox as eqx
import numpy as np

from .._backend import namespace, readonly
from ..ops._grids import Grids, grids_of
from ..ops.argument_types import check_types
from ..ops.interferometry.nufft import TransformerNUFFT
from ..ops.interferometry.w_tilde import WTilde
from ..structures import Array2D, Grid2D, Mask2D, StaticArray, Visibilities
from ..structures.sub_pixels import static_sizes
from ._checks import Known, check_data, check_number, known_from
from ._chi_squared import chi_squared_from
from ._files import pairs_of, write_files


class Remaining(NamedTuple):
    """The weighted dirty image (..., n), and the data term (...), of data less a model."""

    weighted_dirty_image: Array2D
    data_term: Any


@final
class Interferometer(eqx.Module):
    """An observation of an interferometer, and all that a fit needs to know of it.

    When it is made, the visibilities are summed up in two images, of a size that does not depend on their number: w-tilde and
    the weighted dirty image. A likelihood needs no more than these.

    Parameters
    ----------
    data : Visibilities, shape (..., k) [Jy]
        Leading axes are a batch.
    noise_map : Visibilities, shape (k,) [Jy]
        The standard deviations of real and imaginary parts, as real and imaginary parts.
    uv_wavelengths : array, shape (k, 2) [wavelength]
        The baselines (u, v).
    real_space_mask : Mask2D
        The pixels of the image plane that a model has light in.
    transformer_class : TransformerNUFFT or TransformerDFT
        How images become visibilities, and the other way round.
    over_sample_size_lp, over_sample_size_pixelization : int, or array of shape (n,) or (ny, nx)
        Sub-pixels along a side of a pixel, for light profiles and for pixelizations; static.
    w_tilde : WTilde, optional
        That of another dataset with these uv wavelengths, noise and mask, which is then not computed again.

    Attributes
    ----------
    transformer : TransformerNUFFT or TransformerDFT
    weighted_dirty_image : Array2D, shape (..., n) [Jy^-1]
        The adjoint transform of the data over the squared noise, d~: what a data vector is made of.
    data_term : array, shape (...)
        The sum of the squared data over the squared noise: chi squared of an empty model.
    noise_normalization : array, shape ()
        The sum of ln (2 pi sigma^2) over real and imaginary parts.

    Raises
    ------
    TypeError
        If an argument is of another kind.
    ValueError
        If the data are not finite, the noise is not positive, lengths differ, the mask uses no pixel, or W-tilde is another's.

    Warns
    -----
    UserWarning
        If there are baselines that the pixels of the mask are too coarse for.

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> mask = la.Mask2D.circular(shape_native=(20, 20), pixel_scales=0.1, radius=0.8)
    >>> uv_wavelengths = np.asarray([[1e5, 2e5], [-3e5, 1e5]])
    >>> data = la.Visibilities([1.0 + 0.5j, 0.8 - 0.1j])
    >>> dataset = la.Interferometer(data, la.Visibilities.full(0.1, 2), uv_wavelengths, mask)
    >>> dataset.data_term.round(6).item()
    190.0
    """

    data: Visibilities
    noise_map: Visibilities
    transformer: Any
    w_tilde: WTilde
    weighted_dirty_image: Array2D
    data_term: Any
    noise_normalization: Any
    over_sample_size_lp: int | StaticArray = eqx.field(static=True)
    over_sample_size_pixelization: int | StaticArray = eqx.field(static=True)

    def __init__(
        self,
        data: Visibilities,
        noise_map: Visibilities,
        uv_wavelengths: Any,
        real_space_mask: Mask2D,
        transformer_class: Any = TransformerNUFFT,
        over_sample_size_lp: Any = 1,
        over_sample_size_pixelization: Any = 1,
        *,
        w_tilde: WTilde | None = None,
    ):
        check_types(
            data=(data, Visibilities),
            noise_map=(noise_map, Visibilities),
            real_space_mask=(real_space_mask, Mask2D),
            w_tilde=(w_tilde, WTilde | None),
        )
        known = known_from(transformer_class, uv_wavelengths, real_space_mask)
        check_data(data, noise_map, known.transformer.uv_wavelengths)
        self.data, self.noise_map = data, noise_map
        self.transformer, self.w_tilde = known.transformer, known.w_tilde_for(noise_map, w_tilde)
        real, imaginary = data.in_array[..., 0], data.in_array[..., 1]
        sigma = noise_map.in_array
        xp = namespace(data.values, noise_map.values)
        weighted = real / sigma[..., 0] ** 2 + 1j * (imaginary / sigma[..., 1] ** 2)
        self.weighted_dirty_image = self.transformer.image_from(Visibilities(readonly(weighted)))
        self.data_term = xp.sum((real / sigma[..., 0]) ** 2 + (imaginary / sigma[..., 1]) ** 2, axis=-1)
        self.noise_normalization = 2.0 * xp.sum(xp.log(sigma)) + sigma.shape[0] * 2.0 * float(np.log(2.0 * np.pi))
        self.over_sample_size_lp = static_sizes(over_sample_size_lp, real_space_mask, "over_sample_size_lp")
        self.over_sample_size_pixelization = static_sizes(
            over_sample_size_pixelization, real_space_mask, "over_sample_size_pixelization"
        )

    @property
    def uv_wavelengths(self) -> Any:
        """The baselines (u, v), bare, shape (k, 2) [wavelength]."""
        return self.transformer.uv_wavelengths

    @property
    def real_space_mask(self) -> Mask2D:
        """The pixels of the image plane that a model has light in."""
        return self.transformer.real_space_mask

    @property
    def mask(self) -> Mask2D:
        """The same."""
        return self.real_space_mask

    @property
    def pixel_scales(self) -> tuple[float, float]:
        """Size of a pixel of the image plane along y and x [arcsec]."""
        return self.real_space_mask.pixel_scales

    @property
    def uv_distances(self) -> Any:
        """The lengths of the baselines, bare, shape (k,) [wavelength]."""
        uv = self.uv_wavelengths
        return namespace(uv).hypot(uv[..., 0], uv[..., 1])

    @property
    def grid(self) -> Grid2D:
        """The grid of the image plane, over-sampled for light profiles: `grids.lp` [arcsec]."""
        return self.grids.lp

    @property
    def grids(self) -> Grids:
        """The grids for light profiles and for pixelizations [arcsec]; there is no blurring."""
        like = self.weighted_dirty_image.values
        return grids_of(self.real_space_mask, self.over_sample_size_lp, self.over_sample_size_pixelization, None, like)

    @property
    def signal_to_noise_map(self) -> Visibilities:
        """Real and imaginary parts over their noise; what is negative counts as zero, as in autoarray."""
        xp = namespace(self.data.values, self.noise_map.values)
        ratio = self.data.in_array / self.noise_map.in_array
        return Visibilities(readonly(xp.where(ratio > 0, ratio, xp.zeros_like(ratio))))

    # Dirty images.

    @property
    def dirty_image(self) -> Array2D:
        """The adjoint transform of the data, not weighted, shape (..., n) [Jy]."""
        return self.transformer.image_from(self.data)

    @property
    def dirty_noise_map(self) -> Array2D:
        """The adjoint transform of the noise map, as in autoarray: it is not the noise of the dirty image [Jy]."""
        return self.transformer.image_from(self.noise_map)

    @property
    def dirty_signal_to_noise_map(self) -> Array2D:
        """The dirty image over the dirty noise map, as in autoarray."""
        return self.dirty_image / self.dirty_noise_map

    # What a likelihood needs.

    def less(self, image: Array2D | None) -> Remaining:
        """Return what is left of the data without the visibilities of an image, shape (..., n); of None, all of it."""
        if image is None:
            return Remaining(self.weighted_dirty_image, self.data_term)
        left = self.weighted_dirty_image - self.w_tilde.times(image)
        xp = namespace(left.values, self.data_term)
        both = (self.weighted_dirty_image + left) * image
        return Remaining(left, self.data_term - xp.sum(both.values, axis=-1))

    def chi_squared_of(self, image: Array2D) -> Any:
        """Return chi squared of the visibilities of an image (..., n), shape (...), from w-tilde and the dirty image alone.

        It is d'N^-2 d - 2 m'd~ + m'W m, good to about 1e-14 of the first term in float64, and to 1e-6 of it in float32.
        """
        return chi_squared_from(self.w_tilde, self.weighted_dirty_image, self.data_term, image)

    def log_likelihood_of(self, image: Array2D) -> Any:
        """Return the log likelihood of the visibilities of an image (..., n), shape (...): see `chi_squared_of`."""
        chi_squared = chi_squared_from(self.w_tilde, self.weighted_dirty_image, self.data_term, image)
        return -0.5 * (chi_squared + self.noise_normalization)

    def apply_over_sampling(self, over_sample_size_lp: Any = None, over_sample_size_pixelization: Any = None) -> Self:
        """Return the observation with other over-sampling sizes.

        Parameters
        ----------
        over_sample_size_lp, over_sample_size_pixelization : int, or array of shape (n,) or (ny, nx), optional
            For light profiles and for pixelizations; what is not given stays.
        """
        sizes = (
            self.over_sample_size_lp if over_sample_size_lp is None else over_sample_size_lp,
            self.over_sample_size_pixelization if over_sample_size_pixelization is None else over_sample_size_pixelization,
        )
        return self._with(self.data, *sizes)

    def with_data(self, data: Visibilities) -> Self:
        """Return the observation of other data, shape (..., k), with these baselines and noise; w-tilde is kept."""
        check_types(data=(data, Visibilities))
        check_number(data, self.noise_map.values.shape[-1])
        return self._with(data, self.over_sample_size_lp, self.over_sample_size_pixelization)

    def _with(self, data: Visibilities, over_sample_size_lp: Any, over_sample_size_pixelization: Any) -> Self:
        return type(self)(
            data,
            self.noise_map,
            self.uv_wavelengths,
            self.real_space_mask,
            Known(self.transformer, self.w_tilde),
            over_sample_size_lp,
            over_sample_size_pixelization,
        )

    # Files.

    @classmethod
    def from_fits(
        cls,
        data_path: Any,
        noise_map_path: Any,
        uv_wavelengths_path: Any,
        real_space_mask: Mask2D,
        *,
        visibilities_hdu: int | str = 0,
        noise_map_hdu: int | str = 0,
        uv_wavelengths_hdu: int | str = 0,
        transformer_class: Any = TransformerNUFFT,
        over_sample_size_lp: Any = 1,
        over_sample_size_pixelization: Any = 1,
        xp: Any = np,
    ) -> Self:
        """Read an observation from FITS files, which may be one file with several HDUs, each an image of shape (k, 2).

        Parameters
        ----------
        data_path, noise_map_path, uv_wavelengths_path : path
            Real and imaginary parts [Jy], their standard deviations [Jy], and (u, v) [wavelength].
        real_space_mask : Mask2D
        visibilities_hdu, noise_map_hdu, uv_wavelengths_hdu : int or str
            Numbers or names of the HDUs.
        transformer_class, over_sample_size_lp, over_sample_size_pixelization
            As above.
        xp : module
            The array library of the result.

        Raises
        ------
        FileNotFoundError, OSError, ValueError
            If a file does not exist, is no FITS file, or has an image of another shape or with values that are not finite;
            and as `Interferometer` does.
        """
        data = Visibilities(xp.asarray(pairs_of(data_path, visibilities_hdu, "data_path")))
        noise_map = Visibilities(xp.asarray(pairs_of(noise_map_path, noise_map_hdu, "noise_map_path")))
        uv_wavelengths = xp.asarray(pairs_of(uv_wavelengths_path, uv_wavelengths_hdu, "uv_wavelengths_path", "u and v"))
        sizes = over_sample_size_lp, over_sample_size_pixelization
        return cls(data, noise_map, uv_wavelengths, real_space_mask, transformer_class, *sizes)

    def output_to_fits(self, path: Any, overwrite: bool = False) -> None:
        """Write `data.fits`, `noise_map.fits` and `uv_wavelengths.fits` to a folder, which is made if need be.

        Raises
        ------
        FileExistsError
            If one of the files exists and `overwrite` is not set; none is then written.
        NotADirectoryError
            If the path is that of a file.
        """
        write_files(path, self.data, self.noise_map, self.uv_wavelengths, overwrite)
