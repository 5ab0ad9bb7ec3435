"""Quadratic forms of w-tilde on the host, in memory that is used again.

New memory comes from the system page by page. For an image of 256 x 256 pixels that takes longer than the transforms.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from ._compact_lattice import Lattice

MOST_BYTES = 2**26  # of what is kept for a mask


class Sheets(NamedTuple):
    """Memory for the transform of one image.

    Attributes
    ----------
    box : array of float64, shape (ny, lx)
        The image, followed by zeros, which nobody writes to.
    spectrum : array of complex128, shape (ly, lx // 2 + 1)
    places : array of int, shape (n,)
        Where in the box, laid out flat, each used pixel is.
    """

    box: np.ndarray
    spectrum: np.ndarray
    places: np.ndarray


def is_for_host(values: Any, spectrum: Any) -> bool:
    """Return whether these are one image and one spectrum, of NumPy and in double precision."""
    if not (isinstance(values, np.ndarray) and isinstance(spectrum, np.ndarray)):
        return False
    return values.ndim == 1 and spectrum.ndim == 2 and values.dtype == spectrum.dtype == np.float64


def quadratic_on_host(values: np.ndarray, spectrum: np.ndarray, lattice: Lattice) -> np.float64:
    """Return values' W values of values (n,), for a kernel of differences."""
    import scipy.fft

    from ._spectrum_numba import power

    try:
        sheets = lattice.spare.pop()  # threads may share a lattice: what is in use is not in the list
    except IndexError:
        sheets = _sheets_of(lattice)
    box, rows = sheets.box, lattice.shape[0]
    box.reshape(-1)[sheets.places] = values
    np.fft.rfft(box, axis=-1, out=sheets.spectrum[:rows])  # rows below are zero: they need no transform
    sheets.spectrum[rows:] = 0.0
    image = scipy.fft.fft(sheets.spectrum, axis=0, overwrite_x=True)
    total = power(image, np.ascontiguousarray(spectrum), lattice.lengths[1] % 2 == 0)
    if not lattice.spare and sheets.spectrum.nbytes <= MOST_BYTES:
        lattice.spare.append(sheets)
    return np.float64(total / math.prod(lattice.lengths))


def _sheets_of(lattice: Lattice) -> Sheets:
    (ny, nx), (ly, lx) = lattice.shape, lattice.lengths
    rows, columns = divmod(lattice.places, nx)
    return Sheets(np.zeros((ny, lx)), np.empty((ly, lx // 2 + 1), dtype=complex), rows * lx + columns)
