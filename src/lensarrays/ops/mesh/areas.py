"""How large the pixels of a mesh are: for looking at what was found, in NumPy."""

from typing import Any

import numpy as np
from jaxtyping import Float

from ... import _check
from ..._backend import namespace
from ..mapper import Mapper


def pixel_areas_from(mapper: Mapper) -> Float[np.ndarray, " s"]:
    """Return the areas of the pixels of a mesh in the source plane.

    A sum over pixels of values times areas is the flux of the source: on triangles that of the linear interpolation exactly.

    Parameters
    ----------
    mapper : Mapper
        Without batch axes, and not traced.

    Returns
    -------
    numpy.ndarray, shape (s,) [arcsec^2]
        Of rectangular pixels, whose borders are half way between their centres; of vertices a third of each triangle around.

    Raises
    ------
    TypeError
        If the mapper is traced.
    ValueError
        If it is a batch.

    Examples
    --------
    >>> import lensarrays as la
    >>> grid = la.Grid2D.uniform(shape_native=(4, 4), pixel_scales=1.0, over_sample_size=1)
    >>> mapper = la.mesh.RectangularUniform(shape=(3, 3)).mapper_from(grid.values, mask=grid.mask, over_sample_size=1)
    >>> la.mesh.pixel_areas_from(mapper).round(6)
    array([1., 1., 1., 1., 1., 1., 1., 1., 1.])
    """
    points = _check.static_array(mapper.mesh_grid, "mapper", dtype=float)
    if points.ndim != 2:
        raise ValueError(
            f"`mapper` must have no batch axes, but its mesh grid has shape {points.shape}; take one of the batch, as by "
            f"`jax.tree.map(lambda leaf: leaf[0], mapper)`."
        )
    if mapper.shape_native is None:
        return _of_vertices(points)
    centres = points.reshape(*mapper.shape_native, 2)
    heights, widths = _sizes(centres[:, 0, 0]), _sizes(centres[0, :, 1])
    return (heights[:, None] * widths).ravel()


def magnification_from(values: Any, mapper: Mapper) -> Any:
    """Return the magnification of a source on a mesh: its flux in the image over that in its plane; not for traced mappers.

    Parameters
    ----------
    values : array, shape (s,) [any unit]
        Of the mesh pixels.
    mapper : Mapper

    Returns
    -------
    array, shape () [dimensionless]
    """
    xp, (height, width) = namespace(values, mapper.weights), mapper.mask.pixel_scales
    areas = xp.asarray(pixel_areas_from(mapper), dtype=values.dtype)
    return xp.sum(mapper.mapped_from(values), axis=-1) * (height * width) / xp.sum(values * areas, axis=-1)


def _sizes(centres: np.ndarray) -> np.ndarray:
    """Return the sizes of cells along one axis; the outermost reach as far out as in."""
    steps = np.abs(np.diff(centres))
    return 0.5 * (np.concatenate([steps[:1], steps]) + np.concatenate([steps, steps[-1:]]))


def _of_vertices(points: np.ndarray) -> np.ndarray:
    from scipy.spatial import Delaunay

    corners = Delaunay(points).simplices
    (y0, y1, y2), (x0, x1, x2) = points[corners, 0].T, points[corners, 1].T
    areas: Any = 0.5 * np.abs((y1 - y0) * (x2 - x0) - (y2 - y0) * (x1 - x0))
    return np.bincount(corners.ravel(), np.repeat(areas / 3, 3), minlength=len(points))
