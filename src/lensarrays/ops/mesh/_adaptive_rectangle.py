"""What rectangular meshes share whose pixels follow the distribution of rays along each axis."""

import abc
from typing import Any

import equinox as eqx
import numpy as np

from ... import _check
from ..._backend import namespace
from ...structures import Mask2D
from ...structures.arithmetic import bare
from ..argument_types import check_array
from ..mapper import Mapper
from ._rectangle import (
    AbstractRectangular,
    base_points_from,
    cell_and_part,
    data_points_from,
    extent_of,
    grid_from,
    points_from,
    positions_to_table,
    rectangular_mapper,
)

_LEAST_WEIGHT = 1e-12  # of a pixel of the adapt image, before its power is taken


class AbstractAdaptiveRectangular(AbstractRectangular):
    """Pixels of equal parts of the rays, or of their weights, inside a ring of pixels that no ray needs."""

    centred: eqx.AbstractVar[bool]

    @abc.abstractmethod
    def _cumulative(self, points: Any, weights: Any, pixels: int, *, xp: Any) -> Any:
        """Return the cumulative distribution of points (..., n) along an axis with some pixels."""

    def _weights(self, adapt_data: Any, points: Any) -> Any:
        """Return the weights (..., n) of the points, adding up to 1, or None if all are the same."""
        return None

    def mapper_from(
        self,
        source_plane_data_grid: Any,
        *,
        mask: Mask2D,
        over_sample_size: Any,
        base_grid: Any = None,
        mesh_grid: Any = None,
        adapt_data: Any = None,
        split: bool = False,
    ) -> Mapper:
        """Return the interpolation of a source at the sub-pixels of an image; see `AbstractMesh.mapper_from`.

        Without over-sampling leave `base_grid` out, or pass the data grid itself: it is faster. `mesh_grid` is not used.
        Inside of `jit`, where rays cannot be looked at, those that all meet in one point give finite weights, and a NaN
        gives weights that are NaN.
        """
        points = data_points_from(source_plane_data_grid, mask, over_sample_size, split)
        base = base_points_from(points, base_grid, mask)
        xp = namespace(points, base, adapt_data)
        both = self._cumulatives(base, "source_plane_data_grid" if base is points else "base_grid", adapt_data, xp=xp)
        if base is not points:
            extent_of(points, "source_plane_data_grid", xp=xp)
        levels = [part.at_points if base is points else part.at(points[..., axis], xp=xp) for axis, part in enumerate(both)]
        (upward, upward_part), (column, column_part) = (
            _cell_and_part(level, pixels, self.centred, xp=xp) for level, pixels in zip(levels, self.shape, strict=True)
        )
        rows, columns = self.shape
        row = (rows - 1 - int(self.centred)) - upward
        table = positions_to_table(row, 1 - upward_part, column, column_part, columns, xp=xp)
        centres = grid_from(*self._lines(both, np.arange(rows), np.arange(columns), xp=xp), xp=xp)
        return rectangular_mapper(table, centres, mask, over_sample_size, self.shape)

    def edges_from(self, source_plane_data_grid: Any, *, base_grid: Any = None, adapt_data: Any = None) -> tuple[Any, Any]:
        """Return where rows (..., rows + 1) and columns (..., columns + 1) meet [arcsec]; see `AbstractRectangular`."""
        name = "source_plane_data_grid" if base_grid is None else "base_grid"
        points = points_from(source_plane_data_grid if base_grid is None else base_grid, name)
        xp = namespace(points, adapt_data)
        rows, columns = self.shape
        edges = np.arange(rows + 1) - 0.5, np.arange(columns + 1) - 0.5
        return self._lines(self._cumulatives(points, name, adapt_data, xp=xp), *edges, xp=xp)

    def _cumulatives(self, base: Any, name: str, adapt_data: Any, *, xp: Any) -> list[Any]:
        """Return the distributions of y and of x."""
        extent_of(base, name, xp=xp)
        weights = self._weights(adapt_data, base)
        return [self._cumulative(base[..., k], weights, pixels, xp=xp) for k, pixels in enumerate(self.shape)]

    def _lines(self, both: list[Any], rows: np.ndarray, columns: np.ndarray, *, xp: Any) -> tuple[Any, Any]:
        """Return y and x of rows and columns, given by numbers that are half for the edges between them."""
        upward = (self.shape[0] - int(self.centred)) - rows
        return _places(both[0], upward, self.shape[0], xp=xp), _places(both[1], columns, self.shape[1], xp=xp)


def weight_power(value: Any) -> float:
    """Return the power of the weights, which must be finite."""
    return _check.finite_number(value, "weight_power")


def weight_floor(value: Any) -> float:
    """Return the least weight, which must not be negative."""
    number = _check.finite_number(value, "weight_floor")
    if number < 0:
        raise ValueError(f"`weight_floor` must be zero or positive, but is {number}; 0 means that there is none.")
    return number


def image_weights(adapt_data: Any, points: Any, power: float, floor: float) -> Any:
    """Return weights (..., n) by the image of a source: clipped above zero, to a power, above a floor, adding up to 1."""
    if adapt_data is None:
        raise ValueError(
            "`adapt_data` must be the image of the source, which this mesh follows, but is None; pass that of an earlier fit, "
            "or use a mesh with AdaptDensity in its name."
        )
    image = bare(adapt_data)
    check_array(image, "adapt_data")
    if image.shape[-1:] != points.shape[-2:-1]:
        raise ValueError(
            f"`adapt_data` must have shape (..., {points.shape[-2]}), one value per pixel of the mask, but has shape "
            f"{tuple(image.shape)}; pass it with the mask of the data, and `base_grid` where there is over-sampling."
        )
    xp = namespace(image, points)
    image = xp.asarray(image, dtype=points.dtype)
    _check.finite(image, "adapt_data")
    if _check.fails(xp.any(image > 0, axis=-1)):
        raise ValueError(
            "`adapt_data` must be positive somewhere, but is zero or negative in all pixels; pass the image of the source, "
            "of which single negative pixels count as zero."
        )
    weights = xp.maximum(image, xp.asarray(_LEAST_WEIGHT, dtype=image.dtype))
    weights = weights if power == 1 else weights**power
    weights = xp.maximum(weights, xp.asarray(floor, dtype=image.dtype)) if floor > 0 else weights
    return weights / xp.sum(weights, axis=-1)[..., None]


def _cell_and_part(level: Any, pixels: int, centred: bool, *, xp: Any) -> tuple[Any, Any]:
    """Return the pixel, from the low end of an axis, below levels (..., m) from 0 to 1, and how far they are to the next.

    Level 0 is at pixel 1, and level 1 at the last but one. Centred, the ring of outer pixels is not even named with weight
    zero, which by rounding of level 1 it would be or not.
    """
    first = int(centred)
    cell, part = cell_and_part((pixels - 3) * level + (1 - first), max(pixels - 1 - 2 * first, 1), xp=xp)
    return cell + first, part


def _places(cumulative: Any, numbers: np.ndarray, pixels: int, *, xp: Any) -> Any:
    """Return where some pixels (..., k) of an axis are: beyond the outermost rays as if mirrored, so that all differ."""
    levels = (numbers - 1) / (pixels - 3) if pixels > 3 else numbers - 0.5
    inner = np.where(levels < 0, -levels, np.where(levels > 1, 2 - levels, levels))
    asked = np.concatenate([np.clip(inner, 0, 1), [0.0, 1.0]])
    found = cumulative.inverse(xp.asarray(asked, dtype=cumulative.at_points.dtype), xp=xp)
    inside, first, last = found[..., :-2], found[..., -2:-1], found[..., -1:]
    below, above = xp.asarray(levels < 0), xp.asarray(levels > 1)
    return xp.where(below, 2 * first - inside, xp.where(above, 2 * last - inside, inside))
