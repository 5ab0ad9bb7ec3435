"""Work through a batch in pieces of a bounded number of bytes."""

import contextlib
from collections.abc import Callable
from typing import Any

import array_api_compat as compat
import jax

from ..._check import is_concrete

CHUNK_BYTES = 4 * 2**20  # a few dozen images at a time, which stay in the caches of a CPU core: larger chunks are slower


def map_chunks(function: Callable[..., Any], arrays: tuple[Any, ...], size: int, *, xp: Any) -> Any:
    """Apply a function of arrays (b, ...) to at most `size` of their b entries at a time, and join the results (b, ...).

    On JAX it is one loop in the compiled program, however many chunks there are.
    """
    count = arrays[0].shape[0]
    if count <= size:
        return function(*arrays)
    if compat.is_jax_namespace(xp):
        return jax.lax.map(lambda entries: function(*entries), arrays, batch_size=size)
    slices = [slice(start, min(start + size, count)) for start in range(0, count, size)]
    return xp.concat([function(*(array[chunk, ...] for array in arrays)) for chunk in slices], axis=0)


def compile_time(array: Any) -> Any:
    """Return a context in which what is computed from a known JAX array is computed now, even while JAX traces a function."""
    if is_concrete(array) and compat.is_jax_array(array):
        return jax.ensure_compile_time_eval()
    return contextlib.nullcontext()
