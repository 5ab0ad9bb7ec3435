"""W-tilde as a dense matrix."""

import math
from typing import Any

import numpy as np

from ... import _check
from ..._backend import namespace
from ._compact_lattice import Lattice
from ._spectrum import full_from


def dense_from(compact: Any, hankel: Any, lattice: Lattice, max_bytes: int) -> Any:
    """Return the matrix (..., n, n) of tables of differences and, if there is one, of sums."""
    xp = namespace(compact)
    check_dense(compact.shape[:-2], compact.dtype, lattice, max_bytes, "`times` or `StridedWTilde`, which need", xp=xp)
    # In the flat table of all offsets, the place of a difference is a constant plus a difference of places.
    ny, nx = lattice.shape
    rows, columns = divmod(lattice.places, nx)
    places = rows * (2 * nx - 1) + columns
    zero = (ny - 1) * (2 * nx - 1) + nx - 1
    dense = _taken(full_from(compact), zero + places[:, None] - places[None, :], xp=xp)
    if hankel is not None:
        dense = dense + _taken(hankel, places[:, None] + places[None, :], xp=xp)
    return dense


def check_dense(batch: tuple[int, ...], dtype: Any, lattice: Lattice, max_bytes: int, instead: str, *, xp: Any) -> None:
    """Raise if a dense matrix, or a batch of them, would take more memory than allowed; `instead` needs less."""
    _check.whole_number(max_bytes, "max_bytes", at_least=1)
    n = lattice.pixels
    size = math.prod(batch) * n * n * xp.finfo(dtype).bits // 8
    if size > max_bytes:
        raise ValueError(
            f"`max_bytes` must be at least the {size:,} bytes ({size / 1e9:.1f} GB) of a dense W-tilde of {n} pixels, but is "
            f"{max_bytes:,}; use {instead} only the table of offsets, or allow more."
        )


def _taken(table: Any, index: np.ndarray, *, xp: Any) -> Any:
    batch = table.shape[:-2]
    flat = xp.reshape(table, (*batch, table.shape[-2] * table.shape[-1]))
    return xp.reshape(xp.take(flat, xp.asarray(index.reshape(-1)), axis=-1), (*batch, *index.shape))
