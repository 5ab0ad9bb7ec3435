"""What Numba compiles for curvature matrices by tiles of B = P M, with nothing precomputed: the sum of their B' N^-2 B."""

# The first argument of an intrinsic is not given.
# mypy: disable-error-code="call-arg"

from ._tiles import AT_ONCE, LANES, SIDE
from ._tiles_numba import compiled, filled_up, group
from ._vectors_numba import add_sum, dot, set_sum
from ._weighted_tiles_numba import turn


@compiled
def find_around(tiles, t, kernel_shape, pixels, shifts):
    """List the used pixels whose light reaches a tile, and where the kernel around each is in `spread`; return their number."""
    y, x = tiles.corners[t, 0] - kernel_shape[0] // 2, tiles.corners[t, 1] - kernel_shape[1] // 2
    height, width = SIDE + kernel_shape[0] - 1, SIDE + kernel_shape[1] - 1
    total = 0
    for j in range(height):
        for i in range(width):
            if tiles.slim[y + j, x + i] >= 0:
                pixels[total], shifts[total] = tiles.slim[y + j, x + i], (j * width + i) * AT_ONCE
                total += 1
    return total


@compiled
def begin_tile(tiles, t, kernel_shape, spread, scale, table, memory):
    """Set the rows of `light` to the columns of N^-1 B in a tile, and return how many there are."""
    around, place, columns, lists, noise, light = memory
    pixels, shifts = around
    reached = find_around(tiles, t, kernel_shape, pixels, shifts)
    total = group(pixels[:reached], shifts[:reached], table, place, columns, lists)
    starts, offsets, ordered, _ = lists
    y, x = tiles.corners[t]
    for j in range(SIDE):
        for i in range(SIDE):
            noise[j * SIDE + i] = scale[y + j, x + i]
    for k in range(total):
        row = k * AT_ONCE
        set_sum(spread, 0, offsets, ordered, 0, starts[k], starts[k + 1], light, row)
        for q in range(AT_ONCE):
            light[row + q] *= noise[q]
    light[total * AT_ONCE : filled_up(total) * AT_ONCE] = 0
    return total


@compiled
def add_curvature(tiles, begin, end, kernel_shape, spread, scale, table, memory, width, result):
    """Add the upper triangle of what tiles have of B' N^-2 B, its diagonal halved, to a matrix that is `width` wide."""
    of_tile, steps, turned, product = memory
    columns, light = of_tile[2], of_tile[5]
    for t in range(begin, end):
        total = begin_tile(tiles, t, kernel_shape, spread, scale, table, of_tile)
        size = filled_up(total)
        turn(light, size, AT_ONCE, turned)
        for q in range(AT_ONCE):
            steps[q] = q * size
        # The columns of the result that are set at once come of numbers that fit into the first cache.
        for first in range(0, total, AT_ONCE):
            last = min(first + AT_ONCE, total)
            for k in range(last):
                set_sum(turned, first, steps, light, k * AT_ONCE, 0, AT_ONCE, product, 0)
                row = columns[k] * width
                if k >= first:
                    product[k - first] *= 0.5
                for i in range(max(first, k), last):
                    result[row + columns[i]] += product[i - first]


@compiled
def add_adjoint(tiles, begin, end, kernel_shape, spread, scale, table, memory, width, matrix, result):
    """Add half of the derivatives of the sum of G (B' N^-2 B) by the weights of the mapping, for a symmetric matrix G."""
    of_tile, steps, products, row = memory
    columns, lists, noise, light = of_tile[2], of_tile[3], of_tile[4], of_tile[5]
    starts, offsets, _, entries = lists
    for t in range(begin, end):
        total = begin_tile(tiles, t, kernel_shape, spread, scale, table, of_tile)
        products[: total * AT_ONCE] = 0
        # The rows of light that are used at once fit into the first cache.
        for first in range(0, total, AT_ONCE):
            last = min(first + AT_ONCE, total)
            for k in range(total):
                for i in range(first, last):
                    row[i - first] = matrix[columns[k] * width + columns[i]]
                add_sum(light, first * AT_ONCE, steps, row, 0, 0, last - first, products, k * AT_ONCE)
        for k in range(total):
            for q in range(AT_ONCE):
                products[k * AT_ONCE + q] *= noise[q]
            for e in range(starts[k], starts[k + 1]):
                result[entries[e]] += dot(spread, offsets[e], AT_ONCE // LANES, products, k * AT_ONCE)
