"""What all structures share: one leaf, its values, and the manners of an array."""

from typing import Any, Self

import array_api_extra as xpx
import numpy as np
from jaxtyping import Shaped

from .. import _check
from .._backend import is_settled, namespace, readonly
from .._typing import Array
from .arithmetic import bare, with_values
from .nested_lists import array_of
from .reductions import AbstractReductions


def as_array(values: Any, name: str = "values") -> Any:
    """Return `values` as an array of its own library; a structure gives its values, a list an array of what it holds."""
    values = bare(values)
    if isinstance(values, (list, tuple)):
        values = array_of(values, name)
    _check.no_meaning(values, name)
    if isinstance(values, np.ndarray):
        values = _check.native_order(values)
        if values.dtype.kind not in "biufc":
            raise TypeError(f"`{name}` must hold numbers, but has dtype {values.dtype}; convert it with `.astype(float)`.")
    elif not hasattr(values, "shape") or not hasattr(values, "dtype"):
        raise TypeError(
            f"`{name}` must be an array or a list of numbers, but is a {type(values).__name__}: {values!r}; make it one."
        )
    return values


def owned(values: Any, name: str = "values") -> Any:
    """Return `values` as an array that nobody else can write to: a NumPy array that somebody might is copied."""
    values = as_array(values, name)
    if not isinstance(values, np.ndarray):
        return values
    return readonly(values, fresh=False) if is_settled(values) else readonly(values.copy())


def stacked(y: Any, x: Any) -> Any:
    """Return pairs (y, x), shape (..., 2), of y and x."""
    y, x = as_array(y, "y"), as_array(x, "x")
    if y.shape != x.shape:
        raise ValueError(
            f"`y` and `x` must have one shape, but have {tuple(y.shape)} and {tuple(x.shape)}; give one of each per point."
        )
    xp = namespace(y, x)
    return readonly(xp.stack([xp.asarray(y), xp.asarray(x)], axis=-1))


class AbstractStructure(AbstractReductions):
    """An immutable array with a meaning: one pytree leaf, `values`, and static metadata.

    An operator with a structure on the left, or with a scalar, gives a structure. A function of an array library, or
    a NumPy array on the left, gives a bare array: `np.sqrt(a)`, `np.ones(n) + a`. Comparisons and indexing give bare
    arrays. Values may have leading batch axes.
    """

    # The values, and what an array says about itself.

    @property
    def array(self) -> Shaped[Array, "..."]:
        """The bare values, which cannot be written to."""
        return readonly(self.values, fresh=False)  # a leaf that `jax.tree_util.tree_map` has made could be

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the values."""
        return self.values.shape

    @property
    def dtype(self) -> Any:
        """The data type of the values."""
        return self.values.dtype

    @property
    def ndim(self) -> int:
        """The number of axes of the values."""
        return len(self.values.shape)

    @property
    def size(self) -> int:
        """The number of values."""
        return int(np.prod(self.values.shape))

    @property
    def T(self) -> Any:
        """The bare values with all axes reversed."""
        xp = namespace(self.values)
        return xp.permute_dims(self.values, tuple(reversed(range(self.ndim))))

    @property
    def real(self) -> Self:
        """The real part."""
        xp = namespace(self.values)
        return with_values(self, xp.real(self.values) if xp.isdtype(self.dtype, "complex floating") else self.values)

    @property
    def imag(self) -> Self:
        """The imaginary part."""
        xp = namespace(self.values)
        is_complex = xp.isdtype(self.dtype, "complex floating")
        return with_values(self, xp.imag(self.values) if is_complex else xp.zeros_like(self.values))

    @property
    def at(self) -> "_At":
        """Entry to changed copies: `a.at[k].set(v)`, and `add`, `subtract`, `multiply`, `divide`, `power`, `min`, `max`."""
        return _At(self)

    def __len__(self) -> int:
        return self.values.shape[0]

    def __iter__(self) -> Any:
        return (self.values[i, ...] for i in range(len(self)))

    def __getitem__(self, key: Any) -> Any:
        return self.values[_index(key, xp=namespace(self.values))]

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TypeError(f"This {type(self).__name__} is immutable, so `a[k] = v` does not work; write `a = a.at[k].set(v)`.")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        values = np.asarray(self.array, dtype=dtype)
        return values.copy() if copy else values

    def __float__(self) -> float:
        return float(self.values)

    def __bool__(self) -> bool:
        return bool(self.values)

    def __repr__(self) -> str:
        rest = [f"{name}={value!r}" for name, value in self.__dict__.items() if name != "values"]
        return f"{type(self).__name__}({', '.join([repr(self.values), *rest])})"

    # The methods of an array that people use on images; those that reduce axes are in reductions.py.

    def flatten(self) -> Any:
        """Return the bare values along one axis."""
        return namespace(self.values).reshape(self.values, (-1,))

    def reshape(self, *shape: Any) -> Any:
        """Return the bare values in another shape."""
        return namespace(self.values).reshape(self.values, shape[0] if isinstance(shape[0], tuple) else shape)

    def astype(self, dtype: Any) -> Self:
        """Return the structure with its values in another data type."""
        return with_values(self, namespace(self.values).astype(self.values, dtype))

    def sqrt(self) -> Self:
        """Return the structure of square roots."""
        return with_values(self, namespace(self.values).sqrt(self.values))

    def copy(self) -> Self:
        """Return the structure itself: it cannot change, so it need not be copied."""
        return self


def _index(key: Any, *, xp: Any) -> Any:
    """Return a key of brackets with arrays in place of structures and of lists, which JAX takes for mistakes."""
    if isinstance(key, tuple):
        return tuple(_index(part, xp=xp) for part in key)
    if isinstance(key, list):
        return xp.asarray(array_of(key, "key") if key else np.empty(0, dtype=int))
    return bare(key)


class _At:
    """The changed copies of a structure, as in `a.at[k].set(v)`; the work is array_api_extra's."""

    def __init__(self, structure: AbstractStructure, key: Any = ...):
        self._structure, self._key = structure, key

    def __getitem__(self, key: Any) -> "_At":
        return _At(self._structure, _index(key, xp=namespace(self._structure.values)))

    def get(self) -> Any:
        """Return what is there, as `a[k]` does."""
        return self._structure[self._key]

    def __getattr__(self, operation: str) -> Any:
        if operation.startswith("_"):
            raise AttributeError(operation)
        values = self._structure.values
        update = getattr(xpx.at(values, self._key), operation)
        return lambda value: with_values(self._structure, update(bare(value), copy=True, xp=namespace(values)))
