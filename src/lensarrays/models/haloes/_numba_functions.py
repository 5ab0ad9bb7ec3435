"""Functions of numbers that Numba compiles to vector instructions.

The mean convergence of a family is made of arithmetic and of a few functions. Here it is run once on `Number` objects in the
place of arrays, which write down what is done as instructions for LLVM: no branches, and no calls, as a logarithm of the C
library would be, so that LLVM computes 8 or 16 numbers at a time.
"""

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from ..mass._series import fitted, polynomial

# Products and sums may be fused, but sums are not reordered: `log1p` corrects for rounding.
_FLAGS = ("contract",)


class Number:
    """A number that is known when the compiled code runs, with Python's operators for it and for constants."""

    def __init__(self, builder: ir.IRBuilder, value: ir.Value):
        self.builder, self.value = builder, value

    def constant(self, value: Any) -> ir.Value:
        """Return a Python number, or another `Number`, as a value of LLVM of the same type."""
        return value.value if isinstance(value, Number) else ir.Constant(self.value.type, float(value))

    def of(self, instruction: str, *values: Any, **options: Any) -> "Number":
        """Return the result of an instruction."""
        return Number(self.builder, getattr(self.builder, instruction)(*values, **options))

    def __add__(self, other: Any) -> "Number":
        return self.of("fadd", self.value, self.constant(other), flags=_FLAGS)

    def __sub__(self, other: Any) -> "Number":
        return self.of("fsub", self.value, self.constant(other), flags=_FLAGS)

    def __mul__(self, other: Any) -> "Number":
        return self.of("fmul", self.value, self.constant(other), flags=_FLAGS)

    def __truediv__(self, other: Any) -> "Number":
        return self.of("fdiv", self.value, self.constant(other), flags=_FLAGS)

    def __rsub__(self, other: Any) -> "Number":
        return self.of("fsub", self.constant(other), self.value, flags=_FLAGS)

    def __rtruediv__(self, other: Any) -> "Number":
        return self.of("fdiv", self.constant(other), self.value, flags=_FLAGS)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> "Number":
        return self.of("fneg", self.value)

    def __lt__(self, other: Any) -> "Number":
        return self.of("fcmp_ordered", "<", self.value, self.constant(other))

    def __le__(self, other: Any) -> "Number":
        return self.of("fcmp_ordered", "<=", self.value, self.constant(other))

    def __gt__(self, other: Any) -> "Number":
        return self.of("fcmp_ordered", ">", self.value, self.constant(other))

    def __ge__(self, other: Any) -> "Number":
        return self.of("fcmp_ordered", ">=", self.value, self.constant(other))

    def __and__(self, other: "Number") -> "Number":
        return self.of("and_", self.value, other.value)

    def __or__(self, other: "Number") -> "Number":
        return self.of("or_", self.value, other.value)

    def __invert__(self) -> "Number":
        return self.of("not_", self.value)


class NumberFunctions:
    """The functions of an array library that a mean convergence may be made of, for `Number` objects."""

    @staticmethod
    def where(condition: Number, first: Any, second: Any) -> Number:
        """Return one of two numbers, of which at least one is no constant."""
        like = first if isinstance(first, Number) else second
        return like.of("select", condition.value, like.constant(first), like.constant(second))

    @staticmethod
    def sqrt(number: Number) -> Number:
        """Return the square root."""
        return _called("llvm.sqrt", number)

    @staticmethod
    def minimum(first: Number, second: Number) -> Number:
        """Return the lesser of two numbers, or NaN if one is."""
        return _called("llvm.minimum", first, second)

    @staticmethod
    def maximum(first: Number, second: Number) -> Number:
        """Return the greater of two numbers, or NaN if one is."""
        return _called("llvm.maximum", first, second)

    @staticmethod
    def log(number: Number) -> Number:
        """Return the logarithm, for numbers that have all their digits: from 3e-308 on, or 2e-38 in float32; and zero.

        It is that of f + 1, the significand from sqrt(1/2) to sqrt(2), by a series for artanh(s), and of a power of two.
        """
        significand, exponent, layout = _split(number)
        f = significand - 1
        s = f / (2 + f)
        square = s * s
        correction = s * (f - 2 * square * polynomial(_artanh_series(layout.precision))(square)) - exponent * layout.log_2[1]
        result = exponent * layout.log_2[0] + (f - correction)
        special = where(number >= math.inf, number, where(number >= 0, number - math.inf, math.nan))
        return where((number > 0) & (number < math.inf), result, special)

    @staticmethod
    def log1p(number: Number) -> Number:
        """Return the logarithm of one more, corrected for what is lost in the sum."""
        total = 1 + number
        corrected = log(total) + (number - (total - 1)) / total
        return where(number < math.inf, corrected, number)


def _called(name: str, *numbers: Number) -> Number:
    """Return the result of a function that LLVM knows."""
    kind = numbers[0].value.type
    signature = ir.FunctionType(kind, [kind] * len(numbers))
    function = numbers[0].builder.module.declare_intrinsic(name, [kind], signature)
    return numbers[0].of("call", function, [number.value for number in numbers])


where, log = NumberFunctions.where, NumberFunctions.log


class _Layout(NamedTuple):
    """How a type of numbers is kept in memory, and what its logarithm needs."""

    integer: ir.IntType
    fraction_bits: int
    bias: int  # of the exponent
    least: int  # the bits of sqrt(1/2)
    precision: float
    log_2: tuple[float, float]  # the sum of two, of which the first times an exponent is exact


_LAYOUTS = {
    "double": _Layout(
        ir.IntType(64), 52, 1023, 0x3FE6A09E667F3BCD, 2.0**-53, (0.693147180369123816490, 1.90821492927058770002e-10)
    ),
    "float": _Layout(ir.IntType(32), 23, 127, 0x3F3504F3, 2.0**-24, (0.693145751953125, 1.42860676533018518e-06)),
}


@functools.cache
def _artanh_series(precision: float) -> tuple[tuple[float, ...], float, float]:
    """Return the polynomial for [artanh(s) / s - 1] / s^2 in s^2."""
    return fitted(lambda square: sum(square**k / (2 * k + 3) for k in range(40)), 0.0, (2**0.5 - 1) ** 4, 30 * precision)


def _split(number: Number) -> tuple[Number, Number, _Layout]:
    """Return a positive number as a significand from sqrt(1/2) to sqrt(2) and the exponent of a power of two."""
    builder, kind = number.builder, number.value.type
    layout = _LAYOUTS[str(kind)]

    def bits(value: int) -> ir.Constant:
        return ir.Constant(layout.integer, value)

    fraction = layout.fraction_bits
    one = layout.bias << fraction
    shifted = builder.add(builder.bitcast(number.value, layout.integer), bits(one - layout.least))
    significand = builder.add(builder.and_(shifted, bits((1 << fraction) - 1)), bits(layout.least))
    # An integer in the last bits of 2^52, less 2^52, is that integer: fewer processors convert many at once.
    above = builder.or_(builder.lshr(shifted, bits(fraction)), bits((layout.bias + fraction) << fraction))
    return (
        Number(builder, builder.bitcast(significand, kind)),
        Number(builder, builder.bitcast(above, kind)) - (2.0**fraction + layout.bias),
        layout,
    )


def compiled_function(function: Callable[..., Any], arity: int) -> Callable[..., Any]:
    """Return a function for use in what Numba compiles: `function` of a number and a tuple of `arity` others."""

    @intrinsic
    def call(typing: Any, number: Any, others: Any) -> Any:
        signature = number(number, types.UniTuple(number, arity))

        def instructions(context: Any, builder: ir.IRBuilder, _: Any, arguments: Any) -> ir.Value:
            others = (builder.extract_value(arguments[1], k) for k in range(arity))
            return function(*(Number(builder, value) for value in (arguments[0], *others))).value

        return signature, instructions

    return call
