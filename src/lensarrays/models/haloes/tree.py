"""The tree: near haloes one by one, distant ones through polynomials on the tiles of an image."""

from typing import Any, final

import equinox as eqx
import numpy as np

from ..._backend import is_jax
from ..._check import positive_number, whole_number
from ...ops.tiles import Tiles
from .levels import LEVELS, Levels
from .rows import Haloes


@final
class Tree(eqx.Module):
    tolerance: float = eqx.field(default=1e-3, static=True)
    pairs_per_halo: int = eqx.field(default=8, static=True)

    def __check_init__(self) -> None:
        positive_number(self.tolerance, "tolerance")
        whole_number(self.pairs_per_halo, "pairs_per_halo", at_least=1)

    @property
    def levels(self) -> Levels:
        """Distances and orders: the coarsest that have the tolerance."""
        return next((levels for error, levels in LEVELS.items() if error <= self.tolerance), LEVELS[1e-6])

    def deflections(self, haloes: list[Haloes], y: Any, x: Any, tiles: Tiles, *, xp: Any) -> tuple[Any, Any]:
        """Return the summed deflections (y, x), each (..., places), of populations at points in the order of tiles."""
        if isinstance(y, np.ndarray):
            try:
                from . import tree_numba
            except ImportError as error:
                raise ImportError("x") from error
            return tree_numba.tree_deflections(haloes, y, x, tiles, self.levels)
        if not is_jax(y):
            raise TypeError("x")
        from .tree_jax import tree_deflections

        return tree_deflections(haloes, y, x, tiles, self.levels, self.pairs_per_halo)
