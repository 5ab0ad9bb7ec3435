"""What Numba compiles for curvature matrices by tiles of W = P' N^-2 P, of which half is stored.

All memory is given by the caller, and all of it is of one type: 64-bit integers, and float64 with one axis or two.
"""

# mypy: disable-error-code="call-arg"

import numba

from ._tiles import AT_ONCE, SIDE
from ._vectors_numba import LANES, add_multiple, add_sum, add_transposed, add_two_multiples, prefetch, set_sum, transpose

compiled = numba.njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")


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
def group(members, table, place, columns, lists):
    """Sort the entries of a tile's rows by the columns they are in; return how many columns there are, in `columns`."""
    pointer, indexes, weights = table
    starts, offsets, ordered, entries = lists
    total = 0
    for m in range(len(members)):
        for e in range(pointer[members[m]], pointer[members[m] + 1]):
            column = indexes[e]
            if place[column] < 0:
                place[column] = 0
                k = total
                while k > 0 and columns[k - 1] > column:
                    columns[k] = columns[k - 1]
                    k -= 1
                columns[k] = column
                total += 1
    for k in range(total):
        place[columns[k]] = k
        starts[k] = 0
    starts[total] = 0
    for m in range(len(members)):
        for e in range(pointer[members[m]], pointer[members[m] + 1]):
            starts[place[indexes[e]] + 1] += 1
    for k in range(total):
        starts[k + 1] += starts[k]
    for m in range(len(members)):
        for e in range(pointer[members[m]], pointer[members[m] + 1]):
            k = place[indexes[e]]
            offsets[starts[k]], ordered[starts[k]], entries[starts[k]] = m * AT_ONCE, weights[e], e
            starts[k] += 1
    for k in range(total):
        place[columns[k]] = -1
    for k in range(total, 0, -1):
        starts[k] = starts[k - 1]
    starts[0] = 0
    return total


@compiled
def sum_members(lists, begins, total, padded, chunks, c, values, sums, transposed):
    """Set `transposed`, for each pixel of a chunk, to W times the mapping of the tile's members, a row of columns."""
    starts, offsets, ordered, _ = lists
    first = chunks.first[c] * AT_ONCE
    shift = chunks.offsets[c] - first
    for k in range(total):
        while begins[k] < starts[k + 1] and offsets[begins[k]] < first:
            begins[k] += 1
        set_sum(values, shift, offsets, ordered, 0, begins[k], starts[k + 1], sums, k * AT_ONCE)
    for k in range(0, padded, LANES):
        for p in range(0, AT_ONCE, LANES):
            transpose(sums, k * AT_ONCE + p, AT_ONCE, transposed, p * padded + k, padded)


@compiled
def begin_tile(total, columns, starts, begins, sums):
    """Set where lists begin, and the columns that fill the last vectors up, with zeros; return how many there are with those."""
    padded = (total + LANES - 1) // LANES * LANES
    for k in range(total, padded):
        columns[k] = columns[0]
    for k in range(total):
        begins[k] = starts[k]
    sums[total * AT_ONCE : padded * AT_ONCE] = 0
    return padded


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
    """Add what tiles have of M' W M, row by row of the columns of their members."""
    place, columns, seen, lists, begins, sums, transposed, local = memory
    for t in range(begin, end):
        members = tiles.members[tiles.starts[t] : tiles.starts[t + 1]]
        total = group(members, table, place, columns, lists)
        padded = begin_tile(total, columns, lists[0], begins, sums)
        for c in range(chunks.of_tile[t], chunks.of_tile[t + 1]):
            sum_members(lists, begins, total, padded, chunks, c, values, sums, transposed)
            pixels = chunks.pixels[chunks.starts[c] : chunks.starts[c + 1]]
            ahead, after = chunks.offsets[c + 1], chunks.offsets[min(c + 2, len(chunks.offsets) - 1)]
            add_chunk(pixels, table, padded, transposed, seen, local, values, ahead, after)
        scatter(columns, padded, seen, local, width, result)


@compiled
def scatter(columns, padded, seen, local, width, result):
    """Add what was seen by a tile to the rows of its columns, and forget it."""
    for block in range(len(seen)):
        if seen[block] == 0:
            continue
        seen[block] = 0
        first = block * LANES * padded
        for i in range(0, padded, LANES):
            add_transposed(local, first + i, padded, result, columns, i, width, block * LANES)
        local[first : first + LANES * padded] = 0


@compiled
def finish(sums, width, every, result):
    """Set the upper triangle of a matrix to the sum of another one and of its transpose; `every` lists its rows."""
    size = len(result)
    for i in range(0, size, LANES):
        for j in range(i, size, LANES):
            add_transposed(sums, j * width + i, width, sums, every, i, width, j)
        for k in range(i, min(i + LANES, size)):
            result[k, k:] = sums[k * width + k : k * width + size]
