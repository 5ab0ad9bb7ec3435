"""What Numba compiles for the PSF: images that are given where pixels are used, row by row of those."""

# The first argument of an intrinsic is not given.
# mypy: disable-error-code="call-arg"

from ._tiles import AT_ONCE, LANES
from ._tiles_numba import compiled, filled_up
from ._vectors_numba import add_multiple, set_sum, transpose

NOTHING = 1e-300  # the square of what is below is no number of its own any more


@compiled
def lay_out(image, scale, runs, width, sheet, box):
    """Set a sheet to an image times a scale, run by run; set `box` to the rows [y0, y1) and columns [x0, x1) with any light."""
    box[0], box[1], box[2], box[3] = len(sheet), 0, width, 0
    for r in range(len(runs)):
        start, row, column, length = runs[r]
        first, stop = 0, length
        at_ends = abs(image[start]) > NOTHING or abs(image[start + length - 1]) > NOTHING
        if not at_ends and not any_light(image[start : start + length]):
            continue
        while abs(image[start + first]) <= NOTHING:
            first += 1
        while abs(image[start + stop - 1]) <= NOTHING:
            stop -= 1
        box[0], box[1] = min(box[0], row), max(box[1], row + 1)
        box[2], box[3] = min(box[2], column + first), max(box[3], column + stop)
        shift = row * width + column
        for i in range(first, stop):
            sheet[shift + i] = image[start + i] * scale[start + i]


@compiled
def any_light(values):
    """Return whether there is any number but nothing. A count is made of whole vectors, a search is not."""
    total = 0
    for value in values:
        total += 0 if abs(value) <= NOTHING else 1
    return total > 0


@compiled
def blur_row(kernel, is_separable, width, sheet, box, y, left, right, between, row):
    """Set columns [left, right) of `row` to those of a row of the sheet seen through a kernel."""
    along_y, along_x, offsets_y, offsets_x, flat, offsets = kernel
    ky, kx = len(along_y), len(along_x)
    first, stop = max(0, y + ky // 2 + 1 - box[1]), min(ky, y + ky // 2 + 1 - box[0])
    if is_separable:
        for x in range((left - kx // 2) & -LANES, right + kx // 2, AT_ONCE):
            set_sum(sheet, y * width + x, offsets_y, along_y, 0, first, stop, between, x)
    for x in range(left, right, AT_ONCE):
        if is_separable:
            set_sum(between, x, offsets_x, along_x, 0, 0, kx, row, x)
        else:
            set_sum(sheet, y * width + x, offsets, flat, 0, first * kx, stop * kx, row, x)


@compiled
def blur_runs(kernel, is_separable, width, sheet, box, outputs, scale, between, row, result):
    """Set an image, run by run, to what is seen of a sheet through a kernel, times a scale."""
    half_y, half_x = len(kernel[0]) // 2, len(kernel[1]) // 2
    done, ready = -1, 0
    for r in range(len(outputs)):
        start, y, x0, length = outputs[r]
        low, high = max(box[2] - half_x - x0, 0), min(box[3] + half_x - x0, length)
        if y < box[0] - half_y or y >= box[1] + half_y or low >= high:
            result[start : start + length] = 0
            continue
        ready = max(ready if y == done else 0, (x0 + low) & -LANES)
        if ready < x0 + high:
            blur_row(kernel, is_separable, width, sheet, box, y, ready, x0 + high, between, row)
            done, ready = y, ready + filled_up(x0 + high - ready)
        result[start : start + low] = 0
        for i in range(low, high):
            result[start + i] = row[x0 + i] * scale[start + i]
        result[start + high : start + length] = 0


@compiled
def blur(images, inputs, scale, outputs, seen_scale, width, kernel, is_separable, memory, result):
    """Set each of `result` to an image, times a scale, seen through a kernel, times another one.

    Parameters
    ----------
    images, result : (g, n_in) and (g, n_out) float64
    inputs, outputs : (runs, 4) int64
        Where pixels begin that lie side by side, their row and first column on the sheet, and how many they are.
    scale, seen_scale : (n_in,) and (n_out,) float64
    width : int
        Of the sheet, which is wider than all runs by a kernel on the left, and a kernel and AT_ONCE on the right.
    kernel : (along_y, along_x, offsets_y, offsets_x, flat, offsets)
        Factors of a separable kernel, and its values, and how far from a pixel on the sheet is what they weigh.
    memory : (sheet, between, row) float64, box int64
        A sheet and two rows, all zero at first; the sheet is left so.
    """
    sheet, between, row, box = memory
    for g in range(len(images)):
        lay_out(images[g], scale, inputs, width, sheet, box)
        blur_runs(kernel, is_separable, width, sheet, box, outputs, seen_scale, between, row, result[g])
        for y in range(box[0], box[1]):
            sheet[y * width + box[2] : y * width + box[3]] = 0


@compiled
def gather_columns(images, table, memory, result):
    """Add M' v to `result`, a row for each mesh pixel, for images v, (g, n), both numbers multiples of LANES."""
    pointer, indexes, weights = table
    pixels = memory
    total = images.shape[0]
    flat = images.reshape(images.size)
    for first in range(0, len(pointer) - 1, LANES):
        for g in range(0, total, LANES):
            transpose(flat, g * images.shape[1] + first, images.shape[1], pixels, g, total)
        for p in range(min(LANES, len(pointer) - 1 - first)):
            for e in range(pointer[first + p], pointer[first + p + 1]):
                add_multiple(pixels, p * total, total // LANES, result, indexes[e] * total, weights[e])
