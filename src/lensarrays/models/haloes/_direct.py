"""The direct sum over haloes: exact, in memory that does not grow with their number."""

from typing import Any, final

import equinox as eqx

from ..._loops import fold_rows
from .._profile import meeting_points
from ..mass.abstract import AbstractMassProfile
from ._rows import Haloes, rows_of


@final
class Direct(eqx.Module):
    """Sum the deflections of all haloes at every point, halo after halo: exact, for arrays of every library.

    Examples
    --------
    >>> import lensarrays as la
    >>> source = la.Galaxy(redshift=1.0, light=la.lp.Sersic())
    >>> tracer = la.Tracer([source], halo_method=la.haloes.Direct())
    """


def direct_deflections(haloes: Haloes, y: Any, x: Any, *, xp: Any) -> tuple[Any, Any]:
    """Return the summed deflections (y, x), each (..., m), at points (..., m), halo after halo."""

    def one(y: Any, x: Any, c_y: Any, c_x: Any, weight: Any, *constants: Any) -> tuple[Any, Any]:
        alpha_y, alpha_x = haloes.deflections(y - c_y, x - c_x, *constants)
        return weight * alpha_y, weight * alpha_x

    def step(carry: tuple, row: tuple) -> tuple:
        alpha_y, alpha_x = one(y, x, *map(meeting_points, row))
        return carry[0] + alpha_y, carry[1] + alpha_x

    by_halo = tuple(xp.moveaxis(row, -1, 0) for row in (*haloes.centre, haloes.weights, *haloes.constants))
    return fold_rows(step, (xp.zeros_like(y), xp.zeros_like(x)), by_halo, used=_used(haloes.valid, xp=xp))


def _used(valid: Any, *, xp: Any) -> Any:
    """Return which slots hold a halo in any of the batch, shape (n,)."""
    if valid is None:
        return None
    valid = xp.asarray(valid)
    return xp.any(xp.reshape(valid, (-1, valid.shape[-1])), axis=0)


def direct_sum(quantity: str, profile: AbstractMassProfile, weights: Any, valid: Any, y: Any, x: Any, *, xp: Any) -> Any:
    """Return the summed convergence or potential (..., m) of haloes at points (..., m)."""
    rows, rebuilt = rows_of(profile, weights, y, xp=xp)

    def one(y: Any, x: Any, weight: Any, *numbers: Any) -> Any:
        return meeting_points(weight) * getattr(rebuilt(numbers), quantity)(y, x, xp=xp)

    def step(carry: tuple, row: tuple) -> tuple:
        return (carry[0] + one(y, x, *row),)

    by_halo = tuple(xp.moveaxis(row, -1, 0) for row in (weights, *rows))
    return fold_rows(step, (xp.zeros_like(y),), by_halo, used=_used(valid, xp=xp))[0]
