"""Noise made into weights, and looked at, in one pass."""

import math

import numba
import numpy as np

compiled = numba.njit(nogil=True, cache=True, error_model="numpy")


@compiled
def weights_of(uv, noise):
    """Return 1 / sigma^2, and whether baselines and noise are finite, and the noise positive and the same in both parts.

    Parameters
    ----------
    uv : array, shape (k, 2)
    noise : array of complex, shape (k,)
    """
    weights = np.empty(len(noise))
    total, is_usual = 0.0, True
    for k in range(len(noise)):
        sigma = noise[k].real
        total += uv[k, 0] + uv[k, 1]
        is_usual &= 0.0 < sigma < math.inf and sigma == noise[k].imag
        weights[k] = 1.0 / (sigma * sigma)
    return weights, is_usual and math.isfinite(total)
