"""Positive-only solutions on the host."""

from dataclasses import dataclass
from typing import Any, ClassVar, final

import jax
import numpy as np

from ..._backend import is_jax, namespace


@jax.tree_util.register_static
@dataclass(frozen=True)
@final
class ActiveSet:
    """Solve under the condition that no value is negative, by an active set on the host; for NumPy and JAX arrays.

    Which of the values are zero is found exactly: the solution has no error but that of rounding. JAX arrays are handed to the
    host by one callback, a batch of systems at once; on an accelerator, `PrimalDual` spares the way there and back.

    Examples
    --------
    >>> import lensarrays as la
    >>> la.inversion.ActiveSet()
    ActiveSet()
    """

    positive: ClassVar[bool] = True

    def values_from(self, matrix: Any, vector: Any) -> Any:
        """Return the solutions (..., p) of matrices (..., p, p) and vectors (..., p); NaN where there is none."""
        if isinstance(matrix, np.ndarray):
            return _on_host(matrix, vector)
        if not is_jax(matrix):
            raise TypeError(
                f"`solver` must be one for {namespace(matrix).__name__} arrays, but is {self!r}, which is for NumPy and JAX; "
                f"try `solver=PrimalDual()`."
            )
        shape = jax.ShapeDtypeStruct(vector.shape, vector.dtype)
        return jax.pure_callback(_on_host, shape, matrix, vector, vmap_method="expand_dims")


def _on_host(matrix: Any, vector: Any) -> np.ndarray:
    """Return the solution of each of a batch of systems, whose leading axes broadcast."""
    from .active_set import positive_solution_from

    matrix, vector = np.asarray(matrix), np.asarray(vector)
    p = vector.shape[-1]
    batch = np.broadcast_shapes(matrix.shape[:-2], vector.shape[:-1])
    matrix, vector = np.broadcast_to(matrix, (*batch, p, p)), np.broadcast_to(vector, (*batch, p))
    solution = np.full((*batch, p), np.nan, dtype=vector.dtype)
    for k in np.ndindex(batch):
        try:
            solution[k] = positive_solution_from(
                np.ascontiguousarray(matrix[k], dtype=np.float64), np.ascontiguousarray(vector[k], dtype=np.float64)
            )
        except np.linalg.LinAlgError:  # it stays NaN
            continue
    return solution
