"""The checks of what transformers are made of."""

import math
import sys
import warnings
from typing import Any

import numpy as np

from ... import _check
from ..._backend import namespace
from ...structures import Mask2D
from ...structures.abstract import owned
from ...structures.arithmetic import bare
from ...structures.coordinates import floating
from ...structures.diffraction import RADIANS_PER_ARCSEC
from ...structures.uniform_2d import check_mask
from ._compact_lattice import check_used

DROP = "drop these visibilities"
OURS = (__name__.partition(".")[0], "equinox")  # it is Equinox that calls our constructors


def checked_mask(mask: Any) -> Mask2D:
    """Return a mask that uses a pixel."""
    check_mask(mask, "real_space_mask")
    check_used(mask)
    return mask


def checked_uv(uv_wavelengths: Any, mask: Mask2D) -> Any:
    """Return (u, v) as a floating array (k, 2), and warn of those that the pixels of the mask are too large for."""
    uv = owned(floating(bare(uv_wavelengths), "uv_wavelengths"), "uv_wavelengths")
    check_uv_shape(uv)
    _check.finite(uv, "uv_wavelengths", DROP)
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
    ratio = max(float(np.max(np.abs(uv[..., k]))) * 2.0 * RADIANS_PER_ARCSEC * scales[k] for k in (0, 1))
    if ratio > 1.0 + 1e-6:  # (u, v) rounded to float32 may be there
        largest = [float(np.max(np.abs(uv[..., k]))) for k in (0, 1)]
        limit = [1.0 / (2.0 * RADIANS_PER_ARCSEC * scale) for scale in scales]
        factor = math.floor(1000.0 / ratio) / 1000.0
        warnings.warn(
            f"`uv_wavelengths` should be at most {limit[0]:.4g} (u) and {limit[1]:.4g} (v), which pixels of (y, x) "
            f"{mask.pixel_scales} arcsec sample twice a fringe, but reaches {largest[0]:.4g} and {largest[1]:.4g}: those "
            f"beyond are those of shorter baselines; use pixels at most {factor:.3f} times as large.",
            stacklevel=_levels_to_user(),
        )


def _levels_to_user() -> int:
    """Return the `stacklevel` with which a warning of the function that calls this points at code that is not ours."""
    frame, level = sys._getframe(1), 1
    while frame.f_globals.get("__name__", "").partition(".")[0] in OURS and frame.f_back is not None:
        frame, level = frame.f_back, level + 1
    return level
