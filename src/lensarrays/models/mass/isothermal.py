"""The singular isothermal ellipsoid."""

from typing import Any, ClassVar, final

import equinox as eqx

from ..._check import NON_NEGATIVE, Requirement
from ...structures.coordinates import root
from .._ellipse import Ellipse, ellipse_from, floored
from .._evaluate import where_needed
from .._profile import frozen, parameter_of
from .abstract import AbstractMassProfile

SERIES_TERMS = 8
SERIES_BELOW = 0.01  # in f: the first term that is left out is 0.01**8 / 17 of the first


@final
class Isothermal(AbstractMassProfile):
    r"""The singular isothermal ellipsoid, of convergence :math:`\theta_E / [(1 + q) R]`.

    R is the major-axis elliptical radius, :math:`\sqrt{x^2 + y^2 / q^2}` along the axes of the ellipse. The convergence
    is constant within 1e-8 arcsec of the centre; the deflection goes to zero there.

    Parameters
    ----------
    centre : (float, float) or array of shape (..., 2) [arcsec]
        The centre (y, x).
    ell_comps : (float, float) or array of shape (..., 2)
        :math:`(1 - q) / (1 + q)` times (sin, cos) of twice the position angle, for an axis ratio q.
    einstein_radius : float [arcsec]
        The Einstein radius :math:`\theta_E`.

    Raises
    ------
    ValueError
        If a value that is not traced breaks its requirement: ``einstein_radius`` is not negative, ``ell_comps`` is
        shorter than 1, all are finite. For traced values the results are NaN instead.

    Notes
    -----
    With ``z = x + iy``, the ellipticity ``eps = f exp(2 i phi)``, ``w = z - eps conj(z)`` and ``u = w / |w|``, the
    deflection is :math:`(1 - f^2) \theta_E \arctan(\sqrt{\bar\epsilon} u) / \sqrt{\bar\epsilon}`: the published closed
    form without its rotation, so that it is smooth at q = 1, where its series in eps is summed. The relative error is
    below 1e-14 for q >= 0.1, and 1e-12 at q = 0.01; in float32 below 5e-6 for q >= 0.1, and 2e-4 at q = 0.01.

    References
    ----------
    N. Tessore and R. B. Metcalf, A&A 580, A79 (2015), equation (13), for t = 1; A. Kassiola and I. Kovner, ApJ 417, 450 (1993).

    Examples
    --------
    >>> import lensarrays as la
    >>> la.mp.Isothermal(einstein_radius=1.6).deflections_yx_2d_from(la.Grid2DIrregular([(3.0, 4.0)])).values
    array([[0.96, 1.28]])
    """

    centre: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    ell_comps: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    einstein_radius: Any = eqx.field(default=1.0, converter=frozen)

    requirements: ClassVar[dict[str, Requirement]] = {"einstein_radius": NON_NEGATIVE}
    over_sampled_potential: ClassVar[bool] = False

    def _deflections_in(self, ellipse: Ellipse, *, xp: Any) -> tuple[Any, Any]:
        radius = xp.sqrt(floored(ellipse.w_squared, xp=xp))
        u_y, u_x = ellipse.w_y / radius, ellipse.w_x / radius
        near = ellipse.f_squared < SERIES_BELOW**2
        a_y, a_x = where_needed(
            near, lambda: _series(ellipse, u_y, u_x), lambda: _arctan(ellipse, u_y, u_x, near, xp=xp), xp=xp
        )
        scale = (1 - ellipse.f_squared) * parameter_of(self, "einstein_radius", ellipse.y, xp=xp)
        return scale * a_y, scale * a_x

    def _deflections(self, y: Any, x: Any, *, xp: Any) -> tuple[Any, Any]:
        return self._deflections_in(ellipse_from(y, x, self.centre, self.ell_comps, xp=xp), xp=xp)

    def _convergence(self, y: Any, x: Any, *, xp: Any) -> Any:
        ellipse = ellipse_from(y, x, self.centre, self.ell_comps, xp=xp)
        scale = 0.5 * (1 - ellipse.f_squared) * parameter_of(self, "einstein_radius", y, xp=xp)
        return scale / xp.sqrt(floored(ellipse.w_squared, xp=xp))

    def _potential(self, y: Any, x: Any, *, xp: Any) -> Any:
        ellipse = ellipse_from(y, x, self.centre, self.ell_comps, xp=xp)
        alpha_y, alpha_x = self._deflections_in(ellipse, xp=xp)
        return ellipse.y * alpha_y + ellipse.x * alpha_x  # Euler's theorem: the potential is homogeneous of degree 1


def _series(ellipse: Ellipse, u_y: Any, u_x: Any) -> tuple[Any, Any]:
    """Return arctan(sqrt(conj(eps)) u) / sqrt(conj(eps)) as u times a series in zeta = -conj(eps) u^2."""
    square_x, square_y = u_x**2 - u_y**2, 2 * u_x * u_y
    zeta_x = -(ellipse.e_x * square_x + ellipse.e_y * square_y)
    zeta_y = -(ellipse.e_x * square_y - ellipse.e_y * square_x)
    s_y, s_x = 0 * zeta_y, 0 * zeta_x + 1 / (2 * SERIES_TERMS - 1)
    for k in reversed(range(SERIES_TERMS - 1)):
        s_y, s_x = s_y * zeta_x + s_x * zeta_y, s_x * zeta_x - s_y * zeta_y + 1 / (2 * k + 1)
    return s_y * u_x + s_x * u_y, s_x * u_x - s_y * u_y


def _arctan(ellipse: Ellipse, u_y: Any, u_x: Any, near: Any, *, xp: Any) -> tuple[Any, Any]:
    """Return arctan(sqrt(conj(eps)) u) / sqrt(conj(eps)) from real functions; 0 < |sqrt(conj(eps)) u| < 1."""
    e_y = xp.where(near, xp.zeros_like(ellipse.e_y), ellipse.e_y)
    e_x = xp.where(near, xp.asarray(0.5, dtype=u_y.dtype), ellipse.e_x)
    f, phi = root(e_y**2 + e_x**2), 0.5 * xp.atan2(e_y, e_x)
    r_x, r_y = xp.sqrt(f) * xp.cos(phi), xp.sqrt(f) * xp.sin(phi)  # sqrt(eps)
    v_y, v_x = r_x * u_y - r_y * u_x, r_x * u_x + r_y * u_y
    # arctanh(2 v_y / (1 + |v|^2)) / 2 and arctan(2 v_x / (1 - |v|^2)) / 2, also where |v| is rounded to 1.
    tiny = xp.asarray(0.25 * xp.finfo(v_y.dtype).eps, dtype=v_y.dtype)
    sign = xp.where(v_y < 0, -xp.ones_like(v_y), xp.ones_like(v_y))
    a = sign * v_y
    t_y = 0.25 * sign * xp.log1p(4 * a / xp.maximum((1 - a) ** 2 + v_x**2, tiny**2))
    t_x = 0.5 * xp.atan(2 * v_x / xp.maximum(1 - v_x**2 - v_y**2, tiny))
    return (r_x * t_y + r_y * t_x) / f, (r_x * t_x - r_y * t_y) / f
