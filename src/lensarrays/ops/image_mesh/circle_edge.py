"""Points around an image mesh, for the zeros at the edge of a source."""

from typing import Any

import numpy as np

from ... import _check
from ...structures import Grid2DIrregular


def append_with_circle_edge_points(
    image_plane_mesh_grid: Any, centre: tuple[float, float], radius: float, n_points: int
) -> Grid2DIrregular:
    """Return an image mesh with points on a circle after its own, the first to the right of the centre, then anticlockwise.

    A mesh of it, say `la.mesh.Delaunay(zeroed_pixels=n_points)`, lets a fit zero the source there.

    Parameters
    ----------
    image_plane_mesh_grid : Grid2DIrregular, or array of shape (s, 2) [arcsec]
    centre : (float, float)
        Of the circle, (y, x) [arcsec].
    radius : float
        Of the circle [arcsec]; that of the mask is meant.
    n_points : int
        How many there are on it.

    Returns
    -------
    Grid2DIrregular of NumPy, shape (s + n_points, 2) [arcsec]

    Raises
    ------
    ValueError
        If an argument is out of range.
    TypeError
        If one is traced.

    Examples
    --------
    >>> from lensarrays import Grid2DIrregular
    >>> from lensarrays.ops.image_mesh import append_with_circle_edge_points
    >>> grid = append_with_circle_edge_points(Grid2DIrregular([(0.0, 0.5)]), centre=(0.0, 0.0), radius=3.0, n_points=4)
    >>> grid.values.round(6) + 0.0
    array([[ 0. ,  0.5],
           [ 0. ,  3. ],
           [ 3. ,  0. ],
           [ 0. , -3. ],
           [-3. ,  0. ]])
    """
    points = getattr(image_plane_mesh_grid, "values", image_plane_mesh_grid)
    vertices = _check.static_array(points, "image_plane_mesh_grid", float)
    if vertices.ndim != 2 or vertices.shape[-1] != 2:
        raise ValueError(
            f"`image_plane_mesh_grid` must have shape (s, 2), points (y, x), but has shape {vertices.shape}; make it by "
            f"an image mesh."
        )
    (y, x), count = _check.pair(centre, "centre"), _check.whole_number(n_points, "n_points", at_least=1)
    angle = np.linspace(0.0, 2.0 * np.pi, count, endpoint=False)
    distance = _check.positive_number(radius, "radius")
    circle = np.stack([y + distance * np.sin(angle), x + distance * np.cos(angle)], axis=-1)
    return Grid2DIrregular(np.concatenate([vertices, circle]))
