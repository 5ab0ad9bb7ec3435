"""What Numba compiles for curvature matrices by tiles of W = P' N^-2 P, of which half is stored.

All memory is given by the caller, and all of it is of one type: 64-bit integers, and float64 with one axis or two.
"""

# The first argument of an intrinsic is not given.
# mypy: disable-error-code="call-arg"

from ._tiles import AT_ONCE, LANES, SIDE
from ._tiles_numba import compiled, filled_up, group
from ._vectors_numba import (
    add_multiple,
    add_slope,
    add_sum,
    add_transposed,
    add_two_multiples,
    add_two_slopes,
    copy_transposed,
    dot,
    prefetch,
    set_sum,
    transpose,
)


@compiled
def fill_light(tiles, t, kernel, weights, light):
    """Set `light`, around a tile, to what each of its pixels sends to every pixel, times the weight of the latter."""
    ky, kx = kernel.shape
    y, x, width = tiles.corners[t, 0] - ky // 2, tiles.corners[t, 1] - kx // 2, SIDE + kx - 1
    light[:] = 0
    for m in range(tiles.starts[t], tiles.starts[t + 1]):
        q, pixel = m - tiles.starts[t], tiles.members[m]
        row, column = tiles.rows[pixel] - ky // 2, tiles.columns[pixel] - kx // 2
        for j in range(ky):
            for i in range(kx):
                place = (row + j - y) * width + column + i - x
                light[place * AT_ONCE + q] = kernel[j, i] * weights[row + j, column + i]


@compiled
def gather_chunk(tiles, t, pixels, kernel, flat_kernel, light, steps, sums):
    """Set row after row of `sums` to what pixels see of the light around a tile, each through the kernel; half for its own."""
    ky, kx = kernel.shape
    height, width = SIDE + ky - 1, SIDE + kx - 1
    sums[:] = 0
    for j in range(height):
        for p in range(len(pixels)):
            row = tiles.rows[pixels[p]] - tiles.corners[t, 0]
            column = tiles.columns[pixels[p]] - tiles.corners[t, 1]
            if row <= j < row + ky:
                first, stop = max(0, column), min(width, column + kx)
                shift, ahead = (j * width + first) * AT_ONCE, (j - row) * kx + first - column
                add_sum(light, shift, steps, flat_kernel, ahead, 0, stop - first, sums, p * AT_ONCE)
    for p in range(len(pixels)):
        row = tiles.rows[pixels[p]] - tiles.corners[t, 0]
        column = tiles.columns[pixels[p]] - tiles.corners[t, 1]
        if row < SIDE and 0 <= column < SIDE:
            for q in range(p * AT_ONCE, (p + 1) * AT_ONCE):
                sums[q] *= 0.5


@compiled
def build(tiles, chunks, begin, end, kernel, flat_kernel, weights, memory, result):
    """Set the values of W for tiles from `begin` to before `end`, those inside of a tile halved."""
    light, sums, steps = memory
    for t in range(begin, end):
        fill_light(tiles, t, kernel, weights, light)
        for c in range(chunks.of_tile[t], chunks.of_tile[t + 1]):
            pixels = chunks.pixels[chunks.starts[c] : chunks.starts[c + 1]]
            gather_chunk(tiles, t, pixels, kernel, flat_kernel, light, steps, sums)
            rows = (chunks.offsets[c + 1] - chunks.offsets[c]) // AT_ONCE
            for q in range(0, rows, LANES):
                place = chunks.offsets[c] + q * AT_ONCE
                for p in range(0, AT_ONCE, LANES):
                    transpose(sums, p * AT_ONCE + chunks.first[c] + q, AT_ONCE, result, place + p, AT_ONCE)


@compiled
def sum_members(lists, begins, total, chunks, c, values, sums, transposed):
    """Set a row of `transposed` for each pixel of a chunk: its W with the members, times their mapping, column by column."""
    starts, offsets, ordered, _ = lists
    first = chunks.first[c] * AT_ONCE
    shift, padded = chunks.offsets[c] - first, filled_up(total)
    for k in range(total):
        while begins[k] < starts[k + 1] and offsets[begins[k]] < first:
            begins[k] += 1
        set_sum(values, shift, offsets, ordered, 0, begins[k], starts[k + 1], sums, k * AT_ONCE)
    turn(sums, padded, AT_ONCE, transposed)


@compiled
def turn(source, rows, columns, result):
    """Set `result` to the transpose of a matrix of full vectors."""
    for i in range(0, rows, LANES):
        for j in range(0, columns, LANES):
            transpose(source, i * columns + j, columns, result, j * rows + i, rows)


@compiled
def begin_tile(tiles, t, steps, table, memory):
    """Sort the entries of a tile's members, and return how many columns they are in."""
    place, columns, lists, begins, sums = memory
    members = tiles.members[tiles.starts[t] : tiles.starts[t + 1]]
    total = group(members, steps, table, place, columns, lists)
    for k in range(total):
        begins[k] = lists[0][k]
    sums[total * AT_ONCE : filled_up(total) * AT_ONCE] = 0
    return total


@compiled
def add_chunk(pixels, table, padded, transposed, seen, local, values, ahead, after):
    """Add the rows of a chunk's pixels to `local`, to the rows of the columns that they map to, and mark blocks of those.

    Meanwhile the values of W from `ahead` to `after` are asked for.
    """
    pointer, indexes, weights = table
    vectors = padded // LANES
    for p in range(len(pixels)):
        for v in range(ahead + p * AT_ONCE, min(ahead + (p + 1) * AT_ONCE, after), LANES):
            prefetch(values, v)
        e, stop = pointer[pixels[p]], pointer[pixels[p] + 1]
        while e + 1 < stop:
            first, second = indexes[e], indexes[e + 1]
            seen[first >> 3] = seen[second >> 3] = 1
            add_two_multiples(
                transposed, p * padded, vectors, local, first * padded, second * padded, weights[e], weights[e + 1]
            )
            e += 2
        if e < stop:
            seen[indexes[e] >> 3] = 1
            add_multiple(transposed, p * padded, vectors, local, indexes[e] * padded, weights[e])


@compiled
def add_curvature(tiles, chunks, begin, end, values, table, memory, width, result):
    """Add what tiles have of M' U M, where W = U + U', to a matrix that is `width` wide, in rows of the columns of members."""
    of_members, steps, transposed, seen, local = memory
    columns, lists, begins, sums = of_members[1:]
    for t in range(begin, end):
        total = begin_tile(tiles, t, steps, table, of_members)
        padded = filled_up(total)
        for c in range(chunks.of_tile[t], chunks.of_tile[t + 1]):
            sum_members(lists, begins, total, chunks, c, values, sums, transposed)
            pixels = chunks.pixels[chunks.starts[c] : chunks.starts[c + 1]]
            ahead, after = chunks.offsets[c + 1], chunks.offsets[min(c + 2, len(chunks.offsets) - 1)]
            add_chunk(pixels, table, padded, transposed, seen, local, values, ahead, after)
        scatter(columns, padded, seen, local, width, result)


@compiled
def scatter(columns, padded, seen, local, width, result):
    """Add what was seen by a tile to the rows of its columns, and forget it."""
    size = LANES * padded
    for i in range(0, padded, LANES):
        for block in range(len(seen)):
            if seen[block]:
                add_transposed(local, block * size + i, padded, result, columns, i, width, block * LANES)
    for block in range(len(seen)):
        if seen[block]:
            local[block * size : (block + 1) * size] = 0
            seen[block] = 0


@compiled
def gather(pixels, table, columns, padded, seen, matrix, width, local):
    """Set rows of `local` to those entries of a symmetric matrix that pixels of a tile's chunks ask for."""
    pointer, indexes, _ = table
    for p in range(len(pixels)):
        for e in range(pointer[pixels[p]], pointer[pixels[p] + 1]):
            seen[indexes[e] >> 3] = 1
    for i in range(0, padded, LANES):
        for block in range(len(seen)):
            if seen[block]:
                copy_transposed(matrix, columns, i, width, block * LANES, local, block * LANES * padded + i, padded)
    seen[:] = 0


@compiled
def add_slopes_around(pixels, table, padded, transposed, local, products, result):
    """Add the derivatives by the weights of a chunk's pixels, and set rows of `products` to their mapping times the matrix."""
    pointer, indexes, weights = table
    vectors = padded // LANES
    products[: AT_ONCE * padded] = 0
    for p in range(len(pixels)):
        row, e, stop = p * padded, pointer[pixels[p]], pointer[pixels[p] + 1]
        while e + 1 < stop:
            a, b = indexes[e] * padded, indexes[e + 1] * padded
            add_two_slopes(transposed, row, vectors, local, weights, e, products, row, result, a, b)
            e += 2
        if e < stop:
            add_slope(transposed, row, vectors, local, weights, e, products, row, result, indexes[e] * padded)


@compiled
def add_adjoint(tiles, chunks, begin, end, values, table, memory, width, matrix, result):
    """Add the derivatives of the sum of G (M' U M) by the weights of the mapping, for a symmetric matrix G."""
    of_members, steps, transposed, seen, local = memory
    columns, lists, begins, sums = of_members[1:]
    starts, offsets, _, entries = lists
    for t in range(begin, end):
        total = begin_tile(tiles, t, steps, table, of_members)
        padded, first, stop = filled_up(total), chunks.of_tile[t], chunks.of_tile[t + 1]
        around = chunks.pixels[chunks.starts[first] : chunks.starts[stop]]
        gather(around, table, columns, padded, seen, matrix, width, local)
        for c in range(first, stop):
            sum_members(lists, begins, total, chunks, c, values, sums, transposed)
            pixels = chunks.pixels[chunks.starts[c] : chunks.starts[c + 1]]
            add_slopes_around(pixels, table, padded, transposed, local, sums, result)
            turn(sums, AT_ONCE, padded, transposed)
            sums[total * AT_ONCE : padded * AT_ONCE] = 0
            shift = chunks.offsets[c] - chunks.first[c] * AT_ONCE
            for k in range(total):
                for e in range(begins[k], starts[k + 1]):
                    result[entries[e]] += dot(values, shift + offsets[e], AT_ONCE // LANES, transposed, k * AT_ONCE)
