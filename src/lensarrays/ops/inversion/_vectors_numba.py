"""Innermost loops over stretches of numbers that lie side by side, written as vector instructions for LLVM.

LLVM would not make them of loops in Python: it cannot know that the arrays do not overlap, so it would store each partial sum.
All arrays have one axis and hold float64; where the places may be unaligned, vectors are merely slower.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ._tiles import AT_ONCE, LANES

_VECTOR = ir.VectorType(ir.DoubleType(), LANES)
_INTEGER = ir.IntType(64)
_ZERO = ir.Constant(_VECTOR, [0.0] * LANES)
_FUSED = ("contract",)


class _Stretches:
    """The memory of an array of numbers, of which vectors are loaded and stored."""

    def __init__(self, context: Any, builder: ir.IRBuilder, kind: Any, value: ir.Value):
        self.builder, self.data = builder, context.make_array(kind)(context, builder, value).data

    def number(self, place: ir.Value) -> ir.Value:
        """Return the number at a place."""
        return self.builder.load(self.builder.gep(self.data, [place]))

    def vector_at(self, place: ir.Value) -> ir.Value:
        return self.builder.bitcast(self.builder.gep(self.data, [place]), _VECTOR.as_pointer())

    def load(self, place: ir.Value) -> ir.Value:
        """Return the vector that begins at a place."""
        loaded = self.builder.load(self.vector_at(place))
        loaded.align = LANES
        return loaded

    def store(self, vector: ir.Value, place: ir.Value) -> None:
        """Set the vector that begins at a place."""
        self.builder.store(vector, self.vector_at(place)).align = LANES


def _filled(builder: ir.IRBuilder, number: ir.Value) -> ir.Value:
    """Return a vector of which all numbers are one."""
    single = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(single, single, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES))


def _fused(builder: ir.IRBuilder, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
    """Return a * b + c."""
    return builder.fadd(builder.fmul(a, b, flags=_FUSED), c, flags=_FUSED)


def _loop(builder: ir.IRBuilder, first: ir.Value, stop: ir.Value, carried: list[ir.Value], body: Any) -> list[ir.Value]:
    """Make a loop over integers; `body` gives what is carried on, of what was. Return what is carried out of it."""
    before = builder.block
    head, inside, after = (builder.append_basic_block(name) for name in ("head", "inside", "after"))
    builder.branch(head)
    builder.position_at_end(head)
    counter = builder.phi(_INTEGER)
    values = [builder.phi(value.type) for value in carried]
    builder.cbranch(builder.icmp_signed("<", counter, stop), inside, after)
    builder.position_at_end(inside)
    new = body(counter, values)
    for phi, old, value in zip([counter, *values], [first, *carried], [builder.add(counter, _int(1)), *new], strict=True):
        phi.add_incoming(old, before)
        phi.add_incoming(value, builder.block)
    builder.branch(head)
    builder.position_at_end(after)
    return values


def _int(value: int) -> ir.Value:
    return ir.Constant(_INTEGER, value)


def _places(builder: ir.IRBuilder, first: ir.Value, vectors: int) -> list[ir.Value]:
    return [builder.add(first, _int(LANES * v)) for v in range(vectors)]


def _sums(adds: bool, vectors: int) -> Any:
    def make(typing, source, shift, offsets, weights, ahead, first, stop, result, place):
        def instructions(context, builder, signature, arguments):
            kinds = dict(enumerate(signature.args))
            source, offsets, weights, result = (_Stretches(context, builder, kinds[k], arguments[k]) for k in (0, 2, 3, 7))
            shift, ahead, first, stop, place = (arguments[k] for k in (1, 4, 5, 6, 8))
            places = _places(builder, place, vectors)
            zero = ir.Constant(_VECTOR, [0.0] * LANES)

            def body(e, sums):
                row = builder.add(shift, offsets.number(e))
                weight = _filled(builder, weights.number(builder.add(e, ahead)))
                of_row = [source.load(p) for p in _places(builder, row, vectors)]
                return [_fused(builder, weight, vector, total) for vector, total in zip(of_row, sums, strict=True)]

            start = [result.load(p) if adds else zero for p in places]
            for total, p in zip(_loop(builder, first, stop, start, body), places, strict=True):
                result.store(total, p)
            return context.get_dummy_value()

        return types.none(source, shift, offsets, weights, ahead, first, stop, result, place), instructions

    return intrinsic(make)


# set_sum(source, shift, offsets, weights, ahead, first, stop, result, place) sets the AT_ONCE numbers of `result` from `place`
# on to the sum over e from `first` to before `stop` of weights[e + ahead] times the stretch of `source` at shift + offsets[e].
set_sum: Any = _sums(adds=False, vectors=AT_ONCE // LANES)
add_sum: Any = _sums(adds=True, vectors=AT_ONCE // LANES)


def _multiples(rows: int) -> Any:
    def make(typing, source, row, vectors, result, *places_and_weights):
        def instructions(context, builder, signature, arguments):
            source, result = (_Stretches(context, builder, signature.args[k], arguments[k]) for k in (0, 3))
            row, vectors, *given = (arguments[k] for k in (1, 2, *range(4, len(arguments))))
            weights = [_filled(builder, weight) for weight in given[rows:]]

            def body(v, carried):
                shift = builder.mul(v, _int(LANES))
                vector = source.load(builder.add(row, shift))
                for place, weight in zip(given[:rows], weights, strict=True):
                    to = builder.add(place, shift)
                    result.store(_fused(builder, weight, vector, result.load(to)), to)
                return carried

            _loop(builder, _int(0), vectors, [], body)
            return context.get_dummy_value()

        return types.none(source, row, vectors, result, *places_and_weights), instructions

    return make


@intrinsic
def add_multiple(typing, source, row, vectors, result, place, weight):
    """Add a multiple of so many vectors of `source`, from `row` on, to those of `result` from `place` on."""
    return _multiples(1)(typing, source, row, vectors, result, place, weight)


@intrinsic
def add_two_multiples(typing, source, row, vectors, result, place, other_place, weight, other_weight):
    """Do the same at two places, one after the other, as they may be the same."""
    return _multiples(2)(typing, source, row, vectors, result, place, other_place, weight, other_weight)


@intrinsic
def dot(typing, left, row, vectors, right, place):
    """Return the sum of the products of so many vectors of `left`, from `row` on, and of `right`, from `place` on."""

    def instructions(context, builder, signature, arguments):
        left, right = (_Stretches(context, builder, signature.args[k], arguments[k]) for k in (0, 3))
        row, vectors, place = (arguments[k] for k in (1, 2, 4))

        def body(v, sums):
            shift = builder.mul(v, _int(LANES))
            return [_fused(builder, left.load(builder.add(row, shift)), right.load(builder.add(place, shift)), sums[0])]

        (total,) = _loop(builder, _int(0), vectors, [ir.Constant(_VECTOR, [0.0] * LANES)], body)
        return _total(builder, total)

    return types.float64(left, row, vectors, right, place), instructions


def _slopes(rows: int) -> Any:
    def make(typing, source, row, vectors, matrix, weights, e, result, place, slopes, *starts):
        def instructions(context, builder, signature, arguments):
            arrays = (_Stretches(context, builder, signature.args[k], arguments[k]) for k in (0, 3, 4, 6, 8))
            source, matrix, weights, result, slopes = arrays
            row, vectors, e, place, *starts = (arguments[k] for k in (1, 2, 5, 7, *range(9, len(arguments))))
            entries = [builder.add(e, _int(k)) for k in range(rows)]
            of_entries = [_filled(builder, weights.number(entry)) for entry in entries]

            def body(v, sums):
                shift = builder.mul(v, _int(LANES))
                to, vector = builder.add(place, shift), source.load(builder.add(row, shift))
                own = [matrix.load(builder.add(start, shift)) for start in starts]
                total = result.load(to)
                for weight, other in zip(of_entries, own, strict=True):
                    total = _fused(builder, weight, other, total)
                result.store(total, to)
                return [_fused(builder, vector, other, sum_) for other, sum_ in zip(own, sums, strict=True)]

            for entry, total in zip(entries, _loop(builder, _int(0), vectors, [_ZERO] * rows, body), strict=True):
                slope = builder.gep(slopes.data, [entry])
                builder.store(builder.fadd(builder.load(slope), _total(builder, total)), slope)
            return context.get_dummy_value()

        arguments = source, row, vectors, matrix, weights, e, result, place, slopes, *starts
        return types.none(*arguments), instructions

    return make


@intrinsic
def add_slope(typing, source, row, vectors, matrix, weights, e, result, place, slopes, start):
    """Add the product of a row of `source` and a row of a matrix to `slopes[e]`, and `weights[e]` times the latter to a result.

    All rows have so many vectors; they begin at `row`, `start` and `place`.
    """
    return _slopes(1)(typing, source, row, vectors, matrix, weights, e, result, place, slopes, start)


@intrinsic
def add_two_slopes(typing, source, row, vectors, matrix, weights, e, result, place, slopes, start, second):
    """Do the same for `e` and `e + 1`, and two rows of the matrix."""
    return _slopes(2)(typing, source, row, vectors, matrix, weights, e, result, place, slopes, start, second)


def _total(builder: ir.IRBuilder, vector: ir.Value) -> ir.Value:
    """Return the sum of the numbers of a vector, halves added to halves."""
    lanes = vector.type.count
    while lanes > 1:
        lanes //= 2
        low, high = (ir.Constant(ir.VectorType(ir.IntType(32), lanes), list(range(k, k + lanes))) for k in (0, lanes))
        vector = builder.fadd(builder.shuffle_vector(vector, vector, low), builder.shuffle_vector(vector, vector, high))
    return builder.extract_element(vector, ir.Constant(ir.IntType(32), 0))


@intrinsic
def transpose(typing, source, row, step, result, place, result_step):
    """Set LANES by LANES numbers of `result` to the transpose of those of `source`; rows begin a step apart."""

    def instructions(context, builder, signature, arguments):
        source, result = (_Stretches(context, builder, signature.args[k], arguments[k]) for k in (0, 3))
        row, step, place, result_step = (arguments[k] for k in (1, 2, 4, 5))
        rows = [source.load(builder.add(row, builder.mul(step, _int(k)))) for k in range(LANES)]
        for k, vector in enumerate(_transposed(builder, rows)):
            result.store(vector, builder.add(place, builder.mul(result_step, _int(k))))
        return context.get_dummy_value()

    return types.none(source, row, step, result, place, result_step), instructions


@intrinsic
def add_transposed(typing, source, row, step, result, rows, first, width, column):
    """Add the transpose of LANES by LANES numbers to those at one column of `rows`, from `first` on, that are `width` wide."""

    def instructions(context, builder, signature, arguments):
        source, result, rows = (_Stretches(context, builder, signature.args[k], arguments[k]) for k in (0, 3, 4))
        row, step, first, width, column = (arguments[k] for k in (1, 2, 5, 6, 7))
        vectors = [source.load(builder.add(row, builder.mul(step, _int(k)))) for k in range(LANES)]
        for k, vector in enumerate(_transposed(builder, vectors)):
            place = builder.add(builder.mul(rows.number(builder.add(first, _int(k))), width), column)
            result.store(builder.fadd(vector, result.load(place)), place)
        return context.get_dummy_value()

    return types.none(source, row, step, result, rows, first, width, column), instructions


@intrinsic
def copy_transposed(typing, source, rows, first, width, column, result, place, step):
    """Set LANES by LANES numbers to the transpose of those at one column of `rows`, from `first` on, that are `width` wide."""

    def instructions(context, builder, signature, arguments):
        source, rows, result = (_Stretches(context, builder, signature.args[k], arguments[k]) for k in (0, 1, 5))
        first, width, column, place, step = (arguments[k] for k in (2, 3, 4, 6, 7))
        numbers = [rows.number(builder.add(first, _int(k))) for k in range(LANES)]
        vectors = [source.load(builder.add(builder.mul(number, width), column)) for number in numbers]
        for k, vector in enumerate(_transposed(builder, vectors)):
            result.store(vector, builder.add(place, builder.mul(step, _int(k))))
        return context.get_dummy_value()

    return types.none(source, rows, first, width, column, result, place, step), instructions


def _transposed(builder: ir.IRBuilder, rows: list[ir.Value]) -> list[ir.Value]:
    """Return the columns of a square: off-diagonal squares of 1, 2 and then 4 rows change places with those opposite."""
    size = 1
    while size < LANES:
        rows = [_exchanged(builder, rows[k & ~size], rows[k | size], k & size, size) for k in range(LANES)]
        size *= 2
    return rows


def _exchanged(builder: ir.IRBuilder, low: ir.Value, high: ir.Value, shift: int, size: int) -> ir.Value:
    """Return the lanes of the low row and then of the high one whose number has a bit, `size`, as it is in `shift`."""
    picks = [(c & ~size | shift) + (LANES if c & size else 0) for c in range(LANES)]
    return builder.shuffle_vector(low, high, ir.Constant(ir.VectorType(ir.IntType(32), LANES), picks))


@intrinsic
def prefetch(typing, source, place):
    """Ask for the memory at a place of an array, which need not exist, before it is needed."""

    def instructions(context, builder, signature, arguments):
        source = _Stretches(context, builder, signature.args[0], arguments[0])
        address = builder.bitcast(builder.gep(source.data, [arguments[1]]), ir.IntType(8).as_pointer())
        kinds = [address.type, *[ir.IntType(32)] * 3]
        declared = builder.module.declare_intrinsic("llvm.prefetch", [address.type], ir.FunctionType(ir.VoidType(), kinds))
        builder.call(declared, [address, *(ir.Constant(ir.IntType(32), option) for option in (0, 3, 1))])
        return context.get_dummy_value()

    return types.none(source, place), instructions
