"""Lens planes: which galaxies share one, and how rays go from one to the next."""

import functools
import itertools
from typing import Any, NamedTuple

import numpy as np

from .._backend import namespace
from .._check import fails, is_concrete
from ._profile import leaves, or_nan
from .cosmology import FlatLambdaCDM
from .galaxy import Galaxy


class Rays(NamedTuple):
    """Rays of light on a plane: where they are, and where they go to if seen from us, each (..., n)."""

    y: Any
    x: Any
    towards_y: Any
    towards_x: Any

    def deflected(self, alpha_y: Any, alpha_x: Any, stride: Any, unscaled: Any) -> "Rays":
        """Return the rays on the next plane, for scaled deflections on this one; see `steps_between`."""
        towards_y, towards_x = self.towards_y - unscaled * alpha_y, self.towards_x - unscaled * alpha_x
        return Rays(self.y + stride * (towards_y - self.y), self.x + stride * (towards_x - self.x), towards_y, towards_x)


def planes_of(galaxies: tuple[Galaxy, ...]) -> tuple[tuple[int, ...], ...]:
    """Return the indices of the galaxies on each plane, nearest plane first."""
    redshifts = [galaxy.redshift for galaxy in galaxies]
    if not all(is_concrete(z) and getattr(z, "ndim", 0) == 0 for z in redshifts):
        return tuple((i,) for i in range(len(galaxies)))
    planes: dict[float, list[int]] = {}
    for i in sorted(range(len(galaxies)), key=lambda i: float(redshifts[i])):
        planes.setdefault(float(redshifts[i]), []).append(i)
    return tuple(map(tuple, planes.values()))


def shared_redshifts(galaxies: tuple[Galaxy, ...], plane_members: tuple[tuple[int, ...], ...]) -> list[Any]:
    """Return the redshift of each plane, NaN if its galaxies have several; its gradient goes to all of them alike."""
    xp = namespace(*(galaxy.redshift for galaxy in galaxies))
    shared = []
    for members in plane_members:
        first, *others = (xp.asarray(galaxies[i].redshift) for i in members)
        for other in others:
            if fails(first == other):
                raise ValueError(
                    f"`redshift` of galaxies that share a plane must stay the same, but is {first} and {other}; "
                    f"make a new Tracer of the changed galaxies."
                )
            first = or_nan(first == other, first + (other - first) / len(members), xp=xp)
        shared.append(first)
    return shared


def steps_between(redshifts: list[Any], cosmology: Any) -> list[tuple[Any, Any]]:
    """Return for each plane but the last: the step to the next plane over its distance, and the unscaling of deflections.

    Both are ratios of comoving distances, the second that of the last plane from us to that from the plane.
    """
    numbers = isinstance(cosmology, FlatLambdaCDM) and all(isinstance(leaf, float) for leaf in leaves(cosmology))
    if numbers and all(isinstance(z, np.ndarray) and z.dtype == np.float64 and z.ndim == 0 for z in redshifts):
        return _known_steps(tuple(map(float, redshifts)), cosmology)
    return _steps_between(redshifts, cosmology)


@functools.lru_cache(maxsize=64)
def _known_steps(redshifts: tuple[float, ...], cosmology: FlatLambdaCDM) -> list[tuple[Any, Any]]:
    """Do the same for numbers, kept: in a search redshifts stay as they are, and distances are integrals."""
    return _steps_between([np.asarray(z) for z in redshifts], cosmology)


def _steps_between(redshifts: list[Any], cosmology: Any) -> list[tuple[Any, Any]]:
    distances = _distances_between(redshifts, cosmology)
    xp = namespace(distances[-1])
    reach = list(itertools.accumulate(distances))
    behind = list(itertools.accumulate(reversed(distances)))[::-1]
    steps = []
    for k in range(1, len(distances)):
        stride = distances[k] / xp.where(reach[k] == 0, xp.ones_like(reach[k]), reach[k])
        # Nothing is behind a plane at the redshift of the last one, and it deflects nothing.
        none = behind[k] == 0
        unscaled = reach[-1] / xp.where(none, xp.ones_like(behind[k]), behind[k])
        steps.append((stride, xp.where(none, xp.zeros_like(unscaled), unscaled)))
    return steps


def _distances_between(redshifts: list[Any], cosmology: Any) -> list[Any]:
    """Return the comoving distance to each plane from the one before, or from us."""
    distance = cosmology.comoving_distance_between_redshifts_in_kpc_from
    if not isinstance(cosmology, FlatLambdaCDM):  # it may take single numbers only
        return [distance(a, b) for a, b in zip([0.0, *redshifts[:-1]], redshifts, strict=True)]
    xp = namespace(*redshifts)
    planes = xp.stack(xp.broadcast_arrays(*redshifts))  # so that the integral is compiled once
    if planes.ndim == 1 and any(np.ndim(leaf) for leaf in leaves(cosmology)):
        planes = planes[:, None]
    distances = distance(xp.concat([xp.zeros_like(planes[:1, ...]), planes[:-1, ...]]), planes)
    return [distances[k, ...] for k in range(len(redshifts))]
