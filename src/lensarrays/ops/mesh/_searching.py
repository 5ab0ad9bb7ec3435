"""Sorting along the last axis, and looking up in what is sorted: for batches, which the array API does not have, and fast."""

import math
from typing import Any

import numpy as np

from ..._backend import is_jax, namespace, with_derivative

MANY = 1000  # points of a line for which it is worth while to look up where to search


def counts_not_above(ordered: Any, queries: Any, *, xp: Any) -> Any:
    """Return how many of some ordered values (..., n) are not above each query (..., m)."""
    if len(ordered.shape) == 1 and len(queries.shape) == 1:
        return xp.searchsorted(ordered, queries, side="right")
    batch = np.broadcast_shapes(ordered.shape[:-1], queries.shape[:-1])
    rows, wanted = (
        xp.reshape(xp.broadcast_to(part, (*batch, part.shape[-1])), (math.prod(batch), part.shape[-1]))
        for part in (ordered, queries)
    )
    if is_jax(rows):
        import jax

        counts = jax.vmap(lambda row, own: xp.searchsorted(row, own, side="right"))(rows, wanted)
    else:
        counts = xp.stack([xp.searchsorted(rows[k, :], wanted[k, :], side="right") for k in range(rows.shape[0])])
    return xp.reshape(counts, (*batch, -1))


def taken(values: Any, indexes: Any, *, xp: Any) -> Any:
    """Return values (..., n) at indexes (..., m)."""
    if len(values.shape) == 1 and len(indexes.shape) == 1:
        return xp.take(values, indexes, axis=-1)
    batch = np.broadcast_shapes(values.shape[:-1], indexes.shape[:-1])
    wide = (xp.broadcast_to(part, (*batch, part.shape[-1])) for part in (values, indexes))
    return xp.take_along_axis(*wide, axis=-1)


def interpolated(queries: Any, x: Any, y: Any, *, xp: Any) -> Any:
    """Return at queries (..., m) the line through points of ascending x (..., n), and beyond its ends what it is there.

    Of points with the same x the last one counts.
    """
    if isinstance(x, np.ndarray) and isinstance(queries, np.ndarray) and x.ndim == y.ndim == queries.ndim == 1:
        if x.size < MANY or queries.size < x.size or not x.dtype == y.dtype == queries.dtype == np.float64:
            return np.interp(queries, x, y).astype(y.dtype, copy=False)
        from ._line_numba import line_at

        return line_at(*(np.ascontiguousarray(part) for part in (queries, x, y)))
    low = counts_not_above(x, queries, xp=xp) - 1
    low = xp.minimum(xp.maximum(low, xp.zeros_like(low)), xp.asarray(x.shape[-1] - 2, dtype=low.dtype))
    start, run = taken(x, low, xp=xp), taken(x[..., 1:] - x[..., :-1], low, xp=xp)
    part = xp.where(run > 0, (queries - start) / xp.where(run > 0, run, xp.ones_like(run)), xp.ones_like(run))
    part = xp.where(part <= 0, xp.zeros_like(part), xp.where(part >= 1, xp.ones_like(part), part))  # NaN stays
    return taken(y, low, xp=xp) + part * taken(y[..., 1:] - y[..., :-1], low, xp=xp)


def _sorted(values: Any) -> Any:
    """Return values (..., n) in ascending order; for JAX as the integers that have their bits, which takes a fifth as long."""
    xp = namespace(values)
    if not is_jax(values):
        return xp.sort(values, axis=-1)
    import jax

    integer = xp.int64 if xp.finfo(values.dtype).bits == 64 else xp.int32
    # A negative number of larger magnitude has the larger bits: all but the sign are turned round.
    bits = jax.lax.bitcast_convert_type(values, integer)
    flip = xp.asarray(xp.iinfo(integer).max, dtype=integer)
    key = xp.sort(xp.where(bits < 0, bits ^ flip, bits), axis=-1)
    return jax.lax.bitcast_convert_type(xp.where(key < 0, key ^ flip, key), values.dtype)


def _sorted_derivative(arguments: Any, tangents: Any) -> tuple[Any, Any]:
    """Return the sorted values and how they move: each as the value that is there, equal ones as the last of them."""
    import jax

    ((values,), (tangent,)), xp = (arguments, tangents), namespace(*arguments)
    order = xp.argsort(jax.lax.stop_gradient(values), axis=-1)
    return _sorted(values), xp.take_along_axis(tangent, order, axis=-1)


sort_last = with_derivative(_sorted, _sorted_derivative)
