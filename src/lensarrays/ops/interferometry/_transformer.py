"""What the Fourier transforms have in common: what they take and give, and the checks of it."""

import abc
import math
from typing import Any

import equinox as eqx
from jaxtyping import Float

from ..._backend import namespace, readonly
from ..._typing import Array
from ...structures import Array2D, Mask2D, Visibilities
from ..argument_types import check_array, check_types
from ._box import Box, box_of


class AbstractTransformer(eqx.Module):
    """A linear map from images on a mask to visibilities at (u, v), and its adjoint."""

    uv_wavelengths: eqx.AbstractVar[Float[Array, "k 2"]]
    real_space_mask: eqx.AbstractVar[Mask2D]

    @abc.abstractmethod
    def _forward(self, images: Any, box: Box) -> Any:
        """Return the visibilities (b, k) of real images of the box (b, ny, nx)."""

    @abc.abstractmethod
    def _adjoint(self, visibilities: Any, box: Box) -> Any:
        """Return the real images of the box (b, ny, nx) that visibilities (b, k) add up to."""

    @property
    def total_visibilities(self) -> int:
        """The number of visibilities, k."""
        return int(self.uv_wavelengths.shape[-2])

    @property
    def total_image_pixels(self) -> int:
        """The number of used pixels, n."""
        return self.real_space_mask.pixels_in_mask

    def visibilities_from(self, image: Array2D) -> Visibilities:
        """Return the visibilities of an image, the sum over its used pixels of I exp(-2 pi i (x u + y v)).

        Parameters
        ----------
        image : Array2D of shape (..., n) [Jy per pixel, say]
            On the mask of the transformer; real.

        Returns
        -------
        Visibilities of shape (..., k) [unit of `image`]
            Of the precision of the image.

        Raises
        ------
        TypeError
            If the image is of another kind, or is not float32 or float64.
        ValueError
            If it is on another mask.
        """
        check_types(image=(image, Array2D))
        if image.mask != self.real_space_mask:
            raise ValueError(
                f"`image` must be on the mask of the transformer, {self.real_space_mask!r}, but is on {image.mask!r}; "
                f"make one of them with the other's mask, or use `image.apply_mask(transformer.real_space_mask)`."
            )
        return Visibilities(readonly(self._of_images(image.values, "image")))

    def image_from(self, visibilities: Visibilities) -> Array2D:
        """Return the adjoint applied to visibilities: in every used pixel the sum of Re[V exp(2 pi i (x u + y v))].

        That is the dirty image without weights or normalisation, as autoarray has it. It is no inverse.

        Parameters
        ----------
        visibilities : Visibilities of shape (..., k)

        Returns
        -------
        Array2D of shape (..., n) [unit of `visibilities`]

        Raises
        ------
        TypeError
            If the visibilities are of another kind.
        ValueError
            If there is not one for each (u, v).
        """
        check_types(visibilities=(visibilities, Visibilities))
        self._check_one_coverage()
        values = visibilities.values
        if values.shape[-1:] != (self.total_visibilities,):
            raise ValueError(
                f"`visibilities` must have shape (..., {self.total_visibilities}), one for each row of `uv_wavelengths`, but "
                f"has {tuple(values.shape)}; give those that belong to these (u, v)."
            )
        xp, box = namespace(values, self.uv_wavelengths), box_of(self.real_space_mask)
        batch = values.shape[:-1]
        flat = xp.reshape(xp.asarray(values), (math.prod(batch), values.shape[-1]))
        if not xp.isdtype(flat.dtype, "complex floating"):  # the real parts of some
            flat = flat + 0j
        images = box.taken(self._adjoint(flat, box))
        return Array2D(readonly(xp.reshape(images, (*batch, images.shape[-1]))), self.real_space_mask)

    def transform_mapping_matrix(self, mapping_matrix: Any) -> Any:
        """Return the visibilities of every column of a mapping matrix, as if it were an image.

        Parameters
        ----------
        mapping_matrix : array, shape (..., n, s)
            What each of s source pixels puts into each of the n used pixels.

        Returns
        -------
        array, shape (..., k, s), complex

        Raises
        ------
        TypeError
            If it is no array, or is not float32 or float64.
        ValueError
            If it has not one row for each used pixel.
        """
        check_array(mapping_matrix, "mapping_matrix")
        n = self.total_image_pixels
        if len(mapping_matrix.shape) < 2 or mapping_matrix.shape[-2] != n:
            raise ValueError(
                f"`mapping_matrix` must have shape (..., {n}, s), one row per used pixel of the mask, but has "
                f"{tuple(mapping_matrix.shape)}; make it for the mask of the transformer."
            )
        xp = namespace(mapping_matrix, self.uv_wavelengths)
        columns = xp.matrix_transpose(xp.asarray(mapping_matrix))
        return readonly(xp.matrix_transpose(self._of_images(columns, "mapping_matrix")))

    def _check_one_coverage(self) -> None:
        if len(self.uv_wavelengths.shape) != 2:
            raise ValueError(
                f"`uv_wavelengths` must have shape (k, 2) to transform, but has {tuple(self.uv_wavelengths.shape)}; use one of "
                f"the transformers of this batch at a time, through `jax.vmap`."
            )

    def _of_images(self, values: Any, name: str) -> Any:
        self._check_one_coverage()
        xp, box = namespace(values, self.uv_wavelengths), box_of(self.real_space_mask)
        values = xp.asarray(values)
        if values.dtype not in (xp.float32, xp.float64):
            raise TypeError(f"`{name}` must be float32 or float64, but is {values.dtype}; convert it with `.astype(float)`.")
        batch = values.shape[:-1]
        flat = xp.reshape(values, (math.prod(batch), values.shape[-1]))
        visibilities = self._forward(box.filled(flat), box)
        return xp.reshape(visibilities, (*batch, visibilities.shape[-1]))
