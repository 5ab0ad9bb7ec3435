"""W-tilde as a dense matrix."""

import functools
from typing import Any

import numpy as np

from ..._backend import namespace
from ._compact_lattice import Lattice
from ._spectrum import full_from


def dense_from(compact: Any, hankel: Any, lattice: Lattice, max_bytes: int) -> Any:
    """Return the matrix (..., n, n) of tables of differences and, if there is one, of sums."""
    n, xp = lattice.pixels, namespace(compact)
    size = int(np.prod(compact.shape[:-2])) * n * n * np.dtype(str(compact.dtype).rpartition(".")[2]).itemsize
    if size > max_bytes:
        raise ValueError(
            f"`max_bytes` must be at least the {size:,} bytes ({size / 1e9:.1f} GB) of a dense W-tilde of {n} pixels, but is "
            f"{max_bytes:,}; use `times` or `StridedWTilde`, which need only the table of offsets, or allow more."
        )
    # In the flat table of all offsets, the place of a difference is a constant plus a difference of places.
    places = _wide_places(lattice)
    ny, nx = lattice.shape
    zero = (ny - 1) * (2 * nx - 1) + nx - 1
    dense = _taken(full_from(compact), zero + places[:, None] - places[None, :], xp=xp)
    if hankel is not None:
        dense = dense + _taken(hankel, places[:, None] + places[None, :], xp=xp)
    return dense


def _taken(table: Any, index: np.ndarray, *, xp: Any) -> Any:
    batch = table.shape[:-2]
    flat = xp.reshape(table, (*batch, table.shape[-2] * table.shape[-1]))
    return xp.reshape(xp.take(flat, xp.asarray(index.reshape(-1)), axis=-1), (*batch, *index.shape))


@functools.lru_cache(maxsize=8)
def _wide_places(lattice: Lattice) -> np.ndarray:
    """Return where each used pixel is in rows that are as long as those of the tables."""
    rows, columns = divmod(lattice.places, lattice.shape[1])
    return rows * (2 * lattice.shape[1] - 1) + columns
