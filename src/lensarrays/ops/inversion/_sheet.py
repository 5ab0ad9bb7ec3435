"""Where used pixels, and those of the blurring region, lie on a sheet: worked out once for a mask and a kernel's shape."""

from typing import NamedTuple

import numpy as np

from ...structures import Mask2D
from ._tiles import AT_ONCE, LANES, filled_up


class Sheet(NamedTuple):
    """Pixels on a sheet that is wider than they are by a kernel and more on the left, and a kernel and a stretch on the right.

    Attributes
    ----------
    shape : (int, int)
        Rows and columns.
    used, everywhere : (n, 2) and (n + n_blurring, 2) int64
        The row and column of each used pixel, and of these and then the blurring ones.
    used_runs, runs : (..., 4) int64
        The same, for stretches of pixels that lie side by side: the first one, its row and column, and how many they are.
    """

    shape: tuple[int, int]
    used: np.ndarray
    everywhere: np.ndarray
    used_runs: np.ndarray
    runs: np.ndarray


def sheet_of(mask: Mask2D, kernel_shape: tuple[int, int]) -> Sheet:
    """Return where pixels lie; the blurring region may reach beyond the image."""
    blurring = mask.derive_mask.blurring_from(kernel_shape, allow_padding=True)
    enlarged = (np.asarray(blurring.shape_native) - np.asarray(mask.shape_native)) // 2
    used = np.stack(np.nonzero(~mask.array), axis=1) + enlarged
    everywhere = np.concatenate([used, np.stack(np.nonzero(~blurring.array), axis=1)])
    margin = filled_up(kernel_shape[1] + LANES)
    corner = everywhere.min(axis=0) - [0, margin]
    used, everywhere = used - corner, everywhere - corner
    rows, columns = everywhere.max(axis=0) + 1
    width = filled_up(columns + kernel_shape[1] + 2 * AT_ONCE)
    return Sheet((int(rows), width), used, everywhere, _runs(used), _runs(everywhere))


def _runs(places: np.ndarray) -> np.ndarray:
    """Return stretches of (row, column) places that follow one another in a row."""
    breaks = np.any(np.diff(places, axis=0) != [0, 1], axis=1)
    starts = np.concatenate([[0], np.flatnonzero(breaks) + 1])
    lengths = np.diff(np.concatenate([starts, [len(places)]]))
    return np.concatenate([starts[:, None], places[starts], lengths[:, None]], axis=1)
