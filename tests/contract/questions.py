"""What is asked of objects: in groups, by what kind of object can answer."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import array_api_compat
import numpy as np

import lensarrays as la

Asked = dict[str, Callable[[Any], Any]]  # a name, a blank and a remark if need be -> what is asked of an object


def properties(*names: str) -> Asked:
    """Return what is asked for by the name of a property alone."""
    return {name: attrgetter(name) for name in names}


# Five rows and six columns of rectangular pixels, off the centre, masked at a corner, a side and inside.
MASKED = np.zeros((5, 6), dtype=bool)
MASKED[0, :2] = MASKED[4, 5] = MASKED[2, 3] = MASKED[1:, 0] = True
MASK = la.Mask2D(MASKED, pixel_scales=(0.1, 0.2), origin=(0.3, -0.2))
SIZES = 1 + np.arange(MASK.pixels_in_mask) % 3
SQUARE = la.Mask2D.circular((7, 7), radius=0.25, pixel_scales=0.1)
SMALLER = la.Mask2D(MASKED | (np.arange(6) == 4), pixel_scales=(0.1, 0.2), origin=(0.3, -0.2))
OFFSET, COORDINATE = (0.1, -0.3), (0.21, -0.17)


def numbers(xp: Any, *shape: int) -> Any:
    """Return positive numbers without order or ties."""
    n = int(np.prod(shape))
    return xp.asarray(((7 * np.arange(n) % n + 1) / n).reshape(shape) + 0.1 * np.sin(np.arange(n)).reshape(shape) ** 2)


def pairs(xp: Any, n: int) -> Any:
    """Return pairs of both signs."""
    return 3.0 * numbers(xp, n, 2) - 1.4


def array_of_the_list(a: Any) -> Any:
    """Return the array of `a.in_list`: Python numbers have no precision, and lists of lists are no array."""
    again = la.ArrayIrregular(a.in_list).array
    xp = array_api_compat.array_namespace(a.array)
    return xp.asarray(again, dtype=a.dtype)


ARRAY: Asked = {
    **properties("array", "values", "real", "imag"),
    "astype": lambda a: a.astype(a.dtype),
    "copy": lambda a: a.copy(),
    "at set": lambda a: a.at[..., 0].set(5.0),
    "at add": lambda a: a.at[...].add(a),
    "+": lambda a: (a + 1) + a,
    "+ reversed": lambda a: 1 + a,
    "-": lambda a: (a - 0.5) - 2 * a,
    "- reversed": lambda a: 1 - a,
    "*": lambda a: (a * 2) * a,
    "* reversed": lambda a: 2 * a,
    "/": lambda a: (a / 2) / (a + 10),
    "/ reversed": lambda a: 1 / (a + 10),
    "**": lambda a: a**2,
    "unary -": lambda a: -a,
    "unary +": lambda a: +a,
    "abs": lambda a: abs(a),
    "==": lambda a: a == a,
    "!=": lambda a: a != 1,
}
FLAT: Asked = {
    "sum": lambda a: a.sum(),
    "sum axis": lambda a: a.sum(axis=0, keepdims=True),
    "prod": lambda a: a.prod(),
    "mean": lambda a: a.mean(),
    "std": lambda a: a.std(),
    "var": lambda a: a.var(),
    "T": lambda a: a.T,
    "flatten": lambda a: a.flatten(),
    "reshape": lambda a: a.reshape(1, -1),
    "a[0]": lambda a: a[0, ...],
    "a[1:3]": lambda a: a[1:3, ...],
    "a[...]": lambda a: a[...],
    "iter": lambda a: list(a)[1],
}
ORDERED: Asked = {  # of real numbers only
    "min": lambda a: a.min(),
    "max": lambda a: a.max(),
    "argmin": lambda a: a.argmin(),
    "argmax": lambda a: a.argmax(),
    "all": lambda a: a.all(),
    "any": lambda a: a.any(),
    "sqrt": lambda a: (a**2 + 1).sqrt(),
    "<": lambda a: a < 0.5,
    "<=": lambda a: a <= a,
    ">": lambda a: a > 0.5,
    ">=": lambda a: a >= a + 1,
}
METADATA: Asked = properties("shape", "ndim", "size")
IRREGULAR: Asked = {
    "slim": lambda a: a.slim,
    "native": lambda a: a.native,
    "points a[1:3]": lambda a: a[1:3],
    "in_list": array_of_the_list,
}
UNIFORM: Asked = {
    **properties("native", "slim", "native_for_fits"),
    "apply_mask": lambda a: a.apply_mask(SMALLER),
    "resized_from smaller": lambda a: a.resized_from((3, 3)),
    "resized_from larger": lambda a: a.resized_from((8, 9), mask_pad_value=1.0),
    "padded_before_convolution_from": lambda a: a.padded_before_convolution_from((3, 5), mask_pad_value=1.0),
    "trimmed_after_convolution_from": lambda a: a.trimmed_after_convolution_from((3, 3)),
}
GEOMETRY: Asked = {
    **properties("mask", "shape_native", "shape_slim", "total_pixels", "pixel_scales", "origin", "geometry", "header_dict"),
    **properties("pixel_area", "total_area"),
    "derive_mask": lambda a: a.derive_mask.edge,
    "derive_indexes": lambda a: a.derive_indexes.border_slim,
    "derive_grid": lambda a: a.derive_grid.border,
}
COORDINATES: Asked = {
    **properties("in_radians", "scaled_minima", "scaled_maxima", "shape_native_scaled_interior"),
    "extent_with_buffer_from": lambda g: g.extent_with_buffer_from(buffer=0.5),
    "grid_2d_via_deflection_grid_from": lambda g: g.grid_2d_via_deflection_grid_from(0.1 * g.array),
    "subtracted_from": lambda g: g.subtracted_from(OFFSET),
    "subtracted_and_rotated_from": lambda g: g.subtracted_and_rotated_from(OFFSET, angle=30.0),
    "squared_distances_to_coordinate_from": lambda g: g.squared_distances_to_coordinate_from(COORDINATE),
    "distances_to_coordinate_from": lambda g: g.distances_to_coordinate_from(COORDINATE),
    "distances_to_coordinate_from itself": lambda g: g.distances_to_coordinate_from((0.0, 0.0)),
}
VECTORS: Asked = properties("y", "x", "magnitudes", "average_magnitude", "average_phi")


def without(asked: Asked, *names: str) -> Asked:
    """Return what is asked but for some names."""
    return {name: function for name, function in asked.items() if name.split()[0] not in names}
