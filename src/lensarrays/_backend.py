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


def readonly(x: Any) -> Any:
    """Return a view that cannot be written to; JAX arrays cannot be anyway."""
    if isinstance(x, np.ndarray):
        x = x.view()
        x.flags.writeable = False
    return x
