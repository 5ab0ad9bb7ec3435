"""What Numba compiles for symmetric matrices of which the upper triangle is given."""

import numba

compiled = numba.njit(nogil=True, cache=True, error_model="numpy")

SIDE = 32  # of squares that fit into the fastest memory, to be read along rows and written along columns


@compiled
def mirror(matrix):
    """Set the lower triangle of a matrix to the upper one."""
    size = len(matrix)
    for first in range(0, size, SIDE):
        for start in range(first, size, SIDE):
            for i in range(first, min(first + SIDE, size)):
                for j in range(max(start, i + 1), min(start + SIDE, size)):
                    matrix[j, i] = matrix[i, j]
