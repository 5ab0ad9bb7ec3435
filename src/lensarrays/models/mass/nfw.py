"""The elliptical NFW halo."""

from typing import Any, ClassVar, NamedTuple, final

import equinox as eqx
import numpy as np

from ..._check import FINITE, POSITIVE, Requirement
from ...structures.coordinates import root
from .._ellipse import Ellipse, ellipse_from
from .._profile import frozen, parameter_of
from ._homoeoids import divided
from ._nfw import SMALLEST, radial_functions
from ._nfw_density import surface_density
from .abstract import AbstractMassProfile

NODES = 40  # of the quadrature for the potential
SERIES_TERMS = 8
SERIES_BELOW = 0.01  # the first term that is left out is 0.01**8 / 9 of the first


@final
class NFW(AbstractMassProfile):
    r"""The elliptical NFW halo, of convergence :math:`2 \kappa_s (F - 1) / (1 - m^2)`, with the F of `NFWSph` at m.

    m is the major-axis elliptical radius over the scale radius, :math:`\sqrt{x^2 + y^2 / q^2} / r_s` along the axes of the
    ellipse: it is the convergence that is elliptical, not the potential.

    Parameters
    ----------
    centre : (float, float) or array of shape (..., 2) [arcsec]
        The centre (y, x).
    ell_comps : (float, float) or array of shape (..., 2)
        :math:`(1 - q) / (1 + q)` times (sin, cos) of twice the position angle, for an axis ratio q.
    kappa_s : float
        The convergence scale :math:`\rho_s r_s / \Sigma_{cr}` of the round halo.
    scale_radius : float [arcsec]
        The scale radius :math:`r_s`, along the major axis.

    Raises
    ------
    ValueError
        If a value that is not traced breaks its requirement: ``scale_radius`` is positive, ``ell_comps`` is shorter than 1,
        all are finite. For traced values the results are NaN instead.

    Notes
    -----
    With ``z = x + iy`` along the axes, over r_s, ``v = q x + i y / q``, ``s = sqrt(1 - m^2)``, ``t = v / z`` and
    ``eta = (s - t) / (1 + t)``, the conjugate deflection over :math:`4 \kappa_s r_s q` is

    .. math:: \frac{m^2}{z} \, \frac{F - \ln(1 + \eta) / [\eta (1 + t)]}{s + t},

    which is the published closed form without its zeros over zeros at the foci of the ellipse (m equal to its eccentricity),
    and without its cancellation at the centre and for round haloes. It is used within m = 0.9, or for q below 0.6 half-way
    from the foci to m = 1, and the published form beyond. The relative error is below 5e-15 for q >= 0.3, and 2e-13 at
    q = 0.05; in float32 below 5e-6 for q >= 0.3, and 1e-4 at q = 0.05. All results have a kink at ``ell_comps = (0, 0)``, as
    they depend on the axis ratio itself; the gradient there is that of the smooth part.

    The potential has no closed form in elementary functions. It is integrated from the deflection at 40 points of the straight
    way from the centre, with a relative error below 1e-9 beyond 1e-3 r_s; it takes 40 times as long, and as much memory. It is
    zero at the centre. Within 1e-8 r_s the profile is constant.

    References
    ----------
    D. Heyrovsky and M. Karamazov, A&A 690, A19 (2024), equations (30) to (32).

    Examples
    --------
    >>> import lensarrays as la
    >>> halo = la.mp.NFW(ell_comps=(0.1, 0.05), kappa_s=0.1, scale_radius=5.0)
    >>> halo.deflections_yx_2d_from(la.Grid2DIrregular([(0.0, 0.0), (0.3, 0.4)])).values.round(6)
    array([[0.      , 0.      ],
           [0.136331, 0.174331]])
    """

    centre: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    ell_comps: Any = eqx.field(default=(0.0, 0.0), converter=frozen)
    kappa_s: Any = eqx.field(default=0.05, converter=frozen)
    scale_radius: Any = eqx.field(default=1.0, converter=frozen)

    requirements: ClassVar[dict[str, Requirement]] = {"kappa_s": FINITE, "scale_radius": POSITIVE}
    over_sampled_convergence: ClassVar[bool] = False

    def _deflections_in(self, ellipse: Ellipse, *, xp: Any) -> tuple[Any, Any]:
        kappa_s, r_s = (parameter_of(self, name, ellipse.y, xp=xp) for name in self.requirements)
        scaled = _scaled(ellipse, r_s, xp=xp)
        (a_y, a_x), (b_y, b_x) = _inner(scaled, xp=xp), _outer(scaled, xp=xp)
        scale = 4 * kappa_s * r_s * scaled.q
        return -scale * xp.where(scaled.inner, a_y, b_y), scale * xp.where(scaled.inner, a_x, b_x)

    def _deflections(self, y: Any, x: Any, *, xp: Any) -> tuple[Any, Any]:
        return self._deflections_in(ellipse_from(y, x, self.centre, self.ell_comps, xp=xp), xp=xp)

    def _convergence(self, y: Any, x: Any, *, xp: Any) -> Any:
        ellipse = ellipse_from(y, x, self.centre, self.ell_comps, xp=xp)
        kappa_s, r_s = (parameter_of(self, name, y, xp=xp) for name in self.requirements)
        return 2 * kappa_s * surface_density(_scaled(ellipse, r_s, xp=xp).m_squared, xp=xp)

    def _potential(self, y: Any, x: Any, *, xp: Any) -> Any:
        ellipse = ellipse_from(y, x, self.centre, self.ell_comps, xp=xp)
        m = xp.sqrt(_scaled(ellipse, parameter_of(self, "scale_radius", y, xp=xp), xp=xp).m_squared)
        points, weights = np.polynomial.legendre.leggauss(NODES)
        points, weights = 0.5 * (1 + points), 0.5 * weights
        shape = (-1, *(1 for _ in m.shape))
        cubes = xp.reshape(xp.asarray(points**3, dtype=m.dtype), shape)
        weights = xp.reshape(xp.asarray(3 * weights * points**2, dtype=m.dtype), shape)
        # At t = (e^(s p^3) - 1) / m, with s = log(1 + m), of the straight way from the centre.
        span = xp.log1p(m)
        t = xp.expm1(cubes * span) / m
        y, x, w_y, w_x = (t * part for part in (ellipse.y, ellipse.x, ellipse.w_y, ellipse.w_x))
        alpha_y, alpha_x = self._deflections_in(Ellipse(y, x, ellipse.e_y, ellipse.e_x, w_y, w_x), xp=xp)
        return xp.sum(weights * span * (t + 1 / m) * (ellipse.y * alpha_y + ellipse.x * alpha_x), axis=0)


class Scaled(NamedTuple):
    """Coordinates in units of the scale radius, and what the deflection is made of; complex numbers are (imaginary, real)."""

    z: tuple[Any, Any]
    r_squared: Any  # |z|^2
    twist: tuple[Any, Any]  # z conj(w), of an angle that is that of z on the circle less that on the ellipse
    eps: tuple[Any, Any]
    f: Any  # |eps|
    q: Any  # the axis ratio
    v: tuple[Any, Any]  # q x + i y / q on the axes
    m_squared: Any  # of the major axis of the ellipse through z
    F: Any
    inner: Any  # whether the form that is good at the foci is used, which is not good at m = 1


def _scaled(ellipse: Ellipse, scale_radius: Any, *, xp: Any) -> Scaled:
    (y, x, w_y, w_x), (e_y, e_x) = _lengths(ellipse, scale_radius), (ellipse.e_y, ellipse.e_x)
    f = root(ellipse.f_squared)
    tiny = xp.asarray(SMALLEST, dtype=y.dtype)
    r_squared, m_squared = y**2 + x**2, (w_y**2 + w_x**2) / (1 - f) ** 2
    r_squared, m_squared = (xp.where(v < tiny, tiny, v) for v in (r_squared, m_squared))
    m, k = xp.sqrt(m_squared), 2 / (1 - ellipse.f_squared)
    v = y - k * (e_y * w_x - e_x * w_y), x - k * (e_x * w_x + e_y * w_y)
    F = radial_functions(float(xp.finfo(y.dtype).eps), xp=xp)(m, m_squared, 1 / m_squared, xp.log(m)).F
    focus = 2 * xp.sqrt(f) / (1 + f)
    inner = m < 0.5 + 0.5 * xp.maximum(focus, xp.asarray(0.8, dtype=f.dtype))
    twist = y * w_x - x * w_y, x * w_x + y * w_y
    return Scaled((y, x), r_squared, twist, (e_y, e_x), f, (1 - f) / (1 + f), v, m_squared, F, inner)


def _lengths(ellipse: Ellipse, scale_radius: Any) -> tuple[Any, ...]:
    return tuple(part / scale_radius for part in (ellipse.y, ellipse.x, ellipse.w_y, ellipse.w_x))


def _times(a: tuple[Any, Any], b: tuple[Any, Any]) -> tuple[Any, Any]:
    """Return a b, as (imaginary, real)."""
    return a[0] * b[1] + a[1] * b[0], a[1] * b[1] - a[0] * b[0]


def _inner(scaled: Scaled, *, xp: Any) -> tuple[Any, Any]:
    """Return the conjugate deflection over 4 kappa_s q, as (imaginary, real), for m below 1."""
    s = xp.sqrt(1 - xp.where(scaled.inner, scaled.m_squared, xp.zeros_like(scaled.m_squared)))
    conjugate = -scaled.z[0] / scaled.r_squared, scaled.z[1] / scaled.r_squared
    t_y, t_x = _times(scaled.v, conjugate)
    l_y, l_x = divided(_log_ratio(divided((-t_y, s - t_x), (t_y, 1 + t_x)), xp=xp), (t_y, 1 + t_x))
    return _times(divided((-l_y, scaled.F - l_x), (t_y, s + t_x)), tuple(scaled.m_squared * part for part in conjugate))


def _log_ratio(eta: tuple[Any, Any], *, xp: Any) -> tuple[Any, Any]:
    """Return log(1 + eta) / eta, as (imaginary, real); 1 at zero."""
    size = eta[0] ** 2 + eta[1] ** 2
    near = size < SERIES_BELOW**2
    s_y, s_x = 0 * size, 0 * size + 1 / (SERIES_TERMS + 1)
    for k in reversed(range(SERIES_TERMS)):
        s_y, s_x = _times((-s_y, -s_x), eta)
        s_x = s_x + 1 / (k + 1)
    l_y, l_x = xp.where(near, xp.zeros_like(size), eta[0]), xp.where(near, xp.ones_like(size), eta[1])
    logarithm = xp.atan2(l_y, 1 + l_x), 0.5 * xp.log1p(2 * l_x + l_x**2 + l_y**2)
    d_y, d_x = divided(logarithm, (l_y, l_x))
    return xp.where(near, s_y, d_y), xp.where(near, s_x, d_x)


def _outer(scaled: Scaled, *, xp: Any) -> tuple[Any, Any]:
    """Return the conjugate deflection over 4 kappa_s q, as (imaginary, real), for points that are not close to a focus."""
    one, none = xp.ones_like(scaled.r_squared), xp.zeros_like(scaled.r_squared)
    y, x = scaled.z
    twist_y, twist_x = xp.where(scaled.inner, none, scaled.twist[0]), xp.where(scaled.inner, one, scaled.twist[1])
    logarithm = xp.atan2(twist_y, twist_x), 0.5 * xp.log(scaled.r_squared) - xp.log1p(scaled.q)
    n_y, n_x = _times(scaled.z, logarithm)
    k = 4 / (1 + scaled.f) ** 2
    d_y, d_x = 2 * x * y - k * scaled.eps[0], x**2 - y**2 - k * scaled.eps[1]
    return divided(
        (n_y + scaled.v[0] * scaled.F, n_x + scaled.v[1] * scaled.F),
        (xp.where(scaled.inner, none, d_y), xp.where(scaled.inner, one, d_x)),
    )
