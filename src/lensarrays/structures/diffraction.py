"""The diffraction pattern of a telescope: the PSF of a circular pupil with a circular obscuration in its centre."""

import math
from typing import Any

import numpy as np

from .. import _check

RADIANS_PER_ARCSEC = math.pi / 648_000

# Micrometres, nanometres and angstroms are all above this, and millimetre waves below it.
_LONGEST_WAVELENGTH = 0.05


def diffraction_pattern(
    shape_native: tuple[int, int],
    pixel_scales: float | tuple[float, float],
    wavelength: float,
    diameter: float,
    obscuration: float = 0.0,
) -> np.ndarray:
    """Compute the monochromatic PSF of a circular pupil, integrated over pixels.

    The pattern is band-limited: it has no spatial frequency above `diameter / wavelength`. Gauss-Legendre quadrature over each
    pixel therefore converges faster than exponentially once it resolves that frequency, and with the number of points
    chosen here its error is below 1e-12 of the flux of the central pixel.

    Parameters
    ----------
    shape_native : (ky, kx), both odd
    pixel_scales : pixel size, a number or (y, x) [arcsec]
    wavelength : wavelength [metre]
    diameter : diameter of the pupil [metre]
    obscuration : diameter of the central obscuration divided by that of the pupil, from 0 up to but excluding 1

    Returns
    -------
    array, shape (ky, kx), dtype float64 [dimensionless]
        The fraction of all light that falls into each pixel. The sum is below one by what falls outside of the array.

    Raises
    ------
    ValueError
        If a side is even, a length is not positive or not in metres, or the obscuration is not in [0, 1).
    TypeError
        If an argument is traced.

    References
    ----------
    M. Born and E. Wolf, *Principles of Optics* (7th ed., 1999), section 8.5.2, equation 14, for the open pupil;
    H. F. A. Tschunko, "Imaging performance of annular apertures", Applied Optics 13 (1974), 1820, for the obscured one.

    Examples
    --------
    >>> psf = diffraction_pattern((21, 21), pixel_scales=0.1, wavelength=0.7e-6, diameter=1.2, obscuration=0.3)
    >>> print(psf.shape, f"{psf.sum():.3f}")
    (21, 21) 0.970
    """
    shape = _check.shape_native(shape_native)
    if not all(size % 2 for size in shape):
        raise ValueError(
            f"`shape_native` must have odd sides, to have a centre pixel, but is {shape}; add one to the even ones."
        )
    scales = [scale * RADIANS_PER_ARCSEC for scale in _check.pixel_scales(pixel_scales)]
    wavelength = _length_in_metres(wavelength, "wavelength")
    diameter = _check.positive_number(diameter, "diameter")
    obscuration = _fraction(obscuration)
    # The flux is normalised by Parseval's theorem: the solid angle of the pattern is the wavelength squared over the area.
    area = math.pi * diameter**2 / 4 * (1 - obscuration**2)
    (y, weights_y), (x, weights_x) = (_quadrature(n, s, wavelength / diameter) for n, s in zip(shape, scales, strict=True))
    pattern = np.zeros(shape)
    for column, weight in zip(y.T, weights_y, strict=True):  # one row of points in each pixel at a time, to save memory
        radius = np.hypot(column[:, None], x.reshape(1, -1))
        intensity = _amplitude(math.pi * diameter / wavelength * radius, obscuration) ** 2
        pattern += weight * (intensity.reshape(*shape, -1) @ weights_x)
    return pattern * area / wavelength**2


def _amplitude(v: np.ndarray, obscuration: float) -> np.ndarray:
    """Return the amplitude in the focal plane over that on the axis, at v = pi * diameter * angle / wavelength."""
    return (_disc(v) - obscuration**2 * _disc(obscuration * v)) / (1 - obscuration**2)


def _disc(v: np.ndarray) -> np.ndarray:
    """Return 2 J1(v) / v, the Fourier transform of a uniform disc, which is one at the origin."""
    from scipy.special import j1

    safe = np.where(v == 0, 1.0, v)
    return np.where(v == 0, 1.0, 2 * j1(safe) / safe)


def _quadrature(size: int, scale: float, resolution: float) -> tuple[np.ndarray, np.ndarray]:
    """Return points (size, m) inside each of `size` centred pixels along one axis, and their weights (m,); all in radians."""
    # A pixel holds scale / resolution periods of the highest frequency; m points integrate 2m / pi of them, and the 12
    # points more make the error that of rounding.
    m = math.ceil(math.pi / 2 * scale / resolution) + 12
    nodes, weights = np.polynomial.legendre.leggauss(m)
    centres = (np.arange(size) - (size - 1) / 2) * scale
    return centres[:, None] + nodes * scale / 2, weights * scale / 2


def _length_in_metres(value: Any, name: str) -> float:
    number = _check.positive_number(value, name)
    if number > _LONGEST_WAVELENGTH:
        raise ValueError(
            f"`{name}` must be in metres, and so below {_LONGEST_WAVELENGTH}, but is {value!r}; write 0.7 micron as 0.7e-6."
        )
    return number


def _fraction(obscuration: Any) -> float:
    number = _check.static_array(obscuration, "obscuration")
    if number.shape != () or number.dtype.kind not in "iuf" or not 0 <= number < 1:
        raise ValueError(
            f"`obscuration` must be at least 0 and below 1, but is {obscuration!r}; it is the diameter of the obscuration over "
            f"that of the pupil."
        )
    return float(number)
