"""The tree: near haloes one by one, distant ones through polynomials on the tiles of an image."""

from typing import Any, final

import equinox as eqx
import numpy as np

from ..._backend import is_jax
from ..._check import positive_number, whole_number
from ...ops._tiles import Tiles
from ._rows import Haloes
from .levels import LEVELS, levels_for


@final
class Tree(eqx.Module):
    """Sum the deflections of haloes near a tile of the image one by one, and of distant ones through polynomials.

    The sub-pixels of an image are cut into tiles of about 20 x 20, and 16 or so tiles make a supertile. On every plane a
    halo that is far from where the rays of a supertile are is evaluated at the Chebyshev nodes of the rectangle around them;
    one that is close to them, but far from those of a tile, at the nodes of the tile; and only one that is near a tile at
    all of its points. Of 167 million evaluations, for a thousand haloes and 160 000 rays, 3 million are left.

    Parameters
    ----------
    tolerance : float
        The error that is allowed, as the largest difference of an image from that by `Direct()`, in units of the noise, for
        the scene of docs/speed.md: signal to noise up to 33, haloes of 1e7 to 1e10 solar masses. From 1e-3 down to 1e-7; in
        float32 rounding adds some 1e-5. Tiles that are larger than the 0.25 arcsec of that scene, as those of coarser pixels
        are, get finer polynomials, up to the finest there are. Where the signal is stronger, or haloes are heavier, compare
        with `Direct()`: in the scene of the demo errors are seven times as large.
    pairs_per_halo : int
        On JAX, how many tiles may be near a halo, on average: lists have fixed lengths under `jit`. If they are too short, the
        image is NaN. What is left free costs nothing, but under `vmap`, where all of a list is evaluated. NumPy's lists have
        any length.

    Raises
    ------
    ValueError
        If the tolerance is below 1e-7, or `pairs_per_halo` is not a positive integer.
    TypeError
        If used with arrays of other libraries than NumPy and JAX, or, on NumPy, with haloes that are not round.
    ImportError
        If used with NumPy arrays, and Numba is not installed.

    References
    ----------
    A. W. Appel, SIAM J. Sci. Stat. Comput. 6, 85 (1985); W. Fong and E. Darve, J. Comput. Phys. 228, 8712 (2009), for
    Chebyshev nodes in place of multipoles.

    Examples
    --------
    >>> import lensarrays as la
    >>> source = la.Galaxy(redshift=1.0, light=la.lp.Sersic())
    >>> tracer = la.Tracer([source], halo_method=la.haloes.Tree(tolerance=1e-4))
    """

    tolerance: float = eqx.field(default=1e-3, static=True)
    pairs_per_halo: int = eqx.field(default=16, static=True)

    def __check_init__(self) -> None:
        if positive_number(self.tolerance, "tolerance") < min(LEVELS):
            raise ValueError(
                f"`tolerance` must be {min(LEVELS):g} or more, but is {self.tolerance!r}; use `Direct()`, which is exact."
            )
        whole_number(self.pairs_per_halo, "pairs_per_halo", at_least=1)

    def _deflections(self, haloes: list[Haloes], y: Any, x: Any, tiles: Tiles, *, xp: Any) -> tuple[Any, Any]:
        """Return the summed deflections (y, x), each (..., places), of populations at points in the order of tiles."""
        levels = levels_for(self.tolerance, tiles.side)
        if isinstance(y, np.ndarray):
            from .tree_numba import tree_deflections as on_numpy

            return on_numpy(haloes, y, x, tiles, levels, self.tolerance)
        if not is_jax(y):
            raise TypeError(
                f"`halo_method` must be Direct() for arrays of {xp.__name__}, but is a Tree, which is for NumPy and JAX; use "
                f"`halo_method=la.haloes.Direct()`."
            )
        from .tree_jax import tree_deflections

        return tree_deflections(haloes, y, x, tiles, levels, self.pairs_per_halo)
