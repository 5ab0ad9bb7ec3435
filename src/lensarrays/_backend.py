"""The only module that may ask which array library it is given."""

from typing import Any

import array_api_compat as compat
import numpy as np

_NUMPY = np.empty(0)
_NUMPY_LIKE = (np.ndarray, np.generic, int, float, complex, bool, type(None))


def namespace(*arrays: Any) -> Any:
    """Return the library that `arrays` belong to. NumPy arrays and Python scalars yield to the others, as in JAX itself."""
    others = [a for a in arrays if not isinstance(a, _NUMPY_LIKE)]
    if not others:
        return compat.array_namespace(_NUMPY)
    try:
        return compat.array_namespace(*others)
    except TypeError as err:
        kinds = ", ".join(sorted({type(a).__module__.split(".")[0] for a in others}))
        raise TypeError(f"Arrays must be NumPy and at most one other library, but are of {kinds}; convert them first.") from err


def is_jax(x: Any) -> bool:
    """Return whether `x` is an array of JAX, traced or not."""
    return compat.is_jax_array(x)


def readonly(x: Any) -> Any:
    """Return a view that cannot be written to; JAX arrays cannot be anyway."""
    if isinstance(x, np.ndarray):
        x = x.view()
        x.flags.writeable = False
    return x


def placed(values: Any, index: np.ndarray, source: np.ndarray, axis: int) -> Any:
    """Return zeros with `values` at `index` along a negative axis: by writing to them on NumPy, else by a gather.

    `source` says for every slot of the result which value comes there, one past the last one meaning none: a gather is
    what accelerators are good at, while on NumPy the extra copy that it needs takes as long as all the rest.
    """
    batch, rest = values.shape[:axis], values.shape[axis:][1:]
    if isinstance(values, np.ndarray):
        result = np.zeros((*batch, source.size, *rest), dtype=values.dtype)
        key: Any = (*(slice(None) for _ in batch), index)  # with an Ellipsis NumPy takes half as long again
        result[key] = values
        return result
    xp = namespace(values)
    zero = xp.zeros((*batch, 1, *rest), dtype=values.dtype)
    return xp.take(xp.concat([values, zero], axis=axis), xp.asarray(source), axis=axis)
