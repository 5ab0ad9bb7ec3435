"""What Numba compiles for products of matrices: tiles of TALL by WIDE sums, which stay in the widest registers."""

# mypy: disable-error-code="call-arg"

from typing import Any

import numba
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ._vectors_numba import _VECTOR, LANES, _filled, _fused, _int, _loop, _places, _Stretches

TALL, VECTORS = 8, 3  # rows, and vectors in a row, of a tile: 24 sums, that leave room for what they are made of
WIDE = VECTORS * LANES


@intrinsic
def subtract_tile(typing, left, from_left, right, from_right, depth, result, place, step):
    """Subtract from a tile of the result, whose rows are a step apart, the products of two packed panels of a depth."""

    def instructions(context, builder, signature, arguments):
        left, right, result = (_Stretches(context, builder, signature.args[k], arguments[k]) for k in (0, 2, 5))
        from_left, from_right, depth, place, step = (arguments[k] for k in (1, 3, 4, 6, 7))

        def body(p: ir.Value, sums: list[ir.Value]) -> list[ir.Value]:
            of_row = builder.add(from_right, builder.mul(p, _int(WIDE)))
            vectors = [right.load(q) for q in _places(builder, of_row, VECTORS)]
            of_column = builder.add(from_left, builder.mul(p, _int(TALL)))
            numbers = [_filled(builder, left.number(builder.add(of_column, _int(i)))) for i in range(TALL)]
            return [_fused(builder, numbers[k // VECTORS], vectors[k % VECTORS], sums[k]) for k in range(len(sums))]

        zero = ir.Constant(_VECTOR, [0.0] * LANES)
        sums = _loop(builder, _int(0), depth, [zero] * (TALL * VECTORS), body)
        for i in range(TALL):
            row = builder.add(place, builder.mul(step, _int(i)))
            for v, q in enumerate(_places(builder, row, VECTORS)):
                result.store(builder.fsub(result.load(q), sums[i * VECTORS + v]), q)
        return context.get_dummy_value()

    return types.none(left, from_left, right, from_right, depth, result, place, step), instructions


def _copied(vectors: int) -> Any:
    def make(typing, source, first, step, depth, packed, place):
        def instructions(context, builder, signature, arguments):
            source, packed = (_Stretches(context, builder, signature.args[k], arguments[k]) for k in (0, 4))
            first, step, depth, place = (arguments[k] for k in (1, 2, 3, 5))

            def body(p: ir.Value, carried: list[ir.Value]) -> list[ir.Value]:
                origin = _places(builder, builder.add(first, builder.mul(step, p)), vectors)
                target = _places(builder, builder.add(place, builder.mul(p, _int(vectors * LANES))), vectors)
                for a, b in zip(origin, target, strict=True):
                    packed.store(source.load(a), b)
                return carried

            _loop(builder, _int(0), depth, [], body)
            return context.get_dummy_value()

        return types.none(source, first, step, depth, packed, place), instructions

    return intrinsic(make)


copy_wide: Any = _copied(VECTORS)
copy_tall: Any = _copied(TALL // LANES)

numbers = numba.float64[:, :]
compiled = numba.njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")


@compiled
def pack(panel, width, packed):
    """Put the columns of a panel side by side, so many at a time; the last ones are filled up with zeros."""
    depth, length = panel.shape
    step = panel.strides[0] // 8
    for j in range(0, length, width):
        if j + width <= length:
            if width == WIDE:
                copy_wide(panel, j, step, depth, packed, j * depth)
            else:
                copy_tall(panel, j, step, depth, packed, j * depth)
        else:
            for p in range(depth):
                for t in range(width):
                    packed[j * depth + p * width + t] = panel[p, j + t] if j + t < length else 0.0


@compiled
def subtract_packed(depth, packed_left, packed_right, block, upper, tile):
    """Do as `subtract_products` for panels of a depth that are packed already."""
    (height, length), step = block.shape, block.strides[0] // 8
    for j in range(0, length, WIDE):
        for i in range(0, min(height, j + WIDE) if upper else height, TALL):
            if i + TALL <= height and j + WIDE <= length:
                subtract_tile(packed_left, i * depth, packed_right, j * depth, depth, block, i * step + j, step)
            else:
                tile[:] = 0.0
                subtract_tile(packed_left, i * depth, packed_right, j * depth, depth, tile, 0, WIDE)
                for a in range(min(TALL, height - i)):
                    for b in range(min(WIDE, length - j)):
                        block[i + a, j + b] += tile[a * WIDE + b]


@numba.njit(
    "(float64[:, :], float64[:, :], float64[:, :], boolean, float64[:], float64[:], float64[:])", nogil=True, cache=True
)
def subtract_products(left, right, block, upper, packed_left, packed_right, tile):
    """Subtract L'R from a block, or only from what is not below its diagonal, with less than a tile of what is.

    Parameters
    ----------
    left, right, block : arrays, shapes (p, a), (p, b) and (a, b), the last axis contiguous
    upper : bool
    packed_left, packed_right, tile : arrays of one axis
        Memory for both panels, rounded up to tiles, and for one tile.
    """
    pack(left, TALL, packed_left)
    pack(right, WIDE, packed_right)
    subtract_packed(len(left), packed_left, packed_right, block, upper, tile)
