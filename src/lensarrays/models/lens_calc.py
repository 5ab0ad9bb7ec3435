"""Magnification, critical curves and caustics of anything that deflects, for looking at: NumPy out, whatever comes in."""

from typing import Any

import numpy as np

from .._check import is_concrete
from ..structures import Grid2D, Grid2DIrregular
from ._evaluate import checked_namespace

# The sixth-order central difference: offsets in steps, and weights.
_OFFSETS = np.asarray([-3, -2, -1, 1, 2, 3])
_WEIGHTS = np.asarray([-1, 9, -45, 45, -9, 1]) / 60
# Steps [arcsec] that balance truncation and rounding.
_STEP = {np.dtype(np.float64): 1e-3, np.dtype(np.float32): 3e-2}
_NEWTON_STEPS = 3


def _deflections(lens: Any, points: np.ndarray) -> np.ndarray:
    """Return the deflections at points (n, 2), as NumPy."""
    if isinstance(lens, type) or not hasattr(lens, "deflections_yx_2d_from"):
        raise TypeError(
            f"`lens` must have `deflections_yx_2d_from`, but is a {type(lens).__name__}; "
            f"pass a mass profile, a galaxy or a tracer."
        )
    values = lens.deflections_yx_2d_from(Grid2DIrregular(points)).values
    if not is_concrete(values):
        raise TypeError("`lens` must have known parameters, but they are traced; call this outside of `jax.jit`.")
    if values.shape != points.shape:
        raise ValueError(
            f"`lens` must have no batch axes, but its deflections at {len(points)} points have shape {values.shape}; "
            f"take one lens of the batch."
        )
    return np.asarray(values)


def _points(grid: Any) -> np.ndarray:
    """Return the points (n, 2) of a grid, as NumPy."""
    checked_namespace(grid)
    if not is_concrete(grid.values):
        raise TypeError("`grid` must have known values, but they are traced; call this outside of `jax.jit`.")
    points = np.asarray(grid.values, dtype=np.float64)
    if points.ndim != 2:
        raise ValueError(
            f"`grid` must have no batch axes, but its values have shape {points.shape}; take one grid of the batch."
        )
    return points


def _hessian(lens: Any, points: np.ndarray) -> np.ndarray:
    """Return the derivatives (n, 2, 2) of the deflection at points: entry (i, j) is that of component i along axis j."""
    step = _STEP[_deflections(lens, points[:1]).dtype]
    hessian = np.empty((len(points), 2, 2))
    for axis in (0, 1):
        shift = np.zeros((len(_OFFSETS), 1, 2))
        shift[:, 0, axis] = step * _OFFSETS
        stencil = _deflections(lens, (points + shift).reshape(-1, 2)).reshape(len(_OFFSETS), -1, 2)
        hessian[:, :, axis] = np.tensordot(_WEIGHTS, stencil, axes=1) / step
    return hessian


def hessian_from(lens: Any, grid: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the second derivatives of the potential, by differences of the deflections.

    Parameters
    ----------
    lens : anything with `deflections_yx_2d_from`
        A mass profile, a galaxy, a tracer.
    grid : Grid2D or Grid2DIrregular of shape (n, 2) [arcsec]

    Returns
    -------
    hessian_yy, hessian_xy, hessian_yx, hessian_xx : ndarrays of shape (n,) [dimensionless]
        ``hessian_xy`` is the derivative of the deflection along x with respect to y. Differences are over 0.001 arcsec
        (0.03 in float32), with an error of 1e-10 (1e-4) where the lens is smooth on ten times that scale.

    Raises
    ------
    ValueError
        If `grid` has batch axes.

    Examples
    --------
    >>> import lensarrays as la
    >>> from lensarrays.models import lens_calc
    >>> lens_calc.hessian_from(la.mp.ExternalShear(gamma_1=0.1), la.Grid2DIrregular([(1.0, 1.0)]))[0].round(9)
    array([-0.1])
    """
    hessian = _hessian(lens, _points(grid))
    return hessian[:, 0, 0], hessian[:, 1, 0], hessian[:, 0, 1], hessian[:, 1, 1]


def magnification_2d_from(lens: Any, grid: Any) -> np.ndarray:
    """Return the signed magnification, 1 / det(1 - hessian), at the points of a grid.

    Parameters
    ----------
    lens : anything with `deflections_yx_2d_from`
    grid : Grid2D or Grid2DIrregular of shape (n, 2) [arcsec]

    Returns
    -------
    ndarray of shape (n,) [dimensionless]
    """
    return 1 / np.linalg.det(np.eye(2) - _hessian(lens, _points(grid)))


def tangential_eigen_value_from(lens: Any, grid: Any) -> np.ndarray:
    """Return the eigenvalue 1 - kappa - gamma (n,) of the Jacobian, at the points of a grid (n, 2)."""
    return _eigenvalue(lens, _points(grid), sign=-1)


def radial_eigen_value_from(lens: Any, grid: Any) -> np.ndarray:
    """Return the eigenvalue 1 - kappa + gamma (n,) of the Jacobian, at the points of a grid (n, 2)."""
    return _eigenvalue(lens, _points(grid), sign=1)


def _eigenvalue(lens: Any, points: np.ndarray, sign: int) -> np.ndarray:
    """Return 1 - kappa + sign * gamma at points (n, 2), for the symmetric part of the Jacobian."""
    yy, xy, yx, xx = np.moveaxis(_hessian(lens, points).reshape(-1, 4), 1, 0)
    return 1 - 0.5 * (xx + yy) + sign * np.hypot(0.5 * (xx - yy), 0.5 * (xy + yx))


def tangential_critical_curve_list_from(lens: Any, grid: Any) -> list[np.ndarray]:
    """Return the curves on which images are stretched to arcs: closed, or ending where the edge of the image cuts them.

    Parameters
    ----------
    lens : anything with `deflections_yx_2d_from`
    grid : Grid2D
        The image to look for them in; its mask is ignored. Curves smaller than a pixel may be missed.

    Returns
    -------
    list of ndarrays of shape (m, 2) [arcsec]
        Points (y, x), each moved onto the curve to 1e-8 arcsec where the lens is smooth.

    Raises
    ------
    TypeError
        If `grid` is not a Grid2D.

    Examples
    --------
    >>> import lensarrays as la
    >>> from lensarrays.models import lens_calc
    >>> grid = la.Grid2D.uniform(shape_native=(50, 50), pixel_scales=0.1)
    >>> curve, = lens_calc.tangential_critical_curve_list_from(la.mp.Isothermal(einstein_radius=1.6), grid)
    >>> bool(abs((curve**2).sum(axis=1) ** 0.5 - 1.6).max() < 1e-8)
    True
    """
    return _critical_curves(lens, grid, sign=-1)


def radial_critical_curve_list_from(lens: Any, grid: Any) -> list[np.ndarray]:
    """Return the curves on which images are stretched radially; for shapes see the tangential ones.

    Isothermal and steeper lenses have none.
    """
    return _critical_curves(lens, grid, sign=1)


def tangential_caustic_list_from(lens: Any, grid: Any) -> list[np.ndarray]:
    """Return the tangential critical curves as they are on the last plane; for shapes see there."""
    return [curve - _deflections(lens, curve) for curve in tangential_critical_curve_list_from(lens, grid)]


def radial_caustic_list_from(lens: Any, grid: Any) -> list[np.ndarray]:
    """Return the radial critical curves as they are on the last plane; for shapes see there."""
    return [curve - _deflections(lens, curve) for curve in radial_critical_curve_list_from(lens, grid)]


def _critical_curves(lens: Any, grid: Any, sign: int) -> list[np.ndarray]:
    import contourpy

    if not isinstance(grid, Grid2D):
        raise TypeError(
            f"`grid` must be a Grid2D, which has pixels, but is a {type(grid).__name__}; make one with Grid2D.uniform(...)."
        )
    ny, nx = grid.shape_native
    rows, columns = np.indices((ny, nx)).reshape(2, -1)
    (sy, sx), (oy, ox) = grid.pixel_scales, grid.origin
    points = np.stack([oy + (0.5 * (ny - 1) - rows) * sy, ox + (columns - 0.5 * (nx - 1)) * sx], axis=-1)
    y, x = points.reshape(ny, nx, 2)[:, 0, 0], points.reshape(ny, nx, 2)[0, :, 1]
    values = _eigenvalue(lens, points, sign).reshape(ny, nx)
    lines = contourpy.contour_generator(x, y, values).lines(0.0)
    return [_on_curve(lens, np.asarray(line)[:, ::-1], sign, 0.5 * min(sy, sx)) for line in lines]


def _on_curve(lens: Any, points: np.ndarray, sign: int, furthest: float) -> np.ndarray:
    """Return points (m, 2) near a critical curve moved onto it by Newton's method, those left alone that go too far."""
    start, step = points, _STEP[_deflections(lens, points[:1]).dtype]
    for _ in range(_NEWTON_STEPS):
        value = _eigenvalue(lens, points, sign)
        ahead = [_eigenvalue(lens, points + step * unit, sign) for unit in np.eye(2)]
        gradient = (np.stack(ahead, axis=-1) - value[:, None]) / step
        size = np.sum(gradient**2, axis=-1)
        move = -value[:, None] * gradient / np.where(size > 0, size, 1.0)[:, None]
        points = points + np.where(np.isfinite(move), move, 0.0)
    strayed = np.linalg.norm(points - start, axis=-1, keepdims=True) > furthest
    points = np.where(strayed, start, points)
    if (start[0] == start[-1]).all():
        points[-1] = points[0]  # still closed, to the last bit
    return points
