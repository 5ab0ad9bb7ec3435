"""Mass profiles whose parameters are arrays with an axis of haloes: how these are walked through, joined, and counted."""

import dataclasses
import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import equinox as eqx
import numpy as np

from ..._backend import namespace
from .._profile import leaves
from ..mass.abstract import AbstractMassProfile


def parameters(profile: AbstractMassProfile) -> Iterator[tuple[str, Any, Any]]:
    """Yield the name of each parameter of a profile that may differ from halo to halo, its value, and the family's default."""
    neutral = _neutral(type(profile))
    for field in dataclasses.fields(profile):
        default = getattr(neutral, field.name)
        if not field.metadata.get("static", False) and isinstance(default, (int, float, tuple)):
            yield field.name, getattr(profile, field.name), default


@functools.cache
def _neutral(family: type[AbstractMassProfile]) -> AbstractMassProfile:
    """Return the profile of a family that has its defaults."""
    return family()


def with_parameters(function: Callable[[Any, Any, int], Any], profile: AbstractMassProfile) -> AbstractMassProfile:
    """Return a profile with `function(value, default, axis of haloes)` in place of every parameter."""
    changed: dict[str, Any] = {}
    for name, value, default in parameters(profile):
        if isinstance(value, tuple):
            changed[name] = tuple(function(part, of, -1) for part, of in zip(value, default, strict=True))
        else:
            changed[name] = function(value, default, -2 if isinstance(default, tuple) else -1)
    return dataclasses.replace(profile, **changed)


def number_of_haloes(profile: AbstractMassProfile, valid: Any) -> int:
    """Return how many haloes a profile with arrays of parameters is."""
    lengths: dict[str, int] = {}

    def note(name: str, value: Any, axis: int) -> None:
        shape = np.shape(value)
        if len(shape) >= -axis:
            lengths[name] = shape[axis]

    for name, value, default in parameters(profile):
        for part in value if isinstance(value, tuple) else (value,):
            note(name, part, -1 if isinstance(value, tuple) or not isinstance(default, tuple) else -2)
    if valid is not None:
        note("valid", valid, -1)
    if not lengths:
        raise ValueError(
            f"`profile` must have arrays of shape (..., n) as parameters, one entry per halo, but all of "
            f"{type(profile).__name__}'s are single numbers; put a single halo into the list of the galaxy as it is."
        )
    if len(set(lengths.values())) != 1:
        raise ValueError(
            f"`profile` and `valid` must have one entry per halo in every array, but their lengths are {lengths}; the "
            f"haloes are the last axis, of centres as (n, 2) the last but one."
        )
    n = next(iter(lengths.values()))
    if n == 0:
        raise ValueError(
            "`profile` must have one halo or more, but has none; leave the population out, or mark slots as empty."
        )
    return n


def family_of(profile: AbstractMassProfile) -> tuple:
    """Return what profiles must share to be one family: their class, and all that is no parameter of a single halo."""
    own = {name for name, _, _ in parameters(profile)}
    shared = [getattr(profile, field.name) for field in dataclasses.fields(profile) if field.name not in own]
    return type(profile), *(tuple(map(id, leaves(part))) if isinstance(part, eqx.Module) else part for part in shared)


def joined(family: list[AbstractMassProfile]) -> AbstractMassProfile:
    """Return profiles of one halo each as one profile with arrays of parameters."""
    xp = namespace(*(leaf for profile in family for leaf in leaves(profile)))
    columns: dict[str, list] = {}
    for profile in family:
        for name, value, default in parameters(profile):
            columns.setdefault(name, []).append(_single(value, name, isinstance(default, tuple)))

    def stacked(values: Iterable[Any]) -> Any:
        values = list(values)
        return xp.stack([xp.asarray(value, dtype=xp.result_type(*map(xp.asarray, values))) for value in values])

    columns_joined = {
        name: tuple(map(stacked, zip(*values, strict=True))) if isinstance(values[0], tuple) else stacked(values)
        for name, values in columns.items()
    }
    return dataclasses.replace(family[0], **columns_joined)


def _single(value: Any, name: str, is_pair: bool) -> Any:
    """Return a parameter of one halo; a pair as a tuple."""
    pair = value if isinstance(value, tuple) else ((value[..., 0], value[..., 1]) if is_pair else (value,))
    for part in pair:
        if np.shape(part):
            raise ValueError(
                f"`profiles` must be of one halo each, but `{name}` of one is of shape {np.shape(part)}; make a HaloPopulation "
                f"of it by itself."
            )
    return pair if is_pair else value
