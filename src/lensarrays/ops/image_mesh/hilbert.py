"""The image mesh along a curve that fills the image."""

import functools
from collections.abc import Iterator
from typing import Any, final

import equinox as eqx
import numpy as np

from ..._backend import readonly
from ...structures import Array2D, Grid2DIrregular, Mask2D
from ...structures.sub_pixels import pixel_centres
from .abstract import AbstractImageMeshWeighted, known_image, weight_arguments

# Cells along a side of the square that the curve fills, as autolens has it.
_LENGTH = 193
# The last point is this part of the curve away from its end, as in autolens.
_LAST = 0.99999999

Step = tuple[int, int]


@final
class Hilbert(AbstractImageMeshWeighted):
    """Points along a Hilbert curve through a circular mask, which follow each other the faster the fainter the source is.

    The curve visits each cell of a grid of 193x193 over the circle, never far from the last one. The weights of the image at
    the cells, added up along it, go from zero to one, and the points are where that sum is i / pixels. This is autolens's
    method, and gives its points.

    Parameters
    ----------
    pixels : int
        How many points there are.
    weight_floor, weight_power : float
        The weight of a cell is (abs(image) / its maximum)^weight_power, and at least weight_floor.

    Raises
    ------
    ValueError
        If an argument is out of range.

    References
    ----------
    J. Červený, *gilbert: space-filling curve for rectangular domains of arbitrary size* (2018).
    Q. He et al. 2024, MNRAS 532, 2441 (its use for meshes).

    Examples
    --------
    >>> import numpy as np
    >>> from lensarrays import Mask2D
    >>> from lensarrays.ops.image_mesh import Hilbert
    >>> mask = Mask2D.circular(shape_native=(40, 40), radius=0.9, pixel_scales=0.05)
    >>> grid = Hilbert(pixels=50, weight_power=1.0).image_plane_mesh_grid_from(mask, np.ones(mask.pixels_in_mask))
    >>> grid.values.shape
    (50, 2)
    """

    pixels: int = eqx.field(static=True)
    weight_floor: float = eqx.field(static=True)
    weight_power: float = eqx.field(static=True)

    def __init__(self, pixels: int = 10, weight_floor: float = 0.0, weight_power: float = 0.0):
        self.pixels, self.weight_floor, self.weight_power = weight_arguments(pixels, weight_floor, weight_power)

    def image_plane_mesh_grid_from(self, mask: Mask2D, adapt_data: Any = None) -> Grid2DIrregular:
        from scipy.interpolate import griddata

        values = known_image(adapt_data, mask)
        if not mask.is_circular:
            raise ValueError(f"`mask` must be circular for a Hilbert curve, but {mask!r} is not; use `Overlay` or `KMeans`.")
        image = Array2D(values, mask).native.ravel()
        every_pixel = pixel_centres(Mask2D.all_false(mask.shape_native, mask.pixel_scales, mask.origin))
        curve = _curve_in_disc() * mask.circular_radius + np.asarray(mask.mask_centre)
        # By triangles between the pixel centres, as in autolens: their diagonals decide where the points are.
        weights = self.weight_map_from(griddata(every_pixel, image, curve, method="linear", fill_value=0.0))
        cumulative = np.cumsum(weights / np.sum(weights))
        cumulative[0] = 0.0
        places = np.interp(np.linspace(0.0, _LAST, self.pixels), cumulative, np.arange(len(curve)))
        return Grid2DIrregular(np.stack([np.interp(places, np.arange(len(curve)), curve[:, k]) for k in range(2)], axis=-1))


@functools.lru_cache(maxsize=1)
def _curve_in_disc() -> np.ndarray:
    """Return the cells (y, x) of the curve that are in the unit circle, shape (c, 2)."""
    cells = np.asarray(list(_cells((0, 0), (_LENGTH, 0), (0, _LENGTH))))[:, ::-1]
    points = 2.0 * (cells / _LENGTH - 0.5)
    return readonly(points[np.hypot(*points.T) <= 1.0])


def _cells(start: Step, along: Step, across: Step) -> Iterator[Step]:
    """Yield the cells (x, y) of a rectangle, from a corner of it along one side; its sides are steps from that corner."""
    width, height = abs(sum(along)), abs(sum(across))
    if height == 1 or width == 1:
        side, length = (along, width) if height == 1 else (across, height)
        yield from (_moved(start, _unit(side), k) for k in range(length))
        return
    half_along, half_across = _half(along), _half(across)
    if 2 * width > 3 * height:
        half = _even(half_along, along, width)
        yield from _cells(start, half, across)
        yield from _cells(_moved(start, half), _moved(along, half, -1), across)
        return
    half = _even(half_across, across, height)
    rest = _moved(across, half, -1)
    # Up a half of the height, along the whole width of the other half, and down again.
    yield from _cells(start, half, half_along)
    yield from _cells(_moved(start, half), along, rest)
    end = _moved(_moved(_moved(_moved(start, along), _unit(along), -1), half), _unit(across), -1)
    yield from _cells(end, _moved((0, 0), half, -1), _moved(half_along, along, -1))


def _moved(start: Step, by: Step, times: int = 1) -> Step:
    return start[0] + times * by[0], start[1] + times * by[1]


def _unit(side: Step) -> Step:
    return (side[0] > 0) - (side[0] < 0), (side[1] > 0) - (side[1] < 0)


def _half(side: Step) -> Step:
    return side[0] // 2, side[1] // 2


def _even(half: Step, side: Step, length: int) -> Step:
    """Return the half of a side with one more step if it would be odd: the curve then ends in the right corner."""
    return _moved(half, _unit(side)) if abs(sum(half)) % 2 and length > 2 else half
