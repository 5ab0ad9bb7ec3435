"""Whether a W-tilde is that of an observation."""

import math
from typing import Any

import numpy as np

from .. import _check
from ..ops.interferometry.w_tilde import WTilde
from ..structures import Mask2D, Visibilities
from ..structures.diffraction import RADIANS_PER_ARCSEC

TOLERANCES = {np.dtype(np.float32): 1e-3, np.dtype(np.float64): 1e-6}  # of the sum of weights
OTHER = "leave it out, and it is computed"


def check_is_that_of(w_tilde: WTilde, uv_wavelengths: Any, noise_map: Visibilities, mask: Mask2D) -> None:
    """Raise unless W-tilde is of a mask, and, at the offsets that are looked at, of baselines and noise that are known.

    At no offset it is the sum of weights. The offset along x tells other baselines, and u from v; that along both, their signs.
    """
    if w_tilde.real_space_mask != mask:
        raise ValueError(
            f"`w_tilde` must be that of `real_space_mask`, {mask!r}, but is of {w_tilde.real_space_mask!r}; {OTHER}."
        )
    if not all(_check.is_concrete(values) for values in (w_tilde.compact, uv_wavelengths, noise_map.values)):
        return
    compact, sigma = np.asarray(w_tilde.compact), np.asarray(noise_map.in_array)
    tolerance = max(TOLERANCES.get(values.dtype, 1e-3) for values in (compact, sigma, np.asarray(uv_wavelengths)))
    if w_tilde.hankel is None and np.any(np.abs(sigma[:, 0] - sigma[:, 1]) > tolerance * sigma[:, 0]):
        raise ValueError(
            f"`w_tilde` must have a table `hankel` for a `noise_map` that differs between real and imaginary parts, but has "
            f"none; {OTHER}."
        )
    weights = 0.5 / np.square(sigma[:, 0], dtype=np.float64) + 0.5 / np.square(sigma[:, 1], dtype=np.float64)
    ny, nx = compact.shape[-2], (compact.shape[-1] + 1) // 2
    for row, column in sorted({(0, 0), (0, min(1, nx - 1)), (min(1, ny - 1), min(1, nx - 1))}):
        expected = float(_table_at(row, column, np.asarray(uv_wavelengths), weights, mask))
        found = compact[..., row, column + nx - 1]
        if not np.all(np.abs(found - expected) <= tolerance * np.sum(weights)):
            what = "`noise_map`" if (row, column) == (0, 0) else "`uv_wavelengths`"
            raise ValueError(
                f"`w_tilde` must be that of {what}, {expected:.7g} at an offset of {(row, column)} pixels, but is "
                f"{float(np.ravel(found)[0]):.7g} there; {OTHER}."
            )


def _table_at(row: int, column: int, uv_wavelengths: np.ndarray, weights: np.ndarray, mask: Mask2D) -> Any:
    """Return the entry of the table `compact` at one offset."""
    height, width = mask.pixel_scales
    x, y = (2.0 * math.pi * RADIANS_PER_ARCSEC * side for side in (column * width, -row * height))
    return np.sum(weights * np.cos(x * uv_wavelengths[:, 0] + y * uv_wavelengths[:, 1]))
