"""How much memory a curvature matrix may take."""

import math
from typing import Any

import numpy as np

from ...structures import Mask2D


def check_memory(method: Any, mask: Mask2D, pixels: int, hankel: Any, *arrays: Any) -> None:
    """Raise if a method would take more memory than its `max_bytes`.

    Parameters
    ----------
    method : StridedWTilde, DenseWTilde or FourierWTilde
    mask : Mask2D
        Of n image pixels.
    pixels : int
        The number s of source pixels.
    hankel : array, or None
        The second table of W-tilde.
    arrays : arrays, shapes (..., a, b)
        That F is made from: it has their leading axes.
    """
    copies = math.prod(np.broadcast_shapes(*(array.shape[:-2] for array in arrays)))
    result = 8 * copies * pixels**2
    needed = result + (method.bytes_kept(mask, 1 if hankel is None else 2) if pixels else 0)
    if needed > method.max_bytes:
        other = f"use `StridedWTilde()`, which takes {result:,}," if result < needed else "take fewer source pixels,"
        raise ValueError(
            f"`max_bytes` must be at least the {needed:,} bytes ({needed / 1e9:.1f} GB) that {type(method).__name__} takes for "
            f"{mask.pixels_in_mask} image and {pixels} source pixels, but is {method.max_bytes:,}; {other} or allow more."
        )
