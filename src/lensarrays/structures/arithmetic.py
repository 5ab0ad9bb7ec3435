"""Operators of structures: what may be combined with what, and what comes out."""

import operator
from typing import Any, ClassVar, Self

import equinox as eqx
import numpy as np
from jaxtyping import Shaped

from .. import _check
from .._backend import namespace, readonly
from .._typing import Array
from .nested_lists import array_of


class AbstractArithmetic(eqx.Module):
    """An immutable object with one pytree leaf, `values`, and the operators of an array.

    An operator with a structure on the left, or with a scalar, gives a structure; comparisons give bare arrays.
    """

    values: eqx.AbstractVar[Shaped[Array, "..."]]

    # The axes that the value of one pixel or point has: () for a number, (2,) for (y, x).
    _value_shape: ClassVar[tuple[int, ...]] = ()

    # Above that of a NumPy scalar, so that `np.float64(2) * a` is left to us, and not above that of a NumPy array.
    __array_priority__ = 0.0

    def __check_init__(self) -> None:
        """Raise if the values do not have a shape that the structure may have."""

    def __add__(self, other: Any) -> Self:
        return _arithmetic(self, other, operator.add)

    def __radd__(self, other: Any) -> Self:
        return _arithmetic(self, other, lambda a, b: b + a)

    def __sub__(self, other: Any) -> Self:
        return _arithmetic(self, other, operator.sub)

    def __rsub__(self, other: Any) -> Self:
        return _arithmetic(self, other, lambda a, b: b - a)

    def __mul__(self, other: Any) -> Self:
        return _arithmetic(self, other, operator.mul)

    def __rmul__(self, other: Any) -> Self:
        return _arithmetic(self, other, lambda a, b: b * a)

    def __truediv__(self, other: Any) -> Self:
        return _arithmetic(self, other, operator.truediv)

    def __rtruediv__(self, other: Any) -> Self:
        return _arithmetic(self, other, lambda a, b: b / a)

    def __pow__(self, other: Any) -> Self:
        return _arithmetic(self, other, operator.pow)

    def __neg__(self) -> Self:
        return with_values(self, -self.values)

    def __pos__(self) -> Self:
        return self

    def __abs__(self) -> Self:
        return with_values(self, abs(self.values))

    def __invert__(self) -> Any:
        return ~self.values

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"`{name}` of a {type(self).__name__} cannot be deleted: it is immutable; make a new one.")

    def __setstate__(self, state: dict[str, Any]) -> None:
        # What NumPy unpickles and deep-copies can be written to; a shallow copy may be of a leaf that is somebody else's.
        self.__dict__.update(state, values=readonly(state["values"], fresh=False))

    # Comparisons give bare arrays, so a structure cannot be hashed.

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> Any:
        return _compare(self, other, operator.eq)

    def __ne__(self, other: object) -> Any:
        return _compare(self, other, operator.ne)

    def __lt__(self, other: Any) -> Any:
        return _compare(self, other, operator.lt)

    def __le__(self, other: Any) -> Any:
        return _compare(self, other, operator.le)

    def __gt__(self, other: Any) -> Any:
        return _compare(self, other, operator.gt)

    def __ge__(self, other: Any) -> Any:
        return _compare(self, other, operator.ge)


def bare(x: Any) -> Any:
    """Return the values of a structure, or `x` itself if it is an array already."""
    return x.values if isinstance(x, AbstractArithmetic) else x


def with_values(structure: Any, values: Any) -> Any:
    """Return a structure like `structure` that holds `values`; a bare array gives a bare array.

    This passes by `__init__`, whose checks are of what a user hands in, but not by the check of shapes.
    """
    if not isinstance(structure, AbstractArithmetic):
        return values
    new = object.__new__(type(structure))
    for name, value in structure.__dict__.items():
        object.__setattr__(new, name, value)
    object.__setattr__(new, "values", readonly(values))
    type(structure).__check_init__(new)
    return new


def _operands(structure: AbstractArithmetic, other: Any) -> tuple[Any, Any]:
    """Return two arrays of one library, or an array and a scalar."""
    if isinstance(other, AbstractArithmetic):
        check_same_mask(structure, other)
        _check_same_axes(structure, other)
        other = other.values
    if isinstance(other, (bool, int, float, complex)) and not isinstance(other, np.generic):
        return structure.values, other
    is_list = isinstance(other, (list, tuple))
    if is_list:
        other = array_of(other, "operand")
    _check.no_meaning(other, "operand")
    if not hasattr(other, "shape"):
        return NotImplemented, NotImplemented
    xp = namespace(structure.values, other)
    # Numbers in a list have no precision of their own.
    keeps_dtype = is_list and xp.isdtype(structure.values.dtype, ("real floating", "complex floating"))
    return xp.asarray(structure.values), xp.asarray(other, dtype=structure.values.dtype if keeps_dtype else None)


def _arithmetic(structure: AbstractArithmetic, other: Any, operation: Any) -> Any:
    a, b = _operands(structure, other)
    return NotImplemented if a is NotImplemented else with_values(structure, operation(a, b))


def _compare(structure: AbstractArithmetic, other: Any, operation: Any) -> Any:
    a, b = _operands(structure, other)
    return NotImplemented if a is NotImplemented else operation(a, b)


def check_same_mask(a: Any, b: Any) -> None:
    """Raise if two structures lie on different pixels, where to combine them would be silent nonsense."""
    mask_a, mask_b = getattr(a, "mask", None), getattr(b, "mask", None)
    if mask_a is not None and mask_b is not None and mask_a != mask_b:
        raise ValueError(
            f"Both operands must have the same mask, but a {type(a).__name__} has {mask_a!r} and a {type(b).__name__} has "
            f"{mask_b!r}; bring one to the other's mask with `apply_mask`, or combine their `.array`s."
        )


def _check_same_axes(a: Any, b: Any) -> None:
    """Raise if one structure holds numbers and the other pairs: with two points, the pairs' axis would match the points'."""
    if a._value_shape != b._value_shape:
        number, pair = (a, b) if len(a._value_shape) < len(b._value_shape) else (b, a)
        raise ValueError(
            f"Both operands must have a value of the same shape per point, but a {type(number).__name__} has numbers and a "
            f"{type(pair).__name__} has pairs; give the numbers an axis for the pair, with `array.array[..., None]`."
        )
