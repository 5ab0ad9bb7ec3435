"""Images of many Gaussians, with the mean over sub-pixels taken as they are evaluated: nothing is kept of sub-pixels."""

from typing import Any

import numba
import numpy as np
from llvmlite import ir

from .haloes._numba_functions import Number, compiled_function
from .mass._series import fitted, polynomial

# Beyond this many widths squared, halved, less than 1e-21 of the central value is left, and counts as nothing: sums of products
# of images do not see it, and images of which less is not zero are blurred and multiplied faster.
FURTHEST = 48.5
# Pixels that are done, or seen to be beyond the light, at once: with fewer, starting takes longer than what is saved.
BLOCK = 256

_LOG_2 = (0.693147180369123816490, 1.90821492927058770002e-10)  # a sum, of which the first times an integer is exact
_MAGIC = 1.5 * 2.0**52  # added to a number, it leaves the nearest integer in the last bits
_SERIES = fitted(np.exp, -0.35, 0.35, 2.0**-53)


def _decay(exponent: Number) -> Number:
    """Return exp(-exponent) for exponents from 0 to 700, as a power of two times a polynomial."""
    builder, bits = exponent.builder, ir.IntType(64)
    shifted = exponent * (-1 / (_LOG_2[0] + _LOG_2[1])) + _MAGIC
    power = shifted - _MAGIC
    rest = -exponent - power * _LOG_2[0] - power * _LOG_2[1]
    biased = builder.add(builder.bitcast(shifted.value, bits), ir.Constant(bits, 1023))
    scale = Number(builder, builder.bitcast(builder.shl(biased, ir.Constant(bits, 52)), exponent.value.type))
    return polynomial(_SERIES)(rest) * scale


decay: Any = compiled_function(lambda exponent: _decay(exponent), 0)
compiled = numba.njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")


@compiled
def set_gaussian_columns(images, own, y, x, rows, groups, pixels):
    """Set images (g, pixels) to those of Gaussians of central value one.

    Parameters
    ----------
    images : array, shape (all g, pixels)
    own : array of int, shape (g,)
        Which of the images.
    y, x : arrays, shape (places,)
        Where the points of `LightPoints` are in the plane of the Gaussians.
    rows : array, shape (g, 5)
        Centre (y, x), ellipticity (y, x), and the rate at which the logarithm falls with |w|^2: see `_ellipse.py`.
    groups, pixels : arrays
        Of `LightPoints`.
    """
    squares, nearest = np.empty(len(y)), np.empty(len(pixels) // BLOCK + len(groups))
    sums = np.empty(BLOCK)
    for g in range(len(rows)):
        if g == 0 or not np.all(rows[g, :4] == rows[g - 1, :4]):
            _set_squares(squares, nearest, y, x, rows[g], groups)
        rate, image = rows[g, 4], images[own[g]]
        first, block = 0, 0
        for start, total, size in groups:
            for low in range(0, total, BLOCK):
                count = min(BLOCK, total - low)
                places = pixels[first + low : first + low + count]
                sums[:] = 0.0
                if not nearest[block] * rate > FURTHEST:
                    for sub in range(size * size):
                        _add_decay(sums[:count], squares[start + sub * total + low :], rate)
                    sums *= 1.0 / (size * size)
                if places[-1] - places[0] == count - 1:  # pixels of a row
                    image[places[0] : places[0] + count] = sums[:count]
                else:
                    for j in range(count):
                        image[places[j]] = sums[j]
                block += 1
            first += total


@compiled
def _add_decay(sums, squares, rate):
    """Add what is left of Gaussians at some squared radii."""
    for j in range(len(sums)):
        exponent = squares[j] * rate
        value = decay(exponent, ())
        sums[j] += 0.0 if exponent > FURTHEST else value


@compiled
def _set_squares(squares, nearest, y, x, row, groups):
    """Set |w|^2 at all points, and the least of it in each block of pixels."""
    c_y, c_x, e_y, e_x = row[0], row[1], row[2], row[3]
    for i in range(len(y)):
        d_y, d_x = y[i] - c_y, x[i] - c_x
        w_y, w_x = d_y + (e_x * d_y - e_y * d_x), d_x - (e_x * d_x + e_y * d_y)
        squares[i] = w_y * w_y + w_x * w_x
    block = 0
    for start, total, size in groups:
        for low in range(0, total, BLOCK):
            least = np.inf
            for sub in range(size * size):
                begin = start + sub * total + low
                for value in squares[begin : begin + min(BLOCK, total - low)]:
                    if not value > least:  # so that NaN is kept
                        least = value
            nearest[block] = least
            block += 1
