"""What all meshes have in common."""

import abc
from typing import Any, ClassVar

import equinox as eqx

from ...structures import Mask2D
from ..mapper import Mapper


class AbstractMesh(eqx.Module):
    """Pixels of a source plane, and how a source is interpolated among them; all of it static."""

    # Whether it is made of points that are traced from the image plane, and whether it needs the image of the source.
    needs_mesh_grid: ClassVar[bool] = False
    needs_adapt_data: ClassVar[bool] = False

    @abc.abstractmethod
    def mapper_from(
        self,
        source_plane_data_grid: Any,
        *,
        mask: Mask2D,
        over_sample_size: Any,
        base_grid: Any = None,
        mesh_grid: Any = None,
        adapt_data: Any = None,
        split: bool = False,
    ) -> Mapper:
        """Return the interpolation of a source on this mesh at the sub-pixels of an image.

        Parameters
        ----------
        source_plane_data_grid : array, shape (..., m, 2) [arcsec]
            Where the rays of the m sub-pixels are in the source plane, (y, x).
        mask : Mask2D
            Of the image.
        over_sample_size : int or StaticArray
            Sub-pixels along a side of an image pixel.
        base_grid : array, shape (..., n, 2), optional [arcsec]
            Where the rays of the pixel centres are, whose density adaptive meshes follow; by default the data grid itself.
        mesh_grid : array, shape (..., s, 2), optional [arcsec]
            Where the vertices of the mesh are in the source plane, for the meshes that are made of such.
        adapt_data : array, shape (..., n), optional [any unit]
            The image of the source that meshes with `Image` in their names follow.
        split : bool
            Whether the regularisation needs the table of split points.

        Returns
        -------
        Mapper

        Raises
        ------
        ValueError
            If shapes do not fit, or what the mesh needs is missing.
        """

    def edge_pixels(self, mapper: Mapper) -> Any:
        """Return which mesh pixels are on the edge, a boolean NumPy array of shape (s,), or None if there is no such thing."""
        return None
