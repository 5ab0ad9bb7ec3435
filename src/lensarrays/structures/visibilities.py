"""What an interferometer measures: complex numbers."""

from typing import Any, Self

import numpy as np
from jaxtyping import Shaped

from .. import _check
from .._backend import namespace, readonly
from .._typing import Array
from . import fits
from .abstract import as_array, owned
from .array_irregular import AbstractIrregular
from .coordinates import polar_angle, root
from .grid_2d_irregular import Grid2DIrregular


class Visibilities(AbstractIrregular):
    """The complex visibilities of an interferometer, one per baseline and time.

    Parameters
    ----------
    values : complex array or list, shape (..., n)
        Visibilities, or their noise, whose real and imaginary part are those of the real and imaginary part [Jy].
        Real numbers of shape (n, 2) are taken as real and imaginary parts. A writeable NumPy array is copied.

    Raises
    ------
    ValueError
        If real values do not have a last axis of length two.

    Examples
    --------
    >>> from lensarrays import Visibilities
    >>> Visibilities([3 + 4j]).amplitudes
    array([5.])
    """

    values: Shaped[Array, "... n"]

    def __init__(self, values: Any):
        values = as_array(values)
        xp = namespace(values)
        if not xp.isdtype(values.dtype, "complex floating"):
            values = readonly(_complex_from_pairs(values, xp=xp))
        self.values = owned(values)

    @property
    def in_array(self) -> Any:
        """The real and imaginary parts, bare, shape (..., n, 2)."""
        xp = namespace(self.values)
        if not xp.isdtype(self.values.dtype, "complex floating"):
            return xp.stack([self.values, xp.zeros_like(self.values)], axis=-1)
        return xp.stack([xp.real(self.values), xp.imag(self.values)], axis=-1)

    @property
    def in_grid(self) -> Grid2DIrregular:
        """The real and imaginary parts as points, shape (..., n, 2)."""
        return Grid2DIrregular(readonly(self.in_array))

    @property
    def amplitudes(self) -> Any:
        """The absolute values, bare, shape (..., n); their gradient at zero is zero."""
        return root(_sum_of_squares(self.in_array))

    @property
    def phases(self) -> Any:
        """The arguments, bare, shape (..., n) [radian]."""
        parts = self.in_array
        return polar_angle(parts[..., 1], parts[..., 0])

    @property
    def scaled_minima(self) -> tuple[Any, Any]:
        """The smallest real part and the smallest imaginary part."""
        xp, parts = namespace(self.values), self.in_array
        return xp.min(parts[..., 0], axis=-1), xp.min(parts[..., 1], axis=-1)

    @property
    def scaled_maxima(self) -> tuple[Any, Any]:
        """The largest real part and the largest imaginary part."""
        xp, parts = namespace(self.values), self.in_array
        return xp.max(parts[..., 0], axis=-1), xp.max(parts[..., 1], axis=-1)

    @classmethod
    def full(cls, fill_value: complex, shape_slim: Any, *, xp: Any = np) -> Self:
        """Return visibilities of one value, `1` standing for `1 + 1j` as in autoarray, as arrays of the library `xp`.

        Raises
        ------
        ValueError
            If the value is not one finite number, or `shape_slim` not a positive number of visibilities, as n or (n,).
        """
        shape = _check.static_array(shape_slim, "shape_slim")
        if shape.shape not in ((), (1,)) or shape.dtype.kind not in "iu" or shape.min() < 1:
            raise ValueError(
                f"`shape_slim` must be the number of visibilities, as (n,) or n, but is {shape_slim!r}; give one or more."
            )
        value = _check.static_array(fill_value, "fill_value")
        if value.shape != () or value.dtype.kind not in "biufc" or not np.isfinite(value):
            raise ValueError(f"`fill_value` must be one finite number, but is {fill_value!r}; give a Python number.")
        both = complex(value) if value.dtype.kind == "c" else complex(value, value)
        return cls(readonly(xp.full((int(shape.min()),), both)))

    @classmethod
    def ones(cls, shape_slim: Any, *, xp: Any = np) -> Self:
        """Return visibilities of `1 + 1j`, as arrays of the library `xp`."""
        return cls.full(1.0, shape_slim, xp=xp)

    @classmethod
    def zeros(cls, shape_slim: Any, *, xp: Any = np) -> Self:
        """Return visibilities of zero, as arrays of the library `xp`."""
        return cls.full(0.0, shape_slim, xp=xp)

    @classmethod
    def from_fits(cls, file_path: Any, hdu: int | str = 0, *, xp: Any = np) -> Self:
        """Return the visibilities in a FITS image of real and imaginary parts, shape (n, 2).

        Raises
        ------
        FileNotFoundError, OSError
            If there is no such file, or it is not a FITS image.
        ValueError
            If the image is not of shape (n, 2), or a value is not finite.
        """
        image = fits.read_image(file_path, hdu)
        _check.finite(image.values, "values", "drop these visibilities")
        return cls(xp.asarray(_complex_from_pairs(image.values, xp=namespace(image.values))))

    def output_to_fits(self, file_path: Any, overwrite: bool = False) -> None:
        """Write real and imaginary parts as a FITS image of shape (n, 2).

        Raises
        ------
        FileExistsError
            If the file exists and `overwrite` is not set.
        """
        fits.write_images(file_path, [("visibilities", self.in_array)], overwrite=overwrite)


def _sum_of_squares(parts: Any) -> Any:
    return parts[..., 0] ** 2 + parts[..., 1] ** 2


def _complex_from_pairs(values: Any, *, xp: Any) -> Any:
    if len(values.shape) < 2 or values.shape[-1] != 2:
        raise ValueError(
            f"`values` must be complex, or real and imaginary parts of shape (n, 2), but are {values.dtype} of shape "
            f"{tuple(values.shape)}; write `real + 1j * imag`."
        )
    return values[..., 0] + 1j * values[..., 1]
