"""Positive-only solutions on the host."""

from dataclasses import dataclass
from typing import Any, ClassVar, final

import jax
import numpy as np

from ..._backend import is_jax, namespace
from .primal_dual import likely_positive

_LARGE = 600  # values from which on the interior point is a faster start than none, as measured


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
    from .active_set import positive_solution

    of_system, of_vector = np.asarray(matrix, dtype=np.float64), np.asarray(vector, dtype=np.float64)
    p = of_vector.shape[-1]
    batch = np.broadcast_shapes(of_system.shape[:-2], of_vector.shape[:-1])
    of_system, of_vector = np.broadcast_to(of_system, (*batch, p, p)), np.broadcast_to(of_vector, (*batch, p))
    solution = np.full((*batch, p), np.nan, dtype=vector.dtype)
    for k in np.ndindex(batch):
        system = of_system[k], of_vector[k]
        if all(np.isfinite(part).all() for part in system) and (np.diagonal(system[0]) > 0).all():
            start = likely_positive(*system) if p >= _LARGE else np.zeros(p, dtype=bool)
            solution[k] = positive_solution(*system, start).values
    return solution
