"""The smallest box around the used pixels: a lattice of positions, on which Fourier transforms run."""

import functools
import math
from typing import Any, final

import numpy as np

from ..._backend import namespace, placed
from ...structures import Mask2D
from ._compact_lattice import lattice_of


@final
class Box:
    """Where the used pixels of a mask are in the smallest box that holds them; compared by identity.

    Attributes
    ----------
    shape : (ny, nx)
        Rows and columns of the box.
    first : (float, float)
        (y, x) of the centre of its upper left pixel [radian].
    steps : (float, float)
        How much y and x change from one row, and one column, to the next [radian]; that of y is negative.
    """

    __slots__ = ("_places", "_source", "first", "shape", "steps")

    def __init__(self, mask: Mask2D):
        lattice = lattice_of(mask)
        self.shape, (spacing_y, spacing_x) = lattice.shape, lattice.spacing
        self.steps = (-spacing_y, spacing_x)
        y, x = (lattice.centre[axis] - self.steps[axis] * (self.shape[axis] - 1) / 2 for axis in (0, 1))
        self.first = (y, x)
        self._places, self._source = lattice.places, lattice.slots

    @property
    def is_full(self) -> bool:
        """Whether every pixel of the box is used."""
        return self._places.size == self._source.size

    def positions(self, axis: int) -> np.ndarray:
        """Return the y of each row (axis 0), or the x of each column (axis 1) [radian]."""
        return self.first[axis] + self.steps[axis] * np.arange(self.shape[axis])

    def filled(self, values: Any) -> Any:
        """Return values of the used pixels (..., n) as images of the box (..., ny, nx), zero elsewhere."""
        if not self.is_full:
            values = placed(values, self._places, self._source, axis=-1)
        return namespace(values).reshape(values, (*values.shape[:-1], *self.shape))

    def taken(self, images: Any) -> Any:
        """Return the values of the used pixels (..., n) of images of the box (..., ny, nx)."""
        xp = namespace(images)
        flat = xp.reshape(images, (*images.shape[:-2], math.prod(self.shape)))
        return flat if self.is_full else xp.take(flat, xp.asarray(self._places), axis=-1)


@functools.lru_cache(maxsize=32)
def box_of(mask: Mask2D) -> Box:
    """Return the box of a mask; equal masks share one."""
    return Box(mask)
