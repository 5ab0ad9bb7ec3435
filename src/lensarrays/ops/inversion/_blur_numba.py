"""What Numba compiles for the PSF: images that are given where pixels are used, row by row of those."""

# The first argument of an intrinsic is not given.
# mypy: disable-error-code="call-arg"

from ._tiles import AT_ONCE, LANES
from ._tiles_numba import compiled
from ._vectors_numba import add_multiple, set_sum, transpose

NOTHING = 1e-300  # the square of what is below is no number of its own any more


@compiled
def lay_out(image, runs, width, sheet, box):
    """Copy an image to a sheet, run by run; set `box` to the rows [y0, y1) and columns [x0, x1) outside of which it is zero."""
    box[0], box[1], box[2], box[3] = len(sheet), 0, width, 0
    for r in range(len(runs)):
        start, row, column, length = runs[r]
        first, stop = 0, length
        while first < stop and abs(image[start + first]) <= NOTHING:
            first += 1
        while stop > first and abs(image[start + stop - 1]) <= NOTHING:
            stop -= 1
        if first == stop:
            continue
        box[0], box[1] = min(box[0], row), max(box[1], row + 1)
        box[2], box[3] = min(box[2], column + first), max(box[3], column + stop)
        for i in range(first, stop):
            sheet[row * width + column + i] = image[start + i]


@compiled
def blur_rows(kernel, width, sheet, box, rows, between):
    """Set rows [y0, y1) of `between` to those of the sheet seen through the part of a kernel that is along y."""
    along_y, _, offsets_y = kernel[:3]
    half = len(along_y) // 2
    for y in range(rows[0], rows[1]):
        first, stop = max(0, y + half + 1 - box[1]), min(len(along_y), y + half + 1 - box[0])
        for x in range(box[2] & -LANES, box[3], AT_ONCE):
            set_sum(sheet, y * width + x, offsets_y, along_y, 0, first, stop, between, y * width + x)


@compiled
def blur_runs(kernel, is_separable, width, source, box, rows, outputs, row, result):
    """Set an image, run by run, to what is seen of a sheet, through the rest of a kernel."""
    along_y, along_x, _, offsets_x, flat, offsets = kernel
    ky, kx = len(along_y), len(along_x)
    left, right, done = (box[2] - kx // 2) & -LANES, box[3] + kx // 2, -1
    for r in range(len(outputs)):
        start, y, x0, length = outputs[r]
        low, high = min(max(left - x0, 0), length), max(min(right - x0, length), 0)
        if y < rows[0] or y >= rows[1] or low >= high:
            result[start : start + length] = 0
            continue
        if y != done:
            done = y
            first, stop = max(0, y + ky // 2 + 1 - box[1]), min(ky, y + ky // 2 + 1 - box[0])
            for x in range(left, right, AT_ONCE):
                if is_separable:
                    set_sum(source, y * width + x, offsets_x, along_x, 0, 0, kx, row, x)
                else:
                    set_sum(source, y * width + x, offsets, flat, 0, first * kx, stop * kx, row, x)
        result[start : start + low] = 0
        for i in range(low, high):
            result[start + i] = row[x0 + i]
        result[start + high : start + length] = 0


@compiled
def blur(images, inputs, outputs, reach, width, kernel, is_separable, memory, result):
    """Set each of `result` to an image seen through a kernel.

    Parameters
    ----------
    images, result : (g, n_in) and (g, n_out) float64
    inputs, outputs : (runs, 4) int64
        Where pixels begin that lie side by side, their row and first column on the sheet, and how many they are.
    reach : (int, int)
        The rows [y0, y1) that hold outputs.
    width : int
        Of the sheet, which is wider than all runs by a kernel on the left, and a kernel and AT_ONCE on the right.
    kernel : (along_y, along_x, offsets_y, offsets_x, flat, offsets)
        Factors of a separable kernel, and its values, and how far from a pixel on the sheet is what they weigh.
    memory : (sheet, between, row) float64, box int64
        Two sheets and a row, all zero at first; the sheets are left so.
    """
    sheet, between, row, box = memory
    half = len(kernel[0]) // 2
    for g in range(len(images)):
        lay_out(images[g], inputs, width, sheet, box)
        rows = max(reach[0], box[0] - half), min(reach[1], box[1] + half)
        if is_separable:
            blur_rows(kernel, width, sheet, box, rows, between)
        blur_runs(kernel, is_separable, width, between if is_separable else sheet, box, rows, outputs, row, result[g])
        first, stop = box[2] & -LANES, box[3] + AT_ONCE
        for y in range(box[0], box[1]):
            sheet[y * width + first : y * width + stop] = 0
        for y in range(rows[0], rows[1]):
            between[y * width + first : y * width + stop] = 0


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
