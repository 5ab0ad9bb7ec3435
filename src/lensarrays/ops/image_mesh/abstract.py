"""What all image meshes have in common, and how those that follow an image weight its pixels."""

import abc
from typing import Any, ClassVar

import equinox as eqx
import numpy as np

from ... import _check
from ...structures import Array2D, Grid2DIrregular, Mask2D


class AbstractImageMesh(eqx.Module):
    """Where the vertices of a mesh are in the image, before they are traced to the source plane.

    This decides how many vertices there are, so it is static: it is computed by NumPy, from data that are known, outside of
    `jit`. For one data set it is done once.
    """

    uses_adapt_images: ClassVar[bool] = False

    @abc.abstractmethod
    def image_plane_mesh_grid_from(self, mask: Mask2D, adapt_data: Any = None) -> Grid2DIrregular:
        """Return the vertices of a mesh in the image.

        Parameters
        ----------
        mask : Mask2D
            Of the image.
        adapt_data : Array2D, or array of shape (n,) [any unit]
            The image of the source, for the image meshes that follow it.

        Returns
        -------
        Grid2DIrregular of NumPy, shape (s, 2) [arcsec]

        Raises
        ------
        ValueError
            If the mask or the image does not suit.
        TypeError
            If the image is traced.
        """


class AbstractImageMeshWeighted(AbstractImageMesh):
    """An image mesh that is denser where the image of the source is brighter."""

    uses_adapt_images: ClassVar[bool] = True

    pixels: eqx.AbstractVar[int]
    weight_floor: eqx.AbstractVar[float]
    weight_power: eqx.AbstractVar[float]

    def weight_map_from(self, adapt_data: np.ndarray) -> np.ndarray:
        """Return how densely the vertices are to be: (abs(image) / its maximum)^weight_power, at least weight_floor.

        An image that is nowhere positive tells nothing, and gives ones.
        """
        brightest = adapt_data.max()
        if brightest <= 0:
            return np.ones_like(adapt_data)
        return np.maximum((np.abs(adapt_data) / brightest) ** self.weight_power, self.weight_floor)


def known_image(adapt_data: Any, mask: Mask2D) -> np.ndarray:
    """Return the values (n,) of an image as a NumPy array, if they can be looked at."""
    if adapt_data is None:
        raise ValueError("`adapt_data` must be the image of the source, which this image mesh follows, but is None; give one.")
    if isinstance(adapt_data, Array2D) and adapt_data.mask != mask:
        raise ValueError(
            f"`adapt_data` must have the mask of the data, {mask!r}, but has {adapt_data.mask!r}; make it by "
            f"`Array2D.from_native(image, mask)`."
        )
    values = _check.static_array(adapt_data.values if isinstance(adapt_data, Array2D) else adapt_data, "adapt_data", float)
    if values.shape != (mask.pixels_in_mask,):
        raise ValueError(
            f"`adapt_data` must have shape ({mask.pixels_in_mask},), one value for each used pixel, but has shape "
            f"{values.shape}; pass an Array2D of one image."
        )
    _check.finite(values, "adapt_data")
    return values


def weight_arguments(pixels: Any, weight_floor: Any, weight_power: Any) -> tuple[int, float, float]:
    """Return the three arguments of weighted image meshes as numbers."""
    of_floats = [_check.finite_number(v, name) for v, name in ((weight_floor, "weight_floor"), (weight_power, "weight_power"))]
    for value, name in zip(of_floats, ("weight_floor", "weight_power"), strict=True):
        if value < 0:
            raise ValueError(f"`{name}` must be zero or positive, but is {value}; zero makes it do nothing.")
    whole = int(pixels) if isinstance(pixels, float) and pixels.is_integer() else pixels  # samplers draw floats
    return _check.whole_number(whole, "pixels", at_least=1), of_floats[0], of_floats[1]
