"""The images of profiles whose intensities a fit solves for, each of intensity one: the columns of a matrix."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from .._backend import recomputed
from ..structures import Grid2D
from ._evaluate import checked_namespace, in_blocks
from ._light_points import LightPoints, light_points
from ._profile import PAIRS, batch_shape, parameter, parameter_pair
from .galaxy import Galaxy
from .light.abstract import AbstractLinearLightProfile
from .lp_basis import Basis
from .tracer import Points, Tracer

_LEAST_SQUARE = 1e-300  # of a width [arcsec^2]


class LinearColumns(NamedTuple):
    """Which columns are those of a linear profile: from `start` to before `stop`, more than one if its parameters are arrays.

    Columns are in the order of the galaxies as they were given to the tracer, of the profiles of each, those of a basis one by
    one where the basis is, and of the elements of arrays.
    """

    galaxy: int  # its place among the galaxies
    profile: int  # its place among the linear profiles of the galaxy
    start: int
    stop: int


class LightImages(NamedTuple):
    """What a fit needs of the light of a tracer, at the n used pixels and then at the b blurring pixels.

    Attributes
    ----------
    ordinary : array, shape (..., n + b), or None
        The light that is known before the fit; None if there is none.
    columns : array, shape (..., g, n + b)
        The images of the linear profiles, of intensity one.
    members : tuple of LinearColumns
        Which columns are those of which profile; static.
    """

    ordinary: Any
    columns: Any
    members: tuple[LinearColumns, ...]


def linear_columns_of(galaxies: Sequence[Galaxy]) -> tuple[LinearColumns, ...]:
    """Return which columns belong to which linear profile of some galaxies."""
    members: list[LinearColumns] = []
    for i, galaxy in enumerate(galaxies):
        for j, profile in enumerate(galaxy._linear_light):
            start = members[-1].stop if members else 0
            members.append(LinearColumns(i, j, start, start + profile.total_columns))
    return tuple(members)


def light_images_from(
    tracer: Tracer, grid: Grid2D, blurring_grid: Grid2D | None = None, *, only: int | None = None
) -> LightImages:
    """Return the lensed images of all light of a tracer but that of pixelizations; rays are traced once.

    Parameters
    ----------
    tracer : Tracer
    grid : Grid2D
        Of an image; its over-sampling applies to the used pixels.
    blurring_grid : Grid2D, optional
        The pixels around, which are not over-sampled, as in autoarray.
    only : int, optional
        The place of the one galaxy whose ordinary light is asked for; then there are no columns.

    Returns
    -------
    LightImages
        In the precision of the grid.
    """
    xp = checked_namespace(grid, tracer)
    points = light_points(grid.mask, grid.over_sample_size, None if blurring_grid is None else blurring_grid.mask)
    dtype = xp.asarray(grid.values).dtype  # JAX may have no float64
    y, x = (xp.astype(xp.asarray(axis), dtype, copy=False) for axis in (points.y, points.x))
    members = linear_columns_of(tracer.galaxies) if only is None else ()
    lit = {i for i, galaxy in enumerate(tracer.galaxies) if galaxy._ordinary_light and only in (None, i)}
    needed = sorted(lit | {member.galaxy for member in members})
    positions = dict(zip(needed, tracer._traced_to(needed, y, x, xp=xp), strict=True))
    ordinary = None
    if lit:
        ordinary = points.means(sum(tracer.galaxies[i]._image(*positions[i], xp=xp) for i in sorted(lit)), xp=xp)
    return LightImages(ordinary, _columns(tracer, members, positions, y, points, xp=xp), members)


def with_intensities(tracer: Tracer, intensities: Any) -> Tracer:
    """Return a tracer whose linear profiles are ordinary ones, with intensities (g,) that a fit has solved for."""
    members = iter(linear_columns_of(tracer.galaxies))
    galaxies = [
        Galaxy(
            redshift=galaxy.redshift,
            light=[_solved(profile, members, intensities) for profile in galaxy.light],
            mass=galaxy.mass,
            pixelization=galaxy.pixelization,
        )
        for galaxy in tracer.galaxies
    ]
    return Tracer(galaxies, tracer.cosmology, halo_method=tracer.halo_method)


def _solved(profile: Any, members: Iterator[LinearColumns], intensities: Any, *, in_basis: bool = False) -> Any:
    """Return a profile with its intensity; one that stands for many becomes a basis, which is their sum."""
    if isinstance(profile, Basis):
        return Basis([_solved(part, members, intensities, in_basis=True) for part in profile.profile_list])
    if not isinstance(profile, AbstractLinearLightProfile):
        return profile
    own = next(members)
    if not batch_shape(profile):
        return profile.with_intensity(intensities[own.start])
    solved = profile.with_intensity(intensities[own.start : own.stop])
    return solved if in_basis else Basis(solved)


def _columns(
    tracer: Tracer,
    members: Sequence[LinearColumns],
    positions: dict[int, Points],
    like: Any,
    points: LightPoints,
    *,
    xp: Any,
) -> Any:
    """Return columns (..., g, pixels), means over sub-pixels, for positions on the planes of galaxies."""
    if not members:
        return xp.zeros((0, points.pixels.size), dtype=like.dtype)
    families = _families(tracer, members)
    rows = [[row for m in family for row in range(m.start, m.stop)] for family, _ in families]
    unit = [(_joined(profiles, like, xp=xp), *positions[family[0].galaxy]) for family, profiles in families]
    if all(_is_for_numba(profile, y) for profile, y, _ in unit):
        return _gaussians(unit, rows, points)
    columns = [_unit_images(*one, points, xp=xp) for one in unit]
    batch = np.broadcast_shapes(*(column.shape[:-2] for column in columns))
    joined = [xp.broadcast_to(column, (*batch, *column.shape[-2:])) for column in columns]
    matrix = joined[0] if len(joined) == 1 else xp.concat(joined, axis=-2)
    order = [row for own in rows for row in own]
    return matrix if order == sorted(order) else xp.take(matrix, xp.asarray(np.argsort(order)), axis=-2)


def _families(tracer: Tracer, members: Sequence[LinearColumns]) -> list[tuple[list[LinearColumns], list[Any]]]:
    """Return the profiles of one class on one plane together: they are evaluated, and compiled, as one."""
    plane_of = {i: k for k, members in enumerate(tracer.plane_members) for i in members}
    profiles = (profile for galaxy in tracer.galaxies for profile in galaxy._linear_light)
    families: dict[tuple, tuple[list[LinearColumns], list[Any]]] = {}
    for member, profile in zip(members, profiles, strict=True):
        family = families.setdefault((plane_of[member.galaxy], type(profile)), ([], []))
        family[0].append(member)
        family[1].append(profile)
    return list(families.values())


def _joined(profiles: Sequence[AbstractLinearLightProfile], like: Any, *, xp: Any) -> AbstractLinearLightProfile:
    """Return profiles of one class as one with arrays of parameters. Those that share a centre go on sharing it."""
    if len(profiles) == 1:
        return profiles[0]

    def joined(values: list[Any], sizes: list[int]) -> Any:
        arrays = [xp.asarray(value, dtype=like.dtype) for value in values]
        return xp.concat([xp.broadcast_to(array, (size,)) for array, size in zip(arrays, sizes, strict=True)])

    sizes = [profile.total_columns for profile in profiles]
    parameters: dict[str, Any] = {}
    for field in dataclasses.fields(profiles[0]):
        values = [getattr(profile, field.name) for profile in profiles]
        if field.name not in PAIRS:
            parameters[field.name] = joined(values, sizes)
        elif all(_is_the_same(value, values[0]) for value in values):
            parameters[field.name] = values[0]
        else:
            pairs = [value if isinstance(value, tuple) else (value[..., 0], value[..., 1]) for value in values]
            parameters[field.name] = tuple(joined(list(parts), sizes) for parts in zip(*pairs, strict=True))
    return type(profiles[0])(**parameters)


def _is_the_same(pair: Any, other: Any) -> bool:
    """Return whether two pairs are known to be one and the same pair of numbers, without a look at arrays."""
    if isinstance(pair, tuple) and isinstance(other, tuple):
        return all(
            a is b or (isinstance(a, float) and isinstance(b, float) and a == b) for a, b in zip(pair, other, strict=True)
        )
    return pair is other


def _unit_images(profile: AbstractLinearLightProfile, y: Any, x: Any, points: LightPoints, *, xp: Any) -> Any:
    """Return the images (..., b, pixels) of a linear profile of intensity one at positions in its plane."""
    if _is_for_numba(profile, y):
        return _gaussians([(profile, y, x)], [list(range(profile.total_columns))], points)

    def images(y: Any, x: Any) -> Any:
        (values,) = in_blocks(lambda y, x: (profile._image(y, x, xp=xp),), y, x)
        return values if batch_shape(profile) else values[..., None, :]

    return recomputed(lambda y, x: points.means_of(images, y, x, xp=xp), y, x)


def _is_for_numba(profile: AbstractLinearLightProfile, y: Any) -> bool:
    """Return whether a profile is Gaussians, for which there is a loop that keeps no values of sub-pixels."""
    from .light.gaussian import Gaussian

    return profile.ordinary is Gaussian and isinstance(y, np.ndarray) and y.ndim == 1 and y.dtype == np.float64


def _gaussians(
    unit: Sequence[tuple[Any, np.ndarray, np.ndarray]], rows: Sequence[list[int]], points: LightPoints
) -> np.ndarray:
    """Return the images (g, pixels) of Gaussians, given with where points are in their plane, and which rows are theirs.

    In Numba that takes a sixth of the time of NumPy, and all are written to one array: what is new has to be fetched.
    """
    from ._gaussian_columns_numba import set_gaussian_columns

    images = np.empty((sum(map(len, rows)), points.pixels.size))
    for (profile, y, x), own in zip(unit, rows, strict=True):
        centre, ell_comps = (parameter_pair(value, y, xp=np) for value in (profile.centre, profile.ell_comps))
        f = np.sqrt(ell_comps[0] ** 2 + ell_comps[1] ** 2)
        # At the centre a rate that is infinite would give NaN.
        rate = 0.5 / np.maximum((parameter(profile.sigma, y, xp=np) * (1 + f)) ** 2, _LEAST_SQUARE)
        numbers = np.empty((len(own), 5))
        for k, number in enumerate((*centre, *ell_comps, rate)):
            numbers[:, k] = number[..., 0] if number.ndim else number
        set_gaussian_columns(images, np.asarray(own), y, x, numbers, np.asarray(points.groups), points.pixels)
    return images
