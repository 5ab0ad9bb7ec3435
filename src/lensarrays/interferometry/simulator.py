"""From a model of the sky to the visibilities that an interferometer takes of it."""

from typing import Any, final

import equinox as eqx
import jax

from .. import _check
from .._backend import namespace, readonly
from .._check import POSITIVE
from ..models._profile import frozen
from ..ops.argument_types import check_types
from ..ops.interferometry._uv import DROP, check_uv_shape
from ..ops.interferometry.dft import TransformerDFT
from ..ops.interferometry.w_tilde import WTilde
from ..ops.noise import gaussian_noise
from ..structures import Array2D, Grid2D, Mask2D, Visibilities
from ..structures.abstract import owned
from ..structures.arithmetic import bare
from ..structures.coordinates import floating
from ..structures.nested_lists import array_of
from ._checks import Known, check_transformer_class
from .dataset import Interferometer


@final
class SimulatorInterferometer(eqx.Module):
    """An interferometer: the visibilities of a sky at given baselines, with thermal noise.

    Images are in Jy per pixel. Beyond the used pixels of the grid or image there is no light.

    Parameters
    ----------
    uv_wavelengths : array, shape (k, 2)
        The baselines (u, v) [wavelength]. A writeable NumPy array is copied.
    exposure_time : float or array, shape ()
        Exposure time [second]. As in autoarray it goes with the instrument and changes nothing: `noise_sigma` is the noise of
        the whole of it.
    transformer_class : TransformerDFT or TransformerNUFFT
        How images become visibilities, here and in the observation; the latter for many thousands of them.
    noise_sigma : float, array of shape (k,), or Visibilities of shape (k,)
        The standard deviation of real and of imaginary parts [Jy]; those of Visibilities are of real parts their real parts,
        and of imaginary parts their imaginary parts.

    Raises
    ------
    TypeError
        If an argument is of another kind.
    ValueError
        If the baselines are not finite or not of shape (k, 2), the exposure time or the noise is not positive, there is not
        one noise for each baseline, or not one exposure time; under `jit`, where values cannot be looked at, visibilities that
        are drawn are NaN where noise is negative.

    Notes
    -----
    W-tilde follows from baselines and noise alone. Where these are NumPy arrays it is computed while JAX traces, and not with
    each simulation. Those who only want visibilities return `.data` from what they compile: nothing else is computed then.

    Examples
    --------
    >>> import numpy as np
    >>> import lensarrays as la
    >>> uv_wavelengths = np.asarray([[0.0, 0.0], [1e5, 2e5]])
    >>> simulator = la.SimulatorInterferometer(uv_wavelengths, exposure_time=300.0, noise_sigma=0.1)
    >>> image = la.Array2D.full(0.01, shape_native=(10, 10), pixel_scales=0.1)
    >>> simulator.via_image_from(image).data.values[0].round(6)
    np.complex128(1+0j)
    >>> dataset = simulator.via_image_from(image, key=np.random.default_rng(1))
    >>> dataset.noise_map.values
    array([0.1+0.1j, 0.1+0.1j])
    """

    uv_wavelengths: Any
    exposure_time: Any
    noise_sigma: Any
    transformer_class: Any = eqx.field(static=True)

    def __init__(
        self, uv_wavelengths: Any, exposure_time: Any, transformer_class: Any = TransformerDFT, noise_sigma: Any = 0.1
    ):
        check_transformer_class(transformer_class)
        uv = owned(floating(bare(uv_wavelengths), "uv_wavelengths"), "uv_wavelengths")
        check_uv_shape(uv)
        _check.finite(uv, "uv_wavelengths", DROP)
        POSITIVE.check(exposure_time, "exposure_time")
        if getattr(exposure_time, "shape", ()) != () or isinstance(exposure_time, (list, tuple)):
            raise ValueError(f"`exposure_time` must be one number, but is {exposure_time!r}; give that of all visibilities.")
        self.uv_wavelengths, self.exposure_time = uv, frozen(exposure_time)
        self.noise_sigma = _sigma(noise_sigma, uv.shape[-2])
        self.transformer_class = transformer_class

    def via_tracer_from(self, tracer: Any, grid: Grid2D, key: Any = None) -> Interferometer:
        """Simulate an observation of what a tracer, or a galaxy, shows.

        Parameters
        ----------
        tracer : Tracer, Galaxy, or anything with `image_2d_from(grid)` [Jy per pixel]
        grid : Grid2D, shape (..., n, 2)
            The pixels that light comes from, and their over-sampling [arcsec].
        key : jax.Array or numpy.random.Generator, optional
            Where the noise comes from: a JAX key for JAX arrays, a generator for others. None gives the expected visibilities.

        Returns
        -------
        Interferometer
            With the mask of the grid as its real-space mask.

        Raises
        ------
        TypeError
            If the tracer shows no image, the grid is no Grid2D, or the key does not go with the arrays.
        ValueError
            If the grid uses no pixel.

        Warns
        -----
        UserWarning
            If there are baselines that the pixels of the grid are too coarse for.
        """
        check_types(grid=(grid, Grid2D))
        if not callable(getattr(tracer, "image_2d_from", None)):
            raise TypeError(
                f"`tracer` must be a Tracer, a Galaxy, or another object with `image_2d_from(grid)`, but is "
                f"{type(tracer).__name__}; make one with `Tracer(galaxies)`."
            )
        image = tracer.image_2d_from(grid)
        _check.finite(image.values, "tracer.image_2d_from(grid)", "look for a NaN or an infinity in the tracer")
        return self._observed(image, key, grid.over_sample_size)

    def via_image_from(self, image: Array2D, key: Any = None) -> Interferometer:
        """Simulate an observation of an image, beyond the used pixels of which there is no light.

        Parameters
        ----------
        image : Array2D, shape (..., n)
            What there is to be seen [Jy per pixel].
        key : jax.Array or numpy.random.Generator, optional
            As in `via_tracer_from`.

        Returns
        -------
        Interferometer
            With the mask of the image as its real-space mask.

        Raises
        ------
        TypeError, ValueError
            As in `via_tracer_from`, and if the image is no Array2D.
        """
        check_types(image=(image, Array2D))
        _check.finite(image.values, "image")
        return self._observed(image, key, over_sample_size=1)

    def _observed(self, image: Array2D, key: Any, over_sample_size: Any) -> Interferometer:
        """Return the observation of an image: it is transformed, and noise drawn for every real and imaginary part."""
        w_tilde = self._w_tilde_on(image.mask)
        transformer = self.transformer_class(self.uv_wavelengths, image.mask)
        visibilities = transformer.visibilities_from(image)
        xp = namespace(visibilities.values, self.uv_wavelengths, bare(self.noise_sigma))
        parts = xp.asarray(visibilities.in_array)
        sigma = xp.astype(xp.asarray(self._noise_map.in_array), parts.dtype)
        data = _joined(parts) if key is None else _joined(gaussian_noise(parts, sigma, key))
        known = Known(*jax.tree_util.tree_map(xp.asarray, (transformer, w_tilde)))
        uv_wavelengths = known.transformer.uv_wavelengths
        return Interferometer(data, _joined(sigma), uv_wavelengths, image.mask, known, over_sample_size)

    @property
    def _noise_map(self) -> Visibilities:
        """The standard deviation of every visibility, as precise as it was given."""
        if isinstance(self.noise_sigma, Visibilities):
            return self.noise_sigma
        xp = namespace(self.noise_sigma)
        sigma = xp.broadcast_to(floating(xp.asarray(self.noise_sigma), "noise_sigma"), (self.uv_wavelengths.shape[-2],))
        return Visibilities(readonly(sigma + 1j * sigma))

    def _w_tilde_on(self, mask: Mask2D) -> WTilde:
        # Whether parts have like noise follows from the kind of `noise_sigma`, which is known under `jit` as well.
        equal_noise = None if isinstance(self.noise_sigma, Visibilities) else True
        return WTilde.from_uv_wavelengths(self.uv_wavelengths, self._noise_map, mask, equal_noise=equal_noise).with_spectrum()


def _joined(parts: Any) -> Visibilities:
    """Return visibilities of real and imaginary parts, shape (..., k, 2), of their precision."""
    return Visibilities(readonly(parts[..., 0] + 1j * parts[..., 1]))


def _sigma(value: Any, k: int) -> Any:
    """Return standard deviations, checked, and such that nobody else can change them."""
    value = array_of(value, "noise_sigma") if isinstance(value, (list, tuple)) else value
    given = getattr(value, "dtype", None)
    if isinstance(value, complex) or (given is not None and "complex" in str(given) and not isinstance(value, Visibilities)):
        raise TypeError(
            "`noise_sigma` must be real, or Visibilities, but is complex; write `la.Visibilities(noise_sigma)`, of shape (k,)."
        )
    POSITIVE.check(value.in_array if isinstance(value, Visibilities) else value, "noise_sigma")
    shape = tuple(getattr(value, "shape", ()))
    if shape not in ((), (k,)):
        raise ValueError(
            f"`noise_sigma` must be a number or of shape ({k},), one for each baseline, but has shape {shape}; give one for "
            f"all of them, or one for each."
        )
    return value if isinstance(value, Visibilities) else frozen(value)
