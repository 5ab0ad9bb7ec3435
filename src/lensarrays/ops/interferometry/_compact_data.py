"""Baselines and noise, checked, as the weights of W-tilde."""

import math
from typing import Any, NamedTuple

import numpy as np

from ... import _check
from ..._backend import namespace
from ...structures.abstract import as_array
from ...structures.arithmetic import bare
from ._uv import DROP


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
    may_be_equal = equal_noise is None or equal_noise is True
    data = _usual_data(uv_wavelengths, bare(noise_map)) if may_be_equal else None
    return _checked_data(uv_wavelengths, noise_map, equal_noise) if data is None else data


def _usual_data(uv: Any, noise: Any) -> Data | None:
    """Return the data by one pass, for plain NumPy arrays in double precision, and equal noise; None if anything is unusual."""
    if not (type(uv) is np.ndarray and type(noise) is np.ndarray):
        return None
    if uv.dtype != np.float64 or noise.dtype != np.complex128:
        return None
    if noise.ndim != 1 or noise.size == 0 or uv.shape != (noise.size, 2):
        return None
    from ._compact_data_numba import weights_of

    weights, is_usual = weights_of(np.ascontiguousarray(uv), np.ascontiguousarray(noise))
    return Data(uv[:, 0], uv[:, 1], weights, None) if is_usual else None


def _checked_data(uv_wavelengths: Any, noise_map: Any, equal_noise: bool | None) -> Data:
    """Return the data of any arrays, or raise; this says what it objects to."""
    uv, noise = checked_arrays(uv_wavelengths, noise_map)
    xp = namespace(uv, noise)
    total = xp.sum(uv)  # under `jit` traced even where the baselines are known
    if _check.is_concrete(total) and not math.isfinite(total):
        _check.finite(uv, "uv_wavelengths", DROP)
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
