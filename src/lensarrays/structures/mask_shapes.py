"""Which pixels lie inside circles and ellipses: static NumPy, `True` = masked."""

from typing import Any

import numpy as np

from .._backend import namespace

Pair = tuple[float, float]
Shape = tuple[int, int]


def _offsets(shape_native: Shape, pixel_scales: Pair, centre: Pair) -> tuple[np.ndarray, np.ndarray]:
    """Return y (ny, 1), downwards as rows count, and x (1, nx) of the pixel centres from `centre` [arcsec]."""
    row = 0.5 * (shape_native[0] - 1) - centre[0] / pixel_scales[0]
    column = 0.5 * (shape_native[1] - 1) + centre[1] / pixel_scales[1]
    y, x = np.ogrid[: shape_native[0], : shape_native[1]]
    return (y - row) * pixel_scales[0], (x - column) * pixel_scales[1]


def _squared_radii(shape_native: Shape, pixel_scales: Pair, centre: Pair) -> np.ndarray:
    y, x = _offsets(shape_native, pixel_scales, centre)
    return x**2 + y**2


def _elliptical_radii(shape_native: Shape, pixel_scales: Pair, centre: Pair, axis_ratio: float, angle: float) -> np.ndarray:
    """Return the major-axis radius of the ellipse through each pixel centre; `angle` counter-clockwise from +x [degrees]."""
    y, x = _offsets(shape_native, pixel_scales, centre)
    radii = np.sqrt(x**2 + y**2)
    # Through the polar angle, as autoarray does it, so that a pixel centre on the boundary falls on the same side.
    theta = np.arctan2(y, x) + np.radians(angle)
    return np.sqrt((radii * np.cos(theta)) ** 2 + (radii * np.sin(theta) / axis_ratio) ** 2)


def circular(shape_native: Shape, pixel_scales: Pair, radius: float, centre: Pair) -> np.ndarray:
    """Mask all but the pixels with r < radius."""
    return _squared_radii(shape_native, pixel_scales, centre) >= radius**2


def circular_annular(shape_native: Shape, pixel_scales: Pair, inner: float, outer: float, centre: Pair) -> np.ndarray:
    """Mask all but the pixels with inner <= r <= outer."""
    squared = _squared_radii(shape_native, pixel_scales, centre)
    return ~((squared >= inner**2) & (squared <= outer**2))


def elliptical(shape_native: Shape, pixel_scales: Pair, radius: float, q: float, angle: float, centre: Pair) -> np.ndarray:
    """Mask all but the pixels with elliptical r <= radius."""
    return ~(_elliptical_radii(shape_native, pixel_scales, centre, q, angle) <= radius)


def elliptical_annular(
    shape_native: Shape, pixel_scales: Pair, inner: tuple[float, float, float], outer: tuple[float, float, float], centre: Pair
) -> np.ndarray:
    """Mask all but the pixels outside the inner ellipse and inside the outer; each is (major radius, axis ratio, angle)."""
    outside = _elliptical_radii(shape_native, pixel_scales, centre, *inner[1:]) >= inner[0]
    inside = _elliptical_radii(shape_native, pixel_scales, centre, *outer[1:]) <= outer[0]
    return ~(outside & inside)


def is_circular(masked: np.ndarray, box: tuple[Shape, Shape]) -> bool:
    """Return whether the used pixels, which fill a box of rows and columns, are those of a circle but for a tenth of them."""
    (y0, y1), (x0, x1) = box
    height, width = y1 - y0, x1 - x0
    if abs(height - width) > 1 or (max(height, width) <= 2 and height != width):
        return False
    if masked[(y0 + y1 - 1) // 2, (x0 + x1 - 1) // 2]:
        return False
    area = int(np.sum(~masked))
    row, column = 0.5 * (masked.shape[0] - 1), 0.5 * (masked.shape[1] - 1)
    centre = (row - 0.5 * (y0 + y1 - 1), 0.5 * (x0 + x1 - 1) - column)
    circle = circular(masked.shape, (1.0, 1.0), np.sqrt(area / np.pi), centre)
    return int(np.sum(masked != circle)) <= max(2, int(0.1 * area))


def grown(masked: np.ndarray, buffer: int) -> np.ndarray:
    """Return the mask with every used pixel's neighbours, up to `buffer` rows and columns away, used too."""
    return ~dilated(~masked, (2 * buffer + 1, 2 * buffer + 1))


def dilated(used: np.ndarray, box: Shape) -> np.ndarray:
    """Return which pixels have a used one within a box of odd sides centred on them: one running sum an axis."""
    for axis, side in enumerate(box):
        before, after = side // 2, side - 1 - side // 2
        width = [(0, 0), (0, 0)]
        width[axis] = (before + 1, after)
        total = np.cumsum(np.pad(used, width), axis=axis)
        n = used.shape[axis]
        upper, lower = np.arange(side, side + n), np.arange(n)
        used = np.take(total, upper, axis=axis) > np.take(total, lower, axis=axis)
    return used


def edge(masked: np.ndarray) -> np.ndarray:
    """Return which used pixels have a masked one, or the end of the image, among their eight neighbours."""
    masked_or_outside = np.pad(masked, 1, constant_values=True)
    return ~masked & dilated(masked_or_outside, (3, 3))[1:-1, 1:-1]


def border(masked: np.ndarray) -> np.ndarray:
    """Return which used pixels are the first ones seen from outside along a row or a column."""
    seen = np.zeros_like(masked)
    for view in (slice(None), slice(None, None, -1)):
        for axis in (0, 1):
            where = (view, slice(None)) if axis == 0 else (slice(None), view)
            seen[where] |= np.cumsum(~masked[where], axis=axis) == 1
    return seen & ~masked


def fitted(image: Any, shape: Shape, *, fill: float = 0) -> Any:
    """Return an image (..., ny, nx) cropped and padded to a shape about the pixel `shape // 2`, as autoarray does."""
    starts = [old // 2 - new // 2 for old, new in zip(image.shape[-2:], shape, strict=True)]
    return cut(image, starts, [start + new for start, new in zip(starts, shape, strict=True)], fill=fill)


def cut(image: Any, starts: list[int], stops: list[int], *, fill: float = 0) -> Any:
    """Return the window [start, stop) of an image (..., ny, nx); what lies beyond the image is `fill`."""
    xp = namespace(image)
    for axis, start, stop in zip((-2, -1), starts, stops, strict=True):
        size = image.shape[axis]
        lower, upper = min(max(start, 0), size), max(min(stop, size), 0)
        inside = image[..., lower:upper, :] if axis == -2 else image[..., lower:upper]
        image = xp.concat(
            [_filled(image, lower - start, axis, fill, xp=xp), inside, _filled(image, stop - upper, axis, fill, xp=xp)],
            axis=axis,
        )
    return image


def _filled(image: Any, width: int, axis: int, fill: float, *, xp: Any) -> Any:
    shape = list(image.shape)
    shape[axis] = width
    return xp.full(tuple(shape), fill, dtype=image.dtype)
