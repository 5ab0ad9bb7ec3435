"""From a model of the sky to the image that a camera takes of it."""

from typing import Any, final

import equinox as eqx

from .._backend import namespace
from .._check import NON_NEGATIVE, POSITIVE, Requirement
from ..models._profile import frozen, leaves, parameter
from ..ops import FFT, Direct, ExactPoisson, FastPoisson, Separable, convolve, noise_map_from, poisson_noise
from ..ops.argument_types import check_types
from ..structures import Array2D, Grid2D, Kernel2D
from ..structures.arithmetic import bare, with_values
from ..structures.nested_lists import array_of
from .dataset import Imaging

_ROUNDING = 64  # times the precision of the largest value: an FFT is wrong by a few of these everywhere


@final
class SimulatorImaging(eqx.Module):
    """A camera: an exposure of the sky through a point-spread function, with a background and Poisson noise.

    Images are in electrons per second. The model is evaluated on a frame enlarged by the half width of the kernel, so
    that light from outside comes in, convolved and cut; then sky is added, noise drawn, and the sky subtracted again.

    Parameters
    ----------
    exposure_time : float, array of shape (...), or Array2D of shape (n,)
        Exposure time [second]. An array is a batch, of cameras with one exposure time each, as it is for the parameters of
        profiles; an exposure time for every pixel is an Array2D, on the mask of the image.
    background_sky_level : float, array of shape (...), or Array2D of shape (n,)
        Background, in the same way [electron / second].
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
    TypeError
        If the kernel is no Kernel2D, or `convolution` or `poisson` none of these objects.
    ValueError
        If the exposure time is not positive, or the background is negative or not finite; under `jit`, where values cannot be
        looked at, the data that are drawn are NaN where counts are negative.

    Notes
    -----
    The noise map is that of `noise_map_from`, but never below that of one count, 1 / exposure_time: a pixel that counted no
    electron would have none, which no fit can use, and whether one does is up to the key. autoarray gives zero there.

    After a convolution, values that are below zero by no more than 64 times the precision of the largest one of the image
    are the rounding of zero, and are set to it.

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
        check_types(
            psf=(psf, Kernel2D | None),
            convolution=(convolution, FFT | Direct | Separable),
            poisson=(poisson, ExactPoisson | FastPoisson),
        )
        self.exposure_time = _level(exposure_time, "exposure_time", POSITIVE)
        self.background_sky_level = _level(background_sky_level, "background_sky_level", NON_NEGATIVE)
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
            If the tracer shows no image, the grid is no Grid2D, or the key does not go with the arrays.
        ValueError
            If the grid is not uniform, or the kernel is larger than the image or of another pixel scale.
        """
        check_types(grid=(grid, Grid2D))
        if not callable(getattr(tracer, "image_2d_from", None)):
            raise TypeError(
                f"`tracer` must be a Tracer, a Galaxy, or another object with `image_2d_from(grid)`, but is "
                f"{type(tracer).__name__}; make one with `Tracer(galaxies)`."
            )
        if self.psf is None:
            return self._observed(tracer.image_2d_from(grid), key, grid.over_sample_size)
        shape = self.psf.shape_native
        if any(side > size for side, size in zip(shape, grid.shape_native, strict=True)):
            raise ValueError(
                f"`psf` must not be larger than the image, {tuple(grid.shape_native)}, but has shape {tuple(shape)}; trim it, "
                f"as in `psf.resized_from((ky, kx))`, or simulate a larger image."
            )
        image = self._blurred(tracer.image_2d_from(grid.padded_grid_from(shape)), self.psf)
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

        Raises
        ------
        TypeError, ValueError
            As in `via_tracer_from`, and if the image is no Array2D.
        """
        check_types(image=(image, Array2D))
        return self._observed(image if self.psf is None else self._blurred(image, self.psf), key, over_sample_size=4)

    def _blurred(self, image: Array2D, psf: Kernel2D) -> Array2D:
        """Return the image convolved, without what is negative by rounding alone; each image of a batch has its own."""
        blurred = convolve(image, psf, method=self.convolution)
        values = blurred.values
        xp = namespace(values)
        least = -_ROUNDING * xp.finfo(values.dtype).eps * xp.max(xp.abs(values), axis=-1, keepdims=True)
        return with_values(blurred, xp.where((values < 0) & (values >= least), xp.zeros_like(values), values))

    def _observed(self, image: Array2D, key: Any, over_sample_size: Any) -> Imaging:
        """Return the observation of a blurred image: sky and noise are added, in this order."""
        time, sky = (_meeting(level, image) for level in (self.exposure_time, self.background_sky_level))
        exposed = image + sky
        counts = exposed * time
        if key is not None:
            exposed = poisson_noise(counts, key, method=self.poisson) / time
        xp, shape = namespace(counts.values), counts.values.shape
        noise = xp.broadcast_to(noise_map_from(exposed, time).values, shape)
        of_one_count = xp.broadcast_to(xp.asarray(bare(1 / time), dtype=noise.dtype), shape)
        noise_map = with_values(counts, xp.where(noise < of_one_count, of_one_count, noise))
        data = exposed - sky if self.subtract_background_sky else exposed
        data = with_values(data, xp.broadcast_to(data.values, shape))
        return Imaging(data, noise_map, self.psf, over_sample_size)


def _level(value: Any, name: str, requirement: Requirement) -> Any:
    """Return a number, a batch of them or a map, checked, and such that nobody else can change it."""
    value = array_of(value, name) if isinstance(value, (list, tuple)) else value
    requirement.check(bare(value), name)
    return frozen(value)


def _meeting(value: Any, image: Array2D) -> Any:
    """Return a level in the data type of an image: one of shape (b,) meets its pixels as (b, 1), a map as it is."""
    like = image.values
    xp = namespace(like, *leaves(bare(value)))
    if isinstance(value, Array2D):
        return with_values(value, xp.asarray(value.values, dtype=like.dtype))
    return parameter(value, like, xp=xp)
