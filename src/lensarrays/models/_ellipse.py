"""Elliptical coordinates, without an angle.

An ellipse of axis ratio q and position angle phi has the complex ellipticity ``eps = e1 + i e0 = f exp(2 i phi)``, with
``f = (1 - q) / (1 + q)`` and ``ell_comps = (e0, e1)``. With ``z = x + i y`` about the centre, all that profiles need
follows from ``w = z - eps conj(z)``, which is smooth in the ellipticity through zero, as angle and axis ratio are not:

- major-axis elliptical radius ``sqrt(x'^2 + y'^2 / q^2) = |w| / (1 - f)``,
- eccentric radius ``sqrt(q x'^2 + y'^2 / q) = |w| / sqrt(1 - f^2)``.
"""

from typing import Any, NamedTuple

from ._profile import or_nan, parameter_pair


class Ellipse(NamedTuple):
    """Coordinates in an ellipse: offsets from the centre, the ellipticity, `w`, and the ellipticity as it meets every point.

    What is done with the ellipticity at the points had better use the latter: in reverse mode each use of a number at many
    points is a sum over them all, and each use of an array at these points is none.
    """

    y: Any
    x: Any
    e_y: Any
    e_x: Any
    w_y: Any
    w_x: Any
    at_points: tuple[Any, Any] | None = None

    @property
    def f_squared(self) -> Any:
        """The squared length f^2 of the ellipticity."""
        return self.e_y**2 + self.e_x**2

    @property
    def w_squared(self) -> Any:
        """|w|^2 [arcsec^2]."""
        return self.w_y**2 + self.w_x**2


def ellipse_from(y: Any, x: Any, centre: Any, ell_comps: Any, *, xp: Any) -> Ellipse:
    """Return the coordinates (..., n) in an ellipse; NaN where the length of `ell_comps` is not below 1."""
    (c_y, c_x), (e_y, e_x) = parameter_pair(centre, y, xp=xp), parameter_pair(ell_comps, y, xp=xp)
    e_x = or_nan(e_y**2 + e_x**2 < 1, e_x, xp=xp)
    y, x = y - c_y, x - c_x
    p_y, p_x = (xp.broadcast_arrays(e, y)[0] for e in (e_y, e_x))
    return Ellipse(y, x, e_y, e_x, y + (p_x * y - p_y * x), x - (p_x * x + p_y * y), (p_y, p_x))


def floored(squared_radius: Any, *, xp: Any) -> Any:
    """Return a squared radius that is at least (1e-8 arcsec)^2, so that a profile that diverges at r = 0 stays finite there."""
    return xp.maximum(squared_radius, xp.asarray(1e-16, dtype=squared_radius.dtype))
