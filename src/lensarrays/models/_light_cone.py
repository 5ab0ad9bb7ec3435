"""The cone that light from a source fills on its way through a lens, cut into slices along the line of sight."""

from typing import Any, NamedTuple

from .cosmology import ARCSEC


class LightCone(NamedTuple):
    """The slices of a light cone, nearest first.

    Parameters
    ----------
    redshifts : array, shape (p,)
        Of the plane onto which the haloes of each slice are put.
    boundaries : array, shape (p + 1,)
        The redshifts between which the slices are, from 0 to that of the source.
    radii : array, shape (p,) [arcsec]
    depths : array, shape (p,) [comoving Mpc^3 / proper Mpc^2]
        The volume of each slice over the area of the cone on its plane.
    volumes : array, shape (p,) [comoving Mpc^3]
    """

    redshifts: Any
    boundaries: Any
    radii: Any
    depths: Any
    volumes: Any


def slices_from(z_lens: Any, z_source: Any, before: int, after: int, *, xp: Any) -> tuple[Any, Any]:
    """Return the redshifts of planes (p,) and of what is between them (p + 1,).

    Planes are evenly spaced in redshift in front of the lens, and behind it, with one on the lens.
    """
    here = xp.ones((1,), dtype=z_lens.dtype)
    front, back = (xp.arange(1, 1 + n, dtype=z_lens.dtype) for n in (before, after))
    gap = z_source - z_lens
    redshifts = xp.concat([z_lens * front / (before + 1), z_lens * here, z_lens + gap * back / (after + 1)])
    behind = z_lens + gap * (back - 0.5) / (after + 1)
    boundaries = xp.concat([0 * here, z_lens * (front + 0.5) / (before + 1), behind, z_source * here])
    return redshifts, boundaries


def light_cone_from(
    z_lens: Any, z_source: Any, planes: tuple[int, ...], radius: Any, einstein_radius: Any, cosmology: Any, *, xp: Any
) -> LightCone:
    """Return a cone of an angular radius in front of the lens, that narrows behind it as if deflected by an Einstein radius.

    There are as many planes in front of the lens, and behind it, as the two numbers say.
    """
    redshifts, boundaries = slices_from(z_lens, z_source, *planes, xp=xp)
    distance = cosmology.comoving_distance_between_redshifts_in_kpc_from
    behind = xp.where(redshifts > z_lens, redshifts, z_lens)
    scaling = cosmology.scaling_factor_between_redshifts_from(z_lens, behind, z_source)
    radii = radius - einstein_radius * scaling
    reach = distance(0.0, boundaries) / 1e3  # [Mpc]
    solid = (reach[1:] ** 3 - reach[:-1] ** 3) / 3  # comoving volume by solid angle [Mpc^3 / rad^2]
    proper = distance(0.0, redshifts) / 1e3 / (1 + redshifts)
    volumes = xp.pi * (ARCSEC * radii) ** 2 * solid
    return LightCone(redshifts, boundaries, radii, solid / proper**2, volumes)
