"""Galaxies and haloes at any redshift, onto the nearest of a few lens planes."""

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np

from .._backend import namespace
from .._check import static_array
from ._profile import leaves
from .galaxy import Galaxy
from .halo_population import HaloPopulation
from .haloes._parameters import family_of
from .mass.abstract import AbstractMassProfile, AbstractSphericalMassProfile


def galaxies_on_planes_from(galaxies: Any, plane_redshifts: Any) -> list[Galaxy]:
    """Put galaxies and haloes onto the nearest of some planes, and haloes of one family together.

    What is moved keeps its parameters: deflections scaled to the source, and angles. By how much is on record, in the
    `redshift_offset` of the population that a halo ends up in.

    Parameters
    ----------
    galaxies : Galaxy, or iterable of them
        Whose redshifts are not traced. Each may be a single halo.
    plane_redshifts : array, shape (p,)
        Of the planes, ascending.

    Returns
    -------
    list of Galaxy
        One for each plane, also where there is nothing: first the light profiles and the other mass profiles of what is on
        it, then one HaloPopulation for each family of spherical profiles, in the order in which they appear. Populations stay
        as they are, but for their offset. Other profiles that are moved become populations as well.

    Raises
    ------
    ValueError
        If the planes are not in ascending order, something is farther beyond the first or the last of them than half a spacing,
        or something is moved that has light, or mass without a centre, for which no offset can be noted.
    TypeError
        If something else than galaxies is given, or redshifts are traced.

    Notes
    -----
    Under `jit` the parameters of haloes may be traced; redshifts, which decide about shapes, may not.

    Examples
    --------
    >>> import lensarrays as la
    >>> haloes = [la.Galaxy(redshift=z, mass=la.mp.NFWTruncatedSph()) for z in (0.19, 0.22, 0.41)]
    >>> near, far = la.galaxies_on_planes_from(haloes, [0.2, 0.4])
    >>> near.redshift, near.mass[0].redshift_offset.round(3)
    (0.2, array([-0.01,  0.02]))
    """
    planes = _planes(plane_redshifts)
    placed: list[list[tuple[Galaxy, float]]] = [[] for _ in planes]
    if not isinstance(galaxies, (Galaxy, Iterable)):
        raise TypeError(f"`galaxies` must be Galaxy objects, but is a {type(galaxies).__name__}; make a Galaxy(redshift, ...).")
    for galaxy in (galaxies,) if isinstance(galaxies, Galaxy) else galaxies:
        if not isinstance(galaxy, Galaxy):
            raise TypeError(
                f"`galaxies` must be Galaxy objects, but has a {type(galaxy).__name__}; make Galaxy(redshift, mass=...)."
            )
        k, offset = _nearest(galaxy, planes)
        placed[k].append((galaxy, offset))
    return [_plane(float(redshift), members) for redshift, members in zip(planes, placed, strict=True)]


def _planes(plane_redshifts: Any) -> np.ndarray:
    """Return the redshifts of planes."""
    planes = static_array(plane_redshifts, "plane_redshifts")
    good = planes.ndim == 1 and planes.size > 0 and planes.dtype.kind in "iuf"
    if not good or not np.isfinite(planes).all() or planes[0] < 0 or not (np.diff(planes) > 0).all():
        raise ValueError(
            f"`plane_redshifts` must be one redshift or more, in ascending order, but is {plane_redshifts!r}; sort them, and "
            f"leave out those that are there twice."
        )
    return planes.astype(np.float64)


def _nearest(galaxy: Galaxy, planes: np.ndarray) -> tuple[int, float]:
    """Return on which plane a galaxy is to be, and its redshift less that of the plane."""
    redshift = static_array(galaxy.redshift, "redshift")
    if redshift.shape != ():
        raise ValueError(
            f"`redshift` of a galaxy must be one number, but has shape {redshift.shape}; make a galaxy of each redshift."
        )
    z = float(redshift)
    # A redshift in single precision is on the plane that it was rounded from.
    k = int(np.argmin(np.abs(planes - z)))
    on_plane = redshift == planes[k].astype(redshift.dtype if redshift.dtype.kind == "f" else float)
    offset = 0.0 if on_plane else z - float(planes[k])
    spacings = np.diff(planes)
    outside = (z < planes[0], z > planes[-1])
    allowed = 0.5 * float(spacings[0 if outside[0] else -1]) if spacings.size else 0.0
    if any(outside) and abs(offset) > allowed * (1 + 1e-9):
        raise ValueError(
            f"`redshift` of a galaxy must be between the planes, or at most half a spacing, {allowed:.6g}, beyond the outer "
            f"ones, but is {z:.6g} while they are from {planes[0]:.6g} to {planes[-1]:.6g}; add a plane, or leave it out."
        )
    return k, offset


def _plane(redshift: float, members: list[tuple[Galaxy, float]]) -> Galaxy:
    """Return what is on a plane as one galaxy."""
    light: list[Any] = []
    others: list[AbstractMassProfile] = []
    families: dict[Any, list[tuple[AbstractMassProfile, float]]] = {}
    for galaxy, offset in members:
        if galaxy.light and offset:
            raise ValueError(
                f"`redshift` of a galaxy with light must be that of a plane, but is {offset:.6g} from that at {redshift:.6g}; "
                f"add a plane, or move it by hand."
            )
        light += galaxy.light
        for profile in galaxy.mass:
            if isinstance(profile, HaloPopulation):
                others.append(_moved(profile, [offset] * profile.capacity))
            elif offset or isinstance(profile, AbstractSphericalMassProfile):
                _check_movable(profile, offset, redshift)
                families.setdefault(family_of(profile), []).append((profile, offset))
            else:
                others.append(profile)
    for family in families.values():
        profiles, offsets = zip(*family, strict=True)
        (population,) = HaloPopulation.from_profiles(profiles)
        others.append(_moved(population, list(offsets), always=True))
    return Galaxy(redshift=redshift, light=light, mass=others)


def _check_movable(profile: AbstractMassProfile, offset: float, redshift: float) -> None:
    """Raise if a profile cannot be one of a population."""
    if not hasattr(profile, "centre"):
        raise ValueError(
            f"`redshift` of a {type(profile).__name__}, which has no centre, must be that of a plane, but is {offset:.6g} from "
            f"that at {redshift:.6g}; add a plane, or move it by hand."
        )


def _moved(population: HaloPopulation, offsets: list[float], always: bool = False) -> HaloPopulation:
    """Return a population with offsets added to those on record, if there is anything to note."""
    if not always and not any(offsets):
        return population
    xp = namespace(*leaves(population))
    arrays = [leaf for leaf in leaves(population.profile) if hasattr(leaf, "dtype")]
    total = xp.asarray(offsets, dtype=xp.result_type(*arrays) if arrays else None)
    if population.redshift_offset is not None:
        total = total + population.redshift_offset
    return dataclasses.replace(population, redshift_offset=total)
