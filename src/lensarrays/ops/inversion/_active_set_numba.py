"""What Numba compiles for positive solutions: the active set of Lawson and Hanson, with a factor that is updated.

The factor U, U'U = Q on the passive variables, is upper triangular and goes by rows, so that every innermost loop runs along a
row. Variables are scaled such that the diagonal of Q is one.
"""

import math

import numba

compiled = numba.njit(nogil=True, cache=True, fastmath={"contract", "reassoc"}, error_model="numpy")


@compiled
def forward(factor, size, values):
    """Overwrite values b by U'^-1 b."""
    for i in range(size):
        row, value = factor[i], values[i] / factor[i, i]
        values[i] = value
        for j in range(i + 1, size):
            values[j] -= value * row[j]


@compiled
def backward(factor, size, values):
    """Overwrite values b by U^-1 b."""
    for i in range(size - 1, -1, -1):
        row, value = factor[i], values[i]
        for j in range(i + 1, size):
            value -= row[j] * values[j]
        values[i] = value / row[i]


@compiled
def solve_passive(factor, order, size, vector, result):
    """Set the first of `result` to the solution for the passive variables alone."""
    for i in range(size):
        result[i] = vector[order[i]]
    forward(factor, size, result)
    backward(factor, size, result)


@compiled
def remove(factor, order, size, place):
    """Take the variable at a place out of the factor, by rotations of the rows below; return how many are left."""
    for i in range(place, size - 1):
        order[i] = order[i + 1]
        for k in range(i + 2):
            factor[k, i] = factor[k, i + 1]
    for i in range(place, size - 1):
        upper, lower = factor[i], factor[i + 1]
        length = math.hypot(upper[i], lower[i])
        cosine, sine = upper[i] / length, lower[i] / length
        upper[i], lower[i] = length, 0.0
        for j in range(i + 1, size - 1):
            high, low = upper[j], lower[j]
            upper[j], lower[j] = cosine * high + sine * low, cosine * low - sine * high
    return size - 1


@compiled
def insert(matrix, factor, order, size, variable, column):
    """Put a variable last into the factor, unless it depends on those there; return how many there are."""
    for i in range(size):
        column[i] = matrix[variable, order[i]]
    forward(factor, size, column)
    left = matrix[variable, variable]
    for i in range(size):
        left -= column[i] * column[i]
    if not left > 1e-15:
        return size
    for i in range(size):
        factor[i, size] = column[i]
    factor[size, size], order[size] = math.sqrt(left), variable
    return size + 1


@compiled
def remove_negative(factor, order, size, vector, trial):
    """Take out all variables that are not positive, until none is; return how many are left, with their values in `trial`."""
    while True:
        before = size
        solve_passive(factor, order, size, vector, trial)
        for i in range(before - 1, -1, -1):
            if not trial[i] > 0.0:
                size = remove(factor, order, size, i)
        if size == before:
            return size


@compiled
def steepest(matrix, vector, values, refused, tolerance):
    """Return the variable, not passive and not refused, along which the objective falls most steeply; -1 if it does nowhere."""
    best, most = -1, tolerance
    for i in range(len(vector)):
        if refused[i]:
            continue
        row, slope = matrix[i], vector[i]
        for j in range(len(values)):
            slope -= row[j] * values[j]
        if slope > most:
            best, most = i, slope
    return best


@compiled
def move(factor, order, size, vector, values, refused, trial):
    """Move to the minimum on the passive variables, and take out those that become negative on the way; return the new size."""
    while True:
        solve_passive(factor, order, size, vector, trial)
        part, first = 1.0, -1
        for i in range(size):
            value = values[order[i]]
            if not trial[i] > 0.0 and value <= part * (value - trial[i]):
                part, first = value / (value - trial[i]) if value > trial[i] else 0.0, i
        for i in range(size):
            values[order[i]] += part * (trial[i] - values[order[i]])
        if first < 0:
            return size
        for i in range(size - 1, -1, -1):
            if i == first or (not trial[i] > 0.0 and not values[order[i]] > 0.0):
                values[order[i]], refused[order[i]] = 0.0, False
                size = remove(factor, order, size, i)


@compiled
def active_set(matrix, vector, factor, order, size, values, refused, memory, tolerance, most_steps):
    """Set values to x >= 0 that minimises x'Qx - 2 q'x; return whether it was reached, and how many are passive.

    It begins with the passive variables `order[:size]` and their factor. `refused` marks passive variables, and those that
    would not improve anything: they are asked again once something else has changed.
    """
    trial, column = memory[0], memory[1]
    size = remove_negative(factor, order, size, vector, trial)
    for i in range(len(vector)):
        values[i], refused[i] = 0.0, False
    for i in range(size):
        values[order[i]], refused[order[i]] = trial[i], True
    for _step in range(most_steps):
        best = steepest(matrix, vector, values, refused, tolerance)
        if best < 0:
            return True, size
        before, refused[best] = size, True
        size = insert(matrix, factor, order, size, best, column)
        if size == before:
            continue
        solve_passive(factor, order, size, vector, trial)
        if not trial[size - 1] > 0.0:
            size -= 1
            continue
        size = move(factor, order, size, vector, values, refused, trial)
        for i in range(len(vector)):
            refused[i] = False
        for i in range(size):
            refused[order[i]] = True
    return False, size
