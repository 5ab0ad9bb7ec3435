"""What meshes of vertices have in common: their checks, the points around each vertex, and those that are zeroed."""

import abc
import math
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import numpy as np

from ... import _check
from ..._backend import namespace
from ...structures import Mask2D
from ...structures.sub_pixels import sizes_per_pixel
from ..mapper import Mapper, summed_last
from .abstract import AbstractMesh

# Fewer vertices than this have no triangulation, or nothing to choose about it.
_FEWEST_VERTICES = 4
# The points around a vertex: above, below, to the right and to the left, (y, x).
_DIRECTIONS = ((1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0))


class Interpolation(NamedTuple):
    """Which vertices each of p points sees and by which weights, (..., p, k), and the neighbours of vertices, (..., s, j)."""

    indexes: Any
    weights: Any
    neighbors: Any


class AbstractVertexMesh(AbstractMesh):
    """A mesh whose pixels are vertices that were traced to the source plane: `mesh_grid`."""

    needs_mesh_grid: ClassVar[bool] = True
    counts_zero_weights: ClassVar[bool] = True
    zeroed_pixels: eqx.AbstractVar[int]

    @abc.abstractmethod
    def _interpolation_from(self, vertices: Any, points: Any, *, split: bool, xp: Any) -> Interpolation:
        """Return the interpolation at points (..., m, 2), followed by, if `split`, the four around each vertex (..., 4s, 2)."""

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
        _check_grids(source_plane_data_grid, mesh_grid, mask, over_sample_size)
        xp = namespace(source_plane_data_grid, mesh_grid)
        points, vertices = xp.asarray(source_plane_data_grid), xp.asarray(mesh_grid)
        indexes, weights, neighbors = self._interpolation_from(vertices, points, split=split, xp=xp)
        m = points.shape[-2]
        return Mapper(
            indexes=indexes[..., :m, :],
            weights=weights[..., :m, :],
            mesh_grid=vertices,
            neighbors=neighbors,
            split_indexes=indexes[..., m:, :] if split else None,
            split_weights=weights[..., m:, :] if split else None,
            mask=mask,
            over_sample_size=over_sample_size,
            shape_native=None,
            counts_zero_weights=self.counts_zero_weights,
        )

    def edge_pixels(self, mapper: Mapper) -> np.ndarray | None:
        if not self.zeroed_pixels:
            return None
        if self.zeroed_pixels >= mapper.pixels:
            raise ValueError(
                f"`zeroed_pixels` must leave some of the {mapper.pixels} vertices of the mesh, but is {self.zeroed_pixels}; "
                f"give the number of points that `append_with_circle_edge_points` added."
            )
        return np.arange(mapper.pixels) >= mapper.pixels - self.zeroed_pixels


def _check_grids(points: Any, vertices: Any, mask: Mask2D, over_sample_size: Any) -> None:
    """Raise if the points are not those of the sub-pixels, or the vertices no vertices."""
    if vertices is None:
        raise ValueError(
            "`mesh_grid` must be given to a mesh that is made of vertices, but is None; make one by an image mesh, as "
            "`la.image_mesh.Hilbert(pixels=1000)`, and trace it to the source plane."
        )
    m = int(np.sum(sizes_per_pixel(over_sample_size, mask.pixels_in_mask) ** 2))
    if tuple(points.shape[-2:]) != (m, 2):
        raise ValueError(
            f"`source_plane_data_grid` must have shape (..., {m}, 2), one point for each sub-pixel, but has shape "
            f"{tuple(points.shape)}; trace `grid.over_sampled`."
        )
    if len(vertices.shape) < 2 or vertices.shape[-1] != 2 or vertices.shape[-2] < _FEWEST_VERTICES:
        raise ValueError(
            f"`mesh_grid` must have shape (..., s, 2), at least {_FEWEST_VERTICES} vertices (y, x), but has shape "
            f"{tuple(vertices.shape)}; give more pixels to the image mesh."
        )
    _check.finite(points, "source_plane_data_grid")
    _check.finite(vertices, "mesh_grid")


def cell_areas(vertices: Any, triangles: Any, *, xp: Any) -> Any:
    """Return the areas (..., s) of the cells of vertices: a third of each triangle (..., t, 3) that has it for a corner."""
    y, x = (components_at(vertices, triangles, axis, xp=xp) for axis in (0, 1))
    first_y, first_x = y[..., 1] - y[..., 0], x[..., 1] - x[..., 0]
    second_y, second_x = y[..., 2] - y[..., 0], x[..., 2] - x[..., 0]
    areas = xp.abs(first_y * second_x - first_x * second_y) / 6
    return summed_last(triangles, xp.broadcast_to(areas[..., None], y.shape), vertices.shape[-2])


def square_root(values: Any, *, xp: Any) -> Any:
    """Return the square root, whose derivative at zero is zero."""
    is_zero = values <= 0
    return xp.where(is_zero, 0.0, xp.sqrt(xp.where(is_zero, 1.0, values)))


def steps_from(vertices: Any, triangles: Any, factor: float, *, xp: Any) -> Any:
    """Return how far from each vertex its split points are, shape (..., s)."""
    return factor * square_root(cell_areas(vertices, triangles, xp=xp), xp=xp)


def components_at(vertices: Any, indexes: Any, axis: int, *, xp: Any) -> Any:
    """Return y (axis 0) or x (axis 1) of vertices (..., s, 2) at indexes (..., p, k)."""
    flat = xp.reshape(indexes, (*indexes.shape[:-2], -1))
    component = vertices[..., axis]
    if len(flat.shape) == 1:
        taken = xp.take(component, flat, axis=-1)
    else:
        taken = xp.take_along_axis(xp.broadcast_to(component, (*flat.shape[:-1], component.shape[-1])), flat, axis=-1)
    return xp.reshape(taken, (*taken.shape[:-1], *indexes.shape[-2:]))


def number_of_points(points: Any, vertices: Any, *, split: bool) -> int:
    """Return how many points there are with those around the vertices."""
    return points.shape[-2] + (len(_DIRECTIONS) * vertices.shape[-2] if split else 0)


def with_points_around(points: Any, vertices: Any, steps: Any, *, xp: Any) -> Any:
    """Return points (..., m, 2), and after them those above, below, to the right and to the left of vertices, (..., 4s, 2).

    These are `steps` (..., s) away; if that is None, there are none.
    """
    if steps is None:
        return points
    around = vertices[..., None, :] + steps[..., None, None] * xp.asarray(_DIRECTIONS, dtype=vertices.dtype)
    around = xp.reshape(around, (*around.shape[:-3], -1, 2))
    batch = np.broadcast_shapes(points.shape[:-2], around.shape[:-2])
    return xp.concat([xp.broadcast_to(part, (*batch, *part.shape[-2:])) for part in (points, around)], axis=-2)


def checked_factor(value: Any, name: str) -> float:
    """Return a finite number that is not negative."""
    number = _check.finite_number(value, name)
    if number < 0 or math.isinf(number):
        raise ValueError(f"`{name}` must be zero or positive, but is {value!r}; autolens's default is a good one.")
    return number
