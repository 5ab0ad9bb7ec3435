"""What Numba compiles for Cholesky factors: as `_cholesky` says, in panels of INNER rows, by tiles that stay in registers."""

# mypy: disable-error-code="call-arg"

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ._products_numba import TALL, VECTORS, WIDE, compiled, pack, subtract_packed, subtract_tile
from ._vectors_numba import _filled, _fused, _int, _loop, _places, _Stretches

OUTER, INNER = 192, 32  # rows that are eliminated before the rest is, and before the rest of these is; multiples of TALL
FEW = 4  # rows that are eliminated before those after them


@intrinsic
def solve_tile(typing, triangle, first, columns, place):
    """Overwrite TALL rows of WIDE columns c, one after the other, by L^-1 c.

    L is given by TALL x TALL numbers: one over its diagonal, and the negatives of L' above that.
    """

    def instructions(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        triangle, columns = (_Stretches(context, builder, signature.args[k], arguments[k]) for k in (0, 2))
        first, place = arguments[1], arguments[3]
        places = _places(builder, place, TALL * VECTORS)
        rows = [[columns.load(q) for q in places[i * VECTORS : (i + 1) * VECTORS]] for i in range(TALL)]
        for i in range(TALL):
            numbers = {j: _filled(builder, triangle.number(builder.add(first, _int(i * TALL + j)))) for j in range(i, TALL)}
            rows[i] = [builder.fmul(vector, numbers[i]) for vector in rows[i]]
            for j in range(i + 1, TALL):
                rows[j] = [_fused(builder, numbers[j], a, b) for a, b in zip(rows[i], rows[j], strict=True)]
        for q, vector in zip(places, [vector for row in rows for vector in row], strict=True):
            columns.store(vector, q)
        return context.get_dummy_value()

    return types.none(triangle, first, columns, place), instructions


@intrinsic
def copy_back(typing, packed, first, depth, panel, place, step):
    """Copy so many rows of WIDE numbers from where they lie side by side to a panel whose rows are a step apart."""

    def instructions(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        packed, panel = (_Stretches(context, builder, signature.args[k], arguments[k]) for k in (0, 3))
        first, depth, place, step = (arguments[k] for k in (1, 2, 4, 5))

        def body(p: ir.Value, carried: list[ir.Value]) -> list[ir.Value]:
            origin = _places(builder, builder.add(first, builder.mul(p, _int(WIDE))), VECTORS)
            target = _places(builder, builder.add(place, builder.mul(p, step)), VECTORS)
            for a, b in zip(origin, target, strict=True):
                panel.store(packed.load(a), b)
            return carried

        _loop(builder, _int(0), depth, [], body)
        return context.get_dummy_value()

    return types.none(packed, first, depth, panel, place, step), instructions


@compiled
def factor_few(block, rows):
    """Overwrite the upper triangle of a small block by L', with memory for FEW rows; return 0, or the minor that fails.

    What is right of so many rows is loaded and stored once for all of them.
    """
    size = len(block)
    for first in range(0, size, FEW):
        after = min(first + FEW, size)
        for i in range(first, after):
            if not block[i, i] > 0:
                return i + 1
            root = np.sqrt(block[i, i])
            reciprocal, row = 1 / root, rows[i - first]
            block[i, i] = root
            for k in range(i + 1, size):
                row[k] = block[i, k] * reciprocal
                block[i, k] = row[k]
            for j in range(i + 1, after):
                for k in range(j, size):
                    block[j, k] -= row[j] * row[k]
        a, b, c, d = rows[0], rows[1], rows[2], rows[3]
        for j in range(after, size):
            of_a, of_b, of_c, of_d = a[j], b[j], c[j], d[j]
            for k in range(j, size):
                block[j, k] -= of_a * a[k] + of_b * b[k] + of_c * c[k] + of_d * d[k]
    return 0


@compiled
def pack_triangle(block, panels, triangles):
    """Lay out L' of a small block for `solve_panel`: what is above each TALL rows of its diagonal, and these."""
    size = len(block)
    for q in range(0, size, TALL):
        for p in range(q):
            for i in range(TALL):
                panels[q * INNER + p * TALL + i] = block[p, q + i]
        for i in range(TALL):
            triangles[q * TALL + i * TALL + i] = 1 / block[q + i, q + i]
            for j in range(i + 1, TALL):
                triangles[q * TALL + i * TALL + j] = -block[q + i, q + j]


@compiled
def solve_panel(panel, panels, triangles, packed):
    """Overwrite each column c of INNER rows by L^-1 c, and keep them side by side, as `pack` does."""
    length, step = panel.shape[1], panel.strides[0] // 8
    pack(panel, WIDE, packed)
    for j in range(0, length, WIDE):
        for q in range(0, INNER, TALL):
            place = j * INNER + q * WIDE
            subtract_tile(panels, q * INNER, packed, j * INNER, q, packed, place, WIDE)
            solve_tile(triangles, q * TALL, packed, place)
        if j + WIDE <= length:
            copy_back(packed, j * INNER, INNER, panel, j, step)
        else:
            for p in range(INNER):
                for t in range(length - j):
                    panel[p, j + t] = packed[j * INNER + p * WIDE + t]


@numba.njit("int64(float64[:, :], float64[:], float64[:], float64[:])", nogil=True, cache=True, error_model="numpy")
def factor(block, packed_left, packed_right, tile):
    """Overwrite the upper triangle of A = L L' by L'; return 0, or the order of the leading minor that is not positive.

    The last three arrays are memory, as for `subtract_products` with a depth of OUTER.
    """
    size = len(block)
    rows, panels, triangles = np.empty((FEW, INNER)), np.empty(INNER * INNER), np.empty(INNER * TALL)
    for first in range(0, size, OUTER):
        last = min(first + OUTER, size)
        for start in range(first, last, INNER):
            stop = min(start + INNER, last)
            minor = factor_few(block[start:stop, start:stop], rows)
            if minor:
                return start + minor
            if stop == size:
                break
            pack_triangle(block[start:stop, start:stop], panels, triangles)
            solve_panel(block[start:stop, stop:], panels, triangles, packed_right)
            if stop < last:
                pack(block[start:stop, stop:last], TALL, packed_left)
                subtract_packed(stop - start, packed_left, packed_right, block[stop:last, stop:], True, tile)
        if last < size:
            pack(block[first:last, last:], TALL, packed_left)
            pack(block[first:last, last:], WIDE, packed_right)
            subtract_packed(last - first, packed_left, packed_right, block[last:, last:], True, tile)
    return 0
