"""Working through an axis a piece at a time: what is made of each piece is joined, or added up."""

import math
from collections.abc import Callable
from typing import Any

import jax

from ..._backend import is_jax, recomputed


def mapped(function: Callable[..., Any], arrays: tuple, size: int, *, xp: Any) -> Any:
    """Return what a function makes of arrays with one leading axis, `size` of it at a time, joined along that axis.

    JAX, for derivatives in reverse mode, keeps the arrays alone.
    """
    count = arrays[0].shape[0]
    if count <= size:
        return recomputed(function, *arrays)
    if not any(is_jax(array) for array in arrays):
        return xp.concat([function(*(a[part, ...] for a in arrays)) for part in _parts(count, size)], axis=0)
    pieces = jax.lax.map(lambda piece: jax.checkpoint(function, prevent_cse=False)(*piece), _cut(arrays, size, xp=xp))
    return xp.reshape(pieces, (-1, *pieces.shape[2:]))[:count, ...]


def summed(function: Callable[..., Any], arrays: tuple, size: int, *, xp: Any) -> Any:
    """Return the sum of what a function makes of `size` rows at a time; rows of zeros must add nothing."""
    count = arrays[0].shape[0]
    if count <= size:
        return recomputed(function, *arrays)
    if not any(is_jax(array) for array in arrays):
        first, *others = _parts(count, size)
        total = function(*(a[first, ...] for a in arrays))
        for part in others:
            total = total + function(*(a[part, ...] for a in arrays))
        return total
    pieces = _cut(arrays, size, xp=xp)
    shape = jax.eval_shape(function, *(piece[0] for piece in pieces))

    def step(total: Any, piece: tuple) -> tuple[Any, None]:
        return total + jax.checkpoint(function, prevent_cse=False)(*piece), None

    return jax.lax.scan(step, xp.zeros(shape.shape, dtype=shape.dtype), pieces)[0]


def _parts(count: int, size: int) -> list[slice]:
    return [slice(begin, min(begin + size, count)) for begin in range(0, count, size)]


def _cut(arrays: tuple, size: int, *, xp: Any) -> tuple:
    """Return arrays (count, ...) as (pieces, size, ...), with zeros added at the end."""
    pieces = math.ceil(arrays[0].shape[0] / size)

    def cut(array: Any) -> Any:
        zeros = xp.zeros((pieces * size - array.shape[0], *array.shape[1:]), dtype=array.dtype)
        return xp.reshape(xp.concat([array, zeros], axis=0), (pieces, size, *array.shape[1:]))

    return tuple(map(cut, arrays))
