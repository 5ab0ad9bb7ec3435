"""What Numba compiles for mapping tables: the entries of one image pixel for one mesh pixel are added up."""

import numba

compiled = numba.njit(nogil=True, cache=True, error_model="numpy")


@compiled
def merge(pointer, indexes, weights, seen, merged_pointer, merged_indexes, merged_weights, slots):
    """Add up entries of one row that have one index, and say for each entry in which slot its sum is.

    Parameters
    ----------
    pointer : array of int, shape (n + 1,)
        Where the rows begin.
    indexes, weights : arrays, shape (entries,)
    seen : array of int, shape (s,)
        Memory: for each index the slot that it was last put into, -1 at first.
    merged_pointer, merged_indexes, merged_weights, slots : arrays
        What is set, the second and third as far as there are sums.
    """
    total = 0
    merged_pointer[0] = 0
    for i in range(len(pointer) - 1):
        begin = total
        for entry in range(pointer[i], pointer[i + 1]):
            index = indexes[entry]
            slot = seen[index]
            if slot < begin:
                slot = total
                seen[index] = slot
                merged_indexes[slot] = index
                merged_weights[slot] = 0.0
                total += 1
            merged_weights[slot] += weights[entry]
            slots[entry] = slot
        merged_pointer[i + 1] = total
