"""What the structures on the pixels of a mask share: their layouts and their geometry."""

from typing import Any, Self

import equinox as eqx
from jaxtyping import Shaped

from .. import _check
from .._backend import namespace, placed, readonly
from .._typing import Array
from . import mask_shapes
from .abstract import AbstractStructure, as_array
from .abstract_mask_2d import AbstractMask2D
from .geometry_2d import Geometry2D
from .mask_2d import Mask2D
from .mask_index import index_maps


class AbstractUniform2D(AbstractStructure):
    """One value, or one pair (y, x), per used pixel of a mask, in the order of the rows; leading axes are a batch."""

    mask: eqx.AbstractVar[Mask2D]

    def __check_init__(self) -> None:
        check_mask(self.mask)
        expected = (self.mask.pixels_in_mask, *self._value_shape)
        shape = self.values.shape
        if shape[-len(expected) :] != expected:
            raise ValueError(
                f"`values` must have shape (..., {', '.join(map(str, expected))}), one per used pixel of the mask, but has "
                f"{tuple(shape)}; an image of shape (..., ny, nx) goes through `{type(self).__name__}.from_native`."
            )

    @classmethod
    def from_native(cls, native: Any, mask: Mask2D) -> Self:
        """Return the structure of an image `(..., ny, nx)`, or `(..., ny, nx, 2)` of pairs; masked pixels are left out."""
        check_mask(mask)
        values = slim_from(as_array(native, "native"), mask, cls._value_shape)
        # Unmasked, these are the caller's own values, which the constructor copies; else a gather has made new ones.
        return cls(values if mask.is_all_false else readonly(values), mask)

    # Layouts.

    @property
    def native(self) -> Shaped[Array, "..."]:
        """The bare values as an image, `(..., ny, nx)` or `(..., ny, nx, 2)`; masked pixels are zero."""
        return native_from(self.values, self.mask, self._value_shape)

    @property
    def slim(self) -> Self:
        """The structure itself: the values of the used pixels are its only layout."""
        return self

    @property
    def native_for_fits(self) -> Any:
        """The bare values as an image: what `output_to_fits` writes."""
        return self.native

    @property
    def shape_native(self) -> tuple[int, int]:
        """Rows and columns of the image."""
        return self.mask.shape_native

    @property
    def shape_slim(self) -> int:
        """The number of used pixels."""
        return self.mask.pixels_in_mask

    @property
    def total_pixels(self) -> int:
        """The number of used pixels."""
        return self.mask.pixels_in_mask

    # Geometry.

    @property
    def pixel_scales(self) -> tuple[float, float]:
        """Size of a pixel along y and x [arcsec]."""
        return self.mask.pixel_scales

    @property
    def pixel_scale(self) -> float:
        """The side of a pixel, which must be square [arcsec]."""
        return self.mask.pixel_scale

    @property
    def origin(self) -> tuple[float, float]:
        """Coordinates (y, x) of the centre of the image [arcsec]."""
        return self.mask.origin

    @property
    def geometry(self) -> Geometry2D:
        """Conversions between pixels and arcseconds."""
        return self.mask.geometry

    @property
    def header_dict(self) -> dict[str, float]:
        """The geometry as FITS keys, which are autoarray's."""
        return self.mask.header_dict

    @property
    def pixel_area(self) -> float:
        """The area of a pixel [arcsec^2]."""
        return self.pixel_scales[0] * self.pixel_scales[1]

    @property
    def total_area(self) -> float:
        """The area of all used pixels [arcsec^2]."""
        return self.pixel_area * self.shape_slim

    @property
    def derive_mask(self) -> Any:
        """Masks of the edge, the border and the blurring region."""
        return self.mask.derive_mask

    @property
    def derive_indexes(self) -> Any:
        """Indices of the used, edge and border pixels."""
        return self.mask.derive_indexes

    @property
    def derive_grid(self) -> Any:
        """Grids of the used, edge and border pixels, as NumPy arrays."""
        return self.mask.derive_grid

    # Other pixels.

    def apply_mask(self, mask: Mask2D) -> Self:
        """Return the structure on the used pixels of another mask of the same image; those it did not have are zero.

        Raises
        ------
        ValueError
            If the mask is of another image shape, pixel scale or origin.
        """
        check_mask(mask)
        geometry = (self.shape_native, self.pixel_scales, self.origin)
        if (mask.shape_native, mask.pixel_scales, mask.origin) != geometry:
            raise ValueError(
                f"`mask` must be of the same image, of shape {self.shape_native}, pixel scales {self.pixel_scales} and origin "
                f"{self.origin}, but is {mask!r}; crop or pad one of them with `resized_from`, or make the mask with these."
            )
        values = slim_from(self.native, mask, self._value_shape)
        return _on_mask(self, values, mask)

    def resized_from(self, new_shape: tuple[int, int], mask_pad_value: float = 0.0) -> Self:
        """Return the structure cropped or padded with zeros about its centre, on the mask resized alike.

        `mask_pad_value` 0 makes the new pixels used, 1 masked. The origin stays, as in autoarray.
        """
        mask = self.mask.resized_from(new_shape, pad_value=mask_pad_value)
        return self._refitted(new_shape, mask)

    def padded_before_convolution_from(self, kernel_shape: tuple[int, int], mask_pad_value: float = 0.0) -> Self:
        """Return the structure padded by the half width of a kernel on each side."""
        ky, kx = _check.odd_shape(kernel_shape, "kernel_shape")
        ny, nx = self.shape_native
        return self.resized_from((ny + ky - 1, nx + kx - 1), mask_pad_value)

    def trimmed_after_convolution_from(self, kernel_shape: tuple[int, int]) -> Self:
        """Return the structure without the half width of a kernel on each side."""
        ky, kx = _check.odd_shape(kernel_shape, "kernel_shape")
        ny, nx = self.shape_native
        if ny < ky or nx < kx:
            raise ValueError(
                f"`kernel_shape` must leave a pixel of the image of shape {self.shape_native}, but is {(ky, kx)}; "
                f"pad the image first with `padded_before_convolution_from`."
            )
        return self.resized_from((ny - ky + 1, nx - kx + 1))

    def _refitted(self, new_shape: tuple[int, int], mask: Mask2D) -> Self:
        xp = namespace(self.values)
        native = self.native
        if self._value_shape:  # the image axes go last while they are cut
            native = mask_shapes.fitted(xp.moveaxis(native, -1, 0), new_shape)
            native = xp.moveaxis(native, 0, -1)
        else:
            native = mask_shapes.fitted(native, new_shape)
        return _on_mask(self, slim_from(native, mask, self._value_shape), mask)


def check_mask(mask: Any, name: str = "mask") -> None:
    """Raise unless `mask` is a mask of an image."""
    if not isinstance(mask, AbstractMask2D):
        raise TypeError(
            f"`{name}` must be a Mask2D, but is a {type(mask).__name__}; make one with `Mask2D(array, pixel_scales=0.1)`."
        )


def _on_mask(structure: Any, values: Any, mask: Mask2D) -> Any:
    """Return a structure of the same kind on another mask."""
    return type(structure)(readonly(values), mask)


def slim_from(native: Any, mask: Mask2D, value_shape: tuple[int, ...] = ()) -> Any:
    """Return the bare values of the used pixels of an image."""
    xp, width = namespace(native), len(value_shape)
    shape = (*mask.shape_native, *value_shape)
    if tuple(native.shape[-len(shape) :]) != shape:
        raise ValueError(
            f"`native` must have shape (..., {', '.join(map(str, shape))}), that of the mask, but has {tuple(native.shape)}; "
            f"crop it, or make a mask of its shape."
        )
    pixels = mask.shape_native[0] * mask.shape_native[1]  # and not -1, which an empty batch leaves open
    flat = xp.reshape(native, (*native.shape[: -2 - width], pixels, *value_shape))
    if mask.is_all_false:
        return flat
    return xp.take(flat, xp.asarray(index_maps(mask)[0]), axis=-1 - width)


def native_from(values: Any, mask: Mask2D, value_shape: tuple[int, ...] = ()) -> Any:
    """Return the bare values of used pixels as an image, with zero in the masked pixels."""
    axis = -1 - len(value_shape)
    if not mask.is_all_false:
        values = placed(values, *index_maps(mask), axis=axis)
    return namespace(values).reshape(values, (*values.shape[:axis], *mask.shape_native, *value_shape))
