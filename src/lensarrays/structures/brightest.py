"""The brightest pixel of an image, on values that can be looked at."""

from typing import Any

import numpy as np

from .. import _check

Region = tuple[float, float, float, float]


def _native(array: Any) -> np.ndarray:
    image = _check.static_array(array.native, "array")
    if image.ndim != 2:
        raise ValueError(f"`array` must be one image, but has values of shape {tuple(array.shape)}; take one of the batch.")
    return image


def brightest_pixel(array: Any, region: Region | None) -> tuple[int, int]:
    """Return the row and column of the brightest pixel in a region (y_min, y_max, x_min, x_max) [arcsec], or anywhere."""
    image = _native(array)
    if region is None:
        rows = columns = slice(None)
    else:
        (y_min, y_max, x_min, x_max), (dy, dx) = region, array.pixel_scales
        top, left = array.geometry.pixel_coordinates_2d_from((y_max - dy / 2.0, x_min + dx / 2.0))
        bottom, right = array.geometry.pixel_coordinates_2d_from((y_min + dy / 2.0, x_max - dx / 2.0))
        rows, columns = slice(max(top, 0), bottom + 1), slice(max(left, 0), right + 1)
    inside = image[rows, columns]
    if inside.size == 0:
        raise ValueError(
            f"`region` must be (y_min, y_max, x_min, x_max) and hold a pixel of the image, but is {region}; the extent of the "
            f"image, (x_min, x_max, y_min, y_max), is {array.geometry.extent}."
        )
    row, column = np.unravel_index(np.argmax(inside), inside.shape)
    return int(row) + (rows.start or 0), int(column) + (columns.start or 0)


def centroid(array: Any, pixel: tuple[int, int], box_size: int) -> tuple[float, float]:
    """Return the row and column of the centre of light of the box of pixels up to `box_size` away from one."""
    (row, column), image = pixel, _native(array)
    rows = np.arange(max(0, row - box_size), min(image.shape[0], row + box_size + 1))
    columns = np.arange(max(0, column - box_size), min(image.shape[1], column + box_size + 1))
    light = image[np.ix_(rows, columns)]
    total = light.sum()
    return float(light.sum(axis=1) @ rows / total), float(light.sum(axis=0) @ columns / total)
