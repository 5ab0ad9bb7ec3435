"""From a model of the sky to the image that a camera takes of it."""

from typing import Any, final

import equinox as eqx

from .._check import NON_NEGATIVE, POSITIVE
from ..ops import FFT, ExactPoisson, convolve, noise_map_from, poisson_noise
from ..structures import Array2D, Grid2D, Kernel2D
from .dataset import Imaging


@final
class SimulatorImaging(eqx.Module):
    """A camera: an exposure of the sky through a point-spread function, with a background and Poisson noise.

    Images are in electrons per second. The model is evaluated on a frame enlarged by the half width of the kernel, so
    that light from outside comes in, convolved and cut; then sky is added, noise drawn, and the sky subtracted again.

    Parameters
    ----------
    exposure_time : float
        Exposure time [second].
    background_sky_level : float
        Background, the same in every pixel [electron / second].
    subtract_background_sky : bool
        Whether the background is subtracted from the data; it stays in the noise.
    psf : Kernel2D, optional
        The point-spread function, of the pixel scales of the image; none blurs nothing.
    normalize_psf : bool
        Whether to divide the kernel by its sum, so that convolution conserves flux.
    convolution : FFT, Direct or Separable
        How to convolve: see `convolve`.
    poisson : ExactPoisson or FastPoisson
        How to draw the noise: see `poisson_noise`.

    Raises
    ------
    ValueError
        If the exposure time is not positive, or the background is negative or not finite; under `jit`, where values cannot be
        looked at, the data are NaN where counts are negative.

    Examples
    --------
    >>> import lensarrays as la
    >>> simulator = la.SimulatorImaging(exposure_time=100.0, background_sky_level=1.0)
    >>> source = la.Galaxy(redshift=1.0, light=la.lp.Sersic(intensity=1.0, effective_radius=0.3))
    >>> grid = la.Grid2D.uniform(shape_native=(11, 11), pixel_scales=0.1)
    >>> imaging = simulator.via_tracer_from(la.Tracer([source]), grid, key=None)
    >>> imaging.shape_native
    (11, 11)
    """

    exposure_time: Any
    background_sky_level: Any
    psf: Kernel2D | None
    subtract_background_sky: bool = eqx.field(static=True)
    convolution: Any = eqx.field(static=True)
    poisson: Any = eqx.field(static=True)

    def __init__(
        self,
        exposure_time: Any,
        background_sky_level: Any = 0.0,
        subtract_background_sky: bool = True,
        psf: Kernel2D | None = None,
        normalize_psf: bool = True,
        *,
        convolution: Any = FFT(),
        poisson: Any = ExactPoisson(),
    ):
        POSITIVE.check(exposure_time, "exposure_time")
        NON_NEGATIVE.check(background_sky_level, "background_sky_level")
        self.exposure_time = exposure_time
        self.background_sky_level = background_sky_level
        self.subtract_background_sky = subtract_background_sky
        self.psf = psf.normalized if psf is not None and normalize_psf else psf
        self.convolution = convolution
        self.poisson = poisson

    def via_tracer_from(self, tracer: Any, grid: Grid2D, key: Any = None) -> Imaging:
        """Simulate an observation of what a tracer, or a galaxy, shows.

        Parameters
        ----------
        tracer : Tracer, Galaxy, or anything with `image_2d_from(grid)` [electron / second]
        grid : Grid2D, shape (..., n, 2)
            The pixels of the camera and their over-sampling [arcsec].
        key : jax.Array or numpy.random.Generator, optional
            Where the noise comes from: a JAX key for JAX arrays, a generator for others. None gives the expected image and
            the noise that goes with it.

        Returns
        -------
        Imaging
            On the mask of the grid.

        Raises
        ------
        TypeError
            If the key does not go with the arrays.
        ValueError
            If the grid is not uniform, or the kernel is larger than the image or of another pixel scale.
        """
        if self.psf is None:
            return self._observed(tracer.image_2d_from(grid), key, grid.over_sample_size)
        shape = self.psf.shape_native
        image = convolve(tracer.image_2d_from(grid.padded_grid_from(shape)), self.psf, method=self.convolution)
        image = image.trimmed_after_convolution_from(shape).apply_mask(grid.mask)
        return self._observed(image, key, grid.over_sample_size)

    def via_image_from(self, image: Array2D, key: Any = None) -> Imaging:
        """Simulate an observation of an image, beyond the used pixels of which there is no light.

        Parameters
        ----------
        image : Array2D, shape (..., n)
            What would be seen without blurring and noise [electron / second].
        key : jax.Array or numpy.random.Generator, optional
            As in `via_tracer_from`.

        Returns
        -------
        Imaging
            On the mask of the image.
        """
        image = image if self.psf is None else convolve(image, self.psf, method=self.convolution)
        return self._observed(image, key, over_sample_size=4)

    def _observed(self, image: Array2D, key: Any, over_sample_size: Any) -> Imaging:
        """Return the observation of a blurred image: sky and noise are added, in this order."""
        exposed = image + self.background_sky_level
        if key is not None:
            exposed = poisson_noise(exposed * self.exposure_time, key, method=self.poisson) / self.exposure_time
        noise_map = noise_map_from(exposed, self.exposure_time)
        data = exposed - self.background_sky_level if self.subtract_background_sky else exposed
        return Imaging(data, noise_map, self.psf, over_sample_size)
