"""Indices of the pixels of a mask."""

from typing import Any

import equinox as eqx
import numpy as np

from . import mask_shapes
from .mask_index import index_maps


class DeriveIndexes2D(eqx.Module):
    """Indices of the used, edge and border pixels of a mask, as NumPy arrays; reached as `mask.derive_indexes`.

    An edge pixel has a masked pixel, or the end of the image, among its eight neighbours. A border pixel is the first
    used one seen from outside along its row or column, so the rim of a hole is edge but not border.

    Examples
    --------
    >>> from lensarrays import Mask2D
    >>> mask = Mask2D([[True, False], [False, False]], pixel_scales=0.1)
    >>> mask.derive_indexes.native_for_slim.tolist()
    [[0, 1], [1, 0], [1, 1]]
    """

    mask: Any

    @property
    def native_for_slim(self) -> np.ndarray:
        """Row and column of each used pixel, shape (n, 2)."""
        return np.stack(np.unravel_index(index_maps(self.mask)[0], self.mask.shape), axis=-1)

    @property
    def unmasked_slim(self) -> np.ndarray:
        """Where each used pixel sits in the flat image, shape (n,)."""
        return index_maps(self.mask)[0].copy()

    @property
    def masked_slim(self) -> np.ndarray:
        """Where each masked pixel sits in the flat image."""
        return np.flatnonzero(self.mask.array)

    @property
    def edge_slim(self) -> np.ndarray:
        """Which of the used pixels are on an edge."""
        return np.flatnonzero(mask_shapes.edge(self.mask.array)[~self.mask.array])

    @property
    def edge_native(self) -> np.ndarray:
        """Row and column of each edge pixel."""
        return np.argwhere(mask_shapes.edge(self.mask.array))

    @property
    def border_slim(self) -> np.ndarray:
        """Which of the used pixels are on the border."""
        return np.flatnonzero(mask_shapes.border(self.mask.array)[~self.mask.array])

    @property
    def border_native(self) -> np.ndarray:
        """Row and column of each border pixel."""
        return np.argwhere(mask_shapes.border(self.mask.array))
