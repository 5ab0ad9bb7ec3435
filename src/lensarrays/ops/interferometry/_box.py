"""The smallest box around the used pixels: a lattice of positions, on which Fourier transforms run."""

import functools
import math
from typing import Any, final

import numpy as np

from ..._backend import namespace, placed
from ...structures import Mask2D
from ...structures.mask_index import index_maps, used_box

RADIANS = math.pi / 648000.0  # an arcsecond


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
        rows, columns = used_box(mask)
        self.shape = (rows[1] - rows[0], columns[1] - columns[0])
        y, x = mask.geometry.scaled_coordinates_2d_from((rows[0], columns[0]))
        self.first = (y * RADIANS, x * RADIANS)
        self.steps = (-mask.pixel_scales[0] * RADIANS, mask.pixel_scales[1] * RADIANS)
        row, column = np.divmod(index_maps(mask)[0], mask.shape_native[1])
        self._places = (row - rows[0]) * self.shape[1] + column - columns[0]
        self._source = np.full(math.prod(self.shape), self._places.size)
        self._source[self._places] = np.arange(self._places.size)

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
