"""The mask of an image, and all the ways to make one."""

from typing import Any, Self

import equinox as eqx
import numpy as np

from .. import _check
from . import fits, mask_shapes
from .abstract_mask_2d import AbstractMask2D
from .static_array import StaticArray


class Mask2D(AbstractMask2D):
    """Which pixels of a uniform image are used; all of it static, so that shapes may depend on it under `jit`.

    A mask has no pytree leaf. It is compared and hashed by a digest of its content: equal masks share one compilation,
    and every distinct mask costs a new one.

    Parameters
    ----------
    mask : array_like of bool, shape (ny, nx)
        `True` is masked, `False` is used. Numbers count as `True` where they are not zero.
    pixel_scales : float or (float, float)
        Size of a pixel along y and x [arcsec].
    origin : (float, float)
        Coordinates (y, x) of the centre of the image [arcsec].
    invert : bool
        Whether `mask` says which pixels are used instead.

    Raises
    ------
    ValueError
        If `mask` is not two-dimensional or has no pixel at all, or `pixel_scales` is not positive.
    TypeError
        If an argument is traced: a mask decides shapes, so it must be known when a function is compiled.

    Examples
    --------
    >>> from lensarrays import Mask2D
    >>> mask = Mask2D.circular(shape_native=(5, 5), radius=0.15, pixel_scales=0.1)
    >>> mask
    Mask2D(5x5, 9 used, pixel_scales=(0.1, 0.1), origin=(0.0, 0.0))
    >>> mask == Mask2D(mask.array.copy(), pixel_scales=(0.1, 0.1))
    True
    """

    static: StaticArray = eqx.field(static=True)
    pixel_scales: tuple[float, float] = eqx.field(static=True)
    origin: tuple[float, float] = eqx.field(static=True)

    def __init__(self, mask: Any, pixel_scales: Any, origin: Any = (0.0, 0.0), invert: bool = False):
        masked = mask.array if isinstance(mask, AbstractMask2D) else _check.static_array(getattr(mask, "native", mask), "mask")
        if masked.ndim != 2 or masked.size == 0:
            raise ValueError(
                f"`mask` must be a two-dimensional array (ny, nx) with at least one pixel, but has shape {masked.shape}; "
                f"`Mask2D.all_false(shape_native, pixel_scales)` masks nothing."
            )
        if masked.dtype.kind not in "biuf" or (masked.dtype.kind == "f" and not np.isfinite(masked).all()):
            raise ValueError(
                f"`mask` must hold booleans, but is of dtype {masked.dtype} or holds NaN; write `np.isnan(image)`, say."
            )
        masked = masked.astype(bool)
        self.static = StaticArray(~masked if _check.flag(invert, "invert") else masked)
        self.pixel_scales = _check.pixel_scales(pixel_scales)
        self.origin = _check.pair(origin, "origin")

    # Constructors. None takes `xp`: a mask is static, and NumPy.

    @classmethod
    def all_false(cls, shape_native: Any, pixel_scales: Any, origin: Any = (0.0, 0.0), invert: bool = False) -> Self:
        """Return a mask that uses every pixel."""
        return cls(np.zeros(_check.shape_native(shape_native), dtype=bool), pixel_scales, origin, invert)

    @classmethod
    def circular(
        cls,
        shape_native: Any,
        radius: float,
        pixel_scales: Any,
        origin: Any = (0.0, 0.0),
        centre: Any = (0.0, 0.0),
        invert: bool = False,
    ) -> Self:
        """Return a mask that uses the pixels whose centres have r < radius [arcsec] about `centre`.

        As in autoarray, `centre` is relative to the middle of the image, whatever the `origin`.

        Raises
        ------
        ValueError
            If the circle holds no pixel centre.
        """
        radius = _check.positive_number(radius, "radius")
        return cls._of_shape("radius", mask_shapes.circular, shape_native, pixel_scales, origin, centre, invert, radius)

    @classmethod
    def circular_annular(
        cls,
        shape_native: Any,
        inner_radius: float,
        outer_radius: float,
        pixel_scales: Any,
        origin: Any = (0.0, 0.0),
        centre: Any = (0.0, 0.0),
        invert: bool = False,
    ) -> Self:
        """Return a mask that uses the pixels whose centres have inner_radius <= r <= outer_radius [arcsec] about `centre`."""
        radii = _check_radii("radius", inner_radius, outer_radius)
        return cls._of_shape(
            "outer_radius", mask_shapes.circular_annular, shape_native, pixel_scales, origin, centre, invert, *radii
        )

    @classmethod
    def elliptical(
        cls,
        shape_native: Any,
        major_axis_radius: float,
        axis_ratio: float,
        angle: float,
        pixel_scales: Any,
        origin: Any = (0.0, 0.0),
        centre: Any = (0.0, 0.0),
        invert: bool = False,
    ) -> Self:
        """Return a mask that uses an ellipse, its rim included; `angle` counter-clockwise from the x axis [degrees]."""
        radius = _check.positive_number(major_axis_radius, "major_axis_radius")
        ellipse = _check_ellipse("", radius, axis_ratio, angle)
        return cls._of_shape(
            "major_axis_radius", mask_shapes.elliptical, shape_native, pixel_scales, origin, centre, invert, *ellipse
        )

    @classmethod
    def elliptical_annular(
        cls,
        shape_native: Any,
        inner_major_axis_radius: float,
        inner_axis_ratio: float,
        inner_phi: float,
        outer_major_axis_radius: float,
        outer_axis_ratio: float,
        outer_phi: float,
        pixel_scales: Any,
        origin: Any = (0.0, 0.0),
        centre: Any = (0.0, 0.0),
        invert: bool = False,
    ) -> Self:
        """Return a mask that uses what is outside the inner ellipse and inside the outer, both rims included."""
        _check_radii("major_axis_radius", inner_major_axis_radius, outer_major_axis_radius)
        inner = _check_ellipse("inner_", inner_major_axis_radius, inner_axis_ratio, inner_phi)
        outer = _check_ellipse("outer_", outer_major_axis_radius, outer_axis_ratio, outer_phi)
        return cls._of_shape(
            "outer_major_axis_radius",
            mask_shapes.elliptical_annular,
            shape_native,
            pixel_scales,
            origin,
            centre,
            invert,
            inner,
            outer,
        )

    @classmethod
    def from_pixel_coordinates(
        cls,
        shape_native: Any,
        pixel_coordinates: Any,
        pixel_scales: Any,
        origin: Any = (0.0, 0.0),
        buffer: int = 0,
        invert: bool = False,
    ) -> Self:
        """Return a mask that uses the given pixels (row, column), and their neighbours up to `buffer` pixels away."""
        masked = np.ones(_check.shape_native(shape_native), dtype=bool)
        pixels = _check.static_array(pixel_coordinates, "pixel_coordinates")
        is_list_of_pixels = pixels.ndim == 2 and pixels.shape[0] > 0 and pixels.shape[1] == 2 and pixels.dtype.kind in "iu"
        if not is_list_of_pixels or (pixels < 0).any() or (pixels >= masked.shape).any():
            raise ValueError(
                f"`pixel_coordinates` must be a list of (row, column) integers inside the image of shape {masked.shape}, but "
                f"is {pixel_coordinates!r}; convert (y, x) with `geometry.pixel_coordinates_2d_from`."
            )
        masked[pixels[:, 0], pixels[:, 1]] = False
        return cls(mask_shapes.grown(masked, _check.whole_number(buffer, "buffer")), pixel_scales, origin, invert)

    @classmethod
    def from_fits(
        cls,
        file_path: Any,
        pixel_scales: Any = None,
        hdu: int | str = 0,
        origin: Any = None,
        resized_mask_shape: tuple[int, int] | None = None,
        invert: bool = False,
    ) -> Self:
        """Return the mask in a FITS image, where any number but 0 is masked.

        Pixel scales and origin that are not given are read from the header, as `output_to_fits` wrote them.

        Raises
        ------
        FileNotFoundError, OSError
            If there is no such file, or it is not a FITS image.
        ValueError
            If the pixel scales are neither given nor in the header, or the mask uses no pixel.
        """
        image = fits.read_image(file_path, hdu)
        mask = cls(image.values, *fits.geometry_of(image, file_path, pixel_scales, origin), invert)
        if mask.is_all_true:
            raise ValueError(
                f"`file_path` must be of a mask that uses at least one pixel, but that of '{file_path}' masks all of shape "
                f"{mask.shape}; pass `invert=True` if it is 1 where a pixel is used."
            )
        return mask if resized_mask_shape is None else mask.resized_from(resized_mask_shape)

    @classmethod
    def _of_shape(
        cls, size: str, function: Any, shape_native: Any, pixel_scales: Any, origin: Any, centre: Any, invert: bool, *args: Any
    ) -> Self:
        """Return the mask of a shape about a centre; `size` is the name of the argument that says how large it is."""
        shape, scales = _check.shape_native(shape_native), _check.pixel_scales(pixel_scales)
        middle = _check.pair(centre, "centre")
        masked = function(shape, scales, *args, middle)
        if masked.all():
            is_inside = all(abs(c) <= n * s / 2.0 for c, n, s in zip(middle, shape, scales, strict=True))
            raise ValueError(
                f"`{size if is_inside else 'centre'}` must leave at least one pixel used, but no pixel centre is in this "
                f"region about {middle} of an image of shape {shape} and pixel scales {scales}; enlarge it, or move it."
            )
        return cls(masked, scales, origin, invert)


def _check_radii(name: str, inner: float, outer: float) -> tuple[float, float]:
    inner, outer = _check.finite_number(inner, f"inner_{name}"), _check.positive_number(outer, f"outer_{name}")
    if not 0 <= inner < outer:
        raise ValueError(
            f"`inner_{name}` must be at least 0 and below `outer_{name}`, but is {inner} with {outer}; exchange them."
        )
    return inner, outer


def _check_ellipse(prefix: str, radius: float, axis_ratio: float, angle: float) -> tuple[float, float, float]:
    axis_ratio = _check.positive_number(axis_ratio, f"{prefix}axis_ratio")
    if axis_ratio > 1:
        raise ValueError(
            f"`{prefix}axis_ratio` must be minor over major axis, at most 1, but is {axis_ratio}; invert it, turn by 90."
        )
    return float(radius), axis_ratio, _check.finite_number(angle, f"{prefix}{'phi' if prefix else 'angle'}")
