"""Static index maps of a mask, computed once for all equal masks; nothing is cached on the mask itself."""

import functools
from typing import Any

import numpy as np

# The maps of a mask of 500x500 pixels take 4 MB.
_MASKS_KEPT = 32


@functools.lru_cache(maxsize=_MASKS_KEPT)
def used_count(mask: Any) -> int:
    """Return the number of used pixels."""
    return mask.array.size - int(np.count_nonzero(mask.array))


@functools.lru_cache(maxsize=_MASKS_KEPT)
def index_maps(mask: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return where each used pixel sits in the flat image (n,), and which used pixel each pixel is (ny * nx,); n = none.

    They are writeable, and must not be written to: `np.take` copies an index array that is read-only, which takes ten times
    as long as the gather itself. What is handed to users is a copy.
    """
    native = np.flatnonzero(~mask.array)
    slim = np.full(mask.array.size, native.size)
    slim[native] = np.arange(native.size)
    return native, slim


def used_box(mask: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the rows [y0, y1) and the columns [x0, x1) of the smallest box that holds all used pixels."""
    used = ~mask.array
    if not used.any():
        raise ValueError(
            f"The mask must use at least one pixel, but {mask!r} masks them all; enlarge or move what it leaves open."
        )
    rows, columns = np.flatnonzero(used.any(axis=1)), np.flatnonzero(used.any(axis=0))
    return (int(rows[0]), int(rows[-1]) + 1), (int(columns[0]), int(columns[-1]) + 1)
