"""Arrays from lists, of Python numbers or of arrays of any library, traced ones too, and lists from arrays."""

from typing import Any

import numpy as np

from .. import _check
from .._backend import namespace


def array_of(values: list | tuple, name: str) -> Any:
    """Return a list of numbers as a NumPy array, and one that holds arrays of another library as an array of that.

    Raises
    ------
    TypeError
        If the list holds anything but numbers, or rows of different lengths.
    """
    arrays = [leaf for leaf in _check.numbers_in(values) if hasattr(leaf, "dtype")]
    if all(isinstance(leaf, (np.ndarray, np.generic)) for leaf in arrays):
        return _check.static_array(values, name)
    xp = namespace(*arrays)
    dtype = xp.result_type(*(xp.asarray(leaf) for leaf in arrays))
    try:
        return _stacked(values, dtype, xp=xp)
    except (TypeError, ValueError) as err:
        raise TypeError(f"`{name}` must be numbers, but is {values!r}; pass lists of one length, or an array.") from err


def _stacked(values: Any, dtype: Any, *, xp: Any) -> Any:
    if isinstance(values, (list, tuple)):
        return xp.stack([_stacked(value, dtype, xp=xp) for value in values])
    return xp.asarray(values, dtype=dtype)


def nested_list_of(values: Any, *, pairs: bool) -> list:
    """Return an array as a list of lists, with tuples along the last axis if it is one of pairs."""
    if isinstance(values, np.ndarray):
        nested = values.ravel().tolist()
    else:
        xp = namespace(values)
        nested = list(xp.unstack(xp.reshape(values, (-1,))))  # at once: an array library takes long for each index
    shape = values.shape
    for axis in range(len(shape) - 1, 0, -1):
        size, kind = shape[axis], tuple if pairs and axis == len(shape) - 1 else list
        nested = [kind(nested[i * size : (i + 1) * size]) for i in range(int(np.prod(shape[:axis])))]
    return nested
