"""Memory that is used again: what is new has to be fetched from the system page by page, which takes as long as filling it."""

from typing import final

import numpy as np

from ._tile_methods import aligned

MOST_KEPT = 8


@final
class Scratch:
    """Arrays that are lent out and come back; they hold anything. Threads may share it."""

    def __init__(self) -> None:
        self._spare: list[np.ndarray] = []

    def lend(self, *shape: int) -> np.ndarray:
        """Return an array of float64, contiguous and aligned."""
        size = int(np.prod(shape))
        for _ in range(len(self._spare)):
            try:
                memory = self._spare.pop(0)
            except IndexError:  # another thread was faster
                break
            if memory.size == size:
                return memory.reshape(shape)
            self._spare.append(memory)
        return aligned(size).reshape(shape)

    def take_back(self, *arrays: np.ndarray) -> None:
        """Keep arrays for the next time; nobody may use them any more."""
        self._spare.extend(array.reshape(-1) for array in arrays)
        del self._spare[:-MOST_KEPT]
