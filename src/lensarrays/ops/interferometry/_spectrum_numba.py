"""The sum that a quadratic form is, by Parseval's theorem, in one pass over a spectrum."""

import numba

# Several terms are added at once: their order may change, though not from one call to the next.
compiled_sum = numba.njit(nogil=True, cache=True, fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")


@compiled_sum
def power(image, kernel, last_is_single):
    """Return the sum of |image|^2 kernel over a spectrum of which the half (ly, lx // 2 + 1) is given.

    All columns but the first, and the last one where `last_is_single`, stand for their mirror images too.
    """
    rows, columns = kernel.shape
    total = 0.0
    for r in range(rows):
        line = 0.0
        for c in range(columns):
            value = image[r, c]
            line += (value.real * value.real + value.imag * value.imag) * kernel[r, c]
        first, last = image[r, 0], image[r, columns - 1]
        line -= 0.5 * (first.real * first.real + first.imag * first.imag) * kernel[r, 0]
        if last_is_single:
            line -= 0.5 * (last.real * last.real + last.imag * last.imag) * kernel[r, columns - 1]
        total += line
    return 2.0 * total
