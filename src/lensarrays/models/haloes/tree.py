"""The tree: near haloes one by one, distant ones through polynomials on the tiles of an image."""

from typing import Any, final

import equinox as eqx
import numpy as np

from ..._backend import is_jax
from ..._check import positive_number, whole_number
from ...ops._tiles import Tiles
from ._rows import Haloes
from .levels import LEVELS, Levels


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
        return next((levels for error, levels in LEVELS.items() if error <= self.tolerance), LEVELS[min(LEVELS)])

    def _deflections(self, haloes: list[Haloes], y: Any, x: Any, tiles: Tiles, *, xp: Any) -> tuple[Any, Any]:
        """Return the summed deflections (y, x), each (..., places), of populations at points in the order of tiles."""
        if isinstance(y, np.ndarray):
            return _numba_deflections(haloes, y, x, tiles, self.levels, self.tolerance)
        if not is_jax(y):
            raise TypeError(
                f"`halo_method` must be Direct() for arrays of {xp.__name__}, but is a Tree, which is for NumPy and JAX; use "
                f"`halo_method=la.haloes.Direct()`."
            )
        from .tree_jax import tree_deflections

        return tree_deflections(haloes, y, x, tiles, self.levels, self.pairs_per_halo)


def _numba_deflections(*arguments: Any) -> tuple[Any, Any]:
    """Return what `tree_numba` does, if Numba is there: it is an optional dependency."""
    try:
        import numba  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "Numba must be installed for a Tree in NumPy arrays, but is not; `pip install lensarrays[numba]`, or use "
            "`halo_method=la.haloes.Direct()`."
        ) from error
    from .tree_numba import tree_deflections

    return tree_deflections(*arguments)
