"""Checks of what users hand to constructors: each returns a plain Python value or raises the one error that says what to do."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, final

import jax
import numpy as np

from ._backend import namespace


def is_concrete(x: Any) -> bool:
    """Return whether the values of `x` can be looked at, which those of a JAX tracer (under `jit`, `vmap`, `grad`) cannot.

    Importing JAX for this costs nothing, as Equinox has done so already; a NumPy array makes no JAX call here.
    """
    return not isinstance(x, jax.core.Tracer)


def numbers_in(value: Any) -> Iterator[Any]:
    """Yield what a list of lists holds, or `value` itself if it is none."""
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from numbers_in(part)
    else:
        yield value


def fails(good: Any) -> bool:
    """Return whether a condition can be looked at and does not hold everywhere; one bit leaves the device.

    Inside of `jit` a condition is traced even where all that it is computed from is known.
    """
    holds = namespace(good).all(good)
    return is_concrete(holds) and not bool(holds)


def no_meaning(value: Any, name: str) -> None:
    """Raise if `value` has a unit or masked entries, which an array of ours would silently lose."""
    if isinstance(value, (int, float)) or type(value) is np.ndarray:  # almost all that there is
        return
    if hasattr(value, "unit"):
        raise TypeError(
            f"`{name}` must be plain numbers, but has the unit {value.unit}; pass `.to_value(u.arcsec)`, or the unit it is in."
        )
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(
            f"`{name}` must be a plain array, but is a {type(value).__name__} x; pass `x.data`, with its mask as "
            f"`mask = Mask2D(x.mask, pixel_scales)` and, for an image, `Array2D.from_native(x.data, mask)`."
        )


def native_order(array: np.ndarray) -> np.ndarray:
    """Return a NumPy array in the byte order of this machine, as a plain array."""
    plain = np.asarray(array)
    return plain if plain.dtype.isnative else plain.astype(plain.dtype.newbyteorder("="))


def static_array(value: Any, name: str, dtype: Any = None) -> np.ndarray:
    """Return `value` as a NumPy array, if it is one that shapes and compilations may depend on."""
    traced = next((part for part in numbers_in(value) if not is_concrete(part)), None)
    if traced is not None:
        raise TypeError(
            f"`{name}` must be static (Python numbers or NumPy arrays, not traced), but is a {type(traced).__name__}; "
            f"make it outside the transformed function and close over it, or pass it by `static_argnums`."
        )
    for part in numbers_in(value):
        no_meaning(part, name)
    try:
        return native_order(np.asarray(value, dtype=dtype))
    except (TypeError, ValueError) as err:
        raise TypeError(
            f"`{name}` must be numbers, but is {value!r}; pass Python numbers, lists of one length, or a NumPy array."
        ) from err


def pair(value: Any, name: str) -> tuple[float, float]:
    """Return a (y, x) pair of finite floats."""
    numbers = static_array(value, name)
    if numbers.shape != (2,) or numbers.dtype.kind not in "iuf" or not np.isfinite(numbers).all():
        raise ValueError(f"`{name}` must be two finite numbers (y, x), but is {value!r}; write it as (0.0, 0.0), say.")
    return float(numbers[0]), float(numbers[1])


def pixel_scales(value: Any, name: str = "pixel_scales") -> tuple[float, float]:
    """Return the (y, x) pixel scales [arcsec] that a number or a pair of numbers stands for."""
    numbers = static_array(value, name)
    allowed = numbers.shape in ((), (2,)) and numbers.dtype.kind in "iuf"
    if not allowed or not np.isfinite(numbers).all() or not (numbers > 0).all():
        raise ValueError(
            f"`{name}` must be a positive number or a pair of them (y, x), but is {value!r}; give it in arcseconds, as in 0.1."
        )
    y, x = np.broadcast_to(numbers, (2,))
    return float(y), float(x)


def shape_native(value: Any, name: str = "shape_native") -> tuple[int, int]:
    """Return the shape (ny, nx) of an image."""
    numbers = static_array(value, name)
    if numbers.shape != (2,) or numbers.dtype.kind not in "iu" or not (numbers > 0).all():
        raise ValueError(f"`{name}` must be two positive integers (ny, nx), but is {value!r}; write it as (100, 100), say.")
    return int(numbers[0]), int(numbers[1])


def odd_shape(value: Any, name: str) -> tuple[int, int]:
    """Return the shape (ky, kx) of a kernel, which has a centre pixel."""
    ky, kx = shape_native(value, name)
    if ky % 2 == 0 or kx % 2 == 0:
        raise ValueError(f"`{name}` must be odd, to have a centre pixel, but is {(ky, kx)}; pad the kernel by one.")
    return ky, kx


def finite_number(value: Any, name: str) -> float:
    """Return one finite number."""
    number = static_array(value, name)
    if number.shape != () or number.dtype.kind not in "biuf" or not np.isfinite(number):
        raise ValueError(f"`{name}` must be one finite number, but is {value!r}; give a Python number.")
    return float(number)


def positive_number(value: Any, name: str) -> float:
    """Return one positive, finite number."""
    number = static_array(value, name)
    if number.shape != () or number.dtype.kind not in "iuf" or not (np.isfinite(number) and number > 0):
        raise ValueError(f"`{name}` must be a positive number, but is {value!r}; give one above zero.")
    return float(number)


NOT_FINITE = "mask these pixels, or set them to a finite value"


def finite(array: Any, name: str, cure: str = NOT_FINITE) -> None:
    """Raise if `array` holds NaN or inf; traced values cannot be looked at and pass."""
    xp = namespace(array)
    if not xp.isdtype(array.dtype, ("bool", "numeric")):
        raise TypeError(f"`{name}` must hold numbers, but has dtype {array.dtype}; convert it with `.astype(float)`.")
    if is_concrete(array) and xp.isdtype(array.dtype, ("real floating", "complex floating")):
        _require(xp.isfinite(array), name, "finite", "NaN or infinite", cure)


NOT_POSITIVE = "mask these pixels, or give them a positive value (a large one, for noise, switches a pixel off)"


def positive(array: Any, name: str, cure: str = NOT_POSITIVE) -> None:
    """Raise if `array` holds a value that is not above zero (NaN is not); traced values cannot be looked at and pass."""
    finite(array, name, NOT_FINITE if cure is NOT_POSITIVE else cure)
    if is_concrete(array):
        _require(array > 0, name, "positive", "zero or negative", cure)


def _require(good: Any, name: str, requirement: str, fault: str, cure: str) -> None:
    """Raise unless every entry of the boolean array `good` is true."""
    if not fails(good):
        return
    bad = ~np.asarray(good)
    first = tuple(int(i) for i in np.argwhere(bad)[0])
    where = f", the first at index {first}" if first else ""
    raise ValueError(f"`{name}` must be {requirement}, but has {bad.sum()} of {bad.size} values {fault}{where}; {cure}.")


@final
@dataclasses.dataclass(frozen=True)
class Requirement:
    """What the values of a parameter must be: in words, as a condition on an array, and what to do if they are not."""

    words: str
    holds: Callable[[Any], Any]
    cure: str

    def check(self, value: Any, name: str) -> None:
        """Raise if `value` breaks the requirement; a traced value cannot be looked at and passes."""
        parts = value if isinstance(value, (tuple, list)) else (value,)
        if not all(is_concrete(part) for part in parts):
            return
        numbers = np.asarray(value)
        if numbers.dtype.kind not in "iuf":
            raise TypeError(f"`{name}` must be a number or an array of real numbers, but is {value!r}; pass a float, say.")
        with np.errstate(all="ignore"):
            good = np.isfinite(numbers).all() and np.all(self.holds(numbers))
        if not good:
            raise ValueError(f"`{name}` must be {self.words}, but is {value!r}; {self.cure}.")


FINITE = Requirement("finite", lambda v: v == v, "look for a NaN or an infinity in what it was computed from")
POSITIVE = Requirement("positive and finite", lambda v: v > 0, "give a value above zero")
NON_NEGATIVE = Requirement("zero or positive, and finite", lambda v: v >= 0, "give a value that is not below zero")


def whole_number(value: Any, name: str, at_least: int = 0) -> int:
    """Return one integer that is not below a bound."""
    number = static_array(value, name)
    if number.shape != () or number.dtype.kind not in "iu" or number < at_least:
        raise ValueError(f"`{name}` must be a whole number, {at_least} or more, but is {value!r}; give a Python integer.")
    return int(number)


def flag(value: Any, name: str) -> bool:
    """Return one boolean."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"`{name}` must be True or False, but is {value!r}; give a Python boolean.")
    return bool(value)
