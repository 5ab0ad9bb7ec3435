"""What Numba compiles for the inverse of A = L L' in strips, each of as many columns of L^-1 as stay in the widest registers.

Strip j holds rows from the first on that is not zero, one behind the other: sums over them are long, and each is stored once.
The order of a matrix is filled up to whole strips, as if A went on as a unit matrix.
"""

# mypy: disable-error-code="call-arg"

import numba
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ._products_numba import TALL, VECTORS, WIDE
from ._vectors_numba import _VECTOR, LANES, _filled, _fused, _int, _loop, _places, _Stretches, transpose

compiled = numba.njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")


@intrinsic
def set_tile(typing, left, from_left, step, right, from_right, depth, tile):
    """Set a tile to the sum of so many products, of TALL numbers of the left, a step apart, and of WIDE ones of the right."""

    def instructions(context, builder, signature, arguments):
        left, right, tile = (_Stretches(context, builder, signature.args[k], arguments[k]) for k in (0, 3, 6))
        from_left, step, from_right, depth = (arguments[k] for k in (1, 2, 4, 5))

        def body(p: ir.Value, sums: list[ir.Value]) -> list[ir.Value]:
            of_row = builder.add(from_right, builder.mul(p, _int(WIDE)))
            vectors = [right.load(q) for q in _places(builder, of_row, VECTORS)]
            of_column = builder.add(from_left, builder.mul(p, step))
            numbers = [_filled(builder, left.number(builder.add(of_column, _int(i)))) for i in range(TALL)]
            return [_fused(builder, numbers[k // VECTORS], vectors[k % VECTORS], sums[k]) for k in range(len(sums))]

        zero = ir.Constant(_VECTOR, [0.0] * LANES)
        sums = _loop(builder, _int(0), depth, [zero] * (TALL * VECTORS), body)
        for total, q in zip(sums, _places(builder, _int(0), len(sums)), strict=True):
            tile.store(total, q)
        return context.get_dummy_value()

    return types.none(left, from_left, step, right, from_right, depth, tile), instructions


@compiled
def pack(triangle, packed):
    """Put TALL rows of -L side by side, and then the inverse of the square of them that is on the diagonal; and so on."""
    size = len(triangle)
    for g in range((size + WIDE - 1) // WIDE * VECTORS):
        own, place = TALL * g, group_start(g)
        for k in range(min(own, size)):
            for t in range(min(TALL, size - own)):
                packed[place + k * TALL + t] = -triangle[k, own + t]
            for t in range(max(size - own, 0), TALL):
                packed[place + k * TALL + t] = 0.0
        packed[place + min(own, size) * TALL : place + own * TALL] = 0.0
        place += own * TALL
        for column in range(TALL):
            for t in range(TALL):
                total = 1.0 if t == column else 0.0
                if own + t < size:
                    for q in range(column, t):
                        total -= triangle[own + q, own + t] * packed[place + column * TALL + q]
                    total /= triangle[own + t, own + t]
                packed[place + column * TALL + t] = total


@compiled
def group_start(g):
    """Return where a group of TALL rows is among the packed ones: it has TALL columns more than the one before."""
    return TALL * TALL * g * (g + 1) // 2


@compiled
def strip_start(j, order):
    """Return where a strip is in memory: it has WIDE rows less than the one before."""
    return WIDE * (j * order - WIDE * j * (j - 1) // 2)


@compiled
def solve(packed, order, begin, end, tile, strips):
    """Set strips of L^-1, from `begin` to before `end`, by forward substitution."""
    for j in range(begin, end):
        first, start = j * VECTORS, strip_start(j, order)
        for g in range(first, order // TALL):
            place, depth = group_start(g), TALL * (g - first)
            set_tile(packed, place + TALL * WIDE * j, TALL, strips, start, depth, tile)
            if depth < WIDE:
                for t in range(TALL):
                    tile[t * WIDE + depth + t] += 1.0
            row = strips[start + depth * WIDE : start + (depth + TALL) * WIDE]
            set_tile(packed, place + TALL * TALL * g, TALL, tile, 0, TALL, row)


@compiled
def multiply(strips, order, begin, end, tile, result):
    """Set the inverse of A, which is the product of that of L' and of L: strips of columns, and the rows that mirror them."""
    for j in range(begin, end):
        own = strip_start(j, order)
        for i in range((j + 1) * VECTORS):
            column = i // VECTORS
            other = strip_start(column, order) + (j - column) * WIDE * WIDE + LANES * (i % VECTORS)
            set_tile(strips, other, WIDE, strips, own, order - j * WIDE, tile)
            for t in range(TALL):
                row = (i * TALL + t) * order + j * WIDE
                result[row : row + WIDE] = tile[t * WIDE : (t + 1) * WIDE]
            for v in range(0, WIDE, LANES):
                transpose(tile, v, WIDE, result, (j * WIDE + v) * order + i * TALL, order)
