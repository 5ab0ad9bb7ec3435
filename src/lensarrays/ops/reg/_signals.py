"""How much of the image of a source each mesh pixel sees, from 0 to 1."""

from typing import Any

from ...structures.abstract import as_array
from .._extremes import greatest
from ..mapper import Mapper, pixel_of_sub_pixels, summed_last
from ._coefficients import library_of, number_of
from .abstract import AbstractRegularization


def pixel_signals_from(mapper: Mapper, adapt_data: Any, signal_scale: Any, *, xp: Any) -> Any:
    """Return the mean of an image over the sub-pixels that see a mesh pixel, relative to the largest, to some power.

    Parameters
    ----------
    mapper : Mapper
    adapt_data : array, shape (..., n) [any unit]
    signal_scale : array, shape (...)
        The power.

    Returns
    -------
    array, shape (..., s)
        From 0 to 1; 0, with a derivative of zero, where the mean is not positive or nothing is seen.
    """
    weights, indexes = xp.asarray(mapper.weights), xp.asarray(mapper.indexes)
    adapt_data = xp.asarray(adapt_data, dtype=weights.dtype)
    pixel, _ = pixel_of_sub_pixels(mapper.mask, mapper.over_sample_size)
    seen = weights * xp.take(adapt_data, xp.asarray(pixel), axis=-1)[..., None]
    counted = xp.ones_like(weights) if mapper.counts_zero_weights else xp.astype(weights != 0, weights.dtype)
    count = summed_last(indexes, counted, mapper.pixels)
    mean = summed_last(indexes, seen, mapper.pixels) / xp.where(count > 0, count, xp.ones_like(count))
    largest = greatest(mean, xp=xp)[..., None]
    # The brightest pixel is told by its place: XLA may round the quotient to another number than one.
    is_brightest = xp.arange(mapper.pixels) == xp.argmax(mean, axis=-1)[..., None]
    relative = xp.where(is_brightest & (largest > 0), 1.0, mean / xp.where(largest > 0, largest, xp.ones_like(largest)))
    is_dark = relative <= 0
    powers = xp.where(is_dark, xp.ones_like(relative), relative) ** signal_scale[..., None]
    return xp.where(is_dark, xp.zeros_like(powers), powers)


def signals_of(scheme: AbstractRegularization, name: str, mapper: Mapper, adapt_data: Any, *, xp: Any) -> Any:
    """Return these signals for the power that a scheme has under some name."""
    values = adapt_image(scheme, mapper, adapt_data)
    return pixel_signals_from(mapper, values, number_of(scheme, name, mapper, xp=xp), xp=xp)


def adapt_image(scheme: AbstractRegularization, mapper: Mapper, adapt_data: Any) -> Any:
    """Return the bare image of the source, or raise if there is none or it is of another shape."""
    if adapt_data is None:
        raise ValueError(
            f"`adapt_data` must be the image of the source, as `{type(scheme).__name__}` follows it, but is None; pass the "
            f"image, or take a scheme without `Adapt` or `Brightness` in its name."
        )
    values, n = as_array(adapt_data, "adapt_data"), mapper.mask.pixels_in_mask
    if values.shape[-1:] != (n,):
        raise ValueError(
            f"`adapt_data` must have shape (..., {n}), one value per used pixel of the mask, but has {tuple(values.shape)}; "
            f"make it with the mask of the mapper."
        )
    return values


def adapted_coefficient(scheme: AbstractRegularization, mapper: Mapper, adapt_data: Any) -> tuple[Any, Any]:
    """Return the array library, and the coefficient (..., s) that goes from the outer to the inner one with the signal."""
    adapt_image(scheme, mapper, adapt_data)
    xp = library_of(scheme, mapper, adapt_data)
    signals = signals_of(scheme, "signal_scale", mapper, adapt_data, xp=xp)
    inner, outer = (number_of(scheme, f"{name}_coefficient", mapper, xp=xp)[..., None] for name in ("inner", "outer"))
    return xp, inner * signals + outer * (1 - signals)


def to_the_power(coefficient: Any, scheme: AbstractRegularization, mapper: Mapper, *, xp: Any) -> Any:
    """Return a coefficient (..., s) to the power that a scheme has; zero, with a derivative of zero, stays zero."""
    power = number_of(scheme, "power", mapper, xp=xp)[..., None]
    is_zero = coefficient == 0
    powers = xp.where(is_zero, xp.ones_like(coefficient), coefficient) ** power
    return xp.where(is_zero, xp.zeros_like(powers), powers)
