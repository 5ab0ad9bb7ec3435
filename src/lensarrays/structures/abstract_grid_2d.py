"""What a grid can do; how it is made is in grid_2d.py."""

from typing import Any, ClassVar, Self

import equinox as eqx
import numpy as np

from .. import _check
from .._backend import namespace, readonly
from . import fits, radial_projection, sub_pixels
from .arithmetic import bare, with_values
from .array_2d import Array2D
from .coordinates import AbstractCoordinates, cosine_and_sine, in_precision, root, shifted_and_rotated, squared_distances
from .grid_2d_irregular import Grid2DIrregular
from .mask_2d import Mask2D
from .static_array import StaticArray
from .sub_pixels import Matrix
from .uniform_2d import AbstractUniform2D


class AbstractGrid2D(AbstractUniform2D, AbstractCoordinates):
    """The coordinates (y, x) of the used pixels of a mask: what can be asked of them, and what follows."""

    over_sample_size: eqx.AbstractVar[int | StaticArray]
    sub_pixel_matrix: eqx.AbstractVar[Matrix]

    _value_shape: ClassVar[tuple[int, ...]] = (2,)

    # Over-sampling.

    @property
    def over_sampled(self) -> Grid2DIrregular:
        """The coordinates of all sub-pixels, shape (..., n_sub, 2): pixel after pixel, row after row inside a pixel.

        They follow the grid through shifts, and through `subtracted_and_rotated_from` by a static angle. After anything else,
        deflection say, where they are is not known: under `jit`, where that cannot be looked at, they are NaN.

        Raises
        ------
        ValueError
            If the values are not the pixel centres of an image any more, so that sub-pixels cannot be placed.
        """
        return sub_pixels.over_sampled(self)

    @property
    def is_uniform(self) -> Any:
        """Whether the values are the pixel centres of the mask, but for one shift; traced if they are."""
        return sub_pixels.is_shifted_image(self)

    def apply_over_sampling(self, over_sample_size: Any) -> Self:
        """Return the grid with other over-sampling sizes.

        Raises
        ------
        ValueError
            If the grid is not uniform; under `jit`, where that cannot be looked at, its values are NaN then.
        """
        values = sub_pixels.values_of_image(self)
        return type(self)(values, self.mask, over_sample_size, sub_pixel_matrix=self.sub_pixel_matrix)

    # On other pixels. Sizes go where the values go; there are no coordinates to give to pixels that are new.

    def apply_mask(self, mask: Mask2D) -> Self:
        """Return the grid on the used pixels of another mask of the same image, which must be among its own.

        Raises
        ------
        ValueError
            If the mask is of another image shape or pixel scale, or uses a pixel that the grid does not have.
        """
        return self._with_sizes(super().apply_mask(mask), self._sizes.apply_mask(mask))

    def resized_from(self, new_shape: tuple[int, int], mask_pad_value: float = 0.0) -> Self:
        """Return the grid cropped about its centre, or padded with masked pixels if `mask_pad_value` is 1.

        Raises
        ------
        ValueError
            If pixels that are added would be used.
        """
        sizes = self._sizes.resized_from(new_shape, mask_pad_value)
        return self._with_sizes(super().resized_from(new_shape, mask_pad_value), sizes)

    @property
    def _sizes(self) -> Array2D:
        return Array2D(readonly(sub_pixels.sizes_per_pixel(self.over_sample_size, self.shape_slim)), self.mask)

    def _with_sizes(self, grid: Self, sizes: Array2D) -> Self:
        if not sizes.array.all():
            raise ValueError(
                f"`mask` must use only pixels that the grid has, but {grid.mask!r} uses "
                f"{int(np.sum(sizes.array == 0))} others; make a new grid with `Grid2D.from_mask`, or pad this one with "
                f"`padded_grid_from`."
            )
        return type(self)(grid.values, grid.mask, sizes.array, sub_pixel_matrix=self.sub_pixel_matrix)

    # Other grids.

    @property
    def flipped(self) -> Self:
        """The grid with its (y, x) exchanged to (x, y)."""
        xp = namespace(self.values)
        return with_values(self, xp.flip(self.values, axis=-1))

    def subtracted_and_rotated_from(self, offset: Any, angle: Any) -> Self:
        """Return the grid less an offset (y, x) [arcsec], turned counter-clockwise by an angle [degrees].

        Sub-pixels turn with it, unless the angle is traced: how they lie is static, so that every angle costs a compilation.
        Turn `grid.over_sampled` by a traced angle instead. The mask stays where it is.
        """
        cosine, sine = cosine_and_sine(self.values, angle)
        turned = with_values(self, shifted_and_rotated(self.values, offset, cosine, sine))
        if not _check.is_concrete(angle):
            return turned
        radians = np.radians(_check.finite_number(angle, "angle"))
        c, s = np.cos(radians), np.sin(radians)
        matrix = np.asarray([[c, s], [-s, c]]) @ np.asarray(self.sub_pixel_matrix)
        matrix = tuple(tuple(map(float, row)) for row in matrix)
        return type(self)(turned.values, self.mask, self.over_sample_size, sub_pixel_matrix=matrix)

    def padded_grid_from(self, kernel_shape_native: tuple[int, int]) -> Self:
        """Return the unmasked grid of the image enlarged by the half width of a kernel on each side.

        The pixels that are added, and those that are masked, are not over-sampled, as in autoarray.
        """
        ky, kx = _check.odd_shape(kernel_shape_native, "kernel_shape_native")
        ny, nx = self.shape_native
        sizes = np.ones((ny, nx), dtype=int)
        sizes[~self.mask.array] = sub_pixels.sizes_per_pixel(self.over_sample_size, self.shape_slim)
        sizes = np.pad(sizes, [(ky // 2, ky // 2), (kx // 2, kx // 2)], constant_values=1)
        mask = Mask2D.all_false(sizes.shape, self.pixel_scales, self.origin)
        return self._continued(mask, sizes)

    def blurring_grid_via_kernel_shape_from(self, kernel_shape_native: tuple[int, int]) -> Self:
        """Return the grid of the pixels outside the mask from which a kernel carries light into it, not over-sampled."""
        mask = self.mask.derive_mask.blurring_from(kernel_shape_native, allow_padding=True)
        return self._continued(mask, 1)

    def grid_with_coordinates_within_distance_removed_from(self, coordinates: Any, distance: float) -> Self:
        """Return the grid without the pixels nearer than `distance` [arcsec] to any of the (y, x) coordinates.

        Distances are those in the image of the mask, whatever shift the grid has had, so they may be asked for under `jit`.
        """
        centres = sub_pixels.pixel_centres(self.mask)
        near = np.zeros(self.mask.pixels_in_mask, dtype=bool)
        for coordinate in _check.static_array(bare(coordinates), "coordinates").reshape(-1, 2):
            near |= squared_distances(centres, coordinate) < distance**2
        masked = self.mask.array.copy()
        masked[~masked] = near
        sizes = sub_pixels.sizes_per_pixel(self.over_sample_size, near.size)[~near]
        mask = Mask2D(masked, self.pixel_scales, self.origin)
        return self._continued(mask, sizes)

    def astype(self, dtype: Any) -> Self:
        """Return the grid in another precision, which must be a floating one."""
        return type(self)(
            in_precision(self.values, dtype), self.mask, self.over_sample_size, sub_pixel_matrix=self.sub_pixel_matrix
        )

    def _continued(self, mask: Any, over_sample_size: Any) -> Self:
        """Return the grid continued to the used pixels of another mask about the same origin, wherever it was shifted to."""
        old, new = (sub_pixels.turned_centres(m, self.sub_pixel_matrix) for m in (self.mask, mask))
        xp, dtype = namespace(self.values), self.values.dtype
        shift = sub_pixels.values_of_image(self)[..., :1, :] - xp.asarray(old[:1], dtype=dtype)
        values = readonly(xp.asarray(new, dtype=dtype) + shift)
        return type(self)(values, mask, over_sample_size, sub_pixel_matrix=self.sub_pixel_matrix)

    def output_to_fits(self, file_path: Any, overwrite: bool = False) -> None:
        """Write the coordinates to a FITS file as an image of shape (ny, nx, 2), with their geometry and mask.

        Raises
        ------
        FileExistsError
            If the file exists and `overwrite` is not set.
        """
        fits.write_array(file_path, "grid", self, overwrite=overwrite)

    # Distances.

    def squared_distances_to_coordinate_from(self, coordinate: Any = (0.0, 0.0)) -> Array2D:
        """Return the squared distance of every pixel from a (y, x) coordinate [arcsec^2]."""
        return Array2D(readonly(squared_distances(self.values, coordinate)), self.mask)

    def distances_to_coordinate_from(self, coordinate: Any = (0.0, 0.0)) -> Array2D:
        """Return the distance of every pixel from a (y, x) coordinate [arcsec]; its gradient there is zero."""
        return Array2D(readonly(root(squared_distances(self.values, coordinate))), self.mask)

    def grid_2d_radial_projected_shape_slim_from(self, centre: Any = (0.0, 0.0)) -> int:
        """Return how many points `grid_2d_radial_projected_from` has."""
        return radial_projection.length(self.geometry, centre)

    def grid_2d_radial_projected_from(
        self, centre: Any = (0.0, 0.0), angle: float = 0.0, shape_slim: int | None = 0, remove_projected_centre: bool = False
    ) -> Grid2DIrregular:
        """Return points on a line from `centre` to the edge of the image, a pixel apart; `angle` is clockwise from x [degrees].

        As in autoarray 1e-6 arcsec is added to their coordinates, so that none lies on a singular centre.
        """
        points = radial_projection.points(self.geometry, centre, angle, shape_slim)[int(remove_projected_centre) :]
        xp = namespace(self.values)
        return Grid2DIrregular(readonly(xp.asarray(points, dtype=self.values.dtype)))
