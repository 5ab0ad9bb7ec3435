"""The checks of what transformers are made of."""

import math
import warnings
from typing import Any

import numpy as np

from ... import _check
from ..._backend import namespace
from ...structures import Mask2D
from ...structures.abstract import owned
from ...structures.arithmetic import bare
from ...structures.coordinates import floating
from ...structures.uniform_2d import check_mask
from ._box import RADIANS


def checked_mask(mask: Any) -> Mask2D:
    """Return a mask that uses a pixel."""
    check_mask(mask, "real_space_mask")
    if mask.pixels_in_mask == 0:
        raise ValueError(
            f"`real_space_mask` must use at least one pixel, but is {mask!r}; enlarge or move what it leaves open."
        )
    return mask


def checked_uv(uv_wavelengths: Any, mask: Mask2D) -> Any:
    """Return (u, v) as a floating array (k, 2), and warn of those that the pixels of the mask are too large for."""
    uv = owned(floating(bare(uv_wavelengths), "uv_wavelengths"), "uv_wavelengths")
    check_uv_shape(uv)
    _check.finite(uv, "uv_wavelengths")
    if _check.is_concrete(uv):
        _warn_beyond_nyquist(np.asarray(uv), mask)
    return uv


def check_uv_shape(uv: Any) -> None:
    """Raise unless an array is real and of shape (k, 2)."""
    shape = tuple(uv.shape)
    if len(shape) < 2 or shape[-1] != 2 or shape[-2] == 0:
        cure = "transpose it" if shape[:1] == (2,) else "give one row for each visibility"
        raise ValueError(f"`uv_wavelengths` must have shape (k, 2), pairs of (u, v), but has {shape}; {cure}.")
    xp = namespace(uv)
    if not xp.isdtype(uv.dtype, "real floating"):
        raise TypeError(f"`uv_wavelengths` must hold real numbers, but is {uv.dtype}; stack u and v along a last axis.")


def _warn_beyond_nyquist(uv: np.ndarray, mask: Mask2D) -> None:
    scales = (mask.pixel_scales[1], mask.pixel_scales[0])
    ratio = max(float(np.max(np.abs(uv[..., k]))) * 2.0 * RADIANS * scales[k] for k in (0, 1))
    if ratio > 1.0 + 1e-6:  # (u, v) rounded to float32 may be there
        largest = [float(np.max(np.abs(uv[..., k]))) for k in (0, 1)]
        limit = [1.0 / (2.0 * RADIANS * scale) for scale in scales]
        factor = math.floor(1000.0 / ratio) / 1000.0
        warnings.warn(
            f"`uv_wavelengths` should be at most {limit[0]:.4g} (u) and {limit[1]:.4g} (v), which pixels of (y, x) "
            f"{mask.pixel_scales} arcsec sample twice a fringe, but reaches {largest[0]:.4g} and {largest[1]:.4g}: visibilities "
            f"beyond are those of shorter baselines; use pixels at most {factor:.3f} times as large.",
            stacklevel=5,
        )
