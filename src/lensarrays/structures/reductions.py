"""Reductions of structures: sums, extremes and the like, as methods with the arguments that NumPy's functions hand to them."""

from typing import Any

from .._backend import namespace
from .arithmetic import AbstractArithmetic


class AbstractReductions(AbstractArithmetic):
    """The methods that reduce axes. They give bare values, in the library of the structure.

    `np.sum(a)` and its like call them, with `out=None`. There is no `out`: what is immutable has nothing to write to.
    """

    def sum(self, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False) -> Any:
        """Return the sum of the values."""
        _refuse_out(out, "sum")
        return namespace(self.values).sum(self.values, axis=axis, dtype=dtype, keepdims=keepdims)

    def prod(self, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False) -> Any:
        """Return the product of the values."""
        _refuse_out(out, "prod")
        return namespace(self.values).prod(self.values, axis=axis, dtype=dtype, keepdims=keepdims)

    def mean(self, axis: Any = None, dtype: Any = None, out: None = None, keepdims: bool = False) -> Any:
        """Return the mean of the values."""
        _refuse_out(out, "mean")
        return namespace(self.values).mean(_as_dtype(self.values, dtype), axis=axis, keepdims=keepdims)

    def std(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: None = None,
        ddof: float = 0,
        keepdims: bool = False,
        *,
        correction: float | None = None,
    ) -> Any:
        """Return the standard deviation of the values; `ddof` and `correction` are NumPy's and the array API's name of one."""
        _refuse_out(out, "std")
        values = _as_dtype(self.values, dtype)
        return namespace(values).std(values, axis=axis, correction=_correction(ddof, correction), keepdims=keepdims)

    def var(
        self,
        axis: Any = None,
        dtype: Any = None,
        out: None = None,
        ddof: float = 0,
        keepdims: bool = False,
        *,
        correction: float | None = None,
    ) -> Any:
        """Return the variance of the values; `ddof` and `correction` are NumPy's and the array API's name of one."""
        _refuse_out(out, "var")
        values = _as_dtype(self.values, dtype)
        return namespace(values).var(values, axis=axis, correction=_correction(ddof, correction), keepdims=keepdims)

    def min(self, axis: Any = None, out: None = None, keepdims: bool = False) -> Any:
        """Return the smallest value."""
        _refuse_out(out, "min")
        return namespace(self.values).min(self.values, axis=axis, keepdims=keepdims)

    def max(self, axis: Any = None, out: None = None, keepdims: bool = False) -> Any:
        """Return the largest value."""
        _refuse_out(out, "max")
        return namespace(self.values).max(self.values, axis=axis, keepdims=keepdims)

    def argmin(self, axis: Any = None, out: None = None, keepdims: bool = False) -> Any:
        """Return the index of the smallest value."""
        _refuse_out(out, "argmin")
        return namespace(self.values).argmin(self.values, axis=axis, keepdims=keepdims)

    def argmax(self, axis: Any = None, out: None = None, keepdims: bool = False) -> Any:
        """Return the index of the largest value."""
        _refuse_out(out, "argmax")
        return namespace(self.values).argmax(self.values, axis=axis, keepdims=keepdims)

    def all(self, axis: Any = None, out: None = None, keepdims: bool = False) -> Any:
        """Return whether all values are true."""
        _refuse_out(out, "all")
        return namespace(self.values).all(self.values, axis=axis, keepdims=keepdims)

    def any(self, axis: Any = None, out: None = None, keepdims: bool = False) -> Any:
        """Return whether any value is true."""
        _refuse_out(out, "any")
        return namespace(self.values).any(self.values, axis=axis, keepdims=keepdims)


def _refuse_out(out: Any, name: str) -> None:
    if out is not None:
        raise TypeError(
            f"`out` of `{name}` must be None, but is a {type(out).__name__}; take the result, and copy it into your array: "
            f"`out[...] = a.{name}()`."
        )


def _as_dtype(values: Any, dtype: Any) -> Any:
    return values if dtype is None else namespace(values).astype(values, dtype)


def _correction(ddof: float, correction: float | None) -> float:
    if correction is None:
        return ddof
    if ddof:
        raise ValueError(f"`ddof` must be left out with `correction`, but is {ddof!r}; they are two names of one number.")
    return correction
