"""The image mesh that is a coarse grid over the image."""

from typing import Any, final

import equinox as eqx
import numpy as np

from ... import _check
from ...structures import Grid2DIrregular, Mask2D
from ...structures.sub_pixels import pixel_centres
from .abstract import AbstractImageMesh


@final
class Overlay(AbstractImageMesh):
    """A uniform grid over the smallest box that holds the mask, of which those points are kept whose pixel is used.

    Parameters
    ----------
    shape : (int, int)
        Its rows and columns.

    Raises
    ------
    ValueError
        If `shape` is not two positive integers.

    Examples
    --------
    >>> from lensarrays import Mask2D
    >>> from lensarrays.ops.image_mesh import Overlay
    >>> mask = Mask2D.circular(shape_native=(9, 9), radius=0.4, pixel_scales=0.1)
    >>> Overlay(shape=(2, 2)).image_plane_mesh_grid_from(mask).values.round(6)
    array([[ 0.175, -0.175],
           [ 0.175,  0.175],
           [-0.175, -0.175],
           [-0.175,  0.175]])
    """

    shape: tuple[int, int] = eqx.field(static=True)

    def __init__(self, shape: tuple[int, int] = (3, 3)):
        self.shape = _check.shape_native(shape, "shape")

    def image_plane_mesh_grid_from(self, mask: Mask2D, adapt_data: Any = None) -> Grid2DIrregular:
        centres = pixel_centres(mask)
        scale_y, scale_x = (np.ptp(centres, axis=0) + mask.pixel_scales) / self.shape
        (rows, columns), (middle_y, middle_x) = self.shape, mask.mask_centre
        y = middle_y - (np.arange(rows) - (rows - 1) / 2) * scale_y
        x = middle_x + (np.arange(columns) - (columns - 1) / 2) * scale_x
        points = np.stack(np.meshgrid(y, x, indexing="ij"), axis=-1).reshape(-1, 2)
        row, column = mask.geometry.grid_pixel_centres_2d_from(points).T
        vertices = points[~mask.array[row, column]]
        if len(vertices) == 0:
            raise ValueError(
                f"`shape` must be of a grid that has points in {mask!r}, but is {self.shape}, whose points "
                f"are all masked; refine it."
            )
        return Grid2DIrregular(vertices)
