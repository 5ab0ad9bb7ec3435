"""What grids share: distances, shifts and rotations of (y, x) coordinates."""

from typing import Any, Self

from .._backend import namespace, readonly
from .abstract import AbstractStructure, as_array
from .arithmetic import bare, with_values


class AbstractCoordinates(AbstractStructure):
    """A structure of (y, x) pairs, shape (..., n, 2) [arcsec]."""

    @property
    def in_radians(self) -> Self:
        """The coordinates in radians, taken to be in arcseconds."""
        return self * (3.141592653589793 / 648000.0)

    @property
    def scaled_minima(self) -> tuple[Any, Any]:
        """The smallest y and the smallest x [arcsec]."""
        xp = namespace(self.values)
        return xp.min(self.values[..., 0], axis=-1), xp.min(self.values[..., 1], axis=-1)

    @property
    def scaled_maxima(self) -> tuple[Any, Any]:
        """The largest y and the largest x [arcsec]."""
        xp = namespace(self.values)
        return xp.max(self.values[..., 0], axis=-1), xp.max(self.values[..., 1], axis=-1)

    @property
    def shape_native_scaled_interior(self) -> tuple[Any, Any]:
        """Height and width of the region that the coordinates span [arcsec]."""
        (y0, x0), (y1, x1) = self.scaled_minima, self.scaled_maxima
        return y1 - y0, x1 - x0

    def extent_with_buffer_from(self, buffer: float = 1e-8) -> list:
        """Return [x_min, x_max, y_min, y_max] of the coordinates, widened by a buffer [arcsec]."""
        (y0, x0), (y1, x1) = self.scaled_minima, self.scaled_maxima
        return [x0 - buffer, x1 + buffer, y0 - buffer, y1 + buffer]

    def grid_2d_via_deflection_grid_from(self, deflection_grid: Any) -> Self:
        """Return the coordinates less the deflections (..., n, 2) [arcsec]: where the rays come from."""
        return self - deflection_grid

    def subtracted_from(self, offset: Any) -> Self:
        """Return the coordinates less one offset (y, x) [arcsec]; the mask stays where it is."""
        return self - offset

    def astype(self, dtype: Any) -> Self:
        """Return the coordinates in another precision.

        Raises
        ------
        TypeError
            If `dtype` is not a floating one.
        """
        return with_values(self, in_precision(self.values, dtype))


def floating(values: Any, name: str = "values") -> Any:
    """Return `values` as an array, integers and booleans as the default float of their library: an integer is no angle."""
    values = as_array(values, name)
    xp = namespace(values)
    if not xp.isdtype(values.dtype, ("bool", "integral")):
        return values
    return readonly(xp.astype(values, xp.asarray(0.0).dtype))


def in_precision(values: Any, dtype: Any) -> Any:
    """Return an array in another floating data type."""
    xp = namespace(values)
    changed = xp.astype(values, dtype)
    if xp.isdtype(changed.dtype, ("bool", "integral")):
        raise TypeError(
            f"`dtype` must be a floating one, as coordinates and vectors are not integers, but is {changed.dtype}; "
            f"convert `.array` instead."
        )
    return readonly(changed)


def squared_distances(values: Any, coordinate: Any) -> Any:
    """Return the squared distance of each (y, x) of (..., n, 2) from one coordinate, shape (..., n) [arcsec^2]."""
    y, x = _two(coordinate, "coordinate")
    return (values[..., 0] - y) ** 2 + (values[..., 1] - x) ** 2


def shifted_and_rotated(values: Any, offset: Any, cosine: Any, sine: Any) -> Any:
    """Return (..., n, 2) less an offset, turned counter-clockwise by an angle."""
    values, (y0, x0) = floating(values), _two(offset, "offset")
    xp = namespace(values, y0, x0, cosine)
    y, x = xp.asarray(values[..., 0]) - y0, xp.asarray(values[..., 1]) - x0
    return xp.stack([x * sine + y * cosine, x * cosine - y * sine], axis=-1)


def cosine_and_sine(like: Any, angle: Any) -> tuple[Any, Any]:
    """Return the cosine and sine of an angle [degrees], in the library and precision of an array."""
    xp = namespace(like, angle)
    radians = xp.asarray(angle, dtype=floating(like).dtype) * (3.141592653589793 / 180.0)
    return xp.cos(radians), xp.sin(radians)


def root(squared: Any) -> Any:
    """Return the square root of what is not negative; its gradient at zero is zero, where that of `sqrt` is infinite."""
    xp = namespace(squared)
    is_zero = squared == 0  # and not `> 0`, which would make NaN a zero
    return xp.where(is_zero, 0.0, xp.sqrt(xp.where(is_zero, 1.0, squared)))


def polar_angle(y: Any, x: Any) -> Any:
    """Return the angle of (y, x) [radian]; it and its gradient are zero at the origin, where that of `atan2` is NaN."""
    xp = namespace(y, x)
    is_origin = (y == 0) & (x == 0)
    return xp.atan2(xp.where(is_origin, 0.0, y), xp.where(is_origin, 1.0, x))


def _two(value: Any, name: str) -> tuple[Any, Any]:
    """Return the y and x of a pair, which may be traced."""
    value = bare(value)
    shape = (len(value),) if isinstance(value, (list, tuple)) else tuple(getattr(value, "shape", ()))
    if shape[:1] != (2,):
        raise ValueError(f"`{name}` must be two numbers (y, x), but is {value!r}; write it as (0.0, 0.0), say.")
    return value[0], value[1]
