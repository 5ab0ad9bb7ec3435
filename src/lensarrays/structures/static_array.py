"""Arrays that may be static metadata of a pytree."""

import hashlib
from typing import Any, final

import numpy as np

from .. import _check
from .._backend import readonly


@final
class StaticArray:
    """A frozen NumPy array that may be static metadata: hashed by content once, compared by identity first.

    JAX compares and hashes static metadata on every call of a jitted function. Here that costs nothing for the same
    object and a comparison of two short digests for an equal one, so that equal masks share one compilation.

    Parameters
    ----------
    array : array_like
        What to hold. It is copied.

    Examples
    --------
    >>> import numpy as np
    >>> from lensarrays import StaticArray
    >>> StaticArray(np.arange(3)) == StaticArray(np.arange(3))
    True
    """

    __slots__ = ("_digest", "array")

    array: np.ndarray

    def __init__(self, array: Any):
        _check.no_meaning(array, "array")
        self.array = readonly(np.array(_check.native_order(array), order="C"))
        if self.array.dtype.kind not in "biufc":
            raise TypeError(f"`array` must hold numbers or booleans, but has dtype {self.array.dtype}; convert it.")
        # A mask is hashed at one bit a pixel, six times as fast as at one byte.
        content = hashlib.blake2b(np.packbits(self.array).data if self.array.dtype == bool else self.array.data, digest_size=16)
        self._digest = (self.array.shape, self.array.dtype.str, content.digest())

    def __setattr__(self, name: str, value: Any) -> None:
        if hasattr(self, "_digest"):
            raise AttributeError(f"`{name}` of a StaticArray cannot be set; make a new one with StaticArray(array).")
        object.__setattr__(self, name, value)

    def __hash__(self) -> int:
        return hash(self._digest)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, StaticArray) and self._digest == other._digest)

    def __repr__(self) -> str:
        return f"StaticArray(shape={self.array.shape}, dtype={self.array.dtype}, digest={self._digest[2].hex()[:8]})"

    def __copy__(self) -> "StaticArray":
        return self

    def __deepcopy__(self, memo: dict) -> "StaticArray":
        return self

    def __reduce__(self) -> tuple:
        # A boolean array is pickled at one bit a pixel: a mask then costs a batch of images next to nothing.
        if self.array.dtype == bool:
            return _unpack, (np.packbits(self.array).tobytes(), self.array.shape)
        return StaticArray, (np.asarray(self.array),)


def _unpack(packed: bytes, shape: tuple[int, ...]) -> StaticArray:
    flat = np.unpackbits(np.frombuffer(packed, dtype=np.uint8), count=int(np.prod(shape)))
    return StaticArray(flat.astype(bool).reshape(shape))
