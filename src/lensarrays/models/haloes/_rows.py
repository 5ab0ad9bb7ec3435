"""Haloes as rows of numbers: all that is the same at every point is computed once."""

from collections.abc import Callable
from typing import Any, NamedTuple

from ..mass.abstract import AbstractMassProfile, AbstractSphericalMassProfile
from ._parameters import with_parameters


class Haloes(NamedTuple):
    """Haloes of one family: what differs from halo to halo, computed once, as arrays of shape (..., n)."""

    centre: tuple[Any, Any]  # (y, x) [arcsec]
    constants: tuple[Any, ...]
    weights: Any  # 1 for a halo, 0 for a slot without one, NaN if all results are to be
    valid: Any  # which slots hold a halo, or None if all do
    # (squared distance from the centre, *constants) -> mean convergence within it; None if the family is not round.
    mean_convergence: Callable[..., Any] | None
    # (y, x from the centre, *constants) -> deflections.
    deflections: Callable[..., tuple[Any, Any]]
    # (precision, xp=functions) -> mean_convergence: one object for each family, if it is round.
    mean_convergence_of: Callable[..., Callable[..., Any]] | None = None


def haloes_of(profile: AbstractMassProfile, weights: Any, valid: Any, like: Any, *, xp: Any) -> Haloes:
    """Return the haloes that a profile with arrays of parameters is, in the data type of `like`."""
    if not isinstance(profile, AbstractSphericalMassProfile):
        rows, rebuilt = rows_of(profile, weights, like, xp=xp)

        def deflections(y: Any, x: Any, *constants: Any) -> tuple[Any, Any]:
            return rebuilt((0.0, 0.0, *(c[..., 0] if c.ndim else c for c in constants)))._deflections(y, x, xp=xp)

        return Haloes(rows[:2], rows[2:], weights, valid, None, deflections)
    n, own = weights.shape[-1], type(profile)._mean_convergence
    pair = profile.centre if isinstance(profile.centre, tuple) else (profile.centre[..., 0], profile.centre[..., 1])
    centre = tuple(xp.asarray(part, dtype=like.dtype) for part in pair)
    c_y, c_x, *constants = (xp.broadcast_to(c, (*c.shape[:-1], n)) for c in (*centre, *profile._constants(like, xp=xp)))
    mean_convergence = own(float(xp.finfo(like.dtype).eps), xp=xp)

    def round_deflections(y: Any, x: Any, *constants: Any) -> tuple[Any, Any]:
        mean = mean_convergence(y**2 + x**2, *constants)
        return mean * y, mean * x

    return Haloes((c_y, c_x), tuple(constants), weights, valid, mean_convergence, round_deflections, own)


def rows_of(profile: AbstractMassProfile, weights: Any, like: Any, *, xp: Any) -> tuple[tuple, Callable]:
    """Return the parameters of haloes as arrays (..., n), the centre y and x first, and how to make a profile of such."""
    rows: list[Any] = []

    def collect(value: Any, _: Any, axis: int) -> Any:
        value = xp.asarray(value, dtype=like.dtype)
        parts = (value[..., 0], value[..., 1]) if axis == -2 else (value,)
        rows.extend(xp.broadcast_to(part, (*part.shape[:-1], weights.shape[-1])) for part in parts)
        return value

    with_parameters(collect, profile)

    def rebuilt(numbers: tuple) -> AbstractMassProfile:
        remaining = iter(numbers)

        def one(value: Any, _: Any, axis: int) -> Any:
            return (next(remaining), next(remaining)) if axis == -2 else next(remaining)

        return with_parameters(one, profile)

    return tuple(rows), rebuilt
