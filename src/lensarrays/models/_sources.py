"""From the pixelizations of a tracer to mappers and regularisations: rays are traced, relocated, and put on meshes."""

from typing import Any, NamedTuple

import numpy as np

from .. import _check
from .._backend import namespace
from ..ops.mapper import Mapper
from ..ops.mesh.border_relocator import border_ellipse_from
from ..structures import Grid2D
from ._evaluate import checked_namespace, pairs
from .pixelization import Pixelization
from .tracer import Tracer


class Sources(NamedTuple):
    """The sources that a fit reconstructs, in the order in which the tracer was given their galaxies.

    Attributes
    ----------
    galaxies : tuple of int
        The place of each among the galaxies; static.
    mappers : tuple of Mapper
    terms : tuple of SparseTerms or DenseTerms
    edges : tuple of (array of bool, shape (s,), or None)
        The pixels on the edge of each mesh; static.
    are_spread : array of bool, shape (...)
        Whether rays end at more than one point of every source plane.
    """

    galaxies: tuple[int, ...]
    mappers: tuple[Mapper, ...]
    terms: tuple[Any, ...]
    edges: tuple[Any, ...]
    are_spread: Any


def sources_from(tracer: Tracer, grid: Grid2D, *, use_border_relocator: bool) -> Sources:
    """Return the sources of all galaxies with a pixelization, for a grid that is over-sampled for them."""
    members = tuple(i for i, galaxy in enumerate(tracer.galaxies) if galaxy.pixelization is not None)
    if not members:
        return Sources((), (), (), (), True)
    xp = checked_namespace(grid, tracer)
    pixelizations = [tracer.galaxies[i].pixelization for i in members]
    centres = xp.asarray(grid.values)
    is_fine = not (isinstance(grid.over_sample_size, int) and grid.over_sample_size == 1)
    parts = [centres, *([xp.asarray(grid.over_sampled.values)] if is_fine else [])]
    parts += [xp.asarray(v, dtype=centres.dtype) for v in (vertices_of(p, grid) for p in pixelizations) if v is not None]
    traced = _traced(tracer, members, parts, xp=xp)
    are_spread = _are_spread([at_centres for at_centres, *_ in traced], centres, xp=xp)
    mappers, terms = [], []
    for pixelization, (at_centres, *rest) in zip(pixelizations, traced, strict=True):
        relocate = _relocation(at_centres, grid) if use_border_relocator else lambda points: points
        base = relocate(at_centres)
        fine = relocate(rest.pop(0)) if is_fine else base
        vertices = rest[_place(pixelization, pixelizations)] if pixelization.mesh.needs_mesh_grid else None
        mapper = _mapper(pixelization, grid, base, fine, None if vertices is None else relocate(vertices))
        mappers.append(mapper)
        terms.append(pixelization.regularization.terms_from(mapper, adapt_data_of(pixelization)))
    edges = tuple(p.mesh.edge_pixels(mapper) for p, mapper in zip(pixelizations, mappers, strict=True))
    return Sources(members, tuple(mappers), tuple(terms), edges, are_spread)


def _are_spread(traced: list, centres: Any, *, xp: Any) -> Any:
    """Return whether rays end at more than one point of each plane, up to rounding; raise if that can be seen and is not so."""

    def extent(points: Any) -> Any:
        y, x = points[..., 0], points[..., 1]
        return xp.maximum(xp.max(y, axis=-1) - xp.min(y, axis=-1), xp.max(x, axis=-1) - xp.min(x, axis=-1))

    least = 16 * xp.finfo(centres.dtype).eps * extent(centres)
    are_spread = xp.all(xp.stack([extent(points) > least for points in traced]), axis=0)
    if centres.shape[-2] > 1 and _check.fails(are_spread):
        raise ValueError(
            "`tracer` must bring rays to more than one point of a source plane, but all end at the same; lower the mass of the "
            "lens."
        )
    return are_spread | xp.asarray(centres.shape[-2] == 1)


def vertices_of(pixelization: Pixelization, grid: Grid2D) -> Any:
    """Return the vertices (s, 2) of a mesh in the image plane [arcsec], or None if it is not made of such."""
    if not pixelization.mesh.needs_mesh_grid:
        return None
    if pixelization.mesh_grid is not None:
        return pixelization.mesh_grid.values
    return pixelization.image_mesh.image_plane_mesh_grid_from(grid.mask, adapt_data_of(pixelization)).values


def adapt_data_of(pixelization: Pixelization) -> Any:
    """Return the bare adapt image of a pixelization, or None."""
    return None if pixelization.adapt_image is None else pixelization.adapt_image.values


def _place(pixelization: Pixelization, pixelizations: list[Pixelization]) -> int:
    """Return which of the sets of vertices is that of a pixelization."""
    with_vertices = [p for p in pixelizations if p.mesh.needs_mesh_grid]
    return next(k for k, p in enumerate(with_vertices) if p is pixelization)


def _traced(tracer: Tracer, members: tuple[int, ...], parts: list, *, xp: Any) -> list[list]:
    """Return where points, joined for the way, are on the planes of some galaxies: for each galaxy the parts again."""
    ends = np.cumsum([part.shape[-2] for part in parts])
    points = parts[0] if len(parts) == 1 else xp.concat(parts, axis=-2)
    positions = tracer._traced_to(members, points[..., 0], points[..., 1], xp=xp)
    joined = [pairs(y, x, xp=xp) for y, x in positions]
    return [
        [whole[..., int(end) - part.shape[-2] : int(end), :] for end, part in zip(ends, parts, strict=True)] for whole in joined
    ]


def _relocation(at_centres: Any, grid: Grid2D) -> Any:
    """Return the function that brings points that are traced beyond the border of the mask back to it."""
    xp = namespace(at_centres)
    border = xp.asarray(grid.mask.derive_indexes.border_slim)
    return border_ellipse_from(xp.take(at_centres, border, axis=-2)).relocated_grid_from


def _mapper(pixelization: Pixelization, grid: Grid2D, at_centres: Any, fine: Any, vertices: Any) -> Mapper:
    return pixelization.mesh.mapper_from(
        fine,
        mask=grid.mask,
        over_sample_size=grid.over_sample_size,
        base_grid=at_centres,
        mesh_grid=vertices,
        adapt_data=adapt_data_of(pixelization),
        split=pixelization.regularization.needs_split,
    )
