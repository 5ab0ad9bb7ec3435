"""W-tilde by a non-uniform fast Fourier transform, of half of the plane of offsets."""

from dataclasses import dataclass
from typing import Any, final

import jax
import numpy as np

from ..._backend import is_jax, namespace
from .._host_call import call_on_host

# In chunks of a fixed size, summed in order, results depend on nothing but the data, and little memory is needed.
_CHUNK = 2**20


@jax.tree_util.register_static
@dataclass(frozen=True)
@final
class HalfPlaneNUFFT:
    """Sum over visibilities by a non-uniform fast Fourier transform on the host, by finufft.

    Examples
    --------
    >>> from lensarrays.ops.interferometry import HalfPlaneNUFFT
    >>> HalfPlaneNUFFT()
    HalfPlaneNUFFT(tolerance=1e-12)
    """

    tolerance: float = 1e-12

    def sums(self, along_y: Any, along_x: Any, weights: Any, shifts: Any, shape: tuple[int, int]) -> Any:
        """Return the sums over visibilities; see `CompactMethod`."""
        arrays = [along_y, along_x, weights, *([] if shifts is None else [shifts])]
        if all(isinstance(array, np.ndarray) for array in arrays):
            return _transformed(*arrays, shape=shape, tolerance=self.tolerance)
        if not any(is_jax(array) for array in arrays):
            raise TypeError(
                f"`method` must be MatrixProducts() for arrays of {namespace(*arrays).__name__}, but is {self!r}, which is for "
                f"those of NumPy and JAX; pass `method=MatrixProducts()`."
            )
        rows = shape[0] if shifts is None else 2 * shape[0] - 1
        result = jax.ShapeDtypeStruct((rows, 2 * shape[1] - 1), jax.numpy.result_type(*arrays))
        return call_on_host(
            lambda *host: _transformed(*host, shape=shape, tolerance=self.tolerance).astype(result.dtype), result, *arrays
        )


def _transformed(
    along_y: Any, along_x: Any, weights: Any, shifts: Any = None, *, shape: tuple[int, int], tolerance: float
) -> np.ndarray:
    import finufft

    # The transform is of as many modes above zero as below; what is wanted starts at zero if there are no shifts.
    lead = shape[0] // 2 if shifts is None else 0
    modes = (shape[0] if shifts is None else 2 * shape[0] - 1, 2 * shape[1] - 1)
    total = np.zeros(modes)
    for start in range(0, along_y.shape[0], _CHUNK):
        part = slice(start, start + _CHUNK)
        y, x = (-2 * np.pi * along_y[part]).astype(float), (2 * np.pi * along_x[part]).astype(float)
        phase = lead * y
        if shifts is not None:
            phase += 2 * np.pi * shifts[part]
        strengths = weights[part] * np.exp(1j * phase)
        total += finufft.nufft2d1(y, x, strengths, modes, eps=tolerance, isign=1, nthreads=1).real
    return total
