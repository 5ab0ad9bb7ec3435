"""What annotations are made of: `Float[Array, "... n 2"]` reads as numbers of shape (..., n, 2)."""

from typing import Any, TypeAlias

# An array of NumPy, JAX or another library of the array API standard. These share no base class, and a protocol of what the
# standard asks of an array is not yet published for type checkers, so they take it for Any.
Array: TypeAlias = Any
