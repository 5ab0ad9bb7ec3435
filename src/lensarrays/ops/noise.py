"""Noise: Poisson and Gaussian draws, and the maps of the standard deviation that go with them."""

from typing import Any

import numpy as np

from .. import _check
from .._backend import namespace
from ..structures.arithmetic import bare, check_same_mask, with_values
from .poisson import ExactPoisson, FastPoisson
from .random_source import check_source, normal

_MOST = 2.0**62  # the largest rate that NumPy draws from


def poisson_noise(counts: Any, key: Any, *, method: ExactPoisson | FastPoisson = ExactPoisson()) -> Any:
    """Draw a Poisson number for every expected count.

    An image in electrons per second is multiplied by the exposure time first, and the draw divided by it. A draw is a
    step function of its rate, so its gradient is zero.

    Parameters
    ----------
    counts : Array2D, or another structure or array, shape (...) [electrons]
        What is expected, not negative.
    key : JAX key, or NumPy Generator
        A key for JAX arrays, a Generator for all others. The same key and counts, bit for bit, give the same draws;
        see `sample_key`.
    method : ExactPoisson or FastPoisson
        The latter has no loop, and an error that its documentation states.

    Returns
    -------
    like `counts` [electrons]
        Whole numbers, in the data type of `counts`.

    Raises
    ------
    ValueError
        If a count is negative, NaN or infinite (or above 2^62 with a Generator). Under `jit`, where counts cannot be looked
        at, the draw there is NaN.
    TypeError
        If `key` is of another kind than `counts`, or `counts` is not float32 or float64.

    Examples
    --------
    >>> import numpy as np
    >>> from lensarrays import Array2D
    >>> from lensarrays.ops import poisson_noise
    >>> counts = Array2D.full(100.0, shape_native=(1, 3), pixel_scales=0.1)
    >>> drawn = poisson_noise(counts, np.random.default_rng(1))
    >>> bool(np.all(drawn.array == np.round(drawn.array)))
    True
    """
    rate = bare(counts)
    xp = _floating(rate, "counts")
    check_source(rate, key, "counts")
    if not isinstance(method, (ExactPoisson, FastPoisson)):
        raise TypeError(f"`method` must be ExactPoisson() or FastPoisson(), but is {method!r}; pass one of these objects.")
    allowed = (rate >= 0) & (rate <= _MOST)
    # A known array that a traced function closes over cannot be looked at either: what follows from it is traced.
    if _check.is_concrete(allowed):
        _check.finite(rate, "counts")
        if not bool(xp.all(allowed)):
            low, high = float(xp.min(rate)), float(xp.max(rate))
            raise ValueError(
                f"`counts` must be from 0 to 2^62, being expected numbers of electrons, but are from {low:.6g} to {high:.6g}; "
                f"add the background sky that was subtracted, or clip the image at zero."
            )
    drawn = method.draw(xp.where(allowed, rate, xp.zeros_like(rate)), key)
    return with_values(counts, xp.where(allowed, drawn, xp.nan))


def gaussian_noise(image: Any, sigma: Any, key: Any) -> Any:
    """Add a normal number of a given standard deviation to every value.

    Parameters
    ----------
    image : Array2D, or another structure or array, shape (...) [any unit]
    sigma : float, array or Array2D [unit of `image`]
        Standard deviations, not negative; one for all values, or one for each. Its shape broadcasts to that of the image,
        which it does not enlarge: every value has one draw.
    key : JAX key, or NumPy Generator
        A key for JAX arrays, a Generator for all others.

    Returns
    -------
    like `image` [unit of `image`]
        With the data type of `image`.

    Raises
    ------
    ValueError
        If a standard deviation is negative, NaN or infinite, there are more of them than values, or they have another mask.
        Under `jit`, where it cannot be looked at, the result is NaN where it is negative.
    TypeError
        If `sigma` is no number or array, `key` is of another kind than `image`, or `image` is not float32 or float64.

    Examples
    --------
    >>> import numpy as np
    >>> from lensarrays import Array2D
    >>> from lensarrays.ops import gaussian_noise
    >>> image = Array2D.zeros(shape_native=(100, 100), pixel_scales=0.1)
    >>> round(float(gaussian_noise(image, 0.5, np.random.default_rng(1)).std()), 1)
    0.5
    """
    values = bare(image)
    xp = _floating(values, "image")
    check_source(values, key, "image")
    check_same_mask(image, sigma)
    width = _number_or_array(sigma, "sigma")
    namespace(values, width)
    width = xp.asarray(width, dtype=values.dtype)
    _check_broadcast(width.shape, values.shape)
    is_negative = width < 0
    if _check.is_concrete(is_negative):
        _check.finite(width, "sigma")
        if bool(xp.any(is_negative)):
            raise ValueError(
                f"`sigma` must not be negative, but is {float(xp.min(width)):.6g} somewhere; give its square root, or abs."
            )
    width = xp.where(width >= 0, width, xp.nan)
    return with_values(image, values + width * normal(key, values))


def noise_map_from(image: Any, exposure_time: Any, background_sky_level: Any = 0.0, *, background_noise: Any = None) -> Any:
    """Return the standard deviation that counting electrons gives an image: `sqrt(|(image + sky) t| + (b t)^2) / t`.

    Parameters
    ----------
    image : Array2D of shape (..., n) [electrons / s]
    exposure_time : float, or Array2D of shape (n,) [s]
        t, one for all pixels or one for each; positive.
    background_sky_level : float, or Array2D of shape (n,) [electrons / s]
        What was subtracted from the image, and whose noise stays.
    background_noise : float, or Array2D of shape (n,), optional [electrons / s]
        b, the standard deviation of what does not follow from counts, such as read-out.

    Returns
    -------
    Array2D of shape (..., n) [electrons / s]
        With the data type of `image`. Where the counts are zero, and there is no background noise, it is zero, which no fit
        can use; its gradient there is zero too.

    Raises
    ------
    ValueError
        If the exposure time is not positive, the background noise is negative, or a map has another mask than the image.
    TypeError
        If one of them is no number or array, or `image` is not float32 or float64.

    References
    ----------
    autoarray 2026.10.26.1, `noise_map_via_data_eps_and_exposure_time_map_from` and
    `noise_map_via_data_eps_exposure_time_map_and_background_noise_map_from` of its preprocess module, give these values.

    Examples
    --------
    >>> from lensarrays import Array2D
    >>> from lensarrays.ops import noise_map_from
    >>> image = Array2D.full(3.0, shape_native=(1, 2), pixel_scales=0.1)
    >>> noise_map_from(image, exposure_time=100.0, background_sky_level=1.0).native
    array([[0.2, 0.2]])
    """
    xp = _floating(bare(image), "image")
    times = _number_or_array(exposure_time, "exposure_time")
    _number_or_array(background_sky_level, "background_sky_level")
    if _check.is_concrete(times > 0):
        _check.positive(times, "exposure_time")
    variance = abs((image + background_sky_level) * exposure_time)
    if background_noise is not None:
        _check_not_negative(_number_or_array(background_noise, "background_noise"), "background_noise")
        variance = variance + (background_noise * exposure_time) ** 2
    values = bare(variance)
    has_counts = values > 0
    root = xp.where(has_counts, xp.sqrt(xp.where(has_counts, values, xp.ones_like(values))), xp.zeros_like(values))
    noise = bare(with_values(variance, root) / exposure_time)
    return with_values(image, xp.astype(noise, bare(image).dtype))


def _number_or_array(value: Any, name: str) -> Any:
    """Return a number, or what a structure holds, as an array of its library."""
    value = bare(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return np.asarray(value, dtype=float)
    if not hasattr(value, "dtype"):
        raise TypeError(
            f"`{name}` must be a number, an array or an Array2D, but is {value!r}; convert it with `numpy.asarray`."
        )
    return value


def _check_not_negative(value: Any, name: str) -> None:
    if _check.is_concrete(value < 0):
        _check.finite(value, name)
        if bool(namespace(value).any(value < 0)):
            raise ValueError(f"`{name}` must not be negative, but is somewhere; give a standard deviation.")


def _check_broadcast(shape: tuple[int, ...], to: tuple[int, ...]) -> None:
    """Raise unless standard deviations of a shape are one for all values, or one for each."""
    fits = len(shape) <= len(to) and all(n in (1, m) for n, m in zip(shape[::-1], to[::-1], strict=False))
    if not fits:
        raise ValueError(
            f"`sigma` must have a shape that broadcasts to that of the image, {tuple(to)}, but has {tuple(shape)}; broadcast "
            f"the image first, so that every value has a draw of its own."
        )


def _floating(values: Any, name: str) -> Any:
    """Return the library of `values`, if they are what noise can be drawn for."""
    dtype = getattr(values, "dtype", None)
    xp = namespace(None if dtype is None else values)
    if dtype is None or not xp.isdtype(dtype, "real floating") or xp.finfo(dtype).bits not in (32, 64):
        given = f"is a {type(values).__name__}" if dtype is None else f"has dtype {dtype}"
        raise TypeError(f"`{name}` must be an array of float32 or float64, but {given}; convert it with `.astype(float)`.")
    return xp
