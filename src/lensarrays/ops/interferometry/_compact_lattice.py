"""The lattice of the pixels of a mask, on which W-tilde is a table of offsets; computed once for all equal masks."""

import functools
from typing import Any, final

import numpy as np

from ...structures import Mask2D
from ...structures.diffraction import RADIANS_PER_ARCSEC
from ...structures.mask_index import used_box


@final
class Lattice:
    """The smallest box of ny rows and nx columns that holds all used pixels; compared by identity.

    Attributes
    ----------
    shape : (ny, nx)
    pixels : int
        The number n of used pixels.
    spacing : (float, float)
        Between rows and between columns [rad].
    centre : (float, float)
        The middle (y, x) of the box [rad].
    lengths : (ly, lx)
        Of Fourier transforms in which no offset between two pixels of the box meets another: with small factors only.
    places : array of int, shape (n,)
        Where in the box, laid out flat, each used pixel is.
    slots : array of int, shape (ny * nx,)
        Which used pixel each pixel of the box is; n where it is none.
    is_full : bool
        Whether all pixels of the box are used.
    spare : list
        Memory for transforms that nobody uses at the moment.
    """

    __slots__ = ("centre", "is_full", "lengths", "pixels", "places", "shape", "slots", "spacing", "spare")

    def __init__(self, mask: Mask2D):
        from scipy.fft import next_fast_len

        (y0, y1), (x0, x1) = used_box(mask)
        used = ~mask.array[y0:y1, x0:x1].ravel()
        self.shape = (y1 - y0, x1 - x0)
        self.pixels = mask.pixels_in_mask
        scale_y, scale_x = mask.pixel_scales
        self.spacing = (scale_y * RADIANS_PER_ARCSEC, scale_x * RADIANS_PER_ARCSEC)
        y, x = mask.mask_centre
        self.centre = (float(y) * RADIANS_PER_ARCSEC, float(x) * RADIANS_PER_ARCSEC)
        self.lengths = (next_fast_len(2 * self.shape[0] - 1), next_fast_len(2 * self.shape[1] - 1, real=True))
        self.places = np.flatnonzero(used)
        self.slots = np.full(used.size, self.pixels)
        self.slots[self.places] = np.arange(self.pixels)
        self.is_full = self.pixels == used.size
        self.spare: list[Any] = []


@functools.lru_cache(maxsize=32)
def lattice_of(mask: Mask2D) -> Lattice:
    """Return the lattice of a mask, or raise if it uses no pixel."""
    check_used(mask)
    return Lattice(mask)


def check_used(mask: Mask2D) -> None:
    """Raise if a mask uses no pixel."""
    if mask.is_all_true:
        raise ValueError(
            f"`real_space_mask` must use at least one pixel, but is {mask!r}; enlarge or move what it leaves open."
        )
