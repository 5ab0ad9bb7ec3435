"""What a mask says about itself; how it is made is in mask_2d.py."""

from typing import Any, Self

import equinox as eqx
import numpy as np

from .. import _check
from . import fits, mask_shapes
from .derive_indexes_2d import DeriveIndexes2D
from .derive_mask_2d import DeriveMask2D
from .geometry_2d import Geometry2D
from .mask_index import used_box, used_count
from .static_array import StaticArray
from .zoom_2d import Zoom2D


class AbstractMask2D(eqx.Module):
    """Which pixels of a uniform image are used: what can be asked of a mask, and what follows from it."""

    static: eqx.AbstractVar[StaticArray]
    pixel_scales: eqx.AbstractVar[tuple[float, float]]
    origin: eqx.AbstractVar[tuple[float, float]]

    def __hash__(self) -> int:
        return hash((self.static, self.pixel_scales, self.origin))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, AbstractMask2D):
            return False  # and not NotImplemented, after which an array would compare itself pixel by pixel
        return self.static == other.static and self.pixel_scales == other.pixel_scales and self.origin == other.origin

    def __repr__(self) -> str:
        ny, nx = self.shape_native
        used = self.pixels_in_mask
        return f"{type(self).__name__}({ny}x{nx}, {used} used, pixel_scales={self.pixel_scales}, origin={self.origin})"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.array, dtype=dtype) if copy else np.asarray(self.array, dtype=dtype)

    def __invert__(self) -> np.ndarray:
        return ~self.array

    def __getitem__(self, key: Any) -> Any:
        return self.array[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TypeError(
            "A Mask2D is immutable, so `mask[k] = v` does not work; change a copy of `mask.array` and make a new Mask2D."
        )

    # What it is.

    @property
    def array(self) -> np.ndarray:
        """The mask as a read-only boolean array (ny, nx); `True` is masked."""
        return self.static.array

    @property
    def native(self) -> np.ndarray:
        """The mask as a read-only boolean array (ny, nx): it has no other layout."""
        return self.static.array

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the image."""
        return self.static.array.shape

    @property
    def shape_native(self) -> tuple[int, int]:
        """Rows and columns of the image."""
        return self.shape

    @property
    def pixels_in_mask(self) -> int:
        """The number of used pixels."""
        return used_count(self)

    @property
    def shape_slim(self) -> int:
        """The number of used pixels."""
        return self.pixels_in_mask

    @property
    def pixel_scale(self) -> float:
        """The side of a pixel, which must be square [arcsec]."""
        y, x = self.pixel_scales
        if y != x:
            raise ValueError(f"`pixel_scale` must be of square pixels, but they are {y} by {x} arcsec; use `pixel_scales`.")
        return y

    @property
    def is_all_true(self) -> bool:
        """Whether every pixel is masked."""
        return self.pixels_in_mask == 0

    @property
    def is_all_false(self) -> bool:
        """Whether every pixel is used."""
        return self.pixels_in_mask == self.array.size

    @property
    def header_dict(self) -> dict[str, float]:
        """The geometry as FITS keys, which are autoarray's."""
        return dict(zip(("PIXSCAY", "PIXSCAX", "ORIGINY", "ORIGINX"), (*self.pixel_scales, *self.origin), strict=True))

    @property
    def native_for_slim(self) -> np.ndarray:
        """Row and column of each used pixel, shape (n, 2)."""
        return self.derive_indexes.native_for_slim

    @property
    def shape_native_masked_pixels(self) -> tuple[int, int]:
        """Rows and columns of the smallest box that holds all used pixels."""
        (y0, y1), (x0, x1) = used_box(self)
        return y1 - y0, x1 - x0

    @property
    def mask_centre(self) -> tuple[float, float]:
        """The middle (y, x) of the smallest box that holds all used pixels [arcsec]."""
        (y0, y1), (x0, x1) = used_box(self)
        return self.geometry.scaled_coordinates_2d_from(((y0 + y1 - 1) / 2.0, (x0 + x1 - 1) / 2.0))

    @property
    def is_circular(self) -> bool:
        """Whether the used pixels are those of a circle, to a tenth of them: autoarray's criterion."""
        if self.pixel_scales[0] != self.pixel_scales[1]:
            raise ValueError(f"`is_circular` must be asked of square pixels, but they are {self.pixel_scales} arcsec.")
        return not self.is_all_true and mask_shapes.is_circular(self.array, used_box(self))

    @property
    def circular_radius(self) -> float:
        """Half the larger side of the box that holds the used pixels, which must form a circle [arcsec]."""
        if not self.is_circular:
            raise ValueError(f"`circular_radius` must be of a circular mask, but {self!r} is not; see `is_circular`.")
        return max(self.shape_native_masked_pixels) * self.pixel_scale / 2.0

    # What follows from it.

    @property
    def geometry(self) -> Geometry2D:
        """Conversions between pixels and arcseconds."""
        return Geometry2D(self.shape_native, self.pixel_scales, self.origin)

    @property
    def derive_indexes(self) -> DeriveIndexes2D:
        """Indices of the used, edge and border pixels."""
        return DeriveIndexes2D(self)

    @property
    def derive_mask(self) -> DeriveMask2D:
        """Masks of the edge, the border and the blurring region."""
        return DeriveMask2D(self)

    @property
    def derive_grid(self) -> Any:
        """Grids of the used, edge and border pixels, as NumPy arrays."""
        from .derive_grid_2d import DeriveGrid2D  # a grid has a mask: the one import that must wait

        return DeriveGrid2D(self)  # type: ignore[arg-type]

    @property
    def zoom(self) -> Zoom2D:
        """The part of the image that holds the used pixels."""
        return Zoom2D(self)

    def invert(self) -> Self:
        """Return the mask with used and masked pixels exchanged."""
        return type(self)(~self.array, self.pixel_scales, self.origin)  # type: ignore[arg-type]

    def resized_from(self, new_shape: tuple[int, int], pad_value: float = 0.0) -> Self:
        """Return the mask cropped or padded about its centre; `pad_value` 0 makes new pixels used, 1 masked."""
        shape = _check.shape_native(new_shape, "new_shape")
        fitted = mask_shapes.fitted(self.array, shape, fill=bool(pad_value))
        return type(self)(fitted, self.pixel_scales, self.origin)

    def output_to_fits(self, file_path: Any, overwrite: bool = False) -> None:
        """Write the mask as a FITS image of 0 and 1, with its geometry in the header.

        Raises
        ------
        FileExistsError
            If the file exists and `overwrite` is not set.
        """
        fits.write_images(
            file_path, [("mask", self.array)], pixel_scales=self.pixel_scales, origin=self.origin, overwrite=overwrite
        )
