"""Vectors at the pixels of an image, or at the points of an irregular grid: deflection angles, shears."""

from typing import Any, ClassVar, Self

import numpy as np
from jaxtyping import Shaped

from .. import _check
from .._backend import namespace, readonly
from .._typing import Array
from .abstract import AbstractStructure, owned
from .arithmetic import bare, with_values
from .array_2d import Array2D
from .array_irregular import AbstractIrregular, ArrayIrregular
from .coordinates import floating, in_precision, polar_angle, root, squared_distances
from .grid_2d import Grid2D
from .mask_2d import Mask2D
from .uniform_2d import AbstractUniform2D


class AbstractVectorYX2D(AbstractStructure):
    """A structure of vectors (y, x), shape (..., n, 2)."""

    @property
    def average_magnitude(self) -> Any:
        """The length of the mean vector."""
        y, x = self._means()
        return root(y**2 + x**2)

    @property
    def average_phi(self) -> Any:
        """Half the angle of the mean vector, as of a shear, counter-clockwise from the x axis [degrees]."""
        y, x = self._means()
        return 0.5 * polar_angle(y, x) * (180.0 / np.pi)

    def astype(self, dtype: Any) -> Self:
        """Return the vectors in another precision.

        Raises
        ------
        TypeError
            If `dtype` is not a floating one.
        """
        return with_values(self, in_precision(self.values, dtype))

    def _means(self) -> tuple[Any, Any]:
        mean = namespace(self.values).mean(self.values, axis=-2)
        return mean[..., 0], mean[..., 1]


class VectorYX2D(AbstractUniform2D, AbstractVectorYX2D):
    """One vector (y, x) per used pixel of a mask.

    Parameters
    ----------
    values : array or list, shape (..., n, 2)
        Components along y and x; leading axes are a batch. A writeable NumPy array is copied, integers become floats.
    mask : Mask2D
        Which pixels are used; `grid` has their centres.

    Examples
    --------
    >>> from lensarrays import VectorYX2D
    >>> vectors = VectorYX2D.no_mask([[[3.0, 4.0]]], pixel_scales=0.1)
    >>> vectors.magnitudes.array
    array([5.])
    """

    values: Shaped[Array, "... n 2"]
    mask: Mask2D

    _value_shape: ClassVar[tuple[int, ...]] = (2,)

    def __init__(self, values: Any, mask: Mask2D):
        self.values = owned(floating(values))
        self.mask = mask

    @property
    def grid(self) -> Grid2D:
        """The centres of the pixels, in the library and precision of the vectors [arcsec]."""
        xp = namespace(self.values)
        grid = Grid2D.from_mask(self.mask, xp=xp)
        return grid.astype(self.values.dtype) if xp.isdtype(self.values.dtype, "real floating") else grid

    @property
    def y(self) -> Array2D:
        """The components along y."""
        return Array2D(readonly(self.values[..., 0]), self.mask)

    @property
    def x(self) -> Array2D:
        """The components along x."""
        return Array2D(readonly(self.values[..., 1]), self.mask)

    @property
    def magnitudes(self) -> Array2D:
        """The lengths of the vectors; their gradient at zero is zero."""
        return Array2D(readonly(root(squared_distances(self.values, (0.0, 0.0)))), self.mask)

    @classmethod
    def no_mask(
        cls, values: Any, pixel_scales: Any, shape_native: tuple[int, int] | None = None, origin: Any = (0.0, 0.0)
    ) -> Self:
        """Return vectors at all pixels of an image: (ny, nx, 2), or (n, 2) with `shape_native`.

        Raises
        ------
        ValueError
            If `values` and `shape_native` do not fit, or `values` has NaN or inf.
        """
        grid = Grid2D.no_mask(values, pixel_scales, shape_native, origin, over_sample_size=1)
        return cls(grid.values, grid.mask)

    @classmethod
    def from_mask(cls, values: Any, mask: Mask2D) -> Self:
        """Return vectors at the used pixels of a mask, shape (..., n, 2)."""
        return cls(values, mask)

    @classmethod
    def full(cls, fill_value: float, shape_native: Any, pixel_scales: Any, origin: Any = (0.0, 0.0), *, xp: Any = np) -> Self:
        """Return vectors at all pixels of an image, both components of one value, as arrays of the library `xp`."""
        mask = Mask2D.all_false(shape_native, pixel_scales, origin)
        return cls(readonly(xp.full((mask.pixels_in_mask, 2), _check.finite_number(fill_value, "fill_value"))), mask)

    @classmethod
    def ones(cls, shape_native: Any, pixel_scales: Any, origin: Any = (0.0, 0.0), *, xp: Any = np) -> Self:
        """Return vectors (1, 1) at all pixels of an image, as arrays of the library `xp`."""
        return cls.full(1.0, shape_native, pixel_scales, origin, xp=xp)

    @classmethod
    def zeros(cls, shape_native: Any, pixel_scales: Any, origin: Any = (0.0, 0.0), *, xp: Any = np) -> Self:
        """Return vectors (0, 0) at all pixels of an image, as arrays of the library `xp`."""
        return cls.full(0.0, shape_native, pixel_scales, origin, xp=xp)


class VectorYX2DIrregular(AbstractIrregular, AbstractVectorYX2D):
    """One vector (y, x) per point of an irregular grid.

    The points themselves are not part of it, so that it has one leaf: they are the grid at which it was evaluated.

    Parameters
    ----------
    values : array or list of (y, x), shape (..., n, 2)
        Components along y and x; leading axes are a batch. A writeable NumPy array is copied, integers become floats.

    Examples
    --------
    >>> from lensarrays import VectorYX2DIrregular
    >>> VectorYX2DIrregular([(3.0, 4.0), (0.0, 1.0)]).magnitudes.array
    array([5., 1.])
    """

    values: Shaped[Array, "... n 2"]

    _value_shape: ClassVar[tuple[int, ...]] = (2,)

    def __init__(self, values: Any):
        self.values = owned(floating(values))

    @property
    def y(self) -> ArrayIrregular:
        """The components along y."""
        return ArrayIrregular(readonly(self.values[..., 0]))

    @property
    def x(self) -> ArrayIrregular:
        """The components along x."""
        return ArrayIrregular(readonly(self.values[..., 1]))

    @property
    def magnitudes(self) -> ArrayIrregular:
        """The lengths of the vectors; their gradient at zero is zero."""
        return ArrayIrregular(readonly(root(squared_distances(self.values, (0.0, 0.0)))))

    def vectors_within_radius(self, radius: float, centre: Any = (0.0, 0.0), *, grid: Any) -> Self:
        """Return the vectors at those points of `grid` that lie within a radius of a centre [arcsec].

        How many these are decides the shape of the result, so no argument may be traced. The errors are those of
        `vectors_within_annulus`.
        """
        radius, distances = _check.finite_number(radius, "radius"), self._distances(grid, centre)
        return self._at(distances < radius, f"`radius` must leave at least one point, but none has r < {radius}", distances)

    def vectors_within_annulus(self, inner_radius: float, outer_radius: float, centre: Any = (0.0, 0.0), *, grid: Any) -> Self:
        """Return the vectors at those points of `grid` with inner_radius < r < outer_radius from a centre [arcsec].

        How many these are decides the shape of the result, so no argument may be traced.

        Raises
        ------
        TypeError
            If an argument is traced.
        ValueError
            If `grid` does not have one point per vector, or none lies there.
        """
        inner = _check.finite_number(inner_radius, "inner_radius")
        outer = _check.finite_number(outer_radius, "outer_radius")
        distances = self._distances(grid, centre)
        wanted = f"`outer_radius` must leave at least one point, but none has {inner} < r < {outer}"
        return self._at((distances > inner) & (distances < outer), wanted, distances)

    def _distances(self, grid: Any, centre: Any) -> np.ndarray:
        """Return how far the points of a grid are from a centre, shape (n,) [arcsec]."""
        points = _check.static_array(bare(grid), "grid")
        if points.shape != (self.shape_slim, 2):
            raise ValueError(
                f"`grid` must have shape {(self.shape_slim, 2)}, one point per vector, but has {points.shape}; pass the grid "
                f"that the vectors were evaluated at."
            )
        return np.sqrt(squared_distances(points, _check.pair(centre, "centre")))

    def _at(self, wanted: np.ndarray, requirement: str, distances: np.ndarray) -> Self:
        """Return the vectors at the wanted points, of which there must be one."""
        (inside,) = np.nonzero(wanted)
        if inside.size == 0:
            away = f"{np.min(distances, initial=np.inf):.6g} to {np.max(distances, initial=0.0):.6g}"
            raise ValueError(f"{requirement} arcsec; enlarge the region, as they are {away} arcsec away.")
        xp = namespace(self.values)
        return with_values(self, xp.take(self.values, xp.asarray(inside), axis=-2))
