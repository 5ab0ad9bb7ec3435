"""The choice between the methods for W-tilde, by the sizes of a problem."""

import math
from dataclasses import dataclass
from typing import Any, final

import jax
import numpy as np

from ._compact_nufft import HalfPlaneNUFFT
from ._compact_products import MatrixProducts

# Visibilities times the side of the box [pixels], where products of matrices and the transform take equally long.
_CROSSOVER = 200_000


@jax.tree_util.register_static
@dataclass(frozen=True)
@final
class Cheapest:
    """Take `MatrixProducts` or `HalfPlaneNUFFT`, with their defaults, whichever is faster on a CPU; the default.

    For NumPy arrays of K visibilities and a box of ny by nx pixels, products are taken while K sqrt(ny nx) <= 200,000. For
    other arrays they always are: they have derivatives, and run where the arrays are.

    Examples
    --------
    >>> from lensarrays.ops.interferometry import Cheapest
    >>> Cheapest()
    Cheapest()
    """

    def sums(self, along_y: Any, along_x: Any, weights: Any, shifts: Any, shape: tuple[int, int]) -> Any:
        """Return the sums over visibilities; see `CompactMethod`."""
        side = math.sqrt(math.prod(shape))
        on_host = all(array is None or isinstance(array, np.ndarray) for array in (along_y, along_x, weights, shifts))
        method = HalfPlaneNUFFT() if on_host and along_y.shape[0] * side > _CROSSOVER else MatrixProducts()
        return method.sums(along_y, along_x, weights, shifts, shape)
