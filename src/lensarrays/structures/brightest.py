"""The brightest pixel of an image, on values that can be looked at."""

from typing import Any

import numpy as np

from .. import _check

Region = tuple[float, float, float, float]


def _native(array: Any) -> np.ndarray:
    image = _check.static_array(array.native, "array")
    if image.ndim != 2:
        raise ValueError(f"`array` must be one image, but has values of shape {tuple(array.shape)}; take one of the batch.")
    _check.finite(array.values, "array")
    return image


def _region_slices(array: Any, region: Any) -> tuple[slice, slice]:
    """Return the rows and columns of the pixels in a region [arcsec]."""
    edges = _check.static_array(region, "region")
    if edges.shape != (4,) or edges.dtype.kind not in "iuf" or not np.isfinite(edges).all():
        raise ValueError(
            f"`region` must be four finite numbers (y_min, y_max, x_min, x_max), but is {region!r}; give them in arcseconds."
        )
    (y_min, y_max, x_min, x_max), (dy, dx) = map(float, edges), array.pixel_scales
    top, left = array.geometry.pixel_coordinates_2d_from((y_max - dy / 2.0, x_min + dx / 2.0))
    bottom, right = array.geometry.pixel_coordinates_2d_from((y_min + dy / 2.0, x_max - dx / 2.0))
    return slice(max(top, 0), max(bottom + 1, 0)), slice(max(left, 0), max(right + 1, 0))


def brightest_pixel(array: Any, region: Region | None) -> tuple[int, int]:
    """Return the row and column of the brightest used pixel in a region (y_min, y_max, x_min, x_max) [arcsec], or anywhere."""
    rows, columns = (slice(0, None), slice(0, None)) if region is None else _region_slices(array, region)
    inside = np.where(array.mask.array, -np.inf, _native(array))[rows, columns]
    if inside.size == 0 or np.isneginf(inside).all():
        raise ValueError(
            f"`region` must be (y_min, y_max, x_min, x_max) and hold a used pixel of the image, but is {region}; the extent of "
            f"the image, (x_min, x_max, y_min, y_max), is {array.geometry.extent}."
        )
    row, column = np.unravel_index(np.argmax(inside), inside.shape)
    return int(row) + rows.start, int(column) + columns.start


def centroid(array: Any, pixel: tuple[int, int], box_size: int) -> tuple[float, float]:
    """Return the row and column of the centre of light of the box of pixels up to `box_size` away from one."""
    (row, column), image = pixel, _native(array)
    box_size = _check.whole_number(box_size, "box_size")
    rows = np.arange(max(0, row - box_size), min(image.shape[0], row + box_size + 1))
    columns = np.arange(max(0, column - box_size), min(image.shape[1], column + box_size + 1))
    light = image[np.ix_(rows, columns)]
    total = light.sum()
    if not total > 0:
        raise ValueError(
            f"`array` must have a positive sum in the box about its brightest pixel, to have a centre of light, but it is "
            f"{float(total):.6g}; subtract the background, or use `brightest_coordinate_in_region_from`."
        )
    return float(light.sum(axis=1) @ rows / total), float(light.sum(axis=0) @ columns / total)
