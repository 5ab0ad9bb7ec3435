"""The Fourier sum over a box of pixels, as matrix products over columns and rows."""

import contextlib
import math
from typing import Any

import jax

from ..._backend import is_jax, namespace
from ._box import Box
from ._chunks import mapped, summed

_BLOCK = 16  # phases that are added to those of every block: two roundings instead of one, and few sines
_COLUMNS = 256  # visibilities that a matrix product needs to be efficient


def forward(images: Any, uv: Any, box: Box, chunk_bytes: int) -> Any:
    """Return the visibilities (b, k) of images (b, ny, nx)."""
    xp = namespace(images, uv)
    uv = _in_phase_precision(uv, images.dtype, xp=xp)
    group, chunk = _sizes(images.shape[0], box, images.dtype, chunk_bytes, xp=xp)

    def of_group(images: Any) -> Any:
        return mapped(lambda uv: _visibilities(images, uv, box, xp=xp), (uv,), chunk, xp=xp)  # (k, group)

    return mapped(lambda images: xp.matrix_transpose(of_group(images)), (images,), group, xp=xp)


def adjoint(visibilities: Any, uv: Any, box: Box, chunk_bytes: int) -> Any:
    """Return the images (b, ny, nx) of visibilities (b, k): the real part of the adjoint."""
    xp = namespace(visibilities, uv)
    parts = xp.stack([xp.real(visibilities), xp.imag(visibilities)], axis=-1)  # (b, k, 2)
    uv = _in_phase_precision(uv, parts.dtype, xp=xp)
    group, chunk = _sizes(parts.shape[0], box, parts.dtype, chunk_bytes, xp=xp)

    def of_group(parts: Any) -> Any:
        per_visibility = xp.permute_dims(parts, (1, 0, 2))
        return summed(lambda p, uv: _images(p, uv, box, xp=xp), (per_visibility, uv), chunk, xp=xp)

    return mapped(of_group, (parts,), group, xp=xp)


def _in_phase_precision(uv: Any, dtype: Any, *, xp: Any) -> Any:
    """Return (u, v) in the better of their own precision and that of what is transformed."""
    return xp.asarray(uv, dtype=xp.result_type(xp.asarray(uv), dtype))


def _sizes(batch: int, box: Box, dtype: Any, chunk_bytes: int, *, xp: Any) -> tuple[int, int]:
    """Return how many images, and how many visibilities, are done at a time."""
    ny, nx = box.shape
    itemsize = xp.finfo(dtype).bits // 8
    group = max(1, min(batch, chunk_bytes // (itemsize * 6 * ny * _COLUMNS)))
    return group, max(1, chunk_bytes // (itemsize * (6 * group * ny + 6 * (nx + ny))))


def _waves(frequency: Any, box: Box, axis: int, dtype: Any, *, xp: Any) -> tuple[Any, Any]:
    """Return cos and sin of 2 pi x u, shape (nx, k), or of 2 pi y v, shape (ny, k)."""
    first, step, count = box.first[axis], box.steps[axis], box.shape[axis]
    blocks = math.ceil(count / _BLOCK)

    def of_phase(positions: Any) -> tuple[Any, Any]:
        turns = xp.asarray(positions, dtype=frequency.dtype)[:, None] * frequency
        phase = (turns - xp.round(turns)) * (2.0 * math.pi)
        return xp.cos(phase), xp.sin(phase)

    def added(c1: Any, s1: Any) -> tuple[Any, Any]:
        return c1 * c2 - s1 * s2, s1 * c2 + c1 * s2

    c1, s1 = of_phase([first + step * _BLOCK * p for p in range(blocks)])
    c2, s2 = of_phase([step * q for q in range(min(_BLOCK, count))])
    if is_jax(c1):  # outside of a loop XLA would compute them again for each of their products
        cos, sin = jax.lax.map(lambda one: added(*one), (c1, s1))
    else:
        cos, sin = added(c1[:, None, :], s1[:, None, :])
    cos, sin = (xp.reshape(part, (-1, frequency.shape[0]))[:count, :] for part in (cos, sin))
    return xp.astype(cos, dtype), xp.astype(sin, dtype)


def _visibilities(images: Any, uv: Any, box: Box, *, xp: Any) -> Any:
    """Return the visibilities (k, b) of images (b, ny, nx)."""
    b, (ny, nx) = images.shape[0], box.shape
    cos_x, sin_x = _waves(uv[:, 0], box, 1, images.dtype, xp=xp)
    cos_y, sin_y = _waves(uv[:, 1], box, 0, images.dtype, xp=xp)
    rows = xp.reshape(images, (b * ny, nx))
    even = xp.reshape(_product(rows, cos_x, xp=xp), (b, ny, -1))
    odd = xp.reshape(_product(rows, sin_x, xp=xp), (b, ny, -1))
    real = xp.sum(even * cos_y - odd * sin_y, axis=1)
    imaginary = -xp.sum(even * sin_y + odd * cos_y, axis=1)
    return xp.matrix_transpose(real + 1j * imaginary)


def _images(parts: Any, uv: Any, box: Box, *, xp: Any) -> Any:
    """Return the images (b, ny, nx) of real and imaginary parts of visibilities (k, b, 2)."""
    b, (ny, nx) = parts.shape[1], box.shape
    cos_x, sin_x = _waves(uv[:, 0], box, 1, parts.dtype, xp=xp)
    cos_y, sin_y = _waves(uv[:, 1], box, 0, parts.dtype, xp=xp)
    real, imaginary = (xp.matrix_transpose(parts[:, :, p])[:, None, :] for p in (0, 1))  # (b, 1, k)
    even = xp.reshape(real * cos_y - imaginary * sin_y, (b * ny, -1))
    odd = xp.reshape(real * sin_y + imaginary * cos_y, (b * ny, -1))
    rows = _product(even, xp.matrix_transpose(cos_x), xp=xp) - _product(odd, xp.matrix_transpose(sin_x), xp=xp)
    return xp.reshape(rows, (b, ny, nx))


def _product(a: Any, b: Any, *, xp: Any) -> Any:
    with jax.default_matmul_precision("highest") if is_jax(a) else contextlib.nullcontext():  # GPUs would round to ten bits
        return xp.matmul(a, b)
