"""W-tilde by a non-uniform fast Fourier transform, of half of the plane of offsets."""

from dataclasses import dataclass
from typing import Any, final

import jax
import numpy as np

from ... import _check
from ..._backend import is_jax, namespace, with_derivative
from .._host_call import call_on_host


@jax.tree_util.register_static
@dataclass(frozen=True)
@final
class HalfPlaneNUFFT:
    """Sum over visibilities by a non-uniform fast Fourier transform, on the host.

    Weights are real, and half of all offsets follow from the others, so the grid that visibilities are spread over is real,
    and half of it is enough: a quarter of the memory of a general one. Visibilities are taken a million at a time, one after
    the other on one thread: memory does not grow with their number, and results are the same from one run to the next. The
    error is 1e-13 of the largest value: likelihoods are differences of large sums, for which less will not do.

    It is for NumPy arrays, and for those of JAX, which calls the host where they are traced; there it has no derivatives by
    the baselines or the noise, for which there is `MatrixProducts`.

    References
    ----------
    Barnett A., Magland J., af Klinteberg L., 2019, SIAM J. Sci. Comput., 41, C479: the kernel is that of eq. (1.8).

    Examples
    --------
    >>> import lensarrays as la
    >>> la.interferometry.HalfPlaneNUFFT()
    HalfPlaneNUFFT()
    """

    def sums(self, along_y: Any, along_x: Any, weights: Any, shifts: Any, shape: tuple[int, int]) -> Any:
        """Return the sums over visibilities; see `CompactMethod`."""
        arrays = [along_y, along_x, weights, *([] if shifts is None else [shifts])]
        if all(isinstance(array, np.ndarray) for array in arrays):
            return _on_host(*arrays, shape=shape).astype(along_y.dtype, copy=False)
        if not any(is_jax(array) for array in arrays):
            raise TypeError(
                f"`method` must be MatrixProducts() for arrays of {namespace(*arrays).__name__}, but is {self!r}, which is for "
                f"those of NumPy and JAX; pass `method=MatrixProducts()`."
            )
        rows = shape[0] if shifts is None else 2 * shape[0] - 1
        result = jax.ShapeDtypeStruct((rows, 2 * shape[1] - 1), jax.numpy.result_type(*arrays))
        if all(map(_check.is_concrete, arrays)):  # a callback would be handed all of this in small pieces
            sums = _on_host(*map(np.asarray, arrays), shape=shape)
            return namespace(*arrays).asarray(sums.astype(result.dtype, copy=False))

        def on_host(*host: Any) -> np.ndarray:
            return _on_host(*host, shape=shape).astype(result.dtype, copy=False)

        return with_derivative(lambda *traced: call_on_host(on_host, result, *traced), self._no_derivative)(*arrays)

    def _no_derivative(self, *_: Any) -> tuple[Any, Any]:
        raise TypeError(
            f"`method` must be MatrixProducts() for derivatives by the baselines or the noise, but is {self!r}, which has "
            f"none; pass `method=MatrixProducts()`."
        )


def _on_host(along_y: Any, along_x: Any, weights: Any, shifts: Any = None, *, shape: tuple[int, int]) -> np.ndarray:
    from ._compact_spreading import half_plane, whole_plane

    if not np.isfinite(np.sum(along_y) + np.sum(along_x)):  # such a point is in no cell, and under `jit` nobody has looked
        rows = shape[0] if shifts is None else 2 * shape[0] - 1
        return np.full((rows, 2 * shape[1] - 1), np.nan)
    if shifts is None:
        return half_plane(along_y, along_x, weights, shape)
    return whole_plane(along_y, along_x, weights, shifts, shape)
