"""Threads of our own for what Numba compiles, which gives the lock of the interpreter back."""

import concurrent.futures
import functools
import itertools
import os
from collections.abc import Callable

import numpy as np


def allowed_threads() -> int:
    """Return how many processors this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@functools.cache
def _pool(process: int) -> concurrent.futures.ThreadPoolExecutor:
    """Return the threads of a process; after a fork there are none in the child."""
    return concurrent.futures.ThreadPoolExecutor(allowed_threads())


def in_threads(function: Callable, shares: list) -> list:
    """Return what a function gives for each share: the first in this thread, the others in threads of our own."""
    others = [_pool(os.getpid()).submit(function, *share) for share in shares[1:]]
    return [function(*shares[0]), *(other.result() for other in others)]


def shares_of(work: np.ndarray, threads: int) -> list[tuple[int, int]]:
    """Return ranges (begin, end) of items with about as much work in each; (t + 1,) numbers say how much there is before each.

    >>> shares_of(np.asarray([0, 4, 5, 6, 8]), 2)
    [(0, 1), (1, 4)]
    """
    inner = np.searchsorted(work, work[-1] * np.arange(1, threads) / threads)
    bounds = [0, *map(int, inner), len(work) - 1]
    return [(begin, end) for begin, end in itertools.pairwise(bounds) if end > begin]
