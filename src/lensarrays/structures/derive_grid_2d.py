"""Grids that follow from a mask."""

import equinox as eqx

from .grid_2d import Grid2D
from .mask_2d import Mask2D


class DeriveGrid2D(eqx.Module):
    """Grids of the used, edge and border pixels of a mask, as NumPy arrays; reached as `mask.derive_grid`.

    Examples
    --------
    >>> from lensarrays import Mask2D
    >>> mask = Mask2D([[True, False], [True, True]], pixel_scales=1.0)
    >>> mask.derive_grid.unmasked.array
    array([[0.5, 0.5]])
    """

    mask: Mask2D

    @property
    def all_false(self) -> Grid2D:
        """The grid of all pixels of the image."""
        return Grid2D.from_mask(self.mask.derive_mask.all_false)

    @property
    def unmasked(self) -> Grid2D:
        """The grid of the used pixels."""
        return Grid2D.from_mask(self.mask)

    @property
    def edge(self) -> Grid2D:
        """The grid of the edge pixels."""
        return Grid2D.from_mask(self.mask.derive_mask.edge)

    @property
    def border(self) -> Grid2D:
        """The grid of the border pixels."""
        return Grid2D.from_mask(self.mask.derive_mask.border)
