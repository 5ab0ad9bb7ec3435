"""Baselines and noise, checked, as the weights of W-tilde."""

import math
from typing import Any, NamedTuple

from ... import _check
from ..._backend import namespace
from ...structures.abstract import as_array


class Data(NamedTuple):
    """What W-tilde is summed over, all of shape (k,).

    Attributes
    ----------
    u, v : arrays
        Baselines [wavelengths].
    weights : array
        The mean of 1 / sigma^2 of real and imaginary parts.
    excess : array, or None
        Half of what 1 / sigma^2 is larger in real parts; None is zero.
    """

    u: Any
    v: Any
    weights: Any
    excess: Any


def checked_data(uv_wavelengths: Any, noise_map: Any, equal_noise: bool | None) -> Data:
    """Return baselines and weights, or raise if they make no sense; values are looked at where they can be."""
    uv, noise = checked_arrays(uv_wavelengths, noise_map)
    xp = namespace(uv, noise)
    if _check.is_concrete(uv) and not math.isfinite(xp.sum(uv)):
        _check.finite(uv, "uv_wavelengths")
    real, imaginary = xp.real(noise), xp.imag(noise)
    is_equal = _is_equal(real, imaginary, equal_noise, xp=xp)
    _check_noise(real, "real", xp=xp)
    if is_equal:
        return Data(uv[:, 0], uv[:, 1], 1 / (real * real), None)
    _check_noise(imaginary, "imag", xp=xp)
    of_real, of_imaginary = 1 / (real * real), 1 / (imaginary * imaginary)
    return Data(uv[:, 0], uv[:, 1], (of_real + of_imaginary) / 2, (of_real - of_imaginary) / 2)


def checked_arrays(uv_wavelengths: Any, noise_map: Any) -> tuple[Any, Any]:
    """Return baselines (k, 2) and complex noise (k,) as bare arrays, or raise if they are not."""
    uv, noise = as_array(uv_wavelengths, "uv_wavelengths"), as_array(noise_map, "noise_map")
    shape = tuple(uv.shape)
    if len(shape) != 2 or shape[1] != 2 or shape[0] == 0:
        raise ValueError(
            f"`uv_wavelengths` must have shape (k, 2), one (u, v) per visibility, but has {shape}; stack u and v along the "
            f"last axis."
        )
    if tuple(noise.shape) != shape[:1]:
        raise ValueError(
            f"`noise_map` must have shape {shape[:1]}, one per pair in `uv_wavelengths`, but has {tuple(noise.shape)}; give "
            f"those of the same visibilities."
        )
    xp = namespace(uv, noise)
    if not xp.isdtype(noise.dtype, "complex floating"):
        raise TypeError(
            f"`noise_map` must be complex, the noise of real and of imaginary parts, but is {noise.dtype}; write "
            f"`Visibilities(sigma + 1j * sigma)`."
        )
    if not xp.isdtype(uv.dtype, "real floating"):
        raise TypeError(f"`uv_wavelengths` must be real and floating, but is {uv.dtype}; convert it with `.astype(float)`.")
    return uv, noise


def _check_noise(part: Any, name: str, *, xp: Any) -> None:
    """Raise for noise that is not positive: by reductions, which copy nothing."""
    if _check.is_concrete(part) and not (xp.min(part) > 0 and xp.max(part) < math.inf):
        _check.positive(part, f"noise_map.{name}", "drop these visibilities, or give them a large noise")


def _is_equal(real: Any, imaginary: Any, equal_noise: bool | None, *, xp: Any) -> bool:
    if equal_noise is not None and not _check.flag(equal_noise, "equal_noise"):
        return False
    if not _check.is_concrete(real):
        return bool(equal_noise)
    is_equal = bool(xp.all(real == imaginary))
    if equal_noise and not is_equal and not xp.any(xp.isnan(real)):
        raise ValueError(
            "`equal_noise` must be False for noise that differs between real and imaginary parts, but is True; leave it out."
        )
    return is_equal
