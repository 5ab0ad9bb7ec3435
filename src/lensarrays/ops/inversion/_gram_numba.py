"""What Numba compiles for the products of a few long rows with each other: tiles of SIDE by SIDE sums stay in registers."""

# The first argument of an intrinsic is not given.
# mypy: disable-error-code="call-arg"

import numba
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ._vectors_numba import _VECTOR, LANES, _fused, _int, _loop, _Stretches, _total

SIDE = 4
STRETCH = 1024  # numbers of each row that are multiplied before others are: so many of some tens of rows fit into a cache


@intrinsic
def set_products(typing, rows, left, right, step, vectors, tile):
    """Set a tile to the products of so many vectors of SIDE rows from `left` on and SIDE from `right` on, a step apart."""

    def instructions(context, builder, signature, arguments):
        rows, tile = (_Stretches(context, builder, signature.args[k], arguments[k]) for k in (0, 5))
        left, right, step, vectors = arguments[1:5]
        starts = [[builder.add(first, builder.mul(step, _int(k))) for k in range(SIDE)] for first in (left, right)]

        def body(v: ir.Value, sums: list[ir.Value]) -> list[ir.Value]:
            shift = builder.mul(v, _int(LANES))
            a, b = ([rows.load(builder.add(start, shift)) for start in side] for side in starts)
            return [_fused(builder, a[k // SIDE], b[k % SIDE], sums[k]) for k in range(SIDE * SIDE)]

        zero = ir.Constant(_VECTOR, [0.0] * LANES)
        for k, total in enumerate(_loop(builder, _int(0), vectors, [zero] * (SIDE * SIDE), body)):
            builder.store(_total(builder, total), builder.gep(tile.data, [_int(k)]))
        return context.get_dummy_value()

    return types.none(rows, left, right, step, vectors, tile), instructions


@numba.njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")
def set_gram(rows, tile, result):
    """Set a symmetric matrix (g, g) to the products of rows (g, n) with each other, of which there are SIDE or more."""
    total, length = rows.shape
    flat, whole = rows.reshape(rows.size), length - length % LANES
    result[:] = 0.0
    for first in range(0, whole, STRETCH):
        vectors = min(STRETCH, whole - first) // LANES
        for i in range(0, total, SIDE):
            for j in range(i, total, SIDE):
                # The last tiles begin earlier, and what is in others already is left out.
                y, x = min(i, total - SIDE), min(j, total - SIDE)
                set_products(flat, y * length + first, x * length + first, length, vectors, tile)
                for a in range(i - y, SIDE):
                    for b in range(j - x, SIDE):
                        result[y + a, x + b] += tile[a * SIDE + b]
    for i in range(total):
        for j in range(i, total):
            for k in range(whole, length):
                result[i, j] += rows[i, k] * rows[j, k]
            result[j, i] = result[i, j]
