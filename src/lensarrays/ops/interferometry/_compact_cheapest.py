"""The choice between the methods for W-tilde, by the sizes of a problem."""

from dataclasses import dataclass
from typing import Any, final

import jax
import numpy as np

from ... import _check
from ..._backend import is_jax
from ._compact_nufft import HalfPlaneNUFFT
from ._compact_products import MatrixProducts

_PRODUCTS, _TRANSFORM = MatrixProducts(), HalfPlaneNUFFT()


@jax.tree_util.register_static
@dataclass(frozen=True)
@final
class Cheapest:
    """Take `MatrixProducts` or `HalfPlaneNUFFT`, with their defaults, whichever is faster on a CPU; the default.

    For NumPy arrays of K visibilities and a box of ny by nx pixels, products take about K (ny nx / 30 + ny + nx) nanoseconds
    on one core, and the transform 60,000 + 25 ny nx + 45 K: products win up to some 700 to 2,000 visibilities. The same holds
    for arrays of JAX on a CPU that are known. For all others products are taken: they have derivatives, and run where the
    arrays are.

    Examples
    --------
    >>> import lensarrays as la
    >>> la.interferometry.Cheapest()
    Cheapest()
    """

    def sums(self, along_y: Any, along_x: Any, weights: Any, shifts: Any, shape: tuple[int, int]) -> Any:
        """Return the sums over visibilities; see `CompactMethod`."""
        on_host = all(map(_is_on_host, (along_y, along_x, weights, shifts)))
        count, (ny, nx) = along_y.shape[0], shape
        products, transform = count * (ny * nx / 30 + ny + nx), 60_000 + 25 * ny * nx + 45 * count  # [ns]
        method: Any = _TRANSFORM if on_host and transform < products else _PRODUCTS
        return method.sums(along_y, along_x, weights, shifts, shape)


def _is_on_host(array: Any) -> bool:
    """Return whether an array is one that the host can read: of NumPy, or one of JAX on a CPU that is not traced."""
    if array is None or isinstance(array, np.ndarray):
        return True
    return is_jax(array) and _check.is_concrete(array) and all(device.platform == "cpu" for device in array.devices())
