"""How JAX calls a function of NumPy arrays on the host."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

# JAX hands arrays to a callback as its own, and copies those that are larger than this, in bytes, by another thread of its
# pool. All of these may be waiting for callbacks to return: on one core that one thread does, and the program hangs for ever
# (jax-ml/jax#24255). So larger arrays are cut into pieces, which are copied at once.
_COPIED_AT_ONCE = 100 * 1024


def call_on_host(function: Callable[..., Any], shapes: Any, *arrays: Any) -> Any:
    """Return what a function makes of NumPy arrays, under `jit` and `vmap`; it has no derivatives.

    Parameters
    ----------
    function : NumPy arrays -> NumPy arrays
        It must not raise, which would end the process. Under `vmap` it is called once for each of the batch: in one call
        the pieces would be too large.
    shapes : pytree of jax.ShapeDtypeStruct
        Of the results.
    arrays : arrays of JAX
    """
    import jax
    import jax.numpy as jnp

    pieces, layout = [], []
    for array in map(jnp.asarray, arrays):
        flat = jnp.reshape(array, (-1,))
        count = max(math.ceil(flat.nbytes / _COPIED_AT_ONCE), 1)
        layout.append((count, array.shape))
        pieces.extend(jnp.array_split(jax.lax.stop_gradient(flat), count))

    def joined(*pieces: Any) -> Any:
        rest, whole = list(pieces), []
        for count, shape in layout:
            whole.append(np.concatenate([np.asarray(piece) for piece in rest[:count]]).reshape(shape))
            del rest[:count]
        return function(*whole)

    return jax.pure_callback(joined, shapes, *pieces, vmap_method="sequential")
