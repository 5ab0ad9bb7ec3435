"""Points on a line from a centre to the edge of an image, for radial profiles; static NumPy."""

from typing import Any

import numpy as np

from .. import _check
from .geometry_2d import Geometry2D

# autoarray's shift of the points off a centre where a profile may be singular [arcsec].
_OFF_CENTRE = 1e-6


def _reach(geometry: Geometry2D, centre: tuple[float, float]) -> tuple[float, float]:
    """Return the distance from a centre to the furthest side of the image, and the pixel scale along it [arcsec]."""
    x_min, x_max, y_min, y_max = geometry.extent
    along_y, along_x = max(y_max - centre[0], centre[0] - y_min), max(x_max - centre[1], centre[1] - x_min)
    return (along_y, geometry.pixel_scales[0]) if along_y >= along_x else (along_x, geometry.pixel_scales[1])


def length(geometry: Geometry2D, centre: Any) -> int:
    """Return how many points, a pixel apart, reach from a centre to the furthest side of the image."""
    distance, pixel_scale = _reach(geometry, _check.pair(centre, "centre"))
    return int(distance / pixel_scale) + 1


def points(geometry: Geometry2D, centre: Any, angle: float, number: int | None = None) -> np.ndarray:
    """Return (y, x) of the points, turned clockwise from the x axis by an angle [degrees], shape (number, 2) [arcsec].

    A `number` of 0 or None is as many as reach the furthest side of the image.
    """
    centre = _check.pair(centre, "centre")
    _, pixel_scale = _reach(geometry, centre)
    number = _check.whole_number(0 if number is None else number, "shape_slim") or length(geometry, centre)
    along = pixel_scale * np.arange(number) + _OFF_CENTRE
    angle = _check.finite_number(angle, "angle")
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    y, x = _OFF_CENTRE * cosine - along * sine, along * cosine + _OFF_CENTRE * sine
    return np.stack([y + centre[0], x + centre[1]], axis=-1)
