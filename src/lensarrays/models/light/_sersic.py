"""What Sersic profiles have in common."""

from typing import Any

from ..._check import Requirement
from .._ellipse import Ellipse

SERSIC_INDEX = Requirement(
    "0.3 or more, and finite", lambda v: v >= 0.3, "a Gaussian has 0.5, and the series for b_n is not valid below 0.3"
)


def sersic_constant(n: Any) -> Any:
    """Return b_n, for which half of the light is within the effective radius.

    It is an asymptotic series in 1 / n. Its relative error is 0.0022 at n = 0.3, below 6e-4 from 0.34 on, and below 3e-5,
    2e-6 and 1e-7 from 1, 2 and 4 on; at n = 0.2 it is 0.1, and below 0.1 the sum is negative.

    References
    ----------
    L. Ciotti and G. Bertin, A&A 352, 447 (1999), equation (18), with one term more, as in autogalaxy.
    """
    terms = (-1 / 3, 4 / 405, 46 / 25515, 131 / 1148175, -2194697 / 30690717750)
    return 2 * n + sum(term / n**k for k, term in enumerate(terms))


def sersic_image(ellipse: Ellipse, intensity: Any, r_e: Any, n: Any, *, xp: Any) -> Any:
    """Return the surface brightness (..., n) of a Sersic profile of effective radius `r_e` and index `n`."""
    r_squared = ellipse.w_squared / (1 - ellipse.f_squared)
    # The power (r / r_e)^(1/n) has no gradient at r = 0. It is 0 there, and within a radius whose square cannot be
    # inverted in this precision; NaN, which is not inside, passes.
    inside = r_squared < xp.finfo(r_squared.dtype).smallest_normal ** 0.5
    log_r = 0.5 * xp.log(xp.where(inside, xp.ones_like(r_squared), r_squared))
    power = xp.where(inside, 0 * r_e, xp.exp((log_r - xp.log(r_e)) / n))
    return intensity * xp.exp(-sersic_constant(n) * (power - 1))
