"""How a convolution works through a batch: in chunks of a bounded number of bytes."""

import contextlib
import math
from collections.abc import Callable
from typing import Any, TypeAlias

import jax

from ..._backend import is_jax, namespace
from ..._check import is_concrete
from ...structures import Kernel2D
from .checks import joint_batch
from .direct import Direct
from .fft import FFT
from .frame import Frame
from .separable import Separable

ConvolutionMethod: TypeAlias = FFT | Direct | Separable

CHUNK_BYTES = 4 * 2**20  # a few dozen images at a time, which stay in the caches of a CPU core: larger chunks are slower


def convolved(values: Any, blurring: Any, kernel: Kernel2D, frame: Frame, method: ConvolutionMethod, chunk_bytes: int) -> Any:
    """Return values (..., n) convolved, (..., n): the batch is laid out flat and worked through in chunks."""
    xp = namespace(values, blurring, kernel.values)
    dtype = _floating_dtype(values, xp=xp)
    if not isinstance(method, ConvolutionMethod):
        raise TypeError(f"`method` must be FFT(), Direct() or Separable(), but is {method!r}; pass one of these objects.")
    if not isinstance(chunk_bytes, int) or isinstance(chunk_bytes, bool) or chunk_bytes < 1:
        raise ValueError(f"`chunk_bytes` must be a positive integer, but is {chunk_bytes!r}; 2**22 is the default.")
    batch = values.shape[:-1]
    parts = [xp.asarray(values)]
    if blurring is not None:
        batch = joint_batch(batch, blurring.shape[:-1], "blurring_image")
        parts.append(xp.asarray(blurring, dtype=dtype))
    batch = joint_batch(batch, kernel.values.shape[:-1], "kernel")
    if 0 in batch:
        return xp.zeros((*batch, values.shape[-1]), dtype=dtype)
    size = max(1, chunk_bytes // method.bytes_per_image(frame, xp.finfo(dtype).bits // 8))

    if kernel.values.ndim == 1:
        factors = _factors(kernel, frame, method, dtype, xp=xp)
        if not batch:
            return method.apply(tuple(parts), factors, frame)
        return _over_batch(lambda *pieces: method.apply(pieces, factors, frame), parts, batch, size, xp=xp)
    sheets = xp.asarray(kernel.native, dtype=dtype)
    sheets = xp.broadcast_to(sheets, (*batch, *sheets.shape[-2:]))
    sheets = xp.reshape(sheets, (-1, *sheets.shape[-2:]))

    def one_each(sheet: Any, *pieces: Any) -> Any:
        return method.apply(pieces, method.factors(sheet, frame), frame)

    return _over_batch(one_each, parts, batch, size, sheets, xp=xp)


def _over_batch(function: Any, parts: list, batch: tuple[int, ...], size: int, *more: Any, xp: Any) -> Any:
    """Apply a function to parts (..., n_i), broadcast to `batch`, at most `size` of the batch at a time."""
    flat = [xp.reshape(xp.broadcast_to(part, (*batch, part.shape[-1])), (math.prod(batch), part.shape[-1])) for part in parts]
    result = _map_chunks(function, (*more, *flat), size, xp=xp)
    return xp.reshape(result, (*batch, result.shape[-1]))


def _factors(kernel: Kernel2D, frame: Frame, method: ConvolutionMethod, dtype: Any, *, xp: Any) -> tuple[Any, ...]:
    """Return what depends on the kernel alone, computed in its own library.

    Where the kernel is known when a function is traced, that is when this is computed, once for all calls.
    """
    own = namespace(kernel.values)
    with _compile_time(kernel.values):
        native = own.asarray(kernel.native, dtype=own.float32 if xp.finfo(dtype).bits == 32 else own.float64)
        factors = method.factors(native, frame)
    return tuple(xp.asarray(factor) for factor in factors)


def _map_chunks(function: Callable[..., Any], arrays: tuple[Any, ...], size: int, *, xp: Any) -> Any:
    """Apply a function of arrays (b, ...) to at most `size` of their b entries at a time, and join the results (b, ...).

    On JAX it is one loop in the compiled program, however many chunks there are.
    """
    count = arrays[0].shape[0]
    if count <= size:
        return function(*arrays)
    if is_jax(arrays[0]):
        return jax.lax.map(lambda entries: function(*entries), arrays, batch_size=size)
    slices = [slice(start, min(start + size, count)) for start in range(0, count, size)]
    return xp.concat([function(*(array[chunk, ...] for array in arrays)) for chunk in slices], axis=0)


def _compile_time(array: Any) -> Any:
    """Return a context in which what is computed from a known JAX array is computed now, even while JAX traces a function."""
    if is_concrete(array) and is_jax(array):
        return jax.ensure_compile_time_eval()
    return contextlib.nullcontext()


def _floating_dtype(values: Any, *, xp: Any) -> Any:
    dtype = xp.asarray(values).dtype
    if not xp.isdtype(dtype, "real floating") or xp.finfo(dtype).bits not in (32, 64):
        raise TypeError(f"What is convolved must be float32 or float64, but is {dtype}; convert it with `.astype(float)`.")
    return dtype
