"""What kind of object an argument must be: one error for all that are of another."""

from types import NoneType
from typing import Any, get_args

_CURES = {
    "Array2D": "make one with `Array2D.no_mask(values, pixel_scales)`",
    "Grid2D": "make one with `Grid2D.uniform(shape_native, pixel_scales)`",
    "Imaging": "make one with `Imaging(data, noise_map)`",
    "Kernel2D": "make one with `Kernel2D.no_mask(values, pixel_scales)`",
    "Mask2D": "make one with `Mask2D(mask, pixel_scales)`",
    "Interferometer": "make one with `Interferometer(data, noise_map, uv_wavelengths, real_space_mask)`",
    "Tracer": "make one with `Tracer(galaxies)`",
    "Visibilities": "make one with `Visibilities(values)`",
    "WTilde": "make one with `WTilde.from_uv_wavelengths(uv_wavelengths, noise_map, real_space_mask)`",
}


def check_types(**arguments: tuple[Any, Any]) -> None:
    """Raise unless each argument, given as (value, type), is of its type; `type | None` lets None pass, and a union any."""
    for name, (value, kind) in arguments.items():
        if not isinstance(value, kind):
            names = [part.__name__ for part in get_args(kind) or (kind,) if part is not NoneType]
            cure = _CURES.get(names[0], "pass " + " or ".join(f"`{part}()`" for part in names))
            given = f"the string {value!r}" if isinstance(value, str) else type(value).__name__
            raise TypeError(f"`{name}` must be of type {' or '.join(names)}, but is {given}; {cure}.")


def check_array(value: Any, name: str) -> None:
    """Raise unless an argument is an array of some library, or a structure."""
    if not hasattr(value, "shape") or not hasattr(value, "dtype"):
        raise TypeError(f"`{name}` must be an array, but is {type(value).__name__}; convert it with `numpy.asarray`.")
