"""How a box of pixels is laid on the modes of a fast Fourier transform."""

import math
from dataclasses import dataclass
from typing import Any, final

from ..._backend import namespace
from ...structures import Mask2D
from ._box import Box, box_of

FLOORS = {"float32": 1e-6, "float64": 1e-14}  # the tolerances that sums of this precision can reach


@dataclass(frozen=True)
@final
class Setting:
    """All that a non-uniform transform depends on but its arrays; static."""

    mask: Mask2D
    tolerance: float
    chunk_bytes: int
    threads: int

    @property
    def box(self) -> Box:
        """The box of pixels that is transformed."""
        return box_of(self.mask)

    def tolerance_for(self, dtype: Any) -> float:
        """Return the tolerance, or that of the real data type if it is coarser."""
        return max(self.tolerance, FLOORS[str(dtype)])


def phases(uv: Any, box: Box) -> tuple[Any, Any, Any]:
    """Return what the phase grows by from one row, and one column, to the next, and minus that of the middle pixel.

    The middle pixel is the one that the transforms count from: after half of the rows and columns, rounded down.
    Each has shape (k,), and is in radians.
    """
    xp = namespace(uv)
    y, x = (box.first[axis] + box.steps[axis] * (box.shape[axis] // 2) for axis in (0, 1))
    turns = x * uv[:, 0] + y * uv[:, 1]
    shift = (turns - xp.round(turns)) * (-2.0 * math.pi)
    return uv[:, 1] * (2.0 * math.pi * box.steps[0]), uv[:, 0] * (2.0 * math.pi * box.steps[1]), shift
