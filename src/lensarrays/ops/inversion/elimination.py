"""In which order the pixels of a source are eliminated."""

from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np

IN_DOUBT, POSSIBLE = 100, 400  # pixels, beyond those at zero, that are eliminated last, and before these


class Memory(NamedTuple):
    """The solution of a similar problem, or a guess: where it is not positive, the next one is expected to be zero.

    It has an influence on the time that a solution takes, and on its rounding, but not on the solution.

    Attributes
    ----------
    source : array, shape (s,)
    light : array, shape (g,)
    """

    source: np.ndarray
    light: np.ndarray


@final
@dataclass(frozen=True, eq=False)
class Elimination:
    """The order in which s source pixels are eliminated: those most likely to be zero late, those held at zero last.

    Attributes
    ----------
    order : array of int, shape (s,)
        The mesh pixel at each place.
    position : array of int, shape (s,)
        The place of each mesh pixel.
    kept : int
        How many pixels are not held at zero.
    memory : Memory or None
        What the solution begins with.
    """

    order: np.ndarray
    position: np.ndarray
    kept: int
    memory: Memory | None


def elimination_from(
    pixels: int, zeroed: np.ndarray | None = None, coupled: np.ndarray | None = None, memory: Memory | None = None
) -> Elimination:
    """Return the order of elimination for a mesh.

    Parameters
    ----------
    pixels : int
        s.
    zeroed : array of bool, shape (s,), optional
        Which pixels are held at zero.
    coupled : array of int, shape (e, k), optional
        The pixels of each term of the regularisation. Pixels held at zero that no data see have to do with those alone, which
        are therefore eliminated late: that makes their determinant cheap.
    memory : Memory, optional
        Of an earlier solution; one of another number of pixels is not used.
    """
    zeroed = np.zeros(pixels, dtype=bool) if zeroed is None else np.asarray(zeroed, dtype=bool)
    if memory is not None and len(memory.source) != pixels:
        memory = None
    if memory is None and not np.any(zeroed):
        order = np.arange(pixels)
        return Elimination(order, order, pixels, None)
    stage = np.zeros(pixels, dtype=np.int8)
    values = np.where(zeroed, np.inf, 0.0 if memory is None else memory.source)
    if memory is not None:
        stage[_lowest(values, POSSIBLE)] = 1
    if coupled is not None:
        stage[coupled[np.any(zeroed[coupled], axis=-1)]] = 2
    if memory is not None:
        stage[_lowest(values, IN_DOUBT)] = 3
    stage[zeroed] = 4
    order = np.argsort(stage, kind="stable")
    position = np.empty(pixels, dtype=np.int64)
    position[order] = np.arange(pixels)
    return Elimination(order, position, pixels - int(np.count_nonzero(zeroed)), memory)


def _lowest(values: np.ndarray, more: int) -> np.ndarray:
    """Return where values are not positive, and so many more places with the lowest."""
    total = min(int(np.count_nonzero(values <= 0)) + more, len(values))
    return np.argpartition(values, total - 1)[:total] if total else np.zeros(0, dtype=int)
