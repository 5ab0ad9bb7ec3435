"""The least and the greatest of values, whose derivative is that of the one value that it is.

JAX differentiates `max` by the entries that equal it. XLA may compute these again in another way, with other rounding errors,
so that none does: the derivative is then wrong, or NaN. A place in an array is an integer, and the same each time.
"""

from typing import Any


def least(values: Any, *, xp: Any) -> Any:
    """Return the least of values (..., n), shape (...)."""
    return _at(values, xp.argmin(values, axis=-1), xp=xp)


def greatest(values: Any, *, xp: Any) -> Any:
    """Return the greatest of values (..., n), shape (...)."""
    return _at(values, xp.argmax(values, axis=-1), xp=xp)


def _at(values: Any, places: Any, *, xp: Any) -> Any:
    return xp.take_along_axis(values, xp.asarray(places)[..., None], axis=-1)[..., 0]
