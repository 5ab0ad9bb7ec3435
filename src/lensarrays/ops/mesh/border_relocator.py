"""Relocation: rays that end outside of what the border of the mask is traced to are brought back to it."""

from typing import Any, final

import equinox as eqx
from jaxtyping import Float

from ..._backend import namespace
from ..._typing import Array
from ...structures.arithmetic import bare
from .._extremes import greatest
from ..argument_types import check_array

_PADDING = 1e-12  # [arcsec] of the semi-axes, so that border pixels are not outside by rounding


@final
class BorderEllipse(eqx.Module):
    """An ellipse about the border of a mask as it is traced to the source plane; made by `border_ellipse_from`.

    Attributes
    ----------
    centre : array, shape (..., 2) [arcsec]
        The mean (y, x) of the border.
    major_axis, minor_axis : arrays, shape (...) [arcsec]
        How far the border reaches along and across the direction in which it scatters most. The second may be larger.
    angle : array, shape (...) [radians]
        Of that direction, counterclockwise from the x axis.
    """

    centre: Float[Array, "... 2"]
    major_axis: Float[Array, "..."]
    minor_axis: Float[Array, "..."]
    angle: Float[Array, "..."]

    def relocated_grid_from(self, grid: Any) -> Float[Array, "... m 2"]:
        """Return points (..., m, 2) [arcsec], those outside moved towards the centre until they are on the ellipse."""
        grid = bare(grid)
        _check_points(grid, "grid")
        xp = namespace(grid, self.angle)
        y, x = (grid[..., k] - self.centre[..., k][..., None] for k in (0, 1))
        along, across = _turned(y, x, self.angle, xp=xp)
        squared = (along / self.major_axis[..., None]) ** 2 + (across / self.minor_axis[..., None]) ** 2
        outside = squared > 1
        # Moving along a ray through the centre is a scaling in any frame. Points inside keep every bit.
        scale = 1 / xp.sqrt(xp.where(outside, squared, xp.ones_like(squared)))
        moved = xp.stack([self.centre[..., 0][..., None] + scale * y, self.centre[..., 1][..., None] + scale * x], axis=-1)
        return xp.where(outside[..., None], moved, grid)


def border_ellipse_from(border_grid: Any) -> BorderEllipse:
    """Return the ellipse about the border of a mask: its directions are the principal axes of the border pixels.

    Parameters
    ----------
    border_grid : array, shape (..., m, 2) [arcsec]
        Where the rays of the border pixels (`mask.derive_indexes.border_slim`) are in the source plane, (y, x). Where they
        scatter alike in all directions the axes are those of the coordinates.

    Returns
    -------
    BorderEllipse

    Raises
    ------
    ValueError
        If there is no point, or they are not pairs.

    References
    ----------
    J. W. Nightingale, S. Dye & R. J. Massey, MNRAS 478, 4738 (2018), figure 2: why rays are relocated.

    Examples
    --------
    >>> import numpy as np
    >>> from lensarrays.ops.mesh import border_ellipse_from
    >>> ellipse = border_ellipse_from(np.asarray([[0.0, 2.0], [1.0, 0.0], [0.0, -2.0], [-1.0, 0.0]]))
    >>> ellipse.relocated_grid_from(np.asarray([[0.5, 0.0], [0.0, 3.0]])).round(9)
    array([[0.5, 0. ],
           [0. , 2. ]])
    """
    border_grid = bare(border_grid)
    _check_points(border_grid, "border_grid")
    xp, count = namespace(border_grid), border_grid.shape[-2]
    if count == 0:
        raise ValueError("`border_grid` must have at least one point, but has none; pass the border pixels of a mask.")
    centre = xp.mean(border_grid, axis=-2)
    y, x = (border_grid[..., k] - centre[..., k][..., None] for k in (0, 1))
    yy, yx, xx = (xp.sum(a * b, axis=-1) / max(count - 1, 1) for a, b in ((y, y), (y, x), (x, x)))
    angle = _major_angle(yy, yx, xx, xp=xp)
    along, across = _turned(y, x, angle, xp=xp)
    return BorderEllipse(centre, greatest(xp.abs(along), xp=xp) + _PADDING, greatest(xp.abs(across), xp=xp) + _PADDING, angle)


def relocated_grid_from(grid: Any, border_grid: Any) -> Float[Array, "... m 2"]:
    """Return points, those outside of the ellipse about a border moved onto it.

    Parameters
    ----------
    grid : array, shape (..., m, 2) [arcsec]
        Where rays, or the vertices of a mesh, are in the source plane, (y, x).
    border_grid : array, shape (..., b, 2) [arcsec]
        Where the rays of the border pixels are; see `border_ellipse_from`.

    Returns
    -------
    array, shape (..., m, 2) [arcsec]

    Raises
    ------
    ValueError
        If there is no border point, or points are not pairs.

    Examples
    --------
    >>> import numpy as np
    >>> from lensarrays.ops.mesh import relocated_grid_from
    >>> border = np.asarray([[0.0, 2.0], [1.0, 0.0], [0.0, -2.0], [-1.0, 0.0]])
    >>> relocated_grid_from(np.asarray([[4.0, 0.0]]), border).round(9)
    array([[1., 0.]])
    """
    return border_ellipse_from(border_grid).relocated_grid_from(grid)


def _major_angle(yy: Any, yx: Any, xx: Any, *, xp: Any) -> Any:
    """Return the angle of the larger principal axis of a covariance, or 0 if they differ by rounding only."""
    difference, twice = xx - yy, 2 * yx
    half_trace = (xx + yy) / 2
    scale = xp.maximum(half_trace, xp.asarray(_PADDING, dtype=half_trace.dtype))
    isotropic = difference**2 + twice**2 <= xp.finfo(half_trace.dtype).eps * scale**2
    return xp.atan2(xp.where(isotropic, 0.0 * twice, twice), xp.where(isotropic, xp.ones_like(twice), difference)) / 2


def _turned(y: Any, x: Any, angle: Any, *, xp: Any) -> tuple[Any, Any]:
    """Return how far points (..., m) are along a direction (...), and across it."""
    cos, sin = xp.cos(angle)[..., None], xp.sin(angle)[..., None]
    return cos * x + sin * y, cos * y - sin * x


def _check_points(points: Any, name: str) -> None:
    check_array(points, name)
    if len(points.shape) < 2 or points.shape[-1] != 2:
        raise ValueError(
            f"`{name}` must be points (y, x) of shape (..., m, 2), but has shape {tuple(points.shape)}; transpose it."
        )
