"""What light and mass profiles share: their parameters, what these must be, and how they meet the coordinates of a grid."""

import dataclasses
from collections.abc import Iterator
from typing import Any, ClassVar

import equinox as eqx
import numpy as np

from .._backend import is_settled, namespace, readonly
from .._check import FINITE, Requirement, is_concrete

PAIRS = ("centre", "ell_comps")


def frozen(value: Any) -> Any:
    """Return a parameter that nobody else can change: lists become tuples, NumPy arrays that can be written to are copied."""
    if isinstance(value, (list, tuple)):
        return tuple(frozen(part) for part in value)
    if isinstance(value, np.ndarray):
        return readonly(value, fresh=False) if is_settled(value) else readonly(value.copy())
    return value


def check_parts(requirement: Requirement, value: Any, name: str) -> None:
    """Raise if a part of a parameter breaks a requirement; the parts of a tuple may be of several shapes, and some traced."""
    for part in value if isinstance(value, tuple) else (value,):
        requirement.check(part, name)


def check_number(requirement: Requirement, value: Any, name: str) -> None:
    """Raise if `value` breaks a requirement, or is a list or a tuple."""
    if isinstance(value, (list, tuple)):
        raise TypeError(f"`{name}` must be a number or an array of real numbers, but is {value!r}; make an array of it.")
    requirement.check(value, name)


def leaves(tree: Any) -> Iterator[Any]:
    """Yield every number and array of a model, in the order of its fields; no JAX call is made."""
    if isinstance(tree, (tuple, list)):
        for part in tree:
            yield from leaves(part)
    elif isinstance(tree, eqx.Module):
        for field in dataclasses.fields(tree):
            if not field.metadata.get("static", False):
                yield from leaves(getattr(tree, field.name))
    else:
        yield tree


def model_namespace(grid: Any, *models: Any) -> Any:
    """Return the array library that a grid and all parameters of some models belong to."""
    return namespace(grid.values, *(leaf for model in models for leaf in leaves(model)))


def meeting_points(value: Any) -> Any:
    """Return an array that meets points of shape (n,): one of shape (b,) as (b, 1)."""
    return value[..., None] if value.ndim else value


def parameter(value: Any, like: Any, *, xp: Any) -> Any:
    """Return a parameter in the data type of the coordinates `like`, such that it meets them."""
    return meeting_points(xp.asarray(value, dtype=like.dtype))


def parameter_pair(value: Any, like: Any, *, xp: Any) -> tuple[Any, Any]:
    """Return the two parts of a parameter that is a tuple of two numbers or an array of shape (..., 2)."""
    first, second = value if isinstance(value, tuple) else (value[..., 0], value[..., 1])
    return parameter(first, like, xp=xp), parameter(second, like, xp=xp)


def or_nan(good: Any, value: Any, *, xp: Any) -> Any:
    """Return `value` where `good`, and NaN elsewhere: what to do under tracing, where nothing can be raised."""
    return xp.where(good, value, xp.asarray(xp.nan, dtype=value.dtype))


def number_of(profile: "AbstractProfile", name: str, like: Any, *, xp: Any) -> Any:
    """Return a parameter of a profile in the data type of `like`, NaN where it breaks its requirement.

    This is no method, as Equinox makes an object of every method that is asked for: that takes longer than all of this.
    """
    value = xp.asarray(getattr(profile, name), dtype=like.dtype)
    return or_nan(profile.requirements[name].holds(value), value, xp=xp)


def parameter_of(profile: "AbstractProfile", name: str, like: Any, *, xp: Any) -> Any:
    """Return the same for the coordinates `like`: one of shape (b,) meets points of shape (n,) as (b, 1)."""
    return meeting_points(number_of(profile, name, like, xp=xp))


class AbstractProfile(eqx.Module):
    """A profile: every field is a physical number, or a pair of them, and a pytree leaf.

    Parameters may be Python floats or arrays of any library, and may have leading batch axes: parameters of shape (b,)
    on a grid of n points give results of shape (b, n). The two parts of a pair may differ in that.

    A value that is within its limits as it is given, but is rounded onto one in the precision of the grid (a slope of
    2.99999999 in float32), gives NaN, as a traced value out of its limits does.
    """

    requirements: ClassVar[dict[str, Requirement]]

    def __check_init__(self) -> None:
        for name, requirement in self.requirements.items():
            value = getattr(self, name)
            check_parts(requirement, value, name)
            if isinstance(value, tuple) and len({_shape(part) for part in value}) != 1:
                raise TypeError(
                    f"`{name}` must be a number or an array of real numbers, but is {value!r}; make an array of numbers of it."
                )
        for name in PAIRS:
            if hasattr(self, name):
                _check_pair(getattr(self, name), name)


def batch_shape(profile: "AbstractProfile") -> tuple[int, ...]:
    """Return the shape that the parameters of a profile have together: () if all are numbers."""
    shapes = []
    for field in dataclasses.fields(profile):
        value = getattr(profile, field.name)
        if isinstance(value, tuple):
            shapes += [_shape(part) for part in value]
        else:
            shapes.append(_shape(value)[:-1] if field.name in PAIRS else _shape(value))
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(
            f"parameters of a {type(profile).__name__} must have shapes that broadcast, but have "
            f"{', '.join(map(str, shapes))}; give all arrays the same length."
        ) from None


def _shape(part: Any) -> tuple[int, ...]:
    return tuple(part.shape) if hasattr(part, "shape") else np.shape(part)


def _check_pair(value: Any, name: str) -> None:
    """Raise unless `value` is a pair of finite numbers, and of length below 1 if it is an ellipticity."""
    is_pair = len(value) == 2 if isinstance(value, tuple) else getattr(value, "shape", ())[-1:] == (2,)
    if not is_pair:
        raise ValueError(
            f"`{name}` must be a pair of numbers or an array of shape (..., 2), but is {value!r}; write it as (0.0, 0.0), say."
        )
    if isinstance(value, tuple) and any(isinstance(part, (list, tuple)) for part in value):
        raise TypeError(
            f"`{name}` must be two numbers or two arrays, or an array of shape (..., 2), but is {value!r}; make arrays of the "
            f"lists, as in `np.asarray({name})` of pairs."
        )
    check_parts(FINITE, value, name)
    parts = value if isinstance(value, tuple) else (value[..., 0], value[..., 1])
    shapes = [_shape(part) for part in parts]
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(
            f"`{name}` must have two parts that broadcast, but they have shapes {shapes[0]} and {shapes[1]}; "
            f"give both the same batch axes, or one of them none."
        ) from None
    if name == "ell_comps" and all(is_concrete(part) for part in parts):
        first, second = (np.asarray(part) for part in parts)
        if not np.all(first**2 + second**2 < 1.0):
            raise ValueError(
                f"`ell_comps` must have a length sqrt(e0**2 + e1**2) = (1 - q) / (1 + q) below 1, but is {value!r}; "
                f"give it for an axis ratio q above zero."
            )
